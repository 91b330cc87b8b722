"""The wait against the untreated run it stands for, losses against their rates, and tables put together by hand."""

import numpy as np
import pandas as pd
import pytest

import simsolid as sim
from simsolid.attrition import DIED, FAILED, LEFT, flow, intention_to_treat, wait

NO_LOSS = {"dropout_rate": 0.0, "failure_fraction": 0.0}


@pytest.fixture(scope="module")
def people():
    return sim.draw(sim.load("gastric"), 30, seed=7)


@pytest.fixture(scope="module")
def waited(people):
    return wait(people, **NO_LOSS)


@pytest.fixture(scope="module")
def untreated(people):
    """What happens to the same people from enrolment on without anything."""
    return sim.simulate(people, sim.Regimen.none(), days=150.0, begin=0.0, times=np.arange(151.0), observables=["viable_volume"],
                        progress=False)  # fmt: skip


def test_the_infused_come_with_the_tumour_an_untreated_run_has_a_week_before_infusion(people, waited, untreated):
    infused, table = waited
    for number, days, after in table.loc[table.infused, ["patient", "wait_days", "burden_after"]].to_numpy():
        course = untreated["viable_volume"].sel(patient=number, time=days - 7)
        sphere = np.pi / 6 * (infused["diameter_start"].sel(patient=number) / 10) ** 3
        np.testing.assert_allclose(sphere.values[:-1], course.values[:-1], rtol=1e-4)
        assert after == pytest.approx(course.sum().item(), rel=1e-4)


def test_left_untreated_the_infused_grow_and_die_as_if_they_had_not_been_taken_out(waited, untreated):
    infused, table = waited
    later = sim.simulate(infused, sim.Regimen.none(), days=100, observables=["viable_volume"], progress=False)
    days = table.set_index("patient").wait_days
    died = 0
    for number in sim.roster(infused).patients:
        begins = ((untreated, days[number]), (later, 0))
        one, other = (run["viable_volume"].sel(patient=number, time=day + 50) for run, day in begins)
        np.testing.assert_allclose(other.values[:-1], one.values[:-1], rtol=5e-3)
        expected = untreated["death_day"].sel(patient=number).item()
        if days[number] < expected < days[number] + 100:
            assert later["death_day"].sel(patient=number).item() + days[number] == pytest.approx(expected, abs=0.2)
            died += 1
    assert died >= 3


def test_who_dies_in_an_untreated_run_before_the_infusion_is_not_infused(waited, untreated):
    _, table = waited
    death = untreated["death_day"].values
    dead = death <= table.wait_days.to_numpy()
    assert dead.any()
    assert table.why_not.tolist() == [DIED if gone else "" for gone in dead]
    assert table.left_day[dead].to_numpy() == pytest.approx(death[dead], abs=0.05)
    assert table.left_day[~dead].isna().all()


def test_a_longer_wait_grows_more_tumour_and_loses_more(people):
    short, long = (wait(people, days=days, **NO_LOSS)[1] for days in (14, 60))
    assert (long.burden_after >= short.burden_after).all()
    assert set(short[short.why_not == DIED].patient) < set(long[long.why_not == DIED].patient)


def test_the_wait_is_the_time_drawn_for_each_patient_in_whole_days(people, waited):
    days = waited[1].wait_days
    np.testing.assert_array_equal(days, np.ceil(people["manufacturing_time"].values))
    assert days.nunique() > 5
    assert wait(people, days=20.2, **NO_LOSS)[1].wait_days.unique().tolist() == [21.0]


def test_a_patient_waits_alike_alone_and_in_a_crowd(people):
    crowd = wait(people)[1]
    few = wait(sim.draw(sim.load("gastric"), [3, 17], seed=7))[1]
    same = crowd[crowd.patient.isin([3, 17])].reset_index(drop=True)
    pd.testing.assert_frame_equal(few, same, rtol=1e-4)


def test_products_fail_and_patients_leave_as_often_as_they_should(monkeypatch):
    # the run of natural history is left out: 4,000 people who neither die nor grow
    import xarray as xr

    import simsolid.attrition as module

    people = sim.draw(sim.load("gastric"), 4000, seed=7)
    who = np.arange(4000)
    still = xr.Dataset(
        {"viable_volume": (("patient", "lesion", "time"), np.ones((4000, 6, 3))), "death_day": ("patient", np.full(4000, np.nan)),
         "survival_margin": (("patient", "time"), np.ones((4000, 3))), "status": ("patient", np.zeros(4000, dtype=int))},
        {"patient": who, "time": [0.0, 30.0, 31.0]},
    )  # fmt: skip
    monkeypatch.setattr(module, "simulate", lambda *args, **more: still)
    monkeypatch.setattr(module, "BEGIN", 0.0)
    table = wait(people, days=30, dropout_rate=0.01, failure_fraction=0.1)[1]
    left, failed = (table.why_not == LEFT).mean(), (table.why_not == FAILED).mean()
    stay = np.exp(-0.3)
    # within three standard errors of the probabilities
    assert left == pytest.approx(1 - stay, abs=3 * np.sqrt(stay * (1 - stay) / 4000))
    assert failed == pytest.approx(0.1 * stay, abs=3 * np.sqrt(0.1 / 4000))
    assert (table.left_day[table.why_not == FAILED] == 30).all() and table.left_day[table.why_not == LEFT].max() <= 30


