"""Print straight-line programs as functions in LLVM's intermediate language."""

from collections import Counter
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

    products = _fusible(lines, targets)
    for line in lines:
        if line.to not in products:
            known[line.to] = _sum(code, line, products, value) or _operation(code, line.op, [value(a) for a in line.args])
    for place, register in enumerate(targets):
        code.put(value(register), "%out", place)
    return code.text()


def _fusible(lines, targets):
    """Products that are used once, in a sum or difference: they need no line of their own."""
    uses = Counter(register for line in lines for register in line.args)
    uses.update(targets)
    summed = {register for line in lines if line.op in "+-" for register in line.args}
    return {line.to: line.args for line in lines if line.op == "*" and uses[line.to] == 1 and line.to in summed}


def _sum(code, line, products, value):
    """A sum or difference with a product in it as one operation; nothing where there is none."""
    at = next((i for i in (1, 0) if line.args[i] in products), None) if line.op in "+-" else None
    if at is None:
        return None
    a, b = map(value, products[line.args[at]])
    rest = line.args[1 - at]
    c = code.op("fmul", *map(value, products[rest])) if rest in products else value(rest)
    if line.op == "-":
        a, c = (_negative(code, a), c) if at else (a, _negative(code, c))
    return code.fused(a, b, c)


def _negative(code, x):
    return code.new(f"fneg {code.vector} {x}")


def _operation(code, op, args):
    if op in _PLAIN:
        return code.op(_PLAIN[op], *args)
    if op == "neg":
        return _negative(code, args[0])
    if op == "branch":
        return code.select(code.compare("ogt", args[0], "zeroinitializer"), *args[1:])
    return CALLS[op](code, *args)
