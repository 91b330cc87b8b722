"""The steps of a treatment: infusion, lymphodepletion, surgery, drug, safety switch and stop, each a value that can be printed.

A step without a day happens when a rule says so.
"""

from dataclasses import dataclass, fields
from typing import NamedTuple

import numpy as np

from simsolid.errors import nearest


@dataclass(frozen=True)
class Infusion:
    """CAR-T cells given by a route, at once or over some hours."""

    cells: float
    route: str = "intravenous"
    day: float | None = 0.0
    hours: float = 0.0

    def __str__(self):
        over = f" over {self.hours:g} h" if self.hours else ""
        return f"{self.cells:g} cells {self.route}{_when(self.day)}{over}"


@dataclass(frozen=True)
class Conditioning:
    """Lymphodepletion; ``day`` is when the lymphocyte nadir is reached."""

    name: str
    day: float | None = 0.0

    def __str__(self):
        by = "" if self.day is None else f" by day {self.day:g}"
        return "no conditioning" if self.name == "none" else f"{self.name} conditioning{by}"


@dataclass(frozen=True)
class Surgery:
    """Debulking: a share of every lesion at the named sites (of all lesions when none is named) is removed."""

    share: float
    day: float | None = None
    sites: tuple[str, ...] = ()

    def __post_init__(self):
        if isinstance(self.sites, str):
            object.__setattr__(self, "sites", (self.sites,))

    def __str__(self):
        return f"{self.share:.0%} debulking of {', '.join(self.sites) or 'all lesions'}{_when(self.day)}"


@dataclass(frozen=True)
class Drug:
    """A drug of the table :data:`DRUGS`, in its unit, on a day."""

    name: str
    amount: float
    day: float | None = None

    def __str__(self):
        unit = DRUGS[self.name].unit if self.name in DRUGS else "of no known unit"
        # a count has the unit 1, which is not said
        return f"{self.name} {self.amount:g}{'' if unit == '1' else ' ' + unit}{_when(self.day)}"


@dataclass(frozen=True)
class Switch:
    """The suicide gene of the product is triggered."""

    day: float | None = None

    def __str__(self):
        return f"safety switch{_when(self.day)}"


@dataclass(frozen=True)
class Stop:
    """No further cells are given: a running infusion ends, later infusions and lymphodepletion do not happen."""

    day: float | None = None

    def __str__(self):
        return f"no further cells{_when(self.day)}"


def _when(day: float | None) -> str:
    return "" if day is None else f" on day {day:g}"


class Medicine(NamedTuple):
    """Facts of a drug: unit of an amount, largest sensible single amount, whether CRS is graded without fever after it."""

    unit: str
    largest: float
    anti_cytokine: bool


DRUGS = {
    "tocilizumab": Medicine("mg/kg", 20.0, True),
    "dexamethasone": Medicine("mg", 100.0, True),
    "anakinra": Medicine("mg", 1000.0, True),
    "chemotherapy": Medicine("1", 2.0, False),  # courses of standard third-line chemotherapy
}
PLAN = "plan"  # what the ledger writes in the place of a rule's name where no rule decided
# At one moment: a stop and surgery first, then conditioning, then cells, then drugs.
ORDER = {Stop: 0, Surgery: 1, Conditioning: 2, Infusion: 3, Switch: 4, Drug: 5}
_LIMITS = {"cells": (0.0, 1e12), "share": (0.0, 1.0), "amount": (0.0, 1e4), "hours": (0.0, 24.0 * 30), "day": (-365.0, 36500.0)}
_WORDS = ("route", "name")
NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"  # as a sentence writes it


def is_number(value) -> bool:
    """Tell whether this is a real number, and not a truth value.

    Parameters
    ----------
    value : anything
        What was given.

    Returns
    -------
    truth

    Examples
    --------
    >>> is_number(2.5), is_number(True), is_number("2.5")
    (True, False, False)
    """
    return isinstance(value, (int, float, np.number)) and not isinstance(value, bool)


def faults_of(step, timed: bool = True) -> list[str]:
    """What is wrong with a step: numbers out of their limits, names that are none, a missing day.

    Parameters
    ----------
    step : Infusion, Conditioning, Surgery, Drug, Switch or Stop
        A step.
    timed : truth
        The step happens on its day; a rule's step happens when the rule says so, and its day is not looked at.

    Returns
    -------
    texts

    Examples
    --------
    >>> faults_of(Surgery(1.5, day=-3))
    ['Surgery share: 1.5; must be a number from 0 to 1']
    >>> faults_of(Stop()), faults_of(Stop(), timed=False)
    (['Stop day: missing; say when, as in Stop(day=28)'], [])
    """
    if type(step) not in ORDER:
        return [f"{step!r}: not a step; use Infusion, Conditioning, Surgery, Drug, Switch or Stop"]
    kind = type(step).__name__
    given = {f.name: getattr(step, f.name) for f in fields(step) if timed or f.name != "day"}
    faults = []
    if given.get("day", 0.0) is None:
        faults.append(f"{kind} day: missing; say when, as in {kind}({'' if kind in ('Stop', 'Switch') else '..., '}day=28)")
        del given["day"]
    for name in given.keys() & _LIMITS.keys():
        low, high, unit = _limits(step, name)
        if not is_number(given[name]) or not low <= given[name] <= high:
            faults.append(f"{kind} {name}: {given[name]!r}; must be a number from {low:g} to {high:g}{unit}")
    faults += [f"{kind} {name}: {given[name]!r}; must be a name"
               for name in given.keys() & set(_WORDS) if not isinstance(given[name], str)]
    if isinstance(step, Drug) and isinstance(step.name, str) and step.name not in DRUGS:
        faults.append(f"drug '{step.name}': unknown{nearest(step.name, DRUGS)}; there are {', '.join(DRUGS)}")
    return sorted(faults)


def _limits(step, name: str) -> tuple[float, float, str]:
    """Lowest and highest number of a field; a drug's amount has its own, with its unit."""
    low, high = _LIMITS[name]
    medicine = DRUGS.get(step.name) if name == "amount" and isinstance(step.name, str) else None
    if medicine is None:
        return low, high, ""
    return low, medicine.largest, f" {medicine.unit} of {step.name}" if medicine.unit != "1" else f" courses of {step.name}"
