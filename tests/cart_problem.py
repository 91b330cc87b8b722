"""The benchmark: 16 states of a CAR-T therapy, two infusions, 365 days, with invented numbers: it measures engines.

Growth needs more than one cell and the powers are taken of values kept above zero, so that nearly extinct clones do not
decide the comparison.
"""

from types import SimpleNamespace

import numpy as np

from tests.problems import Problem, dose, doses

STATES = (
    "infused", "effector", "memory", "exhausted", "effector_tumour", "exhausted_tumour", "tumour_positive", "tumour_negative",
    "debris", "suppressor", "hypoxia", "oedema", "ifng", "il6", "macrophage", "healthy",
)  # fmt: skip
# Typical value and coefficient of variation between patients.
SPREAD = {
    "mixing": (20.0, 0.3),
    "reaching": (0.3, 0.4),
    "depletion": (1.5, 0.4),
    "recovery": (0.1, 0.3),
    "division": (1.2, 0.3),
    "antigen_half": (3e9, 0.5),
    "crowding": (5e10, 0.3),
    "death": (0.12, 0.3),
    "to_memory": (0.02, 0.5),
    "memory_death": (0.006, 0.3),
    "recall": (0.02, 0.5),
    "exhaustion": (0.1, 0.4),
    "exhausted_death": (0.1, 0.3),
    "homing": (0.1, 0.4),
    "leaving": (0.01, 0.3),
    "local_division": (0.45, 0.3),
    "local_half": (2e9, 0.3),
    "local_crowding": (1e10, 0.0),
    "local_exhaustion": (0.1, 0.4),
    "local_death": (0.06, 0.3),
    "local_exhausted_death": (0.08, 0.3),
    "growth": (0.035, 0.4),
    "growth_negative": (0.03, 0.4),
    "capacity": (5e12, 0.0),
    "loss_of_antigen": (1e-6, 0.5),
    "killing": (9.0, 0.4),
    "killing_half": (2e10, 0.3),
    "bystander": (0.5, 0.5),
    "ifng_half": (300.0, 0.3),
    "clearing": (0.12, 0.3),
    "suppression": (0.15, 0.3),
    "suppression_half": (2e11, 0.3),
    "alarm": (0.3, 0.3),
    "alarm_half": (5e10, 0.0),
    "suppressor_loss": (0.15, 0.3),
    "suppressor_half": (1.2, 0.3),
    "suppressor_power": (1.6, 0.0),
    "hypoxia_gain": (0.08, 0.3),
    "hypoxia_half": (1e12, 0.0),
    "hypoxia_power": (1.3, 0.0),
    "hypoxia_loss": (0.1, 0.3),
    "hypoxia_effect": (0.8, 0.3),
    "oedema_gain": (0.5, 0.4),
    "oedema_loss": (0.35, 0.3),
    "ifng_kill": (4e-6, 0.4),
    "ifng_blood": (2.5e-7, 0.4),
    "ifng_limit": (1e10, 0.0),
    "ifng_loss": (8.3, 0.3),
    "il6_gain": (30000.0, 0.5),
    "il6_base": (30.0, 0.4),
    "il6_loss": (11.0, 0.3),
    "blockade": (0.0, 0.0),
    "activation": (1.5, 0.3),
    "activation_half": (400.0, 0.3),
    "calming": (1.0, 0.3),
    "healthy_start": (1e11, 0.3),
    "healing": (0.03, 0.3),
    "off_target": (1.0, 0.4),
    "off_target_half": (1e11, 0.0),
    "shared": (0.02, 0.0),
}
FLOOR = np.array([1e3] * 9 + [1e-2, 1e-2, 1e-2, 1.0, 1.0, 1e-3, 1e6])
FIRST_DOSE, SECOND_DOSE, SECOND_DAY = 1e8, 5e7, 28.0


