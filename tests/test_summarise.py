"""Rates, medians and differences against values worked by hand or printed in the sources."""

import numpy as np
import pandas as pd
import pytest

from simsolid.assess import assess
from simsolid.errors import ParameterError
from simsolid.intervals import share, wilson
from simsolid.observe import observe
from simsolid.report import format_table, wide
from simsolid.summarise import MEASURES, paired, summarise
from tests import runs


def table(**columns):
    many = len(next(iter(columns.values())))
    return pd.DataFrame({"patient": range(many), "status": 0} | columns)


def line(summary, measure):
    found = summary[summary.measure == measure]
    assert len(found) == 1
    return found.iloc[0]


def test_a_rate_has_wilsons_interval():
    # wilson1927 by hand for 8 of 10: centre (0.8 + 3.8415/20) / 1.38415, half-width 0.2269
    found = line(summarise(table(best_response=["PR"] * 7 + ["CR"] + ["SD", "NE"])), "objective_response")
    assert (found.value, found.n) == (0.8, 10)
    assert (found.lower, found.upper) == pytest.approx((0.4902, 0.9433), abs=1e-4)


@pytest.mark.parametrize("events, n", [(2.5, 10), (2, 9.5), (11, 10), (-1, 10), (float("nan"), 10), (float("inf"), 10)])
def test_counts_that_are_none_get_no_wilson_interval(events, n):
    with pytest.raises(ParameterError, match=f"wilson: {events} events of {n} patients; counts must be whole numbers"):
        wilson(events, n)
    with pytest.raises(ParameterError, match="whole numbers"):
        share(events, n)


def test_a_patient_that_could_not_be_judged_counts_as_no_response():
    assert line(summarise(table(best_response=["PR", "NE"])), "objective_response").value == 0.5


def test_disease_control_is_response_or_stable_disease():
    assert line(summarise(table(best_response=["CR", "PR", "SD", "PD"])), "disease_control").value == 0.75


def test_severe_crs_is_grade_3_or_more():
    summary = summarise(table(crs_grade=[0.0, 1.0, 2.0, 3.0, 4.0]))
    assert [line(summary, m).value for m in ("crs_any", "crs_severe")] == [0.8, 0.4]


def test_moderate_crs_is_grade_2_or_more():
    assert line(summarise(table(crs_grade=[0.0, 1.0, 2.0, 3.0, np.nan])), "crs_moderate").value == 0.5


def test_kinds_of_relapse_are_rates_of_those_who_relapsed():
    summary = summarise(table(relapse=["", "", "", "antigen-low", "antigen-low", "new site", "antigen-positive", ""]))
    assert (line(summary, "relapse").value, line(summary, "relapse").n) == (0.5, 8)
    assert (line(summary, "relapse_antigen_low").value, line(summary, "relapse_antigen_low").n) == (0.5, 4)
    assert line(summary, "relapse_new_site").value == 0.25


def test_no_relapse_leaves_its_kinds_unknown():
    found = line(summarise(table(relapse=["", ""])), "relapse_antigen_low")
    assert np.isnan(found.value) and found.n == 0


def test_a_dose_or_more_counts_as_given():
    summary = summarise(table(tocilizumab_doses=[0, 1, 2, 0], infusions=[1, 1, 2, 1]))
    assert line(summary, "tocilizumab").value == 0.5
    assert line(summary, "infusions").value == 1.0


def test_overall_survival_and_response_duration_take_their_own_events():
    died, ended = (pd.array(e, dtype="boolean") for e in ([True, True, True, False], [False, True, None, None]))
    times = {"os_day": [10.0, 20, 30, 40], "response_duration": [5.0, 15, np.nan, np.nan]}
    summary = summarise(table(**times, died=died, response_ended=ended))
    assert (line(summary, "os").value, line(summary, "os").n) == (20.0, 4)
    assert (line(summary, "response_duration").value, line(summary, "response_duration").n) == (15.0, 2)


def test_who_died_before_the_infusion_is_no_part_of_survival_from_it():
    found = line(summarise(table(os_day=[-1.5, 10.0, 20, 30], died=pd.array([True] * 4, dtype="boolean"))), "os")
    assert (found.value, found.n) == (20.0, 3)


def test_a_median_has_the_order_statistic_interval():
    # binomial(10, 1/2): fewer than 2 of 10 below the median has probability 11/1024, fewer than 3 has 56/1024
    found = line(summarise(table(tmax=np.arange(1.0, 11.0))), "tmax")
    assert (found.value, found.lower, found.upper) == (5.5, 2.0, 9.0)


def test_five_values_are_too_few_for_the_interval_of_a_median():
    found = line(summarise(table(tmax=np.arange(5.0))), "tmax")
    assert found.value == 2.0
    assert np.isnan([found.lower, found.upper]).all()


