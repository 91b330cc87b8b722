"""A checked, cited and unchangeable set of parameter values.

Every way to get a value into a model, from a file, a drawn cohort or a what-if, makes a :class:`Parameters`, and
making one checks all of it. Each parameter is defined in exactly one file; overriding is explicit.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from .declare import FILE_AXES, Declaration, check_name, declarations, need
from .errors import ParameterError, nearest
from .values import Locked, Spread, Value, gate, refuse

# What a model file or a reader of parameters needs, from one place.
__all__ = ["VARIED", "Declaration", "Layer", "Parameters", "Spread", "Value"]
__all__ += ["check_name", "combine", "declarations", "need", "refuse"]

VARIED = "varied here"
# These spreads do not scale with the value, so they cannot follow it to a new place.
_FIXED_SPREADS = ("empirical",)


@dataclass(frozen=True, eq=False, slots=True)
class Layer(Locked):
    """One parameter file, read and checked: its head, its structural choices and its values by name."""

    kind: str
    name: str
    title: str
    about: str
    checked: str
    choices: Mapping[str, Any]
    values: Mapping[str, Value]
    path: str
    sha256: str


class _UnknownName(ParameterError, AttributeError, KeyError):
    """An unknown name, whichever way it was asked for: ``hasattr`` keeps working."""

    __str__ = Exception.__str__


@dataclass(frozen=True, eq=False, slots=True, repr=False)
class Parameters(Locked):
    """A checked, cited and unchangeable set of values; ``p["x"]`` and ``p.x`` give the number or array.

    Parameters
    ----------
    values : mapping of Value
        By name; a value of one route or conditioning is named ``file.name``.
    declared : mapping of Declaration
        What the model, and whatever reads its run, need.
    layers : sequence of Layer
        The files the values came from.
    choices : mapping
        What was chosen, such as the names of tumour, target, product and routes.
    design : mapping
        Axes of a sweep over the regimen.

    Raises
    ------
    ParameterError
        When a name is not declared, or a value is not finite or beyond its hard limits; all faults at once.

    Examples
    --------
    >>> declared = {"kill_rate": Declaration("kill_rate", "1/day", "killing", low=0)}
    >>> p = Parameters({"kill_rate": Value(2.0, "1/day")}, declared)
    >>> p.kill_rate, p["kill_rate"]
    (2.0, 2.0)
    >>> p.with_values({"kill_rate": -2})
    Traceback (most recent call last):
    simsolid.errors.ParameterError: kill_rate: -2 1/day; must be at least 0
    """

    values: Mapping[str, Value]
    declared: Mapping[str, Declaration]
    layers: tuple[Layer, ...] = ()
    choices: Mapping[str, Any] = field(default_factory=dict)
    design: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        Locked.__post_init__(self)
        refuse(gate(self.values, self.declared))

    def __getitem__(self, name: str) -> Any:
        return self.value(name).value

    def __getattr__(self, name: str) -> Any:
        # Reached only for what is no attribute; Python's own protocols ask for names with an underscore.
        if name.startswith("_"):
            raise AttributeError(name)
        return self.value(name).value

    def __contains__(self, name: object) -> bool:
        return name in self.values

    def __iter__(self) -> Iterator[str]:
        return iter(self.values)

    def __len__(self) -> int:
        return len(self.values)

    def __dir__(self) -> list[str]:
        return [*object.__dir__(self), *(name for name in self.values if name.isidentifier())]

    def __repr__(self) -> str:
        files = ", ".join(f"{layer.kind}/{layer.name}" for layer in self.layers)
        return f"<Parameters: {len(self)} values{' from ' + files if files else ''}>"

    def keys(self) -> tuple[str, ...]:
        """Names of all values, so that ``dict(p)`` works."""
        return self.names

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all values, in the order they were given."""
        return tuple(self.values)

    def value(self, name: str) -> Value:
        """Look up a value together with its unit, range and source.

        Parameters
        ----------
        name : text
            A parameter; those of one route or conditioning are written ``file.name``.

        Returns
        -------
        Value

        Raises
        ------
        ParameterError
            When there is no such parameter.

        Examples
        --------
        >>> declared = {"kill_rate": Declaration("kill_rate", "1/day", "killing")}
        >>> Parameters({"kill_rate": Value(2.0, "1/day")}, declared).value("kill_rate").unit
        '1/day'
        """
        if name not in self.values:
            raise _UnknownName(f"{name}: no such parameter{nearest(name, self.values)}")
        return self.values[name]

    def missing(self) -> tuple[str, ...]:
        """Name what is declared but has no value.

        A parameter of a route or conditioning is missing for each chosen file that lacks it, unless the route has no
        cavity and the declaration says what to use then.

        Returns
        -------
        texts
            Those of a route or conditioning as ``file.name``.

        Examples
        --------
        >>> Parameters({}, {"kill_rate": Declaration("kill_rate", "1/day", "killing")}).missing()
        ('kill_rate',)
        """
        wanted = [name for name, facts in self.declared.items() if facts.axis not in FILE_AXES]
        wanted += [name for layer in self.layers for name in _wanted_of(layer, self.declared)]
        return tuple(name for name in wanted if name not in self.values)

    def with_values(
        self, changes: Mapping[str, Any], source_note: str = VARIED, keep_source: bool = False
    ) -> "Parameters":
        """Make a new set in which some values are replaced, and say so where their source stood.

        Parameters
        ----------
        changes : mapping of number or labelled array
            New values by name, in canonical units.
        source_note : text
            Stands where the basis stood.
        keep_source : bool
            Keep basis and source: for draws from the spread that the source itself gives.

        Returns
        -------
        Parameters

        Raises
        ------
        ParameterError
            When a name is unknown or a new value does not pass the gate.

        Examples
        --------
        >>> declared = {"kill_rate": Declaration("kill_rate", "1/day", "killing", low=0)}
        >>> p = Parameters({"kill_rate": Value(2.0, "1/day", source="author2021")}, declared)
        >>> p.with_values({"kill_rate": 3}).value("kill_rate").basis
        'varied here'
        """
        unknown = [
            f"{name}: no such parameter{nearest(name, self.values)}"
            for name in changes
            if name not in self.values
        ]
        refuse(unknown)
        note = "" if keep_source else source_note
        new = {name: _changed(self.values[name], given, note) for name, given in changes.items()}
        return replace(self, values={**self.values, **new})