def rates(t, x, p):
    """Rates of change of the 16 states, per day."""
    x, p = SimpleNamespace(**dict(zip(STATES, x, strict=True))), SimpleNamespace(**dict(zip(SPREAD, p, strict=True)))
    refill = 1.0 + p.depletion * np.exp(-p.recovery * t)
    antigen = x.tumour_positive + p.shared * x.healthy
    bound = antigen / (p.antigen_half + antigen)
    tumour = x.tumour_positive + x.tumour_negative + 1.0
    free = 1.0 / (1.0 + (x.suppressor / p.suppressor_half) ** p.suppressor_power)
    oxygen = 1.0 / (1.0 + p.hypoxia_effect * x.hypoxia)
    room = 1.0 - tumour / p.capacity
    contact = free * oxygen * x.effector_tumour / (p.killing_half + x.effector_tumour + tumour)
    killed = p.killing * contact * x.tumour_positive
    beside = p.bystander * contact * x.tumour_negative * x.ifng / (p.ifng_half + x.ifng)
    harmed = p.off_target * x.effector * x.healthy / (p.off_target_half + x.effector + x.healthy)
    tired, recalled = p.exhaustion * bound * x.effector, p.recall * bound * x.memory
    homed = p.homing * x.effector * (1.0 + x.oedema) / (1.0 + x.hypoxia)
    tired_there = p.local_exhaustion * (1.0 + x.suppressor) * x.effector_tumour
    spread = p.mixing * x.infused
    calm = x.ifng * x.ifng / (p.activation_half * p.activation_half + x.ifng * x.ifng)
    dying = killed + beside
    divided = p.division * refill * bound * x.effector * (1.0 - (x.effector + x.memory) / p.crowding)
    divided_there = (
        p.local_division * free * x.tumour_positive / (p.local_half + x.tumour_positive)
        * x.effector_tumour * (1.0 - x.effector_tumour / p.local_crowding)
    )  # fmt: skip
    return [
        -spread,
        p.reaching * spread + divided - (p.death + p.to_memory) * x.effector - tired - homed
        + p.leaving * x.effector_tumour + recalled,
        p.to_memory * x.effector - p.memory_death * x.memory - recalled,
        tired - p.exhausted_death * x.exhausted,
        homed + divided_there - tired_there - (p.local_death + p.leaving) * x.effector_tumour,
        tired_there - p.local_exhausted_death * x.exhausted_tumour,
        p.growth * x.tumour_positive * x.tumour_positive / (1.0 + x.tumour_positive) * room
        - p.loss_of_antigen * x.tumour_positive - killed,
        p.growth_negative * x.tumour_negative * x.tumour_negative / (1.0 + x.tumour_negative) * room
        + p.loss_of_antigen * x.tumour_positive - beside,
        dying - p.clearing * x.debris,
        p.suppression * (0.2 + tumour / (p.suppression_half + tumour)) + p.alarm * x.debris / (p.alarm_half + x.debris)
        - p.suppressor_loss * x.suppressor,
        p.hypoxia_gain * (tumour / p.hypoxia_half) ** p.hypoxia_power * (1.0 - x.hypoxia) - p.hypoxia_loss * x.hypoxia,
        p.oedema_gain * x.ifng / (p.ifng_half + x.ifng) * (1.0 + calm) - p.oedema_loss * x.oedema,
        p.ifng_kill * dying / (1.0 + dying / p.ifng_limit) + p.ifng_blood * (harmed + bound * x.effector)
        - p.ifng_loss * x.ifng,
        p.il6_base + p.il6_gain * x.macrophage * x.macrophage / (1.0 + p.blockade) - p.il6_loss * x.il6,
        p.activation * calm * (1.0 - x.macrophage) - p.calming * x.macrophage,
        p.healing * (p.healthy_start - x.healthy) - harmed,
    ]  # fmt: skip


def draw(cases, seed=1):
    """Parameters and states on day 0 of invented patients; the first patients are the same in any number of them."""
    random = np.random.default_rng(seed)
    values = np.empty((len(SPREAD), cases))
    lots = random.standard_normal((cases, len(SPREAD) + 1)).T  # patient after patient, so that more patients change none
    for row, (typical, spread) in enumerate(SPREAD.values()):
        sd = np.sqrt(np.log1p(spread * spread))
        values[row] = typical * np.exp(sd * lots[row] - 0.5 * sd * sd)
    by_name = dict(zip(SPREAD, values, strict=True))
    start = np.zeros((len(STATES), cases))
    start[STATES.index("infused")] = FIRST_DOSE
    start[STATES.index("tumour_positive")] = 2e11 * np.exp(0.6 * lots[-1])
    start[STATES.index("tumour_negative")] = 1e3
    start[STATES.index("suppressor")], start[STATES.index("hypoxia")] = 0.6, 0.1
    start[STATES.index("il6")] = by_name["il6_base"] / by_name["il6_loss"]
    start[STATES.index("healthy")] = by_name["healthy_start"]
    return start, values


def cart(cases, seed=1, days=365):
    """The benchmark problem for some patients."""
    start, values = draw(cases, seed)
    events = {"events": doses(cases, [SECOND_DAY], [SECOND_DOSE]), "actions": [dose]} if days >= SECOND_DAY else {}
    return Problem(rates, STATES, tuple(SPREAD), start, values, np.arange(days + 1.0), FLOOR, more=events)
