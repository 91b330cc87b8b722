"""Units and names of a file in our words: a unit is a label here, no number is converted, and names become Python's."""

import keyword
import math
import re
from collections.abc import Iterable
from typing import Any

from simsolid.declare import taken
from simsolid.errors import ModelError
from simsolid.sbml_units import WORDS, powers
from simsolid.units import UNITS, convert

_SECONDS = {86400.0: "day", 3600.0: "hour", 60.0: "min", 604800.0: "week", 1.0: "s"}
_SHORT = {"litre": "L", "gram": "g", "metre": "m", "mole": "mol", "item": "item", "second": "s", "molar": "mol/L"}
_PREFIXES = {0: "", -1: "d", -2: "c", -3: "m", -6: "u", -9: "n", -12: "p", -15: "f", 3: "k"}
# Names that a run, or the labelled arrays it gives back, use for their own.
_OURS = ("time", "status", "reason", "lesion", "variant", "self")


def unit_of(sbml: Any, definition: Any) -> str:
    """Spell a unit of a file: ours where the file's is the same, else as well as words allow; nothing when it has none.

    Parameters
    ----------
    sbml : module
        libSBML.
    definition : libsbml.UnitDefinition or None
        The unit.

    Returns
    -------
    text
    """
    if definition is None or not definition.getNumUnits():
        return ""
    units = [definition.getUnit(i) for i in range(definition.getNumUnits())]
    found = [(sbml.UnitKind_toString(unit.getKind()), unit.getExponentAsDouble(), _size(unit)) for unit in units]
    own = definition.getName()
    if own in UNITS and _same(found, own):
        return own
    above = [_word(kind, size, power) for kind, power, size in found if kind != "dimensionless" and power > 0]
    below = [_word(kind, size, -power) for kind, power, size in found if kind != "dimensionless" and power < 0]
    factor = math.prod(size**power for kind, power, size in found if kind == "dimensionless")
    above = [f"{factor:g}", *above] if factor != 1.0 else above
    text = " ".join(above) or "1"
    return text + (f"/{below[0]}" if len(below) == 1 else f"/({' '.join(below)})" if below else "")


def _size(unit: Any) -> float:
    return unit.getMultiplier() * 10.0 ** unit.getScale()


def _word(kind: str, size: float, power: float) -> str:
    ending = "" if power == 1 else f"{power:g}"
    if kind == "second" and round(size, 9) in _SECONDS:
        return _SECONDS[round(size, 9)] + ending
    kind, size = ("gram", size * 1000.0) if kind == "kilogram" else (kind, size)
    exponent = round(math.log10(size)) if size > 0 else 0
    short = _SHORT.get(kind, kind)
    if math.isclose(size, 10.0**exponent, rel_tol=1e-9) and exponent in _PREFIXES:
        return _PREFIXES[exponent] + short + ending
    return f"{size:g}_{short}{ending}"


def _same(found: list[tuple[str, float, float]], ours: str) -> bool:
    """Whether a unit of ours is made of the same base units in the same sizes."""
    told = [(WORDS[word][0], float(power), WORDS[word][2] * 10.0 ** WORDS[word][1])
            for word, power in powers(ours).items() if word in WORDS]  # fmt: skip
    return _taken_apart(found) == _taken_apart(told)


def _taken_apart(units: Iterable[tuple[str, float, float]]) -> dict[str, tuple[float, str]]:
    kinds: dict[str, list[float]] = {}
    for kind, power, size in units:
        kind, size = ("gram", size * 1000.0) if kind == "kilogram" else (kind, size)
        total = kinds.setdefault(kind, [0.0, 1.0])
        total[0], total[1] = total[0] + power, total[1] * size**power
    return {kind: (power, f"{size:.9g}") for kind, (power, size) in kinds.items()
            if kind != "dimensionless" and power != 0.0}  # fmt: skip


def per_day(sbml: Any, model: Any, asked: str | None) -> float:
    """How many of the file's units of time make a day.

    Parameters
    ----------
    sbml : module
        libSBML.
    model : libsbml.Model
        The file's model.
    asked : text or None
        Unit of time to take instead of the file's, such as ``"hour"``.

    Returns
    -------
    [1], one

    Raises
    ------
    ModelError
        The file does not say, or not in a way that can be told in days.
    """
    if asked is not None:
        return float(f"{1.0 / convert(1.0, asked, 'day'):.12g}")
    definition = _time_of(sbml, model)
    if definition is None:
        default = "; the default of level 2, a second, is rarely meant" if model.getLevel() == 2 else ""
        raise ModelError(f"time: the file does not say its unit{default}; pass time_unit='day', 'hour', 'min' or 's'")
    units = [definition.getUnit(i) for i in range(definition.getNumUnits())]
    seconds = [unit for unit in units if unit.isSecond() and unit.getExponentAsDouble() == 1.0]
    if len(units) != 1 or not seconds:
        said = unit_of(sbml, definition) or "nothing"
        raise ModelError(f"time: the file's unit '{said}' is no time; pass time_unit='day', 'hour', 'min' or 's'")
    return float(f"{86400.0 / _size(seconds[0]):.15g}")


def _time_of(sbml: Any, model: Any) -> Any:
    word = model.getTimeUnits() if model.getLevel() > 2 else "time"
    if word == "second":
        found = sbml.UnitDefinition(model.getSBMLNamespaces())
        unit = found.createUnit()
        unit.initDefaults()
        unit.setKind(sbml.UNIT_KIND_SECOND)
        return found
    return model.getUnitDefinition(word) if word else None


class Names:
    """Names of a file as names of ours: each a word of Python that nothing of ours uses, each only once."""

    def __init__(self):
        self._given: dict[str, str] = {}
        self.changed: dict[str, str] = {}

    def reserve(self, own: Iterable[str]) -> None:
        """Give the file's own names first, so that made ones step aside.

        Parameters
        ----------
        own : texts
            Identifiers of the file.
        """
        for each in own:
            self.of(each)

    def of(self, identifier: str, wish: str = "") -> str:
        """Name of ours for one of the file's, the same each time.

        Parameters
        ----------
        identifier : text
            Of the file.
        wish : text
            Name wanted; the identifier itself when left out.

        Returns
        -------
        text
        """
        if identifier not in self._given:
            self._given[identifier] = self._new(wish or identifier)
            if self._given[identifier] != (wish or identifier):
                self.changed[wish or identifier] = self._given[identifier]
        return self._given[identifier]

    def _new(self, wanted: str) -> str:
        plain = re.sub(r"\W+", "_", wanted, flags=re.ASCII).strip("_") or "value"
        plain = f"x_{plain}" if plain[0].isdigit() else plain
        clash = keyword.iskeyword(plain) or plain in _OURS or taken(plain)
        found, number = f"{plain}_" if clash else plain, 1
        while found in self._given.values():
            number += 1
            found = f"{plain}_{number}"
        return found
