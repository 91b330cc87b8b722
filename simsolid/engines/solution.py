"""What goes into an integration beside the equations, and what comes out of it."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np


class Status(IntEnum):
    """How the integration of one case ended; each member has a `sentence`."""

    FINISHED = 0
    NOT_FINITE = 1
    STEP_TOO_SMALL = 2
    TOO_MANY_STEPS = 3
    EVENT_FAILED = 4
    INTERRUPTED = 5

    @property
    def sentence(self) -> str:
        """The outcome in words, to follow the name of the state at fault."""
        return _SENTENCES[self]


_SENTENCES = {
    Status.FINISHED: "the last day was reached",
    Status.NOT_FINITE: "a value or its rate of change is no longer finite",
    Status.STEP_TOO_SMALL: "changes too fast for any step (it runs away, or jumps)",
    Status.TOO_MANY_STEPS: "the largest number of steps was used up before the last day",
    Status.EVENT_FAILED: "an event left a value that is not finite",
    Status.INTERRUPTED: "the work was interrupted before this case was finished",
}


@dataclass(frozen=True, eq=False)
class Events:
    """What happens on days known beforehand.

    Parameters
    ----------
    day : [day], cases by events
        Days in increasing order in each row, padded with plus infinity.
    action : [1], cases by events
        Which of the actions.
    amount : any unit, cases by events by amounts
        Numbers handed to the action.
    """

    day: np.ndarray
    action: np.ndarray
    amount: np.ndarray


@dataclass(frozen=True, eq=False)
class Solution:
    """Values at the days asked for, and how each case ended.

    Parameters
    ----------
    values : units of the outputs, outputs by cases by times
        NaN from the moment at which a case failed.
    status : [1], one per case
        Members of `Status`.
    stopped : [day], one per case
        Day of failure, NaN for a case that finished.
    culprit : [1], one per case
        Row of the state at fault, -1 for none or not known.
    steps, rejected, repivoted : [1], one per case
        Steps tried, steps of them refused, and steps whose linear systems were solved again with pivoting.
    final : units of the states, states by cases
        State on the last day, after its events; NaN for a failed case.
    final_parameters : units of the parameters, parameters by cases
        Parameters on the last day.
    fired : case, reaction, [day], alternative, unit of the signal and truth, one row per act
        Reactions that acted, in order of case and day: which alternative was met, its first signal at the decision, and
        whether a course was going on.
    """

    values: np.ndarray
    status: np.ndarray
    stopped: np.ndarray
    culprit: np.ndarray
    steps: np.ndarray
    rejected: np.ndarray
    repivoted: np.ndarray
    final: np.ndarray
    final_parameters: np.ndarray
    fired: np.ndarray
