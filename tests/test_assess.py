"""One row per patient and arm, against courses worked by hand."""

import numpy as np
import pandas as pd
import pytest

from simsolid import rows as rows_module
from simsolid.assess import UNITS, assess
from simsolid.errors import ParameterError
from simsolid.observe import observe
from tests import runs

NAN = float("nan")


def rows(courses, *, noise=False, see=None, **kw):
    return assess(observe(runs.labelled_run(courses, **kw), noise=noise, **(see or {})))


def one(lesions, **kw):
    table = rows([lesions], **kw)
    assert len(table) == 1
    return table.iloc[0]


def test_a_response_that_relapses_is_dated():
    row = one([{0: 50.0, 28: 40.0, 70: 30.0, 112: 30.0, 154: 50.0, 180: 60.0}, {0: 0.0}])
    assert (row.best_response, row.confirmed_response, row.first_response_day) == ("PR", "PR", 70)
    assert (row.progression_day, row.pfs_day, row.response_duration, row.progressed) == (154, 154, 84, True)
    assert row.best_change == pytest.approx(-40.0)


def test_a_patient_without_progression_is_censored_at_the_last_scan():
    row = one(runs.steady(40.0))
    assert (row.best_response, row.progressed, row.pfs_day) == ("SD", False, 154)
    assert np.isnan(row.progression_day)
    assert np.isnan(row.first_response_day)


def test_best_change_is_not_taken_after_progression():
    row = one([{0: 50.0, 28: 70.0, 70: 10.0}, {0: 0.0}])
    assert row.best_change == pytest.approx(40.0)
    assert row.best_response == "PD"


def test_blood_is_read_out_as_in_closed_form():
    row = one(runs.steady(40.0))
    assert (row.cmax_cells, row.cmax_copies, row.tmax) == (40.0, 4000.0, 10.0)
    assert row.contraction_half_life == pytest.approx(5.0, rel=1e-9)
    rise = 4000 / 0.8 * (1 - np.exp(-8.0))
    fall = 4000 * 5 / np.log(2) * (1 - 2.0 ** (-18 / 5))
    assert row.auc28_copies == pytest.approx(rise + fall, rel=5e-3)
    # 25 copies/ug are reached 5 log2(160) = 36.6 d after the peak; the grid is daily there
    assert row.tlast == 46
    assert not row.persisting


def test_the_area_to_day_28_does_not_need_a_grid_point_there():
    time = np.array([-7.0, 0.0, 10.0, 20.0, 36.0, 60.0])
    run = runs.labelled_run([runs.steady(40.0)], time=time)
    run["cart_copies"][:] = 100.0 * run.time.clip(min=0)
    assert assess(observe(run)).auc28_copies[0] == pytest.approx(100 * 28**2 / 2)


def test_infused_cells_that_only_leave_blood_are_no_peak():
    run = runs.labelled_run([runs.steady(40.0)])
    leaving = 9000.0 * np.exp(-run.time / 3).where(run.time >= 0, 0.0)
    run["cart_copies"][:] = leaving
    row = assess(observe(run)).iloc[0]
    assert np.isnan([row.tmax, row.contraction_half_life]).all()
    assert row.cmax_copies == pytest.approx(9000 * np.exp(-2 / 3))


def test_a_peak_is_the_height_of_the_expansion_even_below_the_infused_cells():
    run = runs.labelled_run([runs.steady(40.0)])
    run["cart_copies"] = run.cart_copies + 90000.0 * np.exp(-run.time / 0.8).where(run.time >= 0, 0.0)
    row = assess(observe(run)).iloc[0]
    assert row.tmax == 10.0
    assert row.cmax_copies == pytest.approx(4000.0, rel=1e-3)


def test_cells_that_never_reach_the_limit_have_no_peak_day():
    row = one(runs.steady(40.0), arms={"dose": [1.0]}, scale=[1e-6])
    assert (row.cmax_copies, row.persisting) == (0.0, False)
    assert np.isnan([row.tmax, row.tlast, row.contraction_half_life]).all()


