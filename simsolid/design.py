"""From people and a plan to a study: axes laid out as arms, output days set, everything impossible refused."""

import itertools
import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from simsolid.cohort import KEY, roster, typical
from simsolid.errors import ParameterError
from simsolid.params import Parameters
from simsolid.regimen import Regimen, refuse_plan
from simsolid.scans import Scans
from simsolid.schedule import Arm, arm
from simsolid.steps import is_number
from simsolid.study import Study, say_what_is_idle

log = logging.getLogger(__name__)

BEGIN = -7.0  # enrolment scan, a week before infusion


def output_days(days: float, begin: float = BEGIN) -> np.ndarray:
    """Default output grid: every 6 h to day 28, daily to day 90, then every 3 days.

    Trajectories do not depend on it: the engine chooses its own steps. Read-outs such as peaks, areas and onsets are
    taken from the grid, so a coarse grid of one's own blurs them.

    Parameters
    ----------
    days : [day], one
        Last day.
    begin : [day], one
        First day.

    Returns
    -------
    [day], several

    Examples
    --------
    >>> output_days(0.5)[-3:]
    array([0.  , 0.25, 0.5 ])
    """
    parts = [np.arange(begin, 28.0, 0.25), np.arange(28.0, 90.0, 1.0), np.arange(90.0, max(days, 90.0), 3.0)]
    grid = np.concatenate(parts)
    return np.append(grid[grid < days], float(days))


def study_of(people, plan, days, begin, times, model, rtol) -> Study:
    """Fix everything before the first step, and refuse what cannot be run.

    Parameters
    ----------
    people : Parameters
        A drawn cohort, or a setting, whose typical patient is then taken.
    plan : Regimen
        What is given.
    days : [day], one
        Last day.
    begin : [day], one
        First day.
    times : [day], several, or None
        Output days; None for :func:`output_days`.
    model : Model
        The model to be run.
    rtol : [1], one
        Relative tolerance.

    Returns
    -------
    Study

    Raises
    ------
    ParameterError
        A number is impossible, an axis is set twice, or people and plan do not fit together.

    Examples
    --------
    >>> import simsolid as sim
    >>> from simsolid.models import MODELS
    >>> plan = sim.vary(sim.Regimen.single(1e8), dose=[1e8, 1e9])
    >>> study_of(sim.load("gastric"), plan, 10.0, -7.0, None, MODELS["house"], 1e-5).sizes
    {'dose': 2, 'patient': 1}
    """
    _meant(people, plan)
    begin = _number("begin", begin, -36500.0, 36500.0)
    rtol = _number("rtol", rtol, 1e-12, 1e-2)
    grid = output_days(_number("days", days, begin, 36500.0), begin) if times is None else _given(times, begin)
    people = people if KEY in people.choices else typical(people)
    design, fixed = _design(people, plan)
    arms = [arm(people, concrete, labels, model, begin) for labels, concrete in _arms(fixed, design)]
    _say_what_comes_too_late(arms, float(grid[-1]))
    grid = _with_scans(grid, arms, begin)
    study = Study(people, roster(people), model, tuple(arms), replace(fixed, design=design), grid, begin, rtol)
    say_what_is_idle(study)
    return study


def _meant(people, plan) -> None:
    if not isinstance(people, Parameters) or not isinstance(plan, Regimen):
        raise ParameterError(f"simulate: got {type(people).__name__} and {type(plan).__name__}; give people from sim.draw() "
                             "(or a setting), then a sim.Regimen")


def _number(what: str, given, low: float, high: float) -> float:
    if not is_number(given) or not low <= given <= high:
        raise ParameterError(f"{what}: {given!r}; must be a number from {low:g} to {high:g}")
    return float(given)


def _given(times, begin: float) -> np.ndarray:
    try:
        grid = np.asarray(times, dtype=float)
    except (TypeError, ValueError):
        grid = np.empty(0)
    if grid.ndim != 1 or not grid.size or not np.isfinite(grid).all() or (np.diff(grid) <= 0).any() or grid[0] < begin:
        raise ParameterError(f"times: must be increasing finite days from begin ({begin:g}) on")
    return grid


def _design(people: Parameters, plan: Regimen) -> tuple[dict[str, tuple], Regimen]:
    """Axes of the plan from both places they can be set, and the plan with single values put in."""
    twice = sorted(set(plan.design) & set(people.design))
    refuse_plan([f"{name} is varied in the people and in the plan; vary it in one of them" for name in twice])
    fixed = replace(plan, design={})
    for name, value in people.design.items():
        fixed = fixed if isinstance(value, tuple) else fixed.with_field(name, value)
    axes = {**plan.design, **{name: value for name, value in people.design.items() if isinstance(value, tuple)}}
    return axes, fixed


def _arms(plan: Regimen, design: dict[str, tuple]) -> Iterator[tuple[dict[str, object], Regimen]]:
    for values in itertools.product(*design.values()):
        labels, concrete = dict(zip(design, values, strict=True)), plan
        for name, value in labels.items():
            concrete = concrete.with_field(name, value)
        yield labels, concrete


def _with_scans(grid: np.ndarray, arms: Sequence[Arm], begin: float) -> np.ndarray:
    """Output days with those on which a rule reads a scan: what it saw can then be seen again."""
    read = [chosen.regimen.scans or Scans() for chosen in arms if any(rule.parts.scans for rule in chosen.regimen.rules)]
    return np.unique(np.concatenate([grid, *(scans.days(begin, float(grid[-1])) for scans in read)]))


def _say_what_comes_too_late(arms: Sequence[Arm], last: float) -> None:
    late = {str(step) for chosen in arms for step in chosen.regimen.steps if step.day > last}
    for step in sorted(late):
        log.warning("regimen: '%s' comes after the last day %g and is not given; pass more days", step, last)
