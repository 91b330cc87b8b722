"""iRECIST as cases worked by hand in tests/criteria/irecist.csv; each names the sentence of seymour2017 it follows."""

import numpy as np
import pytest

from simsolid import irecist, recist
from simsolid.films import Films
from simsolid.irecist import Call
from tests import criteria_cases as by_hand

DAY = np.array([-7, 28, 70, 112, 154, 196])


@by_hand.each("irecist")
def test_a_visit_is_called_as_by_hand(case):
    assert by_hand.words(irecist.read(by_hand.films(case))[0].call, Call) == case["words"]


@by_hand.each("irecist")
def test_progression_is_dated_as_by_hand(case):
    found = irecist.progression(irecist.read(by_hand.films(case))[0].call)
    assert int(found) == int(case["dated"] or -1)


@by_hand.each("irecist")
def test_the_best_response_is_as_by_hand(case):
    films = by_hand.films(case)
    assert Call(int(irecist.best_response(irecist.read(films)[0].call, films.day))).name == case["best"]


def test_all_cases_at_once_equal_each_alone():
    by_hand.alike("irecist", irecist.read)


# timepoint responses 1 to 5 of seymour2017, table 3 | best response
EXAMPLES = [
    ("iCR iPR iUPD iUPD iCPD", "iCR"),
    ("iUPD iPR iCR iUPD iCPD", "iCR"),
    ("iUPD iSD iCR NE iSD", "iCR"),
    ("iUPD iPR iSD iUPD iCPD", "iPR"),
    ("iUPD NE iPR iUPD iCPD", "iPR"),
    ("iUPD iSD iUPD iCPD iCPD", "iSD"),
    ("iUPD iCPD iCPD iCPD iCPD", "iCPD"),
    ("iUPD iUPD iCPD iCPD iCPD", "iCPD"),
    ("iUPD NE NE NE NE", "iUPD"),
    ("NE NE NE NE NE", "NE"),
    ("NON_CR_NON_PD NON_CR_NON_PD iUPD iCPD iCPD", "NON_CR_NON_PD"),
]


@pytest.mark.parametrize(("calls", "best"), EXAMPLES, ids=[row[0] for row in EXAMPLES])
def test_a_course_has_the_best_response_of_table_3(calls, best):
    codes = np.array([Call.NE] + [Call[word] for word in calls.split()])
    assert Call(int(irecist.best_response(codes, DAY))).name == best


def test_a_response_taken_back_and_regained_is_confirmed():
    codes = np.array([Call.NE, Call.iPR, Call.iUPD, Call.iPR, Call.iSD, Call.iSD])
    assert irecist.best_response(codes, DAY, confirm=True) == Call.iPR
    assert irecist.best_response(codes[:3], DAY[:3], confirm=True) == Call.iUPD


def test_an_open_progression_is_suspected_until_a_visit_takes_it_back():
    codes = np.array([Call.NE, Call.iSD, Call.iUPD, Call.NE])
    assert (irecist.progression(codes), irecist.suspected(codes)) == (-1, 2)
    taken_back = np.array([Call.NE, Call.iUPD, Call.iSD])
    assert irecist.suspected(taken_back) == -1


def test_iupd_begins_exactly_where_recist_calls_its_first_progression():
    rng = np.random.default_rng(3)
    diameter = np.rint(rng.uniform(0, 60, size=(300, 3, 6)))
    films = Films(day=DAY, diameter=diameter, organ=np.array(["liver", "lung", "bone"]))
    plain, immune = recist.read(films)[0].call, irecist.read(films)[0].call
    first = lambda truth: np.where(truth.any(axis=-1), truth.argmax(axis=-1), -1)  # noqa: E731
    np.testing.assert_array_equal(first(plain == recist.Call.PD), first(immune == Call.iUPD))
    assert (first(immune == Call.iCPD) != first(immune == Call.iUPD))[first(immune == Call.iUPD) > 0].all()


def test_any_leading_axes_are_read_alike():
    rng = np.random.default_rng(5)
    diameter = np.rint(rng.uniform(0, 60, size=(2, 3, 4, 5)))
    organ = np.array(["liver", "liver", "lung", "bone"])
    whole = irecist.read(Films(day=DAY[:5], diameter=diameter, organ=organ))[0].call
    part = irecist.read(Films(day=DAY[:5], diameter=diameter[1, 2], organ=organ))[0].call
    np.testing.assert_array_equal(whole[1, 2], part)
