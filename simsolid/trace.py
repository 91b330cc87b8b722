"""Run a model's rates once on symbols and keep the graph of what was computed.

Everything else is printed from that one graph: NumPy code for many patients, the sparse Jacobian, the order of elimination,
the equations as LaTeX.
"""

from collections import Counter
from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from simsolid.errors import ModelError
from simsolid.graph import STATE, TIME, Graph, Node


def _zero(node):
    return node.op == "const" and node.value == 0.0


def _partials(node):
    """Pairs (argument, derivative of the node with respect to it)."""
    one = node.graph.constant(1.0)
    a = node.args[0]
    b = node.args[1] if len(node.args) > 1 else None
    match node.op:
        case "+":
            return (a, one), (b, one)
        case "-":
            return (a, one), (b, -one)
        case "neg":
            return ((a, -one),)
        case "*":
            return (a, b), (b, a)
        case "/":
            return (a, one / b), (b, -(node / b))
        case "exp":
            return ((a, node),)
        case "log":
            return ((a, one / a),)
        case "sqrt":
            return ((a, 0.5 / node),)
        case "pow":
            # b a^(b-1), not b a^b / a: the latter is 0/0 for a state that starts at zero
            base = (a, b * a ** (b - 1.0))
            return (base, (b, node * a.log())) if b.depends & TIME else (base,)
    raise ModelError(f"rates: {node.op} has no derivative; use + - * / **, np.exp, np.log, np.sqrt or where_positive")


def _slopes(node, known):
    """Sparse derivative of one node: {column: node}; columns are states, and -1 for time."""
    if node.op == "branch":
        condition, yes, no = node.args
        left, right = known[yes], known[no]
        return {key: condition.branch(left.get(key, 0.0), right.get(key, 0.0)) for key in sorted(left.keys() | right.keys())}
    found = {}
    for argument, weight in _partials(node):
        for key, slope in known[argument].items():
            term = slope * weight
            found[key] = found[key] + term if key in found else term
    return {key: slope for key, slope in found.items() if not _zero(slope)}


def reachable(targets: Iterable[Node], known: Container[Node] = ()) -> list[Node]:
    """List what the targets are computed from, arguments before their use.

    Parameters
    ----------
    targets : nodes
        Values wanted.
    known : nodes
        Values at hand, which are not followed further and not listed.
    """
    order, seen = [], set()
    for target in targets:
        stack = [(target, False)]
        while stack:
            node, ready = stack.pop()
            if ready:
                order.append(node)
            elif node not in seen and node not in known:
                seen.add(node)
                stack.append((node, True))
                stack.extend((a, False) for a in reversed(node.args))
    return order


def _derivatives(targets):
    known = {}
    for node in reachable(targets):
        if node.op == "leaf":
            kind, place = node.value
            column = {"x": place, "t": -1}.get(kind)
            known[node] = {} if column is None else {column: node.graph.constant(1.0)}
        else:
            known[node] = _slopes(node, known) if node.depends & (STATE | TIME) else {}
    return [known[target] for target in targets]


@dataclass(frozen=True, eq=False)
class Traced:
    """The graph of a model's equations, from which engines and printers work.

    Parameters
    ----------
    states, parameters : texts
        Names, in the order of the model's rows.
    rates : nodes, one per state
        Rate of change per day.
    jacobian : nodes by (row, column)
        Derivative of a rate with respect to a state; entries that are always zero are absent.
    time_derivative : nodes by row
        Derivative of a rate with respect to time, where it is not always zero.
    outputs, triggers : nodes by name
        Other values of interest, and values whose rise above zero calls for an action.
    graph : graph
        The table all these nodes belong to.
    """

    states: tuple[str, ...]
    parameters: tuple[str, ...]
    rates: tuple[Node, ...]
    jacobian: dict[tuple[int, int], Node]
    time_derivative: dict[int, Node]
    outputs: dict[str, Node]
    triggers: dict[str, Node]
    graph: Graph


def trace(
    rates: Callable,
    states: Sequence[str],
    parameters: Sequence[str],
    outputs: Callable | None = None,
    triggers: Callable | None = None,
) -> Traced:
    """Run a model's rates once on symbols.

    Parameters
    ----------
    rates : function of (t, x, p)
        Returns one rate per state; ``x`` and ``p`` are lists in the order of the names.
    states, parameters : texts, names
        What the rows of the state and of the parameters are called.
    outputs, triggers : functions of (t, x, p)
        Return a dictionary of further values by name.

    Returns
    -------
    Traced
        The graph with its sparse Jacobian.

    Raises
    ------
    ModelError
        If names repeat, rates are missing or not numbers, an exponent depends on a state, or an ``if`` asks for a state's value.

    Examples
    --------
    >>> found = trace(lambda t, x, p: [p[0] * x[0], -x[1] * x[1]], ["a", "b"], ["growth_rate"])
    >>> sorted(found.jacobian)
    [(0, 0), (1, 1)]
    """
    states, parameters = tuple(states), tuple(parameters)
    _check_names("states", states)
    _check_names("parameters", parameters)
    graph = Graph()
    symbols = graph.leaf("t", 0), *([graph.leaf(k, i) for i in range(len(n))] for k, n in (("x", states), ("p", parameters)))
    found = list(rates(*symbols))
    if len(found) != len(states):
        raise ModelError(f"rates: {len(found)} rates for {len(states)} states; return one per state, in the order {list(states)}")
    rows = tuple(_node(graph, f"rate of {name}", value) for name, value in zip(states, found, strict=True))
    named = [
        {name: _node(graph, name, value) for name, value in (further(*symbols) if further else {}).items()}
        for further in (outputs, triggers)
    ]
    slopes = _derivatives(rows)
    return Traced(
        states=states,
        parameters=parameters,
        rates=rows,
        jacobian={(i, j): slope for i, row in enumerate(slopes) for j, slope in sorted(row.items()) if j >= 0},
        time_derivative={i: row[-1] for i, row in enumerate(slopes) if -1 in row},
        outputs=named[0],
        triggers=named[1],
        graph=graph,
    )


def _check_names(what, names):
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise ModelError(f"trace: {what} named more than once: {twice}; every row needs its own name")


def _node(graph, what, value):
    if isinstance(value, np.ndarray) and value.size == 1:
        value = value.item()
    if isinstance(value, Node):
        if value.graph is not graph:
            raise ModelError(f"{what}: a value from another trace; build the model's values inside its own functions")
        return value
    if isinstance(value, (int, float, np.number)):
        return graph.constant(value)
    raise ModelError(f"{what}: got {value!r} of type {type(value).__name__}; it must be one number or one value of the model")
