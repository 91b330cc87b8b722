"""Slips that units cannot tell are found in what we ship, and nothing that is right is taken for one."""

import math
import tomllib
from dataclasses import replace

import numpy as np
import pytest

import simsolid as sim
from simsolid.files import KINDS, available, find_params_dir, layer_path
from simsolid.lint import share_outside, spread_beyond_limits, unit_of_time_faults, usual_values
from simsolid.load import layer, needs, read_file
from simsolid.params import Declaration, Spread, Value
from simsolid.units import dimension

DECLARED, USUAL = needs(), usual_values()
HOUSE = [(f"{kind}/{name}.{key}", key, value) for kind in KINDS if kind != "models" for name in available(kind)
         for key, value in layer(kind, name).values.items()]  # fmt: skip
TIMED = [row for row in HOUSE if dimension(row[2].unit).day and row[2].value]
SHARE = Declaration("positive_fraction", "1", "share", low=0, high=1)


def slipped(value, factor):
    """A value whose number and whole range were typed in another unit of time, without a word about it."""
    ends = {end: None if getattr(value, end) is None else getattr(value, end) * factor for end in ("low", "high")}
    return replace(value, value=value.value * factor, by_site=tuple((s, n * factor) for s, n in value.by_site), note="", **ends)


def caught(value, name, factor):
    wrong = slipped(value, factor)
    return bool(unit_of_time_faults({"value": wrong.value, "unit": wrong.unit}, wrong, DECLARED[name], USUAL))


@pytest.mark.parametrize("factor", [1 / 24, 24, 1 / 1440], ids=["per hour", "twice", "per minute"])
def test_a_number_typed_in_another_unit_of_time_with_its_range_is_found_in_nine_of_ten_shipped_values(factor):
    assert len(TIMED) > 150
    turned = {where: factor if dimension(value.unit).day < 0 else 1 / factor for where, _, value in TIMED}
    missed = [where for where, name, value in TIMED if not caught(value, name, turned[where])]
    assert len(missed) < 0.1 * len(TIMED), missed


def test_a_number_alone_typed_per_hour_is_outside_its_own_range_in_nine_of_ten_shipped_values():
    ranged = [value for _, _, value in TIMED if value.high is not None]
    beyond = [v for v in ranged if not v.low <= v.value / 24 <= v.high or not v.low <= v.value * 24 <= v.high]
    assert len(beyond) > 0.9 * len(ranged) > 100


def test_nothing_that_is_shipped_is_taken_for_a_slip():
    assert [where for where, name, value in TIMED if caught(value, name, 1.0)] == []
    spreads = [row for row in HOUSE if row[2].spread]
    assert len(spreads) > 50
    assert [where for where, name, value in spreads if spread_beyond_limits(value.spread, value, DECLARED[name])] == []


def test_a_row_of_the_usual_values_is_a_timed_parameter_in_its_unit():
    assert len(USUAL) > 60
    assert [name for name in USUAL if not dimension(DECLARED[name].unit).day] == []
    assert [name for name, (low, high, unit) in USUAL.items() if not 0 < low < high or unit != DECLARED[name].unit] == []


def test_clearance_of_tocilizumab_typed_per_day_is_found_though_its_range_was_typed_so_too(tmp_path):
    text = layer_path("physiology", "drugs").read_text(encoding="utf-8")
    assert tomllib.loads(text)["tocilizumab_clearance"]["unit"] == "mL/hour"
    (tmp_path / "physiology").mkdir()
    path = tmp_path / "physiology" / "drugs.toml"
    path.write_text(text.replace('"mL/hour"', '"mL/day"'), encoding="utf-8")
    with pytest.raises(sim.ParameterError, match=r"tocilizumab_clearance .*'12.5 mL/h'; which is it\?$"):
        read_file(path)
    table = {"value": 12.5, "unit": "mL/day"}
    said = unit_of_time_faults(table, Value(12.5, "mL/day", 9.0, 15.0), DECLARED["tocilizumab_clearance"], USUAL)
    assert said[0].startswith("value 12.5 mL/day is 24 times smaller than the usual 100 to 720 mL/day allow; is it per hour?")


def test_an_unusual_value_passes_with_a_reason_and_one_that_no_unit_explains_passes_without():
    value = Value(0.25, "1/day")
    table = {"value": 0.25, "unit": "1/day", "unusual": "resting cells"}
    assert unit_of_time_faults(table, value, DECLARED["kill_rate"], USUAL) == []
    assert unit_of_time_faults({"value": 900.0, "unit": "1/day"}, Value(900.0, "1/day"), DECLARED["kill_rate"], USUAL) == []


def test_words_that_agree_with_the_unit_are_no_slip():
    growth = Declaration("growth_rate", "1/day", "growth", low=0)
    table = {"value": 0.05, "unit": "1/hour", "note": "0.05 per hour; half-life about 14 h."}
    assert unit_of_time_faults(table, Value(math.log(2) * 24 / 14, "1/day"), growth, {}) == []


@pytest.mark.parametrize("spread, centre, share", [
    (Spread("normal", sd=0.5), 0.5, 0.3173),
    (Spread("normal", sd=0.3, sd_lesion=0.4), 0.5, 0.3173),  # a variance of 0.25 together
    (Spread("log-normal", sd=1.0), 1.0, 0.5),
    (Spread("exponential"), 0.5, math.exp(-2)),
    (Spread("logit-normal", sd=3.0), 0.9, 0.0),
    (Spread("beta", a=2.0, b=1.0), 0.5, 0.0),
    (Spread("empirical", values=(0.5, 2.0), weights=(3.0, 1.0)), 0.5, 0.25),
])  # fmt: skip
def test_the_share_of_a_spread_beyond_the_limits_is_that_of_its_distribution(spread, centre, share):
    wide = replace(spread, truncate=8.0)
    assert share_outside(wide, centre, SHARE) == pytest.approx(share, abs=0.006)


def test_truncation_cuts_the_tails_that_would_lie_beyond():
    assert share_outside(Spread("normal", sd=0.5, truncate=1.0), 0.5, SHARE) == 0
    assert share_outside(Spread("normal", sd=0.25), 0.5, SHARE) == pytest.approx(0.0430, abs=0.003)
    assert spread_beyond_limits(Spread("normal", sd=0.25), Value(0.5, "1"), SHARE) == []
    assert np.isclose(share_outside(Spread("normal", sd=0.5, truncate=2.0), 0.5, SHARE), (0.3173 - 0.0455) / 0.9545, atol=0.006)


def test_the_usual_values_travel_with_the_files_and_a_broken_row_is_named(tmp_path):
    assert (find_params_dir() / "usual.toml").is_file()
    path = tmp_path / "usual.toml"
    assert usual_values(path) == {}
    path.write_text('kill_rate = { low = 1, unit = "1/day" }\n', encoding="utf-8")
    with pytest.raises(sim.ParameterError, match=r"usual.toml: 'high'; a row is name"):
        usual_values(path)
