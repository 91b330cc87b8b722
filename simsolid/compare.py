"""The main job: compare delivery routes in the same virtual patients and write everything the answer rests on."""

import hashlib
import json
import logging
import os
import platform
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from simsolid.assess import assess
from simsolid.cite import cite
from simsolid.cohort import draw, typical
from simsolid.errors import ParameterError
from simsolid.load import load
from simsolid.observe import observe
from simsolid.params import Parameters
from simsolid.regimen import PRODUCT, Regimen
from simsolid.simulate import failures, simulate
from simsolid.report import format_table
from simsolid.summarise import paired, summarise
from simsolid.vary import vary

log = logging.getLogger(__name__)

# Patients are simulated in blocks, so that a cohort of any size needs the memory of one block. A block is whole patients
# in all arms; results do not depend on its size.
BLOCK = 2000
LIBRARIES = ("simsolid", "numpy", "scipy", "xarray", "pandas", "matplotlib", "pydantic", "pint")


@dataclass(frozen=True)
class Job:
    """What to compare: setting, routes, patients and schedule."""

    tumour: str
    target: str | None = None
    product: str | None = None
    routes: Sequence[str] = ()
    patients: int = 500
    seed: int = 7
    days: float = 365.0
    dose: float | None = None
    conditioning: str = PRODUCT
    armour: str | None = None
    origin: str | None = None
    first_scan: float = 28.0
    scan_every: float = 42.0
    rtol: float = 1e-5
    varied: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Comparison:
    """The answer: one row per patient and arm, its summary, the paired differences, and the first block's run."""

    job: Job
    setting: Parameters
    table: Any
    summary: Any
    difference: Any
    run: Any
    seen: Any
    seconds: float

    def __str__(self) -> str:
        parts = [format_table(self.summary)]
        if len(self.difference):
            parts.append("Paired difference from the first route, same patients\n" + format_table(self.difference))
        parts.append(_rests_on(self.setting))
        return "\n\n".join(parts)


def compare(
    tumour: str,
    target: str | None = None,
    product: str | None = None,
    *,
    routes: Sequence[str] = (),
    patients: int = 500,
    seed: int = 7,
    days: float = 365.0,
    out: str | Path | None = None,
    command: Sequence[str] = (),
    **options,
) -> Comparison:
    """Compare delivery routes in the same virtual patients.

    Parameters
    ----------
    tumour, target, product : texts
        As for :func:`simsolid.load`.
    routes : texts
        Routes to compare; those of the pair's file when empty.
    patients : [1], one
        Number of virtual patients.
    seed : [1], one
        Seed of the cohort.
    days : [day], one
        Days after the infusion.
    out : folder or None
        Where to write tables, trajectories, figures, manifest and references.
    command : texts
        Command line to record.
    options : more fields of the job
        ``dose`` [cell], ``conditioning``, ``armour``, ``origin``, ``first_scan`` [day], ``scan_every`` [day], ``rtol``.

    Returns
    -------
    Comparison

    Raises
    ------
    ParameterError
        A name is unknown, a number impossible, or ``out`` cannot be written.

    Examples
    --------
    >>> import simsolid as sim
    >>> answer = sim.compare("gastric", routes=["intravenous"], patients=2, days=30)
    >>> len(answer.table)
    2
    """
    started = time.monotonic()
    job = Job(tumour, target, product, tuple(routes), patients, seed, days, **options)
    folder = _writable(out) if out is not None else None
    setting = load(tumour, target, product, armour=job.armour, origin=job.origin)
    setting = vary(setting, **job.varied) if job.varied else setting
    plan = vary(_plan(job, setting), route=list(job.routes or setting.choices["routes"]))
    parts, first = [], None
    for block, run, seen in _blocks(job, setting, plan):
        parts.append(block)
        first = first or (run, seen)
    import pandas as pd

    table = pd.concat(parts, ignore_index=True)
    table.attrs = parts[0].attrs
    answer = Comparison(job, setting, table, summarise(table), paired(table, "route"), *first, time.monotonic() - started)
    if folder is not None:
        write(answer, folder, command)
    return answer


def _plan(job: Job, setting: Parameters) -> Regimen:
    dose = float(setting["reference_dose"]) if job.dose is None else job.dose
    return Regimen.single(dose, "intravenous", conditioning=job.conditioning)


