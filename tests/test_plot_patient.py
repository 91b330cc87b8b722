"""One patient lesion by lesion, calls beside the truth, and one look for each verdict."""

import matplotlib.style
import numpy as np
import pandas as pd
import pytest

import simsolid as sim
from simsolid import plot
from simsolid.criteria import CRITERIA
from simsolid.errors import ParameterError
from simsolid.observe import observe
from simsolid.plot import looks, panel
from simsolid.verdicts import verdict_words
from tests import plots, runs
from tests.plots import closed  # noqa: F401

COURSES = [[{0: 30.0, 28: 20.0, 180: 12.0}, {0: 20.0, 28: 26.0, 180: 30.0}, {0: 0.0, 99: 0.0, 180: 15.0}]]


@pytest.fixture(scope="module")
def run():
    return runs.labelled_run(COURSES, sites=[["liver", "lymph_node", "lung"]], new_lesion_day=[100.0], ids=[7])


@pytest.fixture(scope="module")
def seen(run):
    return observe(run, noise=False)


def test_there_is_a_column_for_each_lesion_and_a_row_for_each_quantity(run, seen):
    axes = plot.lesions(run, 7, seen=seen).axes
    assert len(axes) == 1 + 3 * 4
    assert [ax.get_title() for ax in axes[1:4]] == ["liver, target", "lymph node, target", "lung, new on day 100"]
    assert all("[" in ax.get_ylabel() for ax in axes[1::3])


def test_a_slot_without_a_lesion_has_no_column():
    run = runs.labelled_run([runs.steady(20.0), runs.steady(20.0, 30.0)])
    assert len(plot.lesions(run, 0).axes) == 4


def test_suppression_has_a_row_where_the_run_holds_it(run):
    more = run.assign(suppression=run["attenuation"] / 40.0)
    assert "suppression [1]" in [ax.get_ylabel() for ax in plot.lesions(more, 7).axes]


def test_the_house_model_fills_every_row():
    run = sim.simulate(sim.draw(sim.load("gastric"), 1, 7), sim.Regimen.single(3.75e8), days=40, progress=False)
    rows = [ax.get_ylabel() for ax in plot.lesions(run, 0, seen=observe(run)).axes if ax.get_ylabel()]
    assert rows == ["call", *panel.LABELS.values()]


def test_the_volumes_read_are_those_of_the_diameters_read(run, seen):
    figure = plot.lesions(run, 7, seen=seen)
    ax = next(ax for ax in figure.axes if ax.get_ylabel() == "volume [mL]")
    read = dict(plots.markers(ax, "o"))
    assert read[28.0] == pytest.approx(runs.sphere(20.0))


def test_truth_is_a_line_and_what_was_read_a_marker_with_an_edge(run, seen):
    figure = plot.lesions(run, 7, seen=seen)
    ax = next(ax for ax in figure.axes if ax.get_ylabel() == "attenuation [HU]")
    truth, read = (line for line in ax.get_lines() if len(line.get_xdata()) > 2)
    assert truth.get_linestyle() == "-" and truth.get_marker() == "None"
    assert read.get_linestyle() == "None" and read.get_markeredgecolor() == looks.EDGE


def test_a_new_lesion_is_not_marked_before_it_is_found(run, seen):
    ax = plot.lesions(run, 7, seen=seen).axes[1 + 2 * 3 + 2]
    assert min(x for x, y in plots.markers(ax, "o") if np.isfinite(y)) > 100


def test_the_calls_stand_at_their_scans(run, seen):
    strip = plot.lesions(run, 7, seen=seen).axes[0]
    told = [(t.get_position()[0], t.get_text()) for t in strip.texts]
    assert told == list(zip(seen["scan_day"].values[1:], looks.call_words(seen["seen_call"])[0][1:], strict=True))


def test_the_calls_are_in_the_words_of_the_criterion():
    run = runs.labelled_run([[{0: 20.0, 28: 30.0, 180: 60.0}, {0: 0.0}]])
    strip = plot.lesions(run, 0, seen=observe(run, noise=False, criteria="irecist")).axes[0]
    assert [t.get_text() for t in strip.texts][:2] == ["iUPD", "iCPD"] and "iRECIST" in strip.get_title(loc="left")


