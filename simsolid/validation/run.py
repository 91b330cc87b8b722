"""The command: every trial, every endpoint, one table, one figure, one report."""

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simsolid.cohort import whole
from simsolid.engines.integrate import chosen
from simsolid.errors import ParameterError, nearest
from simsolid.files import available
from simsolid.progress import progress_bar
from simsolid.results import writable
from simsolid.trials.files import trial

from .discussion import discussion
from .judge import FAIL, PASS, Effort, Judged, judged

log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Validation:
    """Every endpoint with its prediction and verdict, and what is said of the misses."""

    effort: Effort
    judged: Sequence[Judged]
    table: Any
    said: Mapping[tuple[str, str], str]
    engine: str
    seconds: float

    @property
    def misses(self):
        """Endpoints whose observation lies outside the predicted interval."""
        return self.table[self.table["verdict"] == FAIL]

    @property
    def undiscussed(self) -> list[tuple[str, str]]:
        """Misses without a paragraph, by trial and endpoint."""
        return [key for key in zip(self.misses["trial"], self.misses["endpoint"], strict=True) if key not in self.said]

    @property
    def counts(self):
        """How many endpoints passed, failed and were not tested, by use."""
        import pandas as pd

        return pd.crosstab(self.table["use"], self.table["verdict"])

    @property
    def failed(self) -> int:
        """Simulated patients that failed, of all cohorts."""
        return sum(one.failed for one in self.judged)

    def __str__(self) -> str:
        tested = self.table[self.table["verdict"].isin([PASS, FAIL])]
        lines = [f"{len(tested)} endpoints of {len(self.judged)} trials tested: {len(tested) - len(self.misses)} pass, "
                 f"{len(self.misses)} fail; about {0.05 * len(tested):.0f} would by chance."]  # fmt: skip
        lines.append(self.counts.to_string())
        lines += [f"fail: {line['trial']}, {line['label']}" for line in self.misses.to_dict("records")]
        lines += [f"NOT DISCUSSED: {name}, {key}" for name, key in self.undiscussed]
        lines.append(f"{self.failed} of {sum(one.patients for one in self.judged)} simulated patients failed.")
        return "\n".join(lines)


def validate(trials: Sequence[str] | str | None = None, *, patients: int = 200, draws: int = 20, replicates: int = 400,
             seed: int = 2026, workers: int = 1, out: str | Path | None = None, command: Sequence[str] = (), progress=True,
             **how) -> Validation:  # fmt: skip
    """Hold the simulator against what trials saw: predicted interval against observation, endpoint by endpoint.

    A prediction is for a trial of the reported size, so its interval holds the sampling of the trial; where the setting has been
    calibrated, it also holds the uncertainty of the fitted parameters, by joint draws from their posterior.

    Parameters
    ----------
    trials : texts or None
        Names of trials; all when None.
    patients : [1], one
        Simulated patients of a cohort, at least.
    draws : [1], one
        Cohorts of each trial, each with people of its own and its own draw of the parameters.
    replicates : [1], one
        Trials of the reported size that are read out of them.
    seed : [1], one
        Seed of it all.
    workers : [1], one
        Processes that share the trials; they change no result.
    out : folder or None
        Where to write report, table, figure and manifest.
    command : texts
        Command line to record.
    progress : truth or function
        Show a bar for work over two seconds.
    how : anything
        ``rtol`` and ``engine`` of :func:`simsolid.simulate`. Machine code (``pip install 'simsolid[fast]'``) gives the same
        verdicts in a fraction of the time.

    Returns
    -------
    Validation
        ``table`` has one row per endpoint: observed and predicted with 95 % intervals, ``tail`` (two-sided share of replicates at
        least as far out), ``use`` and ``verdict``.

    Raises
    ------
    ParameterError
        There is no such trial, a number is impossible, or ``out`` cannot be written.

    Examples
    --------
    >>> import simsolid as sim
    >>> answer = sim.validate("colorectal_cea_arterial_sir", patients=6, draws=1, replicates=2, engine="numpy")
    >>> answer.table.loc[0, ["endpoint", "verdict"]].tolist()
    ['crs_3plus', 'pass']
    """
    import pandas as pd

    started = time.monotonic()
    names = _names(trials)
    effort = Effort(**{key: whole(key, number, low) for key, number, low in
                       (("patients", patients, 1), ("draws", draws, 1), ("replicates", replicates, 1), ("seed", seed, 0))})
    folder = None if out is None else writable(out)
    engine, how["effort"] = how.get("engine", "auto"), effort
    if engine == "auto" and chosen(engine) == "numpy":
        log.warning("validate: NumPy does the work, several times slower than machine code; pip install 'simsolid[fast]'")
    with progress_bar(len(names) * effort.draws, progress, unit="cohort", desc="validate") as tick:
        alone = whole("workers", workers, 1) == 1
        found = [_one(name, tick, **how) for name in names] if alone else _shared(names, workers, tick, how)
    table = pd.DataFrame([line for one in found for line in one.lines])
    answer = Validation(effort, tuple(found), table, discussion(), engine, time.monotonic() - started)
    if folder is not None:
        from .write import write

        write(answer, folder, command)
    return answer


def _one(name: str, tick=lambda number: None, *, effort: Effort, **how) -> Judged:
    """Judge a trial by its name: what a process is asked for."""
    found = judged(trial(name), effort, tick, **how)
    if found.failed:
        log.warning("validate: %d of %d patients of %s failed and are left out", found.failed, found.patients, name)
    return found


def _shared(names: Sequence[str], workers: int, tick, how: Mapping[str, Any]) -> list[Judged]:
    """Judge trials in several processes; they come back in order."""
    from concurrent.futures import ProcessPoolExecutor, as_completed
    from multiprocessing import get_context

    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        asked = {name: pool.submit(_one, name, **how) for name in names}
        for _ in as_completed(asked.values()):
            tick(how["effort"].draws)
        return [asked[name].result() for name in names]


def _names(trials: Sequence[str] | str | None) -> list[str]:
    known = available("trials")
    asked = list(known) if trials is None else [trials] if isinstance(trials, str) else list(trials)
    wrong = [f"validate: no trial '{name}'{nearest(name, known)}; there are {', '.join(known)}"
             for name in asked if name not in known]  # fmt: skip
    if wrong:
        raise ParameterError("\n".join(wrong))
    return asked
