"""Sahoo 2020: three regimes, each ending where the paper says, and the thresholds of the three lesions.

Not reproduced: the in-vitro fits (their parameters are not printed) and the courses of the lesions (starts are not printed).
"""

import pytest

import simsolid as sim
from simsolid.models import sahoo2020

# In the paper's units without dimension growth, capacity and killing are 1; A and B stand for death and stimulation.
PLAIN = {"growth_rate": 1.0, "capacity": 1.0, "kill_rate": 1.0, "tumour_start": 0.3, "cart_start": 0.4}


@pytest.mark.parametrize("a, b, tumour, cart", [(0.0, 0.2, 0.0, 1.198), (0.0, -0.2, 1.0, 0.0), (0.14, 1.6, 0.0875, 0.9125)])
def test_regimes_end_where_the_paper_says(a, b, tumour, cart):
    last = sim.run("sahoo2020", {**PLAIN, "death_rate": a, "stimulation_rate": b}, times=[0, 1000]).isel(time=-1)
    assert float(last["tumour"]) == pytest.approx(tumour, abs=1e-4)
    assert float(last["cart"]) == pytest.approx(cart, abs=5e-4)


@pytest.mark.parametrize("lesion, b, threshold", [("t6", 0.50, 1.0e7), ("t7", 0.43, 1.17e7), ("t9", -0.001, 2.2e6)])
def test_lesions_have_the_published_numbers(lesion, b, threshold):
    _, found, needed = sahoo2020.groups(sim.load_model("sahoo2020", variant=lesion))
    assert found == pytest.approx(b, rel=0.01)
    assert needed == pytest.approx(threshold, rel=0.02)


@pytest.mark.parametrize("share, falls", [(0.98, False), (1.02, True)])
def test_a_lesion_shrinks_at_once_above_its_threshold_only(share, falls):
    p = sim.load_model("sahoo2020")
    room = 1 - p.tumour_start / p.capacity
    run = sim.run("sahoo2020", sim.vary(p, cart_start=share * room * sahoo2020.groups(p)[2]), times=[0, 0.1], rtol=1e-9)
    assert bool(run["tumour"][1] < run["tumour"][0]) == falls
