"""The truth beside every call, and what is counted of it, against courses worked by hand."""

import numpy as np
import pandas as pd
import pytest

import simsolid as sim
from simsolid import rows as rows_module
from simsolid.errors import ParameterError
from simsolid.intervals import wilson
from simsolid.observe import observe
from simsolid.pseudo import calls, cost_of_stopping, rates, schedule_effect, tell_tale
from tests import runs

NONE = {0: 0.0}


def seen_of(apparent, alive, **kw):
    return observe(runs.labelled_run([[a, NONE] for a in apparent], viable=[[v, NONE] for v in alive], **kw), noise=False)


# what is seen, what is alive, and the verdict on the scans of days 28, 70, 112 and 154
COURSES = [
    ("pseudo", runs.SWELLING, runs.SHRINKING, ["pseudo-progression", "", "", ""]),
    ("swelling that stays", {0: 40.0, 28: 52.0}, runs.SHRINKING, ["false progression"] * 4),
    ("growth", runs.GROWING, runs.GROWING, ["true progression"] * 4),
    ("response", runs.SHRINKING, runs.SHRINKING, ["", *["true response"] * 3]),
    ("growth hidden by a shrinking image", {0: 40.0, 70: 25.0}, runs.GROWING, ["missed progression"] * 4),
    ("growth hidden by a steady image", {0: 40.0}, runs.GROWING, ["missed progression"] * 4),
    ("a smaller image of as much tumour", {0: 40.0, 28: 25.0}, {0: 40.0}, ["false response"] * 4),
    ("growth that was called once is missed no more", {**runs.SWELLING, 70: 44.0, 112: 40.0}, runs.GROWING,
     ["true progression", "", "", ""]),
    ("growth by less than 5 mm is none", {0: 15.0}, {0: 15.0, 28: 19.0}, [""] * 4),
    ("nothing", {0: 40.0}, {0: 40.0}, [""] * 4),
]  # fmt: skip


@pytest.mark.parametrize(("apparent", "alive", "expected"), [c[1:] for c in COURSES], ids=[c[0] for c in COURSES])
def test_every_call_is_judged_by_the_truth(apparent, alive, expected):
    table = calls(seen_of([apparent], [alive]))
    assert table.day.tolist() == [-7.0, 28.0, 70.0, 112.0, 154.0]
    assert table.verdict.tolist() == ["", *expected]


def test_changes_are_counted_from_the_baseline_scan_and_rises_from_the_smallest_sum():
    table = calls(seen_of([{0: 40.0, 28: 20.0, 70: 30.0}], [{0: 40.0, 28: 10.0, 70: 20.0}])).set_index("day")
    assert table.seen_change.round(6).tolist() == [0.0, -50.0, -25.0, -25.0, -25.0]
    assert table.true_change[28.0] == pytest.approx(100 * (0.25**3 - 1))
    assert table.apparent_change[28.0] == pytest.approx(100 * (0.5**3 - 1))
    assert table.seen_rise[70.0] == pytest.approx(50.0)
    assert table.true_rise[70.0] == pytest.approx(100 * (2**3 - 1))


def test_the_reference_of_the_truth_is_the_infusion_when_the_smallest_sum_is_the_baseline():
    table = calls(seen_of([{0: 40.0}], [{-7: 30.0, 0: 40.0, 28: 36.0}])).set_index("day")
    assert table.true_change[28.0] == pytest.approx(100 * (1.2**3 - 1))
    assert table.true_rise[28.0] == pytest.approx(100 * (0.9**3 - 1))


def test_attenuation_decline_and_fever_stand_beside_the_call():
    run = runs.labelled_run([[runs.GROWING, {0: 40.0}, NONE]], fever=3.0)
    run["attenuation"] = run.attenuation.where((run.time < 10) | (run.lesion > 0), 60.0)
    run["temperature"] = run.temperature.where(run.time < 70, 39.0)
    table = calls(observe(run, noise=False, decline_fold=1.5)).set_index("day")
    # two target lesions, one of which falls from 80 to 60 HU
    assert table.attenuation_change.round(6).tolist() == [0.0, -12.5, -12.5, -12.5, -12.5]
    assert table.decline.tolist() == [False, False, True, True, True]
    assert table.fever.tolist() == [False, False, True, True, True]


