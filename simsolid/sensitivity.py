"""What an answer rests on: shares of its variance by what the values are worth, and the values to measure next.

The centre of every value moves over its plausible range; the patients around it keep their places and their random numbers, so
that what differs between two runs is what was assumed, fitted, derived or measured, and nothing else. The form of the equations
is not varied, and no share speaks of it.

Sources: saltelli2010, jansen1999 (shares; see `simsolid.sobol`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields

import numpy as np

from simsolid.cohort import KEY, draw, whole
from simsolid.design import BEGIN, study_of
from simsolid.errors import ParameterError
from simsolid.evaluate import Cohorts, measured
from simsolid.models import MODELS
from simsolid.params import Parameters
from simsolid.plausible import Limits
from simsolid.progress import progress_bar
from simsolid.ranges import Range, ranges
from simsolid.regimen import Regimen
from simsolid.rests import BASES, NEXT, RestsOn
from simsolid.screening import Trial
from simsolid.sobol import MOST_FAILED, Points, Shares, answers, mixtures, points, shares, strongest

OTHERS = "all others"
ENDS = ("value", "lower", "upper")
OUTPUTS = ("objective_response", "best_change", "cmax_cells", "crs_severe", "pfs")
RTOL = 1e-3  # against a tenth of it, not two in a hundred thousand of the variance of an output changed
RANKED = 24  # values that are looked at one by one


def rests_on(
    setting: Parameters,
    plan: Regimen,
    outputs: Sequence[str] | Mapping[str, Callable] = OUTPUTS,
    *,
    patients: int = 30,
    samples: int = 256,
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
        What is given, in one arm; or two arms along one axis, whose difference is then the answer, second minus first.
    outputs : texts, or mapping of functions
        Measures of :func:`simsolid.summarise`, or functions of a cohort's table by name. Rates are shares of the patients;
        medians of concentrations are taken on a log scale; of survival it is the mean time within the run.
    patients : [1], one
        Patients of each cohort.
    samples : [1], one
        Rows of the design, a power of two; there are six times as many cohorts, and about as many again for single values: at 256
        some 3000 cohorts, two to three minutes of one core. Intervals narrow with its root.
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
    asked, moved = measured(outputs), _moved(setting, plan, days, how.get("model", "house"))
    groups = {basis: [i for i, each in enumerate(moved) if each.basis == basis] for basis in BASES}
    design = points(len(moved), {basis: columns for basis, columns in groups.items() if columns}, samples, seed)
    ranked = min(whole("ranked", ranked, 1), len(moved))
    few, more = _rows(samples)
    cohorts = samples * (2 + len(design.groups)) + few * len(moved) + more * (ranked + 1)
    arms = int(np.prod([len(labels) for labels in plan.design.values()], dtype=int))
    with progress_bar(arms * cohorts * whole("patients", patients, 1), progress) as tick:
        people = draw(setting, patients, seed)
        model = Cohorts(setting, people, plan, moved, asked, {"days": days, "rtol": RTOL, **how}, tick)
        found = answers(model, design, most_failed)
        by_basis = shares(found, list(design.groups), seed)
        one = _singles(model, design, found, by_basis.variance, (ranked, few, more), seed, most_failed)
    return _answer(model, by_basis, one, samples)


def _rows(samples: int) -> tuple[int, int]:
    """Rows on which single values are chosen, and others on which the chosen are looked at.

    Were they the same, those that look strong by chance would be chosen and reported too strong.
    """
    return max(samples // 64, min(samples // 32, 4), 2), max(samples // 8, min(samples // 4, 32), 4)


def _moved(setting: Parameters, plan: Regimen, days: float, model: str) -> tuple[Range, ...]:
    """Values that this plan makes use of and that have a range to move in."""
    if not isinstance(setting, Parameters) or KEY in setting.choices:
        raise ParameterError("rests_on: give a setting as sim.load() returns it; patients are drawn inside")
    swept = sorted({axis for name in setting.names for axis in getattr(setting[name], "dims", ())})
    if swept or setting.design:
        raise ParameterError(f"rests_on: {', '.join(map(str, [*swept, *setting.design]))} varies along an axis of the setting; "
                             "give it one value")
    study = study_of(setting, plan, days, BEGIN, None, MODELS[model], 1e-4)
    if len(plan.design) > 1 or len(study.arms) > 2:
        raise ParameterError(f"rests_on: {len(study.arms)} arms along {', '.join(plan.design)}; give one arm, or two to compare")
    files = {file for arm in study.arms for file in (arm.cavity, arm.conditioning, *(i.route for i in arm.regimen.infusions))}
    idle = {f.name for part in (Limits, Trial) for f in fields(part)} | {"reference_dose"}
    return tuple(ranges(setting, [name for name in setting.names if name not in idle and _in_use(name, files)]))


def _in_use(name: str, files: set) -> bool:
    file = name.rpartition(".")[0]
    return not file or file in files


def _singles(model: Cohorts, design: Points, found, variance, sizes, seed: int, most_failed: float) -> Shares:
    """Shares of the values that move the outputs most, one by one, and of all others together."""
    ranked, few, more = sizes
    # A row without an answer on A could be compared with nothing.
    known = np.flatnonzero(np.isfinite(found[0]).any(axis=1))
    first, second = known[:few], known[few : few + more]
    alone = mixtures(model, design, [[i] for i in range(len(model.moved))], first, most_failed)
    chosen = strongest(found[0, first], alone, variance, ranked)
    others = [i for i in range(len(model.moved)) if i not in chosen]
    mixed = mixtures(model, design, [*([i] for i in chosen), *([others] if others else [])], second, most_failed)
    names = [model.moved[i].name for i in chosen] + ([OTHERS] if others else [])
    return shares(np.concatenate([found[:2, second], mixed]), names, seed, variance)


def _answer(model: Cohorts, by_basis: Shares, one: Shares, samples: int) -> RestsOn:
    import pandas as pd

    groups, singles = _long(by_basis, list(model.outputs), "basis"), _long(one, list(model.outputs), "parameter")
    basis = {each.name: each.basis for each in model.moved}
    rest = singles[singles["parameter"] == OTHERS].reset_index(drop=True)
    singles = singles[singles["parameter"] != OTHERS].reset_index(drop=True)
    singles["basis"] = singles["parameter"].map(basis)
    mean = pd.DataFrame(one.over_outputs, columns=["share", "lower", "upper"])
    mean.insert(0, "parameter", one.groups)
    first = mean[mean["parameter"] != OTHERS].sort_values("share", ascending=False, kind="stable").head(NEXT)
    first = first.assign(basis=first["parameter"].map(basis)).reset_index(drop=True)
    return RestsOn(groups, singles, first, model.moved, model.runs, model.without_answer, model.failed_patients, model.patients,
                   samples, rest, _compared(model.plan))  # fmt: skip


def _long(found, outputs: list[str], what: str):
    import pandas as pd

    rows = [
        {"output": output, what: name, **dict(zip(ENDS, found.total[k, g], strict=True)),
         **{f"alone_{end}": part for end, part in zip(ENDS, found.first[k, g], strict=True)}, "pairs": int(found.pairs[k, g])}
        for k, output in enumerate(outputs) for g, name in enumerate(found.groups)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def _compared(plan: Regimen) -> str:
    """What is subtracted from what; empty for one arm."""
    return "".join(f"{labels[1]} minus {labels[0]}" for labels in plan.design.values() if len(labels) > 1)
