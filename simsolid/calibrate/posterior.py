"""Sample the posterior with emcee, and say how far the sample can be trusted.

Sources: foremanmackey2013 (the sampler), terbraak2006 and goodman2010 (its moves).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from simsolid.calibrate.design import filling
from simsolid.errors import ParameterError

WALKERS = 200
CHUNK = 100  # steps before the first look at the length of the chain
MOST_STEPS = 30_000
# A chain of so many autocorrelation times is long enough; many walkers begin spread as the posterior is.
ENOUGH_TIMES = 50
_CANDIDATES = 2**13
_MANY = 4000


@dataclass(frozen=True, eq=False)
class Sample:
    """Draws from the posterior in the unit cube, and the state of the chain they come from."""

    shares: np.ndarray  # (draw, parameter), as many as asked for
    many: np.ndarray  # as many as tell quantiles well
    steps: int
    walkers: int
    acceptance: float
    autocorrelation: float  # longest over the parameters, in steps
    effective: float  # smallest effective number of independent draws
    converged: bool  # whether the chain holds enough autocorrelation times


def sample(
    log_likelihood: Callable, dimensions: int, draws: int, seed: int, enough: float = ENOUGH_TIMES,
    start: np.ndarray | None = None,
) -> Sample:  # fmt: skip
    """Draw from the posterior: flat in the unit cube times the likelihood.

    Parameters
    ----------
    log_likelihood : function of shares, (point, parameter)
        Of all targets.
    dimensions : [1], one
        Number of parameters.
    draws : [1], one
        How many draws to return.
    seed : [1], one
        Of the sampler.
    enough : [1], one
        Autocorrelation times after which the chain is long enough.
    start : shares from 0 to 1, (walker, parameter), or None
        Where the walkers begin, for :func:`simsolid.posterior`; found by :func:`likely` when left out.

    Returns
    -------
    Sample

    Raises
    ------
    ParameterError
        No point of the prior can give the targets.

    References
    ----------
    foremanmackey2013, terbraak2006, goodman2010

    Examples
    --------
    >>> near = sample(lambda u: -0.5 * ((u[:, 0] - 0.5) / 0.05) ** 2, 1, draws=400, seed=1)
    >>> bool(abs(near.shares.mean() - 0.5) < 0.02)
    True
    """
    import emcee

    def log_posterior(shares: np.ndarray) -> np.ndarray:
        inside = np.all((shares > 0.0) & (shares < 1.0), axis=1)
        found = np.full(len(shares), -np.inf)
        found[inside] = log_likelihood(shares[inside]) if inside.any() else []
        return found

    walkers = max(WALKERS, 4 * dimensions) if start is None else len(start)
    # Differences reach along ridges, the stretch keeps going in corners, and the long jump finds separate peaks.
    moves = [(emcee.moves.DEMove(), 0.5), (emcee.moves.StretchMove(), 0.4), (emcee.moves.DEMove(gamma0=1.0), 0.1)]
    chain = emcee.EnsembleSampler(walkers, dimensions, log_posterior, vectorize=True, moves=moves)
    chain.random_state = np.random.RandomState(seed % 2**32).get_state()
    state = likely(log_likelihood, dimensions, walkers, seed) if start is None else start
    times = np.full(dimensions, np.inf)
    while chain.iteration < MOST_STEPS and not chain.iteration >= (enough + 2) * times.max():
        state = chain.run_mcmc(state, max(CHUNK, chain.iteration // 2), skip_initial_state_check=True)
        with np.errstate(invalid="ignore"):  # a walker that has not moved yet has no autocorrelation: the chain is too short
            times = np.nan_to_num(chain.get_autocorr_time(tol=0), nan=np.inf)
    return _thinned(chain, float(times.max()), draws, seed, enough)


def likely(log_likelihood: Callable, dimensions: int, points: int, seed: int) -> np.ndarray:
    """Choose points where the posterior is: resample by likelihood from points that fill the cube.

    Parameters
    ----------
    log_likelihood : function of shares, (point, parameter)
        Of all targets.
    dimensions : [1], one
        Number of parameters.
    points : [1], one
        How many.
    seed : [1], one
        Of the choice.

    Returns
    -------
    shares from 0 to 1, (point, parameter)

    Raises
    ------
    ParameterError
        No point of the prior can give the targets.

    Examples
    --------
    >>> near = likely(lambda u: -0.5 * ((u[:, 0] - 0.5) / 0.05) ** 2, 1, 300, seed=1)
    >>> bool(abs(near.mean() - 0.5) < 0.02)
    True
    """
    candidates = filling(dimensions, _CANDIDATES, seed)
    height = log_likelihood(candidates)
    if not np.isfinite(height).any():
        raise ParameterError("calibrate: no point of the prior range can give these targets; widen the priors")
    weights = np.exp(height - height.max())
    rng = np.random.default_rng((seed, 1))
    chosen = candidates[rng.choice(len(candidates), size=points, p=weights / weights.sum())]
    # Candidates chosen twice are moved apart by the distance between candidates, and back inside at the walls.
    moved = np.abs(chosen + rng.normal(0.0, 0.5 / _CANDIDATES ** (1.0 / dimensions), chosen.shape))
    return np.clip(1.0 - np.abs(1.0 - moved), 1e-6, 1.0 - 1e-6)


def _thinned(chain, longest: float, draws: int, seed: int, enough: float) -> Sample:
    longest = min(longest, float(chain.iteration))
    discard = int(min(2 * longest, chain.iteration // 2))
    kept = chain.get_chain(discard=discard, flat=True)
    few, many = (np.random.default_rng((seed, purpose)).choice(len(kept), size=size, replace=size > len(kept))
                 for purpose, size in ((2, draws), (3, _MANY)))  # fmt: skip
    return Sample(kept[few], kept[many], int(chain.iteration), chain.nwalkers, float(chain.acceptance_fraction.mean()), longest,
                  len(kept) / longest, chain.iteration - discard >= enough * longest)  # fmt: skip
