"""The few units simsolid speaks inside, and how a file's unit is turned into one of them at the door.

Inside the package a number is bare: its declaration fixes its unit, one of the canonical spellings below.
"""

import re
from functools import cache
from typing import Any, NamedTuple

from .errors import ParameterError, nearest

# Canonical spelling -> other spellings to suggest. A file may use any unit of the same kind.
UNITS: dict[str, tuple[str, ...]] = {
    "1": ("%",),
    "cell": (),
    "copies": (),
    "molecule": (),
    "day": ("hour", "min", "week", "month"),
    "1/day": ("1/hour", "1/min"),
    "1/day2": ("1/hour2",),
    "1/(day cm3)": ("1/(hour cm3)", "1/(min cm3)"),
    "1/(day cm2)": ("1/(hour cm2)",),
    "1/(day cell)": ("1/(min cell)",),
    "1/cell": (),
    "cell/day": ("cell/hour",),
    "cell2/day2": ("cell2/hour2",),
    "cell/cell": (),
    "cell/cm3": ("cell/mm3",),
    "cell/mL": ("cell/L",),
    "cell/uL": ("cell/mL", "cell/L"),
    "cell/kg": (),
    "cell/(day cm3)": ("cell/(mL day)",),
    "cell/ug": ("cell/mg",),
    "cell/(mL day)": ("cell/(uL day)",),
    "cell/(uL day)": ("cell/(mL day)",),
    "cell/(cell day)": ("cell/(cell hour)",),
    "mm": ("cm", "um"),
    "cm": ("mm",),
    "mm/day": ("um/min", "cm/day"),
    "cm2": ("mm2", "m2"),
    "mm2/day": ("um2/min", "cm2/day"),
    "cm3": ("mL", "L"),
    "mL": ("L", "cm3", "um3"),
    "mL/day": ("mL/hour", "mL/min", "L/day"),
    "mL/cell": ("um3/cell",),
    "cell/cm2": ("cell/mm2",),
    "mL/(day cm3)": ("mL/(min cm3)",),
    "mL/(day cell)": ("uL/(hour cell)",),
    "uL/(day cell)": ("uL/(hour cell)",),
    "mL/kg": ("L/kg",),
    "kg": ("g",),
    "mg": ("ug", "g"),
    "mg/kg": ("ug/kg",),
    "mg/L": ("ug/mL", "mg/dL"),
    "ug/L": ("ng/mL",),
    "mg/day": ("mg/hour",),
    "mg/mL": ("g/L", "ug/mL"),
    "mg/(L day)": ("mg/(L hour)",),
    "pg": ("ng",),
    "pg/mL": ("ng/mL", "ng/L"),
    "mL/pg": (),
    "pg/mL/cell": (),
    "pg/mL/day": ("pg/mL/hour",),
    "pg/(mL cell)": (),
    "pg/(mL day)": ("pg/(mL hour)",),
    "pg/cell": ("fg/cell",),
    "pg/day": ("ng/day",),
    "pg/(day cell)": ("pg/(hour cell)", "fg/(hour cell)"),
    "degC": (),
    "degC/day": ("degC/hour",),
    "mmHg": ("kPa",),
    "HU": (),
    "copies/cell": (),
    "copies/ug": ("copies/mg",),
    "molecule/cell": (),
}

# What stands in square brackets is a dimension of its own: a cell is not a bare number, or mistakes would pass.
# A temperature is a point on the Celsius scale or a difference of such points, so no offset is ever added.
_DEFINITIONS = (
    "cell = [cell]",
    "copies = [copies] = copy",
    "molecule = [molecule]",
    "HU = [hounsfield]",
    "degC = [celsius]",
    "mmHg = [pressure_head]",
    "kPa = 7.50061683 * mmHg",
    "cmH2O = 0.735559 * mmHg",
    "day = [time] = d",
    "hour = day / 24 = h",
    "min = hour / 60 = minute",
    "second = min / 60 = s",
    "week = 7 * day",
    "month = 30.4375 * day",
    "mm = [length]",
    "um = mm / 1000 = µm",
    "cm = 10 * mm",
    "m = 1000 * mm",
    "mL = cm ** 3 = ml",
    "uL = mL / 1000 = µL = ul",
    "dL = 100 * mL = dl",
    "L = 1000 * mL = l = litre",
    "mg = [mass]",
    "kg = 1000000 * mg",
    "g = 1000 * mg",
    "ug = mg / 1000 = µg",
    "ng = ug / 1000",
    "pg = ng / 1000",
    "fg = pg / 1000",
    "percent = 0.01",
)
_DIMENSIONS = {
    "[time]": "day",
    "[cell]": "cell",
    "[length]": "length",
    "[mass]": "mass",
    "[copies]": "copies",
    "[molecule]": "molecule",
    "[celsius]": "temperature",
    "[pressure_head]": "pressure",
    "[hounsfield]": "attenuation",
}
# One word with an optional small power; anything longer or stranger never reaches the parser.
_WORD = r"(?:1|%|[A-Za-zµ]+(?:\^?-?[1-9])?|cmH2O)"
_SHAPE = re.compile(rf"\(*{_WORD}\)*(?:\s*[ */]\s*\(*{_WORD}\)*)*")
_LONGEST = 40


