"""A small model of one's own: twenty lines, every axis at once, doses, and errors in words."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import xarray as xr

import simsolid as sim


@dataclass
class Needs:
    """What the smallest model needs."""

    growth_rate: Any = sim.need("1/day", "growth of tumour", low=0)
    kill_rate: Any = sim.need("1/(day cell)", "killing", low=0)
    loss_rate: Any = sim.need("1/day", "loss of CAR-T cells", low=0)
    tumour_start: Any = sim.need("cell", "tumour on the first day", low=0)


@dataclass
class State:
    """What it holds."""

    tumour: Any = sim.state("cell", "tumour cells")
    cart: Any = sim.state("cell", "CAR-T cells")


def start(p):
    return State(tumour=p.tumour_start, cart=0.0)


def rates(t, x, p):
    return State(tumour=(p.growth_rate - p.kill_rate * x.cart) * x.tumour, cart=-p.loss_rate * x.cart)


MINE = sim.Model(name="mine", needs=Needs, state=State, start=start, rates=rates)
VALUES = {"growth_rate": 0.1, "kill_rate": 1e-7, "loss_rate": 0.2, "tumour_start": 1e6}


@pytest.mark.parametrize("engine", ["numpy", "auto"])
def test_twenty_lines_give_labelled_results_with_units(engine):
    run = sim.run(MINE, VALUES, times=range(11), engine=engine)
    assert run["tumour"].values == pytest.approx(1e6 * np.exp(0.1 * np.arange(11)), rel=1e-4)
    assert run["tumour"].attrs == {"units": "cell", "long_name": "tumour cells"}
    assert run["time"].attrs["units"] == "day" and run.attrs["model"] == "mine"
    assert int(run["status"]) == 0


def test_dose_lands_on_its_day_and_amounts_add_up():
    run = sim.run(MINE, VALUES, times=[0, 1, 2, 4], doses={"cart": [(2, 3e7), (1, 1e7), (2, 1e7)]})
    first = 1e7 * np.exp(-0.2)
    assert run["cart"].values == pytest.approx([0, 1e7, first + 4e7, (first + 4e7) * np.exp(-0.4)], rel=1e-4)


def test_axes_of_parameters_and_doses_are_crossed_and_each_case_is_as_if_alone():
    p = sim.vary(sim.load_model(MINE, VALUES), growth_rate=[0.05, 0.1, 0.2])
    dose = xr.DataArray([0.0, 1e6, 1e7], dims="dose", coords={"dose": [0.0, 1e6, 1e7]})
    run = sim.run(MINE, p, times=[0, 10], doses={"cart": [(3, dose)]})
    assert run["tumour"].sizes == {"growth_rate": 3, "dose": 3, "time": 2}
    alone = sim.run(MINE, {**VALUES, "growth_rate": 0.2}, times=[0, 10], doses={"cart": [(3, 1e6)]})
    assert np.array_equal(run["tumour"].sel(growth_rate=0.2, dose=1e6), alone["tumour"])


def test_day_of_a_dose_may_be_an_axis():
    day = xr.DataArray([5.0, 1.0], dims="day", coords={"day": [5.0, 1.0]})
    run = sim.run(MINE, VALUES, times=[0, 6], doses={"cart": [(day, 1e7), (3, 1e7)]})
    decayed = [np.exp(-0.2) + np.exp(-0.6), np.exp(-1.0) + np.exp(-0.6)]
    assert run["cart"].isel(time=-1).values == pytest.approx(1e7 * np.array(decayed), rel=1e-4)


def test_file_of_ones_own_is_read_from_anywhere(tmp_path):
    tables = [f'[{name}]\nvalue = {value}\nunit = "{Needs.__dataclass_fields__[name].metadata["unit"]}"\nbasis = "assumed"\n'
              f'note = "for this test"\n' for name, value in VALUES.items()]  # fmt: skip
    variant = '[variants.fast]\nabout = "fast"\nbasis = "assumed"\nnote = "twice"\nvalues = {growth_rate = 0.2}\n'
    (tmp_path / "some.toml").write_text("\n".join(['title = "t"', 'about = "a"', *tables, variant]))
    p = sim.load_model(MINE, tmp_path / "some.toml", variant=["base", "fast"])
    assert p["growth_rate"].values.tolist() == [0.1, 0.2] and p["kill_rate"] == 1e-7
    assert sim.run(MINE, p, times=[0, 1])["tumour"].dims == ("variant", "time")


BAD_VARIANT = """title = "t"
about = "a"
[growth_rate]
value = 0.1
unit = "1/hour"
basis = "assumed"
note = "n"
[variants.fast]
about = "fast"
basis = "assumed"
values = {growth_rate = -1, groth_rate = 2}
"""


def test_faults_of_a_variant_are_told_together(tmp_path):
    (tmp_path / "some.toml").write_text(BAD_VARIANT)
    with pytest.raises(sim.ParameterError) as fault:
        sim.load_model(MINE, tmp_path / "some.toml")
    told = str(fault.value)
    assert "fast: basis 'assumed' without a note" in told
    assert "fast: the file has no table 'groth_rate'; did you mean 'growth_rate'?" in told
    assert "fast: growth_rate value -24 1/day; must be at least 0" in told


@pytest.mark.parametrize("change, told", [
    ({"doses": {"carts": [(1, 1e6)]}}, "doses: 'carts' is no state of mine; did you mean 'cart'?"),
    ({"doses": {"cart": [1e6]}}, "doses: 1000000.0; must be a pair of day and amount, such as (7, 1e7)"),
    ({"doses": {"cart": [(-1, 1e6)]}}, "a day is NaN or before day 0.0"),
    ({"times": []}, "times: empty; give the days to show, the first of which is the start"),
    ({"times": [3, 1]}, "they must increase"),
    ({"parameters": {**VALUES, "growth_rate": -1}}, "growth_rate: -1 1/day; must be at least 0"),
    ({"parameters": {"growth_rate": 1}}, "model 'mine': no value for kill_rate [1/(day cell)], loss_rate [1/day]"),
    ({"parameters": {**VALUES, "groth": 1}}, "groth: the model has no such parameter; did you mean 'growth_rate'?"),
    ({"model": "kara24"}, "model: 'kara24' unknown; did you mean 'kara2024'?"),
    ({"model": "house"}, "model: 'house' needs patients and a plan; use sim.load, sim.draw and sim.simulate"),
    ({"model": "kara2024", "parameters": sim.load_model(MINE, VALUES)}, "tumour_limit_volume: missing; load the parameters of"),
    ({"on_failure": "warn"}, "on_failure: 'warn' unknown; there are raise, keep"),
    ({"engine": "nump"}, "engine: 'nump' unknown; did you mean 'numpy'?"),
])  # fmt: skip
def test_wrong_question_is_answered_in_words(change, told):
    asked = {"model": MINE, "parameters": VALUES, "times": [0, 1], **change}
    with pytest.raises(sim.ParameterError) as fault:
        sim.run(**asked)
    assert told in str(fault.value)


def test_axes_of_one_name_with_other_labels_are_refused():
    p = sim.vary(sim.load_model(MINE, VALUES), growth_rate=[0.05, 0.1])
    other = xr.DataArray([1e6, 1e7], dims="growth_rate", coords={"growth_rate": [1, 2]})
    with pytest.raises(sim.ParameterError, match="axes of one name must have the same labels"):
        sim.run(MINE, p, times=[0, 1], doses={"cart": [(0, other)]})


def test_model_with_lesions_is_sent_to_the_other_verb():
    from simsolid.models import MODELS

    with pytest.raises(sim.ModelError, match="model 'house': has lesions, inputs or triggers; it needs patients and a plan"):
        sim.run(MODELS["house"], VALUES, times=[0, 1])


def runaway(t, x, p):
    return State(tumour=p.growth_rate * x.tumour * x.tumour, cart=-x.cart)


def test_failed_case_stops_the_run_or_is_marked_and_leaves_its_neighbour_alone():
    wild = sim.Model(name="wild", needs=Needs, state=State, start=start, rates=runaway)
    p = sim.vary(sim.load_model(wild, {**VALUES, "tumour_start": 1.0}), growth_rate=[0.01, 1.0])
    with pytest.raises(sim.SolveError, match=r"model 'wild', growth_rate 1.0 stopped at day 1: tumour: .*; 1 of 2 failed"):
        sim.run(wild, p, times=[0, 5])
    run = sim.run(wild, p, times=[0, 5], on_failure="keep")
    assert run["tumour"].isel(time=-1).values[0] == pytest.approx(1 / 0.95, rel=1e-4)
    assert np.isnan(run["tumour"].isel(time=-1).values[1]) and run["status"].values.astype(bool).tolist() == [False, True]


def test_variants_need_known_names():
    with pytest.raises(sim.ParameterError, match="variant: 'patient4' unknown; did you mean 'patient_4'"):
        sim.load_model("kara2024", variant=["patient4"])
    with pytest.raises(sim.ParameterError, match="variant: none chosen"):
        sim.load_model("kara2024", variant=[])
