"""The fit of one individual: starts, walks, the best of them, its profiles."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simsolid.errors import SolveError
from simsolid.fit.free import design
from simsolid.fit.problem import Problem
from simsolid.fit.profile import Profiles, profiles
from simsolid.fit.search import Found, descend

TRIED = 8  # places looked at for each walk that is begun
MOST_BETTER = 4  # better fits that are accepted from profiles


@dataclass(frozen=True)
class Ends:
    """Drop of twice the log-likelihood at the ends of intervals: the one used, and the one that is exact for a straight line."""

    threshold: float
    exact: float


@dataclass(frozen=True, eq=False)
class Individual:
    """One fit.

    Parameters
    ----------
    problem : class Problem
        What was fitted.
    walks : class Found
        All walks.
    best : class Found
        The best of them, one walk.
    ends : class Ends or None
        Where intervals end; None when these were not asked for.
    profiles : class Profiles or None
        None likewise.
    better : [1], one
        How often following a profile met a better fit.
    runs, failed : [1], one
        Runs of the model that this took, and how many of them failed.
    """

    problem: Problem
    walks: Found
    best: Found
    ends: Ends | None
    profiles: Profiles | None
    better: int
    runs: int
    failed: int

    @property
    def log_likelihood(self) -> float:
        """Of the measured values themselves, whatever the scale of their errors."""
        return -float(self.best.value[0]) - self.problem.data.constant


def one(problem: Problem, starts: int, seed: int, ends: Ends | None) -> Individual:
    """Fit one individual.

    Parameters
    ----------
    problem : class Problem
        What to fit.
    starts, seed : [1], one
        Number of walks, and seed of the places where they begin.
    ends : class Ends or None
        Where intervals end; None for no intervals.

    Returns
    -------
    class Individual

    Raises
    ------
    SolveError
        The model cannot be run at any place that was tried.
    """
    low, high = problem.bounds
    walks = descend(problem, _begin(problem, starts, seed), low, high)
    best, found, better = _again(problem, walks.place[np.argmin(walks.value)]), None, 0
    while ends is not None:
        found = profiles(problem, best, low, high, [f.name for f in problem.free], ends.threshold)
        if found.better is None or better == MOST_BETTER:
            break
        better, best = better + 1, _again(problem, found.better)
    return Individual(problem, walks, best, ends, found, better, problem.tally.runs, problem.tally.failed)


def _begin(problem: Problem, starts: int, seed: int) -> np.ndarray:
    """The values before the fit and the most promising of many places over the bounds."""
    places = design(problem.free, TRIED * starts if starts > 1 else 1, seed)
    value = problem.value(places)
    if not np.isfinite(value).any():
        who = f"individual {problem.series.individual}"
        raise SolveError(f"fit: {who}: the model cannot be run at any of {len(places)} places within the bounds; narrow them, or "
                         f"try one place: sim.run(..., on_failure='raise') says why")  # fmt: skip
    order = [0, *(int(i) for i in np.argsort(value, kind="stable") if i != 0)]
    return places[order[:starts]]


def _again(problem: Problem, place: np.ndarray) -> Found:
    low, high = problem.bounds
    return descend(problem, place[None], low, high)


def courses(individual: Individual, points: int) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Days and predicted courses of the observables at the best fit.

    Parameters
    ----------
    individual : class Individual
        The fit.
    points : [1], one
        Days beside those of the measurements.

    Returns
    -------
    tuple
        Days, and values by observable.
    """
    problem = individual.problem
    series = problem.series
    days = np.unique([*np.linspace(series.days[0], series.days[-1], points), *series.days])
    few = len(problem.setup.free)
    found, _ = problem.setup.course(problem.values(individual.best.place[:, :few]), days, series)
    return days, {name: each[0] for name, each in found.items()}


def followed(found: Profiles | None, which: int) -> Sequence:
    """The two sides of one quantity's profile; nothing when it was not followed.

    Parameters
    ----------
    found : class Profiles or None
        All profiles.
    which : [1], one
        Place of the quantity.

    Returns
    -------
    sides
    """
    return tuple(side for side in found.sides if side.which == which) if found else ()