def _changed(old: Value, given: Any, note: str) -> Value:
    if not note:
        return replace(old, value=given)
    was = f"{old.value:g} {old.unit}" if isinstance(old.value, float) else f"an array [{old.unit}]"
    story = f"in place of {was} ({', '.join(part for part in (old.source, old.where) if part) or old.basis})"
    spread = None if old.spread and old.spread.shape in _FIXED_SPREADS else old.spread
    return replace(old, value=given, spread=spread, basis=note, source="", where="", note=story, file="", by_site=())


def _wanted_of(layer: Layer, declared: Mapping[str, Declaration]) -> list[str]:
    no_cavity = layer.kind == "routes" and not layer.choices.get("cavity")
    return [
        f"{layer.name}.{name}"
        for name, facts in declared.items()
        if FILE_AXES.get(facts.axis or "") == layer.kind and not (no_cavity and facts.absent is not None)
    ]


def combine(
    layers: Sequence[Layer],
    declared: Mapping[str, Declaration],
    choices: Mapping[str, Any] | None = None,
    design: Mapping[str, Any] | None = None,
) -> Parameters:
    """Put parameter files together: each parameter defined in exactly one of them, none missing.

    Parameters
    ----------
    layers : sequence of Layer
        One file of each kind; any number of routes and conditionings.
    declared : mapping of Declaration
        What the model, and whatever reads its run, need.
    choices : mapping or None
        What was chosen; when not given, the names of the files by kind.
    design : mapping or None
        Axes of a sweep over the regimen.

    Returns
    -------
    Parameters

    Raises
    ------
    ParameterError
        When a parameter is defined twice (naming both files) or not at all; all faults at once.

    Examples
    --------
    >>> combine([], {"kill_rate": Declaration("kill_rate", "1/day", "killing")})
    Traceback (most recent call last):
    simsolid.errors.ParameterError: kill_rate: missing; none of the chosen files gives it [1/day]
    """
    values: dict[str, Value] = {}
    faults = []
    for layer in layers:
        for plain, value in layer.values.items():
            per_file = plain in declared and declared[plain].axis in FILE_AXES
            name = f"{layer.name}.{plain}" if per_file else plain
            if name in values:
                faults.append(f"{name}: defined twice, in {values[name].file} and {value.file}; keep one")
            values.setdefault(name, value)
    faults += gate(values, declared)
    known = {name: value for name, value in values.items() if not gate({name: value}, declared)}
    together = Parameters(known, declared, tuple(layers), choices or _names_by_kind(layers), design or {})
    for name in together.missing():
        if name not in values:
            faults.append(
                f"{name}: missing; none of the chosen files gives it [{declared[name.rpartition('.')[2]].unit}]"
            )
    refuse(faults)
    return together


def _names_by_kind(layers: Sequence[Layer]) -> dict[str, tuple[str, ...]]:
    names: dict[str, tuple[str, ...]] = {}
    for layer in layers:
        names[layer.kind] = (*names.get(layer.kind, ()), layer.name)
    return names
