"""Every value passes one gate; a fault says what was given, in how many cases, and what would be right."""

from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr

from simsolid.errors import ParameterError
from simsolid.params import Declaration, Parameters, Value

KILL = Declaration("kill_rate", "1/day", "killing", low=0)
SHARE = Declaration("positive_fraction", "1", "share", low=0, high=1)
SIZE = Declaration("start_volume", "mL", "volume", low=0, axis="lesion")
DECLARED = {facts.name: facts for facts in (KILL, SHARE, SIZE)}


def some(**changes):
    return Parameters(
        {
            "kill_rate": Value(2.0, "1/day", source="kim2020", where="Table 2", basis="measured"),
            "positive_fraction": Value(0.5, "1", basis="assumed", note="half"),
            "start_volume": Value(3.0, "mL", basis="assumed", note="small"),
        },
        DECLARED,
    ).with_values(changes)


def complaint(**changes):
    with pytest.raises(ParameterError) as caught:
        some(**changes)
    return str(caught.value)


def doses(*numbers):
    return xr.DataArray(list(numbers), dims="dose")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"kill_rate": -2}, "kill_rate: -2 1/day; must be at least 0"),
        ({"kill_rate": doses(1, -2, 3)}, "kill_rate: -2 1/day in 1 of 3 cases; must be at least 0"),
        ({"kill_rate": doses(-1, -2, 3)}, "kill_rate: -2 1/day in 2 of 3 cases; must be at least 0"),
        ({"kill_rate": doses(-1)}, "kill_rate: -1 1/day in 1 of 1 case; must be at least 0"),
        ({"positive_fraction": 1.5}, "positive_fraction: 1.5; must be from 0 to 1"),
        ({"positive_fraction": doses(0.5, 7)}, "positive_fraction: 7 in 1 of 2 cases; must be from 0 to 1"),
        ({"kill_rate": float("nan")}, "kill_rate: nan 1/day; must be a finite number"),
        ({"kill_rate": 10**400}, "kill_rate: inf 1/day; must be a finite number"),
        ({"kill_rate": doses(1, np.nan, 2)}, "kill_rate: nan 1/day in 1 of 3 cases; must be a finite number"),
        (
            {"kill_rate": doses(1, -np.inf, 2)},
            "kill_rate: -inf 1/day in 1 of 3 cases; must be a finite number",
        ),
        ({"kil_rate": 2}, "kil_rate: no such parameter; did you mean 'kill_rate'?"),
        ({"kill_rate": doses("a", "b")}, "kill_rate: a labelled array of <U1; must hold numbers"),
        (
            {"kill_rate": xr.DataArray([1.0, 2.0], dims="lesion")},
            "kill_rate: has a lesion axis, but all lesions of a patient share this value; drop the axis",
        ),
    ],
)
def test_a_bad_value_gives_its_sentence(changes, sentence):
    assert complaint(**changes) == sentence


@pytest.mark.parametrize("given", [True, "2", None, [1, 2], np.array([1.0, 2.0]), 1 + 2j])
def test_what_is_neither_number_nor_labelled_array_is_refused_by_name(given):
    wanted = "give xarray.DataArray(numbers, dims='dose') with your own word for the axis"
    sentence = f"kill_rate: {type(given).__name__} is neither a number nor a labelled array; {wanted}"
    assert complaint(kill_rate=given) == sentence


def test_all_faults_come_in_one_message():
    assert complaint(kill_rate=-1, positive_fraction=2) == (
        "parameters: 2 problems\n"
        "  kill_rate: -1 1/day; must be at least 0\n"
        "  positive_fraction: 2; must be from 0 to 1"
    )


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        (
            "kil_rate",
            Value(1, "1/day"),
            "kil_rate: the model has no such parameter; did you mean 'kill_rate'?",
        ),
        ("kill_rate", Value(1, "1/hour"), "kill_rate: unit '1/hour'; must be '1/day'"),
        (
            "iv.kill_rate",
            Value(1, "1/day"),
            "iv.kill_rate: one value for the whole model; name it 'kill_rate'",
        ),
    ],
)
def test_what_is_not_declared_does_not_pass(name, value, sentence):
    with pytest.raises(ParameterError) as caught:
        Parameters({name: value}, DECLARED)
    assert str(caught.value) == sentence


def test_numbers_of_every_kind_become_plain_numbers():
    for given in (1, 1.0, np.float32(1), np.int64(1), xr.DataArray(1)):
        assert type(some(kill_rate=given).kill_rate) is float


def test_an_array_like_stranger_is_not_taken_for_a_labelled_array():
    assert "SimpleNamespace is neither" in complaint(kill_rate=SimpleNamespace(dims=()))


# lesions


def lesions(rows, site=None):
    coords = {"site": (("patient", "lesion"), site)} if site else {}
    return xr.DataArray(rows, dims=("patient", "lesion"), coords=coords)


def test_an_absent_lesion_may_be_empty():
    assert np.isnan(some(start_volume=lesions([[1.0, np.nan], [2.0, 3.0]])).start_volume).sum() == 1


def test_a_patient_without_any_lesion_is_refused():
    sentence = "start_volume: nan mL in 1 of 2 cases; must be a finite number"
    assert complaint(start_volume=lesions([[np.nan, np.nan], [2.0, 3.0]])) == sentence


def test_where_sites_are_known_only_an_absent_site_may_be_empty():
    rows = [[1.0, np.nan], [2.0, 3.0]]
    some(start_volume=lesions(rows, [["liver", ""], ["liver", "lung"]]))
    sentence = "start_volume: nan mL in 1 of 2 cases; must be a finite number"
    assert complaint(start_volume=lesions(rows, [["liver", "lung"], ["liver", ""]])) == sentence


def test_a_bad_lesion_counts_its_patient_once():
    sentence = "start_volume: -3 mL in 1 of 2 cases; must be at least 0"
    assert complaint(start_volume=lesions([[-1.0, -3.0], [2.0, np.nan]])) == sentence
