"""What was given: by plan and by rule, in the order it happened, and given again from the ledger alone."""

import numpy as np
import pandas as pd
import pytest

import simsolid as sim
from simsolid.errors import ParameterError
from simsolid.films import Call
from tests.people import DOSE, crowd, differing, one_lesion

SHOWN = ["cart_blood", "il6", "temperature", "crs_score", "viable_volume", "apparent_volume", "survival_margin"]
RESCUE = sim.Regimen.single(DOSE).with_rules("standard")
AGAIN = sim.Rule("1e8 cells intravenous", when="response is SD and worst_crs_grade < 3", after="1 day", name="second infusion")


def simulate(people, plan, days=40, **more):
    return sim.simulate(people, plan, days=days, progress=False, observables=more.pop("observables", SHOWN), **more)


@pytest.fixture(scope="module")
def people():
    return crowd(30)


@pytest.fixture(scope="module")
def rescued(people):
    return simulate(people, RESCUE)


def test_every_row_says_what_when_and_why(rescued):
    table = sim.ledger(rescued)
    planned, ruled = table[table["rule"] == "plan"], table[table["rule"] != "plan"]
    assert len(planned) == 60 and set(planned["step"]) == {"conditioning", "infusion"} and (planned["because"] == "").all()
    assert set(ruled["step"]) >= {"tocilizumab"} and (ruled["because"] != "").all() and ruled["value"].notna().all()
    assert table.groupby("patient")["day"].apply(lambda days: days.is_monotonic_increasing).all()


def test_rule_acts_where_the_solution_meets_its_condition(people, rescued):
    """At each first dose the fever has lasted three days or the grade is two: read from a run with those very days as output."""
    table = sim.ledger(rescued)
    first = table[table["step"] == "tocilizumab"].groupby("patient").first()
    moments = [first["day"] - 1e-6, first["day"] - 3.0 + 1e-6, first["day"] - 3.0 - 1e-6]
    days = np.unique(np.concatenate([np.arange(-7.0, 40.0, 0.25), *moments]))
    bare = simulate(people, sim.Regimen.single(DOSE), times=days)
    assert len(first) > 10
    for patient, row in first.iterrows():
        course = bare.sel(patient=patient)
        if row["quantity"] == "crs_grade":
            score = float(course.crs_score.sel(time=row["day"] - 1e-6, method="nearest"))
            assert score == pytest.approx(2.0, abs=1e-3)
        else:
            lasting = course.temperature.sel(time=slice(row["day"] - 3.0, row["day"] - 5e-7))
            before = course.temperature.sel(time=slice(None, row["day"] - 3.0)).values[-1]
            assert (lasting >= 38.0 - 1e-6).all() and before <= 38.0 + 1e-4


def test_doses_keep_their_distance_and_number(rescued):
    doses = sim.ledger(rescued).query("step == 'tocilizumab'").groupby("patient")["day"]
    assert doses.count().max() <= 2
    assert doses.apply(lambda days: np.diff(days).min() if len(days) > 1 else np.inf).min() >= 8 / 24 - 1e-8


def test_rescue_never_raises_the_grade_and_lowers_some(people, rescued):
    bare = simulate(people, sim.Regimen.single(DOSE))
    grades = [np.floor(run.crs_score.max("time").values) for run in (bare, rescued)]
    assert (grades[1] <= grades[0]).all() and (grades[1] < grades[0]).any()


def test_anti_cytokine_day_is_the_first_such_drug_of_the_patient(rescued):
    table = sim.ledger(rescued)
    drug = table[table["step"].isin(["tocilizumab", "dexamethasone"])].groupby("patient")["day"].min()
    found = rescued["anti_cytokine_day"].to_series().dropna()
    pd.testing.assert_series_equal(found, drug, check_names=False)


ACTING = [AGAIN, sim.Rule("80 % debulking", when="scan_growth >= 5 %"), sim.Rule("stop", when="response is PD")]