def test_nothing_is_drawn_after_death(run, seen):
    dead = run.assign(death_day=("patient", [90.0]))
    figure = plot.lesions(dead, 7, seen=observe(dead, noise=False))
    assert max(t.get_position()[0] for t in figure.axes[0].texts) < 90
    line = figure.axes[1].get_lines()[0]
    assert np.isnan(line.get_ydata()[line.get_xdata() > 90]).all()
    assert plots.markers(figure.axes[0], "X") == [(90.0, 0.5)]


def test_the_volumes_of_one_patient_are_sums_over_the_lesions(run, seen):
    ax = plot.volumes(run, 7, seen=seen)
    apparent = next(line for line in ax.get_lines() if line.get_label() == "apparent")
    assert np.interp(28.0, *apparent.get_data()) == pytest.approx(runs.sphere(20.0) + runs.sphere(26.0))
    assert dict(plots.markers(ax, "o"))[28.0] == pytest.approx(runs.sphere(20.0) + runs.sphere(26.0))


def test_scans_after_the_days_shown_are_not_drawn(run, seen):
    short = run.sel(time=slice(None, 60))
    assert max(day for day, _ in plots.markers(plot.volumes(short, 7, seen=seen), "o")) == 28.0
    assert len(plot.lesions(short, 7, seen=seen).axes[0].texts) == 1


def test_panels_are_in_the_style_of_all_figures_and_change_no_setting():
    before = dict(matplotlib.rcParams)
    _, axes = plot.panels(2, 2)
    assert len(axes) == 4 and not any(ax.spines["right"].get_visible() for ax in axes)
    assert dict(matplotlib.rcParams) == before


def test_a_death_after_the_days_shown_is_not_told(run, seen):
    doomed = run.assign(death_day=("patient", [150.0]))
    assert "death" in plot.lesions(doomed, 7, seen=seen).axes[0].get_title(loc="left")
    assert "death" not in plot.lesions(doomed.sel(time=slice(None, 60)), 7, seen=seen).axes[0].get_title(loc="left")


def test_one_page_of_a_patient_marks_what_the_scans_read(run, seen):
    ax = plot.patient(run, 7, seen=seen).axes[2]
    both = runs.sphere(20.0) + runs.sphere(26.0)
    assert dict(plots.markers(ax, "o"))[28.0] == pytest.approx(both)


def test_the_ledger_in_a_run_is_no_arm(run):
    more = run.assign(given_day=("given", [0.0, 4.5]), given_patient=("given", [7, 7]))
    assert len(plot.patient(more, 7).axes) >= 4


def test_a_patient_without_a_lesion_is_refused():
    run = runs.labelled_run([runs.steady(20.0)])
    run["apparent_volume"] = run["apparent_volume"] * np.nan
    with pytest.raises(ParameterError, match="patient 0 has no lesion"):
        plot.lesions(run, 0)


CALLS = pd.DataFrame({
    "patient": [1, 1, 1, 2, 2, 2, 3, 3, 3], "day": [-7.0, 28.0, 70.0] * 3,
    "call": ["NE", "PD", "SD", "NE", "SD", "PD", "NE", "PR", "PR"],
    "seen_change": [0, 25, -10, 0, 5, 40, 0, -50, -60.0], "true_change": [0, -40, -60, 0, 10, 60, 0, -70, -80.0],
    "verdict": ["", "pseudo-progression", "", "", "", "true progression", "", "true response", "true response"],
})  # fmt: skip


def test_pseudo_progressors_come_first_and_the_title_counts_them():
    figure = plot.pseudo(CALLS, most=2)
    assert [ax.get_title(loc="left") for ax in figure.axes] == ["patient 1", "patient 2"]
    assert "2 of 3 patients" in figure.legends[0].get_title().get_text()
    assert "1 pseudo-progression, 1 true progression" in figure.legends[0].get_title().get_text()


def test_a_verdict_is_written_at_its_scan():
    ax = plot.pseudo(CALLS, [2]).axes[0]
    assert [(t.get_text(), t.xy[0]) for t in ax.texts] == [("true progression", 10.0)]


def test_the_truth_is_filled_and_the_reading_is_marked():
    ax = plot.pseudo(CALLS, [2]).axes[0]
    assert ax.get_lines()[0].get_ydata().tolist() == [0, 10, 60]
    assert plots.markers(ax, "^") == [(10.0, 40.0)] and plots.markers(ax, "s") == [(4.0, 5.0)]


