"""What is fixed before the first step: people, arms and axes as rows of numbers, one column for each case."""

import logging
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any

import numpy as np

from simsolid.cohort import Roster
from simsolid.model import Model
from simsolid.params import Parameters
from simsolid.regimen import Regimen, Switch
from simsolid.routes import LIVER
from simsolid.schedule import Arm, Step, reach, steps

log = logging.getLogger(__name__)

CASE = "patient"


@dataclass(frozen=True, eq=False)
class Study:
    """Everything that is fixed before the first step: people, arms, axes, model and grid."""

    people: Parameters
    roster: Roster
    model: Model
    arms: tuple[Arm, ...]
    plan: Regimen
    days: np.ndarray
    begin: float
    rtol: float
    asked: dict[str, tuple[tuple[str, ...], np.ndarray]] = field(default_factory=dict, repr=False)  # of `numbers`, so far

    @cached_property
    def swept(self) -> dict[str, np.ndarray]:
        """Axes that :func:`simsolid.vary` put on parameters, with their labels."""
        found = {}
        for name in self.people.names:
            for axis in self.people.value(name).axes:
                if axis not in (CASE, "lesion"):
                    found[axis] = self.people[name][axis].values
        return found

    def numbers(self, name: str) -> tuple[tuple[str, ...], np.ndarray]:
        """Axes and numbers of a parameter, kept once asked for: every group of patients and every arm needs them again."""
        if name not in self.asked:
            # A route may leave out what its kind never needs; the declaration then says what stands in.
            value = self.people[name] if name in self.people else self.people.declared[name.rpartition(".")[2]].absent
            axes = getattr(value, "dims", ())
            self.asked[name] = axes, np.asarray(value.values if axes else float(value), dtype=float)
        return self.asked[name]

    @property
    def sizes(self) -> dict[str, int]:
        """Length of every axis before time, in order."""
        axes = {name: len(values) for name, values in (*self.plan.design.items(), *self.swept.items())}
        return {**axes, CASE: len(self.roster.patients)}

    @cached_property
    def combinations(self) -> int:
        """Parameter combinations in one arm."""
        return int(np.prod([len(labels) for labels in self.swept.values()], dtype=int))


@dataclass(frozen=True, eq=False)
class Group:
    """Patients with the same number of lesions; they share one set of traced equations."""

    study: Study
    members: np.ndarray  # positions in the cohort
    slots: np.ndarray  # lesion slots in use
    named: dict[str, np.ndarray] = field(default_factory=dict, repr=False)  # rows of parameters already laid out: arms share them

    @property
    def cases(self) -> int:
        """Cases of one arm."""
        return self.study.combinations * len(self.members)

    def rows(self, given: Any) -> np.ndarray:
        """A parameter (by name) or a patient-by-slot array as rows over the cases of one arm."""
        if isinstance(given, np.ndarray):
            per_case = given[self.members][:, self.slots]
            return np.ascontiguousarray(np.tile(per_case, (self.study.combinations, 1)).T)
        if given not in self.named:
            self.named[given] = self._named_rows(given)
            self.named[given].flags.writeable = False
        return self.named[given]

    def _named_rows(self, name: str) -> np.ndarray:
        axes, array = self.study.numbers(name)
        if not axes:
            return np.full(self.cases, float(array))
        order = [*self.study.swept, CASE, *(["lesion"] if "lesion" in axes else [])]
        array = array.transpose([axes.index(axis) for axis in order if axis in axes])
        array = array[tuple(slice(None) if axis in axes else None for axis in order)]
        if CASE in axes:
            array = np.take(array, self.members, axis=order.index(CASE))
        whole = (*(len(labels) for labels in self.study.swept.values()), len(self.members))
        if "lesion" not in axes:
            return np.ascontiguousarray(np.broadcast_to(array, whole)).reshape(-1)
        array = np.broadcast_to(array[..., self.slots], (*whole, len(self.slots)))
        return np.ascontiguousarray(array.reshape(-1, len(self.slots)).T)


def idle(study: Study) -> list[str]:
    """What a plan holds that does nothing by construction in these patients.

    Parameters
    ----------
    study : Study
        Who is simulated, and how.

    Returns
    -------
    texts
        One line each; empty when everything can act.

    Examples
    --------
    >>> import simsolid as sim
    >>> from simsolid.design import study_of
    >>> from simsolid.models import MODELS
    >>> plan = sim.Regimen.single(1e8, "intraventricular")
    >>> idle(study_of(sim.load("gastric"), plan, 10.0, -7.0, None, MODELS["house"], 1e-5))
    ["route 'intraventricular' fills a cavity that touches no lesion of these patients"]
    """
    people, roster = study.people, study.roster
    found = []
    for name in sorted({chosen.cavity for chosen in study.arms if chosen.cavity}):
        if not reach(people, roster, name).any():
            found.append(f"route '{name}' fills a cavity that touches no lesion of these patients")
    for name in sorted({infusion.route for chosen in study.arms for infusion in chosen.regimen.infusions}):
        share = f"{name}.artery_fraction"
        if share in people and np.any(people[share] > 0) and not (roster.sites == LIVER).any():
            found.append(f"route '{name}' feeds the liver's artery, but no patient has a liver lesion")
    switched = any(isinstance(step, Switch) for chosen in study.arms for step in chosen.regimen.parts())
    if switched and "safety_switch_fraction" in people and not np.any(people["safety_switch_fraction"] > 0):
        found.append("safety switch: the product has none (its safety_switch_fraction is 0)")
    return found


