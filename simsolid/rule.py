"""Treatment that reacts to the patient: rules as values, readable as a sentence, from Python or from a TOML file.

At one moment what the plan holds comes first, then the rules, in the order in which they are listed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from simsolid.conditions import (
    Condition,
    Quantity,
    duration_text,
    of_scan,
    quantities,
    read_conditions,
    read_duration,
)
from simsolid.criteria import CRITERIA, criterion
from simsolid.errors import ParameterError
from simsolid.models import MODELS
from simsolid.sound import faults_in
from simsolid.steps import PLAN, Infusion, faults_of
from simsolid.treatments import read_steps

MOST_TIMES = 1000
READING = "1 day"  # assumed: what a scan shows is acted on the next day


@dataclass(frozen=True)
class Rule:
    """Give something to a patient when a condition is met.

    The moment is found on the solution, whatever the output days. A rule that speaks of a scan is decided at that scan.

    Parameters
    ----------
    give : text or step, one or a list
        Such as ``"tocilizumab 8 mg/kg"``, ``"flu_cy conditioning and 1e8 cells intravenous"``, ``"80 % debulking of liver"``,
        ``"safety switch"``, ``"stop"``, or steps without a day.
    when : text
        Such as ``"temperature >= 38.5 degC for 6 h or crs_grade >= 2"``; see :mod:`simsolid.conditions`.
    until : text or None
        Once given it is given again every ``apart`` until this holds; read at each repeat.
    after : text or None
        Delay from the decision to the act; None for none, or one day after a scan.
    apart : text or None
        Least time from one act to the next.
    at_most : [1], one
        How often.
    name : text
        What the ledger calls the rule; the sentence of what is given when empty.

    Raises
    ------
    ParameterError
        A dose, time or sentence is impossible; all faults at once. Quantities and units are checked against the model before
        a run starts.

    Examples
    --------
    >>> print(Rule("tocilizumab 8 mg/kg", when="temperature >= 38.5 degC for 6 h or crs_grade >= 2", at_most=2, apart="8 h"))
    tocilizumab 8 mg/kg when temperature >= 38.5 degC for 6 h or crs_grade >= 2, at most 2 times, at least 8 h apart
    """

    give: Any
    when: str
    until: str | None = None
    after: str | None = None
    apart: str | None = None
    at_most: int = 1
    name: str = ""

    def __post_init__(self):
        faults: list[str] = []
        parts = _parts(self, faults)
        faults += faults_in((*parts.when, *parts.until), _anywhere(), _all_words())
        faults += _contradictions(self, parts)
        if faults:
            raise ParameterError("\n".join(f"{_called(self)}: {fault}" for fault in faults))
        object.__setattr__(self, "give", parts.steps if len(parts.steps) > 1 else parts.steps[0])
        object.__setattr__(self, "name", self.name or _words(parts.steps))

    def __str__(self):
        parts = self.parts
        told = f"{_words(parts.steps)} when {' or '.join(map(str, parts.when))}"
        if parts.until:
            told += f", again every {duration_text(parts.apart)} until {parts.until[0]}"
        if parts.after:
            told += f", after {duration_text(parts.after)}"
        times = "once" if self.at_most == 1 else f"at most {self.at_most} times"
        return f"{told}, {times}" + (f", at least {duration_text(parts.apart)} apart" if parts.apart and not parts.until else "")

    @property
    def parts(self) -> "Parts":
        """The rule as the numbers and terms it stands for."""
        return _parts(self, [])


@dataclass(frozen=True)
class Parts:
    """A rule taken apart: steps, conditions, and times in days."""

    steps: tuple[Any, ...]
    when: tuple[Condition, ...]
    until: tuple[Condition, ...]
    after: float
    apart: float

    @property
    def scans(self) -> bool:
        """Whether a scan decides."""
        return any(of_scan(one) for one in (*self.when, *self.until))


@cache
def _anywhere() -> dict[str, Quantity]:
    """What the models speak of, all together: a rule is made before anyone knows which of them it is for."""
    return {name: quantity for model in MODELS.values() for name, quantity in quantities(model).items()}


@cache
def _all_words() -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for criteria in CRITERIA for word in words_of(criteria)))


def _called(rule: Rule) -> str:
    given = rule.give if isinstance(rule.give, str) else _words(_listed(rule.give))
    return f"rule '{rule.name or given}'"


def _listed(give) -> tuple:
    return tuple(give) if isinstance(give, (tuple, list)) else (give,)


def _words(steps: Sequence) -> str:
    return " and ".join(str(step) for step in steps)


def _parts(rule: Rule, faults: list[str]) -> Parts:
    listed = _listed(rule.give)
    given = tuple(step for each in listed for step in (read_steps(each, faults) if isinstance(each, str) else (each,)))
    faults += [] if listed else ["give: nothing; write such as 'tocilizumab 8 mg/kg'"]
    faults += [f"give: {fault}" for step in given for fault in faults_of(step, timed=False)]
    faults += [f"give: '{step}'; a rule finds its own day: leave it out" for step in given if getattr(step, "day", None)]
    given = given if faults else tuple(replace(step, day=None) for step in given)
    when = read_conditions(rule.when, "when", faults)
    until = read_conditions(rule.until, "until", faults) if rule.until is not None else ()
    apart = read_duration(rule.apart, "apart", faults) if rule.apart is not None else 0.0
    scans = any(of_scan(one) for one in when)
    after = rule.after if rule.after is not None else READING if scans else "0 day"
    return Parts(given, when, until, read_duration(after, "after", faults), apart)


def _contradictions(rule: Rule, parts: Parts) -> list[str]:
    """What cannot be meant: endless or idle repeats, holds that outlast the cool-down, infusions that take time."""
    found = [f"name: {PLAN!r} is what the ledger calls the planned steps; give another"] if rule.name == PLAN else []
    whole = isinstance(rule.at_most, int) and not isinstance(rule.at_most, bool)
    if not whole or not 1 <= rule.at_most <= MOST_TIMES:
        found.append(f"at_most: {rule.at_most!r}; must be a whole number from 1 to {MOST_TIMES}")
    elif rule.at_most > 1 and parts.apart <= 0.0:
        found.append(f"at_most: {rule.at_most} times without a cool-down would all come at one moment; give apart, such as '8 h'")
    if parts.until and (parts.apart <= 0.0 or rule.at_most == 1):
        found.append("until: a course needs apart, the time between its doses, and at_most, their largest number")
    if len(parts.until) > 1:
        found.append(f"until: '{rule.until}'; give one condition, without 'or'")
    shortest = min((one.hold for one in parts.when), default=0.0)
    if 0.0 < parts.apart < shortest:
        found.append(f"apart: {duration_text(parts.apart)} is shorter than the time for which 'when' must hold; "
                     f"make apart at least {duration_text(shortest)}")  # fmt: skip
    if parts.scans and parts.after <= 0.0:
        found.append("after: what a scan shows is read first and acted on later; give a time above 0, such as '1 day'")
    found += [f"give: '{step}'; a rule gives cells at once: leave hours out"
              for step in parts.steps if isinstance(step, Infusion) and step.hours]
    return found


def faults_with(rule: Rule, model, words: Sequence[str]) -> list[str]:
    """What of a rule does not fit a model: unknown quantities, units and words.

    Parameters
    ----------
    rule : Rule
        A rule.
    model : Model
        The model to be run.
    words : texts
        What a response may be called.

    Returns
    -------
    texts

    Examples
    --------
    >>> from simsolid.models import MODELS
    >>> faults_with(Rule("stop", when="response is iCPD"), MODELS["house"], ["SD", "PD"])
    ["rule 'no further cells': 'response is iCPD': no response 'iCPD'; did you mean 'PD'?"]
    """
    parts = rule.parts
    return [f"rule '{rule.name}': {fault}" for fault in faults_in((*parts.when, *parts.until), quantities(model), words)]


def words_of(criteria: str) -> tuple[str, ...]:
    """What a response may be called by a criterion.

    Parameters
    ----------
    criteria : text
        Name of a criterion.

    Returns
    -------
    texts

    Raises
    ------
    ParameterError
        There is no such criterion.

    Examples
    --------
    >>> words_of("recist")
    ('NE', 'PD', 'NON_CR_NON_PD', 'SD', 'PR', 'CR')
    """
    return tuple(word.name for word in criterion(criteria).words)


def at_day(step, day: float):
    """A step of a rule, placed in time.

    Parameters
    ----------
    step : step
        What is given.
    day : [day], one
        When.

    Returns
    -------
    step

    Examples
    --------
    >>> from simsolid.steps import Drug
    >>> print(at_day(Drug("tocilizumab", 8), 5.0))
    tocilizumab 8 mg/kg on day 5
    """
    return replace(step, day=day)
