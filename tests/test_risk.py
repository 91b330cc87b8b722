"""Risk curves against rates worked by hand, simulated truth, and data that hold no slope."""

import numpy as np
import pandas as pd
import pytest

from simsolid.errors import ParameterError
from simsolid.risk import benefit_risk, crs_risk

DOSES = (1e7, 1e8, 1e9)


def severe_at(counts, people=20, doses=DOSES, **more):
    """At each dose this many of the patients, the first ones, have grade 3; the others grade 1."""
    rows = [(dose, n, 0, 3.0 if n < many else 1.0) for dose, many in zip(doses, counts, strict=True) for n in range(people)]
    return pd.DataFrame(rows, columns=["dose", "patient", "status", "crs_grade"]).assign(**more)


def cohort(slope, height, people, seed, doses=DOSES, shared=0.0):
    """Each patient at every dose; part of the risk is the patient's own."""
    rng = np.random.default_rng(seed)
    own, tables = rng.logistic(size=people), []
    for dose in doses:
        pull = np.where(rng.random(people) < shared, own, rng.logistic(size=people))
        hit = pull < height + slope * (np.log10(dose) - 8)
        tables.append(pd.DataFrame({"dose": dose, "patient": range(people), "crs_grade": np.where(hit, 3.0, 1.0)}))
    return pd.concat(tables)


def test_two_doses_give_the_slope_of_the_two_odds():
    # 4 of 20 and 10 of 20: odds 1/4 and 1, so ten times the dose multiplies the odds by 4
    risk = crs_risk(severe_at([4, 10], doses=(1e8, 1e9)))
    assert risk.slope.value.item() == pytest.approx(np.log(4))
    assert risk.curve.value.iloc[[0, -1]].tolist() == pytest.approx([0.2, 0.5])


def test_the_interval_without_repeated_patients_is_that_of_the_two_by_two_table():
    # standard error of a log odds ratio: sqrt(1/4 + 1/16 + 1/10 + 1/10) = 0.7159
    table = severe_at([4, 10], doses=(1e8, 1e9))
    line = crs_risk(table.assign(patient=range(40))).slope.iloc[0]
    assert (line.upper - line.lower) / (2 * 1.959964) == pytest.approx(0.7159, abs=5e-5)
    assert not line.clustered


def test_observed_rates_have_wilsons_interval():
    observed = crs_risk(severe_at([1, 3, 8], people=10)).observed
    assert observed[["dose", "events", "n", "value"]].values.tolist() == [[1e7, 1, 10, 0.1], [1e8, 3, 10, 0.3], [1e9, 8, 10, 0.8]]
    assert observed[["lower", "upper"]].iloc[2].tolist() == pytest.approx([0.4902, 0.9433], abs=1e-4)


def test_those_who_died_before_crs_could_come_count_as_without_it_and_are_told():
    # At 1e9: patients 0 to 7 had it and two of them died of it; 8 and 9 died without it on days 10 and 27, 10 on day 28
    days = {(1e9, 0): 5.0, (1e9, 1): 9.0, (1e9, 8): 10.0, (1e9, 9): 27.0, (1e9, 10): 28.0, (1e7, 12): -3.0}
    table = severe_at([1, 3, 8])
    when = [days.get(key, 200.0) for key in zip(table["dose"], table["patient"], strict=True)]
    table = table.assign(os_day=when, died=[key in days for key in zip(table["dose"], table["patient"], strict=True)])
    risk = crs_risk(table)
    assert risk.observed[["events", "n", "died_early"]].values.tolist() == [[1, 20, 1], [3, 20, 0], [8, 20, 2]]
    assert risk.slope["died_early"].item() == 3
    assert np.isnan(crs_risk(severe_at([1, 3, 8])).slope["died_early"].item())


def test_failed_patients_are_left_out_and_counted():
    table = severe_at([1, 3, 8], rescue="none")
    table.loc[table["patient"] == 19, ["status", "crs_grade"]] = 2, np.nan
    table = pd.concat([table, table.assign(rescue="standard", status=2)], ignore_index=True)
    risk = crs_risk(table, by="rescue")
    assert risk.slope[["rescue", "n", "failed", "reason"]].values.tolist()[0] == ["none", 57, 3, ""]
    assert risk.slope[["n", "failed"]].values.tolist()[1] == [0, 60] and np.isnan(risk.slope["value"].iloc[1])


