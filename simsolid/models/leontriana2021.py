"""Dual-target CAR-T cells: activated on B cells in blood, they reach a solid tumour that inactivates them.

    symbol    here                                 meaning
    Cb, C     blood_cart, cart                     CAR-T cells in blood and lymphoid tissue, and at the tumour
    B, T      b_cells, tumour
    rC, gT    division_rate, division_half         division on antigen; the same on tumour and B cells (rCb, gB)
    a1, gC    inactivation_rate, inactivation_half loss of CAR-T cells to the tumour
    a2, aB    kill_rate, b_cell_kill_rate
    tauC, tauB cart_time, b_cell_time              mean life
    rT, k     growth_rate, homing_rate

Source: leontriana2021 (BioModels BIOMD0000001013 and BIOMD0000001014). With no CAR-T cells in blood the dual-target equations
are the single-target ones, so both are this one model. Departure from it: none. There is no last cell here: tumours fall far
below one cell and come back, and relapse days depend on it.
"""

from dataclasses import dataclass
from typing import Any

from simsolid.model import Model, state
from simsolid.params import need
from simsolid.terms import flows, saturating

Value = Any


@dataclass(frozen=True, kw_only=True)
class Needs:
    """Parameters of the single-target model, then those of the dual-target one."""

    division_rate: Value = need("1/day", "largest division on antigen", low=0)
    division_half: Value = need("cell", "targets at which division is half its maximum", low=1)
    inactivation_rate: Value = need("1/day", "largest loss of CAR-T cells to the tumour", low=0)
    inactivation_half: Value = need("cell", "CAR-T cells at which that loss per tumour is half its maximum", low=1)
    cart_time: Value = need("day", "mean life of CAR-T cells", low=0.1)
    growth_rate: Value = need("1/day", "growth of tumour", low=0)
    kill_rate: Value = need("1/(day cell)", "killing of tumour per CAR-T cell", low=0)
    b_cell_kill_rate: Value = need("1/(day cell)", "killing of B cells per CAR-T cell", low=0)
    b_cell_time: Value = need("day", "mean life of B cells", low=0.1)
    homing_rate: Value = need("1/day", "CAR-T cells from blood to tumour", low=0)
    tumour_start: Value = need("cell", "tumour on the first day", low=0)
    cart_start: Value = need("cell", "CAR-T cells given into the tumour", low=0)
    blood_cart_start: Value = need("cell", "CAR-T cells given into blood", low=0)
    b_cells_start: Value = need("cell", "B cells on the first day", low=0)
    control_day: Value = need("day", "day on which control is judged", low=0)
    control_fraction: Value = need("1", "share of its peak below which a tumour is controlled", low=0, high=1)


@dataclass(slots=True, kw_only=True)
class State:
    """Cells."""

    blood_cart: Value = state("cell", "CAR-T cells in blood and lymphoid tissue", scale=1e-3)
    b_cells: Value = state("cell", "B cells", scale=1e-3)
    cart: Value = state("cell", "CAR-T cells at the tumour", scale=1e-3)
    tumour: Value = state("cell", "tumour cells", scale=1e-6)


def start(p):
    """Cells on the day of the dose."""
    return State(blood_cart=p.blood_cart_start, b_cells=p.b_cells_start, cart=p.cart_start, tumour=p.tumour_start)


def contacts(x, p):
    """Division on antigen, and inactivation, which the tumour exerts on the CAR-T cells there."""
    return flows(
        blood_division=p.division_rate * x.blood_cart * saturating(x.b_cells, p.division_half),
        division=p.division_rate * x.cart * saturating(x.tumour, p.division_half),
        inactivation=p.inactivation_rate * x.tumour * saturating(x.cart, p.inactivation_half),
        homing=p.homing_rate * x.blood_cart,
    )


def rates(t, x, p):
    """Rate of change of every state, per day."""
    met = contacts(x, p)
    return State(
        blood_cart=met.blood_division - x.blood_cart / p.cart_time - met.homing,
        b_cells=-p.b_cell_kill_rate * x.b_cells * x.blood_cart - x.b_cells / p.b_cell_time,
        cart=met.homing + met.division - met.inactivation - x.cart / p.cart_time,
        tumour=(p.growth_rate - p.kill_rate * x.cart) * x.tumour,
    )


def equilibria(p):
    """CAR-T cells, and both tumour sizes (NaN if there are none), at which the single-target model rests."""
    import numpy as np

    cart = p.growth_rate / p.kill_rate
    share = p.inactivation_rate / (p.inactivation_half + cart)
    middle = share * p.division_half - p.division_rate + 1.0 / p.cart_time
    inside = middle**2 - 4.0 * share * p.division_half / p.cart_time
    root = np.sqrt(inside) if inside >= 0 else np.nan
    return cart, ((-middle - root) / (2.0 * share), (-middle + root) / (2.0 * share))


MODEL = Model(name="leontriana2021", needs=Needs, state=State, start=start, rates=rates)