def test_cells_above_the_limit_to_the_end_are_persisting():
    row = one(runs.steady(40.0), see={"loq_copies": 1e-20})
    assert row.persisting
    assert row.tlast == 180


def test_the_half_life_of_contraction_leaves_the_slow_phase_out():
    run = runs.labelled_run([runs.steady(40.0)])
    slow = 0.01 * 40 * 100 * 2.0 ** (-(run.time - 10) / 200)
    run["cart_copies"] = run.cart_copies + slow.where(run.time >= 10, 0.0)
    assert assess(observe(run)).contraction_half_life[0] == pytest.approx(5.0, rel=0.08)


def test_the_half_life_of_a_fast_contraction_is_read_down_to_a_tenth_of_the_peak():
    run = runs.labelled_run([runs.steady(40.0)])
    run["cart_copies"][:] = np.where(run.time < 10, 100.0, 4000.0 * 2.0 ** (-(run.time - 10) / 2) + 50.0)
    assert assess(observe(run)).contraction_half_life[0] == pytest.approx(2.0, rel=0.08)


def test_release_of_cytokines_is_graded_and_timed():
    # a tent of 2 degC and 2.5 levels around day 5: 38 degC from day 4 to 6, a score of 1 until day 6.2
    row = one(runs.steady(40.0), fever=2.0, pressure=2.5)
    assert (row.crs_grade, row.crs_onset, row.peak_temperature) == (3, 4.0, 39.0)
    assert row.crs_duration == pytest.approx(2.2)
    assert row.peak_il6 == pytest.approx(405.0)
    assert row.healthy_tissue_min == pytest.approx(0.8)


def test_fever_before_the_infusion_is_not_crs():
    run = runs.labelled_run([runs.steady(40.0)], fever=0.0)
    run["temperature"][:] = np.where(run.time < 0, 39.5, 37.0)
    table = assess(observe(run))
    assert table.crs_grade[0] == 0
    assert np.isnan(table.crs_onset[0])
    assert table.peak_temperature[0] == 37.0


def test_support_without_fever_is_graded_once_an_anti_cytokine_drug_was_given():
    run = runs.labelled_run([runs.steady(40.0)] * 2, arms={"drug_day": [3.0, 8.0, np.nan]}, fever=0.0)
    run["pressure_score"][:] = np.where((run.time >= 5) & (run.time <= 9), 2.0, 0.0)
    run["anti_cytokine_day"] = "drug_day", [3.0, 8.0, np.nan]
    table = assess(observe(run))
    assert table.crs_grade.tolist() == [3, 3, 3, 3, 0, 0]
    np.testing.assert_array_equal(table.crs_onset, [5.0, 5.0, 8.0, 8.0, np.nan, np.nan])


APPARENT = [{0: 40.0, 28: 52.0, 70: 40.0, 112: 30.0}, {0: 0.0}]
SHRINKING = [{0: 40.0, 28: 30.0, 70: 20.0, 112: 10.0}, {0: 0.0}]
LATER_PEAK = [{0: 40.0, 14: 46.0, 27: 45.0, 70: 20.0}, {0: 0.0}]
REGROWING = [{0: 40.0, 14: 20.0, 28: 25.0, 42: 20.0}, {0: 0.0}]
GROWING = [{0: 40.0, 28: 50.0, 70: 60.0, 180: 90.0}, {0: 0.0}]
VERDICTS = ["false_progression", "pseudo_progression", "true_progression", "mistaken_pseudo", "missed_progression"]

