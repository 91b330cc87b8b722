"""A setting by name: every entry of the catalogue loads, and misspelt names are answered with the right ones."""

import os
import shutil

import pytest

import simsolid as sim
from simsolid.files import layer_path
from simsolid.load import layer, needs, read_file

PAIRS = [tuple(name.split("-")) for name in sim.available("pairs")]


def test_there_are_pairs_for_every_tumour_and_every_target():
    assert len(PAIRS) >= 16
    assert {tumour for tumour, _ in PAIRS} == set(sim.available("tumours"))
    assert {target for _, target in PAIRS} == set(sim.available("targets"))


@pytest.mark.parametrize("tumour, target", PAIRS)
def test_every_product_of_a_pair_loads_with_nothing_missing(tumour, target):
    for product in layer("pairs", f"{tumour}-{target}").choices["products"]:
        setting = sim.load(tumour, target, product)
        assert setting.missing() == ()
        assert (setting.choices["tumour"], setting.choices["target"], setting.choices["product"]) == (tumour, target, product)
        assert set(setting.choices["routes"]) <= set(sim.available("routes"))


def test_target_may_be_left_out_when_the_tumour_has_one():
    assert sim.load("gastric").choices["target"] == "cldn18_2"


@pytest.mark.parametrize("asked, told", [
    (("gastrik",), "tumour: 'gastrik' unknown; did you mean 'gastric'?; there are b_all"),
    ((3,), "tumour: '3' unknown"),
    (("gastric", "cldn182"), "target: 'cldn182' on gastric unknown; did you mean 'cldn18_2'?; there are cldn18_2"),
    (("colorectal",), "target: colorectal has several; there are cea, gucy2c"),
    (("gastric", "cldn18_2", "satricel"), "product: 'satricel' unknown; did you mean 'satri_cel'?"),
    (("gastric", "cldn18_2", "gpc3_car"), "product: 'gpc3_car' binds gpc3, not cldn18_2; use satri_cel"),
])  # fmt: skip
def test_wrong_name_is_answered_with_the_right_ones(asked, told):
    with pytest.raises(sim.ParameterError) as fault:
        sim.load(*asked)
    assert told in str(fault.value)


@pytest.mark.parametrize("what, told", [
    ({"armour": "il51"}, "armour: 'il51' unknown; did you mean 'il15'?; there are dn_pd1, dn_tgfbr2, il15, none"),
    ({"origin": "donor"}, "origin: 'donor' unknown; there are allogeneic, allogeneic_edited, autologous"),
    ({"model": "hous"}, "model: 'hous' unknown; did you mean 'house'?; there are house"),
])  # fmt: skip
def test_wrong_choice_is_answered_with_the_right_ones(what, told):
    with pytest.raises(sim.ParameterError) as fault:
        sim.load("gastric", **what)
    assert str(fault.value) == told


def test_product_brings_its_own_armour_unless_told_otherwise():
    assert sim.load("hepatocellular", "gpc3", "gpc3_il15").choices["armour"] == "il15"
    assert sim.load("hepatocellular", "gpc3", "gpc3_il15", armour="none").choices["armour"] == "none"


def test_file_of_ones_own_is_read_again_when_it_changes(tmp_path):
    folder = tmp_path / "armour"
    folder.mkdir()
    shutil.copy(layer_path("armour", "none"), folder / "mine.toml")
    first = read_file(folder / "mine.toml")
    text = (folder / "mine.toml").read_text().replace('title = "', 'title = "My ')
    (folder / "mine.toml").write_text(text)
    os.utime(folder / "mine.toml", ns=(1, 1))
    assert read_file(folder / "mine.toml").title == f"My {first.title}"


def test_needs_hold_the_limits_of_a_plausible_patient():
    assert {"kill_rate", "largest_diameter"} <= set(needs())


def test_a_value_names_its_file_without_the_machine(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert sim.load("nsclc").value("tumour_oxygen").file == "params/tumours/nsclc.toml"
