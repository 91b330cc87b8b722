"""Points with intervals, and lesions against the net growth inside them: what stands where."""

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import xarray as xr

from simsolid import plot
from simsolid.errors import ParameterError
from simsolid.summarise import paired, summarise


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def table(doses=(1e7, 1e8, 1e9), routes=("intravenous", "intraperitoneal"), patients=10):
    """More responders and more severe release the higher the dose; each route adds one responder."""
    rows = [
        (route, dose, n, 0, "PR" if n < 2 * k + r else "SD", 3.0 * (n < k), 9.0 + n)
        for r, route in enumerate(routes) for k, dose in enumerate(doses) for n in range(patients)
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["route", "dose", "patient", "status", "best_response", "crs_grade", "tmax"])


def marks(ax):
    """Centres of the points, in the order drawn."""
    return [container[0].get_xydata() for container in ax.containers]


def test_each_arm_of_a_forest_has_its_row_its_rate_and_its_interval():
    summary = summarise(table())
    ax = plot.forest(summary)
    assert [tick.get_text() for tick in ax.get_yticklabels()][:2] == ["intravenous, 1e7", "intravenous, 1e8"]
    assert marks(ax)[0][:, 0].tolist() == pytest.approx([0, 20, 40, 10, 30, 50])
    assert marks(ax)[0][:, 1].tolist() == [0, 1, 2, 3, 4, 5]
    first = summary[summary["measure"] == "objective_response"].iloc[1]
    bar = ax.containers[0][2][0].get_segments()[1]
    assert bar[:, 0].tolist() == pytest.approx([100 * first["lower"], 100 * first["upper"]])


def test_two_measures_stand_apart_in_a_row_and_differ_in_marker():
    ax = plot.forest(summarise(table()), ["objective_response", "crs_severe"])
    response, severe = marks(ax)
    assert (response[:, 1] != severe[:, 1]).all() and ax.get_xlabel() == "patients [%]"
    assert ax.containers[0][0].get_marker() != ax.containers[1][0].get_marker()


def test_the_measures_of_a_single_arm_are_the_rows():
    ax = plot.forest(paired(table(doses=(1e8,)), "route"), ["objective_response", "crs_severe"])
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["objective response", "CRS, grade 3 or more"]
    assert marks(ax)[0].tolist() == [[pytest.approx(10), 0], [0, 1]] and ax.get_legend() is None


def test_differences_say_from_what_and_have_a_line_at_zero():
    ax = plot.forest(paired(table(), "route"))
    assert ax.get_xlabel() == "objective response: difference from intravenous [percentage points]"
    assert [line.get_xdata()[0] for line in ax.get_lines() if len(set(line.get_xdata())) == 1] == [0]
    assert marks(ax)[0][:, 0].tolist() == pytest.approx([10, 10, 10])


def test_an_arm_without_a_value_keeps_its_row():
    gone = table()
    gone.loc[gone["route"] == "intravenous", "tmax"] = np.nan
    assert len(plot.forest(summarise(gone), "tmax").get_yticks()) == 6


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda s: plot.forest(s, "objective_respons"), "did you mean 'objective_response'"),
        (lambda s: plot.forest(s, ["objective_response", "tmax"]), "have the units %, day; draw one unit at a time"),
    ],
)
def test_what_cannot_be_drawn_is_refused_with_the_way_out(draw, message):
    with pytest.raises(ParameterError, match=message):
        draw(summarise(table()))


def growth_run(many=12, days=(-7.0, 0.0, 60.0)):
    """Half of the lesions lose nearly all, half double; lesion slot 1 is empty."""
    rate = np.stack([np.where(np.arange(many) < many / 2, 0.05, 0.95), np.full(many, np.nan)], axis=1)
    left = np.where(rate > 0.5, 0.001, 2.0)
    viable = np.stack([np.full_like(rate, 9.0), np.full_like(rate, 10.0), 10.0 * left], axis=2)
    viable[:, 1] = 0.0
    return xr.Dataset(
        {"net_effector_growth": (("patient", "lesion"), rate), "viable_volume": (("patient", "lesion", "time"), viable)},
        {"patient": np.arange(many), "lesion": [0, 1], "time": list(days)},
    )


def test_lesions_stand_at_their_growth_and_at_what_is_left_of_them():
    ax = plot.first_contact(growth_run())
    points = next(line for line in ax.get_lines() if line.get_marker() == "o").get_xydata()
    assert len(points) == 12
    assert sorted({tuple(np.round(each, 3)) for each in points.tolist()}) == [(0.05, 200.0), (0.95, 0.1)]
    median = next(line for line in ax.get_lines() if line.get_linewidth() > 2)
    assert np.column_stack(median.get_data()).tolist() == [pytest.approx([0.1, 200.0]), pytest.approx([0.9, 0.1])]


def test_a_run_that_ends_too_early_for_the_read_out_is_refused():
    with pytest.raises(ParameterError, match="must hold day 0 and day 90"):
        plot.first_contact(growth_run(), day=90)
