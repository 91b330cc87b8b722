"""Routes as data: which lesions they touch, and one cavity at a time."""

import numpy as np
import pytest

import simsolid as sim
from simsolid.cohort import roster
from simsolid.routes import cavity_route, layer_of, touched

ROUTES = sim.available("routes")


@pytest.fixture(scope="module")
def people():
    return sim.draw(sim.load("gastric"), patients=30, seed=7)


def test_there_are_six_routes():
    by_vessel, by_cavity = {"intravenous", "hepatic_arterial"}, {"intraventricular", "intraperitoneal", "intrapleural"}
    assert set(ROUTES) == by_vessel | by_cavity | {"intratumoural"}


@pytest.mark.parametrize("route", sorted(set(ROUTES) - {"intratumoural"}))
def test_route_touches_the_lesions_of_its_region_and_no_other(people, route):
    file, who = layer_of(people, "routes", route), roster(people)
    reached = touched(file, who, people["diameter_start"].values)
    assert np.array_equal(reached == 1, np.isin(who.sites, list(file.choices.get("region", ()))) & who.present())


def test_injection_touches_the_largest_lesion_only(people):
    size = people["diameter_start"].values
    reached = touched(layer_of(people, "routes", "intratumoural"), roster(people), size)
    assert (reached.sum(axis=1) == 1).all()
    assert np.array_equal(reached.argmax(axis=1), np.nanargmax(size, axis=1))


def test_injection_of_the_typical_patient_touches_a_lesion_that_is_there():
    people = sim.typical(sim.load("neuroblastoma"), 2)
    reached = touched(layer_of(people, "routes", "intratumoural"), roster(people), people["diameter_start"].values)
    assert (reached * ~roster(people).present()).sum() == 0


@pytest.mark.parametrize("kind, name, told", [
    ("routes", "intravenus", "route 'intravenus' unknown; did you mean 'intravenous'?; there are hepatic_arterial"),
    ("conditioning", "flucy", "conditioning 'flucy' unknown; did you mean 'flu_cy'?"),
])  # fmt: skip
def test_unknown_file_suggests_the_right_one(people, kind, name, told):
    with pytest.raises(sim.ParameterError) as fault:
        layer_of(people, kind, name)
    assert told in str(fault.value)


def test_two_cavities_are_refused(people):
    with pytest.raises(sim.ParameterError, match="intraperitoneal and intrapleural fill two cavities; the model holds one"):
        cavity_route(people, ["intrapleural", "intraperitoneal"])


def test_vessels_fill_no_cavity(people):
    assert cavity_route(people, ["intravenous", "hepatic_arterial"]) is None


def test_shares_of_a_dose_never_exceed_the_dose(people):
    for route in ROUTES:
        shares = [f"{route}.{bed}_fraction" for bed in ("vein", "artery", "cavity")]
        assert sum(float(np.max(people[share])) for share in shares if share in people) <= 1 + 1e-9, route
