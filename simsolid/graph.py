"""The graph of an expression: values that remember how they were computed.

Equal expressions are one node, so a value used in ten places is computed once; sums with 0 and products with 0 or 1
disappear as they are written, which is what keeps a Jacobian sparse.
"""

import math
import operator
from collections.abc import Callable

import numpy as np

from simsolid.errors import ModelError

# What a value can depend on, as bits, so that a node's dependence is the union of its arguments'.
STATE, TIME, PARAMETER, ENGINE = 1, 2, 4, 8
_DEPENDS = {"x": STATE, "t": TIME, "p": PARAMETER}
_FOLDS: dict[str, Callable] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "pow": operator.pow, "neg": operator.neg,
    "exp": math.exp, "log": math.log, "sqrt": math.sqrt, "branch": lambda a, b, c: b if a > 0 else c,
}  # fmt: skip
_NO_CHOICE = (
    "rates: the value of a symbol was asked for (a Python `if`, a comparison, float() or math.exp), which has none yet; an "
    "equation must read the same for every patient; write where_positive(condition, yes, no) for `if`, and np.exp, np.log, "
    "np.sqrt for math"
)


class Graph:
    """Table of the nodes of one trace, in which equal expressions are one node."""

    __slots__ = ("_table",)

    def __init__(self):
        self._table = {}

    def leaf(self, kind: str, place: int) -> "Node":
        """Return the input number ``place`` of a kind (``t`` time, ``x`` state, ``p`` parameter, others for engines).

        Parameters
        ----------
        kind : text
            Letter of the kind.
        place : [1], one
            Position among the inputs of that kind.
        """
        return self._find("leaf", (), (kind, place), _DEPENDS.get(kind, ENGINE))

    def constant(self, value: float) -> "Node":
        """Return the node of a number.

        Parameters
        ----------
        value : [1], one
            Any finite number; -0.0 is taken as 0.0.
        """
        value = float(value)
        if not math.isfinite(value):
            raise ModelError(f"rates: a constant of the equations is {value}; it must be finite")
        return self._find("const", (), value + 0.0, 0)

    def make(self, op: str, *args: "Node") -> "Node":
        """Return the node of an operation, computed here and now when all its arguments are numbers.

        Parameters
        ----------
        op : text
            One of ``+ - * / pow neg exp log sqrt branch``.
        args : nodes
            What it is applied to.
        """
        if all(a.op == "const" for a in args):
            try:
                return self.constant(_FOLDS[op](*(a.value for a in args)))
            except (ArithmeticError, ValueError, TypeError) as fault:
                numbers = ", ".join(repr(a.value) for a in args)
                raise ModelError(f"rates: {op} of {numbers} has no finite value ({fault})") from None
        depends = 0
        for a in args:
            depends |= a.depends
        return self._find(op, args, None, depends)

    def _find(self, op, args, value, depends):
        # Nodes are told apart by position in the table: ids of dead objects could be handed out twice.
        key = (op, value, *(a.index for a in args))
        node = self._table.get(key)
        if node is None:
            node = self._table[key] = Node(self, op, args, value, depends, len(self._table))
        return node


