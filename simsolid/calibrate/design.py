"""Where to simulate, and doing it: points that fill the prior, each with its own seed, finished ones taken from the store.

Source: sobol1967 (the sequence), owen1998 (its scrambling).
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor, as_completed
from dataclasses import dataclass
from functools import partial

import numpy as np

from simsolid.calibrate.problem import Problem, Statistic
from simsolid.calibrate.store import Store, key_of
from simsolid.progress import progress_bar

# Waves are this far apart in the numbers of their cohorts.
_WAVE = 100_000


@dataclass(frozen=True, eq=False)
class Points:
    """Simulated points: where in the unit cube, with which seed, and the statistics found."""

    shares: np.ndarray  # (point, parameter)
    seeds: tuple[int, ...]
    statistics: tuple[dict[str, Statistic], ...]

    def __add__(self, more: "Points") -> "Points":
        return Points(np.concatenate([self.shares, more.shares]), self.seeds + more.seeds, self.statistics + more.statistics)

    def __len__(self) -> int:
        return len(self.seeds)

    def on_scale(self, target) -> tuple[np.ndarray, np.ndarray]:
        """A target's statistic at every point and its Monte-Carlo variance, on the target's scale; NaN where there is none."""
        both = np.array([target.on_scale(found[target.name]) for found in self.statistics], dtype=float).reshape(-1, 2)
        return both[:, 0], both[:, 1]


def filling(dimensions: int, points: int, seed: int) -> np.ndarray:
    """Fill the unit cube evenly with a scrambled Sobol sequence.

    Parameters
    ----------
    dimensions : [1], one
        Number of parameters.
    points : [1], one
        Number of points; a power of two balances best.
    seed : [1], one
        Seed of the scrambling.

    Returns
    -------
    numbers from 0 to 1, (point, parameter)

    References
    ----------
    sobol1967, owen1998

    Examples
    --------
    >>> filling(2, 8, seed=1).shape
    (8, 2)
    """
    from scipy.stats import qmc

    sobol = qmc.Sobol(dimensions, rng=np.random.default_rng(seed))
    whole = 2 ** int(np.ceil(np.log2(max(points, 1))))
    return sobol.random(whole)[:points]


def seeds_of(seed: int, wave: int, points: int) -> tuple[int, ...]:
    """Give every point of a wave its own cohort, so that chance averages out over points.

    Parameters
    ----------
    seed : [1], one
        Seed of the calibration.
    wave : [1], one
        Number of the wave.
    points : [1], one
        Number of points.

    Returns
    -------
    several [1]
        One after the other, and far from those of other waves.

    Examples
    --------
    >>> seeds_of(1, 0, 3)[:2] == seeds_of(1, 0, 2)
    True
    """
    first = int(np.random.SeedSequence(seed).generate_state(1)[0]) + wave * _WAVE
    return tuple(range(first, first + points))


def simulated(problem: Problem, shares: np.ndarray, seeds: Sequence[int], store: Store, executor: Executor | None = None,
              progress: bool | Callable = True, desc: str = "calibrate") -> Points:  # fmt: skip
    """Simulate the statistics at every point, or take them from the store.

    Parameters
    ----------
    problem : Problem
        What to simulate.
    shares : numbers from 0 to 1, (point, parameter)
        Points of the unit cube.
    seeds : several [1]
        One for each point.
    store : Store
        Where finished points are kept.
    executor : an Executor of concurrent.futures, or None
        Runs points side by side; the answer is the same without one.
    progress : truth or function
        As for :func:`simsolid.simulate`; counts points.
    desc : text
        Stands before the bar.

    Returns
    -------
    Points
    """
    values = [problem.values(point) for point in shares]
    keys = [key_of(problem.identity, point, seed) for point, seed in zip(values, seeds, strict=True)]
    found = {k: done for k, key in enumerate(keys) if (done := store.get(key)) is not None}
    wanted = [k for k in range(len(keys)) if k not in found]
    batches = [wanted[k : k + problem.batch] for k in range(0, len(wanted), problem.batch)]
    with progress_bar(len(wanted), progress, unit="point", desc=desc) as tick:
        for batch, several in _each(problem, batches, values, seeds, executor):
            for k, statistics in zip(batch, several, strict=True):
                store.put(keys[k], values[k], seeds[k], statistics)
                found[k] = dict(statistics)
            tick(len(batch))
    return Points(np.asarray(shares, dtype=float), tuple(seeds), tuple(found[k] for k in range(len(keys))))


def _each(problem: Problem, batches: Sequence[list[int]], values, seeds, executor: Executor | None):
    """Numbers and statistics of the points of each batch as it is finished."""
    work = problem.together or partial(_one_by_one, problem.simulate)
    asked = [(batch, [values[k] for k in batch], [seeds[k] for k in batch]) for batch in batches]
    if executor is None:
        for batch, several, numbers in asked:
            yield batch, work(several, numbers)
        return
    jobs = {executor.submit(work, several, numbers): batch for batch, several, numbers in asked}
    try:
        for job in as_completed(jobs):
            yield jobs[job], job.result()
    finally:
        for job in jobs:
            job.cancel()


def _one_by_one(simulate: Callable, values: Sequence, seeds: Sequence[int]) -> list:
    return [simulate(point, seed) for point, seed in zip(values, seeds, strict=True)]
