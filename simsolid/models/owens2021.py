"""An instructive failure: lymphodepleting chemotherapy, the patient's own effectors and CAR-T cells against a tumour.

    symbol       here                                      meaning
    T, E, C, M   tumour, host, cart, drug                  tumour, host effectors, CAR-T cells, chemotherapy (in uM, unit 1)
    a, b         growth_rate, capacity (1/b)
    dE, dC, l, s host_kill_rate, cart_kill_rate, kill_exponent, kill_half
    g            host_supply
    jE, jC, K, k host_division_rate, cart_division_rate, t_cell_limit, division_half
    mE, mC       host_death_rate, cart_death_rate
    qE, qC       host_loss_rate, cart_loss_rate            T cells lost to the tumour
    KT, KE = KC  tumour_drug_rate, t_cell_drug_rate        largest killing by chemotherapy
    gamma        drug_decay_rate

Source: owens2021. As printed, this model does not reproduce its own Figure 4. With the printed equations and the dose given at
once, CAR-T cells alone cure tumours that the paper says they never cure, and the shortest chemotherapy with the lowest dose
cures a tumour it should not (see the test). It comes close only if the dose is a rate that lasts half an hour, so that 1 part
in 48 of the cells is given: our inference, not the authors' statement; ``entering_fraction`` is 1 here, as printed. Text,
captions and figures of the paper also conflict on patients 3 and 4 and on doses 1 and 2. It is kept to show what a check of a
model against its own results is for. Departure from it: ratios are taken of no fewer cells than ``smallest_number``.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from simsolid.model import Model, state
from simsolid.params import need
from simsolid.terms import flows, label, logistic, saturating, where_positive

Value = Any


@dataclass(frozen=True, kw_only=True)
class Needs:
    """Parameters of one patient."""

    growth_rate: Value = need("1/day", "growth of tumour", low=0)
    capacity: Value = need("cell", "tumour at which growth stops", low=1)
    host_kill_rate: Value = need("1/day", "largest rate of killing by host effectors", low=0)
    cart_kill_rate: Value = need("1/day", "largest rate of killing by CAR-T cells", low=0)
    kill_exponent: Value = need("1", "steepness of killing in the ratio of T cells to tumour", low=0.1)
    kill_half: Value = need("1", "power of the ratio at which killing is half its maximum", low=1e-6)
    host_supply: Value = need("cell/day", "steady supply of host effectors", low=0)
    host_division_rate: Value = need("1/day", "largest division of host effectors", low=0)
    cart_division_rate: Value = need("1/day", "largest division of CAR-T cells", low=0)
    t_cell_limit: Value = need("cell", "T cells at which they stop dividing", low=1)
    division_half: Value = need("cell2/day2", "squared killing at which division is half its maximum", low=0)
    host_death_rate: Value = need("1/day", "death of host effectors", low=0)
    cart_death_rate: Value = need("1/day", "death of CAR-T cells", low=0)
    host_loss_rate: Value = need("1/(day cell)", "host effectors lost per tumour cell", low=0)
    cart_loss_rate: Value = need("1/(day cell)", "CAR-T cells lost per tumour cell", low=0)
    tumour_drug_rate: Value = need("1/day", "largest killing of tumour by chemotherapy", low=0)
    t_cell_drug_rate: Value = need("1/day", "largest killing of T cells by chemotherapy", low=0)
    drug_decay_rate: Value = need("1/day", "decay of chemotherapy", low=0)
    smallest_number: Value = need("cell", "fewest cells of which a ratio is taken", low=1e-30)
    tumour_start: Value = need("cell", "tumour on day 0", low=0)
    host_start: Value = need("cell", "host effectors on day 0", low=0)
    dose: Value = need("cell", "CAR-T cells given", low=0)
    entering_fraction: Value = need("1", "share of the dose that enters the equations", low=0, high=1)
    rest_days: Value = need("day", "days between the last chemotherapy and CAR-T cells", low=0)
    drug_dose: Value = need("1", "chemotherapy of one infusion (uM)", low=0)
    drug_days: Value = need("day", "days from the first to the last infusion of chemotherapy", low=0)


@dataclass(slots=True, kw_only=True)
class State:
    """Cells and drug."""

    tumour: Value = state("cell", "tumour cells", scale=1e-3)
    host: Value = state("cell", "host effectors")
    cart: Value = state("cell", "CAR-T cells")
    drug: Value = state("1", "chemotherapy (uM)", scale=1e-3)


def start(p):
    """Before any treatment."""
    return State(tumour=p.tumour_start, host=p.host_start, cart=0.0 * p.dose, drug=0.0 * p.dose)


def protocol(p):
    """Three infusions of chemotherapy, each at once, then a rest and CAR-T cells."""
    drug = [(share * p.drug_days, p.drug_dose) for share in (0.0, 0.5, 1.0)]
    return {"drug": drug, "cart": [(p.drug_days + p.rest_days, p.entering_fraction * p.dose)]}


def present(n, p):
    """A population, or the fewest cells of which a ratio may be taken."""
    return where_positive(n - p.smallest_number, n, p.smallest_number)


def killing(t_cells, x, largest_rate, p):
    """Rate of killing per tumour cell, which saturates in the ratio of T cells to tumour."""
    ratio = present(t_cells, p) / present(x.tumour, p)
    return largest_rate * saturating(ratio**p.kill_exponent, p.kill_half)


def division(kills, x, largest_rate, p):
    """Division of T cells that kill; none is left at their common limit."""
    together = present(x.host + x.cart, p)
    return -largest_rate * np.log(together / p.t_cell_limit) * saturating(kills**2, p.division_half)


def rates(t, x, p):
    """Rate of change of every state, per day."""
    by_host = label("kill_by_host", killing(x.host, x, p.host_kill_rate, p))
    by_cart = label("kill_by_cart", killing(x.cart, x, p.cart_kill_rate, p))
    poison = flows(poison=1.0 - np.exp(-x.drug)).poison
    host_gain = division(by_host * x.tumour, x, p.host_division_rate, p) - p.host_death_rate - p.host_loss_rate * x.tumour
    cart_gain = division(by_cart * x.tumour, x, p.cart_division_rate, p) - p.cart_death_rate - p.cart_loss_rate * x.tumour
    lost = p.t_cell_drug_rate * poison
    return State(
        tumour=(p.growth_rate * logistic(x.tumour, p.capacity) - by_host - by_cart - p.tumour_drug_rate * poison) * x.tumour,
        host=p.host_supply + (host_gain - lost) * x.host,
        cart=(cart_gain - lost) * x.cart,
        drug=-p.drug_decay_rate * x.drug,
    )


MODEL = Model(name="owens2021", needs=Needs, state=State, start=start, rates=rates, protocol=protocol)
