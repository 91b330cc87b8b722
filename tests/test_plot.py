"""Figures: what is drawn, with which labels, and that nothing outside is touched."""

import matplotlib
import numpy as np
import pytest

matplotlib.use("Agg")

import matplotlib.pyplot as plt

from simsolid import plot
from simsolid.assess import assess
from simsolid.errors import ParameterError
from simsolid.observe import observe
from tests import runs


@pytest.fixture(scope="module")
def run():
    new = [50.0] + [np.nan] * 29
    return runs.cohort(30, failed=(2,), new_lesion_day=new)


@pytest.fixture(scope="module")
def seen(run):
    return observe(run)


@pytest.fixture(scope="module")
def table(seen):
    return assess(seen)


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


DRAWINGS = {
    "waterfall": lambda run, seen, table, **kw: plot.waterfall(table, **kw),
    "spider": lambda run, seen, table, **kw: plot.spider(seen, **kw),
    "trajectories of a run": lambda run, seen, table, **kw: plot.trajectories(run, "cart_blood", **kw),
    "trajectories of what is seen": lambda run, seen, table, **kw: plot.trajectories(
        seen, "cart_copies", **kw
    ),
    "trajectories over lesions": lambda run, seen, table, **kw: plot.trajectories(run, "cart_lesion", **kw),
    "tumour volume": lambda run, seen, table, **kw: plot.tumour_volume(run, **kw),
    "a share": lambda run, seen, table, **kw: plot.trajectories(run, "healthy_tissue", **kw),
    "cytokines": lambda run, seen, table, **kw: plot.cytokines(run, "crp", **kw),
}


@pytest.mark.parametrize("name", DRAWINGS)
def test_a_drawing_uses_the_axes_it_is_given_and_returns_them(name, run, seen, table):
    _, ax = plt.subplots()
    assert DRAWINGS[name](run, seen, table, ax=ax) is ax
    assert ax.has_data()


@pytest.mark.parametrize("name", DRAWINGS)
def test_every_axis_says_what_it_shows_and_in_which_unit(name, run, seen, table):
    ax = DRAWINGS[name](run, seen, table)
    assert "[" in ax.get_ylabel()
    assert ax.get_xlabel()


@pytest.mark.parametrize("name", DRAWINGS)
def test_no_setting_of_matplotlib_is_changed_and_nothing_is_shown(name, run, seen, table, monkeypatch):
    monkeypatch.setattr(plt, "show", lambda *a, **k: pytest.fail("show was called"))
    matplotlib.rcdefaults()
    before = dict(matplotlib.rcParams)
    DRAWINGS[name](run, seen, table)
    assert dict(matplotlib.rcParams) == before


@pytest.mark.parametrize("name", [n for n in DRAWINGS if n != "waterfall"])
def test_arms_differ_in_colour_and_in_line_style(name, run, seen, table):
    handles = list(DRAWINGS[name](run, seen, table).get_legend().get_lines())
    looks = {(h.get_color(), h.get_linestyle(), h.get_marker(), h.get_linewidth()) for h in handles}
    assert len(looks) == len(handles) >= 2
    by_style = {(h.get_linestyle(), h.get_marker(), h.get_linewidth()) for h in handles}  # without colour, in grey
    assert len(by_style) == len(handles)


def test_bars_fall_from_the_worst_to_the_best_in_each_arm(table):
    ax = plot.waterfall(table)
    bars = sorted((bar.get_x(), bar.get_height()) for bar in ax.patches)
    heights = np.array([h for _, h in bars])
    many = len(heights) // 2
    for part in (heights[:many], heights[many:]):
        assert (np.diff(part) <= 0).all()
    shown = table[table.route == "intravenous"].best_change.dropna().to_numpy()
    np.testing.assert_allclose(np.sort(heights[:many]), np.minimum(np.sort(shown), 100))


