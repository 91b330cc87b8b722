"""Kaplan-Meier and Cox against the leukaemia data that textbooks print (freireich1963), and cases worked by hand."""

import numpy as np
import pandas as pd
import pytest

from simsolid.errors import ParameterError
from simsolid.survival import hazard_ratio, kaplan_meier, landmark, median_survival, numbers_at_risk

# freireich1963: weeks in remission; + is still in remission
PLACEBO = "1 1 2 2 3 4 4 5 5 8 8 8 8 11 11 12 12 15 17 22 23"
TREATED = "6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+"


def arm(name, times, first=0, **more):
    words = times.split()
    rows = pd.DataFrame({"arm": name, "patient": range(first, first + len(words)), "status": 0})
    died = pd.array([word[-1] != "+" for word in words], "boolean")
    return rows.assign(os_day=[float(word.strip("+")) for word in words], died=died, **more)


@pytest.fixture(scope="module")
def leukaemia():
    return pd.concat([arm("placebo", PLACEBO), arm("6-MP", TREATED, 21)], ignore_index=True)


def test_the_curve_and_its_log_log_band_are_the_textbooks(leukaemia):
    # the table of this arm that Stata's manual prints: survivor function and its 95 % interval
    printed = {6: (0.8571, 0.6197, 0.9516), 7: (0.8067, 0.5631, 0.9228), 10: (0.7529, 0.5032, 0.8894),
               13: (0.6902, 0.4316, 0.8491), 16: (0.6275, 0.3675, 0.8049), 22: (0.5378, 0.2678, 0.7468),
               23: (0.4482, 0.1881, 0.6801)}  # fmt: skip
    curve = kaplan_meier(leukaemia).query("arm == '6-MP' and events > 0").set_index("day")
    assert curve.index.tolist() == list(printed)
    for day, ends in printed.items():
        assert curve.loc[day, ["survival", "lower", "upper"]].tolist() == pytest.approx(ends, abs=5e-5)


def test_at_risk_events_and_censored_account_for_every_patient(leukaemia):
    for _, curve in kaplan_meier(leukaemia).groupby("arm"):
        left = curve.at_risk - curve.events - curve.censored
        assert left.iloc[:-1].tolist() == curve.at_risk.iloc[1:].tolist()
        assert left.iloc[-1] == 0


def test_the_medians_are_the_textbooks(leukaemia):
    found = median_survival(leukaemia).set_index("arm")
    assert found.value.to_dict() == {"placebo": 8.0, "6-MP": 23.0}
    assert (found.lower["6-MP"], found.n["6-MP"], found.events["6-MP"]) == (13.0, 21, 9)
    assert np.isnan(found.upper["6-MP"])


@pytest.mark.parametrize(("ties", "coefficient", "error"), [("efron", 1.5721, 0.4124), ("breslow", 1.5092, 0.4096)])
def test_coxs_ratio_is_the_textbooks(leukaemia, ties, coefficient, error):
    line = hazard_ratio(leukaemia, axis="arm", reference="6-MP", ties=ties).iloc[0]
    assert np.log(line.value) == pytest.approx(coefficient, abs=5e-5)
    assert np.log(line.upper / line.lower) / (2 * 1.959964) == pytest.approx(error, abs=5e-5)
    assert (line.n, line.events, line.paired, line.reason) == (42, 30, False, "")


def test_swapping_the_reference_inverts_the_ratio(leukaemia):
    there, back = (hazard_ratio(leukaemia, axis="arm", reference=r).iloc[0] for r in ("placebo", "6-MP"))
    assert (there.value, there.lower, there.upper) == pytest.approx((1 / back.value, 1 / back.upper, 1 / back.lower))
    assert there.p == pytest.approx(back.p)


def test_days_or_weeks_give_the_same_ratio(leukaemia):
    days = leukaemia.assign(os_day=7 * leukaemia.os_day)
    assert hazard_ratio(days, axis="arm").value[0] == pytest.approx(hazard_ratio(leukaemia, axis="arm").value[0])


