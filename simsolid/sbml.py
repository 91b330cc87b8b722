"""Print a traced model as SBML Level 3, from the same graph that the engines run, so that other simulators can run it.

Every state is a parameter with a rate rule; values that are used twice or carry a name, and outputs, have assignment rules;
what happens to a patient is an event. Nothing here knows biology.
"""

import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

import numpy as np

from simsolid.errors import ModelError
from simsolid.graph import Node
from simsolid.sbml_math import STEP, Formulas, repeated
from simsolid.sbml_units import Units, checked
from simsolid.trace import Traced, reachable
from simsolid.units import UNITS

LEVEL, VERSION = 3, 1  # the version that most tools read
NEEDS = "sbml: needs python-libsbml, which is not installed here; pip install 'simsolid[interop]'"


@dataclass(frozen=True)
class Told:
    """What a file says of one quantity beside its value: unit, meaning in a few words, and where it comes from."""

    unit: str = ""
    text: str = ""
    note: str = ""


@dataclass(frozen=True, eq=False)
class Act:
    """One event: what changes, and when.

    Parameters
    ----------
    name : text
        Of the event and of the numbers that belong to it.
    sets : nodes by ``("x" or "p", row)``
        New values of states and parameters; leaves of kind ``"a"`` stand for the amounts.
    day : [day], one, or None
        When; None for what a rise of ``when`` above zero sets off, once.
    when : node or None
        The trigger, where there is no day.
    amounts : any unit, several
        Numbers of the act.
    told : Told by place
        What is known of some of the amounts.
    text : text
        The act in words.
    rank : [1], one
        Order at one moment, the lowest first.
    follows : nodes by ``"day"`` and place of an amount
        Formulas of the parameters that give the day or an amount; the numbers hold where there is none.
    """

    name: str
    sets: Mapping[tuple[str, int], Node]
    day: float | None = None
    when: Node | None = None
    amounts: Sequence[float] = ()
    told: Mapping[int, Told] = field(default_factory=dict)
    text: str = ""
    rank: float = 0.0
    follows: Mapping[Any, Node] = field(default_factory=dict)


def sbml_of(
    traced: Traced,
    start: Sequence[float],
    parameters: Sequence[float],
    *,
    begin: float = 0.0,
    name: str = "model",
    told: Mapping[tuple[str, str], Told] | None = None,
    acts: Sequence[Act] = (),
    follows: Mapping[int, Node] | None = None,
    note: str = "",
    piecewise: bool = True,
) -> str:
    """Print a traced model with its numbers as an SBML Level 3 document.

    Triggers of the model are printed only where ``acts`` say what they set off.

    Parameters
    ----------
    traced : Traced
        The model.
    start : units of the states, one per state
        State on the first day.
    parameters : units of the parameters, one per parameter
        Parameters on the first day.
    begin : [day], one
        First day. A simulator's time runs from 0; ``day`` in the file is that time plus ``begin``.
    name : text
        Name of the model.
    told : mapping of ``("state", "parameter" or "output", name)`` to Told, or nothing
        Units, meanings and notes; what is not told is printed without a unit.
    acts : Acts
        Events.
    follows : mapping of [1] to nodes, or nothing
        Formulas of the parameters that give the start of some states, by row; the numbers hold for the others.
    note : text
        Notes on the whole model, a paragraph per line.
    piecewise : truth
        Write a branch as ``piecewise``; else in arithmetic, with the same values wherever both its sides are finite. COPASI
        (seen in 4.48) stops at a dose that changes two piecewise conditions at once, with "Internal step limit exceeded".

    Returns
    -------
    text

    Raises
    ------
    ModelError
        Numbers do not fit the model, or python-libsbml is not installed.

    Examples
    --------
    >>> from simsolid.trace import trace
    >>> decay = trace(lambda t, x, p: [-p[0] * x[0]], ["cells"], ["loss_rate"])
    >>> text = sbml_of(decay, [100.0], [0.1], told={("state", "cells"): Told("cell", "living cells")})
    >>> '<rateRule variable="cells">' in text
    True
    """
    _fit("start", start, traced.states)
    _fit("parameters", parameters, traced.parameters)
    document = _Document(library(), traced, told or {}, piecewise)
    return document.text(start, parameters, float(begin), acts, follows or {}, name, note)


