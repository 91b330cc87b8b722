"""Tisagenlecleucel in blood by qPCR: exponential expansion, then contraction and a slow tail.

    symbol        here                           meaning
    R             transgene                      copies per microgram of genomic DNA
    Cmax, Tmax    peak, peak_days
    foldx         expansion_fold                 expansion from first to peak
    alpha, beta   contraction_rate, persistence_rate
    FB            persisting_fraction            share of the peak that is in the slow tail

Source: stein2019, the closed form. As equations it is two populations that expand together until the peak day and then decline,
each at its own rate; their sum is the closed form exactly. Departure from it: effects of tocilizumab and steroids, which the
authors did not find to matter (factors 1.2 and 1.0), are left out.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from simsolid.model import Model, shows, state
from simsolid.params import need
from simsolid.terms import where_positive

Value = Any


@dataclass(frozen=True, kw_only=True)
class Needs:
    """Typical values; how patients differ is left out, as it could not be checked what the printed spreads mean."""

    expansion_fold: Value = need("1", "peak over the first value", low=1)
    peak_days: Value = need("day", "time from infusion to peak", low=0.1)
    peak: Value = need("copies/ug", "transgene at the peak", low=0)
    contraction_rate: Value = need("1/day", "fast decline after the peak", low=0)
    persistence_rate: Value = need("1/day", "slow decline", low=0)
    persisting_fraction: Value = need("1", "share of the peak that declines slowly", low=0, high=1)


@dataclass(slots=True, kw_only=True)
class State:
    """Transgene of cells with a short and with a long life."""

    effector: Value = state("copies/ug", "transgene of effector cells", scale=1e-3)
    memory: Value = state("copies/ug", "transgene of persisting cells", scale=1e-3)


@dataclass(slots=True, kw_only=True)
class Observables:
    """What qPCR measures."""

    transgene: Value = shows("copies/ug", "transgene in blood")


def start(p):
    """The first value, shared out as the peak will be."""
    first = p.peak / p.expansion_fold
    return State(effector=(1.0 - p.persisting_fraction) * first, memory=p.persisting_fraction * first)


def expansion_rate(p):
    """Growth rate until the peak."""
    return np.log(p.expansion_fold) / p.peak_days


def rates(t, x, p):
    """Rate of change of every state, per day."""
    still_to_go, expanding = p.peak_days - t, expansion_rate(p)
    return State(
        effector=where_positive(still_to_go, expanding, -p.contraction_rate) * x.effector,
        memory=where_positive(still_to_go, expanding, -p.persistence_rate) * x.memory,
    )


def observables(t, x, p):
    """All transgene."""
    return Observables(transgene=x.effector + x.memory)


MODEL = Model(name="stein2019", needs=Needs, state=State, observables=Observables, start=start, rates=rates, observe=observables)
