"""How large an error is, how long the next step may be, and what the solution is between two steps."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simsolid.engines import tableau
from simsolid.engines.kernels import ArrayKernel, weighted
from simsolid.engines.plan import Plan

# A step may grow twentyfold: after a dose the first steps are short and soon need not be.
SAFETY, SHRINK, GROW = 0.9, 0.2, 20.0


def norm(ratios: np.ndarray) -> np.ndarray:
    """Largest over the states: no state may be off by more than is tolerated, however many others are calm.

    A mean over the states would let the error of one grow with their number, so with the number of lesions.

    Parameters
    ----------
    ratios : [1], states by patients
        Errors in units of what is tolerated.

    Examples
    --------
    >>> norm(np.array([[3.0], [-4.0]]))
    array([4.])
    """
    return np.abs(ratios).max(axis=0)


def next_length(error: np.ndarray) -> np.ndarray:
    """Factor from this step's length to the next one's.

    Parameters
    ----------
    error : [1], one per patient
        Error of this step in units of what is tolerated; not finite shortens as much as a large one.
    """
    safe = np.where(error < 1e10, np.maximum(error, 1e-10), 1e10)
    return np.clip(SAFETY * safe ** (-1.0 / tableau.ORDER), SHRINK, GROW)


def first_length(plan: Plan, t: np.ndarray, x: np.ndarray, p: np.ndarray, q: np.ndarray, atol: np.ndarray, rtol: float):
    """Length of a first step, from the first and second derivative where it starts.

    Parameters
    ----------
    plan : Plan
        Programs of the model.
    t : [day], one per patient
        Start.
    x, p, q : blocks
        State, parameters and values derived from them.
    atol : units of the states, one column
        Absolute tolerance.
    rtol : [1], one
        Relative tolerance.

    References
    ----------
    hairer1993, section II.4
    """
    scale = atol + rtol * np.abs(x)
    slope = plan.rates.block(t, {"x": x, "p": p, "q": q})
    size, speed = norm(x / scale), norm(slope / scale)
    trial = np.where((size < 1e-5) | (speed < 1e-5), 1e-6, 0.01 * size / speed)
    moved = plan.rates.block(t + trial, {"x": x + trial * slope, "p": p, "q": q})
    bend = norm((moved - slope) / scale) / trial
    fastest = np.maximum(speed, bend)
    length = np.where(fastest <= 1e-15, np.maximum(1e-6, 1e-3 * trial), (0.01 / fastest) ** (1.0 / (tableau.ORDER + 1)))
    length = np.minimum(100.0 * trial, length)
    return np.where(np.isfinite(length) & (length > 0.0), length, 1e-6)


@dataclass(frozen=True, eq=False)
class Between:
    """The continuous solution over the step just taken.

    Parameters
    ----------
    kernel : kernel
        Block of patients, still at the start of the step.
    t, h : [day], one per patient
        Start and length of the step.
    end : units of the states, states by patients
        State at the end of the step.
    """

    kernel: ArrayKernel
    t: np.ndarray
    h: np.ndarray
    end: np.ndarray

    def states(self, columns: np.ndarray, share: np.ndarray, rows: Sequence[int] | None = None) -> np.ndarray:
        """State of some patients part of the way through the step.

        Parameters
        ----------
        columns : [1], one per value
            Places in the block, possibly repeated.
        share : [1], one per value
            Part of the step, from 0 to 1.
        rows : [1], one per state wanted
            Which states; all if not given.

        Returns
        -------
        units of the states, states by values

        References
        ----------
        steinebach2023
        """
        return self.gathered(columns, range(len(self.end)) if rows is None else rows).states(share)

    def gathered(self, columns: np.ndarray, rows: Sequence[int]) -> "Gathered":
        """What the states of some patients within the step are made of, taken together once for whoever asks again and again.

        Parameters
        ----------
        columns : [1], one per value
            Places in the block, possibly repeated.
        rows : [1], one per state wanted
            Which states.

        Returns
        -------
        Gathered
        """
        # For most of the block it is cheaper to weigh every column in place than to gather eight stages first.
        most = 2 * len(columns) > self.kernel.width
        stages = self.kernel.u[:, _place(rows)]
        # Copied once where they do not lie side by side, not for each sum.
        stages = np.ascontiguousarray(stages if most else np.take(stages, columns, axis=2))
        end, before = (_taken(block, rows, columns) for block in (self.end, self.kernel.x))
        return Gathered(stages, columns if most else None, end, before)


@dataclass(frozen=True, eq=False)
class Gathered:
    """The continuous solution of some states of some patients over a step.

    Parameters
    ----------
    stages : units of the states, stages by states by columns
        Of these patients, or of the whole block.
    columns : [1], one per value, or nothing
        Where the patients are in a whole block.
    end, before : units of the states, states by patients
        At the end and at the start of the step.
    """

    stages: np.ndarray
    columns: np.ndarray | None
    end: np.ndarray
    before: np.ndarray

    def states(self, share: np.ndarray) -> np.ndarray:
        """States part of the way through the step; see :meth:`Between.states`."""
        found = np.zeros(self.end.shape)
        sums = np.empty(self.stages.shape[1:])
        for weights in tableau.H[::-1]:
            found *= share
            weighted(weights, self.stages, sums)
            found += sums if self.columns is None else np.take(sums, self.columns, axis=1)
        found *= 1.0 - share
        found += self.end
        found -= self.before  # in this form a state that does not change stays the same to the last bit
        found *= share
        found += self.before
        return found


def _place(rows):
    """Neighbouring rows as a slice, which copies nothing."""
    together = len(rows) > 0 and rows[-1] - rows[0] == len(rows) - 1
    return slice(rows[0], rows[-1] + 1) if together else list(rows)


def _taken(block, rows, columns):
    return np.take(block[_place(rows)], columns, axis=1)
