"""What an answer rests on: shares of its variance by what the values are worth, and the values to measure next.

The centre of every value moves over its plausible range; the patients around it keep their places and their random numbers, so
that what differs between two runs is what was assumed, fitted, derived or measured, and nothing else. The form of the equations
is not varied, and no share speaks of it.

Sources: saltelli2010, jansen1999 (shares; see `simsolid.sobol`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields

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
from simsolid.simulate import simulate
from simsolid.sobol import MOST_FAILED, Points, answers, points, refuse_gaps, screened, shares
from simsolid.summarise import MEASURES, Measure
from simsolid.times import EVENTS

AXIS = "sample"
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
    patients: int = 40,
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
    cohort. First-order shares are what a group would move alone, total shares what it moves alone and together with others. The
    values that explain most by themselves are then looked at one by one; all others together form one more group.

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
        Rows of the design, a power of two; there are six times as many cohorts, and about three times more for single values.
    seed : [1], one
        Of the patients and the design.
    days : [day], one
        Last day.
    ranked : [1], one
        Values whose shares are estimated one by one.
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
    >>> found = sim.rests_on(sim.load("b_all"), sim.Regimen.single(1e8), ["cmax_cells"], patients=2, samples=8, days=7, ranked=2)
    >>> found.shares["basis"].tolist()
    ['assumed', 'fitted', 'derived', 'measured']
    """
    measured = _measured(outputs)
    samples_checked = points(1, {}, samples).a.shape[0]
    moved = _moved(setting, plan, days, how.get("model", "house"))
    groups = {basis: [i for i, each in enumerate(moved) if each.basis == basis] for basis in BASES}
    design = points(len(moved), {basis: columns for basis, columns in groups.items() if columns}, samples, seed)
    ranked = min(whole("ranked", ranked, 1), len(moved))
    cohorts = samples_checked * (2 + len(design.groups)) + _second(samples) * (ranked + 1)
    with progress_bar(cohorts * whole("patients", patients, 1), progress) as tick:
        people = draw(setting, patients, seed)
        model = _Cohorts(setting, people, plan, moved, measured, {"days": days, "rtol": 1e-4, **how}, tick)
        found = answers(model, design, most_failed)
        chosen = _chosen(design, found, ranked)
        singles, one = _singles(model, design, found, chosen, most_failed)
    return _answer(model, design, found, singles, one, seed, samples)


