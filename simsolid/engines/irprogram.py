"""Print straight-line programs as functions in LLVM's intermediate language."""

from collections.abc import Sequence

from simsolid.engines.emit import Program
from simsolid.engines.ir import Code
from simsolid.engines.irmath import CALLS

# The inputs of a program, in the order of a function's arguments; the last is where the results go.
KINDS = ("t", "g", "x", "p", "q", "w", "b")
_PLAIN = {"+": "fadd", "-": "fsub", "*": "fmul", "/": "fdiv"}


def arguments(names: Sequence[str]) -> str:
    """Pointers that do not overlap, as the arguments of a function.

    Parameters
    ----------
    names : texts

    Examples
    --------
    >>> arguments(["x", "p"])
    'ptr noalias %x, ptr noalias %p'
    """
    return ", ".join(f"ptr noalias %{name}" for name in names)


def function(name: str, program: Program, lanes: int, linkage: str = "internal") -> str:
    """Print a program as a function of pointers to its kinds of inputs, and one to where the results go.

    Parameters
    ----------
    name : text
        Of the function.
    program : Program
    lanes : [1], one
    linkage : text
        Empty for a function that is called from outside.
    """
    code = Code(f"define {linkage} void @{name}({arguments([*KINDS, 'out'])}) noinline nounwind", lanes)
    lines, targets, constants = program.lowered
    known: dict = {}

    def value(register):
        if register not in known:
            if register in constants:
                known[register] = code.splat(constants[register])
            else:  # an input row, such as x3
                known[register] = code.get(f"%{register[0]}", int(register[1:]))
        return known[register]

    for line in lines:
        known[line.to] = _operation(code, line.op, [value(a) for a in line.args])
    for place, register in enumerate(targets):
        code.put(value(register), "%out", place)
    return code.text()


def _operation(code, op, args):
    if op in _PLAIN:
        return code.op(_PLAIN[op], *args)
    if op == "neg":
        return code.new(f"fneg {code.vector} {args[0]}")
    if op == "branch":
        return code.select(code.compare("ogt", args[0], "zeroinitializer"), *args[1:])
    return CALLS[op](code, *args)
