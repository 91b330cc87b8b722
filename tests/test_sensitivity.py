"""What an answer rests on is found where it is known beforehand, whatever the blocks, and failures are counted."""

from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner

import simsolid as sim
from simsolid import evaluate, sensitivity
from simsolid.__main__ import main
from simsolid.ranges import DEFAULT_FOLD, ranges
from simsolid.values import Value
from tests.people import setting

SETTING = setting()
PLAN = sim.Regimen.single(3e8)
FEW = {"patients": 3, "samples": 16, "days": 8, "ranked": 6, "progress": False}


def start(table):
    """Tumour at enrolment: it knows nothing of the treatment."""
    return np.log(table["true_viable_start"]).mean()


@pytest.fixture(scope="module")
def answer():
    return sim.rests_on(SETTING, PLAN, {"start": start, "fever": lambda table: table["peak_temperature"].mean()}, **FEW)


def test_the_tumour_at_enrolment_rests_on_its_assumed_diameter_alone(answer):
    shares = answer.shares[answer.shares["output"] == "start"].set_index("basis")
    assert shares["value"]["assumed"] == pytest.approx(1, abs=0.2)
    assert shares["alone_value"]["assumed"] == pytest.approx(1, abs=0.3)
    assert (shares["value"][["fitted", "measured"]].abs() < 0.02).all()
    single = answer.parameters[answer.parameters["output"] == "start"].set_index("parameter")["value"]
    assert single.idxmax() == "diameter_start" and single["diameter_start"] > 0.6
    assert (single.drop("diameter_start") < 0.1).all()


def test_what_is_moved_is_what_the_plan_makes_use_of(answer):
    names = {each.name for each in answer.moved}
    assert {"kill_rate", "diameter_start", "flu_cy.lymphocyte_nadir_fraction"} <= names
    assert not {"burden_high_volume", "dropout_rate", "reference_dose", "cy.lymphocyte_nadir_fraction"} & names
    assert not [name for name in names if name.startswith("intrapleural")]
    assert len(names) > 140


def test_the_text_says_plainly_what_rests_on_assumed_values_and_what_to_measure_next(answer):
    told = str(answer)
    assert "start: " in told and " % of the variance rests on assumed values (95 % interval" in told
    assert "Measure next (6 of " in told and "diameter_start" in told and "others together" in told
    assert "The equations themselves are not varied." in told
    assert f"{16 * 6 + 2 * len(answer.moved) + 4 * 7} cohorts of the same 3 patients" in told


def test_the_values_to_measure_next_have_the_mean_share_over_the_outputs_with_an_interval(answer):
    first = answer.next.set_index("parameter")
    mean = answer.parameters.groupby("parameter")["value"].mean()
    assert first["share"].to_numpy() == pytest.approx(mean[first.index].to_numpy())
    assert first["share"].is_monotonic_decreasing and list(answer.next) == ["parameter", "share", "lower", "upper", "basis"]
    assert (first["lower"] <= first["share"]).all() and (first["upper"] >= first["share"]).all() and (first["upper"] > 0).all()
    row = answer.next.iloc[0]
    assert f"{100 * row.share:.0f} % ({100 * row.lower:.0f} to {100 * min(row.upper, 1):.0f})" in str(answer)


def test_more_rows_go_to_the_groups_before_they_go_to_single_values():
    rows = {samples: sensitivity._rows(samples) for samples in (8, 16, 32, 128, 256, 512, 1024)}
    assert rows[16] == (2, 4) and rows[128] == rows[256] == (4, 32) and rows[1024] == (16, 128)
    assert all(few + more <= samples for samples, (few, more) in rows.items())


def test_blocks_of_work_change_no_bit(monkeypatch):
    less = {**FEW, "patients": 2, "samples": 8, "days": 3, "ranked": 2}
    one = sim.rests_on(SETTING, PLAN, ["peak_il6"], **less)
    monkeypatch.setattr(evaluate, "BLOCK", 250)
    other = sim.rests_on(SETTING, PLAN, ["peak_il6"], **less)
    assert other.shares.equals(one.shares) and one.shares["value"].notna().all()
    assert other.parameters.equals(one.parameters)


def test_of_two_arms_the_difference_is_looked_at():
    less = {**FEW, "patients": 2, "samples": 8, "days": 5, "ranked": 2}
    outputs = {"start": start, "cells": lambda table: np.log10(table["cmax_cells"].fillna(0).clip(1e-3)).mean()}
    two = sim.rests_on(SETTING, sim.vary(PLAN, route=["intravenous", "intraperitoneal"]), outputs, **less)
    assert str(two).startswith("Difference intraperitoneal minus intravenous, in the same patients:")
    assert {"intraperitoneal.cavity_fraction", "kill_rate"} <= {each.name for each in two.moved}
    shares = two.shares.set_index(["output", "basis"])["value"]
    assert shares["start"].isna().all()  # the same people enter both arms
    assert shares["cells"].notna().all()


def failing(share):
    """Assess as before, but say of some cohorts that two of their three patients failed."""

    def assess(seen):
        table = sim.assess(seen)
        lost = np.random.default_rng(0).random(table["sample"].max() + 1) < share
        return table.assign(status=np.where(lost[table["sample"]] & (table["patient"] > 0), 2, table["status"]))

    return assess


