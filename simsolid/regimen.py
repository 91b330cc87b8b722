"""What is given, how, when: infusions, lymphodepletion, surgery and drugs as values that can be printed and combined."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np

from simsolid.errors import ParameterError, nearest


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
        return f"{self.name} conditioning by day {self.day:g}"


@dataclass(frozen=True)
class Surgery:
    """Debulking: a share of every lesion at the named sites (of all lesions when none is named) is removed."""

    share: float
    day: float
    sites: tuple[str, ...] = ()

    def __str__(self):
        return f"{self.share:.0%} debulking of {', '.join(self.sites) or 'all lesions'} on day {self.day:g}"


@dataclass(frozen=True)
class Drug:
    """Tocilizumab [mg/kg] or dexamethasone [mg] on a day."""

    name: str
    amount: float
    day: float

    def __str__(self):
        return f"{self.name} {self.amount:g} {DRUGS[self.name]} on day {self.day:g}"


@dataclass(frozen=True)
class Switch:
    """The suicide gene of the product is triggered."""

    day: float

    def __str__(self):
        return f"safety switch on day {self.day:g}"


DRUGS = {"tocilizumab": "mg/kg", "dexamethasone": "mg"}
# At one moment: surgery first, then conditioning, then cells, then drugs.
ORDER = {Surgery: 0, Conditioning: 1, Infusion: 2, Switch: 3, Drug: 4}
PRODUCT = "product"  # stands for the conditioning that the product's file names


@dataclass(frozen=True)
class Regimen:
    """A treatment plan: steps in time, and the axes along which some of them vary.

    Parameters
    ----------
    steps : steps
        Infusions, conditioning, surgery, drugs.
    design : mapping
        Axes set by :func:`simsolid.vary`: name of a field to its values.

    Raises
    ------
    ParameterError
        A dose, share, day or name is impossible; all faults at once.

    Examples
    --------
    >>> print(Regimen.single(cells=2.5e8, route="intravenous"))
    product conditioning by day 0; 2.5e+08 cells intravenous on day 0
    """

    steps: tuple[Any, ...] = ()
    design: Mapping[str, tuple] = field(default_factory=dict)

    def __post_init__(self):
        faults = [f"regimen: {fault}" for step in self.steps for fault in _faults(step)]
        if faults:
            raise ParameterError("\n".join(faults))

    def __str__(self):
        varied = [f"{name} varied over {', '.join(map(str, values))}" for name, values in self.design.items()]
        return "; ".join([str(step) for step in self.in_order()] + varied) or "no treatment"

    def __add__(self, other: "Regimen") -> "Regimen":
        return Regimen(self.steps + other.steps, {**self.design, **other.design})

    @classmethod
    def single(cls, cells: float, route: str = "intravenous", *, day=0.0, hours=0.0, conditioning=PRODUCT) -> "Regimen":
        """Plan one infusion after lymphodepletion.

        Parameters
        ----------
        cells : [cell], one
            CAR-T cells in the bag.
        route : text
            Name of a route file.
        day : [day], one
            Day of infusion.
        hours : [hour], one
            Duration; 0 gives all cells at once.
        conditioning : text
            Name of a conditioning file, ``"none"``, or ``"product"`` for what the product's trials used.

        Returns
        -------
        Regimen

        Examples
        --------
        >>> print(Regimen.single(1e8, "intraperitoneal", hours=1, conditioning="none"))
        1e+08 cells intraperitoneal on day 0 over 1 h
        """
        before = () if conditioning == "none" else (Conditioning(conditioning, day),)
        return cls((*before, Infusion(cells, route, day, hours)))

    @classmethod
    def none(cls) -> "Regimen":
        """Plan no treatment: the natural history.

        Returns
        -------
        Regimen

        Examples
        --------
        >>> print(Regimen.none())
        no treatment
        """
        return cls()

    def repeated(self, times: int, every: float, conditioning: str = "none") -> "Regimen":
        """Give the same infusions several times.

        Parameters
        ----------
        times : [1], one
            Number of infusions in all.
        every : [day], one
            Days between them.
        conditioning : text
            Conditioning before each repeat.

        Returns
        -------
        Regimen

        Raises
        ------
        ParameterError
            ``times`` is below 1 or ``every`` is not above 0.

        Examples
        --------
        >>> len(Regimen.single(1e8).repeated(3, every=28).infusions)
        3
        """
        if times < 1 or not every > 0:
            raise ParameterError(f"regimen: {times} times every {every} days; needs times of at least 1 and every above 0")
        later = []
        for turn in range(1, int(times)):
            for infusion in self.infusions:
                day = infusion.day + turn * every
                later += [] if conditioning == "none" else [Conditioning(conditioning, day)]
                later.append(replace(infusion, day=day))
        return replace(self, steps=self.steps + tuple(later))

    def with_step(self, *steps) -> "Regimen":
        """Add steps, such as ``Surgery(0.8, day=-3)`` or ``Drug("tocilizumab", 8, day=5)``.

        Parameters
        ----------
        steps : steps
            What to add.

        Returns
        -------
        Regimen

        Examples
        --------
        >>> print(Regimen.none().with_step(Drug("tocilizumab", 8, day=5)))
        tocilizumab 8 mg/kg on day 5
        """
        return replace(self, steps=self.steps + steps)

    @property
    def infusions(self) -> tuple[Infusion, ...]:
        """The infusions, in the order given."""
        return tuple(step for step in self.steps if isinstance(step, Infusion))

    def in_order(self) -> list:
        """Steps in time; at one moment surgery, conditioning, cells, drugs."""
        return sorted(self.steps, key=lambda step: (step.day, ORDER[type(step)]))

    def with_field(self, name: str, value) -> "Regimen":
        """Change one design field everywhere it occurs: see :data:`DESIGN`."""
        kind, attribute = DESIGN[name]
        return replace(self, steps=tuple(replace(s, **{attribute: value}) if isinstance(s, kind) else s for s in self.steps))


# What vary() can put an axis on: name, the kind of step and its field.
DESIGN = {
    "dose": (Infusion, "cells"),
    "route": (Infusion, "route"),
    "hours": (Infusion, "hours"),
    "infusion_day": (Infusion, "day"),
    "conditioning": (Conditioning, "name"),
    "conditioning_day": (Conditioning, "day"),
    "surgery_share": (Surgery, "share"),
    "surgery_day": (Surgery, "day"),
    "drug_day": (Drug, "day"),
    "drug_amount": (Drug, "amount"),
}
_LIMITS = {"cells": (0.0, 1e12), "share": (0.0, 1.0), "amount": (0.0, 1e4), "hours": (0.0, 24.0 * 30), "day": (-365.0, 36500.0)}


def _faults(step) -> list[str]:
    if type(step) not in ORDER:
        return [f"{step!r}: not a step; use Infusion, Conditioning, Surgery, Drug or Switch"]
    faults = []
    for f in fields(step):
        value = getattr(step, f.name)
        if f.name in _LIMITS:
            low, high = _LIMITS[f.name]
            number = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
            if not number or not low <= value <= high:
                faults.append(f"{type(step).__name__} {f.name}: {value!r}; must be a number from {low:g} to {high:g}")
    if isinstance(step, Drug) and step.name not in DRUGS:
        faults.append(f"drug '{step.name}': unknown{nearest(step.name, DRUGS)}; there are {', '.join(DRUGS)}")
    return faults
