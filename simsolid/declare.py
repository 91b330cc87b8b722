"""Declare what a model needs: unit, meaning and hard limits of each parameter and state, beside its name."""

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from .errors import ModelError
from .units import check_unit

_FACTS = ("unit", "text", "low", "high", "axis", "absent")
# An axis along files: each chosen file of that kind brings its own value, named ``file.parameter``.
FILE_AXES: Mapping[str, str] = MappingProxyType({"route": "routes", "conditioning": "conditioning"})
# Endings of names that fix the unit; a text that ends in a blank is how the unit begins.
_ENDINGS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "_rate": ("1/day", "1/(day ", "uL/(day ", "mL/(day "),
        "_fraction": ("1",),
        "_volume": ("mL", "mL/cell"),
        "_delay": ("day",),
        "_days": ("day",),
        "_day": ("day",),
        "_diameter": ("mm",),
        "_area": ("cm2",),
        "_flow": ("mL/day",),
        "_exponent": ("1",),
        "_fold": ("1",),
        "_temperature": ("degC",),
    }
)
# A parameter may not hide what Parameters itself offers, nor a key that every file uses for its head.
_RESERVED = frozenset(
    {"values", "declared", "layers", "choices", "design", "names", "keys", "value", "missing", "with_values"}
    | {"title", "about", "checked"}
)


@dataclass(frozen=True, slots=True)
class Declaration:
    """What a model says about one parameter or state.

    ``low`` and ``high`` are hard limits. ``axis`` is "lesion" when lesions may differ, "route" or "conditioning" when
    each such file brings its own value; ``absent`` is then the value for a regimen that has no cavity route, or no
    conditioning.
    """

    name: str
    unit: str
    text: str
    low: float = -math.inf
    high: float = math.inf
    axis: str | None = None
    absent: float | None = None

    @property
    def limits(self) -> str:
        """The hard limits in words; nothing when there are none."""
        bounded = (math.isfinite(self.low), math.isfinite(self.high))
        words = {
            (True, True): f"from {self.low:g} to {self.high:g}",
            (True, False): f"at least {self.low:g}",
            (False, True): f"at most {self.high:g}",
        }
        return words.get(bounded, "")


def need(
    unit: str,
    text: str,
    *,
    low: float = -math.inf,
    high: float = math.inf,
    axis: str | None = None,
    absent: float | None = None,
) -> Any:
    """Declare a parameter as a field of a dataclass.

    Parameters
    ----------
    unit : text
        Canonical unit.
    text : text
        Meaning, in a few words.
    low, high : [unit], one
        Hard limits: beyond them the equations mean nothing.
    axis : text or None
        "lesion" when lesions may differ, "route" when each route brings its own value.
    absent : [unit], one, or None
        Value of a per-route parameter when the regimen has no cavity route.

    Returns
    -------
    dataclass field

    Raises
    ------
    ParameterError
        When the unit is not canonical.
    ModelError
        When the axis is unknown.

    Examples
    --------
    >>> @dataclass(frozen=True)
    ... class Needs:
    ...     kill_rate: float = need("1/day", "tumour cells killed per CAR-T cell", low=0)
    >>> declarations(Needs)["kill_rate"].limits
    'at least 0'
    """
    if axis not in (None, "lesion", *FILE_AXES):
        raise ModelError(f"axis {axis!r} is not one of None, 'lesion', {', '.join(map(repr, FILE_AXES))}")
    facts = {"unit": check_unit(unit), "text": text, "low": low, "high": high, "axis": axis, "absent": absent}
    return field(metadata=facts)


def declarations(*classes: type) -> dict[str, Declaration]:
    """Collect what one or more dataclasses declare.

    Parameters
    ----------
    classes : classes made by dataclass
        Whose fields were made with :func:`need`, or declare a state or an observable.

    Returns
    -------
    dict of Declaration
        By name, in the order they were written.

    Raises
    ------
    ModelError
        When a field is not declared, or a name is declared twice with different facts.

    Examples
    --------
    >>> @dataclass(frozen=True)
    ... class Needs:
    ...     kill_rate: float = need("1/day", "killing", low=0)
    >>> list(declarations(Needs))
    ['kill_rate']
    """
    found: dict[str, Declaration] = {}
    for cls in classes:
        for item in dataclasses.fields(cls):
            if "unit" not in item.metadata:
                raise ModelError(f"{cls.__name__}.{item.name}: no unit; declare it with need(unit, meaning)")
            known = {key: item.metadata[key] for key in _FACTS if key in item.metadata}
            facts = Declaration(item.name, **known)
            if found.setdefault(item.name, facts) != facts:
                raise ModelError(f"{item.name}: declared again, differently, by {cls.__name__}; keep one")
    return found


def taken(name: str) -> bool:
    """Tell whether a name means something else in a set of parameters.

    Parameters
    ----------
    name : text
        A name.

    Returns
    -------
    truth

    Examples
    --------
    >>> taken("values"), taken("kill_rate")
    (True, False)
    """
    return name in _RESERVED


def check_name(declaration: Declaration, bounded: bool = True) -> list[str]:
    """Say what is wrong with a declared name: its ending fixes the unit, and some names are taken.

    Parameters
    ----------
    declaration : Declaration
        One parameter or state.
    bounded : truth
        Also ask a fraction for its limits; a state, which the equations keep in bounds, declares none.

    Returns
    -------
    texts
        One sentence for each fault; none when all is well.

    Examples
    --------
    >>> check_name(Declaration("lag_delay", "1/day", "lag"))
    ["lag_delay: a name ending in _delay has unit day, not '1/day'"]
    >>> check_name(Declaration("kill_rate", "1/(day cell)", "killing"))
    []
    """
    name, unit = declaration.name, declaration.unit
    faults = []
    if not name.isidentifier() or name != name.lower() or name.startswith("_"):
        faults.append(f"{name}: a name is lower-case words joined by underscores")
    if name in _RESERVED:
        faults.append(f"{name}: this name is taken; choose another")
    wrong = [end for end, units in _ENDINGS.items() if name.endswith(end) and not _fits(unit, units)]
    for end in wrong:
        wanted = " or ".join(text + "...)" * text.endswith(" ") for text in _ENDINGS[end])
        faults.append(f"{name}: a name ending in {end} has unit {wanted}, not {unit!r}")
    if bounded and name.endswith("_fraction") and not 0 <= declaration.low <= declaration.high <= 1:
        faults.append(f"{name}: a fraction is declared with low=0 and high=1 or closer")
    if declaration.absent is not None and not declaration.low <= declaration.absent <= declaration.high:
        faults.append(f"{name}: its absent value {declaration.absent:g} is not {declaration.limits}")
    return faults


def _fits(unit: str, units: tuple[str, ...]) -> bool:
    return unit in units or unit.startswith(tuple(text for text in units if text.endswith(" ")))
