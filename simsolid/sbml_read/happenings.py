"""Events of a file that happen at a known time: amounts added to a state, and parameters that take a new value."""

import math
from typing import Any

import numpy as np

from simsolid.errors import ModelError
from simsolid.sbml_read.draft import Dose, Draft, Moving
from simsolid.sbml_read.refusals import each
from simsolid.sbml_read.trees import TIME, Tree, linear, name, negative, number, parts, reads
from simsolid.sbml_read.values import Values

_SIGNS = {">": 1, ">=": 1, "<": -1, "<=": -1}


def read_events(draft: Draft) -> None:
    """Add a file's events to a draft, and refuse by name those that a plan of doses cannot hold.

    Parameters
    ----------
    draft : Draft
        The model without its events.
    """
    events = each(draft.model.getEvent, draft.model.getNumEvents())
    changes = [_changes(draft, event) for event in events]
    _depots(draft, [change for of_event in changes for change in of_event])
    moving = set(draft.states) | {variable for of_event in changes for variable, _ in of_event}
    sets: dict[str, list[tuple[Tree, Tree, str]]] = {}
    for event, of_event in zip(events, changes, strict=True):
        moment = _moment(draft, event, moving)
        for variable, formula in of_event if moment is not None else []:
            _effect(draft, event.getIdAttribute(), variable, formula, moment, moving, sets)
    for variable, changes in sets.items():
        _switched(draft, variable, changes)
    _orderless(draft)


def _changes(draft: Draft, event: Any) -> list[tuple[str, Tree]]:
    """What an event changes, and to what."""
    found = each(event.getEventAssignment, event.getNumEventAssignments())
    where = f"event '{event.getIdAttribute()}'"
    return [(change.getVariable(), draft.formula_of(change.getMath(), where)) for change in found]


def _depots(draft: Draft, changes: list[tuple[str, Tree]]) -> None:
    """What an event adds to, and nothing else changes, is a state all the same."""
    for variable, formula in changes:
        slope = linear(formula, draft.rules, variable)
        if slope is not None and slope[0] == 1.0 and variable in draft.needs:
            given = draft.needs.pop(variable)
            made = f"{variable} start"
            draft.needs[made] = given
            draft.states[variable] = Moving(given.told, name(made), number(0.0))
        elif slope is not None and slope[0] == 1.0 and variable in draft.fixed:
            species = draft.model.getSpecies(variable) or draft.model.getParameter(variable)
            draft.states[variable] = Moving(draft.told(species), draft.fixed.pop(variable), number(0.0))


def _still(draft: Draft, tree: Tree, moving: set[str]) -> bool:
    """Whether a formula has one value throughout."""
    found, timed = reads(tree, draft.rules)
    return not timed and not found & moving


def _moment(draft: Draft, event: Any, moving: set[str]) -> Tree | None:
    """When an event happens, in the file's time; None where it never does, or where that depends on how things go."""
    where, trigger = f"event '{event.getIdAttribute()}'", event.getTrigger()
    tree = draft.formula_of(trigger.getMath() if trigger else None, where)
    found = crossing(draft, tree, moving)
    if found is None:
        draft.faults.append(f"{where}: its trigger is not one comparison of time with a constant (state-triggered or repeated)")
        return None
    slope, moment = found
    if slope < 0:
        draft.faults.append(f"{where}: its trigger holds until a time, not from a time on")
        return None
    day, at_start = _at_start(draft, moment), trigger.getInitialValue() if draft.model.getLevel() > 2 else True
    if at_start and (day < 0 or (day == 0 and tree.op in (">=", "<="))):
        draft.notes.append(f"{where} never happens: its trigger holds from the start")
        return None
    return Tree("max", (moment, number(0.0)))


