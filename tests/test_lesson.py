"""Pages share one switch, and sliders move figures as they should."""

import gc
import re
import sys

import pytest

from simsolid import lesson
from simsolid.errors import ParameterError
from simsolid.lesson import sliding


@pytest.mark.parametrize("word, full, wanted", [
    ("full", 200, 200), ("", 200, 200), ("quick", 200, 50), ("quick", 60, 20), ("quick", 12, 12),
])  # fmt: skip
def test_one_switch_sets_the_size_of_cohorts(monkeypatch, word, full, wanted):
    monkeypatch.setenv("SIMSOLID_LESSON", word)
    assert lesson.patients(full) == wanted


def test_without_the_switch_pages_are_full(monkeypatch):
    monkeypatch.delenv("SIMSOLID_LESSON", raising=False)
    assert lesson.patients(200) == 200


def test_a_wrong_word_is_refused(monkeypatch):
    monkeypatch.setenv("SIMSOLID_LESSON", "fast")
    with pytest.raises(ParameterError, match="SIMSOLID_LESSON is 'fast'; must be full or quick"):
        lesson.patients(200)


@pytest.mark.parametrize("many", [0, -3, 2.5, True])
def test_a_cohort_is_a_whole_number(many):
    with pytest.raises(ParameterError, match="not a whole number of patients"):
        lesson.patients(many)


def line(slope=1.0, colour="black", dashed=False, dose=1e8, lift=None):
    """Draw a line.

    Parameters
    ----------
    slope : [mm/day], one
    """
    import matplotlib.pyplot as plt

    if slope > 4:
        raise ParameterError("slope: too <steep>")
    figure, ax = plt.subplots()
    ax.plot([0, 1], [lift or 0, slope], color=colour, linestyle="--" if dashed else "-")
    ax.set_ylim(0, 5)
    ax.set_title(f"slope {slope:g} < 5")
    return figure


@pytest.fixture
def moved():
    pytest.importorskip("ipywidgets")
    return lesson.sliders(line, slope=(0.0, 5.0), colour=["black", "red"], dashed=[False, True], dose=(1e7, 1e10))


def test_a_moved_control_redraws_the_figure_and_the_way_back_restores_it(moved):
    first = bytes(moved.picture.value)
    assert first.startswith(b"\x89PNG")
    for name, value in {"slope": 3.0, "colour": "red", "dashed": True}.items():
        before = moved.picture.value
        moved.controls[name].value = value
        assert moved.picture.value != before, name
    assert moved.values == {"slope": 3.0, "colour": "red", "dashed": True, "dose": 1e8}
    moved._box.children[-3].click()
    assert moved.values == moved.start and moved.picture.value == first


def test_each_kind_of_range_has_its_control(moved):
    kinds = {name: type(control).__name__ for name, control in moved.controls.items()}
    assert kinds == {"slope": "FloatSlider", "colour": "Dropdown", "dashed": "Checkbox", "dose": "FloatLogSlider"}
    assert moved.controls["slope"].description == "slope [mm/day]"


def test_what_cannot_be_drawn_is_said_and_the_figure_stays(moved):
    before = moved.picture.value
    moved.controls["slope"].value = 4.5
    assert "slope: too &lt;steep&gt;" in moved.said.value and moved.picture.value == before
    moved.controls["slope"].value = 2.0
    assert moved.said.value == "slope 2 &lt; 5" and moved.picture.value != before


@pytest.mark.parametrize("on", [True, False])
def test_garbage_waits_for_a_redraw_and_no_longer(moved, on):
    (gc.enable if on else gc.disable)()
    try:
        seen = []
        draw, moved.draw = moved.draw, lambda **kw: (seen.append(gc.isenabled()), draw(**kw))[1]
        for slope in (2.0, 4.5):  # drawn, and refused
            moved.controls["slope"].value = slope
            assert gc.isenabled() is on
    finally:
        gc.enable()
    assert seen == [False, False]


def test_a_figure_that_changes_its_size_is_drawn_whole():
    def sized(width=3.0):
        import matplotlib.pyplot as plt

        figure = plt.figure(figsize=(width, 2.0))
        figure.add_subplot().set_title("title")
        return figure

    def wide(png):
        return int.from_bytes(png[16:20], "big") / sliding.DPI

    moved = lesson.sliders(sized, width=(2.0, 6.0))
    assert [wide(moved._drawn({"width": w})[0]) for w in (3.0, 5.0, 3.0)] == [3.0, 5.0, 3.0]