def test_signs_that_the_run_does_not_tell_are_unknown():
    run = runs.labelled_run([runs.steady(40.0)]).drop_vars(["attenuation", "temperature"])
    table = calls(observe(run))
    assert table[["attenuation_change", "decline", "fever"]].isna().all(axis=None)


def test_the_dead_and_the_failed_have_no_scans():
    run = runs.cohort(4, failed=(2,)).assign(death_day=("patient", [80.0, np.nan, np.nan, np.nan]))
    table = calls(observe(run))
    assert table.groupby("patient").size().to_dict() == {0: 6, 1: 10, 3: 10}


def test_calls_are_ordered_by_arm_patient_and_scan_and_blocks_do_not_change_them(monkeypatch):
    seen = observe(runs.cohort(23))
    whole = calls(seen)
    monkeypatch.setattr(rows_module, "ROWS_AT_ONCE", 7)
    pd.testing.assert_frame_equal(calls(seen), whole)
    assert list(whole.columns[:4]) == ["route", "patient", "scan", "day"]
    assert whole.attrs["arms"] == ["route"]
    order = whole.assign(route=whole.route.map({r: i for i, r in enumerate(seen.route.values)}))
    assert order[["route", "patient", "scan"]].apply(tuple, axis=1).is_monotonic_increasing


def crowd():
    """Ten patients: 3 pseudo, 1 false, 4 true, 2 missed."""
    apparent = [runs.SWELLING] * 3 + [{0: 40.0, 28: 52.0}] + [runs.GROWING] * 4 + [{0: 40.0}] * 2
    return apparent, [runs.SHRINKING] * 4 + [runs.GROWING] * 6


COUNTS = {
    "progression_called": (8, 10), "true_progression": (4, 10), "false_progression": (4, 10), "pseudo_progression": (3, 10),
    "mistaken_pseudo": (0, 10), "missed_progression": (2, 10), "pseudo_share": (3, 8), "false_share": (4, 8),
    "missed_share": (2, 6),
}  # fmt: skip


def test_rates_are_counts_with_the_interval_of_wilson():
    found = rates(seen_of(*crowd())).set_index("measure")
    assert {name: tuple(found.loc[name, ["events", "n"]]) for name in found.index} == COUNTS
    for name, (events, n) in COUNTS.items():
        assert found.loc[name, ["value", "lower", "upper"]].tolist() == pytest.approx([events / n, *wilson(events, n)])


def test_a_run_is_observed_before_it_is_counted_and_arms_stay_apart():
    run = runs.cohort(12)
    pd.testing.assert_frame_equal(rates(run), rates(observe(run)))
    assert set(rates(run).route) == set(run.route.values)
    assert rates(run, by=[]).n.max() == 24


def test_rates_agree_with_the_table_of_patients():
    seen = observe(runs.cohort(60, seed=3))
    table, found = sim.assess(seen), rates(seen, by=[]).set_index("measure").events
    for name in ("true_progression", "false_progression", "pseudo_progression", "mistaken_pseudo", "missed_progression"):
        assert found[name] == table[name].sum(), name


def test_a_failed_patient_is_not_counted():
    assert rates(observe(runs.cohort(5, failed=(1, 2))), by="route").n.tolist()[:6] == [3] * 6


def test_a_later_first_scan_passes_over_the_swelling():
    apparent, alive = crowd()
    run = runs.labelled_run([[a, NONE] for a in apparent], viable=[[v, NONE] for v in alive])
    found = schedule_effect(run, first_scan=(28, 70), criteria=("recist", "irecist"), noise=(False,))
    pseudo = found[found.measure == "pseudo_progression"].set_index(["first_scan", "criteria"]).events
    assert pseudo.to_dict() == {(28.0, "recist"): 3, (28.0, "irecist"): 0, (70.0, "recist"): 0, (70.0, "irecist"): 0}


