"""A ledger as a fixed plan: what each patient was given, on that patient's own days."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from simsolid.arms import arm_axes
from simsolid.errors import ParameterError, nearest
from simsolid.steps import DRUGS, Conditioning, Drug, Infusion, Stop, Surgery, Switch, faults_of

COLUMNS = ("patient", "day", "step", "amount", "detail", "hours")
_STEPS = {
    "infusion": lambda amount, detail, hours: Infusion(amount, detail, None, hours),
    "conditioning": lambda amount, detail, hours: Conditioning(detail, None),
    "surgery": lambda amount, detail, hours: Surgery(amount, None, tuple(detail.split(", ")) if detail else ()),
    "safety_switch": lambda amount, detail, hours: Switch(),
    "stop": lambda amount, detail, hours: Stop(),
}


@dataclass(frozen=True, eq=False)
class Course:
    """One step and the patients who are given it, each on a day of their own.

    Parameters
    ----------
    step : step
        What is given, without a day.
    patients : [1], one per patient
        Patient numbers.
    days : [day], one per patient
        When.
    ranks : [1], one per patient
        Place among all that the patient is given: the order at one moment.
    """

    step: Any
    patients: np.ndarray
    days: np.ndarray
    ranks: np.ndarray

    def __str__(self):
        return f"{self.step} in {len(self.patients)} patients"


def described(step) -> tuple[str, float, str, str, float]:
    """What a ledger writes of a step: kind, amount, unit, detail and hours.

    Parameters
    ----------
    step : step
        What was given.

    Returns
    -------
    texts and [1]

    Examples
    --------
    >>> described(Drug("tocilizumab", 8, 5.0))
    ('tocilizumab', 8.0, 'mg/kg', '', 0.0)
    """
    match step:
        case Infusion():
            return "infusion", float(step.cells), "cell", step.route, float(step.hours)
        case Conditioning():
            return "conditioning", np.nan, "", step.name, 0.0
        case Surgery():
            return "surgery", float(step.share), "1", ", ".join(step.sites), 0.0
        case Drug():
            return step.name, float(step.amount), DRUGS[step.name].unit, "", 0.0
        case Switch():
            return "safety_switch", np.nan, "", "", 0.0
    return "stop", np.nan, "", "", 0.0


def courses(ledger) -> tuple[Course, ...]:
    """Turn a ledger into courses.

    Parameters
    ----------
    ledger : DataFrame, one row per act
        From :func:`simsolid.ledger.ledger`, of one arm.

    Returns
    -------
    Courses

    Raises
    ------
    ParameterError
        A column is missing, several arms are mixed, or a row cannot be given; all faults at once.

    Examples
    --------
    >>> import pandas as pd
    >>> row = {"patient": [3], "day": [5.0], "step": ["tocilizumab"], "amount": [8.0], "detail": [""], "hours": [0.0]}
    >>> [str(course) for course in courses(pd.DataFrame(row))]
    ['tocilizumab 8 mg/kg in 1 patients']
    """
    missing = [name for name in COLUMNS if name not in ledger]
    if missing:
        raise ParameterError(f"replay: no column {', '.join(missing)}; give what sim.ledger(run) returns")
    mixed = [f"{name} {', '.join(map(str, ledger[name].unique()))}" for name in arm_axes(ledger) if ledger[name].nunique() > 1]
    if mixed:
        raise ParameterError(f"replay: the ledger holds several arms ({'; '.join(mixed)}); select one, such as "
                             f"table[table['{arm_axes(ledger)[0]}'] == ...]")  # fmt: skip
    table = ledger.assign(rank=ledger.groupby("patient").cumcount(), amount=ledger["amount"].astype(float))
    kind = ["step", "amount", "detail", "hours"]
    table["turn"] = table.groupby(["patient", *kind], dropna=False).cumcount()
    found, faults = [], []
    for (name, amount, detail, hours, _), rows in table.groupby([*kind, "turn"], dropna=False, sort=False):
        step = _step(name, amount, detail, hours, faults)
        if step is not None:
            numbers = (rows[column].to_numpy() for column in ("patient", "day", "rank"))
            found.append(Course(step, *numbers))
    faults += _days(table["day"].to_numpy(dtype=float))
    if faults:
        raise ParameterError("\n".join(f"replay: {fault}" for fault in dict.fromkeys(faults)))
    return tuple(found)


def _step(name: str, amount: float, detail: str, hours: float, faults: list[str]):
    known = [*_STEPS, *DRUGS]
    if name not in known:
        faults.append(f"step '{name}' unknown{nearest(str(name), known)}; there are {', '.join(known)}")
        return None
    step = Drug(name, amount) if name in DRUGS else _STEPS[name](amount, detail, hours)
    faults += faults_of(step, timed=False)
    return step


def _days(days: np.ndarray) -> Sequence[str]:
    return () if np.isfinite(days).all() else ("a day is missing; every act needs one",)
