"""What an integration needs to know of a model, whoever the patients are: prepared once and kept with the model."""

from collections.abc import Iterable
from functools import cached_property
from weakref import WeakKeyDictionary

from simsolid.engines import tableau
from simsolid.engines.elimination import eliminate
from simsolid.engines.emit import Program
from simsolid.errors import ModelError, nearest
from simsolid.graph import PARAMETER, Node
from simsolid.trace import Traced, reachable

# Measured with 16 and 59 states: wider blocks cost less per case, since a call of NumPy costs about as much as the work on 1,500
# numbers, until some thousand cases; beyond, memory begins to tell.
_BLOCK_BYTES, _NARROWEST, _WIDEST = 96 * 2**20, 64, 4096
_PLANS: WeakKeyDictionary = WeakKeyDictionary()


def plan_of(traced: Traced) -> "Plan":
    """Return the plan of a model, made on first use.

    Parameters
    ----------
    traced : Traced
        The model's graph.
    """
    plan = _PLANS.get(traced)
    if plan is None:
        plan = _PLANS[traced] = Plan(traced)
    return plan


class Plan:
    """The programs of one model.

    Parameters
    ----------
    traced : Traced
        The model's graph.
    """

    def __init__(self, traced: Traced):
        self.states, self.parameters = traced.states, traced.parameters
        self._graph = traced.graph
        self._rates, self._outputs, self._watched = traced.rates, traced.outputs, traced.triggers
        self.entries = tuple(traced.jacobian)
        self.moving = tuple(traced.time_derivative)  # rows whose rate depends on time itself
        self._slopes = tuple(traced.time_derivative.values())
        self._jacobian = tuple(traced.jacobian.values())
        self._elimination = eliminate(traced)
        self._states = {name: self._graph.leaf("x", place) for place, name in enumerate(self.states)}
        self._programs: dict[tuple, Program] = {}

    @property
    def sparse(self) -> bool:
        """Whether the elimination is written out; if not, a batched dense inverse is used."""
        return self._elimination is not None

    @cached_property
    def width(self) -> int:
        """Number of cases side by side at which the cost per case is near its lowest: many, as long as a block stays in cache."""
        size = len(self.states)
        rows = (tableau.STAGES + 7) * size + len(self.parameters) + len(self.known) + len(self.factor.targets)
        rows += self.factor.scratch if self.sparse else 2 * size * size
        fitting = _BLOCK_BYTES // (8 * rows + 8)
        return int(min(max(2 ** (fitting.bit_length() - 1), _NARROWEST), _WIDEST))

    @cached_property
    def _factored(self):
        rows = self._elimination.rows if self._elimination else self._jacobian
        return (*rows, *self._slopes)

    @cached_property
    def known(self) -> dict[Node, str]:
        """Values that depend on parameters alone: computed once per patient, not once per stage."""
        return {node: f"q{i}" for i, node in enumerate(_constant_in_time((*self._rates, *self._factored)))}

    @cached_property
    def derived(self) -> Program:
        """Program of those values."""
        return Program(tuple(self.known))

    @cached_property
    def rates(self) -> Program:
        """Rates of change."""
        return Program(self._rates, self.known)

    @cached_property
    def factor(self) -> Program:
        """Rows of the factorisation (or the entries of the Jacobian, if it is dense), then derivatives by time."""
        return Program(self._factored, self.known)

    @cached_property
    def jacobian(self) -> Program:
        """Entries of the Jacobian, then derivatives by time."""
        return Program((*self._jacobian, *self._slopes), self.known)

    @cached_property
    def solve(self) -> Program:
        """Solution of one linear system by the rows of the factorisation; overwrites the right-hand side."""
        return Program(self._elimination.solution if self._elimination else (), {}, "b")

    def output(self, names: Iterable[str]) -> Program:
        """Return the program of some outputs.

        Parameters
        ----------
        names : texts
            States, or outputs of the model.

        Raises
        ------
        ModelError
            If the model has neither a state nor an output of that name.
        """
        return self._selected("outputs", tuple(names), self._states | self._outputs)

    @cached_property
    def signals(self) -> dict[str, Node]:
        """What a sign may read: states, outputs and triggers of the model, and ``day``."""
        return {"day": self._graph.leaf("t", 0)} | self._states | self._outputs | self._watched

    def signal_program(self, names: Iterable[str]) -> Program:
        """Return the program of some signals.

        Parameters
        ----------
        names : texts
            Keys of :attr:`signals`.

        Raises
        ------
        ModelError
            If there is no signal of that name.
        """
        return self._selected("signals", tuple(names), self.signals)

    def _selected(self, what, names, table):
        if (what, names) not in self._programs:
            unknown = [f"{name!r}{nearest(name, table)}" for name in names if name not in table]
            if unknown:
                raise ModelError(f"{what}: the model has no {', '.join(unknown)}; it has {list(table)}")
            self._programs[what, names] = Program(tuple(table[name] for name in names))
        return self._programs[what, names]


def _constant_in_time(targets):
    def alone(node):
        return node.depends == PARAMETER and node.op != "leaf"

    order = reachable(targets)
    used = {a for node in order if not alone(node) for a in node.args} | set(targets)
    return [node for node in order if alone(node) and node in used]
