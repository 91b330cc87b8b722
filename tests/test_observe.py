"""What the clinic sees of a run whose every value is known in closed form."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from simsolid.criteria import CRITERIA
from simsolid.errors import ParameterError
from simsolid.films import Call
from simsolid.observe import observe
from simsolid.scans import READER_CV
from tests import runs

GROWING = [{0: 40.0, 180: 94.0}]  # mm; 0.3 mm a day from the infusion on


def test_a_perfect_reader_sees_the_diameter_of_the_sphere():
    run = runs.labelled_run([[*GROWING, {0: 0.0}]])
    seen = observe(run, noise=False)
    np.testing.assert_allclose(seen.seen_diameter[0, 0], [40.0, 48.4, 61.0, 73.6, 86.2], rtol=1e-9)
    np.testing.assert_allclose(seen.seen_sum[0], seen.seen_diameter[0, 0])
    assert [Call(int(c)).name for c in seen.seen_call[0]] == ["NE", "PD", "PD", "PD", "PD"]


def test_a_reader_rounds_to_whole_millimetres():
    seen = observe(runs.cohort(20))
    read = seen.seen_diameter.values[np.isfinite(seen.seen_diameter.values)]
    np.testing.assert_array_equal(read, np.rint(read))


def test_the_readers_error_has_the_stated_spread():
    run = runs.labelled_run([runs.steady(1000.0)] * 2000)
    ratio = observe(run).seen_diameter.sel(lesion=0).values / 1000.0
    assert np.std(np.log(ratio)) == pytest.approx(READER_CV, rel=0.03)
    assert np.mean(np.log(ratio)) == pytest.approx(0.0, abs=0.003)
    between_scans = np.corrcoef(ratio[:, 0], ratio[:, 1])[0, 1]
    assert abs(between_scans) < 0.06


@pytest.mark.parametrize("where", ["argument", "variable", "attribute"])
def test_the_readers_error_comes_from_argument_variable_or_attribute(where):
    run = runs.labelled_run([runs.steady(1000.0)] * 500)
    if where == "variable":
        run["reader_cv"] = "patient", np.full(500, 0.3)
    if where == "attribute":
        run.attrs["reader_cv"] = 0.3
    seen = observe(run, reader_cv=0.3 if where == "argument" else None)
    assert np.std(np.log(seen.seen_diameter.sel(lesion=0) / 1000)) == pytest.approx(0.294, rel=0.08)


def test_both_arms_are_read_by_the_same_eyes():
    seen = observe(runs.cohort(30))
    np.testing.assert_array_equal(*seen.seen_diameter.values)


def test_a_patient_alone_is_read_as_in_a_crowd():
    run = runs.cohort(30)
    crowd, alone = observe(run), observe(run.isel(patient=[17]))
    xr.testing.assert_identical(crowd.isel(patient=[17]), alone)


def test_the_order_of_arms_and_patients_does_not_matter():
    run = runs.cohort(12)
    mixed = run.isel(route=[1, 0], patient=np.random.default_rng(0).permutation(12))
    xr.testing.assert_identical(observe(mixed).sel(patient=run.patient, route=run.route), observe(run))


def test_another_seed_reads_differently():
    run = runs.cohort(12)
    assert not observe(run).seen_diameter.equals(observe(run.assign_attrs(seed=8)).seen_diameter)


def test_two_arm_axes_come_through_by_name():
    arms = {"route": ["intravenous", "intraperitoneal"], "dose": [1e7, 1e8, 1e9]}
    run = runs.cohort(5, arms=arms, scale=np.ones((2, 3)))
    seen = observe(run.transpose("time", "patient", ...))
    assert set(seen.seen_call.dims) == {"route", "dose", "patient", "scan"}
    expected = observe(run.sel(route="intravenous", dose=1e9)).seen_sum
    np.testing.assert_array_equal(
        seen.seen_sum.sel(route="intravenous", dose=1e9).transpose("patient", "scan"), expected
    )


def test_a_lesion_that_measures_below_2_mm_is_not_seen():
    seen = observe(runs.labelled_run([[{0: 30.0}, {0: 1.9}, {0: 2.1}, {0: 0.0}]]), noise=False)
    assert seen.seen_diameter[0, :, 0].values.round(9).tolist() == [30.0, 0.0, 2.1, 0.0]


def test_a_lesion_that_disappears_has_diameter_zero_and_is_a_complete_response():
    seen = observe(runs.labelled_run([[{0: 30.0, 60: 0.0}, {0: 0.0}]]))
    assert seen.seen_diameter[0, 0, 2:].values.tolist() == [0.0] * 3
    assert (seen.seen_call[0, 2:] == Call.CR).all()


def test_a_new_lesion_is_seen_once_it_measures_10_mm():
    slot = {0: 0.0, 40: 0.0, 112: 9.5, 154: 12.0}
    seen = observe(runs.labelled_run([[{0: 30.0}, slot]], new_lesion_day=[41.0]), noise=False)
    assert seen.seen_new_lesion[0].values.tolist() == [False, False, False, False, True]
    assert seen.true_new_lesion[0].values.tolist() == [False, False, True, True, True]
    assert seen.seen_call[0].values.tolist() == [Call.NE, Call.SD, Call.SD, Call.SD, Call.PD]


def test_two_lesions_of_an_organ_are_targets_and_an_absent_slot_never_is():
    sites = [["liver", "liver", "liver", "lung"], ["liver", "lung"]]
    run = runs.labelled_run([runs.steady(30.0, 20.0, 40.0), runs.steady(30.0)], sites=sites)
    assert observe(run, noise=False).target.values.astype(int).tolist() == [[1, 0, 1, 0], [1, 0, 0, 0]]


def test_a_site_named_node_is_read_by_its_short_axis():
    run = runs.labelled_run([[{0: 20.0, 28: 9.0}, {0: 0.0}]], sites=[["lymph_node", "lung"]])
    assert observe(run, noise=False).seen_call[0, 1] == Call.CR


def test_a_failed_patient_is_seen_nowhere_and_harms_nobody():
    whole, broken = runs.cohort(6), runs.cohort(6, failed=(2,))
    seen = observe(broken)
    gone = seen.isel(patient=2)
    for name in ("seen_diameter", "seen_sum", "seen_cart_blood", "seen_il6", "true_viable_volume"):
        assert np.isnan(gone[name]).all(), name
    assert (gone.seen_call == Call.NE).all()
    others = [0, 1, 3, 4, 5]
    np.testing.assert_array_equal(
        seen.seen_call.isel(patient=others), observe(whole).seen_call.isel(patient=others)
    )


def test_blood_below_the_limit_of_quantification_is_seen_as_zero():
    run = runs.labelled_run([runs.steady(30.0)])
    run["cart_copies"][0, -3:] = [99.9, 100.0, 100.1]
    run["cart_blood"][0, -3:] = [1.99, 2.0, 2.01]
    seen = observe(run, loq_copies=100.0, loq_cells=2.0)
    assert seen.seen_cart_copies[0, -3:].values.tolist() == [0.0, 100.0, 100.1]
    assert seen.seen_cart_blood[0, -3:].values.tolist() == [0.0, 2.0, 2.01]


def test_the_limit_of_quantification_comes_with_the_run():
    run = runs.labelled_run([runs.steady(30.0)]).assign_attrs(quantification_limit=100.0)
    assert observe(run).attrs["loq_copies"] == 100.0
    assert observe(run, loq_copies=30.0).attrs["loq_copies"] == 30.0
    assert float(observe(run).seen_cart_copies.where(lambda v: v > 0).min()) >= 100.0


def test_a_labelled_limit_of_quantification_is_laid_out_by_name():
    run = runs.cohort(3, failed=(1,))
    run["quantification_limit"] = "limit", [25.0, 1000.0]
    seen = observe(run).seen_cart_copies
    for k, limit in enumerate((25.0, 1000.0)):
        expected = observe(run, loq_copies=limit).seen_cart_copies
        np.testing.assert_array_equal(seen.isel(limit=k).transpose(*expected.dims), expected)
    assert "loq_copies" not in observe(run).attrs


def test_a_labelled_option_belongs_to_its_labels_in_any_order():
    run = runs.labelled_run([runs.steady(40.0)] * 3, ids=[4, 7, 9])
    cv = xr.DataArray([0.3, 0.0, 0.1, 9.0], {"patient": [9, 4, 7, 1]}, ("patient",))
    seen = observe(run, reader_cv=cv).seen_diameter
    for patient, own in ((4, 0.0), (7, 0.1), (9, 0.3)):
        expected = observe(run, reader_cv=own).seen_diameter
        np.testing.assert_array_equal(seen.sel(patient=patient), expected.sel(patient=patient))


def test_an_option_without_a_patient_of_the_run_is_refused():
    run = runs.labelled_run([runs.steady(40.0)] * 2, ids=[4, 7])
    with pytest.raises(ParameterError, match=r"observe: reader_cv over patient: .*; give one value for each patient of the run"):
        observe(run, reader_cv=xr.DataArray([0.1, 0.1], {"patient": [4, 5]}, ("patient",)))


def test_an_axis_that_an_option_adds_keeps_its_labels():
    run = runs.labelled_run([runs.steady(40.0)] * 2)
    eyes = xr.DataArray([0.0, 0.2], {"eyes": ["sharp", "dull"]}, ("eyes",))
    seen = observe(run, reader_cv=eyes)
    assert seen.seen_diameter["eyes"].values.tolist() == ["sharp", "dull"]
    assert seen["site"].dims == ("patient", "lesion") and seen["time"].values.tolist() == run["time"].values.tolist()


def test_two_options_on_a_new_axis_belong_to_each_other_by_label():
    run = runs.labelled_run([runs.steady(40.0)] * 2)
    cv = xr.DataArray([0.0, 0.3], {"eyes": ["sharp", "dull"]}, ("eyes",))
    limit = xr.DataArray([1e9, 0.0], {"eyes": ["dull", "sharp"]}, ("eyes",))
    seen = observe(run, reader_cv=cv, loq_cells=limit)
    assert (seen.seen_cart_blood.sel(eyes="dull") == 0).all() and (seen.seen_cart_blood.sel(eyes="sharp") > 0).any()
    np.testing.assert_array_equal(seen.seen_diameter.sel(eyes="sharp"), observe(run, reader_cv=0.0).seen_diameter)
    with pytest.raises(ParameterError, match="loq_cells over eyes"):
        observe(run, reader_cv=cv, loq_cells=limit.assign_coords(eyes=["dull", "blind"]))


def test_one_value_taken_from_a_labelled_array_is_a_plain_one():
    run = runs.cohort(3)
    axis = run["status"].dims[0]
    cv = xr.DataArray([0.2, 0.3], {axis: run[axis].values[:2]}, (axis,))[0]
    np.testing.assert_array_equal(observe(run, reader_cv=cv).seen_diameter, observe(run, reader_cv=0.2).seen_diameter)


LABELLED = xr.DataArray([0.1, np.nan], dims="patient")


@pytest.mark.parametrize(("name", "wrong", "words"), [
    ("reader_cv", -0.1, "reader_cv -0.1"), ("reader_cv", np.nan, "reader_cv nan"), ("reader_cv", "small", "reader_cv 'small'"),
    ("reader_cv", LABELLED, "reader_cv over patient"), ("loq_copies", np.inf, "loq_copies inf"),
    ("loq_cells", None, "loq_cells None"), ("attenuation_sd", -5, "attenuation_sd -5"),
])  # fmt: skip
def test_an_impossible_amount_is_refused_in_one_line(name, wrong, words):
    with pytest.raises(ParameterError) as told:
        observe(runs.cohort(2), **{name: wrong})
    assert str(told.value) == f"observe: {words}: must be finite, and at least 0"


def test_attenuation_has_its_own_error_and_none_where_nothing_is_seen():
    run = runs.labelled_run([runs.steady(30.0)] * 800)
    seen = observe(run).seen_attenuation
    assert float(seen.sel(lesion=0).std()) == pytest.approx(5.0, rel=0.05)
    assert np.isnan(seen.isel(lesion=-1)).all()


def test_truth_and_observation_cannot_be_confused():
    seen = observe(runs.cohort(3))
    told = {"status", "reason", "stopped", "target"}
    assert all(name in told or name.startswith(("seen_", "true_", "given_")) for name in seen.data_vars)


def test_every_measured_variable_has_a_unit():
    seen = observe(runs.cohort(3))
    assert [n for n in seen.data_vars if "units" not in seen[n].attrs and n not in ("status", "reason")] == []


def test_a_run_that_cannot_be_read_is_told_everything_at_once():
    run = runs.cohort(3).rename(apparent_volume="aparent_volume")
    with pytest.raises(ParameterError) as told:
        observe(run, criteria="recyst")
    assert str(told.value) == (
        "observe: this run cannot be read\n"
        "  apparent_volume: the run has no such variable; did you mean 'aparent_volume'?\n"
        f"  criteria: 'recyst' is not one of {', '.join(CRITERIA)}; did you mean 'recist'?"
    )


def test_a_run_shorter_than_the_first_scan_has_only_its_baseline():
    seen = observe(runs.cohort(3).sel(time=slice(None, 20)))
    assert seen.sizes["scan"] == 1
    assert (seen.seen_call == Call.NE).all()


def test_the_schedule_of_the_run_is_followed_in_silence(caplog):
    run = runs.cohort(3).assign_attrs(first_scan=35.0, scan_every=56.0, baseline=-3.0, criteria="irecist")
    seen = observe(run)
    assert seen.scan_day.values.tolist() == [-3.0, 35.0, 91.0, 147.0]
    assert seen.attrs["criteria"] == "irecist"
    assert observe(run, first_scan=35).scan_day.equals(seen.scan_day)
    assert not caplog.records


def test_another_schedule_than_the_one_the_rules_saw_is_warned_of(caplog):
    run = runs.cohort(3).assign_attrs(first_scan=35.0).assign(scans_decided=True)
    assert observe(run, first_scan=28).scan_day[1] == 28.0
    assert "first_scan 28 instead of 35.0" in caplog.text


def test_an_arm_whose_rules_read_no_scan_is_read_by_another_schedule_in_silence(caplog):
    run = runs.cohort(3).assign_attrs(first_scan=35.0)
    run = run.assign(scans_decided=("route", [False, True]))
    assert observe(run.isel(route=0), first_scan=28).scan_day[1] == 28.0 and not caplog.records
    observe(run.isel(route=1), first_scan=28)
    assert caplog.records


@pytest.mark.parametrize("wrong", [{"scan_every": 0}, {"first_scan": -10}, {"baseline": "early"}])
def test_an_impossible_schedule_is_refused(wrong):
    with pytest.raises(ParameterError, match="scans:"):
        observe(runs.cohort(2), **wrong)


def test_doses_are_counted_per_arm_and_patient_until_death():
    run = runs.cohort(2, ids=[5, 9], failed=()).assign(death_day=("patient", [np.nan, 20.0]))
    iv, ip = run.route.values
    run = runs.with_ledger(run, [
        (iv, 5, 0.0, "infusion", 1e8), (iv, 5, 6.0, "tocilizumab", 8.0), (iv, 5, 6.5, "tocilizumab", 8.0),
        (ip, 9, 0.0, "infusion", 1e8), (ip, 9, 28.0, "infusion", 1e8), (ip, 5, 0.0, "infusion", 0.0),
        (ip, 5, 3.0, "dexamethasone", 10.0), (iv, 9, 0.0, "conditioning", 1.0),
    ])  # fmt: skip
    seen = observe(run)
    assert seen.seen_infusions.transpose("route", "patient").values.tolist() == [[1, 0], [0, 1]]
    assert seen.seen_tocilizumab_doses.transpose("route", "patient").values.tolist() == [[2, 0], [0, 0]]
    assert seen.seen_dexamethasone_doses.transpose("route", "patient").values.tolist() == [[0, 0], [1, 0]]
    assert observe(run.sel(route=ip)).seen_infusions.values.tolist() == [0, 1]
    assert "seen_infusions" not in observe(runs.cohort(2))


def test_nobody_is_seen_without_an_error():
    run = runs.cohort(3, arms={}).assign(decline_fold=("patient", [1.2, 1.3, 1.4]))
    assert observe(run.isel(patient=slice(0, 0))).sizes["patient"] == 0


def test_a_table_is_no_run():
    with pytest.raises(ParameterError, match=r"observe: DataFrame is no run; give what sim\.simulate\(\) returns"):
        observe(pd.DataFrame({"patient": [0]}))
