"""A set of values is read by name, changed only into a new set, and nothing gets in beside the gate."""

import copy
import pickle

import numpy as np
import pytest
import xarray as xr

from simsolid.errors import ParameterError
from simsolid.params import Declaration, Layer, Parameters, Spread, Value, combine

KILL = Declaration("kill_rate", "1/day", "killing", low=0)
SHARE = Declaration("positive_fraction", "1", "share", low=0, high=1)
SIZE = Declaration("start_volume", "mL", "volume", low=0, axis="lesion")
OUT = Declaration("outflow_rate", "1/day", "leaving the cavity", low=0, axis="route", absent=0.0)
ENTRY = Declaration("entry_fraction", "1", "reaching blood", low=0, high=1, axis="route")
NADIR = Declaration("nadir_fraction", "1", "lymphocytes left", low=0, high=1, axis="conditioning", absent=1.0)
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


def layer(kind, name, values, **choices):
    values = {
        key: Value(number, unit, file=f"params/{kind}/{name}.toml") for key, (number, unit) in values.items()
    }
    return Layer(kind, name, name, "", "", choices, values, f"params/{kind}/{name}.toml", "")


def doses(*numbers):
    return xr.DataArray(list(numbers), dims="dose")


def test_a_value_is_found_by_name_and_by_attribute():
    p = some()
    assert (p["kill_rate"], p.kill_rate, p.value("kill_rate").where) == (2.0, 2.0, "Table 2")
    assert p.names == tuple(p) == ("kill_rate", "positive_fraction", "start_volume")
    assert dict(p) == {"kill_rate": 2.0, "positive_fraction": 0.5, "start_volume": 3.0}
    assert len(p) == 3
    assert "kill_rate" in p
    assert {"kill_rate", "with_values"} <= set(dir(p))


def test_an_unknown_name_gives_the_nearest_whichever_way_it_is_asked_for():
    for ask in (lambda p: p.kil_rate, lambda p: p["kil_rate"], lambda p: p.value("kil_rate")):
        with pytest.raises(ParameterError) as caught:
            ask(some())
        assert str(caught.value) == "kil_rate: no such parameter; did you mean 'kill_rate'?"
    assert not hasattr(some(), "kil_rate")


# no side doors


def test_nothing_can_be_assigned():
    p = some(kill_rate=doses(1, 2))
    for attempt in (
        lambda: setattr(p, "kill_rate", 5),
        lambda: setattr(p, "values", {}),
        lambda: setattr(p.value("kill_rate"), "value", 5),
        lambda: p.values.__setitem__("kill_rate", Value(5, "1/day")),
        lambda: p.declared.pop("kill_rate"),
        lambda: p.choices.update(a=1),
        lambda: p.kill_rate.__setitem__(0, -5),
        lambda: p.kill_rate.values.__setitem__(0, -5),
        lambda: p.__dict__,
    ):
        with pytest.raises((AttributeError, TypeError, ValueError)):
            attempt()
    assert list(p.kill_rate.values) == [1.0, 2.0]


def test_swapping_an_arrays_data_does_not_reach_the_set():
    p = some(kill_rate=doses(1, 2))
    for found in (p.kill_rate, p["kill_rate"], p.value("kill_rate").value, p.values["kill_rate"].value):
        found.values = np.array([-5.0, -5.0])
        found.attrs["units"] = "1/hour"
    assert list(p.kill_rate.values) == [1.0, 2.0]
    assert not p.kill_rate.attrs


def test_changing_what_was_given_does_not_reach_the_set():
    site = np.array([["liver", ""]])
    given = xr.DataArray(
        [[1.0, np.nan]], dims=("patient", "lesion"), coords={"site": (("patient", "lesion"), site)}
    )
    p = some(start_volume=given)
    given[0, 0] = -5
    given.site.values[0, 0] = "lung"
    site[0, 0] = "lung"
    assert (p.start_volume[0, 0].item(), p.start_volume.site.values[0, 0]) == (1.0, "liver")
    with pytest.raises(ValueError, match="read-only"):
        p.start_volume.site.values[0, 0] = "lung"


