"""One small model, published or your own, as an SBML document: the counterpart of ``run`` for other simulators."""

from collections.abc import Mapping, Sequence
from dataclasses import fields

from simsolid.acts import protocol_formulas, start_formulas
from simsolid.errors import nearest
from simsolid.graph import Graph
from simsolid.load import load_model, published
from simsolid.model import Becomes, Model
from simsolid.params import Parameters, refuse
from simsolid.run import protocol_of
from simsolid.sbml import Act, Told, sbml_of
from simsolid.sbml_notes import source, story
from simsolid.values import is_labelled


def export_model(
    model: str | Model,
    parameters: Parameters | Mapping[str, float] | None = None,
    *,
    begin: float = 0.0,
    days: float = 180.0,
    doses: Mapping[str, Sequence[tuple]] | None = None,
    piecewise: bool = True,
    formulas: bool = True,
) -> str:
    """Print a small model as an SBML Level 3 document, which other simulators can run.

    Parameters
    ----------
    model : text or Model
        A model of the gallery by name, or your own.
    parameters : Parameters, mapping or None
        From :func:`simsolid.load_model`, without axes; or numbers by name; the gallery's own when left out.
    begin : [day], one
        First day, on which the model's ``start`` holds. Time in the file runs from 0 on that day.
    days : [day], one
        Last day that the file is meant for.
    doses : mapping or None
        For each state that receives something, pairs of day and amount; the model's own protocol when left out.
    piecewise : truth
        Write branches as ``piecewise``; False suits COPASI, see :func:`simsolid.sbml.sbml_of`.
    formulas : truth
        Write how the start and the model's own doses follow from the parameters, so that who changes a parameter in another
        tool changes them too; False writes their numbers only.

    Returns
    -------
    text

    Raises
    ------
    ParameterError
        A name is unknown, a parameter varies, or a dose comes before the first day; all faults at once.
    ModelError
        python-libsbml is not installed, or start or protocol have no formulas.

    Examples
    --------
    >>> '<rateRule variable="cart">' in export_model("kara2024", begin=3)
    True
    """
    from simsolid import __version__

    model = published(model)
    if not isinstance(parameters, Parameters):
        parameters = load_model(model, parameters)
    refuse([*_misfits(model, parameters), *([] if days > begin else [f"days: {days:g}; must be after the first day {begin:g}"])])
    named = model.parameter_layout(1).kind(**{f.name: float(parameters[f.name]) for f in fields(model.needs)})
    given = protocol_of(model, named) if doses is None else doses
    refuse(_wrong_doses(model, given, begin))
    values = [parameters.value(f.name) for f in fields(model.needs)]
    start, rows = model.state_layout(1).pack(model.start(named), 1), model.parameter_layout(1).pack(named, 1)
    graph = model.traced(1).graph
    variant = f", {parameters.choices['variant']}" if "variant" in parameters.choices else ""
    lines = [f"Model '{model.name}' of simsolid {__version__}{variant}."]
    return sbml_of(
        model.traced(1), start[:, 0], rows[:, 0], begin=float(begin), name=model.name, told=_told(model, parameters),
        acts=_acts(model, given, protocol_formulas(model, graph) if formulas and doses is None else {}),
        follows=start_formulas(model, graph) if formulas else {},
        note=story(lines, days - begin, begin, values, piecewise), piecewise=piecewise,
    )  # fmt: skip


def _misfits(model: Model, parameters: Parameters) -> list[str]:
    declared = [f.name for f in fields(model.needs)]
    faults = [f"parameters: no {name}; load them for model '{model.name}'" for name in declared if name not in parameters]
    faults += [f"export: {name} varies; a file holds one value of each parameter, so choose one"
               for name in declared if name in parameters and is_labelled(parameters[name])]
    return faults


def _wrong_doses(model: Model, doses: Mapping[str, Sequence[tuple]], begin: float) -> list[str]:
    states = model.state_layout(1).flat
    faults = [f"doses: '{name}' is no state of {model.name}{nearest(name, states)}" for name in doses if name not in states]
    faults += [f"doses: {state} is given on day {day:g}, before the first day {begin:g}; begin earlier"
               for state, pairs in doses.items() for day, _ in pairs if not day >= begin]
    return faults


def _acts(model: Model, doses: Mapping[str, Sequence[tuple]], follows: Mapping[str, Sequence[Mapping]]) -> list[Act]:
    """Doses as events, in order of day; what is given at one moment adds up in any order."""
    units = {f.name: f.metadata["unit"] for f in fields(model.state)}
    states, found = list(model.state_layout(1).flat), []
    for state, pairs in doses.items():
        for number, pair in enumerate(pairs, start=1):
            graph, row, new = Graph(), states.index(state), isinstance(pair, Becomes)
            sets = {("x", row): graph.leaf("a", 0) + (0.0 if new else graph.leaf("x", row))}
            told = {0: Told(units[state], f"new value of {state}" if new else f"amount of {state} given")}
            name, text = (f"set_{state}_{number}", f"{state} is set") if new else (f"give_{state}_{number}", f"{state} is given")
            found.append(Act(name, sets, float(pair[0]), amounts=(float(pair[1]),), told=told, text=text,
                             follows=follows[state][number - 1] if follows else {}))  # fmt: skip
    return sorted(found, key=lambda act: act.day)


def _told(model: Model, parameters: Parameters) -> dict[tuple[str, str], Told]:
    kinds = (("state", model.state), ("output", model.observables))
    found = {(what, f.name): Told(f.metadata["unit"], f.metadata["text"]) for what, kind in kinds for f in fields(kind)}
    for f in fields(model.needs):
        found["parameter", f.name] = Told(f.metadata["unit"], f.metadata["text"], source(parameters.value(f.name)))
    return found