def test_a_noisier_reader_calls_more_progression_that_is_none():
    run = runs.labelled_run([runs.steady(40.0)] * 300)
    found = schedule_effect(run, first_scan=[28], noise=(False, 0.05, 0.15, True))
    called = found[found.measure == "progression_called"].set_index("noise").value
    assert called[False] == 0.0 < called[True] < called[0.15]
    assert called[0.05] < called[True]


def test_reading_again_the_usual_way_gives_the_usual_rates():
    run = runs.cohort(20)
    again = schedule_effect(run, first_scan=[28], noise=[True]).drop(columns=["first_scan", "criteria", "noise"])
    pd.testing.assert_frame_equal(again, rates(run))


def test_nothing_to_choose_from_is_refused():
    with pytest.raises(ParameterError, match="at least one choice"):
        schedule_effect(runs.cohort(2), criteria=())


def bedside():
    """At the first progression: 3 pseudo (2 darker, 3 well), 4 true (1 darker, 1 well), and one more false."""
    words = ["pseudo-progression"] * 3 + ["true progression"] * 4 + ["false progression"]
    table = pd.DataFrame({"patient": np.arange(8), "scan": 1, "call": "PD", "verdict": words})
    table["attenuation_change"] = [-15.0, -40.0, -14.9, -20.0, 0.0, 5.0, np.nan, -30.0]
    return table.assign(decline=[False, False, False, True, True, False, True, True])


def test_signs_are_counted_by_sensitivity_and_specificity():
    found = tell_tale(bedside()).set_index(["sign", "measure"])
    told = {
        ("attenuation", "sensitivity"): (2, 3), ("attenuation", "specificity"): (2, 3), ("no decline", "sensitivity"): (3, 3),
        ("no decline", "specificity"): (3, 4), ("both", "sensitivity"): (2, 3), ("both", "specificity"): (4, 4),
    }  # fmt: skip
    assert {key: tuple(found.loc[key, ["events", "n"]]) for key in found.index} == told
    for key, (events, n) in told.items():
        assert found.loc[key, ["value", "lower", "upper"]].tolist() == pytest.approx([events / n, *wilson(events, n)])


def test_all_false_calls_may_be_sought():
    found = tell_tale(bedside(), taken_back=False).set_index(["sign", "measure"])
    assert tuple(found.loc[("attenuation", "sensitivity"), ["events", "n"]]) == (3, 4)


def test_only_the_first_progression_of_a_patient_in_an_arm_is_asked():
    table = bedside()
    later = table.assign(scan=2, verdict="true progression", attenuation_change=-99.0)
    before = table.assign(scan=0, call="SD", verdict="", attenuation_change=-99.0)
    pd.testing.assert_frame_equal(tell_tale(pd.concat([before, table, later])), tell_tale(table))


def test_a_sign_nobody_knows_is_judged_on_nobody():
    found = tell_tale(bedside().assign(decline=pd.NA)).set_index(["sign", "measure"])
    assert found.loc[("no decline", "specificity"), "n"] == 0
    assert np.isnan(found.loc[("no decline", "specificity"), "value"])


def test_signs_are_asked_of_what_was_seen():
    run = runs.labelled_run([[a, NONE] for a in crowd()[0]], viable=[[v, NONE] for v in crowd()[1]])
    dark = (run.time >= 10) & (run.patient < 2)
    run["attenuation"] = run.attenuation.where(~dark, 50.0)
    found = tell_tale(calls(observe(run, noise=False, decline_fold=1.2))).set_index(["sign", "measure"])
    assert tuple(found.loc[("attenuation", "sensitivity"), ["events", "n"]]) == (2, 3)
    assert tuple(found.loc[("no decline", "specificity"), ["events", "n"]]) == (4, 4)