def test_calls_of_several_arms_and_unknown_patients_are_refused():
    both = pd.concat([CALLS.assign(arm="A"), CALLS.assign(arm="B")])[["arm", *CALLS.columns]]
    with pytest.raises(ParameterError, match="still have the arms arm"):
        plot.pseudo(both)
    with pytest.raises(ParameterError, match="no calls of patient 8"):
        plot.pseudo(CALLS, [8])


def test_attenuation_has_a_row_for_each_verdict_on_the_first_progression_of_each_patient():
    calls = pd.DataFrame({
        "patient": [0, 0, 1, 2, 3], "call": ["PD", "PD", "PD", "SD", "PD"], "attenuation_change": [-40.0, 5.0, 2.0, -9.0, np.nan],
        "verdict": ["pseudo-progression", "true progression", "true progression", "missed progression", "true progression"],
    })  # fmt: skip
    ax = plot.attenuation(calls)
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["pseudo-progression, 1", "true progression, 1"]
    rows = [line.get_xdata().tolist() for line in ax.get_lines() if line.get_marker() not in ("None", "")]
    assert rows == [[-40.0], [2.0]]
    assert "[%]" in ax.get_xlabel()
    with pytest.raises(ParameterError, match="arms arm"):
        plot.attenuation(pd.concat([calls.assign(arm=name) for name in "AB"])[["arm", *calls.columns]])


def test_own_figures_can_have_the_same_style():
    with matplotlib.style.context(plot.SHEET):
        assert not matplotlib.rcParams["axes.spines.top"]


def test_a_tell_tale_shows_both_rates_with_their_intervals_and_patients():
    result = pd.DataFrame({"sign": ["both", "both"], "measure": ["sensitivity", "specificity"], "value": [0.5, 0.9],
                           "lower": [0.2, 0.8], "upper": [0.8, 0.95], "events": [2, 18], "n": [4, 20]})  # fmt: skip
    ax = plot.tell_tale(result)
    assert [box[0].get_xdata().tolist() for box in ax.containers] == [[50.0], [90.0]]
    assert ax.containers[0][2][0].get_segments()[0][:, 0].tolist() == [20.0, 80.0]
    assert [t.get_text() for t in ax.texts] == ["2 of 4", "18 of 20"]


def test_every_word_of_every_criterion_has_a_look():
    words = [word.name for criterion in CRITERIA.values() for word in criterion.words]
    assert all(looks.call_look(word) for word in words)


def test_an_unconfirmed_progression_looks_unlike_a_confirmed_one():
    assert looks.call_look("iUPD") == looks.call_look("uPD") != looks.call_look("iCPD") == looks.call_look("PD")


def test_every_plain_verdict_has_a_bar_of_its_own():
    from simsolid.films import Call

    assert {call.name for call in Call} == set(looks.CALLS)
    assert looks.printed("NON_CR_NON_PD") == "non-CR/non-PD"


def test_an_unknown_verdict_is_refused():
    with pytest.raises(ParameterError, match="verdict 'XX' is none of CR"):
        looks.call_look("XX")


@pytest.mark.parametrize("table", [looks.CALLS, looks.VERDICTS, looks.STEPS])
def test_no_two_looks_of_a_table_share_colour_or_sign(table):
    assert len({look.colour for look in table.values()}) == len(table)
    signs = {look.marker if table is looks.STEPS else look.hatch for look in table.values()}
    assert len(signs) >= len(table) - (table is looks.STEPS)


def test_every_verdict_of_the_clinic_has_a_look():
    import inspect

    from simsolid import verdicts

    named = {verdicts.PSEUDO, verdicts.FALSE, verdicts.TRUE, verdicts.MISSED}
    assert named <= set(looks.VERDICTS)
    assert all(f'"{word}"' in inspect.getsource(verdict_words) for word in set(looks.VERDICTS) - named)


def test_progression_confirmed_or_not_differs_in_its_marker_for_grey_prints():
    assert looks.call_look("iUPD").marker != looks.call_look("iCPD").marker
    assert looks.call_look("uPD").marker not in {look.marker for look in looks.CALLS.values()}