def test_many_bars_are_hatched_by_response_and_stand_where_few_would(monkeypatch, table):
    from simsolid.plot import response

    few = plot.waterfall(table)
    monkeypatch.setattr(response, "LEGIBLE_BARS", 10)
    many = plot.waterfall(table)
    assert {p.get_hatch() for p in many.patches} == {p.get_hatch() for p in few.patches} and len(many.patches) < len(few.patches)
    tall = [np.vstack([p.get_data().edges[:-1] + 0.5, p.get_data().values]).T for p in many.patches]
    tall = np.vstack(tall)
    bars = sorted((round(p.get_x() + 0.4), p.get_height()) for p in few.patches)
    np.testing.assert_allclose(sorted(tall[np.isfinite(tall[:, 1])].tolist()), bars)


def test_the_legend_of_a_spider_plot_covers_no_line(seen, table):
    one = seen.sel(route="intravenous")
    ax = plot.spider(one, table[table.route == "intravenous"], head="vein")
    ax.figure.canvas.draw()
    box, frame = ax.get_legend().get_window_extent(), ax.get_window_extent()
    assert box.y0 >= frame.y1 and box.x1 <= ax.figure.bbox.x1
    assert ax.get_legend().get_title().get_text().startswith("vein\n")


def test_a_waterfall_has_dashed_lines_at_plus_20_and_minus_30(table):
    dashed = [
        line.get_ydata()[0] for line in plot.waterfall(table).get_lines() if line.get_linestyle() == "--"
    ]
    assert dashed == [20, -30]


def test_a_bar_above_100_per_cent_is_cut_and_marked():
    rows = assess(observe(runs.labelled_run([[{0: 20.0, 28: 90.0}, {0: 0.0}]]), noise=False))
    ax = plot.waterfall(rows)
    assert [bar.get_height() for bar in ax.patches] == [100.0]
    assert [line for line in ax.get_lines() if line.get_marker() == "^" and len(line.get_xdata())]


def test_a_waterfall_without_patients_is_an_empty_frame(table):
    assert len(plot.waterfall(table[:0]).patches) == 0


def test_a_new_lesion_has_an_asterisk(table):
    rows = table[table.route == "intravenous"].copy()
    rows["new_lesion"] = rows.patient == 5
    ax = plot.waterfall(rows)
    assert [t.get_text() for t in ax.texts].count("*") == 1
    assert ax.get_legend().get_title().get_text() == "best response; * new lesion"
    assert "*" not in plot.waterfall(rows.assign(new_lesion=False)).get_legend().get_title().get_text()


def test_the_band_is_the_5th_to_95th_percentile_of_those_that_finished(run):
    values = run.temperature.sel(route="intravenous").isel(patient=[k for k in range(30) if k != 2])
    values = values + 0.1 * values.patient
    changed = run.sel(route="intravenous").assign(temperature=values)
    ax = plot.trajectories(changed, "temperature")
    np.testing.assert_allclose(ax.get_lines()[0].get_ydata(), np.percentile(values, 50, axis=0))
    corners = ax.collections[0].get_paths()[0].vertices
    assert corners[:, 1].min() == pytest.approx(np.percentile(values, 5, axis=0).min())
    assert corners[:, 1].max() == pytest.approx(np.percentile(values, 95, axis=0).max())


@pytest.mark.parametrize(("name", "limit"), [("cart_blood", 0.05), ("cart_copies", 25.0)])
def test_cells_in_blood_are_on_a_logarithmic_axis_with_the_assay_limit(seen, name, limit):
    ax = plot.trajectories(seen, name)
    assert ax.get_yscale() == "log"
    assert limit in [line.get_ydata()[0] for line in ax.get_lines()]
    assert "limit of quantification" in [t.get_text() for t in ax.texts]


def test_a_look_can_be_overridden(run):
    ax = plot.cytokines(run.isel(route=0), color="red", linewidth=7)
    assert (ax.get_lines()[0].get_color(), ax.get_lines()[0].get_linewidth()) == ("red", 7)


def test_one_patient_fills_four_labelled_panels(run):
    panels = plot.patient(run.isel(route=0), 4).axes[:4]
    assert len(panels) == 4
    assert all(ax.get_ylabel() and ax.get_xlabel() and ax.get_legend() for ax in panels)


