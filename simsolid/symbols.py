"""Rows of symbols that NumPy's own functions accept, so that an action written for numbers is read as formulas.

An action works on blocks of numbers with NumPy (``np.where``, ``np.maximum`` and the like). Given :class:`Symbols` instead, the
same code returns the formulas of what it does; nothing is written twice.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from simsolid.errors import ModelError
from simsolid.graph import Graph, Node


def _truth(condition: Node) -> Node:
    """A truth as 1 or 0, which may be multiplied as NumPy's may."""
    return condition.branch(1.0, 0.0)


def _above(a, b):
    return _truth(a - b)


def _not(a):
    return 1.0 - a


def _choose(truth, yes, no):
    # of a truth made here, what it was decided on is read directly
    made = truth.op == "branch" and all(side.op == "const" for side in truth.args[1:])
    if made and [side.value for side in truth.args[1:]] == [1.0, 0.0]:
        truth = truth.args[0]
    return truth.branch(yes, no)


_RULES: dict[Any, Callable] = {
    np.add: lambda a, b: a + b,
    np.subtract: lambda a, b: a - b,
    np.multiply: lambda a, b: a * b,
    np.divide: lambda a, b: a / b,
    np.power: lambda a, b: a**b,
    np.negative: lambda a: -a,
    np.positive: lambda a: a,
    np.absolute: abs,
    np.square: lambda a: a * a,
    np.exp: lambda a: a.exp(),
    np.log: lambda a: a.log(),
    np.sqrt: lambda a: a.sqrt(),
    np.maximum: lambda a, b: (a - b).branch(a, b),
    np.minimum: lambda a, b: (b - a).branch(a, b),
    np.greater: _above,
    np.less: lambda a, b: _above(b, a),
    np.greater_equal: lambda a, b: _not(_above(b, a)),
    np.less_equal: lambda a, b: _not(_above(a, b)),
    np.logical_not: _not,
    np.logical_and: lambda a, b: a * b,
    np.bitwise_and: lambda a, b: a * b,
    np.logical_or: lambda a, b: a + b - a * b,
    np.bitwise_or: lambda a, b: a + b - a * b,
    np.invert: _not,
    np.where: _choose,
}


def _applied(rule: Callable, graph: Graph, arguments) -> "Symbols":
    nodes = [_nodes(each, graph) for each in arguments]
    return Symbols(graph, np.frompyfunc(rule, len(nodes), 1)(*nodes))


def _nodes(given, graph: Graph):
    if isinstance(given, Symbols):
        return given.nodes
    return np.frompyfunc(lambda each: each if isinstance(each, Node) else graph.constant(each), 1, 1)(np.asarray(given))


def _like(value: float) -> Callable:
    return lambda block, *_, **__: 0.0 * block + value


_FUNCTIONS: dict[Any, Callable] = {
    np.where: lambda truth, yes, no: _applied(_choose, _graph_of(truth, yes, no), (truth, yes, no)),
    np.sum: lambda block, axis=None: block.sum(axis),
    np.copy: lambda block: block.copy(),
    np.clip: lambda block, low, high: np.minimum(np.maximum(block, low), high),
    np.zeros_like: _like(0.0),
    np.ones_like: _like(1.0),
    np.full_like: lambda block, value: 0.0 * block + value,
    np.shape: lambda block: block.shape,
}


def _graph_of(*given) -> Graph:
    return next(each.graph for each in given if isinstance(each, Symbols))


class Symbols(np.lib.mixins.NDArrayOperatorsMixin):
    """A block of symbols in the shape of a block of numbers.

    Parameters
    ----------
    graph : graph
        Where its nodes belong.
    nodes : array of nodes
        Any shape.

    Examples
    --------
    >>> graph = Graph()
    >>> dose = Symbols(graph, np.array([graph.leaf("a", 0)]))
    >>> np.maximum(dose * 2.0, 1.0).nodes[0].op
    'branch'
    """

    def __init__(self, graph: Graph, nodes):
        self.graph, self.nodes = graph, np.asarray(nodes, dtype=object)

    def __array_ufunc__(self, ufunc, method, *inputs, **options):
        if ufunc is np.add and method == "reduce":
            return inputs[0].sum(options.get("axis", 0))
        if ufunc not in _RULES or method != "__call__" or options:
            raise ModelError(_unknown(ufunc.__name__ if method == "__call__" else f"{ufunc.__name__}.{method}"))
        return _applied(_RULES[ufunc], self.graph, inputs)

    def __array_function__(self, function, types, arguments, options):
        if function not in _FUNCTIONS:
            raise ModelError(_unknown(function.__name__))
        return _FUNCTIONS[function](*arguments, **options)

    def __getitem__(self, place):
        return Symbols(self.graph, self.nodes[place])

    def __setitem__(self, place, value):
        self.nodes[place] = _nodes(value, self.graph)

    def __len__(self):
        return len(self.nodes)

    def __iter__(self):
        return (self[i] for i in range(len(self)))

    def __bool__(self):
        return bool(self.nodes.item())  # which a node refuses, and says what to write instead

    __float__ = __int__ = __bool__

    @property
    def shape(self) -> tuple[int, ...]:
        """Length along each axis."""
        return self.nodes.shape

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return self.nodes.ndim

    def sum(self, axis: int | None = None) -> "Symbols":
        """Add up along an axis, as an array of numbers does.

        Parameters
        ----------
        axis : [1], one, or None
            Number of the axis; all of them when None.
        """
        return Symbols(self.graph, self.nodes.sum(axis=axis))

    def copy(self) -> "Symbols":
        """Copy the block, so that rows can be set in it."""
        return Symbols(self.graph, self.nodes.copy())


def _unknown(name: str) -> str:
    known = sorted({each.__name__ for each in (*_RULES, *_FUNCTIONS)})
    return f"np.{name} has no formula; an action that is to be printed may use + - * / ** and np.{', np.'.join(known)}"
