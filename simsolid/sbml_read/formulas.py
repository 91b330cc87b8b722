"""Formulas of SBML (MathML) as trees, with the file's own functions written out; what has no counterpart is told by name."""

from collections.abc import Mapping
from typing import Any

from simsolid.sbml_read.trees import TIME, Tree, name, number

# Types of libSBML's formula trees -> operations of ours, and how many arguments they take (None: any number).
_OPERATIONS: Mapping[str, tuple[str, tuple[int, ...] | None]] = {
    "AST_PLUS": ("+", None), "AST_TIMES": ("*", None), "AST_DIVIDE": ("/", (2,)),
    "AST_POWER": ("pow", (2,)), "AST_FUNCTION_POWER": ("pow", (2,)), "AST_FUNCTION_ROOT": ("root", (1, 2)),
    "AST_FUNCTION_EXP": ("exp", (1,)), "AST_FUNCTION_LN": ("ln", (1,)), "AST_FUNCTION_LOG": ("log", (1, 2)),
    "AST_FUNCTION_ABS": ("abs", (1,)), "AST_FUNCTION_MAX": ("max", None), "AST_FUNCTION_MIN": ("min", None),
    "AST_FUNCTION_SINH": ("sinh", (1,)), "AST_FUNCTION_COSH": ("cosh", (1,)), "AST_FUNCTION_TANH": ("tanh", (1,)),
    "AST_FUNCTION_PIECEWISE": ("piecewise", None),
    "AST_RELATIONAL_GT": (">", None), "AST_RELATIONAL_GEQ": (">=", None), "AST_RELATIONAL_LT": ("<", None),
    "AST_RELATIONAL_LEQ": ("<=", None), "AST_RELATIONAL_EQ": ("==", None), "AST_RELATIONAL_NEQ": ("!=", (2,)),
    "AST_LOGICAL_AND": ("and", None), "AST_LOGICAL_OR": ("or", None), "AST_LOGICAL_XOR": ("xor", None),
    "AST_LOGICAL_NOT": ("not", (1,)), "AST_LOGICAL_IMPLIES": ("implies", (2,)),
    "AST_CONSTANT_TRUE": ("true", (0,)), "AST_CONSTANT_FALSE": ("false", (0,)),
}  # fmt: skip
_NUMBERS = ("AST_INTEGER", "AST_REAL", "AST_REAL_E", "AST_RATIONAL", "AST_CONSTANT_E", "AST_CONSTANT_PI", "AST_NAME_AVOGADRO")
# What a formula may be that we do not run, in words; the rest is told as libSBML writes it.
_REFUSED = {"AST_FUNCTION_DELAY": "a delay", "AST_FUNCTION_RATE_OF": "rateOf"}
MOST_PARTS = 100_000  # of all formulas together, functions written out


class Formulas:
    """Reads formulas of one file.

    Parameters
    ----------
    sbml : module
        libSBML.
    model : libsbml.Model
        The file's model, for its functions.
    """

    def __init__(self, sbml: Any, model: Any):
        self.sbml, self.faults, self._parts = sbml, [], 0
        self._types = {getattr(sbml, kind): told for kind, told in _OPERATIONS.items()}
        self._numbers = [getattr(sbml, kind) for kind in _NUMBERS]
        self._refused = {getattr(sbml, kind): word for kind, word in _REFUSED.items()}
        self._functions = {each.getId(): each for each in (model.getFunctionDefinition(i)
                           for i in range(model.getNumFunctionDefinitions()))}  # fmt: skip

    def read(self, math: Any, where: str, local: Mapping[str, Tree] | None = None) -> Tree:
        """Read one formula; faults are kept, each with the element it is in.

        Parameters
        ----------
        math : libsbml.ASTNode or None
            The formula.
        where : text
            Element it belongs to, for messages.
        local : mapping of Tree or None
            What names of the element's own stand for.

        Returns
        -------
        Tree
        """
        if math is None:
            return self._fault(where, "no formula")
        try:
            return self._read(math, where, local or {})
        except RecursionError:
            return self._fault(where, "its formula is nested too deeply")

    def _fault(self, where: str, said: str) -> Tree:
        told = f"{where}: {said}"
        if told not in self.faults:
            self.faults.append(told)
        return number(0.0)

    def _read(self, math: Any, where: str, local: Mapping[str, Tree]) -> Tree:
        self._parts += 1
        if self._parts > MOST_PARTS:
            return self._fault("formulas", f"more than {MOST_PARTS} parts once functions are written out")
        kind = math.getType()
        if kind in self._numbers:
            return number(math.getValue())
        if kind == self.sbml.AST_NAME_TIME:
            return TIME
        if kind == self.sbml.AST_NAME:
            return local.get(math.getName()) or name(math.getName())
        if kind in self._refused:
            return self._fault(where, f"{self._refused[kind]} in its formula")
        arguments = tuple(self._read(math.getChild(i), where, local) for i in range(math.getNumChildren()))
        if kind == self.sbml.AST_FUNCTION:
            return self._called(math.getName(), arguments, where)
        return self._applied(math, arguments, where)

    def _applied(self, math: Any, arguments: tuple[Tree, ...], where: str) -> Tree:
        kind, count = math.getType(), len(arguments)
        if kind == self.sbml.AST_MINUS and count in (1, 2):
            return Tree("neg" if count == 1 else "-", arguments)
        told, counts = self._types.get(kind, ("", ()))
        if told == "piecewise" and count % 2 == 0:
            return self._fault(where, "piecewise without otherwise in its formula")
        if not told or (counts is not None and count not in counts):
            said = math.getName() or self.sbml.formulaToL3String(math).partition("(")[0]
            return self._fault(where, f"'{said}' with {count} argument{'s' * (count != 1)} in its formula")
        return Tree(told, arguments)

    def _called(self, called: str, arguments: tuple[Tree, ...], where: str) -> Tree:
        """A function of the file, written out with what it is called with."""
        function = self._functions.get(called)
        if function is None or function.getNumArguments() != len(arguments) or function.getBody() is None:
            return self._fault(where, f"function '{called}' with {len(arguments)} arguments is not one of the file's")
        bound = {function.getArgument(i).getName(): each for i, each in enumerate(arguments)}
        return self._read(function.getBody(), f"function '{called}'", bound)
