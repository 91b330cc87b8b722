"""CARRGO with dexamethasone: glioblastoma lines and CAR-T cells on electrodes, from cell index over time.

    symbol    here                                    meaning
    X, Y      tumour, cart                            tumour and CAR-T cells, as cell index (CI)
    e         dexamethasone                           share of the drug that is left
    rho, kinv growth_rate, crowding                   growth, and the inverse of the capacity
    kappa1/2  kill_rate, stimulation_rate             killing, and net gain of CAR-T cells on contact
    theta     death_rate
    c0, c3    tumour_drug_rate, cart_drug_rate        effect of fresh dexamethasone; below zero it promotes growth

Source: brummer2022, values of the authors' table of fits (hours there, days here). Day 0 is the first fitted sample. The fits
differ between doses of dexamethasone in every parameter, so a dose is an experiment of its own, not an axis.
Departure from it: the drug's decay is a state, which equals the written-out exponential.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from simsolid.model import Model, state
from simsolid.params import need
from simsolid.terms import label

Value = Any


@dataclass(frozen=True, kw_only=True)
class Needs:
    """Rates per cell index, which has no unit."""

    growth_rate: Value = need("1/day", "growth of tumour", low=0)
    crowding: Value = need("1", "inverse of the cell index at which growth stops", low=0)
    kill_rate: Value = need("1/day", "killing per cell index of CAR-T cells", low=0)
    stimulation_rate: Value = need("1/day", "net gain of CAR-T cells per cell index of tumour")
    death_rate: Value = need("1/day", "death of CAR-T cells", low=0)
    tumour_drug_rate: Value = need("1/day", "loss of tumour to fresh dexamethasone; below zero a gain")
    cart_drug_rate: Value = need("1/day", "loss of CAR-T cells to fresh dexamethasone; below zero a gain")
    drug_half_life: Value = need("day", "half-life of dexamethasone in the dish", low=1e-3)
    drug_start: Value = need("1", "dexamethasone on day 0: 1 if given, else 0", low=0)
    tumour_start: Value = need("1", "tumour on day 0, cell index", low=0)
    cart_start: Value = need("1", "CAR-T cells on day 0, cell index", low=0)


@dataclass(slots=True, kw_only=True)
class State:
    """Cell index, and drug left."""

    tumour: Value = state("1", "tumour, cell index", scale=0.1)
    cart: Value = state("1", "CAR-T cells, cell index", scale=0.1)
    dexamethasone: Value = state("1", "share of dexamethasone that is left")


def start(p):
    """The first fitted sample."""
    return State(tumour=p.tumour_start, cart=p.cart_start, dexamethasone=p.drug_start)


def rates(t, x, p):
    """Rate of change of every state, per day."""
    contact = label("contact", x.tumour * x.cart)
    grown = p.growth_rate * x.tumour * (1.0 - p.crowding * x.tumour)
    return State(
        tumour=grown - p.tumour_drug_rate * x.dexamethasone * x.tumour - p.kill_rate * contact,
        cart=p.stimulation_rate * contact - (p.death_rate + p.cart_drug_rate * x.dexamethasone) * x.cart,
        dexamethasone=-np.log(2.0) / p.drug_half_life * x.dexamethasone,
    )


MODEL = Model(name="brummer2022", needs=Needs, state=State, start=start, rates=rates)
