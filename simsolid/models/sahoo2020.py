"""CARRGO: CAR-T cells and glioblastoma as predator and prey, with proliferation or exhaustion on contact.

    symbol   here                     meaning
    X, Y     tumour, cart             tumour cells, CAR-T cells in the lesion
    rho, K   growth_rate, capacity
    kappa1   kill_rate
    kappa2   stimulation_rate         net gain of CAR-T cells on contact; below zero they exhaust
    theta    death_rate

Source: sahoo2020. Its text calls both kappas "of order 1e-13", its table does not; the table is used. The two starting numbers
are not printed and are assumed. Departure from it: none.
"""

from dataclasses import dataclass
from typing import Any

from simsolid.model import Model, state
from simsolid.params import need
from simsolid.terms import label, logistic

Value = Any


@dataclass(frozen=True, kw_only=True)
class Needs:
    """Five rates and two starting numbers."""

    growth_rate: Value = need("1/day", "growth of tumour", low=0)
    capacity: Value = need("cell", "tumour at which growth stops", low=1e-9)
    kill_rate: Value = need("1/(day cell)", "killing per CAR-T cell", low=0)
    stimulation_rate: Value = need("1/(day cell)", "net gain of CAR-T cells per tumour cell")
    death_rate: Value = need("1/day", "death of CAR-T cells", low=0)
    tumour_start: Value = need("cell", "tumour on the first day", low=0)
    cart_start: Value = need("cell", "CAR-T cells that reached the lesion", low=0)


@dataclass(slots=True, kw_only=True)
class State:
    """Cells of one lesion."""

    tumour: Value = state("cell", "tumour cells", scale=1e-3)
    cart: Value = state("cell", "CAR-T cells", scale=1e-3)


def start(p):
    """Cells on the first day."""
    return State(tumour=p.tumour_start, cart=p.cart_start)


def rates(t, x, p):
    """Rate of change of every state, per day."""
    contact = label("contact", x.tumour * x.cart)
    return State(
        tumour=p.growth_rate * x.tumour * logistic(x.tumour, p.capacity) - p.kill_rate * contact,
        cart=p.stimulation_rate * contact - p.death_rate * x.cart,
    )


def groups(p):
    """A = theta/rho and B = kappa2 K/rho, which decide the course, and rho/kappa1, the CAR-T cells needed for control."""
    return p.death_rate / p.growth_rate, p.stimulation_rate * p.capacity / p.growth_rate, p.growth_rate / p.kill_rate


MODEL = Model(name="sahoo2020", needs=Needs, state=State, start=start, rates=rates)