def test_the_grade_that_counts_can_be_chosen():
    table = severe_at([1, 3, 8], people=10)
    assert crs_risk(table, grade=1).observed.value.tolist() == [1, 1, 1]
    assert crs_risk(table, grade=4).observed.value.tolist() == [0, 0, 0]


def test_the_interval_covers_the_true_slope_when_patients_stand_at_every_dose():
    slopes = pd.concat([crs_risk(cohort(1.2, -1.0, 100, seed, shared=0.6)).slope for seed in range(150)])
    assert slopes.clustered.all()
    covered = ((slopes.lower <= 1.2) & (slopes.upper >= 1.2)).mean()
    assert 0.89 <= covered <= 0.99


def test_clusters_of_the_same_patient_narrow_the_interval_of_the_dose():
    table = cohort(1.2, -1.0, 200, 1, shared=1.0)
    one, apart = (crs_risk(t).slope.iloc[0] for t in (table, table.assign(patient=range(len(table)))))
    assert one.value == pytest.approx(apart.value)
    assert one.clustered and one.upper - one.lower < apart.upper - apart.lower


def test_the_band_holds_the_curve_and_stays_between_0_and_1():
    curve = crs_risk(severe_at([1, 3, 8], people=10)).curve
    assert ((curve.lower < curve.value) & (curve.value < curve.upper)).all()
    assert curve.lower.min() >= 0 and curve.upper.max() <= 1
    # two doses leave nothing to the curve: its ends have the interval of a log odds, +- 1.96 sqrt(1/4 + 1/16)
    low = crs_risk(severe_at([4, 10], doses=(1e8, 1e9)).assign(patient=range(40))).curve.iloc[0]
    ends = [np.log(p / (1 - p)) for p in (low.lower, low.upper)]
    assert ends == pytest.approx([np.log(1 / 4) - 1.0956, np.log(1 / 4) + 1.0956], abs=1e-3)
    assert curve.dose.iloc[[0, -1]].tolist() == pytest.approx([1e7, 1e9])


@pytest.mark.parametrize(("counts", "reason"), [
    ([0, 0, 0], "no event in 60 patients"),
    ([20, 20, 20], "every one of 60 patients had the event"),
    ([0, 0, 20], "one value parts those with the event from those without"),
    ([0, 5, 20], "one value parts those with the event from those without"),
    ([20, 5, 0], "one value parts those with the event from those without"),
])  # fmt: skip
def test_data_that_hold_no_slope_say_so_and_keep_their_rates(counts, reason):
    risk = crs_risk(severe_at(counts))
    line = risk.slope.iloc[0]
    assert np.isnan([line.value, line.lower, line.upper, line.p]).all()
    assert line.reason.startswith(reason)
    assert len(risk.curve) == 0
    assert risk.observed.value.tolist() == [c / 20 for c in counts]
    assert (risk.observed.upper > risk.observed.lower).all()


@pytest.mark.parametrize("counts", [[1, 0, 20], [0, 5, 19]])
def test_a_steep_slope_that_one_patient_holds_is_still_found(counts):
    assert np.isfinite(crs_risk(severe_at(counts)).slope.value.item())


def test_one_dose_or_one_patient_holds_no_slope():
    assert crs_risk(severe_at([3], doses=(1e8,))).slope.reason.item() == "one level only"
    one = severe_at([1, 0, 1], people=1)
    assert crs_risk(one).slope.reason.item() == "one patient only"


def test_burden_is_fitted_by_patient_and_shown_in_bins_of_equally_many():
    rng = np.random.default_rng(4)
    volume = rng.lognormal(3, 1, 200)
    hit = rng.logistic(size=200) < 2.0 * (np.log10(volume) - 1.3)
    table = pd.DataFrame({"patient": range(200), "crs_grade": np.where(hit, 3, 0), "true_viable_start": volume})
    risk = crs_risk(table, along="burden", bins=4)
    assert (risk.along, risk.unit, risk.tenfold) == ("true_viable_start", "mL", True)
    assert risk.observed.n.tolist() == [50] * 4
    assert (risk.observed.high.iloc[:-1].to_numpy() < risk.observed.low.iloc[1:].to_numpy()).all()
    assert risk.slope.lower.item() < 2.0 < risk.slope.upper.item()


