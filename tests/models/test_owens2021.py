"""Owens & Bozic 2021: the equations as printed do not give the paper's own Figure 4, and the tests say where.

Published: CAR-T cells alone fail in every scenario; patient 1 with medium burden fails after three infusions of chemotherapy
with dose 1, whatever the rest, and succeeds after five with a rest of at most 2 days. As printed, CAR-T cells alone cure every
tumour of low burden, and three infusions with dose 1 cure patient 1 for rests of up to 4 days. If 1 part in 48 of the dose
enters (a rate that lasts half an hour, our inference), this row of the figure comes out. Nothing is tuned to make it so.
"""

import numpy as np
import pytest

import simsolid as sim

DAYS = np.arange(0, 401.0)
LOW = {"p1": 1e9, "p2": 1e9, "p3": 1e8, "p4": 1e8}
# Infusions of chemotherapy: how many, and uM each (half an hour at 125 or 77 uM per day).
COURSES = {"three": (3, 125 / 48), "five": (5, 77 / 48)}


def cured(p, doses=None):
    return float(sim.run("owens2021", p, times=DAYS, doses=doses)["tumour"][-1]) < 1


def after(course, rest, fraction):
    """Patient 1, medium burden, dose 1, after a course of chemotherapy and a rest."""
    p = sim.load_model("owens2021")
    count, each = COURSES[course]
    return cured(p, {"drug": [(i, each) for i in range(count)], "cart": [(count - 1 + rest, fraction * p.dose)]})


@pytest.mark.parametrize("patient", LOW)
def test_cart_alone_cures_low_burdens_which_the_paper_says_never_happens(patient):
    p = sim.vary(sim.load_model("owens2021", variant=patient), tumour_start=LOW[patient])
    assert cured(p, {"cart": [(0, p.dose)]})


@pytest.mark.parametrize("patient", LOW)
def test_chemotherapy_alone_never_cures_as_published(patient):
    p = sim.vary(sim.load_model("owens2021", variant=patient), tumour_start=LOW[patient], dose=0.0)
    assert not cured(p)


def test_three_infusions_and_dose_one_cure_although_the_figure_says_never():
    assert [after("three", rest, 1.0) for rest in (2, 4, 5)] == [True, True, False]
    assert cured(sim.load_model("owens2021"))


def test_a_forty_eighth_of_the_dose_gives_the_published_row():
    assert [after("three", rest, 1 / 48) for rest in (2, 3)] == [False, False]
    assert [after("five", rest, 1 / 48) for rest in (2, 3)] == [True, False]
    p = sim.vary(sim.load_model("owens2021"), entering_fraction=1 / 48)
    larger = sim.run("owens2021", sim.vary(p, dose=[1e8, 2.5e8]), times=DAYS)["tumour"].isel(time=-1)
    assert (larger < 1).values.all()