def test_cohorts_that_failed_are_left_out_and_counted(monkeypatch):
    monkeypatch.setattr(evaluate, "assess", failing(0.08))
    gappy = sim.rests_on(SETTING, PLAN, {"start": start}, **FEW)
    assert 0 < gappy.without_answer < 0.2 * gappy.runs
    assert gappy.failed_patients == 2 * gappy.without_answer
    assert gappy.shares["pairs"].min() < 16
    assert f"{gappy.without_answer} cohorts gave no answer" in str(gappy)
    assert gappy.shares.set_index("basis")["value"]["assumed"] == pytest.approx(1, abs=0.35)


def test_too_many_failed_cohorts_are_refused(monkeypatch):
    monkeypatch.setattr(evaluate, "assess", failing(0.6))
    with pytest.raises(sim.SolveError, match="gave no answer, more than the 20 %"):
        sim.rests_on(SETTING, PLAN, {"start": start}, **{**FEW, "samples": 8, "days": 5})


def test_an_interruption_ends_the_work():
    told = []

    def stop(finished):
        told.append(finished)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sim.rests_on(SETTING, PLAN, {"start": start}, **{**FEW, "progress": stop})
    assert len(told) <= 2  # once while the first block is worked on and once when it ends; no block comes after it


@pytest.mark.parametrize("change, said", [
    ({"outputs": ["objectiv_response"]}, "did you mean 'objective_response'"),
    ({"samples": 100}, "must be a power of two"),
    ({"setting": sim.draw(SETTING, 2)}, "give a setting as sim.load"),
    ({"setting": sim.vary(SETTING, kill_rate=[3, 6])}, "kill_rate varies along an axis"),
    ({"setting": sim.vary(SETTING, dose=[1e8, 3e8])}, "dose varies along an axis of the setting"),
    ({"plan": sim.vary(PLAN, dose=[1e8, 3e8, 1e9])}, "3 arms along dose; give one arm, or two to compare"),
    ({"patients": 0}, "must be a whole number of at least 1"),
])  # fmt: skip
def test_what_cannot_be_looked_at_is_refused(change, said):
    given = {"setting": SETTING, "plan": PLAN, **FEW, **change}
    with pytest.raises(sim.ParameterError, match=said):
        sim.rests_on(**given)


def test_ranges_are_the_files_own_or_a_fold_that_depends_on_the_basis():
    found = {each.name: each for each in ranges(SETTING, SETTING.names)}
    assert (found["kill_rate"].low, found["kill_rate"].high, found["kill_rate"].scale) == (2.0, 16.0, "log")
    assert found["suppression_half"].stated
    fold = DEFAULT_FOLD["measured"]
    limit = found["quantification_limit"]
    assert (limit.low, limit.high, limit.stated) == (25.0 / fold, 25.0 * fold, False)
    assert "intravenous.vein_fraction" not in found and "safety_switch_fraction" not in found
    assert "kill_rate" not in {each.name for each in ranges(sim.vary(SETTING, kill_rate=4), SETTING.names)}


def test_a_share_without_a_range_moves_by_its_odds():
    own = replace(SETTING, values={**SETTING.values, "lung_trapped_fraction": Value(0.6, "1", basis="derived", note="x")})
    [found] = ranges(own, ["lung_trapped_fraction"])
    odds = [end / (1 - end) for end in (found.low, found.high)]
    np.testing.assert_allclose(odds, [1.5 / 1.5, 1.5 * 1.5])
    assert found.at(np.array([0.5])) == pytest.approx(0.6)


@pytest.mark.parametrize("measure, known", [
    ("objective_response", 0.5), ("cmax_cells", 2.0), ("pfs", (30 + 60 + 60 + 90) / 4),
])  # fmt: skip
def test_an_output_is_a_rate_a_median_of_logarithms_or_a_mean_time(measure, known):
    import pandas as pd

    table = pd.DataFrame({"best_response": ["PR", "SD", "CR", "PD"], "cmax_cells": [10.0, 1000.0, np.nan, 100.0],
                          "pfs_day": [30.0, 60.0, 60.0, 90.0], "pfs_event": [True] * 3 + [False], "os_day": 90.0})  # fmt: skip
    both = pd.concat([table.assign(sample=0, status=0), table.assign(sample=1, status=[0, 0, 2, 0])])
    first, second = evaluate.measured(measure)[measure](both)
    assert first == pytest.approx(known)
    rest = both[(both["sample"] == 1) & (both["status"] == 0)]
    assert second == pytest.approx(evaluate.measured(measure)[measure](rest)[0])


def test_the_figure_names_what_rests_on_assumed_values(answer):
    ax = sim.plot.rests_on(answer)
    assert [text.get_text() for text in ax.get_yticklabels()] == ["start", "fever"]
    words = [text.get_text() for text in ax.texts]
    assert any(" % (" in each for each in words)
    widths = np.array([bar.get_width() for bar in ax.patches]).reshape(2, -1).sum(axis=1)
    np.testing.assert_allclose(widths, 100)


def test_the_command_prints_the_answer_and_writes_its_files(tmp_path):
    typed = "rests b_all --dose 1e8 --patients 1 --samples 8 --ranked 2 --days 4 --outputs peak_il6"
    done = CliRunner().invoke(main, [*typed.split(), "--out", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    assert "IL-6, peak: " in done.output
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {"rests_on.txt", "shares.csv", "parameters.csv", "measure_next.csv", "rests_on.png"}