def library() -> Any:
    """Import libSBML, or say how to get it.

    Returns
    -------
    module

    Raises
    ------
    ModelError
        It is not installed.

    Examples
    --------
    >>> library().SBMLDocument(3, 1).getLevel()
    3
    """
    try:
        with warnings.catch_warnings():  # its bindings are older than some rules of Python on names of types
            warnings.simplefilter("ignore", DeprecationWarning)
            import libsbml
    except ImportError as fault:
        raise ModelError(NEEDS) from fault
    return libsbml


def _fit(what: str, given: Sequence[float], names: Sequence[str]) -> None:
    values = np.asarray(given, dtype=float)
    if values.shape != (len(names),):
        raise ModelError(f"sbml: {what} has shape {values.shape}; the model needs {len(names)} numbers, one for each name")
    wrong = [f"{name} is {value}" for name, value in zip(names, values, strict=True) if not np.isfinite(value)]
    if wrong:
        raise ModelError(f"sbml: {what}: {', '.join(wrong)}; every number must be finite")


class _Names:
    """Identifiers of the file: plain words, each only once."""

    def __init__(self):
        self._taken = {"time"}

    def new(self, text: str) -> str:
        """The text as an identifier: brackets become underscores, and what is taken gets a number."""
        plain = re.sub(r"\W+", "_", text, flags=re.ASCII).strip("_") or "value"
        plain = f"_{plain}" if plain[0].isdigit() else plain
        name, number = plain, 1
        while name in self._taken:
            number += 1
            name = f"{plain}_{number}"
        self._taken.add(name)
        return name