@pytest.mark.parametrize("rule", ACTING, ids=["infusion", "surgery", "stop"])
def test_replayed_ledger_reproduces_the_run(people, rule):
    plan = (RESCUE.repeated(2, every=35) if rule.name != "second infusion" else RESCUE).with_rules(rule)
    run = simulate(people, plan, days=70, rtol=1e-7)
    table = sim.ledger(run)
    assert (table["rule"] == rule.name).any()
    again = simulate(people, sim.Regimen.replay(table), days=70, rtol=1e-7, times=run["time"].values)
    for name in SHOWN:
        largest = float(np.nanmax(np.abs(run[name])))
        assert np.allclose(run[name], again[name], rtol=1e-5, atol=1e-7 * largest, equal_nan=True), name
    columns = ["patient", "day", "step", "amount", "unit", "detail", "hours"]
    pd.testing.assert_frame_equal(sim.ledger(again)[columns], table[columns])


def test_replay_of_a_plain_plan_is_the_plan_to_the_bit(people):
    plan = sim.Regimen.single(DOSE, hours=2).with_step(sim.Drug("tocilizumab", 8, day=6), sim.Surgery(0.5, day=-2))
    run = simulate(people, plan)
    again = simulate(people, sim.Regimen.replay(sim.ledger(run)))
    assert differing(run, again[list(run.data_vars)]) == []


def test_rule_decides_on_the_call_that_the_clinic_makes():
    people = sim.draw(one_lesion(sim.load("gastric"), counts={"2": 1.0}, new_lesions=True), patients=30, seed=3)
    run = sim.simulate(people, RESCUE.with_rules(AGAIN), days=120, progress=False)
    seen = sim.observe(run)
    worst = np.floor(run.crs_score.sel(time=slice(None, 28)).max("time"))
    stable = (seen.seen_call.isel(scan=1) == Call.SD) & (worst < 3)
    given = sim.ledger(run).query("rule == 'second infusion' and day == 29")["patient"]
    assert set(given) == set(run["patient"].values[stable.values]) and 3 < len(given) < 30


def test_what_a_scan_decides_comes_a_day_later_and_once(people):
    run = simulate(people, RESCUE.with_rules(AGAIN), days=80)
    given = sim.ledger(run).query("rule == 'second infusion'")
    assert set(given["day"]) <= {29.0, 71.0} and given["patient"].is_unique


def test_stop_keeps_later_cells_away(people):
    plan = sim.Regimen.single(DOSE).repeated(3, every=28).with_rules(sim.Rule("stop", when="day >= 40 day"))
    table = sim.ledger(simulate(people, plan, days=70))
    assert table.query("step == 'infusion'")["day"].max() == 28.0 and (table["step"] == "stop").sum() == 30


def test_nothing_is_given_after_death():
    people = sim.vary(crowd(30), death_threshold=1e-3)
    table = sim.ledger(run := simulate(people, RESCUE.repeated(3, every=20), days=60))
    death = run["death_day"].to_series()
    assert death.notna().any()
    last = table.groupby("patient")["day"].max()
    assert (last <= death.fillna(np.inf).reindex(last.index)).all()


def test_planned_step_of_the_same_moment_comes_before_the_rule(people):
    """On day 5 the plan gives tocilizumab; a rule of day 5 gives dexamethasone: the plan's row stands first."""
    plan = sim.Regimen.single(DOSE).with_step(sim.Drug("tocilizumab", 8, day=5))
    table = sim.ledger(simulate(people, plan.with_rules(sim.Rule("dexamethasone 10 mg", when="day >= 5 day")), days=6))
    at_five = table[table["day"] == 5.0]
    assert at_five.groupby("patient")["step"].apply(list).apply(lambda steps: steps == ["tocilizumab", "dexamethasone"]).all()
    assert len(at_five) == 60


def test_arms_have_their_own_rules_and_the_same_patients(people):
    arms = sim.vary(sim.Regimen.single(DOSE), rescue=["none", "standard"])
    run = simulate(people, arms)
    table = sim.ledger(run)
    assert set(table.loc[table["step"] == "tocilizumab", "rescue"]) == {"standard"}
    alone = simulate(people, RESCUE)
    assert np.array_equal(run.il6.sel(rescue="standard"), alone.il6)
    assert sim.ledger(run.sel(rescue="none"))["step"].isin(["conditioning", "infusion"]).all()


