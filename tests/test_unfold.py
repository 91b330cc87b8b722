"""What a run says beside its trajectories: readout parameters, by name, and when an arm had an anti-cytokine drug."""

import numpy as np
import pytest
import xarray as xr

import simsolid as sim
from simsolid.assess import assess
from simsolid.observe import observe

from .people import DOSE, crowd, run, setting

PLAN = sim.Regimen.single(DOSE)
TOCILIZUMAB = sim.Drug("tocilizumab", 8, day=5)


def test_a_plain_readout_is_a_fact_of_the_run():
    found = run(setting(), days=1)
    assert found.attrs["reader_cv"] == float(setting()["reader_cv"])
    assert found.attrs["quantification_limit"] == float(setting()["quantification_limit"])
    assert not {"reader_cv", "quantification_limit"} & set(found.data_vars)


def test_a_readers_error_that_is_swept_is_read_with_its_own_value_in_each_arm():
    found = run(sim.vary(crowd(), reader_cv=[0.0, 0.3]), days=30)
    assert found["reader_cv"].values.tolist() == [0.0, 0.3] and "reader_cv" not in found.attrs
    seen, exact = observe(found).seen_diameter, observe(found, reader_cv=0.0).seen_diameter
    np.testing.assert_array_equal(seen.isel(reader_cv=0), exact.isel(reader_cv=0))
    assert (seen.isel(reader_cv=1) != exact.isel(reader_cv=1)).any()
    assert len(assess(observe(found))) == 2 * found.sizes["patient"]


def test_an_assay_limit_that_is_swept_cuts_each_arm_at_its_own_value():
    found = run(sim.vary(crowd(), quantification_limit=[1.0, 5000.0]), days=20)
    assert found["quantification_limit"].attrs["units"] == "copies/ug"
    seen = observe(found).seen_cart_copies
    lowest = [float(seen.isel(quantification_limit=k).where(lambda v: v > 0).min()) for k in range(2)]
    assert 1.0 <= lowest[0] < 5000.0 <= lowest[1]


def test_a_readout_that_differs_between_patients_is_a_variable_of_the_run():
    people = crowd()
    numbers = people["diameter_start"].coords["patient"].values
    own = xr.DataArray(np.linspace(0.0, 0.3, len(numbers)), {"patient": numbers}, ["patient"])
    found = run(people.with_values({"reader_cv": own}), days=1)["reader_cv"]
    assert (found.dims, found.attrs["units"]) == (("patient",), "1")
    np.testing.assert_array_equal(found, own)


@pytest.mark.parametrize(("steps", "day"), [
    ((), np.nan), ((TOCILIZUMAB,), 5.0), ((TOCILIZUMAB, sim.Drug("dexamethasone", 10, day=3)), 3.0),
    ((sim.Drug("tocilizumab", 0, day=5),), np.nan),
])  # fmt: skip
def test_a_run_says_from_which_day_a_plan_gives_an_anti_cytokine_drug(steps, day):
    found = run(setting(), PLAN.with_step(*steps), days=6)["anti_cytokine_day"]
    np.testing.assert_equal(found.item(), day)
    assert (found.dims, found.attrs["units"]) == (("patient",), "day")


def test_a_drug_that_is_planned_for_later_has_not_been_given():
    assert np.isnan(run(setting(), PLAN.with_step(TOCILIZUMAB), days=4)["anti_cytokine_day"].item())


def test_each_arm_has_its_own_day_of_the_drug():
    plan = sim.vary(PLAN.with_step(TOCILIZUMAB), drug_day=[2.0, 4.0], dose=[1e7, 1e8, 1e9])
    found = run(setting(), plan, days=5)["anti_cytokine_day"].isel(patient=0)
    assert found.transpose("drug_day", "dose").values.tolist() == [[2.0] * 3, [4.0] * 3]
    assert "seen_anti_cytokine_day" in observe(run(setting(), plan, days=1))