class Node:
    """One value of the graph: behaves like a number in arithmetic, remembers how it was computed.

    Parameters
    ----------
    graph : graph
        The table it belongs to.
    op : text
        ``leaf``, ``const`` or an operation.
    args : nodes
        What the operation is applied to.
    value : any
        The number of a constant; kind and place of a leaf.
    depends : [1], one
        Union of STATE, TIME, PARAMETER and ENGINE (inputs that only an engine knows).
    index : [1], one
        Position in the table; arguments always come before their use.
    """

    __slots__ = ("args", "depends", "graph", "index", "label", "op", "value")

    def __init__(self, graph, op, args, value, depends, index):
        self.graph, self.op, self.args, self.value, self.depends, self.index = graph, op, args, value, depends, index
        self.label = None

    def _wrap(self, other):
        if isinstance(other, Node):
            if other.graph is not self.graph:
                raise ModelError("rates: a value from another trace was used; build the model's values inside its own functions")
            return other
        if isinstance(other, (int, float, np.number)):
            return self.graph.constant(other)
        return None

    def __add__(self, other):
        other = self._wrap(other)
        return NotImplemented if other is None else _add(self, other)

    __radd__ = __add__

    def __sub__(self, other):
        other = self._wrap(other)
        return NotImplemented if other is None else _subtract(self, other)

    def __rsub__(self, other):
        other = self._wrap(other)
        return NotImplemented if other is None else _subtract(other, self)

    def __mul__(self, other):
        other = self._wrap(other)
        return NotImplemented if other is None else _multiply(self, other)

    __rmul__ = __mul__

    def __truediv__(self, other):
        other = self._wrap(other)
        return NotImplemented if other is None else _divide(self, other)

    def __rtruediv__(self, other):
        other = self._wrap(other)
        return NotImplemented if other is None else _divide(other, self)

    def __pow__(self, other):
        other = self._wrap(other)
        return NotImplemented if other is None else _power(self, other)

    def __rpow__(self, other):
        other = self._wrap(other)
        return NotImplemented if other is None else _power(other, self)

    def __neg__(self):
        return _negative(self)

    def __pos__(self):
        return self

    def __abs__(self):
        return self.branch(self, -self)

    def exp(self) -> "Node":
        """Return e to the power of this value."""
        return self.graph.make("exp", self)

    def log(self) -> "Node":
        """Return the natural logarithm of this value."""
        return self.graph.make("log", self)

    def sqrt(self) -> "Node":
        """Return the square root of this value."""
        return self.graph.make("sqrt", self)

    def branch(self, yes, no) -> "Node":
        """Return ``yes`` where this value is above zero, else ``no``; both are computed.

        Parameters
        ----------
        yes, no : node or number
            The two values to choose from.
        """
        yes, no = self._wrap(yes), self._wrap(no)
        if yes is None or no is None:
            raise ModelError("rates: both sides of a branch must be numbers or values of the model")
        if yes is no or self.op == "const":
            return yes if yes is no or self.value > 0 else no
        return self.graph.make("branch", self, yes, no)

    def named(self, label: str) -> "Node":
        """Remember a label for printing equations, and return the same value.

        Parameters
        ----------
        label : text
            Name shown instead of the expression; the first label given to a value stays.
        """
        if self.label is None and self.op not in ("leaf", "const"):
            self.label = str(label)
        return self

    def __eq__(self, other):
        if isinstance(other, Node):
            return self is other
        raise ModelError(_NO_CHOICE)

    def __hash__(self):
        return id(self) >> 4

    def _no_choice(self, *_):
        raise ModelError(_NO_CHOICE)

    __bool__ = __lt__ = __le__ = __gt__ = __ge__ = __float__ = __int__ = __index__ = _no_choice

    def __repr__(self):
        inside = ", ".join(f"#{a.index}" for a in self.args) if self.args else repr(self.value)
        return f"Node #{self.index} {self.op}({inside})"


def _is(node, number):
    return node.op == "const" and node.value == number


def _below_zero(node):
    return node.op == "const" and node.value < 0.0


def _ordered(op, a, b):
    return a.graph.make(op, *((a, b) if a.index <= b.index else (b, a)))


def _negative(a):
    if a.op == "neg":
        return a.args[0]
    if a.op == "-":
        return a.graph.make("-", a.args[1], a.args[0])
    return a.graph.make("neg", a)


def _add(a, b):
    if a.op == b.op == "const":
        return a.graph.make("+", a, b)
    if _is(a, 0.0):
        return b
    if _is(b, 0.0):
        return a
    for one, other in ((b, a), (a, b)):
        if one.op == "neg":
            return _subtract(other, one.args[0])
        if _below_zero(one):
            return _subtract(other, -one)
    return _ordered("+", a, b)


def _subtract(a, b):
    if a.op == b.op == "const":
        return a.graph.make("-", a, b)
    if _is(b, 0.0):
        return a
    if a is b:
        return a.graph.constant(0.0)
    if _is(a, 0.0):
        return _negative(b)
    if b.op == "neg":
        return _add(a, b.args[0])
    if _below_zero(b):
        return _add(a, -b)
    if a.op == "neg":
        return _negative(_add(a.args[0], b))
    return a.graph.make("-", a, b)


def _multiply(a, b):
    if _is(a, 0.0) or _is(b, 0.0):
        return a.graph.constant(0.0)
    for one, other in ((a, b), (b, a)):
        if _is(one, 1.0):
            return other
        if one.op == "neg" or _below_zero(one):
            return _negative(_multiply(-one, other))
    return _ordered("*", a, b)


def _divide(a, b):
    if _is(b, 0.0):
        raise ModelError("rates: division by the constant 0; it must not be zero")
    if _is(b, 1.0) or _is(a, 0.0):
        return a
    if a.op == "neg" or _below_zero(a):
        return _negative(_divide(-a, b))
    if b.op == "neg" or _below_zero(b):
        return _negative(_divide(a, -b))
    return a.graph.make("/", a, b)


def _power(a, b):
    if b.depends & STATE:
        raise ModelError(
            "rates: an exponent depends on a state; it must be a number, a parameter or time only; "
            "write np.exp(exponent * np.log(base)) if that is really meant"
        )
    if _is(b, 0.0):
        return a.graph.constant(1.0)
    if _is(b, 1.0):
        return a
    if _is(b, 0.5):
        return a.sqrt()
    return a.graph.make("pow", a, b)