def test_a_dose_of_none_is_shown_but_not_fitted():
    table = severe_at([0, 4, 10], doses=(0.0, 1e8, 1e9))
    risk = crs_risk(table)
    assert risk.slope.value.item() == pytest.approx(np.log(4))
    assert (risk.slope.left_out.item(), risk.slope.n.item(), risk.observed.n.sum()) == (20, 40, 60)


def test_a_column_of_words_gets_rates_only_in_its_own_order():
    table = severe_at([4, 10], doses=("flu_cy", "cy")).rename(columns={"dose": "conditioning"})
    risk = crs_risk(table, along="lymphodepletion")
    assert risk.observed.conditioning.tolist() == ["flu_cy", "cy"]
    assert risk.observed.value.tolist() == [0.2, 0.5]
    assert len(risk.curve) == 0 and risk.slope.reason.item() == "conditioning has no order"


def test_another_number_is_taken_as_it_is():
    table = severe_at([4, 10], doses=(50.0, 60.0)).rename(columns={"dose": "age"})
    risk = crs_risk(table, along="age")
    assert not risk.tenfold
    assert risk.slope.value.item() == pytest.approx(np.log(4) / 10)


def rescued():
    first, second = severe_at([2, 6, 12]), severe_at([1, 3, 6])
    table = pd.concat([first.assign(rescue="none"), second.assign(rescue="standard")])
    return table[["rescue", "dose", "patient", "status", "crs_grade"]]


def test_arms_with_and_without_rescue_stand_apart_unless_asked_together():
    risk = crs_risk(rescued())
    assert risk.slope.rescue.tolist() == ["none", "standard"]
    alone = crs_risk(severe_at([1, 3, 6]))
    assert risk.slope.value.iloc[1] == pytest.approx(alone.slope.value.item())
    assert len(risk.curve) == 2 * len(alone.curve) and len(risk.observed) == 6
    assert crs_risk(rescued(), by=[]).slope.n.item() == 120


def test_failed_and_ungraded_patients_are_left_out():
    table = severe_at([4, 10], doses=(1e8, 1e9))
    more = table[:4].assign(status=[2, 2, 0, 0], crs_grade=[3, 3, np.nan, np.nan], patient=[90, 91, 92, 93])
    pd.testing.assert_frame_equal(crs_risk(pd.concat([table, more])).observed, crs_risk(table).observed)


def test_the_order_of_rows_changes_nothing():
    table = severe_at([1, 3, 8], people=10)
    one, other = crs_risk(table), crs_risk(table.sample(frac=1, random_state=1))
    pd.testing.assert_frame_equal(one.observed, other.observed)
    pd.testing.assert_frame_equal(one.curve, other.curve)


def test_nobody_gives_empty_tables():
    risk = crs_risk(rescued()[:0])
    assert [len(t) for t in (risk.curve, risk.observed, risk.slope)] == [0, 0, 0]
    alone = crs_risk(severe_at([4, 10], doses=(1e8, 1e9))[:0])
    assert len(alone.observed) == 0 and alone.slope.reason.item() == "no event in 0 patients"


@pytest.mark.parametrize(("choice", "words"), [
    ({"along": "dosis"}, "crs_risk: along: 'dosis' is none of dose, patient, status, crs_grade, burden, lymphodepletion"),
    ({"by": "rescu"}, "crs_risk: by: 'rescu' is none of"),
    ({"grade": 5, "bins": 0}, "grade: 5; CRS has the grades 1, 2, 3 and 4\ncrs_risk: bins: 0; must be a whole number of at"),
    ({"points": 1}, "crs_risk: points: 1; must be a whole number of at least 2"),
])  # fmt: skip
def test_a_wrong_question_is_refused_with_every_fault(choice, words):
    with pytest.raises(ParameterError) as told:
        crs_risk(severe_at([1, 3, 8]), **choice)
    assert words in str(told.value)