def test_numbers_at_risk_count_those_whose_time_reaches_the_day(leukaemia):
    found = numbers_at_risk(leukaemia, "os_day", [0, 6, 10, 23, 36])
    assert found[found.arm == "6-MP"].at_risk.tolist() == [21, 21, 15, 6, 0]
    assert found[found.arm == "placebo"].at_risk.tolist() == [21, 12, 8, 1, 0]


def test_a_landmark_is_the_step_of_the_curve_that_holds_then(leukaemia):
    found = landmark(leukaemia, days=[9.9, 10, 36]).set_index(["arm", "day"])
    assert found.value["6-MP"].iloc[:2].tolist() == pytest.approx([0.8067, 0.7529], abs=5e-5)
    assert found.loc[("6-MP", 10.0), ["lower", "upper"]].tolist() == pytest.approx([0.5032, 0.8894], abs=5e-5)
    assert np.isnan(found.value["6-MP", 36.0])  # nobody was followed so long
    assert found.value["placebo", 36.0] == 0.0  # but here nobody is left
    assert found.at_risk.tolist() == [8, 8, 0, 16 - 1, 15, 0]


OWN = [("os_day", "died"), ("pfs_day", "pfs_event"), ("response_duration", "response_ended")]


@pytest.mark.parametrize(("time", "event"), OWN)
def test_each_time_is_read_with_its_own_event(leukaemia, time, event):
    table = leukaemia.rename(columns={"os_day": time, "died": event})
    pd.testing.assert_frame_equal(kaplan_meier(table, time), kaplan_meier(leukaemia))


def test_failed_patients_and_missing_times_are_left_out(leukaemia):
    died = pd.array([True, None, None], "boolean")
    more = arm("6-MP", "1 1 1", 50).assign(status=[2, 2, 0], os_day=[1, np.nan, np.nan], died=died)
    pd.testing.assert_frame_equal(kaplan_meier(pd.concat([leukaemia, more])), kaplan_meier(leukaemia))


def test_who_died_before_the_infusion_was_never_at_risk_from_it(leukaemia):
    before = arm("6-MP", "1 1", 50).assign(os_day=-1.5)
    pd.testing.assert_frame_equal(kaplan_meier(pd.concat([leukaemia, before])), kaplan_meier(leukaemia))


def test_an_event_on_day_0_is_in_the_curve():
    assert kaplan_meier(arm("a", "0 5"))[["day", "survival"]].values.tolist() == [[0, 0.5], [5, 0]]


def test_an_arm_without_an_event_has_a_curve_without_a_band_and_no_ratio(leukaemia):
    alive = arm("alive", "10+ 20+ 30+", 60)
    table = pd.concat([leukaemia[leukaemia.arm == "placebo"], alive])
    curve = kaplan_meier(alive)
    assert (curve.survival == 1).all() and curve[["lower", "upper"]].isna().all(axis=None)
    line = hazard_ratio(table, axis="arm").iloc[0]
    assert np.isnan([line.value, line.lower, line.upper, line.p]).all()
    assert line.reason == "events: 0 in the arm, 21 in the reference; the ratio has no limit"


def test_arms_whose_events_never_overlap_have_no_ratio():
    line = hazard_ratio(pd.concat([arm("a", "1 2 3 4 5"), arm("b", "6 7 8 9 10", 5)]), axis="arm").iloc[0]
    assert np.isnan(line.value)
    assert "no limit" in line.reason


def trial(rng, people, effect, shared):
    """Two arms with exponential times; ``shared`` is how much of the fate is the patient's own."""
    fate = rng.normal(size=people)
    arms = []
    for name, log_hazard in (("control", 0.0), ("cart", effect)):
        # the same person's frailty in both arms, so that the arms depend on each other through the patient
        own = np.sqrt(shared) * fate + np.sqrt(1 - shared) * rng.normal(size=people)
        from scipy.stats import norm

        day = -norm.logsf(own) / np.exp(log_hazard)
        arms.append(pd.DataFrame({"arm": name, "patient": range(people), "os_day": np.minimum(day, 2), "died": day < 2}))
    return pd.concat(arms)