def say_what_is_idle(study: Study) -> None:
    """Log one warning for what the plan holds that does nothing by construction; see :func:`idle`.

    Parameters
    ----------
    study : Study
        Who is simulated, and how.
    """
    found = idle(study)
    if found:
        log.warning("regimen: %s", "; ".join(found))


def groups_of(study: Study) -> list[Group]:
    """Sort patients by their number of lesions: those with the same number share one set of equations.

    Parameters
    ----------
    study : Study
        Who is simulated.

    Returns
    -------
    Groups

    Examples
    --------
    >>> import simsolid as sim
    >>> from simsolid.design import study_of
    >>> from simsolid.models import MODELS
    >>> study = study_of(sim.load("gastric"), sim.Regimen.none(), 10.0, -7.0, None, MODELS["house"], 1e-5)
    >>> [group.slots.tolist() for group in groups_of(study)]
    [[0, 1, 2, 5]]
    """
    groups = []
    for count in np.unique(study.roster.lesions):
        slots = [*range(int(count)), *([study.roster.slots - 1] if study.roster.new_lesions else [])]
        groups.append(Group(study, np.flatnonzero(study.roster.lesions == count), np.array(slots)))
    return groups


def matrix(group: Group, chosen: Arm) -> np.ndarray:
    """Parameters of one arm, one column per case.

    Parameters
    ----------
    group : Group
        Patients with the same number of lesions.
    chosen : Arm
        The arm.

    Returns
    -------
    any unit, parameters by cases

    Examples
    --------
    >>> import simsolid as sim
    >>> from simsolid.design import study_of
    >>> from simsolid.models import MODELS
    >>> study = study_of(sim.load("gastric"), sim.Regimen.none(), 10.0, -7.0, None, MODELS["house"], 1e-5)
    >>> matrix(groups_of(study)[0], study.arms[0]).shape[1]
    1
    """
    study, lesions = group.study, len(group.slots)
    where = study.model.parameter_layout(lesions)
    owner = {"route": chosen.cavity, "conditioning": chosen.conditioning}
    values = {}
    for f in fields(study.model.needs):
        own_file = study.people.declared[f.name].axis in owner
        values[f.name] = group.rows(f"{owner[study.people.declared[f.name].axis]}.{f.name}" if own_file else f.name)
    resting = {f.name: 0.0 for f in fields(study.model.inputs)} if study.model.inputs else {}
    if "cavity_reach" in resting:
        resting["cavity_reach"] = group.rows(reach(study.people, study.roster, chosen.cavity))
    return where.pack(where.kind(**values, **resting), group.cases)


def matrices(group: Group) -> np.ndarray:
    """Parameters of all arms side by side; arms that use the same files share theirs.

    Parameters
    ----------
    group : Group
        Patients with the same number of lesions.

    Returns
    -------
    any unit, parameters by cases of all arms

    Examples
    --------
    >>> import simsolid as sim
    >>> from simsolid.design import study_of
    >>> from simsolid.models import MODELS
    >>> plan = sim.vary(sim.Regimen.single(1e8), dose=[1e8, 1e9])
    >>> study = study_of(sim.load("gastric"), plan, 10.0, -7.0, None, MODELS["house"], 1e-5)
    >>> matrices(groups_of(study)[0]).shape[1]
    2
    """
    arms = group.study.arms
    made = {files: matrix(group, chosen) for files, chosen in {(a.cavity, a.conditioning): a for a in arms}.items()}
    return np.hstack([made[a.cavity, a.conditioning] for a in arms])


def plans_of(group: Group) -> list[list[Step]]:
    """What happens to the cases of a group on days known beforehand, arm by arm.

    Parameters
    ----------
    group : Group
        Patients with the same number of lesions.

    Returns
    -------
    Steps, a list for each arm

    Examples
    --------
    >>> import simsolid as sim
    >>> from simsolid.design import study_of
    >>> from simsolid.models import MODELS
    >>> study = study_of(sim.load("gastric"), sim.Regimen.single(1e8), 10.0, -7.0, None, MODELS["house"], 1e-5)
    >>> [step.action for step in plans_of(groups_of(study)[0])[0]]
    ['condition', 'infuse']
    """
    study = group.study
    return [steps(chosen, study.roster, group.rows, group.slots) for chosen in study.arms]


def events_of(plans: list[list[Step]], cases: int, order: list[str]):
    """Lay the steps of all arms out as the engine takes them.

    Parameters
    ----------
    plans : Steps
        From :func:`plans_of`.
    cases : [1], one
        Cases of one arm.
    order : texts
        Names of the actions, in the engine's order.

    Returns
    -------
    Events or None
        None when no arm has any.

    Examples
    --------
    >>> events_of([[Step(3.0, "dexamethasone", np.ones((1, 2)))]], 2, ["dexamethasone"]).day
    array([[3.],
           [3.]])
    """
    from simsolid.engines.integrate import Events

    most = max(len(plan) for plan in plans)
    if most == 0:
        return None
    height = max(step.amount.shape[0] for plan in plans for step in plan)
    day = np.full((cases * len(plans), most), np.inf)
    rank, action = np.zeros(day.shape), np.zeros(day.shape, dtype=int)
    amount = np.zeros((*day.shape, height))
    for i, plan in enumerate(plans):
        block = slice(i * cases, (i + 1) * cases)
        for j, step in enumerate(plan):
            day[block, j], rank[block, j], action[block, j] = step.day, step.rank, order.index(step.action)
            amount[block, j, : step.amount.shape[0]] = step.amount.T
    turn = np.lexsort((rank, day))
    day, action = (np.take_along_axis(each, turn, axis=1) for each in (day, action))
    amount = np.take_along_axis(amount, turn[:, :, None], axis=1)
    return Events(day=day, action=action, amount=amount)