def treated(responses, severe, people=20, doses=DOSES):
    table = severe_at(severe, people, doses)
    table["best_response"] = ["PR" if n < many else "SD" for many in responses for n in range(people)]
    return table


def test_a_level_that_another_beats_is_off_the_frontier():
    # the third dose has the response of the second and more CRS; the first has the least CRS
    found = benefit_risk(treated([4, 8, 8, 10], [1, 3, 6, 9], doses=(1e7, 1e8, 1e9, 1e10)))
    assert found.frontier.tolist() == [True, True, False, True]
    assert found.benefit.tolist() == [0.2, 0.4, 0.4, 0.5] and found.risk.tolist() == [0.05, 0.15, 0.3, 0.45]


def test_equal_levels_are_both_on_the_frontier():
    assert benefit_risk(treated([4, 4], [2, 2], doses=(1e7, 1e8))).frontier.tolist() == [True, True]


def test_both_rates_of_benefit_and_risk_have_wilsons_interval():
    line = benefit_risk(treated([8], [8], people=10, doses=(1e8,))).iloc[0]
    for which in ("benefit", "risk"):
        assert [line[f"{which}_lower"], line[f"{which}_upper"]] == pytest.approx([0.4902, 0.9433], abs=1e-4)


def test_any_rate_of_the_summary_can_be_benefit_or_risk():
    found = benefit_risk(treated([4, 8, 10], [1, 3, 9]), benefit="disease_control", risk="crs_any")
    assert found.benefit.tolist() == [1, 1, 1] and found.risk.tolist() == [1, 1, 1]
    assert found.attrs["risk"] == "CRS, any grade"


def test_drawn_anew_a_clear_frontier_stays_and_a_chance_one_does_not():
    # the first dose is far better than the third; the second beats the first by one patient only
    table = treated([100, 101, 40], [20, 20, 120], people=200)
    found = benefit_risk(table, resamples=400, seed=1)
    assert found.frontier.tolist() == [False, True, False]
    first, second, third = found.frontier_share
    assert 0.0 < first < second <= 1.0
    assert third == 0.0
    again = benefit_risk(table, resamples=400, seed=1)
    pd.testing.assert_frame_equal(found, again)


def test_the_share_on_the_frontier_is_unknown_without_resamples():
    assert benefit_risk(treated([4, 8, 10], [1, 3, 9])).frontier_share.isna().all()


def test_each_arm_has_its_own_frontier():
    alone, saved = treated([4, 8, 8], [1, 3, 6]), treated([4, 8, 9], [1, 1, 2])
    table = pd.concat([alone.assign(rescue="none"), saved.assign(rescue="standard")])
    table = table[["rescue", "dose", "patient", "status", "crs_grade", "best_response"]]
    found = benefit_risk(table)
    assert found.frontier.tolist() == [True, True, False, False, True, True]
    assert benefit_risk(table, along="rescue", by="dose").frontier.tolist() == [True, True, False, True, False, True]


def test_a_level_nobody_finished_is_on_no_frontier():
    table = treated([4, 8], [1, 3], doses=(1e7, 1e8))
    table.loc[table.dose == 1e8, "crs_grade"] = np.nan
    found = benefit_risk(table, resamples=10)
    assert found.frontier.tolist() == [True, False]
    assert found.frontier_share.tolist() == [1.0, 0.0]


@pytest.mark.parametrize(("choice", "words"), [
    ({"benefit": "objectiv_response"}, "benefit_risk: 'objectiv_response' is none of objective_response"),
    ({"risk": "tmax"}, "benefit_risk: 'tmax' is none of"),
    ({"risk": "tian_any"}, "benefit_risk: the table has no tian_grade"),
    ({"along": "dos"}, "benefit_risk: along: 'dos' is none of dose"),
])  # fmt: skip
def test_a_wrong_comparison_is_refused(choice, words):
    with pytest.raises(ParameterError) as told:
        benefit_risk(treated([4], [1], doses=(1e8,)), **choice)
    assert words in str(told.value)
