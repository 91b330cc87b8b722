"""What a group of patients shows in one number, with the standard error that the size of the group brings.

Shares: the standard deviation of Jeffreys' posterior, which is not zero for none or all. Medians: half the distance between
the order statistics one binomial standard error to either side. Times: Kaplan-Meier.

Sources: kaplan1958, woodruff1952.
"""

from typing import NamedTuple
from warnings import catch_warnings, simplefilter

import numpy as np

from simsolid.survival import COVERAGE, ROUNDING
from simsolid.times import times_of

WALD = 2 * 1.959964  # width of a 95 % interval in standard errors


class Estimate(NamedTuple):
    """A statistic of simulated or observed patients: its value, its standard error, and how many patients it is of."""

    value: float
    error: float
    n: int


NOBODY = Estimate(np.nan, np.nan, 0)


def known(values):
    """Leave out what is unknown.

    Parameters
    ----------
    values : any unit, several

    Returns
    -------
    same unit, several

    Examples
    --------
    >>> known([1, np.nan, 3]).tolist()
    [1.0, 3.0]
    """
    values = np.asarray(values, dtype=float)
    return values[~np.isnan(values)]


def share_error(events, n):
    """Standard error of a share of ``n`` patients: the standard deviation of Jeffreys' posterior.

    Parameters
    ----------
    events, n : [1], one each
        How many had the event, perhaps a fraction, and out of how many.

    Returns
    -------
    [1], one

    Examples
    --------
    >>> round(share_error(0, 10), 3), round(share_error(500, 1000), 4)
    (0.06, 0.0158)
    """
    a, b = events + 0.5, n - events + 0.5
    return float(np.sqrt(a * b / ((a + b) ** 2 * (a + b + 1))))


def share(counted):
    """Share of patients that are counted.

    Parameters
    ----------
    counted : truth, one per patient
        NaN where it is unknown; those are left out.

    Returns
    -------
    Estimate

    Examples
    --------
    >>> share([1, 0, 1, 1]).value
    0.75
    """
    counted = known(counted)
    n = len(counted)
    return Estimate(float(counted.mean()), share_error(counted.sum(), n), n) if n else NOBODY


def median(values):
    """Median of patients that have a value.

    Parameters
    ----------
    values : any unit, one per patient

    Returns
    -------
    Estimate

    References
    ----------
    woodruff1952

    Examples
    --------
    >>> median([3.0, 1.0, 2.0])[::2]
    (2.0, 3)
    """
    values = known(values)
    n = len(values)
    if not n:
        return NOBODY
    half = min(0.5 / np.sqrt(n), 0.5)
    low, high = np.quantile(values, [0.5 - half, 0.5 + half])
    return Estimate(float(np.median(values)), float(high - low) / 2 if n > 1 else np.nan, n)


def log_sd(values):
    """Standard deviation between patients on the natural logarithm, of values above 0.

    Parameters
    ----------
    values : any unit, one per patient

    Returns
    -------
    Estimate

    Examples
    --------
    >>> round(log_sd([1.0, 2.718281828]).value, 4)
    0.7071
    """
    values = known(values)
    logs = np.log(values[values > 0])
    n = len(logs)
    return Estimate(float(logs.std(ddof=1)), float(logs.std(ddof=1) / np.sqrt(2 * (n - 1))), n) if n > 1 else NOBODY


def log_ratio(pairs):
    """Geometric mean of the patients of one group over that of the others, of values above 0.

    Parameters
    ----------
    pairs : any unit and truth, two columns
        Value, and whether the patient is of the first group; unknown ones are left out.

    Returns
    -------
    Estimate

    Examples
    --------
    >>> round(log_ratio(np.array([[8.0, 1], [2.0, 0], [2.0, 0]])).value, 6)
    4.0
    """
    values, first = pairs[:, 0], pairs[:, 1]
    one, other = (np.log(values[(values > 0) & (first == group)]) for group in (1, 0))
    if not len(one) or not len(other):
        return NOBODY
    ratio = float(np.exp(one.mean() - other.mean()))
    within = [group.var(ddof=1) / len(group) if len(group) > 1 else np.nan for group in (one, other)]
    return Estimate(ratio, float(ratio * np.sqrt(sum(within))), len(one) + len(other))


def times_in(rows, time):
    """Take the times of patients and whether each ended in the event, as `simsolid.times.times_of` counts them.

    Parameters
    ----------
    rows : DataFrame, one row per patient
    time : text
        ``"os_day"``, ``"pfs_day"`` or ``"response_duration"``.

    Returns
    -------
    [day] and truth, two columns

    Examples
    --------
    >>> import pandas as pd
    >>> times_in(pd.DataFrame({"os_day": [10.0, 20.0], "died": [True, False]}), "os_day").tolist()
    [[10.0, 1.0], [20.0, 0.0]]
    """
    return times_of(rows, time)[["day", "event"]].to_numpy(dtype=float)


def time_median(times):
    """Median of a time that follow-up may cut short.

    Parameters
    ----------
    times : [day] and truth, two columns
        From :func:`times_in`.

    Returns
    -------
    Estimate
        In days; infinite where less than half have the event within follow-up.

    References
    ----------
    kaplan1958

    Examples
    --------
    >>> time_median(np.array([[10.0, 1], [20.0, 1], [30.0, 1]]))[::2]
    (20.0, 3)
    """
    if not len(times):
        return NOBODY
    curve = _curve(times)
    if not times[:, 1].any():
        return Estimate(np.inf, np.nan, len(times))
    with catch_warnings():  # where the curve is 1 or 0 the band is undefined
        simplefilter("ignore", RuntimeWarning)
        band = curve.confidence_interval(COVERAGE, method="log-log")
    value, lower, upper = (_halved(each) for each in (curve, band.low, band.high))
    return Estimate(value, (upper - lower) / WALD if np.isfinite([lower, upper]).all() else np.nan, len(times))


def quick_median(times):
    """Median of a time as `time_median`, without its error, for many repeats.

    Parameters
    ----------
    times : [day] and truth, two columns

    Returns
    -------
    [day], one

    Examples
    --------
    >>> quick_median(np.array([[10.0, 1], [20.0, 1], [30.0, 1]]))
    20.0
    """
    return _halved(_curve(times)) if len(times) else np.nan


def time_share(times, day):
    """Share still free of the event on a day.

    Parameters
    ----------
    times : [day] and truth, two columns
        From :func:`times_in`.
    day : [day], one

    Returns
    -------
    Estimate
        NaN beyond follow-up.

    References
    ----------
    kaplan1958

    Examples
    --------
    >>> time_share(np.array([[10.0, 1], [20.0, 1], [30.0, 1], [40.0, 1]]), 15).value
    0.75
    """
    if not len(times):
        return NOBODY
    value = float(_curve(times).evaluate(day))
    if day > times[:, 0].max() and value > 0:
        return NOBODY
    return Estimate(value, share_error(value * len(times), len(times)), len(times))


def _curve(times):
    """Kaplan-Meier estimate of the share free of the event."""
    from scipy.stats import CensoredData, ecdf

    return ecdf(CensoredData.right_censored(times[:, 0], times[:, 1] == 0)).sf


def _halved(curve):
    """First day on which a curve is at one half or below; infinite if never."""
    below = np.flatnonzero(curve.probabilities <= 0.5 + ROUNDING)
    return float(curve.quantiles[below[0]]) if len(below) else np.inf
