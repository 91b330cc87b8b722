"""Every shipped parameter file loads, says where its values come from, and fits the others."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

import simsolid as sim
from simsolid.cite import bibliography
from simsolid.files import KINDS, available, find_params_dir, layer_path
from simsolid.load import layer, needs, read_file
from simsolid.models import GALLERY
from simsolid.params import check_name
from simsolid.routes import INJECTED
from simsolid.trials.files import trials

ROOT = Path(__file__).resolve().parent.parent
FILES = [(kind, name) for kind in KINDS for name in available(kind)]
LAYERS, FAULTS = {}, []
for _kind, _name in FILES:
    try:
        LAYERS[_kind, _name] = read_file(layer_path(_kind, _name))
    except sim.ParameterError as fault:
        FAULTS.append(str(fault))
VALUES = [(f"{kind}/{name}.{key}", value) for (kind, name), file in LAYERS.items() for key, value in file.values.items()]
# Where a lesion may lie. Tumours and routes use the same words, or a route would silently touch nothing.
SITES = {"liver", "peritoneum", "pleura", "lung", "lymph_node", "stomach", "pancreas", "brain", "leptomeninges", "spine", "bone"}
SITES |= {"marrow", "skin"}
CATALOGUE = {
    "gastric-cldn18_2": {"satri_cel"},
    "hepatocellular-gpc3": {"gpc3_car", "c_car031", "gpc3_il15"},
    "colorectal-gucy2c": {"im96"},
    "colorectal-cea": {"cea_car"},
    "nsclc-egfr": {"cart_egfr"},
    "pancreatic-egfr": {"cart_egfr"},
    "biliary-egfr": {"cart_egfr"},
    "glioblastoma-il13ra2": {"il13bbz"},
    "glioblastoma-egfr_il13ra2": {"cart_egfr_il13ra2"},
    "diffuse_midline_glioma-gd2": {"gd2_cart"},
    "diffuse_midline_glioma-b7_h3": {"b7h3_cart"},
    "neuroblastoma-gd2": {"gd2_cart01"},
    "mesothelioma-mesothelin": {"m28z_icasp9", "cart_meso_ss1", "gavo_cel"},
    "peritoneal_gastric-cldn18_2": {"satri_cel"},
    "peritoneal_ovarian-mesothelin": {"meso_ip"},
    "b_all-cd19": {"tisagenlecleucel"},
}
# Names in a product's head and the folder each of them points into.
PARTS = {"cells": "cells", "armour": "armour", "origin": "origins", "conditioning": "conditioning"}


def _of(kind):
    return [pytest.param(file, id=name) for (folder, name), file in LAYERS.items() if folder == kind]


def _settings():
    for (kind, pair), file in LAYERS.items():
        for product in file.choices["products"] if kind == "pairs" else ():
            yield pytest.param(file.choices["tumour"], file.choices["target"], product, id=f"{pair}-{product}")


def _variants():
    for (kind, name), file in LAYERS.items():
        for label, values in file.choices.get("variants", {}).items() if kind == "models" else ():
            yield from ((f"{kind}/{name}.{label}.{key}", value) for key, value in values.items())


VALUES += _variants()


def _keys_in_docstrings():
    """Words such as author2021 that follow "References" or stand in the head of a module."""
    for path in (ROOT / "simsolid").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)):
                yield from re.findall(r"\b[a-z]\w*(?:19|20)\d\d[a-z]?\b", ast.get_docstring(node) or "")


def test_every_file_loads():
    assert FAULTS == [], "\n".join(FAULTS)


def test_there_are_files_of_every_kind():
    assert {kind for kind, _ in FILES} == set(KINDS)
    assert len(VALUES) > 400


def test_an_assumed_value_says_why_and_a_derived_one_how():
    assert [key for key, value in VALUES if value.basis in ("assumed", "derived") and not value.note.strip()] == []


def test_a_value_that_is_not_assumed_names_its_source_and_the_place_in_it():
    sourced = [(key, value) for key, value in VALUES if value.basis != "assumed"]
    assert len(sourced) > 40
    assert [key for key, value in sourced if value.source not in bibliography()] == []
    assert [key for key, value in sourced if not value.where.strip()] == []


def test_every_source_of_the_bibliography_is_used():
    links = [link for file in LAYERS.values() for link in file.choices.get("correlations", ())]
    used = {value.source for _, value in VALUES} | {link.get("source", "") for link in links} | set(_keys_in_docstrings())
    used |= {key for trial in trials() for key in trial.sources} | {one.source for trial in trials() for one in trial.endpoints}
    unused = set(bibliography()) - used
    assert not unused, f"cite or drop {', '.join(sorted(unused))}"


def test_every_declared_name_obeys_the_rules():
    every = [facts for model in ("house", *GALLERY) for facts in needs(model).values()]
    faults = [sentence for facts in every for sentence in check_name(facts)]
    assert faults == []


def test_the_name_of_a_file_is_lower_case_words():
    assert [f"{kind}/{name}" for kind, name in FILES if not re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)*(-[a-z0-9_]+)?", name)] == []


@pytest.mark.parametrize("tumour, target, product", list(_settings()))
def test_every_setting_has_each_parameter_once(tumour, target, product):
    assert sim.load(tumour, target, product).missing() == ()


@pytest.mark.parametrize("pair", CATALOGUE)
def test_every_row_of_the_catalogue_has_its_products(pair):
    assert set(LAYERS["pairs", pair].choices["products"]) >= CATALOGUE[pair]


@pytest.mark.parametrize("pair", _of("pairs"))
def test_a_pair_is_named_after_its_tumour_and_target_and_points_at_files(pair):
    assert pair.name == f"{pair.choices['tumour']}-{pair.choices['target']}"
    assert pair.choices["tumour"] in available("tumours")
    assert pair.choices["target"] in available("targets")
    assert set(pair.choices["products"]) <= set(available("products"))
    assert set(pair.choices["routes"]) <= set(available("routes"))


@pytest.mark.parametrize("pair", _of("pairs"))
def test_every_route_of_a_pair_can_reach_a_lesion_of_the_tumour(pair):
    sites = {site for site, weight in layer("tumours", pair.choices["tumour"]).choices["sites"].items() if weight > 0}
    regions = {route: set(layer("routes", route).choices["region"]) for route in pair.choices["routes"]}
    assert [route for route, region in regions.items() if region - {INJECTED} and not region & sites] == []


@pytest.mark.parametrize("product", _of("products"))
def test_a_product_points_at_files_and_is_used_by_a_pair(product):
    for part, kind in PARTS.items():
        assert product.choices[part] in available(kind)
    binds = product.choices["target"]
    assert set([binds] if isinstance(binds, str) else binds) <= set(available("targets"))
    assert any(product.name in LAYERS["pairs", pair].choices["products"] for pair in available("pairs"))


@pytest.mark.parametrize("tumour", _of("tumours"))
def test_a_tumour_lies_at_known_sites_of_positive_weight(tumour):
    sites = tumour.choices["sites"]
    assert set(sites) <= SITES
    assert min(sites.values()) > 0
    assert sum(sites.values()) == pytest.approx(1)


@pytest.mark.parametrize("route", _of("routes"))
def test_a_route_touches_known_sites_and_shares_out_the_whole_dose_or_less(route):
    assert set(route.choices["region"]) <= SITES | {INJECTED}
    shares = [route.values[name].value for name in ("vein_fraction", "artery_fraction", "cavity_fraction")]
    assert 0 < sum(shares) <= 1 + 1e-9


def test_a_value_by_site_is_at_a_site_where_the_tumour_can_lie():
    wrong = [
        f"tumours/{tumour}.{name}: {site}"
        for tumour in available("tumours")
        for name, value in LAYERS["tumours", tumour].values.items()
        for site, _ in value.by_site
        if site not in LAYERS["tumours", tumour].choices["sites"]
    ]
    assert wrong == []


def test_the_wheel_ships_the_parameter_files_and_the_validation():
    built = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert built["force-include"] == {find_params_dir().name: "simsolid/params_data",
                                      "docs/validation/table.csv": "simsolid/validation_data/table.csv"}  # fmt: skip
    assert "validation_data" in (ROOT / "simsolid" / "validation" / "shipped.py").read_text(encoding="utf-8")
    assert "params_data" in (ROOT / "simsolid" / "files.py").read_text(encoding="utf-8")