@pytest.mark.parametrize("travel", [lambda p: pickle.loads(pickle.dumps(p)), copy.deepcopy, copy.copy])
def test_a_set_travels_between_processes_and_stays_locked(travel):
    source = Parameters(
        some(kill_rate=doses(1, 2)).values,
        DECLARED,
        (layer("targets", "x", {}, tissue=["a"]),),
        {"routes": ["iv", "ip"], "nested": {"a": 1}, "tables": [{"a": 1}]},
    )
    there = travel(source)
    assert list(there.kill_rate.values) == [1.0, 2.0]
    assert there.choices == {"routes": ("iv", "ip"), "nested": {"a": 1}, "tables": ({"a": 1},)}
    assert there.layers[0].choices["tissue"] == ("a",)
    for attempt in (lambda: there.values.clear(), lambda: there.kill_rate.__setitem__(0, 5)):
        with pytest.raises((AttributeError, ValueError)):
            attempt()


# changing


def test_a_change_makes_a_new_set_and_rewrites_the_source():
    old = some()
    new = old.with_values({"kill_rate": 3})
    assert (old.kill_rate, new.kill_rate) == (2.0, 3.0)
    value = new.value("kill_rate")
    assert (value.basis, value.source, value.where) == ("varied here", "", "")
    assert value.note == "in place of 2 1/day (kim2020, Table 2)"
    assert new.value("start_volume").note == "small"


def test_a_draw_keeps_its_source_on_request():
    value = some().with_values({"kill_rate": doses(1, 2)}, keep_source=True).value("kill_rate")
    assert (value.basis, value.source, value.where) == ("measured", "kim2020", "Table 2")


def test_the_note_of_a_change_can_be_chosen():
    assert (
        some().with_values({"kill_rate": 3}, source_note="fitted here").value("kill_rate").basis
        == "fitted here"
    )


@pytest.mark.parametrize(("shape", "kept"), [("log-normal", True), ("beta", True), ("empirical", False)])
def test_only_a_spread_that_can_follow_the_value_is_kept(shape, kept):
    p = Parameters({"kill_rate": Value(2.0, "1/day", spread=Spread(shape))}, DECLARED)
    assert (p.with_values({"kill_rate": 3}).value("kill_rate").spread is not None) == kept


# putting layers together


def test_layers_add_up_and_routes_keep_their_own_values():
    declared = DECLARED | {"outflow_rate": OUT, "nadir_fraction": NADIR}
    files = [
        layer("targets", "gpc3", {"kill_rate": (1, "1/day"), "positive_fraction": (0.5, "1")}),
        layer("tumours", "liver", {"start_volume": (3, "mL")}),
        layer("routes", "intravenous", {}, cavity=""),
        layer("routes", "intraperitoneal", {"outflow_rate": (0.4, "1/day")}, cavity="peritoneal"),
        layer("conditioning", "flu_cy", {"nadir_fraction": (0.1, "1")}),
    ]
    p = combine(files, declared)
    assert p["intraperitoneal.outflow_rate"] == 0.4
    assert p["flu_cy.nadir_fraction"] == 0.1
    assert p.missing() == ()
    assert p.choices["routes"] == ("intravenous", "intraperitoneal")
    assert p.with_values({"intraperitoneal.outflow_rate": 0.5})["intraperitoneal.outflow_rate"] == 0.5


def test_a_parameter_in_two_files_is_refused_with_both_names():
    files = [
        layer("targets", "a", {"kill_rate": (1, "1/day")}),
        layer("cells", "b", {"kill_rate": (1, "1/day")}),
    ]
    with pytest.raises(ParameterError) as caught:
        combine(files, {"kill_rate": KILL})
    sentence = "kill_rate: defined twice, in params/targets/a.toml and params/cells/b.toml; keep one"
    assert str(caught.value) == sentence


def test_missing_parameters_are_all_named():
    files = [
        layer("routes", "ip", {}, cavity="peritoneal"),
        layer("routes", "iv", {}, cavity=""),
        layer("targets", "a", {"kill_rate": (-1, "1/day")}),
    ]
    with pytest.raises(ParameterError) as caught:
        combine(
            files, {"kill_rate": KILL, "start_volume": SIZE, "outflow_rate": OUT, "entry_fraction": ENTRY}
        )
    assert str(caught.value).split("\n  ") == [
        "parameters: 5 problems",
        "kill_rate: -1 1/day; must be at least 0",
        "start_volume: missing; none of the chosen files gives it [mL]",
        "ip.outflow_rate: missing; none of the chosen files gives it [1/day]",
        "ip.entry_fraction: missing; none of the chosen files gives it [1]",
        "iv.entry_fraction: missing; none of the chosen files gives it [1]",
    ]
