"""Conditions on a patient as a sentence: ``temperature >= 38.5 degC for 6 h or crs_grade >= 2``.

Alternatives are joined by ``or``, what must hold together by ``and``; ``for 6 h`` asks that it holds that long on end. A
quantity is anything the model shows of the whole patient, a grade (``crs_grade`` is the whole part of ``crs_score``), its worst
so far (``worst_crs_grade``), ``day``, or what a scan shows: ``response is SD``, ``scan_sum <= 60 mm``, ``scan_change``,
``scan_growth``, ``scan_largest``, ``scan_lesions``. Sentences are read, never run.
"""

import re
from dataclasses import dataclass, fields

from simsolid.errors import ParameterError
from simsolid.model import Model
from simsolid.steps import NUMBER
from simsolid.units import convert

HIGHEST_GRADE = 4
# What a scan shows, with its unit; `response` is a word.
SCAN_FACTS = {
    "response": "word",
    "scan_sum": "mm",
    "scan_change": "1",
    "scan_growth": "1",
    "scan_largest": "mm",
    "scan_lesions": "1",
}
WORST = "worst_"
COMPARED = ("<=", ">=", "<", ">")
_TERM = re.compile(r"(?P<quantity>[A-Za-z_]\w*)\s*(?P<sign>>=|<=|==|=|>|<|is not\b|is\b)\s*(?P<level>.+)")
_LEVEL = re.compile(rf"(?P<number>{NUMBER})\s*(?P<unit>.*)")
_HOLD = re.compile(rf"(?P<what>.+?)\s+for\s+(?P<time>{NUMBER}\s*\S*)")


@dataclass(frozen=True)
class Term:
    """One comparison of a quantity with a level, as it was written.

    Parameters
    ----------
    quantity : text
        What is compared.
    sign : text
        ``>=``, ``>``, ``<=``, ``<``, ``is`` or ``is not``.
    level : text
        A number with its unit, or a word.
    """

    quantity: str
    sign: str
    level: str

    def __str__(self):
        return f"{self.quantity} {self.sign} {self.level}"

    @property
    def number(self) -> tuple[float, str] | None:
        """The level as a number and its unit; None for a word."""
        found = _LEVEL.fullmatch(self.level)
        return (float(found["number"]), found["unit"].strip()) if found else None


@dataclass(frozen=True)
class Condition:
    """Terms that must hold together, for ``hold`` [day] on end."""

    terms: tuple[Term, ...]
    hold: float = 0.0

    def __str__(self):
        held = f" for {duration_text(self.hold)}" if self.hold else ""
        return " and ".join(map(str, self.terms)) + held


@dataclass(frozen=True)
class Quantity:
    """What a term may speak of: its unit, and the signal that carries it.

    Parameters
    ----------
    unit : text
        Canonical unit; ``"word"`` for a response.
    signal : text
        Name of the signal the engine watches, or of the fact.
    kind : text
        ``"number"``, ``"grade"``, ``"scan"`` or ``"word"``.
    """

    unit: str
    signal: str
    kind: str = "number"


def read_duration(text: str, what: str, faults: list[str]) -> float:
    """Turn ``8 h`` or ``2 week`` into days; a fault is added to the list.

    Parameters
    ----------
    text : text
        A number and a unit of time.
    what : text
        What it is for, for the message.
    faults : texts
        Faults found so far.

    Returns
    -------
    [day], one
        0 where there is a fault.

    Examples
    --------
    >>> read_duration("6 h", "apart", [])
    0.25
    """
    found = _LEVEL.fullmatch(text.strip()) if isinstance(text, str) else None
    if not found or not found["unit"]:
        faults.append(f"{what}: {text!r}; write a number and a unit of time, such as '8 h' or '2 day'")
        return 0.0
    try:
        days = convert(float(found["number"]), found["unit"].strip(), "day")
    except ParameterError as fault:
        faults.append(f"{what}: {text!r}; {fault}")
        return 0.0
    if not 0.0 <= days <= 36500.0:
        faults.append(f"{what}: {text!r}; must be from 0 to 36500 day")
        return 0.0
    return days


