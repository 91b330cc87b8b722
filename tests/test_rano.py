"""RANO and iRANO as cases worked by hand in tests/criteria; the lesions are spheres of the diameters that enhance."""

from dataclasses import replace

import numpy as np

from simsolid import rano
from simsolid.films import Call, Films
from simsolid.rano import ImmuneCall
from tests import criteria_cases as by_hand


@by_hand.each("rano")
def test_a_visit_is_called_as_by_hand(case):
    assert by_hand.words(rano.read(by_hand.films(case))[0].call, Call) == case["words"]


@by_hand.each("irano")
def test_a_visit_is_called_as_by_hand_under_immunotherapy(case):
    assert by_hand.words(rano.read_immune(by_hand.films(case))[0].call, ImmuneCall) == case["words"]


@by_hand.each("irano")
def test_progression_is_dated_as_by_hand(case):
    assert int(rano.progression(rano.read_immune(by_hand.films(case))[0].call)) == int(case["dated"] or -1)


def test_all_cases_at_once_equal_each_alone():
    by_hand.alike("rano", rano.read)


def test_what_enhances_is_measured_and_not_what_is_swollen():
    films = Films(day=[-7, 28], diameter=[[40.0, 60.0]], organ=["brain"], enhancing=[[4.18879, 0.5235988]])
    reading, target = rano.read(films)
    np.testing.assert_allclose(reading.total, [400.0, 100.0], rtol=1e-5)
    assert target.tolist() == [True] and reading.call[1] == Call.PR


def test_an_unconfirmed_progression_is_the_best_there_is_or_none():
    day = np.array([-7, 28, 70, 112])
    best = [rano.best_response(np.array(c), day) for c in ([0, 2, 2, 2], [0, 2, 3, 1], [0, 2, 2, 1], [0, 2, 4, 4])]
    assert [ImmuneCall(int(b)).name for b in best] == ["uPD", "SD", "PD", "PR"]


def test_a_patient_who_is_worse_is_never_better_than_progressive():
    rng = np.random.default_rng(2)
    films = Films(day=[-7, 28, 70], diameter=np.rint(rng.uniform(0, 50, (50, 2, 3))), organ=["brain", "brain"])
    worse = replace(films, decline=np.array([False, True, True]))
    assert (rano.read(worse)[0].call[:, 1:] == Call.PD).all()
    assert (rano.read_immune(worse)[0].call[:, 1:] == ImmuneCall.PD).all()
