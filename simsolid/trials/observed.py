"""What a trial saw, with the interval that its size brings, from whatever its report gives.

Sources: wilson1927, blom1958.
"""

import numpy as np

from simsolid.intervals import wilson

from .design import Observed
from .endpoints import ENDPOINTS

COUNTED = 1.959964  # standard errors in half a 95 % interval


def observed_interval(seen: Observed) -> tuple[float, float, float]:
    """What was observed with a 95 % interval, from whatever the report gives.

    Counts and shares of ``n``: Wilson. A reported 95 % interval is taken as it is. A median with its range, quartiles or
    log-scale spread: as of ``n`` log-normal values. A median time with ``n`` alone: as of ``n`` exponential ones.

    Parameters
    ----------
    seen : Observed, anything that was reported

    Returns
    -------
    unit of the endpoint, three
        Value, lower and upper; NaN where the report does not allow one.

    Examples
    --------
    >>> [round(end, 3) for end in observed_interval(Observed(name="orr", use="fit", events=2, n=13))]
    [0.154, 0.043, 0.422]
    """
    if seen.events is not None:
        return (seen.events / seen.n, *wilson(seen.events, seen.n))
    if seen.value is None:
        return np.nan, np.nan, np.nan
    if seen.interval == "95 %":
        return seen.value, seen.lower, seen.upper
    kind = ENDPOINTS[seen.name].kind
    if kind == "share":
        return (seen.value, *wilson_of_share(seen.value, seen.n)) if seen.n else (seen.value, np.nan, np.nan)
    half = COUNTED * log_error(seen, kind)
    return seen.value, seen.value * np.exp(-half), seen.value * np.exp(half)


def wilson_of_share(value: float, n: int) -> tuple[float, float]:
    """Wilson's interval of a share that is no whole number of patients, as one read off a survival curve.

    Parameters
    ----------
    value : [1], one
    n : [1], one

    Returns
    -------
    [1], two

    References
    ----------
    wilson1927

    Examples
    --------
    >>> [round(end, 4) for end in wilson_of_share(0.8, 10)]
    [0.4902, 0.9433]
    """
    square = COUNTED**2
    centre = (value + square / (2 * n)) / (1 + square / n)
    half = COUNTED / (1 + square / n) * np.sqrt(value * (1 - value) / n + square / (4 * n * n))
    return float(max(centre - half, 0.0)), float(min(centre + half, 1.0))


def log_error(seen: Observed, kind: str) -> float:
    """Standard error of a reported median, spread or ratio on the natural logarithm.

    Parameters
    ----------
    seen : Observed, anything that was reported
    kind : text
        Kind of the endpoint.

    Returns
    -------
    [1], one
        NaN where the report does not allow one.

    Notes
    -----
    The median of ``n`` log-normal values of log-scale spread s has the standard error 1.2533 s / sqrt(n), that of ``n``
    exponential times 1 / (ln 2 sqrt(n)), a standard deviation of ``n`` values 1 / sqrt(2 (n - 1)) of itself. A range spans twice
    the expected largest of ``n`` standard normal numbers (blom1958).

    References
    ----------
    blom1958

    Examples
    --------
    >>> round(log_error(Observed(name="tmax", use="fit", value=9.3, log_sd=0.38, n=90), "median"), 3)
    0.05
    """
    from scipy.stats import norm

    if not seen.n or seen.n < 2:
        return np.nan
    if kind == "spread":
        return float(1 / np.sqrt(2 * (seen.n - 1)))
    widths = {"range": 2 * norm.ppf((seen.n - 0.375) / (seen.n + 0.25)), "quartiles": 2 * norm.ppf(0.75)}
    sd = seen.log_sd
    if sd is None and seen.interval in widths and seen.lower and seen.lower > 0:
        sd = float(np.log(seen.upper / seen.lower) / widths[seen.interval])
    if sd is not None:
        return float(1.2533 * sd / np.sqrt(seen.n))
    return float(1 / (np.log(2.0) * np.sqrt(seen.n))) if kind == "time" else np.nan
