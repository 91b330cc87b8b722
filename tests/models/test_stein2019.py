"""Stein 2019: the equations give the closed form, and it gives the published half-lives.

All reproduced. The parameters came through an open re-implementation of the paper's table, not from the paper itself.
"""

import numpy as np
import pytest

import simsolid as sim
from simsolid.models import stein2019

DAYS = np.arange(0, 365.05, 0.1)
GOLDEN = {0: 6.154, 7: 3105, 14: 11412, 28: 1374, 90: 146.5, 180: 109.8, 365: 60.7}


@pytest.fixture(scope="module")
def p():
    return sim.load_model("stein2019")


@pytest.fixture(scope="module")
def transgene():
    return sim.run("stein2019", times=DAYS)["transgene"]


def test_transgene_on_given_days(transgene):
    assert transgene.sel(time=list(GOLDEN), method="nearest").values == pytest.approx(list(GOLDEN.values()), rel=1e-3)


def test_equations_equal_the_closed_form(p, transgene):
    after = np.maximum(DAYS - p.peak_days, 0)
    slow = p.persisting_fraction * np.exp(-p.persistence_rate * after)
    decline = (1 - p.persisting_fraction) * np.exp(-p.contraction_rate * after) + slow
    rise = p.peak / p.expansion_fold * np.exp(stein2019.expansion_rate(p) * DAYS)
    assert transgene.values == pytest.approx(np.where(p.peak_days > DAYS, rise, p.peak * decline), rel=1e-4)


def test_published_times(p):
    ln2 = np.log(2)
    assert ln2 / stein2019.expansion_rate(p) == pytest.approx(0.78, abs=0.005)
    assert ln2 / p.contraction_rate == pytest.approx(4.3, abs=0.05)
    assert ln2 / p.persistence_rate == pytest.approx(220, rel=0.02)


def test_area_under_the_curve_to_day_28(transgene):
    month = transgene.sel(time=slice(0, 28.01))
    assert np.trapezoid(month.values, month["time"].values) == pytest.approx(171_774, rel=5e-4)
