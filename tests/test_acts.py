"""Actions as formulas: what they print is what they do."""

import numpy as np
import pytest

from simsolid.acts import effects
from simsolid.engines.occasions import apply
from simsolid.errors import ModelError
from simsolid.models import MODELS
from simsolid.trace import reachable

HOUSE, LESIONS = MODELS["house"], 2
AMOUNTS = {"infuse": [2e8, 0.3, 0.5, 0.2, 0.4, 0.0, 1.0], "debulk": [0.8, 1.0, 0.0], "tocilizumab": [8.0]}
AMOUNTS |= {"dexamethasone": [10.0], "begin_infusion": AMOUNTS["infuse"]}
AMOUNTS |= {"end_infusion": AMOUNTS["infuse"], "anakinra": [100.0], "chemotherapy": [1.0]}


def value(node, inputs):
    known = {}
    for each in reachable([node]):
        known[each] = each.graph.constant(inputs[each.value]) if each.op == "leaf" else each
        if each.args:
            known[each] = each.graph.make(each.op, *(known[a] for a in each.args))
    return known[node].value


@pytest.mark.parametrize("stopped", [0.0, 1.0])
@pytest.mark.parametrize("name", HOUSE.actions)
def test_formulas_of_every_action_of_the_house_model_do_what_the_action_does(name, stopped):
    states, parameters = HOUSE.state_layout(LESIONS), HOUSE.parameter_layout(LESIONS)
    draw = np.random.Generator(np.random.PCG64(3))
    x, p = draw.uniform(0.1, 0.9, (len(states.flat), 1)), draw.uniform(0.1, 0.9, (len(parameters.flat), 1))
    p[parameters.flat.index("stopped")] = stopped
    amounts = AMOUNTS.get(name, [])
    after = apply(HOUSE.block_action(name, LESIONS), x, p, np.reshape(amounts, (-1, 1)))
    inputs = {(kind, i): float(v) for kind, rows in (("x", x), ("p", p)) for i, v in enumerate(rows[:, 0])}
    inputs["a", 0] = amounts[0] if amounts else 0.0
    changes = effects(HOUSE, name, LESIONS, amounts)
    for kind, before, found in (("x", x, after[0]), ("p", p, after[1])):
        told = [value(changes[kind, i], inputs) if (kind, i) in changes else before[i, 0] for i in range(len(before))]
        np.testing.assert_allclose(told, found[:, 0], rtol=1e-13)


def test_an_action_changes_nothing_else():
    row = HOUSE.state_layout(LESIONS).flat.index("chemotherapy")
    assert list(effects(HOUSE, "chemotherapy", LESIONS, [1.0])) == [("x", row)]
    assert effects(HOUSE, "death", LESIONS, []) == {}


@pytest.mark.parametrize("action, said", [
    (lambda x, p, amount: (np.round(x.steroid), p), "action 'stop' of model 'house' has no formulas: np.round has no formula"),
    (lambda x, p, amount: (x, p, amount), "has no formulas"),
    (lambda x, p, amount: (x.nothing, p), "has no formulas: .*nothing"),
])  # fmt: skip
def test_an_action_without_formulas_is_refused_by_its_name(action, said, monkeypatch):
    monkeypatch.setitem(HOUSE.actions, "stop", action)
    with pytest.raises(ModelError, match=said):
        effects(HOUSE, "stop", LESIONS, [])
