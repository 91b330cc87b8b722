"""Moving a centre moves everybody alike, as drawing the same people around it would."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

import simsolid as sim
from simsolid.draws import SHAPES
from simsolid.params import Spread
from simsolid.shift import MOVES, shifted
from tests.people import setting

SETTING = setting("mesothelioma", "mesothelin", "gavo_cel")
PEOPLE = sim.draw(SETTING, patients=40, seed=3)
FREE = {name: SETTING.value(name) for name in SETTING.names if SETTING.value(name).spread and not SETTING.value(name).by_site
        and name != "diameter_start"}  # fmt: skip


def with_spread(name, spread):
    """The setting with another spread of one parameter."""
    return replace(SETTING, values={**SETTING.values, name: replace(SETTING.value(name), spread=spread)})


@pytest.mark.parametrize("name", FREE)
def test_people_around_a_moved_centre_are_those_drawn_around_it(name):
    value = FREE[name]
    centre = 1.1 * value.value if value.spread.shape != "logit-normal" else 0.3 + 0.5 * value.value
    drawn = sim.draw(sim.vary(SETTING, **{name: centre}), patients=40, seed=3)
    moved = shifted(PEOPLE, SETTING, {name: centre})
    np.testing.assert_allclose(moved[name].values, drawn[name].values, rtol=1e-9)
    assert not np.allclose(moved[name].values, PEOPLE[name].values, equal_nan=True)


def test_there_are_many_spreads_to_move_and_every_shape_has_its_own_way():
    assert len(FREE) > 30
    assert set(MOVES) == set(SHAPES) - {"empirical"}


@pytest.mark.parametrize("spread, centre", [
    (Spread("beta", a=3.0, b=2.0), 0.4), (Spread("normal", sd=0.05), 0.4), (Spread("exponential"), 0.02),
])  # fmt: skip
def test_rarer_shapes_move_as_they_are_drawn(spread, centre):
    name = "product_viability_fraction"
    own = sim.vary(with_spread(name, spread), **{name: 0.6 if spread.shape != "exponential" else 0.05})
    drawn = sim.draw(sim.vary(own, **{name: centre}), patients=40, seed=3)
    moved = shifted(sim.draw(own, patients=40, seed=3), own, {name: centre})
    np.testing.assert_allclose(moved[name].values, drawn[name].values, rtol=1e-6)


def test_a_centre_with_an_axis_gives_everybody_that_axis_and_all_lesions_of_all_sites_move():
    centres = xr.DataArray([1.0, 2.0, 4.0], dims="sample", coords={"sample": [0, 1, 2]})
    moved = shifted(PEOPLE, SETTING, {"kill_rate": centres, "diameter_start": 0.5 * SETTING["diameter_start"]})
    assert moved["kill_rate"].dims == ("sample", "patient")
    np.testing.assert_allclose((moved["kill_rate"][2] / moved["kill_rate"][0]).values, 4.0)
    np.testing.assert_allclose(moved["diameter_start"].values, 0.5 * PEOPLE["diameter_start"].values)
    assert moved.value("kill_rate").basis == "centre moved here"


def test_what_does_not_differ_between_patients_just_takes_the_centre():
    assert shifted(PEOPLE, SETTING, {"loss_per_kill": 0.02})["loss_per_kill"] == 0.02


def test_hard_limits_cut_what_would_lie_beyond():
    own = sim.vary(with_spread("product_viability_fraction", Spread("normal", sd=0.02)), product_viability_fraction=0.8)
    moved = shifted(sim.draw(own, patients=40, seed=3), own, {"product_viability_fraction": 1.0})
    assert moved["product_viability_fraction"].max() == 1.0


def test_what_cannot_move_is_refused():
    own = with_spread("product_viability_fraction", Spread("empirical", values=(0.5, 0.9)))
    with pytest.raises(sim.ParameterError, match="a spread of shape empirical is a list of values"):
        shifted(sim.draw(own, patients=4, seed=3), own, {"product_viability_fraction": 0.7})
    with pytest.raises(sim.ParameterError, match="no patients in this setting"):
        shifted(SETTING, SETTING, {"kill_rate": 3.0})
    with pytest.raises(sim.ParameterError, match="did you mean 'kill_rate'"):
        shifted(PEOPLE, SETTING, {"kil_rate": 3.0})
