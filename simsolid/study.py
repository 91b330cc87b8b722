"""What is fixed before the first step: people, arms and axes as rows of numbers, one column for each case."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np

from simsolid.cohort import KEY, Roster, roster, typical
from simsolid.errors import ParameterError
from simsolid.model import Model
from simsolid.params import Parameters
from simsolid.regimen import Regimen
from simsolid.schedule import Arm, arm, reach, steps

BEGIN = -7.0  # enrolment scan, a week before infusion
CASE = "patient"


def output_days(days: float, begin: float = BEGIN) -> np.ndarray:
    """Default output grid: every 6 h to day 28, daily to day 90, then every 3 days. Results do not depend on it.

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


@dataclass(frozen=True, eq=False)
class Study:
    """Everything that is fixed before the first step: people, arms, axes, model and grid."""

    people: Parameters
    roster: Roster
    model: Model
    arms: tuple[Arm, ...]
    design: dict[str, tuple]
    days: np.ndarray
    begin: float
    rtol: float

    @cached_property
    def swept(self) -> dict[str, np.ndarray]:
        """Axes that :func:`simsolid.vary` put on parameters, with their labels."""
        found = {}
        for name in self.people.names:
            value = self.people[name]
            for axis in getattr(value, "dims", ()):
                if axis not in (CASE, "lesion"):
                    found[axis] = value[axis].values
        return found

    @property
    def sizes(self) -> dict[str, int]:
        """Length of every axis before time, in order."""
        axes = {name: len(values) for name, values in (*self.design.items(), *self.swept.items())}
        return {**axes, CASE: len(self.roster.patients)}

    @property
    def combinations(self) -> int:
        """Parameter combinations in one arm."""
        return int(np.prod([len(labels) for labels in self.swept.values()], dtype=int))


@dataclass(frozen=True, eq=False)
class Group:
    """Patients with the same number of lesions; they share one set of traced equations."""

    study: Study
    members: np.ndarray  # positions in the cohort
    slots: np.ndarray  # lesion slots in use

    @property
    def cases(self) -> int:
        """Cases of one arm."""
        return self.study.combinations * len(self.members)

    def rows(self, given: Any) -> np.ndarray:
        """A parameter (by name), a number or a patient-by-slot array as rows over the cases of one arm."""
        if isinstance(given, np.ndarray):  # patient by slot
            per_case = given[self.members][:, self.slots]
            return np.ascontiguousarray(np.tile(per_case, (self.study.combinations, 1)).T)
        value = self.study.people[given] if isinstance(given, str) else given
        if not hasattr(value, "dims"):
            return np.full(self.cases, float(value))
        return self._labelled_rows(value)

    def _labelled_rows(self, value) -> np.ndarray:
        order = [*self.study.swept, CASE]
        lesion = "lesion" in value.dims
        array = value.transpose(*[d for d in order if d in value.dims], *(["lesion"] if lesion else [])).values
        shape = [array.shape[[d for d in order if d in value.dims].index(d)] if d in value.dims else 1 for d in order]
        array = array.reshape(*shape, *([array.shape[-1]] if lesion else []))
        if shape[-1] > 1 or len(self.study.roster.patients) == 1:
            array = np.take(array, self.members if shape[-1] > 1 else [0], axis=len(order) - 1)
        whole = [*(len(labels) for labels in self.study.swept.values()), len(self.members)]
        if not lesion:
            return np.ascontiguousarray(np.broadcast_to(array, whole)).reshape(-1)
        array = np.broadcast_to(array[..., self.slots], (*whole, len(self.slots)))
        return np.ascontiguousarray(array.reshape(-1, len(self.slots)).T)


def study_of(people, plan, days, begin, times, model, rtol) -> Study:
    if not (np.isfinite(days) and days > begin):
        raise ParameterError(f"days: {days!r}; must be a finite day after begin ({begin:g})")
    if not 1e-12 <= rtol <= 1e-2:
        raise ParameterError(f"rtol: {rtol!r}; must be from 1e-12 to 1e-2")
    people = people if KEY in people.choices else typical(people)
    design = {**plan.design, **people.design}
    grid = output_days(days, begin) if times is None else np.asarray(times, dtype=float)
    if grid.ndim != 1 or not grid.size or (np.diff(grid) <= 0).any() or grid[0] < begin or not np.isfinite(grid).all():
        raise ParameterError(f"times: must be increasing finite days from begin ({begin:g}) on")
    arms = []
    for values in itertools.product(*design.values()):
        labels, concrete = dict(zip(design, values, strict=True)), Regimen(plan.steps)
        for name, value in labels.items():
            concrete = concrete.with_field(name, value)
        arms.append(arm(people, concrete, labels, model, begin))
    return Study(people, roster(people), model, tuple(arms), design, grid, float(begin), float(rtol))


def groups_of(study: Study) -> list[Group]:
    groups = []
    for count in np.unique(study.roster.lesions):
        slots = [*range(int(count)), *([study.roster.slots - 1] if study.roster.new_lesions else [])]
        groups.append(Group(study, np.flatnonzero(study.roster.lesions == count), np.array(slots)))
    return groups


def matrix(group: Group, chosen: Arm) -> np.ndarray:
    """Parameters of one arm, one column per case."""
    study, lesions = group.study, len(group.slots)
    where = study.model.parameter_layout(lesions)
    values = {}
    for f in fields(study.model.needs):
        facts = study.people.declared[f.name]
        owner = {"route": chosen.cavity, "conditioning": chosen.conditioning}.get(facts.axis)
        values[f.name] = group.rows(f.name) if facts.axis in (None, "lesion") else _owned(group, owner, f.name, facts)
    resting = {f.name: 0.0 for f in fields(study.model.inputs)} if study.model.inputs else {}
    if "cavity_reach" in resting:
        resting["cavity_reach"] = group.rows(reach(study.people, study.roster, chosen.cavity))
    return where.pack(where.kind(**values, **resting), group.cases)


def _owned(group: Group, owner: str | None, name: str, facts) -> np.ndarray:
    key = f"{owner}.{name}"
    return group.rows(key) if owner and key in group.study.people else np.full(group.cases, facts.absent)


def events_of(group: Group):
    from simsolid.engines.numpy import Events

    study, order = group.study, list(group.study.model.actions)
    plans = [steps(chosen, study.roster, group.rows, group.slots) for chosen in study.arms]
    most = max(len(plan) for plan in plans)
    if most == 0:
        return None
    height = max(step.amount.shape[0] for plan in plans for step in plan)
    cases = group.cases
    day = np.full((cases * len(plans), most), np.inf)
    action = np.zeros(day.shape, dtype=int)
    amount = np.zeros((*day.shape, height))
    for i, plan in enumerate(plans):
        block = slice(i * cases, (i + 1) * cases)
        for j, step in enumerate(plan):
            day[block, j], action[block, j] = step.day, order.index(step.action)
            amount[block, j, : step.amount.shape[0]] = step.amount.T
    return Events(day=day, action=action, amount=amount)
