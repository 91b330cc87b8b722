"""The likelihood of one individual's series under a model, for many sets of values at once, with slopes by differences."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from simsolid.engines.integrate import Status
from simsolid.fit.free import Free
from simsolid.fit.likelihood import Measured, measured, misfit
from simsolid.fit.series import Series
from simsolid.fit.setup import Setup

STEP = 1e-3  # of a difference, on the scale of the search


@dataclass
class Tally:
    """Runs of the model so far, and how many of them failed."""

    runs: int = 0
    failed: int = 0
    tick: Callable[[int], object] = lambda runs: None

    def add(self, runs: int, failed: int) -> None:
        """Count further runs."""
        self.runs, self.failed = self.runs + runs, self.failed + failed
        self.tick(runs)


@dataclass(frozen=True, eq=False)
class Problem:
    """One individual: value, slopes and curvature of the misfit at many places of the search at once.

    Parameters
    ----------
    setup : class Setup
        The model and what is fitted.
    series : class Series
        What was measured.
    free : sequence of class Free
        The fitted parameters, then the fitted standard deviations.
    tally : class Tally
        Counts runs and failures.
    """

    setup: Setup
    series: Series
    free: tuple[Free, ...]
    data: Measured
    fixed_log_sd: np.ndarray  # one per measurement; NaN where it is fitted
    sd_at: np.ndarray  # place of the fitted standard deviation in free, one per measurement
    tally: Tally = field(default_factory=Tally)

    @property
    def bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """Lower and upper ends of the search."""
        low, high = np.array([f.ends for f in self.free]).T
        return low, high

    def values(self, places: np.ndarray) -> dict[str, np.ndarray]:
        """Values by name at some places, cases by fitted quantities."""
        return {f.name: f.value(places[:, i]) for i, f in enumerate(self.free[: places.shape[1]])}

    def predicted(self, places: np.ndarray) -> np.ndarray:
        """Predictions, cases by measurements; NaN for a case that failed."""
        values = self.values(places[:, : len(self.setup.free)])
        courses, status = self.setup.course(values, self.series.days, self.series)
        if np.any(status == Status.INTERRUPTED):
            raise KeyboardInterrupt
        rows, failed = np.stack([courses[name] for name in self.series.observables], axis=1), status != Status.FINISHED
        self.tally.add(len(places), int(failed.sum()))
        return rows[:, self.series.of, self.series.at]  # a case that failed has no value on the last day

    def log_sd(self, places: np.ndarray) -> np.ndarray:
        """Logarithm of the standard deviation, cases by measurements."""
        return np.where(np.isnan(self.fixed_log_sd), places[:, self.sd_at], self.fixed_log_sd)

    def value(self, places: np.ndarray) -> np.ndarray:
        """Negative log-likelihood at some places, without slopes and without the data's constant; infinite where it failed."""
        value = misfit(self.data, self.data.scaled(self.predicted(places)), self.log_sd(places))[0].sum(axis=1)
        return np.where(np.isfinite(value), value, np.inf)

    def __call__(self, places: np.ndarray):
        """Value, slopes and curvature at some places; an infinite value where the model failed."""
        many, few = len(places), len(self.setup.free)
        around, width = self._around(places)
        rows = self.data.scaled(self.predicted(around)).reshape(many, 2 * few + 1, -1)
        at, up, down = rows[:, 0], rows[:, 1 : few + 1], rows[:, few + 1 :]
        slope = _slopes(at[:, None], up, down, *width)
        each, along, along_sd, curve = misfit(self.data, at, self.log_sd(places))
        ways = np.concatenate([slope, np.zeros((many, len(self.free) - few, at.shape[1]))], axis=1)
        ways_sd = (np.arange(len(self.free))[:, None] == np.where(np.isnan(self.fixed_log_sd), self.sd_at, -1)).astype(float)
        value = each.sum(axis=1)
        gradient = np.einsum("kim,km->ki", ways, along) + np.einsum("im,km->ki", ways_sd, along_sd)
        mixed = np.einsum("kim,km,jm->kij", ways, curve[1], ways_sd)
        matrix = np.einsum("kim,km,kjm->kij", ways, curve[0], ways) + mixed + mixed.transpose(0, 2, 1)
        matrix += np.einsum("im,km,jm->kij", ways_sd, curve[2], ways_sd)
        bad = ~np.isfinite(value)
        return np.where(bad, np.inf, value), np.where(bad[:, None], 0.0, gradient), np.where(bad[:, None, None], 0.0, matrix)

    def _around(self, places: np.ndarray):
        """Each place, then a step up and a step down along each parameter of the model, kept within the bounds."""
        few = len(self.setup.free)
        low, high = (each[:few] for each in self.bounds)
        steps = np.eye(few, len(self.free)) * STEP
        up = np.minimum(places[:, :few] + STEP, high) - places[:, :few]
        down = places[:, :few] - np.maximum(places[:, :few] - STEP, low)
        ways = [places[:, None], places[:, None] + up[:, :, None] * (steps > 0), places[:, None] - down[:, :, None] * (steps > 0)]
        return np.concatenate(ways, axis=1).reshape(-1, places.shape[1]), (up[:, :, None], down[:, :, None])


def _slopes(at, up, down, above, below):
    """Slopes along each parameter from what is finite on either side; none where both sides failed."""
    above, below = np.where(np.isfinite(up), above, 0.0), np.where(np.isfinite(down), below, 0.0)
    rise = np.where(above > 0.0, up, at) - np.where(below > 0.0, down, at)
    width = above + below
    return np.where(width > 0.0, rise / np.where(width > 0.0, width, 1.0), 0.0)


def problem_of(setup: Setup, series: Series, tick: Callable[[int], object] | None = None) -> Problem:
    """Make the problem of one individual.

    Parameters
    ----------
    setup : class Setup
        The model and what is fitted.
    series : class Series
        What was measured.
    tick : function of the number of further runs, or None
        Called while the work goes on.

    Returns
    -------
    class Problem
    """
    free = (*setup.free, *setup.spreads(series))
    places = {f.name: i for i, f in enumerate(free)}
    names = np.array(series.observables)[series.of]
    log = np.array([setup.kinds[name] == "log" for name in names])
    known = [setup.sd[name] for name in names]
    fixed = np.array([np.nan if sd is None else np.log(sd) for sd in known])
    return Problem(setup, series, free, measured(series.values, series.below, log), fixed,
                   np.array([places.get(f"sd_{name}", 0) for name in names]), Tally(tick=tick) if tick else Tally())  # fmt: skip
