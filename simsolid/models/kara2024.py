"""CAR-T and bystander T cells against a mouse tumour of which only part shows the antigen.

    symbol      here                                     meaning
    Ts, Tr      positive, negative                       tumour that shows the antigen, and that does not
    C, B        cart, bystander                          CAR-T cells, the mouse's own T cells
    r1, r2, K1  positive_growth_rate, negative_.., tumour_limit_volume
    dC, dB      cart_kill_rate, bystander_kill_rate      largest rates of killing
    l, s        kill_exponent, kill_half                 killing saturates in the ratio of T cells to targets
    muC, muB, k cart_division_rate, bystander_.., division_half
    K2          t_cell_limit_volume                      volume at which T cells stop dividing
    gC, gB      cart_death_rate, bystander_death_rate
    wC, wB      cart_loss_rate, bystander_loss_rate      T cells lost to the tumour
    b           bystander_supply
    sp          positive_fraction                        share of the implanted tumour that shows the antigen

Source: kara2024, equations as the authors' published code has them: bystander division is multiplied by C, and their loss
wB (Ts + Tr) by no B. Departures from it: ratios are taken of volumes no smaller than ``smallest_volume`` (the loss can carry
B below zero, where a power has no value; the authors then take the real part); and the authors skip one output step after
each dose, which this does not.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from simsolid.model import Model, shows, state
from simsolid.params import need
from simsolid.terms import flows, label, logistic, saturating, where_positive

Value = Any


@dataclass(frozen=True, kw_only=True)
class Needs:
    """Parameters, in the order of the authors' patient files."""

    positive_growth_rate: Value = need("1/day", "growth of antigen-positive tumour", low=0)
    negative_growth_rate: Value = need("1/day", "growth of antigen-negative tumour", low=0)
    tumour_limit_volume: Value = need("mL", "volume at which tumour growth stops", low=1e-6)
    kill_exponent: Value = need("1", "steepness of killing in the ratio of T cells to targets", low=0.1, high=5)
    cart_kill_rate: Value = need("1/day", "largest rate of killing by CAR-T cells", low=0)
    cart_division_rate: Value = need("1/day", "largest division of CAR-T cells", low=0)
    kill_half: Value = need("1", "power of the ratio at which killing is half its maximum", low=1e-6)
    cart_death_rate: Value = need("1/day", "death of CAR-T cells", low=0)
    division_half: Value = need("1/day2", "squared rate of killing at which division is half its maximum", low=0)
    cart_loss_rate: Value = need("1/(day cm3)", "loss of CAR-T cells per volume of antigen-positive tumour", low=0)
    t_cell_limit_volume: Value = need("mL", "volume of T cells at which they stop dividing", low=1e-6)
    bystander_kill_rate: Value = need("1/day", "largest rate of killing by bystander T cells", low=0)
    bystander_division_rate: Value = need("1/day", "largest recruitment of bystander T cells", low=0)
    bystander_supply: Value = need("mL/day", "steady supply of bystander T cells", low=0)
    bystander_death_rate: Value = need("1/day", "death of bystander T cells", low=0)
    bystander_loss_rate: Value = need("1/day", "loss of bystander T cells, as a share of the tumour's volume", low=0)
    smallest_volume: Value = need("mL", "smallest volume of which a ratio is taken", low=1e-30)
    start_day: Value = need("day", "day of the first state, after implantation", low=0)
    tumour_start: Value = need("mL", "tumour on that day", low=0)
    positive_fraction: Value = need("1", "share of it that shows the antigen", low=0, high=1)
    bystander_start: Value = need("mL", "bystander T cells on that day", low=0)
    dose: Value = need("mL", "CAR-T cells of one injection", low=0)
    first_dose_day: Value = need("day", "first injection", low=0)
    second_dose_day: Value = need("day", "second injection", low=0)
    readout_day: Value = need("day", "day on which the response is read", low=0)
    response_volume: Value = need("mL", "tumour below which the mouse is a responder", low=0)
    partial_volume: Value = need("mL", "tumour up to which it is a partial responder", low=0)


@dataclass(slots=True, kw_only=True)
class State:
    """Volumes."""

    positive: Value = state("mL", "tumour that shows the antigen", scale=1e-6)
    negative: Value = state("mL", "tumour that does not", scale=1e-6)
    cart: Value = state("mL", "CAR-T cells", scale=1e-6)
    bystander: Value = state("mL", "bystander T cells", scale=1e-6)


@dataclass(slots=True, kw_only=True)
class Observables:
    """What the mouse experiment measures."""

    tumour: Value = shows("mL", "whole tumour")


def start(p):
    """State on the first day, before any CAR-T cells."""
    return State(
        positive=p.positive_fraction * p.tumour_start,
        negative=(1.0 - p.positive_fraction) * p.tumour_start,
        cart=0.0 * p.dose,
        bystander=p.bystander_start,
    )


def protocol(p):
    """Two injections of CAR-T cells."""
    return {"cart": [(p.first_dose_day, p.dose), (p.second_dose_day, p.dose)]}


def present(x, p):
    """Volumes of which a ratio or a logarithm may be taken."""
    given = {"cart": x.cart, "bystander": x.bystander, "positive": x.positive, "negative": x.negative}
    given["t_cells"] = x.cart + x.bystander
    least = p.smallest_volume
    return flows(**{f"{name}_present": where_positive(volume - least, volume, least) for name, volume in given.items()})


def killing(t_cells, targets, largest_rate, p):
    """Rate of killing, which saturates in the ratio of T cells to targets."""
    return largest_rate * saturating((t_cells / targets) ** p.kill_exponent, p.kill_half)


def division(kill, t_cells, largest_rate, p):
    """Division of T cells that kill; none is left when all T cells together fill their limit."""
    return -largest_rate * np.log(t_cells / p.t_cell_limit_volume) * saturating(kill**2, p.division_half)


def rates(t, x, p):
    """Rate of change of every state, per day."""
    seen = present(x, p)
    by_cart = label("kill_by_cart", killing(seen.cart_present, seen.positive_present, p.cart_kill_rate, p))
    beside = label("kill_beside", killing(seen.bystander_present, seen.positive_present, p.bystander_kill_rate, p))
    alone = label("kill_negative", killing(seen.bystander_present, seen.negative_present, p.bystander_kill_rate, p))
    room = label("room", logistic(x.positive + x.negative, p.tumour_limit_volume))
    divided = division(by_cart, seen.t_cells_present, p.cart_division_rate, p)
    recruited = division(beside, seen.t_cells_present, p.bystander_division_rate, p) * x.cart
    lost = p.bystander_death_rate * x.bystander + p.bystander_loss_rate * (x.positive + x.negative)
    return State(
        positive=(p.positive_growth_rate * room - by_cart - beside) * x.positive,
        negative=(p.negative_growth_rate * room - alone) * x.negative,
        cart=(divided - p.cart_death_rate - p.cart_loss_rate * x.positive) * x.cart,
        bystander=p.bystander_supply + recruited - lost,
    )


def observables(t, x, p):
    """The whole tumour."""
    return Observables(tumour=x.positive + x.negative)


def response(tumour, p):
    """Class of the tumour on the read-out day: R (responder), PR (partial) or NR (none)."""
    return np.where(tumour < p.response_volume, "R", np.where(tumour <= p.partial_volume, "PR", "NR"))


MODEL = Model(
    name="kara2024", needs=Needs, state=State, observables=Observables,
    start=start, rates=rates, observe=observables, protocol=protocol,
)  # fmt: skip