class _Document:
    """A document while it is written."""

    def __init__(self, sbml, traced, told, piecewise):
        self.sbml, self.traced, self.told = sbml, traced, told
        self.document = sbml.SBMLDocument(LEVEL, VERSION)
        self.model = self.document.createModel()
        self.units, self.names = Units(sbml, self.model), _Names()
        self.leaves, self.known = {}, {}  # identifiers of inputs, and of values that have a rule
        self.step = None if piecewise else self.names.new("above_zero")
        self.formulas = self._formulas(self.leaves, self.known)

    def _formulas(self, leaves, known):
        return Formulas(self.sbml, leaves, known, self.step)

    def text(self, start, parameters, begin, acts, follows, name, note):
        self._head(name, note)
        self._time(begin)
        changed = {key for act in acts for key in act.sets}
        for kind, what, names, values in (("x", "state", self.traced.states, start),
                                          ("p", "parameter", self.traced.parameters, parameters)):  # fmt: skip
            for place, (each, value) in enumerate(zip(names, values, strict=True)):
                fixed = kind == "p" and (kind, place) not in changed
                self.leaves[kind, place] = self._quantity(each, self._told(what, each), value, fixed=fixed)
        self._values([act.when for act in acts if act.when is not None])
        for place, rate in enumerate(self.traced.rates):
            self._rule(self.model.createRateRule(), self.leaves["x", place], self.formulas.of(rate))
        for number, act in enumerate(sorted(acts, key=lambda act: act.rank)):
            self._event(act, len(acts) - number)
        for place, node in follows.items():
            self._follow(self.leaves["x", place], node)
        return self.sbml.writeSBMLToString(self.document)

    def _head(self, name, note):
        checked(self.model.setId(self.names.new(name)))
        checked(self.model.setName(name))
        checked(self.model.setTimeUnits(self.units.of("day")))
        for set_units in (self.model.setExtentUnits, self.model.setSubstanceUnits):
            checked(set_units("item"))
        _annotate(self.model, note)
        if self.step:
            function = self.model.createFunctionDefinition()
            checked(function.setId(self.step))
            checked(function.setMath(self.sbml.parseL3Formula(STEP)))

    def _told(self, what, name):
        return self.told.get((what, name), Told())

    def _quantity(self, name, told, value=None, *, fixed=False):
        """A number of the file with a name; no value is given to what a rule computes."""
        found, identifier = self.model.createParameter(), self.names.new(name)
        checked(found.setId(identifier))
        checked(found.setName(f"{told.text} ({name})" if told.text else name))
        checked(found.setConstant(fixed))
        if value is not None:
            checked(found.setValue(float(value)))
        if told.unit in UNITS:
            checked(found.setUnits(self.units.of(told.unit)))
        other = f"Unit: {told.unit}" if told.unit and told.unit not in UNITS else ""
        _annotate(found, "\n".join(part for part in (other, told.note) if part))
        return identifier

    def _rule(self, rule, identifier, formula):
        checked(rule.setVariable(identifier))
        checked(rule.setMath(formula))

    def _follow(self, identifier, node):
        """A number of the start that other numbers give: changed parameters move it."""
        found = self.model.createInitialAssignment()
        checked(found.setSymbol(identifier))
        checked(found.setMath(self.formulas.of(node)))

    def _computed(self, name, told, formula):
        identifier = self._quantity(name, told)
        self._rule(self.model.createAssignmentRule(), identifier, formula)
        return identifier

    def _time(self, begin):
        """Days of the model are counted from its day 0, the time of a simulator from the start of a run."""
        self.leaves["t", 0] = None
        if begin != 0.0:
            first = self._quantity("begin", Told("day", "first day of the run"), begin, fixed=True)
            day = self.formulas.tree("AST_PLUS", self.formulas.time(), self.formulas.name(first))
            self.leaves["t", 0] = self._computed("day", Told("day", "day of the model"), day)

    def _values(self, triggers):
        """Rules for outputs, labelled values and values used more than once, each after those it uses."""
        outputs = self.traced.outputs
        owner = {node: name for name, node in reversed(outputs.items()) if node.args}
        for node in repeated([*self.traced.rates, *outputs.values(), *triggers], owner):
            name = owner.get(node) or node.label or "shared"
            told = self._told("output", name) if node in owner else Told()
            self.known[node] = self._computed(name, told, self.formulas.of(node))
        for name, node in outputs.items():
            itself = node.op == "leaf" and node.value[0] == "x" and self.traced.states[node.value[1]] == name
            if owner.get(node) != name and not itself:
                self._computed(name, self._told("output", name), self.formulas.of(node))

    def _event(self, act, priority):
        found, identifier = self.model.createEvent(), self.names.new(act.name)
        checked(found.setId(identifier))
        checked(found.setName(act.text or act.name))
        checked(found.setUseValuesFromTriggerTime(False))  # what comes later at one moment sees what came first
        trigger, formula = found.createTrigger(), self._trigger(act)
        checked(trigger.setInitialValue(False))
        checked(trigger.setPersistent(True))
        checked(trigger.setMath(formula))
        checked(found.createPriority().setMath(self.formulas.number(priority)))
        for (kind, place), formula in self._effects(act).items():
            change = found.createEventAssignment()
            checked(change.setVariable(self.leaves[kind, place]))
            checked(change.setMath(formula))
        if act.day is None:
            change = found.createEventAssignment()
            checked(change.setVariable(self.done))
            checked(change.setMath(self.formulas.number(1.0)))

    def _trigger(self, act):
        formulas = self.formulas
        if act.day is None:
            text = f"1 once this has happened: {act.text or act.name}"
            self.done = self._quantity(f"{act.name}_done", Told("1", text), 0.0)
            first = formulas.tree("AST_RELATIONAL_LT", formulas.name(self.done), formulas.number(1.0))
            return formulas.tree("AST_LOGICAL_AND", formulas.above_zero(formulas.of(act.when)), first)
        day = self._quantity(f"{act.name}_day", Told("day", f"day of {act.text or act.name}"), act.day, fixed=True)
        if "day" in act.follows:
            self._follow(day, act.follows["day"])
        clock = self.leaves["t", 0]
        now = formulas.time() if clock is None else formulas.name(clock)
        return formulas.tree("AST_RELATIONAL_GEQ", now, formulas.name(day))

    def _effects(self, act):
        """Formulas of what an event changes; values used more than once get rules, for an event cannot hold any."""
        leaves, known = dict(self.leaves), dict(self.known)
        used = {node.value[1] for node in reachable(act.sets.values()) if node.op == "leaf" and node.value[0] == "a"}
        for place in sorted(used):
            name = f"{act.name}_amount" if place == 0 else f"{act.name}_amount_{place + 1}"
            leaves["a", place] = self._quantity(name, act.told.get(place, Told()), act.amounts[place], fixed=True)
            if place in act.follows:
                self._follow(leaves["a", place], act.follows[place])
        formulas = self._formulas(leaves, known)
        for node in repeated(act.sets.values()):
            known[node] = self._computed(f"{act.name}_{node.label or 'shared'}", Told(), formulas.of(node))
        return {key: formulas.of(node) for key, node in act.sets.items()}


def _annotate(element, note: str) -> None:
    if note:
        lines = "".join(f"<p>{escape(line)}</p>" for line in note.splitlines() if line.strip())
        checked(element.setNotes(f'<body xmlns="http://www.w3.org/1999/xhtml">{lines}</body>'))