def _second(samples: int) -> int:
    """Rows on which single values are looked at: what ranks them need not be as exact as the shares of the groups."""
    return max(samples // 4, min(samples, 16))


def _measured(outputs) -> dict[str, Callable]:
    if isinstance(outputs, Mapping):
        return dict(outputs)
    names = [outputs] if isinstance(outputs, str) else list(outputs)
    unknown = [f"output: '{name}' unknown{nearest(str(name), MEASURES)}; there are {', '.join(MEASURES)}"
               for name in names if name not in MEASURES]
    if unknown or not names:
        raise ParameterError("\n".join(unknown) or f"outputs: none given; there are {', '.join(MEASURES)}")
    return {name: _of_cohort(MEASURES[name]) for name in names}


def _of_cohort(measure: Measure) -> Callable:
    """One number of a cohort's table: a rate, a median (of a logarithm), or the mean time without the event."""
    kinds = {"rate": lambda table: np.nanmean(measure.values(table)), "median": lambda table: _median(measure, table),
             "survival": lambda table: _mean_time(measure, table)}  # fmt: skip
    return kinds[measure.kind]


def _median(measure: Measure, table) -> float:
    values = measure.values(table)
    values = values[np.isfinite(values)]
    if measure.unit in _LOGGED:
        values = np.log10(values[values > 0])
    return float(np.median(values)) if len(values) else np.nan


def _mean_time(measure: Measure, table) -> float:
    """Mean time without the event up to the end of follow-up: the area under the Kaplan-Meier curve."""
    from scipy.stats import CensoredData, ecdf

    day, event = table[measure.column].to_numpy(dtype=float), table[EVENTS[measure.column]].to_numpy(dtype=bool)
    known, end = np.isfinite(day), float(table["os_day"].max())
    if not known.any():
        return np.nan
    curve = ecdf(CensoredData.right_censored(day[known], ~event[known])).sf
    edges = np.concatenate([[0.0], np.clip(curve.quantiles, 0.0, end), [end]])
    return float(np.sum(np.diff(edges) * np.concatenate([[1.0], curve.probabilities])))


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
        table = assess(observe(simulate(people, self.plan, progress=self.tick, **how)))
        return np.array([self._outputs(rows) for _, rows in table.groupby(AXIS, sort=True)])

    def _outputs(self, rows) -> list[float]:
        """Outputs of one cohort; none when too many of its patients failed."""
        done = rows[rows["status"] == 0]
        self.failed_patients += len(rows) - len(done)
        if len(rows) - len(done) > MOST_LOST * len(rows):
            return [np.nan] * len(self.outputs)
        return [float(output(done)) for output in self.outputs.values()]


def _chosen(design: Points, found: np.ndarray, most: int) -> list[int]:
    """The values to look at one by one: those that explain most of some output, in turn over the outputs."""
    at = np.concatenate([design.a, design.b, *(design.mixed(columns) for columns in design.groups.values())])
    orders = [screened(at, found[..., k].reshape(-1), most) for k in range(found.shape[-1])]
    in_turn = [order[place] for place in range(most) for order in orders if place < len(order)]
    return list(dict.fromkeys(in_turn))[:most]


def _singles(model: _Cohorts, design: Points, found: np.ndarray, chosen: list[int], most_failed: float):
    """Shares of single values, and of all others together, on the first rows of the design."""
    others = [i for i in range(design.a.shape[1]) if i not in chosen]
    rows = _second(len(design.a))
    sets = [[i] for i in chosen] + ([others] if others else [])
    blocks = np.stack([design.mixed(columns, rows) for columns in sets], axis=1)
    answered = model(blocks.reshape(-1, design.a.shape[1]))
    refuse_gaps(answered, most_failed)
    mixed = np.moveaxis(answered.reshape(rows, len(sets), -1), 1, 0)
    names = [model.moved[i].name for i in chosen] + (["all others"] if others else [])
    return np.concatenate([found[:2, :rows], mixed]), names


def _answer(model: _Cohorts, design: Points, found, singles, names, seed: int, samples: int) -> RestsOn:
    import pandas as pd

    whole_found = shares(found, list(design.groups), seed)
    by_basis = _long(whole_found, list(model.outputs), "basis")
    one = _long(shares(singles, names, seed, whole_found.variance), list(model.outputs), "parameter")
    rest, one = one[one["parameter"] == "all others"], one[one["parameter"] != "all others"]
    basis = {each.name: each.basis for each in model.moved}
    one = one.assign(basis=one["parameter"].map(basis))
    strength = one.groupby("parameter", sort=False)["value"].mean().sort_values(ascending=False, kind="stable")
    first = pd.DataFrame({"parameter": strength.index, "share": strength.to_numpy()}).assign(
        basis=lambda table: table["parameter"].map(basis)).head(NEXT)
    return RestsOn(by_basis, one.reset_index(drop=True), first, model.moved, model.runs, model.without_answer,
                   model.failed_patients, model.patients, samples, rest.reset_index(drop=True))  # fmt: skip


def _long(found, outputs: list[str], what: str):
    import pandas as pd

    rows = [
        {"output": output, what: name, **dict(zip(ENDS, found.total[k, g], strict=True)),
         **{f"alone_{end}": part for end, part in zip(ENDS, found.first[k, g], strict=True)}, "pairs": int(found.pairs[k, g])}
        for k, output in enumerate(outputs) for g, name in enumerate(found.groups)
    ]  # fmt: skip
    return pd.DataFrame(rows)