class Dimension(NamedTuple):
    """The powers that say how a quantity grows when a base unit is made smaller.

    ``length`` counts a volume as three and an area as two; ``attenuation`` is in HU.
    """

    day: int = 0
    cell: int = 0
    length: int = 0
    mass: int = 0
    copies: int = 0
    molecule: int = 0
    temperature: int = 0
    pressure: int = 0
    attenuation: int = 0


def check_unit(text: str) -> str:
    """Return a canonical unit as it is, or say which spelling would be right.

    Parameters
    ----------
    text : text
        A unit as a declaration writes it.

    Returns
    -------
    text
        The same spelling.

    Raises
    ------
    ParameterError
        When the spelling is not canonical.

    Examples
    --------
    >>> check_unit("1/day")
    '1/day'
    >>> check_unit("1/dya")
    Traceback (most recent call last):
    simsolid.errors.ParameterError: unit '1/dya' is not a canonical unit; did you mean '1/day'?
    """
    if text not in UNITS:
        hint = nearest(text, UNITS) or f"; write one of {', '.join(UNITS)}"
        raise ParameterError(f"unit {text!r} is not a canonical unit{hint}")
    return text


def spellings(canonical: str) -> str:
    """List the spellings a file may use for a canonical unit, as text for a message.

    Parameters
    ----------
    canonical : text
        A canonical unit.

    Returns
    -------
    text
        Separated by commas, the canonical one first.

    Examples
    --------
    >>> spellings("1/day")
    '1/day, 1/hour, 1/min'
    """
    return ", ".join((canonical, *UNITS.get(canonical, ())))


def convert(value: float, unit: str, canonical: str) -> float:
    """Turn a number in a file's unit into the canonical unit.

    Parameters
    ----------
    value : [unit], one
        The number as written.
    unit : text
        Its unit as written.
    canonical : text
        The unit wanted.

    Returns
    -------
    [canonical], one
        Rounded to 15 digits, so that 0.1 per hour is 2.4 and not 2.4000000000000004 per day.

    Raises
    ------
    ParameterError
        When the unit is unknown or measures something else.

    Examples
    --------
    >>> convert(0.1, "1/hour", "1/day")
    2.4
    >>> convert(5, "L", "mL")
    5000.0
    >>> convert(1, "per day", "1/day")
    Traceback (most recent call last):
    simsolid.errors.ParameterError: unit 'per day' is not one of 1/day, 1/hour, 1/min
    """
    if unit == canonical:
        return float(value)
    return float(f"{float(value) * _factor(unit, canonical):.15g}")


def dimension(unit: str) -> Dimension:
    """Give the power of each base dimension in a unit.

    Parameters
    ----------
    unit : text
        Any unit that :func:`convert` accepts.

    Returns
    -------
    Dimension
        Powers of day, cell, length (volume is 3), mass, copies, molecule, temperature, pressure, attenuation.

    Raises
    ------
    ParameterError
        When the unit is unknown.

    Examples
    --------
    >>> dimension("1/(day cm3)")[:3]
    (-1, 0, -3)
    >>> dimension("cell/mL").cell
    1
    """
    powers = _parse(unit)
    if powers is None:
        raise ParameterError(f"unit {unit!r} is unknown{nearest(unit, UNITS)}")
    return Dimension(**{_DIMENSIONS[name]: int(power) for name, power in powers.dimensionality.items()})


@cache
def _factor(unit: str, canonical: str) -> float:
    given, wanted = _parse(unit), _parse(canonical)
    if given is None or wanted is None:
        raise ParameterError(f"unit {unit!r} is not one of {spellings(canonical)}")
    if given.dimensionality != wanted.dimensionality:
        raise ParameterError(f"unit {unit!r} measures something else; write one of {spellings(canonical)}")
    return float(given.to(wanted.units).magnitude * (1 / wanted.magnitude))


@cache
def _parse(unit: str) -> Any:
    """The unit as a pint quantity, or nothing when it is no unit of ours."""
    if not isinstance(unit, str) or len(unit) > _LONGEST or not _SHAPE.fullmatch(_plain(unit)):
        return None
    from tokenize import TokenError

    import pint

    text = re.sub(r"(?<=[A-Za-zµ])\^?(-?[1-9])(?![A-Za-z])", r"**\1", _plain(unit).replace("%", "percent"))
    text = re.sub(r"\s*([ */])\s*", lambda found: {" ": "*"}.get(found[1], found[1]), text)
    try:
        return _registry().Quantity(text)
    except (pint.errors.PintError, TokenError, AttributeError, SyntaxError, TypeError, ValueError):
        return None


def _plain(unit: str) -> str:
    # Keyboards offer two signs for micro, the Greek letter and the old one; only the old one is in the table.
    return unit.replace("\u03bc", "\u00b5")


@cache
def _registry() -> Any:
    import pint

    registry: Any = pint.UnitRegistry(None)
    for line in _DEFINITIONS:
        registry.define(line)
    return registry
