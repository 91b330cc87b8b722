"""Estimates with intervals: where the markers and bars stand, and what is refused."""

import numpy as np
import pandas as pd
import pytest

from simsolid import plot
from simsolid.errors import ParameterError
from tests.plots import closed  # noqa: F401  (a fixture: figures are closed)


def rates(along, arms=("A", "B")):
    lines = [{"arm": arm, "dose": level, "value": 0.1 * (n + 1), "lower": 0.05 * (n + 1), "upper": 0.2 * (n + 1)}
             for arm in arms for n, level in enumerate(along)]  # fmt: skip
    return pd.DataFrame(lines)


def drawn(ax):
    """Markers, and ends of the bars, of each arm."""
    return [(line.lines[0].get_xydata(), np.array(line.lines[2][0].get_segments())) for line in ax.containers]


def test_shares_are_drawn_in_per_cent_with_the_ends_of_the_table():
    (points, bars), *_ = drawn(plot.estimates(rates([1.0, 2.0], arms=["A"]), "dose"))
    np.testing.assert_allclose(points, [[1, 10], [2, 20]])
    np.testing.assert_allclose(bars[:, :, 1], [[5, 20], [10, 40]])


def test_other_values_are_drawn_as_they_are():
    (points, _), *_ = drawn(plot.estimates(rates([1.0, 2.0], arms=["A"]), "dose", percent=False))
    np.testing.assert_allclose(points[:, 1], [0.1, 0.2])


def test_a_wide_span_of_numbers_is_logarithmic_and_a_narrow_one_is_not():
    assert plot.estimates(rates([1e7, 1e8, 1e9]), "dose", "arm").get_xscale() == "log"
    assert plot.estimates(rates([14.0, 28.0, 42.0]), "dose", "arm").get_xscale() == "linear"
    assert plot.estimates(rates([0.0, 1.0, 42.0]), "dose", "arm").get_xscale() == "linear"


@pytest.mark.parametrize("levels", [[1e7, 1e9], [14.0, 28.0], ["vein", "artery"]])
def test_arms_stand_side_by_side_with_their_own_marker(levels):
    ax = plot.estimates(rates(levels), "dose", "arm")
    (a, _), (b, _) = drawn(ax)
    assert (a[:, 0] < b[:, 0]).all()
    assert len({line.lines[0].get_marker() for line in ax.containers}) == 2
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["A", "B"]


def test_words_are_written_out_and_not_joined():
    ax = plot.estimates(rates(["vein", "hepatic_artery"]), "dose", "arm")
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["vein", "hepatic artery"]
    assert {line.lines[0].get_linestyle() for line in ax.containers} == {"None"}


def test_several_values_at_one_place_and_a_missing_column_are_refused():
    with pytest.raises(ParameterError, match="several values at dose 1"):
        plot.estimates(rates([1.0, 2.0]), "dose")
    with pytest.raises(ParameterError, match="did you mean 'dose'"):
        plot.estimates(rates([1.0, 2.0]), "doze")
