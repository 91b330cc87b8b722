"""The check of units finds what a person overlooks, and passes what is right."""

from dataclasses import dataclass, field, make_dataclass

import pytest

import simsolid as sim
from simsolid.models import GALLERY


@dataclass
class Needs:
    growth_rate: float = sim.need("1/day", "growth")
    kill_rate: float = sim.need("1/(day cell)", "killing")
    blood_volume: float = sim.need("mL", "blood")
    delay_days: float = sim.need("day", "wait")


@dataclass
class State:
    tumour: float = sim.state("cell", "tumour")
    cart: float = sim.state("cell/mL", "CAR-T cells")


VALUES = {"growth_rate": 0.1, "kill_rate": 1e-7, "blood_volume": 5000.0, "delay_days": 2.0}


def start(p):
    return State(tumour=1e6, cart=0.0)


def right(t, x, p):
    return {"tumour": (p.growth_rate - p.kill_rate * x.cart * p.blood_volume) * x.tumour,
            "cart": p.growth_rate * (1 - t / p.delay_days) * x.cart}  # fmt: skip


def model(**changed):
    def rates(t, x, p):
        return State(**(right(t, x, p) | {name: law(t, x, p) for name, law in changed.items()}))

    return sim.Model(name="mine", needs=Needs, state=State, start=start, rates=rates)


def test_a_right_model_passes():
    sim.check_model(model(), VALUES)


WRONG = {
    "rate of tumour is declared as [cell] per day, but adds things of different powers of length":
        {"tumour": lambda t, x, p: (p.growth_rate - p.kill_rate * x.cart) * x.tumour},
    "rate of cart is declared as [cell/mL] per day, but has power 0 of length, not -3":
        {"cart": lambda t, x, p: p.growth_rate * x.cart * p.blood_volume},
    "rate of tumour is declared as [cell] per day, but has power 2 of cell, not 1":
        {"tumour": lambda t, x, p: p.growth_rate * x.tumour * x.tumour},
    "rate of cart is declared as [cell/mL] per day, but has power -2 of day, not -1":
        {"cart": lambda t, x, p: p.growth_rate**2 * x.cart},
    "rate of cart is declared as [cell/mL] per day, but adds things of different powers of day":
        {"cart": lambda t, x, p: p.growth_rate * x.cart * (1 - t)},
    "rate of tumour is declared as [cell] per day, but has power 0.5 of cell, not 1":
        {"tumour": lambda t, x, p: p.growth_rate * x.tumour**0.5},
}  # fmt: skip


@pytest.mark.parametrize("said", WRONG)
def test_a_wrong_unit_is_named_with_its_power(said):
    with pytest.raises(sim.ModelError) as fault:
        sim.check_model(model(**WRONG[said]), VALUES)
    assert said in str(fault.value)


def test_all_faults_come_at_once():
    with pytest.raises(sim.ModelError, match=r"rate of tumour[\s\S]*rate of cart"):
        sim.check_model(model(tumour=lambda t, x, p: x.tumour, cart=lambda t, x, p: x.cart), VALUES)


def test_an_observable_is_checked_too():
    @dataclass
    class Shown:
        volume: float = sim.shows("mL", "volume")

    wrong = sim.Model(name="mine", needs=Needs, state=State, observables=Shown, start=start, rates=model().rates,
                      observe=lambda t, x, p: Shown(volume=x.tumour))  # fmt: skip
    with pytest.raises(sim.ModelError, match=r"volume is declared as \[mL\], but has power 1 of cell, not 0"):
        sim.check_model(wrong, VALUES)


def test_a_parameter_that_varies_is_refused():
    p = sim.vary(sim.load_model(model(), VALUES), growth_rate=[0.1, 0.2])
    with pytest.raises(sim.ParameterError, match="growth_rate varies"):
        sim.check_model(model(), p)


def test_units_of_others_are_not_guessed():
    strange = sim.Model(name="mine", needs=Needs, state=make_dataclass("State", [
        ("tumour", float, field(metadata={"unit": "nmol/L", "text": "", "axis": None, "scale": 1.0}))]), start=start, rates=right)
    with pytest.raises(sim.ParameterError, match=r"tumour \[nmol/L\]: only units that simsolid speaks"):
        sim.check_model(strange, VALUES)


@pytest.mark.parametrize("name", GALLERY)
def test_published_models_agree_with_their_units(name):
    sim.check_model(name)
