"""A value with its spread and its source, and the gate every value passes on its way into a model."""

import math
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Any

import numpy as np

from .declare import FILE_AXES, Declaration
from .errors import ParameterError, nearest

_MOST_FAULTS = 50  # lines of one message; more would scroll away


@dataclass(frozen=True, slots=True)
class Spread:
    """How patients, and lesions within a patient, differ around a value.

    ``sd`` is between patients and ``sd_lesion`` between lesions: on the log scale for "log-normal", on the logit
    scale for "logit-normal", in the value's unit for "normal". ``truncate`` is in standard deviations; ``a`` and
    ``b`` belong to "beta"; ``values`` (in the value's unit) and ``weights`` to "empirical"; "exponential" needs none.
    """

    shape: str
    sd: float = 0.0
    sd_lesion: float = 0.0
    truncate: float | None = None
    a: float | None = None
    b: float | None = None
    values: tuple[float, ...] = ()
    weights: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Value:
    """One parameter's number or labelled array, its plausible range and spread, and where it comes from."""

    value: Any
    unit: str
    low: float | None = None
    high: float | None = None
    spread: Spread | None = None
    source: str = ""
    where: str = ""
    basis: str = ""
    note: str = ""
    file: str = ""
    by_site: tuple[tuple[str, float], ...] = ()  # other values of a lesion-wise parameter at some sites

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", still(self.value))

    def __getattribute__(self, name: str) -> Any:
        # A labelled array lets its data be swapped; a shallow copy keeps that from reaching this value.
        found = object.__getattribute__(self, name)
        return found.copy(deep=False) if name == "value" and is_labelled(found) else found

    @property
    def axes(self) -> tuple[str, ...]:
        """Names of the axes of a labelled array; a number has none."""
        return getattr(object.__getattribute__(self, "value"), "dims", ())

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), tuple(getattr(self, item.name) for item in fields(self))


def amount(number: float, unit: str) -> str:
    """Write a number with its unit, for a message.

    Parameters
    ----------
    number : [unit], one
        Any.
    unit : text
        Canonical; "1" is not written.

    Returns
    -------
    text

    Examples
    --------
    >>> amount(0.5, "1/day"), amount(0.5, "1")
    ('0.5 1/day', '0.5')
    """
    return f"{number:g} {unit}" if unit != "1" else f"{number:g}"


def is_labelled(given: Any) -> bool:
    """Tell whether this is an array with named axes, without importing xarray.

    Parameters
    ----------
    given : anything
        A parameter's value.

    Returns
    -------
    bool

    Examples
    --------
    >>> is_labelled(2.0)
    False
    """
    return hasattr(given, "dims") and hasattr(given, "coords") and hasattr(given, "data")


def still(given: Any) -> Any:
    """Copy a value into a form that cannot be changed in place.

    Parameters
    ----------
    given : [any], one or a labelled array
        Anything else is passed on as it is, for the gate to refuse by name.

    Returns
    -------
    float or labelled array
        An array without axes becomes a number.

    Examples
    --------
    >>> still(np.float32(2))
    2.0
    """
    if isinstance(given, (bool, np.bool_)):
        return given
    if isinstance(given, (int, float, np.number)) and not np.iscomplexobj(given):
        return _number(given)
    if not is_labelled(given) or np.asarray(given.data).dtype.kind not in "iuf":
        return given
    if not given.dims:
        return _number(given.data.item())
    numbers = np.array(given.data, dtype=float)
    numbers.flags.writeable = False
    copy = given.copy(deep=False, data=numbers)
    copy.attrs = deepcopy(dict(given.attrs))
    loose = [name for name in copy.coords if name not in copy.indexes]  # the labels of an index never change
    if loose:
        copy = copy.assign_coords({name: copy.coords[name].copy(deep=True) for name in loose})
        for label in (copy.coords[name].data for name in loose):
            if isinstance(label, np.ndarray):
                label.flags.writeable = False
    return copy


def _number(given: Any) -> float:
    try:
        return float(given)
    except OverflowError:
        return math.inf


def gate(values: Mapping[str, Value], declared: Mapping[str, Declaration]) -> list[str]:
    """Check every value against its declaration.

    Parameters
    ----------
    values : mapping of Value
        By name; those of a route or conditioning by ``file.name``.
    declared : mapping of Declaration
        By name.

    Returns
    -------
    texts
        One sentence for each fault, with the number of cases that are bad.

    Examples
    --------
    >>> declared = {"kill_rate": Declaration("kill_rate", "1/day", "killing", low=0)}
    >>> gate({"kill_rate": Value(-2, "1/day")}, declared)
    ['kill_rate: -2 1/day; must be at least 0']
    """
    return [fault for name, value in values.items() for fault in _faults(name, value, declared)]