def _blocks(job: Job, setting: Parameters, plan: Regimen) -> Iterator[tuple[Any, Any, Any]]:
    if not isinstance(job.patients, (int, np.integer)) or job.patients < 1:
        raise ParameterError(f"patients: {job.patients!r}; must be a whole number of at least 1")
    for first in range(0, int(job.patients), BLOCK):
        people = draw(setting, np.arange(first, min(first + BLOCK, int(job.patients))), job.seed)
        run = simulate(people, plan, days=job.days, rtol=job.rtol, dtype="float32")
        for line in failures(run).splitlines():
            log.warning("%s", line)
        seen = observe(run, first_scan=job.first_scan, scan_every=job.scan_every)
        yield assess(seen), run, seen


def demo(out: str | Path | None = None):
    """Simulate the typical gastric patient after one infusion and draw one figure, in seconds.

    Parameters
    ----------
    out : file or None
        Where to save the figure.

    Returns
    -------
    Figure

    Examples
    --------
    >>> demo().axes[0].get_xlabel() != ""
    True
    """
    from matplotlib.figure import Figure

    from simsolid.plot import patient

    setting = load("gastric", target="cldn18_2")
    run = simulate(typical(setting), Regimen.single(float(setting["reference_dose"])), days=180)
    figure = patient(run, 0)
    figure = figure if isinstance(figure, Figure) else figure.figure
    if out is not None:
        figure.savefig(out, dpi=150)
    return figure


def _writable(out: str | Path) -> Path:
    """Make the results folder now: an hour's work must not end at a closed door."""
    folder = Path(out)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".simsolid-probe"
        probe.write_text("")
        probe.unlink()
    except OSError as fault:
        raise ParameterError(f"out: cannot write to '{folder}' ({fault.strerror}); choose another folder") from fault
    return folder


def write(answer: Comparison, folder: Path, command: Sequence[str] = ()) -> list[Path]:
    """Write everything an answer consists of and rests on.

    Parameters
    ----------
    answer : Comparison
        From :func:`compare`.
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
        "references.bib": cited.bibtex() + "\n",
        "references.txt": cited.text() + "\n",
    }
    written = []
    for name, text in texts.items():
        written.append(_replace(folder / name, lambda path, text=text: path.write_text(text, encoding="utf-8")))
    written.append(_replace(folder / "run.nc", lambda path: _compressed(answer.run, path)))
    written += figures(answer, folder)
    facts = manifest(answer, command, written)
    written.append(_replace(folder / "manifest.json", lambda path: path.write_text(json.dumps(facts, indent=2) + "\n")))
    return written


def _replace(path: Path, save) -> Path:
    """Write beside the target, then rename: a reader never meets half a file."""
    partial = path.with_name(f".{path.stem}.partial{path.suffix}")
    save(partial)
    os.replace(partial, path)
    return path


def _compressed(run, path: Path) -> None:
    packed = {name: {"zlib": True, "complevel": 4} for name in run.data_vars if run[name].dtype.kind == "f"}
    run.to_netcdf(path, engine="h5netcdf", encoding=packed)


def figures(answer: Comparison, folder: Path) -> list[Path]:
    """Draw and save the figures of a comparison.

    Parameters
    ----------
    answer : Comparison
        From :func:`compare`.
    folder : folder
        Where to.

    Returns
    -------
    files
    """
    from simsolid import plot

    drawn = plot.comparison(answer.table, answer.seen, answer.run)
    return [_replace(folder / f"{name}.png", lambda path, fig=fig: fig.savefig(path, dpi=150)) for name, fig in drawn.items()]


def manifest(answer: Comparison, command: Sequence[str], written: Sequence[Path]) -> dict[str, Any]:
    """Record how an answer came about, so that it can be made again.

    Parameters
    ----------
    answer : Comparison
        From :func:`compare`.
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
        "patients_in_run_nc": int(answer.run.sizes["patient"]),
        "failed": int((answer.table["status"] != 0).sum()),
        "parameter_files": {f"{layer.kind}/{layer.name}": {"sha256": layer.sha256, "checked": layer.checked}
                            for layer in setting.layers},
        "versions": {"python": platform.python_version(), **{name: _version(name) for name in LIBRARIES}},
        "machine": {"system": platform.system(), "processor": platform.machine()},
        "seconds": round(answer.seconds, 1),
        "written": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "files": {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in written},
        "use": "Research and teaching only; not medical advice.",
    }


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def _rests_on(setting: Parameters) -> str:
    counted = cite(setting).text().splitlines()
    line = next(line for line in counted if "measured" in line and "assumed" in line)
    return f"This rests on {line}."


def show_progress() -> bool:
    """Tell whether standard error is a terminal.

    Returns
    -------
    truth

    Examples
    --------
    >>> isinstance(show_progress(), bool)
    True
    """
    return sys.stderr.isatty()
