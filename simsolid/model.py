"""What a model is: declared parameters and states, two pure functions, and the checks made when one is built."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, make_dataclass
from functools import cache, lru_cache
from typing import Any, NamedTuple

import numpy as np

from simsolid.errors import ModelError
from simsolid.params import Parameters, declarations


def state(unit: str, text: str, *, axis: str | None = None, scale: float = 1.0):
    """Declare a state of a model.

    Parameters
    ----------
    unit : text
        Canonical unit.
    text : text
        What is counted, and where.
    axis : text or None
        ``"lesion"`` for one value per lesion.
    scale : unit of the state, one
        Amount that matters: the absolute tolerance is the relative tolerance times this.

    Returns
    -------
    dataclass field

    Examples
    --------
    >>> state("cell", "tumour cells", scale=10.0).metadata["unit"]
    'cell'
    """
    return field(metadata={"unit": unit, "text": text, "axis": axis, "scale": scale})


def shows(unit: str, text: str, *, axis: str | None = None):
    """Declare an observable of a model.

    Parameters
    ----------
    unit : text
        Canonical unit.
    text : text
        What a reader sees.
    axis : text or None
        ``"lesion"`` for one value per lesion.

    Returns
    -------
    dataclass field

    Examples
    --------
    >>> shows("pg/mL", "IL-6 in blood").metadata["text"]
    'IL-6 in blood'
    """
    return field(metadata={"unit": unit, "text": text, "axis": axis})


def names(declared: type, axis: str | None) -> list[str]:
    """Names declared on one axis.

    Parameters
    ----------
    declared : class of states or observables
        Where to look.
    axis : text or None
        ``"lesion"`` for lesion-wise names, None for the others.

    Returns
    -------
    texts

    Examples
    --------
    >>> from simsolid.models.house_needs import State
    >>> names(State, "lesion")[:2]
    ['effector', 'exhausted']
    """
    return [f.name for f in fields(declared) if f.metadata.get("axis") == axis]


class Becomes(NamedTuple):
    """What a protocol says where a state takes a new value on a day; a plain pair of day and amount is added."""

    day: Any
    amount: Any


@dataclass(frozen=True)
class Layout:
    """How named values lie in the rows of one matrix, for patients with a given number of lesions."""

    kind: type
    rows: tuple[tuple[str, int, int], ...]  # field, first row, number of rows (0: one row without a lesion axis)
    flat: tuple[str, ...]

    def pack(self, named: Any, cases: int) -> np.ndarray:
        """Named values as the rows of one matrix, one column for each case."""
        matrix = np.empty((len(self.flat), cases))
        for name, first, count in self.rows:
            matrix[first : first + max(count, 1)] = getattr(named, name)
        return matrix

    def unpack(self, rows) -> Any:
        """Rows as named values; lesion-wise ones keep their lesions first."""
        parts = {name: rows[first : first + count] if count else rows[first] for name, first, count in self.rows}
        return self.kind(**parts)


@lru_cache(maxsize=64)  # asked for again in every group of every run
def layout(kind: type, lesions: int) -> Layout:
    """Lay the fields of a declaration out in rows.

    Parameters
    ----------
    kind : class of states, parameters or observables
        What to lay out.
    lesions : [1], one
        Number of lesions.

    Returns
    -------
    Layout

    Examples
    --------
    >>> from simsolid.models.house_needs import State
    >>> layout(State, 2).flat[-2:]
    ('local_cytokine[0]', 'local_cytokine[1]')
    """
    rows, flat = [], []
    for f in fields(kind):
        per_lesion = f.metadata.get("axis") == "lesion"
        rows.append((f.name, len(flat), lesions if per_lesion else 0))
        flat += [f"{f.name}[{i}]" for i in range(lesions)] if per_lesion else [f.name]
    return Layout(kind, tuple(rows), tuple(flat))


@dataclass(frozen=True, kw_only=True, eq=False)
class Model:
    """A model: what it needs and holds, where it starts, how it changes, what it shows.

    Parameters
    ----------
    name : text
        Name under which it is loaded.
    needs, inputs, state, observables : dataclasses
        Declarations made with ``need``, ``state`` and ``shows``. Inputs are what a regimen sets while it runs.
    start : function of parameters
        State at enrolment.
    rates : function of time [day], states and parameters
        Rate of change of every state, per day.
    observe : function of time [day], states and parameters
        Observables; a model that declares none shows its states.
    protocol : function of parameters
        What is given when nobody says otherwise: for each state by name, pairs of day and amount (added), or Becomes (set).
    triggers : function of time [day], states and parameters
        Expressions whose upward zero crossing calls the action of the same name.
    actions : mapping
        What an intervention does, by name.
    graded : texts
        Observables whose whole part is a grade, 1 to 4: the day each grade is first reached is found on the solution.
    diagnostics : mapping
        Numbers reported once for each lesion at the start: unit, meaning, function of states and parameters.
    stops : function of parameters
        Days on which the equations change their course, so that a small model's run stops there and steps over no pulse.
    values : Parameters or None
        Numbers of its own, for a model that was imported.
    notes : texts
        What is to be known of a model that was imported.

    Raises
    ------
    ModelError
        A need and an input share a name.

    Examples
    --------
    A model of your own; ``sim.run`` runs it, on every axis its parameters have:

    >>> import simsolid as sim
    >>> @dataclass
    ... class Needs:
    ...     growth_rate: float = sim.need("1/day", "growth of tumour", low=0)
    ...     kill_rate: float = sim.need("1/(day cell)", "tumour killed per CAR-T cell", low=0)
    ...     loss_rate: float = sim.need("1/day", "loss of CAR-T cells", low=0)
    >>> @dataclass
    ... class State:
    ...     tumour: float = sim.state("cell", "tumour cells")
    ...     cart: float = sim.state("cell", "CAR-T cells")
    >>> def start(p):
    ...     return State(tumour=1e6, cart=0.0)
    >>> def rates(t, x, p):
    ...     return State(tumour=(p.growth_rate - p.kill_rate * x.cart) * x.tumour, cart=-p.loss_rate * x.cart)
    >>> mine = sim.Model(name="mine", needs=Needs, state=State, start=start, rates=rates)
    >>> p = sim.load_model(mine, {"growth_rate": 0.1, "kill_rate": 1e-7, "loss_rate": 0.2})
    >>> found = sim.run(mine, sim.vary(p, kill_rate=[1e-8, 1e-7]), times=range(31), doses={"cart": [(7, 1e7)]})
    >>> [f"{cells:.2g}" for cells in found["tumour"].sel(time=30).values]
    ['1.2e+07', '1.4e+05']
    """

    name: str
    needs: type
    state: type
    observables: type = None  # type: ignore[assignment]
    start: Callable
    rates: Callable
    observe: Callable = None  # type: ignore[assignment]
    protocol: Callable | None = None
    inputs: type | None = None
    triggers: Callable | None = None
    actions: Mapping[str, Callable] = field(default_factory=dict)
    graded: tuple[str, ...] = ()
    diagnostics: Mapping[str, tuple[str, str, Callable]] = field(default_factory=dict)
    stops: Callable | None = None
    values: Parameters | None = None
    notes: tuple[str, ...] = ()

    def __post_init__(self):
        shared = {f.name for f in fields(self.needs)} & ({f.name for f in fields(self.inputs)} if self.inputs else set())
        if shared:
            raise ModelError(f"model '{self.name}': {sorted(shared)} declared both as need and as input; rename one")
        if self.observables is None:
            object.__setattr__(self, "observables", self.state)
            object.__setattr__(self, "observe", lambda t, x, p: x)

    @property
    def declared(self):
        """Declared parameters by name."""
        return declarations(self.needs)

    @property
    def parameters(self) -> type:
        """Parameters and inputs in one class."""
        return _joined(self.needs, self.inputs)

    def state_layout(self, lesions: int) -> Layout:
        """Rows of the state matrix for a number of lesions."""
        return layout(self.state, lesions)

    def parameter_layout(self, lesions: int) -> Layout:
        """Rows of the parameter matrix for a number of lesions."""
        return layout(self.parameters, lesions)

    def scales(self, lesions: int) -> np.ndarray:
        """Amount that matters for each state row."""
        counts = [max(count, 1) for _, _, count in self.state_layout(lesions).rows]
        return np.repeat([f.metadata["scale"] for f in fields(self.state)], counts).astype(float)

    def traced(self, lesions: int):
        """The model's equations as one expression graph, traced once for each number of lesions.

        Parameters
        ----------
        lesions : [1], one
            Number of lesions.

        Returns
        -------
        Traced

        Raises
        ------
        ModelError
            The rates name a state that does not exist, or forget one; or a trigger has no action.
        """
        return _traced(self, lesions)

    def block_action(self, name: str, lesions: int, amounts: int | None = None) -> Callable:
        """An action as a function on blocks of rows, as the engine calls it; it is handed its first ``amounts`` rows only."""
        action, states, parameters = self.actions[name], self.state_layout(lesions), self.parameter_layout(lesions)

        def apply(x, p, amount):
            cases = x.shape[1]
            new_x, new_p = action(states.unpack(x), parameters.unpack(p), amount[:amounts])
            return states.pack(new_x, cases), parameters.pack(new_p, cases)

        return apply


@cache
def _joined(needs: type, inputs: type | None) -> type:
    parts = [(f.name, Any, field(metadata=dict(f.metadata))) for kind in (needs, inputs) if kind for f in fields(kind)]
    return make_dataclass("P", parts, kw_only=True)


def _shaped(nodes, where: Layout):
    """Rows of symbols as named fields; lesion-wise fields become object arrays so that one formula serves all lesions."""
    array = np.empty(len(nodes), dtype=object)
    array[:] = nodes
    return where.unpack(array)


@cache
def _traced(model: Model, lesions: int):
    from simsolid.trace import trace

    states, parameters = model.state_layout(lesions), model.parameter_layout(lesions)
    shown = layout(model.observables, lesions)

    def named(x, p):
        return _shaped(x, states), _shaped(p, parameters)

    def rates(t, x, p):
        try:
            return _flat(model.rates(t, *named(x, p)), states)
        except TypeError as fault:
            raise ModelError(f"model '{model.name}': {fault}; rates must return every declared state once") from fault

    def outputs(t, x, p):
        return dict(zip(shown.flat, _flat(model.observe(t, *named(x, p)), shown), strict=True))

    def triggers(t, x, p):
        return model.triggers(t, *named(x, p)) if model.triggers else {}

    traced = trace(rates, states.flat, parameters.flat, outputs=outputs, triggers=triggers)
    idle = sorted(set(traced.triggers) - set(model.actions))
    if idle:
        raise ModelError(f"model '{model.name}': trigger {', '.join(idle)} has no action of that name; add it to actions")
    return traced


def _flat(named, where: Layout) -> list:
    values = []
    for name, _, count in where.rows:
        value = getattr(named, name)
        values += list(np.broadcast_to(np.asarray(value, dtype=object), (count,))) if count else [value]
    return values
