"""Kara 2024: the published classes of virtual patients and the published final volumes come out again.

Reproduced: classes of the six golden patients, baseline and untreated volumes, and five rows of the grid of dose by antigen
to within 4 %. The authors skip an output step of 0.1 d after each dose, which explains most of that difference in the middle
of the grid but not at its edges. Not repeated: the whole virtual cohorts, whose patients are not shipped.
"""

import numpy as np
import pytest

import simsolid as sim
from simsolid.models import kara2024

MM3 = 1e-3  # mL
GOLDEN = {
    "patient_1": ("NR", 3537), "patient_2": ("NR", 4037), "patient_4": ("R", 1.696), "patient_5": ("PR", 37.34),
    "patient_6": ("PR", 7.77), "patient_7": ("R", 0.0278),
}  # fmt: skip
# Dose [mm3], share of antigen-positive tumour, published volume on day 30 [mm3].
GRID = [(0.01, 0.10, 31.86), (0.12, 0.75774, 2.8628), (0.24, 0.55536, 3.7566), (0.36, 0.35298, 5.5305), (0.50, 0.95, 0.33846)]


def final(p, **options):
    run = sim.run("kara2024", p, times=[p.start_day, p.readout_day], **options)
    return run["tumour"].isel(time=-1) / MM3


@pytest.mark.parametrize("engine", ["numpy", "auto"])
def test_golden_patients_are_classified_as_published(engine):
    p = sim.load_model("kara2024", variant=list(GOLDEN))
    volume = final(p, engine=engine)
    assert kara2024.response(volume * MM3, p).tolist() == [told for told, _ in GOLDEN.values()]
    assert volume.values == pytest.approx([number for _, number in GOLDEN.values()], rel=2e-3)


def test_baseline_volumes_with_and_without_cart():
    p = sim.vary(sim.load_model("kara2024"), positive_fraction=[0.5, 0.75, 0.9, 1.0])
    assert final(p).values == pytest.approx([5.071, 3.872, 1.887, 0.0035], rel=6e-3)
    assert final(p, doses={}).values == pytest.approx([3432, 3185, 3000, 2860], rel=1e-3)


@pytest.mark.parametrize("dose, share, published", GRID)
def test_grid_of_dose_and_antigen_gives_the_published_volumes(dose, share, published):
    p = sim.vary(sim.load_model("kara2024"), dose=dose * MM3, positive_fraction=share)
    assert float(final(p)) == pytest.approx(published, rel=0.04)


def test_more_bystander_killing_never_leaves_more_tumour():
    p = sim.vary(sim.load_model("kara2024"), bystander_kill_rate=[0.2, 0.3, 0.4, 0.6])
    assert (np.diff(final(p)) < 0).all()


def test_tumour_alone_follows_the_logistic_curve():
    p = sim.vary(sim.load_model("kara2024"), positive_fraction=1.0, bystander_start=0.0, bystander_supply=0.0)
    limit, first = p.tumour_limit_volume, p.tumour_start
    grown = limit / (1 + (limit / first - 1) * np.exp(-p.positive_growth_rate * (p.readout_day - p.start_day)))
    assert float(final(p, doses={})) * MM3 == pytest.approx(grown, rel=1e-4)
