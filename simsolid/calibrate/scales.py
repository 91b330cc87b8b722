"""Scales on which values and statistics are compared: there they are near normal, and no step leaves the possible range."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from simsolid.errors import ParameterError, nearest


@dataclass(frozen=True)
class Scale:
    """A one-to-one change of scale and its inverse, and where it is defined."""

    forward: Callable
    back: Callable
    low: float
    high: float


def _logit(value):
    from scipy.special import logit

    return logit(value)


def _expit(value):
    from scipy.special import expit

    return expit(value)


SCALES: Mapping[str, Scale] = MappingProxyType({
    "log": Scale(np.log, np.exp, 0.0, np.inf),
    "logit": Scale(_logit, _expit, 0.0, 1.0),
    "linear": Scale(np.asarray, np.asarray, -np.inf, np.inf),
})  # fmt: skip


def scale_of(name: str, low: float, high: float, what: str) -> Scale:
    """Look up a scale, and make sure that a range lies on it.

    Parameters
    ----------
    name : text
        ``"log"``, ``"logit"`` or ``"linear"``.
    low, high : any unit, one
        The range.
    what : text
        What has the range, for the message.

    Returns
    -------
    Scale

    Raises
    ------
    ParameterError
        There is no such scale, the range is empty, or it reaches beyond the scale.

    Examples
    --------
    >>> float(scale_of("log", 1.0, 100.0, "kill_rate").back(0.0))
    1.0
    >>> scale_of("log", 0.0, 1.0, "kill_rate")
    Traceback (most recent call last):
    simsolid.errors.ParameterError: kill_rate: range 0 to 1 reaches beyond a log scale; stay between 0 and inf
    """
    if name not in SCALES:
        raise ParameterError(f"{what}: scale '{name}' unknown{nearest(name, SCALES)}; there are {', '.join(SCALES)}")
    if not (np.isfinite(low) and np.isfinite(high) and low < high):
        raise ParameterError(f"{what}: range {low:g} to {high:g}; must run from a lower to a higher number")
    scale = SCALES[name]
    # The ends of a bent scale lie at infinity; those of a straight one are infinite already.
    if low <= scale.low or high >= scale.high:
        raise ParameterError(
            f"{what}: range {low:g} to {high:g} reaches beyond a {name} scale; stay between {scale.low:g} and {scale.high:g}")
    return scale
