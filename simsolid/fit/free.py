"""What is fitted: each parameter with its bounds and the scale on which it is searched."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from inspect import signature
from typing import Any

import numpy as np

from simsolid.errors import nearest
from simsolid.params import Parameters, refuse
from simsolid.values import is_labelled

WIDE = 100.0  # bounds around a value for which no range is known: a factor of this to either side
LINEAR = 4.0  # length of a linear search axis, comparable to a logarithmic one over a factor of fifty


@dataclass(frozen=True)
class Free:
    """One fitted quantity.

    Parameters
    ----------
    name, unit, text : texts
        What it is.
    low, high : [unit], one
        Bounds of the search.
    now : [unit], one
        Value before the fit.
    log : truth
        Searched on the scale of its logarithm.
    bounds : text
        Where the bounds come from.
    """

    name: str
    unit: str
    text: str
    low: float
    high: float
    now: float
    log: bool
    bounds: str

    @property
    def ends(self) -> tuple[float, float]:
        """Bounds on the scale of the search."""
        return (math.log(self.low), math.log(self.high)) if self.log else (0.0, LINEAR)

    def scaled(self, value):
        """A value, or several, on the scale of the search."""
        return np.log(value) if self.log else LINEAR * (np.asarray(value) - self.low) / (self.high - self.low)

    def value(self, scaled):
        """The value at a place of the search, kept within the bounds to the last bit."""
        found = np.exp(scaled) if self.log else self.low + np.asarray(scaled) / LINEAR * (self.high - self.low)
        return np.clip(found, self.low, self.high)


def free_of(parameters: Parameters, fitted: Sequence[str] | Mapping[str, Any]) -> tuple[Free, ...]:
    """Find bounds and scale of every parameter that is to be fitted.

    Bounds are those given, else the plausible range of the parameter's file, else a factor of 100 to either side of its value
    within the hard limits. A parameter whose bounds are above zero is searched on the log scale.

    Parameters
    ----------
    parameters : Parameters
        One value of each parameter.
    fitted : texts, or mapping of texts to pairs of any unit or None
        Names; or names with lower and upper bound, None for the bounds that are known.

    Returns
    -------
    tuple of class Free

    Raises
    ------
    ParameterError
        A name is unknown or varies, or bounds are no bounds; all faults at once.

    Examples
    --------
    >>> import simsolid as sim
    >>> found = free_of(sim.load_model("stein2019"), {"peak": (1e3, 1e6), "persistence_rate": None})
    >>> [(f.name, f.low, f.high, f.log) for f in found]
    [('peak', 1000.0, 1000000.0, True), ('persistence_rate', 3.2e-05, 0.32, True)]
    """
    asked = dict(fitted) if isinstance(fitted, Mapping) else dict.fromkeys([fitted] if isinstance(fitted, str) else fitted)
    if not asked:
        refuse([f"fitted: nothing to fit; name some of {', '.join(parameters.names)}"])
    found, faults = [], []
    for name, bounds in asked.items():
        one, fault = _one(parameters, str(name), bounds)
        faults += [fault] if fault else []
        found += [one] if one else []
    refuse(faults, "fitted")
    return tuple(found)


def _one(parameters: Parameters, name: str, bounds: Any) -> tuple[Free | None, str]:
    if name not in parameters:
        return None, f"{name}: no such parameter{nearest(name, parameters.names)}"
    value, facts = parameters.value(name), parameters.declared[name.rpartition(".")[2]]
    now = value.value
    if is_labelled(now):
        return None, f"{name}: varies; fit one individual with one value of each parameter"
    if bounds is not None:
        low, high, origin = *_pair(bounds), "given"
    elif value.low is not None and value.high is not None:
        low, high, origin = value.low, value.high, "plausible range of its file"
    elif facts.low >= 0.0 and now > 0.0:
        low, high, origin = now / WIDE, now * WIDE, f"a factor of {WIDE:g} around its value"
    else:
        return None, f"{name}: no range is known and its sign is open; give bounds, such as {{'{name}': (-1, 1)}} [{facts.unit}]"
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        return None, f"{name}: bounds {bounds!r}; must be a pair of numbers, the lower first"
    if bounds is not None and not (facts.low <= low and high <= facts.high):
        return None, f"{name}: bounds {low:g} to {high:g}; the model needs {amount_of(facts)}"
    low, high = max(low, facts.low), min(high, facts.high)
    if not low < high:
        return None, f"{name}: its range {low:g} to {high:g} leaves nothing to fit"
    return Free(name, facts.unit, facts.text, low, high, min(max(now, low), high), low > 0.0, origin), ""


def amount_of(facts: Any) -> str:
    """Hard limits with their unit, for a message.

    Parameters
    ----------
    facts : Declaration
        What is declared.

    Returns
    -------
    text

    Examples
    --------
    >>> from simsolid.params import Declaration
    >>> amount_of(Declaration("kill_rate", "1/day", "killing", low=0))
    'at least 0 1/day'
    """
    return f"{facts.limits}{'' if facts.unit == '1' else ' ' + facts.unit}"


def _pair(bounds: Any) -> tuple[float, float]:
    try:
        low, high = (float(each) for each in bounds)
    except (TypeError, ValueError):
        return math.nan, math.nan
    return low, high


def spread_of(observable: str, kind: str, values: np.ndarray, unit: str) -> Free:
    """The standard deviation of the error of one observable, as something to be fitted.

    Parameters
    ----------
    observable : text
        Whose error.
    kind : text
        ``"log"`` or ``"additive"``.
    values : units of the observable, several
        What was measured.
    unit : text
        Unit of the observable.

    Returns
    -------
    class Free

    Examples
    --------
    >>> spread_of("cart", "log", np.array([1.0, 2.0]), "cell").name
    'sd_cart'
    """
    if kind == "log":
        return Free(f"sd_{observable}", "1", f"sd of the natural logarithm of {observable}", 0.01, 5.0, 0.3, True, "wide")
    size = float(np.max(np.abs(values))) or 1.0
    return Free(f"sd_{observable}", unit, f"sd of {observable}", 1e-4 * size, 10.0 * size, 0.1 * size, True, "wide")


def started(free: Sequence[Free], values: Mapping[str, float]) -> tuple[Free, ...]:
    """The same quantities with other values to start from.

    Parameters
    ----------
    free : sequence of class Free
        What is fitted.
    values : mapping of any unit
        New values by name, kept within the bounds.

    Returns
    -------
    tuple of class Free

    Examples
    --------
    >>> one = Free("a", "1", "a", 1.0, 9.0, 2.0, True, "given")
    >>> started([one], {"a": 20.0})[0].now
    9.0
    """
    return tuple(replace(f, now=min(max(values.get(f.name, f.now), f.low), f.high)) for f in free)


def design(free: Sequence[Free], starts: int, seed: int) -> np.ndarray:
    """Places to start from: the values before the fit, then a scrambled Sobol sequence over the bounds.

    Parameters
    ----------
    free : sequence of class Free
        What is fitted.
    starts : [1], one
        How many.
    seed : [1], one
        Of the scrambling.

    Returns
    -------
    [1], starts by fitted quantities
        On the scale of the search.

    Examples
    --------
    >>> one = Free("a", "1", "a", 1.0, 9.0, 3.0, False, "given")
    >>> design([one], 3, seed=1)[:, 0].round(2)
    array([1.  , 1.14, 3.62])
    """
    from scipy.stats import qmc

    low, high = np.array([f.ends for f in free]).T
    first = np.array([[float(f.scaled(f.now)) for f in free]])
    if starts < 2:
        return first
    power = max(int(np.ceil(np.log2(starts - 1))), 0)
    name = "rng" if "rng" in signature(qmc.Sobol).parameters else "seed"  # SciPy before 1.15
    points = qmc.Sobol(len(free), **{name: np.random.default_rng(seed)}).random_base2(power)[: starts - 1]
    return np.vstack([first, low + points * (high - low)])
