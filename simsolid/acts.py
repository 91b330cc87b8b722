"""The acts of a plan, and of a model itself, as formulas: each action is run once on symbols and what it changes is kept."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from simsolid.errors import ModelError
from simsolid.graph import PARAMETER, Graph, Node
from simsolid.model import Layout, Model
from simsolid.reactive import AFTER_ALL, model_triggers
from simsolid.sbml import Act, Told
from simsolid.steps import DRUGS, Drug, Infusion, Surgery
from simsolid.study import Group, plans_of
from simsolid.symbols import Symbols

# Unit of the first amount of a step's action; what is not listed has none.
_AMOUNTS = {
    Infusion: lambda step: "cell/day" if step.hours else "cell",
    Drug: lambda step: DRUGS[step.name].unit,
    Surgery: lambda step: "1",
}


def planned(group: Group) -> list[Act]:
    """List the acts of the plan in their order, for the first patient of a group under the first arm.

    Parameters
    ----------
    group : Group
        Whose plan it is.

    Returns
    -------
    Acts

    Raises
    ------
    ModelError
        An action does what has no formula.

    Examples
    --------
    >>> import simsolid as sim
    >>> from simsolid.design import study_of
    >>> from simsolid.models import MODELS
    >>> from simsolid.study import groups_of
    >>> study = study_of(sim.load("gastric"), sim.Regimen.single(1e8), 10.0, -7.0, None, MODELS["house"], 1e-5)
    >>> [act.name for act in planned(groups_of(study)[0])]
    ['condition_1', 'infuse_1']
    """
    steps = [(float(np.ravel(s.day)[0]), float(np.ravel(s.rank)[0]), s) for s in plans_of(group)[0]]
    steps = sorted((each for each in steps if np.isfinite(each[0])), key=lambda each: each[:2])
    model, many, found = group.study.model, Counter(), []
    for place, (day, _, step) in enumerate(steps):
        many[step.action] += 1
        name = f"{step.action}_{many[step.action]}"
        text = str(step.of) if step.of is not None else step.action.replace("_", " ")
        unit = _AMOUNTS.get(type(step.of), lambda _: "")(step.of)
        sets = effects(model, step.action, len(group.slots), step.amount[:, 0])
        told = {0: Told(unit, f"amount of {step.action.replace('_', ' ')}")}
        found.append(Act(name, sets, day=day, amounts=tuple(step.amount[:, 0]), told=told, text=text, rank=place))
    return found


def triggered(group: Group) -> list[Act]:
    """List what the model itself sets off; at one moment it comes after the plan.

    Parameters
    ----------
    group : Group
        Who is simulated.

    Returns
    -------
    Acts

    Raises
    ------
    ModelError
        An action does what has no formula.

    Examples
    --------
    >>> import simsolid as sim
    >>> from simsolid.design import study_of
    >>> from simsolid.models import MODELS
    >>> from simsolid.study import groups_of
    >>> study = study_of(sim.load("gastric"), sim.Regimen.none(), 10.0, -7.0, None, MODELS["house"], 1e-5)
    >>> [act.name for act in triggered(groups_of(study)[0])]
    ['new_lesion_event', 'death_event']
    """
    model, lesions, found = group.study.model, len(group.slots), []
    for place, name in enumerate(model_triggers(group)):
        sets = effects(model, name, lesions, ())
        when = model.traced(lesions).triggers[name]
        text = f"{name.replace('_', ' ')}, set off by the model"
        found.append(Act(f"{name}_event", sets, when=when, text=text, rank=AFTER_ALL + place))
    return found


def effects(model: Model, action: str, lesions: int, amounts: Sequence[float]) -> Mapping[tuple[str, int], Node]:
    """What an action changes, as formulas, by running the action itself on symbols.

    Parameters
    ----------
    model : Model
        The model.
    action : text
        Name of the action.
    lesions : [1], one
        Number of lesion slots.
    amounts : any unit, several
        Numbers handed to the action. The first stays a symbol, leaf 0 of kind ``"a"``; the others are taken as they are.

    Returns
    -------
    mapping of ``("x" or "p", row)`` to nodes
        Only what changes.

    Raises
    ------
    ModelError
        The action does what has no formula.

    Examples
    --------
    >>> from simsolid.models import MODELS
    >>> list(effects(MODELS["house"], "dexamethasone", 1, [10.0]).values())[0].op
    '+'
    """
    graph, states, parameters = Graph(), model.state_layout(lesions), model.parameter_layout(lesions)
    x, p = (_leaves(graph, kind, where) for kind, where in (("x", states), ("p", parameters)))
    given = [graph.leaf("a", 0), *map(graph.constant, amounts[1:])][: len(amounts)]
    try:
        new = model.actions[action](states.unpack(x), parameters.unpack(p), Symbols(graph, np.reshape(given, (-1, 1))))
        rows = [_rows(graph, part, where) for part, where in zip(new, (states, parameters), strict=True)]
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as fault:
        raise ModelError(f"action '{action}' of model '{model.name}' has no formulas: {fault}") from fault
    both = (("x", rows[0]), ("p", rows[1]))
    return {(kind, i): node for kind, found in both for i, node in enumerate(found) if node is not graph.leaf(kind, i)}


def start_formulas(model: Model, graph: Graph) -> dict[int, Node]:
    """How the start of a small model follows from its parameters, by running ``start`` itself on symbols.

    Parameters
    ----------
    model : Model
        A small model.
    graph : class Graph
        Where the formulas belong.

    Returns
    -------
    mapping of [1] to nodes
        By row of the state; rows that no parameter moves are left out.

    Raises
    ------
    ModelError
        The start does what has no formula.

    Examples
    --------
    >>> from simsolid.models import GALLERY
    >>> len(start_formulas(GALLERY["sahoo2020"], Graph()))
    2
    """
    states = model.state_layout(1)
    found = _of_parameters(model, graph, lambda p: _rows(graph, model.start(p), states))
    return {row: node for row, node in enumerate(found) if node.depends & PARAMETER}


def protocol_formulas(model: Model, graph: Graph) -> dict[str, list[dict]]:
    """How the days and amounts of a small model's own protocol follow from its parameters.

    Parameters
    ----------
    model : Model
        A small model.
    graph : class Graph
        Where the formulas belong.

    Returns
    -------
    mapping of texts to mappings
        For each state and dose, as an :class:`simsolid.sbml.Act` follows them.

    Raises
    ------
    ModelError
        The protocol does what has no formula.

    Examples
    --------
    >>> from simsolid.models import GALLERY
    >>> [sorted(map(str, dose)) for dose in protocol_formulas(GALLERY["barros2021"], Graph())["effector"]]
    [['0', 'day']]
    """
    if model.protocol is None:
        return {}
    given = _of_parameters(model, graph, lambda p: {state: list(pairs) for state, pairs in model.protocol(p).items()})
    return {state: [_moved(graph, {"day": day, 0: amount}) for day, amount in pairs] for state, pairs in given.items()}


def _of_parameters(model: Model, graph: Graph, work: Callable):
    """What a function makes of the parameters as symbols."""
    layout = model.parameter_layout(1)
    try:
        return work(layout.unpack(_leaves(graph, "p", layout)))
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as fault:
        raise ModelError(f"model '{model.name}': its start or protocol has no formulas: {fault}") from fault


def _moved(graph: Graph, values: Mapping[Any, Any]) -> dict[Any, Node]:
    """Of values, those that a parameter moves."""
    nodes = {key: np.ravel(value.nodes)[0] for key, value in values.items() if isinstance(value, Symbols)}
    return {key: node for key, node in nodes.items() if node.depends & PARAMETER}


def _leaves(graph: Graph, kind: str, where: Layout) -> Symbols:
    return Symbols(graph, np.array([[graph.leaf(kind, i)] for i in range(len(where.flat))], dtype=object))


def _rows(graph: Graph, named, where: Layout) -> list[Node]:
    """The nodes of named values, row by row."""
    found: list[Node] = []
    for name, _, count in where.rows:
        value = getattr(named, name)
        nodes = value.nodes if isinstance(value, Symbols) else np.array(graph.constant(value), dtype=object)
        found += list(np.broadcast_to(nodes, (max(count, 1), 1))[:, 0])
    return found
