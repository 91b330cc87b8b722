"""The calibration of one setting from its file, with everything that it found written down."""

import time
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from simsolid.calibrate import diagnostics
from simsolid.calibrate.fit import Effort, Fit, fit
from simsolid.calibrate.plans import Plan, plan
from simsolid.calibrate.store import Store
from simsolid.calibrate.trialled import problem_of
from simsolid.cohort import whole
from simsolid.results import writable

QUICK = Effort(design=16, refine=8, waves=1, draws=100, predictive=8, chain=20)
QUICK_PATIENTS = 40
POINTS = "points"


@dataclass(frozen=True, eq=False)
class Calibration:
    """What a calibration found; ``parameters`` and ``targets`` are tables, ``files`` what was written.

    ``print`` gives the report.
    """


    plan: Plan
    fit: Fit
    parameters: Any
    targets: Any
    quick: bool
    seconds: float
    files: tuple[Path, ...] = ()

    @property
    def draws(self):
        """Joint posterior draws as a table, one column per parameter."""
        import pandas as pd

        return pd.DataFrame(self.fit.draws, columns=list(self.fit.problem.names))

    def __str__(self) -> str:
        from simsolid.calibrate.report import text

        return text(self)


def calibrate(
    setting: str | Path,
    *,
    out: str | Path | None = None,
    patients: int | None = None,
    seed: int | None = None,
    quick: bool = False,
    workers: int = 1,
    progress: bool | Callable = True,
    command: Sequence[str] = (),
) -> Calibration:
    """Fit a few parameters of a setting to what its trials found, and say how sure that makes them.

    Points that were simulated are kept in ``out``; the same call goes on where an earlier one was stopped.

    Parameters
    ----------
    setting : text or file
        Name of a file of ``params/calibrations``, such as ``"gastric-cldn18_2"``, or a path that ends in ``.toml``.
    out : folder or None
        Where to write fitted values, draws, report, figure, manifest and finished points.
    patients : [1], one or None
        Simulated patients of each trial; those of the file when not given.
    seed : [1], one or None
        Seed; that of the file when not given.
    quick : truth
        Few points and patients: shows that everything works, and is not for use.
    workers : [1], one
        Processes that simulate points side by side; the answer is the same.
    progress : truth or function
        A bar of simulated points that appears after two seconds, on a terminal.
    command : texts
        Command line to record.

    Returns
    -------
    Calibration

    Raises
    ------
    ParameterError
        There is no such calibration, its file has faults, or ``out`` cannot be written.

    References
    ----------
    kennedy2001, wood2010

    Examples
    --------
    >>> import simsolid as sim
    >>> sim.calibrate("gastrc-cldn18_2")
    Traceback (most recent call last):
    simsolid.errors.ParameterError: calibration: 'gastrc-cldn18_2' unknown; did you mean 'gastric-cldn18_2'?...
    """
    started = time.monotonic()
    made = _chosen(plan(setting), patients, seed, quick)
    folder = writable(out) if out is not None else None
    store = Store(folder / POINTS) if folder is not None else Store()
    with _pool(whole("workers", workers, 1)) as executor:
        found = fit(problem_of(made), made.seed, made.effort, store, executor, progress)
    tables = diagnostics.parameters(found), diagnostics.targets(found)
    answer = Calibration(made, found, *tables, quick, time.monotonic() - started)
    if folder is None:
        return answer
    from simsolid.calibrate.report import written

    return replace(answer, files=tuple(written(answer, folder, command)))


def _chosen(made: Plan, patients: int | None, seed: int | None, quick: bool) -> Plan:
    if quick:
        made = replace(made, effort=QUICK, patients=QUICK_PATIENTS)
    given = {"patients": None if patients is None else whole("patients", patients, 1),
             "seed": None if seed is None else whole("seed", seed, 0)}  # fmt: skip
    return replace(made, **{key: number for key, number in given.items() if number is not None})


@contextmanager
def _pool(workers: int):
    if workers == 1:
        yield None
        return
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield pool
