"""Trials of the reported size, again and again, out of larger cohorts: the sampling of a trial is part of its prediction.

Patients are taken from a fresh cohort without replacement, so each trial made in this way is as good as one simulated alone.
"""

from collections.abc import Mapping
from math import ceil

import numpy as np

from simsolid.arms import finished
from simsolid.attrition import CONTROL
from simsolid.trials.design import UNTESTED, Observed, Trial
from simsolid.trials.endpoints import ENDPOINTS
from simsolid.trials.people import split
from simsolid.trials.tally import rows_of

# What endpoints of a randomised trial read; a narrow table is taken apart faster.
READ = ("trial_arm", "analysis", "patient", "status", "response", "confirmed_response", "infused", "os_day", "died", "pfs_day",
        "pfs_event", "response_duration", "response_ended", "crs_grade", "icans_grade", "tian_grade")  # fmt: skip


def sizes_of(made: Trial, seen: Observed) -> dict[str, int]:
    """How many patients of each arm an endpoint was read in.

    Parameters
    ----------
    made : Trial, arms with their patients
    seen : Observed, its arms and number

    Returns
    -------
    mapping of [1]

    Examples
    --------
    >>> import simsolid as sim
    >>> trial = sim.trial("gastric_satri_phase1")
    >>> sizes_of(trial, trial.endpoints[0])
    {'2.5e8': 10, '3.75e8': 9, '5e8': 9}
    """
    arms = {arm.name: arm.patients for arm in made.arms if not seen.arms or arm.name in seen.arms}
    alone = ENDPOINTS[seen.name].among is not None
    return arms if seen.n is None or alone or seen.n < len(arms) else split(arms, seen.n)


def patients_for(made: Trial, patients: int, copies: int = 1) -> int:
    """Simulated patients of a cohort: a multiple of the reported ones that holds every endpoint's number.

    Parameters
    ----------
    made : Trial, arms and endpoints
    patients : [1], one
        At least so many.
    copies : [1], one
        At least so many times the reported patients.

    Returns
    -------
    [1], one

    Examples
    --------
    >>> import simsolid as sim
    >>> patients_for(sim.trial("gastric_satri_phase1"), 100)
    111
    """
    reported = {arm.name: arm.patients for arm in made.arms}
    asked = [sizes_of(made, seen) for seen in made.endpoints if seen.use != UNTESTED]
    copies = max([copies, ceil(patients / made.patients), *(ceil(n / reported[arm]) for one in asked for arm, n in one.items())])
    return copies * made.patients


def replicates(made: Trial, seen: Observed, table, times: int, generator: np.random.Generator) -> np.ndarray:
    """Read an endpoint in trials of the reported size.

    Parameters
    ----------
    made : Trial, arms with their patients
    seen : Observed, one endpoint
    table : DataFrame, one row per arm and patient
        From `simsolid.trials.conduct.conducted`.
    times : [1], one
        How many trials.
    generator : anything that draws
        A NumPy generator.

    Returns
    -------
    unit of the endpoint, several
        Infinite where a median is not reached; NaN where nobody has the value.

    Examples
    --------
    >>> import pandas as pd, simsolid as sim
    >>> trial = sim.trial("colorectal_cea_arterial_sir")
    >>> table = pd.DataFrame({"trial_arm": "1e10 three times", "patient": range(12), "status": 0, "crs_grade": 3.0})
    >>> replicates(trial, trial.endpoints[0], table, 2, np.random.default_rng(1)).tolist()
    [1.0, 1.0]
    """
    taken, table = _randomised if "analysis" in table else _single, finished(table).copy(deep=False)
    table.attrs = {}  # pandas would copy the units of all columns with every part
    return np.array(list(taken(made, seen, table, times, generator)), dtype=float)


def _single(made: Trial, seen: Observed, table, times: int, generator):
    """Patients of each arm, or of those alone of whom the endpoint is."""
    endpoint, rows = ENDPOINTS[seen.name], rows_of(seen, table)
    if endpoint.among is not None:
        numbers = endpoint.of(rows, seen.at)
        pools = [(numbers, seen.n or len(numbers))]
    else:
        arms = sizes_of(made, seen)
        pools = [(endpoint.of(rows[rows["trial_arm"] == name], seen.at), n) for name, n in arms.items()]
    for _ in range(times):
        chosen = [pool[_some(len(pool), n, generator)] for pool, n in pools]
        yield endpoint.value(np.concatenate(chosen), seen.at)


def _randomised(made: Trial, seen: Observed, table, times: int, generator):
    """People of their own in the arm with cells and in the control arm."""
    endpoint, people = ENDPOINTS[seen.name], table["patient"].unique()
    cells, control = (arm.patients for arm in sorted(made.arms, key=lambda arm: arm.dose is None))
    rows = rows_of(seen, table)[[name for name in READ if name in table]]
    place, none = rows["patient"].to_numpy(), rows["analysis"].to_numpy() == CONTROL
    for _ in range(times):
        chosen = _some(len(people), cells + control, generator)
        treated, others = people[chosen[:cells]], people[chosen[cells:]]
        part = rows[np.where(none, np.isin(place, others), np.isin(place, treated))]
        yield endpoint.value(endpoint.of(part, seen.at), seen.at)


def _some(many: int, n: int, generator: np.random.Generator) -> np.ndarray:
    """Places of different ones where there are enough, as failures may leave too few of a small arm; in random order."""
    return generator.choice(many, n, replace=n > many) if many else np.empty(0, dtype=int)


def interval(values: np.ndarray, coverage: float = 0.95) -> Mapping[str, float]:
    """Median of replicates and the interval that holds at least this share of them.

    Parameters
    ----------
    values : any unit, several
        NaN is left out; infinite values count as large.
    coverage : [1], one

    Returns
    -------
    mapping of number
        ``predicted``, ``predicted_lower`` and ``predicted_upper``; the ends are values of replicates, so that shares keep to
        whole patients.

    Examples
    --------
    >>> interval(np.arange(101.0))
    {'predicted': 50.0, 'predicted_lower': 2.0, 'predicted_upper': 98.0}
    """
    values = values[~np.isnan(values)]
    if not len(values):
        return dict.fromkeys(("predicted", "predicted_lower", "predicted_upper"), np.nan)
    tail = (1.0 - coverage) / 2
    return {"predicted": float(np.quantile(values, 0.5, method="lower")),
            "predicted_lower": float(np.quantile(values, tail, method="lower")),
            "predicted_upper": float(np.quantile(values, 1.0 - tail, method="higher"))}  # fmt: skip


def tail_of(values: np.ndarray, observed: float) -> float:
    """Two-sided share of replicates at least as far out as what was observed.

    Parameters
    ----------
    values : any unit, several
    observed : same unit, one

    Returns
    -------
    [1], one
        From 0, none, to 1.

    Examples
    --------
    >>> tail_of(np.arange(10.0), 8.0)
    0.4
    """
    values = values[~np.isnan(values)]
    if not len(values) or np.isnan(observed):
        return np.nan
    return float(min(1.0, 2 * min((values <= observed).mean(), (values >= observed).mean())))