def crossing(draft: Draft, tree: Tree, moving: set[str]) -> tuple[float, Tree] | None:
    """Time at which a comparison changes, where it compares time with a constant.

    Parameters
    ----------
    draft : Draft
        The model so far.
    tree : Tree
        A comparison.
    moving : texts
        Names whose value changes.

    Returns
    -------
    slope and Tree, or None
        Slope above zero where the comparison holds from that time on.
    """
    if tree.op not in _SIGNS or len(tree.args) != 2:
        return None
    found = linear(Tree("-", tree.args), draft.rules)
    if found is None or found[0] == 0.0 or not _still(draft, found[1], moving):
        return None
    slope, rest = found
    moment = negative(rest) if slope == 1.0 else rest if slope == -1.0 else Tree("/", (negative(rest), number(slope)))
    return slope * _SIGNS[tree.op], moment


def _at_start(draft: Draft, tree: Tree) -> float:
    """Value of a formula with the file's own numbers."""
    known = {key: np.float64(given.value) for key, given in draft.needs.items()}
    try:
        with np.errstate(all="ignore"):
            return float(Values(known, {**draft.rules, **draft.fixed}, 0.0).of(tree))
    except ModelError:  # a name without a value, which is told with all others
        return math.nan


def _effect(draft: Draft, event: str, variable: str, formula: Tree, moment: Tree, moving: set[str], sets: dict) -> None:
    where = f"event '{event}'"
    if variable in draft.states:
        found = linear(formula, draft.rules, variable)
        if found is None or found[0] not in (0.0, 1.0) or not _still(draft, found[1], moving):
            said = "neither adds a constant to it nor sets it to one"
            draft.faults.append(f"{where}: changes state '{variable}' in a way that is no dose ({said})")
            return
        draft.doses.append(Dose(variable, moment, found[1], sets=found[0] == 0.0))
    elif not _still(draft, formula, moving):
        draft.faults.append(f"{where}: gives '{variable}' a value that is not constant")
    else:
        sets.setdefault(variable, []).append((moment, formula, event))


def _orderless(draft: Draft) -> None:
    """Refuse what would depend on an order within one moment: a new value beside anything else for the same state."""
    days = [_at_start(draft, dose.moment) for dose in draft.doses]
    for i, dose in enumerate(draft.doses):
        rivals = [j for j, other in enumerate(draft.doses) if j != i and other.state == dose.state and days[j] == days[i]]
        fault = f"events: set '{dose.state}' and change it at the same time"
        draft.faults += [fault] if dose.sets and rivals and fault not in draft.faults else []


def _switched(draft: Draft, variable: str, changes: list[tuple[Tree, Tree, str]]) -> None:
    """A quantity that events set: its value before, then that of the latest event."""
    before = f"{variable} before"
    if variable in draft.needs:
        draft.needs[before] = draft.needs.pop(variable)
    elif variable in draft.fixed:
        draft.fixed[before] = draft.fixed.pop(variable)
    else:
        draft.missing[before] = draft.missing.pop(variable, f"'{variable}' has no value before events")
    days = [_at_start(draft, moment) for moment, _, _ in changes]
    if len(set(days)) < len(days):
        draft.faults.append(f"events {', '.join(repr(event) for *_, event in changes)}: set '{variable}' at the same time")
    value, latest = name(before), None
    for moment, formula, _ in changes:
        reached = Tree("<=", (moment, TIME))
        now = reached if latest is None else Tree("and", (reached, Tree("<=", (latest, moment))))
        value = Tree("piecewise", (formula, now, value))
        latest = moment if latest is None else Tree("max", (latest, moment))
    draft.rules[variable] = value
    element = draft.model.getParameter(variable) or draft.model.getSpecies(variable)
    draft.shown[variable] = draft.told(element)


def read_stops(draft: Draft) -> None:
    """Find the times at which a formula changes its course, so that no pulse is stepped over.

    Parameters
    ----------
    draft : Draft
        The whole model.
    """
    moving = set(draft.states)
    whole = [*draft.rules.values(), *(state.rate for state in draft.states.values())]
    seen: set[int] = set()
    for tree in (part for formula in whole for part in parts(formula)):
        if id(tree) not in seen and tree.op in _SIGNS:
            seen.add(id(tree))
            found = crossing(draft, tree, moving)
            draft.stops += [found[1]] if found is not None else []
