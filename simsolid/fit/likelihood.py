"""How well predictions agree with measurements: errors normal on the log scale or the plain one, values below a limit as such.

Values below the limit of quantification enter with the probability of lying below it (beal2001, method M3).
"""

from dataclasses import dataclass

import numpy as np

HALF_LOG_2PI = 0.5 * np.log(2.0 * np.pi)


@dataclass(frozen=True, eq=False)
class Measured:
    """Measurements of one individual, on the scale on which their errors are normal.

    Parameters
    ----------
    values : [1] or unit of the observable, one per measurement
        The logarithm where ``log``.
    below : truth, one per measurement
        The value is a limit, and the truth lies below it.
    log : truth, one per measurement
        Whether the scale is logarithmic.
    floor : unit of the observable, one per measurement
        Predictions below this count as this, where ``log``.
    """

    values: np.ndarray
    below: np.ndarray
    log: np.ndarray
    floor: np.ndarray

    def scaled(self, predicted: np.ndarray) -> np.ndarray:
        """Predictions, cases by measurements, on the scale of the measurements."""
        return np.where(self.log, np.log(np.maximum(predicted, self.floor)), predicted)

    @property
    def constant(self) -> float:
        """What the change to the log scale adds to the negative log-likelihood of the values themselves."""
        return float(np.sum(self.values, where=self.log & ~self.below)) + HALF_LOG_2PI * np.count_nonzero(~self.below)


def measured(values: np.ndarray, below: np.ndarray, log: np.ndarray) -> Measured:
    """Put measurements on the scale of their errors.

    Parameters
    ----------
    values : units of the observables, one per measurement
        The limit where ``below``.
    below, log : truth, one per measurement
        As in :class:`Measured`.

    Returns
    -------
    Measured

    Examples
    --------
    >>> measured(np.array([1.0]), np.array([False]), np.array([True])).scaled(np.array([[1.0]]))
    array([[0.]])
    """
    size = np.where(log & (values > 0.0), values, 1.0)
    # a prediction of nothing is as far off as nine decades, and its logarithm stays finite
    return Measured(np.where(log, np.log(size), values), below, log, 1e-9 * size)


def misfit(data: Measured, predicted: np.ndarray, log_sd: np.ndarray):
    """Negative log-likelihood of each measurement, with slopes and curvatures for a search.

    Parameters
    ----------
    data : Measured
        What was measured.
    predicted : [1] or unit of the observable, cases by measurements
        Predictions on the scale of the data.
    log_sd : [1], cases by measurements
        Logarithm of the standard deviation.

    Returns
    -------
    five arrays, cases by measurements
        The value without :attr:`Measured.constant`; its slopes along the prediction and along ``log_sd``; and, stacked, three
        parts of a curvature that is never negative: along the prediction, mixed, along ``log_sd``.

    References
    ----------
    beal2001, method M3

    Examples
    --------
    >>> data = measured(np.array([1.0]), np.array([False]), np.array([True]))
    >>> value, slope, _, _ = misfit(data, np.array([[0.5]]), np.array([[0.0]]))
    >>> float(value[0, 0]), float(slope[0, 0])
    (0.125, 0.5)
    """
    from scipy.special import log_ndtr

    sd = np.exp(log_sd)
    off = (data.values - predicted) / sd
    log_share = log_ndtr(off)
    ratio = np.exp(-0.5 * off**2 - HALF_LOG_2PI - log_share)  # slope of the logarithm of the share below
    bend = ratio * (ratio + off)
    below = data.below
    value = np.where(below, -log_share, 0.5 * off**2 + log_sd)
    along = np.where(below, ratio, -off) / sd
    along_sd = np.where(below, ratio * off, 1.0 - off**2)
    # expected curvature of a value, observed of a share: both without the parts that could turn negative
    curve = np.where(below, bend, 1.0) / sd**2, np.where(below, bend * off, 0.0) / sd, np.where(below, bend * off**2, 2.0)
    return value, along, along_sd, np.stack(curve)
