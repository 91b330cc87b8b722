"""What formulas of a file amount to: on numbers, on arrays of patients and on traced symbols alike."""

from collections.abc import Callable, Mapping
from functools import reduce
from itertools import pairwise
from typing import Any

import numpy as np

from simsolid.errors import ModelError
from simsolid.graph import STATE
from simsolid.sbml_read.trees import Tree
from simsolid.symbols import Symbols
from simsolid.terms import label, where_positive


def _power(base: Any, exponent: Any) -> Any:
    """A power, whose exponent may depend on a state."""
    if getattr(exponent, "depends", 0) & STATE:
        return np.exp(exponent * np.log(base))
    return base**exponent


def _above(x: Any, yes: Any, no: Any) -> Any:
    """One of two values, by whether a third is above zero: numbers, arrays, nodes and rows of symbols."""
    if any(isinstance(each, Symbols) for each in (x, yes, no)):
        return np.where(x > 0.0, yes, no)
    return where_positive(x, yes, no)


def _log(*given: Any) -> Any:
    return np.log(given[-1]) / np.log(given[0] if len(given) == 2 else 10.0)


_RULES: Mapping[str, Callable] = {
    "+": lambda *each: reduce(lambda a, b: a + b, each, 0.0),
    "*": lambda *each: reduce(lambda a, b: a * b, each, 1.0),
    "-": lambda a, b: a - b,
    "/": lambda a, b: a / b,
    "neg": lambda a: -a,
    "pow": _power,
    "root": lambda *given: np.sqrt(given[0]) if len(given) == 1 else _root(*given),
    "exp": np.exp,
    "ln": np.log,
    "log": _log,
    "abs": abs,
    "max": lambda *each: reduce(lambda a, b: _above(a - b, a, b), each),
    "min": lambda *each: reduce(lambda a, b: _above(b - a, a, b), each),
    "sinh": lambda a: 0.5 * (np.exp(a) - np.exp(-a)),
    "cosh": lambda a: 0.5 * (np.exp(a) + np.exp(-a)),
    "tanh": lambda a: 1.0 - 2.0 / (np.exp(2.0 * a) + 1.0),
}
_COMPARED = {">": "<=", "<=": ">", "<": ">=", ">=": "<", "==": "!=", "!=": "=="}
_TRUTHS = (*_COMPARED, "and", "or", "xor", "not", "implies", "true", "false")


def _root(degree: Any, value: Any) -> Any:
    return np.sqrt(value) if isinstance(degree, float) and degree == 2.0 else _power(value, 1.0 / degree)


class Values:
    """Values of the quantities of one file at one time.

    Parameters
    ----------
    known : mapping of values by name
        What needs no formula: parameters, and states while a model runs.
    rules : mapping of Tree
        Formulas of other names.
    time : unit of the file's time, one per case
        The time.
    first : Values or None
        Values at the start, and ``fixed`` the names whose value there holds for good.
    fixed : texts
        Those names.
    labels : mapping of texts
        Names that values keep for printed equations.

    Examples
    --------
    >>> from simsolid.sbml_read.trees import TIME, name
    >>> Values({"k": 2.0}, {"twice": Tree("*", (name("k"), TIME))}, 3.0).named("twice")
    6.0
    """

    def __init__(self, known: Mapping[str, Any], rules: Mapping[str, Tree], time: Any, *, first: "Values | None" = None,
                 fixed: Mapping[str, Tree] | None = None, labels: Mapping[str, str] | None = None):  # fmt: skip
        self._known, self._rules, self._time = dict(known), rules, time
        self._first, self._fixed, self._labels = first, fixed or {}, labels or {}
        self._made: dict[int, Any] = {}

    def named(self, name: str) -> Any:
        """Value of a name.

        Parameters
        ----------
        name : text
            Of the file.

        Returns
        -------
        any unit, one per case
        """
        if name not in self._known:
            if name in self._fixed and self._first is not None:
                value = self._first.named(name)
            elif name in self._rules:
                value = self.of(self._rules[name])
            else:
                raise ModelError(f"'{name}' has no value")
            self._known[name] = label(self._labels[name], value) if name in self._labels else value
        return self._known[name]

    def of(self, tree: Tree) -> Any:
        """Value of a formula.

        Parameters
        ----------
        tree : Tree
            The formula.

        Returns
        -------
        any unit, one per case
        """
        if id(tree) not in self._made:
            self._made[id(tree)] = self._found(tree)
        return self._made[id(tree)]

    def _found(self, tree: Tree) -> Any:
        if tree.op == "number":
            return tree.value
        if tree.op == "time":
            return self._time
        if tree.op == "name":
            return self.named(tree.value)
        if tree.op == "piecewise":
            return self._piecewise(tree.args)
        if tree.op in _TRUTHS:
            return self._choose(tree, 1.0, 0.0)
        return _RULES[tree.op](*(self.of(arg) for arg in tree.args))

    def _piecewise(self, args: tuple[Tree, ...]) -> Any:
        value = self.of(args[-1])
        for piece, condition in reversed(list(zip(args[:-1:2], args[1:-1:2], strict=True))):
            value = self._choose(condition, self.of(piece), value)
        return value

    def _choose(self, truth: Tree, yes: Any, no: Any) -> Any:
        """One of two values, by a truth: only where one number exceeds another, which is what a graph can tell."""
        args = truth.args
        if truth.op in ("true", "false"):
            return yes if truth.op == "true" else no
        if truth.op == "not":
            return self._choose(args[0], no, yes)
        if truth.op == "implies":
            return self._choose(args[0], self._choose(args[1], yes, no), yes)
        if truth.op in _COMPARED:
            pairs = list(pairwise(args))
            return self._all([lambda y, n, pair=pair: self._compared(truth.op, pair, y, n) for pair in pairs], yes, no)
        each = [lambda y, n, arg=arg: self._choose(arg, y, n) for arg in args]
        if truth.op == "and":
            return self._all(each, yes, no)
        if truth.op == "or":
            return self._all([lambda y, n, one=one: one(n, y) for one in each], no, yes)
        if truth.op == "xor":
            even = reduce(lambda sides, one: (one(sides[1], sides[0]), one(sides[0], sides[1])), each, (no, yes))
            return even[0]
        return _above(abs(self.of(truth)), yes, no)  # a number taken for a truth: anything but 0

    def _all(self, conditions: list[Callable], yes: Any, no: Any) -> Any:
        return reduce(lambda value, condition: condition(value, no), reversed(conditions), yes)

    def _compared(self, sign: str, pair: tuple[Tree, Tree], yes: Any, no: Any) -> Any:
        a, b = (self.of(each) for each in pair)
        if sign in (">=", "<=", "!="):
            return self._compared(_COMPARED[sign], pair, no, yes)
        if sign == ">":
            return _above(a - b, yes, no)
        if sign == "<":
            return _above(b - a, yes, no)
        return _above(a - b, no, _above(b - a, no, yes))
