"""Judge every endpoint of every trial: predicted interval for a trial of the reported size against what was observed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np

from simsolid.calibrate.crowd import crowd, numbers
from simsolid.evidence import clinical
from simsolid.params import Parameters
from simsolid.trials.conduct import conducted
from simsolid.trials.design import PREDICTED, UNTESTED, Observed, Trial
from simsolid.trials.endpoints import ENDPOINTS
from simsolid.trials.files import setting_of
from simsolid.trials.observed import observed_interval
from simsolid.trials.people import assigned
from simsolid.trials.treated import RTOL, arms_of

from .posterior import draws_for
from .sampling import interval, patients_for, replicates, tail_of

PASS, FAIL = "pass", "fail"
BATCH = 10  # cohorts that are simulated at once
# Trials read out of one cohort share people. All cohorts together hold the people of so many trials, for the ends of an interval
# would rest on fewer otherwise, and come too near.
LEAST = 40


@dataclass(frozen=True, kw_only=True)
class Effort:
    """How much is simulated: patients of a cohort, cohorts (each with its own draw of values), trials read out of them."""

    patients: int = 200
    draws: int = 20
    replicates: int = 400
    seed: int = 2026


@dataclass(frozen=True, eq=False)
class Judged:
    """The endpoints of one trial: a line each, and the replicates behind those that were simulated."""

    trial: Trial
    lines: Sequence[Mapping]
    replicates: Mapping[str, np.ndarray]
    values: str
    patients: int
    failed: int


def judged(made: Trial, effort: Effort, tick=lambda number: None, **how) -> Judged:
    """Conduct one trial in several cohorts and judge its endpoints.

    Parameters
    ----------
    made : Trial, with what was observed
    effort : anything of :class:`Effort`
        How much is simulated.
    tick : function
        Called with 1 after each cohort.
    how : anything
        As for :func:`simsolid.conduct`.

    Returns
    -------
    Judged

    Examples
    --------
    >>> import simsolid as sim
    >>> quick = Effort(patients=6, draws=1, replicates=2)
    >>> found = judged(sim.trial("colorectal_cea_arterial_sir"), quick, engine="numpy")
    >>> [line["verdict"] for line in found.lines][:1]
    ['pass']
    """
    chosen, values = draws_for(made, effort.draws)
    many = patients_for(made, effort.patients, ceil(min(LEAST, effort.replicates) / effort.draws))
    read = [seen for seen in made.endpoints if seen.use != UNTESTED]
    found: dict[str, list[np.ndarray]] = {seen.key: [] for seen in read}
    failed = 0
    for number, table in enumerate(cohorts(made, chosen, many, effort.seed, how)):
        failed += int((table["status"] != 0).sum())
        for seen in read:
            random = _generator(effort.seed, made, seen, number)
            found[seen.key].append(replicates(made, seen, table, _turns(effort, number), random))
        tick(1)
    together = {key: np.concatenate(parts) for key, parts in found.items()}
    rests = informed_rows(setting_of(made))
    lines = [_line(made, seen, together.get(seen.key), rests) for seen in made.endpoints]
    return Judged(made, lines, together, values, many * len(chosen), failed)


def cohorts(made: Trial, chosen: Sequence[Mapping[str, float]], many: int, seed: int, how: Mapping) -> Iterator:
    """Conduct a trial at several values of the parameters, each in people of its own; as many at once as memory allows.

    Parameters
    ----------
    made : Trial, arms and schedule
    chosen : sequence of mapping of number
        Values of the parameters.
    many : [1], one
        Patients of a cohort.
    seed : [1], one
    how : mapping of anything
        As for :func:`simsolid.conduct`.

    Yields
    ------
    DataFrame, one row per arm and patient
        For each of the values in turn.

    Examples
    --------
    >>> import simsolid as sim
    >>> found = list(cohorts(sim.trial("midline_gd2_intraventricular"), [{}, {}], 9, 1, {"engine": "numpy"}))
    >>> [int(table["patient"].min()) for table in found]
    [0, 9]
    """
    if made.analysis != "infused" or made.eligibility is not None:  # who is eligible is found cohort by cohort
        for number, values in enumerate(chosen):
            yield conducted(made, values, many, seed + number, **how)
        return
    setting = setting_of(made)
    how = {"progress": False, "rtol": RTOL, "dtype": "float32", **how}
    for first in range(0, len(chosen), BATCH):
        points = range(first, min(first + BATCH, len(chosen)))
        people = crowd([setting.with_values(chosen[point]) for point in points], points, many, seed)
        apart = [assigned(made, numbers(point, many)) for point in points]
        table = arms_of(made, setting, people, {arm: np.concatenate([one[arm] for one in apart]) for arm in apart[0]}, how)
        whose = table["patient"].to_numpy() // many
        yield from (table[whose == point] for point in points)


def _turns(effort: Effort, number: int) -> int:
    """Replicates out of one cohort, so that all together make the whole number."""
    return effort.replicates * (number + 1) // effort.draws - effort.replicates * number // effort.draws


def _generator(seed: int, made: Trial, seen: Observed, number: int) -> np.random.Generator:
    """Random numbers of one endpoint: the same whatever else is validated."""
    return np.random.default_rng([seed, number, *f"{made.name} {seen.key}".encode()])


def informed_rows(setting: Parameters) -> frozenset[str]:
    """Rows of the clinical evidence on which values of a setting say that they rest.

    Parameters
    ----------
    setting : Parameters
        A loaded setting.

    Returns
    -------
    texts

    Examples
    --------
    >>> import simsolid as sim
    >>> "C003" in informed_rows(sim.load("gastric"))
    True
    """
    return frozenset(row for name in setting.names for row in clinical(f"{setting.value(name).where} {setting.value(name).note}"))


def _line(made: Trial, seen: Observed, values: np.ndarray | None, rests: frozenset[str]) -> dict:
    endpoint = ENDPOINTS.get(seen.name)
    observed, lower, upper = observed_interval(seen) if endpoint else (_plain(seen), np.nan, np.nan)
    told = interval(np.empty(0) if values is None else values)
    line = {
        "trial": made.name, "endpoint": seen.key, "label": label_of(made, seen), "use": seen.use,
        "unit": endpoint.unit if endpoint else "", "kind": endpoint.kind if endpoint else "",
        "observed": observed, "observed_lower": lower, "observed_upper": upper, "n": seen.n, **told,
        "tail": np.nan if values is None else tail_of(values, observed),
        "informed": bool(set(clinical(seen.where)) & rests), "source": seen.source, "where": seen.where, "basis": seen.basis,
        "note": seen.note,
    }  # fmt: skip
    return line | {"verdict": verdict(seen, line)}


def _plain(seen: Observed) -> float:
    if seen.value is not None:
        return seen.value
    return seen.events / seen.n if seen.events is not None and seen.n else np.nan


def verdict(seen: Observed, line: Mapping) -> str:
    """Say whether what was observed lies within the predicted interval, its ends included.

    Parameters
    ----------
    seen : Observed, how it is used
    line : mapping of number
        ``observed``, ``predicted_lower`` and ``predicted_upper``.

    Returns
    -------
    text
        ``"pass"``, ``"fail"``, ``"untested"`` or ``"predicted"``.

    Examples
    --------
    >>> seen = Observed(name="orr", use="fit", events=1, n=2)
    >>> verdict(seen, {"observed": 0.5, "predicted_lower": 0.5, "predicted_upper": 0.9})
    'pass'
    """
    if seen.use == PREDICTED:
        return PREDICTED
    if seen.use == UNTESTED or np.isnan([line["observed"], line["predicted_lower"]]).any():
        return UNTESTED
    return PASS if line["predicted_lower"] <= line["observed"] <= line["predicted_upper"] else FAIL


def label_of(made: Trial, seen: Observed) -> str:
    """Name an endpoint as a reader would.

    Parameters
    ----------
    made : Trial, its definition of response
    seen : Observed, texts of the endpoint

    Returns
    -------
    text

    Examples
    --------
    >>> import simsolid as sim
    >>> trial = sim.trial("gastric_satri_phase1")
    >>> label_of(trial, trial.endpoints[5])
    'alive at 6 months'
    """
    if seen.name not in ENDPOINTS:
        return seen.name
    day = "" if seen.at is None else f" at {seen.at / 30.4375:.3g} months"
    arms = f", {' and '.join(seen.arms)}" if seen.arms else ""
    return f"{ENDPOINTS[seen.name].label}{day}{arms}{', ' + seen.population if seen.population else ''}"
