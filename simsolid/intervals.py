"""Rates, medians and means with 95 % intervals.

Rates: Wilson's score interval. Medians: the exact order-statistic interval of the binomial distribution. Means: the
interval of the t distribution.

Source: wilson1927.
"""

import numpy as np

from .errors import ParameterError
from .survival import COVERAGE


def wilson(events, n):
    """Wilson's score interval of a rate; it stays between 0 and 1 and has a width even for none or all.

    Parameters
    ----------
    events : [1], one
        How many had the event, a whole number.
    n : [1], one
        Out of how many.

    Returns
    -------
    [1], two
        95 % interval; NaN without patients.

    Raises
    ------
    ParameterError
        The counts are no whole numbers, or more had the event than there are.

    References
    ----------
    wilson1927

    Examples
    --------
    >>> [round(end, 4) for end in wilson(8, 10)]
    [0.4902, 0.9433]
    """
    from scipy.stats import binomtest

    _refuse_counts(events, n)
    if n == 0:
        return np.nan, np.nan
    # The interval is the same whatever rate is tested; at its own the test need not search.
    ends = binomtest(int(events), int(n), p=events / n).proportion_ci(COVERAGE, method="wilson")
    return float(ends.low), float(ends.high)


def _refuse_counts(events, n):
    """Half a patient, as of weights or of a share times a number, has no binomial interval."""
    if not (float(events).is_integer() and float(n).is_integer() and 0 <= events <= n):
        raise ParameterError(f"wilson: {events} events of {n} patients; counts must be whole numbers, events from 0 to the "
                             "number of patients; for weighted patients give the weights to sim.summarise")  # fmt: skip


def share(events, n):
    """Make a rate of counts, with its interval.

    Parameters
    ----------
    events, n : [1], one each
        How many had the event, and out of how many.

    Returns
    -------
    mapping
        ``value``, ``lower``, ``upper``, ``events`` and ``n``; NaN of nobody.

    References
    ----------
    wilson1927

    Examples
    --------
    >>> share(1, 4)["value"]
    0.25
    """
    lower, upper = wilson(events, n)
    return {"value": events / n if n else np.nan, "lower": lower, "upper": upper, "events": int(events), "n": int(n)}


def middle(values):
    """Find the median and its interval.

    Parameters
    ----------
    values : any unit, several

    Returns
    -------
    same unit, three
        Median and the ends of its interval; fewer than six values have no interval, none no median.

    Examples
    --------
    >>> [float(v) for v in middle(np.arange(1.0, 8.0))]
    [4.0, 1.0, 7.0]
    """
    return np.median(values) if len(values) else np.nan, *_median_interval(values)


def _median_interval(values):
    """Order statistics that cover the median with at least 95 %; fewer than six values cannot: NaN."""
    from scipy.stats import binom

    inner = int(binom.ppf((1 - COVERAGE) / 2, len(values), 0.5)) if len(values) else 0
    ordered = np.sort(values)
    return (ordered[inner - 1], ordered[len(values) - inner]) if inner else (np.nan, np.nan)


def mean(values):
    """Find the mean and its interval.

    Parameters
    ----------
    values : any unit, several

    Returns
    -------
    same unit, three
        Mean and the ends of its interval; fewer than two values have no interval, none no mean.

    Examples
    --------
    >>> [round(float(v), 2) for v in mean(np.array([1.0, 2.0, 3.0]))]
    [2.0, -0.48, 4.48]
    """
    from scipy.stats import t

    if len(values) < 2:
        return values.mean() if len(values) else np.nan, np.nan, np.nan
    half = t.ppf(0.5 + COVERAGE / 2, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values))
    return values.mean(), values.mean() - half, values.mean() + half
