"""Virtual patients: who is drawn, from what spread, and what is refused."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from scipy.special import ndtri

import simsolid as sim
from simsolid.cohort import KEY, each_lesion, roster
from simsolid.draws import SHAPES, is_lesion_wise
from simsolid.params import Spread

from .people import crowd, setting

MANY = 4000


@pytest.fixture(scope="module")
def gastric():
    return sim.load("gastric")


@pytest.fixture(scope="module")
def many(gastric):
    return sim.draw(gastric, patients=MANY, seed=3)


@pytest.mark.parametrize("wrong, told", [
    (0, "patients: 0; must be a whole number of at least 1"),
    (-3, "patients: -3; must be a whole number of at least 1"),
    (2.5, "patients: 2.5; must be a whole number"),
    (True, "patients: True; must be a whole number"),
    ("ten", "patients: 'ten'; give how many"),
    ([], r"patients: \[\]; give how many"),
    ([1, 1], r"patients: \[1, 1\]; give how many \(at least 1\), or different whole numbers from 0 on"),
    ([-1, 2], r"patients: \[-1, 2\]"),
    ([0.5], r"patients: \[0.5\]"),
    ([[1], [2]], r"patients: \[\[1\], \[2\]\]"),
])  # fmt: skip
def test_wrong_patients_are_refused(gastric, wrong, told):
    with pytest.raises(sim.ParameterError, match=told):
        sim.draw(gastric, patients=wrong)


@pytest.mark.parametrize("seed", [-1, 1.5, "7", True, None])
def test_wrong_seed_is_refused(gastric, seed):
    with pytest.raises(sim.ParameterError, match=r"seed: .*; must be a whole number of at least 0"):
        sim.draw(gastric, patients=2, seed=seed)


def test_nobody_is_drawn_twice():
    for again in (sim.draw, sim.typical):
        with pytest.raises(sim.ParameterError, match="4 patients are drawn from it already"):
            again(crowd(4))


def test_what_is_no_setting_is_refused():
    with pytest.raises(sim.ParameterError, match=r"setting: str; give what sim.load"):
        sim.draw("gastric")


def test_setting_without_tumour_is_refused(gastric):
    bare = replace(gastric, layers=tuple(layer for layer in gastric.layers if layer.kind != "tumours"))
    with pytest.raises(sim.ParameterError, match="no tumour file"):
        sim.draw(bare, patients=2)


def test_roster_of_a_setting_asks_for_a_draw(gastric):
    with pytest.raises(sim.ParameterError, match=r"draw some with sim.draw\(setting, patients=500"):
        roster(gastric)


def test_drawing_changes_neither_the_setting_nor_its_sources(gastric, many):
    assert KEY not in gastric.choices
    assert isinstance(gastric["weight"], float)
    assert many.value("kill_rate").source == gastric.value("kill_rate").source
    assert many.value("kill_rate").basis == gastric.value("kill_rate").basis


def test_spread_of_a_parameter_is_that_of_its_file(gastric, many):
    value = gastric.value("kill_rate")
    assert value.spread.shape == "log-normal"
    z = np.log(many["kill_rate"].values / value.value) / value.spread.sd
    assert abs(z.mean()) < 0.06
    assert 0.93 < z.std() < 1.05


def test_every_drawn_value_keeps_to_its_own_truncation(gastric, many):
    checked = 0
    for name in gastric.names:
        value = gastric.value(name)
        spread = value.spread
        if spread is None or spread.shape != "log-normal" or spread.sd_lesion or value.by_site or "lesion" in many[name].dims:
            continue
        z = np.log(many[name].values / value.value) / spread.sd
        assert np.abs(z).max() <= (spread.truncate or 3.0) * (1 + 1e-9), name
        checked += 1
    assert checked > 10


def test_correlated_values_keep_to_their_truncation_and_stay_correlated(gastric, many):
    z = {}
    for name in ("homeostatic_rate", "homeostatic_time"):
        spread = gastric.value(name).spread
        z[name] = np.log(many[name].values / gastric[name]) / spread.sd
        assert np.abs(z[name]).max() <= (spread.truncate or 3.0) * (1 + 1e-9)
    assert np.corrcoef(*z.values())[0, 1] == pytest.approx(0.4, abs=0.05)


def test_correlations_that_cannot_hold_together_are_refused(gastric):
    pairs = [("weight", "kill_rate", 0.9), ("kill_rate", "doubling_time", 0.9), ("weight", "doubling_time", -0.9)]
    links = tuple({"between": pair[:2], "value": pair[2]} for pair in pairs)
    layers = tuple(replace(layer, choices={**layer.choices, "correlations": links}) if layer.name == "plausible" else layer
                   for layer in gastric.layers)  # fmt: skip
    with pytest.raises(sim.ParameterError, match="not possible together"):
        sim.draw(replace(gastric, layers=layers), patients=2)


def test_number_and_sites_of_lesions_follow_the_tumour_file(gastric, many):
    who = roster(many)
    tumour = next(layer for layer in gastric.layers if layer.kind == "tumours").choices
    for count, share in tumour["lesion_counts"].items():
        assert np.mean(who.lesions == int(count)) == pytest.approx(share, abs=0.03)
    sites = who.sites[:, :-1][who.sites[:, :-1] != ""]
    total = sum(tumour["sites"].values())
    for site, weight in tumour["sites"].items():
        assert np.mean(sites == site) == pytest.approx(weight / total, abs=0.03)


def test_empty_slots_hold_nothing_and_the_new_lesion_has_no_size(many):
    who, size = roster(many), many["diameter_start"].values
    assert np.array_equal(np.isnan(size), ~who.present())
    assert (size[:, -1] == 0).all()
    assert (size[:, 0] > 0).all()


def test_everyone_drawn_is_plausible(gastric, many):
    burden = np.nansum(np.pi / 6 * (many["diameter_start"].values / 10) ** 3, axis=1)
    assert burden.min() >= gastric["burden_low_volume"]
    assert burden.max() <= gastric["burden_high_volume"]
    assert np.nanmax(many["diameter_start"].values) <= gastric["largest_diameter"]


def test_impossible_limits_are_refused_with_advice(gastric):
    with pytest.raises(sim.ParameterError, match=r"too much tumour \(above burden_high_volume 1e-06 mL\) in 2; .* widen"):
        sim.draw(sim.vary(gastric, burden_high_volume=1e-6), patients=2)


@pytest.mark.parametrize("moved, why", [
    ({"diameter_start": 1.0}, r"too little tumour \(below burden_low_volume 0.5 mL\) in 3; .* diameter_start 1 mm"),
    ({"diameter_start": [1.0, 35.0]}, r"too little tumour \(below burden_low_volume 0.5 mL\) in 3; .* diameter_start 1 to 35 mm"),
    ({"largest_diameter": 5.0}, r"a lesion too large \(above largest_diameter 5 mm\) in 3; .* diameter_start 35 mm"),
])  # fmt: skip
def test_a_centre_moved_too_far_is_named_with_the_limit_it_breaks(gastric, moved, why):
    with pytest.raises(sim.ParameterError, match=rf"3 of 3 still outside.*: {why}. Move the centre of diameter_start back"):
        sim.draw(sim.vary(gastric, **moved), patients=3)


def test_redrawn_patient_depends_on_no_neighbour(gastric):
    narrow = sim.vary(gastric, burden_high_volume=60.0)
    everyone = sim.draw(narrow, patients=60, seed=3)
    assert roster(everyone).rejected > 10
    for patient in range(0, 60, 7):
        alone = sim.draw(narrow, patients=[patient], seed=3)["diameter_start"]
        assert np.array_equal(alone, everyone["diameter_start"].sel(patient=[patient]), equal_nan=True)


@pytest.mark.parametrize("lesions", [0, 6, 1.5, "2", True])
def test_typical_patient_has_from_one_to_five_lesions(gastric, lesions):
    with pytest.raises(sim.ParameterError, match=r"lesions: .*; must be a whole number from 1 to 5"):
        sim.typical(gastric, lesions)


def test_typical_patient_has_the_centre_of_every_spread(gastric):
    people = sim.typical(gastric, 2)
    assert people["kill_rate"] == gastric["kill_rate"]
    assert list(roster(people).sites[0, :3] != "") == [True, True, False]
    assert np.isnan(people["diameter_start"].values[0, 2:5]).all()
    assert people["diameter_start"].values[0, 5] == 0


def test_typical_patient_keeps_the_axes_of_a_sweep():
    people = sim.typical(sim.vary(setting(), diameter_start=[20, 40], kill_rate=[3, 6]))
    assert people["diameter_start"].dims == ("diameter_start", "patient", "lesion")
    assert list(people["diameter_start"].values[:, 0, 0]) == [20, 40]


def test_each_lesion_takes_the_value_and_the_new_lesion_no_size(gastric):
    people = sim.draw(gastric, patients=6, seed=7)
    size = each_lesion(people, "diameter_start", xr.DataArray([20.0, 30.0], dims="d", coords={"d": [20, 30]})).values
    there = roster(people).present()[:, :-1]
    assert (size[1, :, :-1][there] == 30).all() and np.isnan(size[1, :, :-1][~there]).all()
    assert (size[:, :, -1] == 0).all()


@pytest.mark.parametrize("shape, spread, centre, low, high", [
    ("log-normal", Spread("log-normal", sd=0.5), 2.0, 0.0, np.inf),
    ("logit-normal", Spread("logit-normal", sd=1.0), 0.3, 0.0, 1.0),
    ("normal", Spread("normal", sd=0.5), 2.0, -np.inf, np.inf),
    ("beta", Spread("beta", a=2.0, b=5.0), 0.3, 0.0, 1.0),
    ("exponential", Spread("exponential"), 2.0, 0.0, np.inf),
    ("empirical", Spread("empirical", values=(1.0, 4.0), weights=(3.0, 1.0)), 1.0, 1.0, 4.0),
])  # fmt: skip
def test_spread_rises_with_its_random_number_within_its_bounds(shape, spread, centre, low, high):
    z = np.linspace(-3, 3, 1001)
    drawn = SHAPES[shape](np.array([centre]), spread, z, 0.0)
    assert (np.diff(drawn) >= 0).all() and drawn[0] < drawn[-1]
    assert drawn.min() >= low and drawn.max() <= high


def test_known_means_of_spreads():
    z = ndtri((np.arange(100_000) + 0.5) / 100_000)
    assert SHAPES["exponential"](np.array([2.0]), Spread("exponential"), z, 0.0).mean() == pytest.approx(2.0, rel=1e-3)
    assert SHAPES["beta"](np.array([0.3]), Spread("beta", a=2.0, b=5.0), z, 0.0).mean() == pytest.approx(0.3, rel=1e-3)
    told = SHAPES["empirical"](np.array([1.0]), Spread("empirical", values=(1.0, 4.0), weights=(3.0, 1.0)), z, 0.0)
    assert told.mean() == pytest.approx(1.75, rel=1e-3)


def test_swept_parameters_keep_their_own_labels():
    gain = xr.DataArray([0.5, 0.6], {"k": [1, 2]}, ("k",))
    loaded = sim.load("gastric")
    swept = [name for name in loaded if loaded.value(name).spread is not None and not is_lesion_wise(loaded, name)][:2]
    values = {name: loaded[name] * gain.assign_coords(k=labels) for name, labels in zip(swept, ([1, 2], [2, 1]), strict=True)}
    people = sim.draw(loaded.with_values(values), patients=2, seed=1)
    assert [people[name]["k"].values.tolist() for name in swept] == [[1, 2], [2, 1]]
