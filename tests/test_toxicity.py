"""Toxicity of each patient, against courses worked by hand."""

import numpy as np
import pytest

from simsolid.assess import assess
from simsolid.observe import observe
from simsolid.toxicity import score_grade, spell
from tests import runs


def row_of(**series):
    """The row of one patient with these series over time."""
    run = runs.labelled_run([runs.steady(40.0)])
    for name, values in series.items():
        run[name] = ("patient", "time"), [np.broadcast_to(values(run.time.values), run.time.shape)]
    return assess(observe(run)).iloc[0]


def test_icans_is_graded_and_timed_on_straight_lines():
    # a tent of height 2.5 around day 7, 4 days to either side: above 1 for 60 % of its 8 days
    row = row_of(icans_score=lambda t: runs.tent(t, 2.5, 7.0, 4.0))
    assert row.icans_grade == 2
    assert row.icans_onset == pytest.approx(7.0 - 4.0 * 0.6)
    assert row.icans_duration == pytest.approx(8.0 * 0.6)


def test_no_icans_has_grade_0_and_no_onset():
    row = row_of(icans_score=lambda t: 0.9)
    assert row.icans_grade == 0
    assert np.isnan([row.icans_onset, row.icans_duration]).all()


def test_a_run_without_scores_says_nothing_of_them():
    row = row_of()
    assert np.isnan([row.icans_grade, row.tian_grade, row.peak_ferritin]).all()


def test_tian_and_ferritin_are_their_peaks():
    row = row_of(tian_score=lambda t: runs.tent(t, 3.2), ferritin=lambda t: 300.0 + runs.tent(t, 5000.0))
    assert (row.tian_grade, row.peak_ferritin) == (3, 5300.0)


def test_a_score_before_the_infusion_is_not_graded():
    assert row_of(icans_score=lambda t: np.where(t < 0, 3.0, 0.0)).icans_grade == 0


def test_two_spells_add_up_and_the_first_is_the_onset():
    day = np.arange(0.0, 9.0)
    onset, length = spell(day, np.array([[0.0, 2, 0, 0, 0, 2, 2, 0, 0]]))
    assert (onset[0], length[0]) == (0.5, 1.0 + 2.0)


def test_a_spell_from_the_start_begins_there_and_one_that_is_not_over_ends_there():
    onset, length = spell([0.0, 1.0, 2.0], np.array([[3.0, 3.0, 3.0]]))
    assert (onset[0], length[0]) == (0.0, 2.0)


def test_a_line_to_an_unknown_value_is_not_followed():
    onset, length = spell([0.0, 1.0, 2.0, 3.0], np.array([[0.0, 2.0, 2.0, np.nan]]))
    assert (onset[0], length[0]) == (0.5, 1.5)


def test_no_grade_is_above_4_or_below_0():
    assert score_grade(np.array([[7.0], [-1.0]])).tolist() == [4.0, 0.0]


GRADES = [(0.0, 0), (0.09, 0), (0.1, 1), (0.29, 1), (0.3, 2), (0.6, 3), (0.89, 3), (0.9, 4), (1.0, 4)]


@pytest.mark.parametrize(("injury", "grade"), GRADES)
def test_injury_of_healthy_tissue_is_graded_by_the_share_lost(injury, grade):
    assert row_of(healthy_tissue=lambda t: 1.0 - runs.tent(t, injury, 12.0, 6.0)).off_tumour_grade == grade


def test_healthy_tissue_recovers_when_it_is_back_within_5_percent():
    row = row_of(healthy_tissue=lambda t: 1.0 - runs.tent(t, 0.2, 12.0, 6.0))
    assert row.off_tumour_recovery_day == pytest.approx(12.0 + 6.0 * 0.75)


@pytest.mark.parametrize("tissue", [lambda t: 1.0 - runs.tent(t, 0.04), lambda t: np.where(t < 5, 1.0, 0.5)])
def test_recovery_that_is_not_needed_or_never_comes_has_no_day(tissue):
    assert np.isnan(row_of(healthy_tissue=tissue).off_tumour_recovery_day)


def test_what_comes_after_death_harms_nobody():
    run = runs.labelled_run([runs.steady(40.0)]).assign(death_day=("patient", [10.0]))
    run["icans_score"] = ("patient", "time"), [np.where(run.time > 11, 4.0, 0.0)]
    run["healthy_tissue"] = ("patient", "time"), [np.where(run.time > 11, 0.0, 1.0)]
    row = assess(observe(run)).iloc[0]
    assert (row.icans_grade, row.off_tumour_grade, row.crs_grade) == (0, 0, 1)
