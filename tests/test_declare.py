"""A declaration carries unit, meaning and limits; names follow rules that a function checks."""

import re
from dataclasses import dataclass, field

import pytest

from simsolid.errors import ModelError, ParameterError
from simsolid.params import Declaration, Value, check_name, declarations, need

KILL = Declaration("kill_rate", "1/day", "killing", low=0)
SIZE = Declaration("start_volume", "mL", "volume", low=0, axis="lesion")


@dataclass(frozen=True, kw_only=True)
class Needs:
    kill_rate: Value = need("1/day", "killing", low=0)
    start_volume: Value = need("mL", "volume", low=0, axis="lesion")


def test_declarations_carry_what_was_declared():
    assert declarations(Needs) == {"kill_rate": KILL, "start_volume": SIZE}
    assert declarations(Needs, Needs) == declarations(Needs)


def test_a_field_without_unit_and_a_changed_repeat_are_model_errors():
    @dataclass
    class Bare:
        other: float = 1.0

    @dataclass(kw_only=True)
    class Again:
        kill_rate: Value = need("1/day", "killing", low=1)

    with pytest.raises(ModelError, match=r"Bare.other: no unit; declare it with need\(unit, meaning\)"):
        declarations(Bare)
    with pytest.raises(ModelError, match="kill_rate: declared again, differently, by Again; keep one"):
        declarations(Needs, Again)


def test_need_refuses_a_wrong_unit_and_a_wrong_axis():
    with pytest.raises(
        ParameterError, match=re.escape("unit '1/dy' is not a canonical unit; did you mean '1/day'?")
    ):
        need("1/dy", "killing")
    with pytest.raises(
        ModelError, match="axis 'leison' is not one of None, 'lesion', 'route', 'conditioning'"
    ):
        need("1/day", "killing", axis="leison")


def test_states_declared_elsewhere_are_read_too():
    @dataclass
    class State:
        tumour: Value = field(metadata={"unit": "cell", "text": "tumour cells", "axis": None, "scale": 10.0})

    assert declarations(State)["tumour"] == Declaration("tumour", "cell", "tumour cells")


@pytest.mark.parametrize(
    ("declaration", "faults"),
    [
        (KILL, []),
        (Declaration("kill_rate", "1/(day cell)", "killing"), []),
        (
            Declaration("lag_delay", "1/day", ""),
            ["lag_delay: a name ending in _delay has unit day, not '1/day'"],
        ),
        (
            Declaration("lag_fraction", "1", ""),
            ["lag_fraction: a fraction is declared with low=0 and high=1 or closer"],
        ),
        (
            Declaration("killRate", "1/day", ""),
            ["killRate: a name is lower-case words joined by underscores"],
        ),
        (Declaration("values", "1", ""), ["values: this name is taken; choose another"]),
        (
            Declaration("lag", "day", "", low=0, high=2, absent=3),
            ["lag: its absent value 3 is not from 0 to 2"],
        ),
    ],
)
def test_names_follow_the_rules(declaration, faults):
    assert check_name(declaration) == faults
