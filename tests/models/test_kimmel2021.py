"""Kimmel 2021: CAR-T peak and early decay, and when tumours of each speed are smallest and come back.

Reproduced: peak, days 14 and 28, windows of cure and of progression. Not reproduced: the median of 0.1 cell/uL on day 90, for
which the fitted model itself gives 0.34; the late decline is slower in the model than in the data.
"""

import numpy as np
import pytest

import simsolid as sim

DAYS = np.arange(0, 400.05, 0.1)
# Growth, smallest tumour [cell], its day, day of progression.
SPEEDS = [("slow", 2.3, 84, 351), ("medium", 1.1e3, 63, 193.5), ("fast", 7.8e4, 50, 136.7), ("fastest", 2.9e8, 22.6, 59)]


def at(values, days):
    return values.sel(time=days, method="nearest").values


@pytest.fixture(scope="module")
def slow():
    return sim.run("kimmel2021", times=DAYS)


def test_cart_peaks_and_declines_as_integrated_before(slow):
    cart = slow["cart_blood"]
    assert float(cart.max()) == pytest.approx(30.11, rel=0.01) and float(cart.idxmax()) == pytest.approx(7.01, abs=0.1)
    assert at(cart, [14, 28, 90]) == pytest.approx([8.97, 2.49, 0.338], rel=0.011)
    assert at(slow["normal_blood"], [14, 28, 90]) == pytest.approx([295, 473, 499.6], rel=2e-3)


def test_fitted_model_meets_the_measured_medians_to_day_28_but_not_day_90(slow):
    assert at(slow["cart_blood"], [7, 14, 28]) == pytest.approx([27.5, 9.1, 2.1], rel=0.2)
    assert at(slow["cart_blood"], [90])[0] > 3 * 0.1


@pytest.mark.parametrize("speed, least, day, back", SPEEDS)
def test_tumour_is_smallest_and_progresses_when_published(speed, least, day, back):
    p = sim.load_model("kimmel2021", variant=speed)
    tumour = sim.run("kimmel2021", p, times=DAYS)["tumour"]
    later = tumour.where(tumour["time"] > float(tumour.idxmin()))
    progressed = float(tumour["time"][(later > p.progression_fold * p.tumour_start).values][0])
    assert np.log(float(tumour.min())) == pytest.approx(np.log(least), abs=0.2)
    assert float(tumour.idxmin()) == pytest.approx(day, abs=1)
    assert progressed == pytest.approx(back, abs=2.2)


def test_cure_is_possible_only_for_slow_tumours_and_in_the_published_window():
    p = sim.load_model("kimmel2021", variant=["slow", "medium", "fast"])
    few = sim.run("kimmel2021", p, times=DAYS)["tumour"] < p.chance_number
    assert few.any("time").values.tolist() == [True, False, False]
    inside = DAYS[few.isel(variant=0).values]
    assert inside.min() == pytest.approx(43, abs=1) and inside.max() == pytest.approx(148, abs=3)


def test_second_dose_without_lymphodepletion_adds_little():
    p = sim.load_model("kimmel2021", variant="medium")
    one, two = (sim.run("kimmel2021", p, times=DAYS, doses=doses)["cart_blood"] for doses in ({}, {"cart": [(60, p.cart_start)]}))
    assert float(two.sel(time=slice(60, None)).max()) < 0.1 * float(one.max())
