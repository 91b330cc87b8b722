"""Choi and modified Choi as cases worked by hand in tests/criteria/choi.csv."""

import numpy as np
import pytest

from simsolid import choi
from simsolid.errors import ParameterError
from simsolid.films import Call, Films
from tests import criteria_cases as by_hand


@by_hand.each("choi")
def test_a_visit_is_called_as_by_hand(case):
    assert by_hand.words(choi.read(by_hand.films(case))[0].call, Call) == case["words"]


@by_hand.each("choi")
def test_the_modified_criteria_ask_for_both(case):
    assert by_hand.words(choi.read(by_hand.films(case), modified=True)[0].call, Call) == case["modified"]


def test_all_cases_at_once_equal_each_alone():
    by_hand.alike("choi", choi.read)


def test_films_without_attenuation_are_refused():
    with pytest.raises(ParameterError, match="attenuation: not given"):
        choi.read(Films(day=[-7, 28], diameter=[[50.0, 40.0]], organ=["liver"]))


def test_without_an_attenuation_above_zero_there_is_no_fall():
    films = Films(day=[-7, 28], diameter=[[50.0, 50.0]], organ=["liver"], attenuation=[[0.0, -30.0]])
    assert np.isnan(choi.attenuation_change(films, np.array([True]))).all()
    assert choi.read(films)[0].call[1] == Call.SD
