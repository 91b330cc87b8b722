"""Owens & Bozic 2021: the equations as printed do not give the paper's own Figure 4, and the tests say where.

Published: CAR-T cells alone fail in every scenario; patient 1 with medium burden fails after three infusions of chemotherapy
with dose 1, whatever the rest, and succeeds after five with a rest of at most 2 days. As printed, CAR-T cells alone cure every
tumour of low burden, and three infusions with dose 1 cure patient 1 for rests of up to 4 days. If 1 part in 48 of the dose
enters (a rate that lasts half an hour, our inference), this row of the figure comes out. Nothing is tuned to make it so.
"""

import simsolid as sim
from simsolid.gallery.owens2021 import DAYS, LOW, after, alone, cured


def test_as_printed_cells_alone_cure_and_three_infusions_do_for_a_rest_of_up_to_four_days():
    assert alone() == (True,) * len(LOW)
    assert [after("three", rest, 1.0) for rest in (2, 4, 5)] == [True, True, False]
    assert cured(sim.load_model("owens2021"))


def test_larger_doses_cure_where_a_forty_eighth_of_them_enters():
    p = sim.vary(sim.load_model("owens2021"), entering_fraction=1 / 48)
    larger = sim.run("owens2021", sim.vary(p, dose=[1e8, 2.5e8]), times=DAYS)["tumour"].isel(time=-1)
    assert (larger < 1).values.all()
