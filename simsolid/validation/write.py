"""The files of a validation, and whether a committed one is made again by the same command."""

import hashlib
import json
import platform
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from simsolid.cite import bibliography
from simsolid.errors import ParameterError
from simsolid.files import find_params_dir, shown_path
from simsolid.results import LIBRARIES, replaced, version_of

TABLE, MANIFEST, REPORT, FIGURE = "table.csv", "manifest.json", "report.md", "validation.png"
CLOSE = 0.05  # of the width of an interval: what machines may differ by
NUMBERS = ("observed", "observed_lower", "observed_upper", "predicted", "predicted_lower", "predicted_upper")


def write(answer, folder: Path, command: Sequence[str] = ()) -> list[Path]:
    """Write report, table, figure, sources and manifest.

    Parameters
    ----------
    answer : anything with the parts of Validation
        From :func:`simsolid.validate`.
    folder : folder
        Where to; files of the same name are replaced.
    command : texts
        Command line to record.

    Returns
    -------
    files
    """
    from simsolid.plot import against

    from .text import report

    known = bibliography()
    named = {key for one in answer.judged for key in one.trial.sources}
    keys = sorted(named | {seen.source for one in answer.judged for seen in one.trial.endpoints if seen.source})
    texts = {TABLE: answer.table.to_csv(index=False, float_format="%.6g"), REPORT: report(answer),
             "references.bib": "\n\n".join(known[key].bibtex for key in keys) + "\n"}  # fmt: skip
    written = [replaced(folder / name, lambda path, text=text: path.write_text(text, encoding="utf-8"))
               for name, text in texts.items()]  # fmt: skip
    figure = against(answer.table)
    written.append(replaced(folder / FIGURE, lambda path: figure.savefig(path, dpi=110)))
    told = json.dumps(_manifest(answer, command, written), indent=2) + "\n"
    return [*written, replaced(folder / MANIFEST, lambda path: path.write_text(told, encoding="utf-8"))]


def _parameter_files() -> dict[str, str]:
    """Every file that a validation may rest on, with its checksum."""
    read = sorted(path for path in find_params_dir().rglob("*") if path.suffix in (".toml", ".csv") and path.is_file())
    return {shown_path(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in read}


def changed_files(facts) -> list[str]:
    """Name the parameter files that are not those a committed validation was made with.

    Parameters
    ----------
    facts : mapping of anything
        Its manifest, from :func:`committed`.

    Returns
    -------
    texts

    Examples
    --------
    >>> "params/targets/gd2.toml" in changed_files({"parameter_files": {"params/targets/gd2.toml": "another"}})
    True
    """
    now, then = _parameter_files(), facts.get("parameter_files", {})
    return sorted(name for name in {*now, *then} if now.get(name) != then.get(name))


def _manifest(answer, command: Sequence[str], written: Sequence[Path]) -> dict:
    return {
        "command": list(command), "effort": asdict(answer.effort), "trials": [one.trial.name for one in answer.judged],
        "values": {one.trial.name: one.values for one in answer.judged}, "engine": answer.engine,
        "simulated": sum(one.patients for one in answer.judged), "failed": answer.failed,
        "parameter_files": _parameter_files(),
        "versions": {"python": platform.python_version(), **{name: version_of(name) for name in LIBRARIES}},
        "machine": {"system": platform.system(), "processor": platform.machine()}, "seconds": round(answer.seconds, 1),
        "written": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "files": {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in written},
        "use": "Research and teaching only; not medical advice.",
    }  # fmt: skip


def committed(folder: str | Path):
    """Read a validation that was written: its table and the options it was made with.

    Parameters
    ----------
    folder : folder
        As written by :func:`write`.

    Returns
    -------
    DataFrame and mapping

    Raises
    ------
    ParameterError
        A file is missing or cannot be read.

    Examples
    --------
    >>> committed("no_such_folder")
    Traceback (most recent call last):
    simsolid.errors.ParameterError: check: no_such_folder has no table.csv and manifest.json; simsolid validate --out writes them
    """
    import pandas as pd

    folder = Path(folder)
    missing = [name for name in (TABLE, MANIFEST) if not (folder / name).is_file()]
    if missing:
        raise ParameterError(f"check: {folder} has no {' and '.join(missing)}; simsolid validate --out writes them")
    try:
        return pd.read_csv(folder / TABLE), json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except ValueError as fault:
        raise ParameterError(f"check: {folder} cannot be read ({fault})") from None


def differences(table, before) -> list[str]:
    """Say where two validations differ by more than machines may: in verdicts, endpoints or numbers.

    Parameters
    ----------
    table, before : DataFrame, one row per endpoint
        As made now and as committed.

    Returns
    -------
    texts
        Empty when they agree.

    Examples
    --------
    >>> import pandas as pd
    >>> line = {"trial": "a", "endpoint": "orr", "verdict": "pass", **dict.fromkeys(NUMBERS, 0.5)}
    >>> one, other = pd.DataFrame([line]), pd.DataFrame([line | {"verdict": "fail"}])
    >>> differences(one, other)
    ['a, orr: verdict pass, committed fail']
    """
    both = [frame.set_index(["trial", "endpoint"]) for frame in (table, before)]
    now, then = (frame.loc[frame.index.isin(other.index)] for frame, other in (both, both[::-1]))
    found = [f"{name}, {key}: only {where}" for frame, other, where in ((*both, "now"), (*both[::-1], "committed"))
             for name, key in frame.index.difference(other.index)]  # fmt: skip
    for at in now.index:
        if now.loc[at, "verdict"] != then.loc[at, "verdict"]:
            found.append(f"{at[0]}, {at[1]}: verdict {now.loc[at, 'verdict']}, committed {then.loc[at, 'verdict']}")
        found += [f"{at[0]}, {at[1]}: {name} {now.loc[at, name]:.4g}, committed {then.loc[at, name]:.4g}"
                  for name in NUMBERS if not _alike(now.loc[at, name], then.loc[at, name], then.loc[at])]  # fmt: skip
    return found


def _alike(one: float, other: float, line) -> bool:
    """Equal, both unknown, or nearer than a small part of the predicted interval."""
    if np.isnan(one) and np.isnan(other):
        return True
    if np.isinf(one) or np.isinf(other):
        return bool(one == other)
    width = line["predicted_upper"] - line["predicted_lower"]
    slack = CLOSE * width if np.isfinite(width) else CLOSE * abs(other)
    return bool(abs(one - other) <= max(slack, 1e-4 * abs(other), 1e-9))
