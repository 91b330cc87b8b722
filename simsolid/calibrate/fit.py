"""Calibrate a problem: fill the prior, learn each statistic, sample the posterior, simulate there, learn again, and check.

Source: kennedy2001 (calibration with a stand-in and a discrepancy), wood2010 (likelihood of simulated statistics).
"""

from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from importlib.util import find_spec

import numpy as np

from simsolid.calibrate.design import Points, filling, seeds_of, simulated
from simsolid.calibrate.posterior import ENOUGH_TIMES, Sample, likely, sample
from simsolid.calibrate.problem import Problem
from simsolid.calibrate.store import Store
from simsolid.calibrate.surrogate import Surrogate, learn_all, log_likelihood
from simsolid.errors import ParameterError

NEEDS = "calibrate: needs scikit-learn and emcee, which are not installed here; pip install 'simsolid[fit]'"
# Numbers of waves in the seeds, so that no cohort is used twice.
_PREDICTIVE = 100


@dataclass(frozen=True)
class Effort:
    """How much work a calibration does."""

    design: int = 64  # points that fill the prior
    refine: int = 32  # points of each later wave, drawn from the posterior so far
    waves: int = 2  # later waves
    draws: int = 200  # posterior draws to keep
    predictive: int = 32  # posterior draws that are simulated as a check
    chain: float = ENOUGH_TIMES  # length of the chain in autocorrelation times


@dataclass(frozen=True, eq=False)
class Fit:
    """What a calibration found: simulated points, stand-ins, posterior and its check by real simulation."""

    problem: Problem
    effort: Effort
    seed: int
    prior: Points  # the first wave: what the prior predicts
    points: Points  # all that the stand-ins were learned from
    surrogates: Mapping[str, Surrogate]
    posterior: Sample
    draws: np.ndarray  # posterior draws as values, (draw, parameter)
    check: Points  # real simulations at posterior draws
    facts: Mapping[str, object] = field(default_factory=dict)


def fit(problem: Problem, seed: int = 0, effort: Effort | None = None, store: Store | None = None,
        executor: Executor | None = None, progress: bool | Callable = True) -> Fit:  # fmt: skip
    """Find the values that agree with the targets, and how far others agree as well.

    Parameters
    ----------
    problem : Problem
        Priors, targets and a simulator, of any model.
    seed : [1], one
        Seed of everything that is drawn.
    effort : Effort or None
        How many points, waves and draws.
    store : Store or None
        Where finished points are kept; what is there is not simulated again.
    executor : an Executor of concurrent.futures, or None
        Simulates points side by side; the answer is the same without one.
    progress : truth or function
        A bar of simulated points that appears after two seconds, on a terminal.

    Returns
    -------
    Fit

    Raises
    ------
    ParameterError
        A statistic is missing at too many points, no point can give the targets, or scikit-learn or emcee is not installed.

    References
    ----------
    kennedy2001, wood2010

    Examples
    --------
    >>> from simsolid.calibrate import Count, Effort, Prior, Problem, Statistic, fit
    >>> def simulate(values, seed):
    ...     return {"responders": Statistic(values["rate"], n=400)}
    >>> problem = Problem("coin", (Prior("rate", 0.05, 0.95, "logit"),), (Count("responders", 30, 100),), simulate, "coin")
    >>> found = fit(problem, seed=1, effort=Effort(design=16, refine=4, waves=1, predictive=4))
    >>> bool(abs(np.median(found.draws) - 0.3) < 0.05)
    True
    """
    _at_hand()
    from threadpoolctl import threadpool_limits

    effort, store = effort or Effort(), store or Store()
    how = {"store": store, "executor": executor, "progress": progress}
    size = len(problem.priors)
    first = simulated(problem, filling(size, effort.design, seed), seeds_of(seed, 0, effort.design), desc="fill the prior",
                      **how)  # fmt: skip
    points = first
    for wave in range(1, effort.waves + 1):
        with threadpool_limits(1):
            near = likely(log_likelihood(problem, learn_all(problem, points, seed)), size, effort.refine, seed + wave)
        points += simulated(problem, near, seeds_of(seed, wave, effort.refine), desc=f"refine, wave {wave}", **how)
    with threadpool_limits(1):  # small matrices; more threads would only get in each other's way
        surrogates = learn_all(problem, points, seed)
        posterior = sample(log_likelihood(problem, surrogates), size, effort.draws, seed, effort.chain)
    checked = posterior.shares[: effort.predictive]
    check = simulated(problem, checked, seeds_of(seed, _PREDICTIVE, len(checked)), desc="check", **how)
    draws = np.column_stack([prior.from_unit(posterior.shares[:, k]) for k, prior in enumerate(problem.priors)])
    return Fit(problem, effort, seed, first, points, surrogates, posterior, draws, check)


def _at_hand() -> None:
    if not all(find_spec(name) for name in ("sklearn", "emcee")):
        raise ParameterError(NEEDS)