def duration_text(days: float) -> str:
    """A duration as a reader writes it.

    Parameters
    ----------
    days : [day], one
        The duration.

    Returns
    -------
    text

    Examples
    --------
    >>> duration_text(0.25), duration_text(3.0)
    ('6 h', '3 day')
    """
    return f"{days:g} day" if days >= 2.0 or days == 0.0 else f"{round(days * 24.0, 9):g} h"


def read_conditions(text: str, what: str, faults: list[str]) -> tuple[Condition, ...]:
    """Read a sentence; what cannot be read is added to the faults.

    Parameters
    ----------
    text : text
        Alternatives joined by ``or``.
    what : text
        What it is for, for the message.
    faults : texts
        Faults found so far.

    Returns
    -------
    Conditions

    Examples
    --------
    >>> [str(one) for one in read_conditions("temperature >= 38.5 degC for 6 h or crs_grade >= 2", "when", [])]
    ['temperature >= 38.5 degC for 6 h', 'crs_grade >= 2']
    """
    if not isinstance(text, str) or not text.strip():
        faults.append(f"{what}: {text!r}; write a condition, such as 'crs_grade >= 2'")
        return ()
    return tuple(_condition(part.strip(), what, faults) for part in re.split(r"\s+or\s+", text.strip()))


def _condition(text: str, what: str, faults: list[str]) -> Condition:
    held = _HOLD.fullmatch(text)
    hold = read_duration(held["time"], f"{what}, 'for' in '{text}'", faults) if held else 0.0
    body = held["what"] if held else text
    terms = [_term(part.strip(), what, faults) for part in re.split(r"\s+and\s+", body)]
    return Condition(tuple(term for term in terms if term), hold)


def _term(text: str, what: str, faults: list[str]) -> Term | None:
    found = _TERM.fullmatch(text)
    sign = found["sign"] if found else ""
    if sign in ("=", "=="):
        faults.append(f"{what}: '{text}'; a value that moves never stays equal: write >= or <=, or 'is' for a response")
        return None
    if not found or (sign in COMPARED) != bool(_LEVEL.fullmatch(found["level"].strip())):
        faults.append(f"{what}: '{text}' is no comparison; write a quantity, >=, >, <= or <, a number and its unit, "
                      "or 'response is SD'")  # fmt: skip
        return None
    return Term(found["quantity"], sign, found["level"].strip())


def quantities(model: Model) -> dict[str, Quantity]:
    """Everything that a condition on this model may speak of.

    Parameters
    ----------
    model : Model
        The model to be run.

    Returns
    -------
    mapping of Quantity

    Examples
    --------
    >>> from simsolid.models import MODELS
    >>> quantities(MODELS["house"])["temperature"].unit
    'degC'
    """
    shown = {f.name: f.metadata["unit"] for f in fields(model.observables) if f.metadata.get("axis") is None}
    found = {"day": Quantity("day", "day")} | {name: Quantity(unit, name) for name, unit in shown.items()}
    found |= {name.removesuffix("_score") + "_grade": Quantity("1", name, "grade") for name in shown if name.endswith("_score")}
    found |= {WORST + name: quantity for name, quantity in found.items() if name != "day"}
    return found | {name: Quantity(unit, name, "word" if unit == "word" else "scan") for name, unit in SCAN_FACTS.items()}


def of_scan(condition: Condition) -> bool:
    """Whether a condition speaks of what a scan shows.

    Parameters
    ----------
    condition : Condition
        A condition.

    Returns
    -------
    truth

    Examples
    --------
    >>> of_scan(read_conditions("response is SD and worst_crs_grade < 3", "when", [])[0])
    True
    """
    return any(term.quantity in SCAN_FACTS for term in condition.terms)


def level_of(term: Term, quantity: Quantity) -> float:
    """The number that a term compares with, in the model's unit.

    Parameters
    ----------
    term : Term
        As written; checked before.
    quantity : Quantity
        What it speaks of.

    Returns
    -------
    [unit of the quantity], one

    Examples
    --------
    >>> level_of(Term("day", ">", "2 week"), Quantity("day", "day"))
    14.0
    """
    number, unit = term.number
    return convert(number, unit or quantity.unit, quantity.unit)