def test_no_text_of_the_one_patient_figure_overlaps_another(run):
    figure = plot.patient(run.isel(route=0), 4)
    figure.canvas.draw()
    words = [t for ax in figure.axes for t in (ax.xaxis.label, ax.yaxis.label, ax.title) if t.get_text()]
    boxes = [t.get_window_extent() for t in words]
    clashes = [(a, b) for k, a in enumerate(boxes) for b in boxes[k + 1 :] if a.overlaps(b)]
    assert clashes == []


def test_a_comparison_draws_every_figure_once_and_keeps_pyplot_free(run, seen, table):
    drawn = plot.comparison(table, seen, run)
    assert list(drawn) == ["waterfall", "blood", "lesion", "volume", "il6", "spider", "survival", "swimmer"]
    panels = {name: len(figure.axes) for name, figure in drawn.items()}
    assert panels.pop("spider") == run.sizes["route"] and set(panels.values()) == {1}
    assert all(ax.has_data() for figure in drawn.values() for ax in figure.axes)
    assert plt.get_fignums() == []


def test_a_patient_that_is_not_there_is_refused(run):
    with pytest.raises(ParameterError, match="no patient 99; the run has 0 to 29"):
        plot.patient(run.isel(route=0), 99)


def test_a_patient_in_several_arms_is_refused(run):
    with pytest.raises(ParameterError, match="still has the arms route; select one"):
        plot.patient(run, 4)


def test_an_unknown_quantity_is_refused_with_the_nearest(run):
    with pytest.raises(ParameterError, match="no variable 'cart_blod' here; did you mean 'cart_blood'"):
        plot.trajectories(run, "cart_blod")


def test_shares_of_lesions_are_not_added_up(run):
    with pytest.raises(ParameterError, match=r"antigen_negative_fraction \[1\] of several lesions cannot be added up"):
        plot.trajectories(run, "antigen_negative_fraction")
    assert plot.trajectories(run.isel(lesion=0), "antigen_negative_fraction").has_data()


def test_more_arms_than_can_be_told_apart_are_refused():
    many = runs.cohort(2, arms={"dose": list(range(9))}, scale=np.ones(9))
    with pytest.raises(ParameterError, match="9 arms along dose are more than the 7 that can be told apart"):
        plot.trajectories(many)


def test_patients_without_a_scan_to_compare_are_counted(table):
    rows = table[table.route == "intravenous"].copy()
    without = int(rows.best_change.isna().sum()) + 3
    rows.loc[rows[rows.best_change.notna()].index[:3], "best_change"] = np.nan
    head = plot.waterfall(rows).texts[0].get_text()
    assert head == f"intravenous\nn = {30 - without}, {without} without a scan not shown"


def test_a_spider_ends_at_the_scan_that_is_called_progression():
    seen = observe(runs.labelled_run([[{0: 20.0, 60: 20.0, 70: 40.0, 180: 60.0}, {0: 0.0}]]), noise=False)
    line = plot.spider(seen).get_lines()[0]
    weeks = np.array(line.get_xdata())[np.isfinite(line.get_ydata())]
    assert weeks.max() == 10.0


def test_a_spider_of_one_arm_is_coloured_by_best_response(seen, table):
    from simsolid.plot.looks import CALLS

    rows = table[table.route == "intravenous"]
    ax = plot.spider(seen.sel(route="intravenous"), rows)
    words = [t.get_text() for t in ax.get_legend().get_texts()]
    assert words == [c for c in CALLS if c in set(rows.best_response)]
    markers = [line.get_marker() for line in ax.get_legend().get_lines()]
    assert markers == [CALLS[w].marker for w in words]


def test_bands_keep_their_edges_in_the_dashes_of_their_arm(run):
    bands = plot.trajectories(run, "temperature").collections
    assert len({str(band.get_linestyle()) for band in bands}) == 2


def test_arms_are_written_as_a_reader_writes_them():
    from simsolid.plot.style import word

    assert [word(v) for v in (3.75e8, 0.1, 12, "flu_cy")] == ["3.75e8", "0.1", "12", "flu cy"]


def test_what_is_no_table_is_refused_with_the_way_to_one():
    run = runs.cohort(3)
    for draw in (plot.waterfall, plot.swimmer, plot.kaplan_meier):
        with pytest.raises(ParameterError, match=r"Dataset is no table; give what sim\.assess\(sim\.observe\(run\)\) returns"):
            draw(run)
