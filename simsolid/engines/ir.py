"""Write functions in LLVM's intermediate language, on vectors that hold one patient per lane.

The text holds nothing but generated names and numbers; no name, label or text of a model ever enters it.
"""

import struct
from collections.abc import Iterator
from contextlib import contextmanager


def number(value: float) -> str:
    """Write a number as the language wants it: all its bits.

    Parameters
    ----------
    value : [1], one

    Examples
    --------
    >>> number(1.0)
    '0x3FF0000000000000'
    """
    (bits,) = struct.unpack("<Q", struct.pack("<d", float(value)))
    return f"0x{bits:016X}"


class Code:
    """One function under construction.

    Values are texts that name registers; memory is counted in elements of the type asked for.

    Parameters
    ----------
    head : text
        From ``define`` to the closing bracket of the arguments.
    lanes : [1], one
        Patients side by side.
    """

    def __init__(self, head: str, lanes: int):
        self.lanes, self.vector, self.whole = lanes, f"<{lanes} x double>", f"<{lanes} x i64>"
        self._lines, self._count = [head + " {", "entry:"], 0
        self.block = "entry"

    def line(self, text: str) -> None:
        """Append a line.

        Parameters
        ----------
        text : text
        """
        self._lines.append("  " + text)

    def new(self, text: str) -> str:
        """Append a line that gives a value, and return its name.

        Parameters
        ----------
        text : text
        """
        self._count += 1
        self.line(f"%v{self._count} = {text}")
        return f"%v{self._count}"

    def splat(self, value: float) -> str:
        """A number in every lane.

        Parameters
        ----------
        value : [1], one
        """
        return f"splat (double {number(value)})"

    def op(self, name: str, a: str, b: str) -> str:
        """An operation on two vectors, rounded as it stands: whatever the compiler's effort, the bits are the same.

        Parameters
        ----------
        name : text
            ``fadd``, ``fsub``, ``fmul`` or ``fdiv``.
        a, b : texts
        """
        return self.new(f"{name} {self.vector} {a}, {b}")

    def fused(self, a: str, b: str, c: str) -> str:
        """``a * b + c``, rounded once where the processor can.

        Parameters
        ----------
        a, b, c : texts
        """
        given = ", ".join(f"{self.vector} {each}" for each in (a, b, c))
        return self.new(f"call {self.vector} @llvm.fmuladd.v{self.lanes}f64({given})")

    def compare(self, how: str, a: str, b: str) -> str:
        """Compare two vectors lane by lane.

        Parameters
        ----------
        how : text
            As in the language, such as ``ogt``; an ``o`` is false where either is not a number, a ``u`` is true.
        a, b : texts
        """
        return self.new(f"fcmp {how} {self.vector} {a}, {b}")

    def select(self, mask: str, yes: str, no: str, kind: str | None = None) -> str:
        """Choose lane by lane.

        Parameters
        ----------
        mask, yes, no : texts
        kind : text or None
            Type of the two values; doubles if not given.
        """
        kind = kind or self.vector
        return self.new(f"select <{self.lanes} x i1> {mask}, {kind} {yes}, {kind} {no}")

    def at(self, pointer: str, place: str | int, kind: str = "double") -> str:
        """Address of an element.

        Parameters
        ----------
        pointer : text
        place : text or number
        kind : text
            Type of the elements.
        """
        return self.new(f"getelementptr {kind}, ptr {pointer}, i64 {place}")

    def get(self, pointer: str, place: str | int = 0, kind: str | None = None) -> str:
        """Load an element; a vector of doubles unless told otherwise.

        Parameters
        ----------
        pointer : text
        place : text or number
        kind : text or None
        """
        kind = kind or self.vector
        return self.new(f"load {kind}, ptr {self.at(pointer, place, kind)}, align {self._align(kind)}")

    def put(self, value: str, pointer: str, place: str | int = 0, kind: str | None = None) -> None:
        """Store an element.

        Parameters
        ----------
        value, pointer : texts
        place : text or number
        kind : text or None
        """
        kind = kind or self.vector
        self.line(f"store {kind} {value}, ptr {self.at(pointer, place, kind)}, align {self._align(kind)}")

    def get_loose(self, pointer: str) -> str:
        """Load a vector of doubles from wherever it begins.

        Parameters
        ----------
        pointer : text
        """
        return self.new(f"load {self.vector}, ptr {pointer}, align 8")

    def put_loose(self, value: str, pointer: str, kind: str = "double") -> None:
        """Store a vector wherever it begins.

        Parameters
        ----------
        value, pointer : texts
        kind : text
            Type of its elements.
        """
        self.line(f"store <{self.lanes} x {kind}> {value}, ptr {pointer}, align {self._align(kind)}")

    def count(self, mask: str) -> str:
        """In how many lanes a truth holds.

        Parameters
        ----------
        mask : text
        """
        bits = self.new(f"bitcast <{self.lanes} x i1> {mask} to i{self.lanes}")
        return self.new(f"call i64 @llvm.ctpop.i64(i64 {self.new(f'zext i{self.lanes} {bits} to i64')})")

    def _align(self, kind):
        return {self.vector: 8 * self.lanes, self.whole: 8 * self.lanes, "float": 4, "i32": 4, "i8": 1}.get(kind, 8)

    def label(self, hint: str) -> str:
        """A fresh name for a block.

        Parameters
        ----------
        hint : text
        """
        self._count += 1
        return f"{hint}{self._count}"

    def begin(self, label: str) -> None:
        """Begin a block; the one before must have ended.

        Parameters
        ----------
        label : text
        """
        self._lines.append(f"{label}:")
        self.block = label

    def jump(self, label: str) -> None:
        """End a block.

        Parameters
        ----------
        label : text
        """
        self.line(f"br label %{label}")

    @contextmanager
    def when(self, condition: str, hint: str = "if") -> Iterator[None]:
        """What is written inside happens only where the condition (one truth) holds.

        Parameters
        ----------
        condition : text
        hint : text
        """
        yes, after = self.label(hint), self.label("then")
        self.line(f"br i1 {condition}, label %{yes}, label %{after}")
        self.begin(yes)
        yield
        self.jump(after)
        self.begin(after)

    @contextmanager
    def loop(self, count: str | int, hint: str = "loop") -> Iterator[str]:
        """What is written inside happens for each whole number below the count, which is handed out.

        Parameters
        ----------
        count : text or number
        hint : text
        """
        head, body, after, before = self.label(hint), self.label("body"), self.label("after"), self.block
        index = f"%i{self._count}"
        self.jump(head)
        self.begin(head)
        self._lines.append(f"  {index} = phi i64 [ 0, %{before} ], [ {index}n, %{body}e ]")
        more = self.new(f"icmp slt i64 {index}, {count}")
        self.line(f"br i1 {more}, label %{body}, label %{after}")
        self.begin(body)
        yield index
        self.jump(f"{body}e")
        self.begin(f"{body}e")
        self.line(f"{index}n = add i64 {index}, 1")
        self.jump(head)
        self.begin(after)

    @contextmanager
    def repeat(self, hint: str = "again") -> Iterator[str]:
        """What is written inside happens until :meth:`leave` is told to; the label to leave for is handed out.

        Parameters
        ----------
        hint : text
        """
        head, after = self.label(hint), self.label("done")
        self.jump(head)
        self.begin(head)
        yield after
        self.jump(head)
        self.begin(after)

    def leave(self, label: str, unless: str) -> None:
        """Jump out of a repetition unless the condition (one truth) holds.

        Parameters
        ----------
        label, unless : texts
        """
        on = self.label("on")
        self.line(f"br i1 {unless}, label %{on}, label %{label}")
        self.begin(on)

    def text(self, result: str = "void") -> str:
        """The finished function.

        Parameters
        ----------
        result : text
            What it returns.
        """
        return "\n".join([*self._lines, f"  ret {result}", "}"])