def test_the_interval_covers_the_true_ratio_when_the_same_patients_are_in_both_arms():
    rng, effect = np.random.default_rng(2), np.log(0.6)
    lines = pd.concat([hazard_ratio(trial(rng, 80, effect, 0.7), axis="arm") for _ in range(150)])
    assert lines.paired.all()
    covered = ((lines.lower <= 0.6) & (lines.upper >= 0.6)).mean()
    assert 0.89 <= covered <= 0.99  # 95 % of 150, give or take three standard errors


def test_pairing_counts_for_something():
    table = trial(np.random.default_rng(3), 80, np.log(0.6), 0.7)
    apart = table.assign(patient=range(len(table)))
    one, other = (np.log(t.upper / t.lower)[0] for t in (hazard_ratio(table, axis="arm"), hazard_ratio(apart, axis="arm")))
    assert one < 0.8 * other


def test_other_arm_axes_stay_apart(leukaemia):
    two = pd.concat([leukaemia.assign(dose=d) for d in (1e7, 1e8)])
    two = two[["arm", "dose", "patient", "status", "os_day", "died"]]
    found = hazard_ratio(two, axis="arm")
    assert found.dose.tolist() == [1e7, 1e8]
    assert found.value.tolist() == pytest.approx([0.2076] * 2, abs=5e-5)
    assert median_survival(two, by="arm").n.tolist() == [42, 42]


def test_the_order_of_rows_changes_nothing(leukaemia):
    mixed = leukaemia.sample(frac=1, random_state=1)
    first, second = (kaplan_meier(t).sort_values(["arm", "day"], ignore_index=True) for t in (leukaemia, mixed))
    pd.testing.assert_frame_equal(first, second)


def test_nobody_gives_empty_tables(leukaemia):
    nobody = leukaemia[:0]
    for found in (kaplan_meier(nobody), median_survival(nobody), landmark(nobody), hazard_ratio(nobody, axis="arm")):
        assert len(found) == 0
    assert "arm" in kaplan_meier(nobody)


@pytest.mark.parametrize(("ask", "words"), [
    (lambda t: kaplan_meier(t, "os_days"), "time: 'os_days' unknown; did you mean 'os_day'?; there are os_day, pfs_day"),
    (lambda t: kaplan_meier(t, "pfs_day"), "pfs_day: the table has no pfs_day and no pfs_event"),
    (lambda t: kaplan_meier(t, by="amr"), "kaplan_meier: by: 'amr' is none of arm, patient"),
    (lambda t: hazard_ratio(t, axis="rm"), "hazard_ratio: axis: 'rm' is none of arm; did you mean 'arm'?"),
    (lambda t: hazard_ratio(t, axis="arm", reference="6MP"), "hazard_ratio: reference: '6MP' is none of placebo, 6-MP"),
    (lambda t: hazard_ratio(t, axis="arm", ties="exact"), "hazard_ratio: ties: 'exact' is none of efron, breslow"),
    (lambda t: landmark(t, days=[-1, 30]), "landmark: days: -1; count days from 0"),
    (lambda t: kaplan_meier(t.assign(os_day=-1.0)), "os_day: 12 rows cannot be counted, first patient 24 with day -1.0"),
    (lambda t: kaplan_meier(t.assign(died=None)), "os_day: 42 rows cannot be counted, first patient 0 with day 1.0"),
])  # fmt: skip
def test_a_wrong_question_is_refused(leukaemia, ask, words):
    with pytest.raises(ParameterError) as told:
        ask(leukaemia)
    assert words in str(told.value)


def test_a_table_of_one_arm_has_nothing_to_compare(leukaemia):
    with pytest.raises(ParameterError, match="hazard_ratio: axis: no 'arm' here, nor anything else to choose from"):
        hazard_ratio(leukaemia.drop(columns="arm"), axis="arm")
