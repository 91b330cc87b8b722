"""CARTmath: effector and memory CAR-T cells against a haematological tumour in mice.

    symbol     here                                 meaning
    CT, CM, T  effector, memory, tumour
    phi, rho   division_rate, effector_loss_rate    effectors: division, and death with conversion into memory
    eps, mu    memory_formation_rate, memory_death_rate
    theta      recall_rate                          memory cells that meet tumour become effectors
    alpha      inhibition_rate                      loss of effectors to the tumour
    r, b       growth_rate, crowding                growth of tumour, and the inverse of its capacity
    gamma      kill_rate

Source: barros2021 and the authors' code. They set any population below 1e-6 cell to zero. Here a tumour below that size no
longer grows and is killed on, which has the same effect; effector and memory cells keep their tails. Departure: no other.
One printed number cannot be reproduced: memory after a dose of 1.5e6 (see the test).
"""

from dataclasses import dataclass
from typing import Any

from simsolid.model import Model, state
from simsolid.params import need
from simsolid.terms import flows, where_positive

Value = Any


@dataclass(frozen=True, kw_only=True)
class Needs:
    """Parameters of one tumour line with its CAR."""

    division_rate: Value = need("1/day", "division of effectors", low=0)
    effector_loss_rate: Value = need("1/day", "death and conversion of effectors", low=0)
    memory_formation_rate: Value = need("1/day", "memory cells formed per effector", low=0)
    recall_rate: Value = need("1/(day cell)", "memory cells recalled per tumour cell", low=0)
    inhibition_rate: Value = need("1/(day cell)", "effectors lost per tumour cell", low=0)
    memory_death_rate: Value = need("1/day", "death of memory cells", low=0)
    growth_rate: Value = need("1/day", "growth of tumour", low=0)
    crowding: Value = need("1/cell", "inverse of the tumour at which growth stops", low=0)
    kill_rate: Value = need("1/(day cell)", "killing per effector", low=0)
    smallest_number: Value = need("cell", "tumour below which there is none", low=0)
    tumour_start: Value = need("cell", "tumour on day 0", low=0)
    dose: Value = need("cell", "CAR-T cells given", low=0)
    dose_day: Value = need("day", "day on which they are given", low=0)


@dataclass(slots=True, kw_only=True)
class State:
    """Cells."""

    effector: Value = state("cell", "effector CAR-T cells", scale=1e-3)
    memory: Value = state("cell", "memory CAR-T cells", scale=1e-3)
    tumour: Value = state("cell", "tumour cells", scale=1e-6)


def start(p):
    """A tumour, untreated."""
    return State(effector=0.0 * p.dose, memory=0.0 * p.dose, tumour=p.tumour_start)


def protocol(p):
    """One dose of effector cells."""
    return {"effector": [(p.dose_day, p.dose)]}


def contacts(x, p):
    """What tumour and CAR-T cells do to each other."""
    grown = p.growth_rate * x.tumour * (1.0 - p.crowding * x.tumour)
    return flows(
        recall=p.recall_rate * x.tumour * x.memory,
        inhibition=p.inhibition_rate * x.tumour * x.effector,
        kill=p.kill_rate * x.effector * x.tumour,
        growth=where_positive(x.tumour - p.smallest_number, grown, 0.0 * grown),
    )


def rates(t, x, p):
    """Rate of change of every state, per day."""
    met = contacts(x, p)
    return State(
        effector=(p.division_rate - p.effector_loss_rate) * x.effector + met.recall - met.inhibition,
        memory=p.memory_formation_rate * x.effector - met.recall - p.memory_death_rate * x.memory,
        tumour=met.growth - met.kill,
    )


MODEL = Model(name="barros2021", needs=Needs, state=State, start=start, rates=rates, protocol=protocol)
