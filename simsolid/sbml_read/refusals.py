"""What a file may hold that we do not run: each by name, with the element it is in."""

from collections.abc import Callable, Iterator
from typing import Any

from simsolid.errors import ModelError

SHOWN = 8  # of the library's own complaints


def document_of(sbml: Any, text: str, where: str) -> Any:
    """Read a file and let the library judge it first.

    Parameters
    ----------
    sbml : module
        libSBML.
    text : text
        Content of the file.
    where : text
        Name of the file.

    Returns
    -------
    libsbml.SBMLDocument

    Raises
    ------
    ModelError
        It is no SBML of level 2 or 3, or breaks the rules of SBML.
    """
    document = sbml.readSBMLFromString(text)
    if document.getLevel() == 1:
        raise ModelError(f"{where}: SBML level 1; convert it to level 2 or 3 first, for example with COPASI")
    if not document.getNumErrors(sbml.LIBSBML_SEV_ERROR) and not document.getNumErrors(sbml.LIBSBML_SEV_FATAL):
        document.setConsistencyChecks(sbml.LIBSBML_CAT_UNITS_CONSISTENCY, False)
        document.setConsistencyChecks(sbml.LIBSBML_CAT_MODELING_PRACTICE, False)
        document.checkConsistency()
    errors = [document.getError(i) for i in range(document.getNumErrors())]
    told = [f"line {each.getLine()}: {_in_short(each)}" for each in errors
            if each.getSeverity() >= sbml.LIBSBML_SEV_ERROR and not _about_packages(sbml, each)]  # fmt: skip
    if told:
        more = [f"and {len(told) - SHOWN} more"] if len(told) > SHOWN else []
        raise ModelError("\n  ".join([f"{where}: breaks the rules of SBML", *told[:SHOWN], *more]))
    if document.getModel() is None:
        raise ModelError(f"{where}: holds no model")
    return document


def _in_short(error: Any) -> str:
    """What is wrong, without the paragraph of the specification that it breaks."""
    _, _, own = error.getMessage().partition("Reference:")
    own = " ".join(own.split("\n", 1)[-1].split())
    return f"{error.getShortMessage()}{f': {own}' if own else ''}"


def _about_packages(sbml: Any, error: Any) -> bool:
    """A package that the library does not know is refused by us, by name."""
    return error.getErrorId() in (sbml.RequiredPackagePresent, sbml.UnrequiredPackagePresent)


def unsupported(sbml: Any, document: Any) -> list[str]:
    """Name everything in a file whose structure we do not run.

    Parameters
    ----------
    sbml : module
        libSBML.
    document : libsbml.SBMLDocument
        The file.

    Returns
    -------
    texts
        One sentence each.
    """
    model = document.getModel()
    looks: tuple[Callable[..., Iterator[str]], ...] = (_packages, _rules, _compartments, _reactions, _events)
    return [said for look in looks for said in look(sbml, document, model)]


def each(getter: Callable[[int], Any], count: int) -> list[Any]:
    """Elements of one list of the library.

    Parameters
    ----------
    getter : function
        Gives an element by its place.
    count : [1], one
        How many there are.

    Returns
    -------
    list

    Examples
    --------
    >>> each("abc".__getitem__, 2)
    ['a', 'b']
    """
    return [getter(i) for i in range(count)]


def _packages(sbml: Any, document: Any, model: Any) -> Iterator[str]:
    if document.getLevel() < 3:
        return  # what level 2 adds stands in annotations, which change no meaning
    known = [document.getPlugin(i).getPackageName() for i in range(document.getNumPlugins())]
    needed = [name for name in known if document.getPackageRequired(name) and name != "l3v2extendedmath"]
    for i in range(document.getNumUnknownPackages()):
        if document.getPackageRequired(document.getUnknownPackageURI(i)):
            needed.append(document.getUnknownPackagePrefix(i))
    yield from (f"package '{name}' is required to understand the file" for name in needed)


def _rules(sbml: Any, document: Any, model: Any) -> Iterator[str]:
    for rule in each(model.getRule, model.getNumRules()):
        if rule.isAlgebraic():
            told = sbml.formulaToL3String(rule.getMath()) if rule.isSetMath() else ""
            yield f"algebraicRule{f' {rule.getIdAttribute()!r}' if rule.getIdAttribute() else ''}: 0 = {told}"


def _changed(model: Any) -> dict[str, str]:
    """What rules, starts and events set, by name."""
    found = {rule.getVariable(): "a rule" for rule in each(model.getRule, model.getNumRules()) if not rule.isAlgebraic()}
    for event in each(model.getEvent, model.getNumEvents()):
        for change in each(event.getEventAssignment, event.getNumEventAssignments()):
            found.setdefault(change.getVariable(), f"event '{event.getIdAttribute()}'")
    return found


def _compartments(sbml: Any, document: Any, model: Any) -> Iterator[str]:
    changed = _changed(model)
    for room in each(model.getCompartment, model.getNumCompartments()):
        if room.getId() in changed:
            yield f"compartment '{room.getId()}': its size changes, by {changed[room.getId()]}"


def _reactions(sbml: Any, document: Any, model: Any) -> Iterator[str]:
    changed = set(_changed(model)) | {each.getSymbol() for each in each_start(model)}
    for reaction in each(model.getReaction, model.getNumReactions()):
        where = f"reaction '{reaction.getId()}'"
        if reaction.isSetFast() and reaction.getFast():
            yield f"{where}: fast"
        if not reaction.isSetKineticLaw():
            yield f"{where}: no kinetic law"
        sides = ((reaction.getReactant, reaction.getNumReactants()), (reaction.getProduct, reaction.getNumProducts()))
        for part in [part for side in sides for part in each(*side)]:
            if part.isSetStoichiometryMath():
                yield f"{where}: stoichiometryMath of '{part.getSpecies()}'"
            elif part.getIdAttribute() and part.getIdAttribute() in changed:
                yield f"{where}: stoichiometry '{part.getIdAttribute()}' of '{part.getSpecies()}' is computed"
            elif model.getLevel() > 2 and not part.isSetStoichiometry():
                yield f"{where}: no stoichiometry for '{part.getSpecies()}'"


def each_start(model: Any) -> list[Any]:
    """Initial assignments of a model.

    Parameters
    ----------
    model : libsbml.Model
        The file's model.

    Returns
    -------
    list
    """
    return each(model.getInitialAssignment, model.getNumInitialAssignments())


def _events(sbml: Any, document: Any, model: Any) -> Iterator[str]:
    for event in each(model.getEvent, model.getNumEvents()):
        if event.isSetDelay():
            yield f"event '{event.getIdAttribute()}': a delay"
