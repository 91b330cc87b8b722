"""What is given, how, when: steps in time and rules that react to the patient, as values that can be printed and combined."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from os import PathLike
from typing import Any

import numpy as np

from simsolid.axes import DESIGN, EXAMPLES, muddled, refuse_taken
from simsolid.errors import ParameterError
from simsolid.replay import Course, courses
from simsolid.rule import Rule
from simsolid.rulebook import rules
from simsolid.scans import Scans
from simsolid.steps import ORDER, Conditioning, Drug, Infusion, Stop, Surgery, Switch, faults_of, is_number

__all__ = ["PRODUCT", "Conditioning", "Drug", "Infusion", "Regimen", "Stop", "Surgery", "Switch", "refuse_plan"]


PRODUCT = "product"  # stands for the conditioning that the product's file names


@dataclass(frozen=True)
class Regimen:
    """A treatment plan: steps in time, rules that react to the patient, and the axes along which some of them vary.

    Parameters
    ----------
    steps : steps
        Infusions, conditioning, surgery, drugs.
    design : mapping
        Axes set by :func:`simsolid.vary`: name of a field to its values.
    rules : Rules
        What is given when a condition is met, see :meth:`with_rules`.
    scans : Scans or None
        Schedule of the scans that rules read; the usual one when None.
    options : mapping
        Sets of rules along an axis: name of the axis to the rules of each label.
    replayed : Courses
        What each patient is given on own days, see :meth:`replay`.

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
    rules: tuple[Rule, ...] = ()
    scans: Scans | None = None
    options: Mapping[str, Mapping[str, tuple[Rule, ...]]] = field(default_factory=dict)
    replayed: tuple[Course, ...] = ()

    def __post_init__(self):
        object.__setattr__(self, "steps", tuple(self.steps) if isinstance(self.steps, (tuple, list)) else (self.steps,))
        refuse_plan([fault for step in self.steps for fault in faults_of(step)])

    def __str__(self):
        varied = [f"{name} varied over {', '.join(map(str, values))}" for name, values in self.design.items()]
        given = [str(part) for part in (*self.in_order(), *self.replayed, *self.rules)]
        read = [str(self.scans)] if self.scans else []
        return "; ".join(given + read + varied) or "no treatment"

    def __add__(self, other: "Regimen") -> "Regimen":
        twice = sorted(set(self.design) & set(other.design))
        refuse_plan([f"{name} is varied in both plans; vary it once, after adding them" for name in twice])
        if self.scans and other.scans and self.scans != other.scans:
            refuse_plan([f"the plans are scanned differently: {self.scans}; {other.scans}"])
        return Regimen(
            self.steps + other.steps, {**self.design, **other.design}, self.rules + other.rules, self.scans or other.scans,
            {**self.options, **other.options}, self.replayed + other.replayed,
        )  # fmt: skip

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
        planned = [step for step in self.steps if isinstance(step, Infusion)]
        for turn in range(1, int(times)):
            for infusion in planned:
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

    def with_rules(self, *given, scans: Scans | None = None) -> "Regimen":
        """Add rules that react to the patient.

        Parameters
        ----------
        given : Rules, or names or files of sets of rules
            Such as ``sim.Rule(...)`` or ``"standard"``; at one moment they act in this order.
        scans : Scans or None
            Schedule of the scans that rules read.

        Returns
        -------
        Regimen

        Raises
        ------
        ParameterError
            One of them is no rule, or a set does not exist.

        Examples
        --------
        >>> plan = Regimen.single(1e8).with_rules("standard")
        >>> [rule.name for rule in plan.rules]
        ['tocilizumab', 'dexamethasone']
        """
        return replace(self, rules=self.rules + _rules(given), scans=scans or self.scans)

    def with_options(self, name: str, options: Mapping[str, Any]) -> "Regimen":
        """Put an axis of rule sets on the plan: each label has its own rules beside those of the plan.

        Parameters
        ----------
        name : text
            Name of the axis, such as ``"rescue"``.
        options : mapping
            Label to rules: none, one, several, or names of sets.

        Returns
        -------
        Regimen

        Raises
        ------
        ParameterError
            The axis has a name in use, or no labels.

        Examples
        --------
        >>> plan = Regimen.single(1e8).with_options("rescue", {"none": (), "standard": "standard"})
        >>> plan.design["rescue"]
        ('none', 'standard')
        """
        refuse_taken(name)
        if name in DESIGN or not options:
            refuse_plan([f"{name}: an axis of rules needs a name of its own and at least one label"])
        sets = {str(label): _rules(each if isinstance(each, (tuple, list)) else (each,)) for label, each in options.items()}
        return replace(self, design={**self.design, name: tuple(sets)}, options={**self.options, name: sets})

    @classmethod
    def replay(cls, ledger) -> "Regimen":
        """Plan exactly what a ledger lists: each patient is given the same on the same days.

        Parameters
        ----------
        ledger : DataFrame, one row per act
            From :func:`simsolid.ledger`, of one arm.

        Returns
        -------
        Regimen

        Raises
        ------
        ParameterError
            A column is missing, several arms are mixed, or a row cannot be given.

        Examples
        --------
        >>> import pandas as pd
        >>> row = {"patient": [0], "day": [5.0], "step": ["tocilizumab"], "amount": [8.0], "detail": [""], "hours": [0.0]}
        >>> print(Regimen.replay(pd.DataFrame(row)))
        tocilizumab 8 mg/kg in 1 patients
        """
        return cls(replayed=courses(ledger))

    @property
    def infusions(self) -> tuple[Infusion, ...]:
        """The infusions, in the order given; those of rules and of a replayed ledger come last."""
        return tuple(step for step in self.parts() if isinstance(step, Infusion))

    def parts(self) -> tuple[Any, ...]:
        """Everything that may be given: planned steps, then those of rules and of a replayed ledger, which have no day."""
        ruled = [step for rule in self.rules for step in rule.parts.steps]
        return (*self.steps, *ruled, *(course.step for course in self.replayed))

    def in_order(self) -> list:
        """Steps in time; at one moment surgery, conditioning, cells, drugs."""
        return sorted(self.steps, key=lambda step: (step.day, ORDER[type(step)]))

    def with_field(self, name: str, value) -> "Regimen":
        """Change one design field everywhere it occurs (see :data:`DESIGN`), or take the rules of one label."""
        if name in self.options:
            return replace(self, rules=self.rules + self.options[name][value])
        kind, attribute = DESIGN[name]
        found = [step for step in self.steps if isinstance(step, kind)]
        refuse_plan(muddled(name, attribute, found) if found else [f"{name} cannot vary, for the plan has no "
                    f"{kind.__name__.lower()}; start from {EXAMPLES[kind]}"])
        return replace(self, steps=tuple(replace(s, **{attribute: value}) if isinstance(s, kind) else s for s in self.steps))


def _rules(given) -> tuple[Rule, ...]:
    found: list[Rule] = []
    for each in given:
        if isinstance(each, (tuple, list)):
            found += _rules(each)
        elif isinstance(each, Rule):
            found.append(each)
        elif isinstance(each, (str, PathLike)):
            found += () if each == "none" else rules(each)
        else:
            refuse_plan([f"{each!r} is no rule; give sim.Rule(...), or the name of a set such as 'standard'"])
    return tuple(found)


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
