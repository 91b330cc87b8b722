"""CAR-T cells against leukaemia that shows CD19 and leukaemia that has lost it.

    symbol           here                                        meaning
    P, Q             positive, negative                          leukaemia with and without CD19
    I, A             infused, active                             CAR-T cells as infused, and activated
    rP, rQ, nM       positive_growth_rate, negative_.., capacity
    e, KP            kill_rate, kill_half                        killing of CD19-positive cells
    kb, KQ           bystander_fold, bystander_half              killing of CD19-negative cells is kb times weaker
    rA, Kr           division_rate, division_half
    kA, KA           activation_rate, activation_half
    lA, lI           active_death_rate, infused_death_rate
    km               mutation_rate                               loss of CD19

Source: liu2022 and the authors' code; counts in 1e9 cells there, cells here. The attribution of the code to the paper was made
from its content. Both patients are examples of the code. Departure from it: none. No printed number could be matched; the
test compares with an independent integration of the same equations, and with the relapse lines drawn in the code.
"""

from dataclasses import dataclass
from typing import Any

from simsolid.model import Model, shows, state
from simsolid.params import need
from simsolid.terms import flows, logistic, saturating

Value = Any


@dataclass(frozen=True, kw_only=True)
class Needs:
    """Parameters of one patient."""

    positive_growth_rate: Value = need("1/day", "growth of CD19-positive leukaemia", low=0)
    negative_growth_rate: Value = need("1/day", "growth of CD19-negative leukaemia", low=0)
    capacity: Value = need("cell", "leukaemia at which growth stops", low=1)
    kill_rate: Value = need("1/day", "CD19-positive cells killed per active CAR-T cell", low=0)
    kill_half: Value = need("cell", "CD19-positive leukaemia at which killing is half its maximum", low=1)
    bystander_fold: Value = need("1", "how much weaker killing of CD19-negative cells is", low=1e-3)
    bystander_half: Value = need("cell", "CD19-negative leukaemia at which killing is half its maximum", low=1)
    division_rate: Value = need("1/day", "largest division of active CAR-T cells", low=0)
    division_half: Value = need("cell", "CD19-positive leukaemia at which division is half its maximum", low=1)
    activation_rate: Value = need("1/day", "largest activation of infused CAR-T cells", low=0)
    activation_half: Value = need("cell", "CD19-positive leukaemia at which activation is half its maximum", low=1)
    active_death_rate: Value = need("1/day", "death of active CAR-T cells", low=0)
    infused_death_rate: Value = need("1/day", "death of infused CAR-T cells", low=0)
    mutation_rate: Value = need("1/day", "loss of CD19", low=0)
    positive_start: Value = need("cell", "CD19-positive leukaemia on the day of infusion", low=0)
    negative_start: Value = need("cell", "CD19-negative leukaemia on that day", low=0)
    infused_start: Value = need("cell", "CAR-T cells given", low=0)
    normal_cells: Value = need("cell", "normal cells beside which leukaemia is counted", low=1)
    burden_fraction: Value = need("1", "share of blasts in a marrow full of leukaemia", low=0, high=1)


@dataclass(slots=True, kw_only=True)
class State:
    """Cells."""

    positive: Value = state("cell", "CD19-positive leukaemia", scale=1e3)
    negative: Value = state("cell", "CD19-negative leukaemia", scale=1e3)
    infused: Value = state("cell", "CAR-T cells as infused", scale=1e3)
    active: Value = state("cell", "activated CAR-T cells", scale=1e3)


@dataclass(slots=True, kw_only=True)
class Observables:
    """What marrow shows."""

    burden: Value = shows("1", "share of blasts in marrow")
    negative_burden: Value = shows("1", "share of CD19-negative blasts in marrow")


def start(p):
    """The day of infusion."""
    return State(positive=p.positive_start, negative=p.negative_start, infused=p.infused_start, active=0.0 * p.infused_start)


def contacts(x, p):
    """Killing, division, activation and loss of CD19."""
    return flows(
        kill_positive=p.kill_rate * saturating(x.positive, p.kill_half) * x.active,
        kill_negative=p.kill_rate / p.bystander_fold * saturating(x.negative, p.bystander_half) * x.active,
        division=p.division_rate * saturating(x.positive, p.division_half) * x.active,
        activation=p.activation_rate * saturating(x.positive, p.activation_half) * x.infused,
        mutation=p.mutation_rate * x.positive,
    )


def rates(t, x, p):
    """Rate of change of every state, per day."""
    met = contacts(x, p)
    return State(
        positive=p.positive_growth_rate * x.positive * logistic(x.positive, p.capacity) - met.kill_positive,
        negative=p.negative_growth_rate * x.negative * logistic(x.negative, p.capacity) + met.mutation - met.kill_negative,
        infused=-met.activation - p.infused_death_rate * x.infused,
        active=met.division + met.activation - p.active_death_rate * x.active,
    )


def observables(t, x, p):
    """Burden as the authors turn cells into a share of blasts."""
    return Observables(
        burden=p.burden_fraction * saturating(x.positive + x.negative, p.normal_cells),
        negative_burden=p.burden_fraction * saturating(x.negative, p.normal_cells),
    )


MODEL = Model(name="liu2022", needs=Needs, state=State, observables=Observables, start=start, rates=rates, observe=observables)
