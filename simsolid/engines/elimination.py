"""Solve the linear systems of a Rosenbrock step by an elimination written out once for all patients.

The pattern of the Jacobian is the same for every patient, so the order of elimination and every multiplication are decided
once, on symbols. Pivots stay on the diagonal; each kernel watches them, because nothing here can.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from simsolid.graph import Graph, Node
from simsolid.trace import Traced

# Multiplications of one factorisation above which the written-out elimination is given up for a batched dense inverse: longer
# code takes longer to prepare than it saves, and a full pattern has nothing to skip.
FILL_LIMIT = 20_000


@dataclass(frozen=True, eq=False)
class Elimination:
    """A factorisation and a solve, as nodes.

    The matrix is M = J - g I with g = 1 / (h gamma), the negative of the method's, so that no sign has to be turned:
    M u = -b. Rows kept: first -1 / pivot in the order of the states, then multipliers and upper entries.

    Parameters
    ----------
    order : [1], one per state
        Order of elimination.
    rows : nodes
        What the factorisation computes, in order of its rows; leaves of kind ``g`` stand for g.
    solution : nodes, one per state
        What the solve computes from leaves ``w`` (the rows above) and ``b`` (right-hand side).
    products : [1], one
        Multiplications in one factorisation.
    """

    order: tuple[int, ...]
    rows: tuple[Node, ...]
    solution: tuple[Node, ...]
    products: int


def markowitz(pattern: Iterable[tuple[int, int]], size: int) -> tuple[list[int], set[tuple[int, int]], int]:
    """Choose an order of diagonal pivots that creates few new entries.

    Parameters
    ----------
    pattern : pairs
        Rows and columns that are not always zero.
    size : [1], one
        Number of states.

    Returns
    -------
    order, entries after elimination, number of multiplications

    Examples
    --------
    >>> order, filled, products = markowitz([(0, 1), (1, 0), (0, 2), (2, 0)], 3)
    >>> len(filled)
    7
    """
    below: list[set[int]] = [set() for _ in range(size)]  # rows with an entry in column k, and columns with an entry in row k
    right: list[set[int]] = [set() for _ in range(size)]
    filled = {(k, k) for k in range(size)} | set(pattern)
    for i, j in filled:
        if i != j:
            below[j].add(i)
            right[i].add(j)
    left, order, products = set(range(size)), [], 0
    while left:
        pivot = min(left, key=lambda k: (len(below[k]) * len(right[k]), k))
        left.remove(pivot)
        order.append(pivot)
        products += len(below[pivot]) * (1 + len(right[pivot]))
        for i in below[pivot]:
            right[i].discard(pivot)
            right[i] |= right[pivot] - {i}
        for j in right[pivot]:
            below[j].discard(pivot)
            below[j] |= below[pivot] - {j}
        filled |= {(i, j) for i in below[pivot] for j in right[pivot]}
    return order, filled, products


def eliminate(traced: Traced) -> Elimination | None:
    """Write out the elimination of a model, or return None above the fill limit.

    Parameters
    ----------
    traced : Traced
        The model's graph with its Jacobian.
    """
    graph, size = traced.graph, len(traced.states)
    order, filled, products = markowitz(traced.jacobian, size)
    if products > FILL_LIMIT:
        return None
    entries, inverse = _factor(traced, order, filled)
    places = {(k, k): k for k in range(size)}
    for i, j in entries:
        if i != j:
            places[i, j] = len(places)
    rows = [inverse[i] if i == j else entries[i, j] for i, j in places]
    return Elimination(tuple(order), tuple(rows), _solve(graph, order, places), products)


def _factor(traced, order, filled):
    graph, size = traced.graph, len(traced.states)
    shift, zero = graph.leaf("g", 0), graph.constant(0.0)
    entries = {key: traced.jacobian.get(key, zero) for key in sorted(filled)}
    for k in range(size):
        entries[k, k] = entries[k, k] - shift
    inverse, rest = [None] * size, list(order)
    for pivot in order:
        rest.remove(pivot)
        inverse[pivot] = graph.make("/", graph.constant(-1.0), entries[pivot, pivot])  # one division, no sign to turn
        columns = [j for j in rest if (pivot, j) in filled]
        for i in rest:
            if (i, pivot) in filled:
                multiplier = entries[i, pivot] = entries[i, pivot] * inverse[pivot]
                for j in columns:
                    entries[i, j] = entries[i, j] + multiplier * entries[pivot, j]
    return entries, inverse


def _solve(graph: Graph, order, places):
    value = [graph.leaf("b", k) for k in range(len(order))]
    factor = {key: graph.leaf("w", place) for key, place in places.items()}
    for a, k in enumerate(order):
        for i in order[a + 1 :]:
            if (i, k) in places:
                value[i] = value[i] + factor[i, k] * value[k]
    for a in reversed(range(len(order))):
        k = order[a]
        for j in order[a + 1 :]:
            if (k, j) in places:
                value[k] = value[k] + factor[k, j] * value[j]
        value[k] = value[k] * factor[k, k]
    return tuple(value)
