"""Sweeps as axes: what an axis may be put on, its labels and units, and what is refused."""

import numpy as np
import pytest
import xarray as xr

import simsolid as sim

from .people import DOSE, crowd, run, setting

PLAN = sim.Regimen.single(DOSE)


def test_list_makes_an_axis_and_one_value_replaces():
    assert sim.vary(setting(), kill_rate=[3, 6])["kill_rate"].dims == ("kill_rate",)
    assert sim.vary(setting(), kill_rate=3)["kill_rate"] == 3
    assert sim.vary(setting(), kill_rate=np.array([3.0, 6.0]))["kill_rate"].sizes["kill_rate"] == 2
    assert sim.vary(setting(), kill_rate=range(3, 6))["kill_rate"].sizes["kill_rate"] == 3


def test_varied_value_says_so_where_its_source_stood():
    assert sim.vary(setting(), kill_rate=3).value("kill_rate").basis == "varied here"
    assert setting().value("kill_rate").basis != "varied here"


def test_varying_the_setting_keeps_the_spread_and_varying_people_does_not():
    before = sim.draw(sim.vary(setting(), kill_rate=[3, 6]), patients=3)["kill_rate"]
    assert before.dims == ("kill_rate", "patient")
    assert np.allclose(before.sel(kill_rate=6), 2 * before.sel(kill_rate=3))
    assert np.unique(before.sel(kill_rate=3)).size == 3
    assert sim.vary(crowd(3), kill_rate=[3, 6])["kill_rate"].dims == ("kill_rate",)


@pytest.mark.parametrize("axis, values, unit", [
    ("dose", [1e7, 1e9], "cell"), ("hours", [0, 2], "hour"), ("infusion_day", [0, 2], "day"),
    ("route", ["intravenous", "intraperitoneal"], None), ("conditioning", ["none", "flu_cy"], None),
])  # fmt: skip
@pytest.mark.parametrize("where", ["people", "plan"])
def test_axis_of_a_plan_is_labelled_in_the_run(axis, values, unit, where):
    people, plan = crowd(2), PLAN
    if where == "people":
        people = sim.vary(people, **{axis: values})
    else:
        plan = sim.vary(plan, **{axis: values})
    seen = run(people, plan, days=3)
    assert list(seen[axis].values) == values
    assert seen[axis].attrs.get("units") == unit
    assert seen["cart_blood"].dims == (axis, "patient", "time")
    late = seen["cart_blood"].sel(time=3.0)
    assert (late.isel({axis: 0}) != late.isel({axis: 1})).all(), "the axis does nothing"


@pytest.mark.parametrize("axis, values", [
    ("kill_rate", [3.0, 6.0]), ("tumour_oxygen", [10.0, 40.0]), ("intraperitoneal.cavity_outflow_rate", [0.3, 3.0]),
    ("armour", ["none", "dn_tgfbr2"]), ("origin", ["autologous", "allogeneic"]),
    ("flu_cy.lymphocyte_nadir_fraction", [0.02, 0.5]), ("diameter_start", [10.0, 40.0]),
])  # fmt: skip
@pytest.mark.parametrize("drawn_first", [True, False], ids=["people", "setting"])
def test_axis_on_a_parameter_is_labelled_in_the_run_and_does_something(axis, values, drawn_first):
    people = sim.vary(crowd(2) if drawn_first else setting(), **{axis: values})
    people = people if drawn_first else sim.draw(people, patients=2, seed=7)
    plan = sim.Regimen.single(DOSE, "intraperitoneal")
    seen = run(people, plan, times=[0.0, 25.0], observables=["cart_lesion", "viable_volume", "cart_blood"])
    assert list(seen[axis].values) == values
    declared = setting().declared.get(axis.rpartition(".")[2])
    assert seen[axis].attrs.get("units") == (declared.unit if declared else None)
    late = seen.sel(time=25.0)
    assert any((late[name].isel({axis: 0}) != late[name].isel({axis: 1})).any() for name in ("cart_blood", "viable_volume"))


def test_two_axes_cross():
    seen = run(sim.vary(crowd(2), kill_rate=[3, 6], lesion_exit_rate=[0.1, 0.2, 0.3]), sim.vary(PLAN, dose=[1e8, 1e9]), days=2)
    sizes = {"dose": 2, "kill_rate": 2, "lesion_exit_rate": 3, "patient": 2, "time": seen.sizes["time"]}
    assert dict(seen["cart_blood"].sizes) == sizes


