"""Print a graph as straight-line Python, twice: for blocks of patients (NumPy, in place) and for one patient (floats).

The text holds nothing but generated names and numbers written by `repr`; no name, label or text of a model ever enters it.
Both texts do the same operations in the same order, so a patient gets the same bits from either.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from simsolid.engines.scalar import FLOAT_CALLS
from simsolid.graph import Node
from simsolid.trace import reachable

_CALLS = {
    "+": "add", "-": "subtract", "*": "multiply", "/": "divide", "neg": "negative", "exp": "exp", "log": "log",
    "sqrt": "sqrt", "pow": "power",
}  # fmt: skip
_ARRAYS = {name: getattr(np, name) for name in (*_CALLS.values(), "greater", "copyto")} | {"zero": np.array(0.0)}
_KINDS = "xpqwb"  # state, parameter, derived from parameters, factorisation, right-hand side
# Up to this many patients plain floats beat NumPy, whose cost per call does not fall with the width.
FEW = 6
# Powers up to this one are written as products: faster than a real power, and right for negative bases.
_LARGEST_PRODUCT = 8


@dataclass(frozen=True)
class _Line:
    """One operation on registers: numbers for values made here, texts for inputs and constants."""

    op: str
    to: int
    args: tuple


@dataclass(frozen=True, eq=False)
class Program:
    """Straight-line code that computes some values of a graph.

    Parameters
    ----------
    targets : nodes
        Values to compute, one per output row.
    known : texts by node
        Values at hand beside the leaves, by the name of the input row that holds them, such as ``q3``.
    consumed : letter, or nothing
        Kind of input whose rows may be overwritten.
    """

    targets: Sequence[Node]
    known: Mapping[Node, str] = field(default_factory=dict)
    consumed: str = ""

    @cached_property
    def lowered(self) -> tuple[list[_Line], list[int | str], dict[str, float]]:
        """Operations on registers, the register of each target, and the constants by name."""
        return _lower(self.targets, self.known)

    @cached_property
    def _placed(self):
        return _place(*self.lowered[:2], self.consumed)

    @property
    def operations(self) -> int:
        """Number of operations per patient."""
        return len(self.lowered[0])

    @cached_property
    def reads(self) -> dict[str, list[int]]:
        """Places of the input rows that are read, by kind."""
        lines, targets, _ = self.lowered
        found: dict[str, list[int]] = {kind: [] for kind in _KINDS}
        for name in _inputs(lines, targets):
            found[name[0]].append(int(name[1:]))
        return {kind: sorted(places) for kind, places in found.items()}

    @cached_property
    def scratch(self) -> int:
        """Number of scratch rows that the array code needs."""
        return self._placed[1]

    @cached_property
    def arrays(self) -> Callable:
        """Function of (t, g, rows by kind, output rows, scratch rows, mask) that works on blocks in place."""
        constants = {name: np.array(value) for name, value in self.lowered[2].items()}
        return _compile(self.array_source, _ARRAYS | constants)

    @cached_property
    def floats(self) -> Callable:
        """Function of (t, g, rows by kind) on floats that returns a tuple."""
        return _compile(self.float_source, FLOAT_CALLS)

    @cached_property
    def array_source(self) -> str:
        """Text of the array code."""
        lines, count = self._placed
        used = _inputs(lines)
        head = ["def program(t0, g0, rows, out, scratch, mask):", *_unpack(used)]
        head += [f"    ({''.join(f's{i},' for i in range(count))}) = scratch[:{count}]"] if count else []
        head += [f"    ({''.join(f'o{i},' for i in range(len(self.targets)))}) = out"] if self.targets else []
        return "\n".join(head + [f"    {text}" for line in lines for text in _array_text(line)] + ["    return out"])

    @cached_property
    def float_source(self) -> str:
        """Text of the float code."""
        lines, targets, constants = self.lowered

        def name(register):
            if isinstance(register, int):
                return f"v{register}"
            return f"({constants[register]!r})" if register in constants else register

        body = [f"    v{line.to} = {_float_text(line.op, *(name(a) for a in line.args))}" for line in lines]
        head = ["def program(t0, g0, rows):", *_unpack(_inputs(lines, targets))]
        return "\n".join([*head, *body, f"    return ({''.join(f'{name(r)},' for r in targets)})"])

    def block(self, t: np.ndarray, rows: Mapping[str, Sequence | np.ndarray], g: np.ndarray | None = None) -> np.ndarray:
        """Compute the values of a block of patients, in fresh memory.

        Parameters
        ----------
        t : [day], one per patient
            Time.
        rows : blocks by kind
            Input rows, each block of shape (rows, patients); rows that are not read may be None.
        g : [1/day], one per patient
            Shift of the Jacobian, where the code needs it.

        Returns
        -------
        block (targets, patients)
        """
        t = np.asarray(t, dtype=float)
        with np.errstate(all="ignore"):
            if t.size > FEW:
                return self._in_arrays(t, rows, g)
            shift = [None] * t.size if g is None else np.asarray(g, dtype=float).tolist()
            found = [self.alone(t[k].item(), shift[k], {kind: _column(block, k) for kind, block in rows.items()})
                     for k in range(t.size)]  # fmt: skip
        return np.ascontiguousarray(np.array(found, dtype=float).reshape(t.size, len(self.targets)).T)

    def alone(self, t: float | None, g: float | None, rows: Mapping[str, Sequence]) -> tuple[float, ...]:
        """Compute the values of one patient, from numbers and to numbers; the same bits as in a block.

        Parameters
        ----------
        t : [day], one, or nothing where it is not read
            Time.
        g : [1/day], one, or nothing where it is not read
            Shift of the Jacobian.
        rows : numbers by kind
            Input rows.
        """
        try:
            return self.floats(t, g, rows)
        except ZeroDivisionError:  # floats refuse what NumPy answers with inf
            # NumPy may take another path for one number than for several; two equal columns keep the bits.
            twice = {kind: [None if row is None else np.repeat(row, 2) for row in block] for kind, block in rows.items()}
            time, shift = np.repeat(0.0 if t is None else t, 2), None if g is None else np.repeat(g, 2)
            return tuple(self._in_arrays(time, twice, shift)[:, 0].tolist())

    def _in_arrays(self, t, rows, g):
        out = np.empty((len(self.targets), t.size))
        lists = {kind: list(block) for kind, block in rows.items()}
        self.arrays(t, g, lists, list(out), list(np.empty((self.scratch, t.size))), np.empty(t.size, dtype=bool))
        return out


def _column(block, k):
    if isinstance(block, np.ndarray):
        return block[:, k].tolist()
    return [None if row is None else float(row[k]) for row in block]


def _compile(source, names):
    space = {"__builtins__": {}, **names}
    exec(compile(source, "<simsolid generated>", "exec"), space)
    return space["program"]


def _leaf_name(node):
    kind, place = node.value
    return f"{kind}{place}"


def _lower(targets, known):
    """Operations on registers, the register of each target, and the constants by name."""
    lines, place, constants = [], dict(known), {}
    for node in reachable(targets, known):
        if node.op == "leaf":
            place[node] = _leaf_name(node)
        elif node.op == "const":
            place[node] = f"c{len(constants)}"
            constants[place[node]] = node.value
        else:
            place[node] = _lower_one(node, [place[a] for a in node.args], lines, constants)
    return lines, [place[target] for target in targets], constants


def _lower_one(node, args, lines, constants):
    def line(op, *registers):
        lines.append(_Line(op, len(lines), registers))
        return len(lines) - 1

    exponent = node.args[1].value if node.op == "pow" and node.args[1].op == "const" else None
    if exponent is None or not float(exponent).is_integer() or abs(exponent) > _LARGEST_PRODUCT:
        return line(node.op, *args)
    result, square, left = None, args[0], abs(int(exponent))
    while left:
        if left & 1:
            result = square if result is None else line("*", result, square)
        left >>= 1
        if left:
            square = line("*", square, square)
    if exponent > 0:
        return result
    constants["one"] = 1.0
    return line("/", "one", result)


def _place(lines, targets, consumed):
    """Give every register a row: its output row, or a scratch row that is free again after its last use."""
    rows = {}
    for row, register in enumerate(targets):
        if isinstance(register, int):
            rows.setdefault(register, f"o{row}")
    last = {a: i for i, line in enumerate(lines) for a in line.args}
    final, placed, free, count = set(targets), [], [], 0
    name = {}
    for i, line in enumerate(lines):
        args = tuple(name.get(a, a) for a in line.args)
        ending = [a for a in dict.fromkeys(line.args) if last[a] == i and _reusable(a, final, consumed)]
        released = [name.get(a, a) for a in ending]
        if line.op != "branch":  # a branch writes its row before it has read all its arguments
            free += released
        if line.to in rows:
            name[line.to] = rows[line.to]
        elif free:
            name[line.to] = free.pop()
        else:
            name[line.to], count = f"s{count}", count + 1
        if line.op == "branch":
            free += released
        placed.append(_Line(line.op, name[line.to], args))
    for row, register in enumerate(targets):
        source = name.get(register, register)
        if source != f"o{row}":
            placed.append(_Line("copy", f"o{row}", (source,)))
    return placed, count


def _reusable(register, final, consumed):
    return register not in final and (isinstance(register, int) or (bool(consumed) and register[0] == consumed))


def _inputs(lines, targets=()):
    """Names of the input rows that are read; time and shift are arguments of their own."""
    registers = {*targets, *(a for line in lines for a in line.args)}
    return {r for r in registers if isinstance(r, str) and r[0] in _KINDS and r[1:].isdigit()}


def _unpack(used):
    kinds = {}
    for register in used:
        kinds.setdefault(register[0], []).append(int(register[1:]))
    lines = []
    for kind, places in sorted(kinds.items()):
        lines.append(f"    {kind} = rows[{kind!r}]")
        if sorted(places) == list(range(max(places) + 1)):
            lines.append(f"    ({''.join(f'{kind}{i},' for i in range(len(places)))}) = {kind}[:{len(places)}]")
        else:
            lines += [f"    {kind}{i} = {kind}[{i}]" for i in sorted(places)]
    return lines


def _array_text(line):
    if line.op == "copy":
        return [f"copyto({line.to}, {line.args[0]})"]
    if line.op == "branch":
        condition, yes, no = line.args
        return [
            f"greater({condition}, zero, mask)",
            f"copyto({line.to}, {no})",
            f"copyto({line.to}, {yes}, where=mask)",
        ]
    return [f"{_CALLS[line.op]}({', '.join((*line.args, line.to))})"]


def _float_text(op, *args):
    if op in "+-*/":
        return f"{args[0]} {op} {args[1]}"
    if op == "neg":
        return f"-{args[0]}"
    if op == "branch":
        return f"{args[1]} if {args[0]} > 0.0 else {args[2]}"
    return f"{_CALLS[op]}({', '.join(args)})"