def arms_after_progression():
    """Six patients: 2 pseudo and 2 true progressions, 2 without; stopping costs both pseudo their response."""
    wait = {
        "progressed": [True] * 4 + [False] * 2, "pseudo_progression": [True] * 2 + [False] * 4,
        "false_progression": [True] * 2 + [False] * 4, "true_progression": [False] * 2 + [True] * 2 + [False] * 2,
        "viable_change_best": [-90.0, -70.0, 0.0, -10.0, -99.0, 0.0], "viable_change_last": [-90.0, 10.0, 90.0, 80.0, 0.0, 0.0],
        "os_day": [360.0, 300.0, 200.0, 100.0, 360.0, 50.0],
    }  # fmt: skip
    stop = wait | {
        "viable_change_best": [-60.0, -50.0, 0.0, -10.0, -99.0, 0.0], "viable_change_last": [0.0, 50.0, 90.0, 80.0, 0.0, 0.0],
        "os_day": [300.0, 260.0, 220.0, 100.0, 360.0, 50.0], "pseudo_progression": [False] * 6,
    }  # fmt: skip
    retreat = wait | {"viable_change_best": [-90.0, -70.0, -70.0, -10.0, -99.0, 0.0]}
    frames = [pd.DataFrame({"after_progression": name, "patient": np.arange(6), "status": 0} | arm)
              for name, arm in {"wait": wait, "stop": stop, "retreat": retreat}.items()]  # fmt: skip
    return pd.concat(frames, ignore_index=True)


def test_the_cost_of_stopping_is_counted_within_patients():
    cost = cost_of_stopping(arms_after_progression()).set_index(["after_progression", "group", "measure"])
    assert cost.loc[("stop", "pseudo-progression", "share"), ["value", "n"]].tolist() == [0.5, 4]
    assert cost.loc[("stop", "pseudo-progression", "share"), ["lower", "upper"]].tolist() == pytest.approx(wilson(2, 4))
    assert cost.loc[("stop", "pseudo-progression", "response_lost"), ["value", "n"]].tolist() == [1.0, 2]
    assert cost.loc[("stop", "all", "response_lost"), ["value", "n"]].tolist() == [0.5, 4]
    assert cost.loc[("stop", "all", "viable_change_last"), "value"] == pytest.approx(np.median([90, 40, 0, 0]))
    step = np.array([-60.0, -40.0, 20.0, 0.0])
    assert cost.loc[("stop", "all", "os_day"), "value"] == step.mean()
    half = 3.182446 * step.std(ddof=1) / 2  # the t value of 3 degrees of freedom
    assert cost.loc[("stop", "all", "os_day"), "upper"] == pytest.approx(step.mean() + half)
    assert cost.loc[("retreat", "all", "response_gained"), "value"] == 0.25
    assert cost.loc[("retreat", "all", "response_lost"), "value"] == 0.0


def test_a_patient_that_failed_in_one_arm_is_not_compared():
    table = arms_after_progression()
    table.loc[(table.patient == 0) & (table.after_progression == "stop"), "status"] = 2
    cost = cost_of_stopping(table).set_index(["after_progression", "group", "measure"])
    assert cost.loc[("stop", "all", "share"), "n"] == 3
    assert cost.loc[("retreat", "all", "share"), "n"] == 4


def test_an_unknown_reference_is_named():
    with pytest.raises(ParameterError, match="did you mean 'wait'"):
        cost_of_stopping(arms_after_progression(), reference="waits")


def test_oedema_and_infiltrate_move_what_is_seen_and_not_what_is_alive():
    people = sim.vary(sim.draw(sim.load("gastric"), 4, 7), oedema_gain=[0.0, 4.0])
    run = sim.simulate(people, sim.Regimen.single(3.75e8), days=35, observables=["apparent_volume", "viable_volume"])
    table = calls(observe(run, noise=False)).query("day == 28")
    less, more = (part.set_index("patient") for _, part in table.groupby("oedema_gain"))
    assert (more.apparent_change > less.apparent_change).all()
    np.testing.assert_allclose(more.true_change, less.true_change, rtol=1e-3)
    assert set(schedule_effect(run, first_scan=[28], noise=[False]).oedema_gain) == {0.0, 4.0}


def test_a_table_of_calls_is_no_observation():
    with pytest.raises(ParameterError, match="DataFrame is no run"):
        rates(calls(observe(runs.cohort(2))))


def test_missing_columns_are_told_once_beside_what_there_is():
    table = sim.assess(observe(runs.cohort(2)))
    with pytest.raises(ParameterError) as told:
        tell_tale(table)
    assert all(f"'{name}' is none of" in str(told.value) for name in ("call", "verdict", "attenuation_change", "decline"))
    assert str(told.value).count("best_change,") == 1
