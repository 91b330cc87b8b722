"""Swimmer plot and ledger: whom they show, what they mark, and where."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from simsolid import plot
from simsolid.errors import ParameterError
from tests import plots, runs
from tests.plots import closed  # noqa: F401


def _bars(ax):
    return sorted((round(bar.get_y(), 3), bar.get_width()) for bar in ax.patches)


def test_the_longest_bar_of_each_arm_is_on_top():
    widths = [w for _, w in _bars(plot.swimmer(plots.clinic()))]
    assert widths == [60, 50, 40, 30, 20, 10, 120, 100, 80, 60, 40, 20]


def test_a_swimmer_plot_shows_at_most_so_many_bars_and_says_so():
    ax = plot.swimmer(plots.clinic(50), most=40)
    assert len(ax.patches) == 40 and ax.get_title(loc="left") == "first 20 of 50 patients"
    assert {int(t.get_text()) for t in ax.get_yticklabels()} == set(range(20))


def test_deaths_and_living_are_told_apart_at_the_end_of_the_bar():
    ax = plot.swimmer(plots.clinic(6, arms=()))
    assert sorted(x for x, _ in plots.markers(ax, "X")) == [10, 30, 50]
    assert sorted(x for x, _ in plots.markers(ax, ">")) == [20, 40, 60]


def test_response_and_progression_are_marked_in_weeks():
    ax = plot.swimmer(plots.clinic(6, arms=()))
    assert [x for x, _ in plots.markers(ax, "o")] == [4.0, 4.0]
    assert [x for x, _ in plots.markers(ax, "d")] == [7.0] * 6


def test_further_infusions_and_tocilizumab_stand_in_the_row_of_their_patient():
    ax = plot.swimmer(plots.clinic(6, arms=()), plots.ledger((2,), later=35.0))
    place = {t.get_text(): y for t, y in zip(ax.get_yticklabels(), ax.get_yticks(), strict=True)}
    assert plots.markers(ax, "|") == [(5.0, place["2"])]
    assert plots.markers(ax, "v") == [(pytest.approx(4.5 / 7), place["2"])]


def test_the_ledger_of_one_arm_marks_only_that_arm():
    ledger = plots.ledger((2,), later=35.0)
    ledger.insert(0, "arm", "B")
    ax = plot.swimmer(plots.clinic(), ledger)
    assert len(plots.markers(ax, "|")) == 1
    assert plots.markers(ax, "|")[0][1] > 6  # arm B stands below arm A


def test_a_swimmer_plot_needs_the_columns_of_the_outcome():
    with pytest.raises(ParameterError, match="'died'"):
        plot.swimmer(plots.clinic().drop(columns="died"))


def test_a_swimmer_plot_without_patients_is_an_empty_frame():
    assert len(plot.swimmer(plots.clinic()[:0]).patches) == 0


def test_a_failed_patient_has_no_bar_and_is_counted():
    table = plots.clinic(6, arms=())
    table.loc[3, ["os_day", "status"]] = np.nan, 2
    ax = plot.swimmer(table)
    assert len(ax.patches) == 5 and "1 that failed" in ax.get_title(loc="left")


def _rows(ax):
    return [t.get_text() for t in ax.get_yticklabels()]


def test_the_ledger_of_one_patient_has_a_row_for_each_step():
    ax = plot.ledger(plots.ledger((3, 4)), patient=3).axes[-1]
    assert _rows(ax) == ["conditioning", "infusion", "tocilizumab"]
    assert [t.get_text() for t in ax.texts] == ["3.75e8 cell", "8 mg/kg"]


def test_the_ledger_of_several_patients_has_a_row_for_each_patient():
    assert _rows(plot.ledger(plots.ledger((3, 4))).axes[-1]) == ["3", "4"]


def test_what_was_planned_is_open_and_what_a_rule_did_is_filled():
    ax = plot.ledger(plots.ledger(), patient=0).axes[-1]
    given = [line for line in ax.get_lines() if line.get_marker() in "sov" and len(line.get_xdata())]
    filled = {x: line.get_markerfacecolor() != "white" for line in given for x in line.get_xdata()}
    assert (filled[-5.0], filled[0.0], filled[4.5]) == (False, False, True)


def test_the_time_line_ends_at_day_30_unless_something_comes_later():
    assert plot.ledger(plots.ledger(), patient=0).axes[-1].get_xlim()[1] == 30
    late = plot.ledger(plots.ledger(later=200.0), patient=0).axes[-1]
    assert late.get_xlim()[1] > 200 and "squeezed after day 30" in late.get_xlabel()
    day_0, day_28, day_200 = (late.transData.transform((day, 0))[0] for day in (0, 28, 200))
    assert (day_200 - day_28) / (200 - 28) < 0.5 * (day_28 - day_0) / 28


def test_the_time_line_stands_on_axes_of_ones_own():
    _, ax = plt.subplots()
    assert plot.timeline(plots.ledger((3, 4)), 3, ax=ax) is ax
    assert _rows(ax) == ["conditioning", "infusion", "tocilizumab"] and ax.get_xlabel() == "time since infusion [day]"


def test_squeezing_and_widening_undo_each_other():
    from simsolid.plot import given

    days = np.array([-7.0, 0.0, 30.0, 31.0, 365.0, 2000.0])
    np.testing.assert_allclose(given._widened(given._squeezed(days)), days)


def test_temperature_stands_above_the_time_line_of_a_run():
    run = runs.cohort(3).isel(route=0)
    above, below = plot.ledger(plots.ledger(), run, 0).axes[:2]
    assert above.get_ylabel() == "temperature [°C]"
    assert above.get_lines()[0].get_ydata().max() == pytest.approx(39.0)
    assert above.get_xlim() == below.get_xlim()


def test_the_grade_is_the_whole_part_of_the_score():
    run = runs.cohort(3).isel(route=0)
    run = run.assign(crs_score=run["pressure_score"] * 0 + 2.7)
    grade = next(ax for ax in plot.ledger(plots.ledger(), run, 0).axes if "CRS grade" in ax.get_ylabel())
    assert set(grade.get_lines()[0].get_ydata()) == {2.0}


def test_a_grade_between_two_output_days_is_drawn():
    run = runs.cohort(3).isel(route=0)
    run = run.assign(crs_score=run["pressure_score"] * 0 + 2.7)
    run["crs_grade_day"] = (("patient", "grade"), [[1.0, 2.0, 4.3, np.nan]] + [[np.nan] * 4] * (run.sizes["patient"] - 1))
    run = run.assign_coords(grade=[1, 2, 3, 4])
    line = next(ax for ax in plot.ledger(plots.ledger(), run, 0).axes if "CRS grade" in ax.get_ylabel()).get_lines()[0]
    assert dict(zip(line.get_xdata(), line.get_ydata(), strict=True))[4.3] == 3.0


def test_a_ledger_with_arms_is_refused():
    ledger = plots.ledger((1, 2))
    ledger.insert(0, "arm", ["A"] * 3 + ["B"] * 3)
    with pytest.raises(ParameterError, match="still has the arms arm; select one"):
        plot.ledger(ledger)


def test_a_patient_without_a_ledger_is_refused():
    with pytest.raises(ParameterError, match="nothing of patient 9"):
        plot.ledger(plots.ledger((1, 2)), patient=9)


def test_an_unknown_step_is_refused_with_the_nearest():
    ledger = plots.ledger()
    ledger["step"] = "tocilizumb"
    with pytest.raises(ParameterError, match="did you mean 'tocilizumab'"):
        plot.ledger(ledger)


def test_the_figure_given_is_the_figure_returned():
    figure = plt.figure()
    assert plot.ledger(plots.ledger(), figure=figure) is figure
    _, ax = plt.subplots()
    assert plot.swimmer(plots.clinic(), ax=ax) is ax
