"""The registry of response criteria, and the films they read."""

import numpy as np
import pytest

from simsolid import course
from simsolid.criteria import CRITERIA, Films, criterion
from simsolid.errors import ParameterError
from simsolid.films import Call
from tests import criteria_cases as by_hand

DAY = np.array([-7.0, 28.0, 70.0, 119.0])


def _films(patients=40):
    rng = np.random.default_rng(1)
    shape = (patients, 3, len(DAY))
    return Films(
        day=DAY, diameter=np.rint(rng.uniform(0, 60, shape)), organ=["liver", "lung", "bone"],
        attenuation=rng.uniform(20, 90, shape),
    )  # fmt: skip


@pytest.mark.parametrize("name", CRITERIA)
def test_every_criterion_reads_the_same_films_in_its_own_words(name):
    chosen, films = CRITERIA[name], _films()
    reading, target = chosen.read(films)
    assert chosen.name == name and target.shape == (40, 3)
    for field in ("total", "change", "nadir", "new", "target_call", "non_target_call", "call"):
        assert getattr(reading, field).shape == (40, 4)
    assert (reading.call[:, 0] == chosen.words["NE"]).all()
    assert set(np.unique(reading.call)) <= set(chosen.words)


@pytest.mark.parametrize("name", CRITERIA)
def test_every_word_has_a_plain_one_and_ne_is_zero(name):
    chosen = CRITERIA[name]
    assert set(chosen.plain) == set(chosen.words) and chosen.words(0).name == "NE"
    assert all(isinstance(word, Call) for word in chosen.plain.values())


@pytest.mark.parametrize("name", CRITERIA)
def test_progression_is_dated_at_a_visit_that_looked_like_progression(name):
    chosen = CRITERIA[name]
    call = chosen.read(_films())[0].call
    at = chosen.progression(call)
    plain = np.array([chosen.plain[word] for word in chosen.words])[call]
    dated = at >= 0
    assert dated.any() and (plain[np.arange(40), at][dated] == Call.PD).all()


@pytest.mark.parametrize("name", CRITERIA)
def test_a_confirmed_best_response_is_never_better_than_an_unconfirmed_one(name):
    chosen = CRITERIA[name]
    call = chosen.read(_films(300))[0].call
    once, twice = (chosen.best_response(call, DAY, confirm=c) for c in (False, True))
    assert (twice <= once).all()


@pytest.mark.parametrize("name", CRITERIA)
def test_a_patient_nobody_could_film_is_not_evaluable(name):
    films = Films(day=DAY, diameter=np.full((2, 3, 4), np.nan), organ=["", "", ""], attenuation=np.full((2, 3, 4), np.nan))
    chosen = CRITERIA[name]
    call = chosen.read(films)[0].call
    assert (call == 0).all() and (chosen.progression(call) == -1).all() and (chosen.best_response(call, DAY) == 0).all()


def test_a_misspelt_criterion_names_the_nearest():
    with pytest.raises(ParameterError, match=r"'irecits' is not one of recist, irecist.*did you mean 'irecist'\?"):
        criterion("irecits")


def test_all_faults_of_films_come_in_one_message():
    with pytest.raises(ParameterError) as caught:
        Films(day=[28, -7], diameter=[[50.0, 40.0]], organ=["liver", "lung"], steroid=[1.0, 2.0, 3.0])
    message = str(caught.value)
    assert "day: [28.0, -7.0] must rise" in message
    assert "organ: shape (2,) does not fit (1,)" in message and "steroid: shape (3,) does not fit (2,)" in message


def test_the_hand_worked_cases_are_at_least_sixty_for_recist_and_fifty_for_irecist():
    assert len(by_hand.cases("recist")) >= 60 and len(by_hand.cases("irecist")) >= 50


@pytest.mark.parametrize("name", ["recist", "irecist", "choi", "rano", "irano"])
def test_every_hand_worked_case_says_where_it_comes_from(name):
    rows = by_hand.cases(name)
    assert all(row["source"] and row["case"] for row in rows)
    assert len({row["case"] for row in rows}) == len(rows)


def test_a_missed_visit_neither_breaks_nor_begins_a_suspicion():
    perhaps = np.array([0, 0, 1, 0, 0], bool)
    unread = np.array([1, 1, 0, 1, 0], bool)
    sure = np.array([0, 0, 0, 0, 1], bool)
    assert [int(k) for k in course.dated_back(sure, perhaps, unread)] == [2, -1]
