"""Compartments, species, parameters, rules and reactions of a file, as numbers, states and formulas."""

import math
from typing import Any

from simsolid.sbml_read.draft import Draft, Given, Moving, Told
from simsolid.sbml_read.refusals import each, each_start
from simsolid.sbml_read.trees import Tree, name, number


def read_quantities(draft: Draft) -> None:
    """Fill a draft with everything but events.

    Parameters
    ----------
    draft : Draft
        To be filled.
    """
    model = draft.model
    rules = {rule.getVariable(): rule for rule in each(model.getRule, model.getNumRules()) if not rule.isAlgebraic()}
    starts = {found.getSymbol(): draft.formula_of(found.getMath(), f"initialAssignment of '{found.getSymbol()}'")
              for found in each_start(model)}  # fmt: skip
    for room in each(model.getCompartment, model.getNumCompartments()):
        size = room.getSize() if room.isSetSize() else math.nan
        _plain(draft, room, size, f"compartment '{room.getId()}' has no size", starts)
    for parameter in each(model.getParameter, model.getNumParameters()):
        _parameter(draft, parameter, rules.get(parameter.getId()), starts)
    _reactions(draft)
    flows = _flows(draft)
    for species in each(model.getSpecies, model.getNumSpecies()):
        _species(draft, species, rules.get(species.getId()), starts, flows)


def _plain(draft: Draft, element: Any, value: float, missing: str, starts: dict[str, Tree]) -> None:
    """A number, or what is computed once at the start."""
    if element.getId() in starts:
        draft.fixed[element.getId()] = starts[element.getId()]
    elif math.isfinite(value):
        draft.needs[element.getId()] = Given(value, draft.told(element))
    else:
        draft.missing[element.getId()] = missing


def _parameter(draft: Draft, parameter: Any, rule: Any, starts: dict[str, Tree]) -> None:
    identifier, value = parameter.getId(), parameter.getValue() if parameter.isSetValue() else math.nan
    missing = f"parameter '{identifier}' has no value"
    if rule is None:
        _plain(draft, parameter, value, missing, starts)
    elif rule.isRate():
        start = starts.get(identifier) or _start(draft, parameter, value, missing)
        rate = draft.formula_of(rule.getMath(), f"rateRule of '{identifier}'")
        draft.states[identifier] = Moving(draft.told(parameter), start, rate)
    else:
        _computed(draft, parameter, rule)


def _computed(draft: Draft, element: Any, rule: Any) -> None:
    identifier = element.getId()
    draft.rules[identifier] = draft.formula_of(rule.getMath(), f"assignmentRule of '{identifier}'")
    draft.shown[identifier] = draft.told(element)


def _start(draft: Draft, element: Any, value: float, missing: str, told: Told | None = None) -> Tree:
    """The number from which a state starts, under a name of its own, so that it can be varied."""
    made = f"{element.getId()} start"
    if math.isfinite(value):
        draft.needs[made] = Given(value, told or draft.told(element, "start of"), wish=f"{element.getId()}_start")
    else:
        draft.missing[made] = missing
    return name(made)


def _species(draft: Draft, species: Any, rule: Any, starts: dict[str, Tree], flows: dict[str, list[Tree]]) -> None:
    identifier = species.getId()
    if rule is not None and rule.isAssignment():
        _computed(draft, species, rule)
        return
    start = starts.get(identifier) or _start_of_species(draft, species)
    if rule is not None:
        rate = draft.formula_of(rule.getMath(), f"rateRule of '{identifier}'")
    elif identifier in flows and not species.getBoundaryCondition() and not species.getConstant():
        rate = _net(draft, species, flows[identifier])
    else:
        draft.fixed[identifier] = start
        return
    draft.states[identifier] = Moving(draft.told(species), start, rate)


def is_concentration(draft: Draft, species: Any) -> bool:
    """Whether the name of a species stands for its concentration; else for its amount.

    Parameters
    ----------
    draft : Draft
        The model so far.
    species : libsbml.Species
        The species.

    Returns
    -------
    truth
    """
    room = draft.model.getCompartment(species.getCompartment())
    return not species.getHasOnlySubstanceUnits() and room.getSpatialDimensionsAsDouble() > 0


def _start_of_species(draft: Draft, species: Any) -> Tree:
    """Start of a species in what its name stands for, from the amount or the concentration that the file gives."""
    dense, room = is_concentration(draft, species), name(species.getCompartment())
    missing = f"species '{species.getId()}' has no initial amount or concentration"
    if species.isSetInitialConcentration():
        given = _start(draft, species, species.getInitialConcentration(), missing, _told_start(draft, species, dense, True))
        return given if dense else Tree("*", (given, room))
    value = species.getInitialAmount() if species.isSetInitialAmount() else math.nan
    given = _start(draft, species, value, missing, _told_start(draft, species, dense, False))
    return Tree("/", (given, room)) if dense else given


def _told_start(draft: Draft, species: Any, dense: bool, given_dense: bool) -> Told:
    kind = "start of" if dense == given_dense else f"start of the {'concentration' if given_dense else 'amount'} of"
    told = draft.told(species, kind)
    return told if dense == given_dense else Told("", told.text)


def _net(draft: Draft, species: Any, flows: list[Tree]) -> Tree:
    """Rate of change of a species from the reactions it takes part in."""
    factor = species.getConversionFactor() or draft.model.getConversionFactor() if draft.model.getLevel() > 2 else ""
    net = flows[0] if len(flows) == 1 else Tree("+", tuple(flows))
    net = Tree("*", (name(factor), net)) if factor else net
    return Tree("/", (net, name(species.getCompartment()))) if is_concentration(draft, species) else net


def _reactions(draft: Draft) -> None:
    for reaction in each(draft.model.getReaction, draft.model.getNumReactions()):
        law, where = reaction.getKineticLaw(), f"reaction '{reaction.getId()}'"
        if law is None:
            continue  # refused already, by name
        lists = {True: (law.getLocalParameter, law.getNumLocalParameters()), False: (law.getParameter, law.getNumParameters())}
        own, local = each(*lists[draft.model.getLevel() > 2]), {}
        for parameter in own:
            made = f"{reaction.getId()}.{parameter.getId()}"
            local[parameter.getId()] = name(made)
            if parameter.isSetValue() and math.isfinite(parameter.getValue()):
                draft.needs[made] = Given(parameter.getValue(), draft.told(parameter), wish=made.replace(".", "_"))
            else:
                draft.missing[made] = f"{where}: parameter '{parameter.getId()}' has no value"
        draft.rules[reaction.getId()] = draft.formula_of(law.getMath(), where, local)


def _flows(draft: Draft) -> dict[str, list[Tree]]:
    """For each species, what each reaction adds to its amount."""
    found: dict[str, list[Tree]] = {}
    for reaction in each(draft.model.getReaction, draft.model.getNumReactions()):
        sides = ((-1.0, each(reaction.getReactant, reaction.getNumReactants())),
                 (1.0, each(reaction.getProduct, reaction.getNumProducts())))  # fmt: skip
        for sign, parts in sides:
            for part in parts:
                share = sign * part.getStoichiometry()
                if part.getIdAttribute():
                    draft.rules[part.getIdAttribute()] = number(part.getStoichiometry())
                flow = Tree("*", (number(share), name(reaction.getId())))
                found.setdefault(part.getSpecies(), []).append(flow)
    return found
