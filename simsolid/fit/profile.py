"""Profile likelihoods: how far each fitted quantity can move when all others follow, all profiles in step (raue2009)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from simsolid.fit.search import Found, descend

FIRST_STEP = (0.02, 2.0)  # least and largest first step, on the scale of the search
FARTHER = (1.3, 2.5)  # least and largest factor by which a walk that has not yet crossed goes farther
CLOSE = 0.03  # of the root of the drop to its threshold
FINE = 1e-3  # width of a bracket that is narrow enough
ROUNDS = 25
DEEPER = 0.01  # gain in log-likelihood that calls for a new best fit


@dataclass
class Side:
    """The profile of one quantity to one side of the best fit.

    Parameters
    ----------
    which : [1], one
        Place of the quantity.
    way : [1], one
        -1 for down, 1 for up.
    inner : [1], several
        All quantities at the farthest point so far whose drop is below the threshold.
    root : [1], one
        Square root of the drop of twice the log-likelihood there.
    outer : [1], several, or None
        The nearest point beyond the threshold, and its root.
    end : [1], one
        Where the threshold is crossed; NaN when it is not crossed within the bounds.
    """

    which: int
    way: int
    inner: np.ndarray
    root: float = 0.0
    outer: np.ndarray | None = None
    outer_root: float = np.inf
    end: float = np.nan
    done: bool = False
    stopped: bool = False  # ends where the model can no longer be run
    seen: list[tuple[float, float]] = field(default_factory=list)


@dataclass(frozen=True, eq=False)
class Profiles:
    """All sides, and a better fit if one was met on the way."""

    sides: tuple[Side, ...]
    better: np.ndarray | None


def profiles(
    objective: Callable, best: Found, low: np.ndarray, high: np.ndarray, names: Sequence[str], threshold: float
) -> Profiles:
    """Follow the profile of every quantity to both sides, until twice the log-likelihood has dropped by a threshold.

    Parameters
    ----------
    objective : function of places
        As for :func:`simsolid.fit.search.descend`.
    best : class Found
        The best fit, one walk.
    low, high : [1], one per quantity
        Bounds.
    names : texts
        Names of the quantities.
    threshold : [1], one
        Drop at the ends of an interval: 3.84 for 95 %.

    Returns
    -------
    class Profiles

    References
    ----------
    raue2009

    Examples
    --------
    >>> def bowl(x):
    ...     return 0.5 * (x**2).sum(1), x.copy(), np.tile(np.eye(1), (len(x), 1, 1))
    >>> best = descend(bowl, np.array([[0.5]]), np.array([-9.0]), np.array([1.0]))
    >>> ends = [side.end for side in profiles(bowl, best, np.array([-9.0]), np.array([1.0]), ["a"], 3.84).sides]
    >>> [round(float(end), 1) for end in ends]
    [-2.0, nan]
    """
    centre, floor, goal = best.place[0], float(best.value[0]), float(np.sqrt(threshold))
    sides = [Side(i, way, centre) for i in range(len(names)) for way in (-1, 1)]
    first = goal * _errors(best.curvature[0])
    for side in sides:
        limit = (low, high)[side.way > 0][side.which]
        side.done = side.way * (limit - centre[side.which]) <= FINE
    for _ in range(ROUNDS):
        going = [side for side in sides if not side.done]
        if not going:
            break
        found = descend(objective, *_next(going, centre, first, goal, low, high))
        lowest = int(np.argmin(found.value))
        if found.value[lowest] < floor - DEEPER:
            return Profiles(tuple(sides), found.place[lowest])
        for side, place, value in zip(going, found.place, found.value, strict=True):
            _take(side, place, float(np.sqrt(max(2.0 * (value - floor), 0.0))), goal, (low, high)[side.way > 0][side.which])
    return Profiles(tuple(sides), None)


def _errors(curvature: np.ndarray) -> np.ndarray:
    """Standard errors from the information, large where there is none."""
    spread = np.linalg.inv(curvature + 1e-6 * np.eye(len(curvature)))
    return np.sqrt(np.maximum(np.diag(spread), 0.0))


def _next(going, centre, first, goal, low, high):
    """Where each side looks next, its bounds, and what it holds still: the arguments of a descent."""
    places = []
    for side in going:
        i, at = side.which, side.inner[side.which]
        if side.outer is not None:
            share = (goal - side.root) / (side.outer_root - side.root) if np.isfinite(side.outer_root) else 0.5
            place = side.inner + min(max(share, 0.1), 0.9) * (side.outer - side.inner)
        else:
            farther = np.clip(1.1 * goal / max(side.root, 1e-9), *FARTHER) * abs(at - centre[i])
            reach = farther if side.seen else np.clip(first[i], *FIRST_STEP)
            place = side.inner.copy()
            place[i] = np.clip(centre[i] + side.way * reach, low[i], high[i])
        places.append(place)
    held = np.zeros((len(going), len(centre)), dtype=bool)
    held[np.arange(len(going)), [side.which for side in going]] = True
    return np.array(places), low, high, held


def _take(side: Side, place: np.ndarray, root: float, goal: float, limit: float) -> None:
    """Note a point of a profile, and whether its end is found."""
    i = side.which
    side.seen.append((float(place[i]), root))
    if abs(root - goal) <= CLOSE:
        side.end, side.done = float(place[i]), True
    elif root < goal:
        side.inner, side.root = place, root
        side.done = side.outer is None and side.way * (limit - place[i]) <= 1e-9
    else:
        side.outer, side.outer_root = place, root
    if not side.done and side.outer is not None and abs(side.outer[i] - side.inner[i]) <= FINE:
        side.end, side.done, side.stopped = float(side.inner[i]), True, not np.isfinite(side.outer_root)
