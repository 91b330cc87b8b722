"""Runs: every setting runs, nothing is negative, nothing grows back from below one cell, a bad patient harms nobody."""

import itertools
import os

import numpy as np
import pytest
import xarray as xr

import simsolid as sim
from simsolid.cohort import roster
from simsolid.design import study_of
from simsolid.load import layer
from simsolid.models import MODELS
from simsolid.stopped import oddity

from .people import DOSE, crowd, differing, one_lesion, run, setting

PLAN = sim.Regimen.single(DOSE)
LATE = sim.Regimen.single(DOSE, day=3)


def _catalogue():
    """Every pair with each of its products, on every route of the catalogue; other choices take turns."""
    armours, origins, conditionings = (itertools.cycle(sim.available(kind)) for kind in ("armour", "origins", "conditioning"))
    for name in sim.available("pairs"):
        pair = layer("pairs", name).choices
        for product in pair["products"]:
            chosen = (pair["tumour"], pair["target"], product, next(armours), next(origins), next(conditionings))
            yield pytest.param(*chosen, id="-".join(chosen))


CATALOGUE = list(_catalogue())


KINDS = ("tumours", "targets", "products", "armour", "origins", "conditioning")


@pytest.mark.parametrize("place, kind", list(enumerate(KINDS)))
def test_catalogue_covers_every_file(place, kind):
    assert len(CATALOGUE) >= 20
    assert {case.values[place] for case in CATALOGUE} == set(sim.available(kind))


@pytest.mark.parametrize("tumour, target, product, armour, origin, conditioning", CATALOGUE)
def test_every_setting_runs_on_every_route(tumour, target, product, armour, origin, conditioning):
    loaded = one_lesion(sim.load(tumour, target, product, armour=armour, origin=origin))
    dose = float(loaded["reference_dose"])
    routes = sim.vary(sim.Regimen.single(dose, conditioning=conditioning), route=sim.available("routes"))
    seen = run(sim.draw(loaded, patients=2, seed=7), routes, days=10, rtol=1e-4, times=[-7.0, 0.0, 1.0, 5.0, 10.0])
    assert sim.failures(seen) == ""
    assert (seen["cart_blood"].sel(time=10.0) > 0).all()
    absent = ("stopped", "new_lesion_day", "death_day", "anti_cytokine_day", "crs_grade_day")
    for name in seen.data_vars:
        if seen[name].dtype.kind == "f" and name not in absent and not name.startswith("given_"):
            numbers = seen[name].isel(lesion=0) if "lesion" in seen[name].dims else seen[name]
            assert np.isfinite(numbers).all(), name


@pytest.fixture(scope="module")
def forty():
    loaded = one_lesion(sim.load("gastric"), {"1": 0.5, "2": 0.5}, new_lesions=True)
    return run(sim.draw(loaded, patients=40, seed=11), sim.vary(PLAN, route=["intravenous", "intraperitoneal"]), days=120)


# What may be called zero: far below one cell, one molecule that an assay could see, or a visible volume.
TINY = {"cell": 1.0, "cell/uL": 1e-6, "cell/mL": 1e-6, "copies/ug": 1e-6, "pg/mL": 1e-3, "mg/L": 1e-3, "mL": 1e-6, "1": 1e-6}


def test_nothing_is_negative_in_a_cohort(forty):
    checked = 0
    for name in forty.data_vars:
        unit = forty[name].attrs.get("units")
        if unit in TINY and forty[name].dtype.kind == "f" and name != "survival_margin":  # below zero in the dead
            assert float(forty[name].min()) >= -TINY[unit], name
            checked += 1
    assert checked >= 15


def test_shares_stay_between_zero_and_one(forty):
    for name in ("healthy_tissue", "host_lymphocytes", "antigen_negative_fraction"):
        assert float(forty[name].min()) >= -1e-6 and float(forty[name].max()) <= 1 + 1e-4, name


def test_everything_present_is_finite_and_everything_absent_is_not(forty):
    there = forty["site"].values != ""
    for name in ("viable_volume", "cart_lesion"):
        known = np.isfinite(forty[name]).all("time").values
        assert np.array_equal(known, np.broadcast_to(there, known.shape)), name


def test_every_variable_has_a_unit_and_a_meaning(forty):
    for name, variable in forty.data_vars.items():
        assert variable.attrs["long_name"], name
        assert name == "reason" or variable.attrs["units"], name


