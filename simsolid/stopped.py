"""Why a patient stopped, in words: the day, the state at fault, and what is unusual about this patient."""

from dataclasses import dataclass

import numpy as np

from simsolid.engines.solution import Status
from simsolid.study import CASE, Group, Study

# Everyone is the extreme of a cohort in something. Drawn values are cut at three standard deviations, so beyond four
# a value is no accident of the draw.
UNUSUAL = 4.0
FEWEST = 5  # patients; fewer have no meaningful extreme


@dataclass(frozen=True)
class Oddity:
    """The value by which a patient stands out most."""

    name: str
    value: float
    unit: str
    extreme: str

    def __str__(self):
        unit = f" {self.unit}" if self.unit != "1" else ""
        return f"{self.name} {self.value:.3g}{unit}, the cohort's {self.extreme}"


def oddity(study: Study, position: int) -> Oddity | None:
    """Find the value by which one patient stands out most from the cohort.

    Parameters
    ----------
    study : Study
        Who was simulated.
    position : [1], one
        Place of the patient in the cohort.

    Returns
    -------
    Oddity or None
        None when no value is both the cohort's extreme and unusual.

    Examples
    --------
    >>> import simsolid as sim
    >>> from simsolid.design import study_of
    >>> from simsolid.models import MODELS
    >>> setting = sim.load("gastric")
    >>> study = study_of(setting, sim.Regimen.none(), 10.0, -7.0, None, MODELS["house"], 1e-5)
    >>> oddity(study, 0) is None
    True
    """
    if len(study.roster.patients) < FEWEST:
        return None
    found, furthest = None, UNUSUAL
    for name in study.people.names:
        value = study.people.value(name)
        if getattr(value.value, "dims", ()) != (CASE,):
            continue
        numbers = value.value.values
        far = _distance(numbers, position)
        if far > furthest and numbers[position] in (numbers.min(), numbers.max()):
            extreme = "largest" if numbers[position] == numbers.max() else "smallest"
            found, furthest = Oddity(name, float(numbers[position]), value.unit, extreme), far
    return found


def _distance(numbers: np.ndarray, position: int) -> float:
    """Distance from the median in robust standard deviations, on the log scale where that is possible."""
    scaled = np.log(numbers) if (numbers > 0).all() else numbers
    from_middle = np.abs(scaled - np.median(scaled))
    spread = 1.4826 * np.median(from_middle)
    if spread > 0:
        return float(from_middle[position] / spread)
    return np.inf if from_middle[position] > 0 else 0.0


def reasons(group: Group, solution, states) -> np.ndarray:
    """Say for each case why it stopped.

    Parameters
    ----------
    group : Group
        Patients that were integrated together.
    solution : Solution
        What the engine returned.
    states : texts
        Names of the state rows.

    Returns
    -------
    texts, one per case
        Empty for a case that finished.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> list(reasons(None, SimpleNamespace(status=np.zeros(2)), ()))
    ['', '']
    """
    said = np.full(len(solution.status), "", dtype=object)
    said[solution.status == Status.INTERRUPTED] = Status.INTERRUPTED.sentence
    for case in np.flatnonzero((solution.status != Status.FINISHED) & (solution.status != Status.INTERRUPTED)):
        who = int(group.members[case % len(group.members)])
        odd = oddity(group.study, who)
        culprit = int(solution.culprit[case])
        where = f"{_place(group, states[culprit])}: " if culprit >= 0 else ""
        what = Status(solution.status[case]).sentence
        said[case] = f"stopped at day {solution.stopped[case]:.4g}: {where}{what}{f' ({odd})' if odd else ''}"
    return said


def _place(group: Group, state: str) -> str:
    """A state's row in words: ``effector[1]`` is the effectors of the group's second lesion slot."""
    name, _, slot = state.partition("[")
    return f"{name} in lesion {group.slots[int(slot[:-1])]}" if slot else name