def test_no_figure_is_left_for_the_notebook_to_show_again(moved):
    import matplotlib.pyplot as plt

    moved.controls["slope"].value = 2.0
    assert plt.get_fignums() == []


def test_a_page_that_is_only_read_shows_the_figure_as_it_begins(moved):
    moved.controls["slope"].value = 2.0
    bundle = moved._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert bundle["image/png"] == moved._first != moved.picture.value


def test_without_ipywidgets_the_figure_stands_and_the_log_says_how_to_move_it(monkeypatch, caplog):
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    still = lesson.sliders(line, slope=(0.0, 5.0))
    assert list(still._repr_mimebundle_()) == ["image/png", "text/plain"]
    assert "pip install 'simsolid[notebooks]'" in caplog.text


@pytest.mark.parametrize("controls, at, said", [
    ({"slop": (0, 1)}, {}, "slop: line has no such argument; did you mean 'slope'"),
    ({"slope": (2, 5)}, {}, "slope: begins at 1, outside 2 to 5"),
    ({"slope": (5, 2)}, {}, "slope: the range 5 to 2 is empty"),
    ({"slope": "steep"}, {}, "slope: 'steep' is neither (low, high), (low, high, step) nor a list of choices"),
    ({"colour": ["red", "blue"]}, {}, "colour: begins at 'black', which is none of ['red', 'blue']"),
    ({"lift": (0, 1)}, {}, "lift: no place to begin; give at={'lift': ...}"),
    ({"slope": (0, 5)}, {"color": "red"}, "color: line has no such argument; did you mean 'colour'"),
    ({}, {}, "line brings no controls; give some"),
])  # fmt: skip
def test_controls_that_cannot_work_are_refused(controls, at, said):
    with pytest.raises(ParameterError, match=re.escape(said)):
        lesson.sliders(line, at=at, **controls)


def test_all_faults_of_controls_come_at_once():
    with pytest.raises(ParameterError, match=r"(?s)slop: .*lift: no place"):
        lesson.sliders(line, slop=(0, 1), lift=(0, 1))


def test_arguments_without_a_control_are_fixed(moved):
    plain = lesson.sliders(line, slope=(0.0, 5.0))
    lifted = lesson.sliders(line, at={"lift": 3.0, "slope": 2.0}, slope=(0.0, 5.0))
    assert lifted.values == {"slope": 2.0} and lifted._first != plain._first


READY = {
    "one_patient": {"dose": 1e9, "route": "intraperitoneal", "antigen_positive": 0.4, "suppression": 5.0, "kill": 3.0},
    "pseudo_progression": {"first_scan": 14.0, "reader": 0.2, "oedema": 2.0, "clearance": 2.0},
    "crs_risk": {"dose": 1e9, "rescue": "standard", "diameter": 1.5, "lymphodepletion": "none", "grade": 2},
}


@pytest.mark.parametrize("name", READY)
def test_every_control_of_a_ready_figure_changes_it(name, monkeypatch):
    pytest.importorskip("ipywidgets")
    monkeypatch.setenv("SIMSOLID_LESSON", "quick")
    moved = lesson.sliders(getattr(lesson, name))
    assert set(moved.controls) == set(READY[name])
    for control, value in READY[name].items():
        before = moved.picture.value
        moved.controls[control].value = value
        assert moved.picture.value != before and "<pre>" not in moved.said.value, control


def test_earlier_scans_and_more_swelling_give_more_pseudo_progression(monkeypatch):
    from simsolid.lesson import scanned

    monkeypatch.setenv("SIMSOLID_LESSON", "full")
    usual, swollen = ((("oedema_gain", gain), ("clearance_rate", 1.0)) for gain in (1.0, 2.0))

    def events(moved, day):
        counts = scanned._counts(("gastric", 60), moved, 0.0, day).set_index("measure")
        return counts.loc["pseudo-progression", "events"]

    assert events(swollen, 14.0) > events(usual, 14.0) > events(usual, 42.0)


def test_rescue_and_a_smaller_burden_lower_the_grade():
    from simsolid.lesson import release

    worst = {case: release._graded("gastric", 20, *case)["crs_grade"].sum()
             for case in ((1.0, "flu_cy", "none"), (1.0, "flu_cy", "standard"), (0.5, "flu_cy", "none"))}  # fmt: skip
    usual, rescued, small = worst.values()
    assert rescued < usual and small < usual
