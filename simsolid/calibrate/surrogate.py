"""A smooth stand-in for each simulated statistic: a Gaussian process that knows the Monte-Carlo error of every point.

Source: rasmussen2006 (chapters 2 and 5: regression with known noise, leave-one-out errors in closed form).
"""

import warnings
from dataclasses import dataclass

import numpy as np

from simsolid.calibrate.design import Points
from simsolid.calibrate.problem import Problem
from simsolid.errors import ParameterError

# Length scales in shares of the prior range, and the part of the variance that no smooth function explains.
_LENGTHS = (0.1, 30.0)
_ROUGH = (1e-6, 1.0)
# A target whose statistic exists at fewer points than this share cannot be learned from.
_LEAST_KNOWN = 0.5


@dataclass(frozen=True, eq=False)
class Surrogate:
    """A fitted stand-in: predicts a statistic, on its target's scale, anywhere in the unit cube."""

    kernel: object
    points: np.ndarray
    weights: np.ndarray  # inverse covariance times centred statistics
    inverse: np.ndarray  # inverse covariance of the points
    centre: float
    size: float
    left_out: np.ndarray  # leave-one-out errors in standard deviations of their prediction
    missed: float  # root mean square of the leave-one-out errors, on the scale
    noise: float  # root mean square of the Monte-Carlo errors, on the scale
    spread: float  # standard deviation of the statistic over the points, on the scale
    unknown: int  # points without a value

    def __call__(self, shares: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Mean and standard deviation of the expected statistic at points of the unit cube."""
        near = self.kernel(shares, self.points)
        known = ((near @ self.inverse) * near).sum(axis=1)
        variance = np.maximum(self.kernel.diag(shares) - known, 0.0)
        return self.centre + self.size * (near @ self.weights), self.size * np.sqrt(variance)


def learn(points: Points, target, seed: int) -> Surrogate:
    """Fit the stand-in for one target's statistic.

    Parameters
    ----------
    points : Points
        Where the statistic is known, with its Monte-Carlo variance.
    target : Target
        Whose statistic.
    seed : [1], one
        Of the starts of the fit.

    Returns
    -------
    Surrogate

    Raises
    ------
    ParameterError
        Too few points have a value.

    References
    ----------
    rasmussen2006
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

    found, variance = points.on_scale(target)
    known = np.isfinite(found)
    if known.sum() < max(_LEAST_KNOWN * len(points), 4):
        raise ParameterError(f"{target.name}: only {known.sum()} of {len(points)} simulated points have this statistic; "
                             "drop the target, narrow the priors or simulate more patients")  # fmt: skip
    where, found, variance = points.shares[known], found[known], variance[known]
    # A statistic that is the same everywhere has no spread of its own; its Monte-Carlo error then sets the size.
    centre, size = float(found.mean()), float(max(found.std(), np.sqrt(variance.mean()), 1e-9))
    smooth = ConstantKernel(1.0, (1e-3, 1e2)) * Matern(np.ones(where.shape[1]), _LENGTHS, nu=2.5)
    fitted = GaussianProcessRegressor(smooth + WhiteKernel(1e-3, _ROUGH), alpha=variance / size**2 + 1e-8, random_state=seed,
                                      n_restarts_optimizer=0)  # fmt: skip
    with warnings.catch_warnings():  # a length at its limit means: flat in that direction
        warnings.simplefilter("ignore", ConvergenceWarning)
        fitted.fit(where, (found - centre) / size)
    inverse = _inverse(fitted.L_)
    weights = inverse @ ((found - centre) / size)
    errors = weights / np.diag(inverse)  # observed minus predicted from all other points
    return Surrogate(fitted.kernel_.k1, where, weights, inverse, centre, size, errors * np.sqrt(np.diag(inverse)),
                     size * float(np.sqrt(np.mean(errors**2))), float(np.sqrt(variance.mean())), float(found.std()),
                     int((~known).sum()))  # fmt: skip


def _inverse(factor: np.ndarray) -> np.ndarray:
    from scipy.linalg import cho_solve

    return cho_solve((factor, True), np.eye(len(factor)))


def learn_all(problem: Problem, points: Points, seed: int) -> dict[str, Surrogate]:
    """Fit the stand-ins of all targets.

    Parameters
    ----------
    problem : Problem
        Whose targets.
    points : Points
        Simulated so far.
    seed : [1], one
        Of the starts of the fits.

    Returns
    -------
    mapping of Surrogate
        By target.

    Raises
    ------
    ParameterError
        A target's statistic is missing at too many points.
    """
    return {target.name: learn(points, target, seed) for target in problem.targets}


def log_likelihood(problem: Problem, surrogates: dict[str, Surrogate]):
    """Make the log likelihood of all targets as a function of points in the unit cube.

    Parameters
    ----------
    problem : Problem
        Whose targets.
    surrogates : mapping of Surrogate
        By target.

    Returns
    -------
    function of shares, (point, parameter)
    """

    def total(shares: np.ndarray) -> np.ndarray:
        summed = np.zeros(len(shares))
        for target in problem.targets:
            mean, sd = surrogates[target.name](shares)
            summed += target.log_likelihood(mean, np.hypot(sd, target.discrepancy))
        return summed

    return total
