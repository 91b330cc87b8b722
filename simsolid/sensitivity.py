"""What an answer rests on: shares of its variance by what the values are worth, and the values to measure next.

The centre of every value moves over its plausible range; the patients around it keep their places and their random numbers, so
that what differs between two runs is what was assumed, fitted, derived or measured, and nothing else. The form of the equations
is not varied, and no share speaks of it.

Sources: saltelli2010, jansen1999 (shares; see `simsolid.sobol`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from functools import partial

import numpy as np

from simsolid.assess import assess
from simsolid.cohort import KEY, Limits, draw, whole
from simsolid.design import BEGIN, study_of
from simsolid.errors import ParameterError, nearest
from simsolid.models import MODELS
from simsolid.observe import observe
from simsolid.params import Parameters
from simsolid.progress import progress_bar
from simsolid.ranges import Range, ranges
from simsolid.regimen import Regimen
from simsolid.rests import BASES, NEXT, RestsOn
from simsolid.screening import Trial
from simsolid.shift import shifted
from simsolid.simulate import finished, simulate
from simsolid.sobol import MOST_FAILED, Points, Shares, answers, mixtures, points, shares, strongest
from simsolid.summarise import MEASURES, Measure
from simsolid.times import EVENTS

AXIS = "sample"
OTHERS = "all others"
ENDS = ("value", "lower", "upper")
OUTPUTS = ("objective_response", "best_change", "cmax_cells", "crs_severe", "pfs")
RANKED = 24  # values whose shares are estimated one by one
MOST_LOST = 0.1  # share of a cohort's patients that may fail before the run counts as without an answer
_BLOCK = 3000  # patients simulated together
_LOGGED = ("cell/uL", "copies/ug", "copies/ug*day", "pg/mL", "ug/L")
# What a run needs to be judged; the rest of the trajectories is not kept.
_SEEN = ("cart_blood", "cart_copies", "temperature", "signal", "pressure_score", "oxygen_score", "il6", "ifng", "crp", "ferritin",
         "apparent_volume", "viable_volume", "antigen_negative_fraction", "cart_lesion", "healthy_tissue", "icans_score",
         "tian_score")  # fmt: skip


def rests_on(
    setting: Parameters,
    plan: Regimen,
    outputs: Sequence[str] | Mapping[str, Callable] = OUTPUTS,
    *,
    patients: int = 30,
    samples: int = 128,
    seed: int = 0,
    days: float = 180.0,
    ranked: int = RANKED,
    most_failed: float = MOST_FAILED,
    progress: bool | Callable[[int], object] = True,
    **how,
) -> RestsOn:
    """Say which share of an answer's variance rests on assumed, fitted, derived and measured values, and what to measure next.

    Each value's centre moves over its plausible range (:func:`simsolid.ranges.ranges`); one answer is an output of a whole
    cohort. First-order shares are what a group would move alone, total shares what it moves alone and together with others. Then
    every value moves by itself in a few of the cohorts; those that moved the outputs most are looked at one by one in others, and
    all the rest together form one more group.

    Parameters
    ----------
    setting : Parameters
        A loaded setting, before patients are drawn.
    plan : Regimen
        What is given, in one arm.
    outputs : texts, or mapping of functions
        Measures of :func:`simsolid.summarise`, or functions of a cohort's table by name. Rates are shares of the patients;
        medians of concentrations are taken on a log scale; of survival it is the mean time within the run.
    patients : [1], one
        Patients of each cohort.
    samples : [1], one
        Rows of the design, a power of two; there are six times as many cohorts, and about three times as many again for single
        values: at 128 some 2800 cohorts, a few minutes. Intervals narrow with its root.
    seed : [1], one
        Of the patients and the design.
    days : [day], one
        Last day.
    ranked : [1], one
        Values that are looked at one by one.
    most_failed : [1], one
        Largest share of cohorts without an answer.
    progress : truth or function
        As for :func:`simsolid.simulate`.
    how : options
        As for :func:`simsolid.simulate`: ``rtol`` [1], ``engine``, ``model``.

    Returns
    -------
    RestsOn

    Raises
    ------
    ParameterError
        Patients are drawn already, something is varied along an axis, or an output is unknown.
    SolveError
        Too many cohorts gave no answer.

    References
    ----------
    saltelli2010; jansen1999

    Examples
    --------
    >>> import simsolid as sim
    >>> found = sim.rests_on(sim.load("b_all"), sim.Regimen.single(1e8), ["peak_il6"], patients=1, samples=8, days=4, ranked=2)
    >>> found.shares["basis"].tolist()
    ['assumed', 'fitted', 'derived', 'measured']
    """
    measured = _measured(outputs)
    moved = _moved(setting, plan, days, how.get("model", "house"))
    groups = {basis: [i for i, each in enumerate(moved) if each.basis == basis] for basis in BASES}
    design = points(len(moved), {basis: columns for basis, columns in groups.items() if columns}, samples, seed)
    ranked = min(whole("ranked", ranked, 1), len(moved))
    few, more = _rows(samples)
    cohorts = samples * (2 + len(design.groups)) + few * len(moved) + more * (ranked + 1)
    with progress_bar(cohorts * whole("patients", patients, 1), progress) as tick:
        people = draw(setting, patients, seed)
        model = _Cohorts(setting, people, plan, moved, measured, {"days": days, "rtol": 1e-4, **how}, tick)
        found = answers(model, design, most_failed)
        by_basis = shares(found, list(design.groups), seed)
        # A row without an answer on A could be compared with nothing.
        known = np.flatnonzero(np.isfinite(found[0]).any(axis=1))
        first, second = known[:few], known[few : few + more]
        singles = mixtures(model, design, [[i] for i in range(len(moved))], first, most_failed)
        chosen = strongest(found[0, first], singles, by_basis.variance, ranked)
        one = _singles(model, design, found, by_basis.variance, chosen, second, seed, most_failed)
    return _answer(model, by_basis, one, samples)


def _rows(samples: int) -> tuple[int, int]:
    """Rows on which single values are chosen, and others on which the chosen are looked at.

    Were they the same, those that look strong by chance would be chosen and reported too strong.
    """
    return max(samples // 16, 2), max(samples // 4, 4)


def _measured(outputs) -> dict[str, Callable]:
    """Functions that turn the table of a block into one number for each of its cohorts."""
    if isinstance(outputs, Mapping):
        return {name: partial(_of_rows, function) for name, function in outputs.items()}
    names = [outputs] if isinstance(outputs, str) else list(outputs)
    unknown = [f"output: '{name}' unknown{nearest(str(name), MEASURES)}; there are {', '.join(MEASURES)}"
               for name in names if name not in MEASURES]
    if unknown or not names:
        raise ParameterError("\n".join(unknown) or f"outputs: none given; there are {', '.join(MEASURES)}")
    return {name: partial(KINDS[MEASURES[name].kind], MEASURES[name]) for name in names}


def _of_rows(function: Callable, table) -> list[float]:
    return [float(function(rows[rows["status"] == 0])) for _, rows in table.groupby(AXIS, sort=True)]


def _by_cohort(values: np.ndarray, table) -> list[np.ndarray]:
    """What is known of the patients who finished, cohort by cohort; the table is in their order."""
    values = np.where(table["status"] == 0, values, np.nan).reshape(table[AXIS].nunique(), -1)
    return [row[np.isfinite(row)] for row in values]


def _rates(measure: Measure, table) -> list[float]:
    return [row.mean() if row.size else np.nan for row in _by_cohort(measure.values(table), table)]


def _medians(measure: Measure, table) -> list[float]:
    values = measure.values(table)
    if measure.unit in _LOGGED:
        values = np.log10(np.where(values > 0, values, np.nan))
    return [np.median(row) if row.size else np.nan for row in _by_cohort(values, table)]


def _mean_times(measure: Measure, table) -> list[float]:
    """Mean time without the event up to the end of follow-up: the area under the Kaplan-Meier curve."""
    days, end = measure.values(table), float(table["os_day"].max())
    signed = np.where(table[EVENTS[measure.column]].to_numpy(dtype=bool), days, -days)  # a time with the event is above 0
    return [_area(np.abs(row), row > 0, end) if row.size else np.nan for row in _by_cohort(signed, table)]


def _area(day: np.ndarray, event: np.ndarray, end: float) -> float:
    from scipy.stats import CensoredData, ecdf

    curve = ecdf(CensoredData.right_censored(day, ~event)).sf
    edges = np.concatenate([[0.0], np.clip(curve.quantiles, 0.0, end), [end]])
    return float(np.sum(np.diff(edges) * np.concatenate([[1.0], curve.probabilities])))


KINDS: dict[str, Callable] = {"rate": _rates, "median": _medians, "survival": _mean_times}


def _moved(setting: Parameters, plan: Regimen, days: float, model: str) -> tuple[Range, ...]:
    """Values that this plan makes use of and that have a range to move in."""
    if not isinstance(setting, Parameters) or KEY in setting.choices:
        raise ParameterError("rests_on: give a setting as sim.load() returns it; patients are drawn inside")
    swept = sorted({axis for name in setting.names for axis in getattr(setting[name], "dims", ())})
    axes = [*swept, *getattr(plan, "design", {}), *setting.design]
    if axes:
        raise ParameterError(f"rests_on: {', '.join(map(str, axes))} varies along an axis; look at one arm at a time")
    study = study_of(setting, plan, days, BEGIN, None, MODELS[model], 1e-4)
    arm = study.arms[0]
    files = {arm.cavity, arm.conditioning, *(infusion.route for infusion in arm.regimen.infusions)}
    idle = {f.name for part in (Limits, Trial) for f in fields(part)} | {"reference_dose"}
    return tuple(ranges(setting, [name for name in setting.names if name not in idle and _in_use(name, files)]))


def _in_use(name: str, files: set) -> bool:
    file = name.rpartition(".")[0]
    return not file or file in files


class _Cohorts:
    """Turns points of the unit cube into outputs of cohorts, in blocks of one simulation each."""

    def __init__(self, setting, people, plan, moved, outputs, how, tick):
        self.setting, self.people, self.plan, self.moved, self.outputs = setting, people, plan, moved, outputs
        self.how, self.tick = how, tick
        self.patients = len(people.choices[KEY].patients)
        self.runs = self.failed_patients = self.without_answer = 0

    def __call__(self, at: np.ndarray) -> np.ndarray:
        size = max(_BLOCK // self.patients, 1)
        found = np.concatenate([self._block(at[i : i + size]) for i in range(0, len(at), size)])
        self.runs += len(found)
        self.without_answer += int((~np.isfinite(found).any(axis=1)).sum())
        return found

    def _block(self, at: np.ndarray) -> np.ndarray:
        import xarray as xr

        labels = {AXIS: np.arange(len(at))}
        centres = {each.name: xr.DataArray(each.at(at[:, i]), dims=AXIS, coords=labels) for i, each in enumerate(self.moved)}
        people = shifted(self.people, self.setting, centres)
        shown = {f.name for f in fields(MODELS[self.how.get("model", "house")].observables)}
        how = {"observables": [name for name in _SEEN if name in shown], "dtype": "float32", **self.how}
        run, interrupted = finished(simulate(people, self.plan, progress=self.tick, **how))
        if interrupted:
            raise KeyboardInterrupt
        table = assess(observe(run)).sort_values([AXIS, "patient"], kind="stable")
        lost = (table["status"] != 0).to_numpy().reshape(len(at), -1).sum(axis=1)
        self.failed_patients += int(lost.sum())
        found = np.array([output(table) for output in self.outputs.values()]).T
        # With too many of its patients gone a cohort is another cohort, and no answer of this one.
        return np.where((lost > MOST_LOST * self.patients)[:, None], np.nan, found)


def _singles(model: _Cohorts, design: Points, found, variance, chosen: list[int], rows, seed: int, most_failed: float) -> Shares:
    """Shares of single values, and of all others together."""
    others = [i for i in range(design.a.shape[1]) if i not in chosen]
    mixed = mixtures(model, design, [*([i] for i in chosen), *([others] if others else [])], rows, most_failed)
    names = [model.moved[i].name for i in chosen] + ([OTHERS] if others else [])
    return shares(np.concatenate([found[:2, rows], mixed]), names, seed, variance)


def _answer(model: _Cohorts, by_basis: Shares, one: Shares, samples: int) -> RestsOn:
    import pandas as pd

    groups, singles = _long(by_basis, list(model.outputs), "basis"), _long(one, list(model.outputs), "parameter")
    basis = {each.name: each.basis for each in model.moved}
    rest = singles[singles["parameter"] == OTHERS].reset_index(drop=True)
    singles = singles[singles["parameter"] != OTHERS].reset_index(drop=True)
    singles["basis"] = singles["parameter"].map(basis)
    strength = singles.groupby("parameter", sort=False)["value"].mean().sort_values(ascending=False, kind="stable").head(NEXT)
    first = pd.DataFrame({"parameter": strength.index, "share": strength.to_numpy()})
    first["basis"] = first["parameter"].map(basis)
    return RestsOn(groups, singles, first, model.moved, model.runs, model.without_answer, model.failed_patients, model.patients,
                   samples, rest)  # fmt: skip


def _long(found, outputs: list[str], what: str):
    import pandas as pd

    rows = [
        {"output": output, what: name, **dict(zip(ENDS, found.total[k, g], strict=True)),
         **{f"alone_{end}": part for end, part in zip(ENDS, found.first[k, g], strict=True)}, "pairs": int(found.pairs[k, g])}
        for k, output in enumerate(outputs) for g, name in enumerate(found.groups)
    ]  # fmt: skip
    return pd.DataFrame(rows)
