"""Print a traced model as equations in LaTeX, from the same graph that the engines run."""

from collections import Counter
from collections.abc import Mapping

import numpy as np

from simsolid.graph import Node
from simsolid.trace import Traced, reachable

# How tightly each operation binds; an argument that binds less than its place demands goes in parentheses.
_SUM, _PRODUCT, _SIGN, _ATOM = range(4)
_BINDS = {"+": _SUM, "-": _SUM, "*": _PRODUCT, "neg": _SIGN} | dict.fromkeys(("pow", "/", "exp", "log", "branch"), _SIGN)


def equations(traced: Traced, symbols: Mapping[str, str] | None = None) -> list[str]:
    """Write one equation per labelled value and one per state.

    Parameters
    ----------
    traced : Traced
        The model.
    symbols : mapping of names to LaTeX texts, or nothing
        How to print states, parameters and labels; a name not listed is printed upright as a word.

    Returns
    -------
    texts
        Labelled values first, each after those it uses; then ``d/dt`` of each state in the order of the model.

    Examples
    --------
    >>> from simsolid.trace import trace
    >>> model = trace(lambda t, x, p: [(-p[0] * x[0]).named("loss")], ["cells"], ["loss_rate"])
    >>> for line in equations(model, {"cells": "E", "loss_rate": "k", "loss": "L"}):
    ...     print(line)
    L = -k\\,E
    \\frac{\\mathrm{d}E}{\\mathrm{d}t} = L
    """
    return _Printer(traced, symbols or {}).equations()


class _Printer:
    def __init__(self, traced, symbols):
        self.traced, self.symbols = traced, symbols
        self.known = {}
        self._names = Counter()

    def equations(self):
        lines = []
        targets = [*self.traced.rates, *self.traced.outputs.values(), *self.traced.triggers.values()]
        for node in reachable(targets):
            if node.label is not None:
                text = self._expression(node)
                self.known[node] = self._label(node.label)
                lines.append(f"{self.known[node]} = {text}")
        for name, rate in zip(self.traced.states, self.traced.rates, strict=True):
            symbol = self._symbol(name)
            lines.append(rf"\frac{{\mathrm{{d}}{symbol}}}{{\mathrm{{d}}t}} = {self._print(rate, _SUM)}")
        return lines

    def _label(self, label):
        """Two values may carry one label, such as the same flow in two lesions; the second one gets a number."""
        self._names[label] += 1
        symbol, count = self._symbol(label), self._names[label]
        return symbol if count == 1 else rf"{{{symbol}}}^{{({count})}}"

    def _symbol(self, name):
        return self.symbols.get(name) or rf"\mathrm{{{_escaped(name)}}}"

    def _print(self, node, demanded):
        if node in self.known:
            return self.known[node]
        text = self._expression(node)
        return rf"\left({text}\right)" if self._binding(node) < demanded else text

    def _binding(self, node):
        if node.op == "const":
            return _PRODUCT if "times" in _number(node.value) else _SIGN if node.value < 0 else _ATOM
        return _BINDS.get(node.op, _ATOM)

    def _expression(self, node: Node) -> str:
        return getattr(self, _WRITERS[node.op])(node)

    def _leaf(self, node):
        kind, place = node.value
        if kind == "t":
            return "t"
        return self._symbol((self.traced.states if kind == "x" else self.traced.parameters)[place])

    def _const(self, node):
        return _number(node.value)

    def _sum(self, node):
        a, b = _parts_in_order(node)
        return f"{self._print(a, _SUM)} + {self._print(b, _PRODUCT)}"

    def _difference(self, node):
        return f"{self._print(node.args[0], _SUM)} - {self._print(node.args[1], _PRODUCT)}"

    def _product(self, node):
        a, b = _parts_in_order(node)
        return rf"{self._print(a, _PRODUCT)}\,{self._print(b, _PRODUCT)}"

    def _quotient(self, node):
        return rf"\frac{{{self._print(node.args[0], _SUM)}}}{{{self._print(node.args[1], _SUM)}}}"

    def _negative(self, node):
        return f"-{self._print(node.args[0], _PRODUCT)}"

    def _power(self, node):
        return f"{{{self._print(node.args[0], _ATOM)}}}^{{{self._print(node.args[1], _SUM)}}}"

    def _exp(self, node):
        return rf"\mathrm{{e}}^{{{self._print(node.args[0], _SUM)}}}"

    def _log(self, node):
        return rf"\ln\left({self._print(node.args[0], _SUM)}\right)"

    def _sqrt(self, node):
        return rf"\sqrt{{{self._print(node.args[0], _SUM)}}}"

    def _branch(self, node):
        condition, yes, no = (self._print(a, _SUM) for a in node.args)
        return rf"\begin{{cases}} {yes} & {condition} > 0 \\ {no} & \text{{otherwise}} \end{{cases}}"


_WRITERS = {
    "leaf": "_leaf", "const": "_const", "+": "_sum", "-": "_difference", "*": "_product", "/": "_quotient",
    "neg": "_negative", "pow": "_power", "exp": "_exp", "log": "_log", "sqrt": "_sqrt", "branch": "_branch",
}  # fmt: skip


def _parts_in_order(node):
    """Numbers first, then parameters, states and time, then the rest; the graph keeps no order of its own."""
    return sorted(node.args, key=lambda a: "pxt".index(a.value[0]) if a.op == "leaf" else (-1 if a.op == "const" else 3))


def _number(value):
    if value == int(value) and abs(value) < 1e6:
        return str(int(value))
    if 1e-4 <= abs(value) < 1e6:
        return repr(value)
    digits, _, power = np.format_float_scientific(value, trim="-").partition("e")
    sign, digits = ("-", digits[1:]) if digits.startswith("-") else ("", digits)
    return rf"{sign}10^{{{int(power)}}}" if digits == "1" else rf"{sign}{digits} \times 10^{{{int(power)}}}"


def _escaped(name):
    return "".join(rf"\{c}" if c in "_%&#${}" else c for c in name)