def test_a_new_lesion_is_empty_until_its_day_and_not_after(forty):
    volume, day = forty["viable_volume"].isel(lesion=-1), forty["new_lesion_day"]
    assert int(day.notnull().sum()) >= 3
    assert float(volume.where((volume["time"] < day) | day.isnull()).max()) == 0
    born = volume.where((volume["time"] >= day) & (volume["time"] < day + 3))
    assert float(born.where(day.notnull()).max("time").min()) > 0.01


def test_without_infusion_there_is_no_cart_anywhere():
    plan = sim.Regimen((sim.Conditioning("flu_cy"), sim.Surgery(0.5, day=-3), sim.Drug("tocilizumab", 8, day=2)))
    seen = run(crowd(3), plan, days=60)
    for name in ("cart_blood", "cart_copies", "cart_cavity", "cart_lung", "cart_liver", "cart_lymphoid", "cart_lesion"):
        assert float(np.abs(seen[name]).max()) == 0, name


def test_surgery_removes_its_share_of_the_lesions_at_its_sites():
    people = sim.draw(one_lesion(sim.load("gastric"), {"2": 1.0}), patients=12, seed=7)
    seen = run(people, sim.Regimen.single(1e8).with_step(sim.Surgery(0.75, day=-3, sites=("liver",))), times=[-3.001, -3.0])
    left = (seen["viable_volume"].isel(time=1) / seen["viable_volume"].isel(time=0)).values[:, :2]
    liver = roster(people).sites[:, :2] == "liver"
    assert liver.any()
    assert np.allclose(left[liver], 0.25, rtol=1e-3) and np.allclose(left[~liver], 1.0, rtol=1e-3)


def test_no_tumour_grows_back_from_below_one_cell():
    strong = {"kill_rate": 40.0, "antigen_positive_fraction": 0.9999999, "suppression_half": 1e4, "diameter_start": 6.0,
              "access_start": 0.9, "antigen_loss_fraction": 0.0, "doubling_time": 20.0, "access_closing_rate": 0.0,
              "safety_switch_fraction": 1.0}  # fmt: skip
    people = sim.vary(crowd(40), **strong)
    # The switch takes all CAR-T away, so that nothing but the rule of the last cell holds a remnant down.
    plan = sim.Regimen.single(5e9, "intratumoural").with_step(sim.Switch(day=40))
    seen = run(people, plan, days=400, observables=["viable_volume"])
    cells = seen["viable_volume"].isel(lesion=0) * people["cellular_fraction"] / people["tumour_cell_volume"]
    gone = (cells < 1.0).cumsum("time") > 0
    assert int(gone.any("time").sum()) > 20, "too few tumours vanish for this test to say anything"
    assert float(cells.where(gone).max()) < 1.01


def _poisoned():
    """Twenty patients; what the lung of number 13 releases runs away, with a rate that is allowed and absurd."""
    rates = np.full(20, float(setting()["lung_release_rate"]))
    rates[13] = 1e300
    return sim.vary(crowd(20), lung_release_rate=xr.DataArray(rates, dims="patient", coords={"patient": np.arange(20)}))


@pytest.fixture(scope="module")
def poisoned_run():
    return run(_poisoned(), LATE, days=12)


def test_poisoned_patient_is_marked_with_day_state_and_oddity(poisoned_run):
    assert list(np.flatnonzero(poisoned_run["status"])) == [13]
    assert float(poisoned_run["stopped"][13]) == pytest.approx(3, abs=1e-3)
    reason = str(poisoned_run["reason"].values[13])
    assert reason.startswith("stopped at day 3: effector_lung: a value or its rate of change is no longer finite")
    assert reason.endswith("(lung_release_rate 1e+300 1/day, the cohort's largest)")
    assert np.isnan(poisoned_run["ifng"].values[13, -1]) and np.isfinite(poisoned_run["ifng"].values[13, 0])


def test_neighbours_of_a_poisoned_patient_are_untouched_to_the_bit(poisoned_run):
    others = [i for i in range(20) if i != 13]
    healthy = sim.draw(setting(), patients=others, seed=7)
    assert differing(run(healthy, LATE, days=12), poisoned_run.sel(patient=others)) == []


def test_failures_are_told_in_words(poisoned_run):
    told = sim.failures(poisoned_run).splitlines()
    assert told[0].startswith("patient 13 stopped at day ")
    assert told[1] == ("The other 19 of 20 finished; run.status marks the ones that did not. "
                       'Pass on_failure="raise" to stop instead.')  # fmt: skip


