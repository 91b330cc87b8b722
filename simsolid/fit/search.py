"""Many searches for the best fit, walking in step so that one call of the model serves all of them.

Each is a Levenberg-Marquardt walk on the expected information (Fisher scoring), which unlike a sum of squares takes values
below a limit and a fitted standard deviation as they are. SciPy's searches walk one at a time; tests hold this one against them.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

ENOUGH = 1e-6  # expected gain in log-likelihood below which a walk has arrived
STUCK = 1e10  # damping at which a walk cannot get on
LONGEST = 2.0  # of one step along any axis, on the scale of the search
WEAK = 1e-3  # least curvature that the damping works on: a standard deviation of thirty
FIRST_DAMPING = 1e-2


@dataclass(frozen=True, eq=False)
class Found:
    """Where walks ended.

    Parameters
    ----------
    place : [1], walks by fitted quantities
        On the scale of the search.
    value : [1], one per walk
        Negative log-likelihood; infinite where the model failed at the start.
    curvature : [1], walks by fitted quantities twice
        Expected information.
    arrived : truth, one per walk
        False for a walk that ran out of rounds.
    """

    place: np.ndarray
    value: np.ndarray
    curvature: np.ndarray
    arrived: np.ndarray


def descend(
    objective: Callable, place: np.ndarray, low: np.ndarray, high: np.ndarray, held: np.ndarray | None = None, rounds: int = 100
) -> Found:
    """Walk downhill from several places at once, within bounds.

    Parameters
    ----------
    objective : function of places, cases by fitted quantities
        Gives value, slopes and curvature; infinite values where the model failed.
    place : [1], walks by fitted quantities
        Where the walks start.
    low, high : [1], one per fitted quantity
        Bounds.
    held : truth, walks by fitted quantities, or None
        What a walk must not change.
    rounds : [1], one
        Longest walk.

    Returns
    -------
    class Found

    Examples
    --------
    >>> def bowl(x):
    ...     return ((x - 1.0) ** 2).sum(1), 2.0 * (x - 1.0), np.tile(2.0 * np.eye(2), (len(x), 1, 1))
    >>> descend(bowl, np.array([[3.0, -2.0]]), np.array([2.0, -5.0]), np.array([5.0, 5.0])).place.round(6)
    array([[2., 1.]])
    """
    held = np.zeros(place.shape, dtype=bool) if held is None else held
    place = np.where(held, place, np.clip(place, low, high))
    value, slope, curve = objective(place)
    damping, going = np.full(len(place), FIRST_DAMPING), np.isfinite(value)
    arrived = np.zeros(len(place), dtype=bool)
    for _ in range(rounds):
        rows = np.flatnonzero(going)
        if not rows.size:
            break
        still = held[rows] | ((place[rows] <= low) & (slope[rows] > 0.0)) | ((place[rows] >= high) & (slope[rows] < 0.0))
        room = low - place[rows], high - place[rows]
        trial = place[rows] + _step(slope[rows], curve[rows], damping[rows], still, room)
        trial = np.where(still, place[rows], np.clip(trial, low, high))
        hoped = _gain(trial - place[rows], slope[rows], curve[rows])
        new = objective(trial)
        better = new[0] < value[rows]
        share = np.where(better, (value[rows] - new[0]) / np.maximum(hoped, 1e-12), 0.0)
        done = (hoped >= 0.0) & (hoped < ENOUGH) & (damping[rows] <= 1.0) | (damping[rows] > STUCK)
        damping[rows] = np.clip(damping[rows] * np.where(share > 0.75, 0.2, np.where(share > 0.25, 1.0, 5.0)), 1e-9, None)
        kept = rows[better]
        place[kept], value[kept], slope[kept], curve[kept] = (part[better] for part in (trial, *new))
        arrived[rows[done]], going[rows[done]] = True, False
    return Found(place, value, curve, arrived)


def _step(slope, curve, damping, still, room):
    """Damped step of each walk; what stands still or reaches a bound is taken as given, and the others are solved for again."""
    size = np.maximum(np.einsum("kii->ki", curve), WEAK)
    matrix = curve + np.eye(slope.shape[1]) * (damping[:, None] * size)[:, None, :]
    fixed, given = still, np.zeros(slope.shape)
    for _ in range(slope.shape[1]):
        step = _solved(matrix, slope, fixed, given)
        out = ~fixed & ((step < room[0]) | (step > room[1]))
        if not out.any():
            break
        fixed, given = fixed | out, np.where(out, np.clip(step, *room), given)
    step = _solved(matrix, slope, fixed, given)
    return step * np.minimum(1.0, LONGEST / np.maximum(np.abs(step).max(axis=1, initial=0.0), 1e-12))[:, None]


def _solved(matrix, slope, fixed, given):
    """Lowest point of a quadratic function along what is not fixed."""
    free = ~fixed
    inner = np.where(free[:, :, None] & free[:, None, :], matrix, 0.0) + np.eye(slope.shape[1]) * fixed[:, None, :]
    pull = slope + np.einsum("kij,kj->ki", matrix, given)
    return given + np.linalg.solve(inner, np.where(free, -pull, 0.0)[:, :, None])[:, :, 0]


def _gain(step, slope, curve):
    """What the curvature promises of a step."""
    return -np.einsum("ki,ki->k", step, slope) - 0.5 * np.einsum("ki,kij,kj->k", step, curve, step)
