"""A regimen made exact for a group of cases: days, actions and amounts, as the engine takes them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from simsolid.cohort import Roster
from simsolid.errors import ParameterError
from simsolid.model import Model
from simsolid.params import Parameters
from simsolid.regimen import PRODUCT, Conditioning, Drug, Infusion, Regimen, Surgery, Switch
from simsolid.routes import LIVER, cavity_route, layer_of, touched


@dataclass(frozen=True)
class Arm:
    """One concrete regimen with the files it uses."""

    labels: Mapping[str, object]
    regimen: Regimen
    conditioning: str | None
    cavity: str | None


@dataclass(frozen=True)
class Step:
    """One moment of an arm: its day, the action and the amounts, one column per case."""

    day: float
    action: str
    amount: np.ndarray


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
        A step names an unknown file, comes before the run begins, or two infusions overlap.
    """
    named = {step.name for step in regimen.steps if isinstance(step, Conditioning)}
    named = {people.choices["conditioning_of_product"] if name == PRODUCT else name for name in named} - {"none"}
    faults = [f"regimen: '{step}' comes before the run begins on day {begin:g}; pass begin={step.day:g} or earlier"
              for step in regimen.steps if step.day < begin]
    if len(named) > 1:
        faults.append(f"regimen: conditioning {' and '.join(sorted(named))} in one regimen; use one kind")
    faults += _overlaps(regimen)
    faults += [f"regimen: model '{model.name}' has no action '{action}'" for action in _actions(regimen) - set(model.actions)]
    if faults:
        raise ParameterError("\n".join(faults))
    for name in named:
        layer_of(people, "conditioning", name)
    cavity = cavity_route(people, [infusion.route for infusion in regimen.infusions])
    return Arm(dict(labels), regimen, next(iter(named), None), cavity)


def _actions(regimen: Regimen) -> set[str]:
    return {_ACTION[type(step)](step) for step in regimen.steps}


_ACTION: dict[type, Callable] = {
    Conditioning: lambda step: "condition",
    Surgery: lambda step: "debulk",
    Switch: lambda step: "safety_switch",
    Drug: lambda step: step.name,
    Infusion: lambda step: "begin_infusion" if step.hours else "infuse",
}


def _overlaps(regimen: Regimen) -> list[str]:
    slow = sorted((i.day, i.day + i.hours / 24.0, i) for i in regimen.infusions if i.hours)
    return [f"regimen: '{a[2]}' is still running when '{b[2]}' begins; give them one after the other"
            for a, b in zip(slow, slow[1:], strict=False) if b[0] < a[1]]


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
    """
    moments = []
    for step in chosen.regimen.in_order():
        moments += _MOMENTS[type(step)](step, roster, spread_out, slots)
    return sorted(moments, key=lambda moment: moment.day)  # stable: the order at one moment stays


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


def _constant(amount: float, spread_out) -> np.ndarray:
    return np.full_like(spread_out("weight"), amount)[None, :]


_MOMENTS: dict[type, Callable] = {
    Infusion: _infusion,
    Conditioning: _conditioning,
    Surgery: _surgery,
    Drug: _drug,
    Switch: _switch,
}