def _faults(name: str, value: Value, declared: Mapping[str, Declaration]) -> list[str]:
    chosen, _, plain = name.rpartition(".")
    if plain not in declared:
        return [f"{name}: the model has no such parameter{nearest(plain, declared)}"]
    facts, given = declared[plain], value.value
    if bool(chosen) != (facts.axis in FILE_AXES):
        right = f"each {facts.axis} has its own; name it '{facts.axis}.{plain}', with the name of the {facts.axis}"
        return [f"{name}: {f'one value for the whole model; name it {plain!r}' if chosen else right}"]
    if value.unit != facts.unit:
        return [f"{name}: unit {value.unit!r}; must be {facts.unit!r}"]
    if isinstance(given, float):
        return _number_faults(name, given, facts)
    if not is_labelled(given):
        wanted = "xarray.DataArray(numbers, dims='dose') with your own word for the axis"
        return [f"{name}: {type(given).__name__} is neither a number nor a labelled array; give {wanted}"]
    if given.dtype.kind != "f":
        return [f"{name}: a labelled array of {given.dtype}; must hold numbers"]
    return _array_faults(name, given, facts)


def _number_faults(name: str, given: float, facts: Declaration) -> list[str]:
    if not math.isfinite(given):
        return [f"{name}: {amount(given, facts.unit)}; must be a finite number"]
    if facts.low <= given <= facts.high:
        return []
    return [f"{name}: {amount(given, facts.unit)}; must be {facts.limits}"]


def _array_faults(name: str, given: Any, facts: Declaration) -> list[str]:
    if "lesion" in given.dims and facts.axis != "lesion":
        return [f"{name}: has a lesion axis, but all lesions of a patient share this value; drop the axis"]
    numbers = np.asarray(given.data)
    wrong = {
        "must be a finite number": np.isinf(numbers) | (np.isnan(numbers) & ~_may_be_empty(given, numbers)),
        f"must be {facts.limits}": (numbers < facts.low) | (numbers > facts.high),
    }
    wrong[f"must be {facts.limits}"] &= np.isfinite(numbers)
    return [_sentence(name, given, bad, facts.unit, rule) for rule, bad in wrong.items() if bad.any()]


def _may_be_empty(given: Any, numbers: np.ndarray) -> np.ndarray:
    """Where a patient has no such lesion: its slot may hold NaN, but never all slots of a patient."""
    if "lesion" not in given.dims:
        return np.zeros(numbers.shape, dtype=bool)
    if "site" not in given.coords:
        some = ~np.isnan(numbers).all(axis=given.dims.index("lesion"), keepdims=True)
        return np.broadcast_to(some, numbers.shape)
    site = given.coords["site"]
    absent = site.transpose(*[axis for axis in given.dims if axis in site.dims]).values == ""
    absent = absent[tuple(slice(None) if axis in site.dims else None for axis in given.dims)]
    return np.broadcast_to(absent, numbers.shape)


def _sentence(name: str, given: Any, bad: np.ndarray, unit: str, rule: str) -> str:
    lesion = given.dims.index("lesion") if "lesion" in given.dims else None
    cases = bad if lesion is None else bad.any(axis=lesion)
    worst = np.asarray(given.data)[bad]
    worst = worst[np.argmax(np.where(np.isnan(worst), np.inf, np.abs(worst)))]
    return (
        f"{name}: {amount(worst, unit)} in {cases.sum()} of {cases.size} case{'s' * (cases.size > 1)}; {rule}"
    )


def _locked(given: Any) -> Any:
    if isinstance(given, Mapping):
        return MappingProxyType({name: _locked(item) for name, item in given.items()})
    if isinstance(given, (list, tuple)):
        return tuple(_locked(item) for item in given)
    return still(given) if is_labelled(given) else given


def _plain(given: Any) -> Any:
    # A read-only view cannot be sent to another process; a dictionary can, and is locked again on arrival.
    if isinstance(given, Mapping):
        return {name: _plain(item) for name, item in given.items()}
    return tuple(_plain(item) for item in given) if isinstance(given, tuple) else given


class Locked:
    """Lock every mapping of a frozen dataclass, and let it travel between processes all the same."""

    __slots__ = ()

    def __post_init__(self) -> None:
        for item in fields(self):  # type: ignore[arg-type]
            given = getattr(self, item.name)
            if isinstance(given, (Mapping, list)):
                object.__setattr__(self, item.name, _locked(given))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), tuple(_plain(getattr(self, item.name)) for item in fields(self))  # type: ignore[arg-type]


def refuse(faults: list[str], where: str = "") -> None:
    """Raise one error that lists every fault; do nothing when there is none.

    Parameters
    ----------
    faults : texts
        One sentence each.
    where : text
        The file they are in; a lone fault outside any file stands without a heading.

    Raises
    ------
    ParameterError
        With all faults.

    Examples
    --------
    >>> refuse(["a: wrong", "b: wrong"], "params/targets/x.toml")
    Traceback (most recent call last):
    simsolid.errors.ParameterError: params/targets/x.toml: 2 problems
      a: wrong
      b: wrong
    """
    if len(faults) == 1 and not where:
        raise ParameterError(faults[0])
    if faults:
        count = f"{len(faults)} problem{'s' * (len(faults) > 1)}"
        if len(faults) > _MOST_FAULTS:
            faults = [*faults[:_MOST_FAULTS], f"and {len(faults) - _MOST_FAULTS} more"]
        raise ParameterError("\n  ".join([f"{where or 'parameters'}: {count}", *faults]))
