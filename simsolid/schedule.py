"""A regimen made exact for a group of cases: days, actions and amounts, as the engine takes them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from simsolid.cohort import Roster
from simsolid.draws import anatomy
from simsolid.errors import ParameterError, nearest
from simsolid.model import Model
from simsolid.params import Parameters
from simsolid.regimen import PRODUCT, Regimen, refuse_plan
from simsolid.replay import Course
from simsolid.routes import LIVER, cavity_route, layer_of, touched
from simsolid.rule import at_day, faults_with, words_of
from simsolid.scans import Scans
from simsolid.steps import Conditioning, Drug, Infusion, Stop, Surgery, Switch


@dataclass(frozen=True)
class Arm:
    """One concrete regimen with the files it uses."""

    labels: Mapping[str, object]
    regimen: Regimen
    conditioning: str | None
    cavity: str | None


@dataclass(frozen=True)
class Step:
    """One moment of an arm.

    Parameters
    ----------
    day : [day], one or one per case
        When; plus infinity in a case that does not have it.
    action : text
        What the model does.
    amount : any unit, amounts by cases
        Numbers handed to the action.
    rank : [1], one or one per case
        Order at one moment.
    of : step or None
        The treatment it carries out; None for what only follows, such as the end of an infusion.
    """

    day: float | np.ndarray
    action: str
    amount: np.ndarray
    rank: float | np.ndarray = 0.0
    of: object = None


def arm(people: Parameters, regimen: Regimen, labels: Mapping, model: Model, begin: float) -> Arm:
    """Check a regimen against the setting and find which route and conditioning files it uses.

    Parameters
    ----------
    people : Parameters
        Setting or cohort.
    regimen : Regimen
        Without design axes.
    labels : mapping
        Where the arm stands on the design axes.
    model : Model
        The model to be run.
    begin : [day], one
        First day of the run.

    Returns
    -------
    Arm

    Raises
    ------
    ParameterError
        A step names an unknown file or site, comes before the run begins, or two infusions overlap; all faults at once.

    Examples
    --------
    >>> import simsolid as sim
    >>> from simsolid.models import MODELS
    >>> arm(sim.load("gastric"), sim.Regimen.single(1e8, "intraperitoneal"), {}, MODELS["house"], -7.0).cavity
    'intraperitoneal'
    """
    named = {step.name for step in regimen.parts() if isinstance(step, Conditioning)}
    named = sorted({people.choices["conditioning_of_product"] if name == PRODUCT else name for name in named} - {"none"})
    used = [*(("conditioning", name) for name in named), *(("routes", infusion.route) for infusion in regimen.infusions)]
    faults = [f"'{step}' comes before the run begins on day {begin:g}; pass begin={step.day:g} or earlier"
              for step in regimen.steps if step.day < begin]
    if len(named) > 1:
        faults.append(f"conditioning {' and '.join(named)} in one plan; use one kind")
    words = words_of((regimen.scans or Scans()).criteria)
    faults += [fault for rule in regimen.rules for fault in faults_with(rule, model, words)]
    faults += [*_unknown_files(people, used), *_unknown_sites(people, regimen), *_overlaps(regimen)]
    faults += [f"model '{model.name}' has no action '{action}'" for action in sorted(_actions(regimen) - set(model.actions))]
    refuse_plan(faults)
    cavity = cavity_route(people, [infusion.route for infusion in regimen.infusions])
    return Arm(dict(labels), regimen, next(iter(named), None), cavity)


def _actions(regimen: Regimen) -> set[str]:
    return {_ACTION[type(step)](step) for step in regimen.parts()}


def _unknown_files(people: Parameters, used: Sequence[tuple[str, str]]) -> list[str]:
    faults = []
    for kind, name in dict.fromkeys(used):
        try:
            layer_of(people, kind, name)
        except ParameterError as fault:
            faults.append(str(fault).removeprefix("regimen: "))
    return faults


def _unknown_sites(people: Parameters, regimen: Regimen) -> list[str]:
    known = sorted(anatomy(people)[0]["sites"])
    asked = {site for step in regimen.parts() if isinstance(step, Surgery) for site in step.sites}
    return [f"surgery at '{site}': this tumour has no lesions there{nearest(site, known)}; there are {', '.join(known)}"
            for site in sorted(asked - set(known))]


_ACTION: dict[type, Callable] = {
    Conditioning: lambda step: "condition",
    Surgery: lambda step: "debulk",
    Switch: lambda step: "safety_switch",
    Stop: lambda step: "stop",
    Drug: lambda step: step.name,
    Infusion: lambda step: "begin_infusion" if step.hours else "infuse",
}


def _overlaps(regimen: Regimen) -> list[str]:
    slow = sorted((i for i in regimen.steps if isinstance(i, Infusion) and i.hours), key=lambda infusion: infusion.day)
    return [f"'{a}' is still running when '{b}' begins; give them one after the other"
            for a, b in pairwise(slow) if b.day < a.day + a.hours / 24.0]


def reach(people: Parameters, roster: Roster, route: str | None) -> np.ndarray:
    """Which lesions the cavity or depot of an arm touches.

    Parameters
    ----------
    people : Parameters
        Cohort.
    roster : Roster
        Who is in it.
    route : text or None
        The route that fills a cavity.

    Returns
    -------
    [1], one per patient and lesion

    Examples
    --------
    >>> import simsolid as sim
    >>> people = sim.draw(sim.load("gastric"), patients=2, seed=1)
    >>> float(reach(people, sim.roster(people), None).sum())
    0.0
    """
    if route is None:
        return np.zeros(roster.sites.shape)
    return touched(layer_of(people, "routes", route), roster, np.asarray(people["diameter_start"]))


def steps(chosen: Arm, roster: Roster, spread_out: Callable, slots: Sequence[int]) -> list[Step]:
    """All moments of an arm in order, with amounts for a group of cases.

    Parameters
    ----------
    chosen : Arm
        The arm.
    roster : Roster
        Who is in the cohort.
    spread_out : function
        Turns a parameter name, or a patient-by-slot array, into rows over the group's cases.
    slots : [1], several
        Lesion slots of the group.

    Returns
    -------
    Steps

    Examples
    --------
    >>> chosen = Arm({}, Regimen.none().with_step(Drug("dexamethasone", 10, day=3)), None, None)
    >>> [(step.day, step.action) for step in steps(chosen, None, lambda name: np.ones(2), [0])]
    [(3, 'dexamethasone')]
    """
    moments = []
    for step in chosen.regimen.in_order():
        moments += carried_out(step, roster, spread_out, slots)
    planned = sorted(moments, key=lambda moment: moment.day)  # stable: the order at one moment stays
    planned = [replace(moment, rank=float(place)) for place, moment in enumerate(planned)]
    return planned + [moment for course in chosen.regimen.replayed for moment in _own_days(course, roster, spread_out, slots)]


def carried_out(step, roster: Roster, spread_out: Callable, slots: Sequence[int]) -> list[Step]:
    """The moments of one step.

    Parameters
    ----------
    step : step
        What is given; without a day it is placed on day 0.
    roster : Roster
        Who is in the cohort.
    spread_out : function
        As for :func:`steps`.
    slots : [1], several
        Lesion slots of the group.

    Returns
    -------
    Steps

    Examples
    --------
    >>> [moment.action for moment in carried_out(Switch(), None, lambda name: np.ones(2), [0])]
    ['safety_switch']
    """
    timed = at_day(step, 0.0) if step.day is None else step
    first, *rest = _MOMENTS[type(step)](timed, roster, spread_out, slots) or [None]
    return [] if first is None else [replace(first, of=step), *rest]


def _own_days(course: Course, roster: Roster, spread_out: Callable, slots: Sequence[int]) -> list[Step]:
    """The moments of a course, on the day of each patient."""
    place = {int(patient): i for i, patient in enumerate(roster.patients)}
    own = np.full((2, *roster.sites.shape), np.inf)
    for patient, day, rank in zip(course.patients, course.days, course.ranks, strict=True):
        if int(patient) in place:
            own[:, place[int(patient)]] = np.array([[day], [rank]])
    days, ranks = (spread_out(each)[0] for each in own)
    return [replace(moment, day=days + moment.day, rank=ranks) for moment in carried_out(course.step, roster, spread_out, slots)]


def _infusion(step: Infusion, roster, spread_out, slots) -> list[Step]:
    shares = [spread_out(f"{step.route}.{name}") for name in ("vein_fraction", "artery_fraction", "cavity_fraction")]
    priming = spread_out(f"{step.route}.priming_gain")
    liver = spread_out((roster.sites == LIVER).astype(float))
    cells = step.cells if not step.hours else step.cells / (step.hours / 24.0)
    amount = np.vstack([np.full_like(shares[0], cells), *shares, priming, liver])
    begin = Step(step.day, _ACTION[Infusion](step), amount)
    return [begin, Step(step.day + step.hours / 24.0, "end_infusion", amount)] if step.hours else [begin]


def _conditioning(step, roster, spread_out, slots) -> list[Step]:
    return [] if step.name == "none" else [Step(step.day, "condition", _constant(0.0, spread_out))]


def _surgery(step: Surgery, roster, spread_out, slots) -> list[Step]:
    chosen = np.isin(roster.sites, step.sites) if step.sites else roster.sites != ""
    mask = spread_out(chosen.astype(float))
    return [Step(step.day, "debulk", np.vstack([np.full(mask.shape[1], step.share), mask]))]


def _drug(step: Drug, roster, spread_out, slots) -> list[Step]:
    return [Step(step.day, step.name, _constant(step.amount, spread_out))]


def _switch(step: Switch, roster, spread_out, slots) -> list[Step]:
    return [Step(step.day, "safety_switch", _constant(0.0, spread_out))]


def _stop(step: Stop, roster, spread_out, slots) -> list[Step]:
    return [Step(step.day, "stop", _constant(0.0, spread_out))]


def _constant(amount: float, spread_out) -> np.ndarray:
    return np.full_like(spread_out("weight"), amount)[None, :]


_MOMENTS: dict[type, Callable] = {
    Infusion: _infusion,
    Conditioning: _conditioning,
    Surgery: _surgery,
    Drug: _drug,
    Switch: _switch,
    Stop: _stop,
}
