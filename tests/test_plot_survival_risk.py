"""Kaplan-Meier, risk and benefit-risk figures show what the estimates say, and compute nothing of their own."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from simsolid import plot, risk, survival
from simsolid.attrition import intention_to_treat
from simsolid.errors import ParameterError
from simsolid.plot.curves import MONTH
from tests import plots
from tests.plots import closed  # noqa: F401


def test_the_curve_drawn_is_the_estimate_in_months_and_per_cent():
    table = plots.clinic(8, arms=())
    curve = survival.kaplan_meier(table, "os_day")
    line = plot.kaplan_meier(table).get_lines()[0]
    np.testing.assert_allclose(line.get_xdata(), curve["day"] / MONTH)
    np.testing.assert_allclose(line.get_ydata(), 100 * curve["survival"])
    assert line.get_drawstyle() == "steps-post"


def test_censored_patients_have_a_tick_where_their_time_ends():
    ticks = plots.markers(plot.kaplan_meier(plots.clinic(6, arms=())), "|")
    assert [round(x * MONTH) for x, _ in ticks] == [140, 280, 420]


def test_numbers_at_risk_stand_under_their_ticks():
    table = plots.clinic(6)
    ax = plot.kaplan_meier(table)
    counts = survival.numbers_at_risk(table, "os_day", ax.get_xticks() * MONTH)
    shown = [int(t.get_text()) for t in ax.texts if t.get_text().isdigit()]
    assert shown == counts["at_risk"].tolist()


def test_no_words_of_a_survival_figure_lie_on_each_other():
    ax = plot.kaplan_meier(plots.clinic(12))
    ax.figure.canvas.draw()
    assert plots.overlaps([*ax.texts, ax.xaxis.label, *ax.get_xticklabels(), *ax.get_legend().get_texts()]) == []


def test_intention_to_treat_is_drawn_from_enrolment_and_the_rest_from_the_infusion():
    one = plots.clinic(12, arms=())
    attrition = pd.DataFrame({"patient": one["patient"], "infused": True, "wait_days": 28.0})
    both = intention_to_treat(one, one, attrition)
    assert plot.kaplan_meier(both).get_xlabel() == "time since enrolment [month]"
    assert plot.kaplan_meier(both, "response_duration").get_xlabel() == "time since first response [month]"
    assert plot.kaplan_meier(one).get_xlabel() == "time since infusion [month]"


def test_the_risk_table_is_inside_the_figure():
    ax = plot.kaplan_meier(plots.clinic(12))
    ax.figure.canvas.draw()
    assert min(t.get_window_extent().y0 for t in ax.texts) >= 0


def test_the_words_above_a_survival_figure_end_inside_it():
    ax = plot.kaplan_meier(plots.clinic(12, arms=("intravenous", "intraperitoneal")))
    ax.figure.canvas.draw()
    assert ax.get_legend().get_window_extent().x1 <= ax.figure.bbox.x1


def test_the_hazard_ratio_is_that_of_the_estimate():
    table = plots.clinic(12)
    row = survival.hazard_ratio(table, "os_day", "arm").iloc[0]
    words = [t.get_text() for t in plot.kaplan_meier(table).get_legend().get_texts() if "hazard ratio" in t.get_text()]
    assert len(words) == 1 and f"{row['value']:.2f} ({row['lower']:.2f} to {row['upper']:.2f})" in words[0]


def test_the_reference_of_the_hazard_ratio_can_be_chosen():
    words = [t.get_text() for t in plot.kaplan_meier(plots.clinic(12), reference="B").get_legend().get_texts()]
    assert any("A against B" in w for w in words)


def test_a_ratio_that_does_not_exist_says_why():
    table = plots.clinic(12)
    table["died"] = table["died"] & (table["arm"] == "A")
    words = [t.get_text() for t in plot.kaplan_meier(table).get_legend().get_texts()]
    assert any("none (events: 0 in the arm" in w for w in words)


def test_a_median_beyond_follow_up_is_not_reached():
    table = plots.clinic(6, arms=())
    table["died"] = table["patient"] == 5
    table.loc[5, "os_day"] = 30.0
    assert plot.kaplan_meier(table).get_legend().get_texts()[0].get_text().startswith("not reached")


@pytest.mark.parametrize("arms", [("A", "B"), ()])
def test_a_survival_figure_without_patients_is_an_empty_frame(arms):
    assert len(plot.kaplan_meier(plots.clinic(arms=arms)[:0]).get_lines()) == 1  # the line at one half


def test_arms_of_a_survival_figure_differ_in_line_style():
    lines = plot.kaplan_meier(plots.clinic()).get_legend().get_lines()
    assert len({line.get_linestyle() for line in lines if line.get_linestyle() != "None"}) == 2


def test_an_unknown_time_is_refused_with_the_nearest():
    with pytest.raises(ParameterError, match="did you mean 'os_day'"):
        plot.kaplan_meier(plots.clinic(), "os_days")


def _doses(severe=(1, 3, 6), arms=("no rescue",)):
    rows = [(arm, dose, n, 3.0 * (n < events), "PR" if n < 4 else "SD") for arm in arms
            for dose, events in zip((1e7, 1e8, 1e9), severe, strict=True) for n in range(10)]  # fmt: skip
    return pd.DataFrame(rows, columns=["rescue", "dose", "patient", "crs_grade", "best_response"])


def _bars(ax):
    """Ends of all error bars, upright ones first."""
    return [bar.get_segments() for box in ax.containers for bar in box[2]]


def test_observed_rates_and_their_intervals_are_those_of_the_estimate():
    found = risk.crs_risk(_doses())
    ax = plot.crs_risk(found)
    seen = ax.containers[0][0]
    np.testing.assert_allclose(seen.get_ydata(), 100 * found.observed["value"])
    ends = np.array([[segment[0][1], segment[1][1]] for segment in _bars(ax)[0]])
    np.testing.assert_allclose(ends, 100 * found.observed[["lower", "upper"]].to_numpy())


def test_the_fitted_curve_and_its_odds_are_those_of_the_estimate():
    found = risk.crs_risk(_doses())
    ax = plot.crs_risk(found)
    np.testing.assert_allclose(ax.get_lines()[0].get_ydata(), 100 * found.curve["value"])
    assert f"odds × {np.exp(found.slope['value'].item()):.2g}" in ax.get_legend().get_texts()[0].get_text()
    assert ax.get_xscale() == "log" and ax.get_xlabel() == "dose [cell]"


def test_an_arm_without_events_has_no_curve_and_says_why():
    ax = plot.crs_risk(risk.crs_risk(_doses((0, 0, 0))))
    assert "no curve: no event in 30 patients" in ax.get_legend().get_texts()[0].get_text()
    assert len(ax.containers) == 1


def test_a_column_of_words_has_dots_over_its_words():
    table = _doses().rename(columns={"dose": "conditioning"})
    table["conditioning"] = table["conditioning"].map({1e7: "none", 1e8: "cy", 1e9: "flu_cy"})
    ax = plot.crs_risk(risk.crs_risk(table, "lymphodepletion"))
    assert {t.get_text() for t in ax.get_xticklabels()} == {"none", "cy", "flu cy"}
    assert ax.get_xlabel() == "lymphodepletion"


def test_a_bin_has_a_bar_as_wide_as_its_patients():
    rng = np.random.default_rng(1)
    table = pd.DataFrame({"patient": range(60), "true_viable_start": rng.lognormal(3, 1, 60),
                          "crs_grade": rng.integers(0, 5, 60)})  # fmt: skip
    found = risk.crs_risk(table, "burden", bins=3)
    wide = _bars(plot.crs_risk(found))[0]
    np.testing.assert_allclose([s[0][0] for s in wide], found.observed["low"])
    np.testing.assert_allclose([s[1][0] for s in wide], found.observed["high"])


def test_arms_at_the_same_dose_stand_side_by_side():
    ax = plot.crs_risk(risk.crs_risk(_doses(arms=("no rescue", "rescue"))))
    first, second = (box[0].get_xdata() for box in ax.containers)
    assert (first < second).all() and (second / first < 1.3).all()


def test_the_frontier_is_filled_and_the_rest_is_open():
    found = risk.benefit_risk(_doses())
    assert found["frontier"].tolist() == [True, False, False]
    ax = plot.benefit_risk(found)
    dots = {line.get_markerfacecolor(): list(line.get_xdata()) for line in ax.get_lines() if line.get_marker() == "o"
            and line.get_linestyle() == "None"}  # fmt: skip
    assert dots.pop("white") == [30.0, 60.0] and list(dots.values()) == [[10.0]]


def test_levels_are_joined_in_their_order_and_named():
    ax = plot.benefit_risk(risk.benefit_risk(_doses()))
    joined = next(line for line in ax.get_lines() if line.get_linestyle() == "-" and len(line.get_xdata()))
    assert list(joined.get_xdata()) == [10.0, 30.0, 60.0]
    assert sorted(t.get_text() for t in ax.texts) == ["1e7", "1e8", "1e9"]


def test_words_of_levels_that_lie_together_never_cover_each_other():
    found = risk.benefit_risk(_doses())
    found[["risk", "benefit"]] = [[0.30, 0.40], [0.301, 0.402], [0.302, 0.404]]
    ax = plot.benefit_risk(found)
    ax.figure.canvas.draw()
    assert plots.overlaps(ax.texts) == [] and {"1e7", "1e9"} <= {t.get_text() for t in ax.texts}


def test_no_error_bar_runs_through_the_name_of_its_level():
    ax = plot.benefit_risk(risk.benefit_risk(_doses()))
    ax.figure.canvas.draw()
    for text, (x, y) in zip(ax.texts, [ax.transData.transform(t.xy) for t in ax.texts], strict=True):
        box = text.get_window_extent()
        assert not box.x0 <= x <= box.x1 and not box.y0 <= y <= box.y1


def test_each_figure_draws_on_the_axes_given_with_units():
    found = {"kaplan_meier": plots.clinic(), "crs_risk": risk.crs_risk(_doses()), "benefit_risk": risk.benefit_risk(_doses())}
    for name, data in found.items():
        _, ax = plt.subplots()
        assert getattr(plot, name)(data, ax=ax) is ax
        assert "[" in ax.get_xlabel() and "[%]" in ax.get_ylabel()


def test_more_arms_than_can_be_told_apart_are_refused():
    with pytest.raises(ParameterError, match="9 arms along rescue"):
        plot.crs_risk(risk.crs_risk(_doses(arms=[f"rule {k}" for k in range(9)])))
