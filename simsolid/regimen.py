"""What is given, how, when: infusions, lymphodepletion, surgery and drugs as values that can be printed and combined."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from simsolid.errors import ParameterError
from simsolid.steps import DRUGS, ORDER, Conditioning, Drug, Infusion, Surgery, Switch, faults_of, is_number

__all__ = ["DESIGN", "PRODUCT", "UNITS", "Conditioning", "Drug", "Infusion", "Regimen", "Surgery", "Switch", "refuse_plan"]


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
        object.__setattr__(self, "steps", tuple(self.steps) if isinstance(self.steps, (tuple, list)) else (self.steps,))
        refuse_plan([fault for step in self.steps for fault in faults_of(step)])

    def __str__(self):
        varied = [f"{name} varied over {', '.join(map(str, values))}" for name, values in self.design.items()]
        return "; ".join([str(step) for step in self.in_order()] + varied) or "no treatment"

    def __add__(self, other: "Regimen") -> "Regimen":
        twice = sorted(set(self.design) & set(other.design))
        refuse_plan([f"{name} is varied in both plans; vary it once, after adding them" for name in twice])
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
        no conditioning; 1e+08 cells intraperitoneal on day 0 over 1 h
        """
        return cls((Conditioning(conditioning, day), Infusion(cells, route, day, hours)))

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
        whole = isinstance(times, (int, np.integer)) and not isinstance(times, bool) and times >= 1
        if not whole or not is_number(every) or not 0 < every < np.inf:
            wanted = "needs a whole number of at least 1 and days above 0"
            raise ParameterError(f"regimen: {times!r} times every {every!r} days; {wanted}")
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
        found = [step for step in self.steps if isinstance(step, kind)]
        refuse_plan(_muddled(name, attribute, found) if found else [f"{name} cannot vary, for the plan has no "
                    f"{kind.__name__.lower()}; start from {_EXAMPLES[kind]}"])
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
# Units of the axes that vary() makes; names have none.
UNITS = {"cells": "cell", "hours": "hour", "day": "day", "share": "1"}
_EXAMPLES = {
    Infusion: "sim.Regimen.single(cells=1e8)",
    Conditioning: 'plan.with_step(sim.Conditioning("flu_cy"))',
    Surgery: "plan.with_step(sim.Surgery(0.8, day=-3))",
    Drug: 'plan.with_step(sim.Drug("tocilizumab", 8, day=5))',
}


def refuse_plan(faults: list[str]) -> None:
    """Raise one error that lists every fault of a regimen; do nothing when there is none.

    Parameters
    ----------
    faults : texts
        One sentence each.

    Raises
    ------
    ParameterError
        With all faults.

    Examples
    --------
    >>> refuse_plan(["no such route"])
    Traceback (most recent call last):
    simsolid.errors.ParameterError: regimen: no such route
    """
    if faults:
        raise ParameterError("\n".join(f"regimen: {fault}" for fault in faults))


def _muddled(name: str, attribute: str, found: list) -> list[str]:
    """Why one value cannot replace what the steps hold: days would fall together, units differ."""
    days = {step.day for step in found}
    if attribute == "day" and len(days) > 1:
        listed = ", ".join(f"{day:g}" for day in sorted(days))
        return [f"{name} cannot vary, for the plan has such steps on days {listed}; make a plan for each choice"]
    units = {DRUGS[step.name] for step in found} if attribute == "amount" else set()
    return [f"{name} cannot vary, for the drugs' units differ; make a plan for each choice"] if len(units) > 1 else []
