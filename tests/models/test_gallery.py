"""What holds for every model of the gallery: files, names, units, both engines, and what the shell shows of it."""

from dataclasses import fields
from types import SimpleNamespace

import numpy as np
import pytest

import simsolid as sim
from simsolid.describe import describe
from simsolid.models import GALLERY, MODELS
from simsolid.params import check_name, declarations
from simsolid.units import dimension

NAMES = sorted(GALLERY)
BASES = ["day", "cell", "length", "copies"]


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


def lively(name, seed=3):
    """States and parameters that are all above zero, in one case."""
    model, p = GALLERY[name], sim.load_model(name)
    named = SimpleNamespace(**{f.name: np.array([p[f.name]]) for f in fields(model.needs)})
    start, chance = model.start(named), np.random.default_rng(seed)
    values = {f.name: np.abs(np.array(getattr(start, f.name)).ravel() * np.ones(1)) for f in fields(model.state)}
    return model.state(**{key: (value + f.metadata["scale"]) * chance.uniform(0.5, 2.0)
                          for (key, value), f in zip(values.items(), fields(model.state), strict=True)}), named  # fmt: skip


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("name", NAMES)
def test_rates_and_observables_scale_with_their_units(name, base):
    model, factor = GALLERY[name], 7.3
    x, p = lively(name)
    kinds = {f.name: f.metadata["unit"] for f in (*fields(model.needs), *fields(model.state), *fields(model.observables))}

    def scaled(key, value):
        return value * factor ** getattr(dimension(kinds[key]), base)

    later = model.state(**{f.name: scaled(f.name, getattr(x, f.name)) for f in fields(model.state)})
    other = SimpleNamespace(**{key: scaled(key, value) for key, value in vars(p).items()})
    day, per_day = (factor, 1 / factor) if base == "day" else (1.0, 1.0)
    for law, kind, share in ((model.rates, model.state, per_day), (model.observe, model.observables, 1.0)):
        before, after = law(3.0, x, p), law(3.0 * day, later, other)
        for f in fields(kind):
            expected = scaled(f.name, getattr(before, f.name)) * share
            assert getattr(after, f.name) == pytest.approx(expected, rel=1e-9), f.name


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
