"""Sahoo 2020: three regimes, each ending where the paper says, and the thresholds of the three lesions.

Not reproduced: the in-vitro fits (their parameters are not printed) and the courses of the lesions (starts are not printed).
"""

import pytest

import simsolid as sim
from simsolid.models import sahoo2020


@pytest.mark.parametrize("share, falls", [(0.98, False), (1.02, True)])
def test_a_lesion_shrinks_at_once_above_its_threshold_only(share, falls):
    p = sim.load_model("sahoo2020")
    room = 1 - p.tumour_start / p.capacity
    run = sim.run("sahoo2020", sim.vary(p, cart_start=share * room * sahoo2020.groups(p)[2]), times=[0, 0.1], rtol=1e-9)
    assert bool(run["tumour"][1] < run["tumour"][0]) == falls
