"""What holds for every model of the gallery: files, names, both engines, and what the shell shows of it."""

from dataclasses import fields

import numpy as np
import pytest

import simsolid as sim
from simsolid.describe import describe
from simsolid.models import GALLERY, MODELS
from simsolid.params import check_name, declarations

NAMES = sorted(GALLERY)


def test_gallery_and_files_are_the_same_names():
    assert NAMES and list(sim.available("models")) == NAMES
    assert not set(GALLERY) & set(MODELS)


@pytest.mark.parametrize("name", NAMES)
def test_names_of_states_obey_the_rules(name):
    declared = declarations(GALLERY[name].state, GALLERY[name].observables)
    assert [fault for facts in declared.values() for fault in check_name(facts, bounded=False)] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_variant_loads_and_changes_something(name):
    known = sim.load_model(name).choices["variants"]
    plain = sim.load_model(name)
    for label in known[1:]:
        varied = sim.load_model(name, variant=label)
        assert any(varied[key] != plain[key] for key in plain.names), label


@pytest.mark.parametrize("name", NAMES)
def test_both_engines_agree(name):
    pytest.importorskip("llvmlite")
    runs = [sim.run(name, times=np.linspace(0, 30, 31), rtol=1e-8, engine=engine) for engine in ("numpy", "llvm")]
    for f in fields(GALLERY[name].state):
        one, two = (run[f.name].values for run in runs)
        assert one == pytest.approx(two, rel=1e-5, abs=1e-6 * f.metadata["scale"]), f.name


@pytest.mark.parametrize("name", NAMES)
def test_model_is_described_with_its_equations_and_sources(name):
    text = describe(name)
    assert text.count(r"\mathrm{d}t}") == len(fields(GALLERY[name].state))
    assert "Source: " in text and "lesion" not in text.partition("(LaTeX)")[0].rpartition("Equations")[2]
    assert sim.cite(sim.load_model(name)).entries
