"""Validation: trials of the reported size, verdicts, what is said of misses, files and figure."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from scipy.stats import binom

import simsolid as sim
from simsolid.__main__ import main
from simsolid.plot import against
from simsolid.trials.design import FIT, HELD, Observed
from simsolid.trials.endpoints import ENDPOINTS
from simsolid.trials.files import trials
from simsolid.validation.discussion import discussion
from simsolid.validation.judge import FAIL, PASS, UNTESTED, Effort, informed_rows, judged, verdict
from simsolid.validation.posterior import draws_for
from simsolid.validation.run import Validation
from simsolid.validation.sampling import interval, patients_for, replicates, sizes_of, tail_of
from simsolid.validation.text import report, span
from simsolid.validation.write import committed, differences, write

ROOT = Path(__file__).resolve().parent.parent

SIR = sim.trial("colorectal_cea_arterial_sir")
PHASE1 = sim.trial("gastric_satri_phase1")
QUICK = {"patients": 12, "draws": 2, "replicates": 40, "progress": False}


# Trials of the reported size -------------------------------------------------------------------------------------------


def test_trials_read_out_of_cohorts_spread_as_trials_of_their_size_do():
    """Responses of 28 of 37 patients: their spread over fresh cohorts is that of the binomial distribution."""
    seen = PHASE1.endpoints[0]
    draw, found = np.random.default_rng(3), []
    for _ in range(200):
        table = pd.DataFrame({"trial_arm": np.repeat(["2.5e8", "3.75e8", "5e8"], [26, 24, 24]), "patient": range(74), "status": 0,
                              "response": np.where(draw.random(74) < 0.3, "PR", "SD")})  # fmt: skip
        found.extend(replicates(PHASE1, seen, table, 5, draw))
    events = np.array(found) * 28
    assert np.allclose(events, events.round()) and events.mean() == pytest.approx(8.4, abs=0.3)
    assert events.std() == pytest.approx(binom.std(28, 0.3), rel=0.1)


def test_every_cohort_is_large_enough_for_every_endpoint():
    for trial in trials():
        many = patients_for(trial, 50)
        copies = many // trial.patients
        assert many % trial.patients == 0 and many >= 50 and patients_for(trial, 1, 9) >= 9 * trial.patients
        for seen in trial.used(FIT, HELD):
            sizes = sizes_of(trial, seen)
            reported = {arm.name: arm.patients for arm in trial.arms}
            assert all(n <= copies * reported[arm] for arm, n in sizes.items()), (trial.name, seen.key)


def test_an_endpoint_of_some_patients_is_read_in_as_many_of_those():
    ongoing = next(seen for seen in PHASE1.endpoints if seen.name == "dor_at")
    table = pd.DataFrame({"trial_arm": "2.5e8", "patient": range(100), "status": 0, "response_ended": True,
                          "response_duration": [400.0] * 15 + [50.0] * 15 + [np.nan] * 70})  # fmt: skip
    found = replicates(PHASE1, ongoing, table, 40, np.random.default_rng(1))
    assert np.allclose(found * 18, (found * 18).round()) and 0.4 < found.mean() < 0.6


def test_the_ends_of_an_interval_hold_their_share_and_take_what_is_not_reached_as_large():
    told = interval(np.r_[np.arange(1.0, 100.0), np.inf])
    assert told == {"predicted": 50.0, "predicted_lower": 3.0, "predicted_upper": 98.0}
    assert interval(np.r_[np.ones(50), np.full(50, np.inf)])["predicted_upper"] == np.inf
    assert np.isnan(interval(np.array([np.nan]))["predicted"])
    assert tail_of(np.arange(100.0), 99.0) == 0.02 and np.isnan(tail_of(np.arange(3.0), np.nan))


def test_in_a_randomised_trial_the_arms_have_people_of_their_own(monkeypatch):
    trial = sim.trial("gastric_satri_randomised")
    people = np.arange(312)
    groups = ("intention-to-treat", "infused only", "control")
    table = pd.concat([pd.DataFrame({"trial_arm": "x", "analysis": group, "patient": people, "status": 0, "died": True,
                                     "os_day": 10.0 + people}) for group in groups], ignore_index=True)  # fmt: skip
    parts = []
    watched = replace(ENDPOINTS["hr_os"], take=lambda rows, at: parts.append(rows) or np.ones(1), quick=lambda numbers: 1.0)
    monkeypatch.setitem(ENDPOINTS, "hr_os", watched)
    replicates(trial, next(one for one in trial.endpoints if one.name == "hr_os"), table, 3, np.random.default_rng(1))
    assert len(parts) == 3
    for rows in parts:
        treated, control = (set(rows.loc[rows["analysis"] == group, "patient"]) for group in (groups[0], groups[2]))
        assert (len(treated), len(control)) == (104, 52) and not treated & control


# Verdicts --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("use", "observed", "low", "high", "word"), [
    (FIT, 0.5, 0.4, 0.6, PASS), (FIT, 0.4, 0.4, 0.6, PASS), (HELD, 0.39, 0.4, 0.6, FAIL), (HELD, 0.61, 0.4, 0.6, FAIL),
    (HELD, 100.0, 90.0, np.inf, PASS), (HELD, 0.5, np.nan, np.nan, UNTESTED), ("untested", 0.5, 0.4, 0.6, UNTESTED),
    ("predicted", np.nan, 0.4, 0.6, "predicted"),
])  # fmt: skip
def test_verdict(use, observed, low, high, word):
    line = {"observed": observed, "predicted_lower": low, "predicted_upper": high}
    assert verdict(Observed(name="orr", use=use, events=1, n=2), line) == word


def test_evidence_that_shipped_values_rest_on_is_known():
    rests = informed_rows(sim.load("gastric"))
    assert {"C003", "C008", "C009"} <= rests and "C005" not in rests


def test_a_prediction_is_the_same_whatever_else_is_validated():
    effort = Effort(patients=44, draws=1, replicates=20)
    short = sim.trial("midline_gd2_intravenous")
    one, other = (judged(short, effort) for _ in range(2))
    assert all(np.array_equal(one.replicates[key], other.replicates[key], equal_nan=True) for key in one.replicates)
    assert sum(len(values) for values in one.replicates.values()) == 20 * len(short.endpoints)
    later = judged(short, replace(effort, seed=effort.seed + 1))
    assert not np.array_equal(one.replicates["crs_any"], later.replicates["crs_any"])


@pytest.mark.slow
def test_processes_change_no_result():
    names = ["midline_gd2_intravenous", "midline_gd2_intraventricular"]
    one, two = (sim.validate(names, patients=12, draws=1, replicates=10, workers=workers, progress=False) for workers in (1, 2))
    pd.testing.assert_frame_equal(one.table, two.table)


def test_without_a_calibration_the_values_are_those_shipped():
    values, told = draws_for(replace(SIR, target="none"), 3)
    assert values == [{}, {}, {}] and told == "as shipped"


# Misses and the report -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def quick():
    return sim.validate(["colorectal_cea_arterial_sir", "midline_gd2_intravenous"], **QUICK)


def test_a_miss_is_told_and_a_miss_without_a_paragraph_too(quick):
    lines = quick.table.to_dict("records")
    lines[0] |= {"verdict": FAIL, "observed": 0.9}
    judged_anew = [replace(quick.judged[0], lines=lines[:2]), quick.judged[1]]
    broken = Validation(quick.effort, judged_anew, pd.DataFrame(lines), {}, "numpy", 1.0)
    key = (lines[0]["trial"], lines[0]["endpoint"])
    assert key in broken.undiscussed and f"NOT DISCUSSED: {key[0]}, {key[1]}" in str(broken)
    assert "**fail**" in report(broken) and "**Not discussed yet.**" in report(broken)
    said = Validation(quick.effort, judged_anew, pd.DataFrame(lines), {key: "It is too low because."}, "numpy", 1.0)
    assert key not in said.undiscussed and "It is too low because." in report(said)


def test_the_report_counts_what_the_table_holds(quick):
    text = report(quick)
    for use in (FIT, HELD):
        mine = quick.table[quick.table["use"] == use]["verdict"]
        assert f"| {use} | {(mine == PASS).sum()} | {(mine == FAIL).sum()} | {(mine == UNTESTED).sum()} |" in text
    assert "validation.png" in text and "Research and teaching only" in text


def test_a_run_writes_its_files_and_the_same_run_agrees_with_them(quick, tmp_path):
    write(quick, tmp_path, ["simsolid", "validate"])
    before, facts = committed(tmp_path)
    files = {"table.csv", "report.md", "validation.png", "references.bib", "manifest.json"}
    assert {path.name for path in tmp_path.iterdir()} == files
    assert facts["effort"] == {"patients": 12, "draws": 2, "replicates": 40, "seed": 2026}
    assert differences(quick.table, before) == []
    assert differences(quick.table.assign(predicted_upper=2.0), before) != []


def test_units_are_written_as_a_reader_wants_them():
    line = {"kind": "time", "unit": "day", "observed": 60.875, "observed_lower": 30.4375, "observed_upper": np.inf}
    assert span(line, "observed") == "2.0 months (1.0 to not reached)"
    assert span({"kind": "share", "unit": "1", "observed": np.nan, "observed_lower": 0, "observed_upper": 1}, "observed") == "-"


def test_the_figure_shows_every_tested_endpoint_and_marks_misses(quick):
    table = quick.table.copy()
    tested = table["verdict"].isin([PASS, FAIL])
    table.loc[tested, "verdict"] = FAIL
    axes = against(table).axes
    labels = [tick.get_text().strip() for ax in axes for tick in ax.get_yticklabels()]
    assert sorted(words for words in labels if words not in set(table["trial"])) == sorted(table.loc[tested, "label"])
    crosses = [line for ax in axes for line in ax.lines if line.get_marker() == "x"]
    assert len(crosses) == tested.sum()


def test_a_discussion_of_what_is_not_there_is_refused(tmp_path):
    file = tmp_path / "validation.toml"
    words = "It lies below what was observed, for reasons that are told here."
    file.write_text(f'title = "t"\nabout = "a"\n[[miss]]\ntrial = "gastric_satri_phase"\nendpoint = "orr"\ntext = "{words}"\n'
                    f'[[miss]]\ntrial = "gastric_satri_phase1"\nendpoint = "or"\ntext = "{words}"\n')  # fmt: skip
    with pytest.raises(sim.ParameterError) as caught:
        discussion(file)
    for told in ("did you mean 'gastric_satri_phase1'", "has no endpoint 'or'; did you mean 'orr'"):
        assert told in str(caught.value)


def test_an_unknown_trial_is_refused_by_name():
    done = CliRunner().invoke(main, ["validate", "gastric_satri_phase"])
    assert done.exit_code == 2 and "did you mean 'gastric_satri_phase1'" in done.output
    with pytest.raises(sim.ParameterError, match="draws: 0; must be a whole number of at least 1"):
        sim.validate("colorectal_cea_arterial_sir", draws=0)


def test_who_lacks_machine_code_is_told_that_it_takes_longer(monkeypatch, caplog):
    one = {"trials": "colorectal_cea_arterial_sir", "patients": 6, "draws": 1, "replicates": 2, "progress": False}
    sim.validate(**one, engine="numpy")
    assert not caplog.records  # chosen on purpose
    monkeypatch.setattr("simsolid.engines.integrate.available", lambda: False)
    monkeypatch.delenv("SIMSOLID_ENGINE", raising=False)
    sim.validate(**one)
    assert [each.message for each in caplog.records] == [
        "validate: NumPy does the work, several times slower than machine code; pip install 'simsolid[fast]'"]  # fmt: skip


def test_the_shipped_table_counts_what_the_committed_report_counts(monkeypatch, tmp_path):
    table = sim.validated()
    report = (ROOT / "docs" / "validation" / "report.md").read_text(encoding="utf-8")
    for use in (FIT, HELD):
        mine = table[table["use"] == use]["verdict"]
        assert f"| {use} | {(mine == PASS).sum()} | {(mine == FAIL).sum()} | 0 |" in report
    monkeypatch.setattr("simsolid.validation.shipped.__file__", str(tmp_path / "simsolid" / "validation" / "shipped.py"))
    with pytest.raises(sim.ParameterError, match="no table of a validation"):
        sim.validated()