def test_varying_the_size_of_drawn_lesions_leaves_the_new_lesion_unborn():
    people = sim.vary(sim.draw(sim.load("gastric"), patients=3, seed=7), diameter_start=25.0)
    assert (people["diameter_start"].values[:, -1] == 0).all()
    with_axis = sim.vary(sim.draw(sim.load("gastric"), patients=3, seed=7), diameter_start=[25.0, 30.0])
    assert (with_axis["diameter_start"].values[..., -1] == 0).all()


def test_labelled_array_gives_each_patient_a_value():
    given = xr.DataArray([50.0, 60.0, 70.0], dims="patient", coords={"patient": [0, 1, 2]})
    assert list(sim.vary(crowd(3), weight=given)["weight"].values) == [50, 60, 70]


@pytest.mark.parametrize("given, told", [
    (xr.DataArray([50.0, 60.0], dims="patient", coords={"patient": [0, 1]}), "weight: its patients are not those drawn"),
    (xr.DataArray([50.0, 60.0], dims="time", coords={"time": [0, 1]}), "weight: axis time cannot be used"),
    (xr.DataArray([50.0, 60.0], dims="group"), "weight: axis group cannot be used; give each axis its own name and labels"),
])  # fmt: skip
def test_labelled_array_that_does_not_fit_is_refused(given, told):
    with pytest.raises(sim.ParameterError, match=told):
        sim.vary(crowd(3), weight=given)


@pytest.mark.parametrize("thing", [setting(), PLAN], ids=["setting", "plan"])
@pytest.mark.parametrize("values, told", [
    ([], r"dose: an axis needs at least one value and no value twice; got \[\]"),
    ([1e8, 1e8], r"dose: an axis needs at least one value and no value twice; got \[100000000.0, 100000000.0\]"),
    ([[1e8], [1e9]], "dose: an axis needs"),
    ([1e8, -1], "Infusion cells: -1; must be a number from 0"),
    ([1e8, np.nan], "Infusion cells: nan"),
    ("1e8", "Infusion cells: '1e8'"),
    ([True, 1e8], "Infusion cells: True"),
])  # fmt: skip
def test_impossible_axis_of_a_plan_is_refused_before_anything_runs(thing, values, told):
    with pytest.raises(sim.ParameterError, match=told):
        sim.vary(thing, dose=values)


@pytest.mark.parametrize("values, told", [
    ([], "kill_rate: an axis needs at least one value"),
    ([3, 3], "kill_rate: an axis needs at least one value and no value twice"),
    (["3", 6], "kill_rate: '3' is no number; an axis on a parameter needs numbers"),
    ([True, 3], "kill_rate: True is no number"),
    ([3, None], "kill_rate: None is no number"),
    ([3, np.inf], "kill_rate: inf 1/day in 1 of 2 cases; must be a finite number"),
    ([3, -1], "kill_rate: -1 1/day in 1 of 2 cases; must be from 0 to"),
    (-1, "kill_rate: -1 1/day; must be from 0 to"),
    (np.nan, "kill_rate: nan 1/day; must be a finite number"),
    ("3", "kill_rate: str is neither a number nor a labelled array"),
    (True, "kill_rate: bool is neither a number nor a labelled array"),
    ({3: 6}, "kill_rate: dict is neither"),
    (np.ones((2, 2)), "kill_rate: an axis needs"),
])  # fmt: skip
def test_impossible_values_of_a_parameter_are_refused(values, told):
    with pytest.raises(sim.ParameterError, match=told):
        sim.vary(setting(), kill_rate=values)


@pytest.mark.parametrize("name, told", [
    ("kil_rate", "kil_rate: nothing of that name to vary; did you mean 'kill_rate'?"),
    ("armor", "armor: nothing of that name to vary; did you mean 'armour'?"),
    ("cavity_outflow_rate", "nothing of that name to vary; each file has its own: intraperitoneal.cavity_outflow_rate"),
    ("intraperitoneal.cavity_outflow", "did you mean 'intraperitoneal.cavity_outflow_rate'?"),
])  # fmt: skip
def test_misspelt_name_is_answered_with_the_right_one(name, told):
    with pytest.raises(sim.ParameterError) as fault:
        sim.vary(setting(), **{name: [1, 2]})
    assert told in str(fault.value)


