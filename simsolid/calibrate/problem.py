"""A calibration problem: what is not known, what was observed, and how to simulate the same statistics.

Source: anscombe1948 (shares on the arcsine scale).
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from simsolid.calibrate.scales import Scale, scale_of
from simsolid.errors import ParameterError
from simsolid.params import refuse
from simsolid.trials.observed import wilson_of_share

# No share is taken for impossible: the nearest to 0 and 1 that a stand-in may say.
_CERTAIN = 1e-9
# Average over a normal by Gauss and Hermite.
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(9)
_WEIGHTS = _WEIGHTS / _WEIGHTS.sum()


@dataclass(frozen=True)
class Prior:
    """A parameter that is not known: equally likely everywhere in a range, on its scale."""

    name: str
    low: float
    high: float
    scale: str = "log"
    unit: str = "1"
    value: float | None = None  # what stands in the parameter files
    why: str = ""

    def __post_init__(self) -> None:
        scale_of(self.scale, self.low, self.high, self.name)

    @property
    def on_scale(self) -> Scale:
        """The scale of the range."""
        return scale_of(self.scale, self.low, self.high, self.name)

    def from_unit(self, share):
        """Values at shares of the range, from 0 at its low to 1 at its high end."""
        low, high = self.on_scale.forward(np.array([self.low, self.high]))
        return self.on_scale.back(low + (high - low) * np.asarray(share))

    def to_unit(self, value):
        """Shares of the range at values; the inverse of ``from_unit``."""
        low, high = self.on_scale.forward(np.array([self.low, self.high]))
        return (self.on_scale.forward(np.asarray(value)) - low) / (high - low)


@dataclass(frozen=True)
class Statistic:
    """One number that a simulated trial gave: its estimate, of how many patients, and its Monte-Carlo standard error."""

    estimate: float
    n: int
    standard_error: float = np.nan


@dataclass(frozen=True)
class Count:
    """A target that counts patients: so many of so many; its statistic is the share of simulated patients.

    ``discrepancy`` is the standard deviation by which the model's share is expected to be off, on the arcsine scale:
    0.05 is five percentage points at a share of one half, and less near 0 and 1.
    """

    name: str
    events: float  # a share read off a curve may be no whole number of patients
    n: int
    discrepancy: float = 0.0
    source: str = ""
    text: str = ""

    def __post_init__(self) -> None:
        if not (0 <= self.events <= self.n and self.n > 0):
            raise ParameterError(f"{self.name}: {self.events} of {self.n}; must be a count of at most the number of patients")

    def on_scale(self, seen: Statistic) -> tuple[float, float]:
        """A simulated share and its Monte-Carlo variance, on the arcsine scale, where that hardly depends on the share."""
        if not np.isfinite(seen.estimate) or seen.n < 1:
            return np.nan, np.nan
        share = (seen.estimate * seen.n + 0.375) / (seen.n + 0.75)
        return float(np.arcsin(np.sqrt(share))), 1.0 / (4.0 * seen.n + 2.0)

    def back(self, number):
        """Shares on the arcsine scale as shares."""
        return np.sin(np.clip(number, 0.0, np.pi / 2.0)) ** 2

    def log_likelihood(self, mean, sd):
        """Binomial likelihood, averaged over what is not known of the share (``mean`` and ``sd`` on the arcsine scale)."""
        share = np.clip(self.back(mean[..., None] + sd[..., None] * _NODES), _CERTAIN, 1.0 - _CERTAIN)
        each = self.events * np.log(share) + (self.n - self.events) * np.log1p(-share)
        top = each.max(axis=-1)
        return self._ways + top + np.log(np.exp(each - top[..., None]) @ _WEIGHTS)

    @cached_property
    def _ways(self) -> float:
        return math.lgamma(self.n + 1) - math.lgamma(self.events + 1) - math.lgamma(self.n - self.events + 1)

    def replicate(self, mean, sd, rng):
        """Draw what a trial of the same size would have counted, as shares."""
        return rng.binomial(self.n, self.back(mean + sd * rng.standard_normal(np.shape(mean)))) / self.n

    @property
    def observed(self) -> float:
        """The observed share."""
        return self.events / self.n

    @property
    def interval(self) -> tuple[float, float]:
        """The observed 95 % interval, by Wilson."""
        return wilson_of_share(self.observed, self.n)


@dataclass(frozen=True)
class Measure:
    """A target that is a number with an interval, such as a median: normal on its scale.

    ``low`` and ``high`` bound the observed interval of the given ``level``; ``discrepancy`` is the standard deviation by
    which the model is expected to be off, on the scale (0.1 on a log scale is ten per cent).
    """

    name: str
    value: float
    low: float
    high: float
    scale: str = "log"
    level: float = 0.95
    unit: str = "1"
    discrepancy: float = 0.0
    source: str = ""
    text: str = ""

    def __post_init__(self) -> None:
        scale_of(self.scale, self.low, self.high, self.name)
        if not self.low <= self.value <= self.high:
            raise ParameterError(f"{self.name}: {self.value:g} lies outside its interval, {self.low:g} to {self.high:g}")

    @property
    def _scale(self) -> Scale:
        return scale_of(self.scale, self.low, self.high, self.name)

    @cached_property
    def sampling_sd(self) -> float:
        """Standard deviation of the observed number on its scale, from its interval."""
        from scipy.special import ndtri

        low, high = self._scale.forward(np.array([self.low, self.high]))
        return float((high - low) / (2.0 * ndtri(0.5 + self.level / 2.0)))

    def on_scale(self, seen: Statistic) -> tuple[float, float]:
        """A simulated number and its Monte-Carlo variance, on the scale."""
        inside = self._scale.low < seen.estimate < self._scale.high or self.scale == "linear"
        if not (np.isfinite(seen.estimate) and np.isfinite(seen.standard_error) and inside):
            return np.nan, np.nan
        slope = {"log": 1.0 / seen.estimate if seen.estimate else np.nan, "linear": 1.0,
                 "logit": 1.0 / (seen.estimate * (1.0 - seen.estimate)) if seen.estimate not in (0.0, 1.0) else np.nan}
        return float(self._scale.forward(seen.estimate)), float((seen.standard_error * slope[self.scale]) ** 2)

    def back(self, number):
        """Numbers on the scale in the unit of the target."""
        return self._scale.back(number)

    def log_likelihood(self, mean, sd):
        """Normal likelihood of the observed number, with the uncertainty of the simulated one added."""
        total = self.sampling_sd**2 + sd**2
        return -0.5 * ((self._scale.forward(self.value) - mean) ** 2 / total + np.log(2.0 * np.pi * total))

    def replicate(self, mean, sd, rng):
        """Draw what a trial of the same size would have found."""
        return self.back(mean + np.hypot(sd, self.sampling_sd) * rng.standard_normal(np.shape(mean)))

    @property
    def observed(self) -> float:
        """The observed number."""
        return self.value

    @property
    def interval(self) -> tuple[float, float]:
        """The observed interval."""
        return self.low, self.high


Target = Count | Measure


@dataclass(frozen=True)
class Problem:
    """Priors, targets and a simulator that gives the statistic of every target at given values.

    ``simulate(values, seed)`` takes a mapping of parameter values and a seed, and returns a mapping of :class:`Statistic` by
    target name; it must give the same for the same arguments wherever it runs. ``identity`` stands for everything else that
    its answer depends on (files, number of patients, versions): finished work is kept under it. Where many points cost less
    together, ``together(several values, several seeds)`` gives a list of the same, up to ``batch`` at once.
    """

    name: str
    priors: tuple[Prior, ...]
    targets: tuple[Target, ...]
    simulate: Callable[[Mapping[str, float], int], Mapping[str, Statistic]]
    identity: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    together: Callable[[list[Mapping[str, float]], list[int]], list[Mapping[str, Statistic]]] | None = None
    batch: int = 1

    def __post_init__(self) -> None:
        faults = [] if self.priors else [f"{self.name}: no parameter to fit"]
        faults += [] if self.targets else [f"{self.name}: no target to fit to"]
        for kind in (self.priors, self.targets):
            names = [item.name for item in kind]
            faults += [f"{self.name}: {name} stands twice" for name in dict.fromkeys(names) if names.count(name) > 1]
        refuse(faults)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the parameters that are fitted."""
        return tuple(prior.name for prior in self.priors)

    def values(self, shares) -> dict[str, float]:
        """Parameter values at one point of the unit cube."""
        return {prior.name: float(prior.from_unit(share)) for prior, share in zip(self.priors, shares, strict=True)}
