"""What a model is: rows for named values, checks when one is built, and errors that name the state."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import simsolid as sim
from simsolid.model import Model, layout, names, shows, state
from simsolid.models import MODELS
from simsolid.params import need


@dataclass(frozen=True, kw_only=True)
class Needs:
    """Parameters of a two-state model."""

    loss_rate: Any = need("1/day", "loss", low=0)
    size: Any = need("cell", "start", axis="lesion", low=0)


@dataclass(slots=True, kw_only=True)
class State:
    """States of it."""

    blood: Any = state("cell", "cells in blood", scale=10.0)
    tumour: Any = state("cell", "cells in lesion", axis="lesion", scale=2.0)


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What it shows."""

    total: Any = shows("cell", "all cells")


def small(**changed):
    parts = {
        "name": "small", "needs": Needs, "state": State, "observables": Shown,
        "start": lambda p: State(blood=0.0 * p.loss_rate, tumour=p.size),
        "rates": lambda t, x, p: State(blood=-p.loss_rate * x.blood, tumour=0.1 * x.tumour),
        "observe": lambda t, x, p: Shown(total=x.blood + x.tumour.sum()),
    }  # fmt: skip
    return Model(**{**parts, **changed})


@pytest.mark.parametrize("lesions", [1, 3])
def test_packing_and_unpacking_return_the_same(lesions):
    where = layout(State, lesions)
    rows = np.arange(float(len(where.flat) * 4)).reshape(-1, 4)
    assert np.array_equal(where.pack(where.unpack(rows), 4), rows)
    assert where.flat == ("blood", *(f"tumour[{i}]" for i in range(lesions)))


def test_names_are_sorted_by_their_axis():
    assert names(State, None) == ["blood"] and names(State, "lesion") == ["tumour"]


def test_scale_of_a_lesion_state_stands_for_each_lesion():
    assert small().scales(2).tolist() == [10, 2, 2]


def test_equations_are_traced_once_for_each_number_of_lesions():
    model = small()
    assert model.traced(2) is model.traced(2)
    assert model.traced(2).states == ("blood", "tumour[0]", "tumour[1]")


def test_forgotten_state_is_named():
    forgetful = small(rates=lambda t, x, p: State(blood=0.0))
    with pytest.raises(sim.ModelError, match=r"model 'small': .*'tumour'; rates must return every declared state once"):
        forgetful.traced(1)


def test_misspelt_state_is_named():
    misspelt = small(rates=lambda t, x, p: State(blood=0.0, tumor=x.tumour))
    with pytest.raises(sim.ModelError, match="tumor"):
        misspelt.traced(1)


def test_trigger_without_an_action_is_refused():
    with pytest.raises(sim.ModelError, match="model 'small': trigger appear has no action of that name; add it to actions"):
        small(triggers=lambda t, x, p: {"appear": x.blood - 1.0}, actions={}).traced(1)


def test_action_is_handed_only_its_own_amounts():
    seen = []
    model = small(actions={"give": lambda x, p, amount: (seen.append(amount.shape), (x, p))[1]})
    model.block_action("give", 1, 2)(np.ones((2, 3)), np.ones((2, 3)), np.ones((7, 3)))
    assert seen == [(2, 3)]


def test_every_model_of_the_catalogue_traces():
    assert MODELS
    for model in MODELS.values():
        assert len(model.traced(1).rates) == len(model.state_layout(1).flat)
