"""The steps of a treatment: infusion, lymphodepletion, surgery, drug and safety switch, each a value that can be printed."""

from dataclasses import dataclass, fields

import numpy as np

from simsolid.errors import nearest


@dataclass(frozen=True)
class Infusion:
    """CAR-T cells given by a route, at once or over some hours."""

    cells: float
    route: str = "intravenous"
    day: float = 0.0
    hours: float = 0.0

    def __str__(self):
        over = f" over {self.hours:g} h" if self.hours else ""
        return f"{self.cells:g} cells {self.route} on day {self.day:g}{over}"


@dataclass(frozen=True)
class Conditioning:
    """Lymphodepletion; ``day`` is when the lymphocyte nadir is reached."""

    name: str
    day: float = 0.0

    def __str__(self):
        return "no conditioning" if self.name == "none" else f"{self.name} conditioning by day {self.day:g}"


@dataclass(frozen=True)
class Surgery:
    """Debulking: a share of every lesion at the named sites (of all lesions when none is named) is removed."""

    share: float
    day: float
    sites: tuple[str, ...] = ()

    def __post_init__(self):
        if isinstance(self.sites, str):
            object.__setattr__(self, "sites", (self.sites,))

    def __str__(self):
        return f"{self.share:.0%} debulking of {', '.join(self.sites) or 'all lesions'} on day {self.day:g}"


@dataclass(frozen=True)
class Drug:
    """Tocilizumab [mg/kg] or dexamethasone [mg] on a day."""

    name: str
    amount: float
    day: float

    def __str__(self):
        unit = DRUGS.get(self.name, "of no known unit")
        return f"{self.name} {self.amount:g} {unit} on day {self.day:g}"


@dataclass(frozen=True)
class Switch:
    """The suicide gene of the product is triggered."""

    day: float

    def __str__(self):
        return f"safety switch on day {self.day:g}"


DRUGS = {"tocilizumab": "mg/kg", "dexamethasone": "mg"}
# At one moment: surgery first, then conditioning, then cells, then drugs.
ORDER = {Surgery: 0, Conditioning: 1, Infusion: 2, Switch: 3, Drug: 4}
_LIMITS = {"cells": (0.0, 1e12), "share": (0.0, 1.0), "amount": (0.0, 1e4), "hours": (0.0, 24.0 * 30), "day": (-365.0, 36500.0)}
_WORDS = ("route", "name")


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


def faults_of(step) -> list[str]:
    """What is wrong with a step: numbers out of their limits, names that are none.

    Parameters
    ----------
    step : Infusion, Conditioning, Surgery, Drug or Switch
        A step.

    Returns
    -------
    texts

    Examples
    --------
    >>> faults_of(Surgery(1.5, day=-3))
    ['Surgery share: 1.5; must be a number from 0 to 1']
    """
    if type(step) not in ORDER:
        return [f"{step!r}: not a step; use Infusion, Conditioning, Surgery, Drug or Switch"]
    given = {f.name: getattr(step, f.name) for f in fields(step)}
    faults = []
    for name in given.keys() & _LIMITS.keys():
        low, high = _LIMITS[name]
        if not is_number(given[name]) or not low <= given[name] <= high:
            faults.append(f"{type(step).__name__} {name}: {given[name]!r}; must be a number from {low:g} to {high:g}")
    faults += [f"{type(step).__name__} {name}: {given[name]!r}; must be a name"
               for name in given.keys() & set(_WORDS) if not isinstance(given[name], str)]
    if isinstance(step, Drug) and isinstance(step.name, str) and step.name not in DRUGS:
        faults.append(f"drug '{step.name}': unknown{nearest(step.name, DRUGS)}; there are {', '.join(DRUGS)}")
    return sorted(faults)
