"""What a group of patients shows in one number, with the standard error that the size of the group brings.

Shares: the standard deviation of Jeffreys' posterior, which is not zero for none or all. Medians: half the distance between
the order statistics one binomial standard error to either side. Times: Kaplan-Meier.

Sources: kaplan1958, woodruff1952.
"""

from typing import NamedTuple

import numpy as np

from simsolid.survival import hazard_ratio, landmark, median_survival
from simsolid.times import EVENTS

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
    >>> known([1, None, 3]).tolist()
    [1.0, 3.0]
    """
    import pandas as pd

    values = pd.Series(values).to_numpy(dtype=float, na_value=np.nan)
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


def log_ratio(values, first):
    """Geometric mean of the patients in the first group over that of the others.

    Parameters
    ----------
    values : any unit, one per patient
    first : truth, one per patient

    Returns
    -------
    Estimate

    Examples
    --------
    >>> round(log_ratio([8.0, 2.0, 2.0], [True, False, False]).value, 6)
    4.0
    """
    values, first = np.asarray(values, dtype=float), np.asarray(first, dtype=bool)
    use = values > 0
    one, other = np.log(values[use & first]), np.log(values[use & ~first])
    if not len(one) or not len(other):
        return NOBODY
    ratio = float(np.exp(one.mean() - other.mean()))
    within = [group.var(ddof=1) / len(group) if len(group) > 1 else np.nan for group in (one, other)]
    return Estimate(ratio, float(ratio * np.sqrt(sum(within))), len(one) + len(other))


def time_median(rows, time):
    """Median of a time that follow-up may cut short.

    Parameters
    ----------
    rows : DataFrame, one row per patient
    time : text
        ``"os_day"``, ``"pfs_day"`` or ``"response_duration"``.

    Returns
    -------
    Estimate
        In days; infinite where less than half have the event within follow-up.

    References
    ----------
    kaplan1958

    Examples
    --------
    >>> import pandas as pd
    >>> time_median(pd.DataFrame({"os_day": [10.0, 20, 30], "died": True, "patient": range(3)}), "os_day")[::2]
    (20.0, 3)
    """
    found = median_survival(rows, time, by=[])
    if not len(found):
        return NOBODY
    value, lower, upper, n = found[["value", "lower", "upper", "n"]].iloc[0]
    return Estimate(float(value) if np.isfinite(value) else np.inf, float(upper - lower) / WALD, int(n))


def time_share(rows, time, day):
    """Share still free of the event on a day.

    Parameters
    ----------
    rows : DataFrame, one row per patient
    time : text
        ``"os_day"``, ``"pfs_day"`` or ``"response_duration"``.
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
    >>> import pandas as pd
    >>> time_share(pd.DataFrame({"os_day": [10.0, 20, 30, 40], "died": True, "patient": range(4)}), "os_day", 15).value
    0.75
    """
    found = landmark(rows, time, days=day, by=[])
    if not len(found) or np.isnan(found["value"].iloc[0]):
        return NOBODY
    value, n = float(found["value"].iloc[0]), int(median_survival(rows, time, by=[])["n"].iloc[0])
    return Estimate(value, share_error(value * n, n), n)


def ratio_of_hazards(rows, time, axis, treated, reference):
    """Hazard of one group over that of another, each patient standing for a person of its own.

    Parameters
    ----------
    rows : DataFrame, one row per group and patient
    time : text
        ``"os_day"`` or ``"pfs_day"``.
    axis, treated, reference : texts
        Column that names the group, and the two groups.

    Returns
    -------
    Estimate

    References
    ----------
    cox1972

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"arm": ["a"] * 4 + ["b"] * 4, "died": True, "os_day": [45.0, 120, 200, 300, 30, 60, 90, 120]})
    >>> round(ratio_of_hazards(rows, "os_day", "arm", "a", "b").value, 2)
    0.27
    """
    both = rows[rows[axis].isin([treated, reference])]
    columns = [axis, "patient", time, EVENTS[time], *(["status"] if "status" in both else [])]
    both = both.assign(patient=np.arange(len(both)))[columns]
    found = hazard_ratio(both, time, axis=axis, reference=reference)
    if not len(found) or np.isnan(found["value"].iloc[0]):
        return NOBODY
    value, lower, upper, n = found[["value", "lower", "upper", "n"]].iloc[0]
    return Estimate(float(value), float(value * (np.log(upper) - np.log(lower)) / WALD), int(n))