def test_misspelt_part_of_a_plan_is_answered_with_the_right_one():
    with pytest.raises(sim.ParameterError, match="doze: no such part of a regimen; did you mean 'dose'"):
        sim.vary(PLAN, doze=[1, 2])


@pytest.mark.parametrize("axis, name, told", [
    ("armour", "dn_tgfbr", "did you mean 'dn_tgfbr2'"), ("origin", "alogeneic", "did you mean 'allogeneic'"),
])  # fmt: skip
def test_misspelt_file_is_answered_with_the_right_one(axis, name, told):
    for values in (name, [name, "none"]):
        with pytest.raises(sim.ParameterError, match=told):
            sim.vary(setting(), **{axis: values})


def test_what_cannot_be_varied_is_named():
    with pytest.raises(sim.ParameterError, match=r"vary: str cannot be varied; give a setting, drawn people or a sim.Regimen"):
        sim.vary("gastric", dose=1)


def test_the_name_of_a_field_suggests_its_axis():
    with pytest.raises(sim.ParameterError, match="cells: no such part of a regimen; did you mean 'dose'"):
        sim.vary(sim.Regimen.single(1e8), cells=[1e8, 1e9])


def test_moving_the_mean_of_a_beta_keeps_patients_apart():
    setting = sim.load("gastric")
    same, lower = (sim.draw(sim.vary(setting, antigen_positive_fraction=mean), 200, 7) for mean in (0.676, 0.4))
    share = [people["antigen_positive_fraction"].mean("lesion") for people in (sim.draw(setting, 200, 7), same, lower)]
    assert float(abs(share[0] - share[1]).max()) < 1e-12
    assert float(share[2].std()) > 0.15 and abs(float(share[2].mean()) - 0.4) < 0.06


BARRIERS = {"as it is": {}, "open": {"access_start": 1.0}, "open, at ease": {"access_start": 1.0, "suppression_half": 1e6}}


def test_a_scenario_is_the_same_people_with_its_own_values_changed():
    people = crowd(3)
    varied = sim.vary(people, barrier=BARRIERS)
    assert varied["access_start"].dims == ("barrier", "patient", "lesion")
    assert list(varied["access_start"]["barrier"].values) == list(BARRIERS)
    assert np.array_equal(varied["suppression_half"].sel(barrier="open"), people["suppression_half"], equal_nan=True)
    together = run(varied, PLAN, days=14)
    for label, changes in BARRIERS.items():
        alone = run(sim.vary(people, **changes), PLAN, days=14)
        assert np.array_equal(together["viable_volume"].sel(barrier=label), alone["viable_volume"], equal_nan=True)
    assert sim.assess(sim.observe(together)).columns[0] == "barrier"


@pytest.mark.parametrize(("people", "options", "message"), [
    (crowd, {"a": {"acess_start": 1}}, "'a': no parameter 'acess_start'; did you mean 'access_start'"),
    (crowd, {"a": {"access_start": "open"}}, "'a': access_start 'open' is no number"),
    (crowd, {"a": 3}, "'a' has 3; give changes by name"),
    (crowd, {}, "an axis needs at least one value"),
    (crowd, {"a": {"access_start": 7}}, "access_start"),
    (crowd, {"a": {}}, "no scenario changes anything"),
    (lambda n: setting(), {"a": {"access_start": 1}}, "scenarios are for drawn people"),
])  # fmt: skip
def test_a_scenario_that_cannot_be_is_refused(people, options, message):
    with pytest.raises(sim.ParameterError, match=message):
        sim.vary(people(2), barrier=options)


@pytest.mark.parametrize("name", ["lesion", "patient", "step", "rule"])
def test_no_axis_of_ones_own_takes_a_name_that_a_run_uses(name):
    with pytest.raises(sim.ParameterError, match=f"{name}: a run or its tables use this name already"):
        sim.vary(crowd(2), **{name: {"a": {"access_start": 1}}})
    with pytest.raises(sim.ParameterError, match=f"{name}: a run or its tables use this name already"):
        sim.vary(PLAN, **{name: {"none": ()}})
    with pytest.raises(sim.ParameterError, match=f"{name}: a run or its tables use this name already"):
        PLAN.with_options(name, {"none": ()})