# what is seen, what is alive, flags that are true
TRUTH = [
    ("swelling over a shrinking tumour that later recedes", APPARENT, SHRINKING, "false pseudo"),
    ("swelling while the tumour is larger than at infusion but already falling", APPARENT, LATER_PEAK, "false pseudo"),
    ("swelling over a tumour that regrows but is smaller than at infusion", APPARENT, REGROWING, "false pseudo"),
    ("swelling over a shrinking tumour that never recedes", [{0: 40.0, 28: 52.0}, {0: 0.0}], SHRINKING, "false"),
    ("growth", GROWING, GROWING, "true"),
    ("growth read as receding later", APPARENT, GROWING, "true mistaken"),
    ("growth hidden by a shrinking image", runs.steady(40.0), GROWING, "missed"),
    ("growth of 15 % of the diameter is no progression", runs.steady(40.0), [{0: 40.0, 180: 46.0}, {0: 0.0}], ""),
    ("a relapse below the burden at infusion is true", [{0: 60.0, 28: 30.0, 70: 45.0, 180: 45.0}, {0: 0.0}],
     [{0: 60.0, 28: 30.0, 70: 45.0, 180: 45.0}, {0: 0.0}], "true"),
    ("nothing happens", runs.steady(40.0), runs.steady(40.0), ""),
]  # fmt: skip


@pytest.mark.parametrize(("seen", "alive", "flags"), [row[1:] for row in TRUTH], ids=[row[0] for row in TRUTH])
def test_the_first_progression_call_is_judged_by_the_truth(seen, alive, flags):
    row = one(seen, viable=[alive])
    assert " ".join(v.split("_")[0] for v in VERDICTS if row[v]) == flags


def test_a_truly_new_lesion_is_never_pseudo_progression():
    slot = {0: 0.0, 10: 0.0, 28: 15.0, 70: 0.0}
    row = one([{0: 40.0, 28: 30.0, 70: 20.0}, slot], new_lesion_day=[10.0])
    assert (row.new_lesion, row.progression_day) == (True, 28)
    assert (row.true_progression, row.pseudo_progression) == (True, False)


def test_viable_burden_is_followed_from_the_infusion():
    row = one([{0: 40.0, 28: 20.0, 90: 10.0}, {0: 0.0}])
    assert row.true_viable_start == pytest.approx(runs.sphere(40.0))
    assert row.viable_change_28 == pytest.approx(100 * (0.5**3 - 1))
    assert row.viable_change_90 == pytest.approx(100 * (0.25**3 - 1))


def test_a_change_after_the_end_of_the_run_is_unknown():
    table = assess(observe(runs.cohort(3).sel(time=slice(None, 60))))
    assert np.isfinite(table.viable_change_28).all()
    assert np.isnan(table.viable_change_90).all()


def test_a_failed_patient_keeps_its_row_and_reason_and_nothing_else():
    table = assess(observe(runs.cohort(4, failed=(2,))))
    failed = table[table.patient == 2].iloc[0]
    assert (failed.status, failed.stopped, failed.reason) == (2, 11.3, "the step became too small")
    assert (failed.best_response, failed.confirmed_response) == ("NE", "NE")
    told = {"route", "patient", "lesions", "targets", "status", "stopped", "reason", "best_response", "confirmed_response",
            "best_word", "relapse"}  # fmt: skip
    assert failed.drop(list(told)).isna().all()


def test_rows_are_ordered_by_arm_and_then_patient_and_carry_the_labels():
    arms = {"route": ["intravenous", "intraperitoneal"], "dose": [1e7, 1e8]}
    table = assess(observe(runs.cohort(3, arms=arms, scale=[[1, 2], [3, 4]], ids=[5, 2, 9])))
    assert list(table.columns[:3]) == ["route", "dose", "patient"]
    assert table.patient.tolist() == [5, 2, 9] * 4
    assert table.groupby(["route", "dose"], sort=False).cmax_cells.first().tolist() == [40, 80, 120, 160]


def test_a_large_cohort_taken_in_blocks_equals_one_taken_whole(monkeypatch):
    seen = observe(runs.cohort(23))
    whole = assess(seen)
    monkeypatch.setattr(rows_module, "ROWS_AT_ONCE", 7)
    pd.testing.assert_frame_equal(assess(seen), whole)