@pytest.mark.parametrize(("choice", "words"), [
    ({"days": -3}, "wait: days: -3; give one positive number of days, or one for each of the 30 patients"),
    ({"days": [20, 30]}, "or one for each of the 30 patients"),
    ({"dropout_rate": -1, "failure_fraction": 2}, "dropout_rate: -1; must be 0 or more\nwait: manufacturing_failure_fraction: 2"),
    ({"failure_fraction": 1.0}, "wait: nobody of 30 is infused: {'manufacture failed': "),
])  # fmt: skip
def test_an_impossible_wait_is_refused(people, choice, words):
    with pytest.raises(sim.ParameterError) as told:
        wait(people, **choice)
    assert words in str(told.value)


def test_people_that_differ_along_a_sweep_are_refused(people):
    with pytest.raises(sim.ParameterError, match="people differ along kill_rate; wait first, then"):
        wait(sim.vary(people, kill_rate=[1.0, 2.0]))


def test_a_sweep_of_the_plan_stays_with_the_infused(people):
    infused, _ = wait(sim.vary(sim.select(people, [0, 3]), dose=[1e7, 1e8]), **NO_LOSS)
    assert infused.design["dose"] == (1e7, 1e8)


def test_the_flow_counts_everybody_once():
    screened = pd.DataFrame({"eligible": [True] * 6 + [False] * 4, "why_not": [""] * 6 + ["too much tumour"] * 3 + ["a; b"]})
    waited = pd.DataFrame({"infused": [True] * 4 + [False] * 2, "why_not": [""] * 4 + [DIED, FAILED]})
    found = flow(screened, waited).set_index("stage").patients.to_dict()
    assert found == {"screened": 10, "too much tumour": 3, "a; b": 1, "enrolled": 6, DIED: 1, FAILED: 1, "infused": 4}


ATTRITION = pd.DataFrame({"patient": [0, 1, 2], "infused": [True, True, False], "wait_days": [20.0, 30.0, 40.0]})


def arm(patients, **columns):
    usual = {"status": 0, "died": True, "os_day": 100.0, "pfs_day": 50.0, "best_response": "PR", "response_duration": 10.0}
    return pd.DataFrame({"patient": patients, **(usual | columns)})


TREATED, CONTROL = arm([0, 1], crs_onset=4.0), arm([0, 1, 2], os_day=60.0, best_response="PD", crs_onset=np.nan)


def test_intention_to_treat_counts_everybody_from_enrolment():
    table = intention_to_treat(TREATED, CONTROL, ATTRITION)
    found = {name: rows.sort_values("patient") for name, rows in table.groupby("analysis")}
    assert found["intention-to-treat"].os_day.tolist() == [120, 130, 67]
    assert found["intention-to-treat"].best_response.tolist() == ["PR", "PR", "PD"]
    assert found["infused only"].os_day.tolist() == [120, 130]
    assert found["control"].os_day.tolist() == [67, 67, 67]
    assert found["control"].infused.tolist() == [True, True, False]
    assert set(table.response_duration) == {10.0}  # a duration has no beginning to be moved
    assert set(table.crs_onset.dropna()) == {4.0}  # and toxicity is counted from the infusion


def test_the_summary_reports_all_analyses_side_by_side():
    summary = sim.summarise(intention_to_treat(TREATED, CONTROL, ATTRITION)).set_index(["analysis", "measure"]).value
    rates = [summary[analysis, "objective_response"] for analysis in ("intention-to-treat", "infused only", "control")]
    assert rates == pytest.approx([2 / 3, 1, 0])


def test_the_control_stands_beside_every_arm():
    two = pd.concat([TREATED.assign(dose=d) for d in (1e7, 1e8)])
    table = intention_to_treat(two[["dose", *TREATED.columns]], CONTROL, ATTRITION)
    assert table.attrs["arms"] == ["analysis", "dose"] == list(table.columns[:2])
    assert table.groupby(["analysis", "dose"]).size().to_dict() == {
        (name, dose): 2 if name == "infused only" else 3 for name in table.analysis.unique() for dose in (1e7, 1e8)}  # fmt: skip
    ratios = sim.hazard_ratio(table, "os_day", axis="analysis", reference="control")
    assert len(ratios) == 4


def test_missing_patients_are_all_named():
    with pytest.raises(sim.ParameterError) as told:
        intention_to_treat(TREATED[:1], CONTROL[:2], ATTRITION)
    assert str(told.value).splitlines() == [
        "intention_to_treat: treated: no row for the infused 1", "intention_to_treat: control: no row for the enrolled 2"]


def test_a_control_with_several_arms_is_refused():
    with pytest.raises(sim.ParameterError, match="control: has several rows per patient"):
        intention_to_treat(TREATED, pd.concat([CONTROL, CONTROL]), ATTRITION)
