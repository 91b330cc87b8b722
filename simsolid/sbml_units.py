"""Our units in the words of SBML: each canonical spelling as a product of powers of SBML's base units.

SBML knows no cell, no HU and no degree Celsius: cells, copies and molecules are items; HU and degC stand as dimensionless
units of that name, for a kelvin would turn 38 degC into 38 K.
"""

import re
from typing import Any

from simsolid.errors import ModelError, ParameterError
from simsolid.units import check_unit

# Our word -> SBML base unit, power of ten, factor.
WORDS: dict[str, tuple[str, int, float]] = {
    "cell": ("item", 0, 1.0),
    "copies": ("item", 0, 1.0),
    "molecule": ("item", 0, 1.0),
    "day": ("second", 0, 86400.0),
    "mm": ("metre", -3, 1.0),
    "cm": ("metre", -2, 1.0),
    "mL": ("litre", -3, 1.0),
    "uL": ("litre", -6, 1.0),
    "L": ("litre", 0, 1.0),
    "kg": ("kilogram", 0, 1.0),
    "mg": ("gram", -3, 1.0),
    "ug": ("gram", -6, 1.0),
    "pg": ("gram", -12, 1.0),
    "mmHg": ("pascal", 0, 133.322387415),
    "degC": ("dimensionless", 0, 1.0),
    "HU": ("dimensionless", 0, 1.0),
}
_FACTOR = re.compile(r"([A-Za-z]+)([2-9]?)")


def powers(unit: str) -> dict[str, int]:
    """Take a canonical unit apart into words and their powers.

    Parameters
    ----------
    unit : text
        Canonical spelling.

    Returns
    -------
    mapping of words to [1]
        In the order written; empty for ``"1"``.

    Raises
    ------
    ParameterError
        The spelling is not canonical.

    Examples
    --------
    >>> powers("mL/(day cm3)")
    {'mL': 1, 'day': -1, 'cm': -3}
    """
    above, *below = check_unit(unit).split("/")
    found: dict[str, int] = {}
    for sign, part in ((1, above), *((-1, part) for part in below)):
        for word, power in _FACTOR.findall(part):
            found[word] = found.get(word, 0) + sign * int(power or 1)
    return found


def identifier(unit: str) -> str:
    """Name of a unit in an SBML file.

    Parameters
    ----------
    unit : text
        Canonical spelling.

    Returns
    -------
    text

    Examples
    --------
    >>> identifier("mL/(day cm3)"), identifier("1/day"), identifier("1")
    ('mL_per_day_cm3', 'per_day', 'dimensionless')
    """
    if unit == "1":
        return "dimensionless"
    named = re.sub(r"^1/", "/", unit).replace("/", " per ")
    return "_".join(re.findall(r"\w+", named))


def checked(code: int) -> None:
    """Refuse what libSBML refuses, instead of passing over its answer.

    Parameters
    ----------
    code : [1], one
        What a setter of libSBML gave back; 0 is success.

    Raises
    ------
    ModelError
        With libSBML's own words.

    Examples
    --------
    >>> checked(0)
    """
    if code:
        import libsbml

        raise ModelError(f"sbml: libSBML refused a part of the document: {libsbml.OperationReturnValue_toString(code)}")


class Units:
    """The unit definitions of one document, each written when first used.

    Parameters
    ----------
    sbml : module
        libSBML.
    model : libsbml.Model
        Where definitions go.
    """

    def __init__(self, sbml: Any, model: Any):
        self._sbml, self._model, self._known = sbml, model, {"1": "dimensionless"}

    def of(self, unit: str) -> str:
        """Identifier of a unit, which is defined if it is not yet.

        Parameters
        ----------
        unit : text
            Canonical spelling.

        Returns
        -------
        text
        """
        if unit not in self._known:
            self._known[unit] = self._define(unit)
        return self._known[unit]

    def _define(self, unit: str) -> str:
        found = self._model.createUnitDefinition()
        checked(found.setId(identifier(unit)))
        checked(found.setName(unit))
        for word, power in powers(unit).items():
            if word not in WORDS:
                raise ParameterError(f"sbml: unit '{unit}' has no counterpart in SBML yet; add '{word}' to sbml_units.WORDS")
            kind, scale, factor = WORDS[word]
            part = found.createUnit()
            checked(part.setKind(self._sbml.UnitKind_forName(kind)))
            checked(part.setExponent(power))
            checked(part.setScale(scale))
            checked(part.setMultiplier(factor))
        return identifier(unit)
