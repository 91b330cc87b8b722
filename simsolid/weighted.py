"""Rates, medians and survival of patients who are not equally common, with 95 % intervals of their effective number.

Intervals are those of as many patients of equal weight as the weights are worth (Kish): Wilson's for rates, order statistics for
medians, log-log for survival. They leave out that the weights themselves were estimated.

Sources: wilson1927, kaplan1958.
"""

import numpy as np

from .survival import COVERAGE, ROUNDING


def effective(weight):
    """Count how many patients of equal weight would tell as much (Kish).

    Parameters
    ----------
    weight : [1], one per patient

    Returns
    -------
    [1], one

    Examples
    --------
    >>> effective(np.array([1.0, 1.0, 0.0])), round(effective(np.array([2.0, 1.0, 1.0])), 2)
    (2.0, 2.67)
    """
    return float(weight.sum() ** 2 / np.sum(weight**2)) if weight.any() else 0.0


def weighted_rate(values, weight):
    """Find a rate and its interval.

    Parameters
    ----------
    values : [1], one per patient
        1 for those who are counted, 0 for the others.
    weight : [1], one per patient
        Above 0.

    Returns
    -------
    [1], three

    References
    ----------
    wilson1927

    Examples
    --------
    >>> [round(float(each), 3) for each in weighted_rate(np.array([1.0, 0.0]), np.array([3.0, 1.0]))]
    [0.75, 0.169, 0.978]
    """
    from statsmodels.stats.proportion import proportion_confint

    if not len(values):
        return np.nan, np.nan, np.nan
    rate, many = np.average(values, weights=weight), effective(weight)
    # Wilson's formula holds for counts that are not whole, such as a share of an effective number.
    return rate, *proportion_confint(rate * many, many, 1 - COVERAGE, method="wilson")


def weighted_quantile(values, weight, share):
    """Find the value that this share of the weight lies at or below; in between, the middle of the two.

    Parameters
    ----------
    values : any unit, one per patient
    weight : [1], one per patient
    share : [1], one

    Returns
    -------
    same unit, one

    Examples
    --------
    >>> float(weighted_quantile(np.array([1.0, 2.0, 9.0]), np.array([1.0, 1.0, 2.0]), 0.5))
    5.5
    """
    order = np.argsort(values, kind="stable")
    heap = np.cumsum(weight[order]) / weight.sum()
    at = min(int(np.searchsorted(heap, share - 1e-12)), len(values) - 1)
    on_edge = abs(heap[at] - share) < 1e-12 and at + 1 < len(values)
    return (values[order][at] + values[order][at + 1]) / 2 if on_edge else values[order][at]


def weighted_median(values, weight):
    """Find the median and its interval.

    Parameters
    ----------
    values : any unit, one per patient
    weight : [1], one per patient
        Above 0.

    Returns
    -------
    same unit, three
        Fewer than six effective patients have no interval.

    Examples
    --------
    >>> [float(each) for each in weighted_median(np.arange(1.0, 8.0), np.ones(7))]
    [4.0, 1.0, 7.0]
    """
    from scipy.stats import binom

    if not len(values):
        return np.nan, np.nan, np.nan
    many = effective(weight)
    whole = int(many + 1e-9)
    inner = int(binom.ppf((1 - COVERAGE) / 2, whole, 0.5)) if whole else 0
    middle = weighted_quantile(values, weight, 0.5)
    if not inner:
        return middle, np.nan, np.nan
    # the ranks of the ends, as shares of the weight in the middle of their patients
    ends = [(inner - 0.5) / many, 1 - (inner - 0.5) / many]
    return middle, *(weighted_quantile(values, weight, end) for end in ends)


def weighted_survival(day, event, weight):
    """Find the median of a time that follow-up may cut short, by Kaplan and Meier.

    Parameters
    ----------
    day : [day], one per patient
    event : truth, one per patient
    weight : [1], one per patient
        Above 0.

    Returns
    -------
    [day], three
        NaN where follow-up does not reach.

    References
    ----------
    kaplan1958

    Examples
    --------
    >>> weighted_survival(np.array([30.0, 60.0, 90.0]), np.array([True, True, False]), np.ones(3))[0]
    60.0
    """
    from scipy.special import ndtri

    if not len(day) or not event.any():
        return np.nan, np.nan, np.nan
    weight = weight * effective(weight) / weight.sum()
    at = np.unique(day[event])
    lost = np.array([weight[event & (day == t)].sum() for t in at])
    risk = np.array([weight[day >= t].sum() for t in at])
    left = np.cumprod(1 - np.minimum(lost / risk, 1.0))
    with np.errstate(divide="ignore", invalid="ignore"):  # nobody is left: the band ends, as the curve does
        error = np.sqrt(np.cumsum(lost / (risk * (risk - lost)))) / np.abs(np.log(left))
        band = [left ** np.exp(sign * ndtri(0.5 + COVERAGE / 2) * error) for sign in (1, -1)]
    return tuple(_first_day(at, curve) for curve in (left, *band))


def _first_day(at, curve):
    """First day on which a curve is at one half or below; NaN if never."""
    below = np.flatnonzero(curve <= 0.5 + ROUNDING)
    return float(at[below[0]]) if below.size else np.nan


WEIGHTED = {"rate": weighted_rate, "median": weighted_median}