@pytest.mark.parametrize("patient", [0, 7, 21])
def test_patient_alone_is_given_the_same_at_the_same_bits(rescued, patient):
    alone = simulate(sim.draw(one_lesion(sim.load("gastric")), patients=[patient], seed=7), RESCUE)
    crowd_rows = sim.ledger(rescued).query("patient == @patient").reset_index(drop=True)
    pd.testing.assert_frame_equal(sim.ledger(alone), crowd_rows, check_exact=True)
    assert np.array_equal(alone.il6.values[0], rescued.il6.sel(patient=patient).values)


def test_act_between_output_days_does_not_depend_on_them(people, rescued):
    coarse = simulate(people, RESCUE, times=[40.0])
    pd.testing.assert_frame_equal(sim.ledger(coarse), sim.ledger(rescued), check_exact=True)


def test_replay_of_several_arms_is_refused(people):
    run = simulate(people, sim.vary(sim.Regimen.single(DOSE), dose=[1e8, 1e9]), days=1)
    with pytest.raises(ParameterError, match=r"several arms \(dose 100000000.0, 1000000000.0\); select one"):
        sim.Regimen.replay(sim.ledger(run))


def test_replay_of_a_broken_ledger_tells_all_faults():
    row = {"patient": [0, 0], "day": [np.nan, 2.0], "step": ["tocilizumab", "teleport"], "amount": [800.0, 1.0], "detail": "",
           "hours": 0.0}  # fmt: skip
    with pytest.raises(ParameterError) as caught:
        sim.Regimen.replay(pd.DataFrame(row))
    told = str(caught.value)
    assert "a day is missing" in told and "step 'teleport' unknown" in told and "must be a number from 0 to 20" in told


def test_run_without_a_ledger_is_refused(rescued):
    with pytest.raises(ParameterError, match="this run has none"):
        sim.ledger(rescued[["il6"]])


def test_steroid_is_given_daily_until_grade_1_and_no_longer(people):
    course = sim.Rule("dexamethasone 10 mg", when="crs_grade >= 3", until="crs_grade <= 1", apart="1 day", at_most=14)
    run = simulate(people, sim.Regimen.single(10 * DOSE).with_rules(course))
    days = sim.ledger(run).query("step == 'dexamethasone'").groupby("patient")["day"].apply(np.asarray)
    assert len(days) > 3 and any(len(given) > 2 for given in days)
    for patient, given in days.items():
        score = run.crs_score.sel(patient=patient)
        grade = np.floor(np.interp([*given, given[-1] + 1.0], run.time, score))
        assert np.allclose(np.diff(given), 1.0, atol=1e-9)
        assert (grade[1:-1] >= 2).all() and (grade[-1] <= 1 or len(given) == 14)


def test_every_kind_of_treatment_of_a_file_of_rules_is_given(tmp_path):
    file = tmp_path / "own.toml"
    give = {"switch": "safety switch", "il1": "anakinra 100 mg", "steroid": "dexamethasone 10 mg",
            "again": "1e8 cells intravenous", "il6": "tocilizumab 8 mg/kg", "cut": "80 % debulking",
            "third line": "chemotherapy 1 course", "end": "stop"}  # fmt: skip
    file.write_text("\n".join(f'[[rule]]\nname = "{name}"\ngive = "{what}"\nwhen = "day >= {12 + k} day"'
                              for k, (name, what) in enumerate(give.items())))  # fmt: skip
    people = sim.draw(one_lesion(sim.load("mesothelioma", "mesothelin", "m28z_icasp9")), patients=3, seed=7)
    people = sim.vary(people, death_threshold=1e6)
    run = simulate(people, sim.Regimen.single(1e8).with_rules(file), days=20, rtol=1e-4, times=[11.9, 12.1, 20.0])
    given = sim.ledger(run).query("rule != 'plan'")
    assert given.groupby("patient")["rule"].apply(list).tolist() == [list(give)] * 3
    assert np.allclose(given["day"], [12.0 + k for k in range(len(give))] * 3, rtol=0, atol=1e-6)
    left = float(1 - people["safety_switch_fraction"])
    assert np.allclose(run.cart_blood.sel(time=12.1) / run.cart_blood.sel(time=11.9), left, rtol=0.5)