def test_failure_names_the_arm_and_many_are_counted():
    poison = sim.vary(crowd(4), lung_release_rate=1e300)
    told = sim.failures(run(poison, sim.vary(PLAN, dose=[1e9, 2e9]), times=[12.0], observables="il6"))
    assert "patient 0, dose 1000000000.0 stopped at day" in told
    assert "... and 3 more" in told and "The other 0 of 8 finished" in told


def test_failure_can_be_made_to_stop():
    with pytest.raises(sim.SolveError, match=r"patient 13 stopped at day [\s\S]*The other 19 of 20 finished"):
        run(_poisoned(), LATE, times=[12.0], observables="il6", on_failure="raise")


def test_no_oddity_is_claimed_for_an_ordinary_patient_or_a_small_cohort():
    study = study_of(crowd(20), PLAN, 10.0, -7.0, None, MODELS["house"], 1e-5)
    assert sum(oddity(study, i) is None for i in range(20)) >= 10
    assert oddity(study_of(crowd(4), PLAN, 10.0, -7.0, None, MODELS["house"], 1e-5), 0) is None


@pytest.mark.parametrize("what, told", [
    ({"observables": ["cart_blod"]}, "observable: 'cart_blod' unknown; did you mean 'cart_blood'?"),
    ({"observables": "il7"}, "observable: 'il7' unknown; did you mean 'il6'?"),
    ({"model": "hous"}, "model: 'hous' unknown; did you mean 'house'?; there are house"),
    ({"model": ["house"]}, "model: ['house'] unknown"),
    ({"dtype": "float16"}, "dtype: 'float16' unknown; did you mean 'float64'?"),
    ({"on_failure": "ignore"}, "on_failure: 'ignore' unknown; there are keep, raise"),
])  # fmt: skip
def test_wrong_choice_is_answered_with_the_right_ones(what, told):
    with pytest.raises(sim.ParameterError) as fault:
        run(crowd(4), **what)
    assert told in str(fault.value)


def test_float32_keeps_half_the_bytes_and_nearly_the_numbers():
    half, whole = run(crowd(4), dtype="float32"), run(crowd(4))
    assert half["il6"].dtype == np.float32
    assert np.allclose(half["il6"], whole["il6"], rtol=1e-5)


def test_run_tells_its_story():
    told = run(crowd(4), sim.vary(PLAN, dose=[1e8, 1e9]), days=2).attrs
    assert told["seed"] == 7 and told["model"] == "house" and told["product"] == "satri_cel"
    assert told["regimen"].endswith("dose varied over 100000000.0, 1000000000.0")
    assert "tumours/gastric" in told["layers"] and "kill_rate" in told["provenance"]


def test_run_survives_a_file(tmp_path):
    seen = run(sim.vary(crowd(4), **{"intraperitoneal.cavity_outflow_rate": [0.3, 3.0]}), times=[0.0, 2.0])
    seen.to_netcdf(tmp_path / "run.nc", engine="h5netcdf")
    with xr.open_dataset(tmp_path / "run.nc", engine="h5netcdf") as again:
        assert differing(seen, again.load()) == []
        assert list(again["site"].values[0]) == list(seen["site"].values[0])


def test_default_plan_of_a_setting_is_simulated_in_its_typical_patient():
    assert list(run(setting(), days=2)["patient"].values) == [0]


def test_progress_is_counted_once_for_each_case():
    told = []
    sim.simulate(crowd(4), sim.vary(PLAN, dose=[1e8, 1e9]), days=5, progress=told.append)
    assert sum(told) == 8 and min(told) >= 0


def test_run_too_large_for_the_machine_is_told_before_it_begins(monkeypatch, caplog):
    monkeypatch.setattr(os, "sysconf", lambda name: 1)
    run(crowd(4), times=[0.0, 1.0])
    assert "keep less with observables=[...]" in caplog.text


def test_an_interrupted_run_returns_what_is_finished_and_marks_the_rest(caplog):
    people = sim.draw(sim.load("gastric"), patients=12, seed=7)
    told = []

    def tick(count):
        told.append(count)
        if sum(told) >= 6:
            raise KeyboardInterrupt

    plan = sim.Regimen.single(1e8)
    run, whole = (sim.simulate(people, plan, days=3, times=[0, 3], progress=how) for how in (tick, False))
    done = (run["status"] == 0).values
    assert 0 < done.sum() < 12 and "interrupted" in caplog.text
    assert set(run["reason"].values[~done]) == {"the work was interrupted before this case was finished"}
    assert np.isnan(run["il6"].values[~done]).all()
    assert (run["il6"].values[done] == whole["il6"].values[done]).all()
