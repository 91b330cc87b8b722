"""RECIST 1.1 as cases worked by hand in tests/criteria/recist.csv; each names the sentence of eisenhauer2009 it follows."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simsolid import recist
from simsolid.films import Films
from simsolid.recist import Call
from tests import criteria_cases as by_hand

NAN = np.nan
NODE = "lymph_node"

@by_hand.each("recist")
def test_a_visit_is_called_as_by_hand(case):
    assert by_hand.words(recist.read(by_hand.films(case))[0].call, Call) == case["words"]


def test_all_cases_at_once_equal_each_alone():
    by_hand.alike("recist", recist.read)


TARGETS = [
    ("the two largest of an organ", [("liver", 30), ("liver", 12), ("liver", 45)], [1, 0, 1]),
    ("no more than five", [(f"o{k}", 50 - k) for k in range(7)], [1, 1, 1, 1, 1, 0, 0]),
    ("the five largest, wherever they are listed", [(f"o{k}", 20 + k) for k in range(6)], [0, 1, 1, 1, 1, 1]),
    ("exactly 10 mm is measurable", [("liver", 10), ("lung", 9.9)], [1, 0]),
    ("a node needs 15 mm", [(NODE, 14.9), (NODE, 15)], [0, 1]),
    ("equal lesions in the order of the list", [("liver", 20), ("liver", 20), ("liver", 20)], [1, 1, 0]),
    ("an organ that is full makes room for another", [("liver", 60), ("liver", 50), ("liver", 40), ("lung", 11)], [1, 1, 0, 1]),
    ("absent lesions are never chosen", [("", NAN), ("liver", 20)], [0, 1]),
    ("no lesion is measurable", [("liver", 5), ("lung", 0)], [0, 0]),
]  # fmt: skip


@pytest.mark.parametrize(("lesions", "chosen"), [row[1:] for row in TARGETS], ids=[row[0] for row in TARGETS])
def test_targets_are_chosen_as_by_hand(lesions, chosen):
    organs = np.array([organ for organ, _ in lesions])
    found = recist.target_lesions([d for _, d in lesions], organs, organs == NODE)
    assert found.astype(int).tolist() == chosen


# calls after baseline at days 28, 70, 112, 154 | best response | confirmed
COURSES = [
    ("PR PR SD SD", "PR", "PR"),
    ("PR SD SD SD", "PR", "SD"),
    ("PR SD PR SD", "PR", "PR"),
    ("PR NE PR SD", "PR", "PR"),
    ("PR PD PR PR", "PR", "PD"),
    ("SD PR PD PR", "PR", "SD"),
    ("CR CR SD SD", "CR", "CR"),
    ("CR PR PR PD", "CR", "PR"),
    ("CR NE CR SD", "CR", "CR"),
    ("CR PR CR PD", "CR", "PR"),
    ("PR CR SD SD", "CR", "PR"),
    ("PR CR CR PD", "CR", "CR"),
    ("CR PD CR CR", "CR", "PD"),
    ("SD PD PR PR", "PD", "PD"),
    ("SD SD PD SD", "SD", "SD"),
    ("SD NE NE NE", "NE", "NE"),
    ("PD PR CR CR", "PD", "PD"),
    ("NE NE NE NE", "NE", "NE"),
    ("NE SD NE NE", "SD", "SD"),
    ("NE NE NE PR", "PR", "SD"),
    ("PR NE NE NE", "PR", "NE"),
    ("NON NON PD NON", "NON", "NON"),
    ("NON CR PD CR", "CR", "NON"),
    ("CR NON CR NON", "CR", "NON"),
    ("NON NE NE NE", "NE", "NE"),
]


@pytest.mark.parametrize(("calls", "best", "confirmed"), COURSES, ids=[row[0] for row in COURSES])
def test_a_course_has_the_best_response_of_table_3(calls, best, confirmed):
    named = {c.name: c for c in Call} | {"NON": Call.NON_CR_NON_PD}
    codes = np.array([Call.NE] + [named[c] for c in calls.split()])
    day = np.array([-7, 28, 70, 112, 154])
    found = [Call(int(recist.best_response(codes, day, confirm=c))) for c in (False, True)]
    assert found == [named[best], named[confirmed]]


def test_a_response_is_confirmed_28_days_later_and_not_27():
    calls = np.array([Call.NE, Call.PR, Call.PR])
    assert recist.best_response(calls, [-7, 50, 78], confirm=True) == Call.PR
    assert recist.best_response(calls, [-7, 50, 77], confirm=True) == Call.SD


def test_stable_disease_counts_from_day_42_and_not_before():
    calls = np.array([Call.NE, Call.SD])
    assert recist.best_response(calls, [-7, 42]) == Call.SD
    assert recist.best_response(calls, [-7, 41]) == Call.NE


def test_a_sphere_of_20_mm_has_the_textbook_volume_and_no_volume_has_no_diameter():
    volume = np.array([4.18879020478639, 0.0, -1e-12, NAN])
    np.testing.assert_allclose(recist.sphere_diameter(volume), [20.0, 0.0, 0.0, NAN], rtol=1e-12)


def _read(diameters, organs):
    return recist.read(Films(day=np.arange(np.shape(diameters)[-1]), diameter=diameters, organ=organs))[0]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.lists(st.integers(0, 90), min_size=4, max_size=4), min_size=1, max_size=6), st.randoms())
def test_the_order_of_lesions_in_different_organs_does_not_matter(rows, rnd):
    diameters = np.array(rows, dtype=float) + np.arange(len(rows))[:, None] * 0.01
    organs = np.arange(len(rows))
    mixed = list(range(len(rows)))
    rnd.shuffle(mixed)
    first, second = _read(diameters, organs), _read(diameters[mixed], organs[mixed])
    np.testing.assert_array_equal(first.call, second.call)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(10, 90), min_size=2, max_size=6), st.integers(0, 60))
def test_a_larger_last_scan_is_never_called_better(course, more):
    now = _read([course], ["liver"]).call[-1]
    later = [*course[:-1], course[-1] + more]
    assert _read([later], ["liver"]).call[-1] <= now