def test_the_interval_of_a_median_covers_it_at_least_as_often_as_promised():
    rng = np.random.default_rng(0)
    ends = [line(summarise(table(tmax=rng.lognormal(size=25))), "tmax") for _ in range(300)]
    assert np.mean([e.lower <= 1.0 <= e.upper for e in ends]) > 0.92


def test_progression_free_survival_is_kaplan_meier():
    # 6 at risk: 1 of 6 at day 28, one censored at 70, then 2 of 4 at day 112: 5/6 * 1/2 is below one half
    day, event = [28, 70, 112, 112, 154, 154], [True, False, True, True, False, False]
    found = line(summarise(table(pfs_day=np.array(day, float), pfs_event=pd.array(event, dtype="boolean"))), "pfs")
    assert found.value == 112.0


def test_a_median_that_follow_up_does_not_reach_is_unknown():
    found = line(summarise(table(pfs_day=[154.0] * 3, pfs_event=pd.array([False] * 3, dtype="boolean"))), "pfs")
    assert np.isnan(found.value)
    assert found.n == 3


def test_failed_patients_are_counted_and_left_out():
    found = summarise(table(best_response=["PR", "NE", "NE"]).assign(status=[0, 0, 2]))
    assert (line(found, "patients").value, line(found, "failed").value) == (3, 1)
    assert line(found, "objective_response").n == 2


def test_missing_values_lower_n():
    assert line(summarise(table(crs_onset=[3.0, np.nan, 5.0])), "crs_onset").n == 2


@pytest.fixture(scope="module")
def cohort():
    return assess(observe(runs.cohort(40, failed=(2,))))


def test_each_arm_is_summarised_as_it_would_be_alone(cohort):
    both = summarise(cohort)
    for route in ("intravenous", "intraperitoneal"):
        alone = summarise(cohort[cohort.route == route])
        pd.testing.assert_frame_equal(both[both.route == route].reset_index(drop=True), alone)


def test_arms_stand_in_the_order_of_the_table(cohort):
    assert list(dict.fromkeys(summarise(cohort).route)) == ["intravenous", "intraperitoneal"]


def test_the_order_of_rows_does_not_change_a_summary(cohort):
    mixed = cohort.sample(frac=1, random_state=1)
    keys = ["route", "measure"]
    first, second = (summarise(t).sort_values(keys, ignore_index=True) for t in (cohort, mixed))
    pd.testing.assert_frame_equal(first, second)


def test_every_measure_is_there_for_every_arm_with_its_unit(cohort):
    summary = summarise(cohort)
    assert len(summary) == 2 * (len(MEASURES) + 2)
    for name, measure in MEASURES.items():
        assert set(summary[summary.measure == name].unit) == {measure.unit}


def test_arms_can_be_named(cohort):
    by_grade = summarise(cohort.assign(severe=cohort.cmax_cells > 30), by="severe")
    assert by_grade.columns[0] == "severe"
    assert set(by_grade.severe) == {True, False}


def test_an_unknown_arm_is_refused_with_the_nearest(cohort):
    with pytest.raises(ParameterError, match=r"summarise: by: 'rout' is none of .*did you mean 'route'"):
        summarise(cohort, by="rout")


def patients(cohort, case):
    cases = {
        "one patient": cohort[cohort.patient == 0],
        "two patients": cohort[cohort.patient.isin([0, 1])],
        "all failed": cohort[cohort.status != 0],
        "nobody": cohort[:0],
        "no arms": cohort[cohort.route == "intravenous"].drop(columns="route"),
        "nobody and no arms": cohort.drop(columns="route")[:0],
    }
    return cases[case]


@pytest.mark.parametrize("case", ["one patient", "two patients", "all failed", "nobody", "no arms", "nobody and no arms"])
def test_a_cohort_at_the_edge_gives_a_summary_and_no_error(cohort, case):
    rows = patients(cohort, case)
    summary = summarise(rows)
    finished = rows[rows.status == 0]
    known = summary[summary.value.notna() & ~summary.measure.isin(["patients", "failed"])]
    assert (known.n > 0).all()
    assert len(known) == 0 or len(finished) > 0
    assert isinstance(format_table(summary), str)
    if "route" in rows:
        assert isinstance(format_table(paired(rows)), str)


def answers(both, second, first, neither):
    one = ["PR"] * both + ["PR"] * second + ["SD"] * first + ["SD"] * neither
    two = ["PR"] * both + ["SD"] * second + ["PR"] * first + ["SD"] * neither
    frame = table(best_response=two + one)
    frame["patient"] = [*range(len(one))] * 2
    frame.insert(0, "route", ["A"] * len(one) + ["B"] * len(one))
    return frame