def test_a_patient_alone_has_the_row_it_has_in_a_crowd():
    run = runs.cohort(23)
    crowd = assess(observe(run))
    alone = assess(observe(run.isel(patient=[11])))
    pd.testing.assert_frame_equal(crowd[crowd.patient == 11].reset_index(drop=True), alone)


def test_every_measured_column_has_a_unit():
    table = assess(observe(runs.cohort(3)))
    flags = table.select_dtypes(["boolean"]).columns
    named = {"route", "patient", "status", "reason", "best_response", "confirmed_response", "best_word", "relapse"}
    assert set(table.columns) - set(flags) - named == set(table.attrs["units"]) == set(UNITS)


def test_a_run_without_cytokines_or_blood_is_still_assessed():
    run = runs.cohort(3).drop_vars(["temperature", "il6", "cart_copies", "cart_blood", "pressure_score", "healthy_tissue"])
    table = assess(observe(run))
    assert table[["crs_grade", "peak_il6", "cmax_copies", "auc28_copies", "healthy_tissue_min"]].isna().all(axis=None)
    assert set(table.best_response) <= {"CR", "PR", "SD", "PD"}


def test_no_patients_give_an_empty_table_with_all_columns():
    full = assess(observe(runs.cohort(2)))
    empty = assess(observe(runs.cohort(2)).isel(patient=[]))
    assert len(empty) == 0
    assert list(empty.columns) == list(full.columns)


def test_blood_is_read_until_death():
    run = runs.labelled_run([runs.steady(40.0)] * 2).assign(death_day=("patient", [20.0, 40.0]))
    early, late = (row for _, row in assess(observe(run)).iterrows())
    assert (early.cmax_cells, early.tlast, early.persisting) == (40.0, 20.0, True)
    assert early.contraction_half_life == pytest.approx(5.0, rel=1e-9)
    assert np.isnan(early.auc28_copies)
    assert np.isfinite(late.auc28_copies)


def test_viable_burden_is_followed_until_death():
    run = runs.labelled_run([[{0: 40.0, 60: 20.0, 100: 60.0}, {0: 0.0}]]).assign(death_day=("patient", [60.0]))
    row = assess(observe(run)).iloc[0]
    assert row.viable_change_best == row.viable_change_last == pytest.approx(-87.5)
    assert np.isnan(row.viable_change_90)


def test_progression_after_death_is_not_missed():
    growing = [{0: 40.0, 180: 94.0}, {0: 0.0}]
    run = runs.labelled_run([runs.steady(40.0)] * 2, viable=[growing] * 2).assign(death_day=("patient", [20.0, np.nan]))
    assert assess(observe(run, noise=False)).missed_progression.tolist() == [False, True]


def test_labels_that_are_true_or_false_stay_labels_of_a_failed_patient():
    table = assess(observe(runs.cohort(2, arms={"rescue": [True, False]}, failed=(1,))))
    assert table.rescue.tolist() == [True, True, False, False]


def test_doses_come_from_the_ledger_and_are_unknown_without_one():
    run = runs.labelled_run([runs.steady(40.0)] * 2)
    given = runs.with_ledger(run, [(0, 0.0, "infusion", 1e8), (0, 5.0, "tocilizumab", 8.0), (0, 6.0, "tocilizumab", 8.0)])
    doses = ["infusions", "tocilizumab_doses", "dexamethasone_doses", "anakinra_doses"]
    assert assess(observe(given))[doses].values.tolist() == [[1, 2, 0, 0], [0, 0, 0, 0]]
    assert assess(observe(run))[doses].isna().all(axis=None)


def test_a_run_that_nobody_observed_is_refused():
    with pytest.raises(ParameterError, match=r"nobody has observed it; give what sim\.observe\(run\) returns"):
        assess(runs.cohort(2))
