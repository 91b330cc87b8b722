"""Nodes of a traced graph as formulas of SBML (MathML)."""

from collections import Counter
from collections.abc import Container, Iterable, Mapping
from typing import Any

from simsolid.graph import Node
from simsolid.trace import reachable

# Operations of the graph -> types of libSBML's formula trees; a branch and a leaf are written out below.
_TYPES = {
    "+": "AST_PLUS", "-": "AST_MINUS", "neg": "AST_MINUS", "*": "AST_TIMES", "/": "AST_DIVIDE", "pow": "AST_FUNCTION_POWER",
    "exp": "AST_FUNCTION_EXP", "log": "AST_FUNCTION_LN", "sqrt": "AST_FUNCTION_ROOT",
}  # fmt: skip

# 1 above zero, 0 at zero and below, exactly, without a choice.
STEP = "lambda(x, (x + abs(x)) / (2 * abs(x) + 1e-300))"


def repeated(targets: Iterable[Node], wanted: Container[Node] = ()) -> list[Node]:
    """List the computed values that deserve a name of their own: used more than once, labelled or wanted.

    Parameters
    ----------
    targets : nodes
        Values to be printed.
    wanted : nodes
        Those that get a name in any case.

    Returns
    -------
    nodes
        Each after those it uses.

    Examples
    --------
    >>> from simsolid.graph import Graph
    >>> x = Graph().leaf("x", 0)
    >>> [node.op for node in repeated([(x + 1.0) * (x + 1.0)])]
    ['+']
    """
    order = reachable(targets)
    uses = Counter(argument for node in order for argument in node.args)
    return [node for node in order if node.args and (uses[node] > 1 or node.label is not None or node in wanted)]


class Formulas:
    """Prints nodes as formula trees.

    Parameters
    ----------
    sbml : module
        libSBML.
    leaves : mapping of (kind, place) to text
        Identifiers of inputs; None stands for the simulator's own time.
    known : mapping of nodes to texts
        Identifiers of values that have a rule of their own; it may grow between calls.
    step : text or None
        Identifier of a function that is :data:`STEP`, with which branches are then written; piecewise when None.
    """

    def __init__(
        self,
        sbml: Any,
        leaves: Mapping[tuple[str, int], str | None],
        known: Mapping[Node, str],
        step: str | None = None,
    ):
        self.sbml, self.leaves, self.known, self.step = sbml, leaves, known, step

    def of(self, root: Node) -> Any:
        """Formula of a value; values with a rule of their own stand in it by name.

        Parameters
        ----------
        root : node
            The value.

        Returns
        -------
        libsbml.ASTNode
        """
        made: dict[Node, Any] = {}
        for node in reachable([root], known=self.known):
            if node.args:  # a value without a name is used once, so its tree can be moved into its user's
                made[node] = self._applied(node, [made.pop(a) if a in made else self._named(a) for a in node.args])
        return made.pop(root) if root in made else self._named(root)

    def name(self, identifier: str) -> Any:
        """Formula that is one identifier.

        Parameters
        ----------
        identifier : text
            Of a quantity of the file.

        Returns
        -------
        libsbml.ASTNode
        """
        found = self.sbml.ASTNode(self.sbml.AST_NAME)
        found.setName(identifier)
        return found

    def number(self, value: float) -> Any:
        """Formula that is one number.

        Parameters
        ----------
        value : any unit, one
            The number.

        Returns
        -------
        libsbml.ASTNode
        """
        found = self.sbml.ASTNode(self.sbml.AST_REAL)
        found.setValue(float(value))
        return found

    def time(self) -> Any:
        """Formula that is the simulator's time.

        Returns
        -------
        libsbml.ASTNode
        """
        found = self.sbml.ASTNode(self.sbml.AST_NAME_TIME)
        found.setName("time")
        return found

    def tree(self, kind: str, *arguments: Any) -> Any:
        """Formula that applies one operation.

        Parameters
        ----------
        kind : text
            Name of the type in libSBML.
        arguments : libsbml.ASTNode
            Formulas, which become part of the new one.

        Returns
        -------
        libsbml.ASTNode
        """
        found = self.sbml.ASTNode(getattr(self.sbml, kind))
        for each in arguments:
            found.addChild(each)
        return found

    def above_zero(self, condition: Any) -> Any:
        """Formula of a truth: whether another is above zero.

        Parameters
        ----------
        condition : libsbml.ASTNode
            The other.

        Returns
        -------
        libsbml.ASTNode
        """
        return self.tree("AST_RELATIONAL_GT", condition, self.number(0.0))

    def _named(self, node):
        if node in self.known:
            return self.name(self.known[node])
        if node.op == "const":
            return self.number(node.value)
        identifier = self.leaves[node.value]
        return self.time() if identifier is None else self.name(identifier)

    def _applied(self, node, arguments):
        if node.op == "branch":
            return self._branch(*arguments) if self.step else self._piecewise(*arguments)
        return self.tree(_TYPES[node.op], *arguments)

    def _piecewise(self, condition, yes, no):
        return self.tree("AST_FUNCTION_PIECEWISE", yes, self.above_zero(condition), no)

    def _branch(self, condition, yes, no):
        rest = self.tree("AST_MINUS", self.number(1.0), self._step(condition.deepCopy()))
        return self.tree("AST_PLUS", self.tree("AST_TIMES", self._step(condition), yes), self.tree("AST_TIMES", rest, no))

    def _step(self, condition):
        found = self.tree("AST_FUNCTION", condition)
        found.setName(self.step)
        return found