def test_paired_rates_have_newcombes_interval():
    # newcombe1998, table II, first example: 36, 12, 2, 0 of 50 gives 0.0569 to 0.3404 by method 10
    found = line(paired(answers(36, 12, 2, 0)), "objective_response")
    assert (found.value, found.lower, found.upper) == pytest.approx((0.2, 0.0569, 0.3404), abs=5e-5)
    assert (found.route, found.reference, found.n) == ("B", "A", 50)


def test_swapping_the_reference_swaps_the_sign():
    there = line(paired(answers(20, 9, 3, 8)), "objective_response")
    back = line(paired(answers(20, 9, 3, 8), reference="B"), "objective_response")
    assert (back.value, back.lower, back.upper) == pytest.approx((-there.value, -there.upper, -there.lower))


def two_routes(first, second):
    return pd.DataFrame({"route": ["A"] * len(first) + ["B"] * len(second), "patient": [*range(len(first))] * 2,
                         "status": 0, "cmax_cells": [*first, *second]})  # fmt: skip


def test_a_paired_median_difference_has_the_interval_of_a_median():
    first, change = np.arange(10.0, 110.0, 10.0), np.array([5.0, 1, 9, 3, 7, 2, 8, 4, 10, 6])
    found = line(paired(two_routes(first, first + change)), "cmax_cells")
    # differences 1 to 10: median 5.5, and the second and ninth of them as in the median of ten values above
    assert (found.value, found.lower, found.upper, found.n) == (5.5, 2.0, 9.0, 10)


def test_few_large_rises_do_not_turn_a_median_that_falls():
    first = np.arange(20.0, 120.0, 10.0)
    frame = two_routes(first, first + np.array([-5.0] * 8 + [1000.0] * 2))
    found, medians = line(paired(frame), "cmax_cells"), summarise(frame).set_index(["measure", "route"]).value["cmax_cells"]
    assert medians["B"] < medians["A"]
    assert (found.value, found.lower) == (-5.0, -5.0)


def test_only_patients_that_finished_in_both_arms_are_paired():
    frame = answers(3, 2, 1, 1)
    frame.loc[[0, 8], "status"] = 2
    assert line(paired(frame), "objective_response").n == 5


def test_pairing_is_by_patient_and_not_by_row():
    frame = answers(10, 6, 1, 4)
    mixed = frame.sample(frac=1, random_state=2).sort_values("route", kind="stable")
    pd.testing.assert_frame_equal(paired(mixed), paired(frame))


def test_other_arm_axes_stay_apart():
    frame = answers(3, 2, 1, 1)
    two = pd.concat([frame.assign(dose=d) for d in (1e7, 1e8)])[["route", "dose", "patient", "status", "best_response"]]
    found = paired(two)
    assert found.dose.tolist() == [1e7] * (len(found) // 2) + [1e8] * (len(found) // 2)
    pd.testing.assert_frame_equal(paired(two, axis="dose", reference=1e7)[["value"]].abs(), paired(two)[["value"]] * 0)


@pytest.mark.parametrize(("choice", "words"), [
    ({"axis": "rout"}, "paired: axis: 'rout' is none of route; did you mean 'route'"),
    ({"reference": "AA"}, "paired: reference: 'AA' is none of A, B"),
])  # fmt: skip
def test_a_wrong_comparison_is_refused(choice, words):
    with pytest.raises(ParameterError) as told:
        paired(answers(1, 1, 1, 1), **choice)
    assert words in str(told.value)


def test_text_shows_rates_in_per_cent_with_units_and_unknown_as_a_dash(cohort):
    text = wide(summarise(cohort))
    assert text.loc["CRS, any grade [%]", "intravenous"] == "100 (91 to 100)"
    assert text.loc["transgene in blood, peak [copies/ug]", "intravenous"] == "4,000 (4,000 to 4,000)"
    assert wide(summarise(cohort[cohort.status != 0])).loc["CRS onset [day]", "intravenous"] == "-"


def test_text_for_a_terminal_keeps_to_its_width():
    frame = pd.concat([answers(3, 2, 1, 1).assign(route=f"route number {k}") for k in range(8)])
    assert max(map(len, format_table(summarise(frame), width=90).splitlines())) <= 90


def test_a_hundredfold_fall_is_one_to_a_hundredth_or_less():
    assert line(summarise(table(viable_change_best=[-98.9, -99.0, -99.9, 4.0])), "hundredfold_fall").value == 0.5


def test_arms_that_do_not_occur_together_are_not_compared():
    rows = [("liver", "vein", 0), ("liver", "artery", 0), ("pleura", "vein", 0), ("pleura", "cavity", 0), ("skin", "tumour", 0)]
    here = pd.DataFrame(rows, columns=["disease", "route", "patient"]).assign(status=0, tmax=9.0)
    found = paired(here, "route")
    assert found[["disease", "route", "n"]].values.tolist() == [["liver", "artery", 1], ["pleura", "cavity", 1]]
