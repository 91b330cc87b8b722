"""What a fit leaves uncertain, as draws: the posterior of one individual, sampled with emcee on batches of the engine."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from simsolid.calibrate.posterior import WALKERS, Sample, sample
from simsolid.errors import ModelError, ParameterError
from simsolid.fit import Fit
from simsolid.fit.problem import Problem
from simsolid.params import Parameters
from simsolid.progress import progress_bar

NEEDS = "posterior: needs emcee, which is not installed here; pip install 'simsolid[fit]'"
AXIS = "draw"
SAMPLED = "drawn here"
WIDE = 0.8  # share of its bounds that an interval may cover before it is said to rest on them
LEAST = 400.0  # effective number of draws below which ends of an interval are rough
_MARGIN = 1e-3  # of the bounds, from which walkers begin


@dataclass(frozen=True, eq=False, repr=False)
class Posterior:
    """Draws of one individual's fitted values; printing it gives a readable table.

    Parameters
    ----------
    individual : text
        Whose.
    parameters : Parameters
        Values before the fit.
    draws : DataFrame
        One row per draw, one column per fitted quantity, in its unit.
    table : DataFrame
        Median and the ends of the central interval of every quantity.
    level : [1], one
        Of the intervals.
    steps, walkers : [1], one
        Length of the chain, and number of walkers.
    acceptance : [1], one
        Share of accepted moves.
    effective : [1], one
        Smallest effective number of independent draws over the quantities.
    warnings : texts
        What limits trust in it.
    """

    individual: str
    parameters: Parameters
    draws: Any
    table: Any
    level: float
    steps: int
    walkers: int
    acceptance: float
    effective: float
    warnings: tuple[str, ...]

    def to_parameters(self, draws: int | None = None) -> Parameters:
        """Give the model's parameters with the draws along an axis ``draw``, for :func:`simsolid.run`.

        Parameters
        ----------
        draws : [1], one or None
            How many, the first ones; all when left out.

        Returns
        -------
        Parameters
        """
        import xarray as xr

        rows = self.draws.iloc[:draws]
        label = {AXIS: np.arange(len(rows))}
        names = [name for name in rows if name in self.parameters]
        return self.parameters.with_values({n: xr.DataArray(rows[n].to_numpy(), dims=AXIS, coords=label) for n in names}, SAMPLED)

    def __repr__(self) -> str:
        return f"<Posterior: individual {self.individual}, {len(self.draws)} draws of {', '.join(self.draws)}>"

    def __str__(self) -> str:
        head = f"individual {self.individual}: {self.walkers} walkers, {self.steps} steps, {self.effective:.0f} independent draws"
        return "\n".join([head, self.table.to_string(index=False, float_format="{:.4g}".format), *self.warnings])


def posterior(
    found: Fit, individual: str | None = None, *, draws: int = 1000, seed: int = 1, level: float = 0.95, enough: float = 50.0,
    progress: bool | Callable[[int], object] = True,
) -> Posterior:  # fmt: skip
    """Sample the posterior of a fit, with a flat prior between the bounds on the scale of the search (the log scale for most).

    Where the data say little the bounds decide, and that is said.

    Parameters
    ----------
    found : Fit
        From :func:`simsolid.fit`.
    individual : text or None
        Whose; may be left out when there is one.
    draws : [1], one
        How many draws to return.
    seed : [1], one
        Of the sampler.
    level : [1], one
        Of the central intervals.
    enough : [1], one
        Autocorrelation times after which the chain is long enough.
    progress : truth or function
        Show a count of runs of the model for work over two seconds.

    Returns
    -------
    class Posterior

    Raises
    ------
    ParameterError
        There is no such individual, or it is not said which of several.
    ModelError
        emcee is not installed.

    References
    ----------
    foremanmackey2013

    Examples
    --------
    >>> import pandas as pd, simsolid as sim
    >>> data = pd.DataFrame({"time": [0, 5, 9], "dv": [1e8, 1.3e8, 1.7e8]})
    >>> one = sim.fit("sahoo2020", data, {"growth_rate": (0.01, 1)}, observes="tumour", sd=0.2, starts=1, intervals=False)
    >>> list(sim.posterior(one, draws=50, enough=2).draws)
    ['growth_rate']
    """
    _library()
    problem = _problem(found, individual)
    low, high = problem.bounds
    with progress_bar(None, progress, "run", "posterior") as tick:

        def log_likelihood(shares: np.ndarray) -> np.ndarray:
            tick(len(shares))
            return -problem.value(low + shares * (high - low))

        start = _start(problem, found, seed)
        drawn = sample(log_likelihood, len(low), draws, seed, enough, start)
    return _told(problem, found.parameters, drawn, low + drawn.shares * (high - low), level)


def _library() -> None:
    try:
        import emcee  # noqa: F401
    except ImportError as fault:
        raise ModelError(NEEDS) from fault


def _problem(found: Fit, individual: str | None) -> Problem:
    there = {problem.series.individual: problem for problem in found.problems}
    if individual is None and len(there) == 1:
        return next(iter(there.values()))
    if individual is None:
        raise ParameterError(f"posterior: which individual is not said; there are {', '.join(there)}")
    return there[found.individual(individual)]


def _start(problem: Problem, found: Fit, seed: int) -> np.ndarray:
    """Walkers spread around the best fit as its information says, within the bounds."""
    rows = found.table[found.table["id"] == problem.series.individual].set_index("name")
    best = np.array([[float(f.scaled(rows.loc[f.name, "value"])) for f in problem.free]])
    low, high = problem.bounds
    room = high - low
    spread = np.linalg.inv(problem(best)[2][0] + np.diag(12.0 / room**2))  # information, and that of the flat prior
    walkers = max(WALKERS, 4 * len(low))
    places = np.random.default_rng((seed, 3)).multivariate_normal(best[0], spread, size=walkers)
    shares = np.abs((places - low) / room)  # what lies beyond a bound is turned back
    return np.clip(np.where(shares > 1.0, 2.0 - shares, shares), _MARGIN, 1.0 - _MARGIN)


def _told(problem: Problem, parameters: Parameters, drawn: Sample, places: np.ndarray, level: float) -> Posterior:
    import pandas as pd

    draws = pd.DataFrame(problem.values(places))
    ends = 0.5 - 0.5 * level, 0.5, 0.5 + 0.5 * level
    quantiles = draws.quantile(ends)
    table = pd.DataFrame([{"name": f.name, "median": quantiles.loc[0.5, f.name], "lower": quantiles.loc[ends[0], f.name],
                           "upper": quantiles.loc[ends[2], f.name], "unit": f.unit} for f in problem.free])  # fmt: skip
    covered = np.diff(np.quantile(drawn.shares, [ends[0], ends[2]], axis=0), axis=0)[0]
    said = [f"{f.name}: its interval covers {100 * share:.0f} % of its bounds and rests on them, not on the data"
            for f, share in zip(problem.free, covered, strict=True) if share > WIDE]
    said += [] if drawn.converged else [f"the chain of {drawn.steps} steps is shorter than asked for; trust the draws less"]
    said += [f"{drawn.effective:.0f} independent draws: ends of intervals are rough"] if drawn.effective < LEAST else []
    return Posterior(problem.series.individual, parameters, draws, table, level, drawn.steps, drawn.walkers, drawn.acceptance,
                     drawn.effective, tuple(said))  # fmt: skip
