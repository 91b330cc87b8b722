"""The files of an answer: tables, trajectories, figures, sources, and a manifest from which it can be made again."""

import hashlib
import json
import os
import platform
import time
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from simsolid.cite import cite
from simsolid.errors import ParameterError

LIBRARIES = ("simsolid", "numpy", "scipy", "xarray", "pandas", "matplotlib", "pydantic", "pint", "llvmlite")


def writable(out: str | Path) -> Path:
    """Make the results folder before the work: an hour must not end at a closed door.

    Parameters
    ----------
    out : folder
        Where results go.

    Returns
    -------
    folder

    Raises
    ------
    ParameterError
        It cannot be made or written to.

    Examples
    --------
    >>> writable("/dev/null/results")
    Traceback (most recent call last):
    simsolid.errors.ParameterError: out: cannot write to '/dev/null/results' (Not a directory); choose another folder
    """
    folder = Path(out)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".simsolid-probe"
        probe.write_text("")
        probe.unlink()
    except OSError as fault:
        raise ParameterError(f"out: cannot write to '{folder}' ({fault.strerror}); choose another folder") from fault
    return folder


def write(answer, folder: Path, command: Sequence[str] = ()) -> list[Path]:
    """Write everything an answer consists of and rests on.

    Parameters
    ----------
    answer : Comparison
        From :func:`simsolid.compare`.
    folder : folder
        Where to; files of the same name are replaced, each only when complete.
    command : texts
        Command line to record.

    Returns
    -------
    files
    """
    cited = cite(answer.setting)
    texts = {
        "summary.csv": answer.summary.to_csv(index=False),
        "paired.csv": answer.difference.to_csv(index=False),
        "patients.csv": answer.table.to_csv(index=False),
        "ledger.csv": answer.ledger.to_csv(index=False),
        "references.bib": cited.bibtex() + "\n",
        "references.txt": cited.text() + "\n",
    }
    written = []
    for name, text in texts.items():
        written.append(replaced(folder / name, lambda path, text=text: path.write_text(text, encoding="utf-8")))
    written.append(replaced(folder / "run.nc", lambda path: _compressed(answer.run, path)))
    written += figures(answer, folder)
    facts = manifest(answer, command, written)
    told = json.dumps(facts, indent=2, default=str) + "\n"
    written.append(replaced(folder / "manifest.json", lambda path: path.write_text(told, encoding="utf-8")))
    return written


def write_rests(answer, folder: Path) -> list[Path]:
    """Write what an answer rests on: the text, its tables and the figure.

    Parameters
    ----------
    answer : RestsOn
        From :func:`simsolid.rests_on`.
    folder : folder
        Where to; from :func:`writable`.

    Returns
    -------
    files
    """
    from simsolid import plot

    tables = {"shares.csv": answer.shares, "parameters.csv": answer.parameters, "measure_next.csv": answer.next}
    texts = {"rests_on.txt": f"{answer}\n", **{name: table.to_csv(index=False) for name, table in tables.items()}}
    written = [replaced(folder / name, lambda path, text=text: path.write_text(text, encoding="utf-8"))
               for name, text in texts.items()]
    figure = plot.rests_on(answer).figure
    return [*written, replaced(folder / "rests_on.png", lambda path: figure.savefig(path, dpi=150, bbox_inches="tight"))]


def replaced(path: Path, save) -> Path:
    """Write beside the target, then rename: a reader never meets half a file.

    Parameters
    ----------
    path : file
        The target.
    save : function
        Of the path to write to.

    Returns
    -------
    file
    """
    partial = path.with_name(f".{path.stem}.partial{path.suffix}")
    save(partial)
    os.replace(partial, path)
    return path


def _compressed(run, path: Path) -> None:
    packed = {name: {"zlib": True, "complevel": 4, "dtype": "float32"} for name in run.data_vars if run[name].dtype.kind == "f"}
    run.to_netcdf(path, engine="h5netcdf", encoding=packed)


def figures(answer, folder: Path) -> list[Path]:
    """Draw and save the figures of a comparison.

    Parameters
    ----------
    answer : Comparison
        From :func:`simsolid.compare`.
    folder : folder
        Where to.

    Returns
    -------
    files
    """
    from simsolid import plot

    drawn = plot.comparison(answer.table, answer.seen, answer.run)
    return [replaced(folder / f"{name}.png", lambda path, fig=fig: fig.savefig(path, dpi=150)) for name, fig in drawn.items()]


def manifest(answer, command: Sequence[str], written: Sequence[Path]) -> dict[str, Any]:
    """Record how an answer came about, so that it can be made again.

    Parameters
    ----------
    answer : Comparison
        From :func:`simsolid.compare`.
    command : texts
        Command line.
    written : files
        What was written so far.

    Returns
    -------
    mapping
    """
    job, setting = answer.job, answer.setting
    return {
        "command": list(command),
        "job": {k: (list(v) if isinstance(v, tuple) else v) for k, v in vars(job).items()},
        "regimen": answer.run.attrs["regimen"],
        "model": answer.run.attrs["model"],
        "engine": answer.run.attrs["engine"],
        "rtol": job.rtol,
        "atol": "rtol times each state's declared scale (simsolid model show)",
        "seed": job.seed,
        "patients": int(job.patients),
        "patients_finished": answer.finished,
        "partial": answer.shortfall,
        "patients_in_run_nc": int(answer.run.sizes["patient"]),
        "rejected_draws": answer.rejected,
        "failed": int((answer.table["status"] != 0).sum()),
        "parameter_files": {f"{layer.kind}/{layer.name}": {"sha256": layer.sha256, "checked": layer.checked}
                            for layer in setting.layers},
        "versions": {"python": platform.python_version(), **{name: version_of(name) for name in LIBRARIES}},
        "machine": {"system": platform.system(), "processor": platform.machine()},
        "seconds": round(answer.seconds, 1),
        "written": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "files": {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in written},
        "use": "Research and teaching only; not medical advice.",
    }


def version_of(name: str) -> str:
    """Version of an installed library, or that it is not there.

    Parameters
    ----------
    name : text
        As on the package index.

    Returns
    -------
    text
    """
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
