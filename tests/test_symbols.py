"""Blocks of symbols: what NumPy does to numbers is read as formulas with the same values."""

import numpy as np
import pytest

from simsolid.errors import ModelError
from simsolid.graph import Graph
from simsolid.symbols import Symbols
from simsolid.trace import reachable


def block(graph, kind, values):
    nodes = [[graph.leaf(kind, i)] for i in range(len(values))]
    return Symbols(graph, np.array(nodes, dtype=object))


def value(node, inputs):
    """A formula with numbers put in."""
    known = {}
    for each in reachable([node]):
        if each.op == "leaf":
            known[each] = each.graph.constant(inputs[each.value])
        else:
            known[each] = each.graph.make(each.op, *(known[a] for a in each.args)) if each.args else each
    return known[node].value


NUMBERS = np.array([[-2.0], [0.0], [3.0]])


@pytest.mark.parametrize("work", [
    lambda x: np.where(x > 0, x, 7.0),
    lambda x: np.where(x >= 0, x, 7.0),
    lambda x: np.where(x < 0, 1.0, x),
    lambda x: np.where(x <= 0, 1.0, x),
    lambda x: np.maximum(x, 1.0),
    lambda x: np.minimum(x, 1.0),
    lambda x: np.clip(x, -1.0, 1.0),
    lambda x: np.where((x > -1) & (x < 1), 5.0, x),
    lambda x: np.where((x > 1) | (x < -1), 5.0, x),
    lambda x: np.where(~(x > 0), 5.0, x),
    lambda x: 2.0 * (x > 0) + x,
    lambda x: np.exp(x) + np.sqrt(np.abs(x)) - np.log(x * x + 1.0),
    lambda x: (x - 1.0) ** 2 / 4.0,
    lambda x: x + x.sum(axis=0),
    lambda x: x - np.sum(x),
    lambda x: np.zeros_like(x) + np.full_like(x, 3.0),
    lambda x: -x + x.copy(),
    lambda x: np.float64(2.0) * x[-1] + x,
    lambda x: sum(row for row in x) + x,
])  # fmt: skip
def test_formulas_have_the_values_that_numpy_gives(work):
    graph = Graph()
    found = work(block(graph, "x", NUMBERS)).nodes
    inputs = {("x", i): float(number) for i, number in enumerate(NUMBERS[:, 0])}
    assert found.shape == work(NUMBERS).shape
    np.testing.assert_allclose([value(node, inputs) for node in found[:, 0]], work(NUMBERS)[:, 0])


def test_a_row_can_be_set_in_a_copy_without_touching_the_original():
    graph = Graph()
    original = block(graph, "x", NUMBERS)
    copy = original.copy()
    copy[-1] = copy[-1] + 1.0
    assert original.nodes[2, 0] is graph.leaf("x", 2)
    assert copy.nodes[2, 0].op == "+"


@pytest.mark.parametrize("work, said", [
    (np.sin, r"np.sin has no formula; .* may use \+ - \* / \*\* and np.abs"),
    (np.cumsum, "np.cumsum has no formula"),
    (np.multiply.reduce, "np.multiply.reduce has no formula"),
    (lambda x: x if x[0] > 0 else -x, "write where_positive"),
    (lambda x: float(x[0, 0]), "which has none yet"),
])  # fmt: skip
def test_what_has_no_formula_is_refused_by_name(work, said):
    with pytest.raises(ModelError, match=said):
        work(block(Graph(), "x", NUMBERS))
