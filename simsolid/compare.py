"""The main job: compare delivery routes in the same virtual patients and write everything the answer rests on."""

import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np

from simsolid.arms import arm_axes
from simsolid.assess import assess
from simsolid.cite import cite
from simsolid.cohort import typical, whole
from simsolid.errors import ParameterError, nearest
from simsolid.ledger import ledger
from simsolid.load import load
from simsolid.observe import observe
from simsolid.params import Parameters
from simsolid.regimen import PRODUCT, Regimen
from simsolid.report import format_table
from simsolid.results import writable, write
from simsolid.rulebook import rules
from simsolid.scans import Scans
from simsolid.simulate import failures, simulate
from simsolid.stream import blocks
from simsolid.summarise import paired, summarise
from simsolid.vary import vary

log = logging.getLogger(__name__)

# Patients are simulated in blocks, so that a cohort of any size needs the memory of one block. A block is whole patients
# in all arms; results do not depend on its size.
BLOCK = 1000


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
    rescue: str = "standard"
    rtol: float = 1e-5
    engine: str = "auto"
    varied: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Comparison:
    """The answer: one row per patient and arm, its summary, the paired differences, and the first block's run.

    ``stopped`` is None, or what ended the work early; the rest then covers the patients that were finished.
    """

    job: Job
    setting: Parameters
    table: Any
    summary: Any
    difference: Any
    run: Any
    seen: Any
    ledger: Any
    seconds: float
    stopped: BaseException | None = None

    @property
    def finished(self) -> int:
        """Number of patients that the answer covers."""
        return self.table["patient"].nunique()

    @property
    def rejected(self) -> int:
        """Number of draws outside the plausibility limits, drawn anew."""
        return int(self.table.attrs["rejected_draws"])

    @property
    def shortfall(self) -> str:
        """What is missing and why; empty for a complete answer."""
        if self.stopped is None:
            return ""
        why = str(self.stopped) or type(self.stopped).__name__
        why = "an interruption" if isinstance(self.stopped, KeyboardInterrupt) else why
        return f"partial: {self.finished} of {self.job.patients} patients were finished, then {why} stopped the work"

    def __str__(self) -> str:
        parts = [self.shortfall] if self.shortfall else []
        parts.append(format_table(self.summary))
        if len(self.difference):
            parts.append("Paired difference from the first route, same patients\n" + format_table(self.difference))
        drawn = f"{self.rejected} implausible draws were drawn anew." if self.rejected else "All draws were plausible."
        parts.append(f"{drawn} {_rescued(self.job)}\n{_rests_on(self.setting)}")
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
        ``dose`` [cell], ``conditioning``, ``armour``, ``origin``, ``first_scan`` [day], ``scan_every`` [day], ``rescue``
        (``"none"``, a set of rules by name, or a file of them), ``rtol``, ``engine`` (as for :func:`simsolid.simulate`).

    Returns
    -------
    Comparison
        When interrupted, what was finished; ``stopped`` then says why.

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
    job = _job(tumour, target, product, routes=routes, patients=patients, seed=seed, days=days, **options)
    folder = writable(out) if out is not None else None
    setting = load(tumour, target, product, armour=job.armour, origin=job.origin)
    setting = vary(setting, **job.varied)
    plan = vary(_plan(job, setting), route=list(job.routes or setting.choices["routes"]))
    (tables, given), first, stopped = _until_stopped(_blocks(job, setting, plan))
    table = _together(tables)
    results = (table, summarise(table), paired(table, "route"), *first, _joined(given))
    answer = Comparison(job, setting, *results, time.monotonic() - started, stopped)
    if stopped is not None:
        log.warning("compare: %s", answer.shortfall)
    if folder is not None:
        write(answer, folder, command)
    return answer


def _job(tumour, target, product, **options) -> Job:
    known = [f.name for f in fields(Job)]
    wrong = [f"'{name}'{nearest(name, known)}" for name in options if name not in known]
    if wrong:
        raise ParameterError(f"compare: no option {', '.join(wrong)}; there are {', '.join(known)}")
    routes = [options["routes"]] if isinstance(options["routes"], str) else options["routes"]
    options |= {"routes": tuple(routes), "patients": whole("patients", options["patients"], 1)}
    return Job(tumour, target, product, **options)


def _plan(job: Job, setting: Parameters) -> Regimen:
    dose = float(setting["reference_dose"]) if job.dose is None else job.dose
    scans = Scans(job.first_scan, job.scan_every)
    return Regimen.single(dose, "intravenous", conditioning=job.conditioning).with_rules(job.rescue, scans=scans)


def _blocks(job: Job, setting: Parameters, plan: Regimen) -> Iterator[tuple[Any, Any, Any, Any]]:
    done, how = 0, {"days": job.days, "rtol": job.rtol, "engine": job.engine}
    for run in blocks(setting, plan, job.patients, job.seed, size=BLOCK, **how):
        done += run.sizes["patient"]
        yield _read(run)
        del run  # let go before the next block is simulated
    if done < job.patients:  # the blocks were interrupted
        raise KeyboardInterrupt


def _read(run) -> tuple[Any, Any, Any, Any]:
    for line in failures(run).splitlines():
        log.warning("%s", line)
    seen = observe(run)
    table = assess(seen)
    table.attrs["rejected_draws"] = run.attrs["rejected_draws"]
    return table, ledger(run), run, seen


def _until_stopped(worked: Iterator[tuple[Any, Any, Any, Any]]) -> tuple[tuple[list, list], tuple, BaseException | None]:
    """Work through the blocks; an interruption or a failure must not cost those that are finished."""
    tables, given, first = [], [], ()
    try:
        for table, acts, *shown in worked:
            tables.append(table)
            given.append(acts)
            first = first or tuple(shown)
            del shown  # trajectories of later blocks are let go before the next is simulated
    except (KeyboardInterrupt, Exception) as reason:
        if not tables:
            raise
        return (tables, given), first, reason
    return (tables, given), first, None


def _together(tables: list):
    table = _joined(tables)
    table.attrs = {**tables[0].attrs, "rejected_draws": sum(each.attrs["rejected_draws"] for each in tables)}
    return table


def _joined(tables: list):
    """The tables of all blocks, arm after arm as one block would give them."""
    import pandas as pd

    table = pd.concat(tables, ignore_index=True)
    axes = arm_axes(table)
    if not axes:
        return table
    arm = table.groupby(axes, sort=False).ngroup().to_numpy()
    return table.iloc[np.argsort(arm, kind="stable")].reset_index(drop=True)


def _rescued(job: Job) -> str:
    """What is given against toxicity, in a sentence."""
    if job.rescue == "none":
        return "No patient is given tocilizumab or steroids: severe CRS is what it would be without rescue."
    return f"Rescue: {'; '.join(map(str, rules(job.rescue)))}."


def _rests_on(setting: Parameters) -> str:
    counted = cite(setting).text().splitlines()
    line = next(line for line in counted if "measured" in line and "assumed" in line)
    return f"This rests on {line}."


def demo(out: str | Path | None = None):
    """Simulate the typical gastric patient after one infusion and draw one figure, in seconds.

    Parameters
    ----------
    out : file or None
        Where to save the figure.

    Returns
    -------
    Figure

    Raises
    ------
    ParameterError
        The file cannot be written.

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
        _save(figure, out)
    return figure


def _save(figure, out: str | Path) -> None:
    try:
        figure.savefig(out, dpi=150)
    except (OSError, ValueError) as fault:
        why = fault.strerror if isinstance(fault, OSError) else fault
        raise ParameterError(f"out: cannot write '{out}' ({why}); choose another file") from fault
