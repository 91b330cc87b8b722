"""Units are converted once, at the door; what is no unit, or another kind of unit, does not pass."""

import math
import re
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simsolid.errors import ParameterError
from simsolid.units import UNITS, check_unit, convert, dimension, spellings


@pytest.mark.parametrize(
    ("value", "unit", "canonical", "expected"),
    [
        (0.1, "1/hour", "1/day", 2.4),
        (0.1, "1/h", "1/day", 2.4),
        (12, "hour", "day", 0.5),
        (3, "weeks", "day", 21),
        (5, "L", "mL", 5000),
        (1e9, "um3", "mL", 1e-3),
        (1, "um^3", "mL", 1e-12),
        (2, "cm3", "mL", 2),
        (0.31, "1/(min cm3)", "1/(day cm3)", 446.4),
        (1.3, "L/min", "mL/day", 1.872e6),
        (50, "%", "1", 0.5),
        (4, "cells/mL", "cell/uL", 0.004),
        (7, "µm", "mm", 0.007),
        (7, "μm", "mm", 0.007),
        (2, "ng/mL", "pg/mL", 2000),
        (10, "g/L", "mg/mL", 10),
        (101.325, "kPa", "mmHg", 760.0),
        (0.5, "degC/hour", "degC/day", 12),
        (3, "uL/(hour cell)", "mL/(day cell)", 0.072),
    ],
)
def test_known_conversions(value, unit, canonical, expected):
    assert math.isclose(convert(value, unit, canonical), expected, rel_tol=1e-6)


def test_a_round_number_stays_round():
    assert [convert(x, "1/hour", "1/day") for x in (0.1, 0.7, 0.3)] == [2.4, 16.8, 7.2]


PAIRS = [(canonical, other) for canonical, others in UNITS.items() for other in others]


@given(value=st.floats(-1e12, 1e12).filter(lambda x: x == 0 or abs(x) > 1e-12), pair=st.sampled_from(PAIRS))
def test_there_and_back_is_the_same_number(value, pair):
    canonical, other = pair
    assert math.isclose(convert(convert(value, other, canonical), canonical, other), value, rel_tol=1e-13)


@given(value=st.floats(allow_nan=False, allow_infinity=False), unit=st.sampled_from(list(UNITS)))
def test_a_canonical_unit_changes_nothing(value, unit):
    assert convert(value, unit, unit) == value


@given(text=st.text("1caeldyhmLu3()/* ^%-", max_size=12))
def test_any_text_is_a_unit_or_a_parameter_error(text):
    try:
        assert math.isfinite(convert(1.0, text, "1/day"))
    except ParameterError as error:
        assert "1/day, 1/hour, 1/min" in str(error)


@pytest.mark.parametrize(
    "text",
    [
        "per day",
        "",
        " ",
        "5",
        "1/day/",
        "((day",
        "))((",
        "9**9**9",
        "day**9**9",
        "__import__('os')",
        "x" * 50,
        "fortnight",
        "nM",
    ],
)
def test_what_is_no_unit_gives_the_accepted_spellings(text):
    with pytest.raises(ParameterError) as caught:
        convert(1.0, text, "1/day")
    assert str(caught.value) == f"unit {text!r} is not one of 1/day, 1/hour, 1/min"


@pytest.mark.parametrize(
    ("unit", "canonical"), [("cell", "1"), ("1/mL", "cell/mL"), ("mg", "mL"), ("degC", "1"), ("HU", "1")]
)
def test_another_kind_of_unit_is_refused(unit, canonical):
    with pytest.raises(ParameterError) as caught:
        convert(1.0, unit, canonical)
    assert str(caught.value) == f"unit {unit!r} measures something else; write one of {spellings(canonical)}"


@pytest.mark.parametrize("unit", UNITS)
def test_every_suggested_spelling_converts(unit):
    assert check_unit(unit) == unit
    assert all(convert(1.0, other, unit) > 0 for other in UNITS[unit])


def test_a_spelling_that_is_not_canonical_gives_the_nearest():
    with pytest.raises(
        ParameterError, match=re.escape("unit '1/dya' is not a canonical unit; did you mean '1/day'?")
    ):
        check_unit("1/dya")


@pytest.mark.parametrize(
    ("unit", "powers"),
    [
        ("1", {}),
        ("1/day", {"day": -1}),
        ("1/(day cell)", {"day": -1, "cell": -1}),
        ("cell/uL", {"cell": 1, "length": -3}),
        ("1/(day cm2)", {"day": -1, "length": -2}),
        ("mL/(day cm3)", {"day": -1}),
        ("mL", {"length": 3}),
        ("mm", {"length": 1}),
        ("mg/kg", {}),
        ("pg/(mL cell)", {"mass": 1, "length": -3, "cell": -1}),
        ("copies/ug", {"copies": 1, "mass": -1}),
        ("molecule/cell", {"molecule": 1, "cell": -1}),
        ("degC", {"temperature": 1}),
        ("mmHg", {"pressure": 1}),
        ("HU", {"attenuation": 1}),
    ],
)
def test_powers_of_each_dimension(unit, powers):
    assert {name: power for name, power in dimension(unit)._asdict().items() if power} == powers


def test_an_unknown_unit_has_no_dimension():
    with pytest.raises(ParameterError, match=re.escape("unit 'dya' is unknown; did you mean 'day'?")):
        dimension("dya")


def test_reading_a_canonical_unit_does_without_pint():
    code = "import sys, simsolid.params, simsolid.units as u; u.convert(1, 'mL', 'mL'); u.check_unit('mL'); print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"pint", "pydantic", "xarray", "bibtexparser", "pandas"} & set(loaded)
