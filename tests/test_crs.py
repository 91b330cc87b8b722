"""ASTCT grading as the rows of lee2019, table 2, and courses worked by hand."""

import numpy as np
import pytest

from simsolid import crs

# temperature, pressure support, oxygen support, fever waived, grade
ROWS = [
    (36.8, 0, 0, False, 0),
    (37.99, 0, 0, False, 0),
    (38.0, 0, 0, False, 1),
    (41.0, 0, 0, False, 1),
    (38.5, 1, 0, False, 2),
    (38.5, 0, 1, False, 2),
    (38.5, 1, 1, False, 2),
    (38.5, 2, 0, False, 3),
    (38.5, 0, 2, False, 3),
    (38.5, 1, 2, False, 3),
    (38.5, 3, 0, False, 4),
    (38.5, 0, 3, False, 4),
    (38.5, 3, 1, False, 4),
    (37.0, 3, 3, False, 0),
    (37.0, 1, 0, True, 2),
    (37.0, 0, 2, True, 3),
    (37.0, 3, 0, True, 4),
    (37.0, 0, 0, True, 0),
    (38.5, 0, 0, True, 1),
    (np.nan, 0, 0, False, 0),
    (np.nan, 2, 0, True, 3),
]


@pytest.mark.parametrize(("temperature", "pressure", "oxygen", "waived", "expected"), ROWS)
def test_a_moment_is_graded_as_in_the_table(temperature, pressure, oxygen, waived, expected):
    assert crs.grade(temperature, pressure, oxygen, waived) == expected


LEVELS = [(-1, 0), (0.999, 0), (1, 1), (1.5, 1), (2, 2), (3, 3), (9, 3), (np.nan, 0), (np.inf, 3)]


@pytest.mark.parametrize(("score", "level"), LEVELS)
def test_a_score_stands_for_its_whole_part_from_0_to_3(score, level):
    assert crs.support_level(score) == level


def course(day, temperature, pressure=None, oxygen=None, **kw):
    zero = np.zeros(len(day))
    rows = [
        np.array([zero if values is None else values], dtype=float)
        for values in (temperature, pressure, oxygen)
    ]
    found = crs.course(day, *rows, **kw)
    return found.peak[0], found.onset[0], found.duration[0], found.episodes[0]


def test_onset_is_where_a_straight_line_crosses_38():
    assert course([0, 3, 4, 10], [37, 37.5, 39.5, 37.5]) == (1, 3.25, 0.75 + 4.5, 1)


def test_no_fever_is_no_crs_whatever_the_support():
    peak, onset, duration, episodes = course([0, 1, 2], [37, 37.9, 37], [3, 3, 3])
    assert (peak, duration, episodes) == (0, 0, 0)
    assert np.isnan(onset)


def test_support_that_outlasts_fever_is_graded_until_it_ends():
    day, temperature = [0, 1, 2, 3, 4, 5], [37, 39, 37, 37, 37, 37]
    graded = crs.grades(np.array(temperature, dtype=float), np.array([0, 0, 2, 2, 0, 2.0]), np.zeros(6))
    assert graded.tolist() == [0, 1, 3, 3, 0, 0]
    peak, onset, duration, _ = course(day, temperature, [0, 0, 2, 2, 0, 2])
    assert (peak, onset) == (3, 0.5)
    assert duration == pytest.approx(3.5 - 0.5)  # the score falls from 2 to 0 and is 1 half-way


def test_support_without_fever_is_graded_once_treated():
    treated = np.array([False, False, True, True])
    graded = crs.grades(np.full(4, 37.0), np.array([0, 1, 1, 0.0]), np.zeros(4), treated)
    assert graded.tolist() == [0, 0, 2, 0]


def test_fever_at_the_first_time_begins_there_and_fever_at_the_last_ends_there():
    assert course([0, 1, 2], [39, 39, 39]) == (1, 0.0, 2.0, 1)


@pytest.mark.parametrize(("gap", "episodes"), [(0.9, 1), (1.1, 2)])
def test_a_gap_below_24_hours_belongs_to_the_episode(gap, episodes):
    step = 1e-6  # almost vertical flanks, so that the lengths are those of the plateaux
    day = np.array([0, 1, 1 + step, 2, 2 + step, 2 + gap, 2 + gap + step, 4, 4 + step, 9])
    found = course(day, [37, 37, 39, 39, 37, 37, 39, 39, 37, 37])
    whole = 1 + (2 - gap)
    assert found[3] == episodes
    assert found[2] == pytest.approx(whole + (gap if episodes == 1 else 0), abs=1e-4)


def test_a_finer_grid_gives_the_same_course():
    corner_days, corners = [0, 3, 5, 8, 30], [37, 37.2, 40, 37.3, 37]
    coarse = course(corner_days, corners)
    fine = np.sort(np.concatenate([corner_days, np.linspace(0, 30, 777)]))
    np.testing.assert_allclose(course(fine, np.interp(fine, corner_days, corners)), coarse, rtol=1e-9)


def test_a_missing_value_is_not_crs():
    peak, onset, duration, _ = course([0, 1, 2, 3], [np.nan, 39, np.nan, np.nan])
    assert (peak, onset, duration) == (1, 1.0, 0.0)


def test_many_patients_at_once_equal_each_alone():
    rng = np.random.default_rng(3)
    day = np.sort(rng.uniform(0, 30, 60))
    temperature = 37 + 2 * rng.random((50, 60))
    pressure, oxygen = 3 * rng.random((2, 50, 60))
    together = crs.course(day, temperature, pressure, oxygen)
    for k in range(50):
        alone = course(day, temperature[k], pressure[k], oxygen[k])
        np.testing.assert_array_equal(
            [together.peak[k], together.onset[k], together.duration[k], together.episodes[k]], alone
        )


def test_no_patients_give_no_rows():
    empty = np.empty((0, 4))
    assert crs.course(np.arange(4.0), empty, empty, empty).peak.shape == (0,)
