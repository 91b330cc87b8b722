"""How far each value of a setting may be from the truth: its plausible range, and the scale on which it moves."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from simsolid.params import Declaration, Parameters, Value

# Where a file gives no range: the fold by which a value may be too large or too small, by what it rests on. A share moves by
# this fold of its odds.
DEFAULT_FOLD = {"measured": 1.25, "fitted": 1.5, "derived": 1.5, "assumed": 2.0}


@dataclass(frozen=True)
class Range:
    """Plausible values of one parameter: ``scale`` is "log", "logit" or "plain"; ``stated`` when the file gives the range."""

    name: str
    basis: str
    low: float
    high: float
    scale: str
    stated: bool

    def at(self, share: np.ndarray) -> np.ndarray:
        """The value that this share of the range lies below, from 0 to 1, evenly on the scale of the range."""
        forward, back = SCALES[self.scale]
        low, high = forward(self.low), forward(self.high)
        return np.clip(back(low + np.asarray(share) * (high - low)), self.low, self.high)


SCALES = {
    "log": (np.log, np.exp),
    "logit": (lambda x: np.log(x / (1.0 - x)), lambda x: 1.0 / (1.0 + np.exp(-x))),
    "plain": (lambda x: x, lambda x: x),
}


def ranges(setting: Parameters, names: Iterable[str]) -> list[Range]:
    """Collect the plausible ranges of some values; those without any freedom are left out.

    A stated range is taken as it is: on a logarithmic scale when its low end is above 0, else plain. A value without one moves
    by a fold that depends on its basis (``DEFAULT_FOLD``), within its hard limits. What stays: 0 and 1 without a range, which are
    definitions (none, all, no effect, relative to the typical patient), what the user varied, and lists of values.

    Parameters
    ----------
    setting : Parameters
        A loaded setting.
    names : texts
        Values to look at.

    Returns
    -------
    Range, several

    Examples
    --------
    >>> import simsolid as sim
    >>> [found] = ranges(sim.load("gastric"), ["kill_rate"])
    >>> found.low, found.high, found.scale, found.at(np.array([0.0, 1.0])).round(6).tolist()
    (2.0, 16.0, 'log', [2.0, 16.0])
    """
    found = (_range(name, setting.value(name), setting.declared[name.rpartition(".")[2]]) for name in names)
    return [each for each in found if each is not None and each.low < each.high]


def _range(name: str, value: Value, facts: Declaration) -> Range | None:
    centre = value.value
    movable = value.spread is None or value.spread.shape != "empirical"
    if value.basis not in DEFAULT_FOLD or not isinstance(centre, float) or not movable:
        return None
    if value.low is not None and value.high is not None:
        return Range(name, value.basis, value.low, value.high, "log" if value.low > 0 else "plain", True)
    fold = DEFAULT_FOLD[value.basis]
    if centre in (0.0, 1.0):
        return None
    if (facts.low, facts.high) == (0, 1):
        odds = centre / (1.0 - centre)
        ends = [odds * by / (1.0 + odds * by) for by in (1.0 / fold, fold)]
        return Range(name, value.basis, *ends, "logit", False)
    return Range(name, value.basis, max(centre / fold, facts.low), min(centre * fold, facts.high), "log", False)
