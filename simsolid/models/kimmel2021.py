"""CAR-T cells compete with the patient's own T cells after lymphodepletion, and kill B-cell lymphoma.

    symbol       here                                     meaning
    N, C, B      normal, cart, tumour
    KN, KC       normal_limit, cart_limit                 T cells at which each kind stops dividing
    rN           normal_growth_rate
    rhoC, b, a   cart_growth_rate, boost_rate, boost_half division of CAR-T cells, its boost while T cells are few
    rB, gB, kB   tumour_growth_rate, kill_rate, kill_half

Source: kimmel2021 (BioModels BIOMD0000001041). One cell per microlitre of blood stands for 5e8 cells, as the authors convert.
Departure from it: below 100 tumour cells the authors decide cure or relapse by chance; here the equations go on, and the days
between which the tumour is that small are what can be compared.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from simsolid.model import Model, shows, state
from simsolid.params import need
from simsolid.terms import label, saturating

Value = Any


@dataclass(frozen=True, kw_only=True)
class Needs:
    """Parameters in whole-body cells."""

    normal_growth_rate: Value = need("1/day", "growth of normal T cells", low=0)
    normal_limit: Value = need("cell", "T cells at which normal ones stop dividing", low=1)
    cart_growth_rate: Value = need("1/day", "growth of CAR-T cells once T cells are back", low=0)
    cart_limit: Value = need("cell", "T cells at which CAR-T cells stop dividing", low=1)
    boost_rate: Value = need("1/day", "extra growth of CAR-T cells while T cells are few", low=0)
    boost_half: Value = need("1", "weight of T cells present in ending that boost", low=0)
    tumour_growth_rate: Value = need("1/day", "growth of tumour", low=0)
    kill_rate: Value = need("1/day", "largest rate of killing", low=0)
    kill_half: Value = need("cell", "CAR-T cells at which killing is half its maximum", low=1)
    normal_start: Value = need("cell", "normal T cells left by lymphodepletion", low=0)
    cart_start: Value = need("cell", "CAR-T cells given", low=0)
    tumour_start: Value = need("cell", "tumour on the day of infusion", low=0)
    blood_volume: Value = need("mL", "volume that turns cells into cells per microlitre", low=1)
    tumour_cell_volume: Value = need("mL/cell", "tumour volume per cell", low=0)
    chance_number: Value = need("cell", "tumour cells below which chance decides", low=0)
    progression_fold: Value = need("1", "tumour over its start that counts as progression", low=1)


@dataclass(slots=True, kw_only=True)
class State:
    """Cells."""

    normal: Value = state("cell", "normal T cells", scale=1e3)
    cart: Value = state("cell", "CAR-T cells", scale=1e3)
    tumour: Value = state("cell", "tumour cells", scale=1e-3)


@dataclass(slots=True, kw_only=True)
class Observables:
    """What a clinic measures."""

    normal_blood: Value = shows("cell/uL", "normal T cells in blood")
    cart_blood: Value = shows("cell/uL", "CAR-T cells in blood")
    tumour_volume: Value = shows("mL", "tumour")


def start(p):
    """Cells on the day of infusion."""
    return State(normal=p.normal_start, cart=p.cart_start, tumour=p.tumour_start)


def cart_growth(together, p):
    """Growth rate of CAR-T cells, boosted while T cells are far below the normal limit."""
    missing = (together - p.normal_limit) ** 2
    return p.cart_growth_rate + p.boost_rate * missing / (p.boost_half * together**2 + missing)


def rates(t, x, p):
    """Rate of change of every state, per day."""
    together = label("t_cells", x.normal + x.cart)
    return State(
        normal=-p.normal_growth_rate * x.normal * np.log(together / p.normal_limit),
        cart=-label("cart_growth", cart_growth(together, p)) * x.cart * np.log(together / p.cart_limit),
        tumour=(p.tumour_growth_rate - p.kill_rate * saturating(x.cart, p.kill_half)) * x.tumour,
    )


def observables(t, x, p):
    """Concentrations and volume."""
    per_uL = 1e-3 / p.blood_volume
    return Observables(
        normal_blood=x.normal * per_uL, cart_blood=x.cart * per_uL, tumour_volume=x.tumour * p.tumour_cell_volume
    )


MODEL = Model(
    name="kimmel2021", needs=Needs, state=State, observables=Observables, start=start, rates=rates, observe=observables
)
