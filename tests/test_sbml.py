"""SBML printed from the traced graph: valid, complete, and run by other simulators to the same numbers."""

import numpy as np
import pytest

from simsolid.errors import ModelError
from simsolid.sbml import Act, Told, sbml_of
from simsolid.sbml_units import identifier, powers
from simsolid.trace import trace
from simsolid.units import UNITS, dimension
from tests import foreign

libsbml = pytest.importorskip("libsbml", reason="python-libsbml is not installed: pip install 'simsolid[interop]'")


def _small():
    def rates(t, x, p):
        met = (x[0] * x[1]).named("met")
        return [p[0] * x[0] - p[1] * met, (x[1] - 2.0).branch(1.0, x[1] ** p[2]) + t * met]

    return trace(rates, ["prey[0]", "prey[1]"], ["birth_rate", "prey_0", "order"], outputs=lambda t, x, p: {"all": x[0] + x[1]})


def read(text):
    """The model of a file, as a copy that outlives the document."""
    return libsbml.readSBMLFromString(text).getModel().clone()


def formula(rule):
    return libsbml.formulaToL3String(rule.getMath())


def test_every_state_has_a_rate_rule_that_reads_as_the_model_was_written():
    model = read(sbml_of(_small(), [1.0, 2.0], [0.5, 0.25, 2.0], begin=-7.0))
    assert formula(model.getRateRule("prey_0")) == "prey_0 * birth_rate - prey_0_2 * met"
    assert formula(model.getRateRule("prey_1")) == "piecewise(1, (prey_1 - 2) > 0, prey_1^order) + day * met"
    assert [formula(model.getAssignmentRule(name)) for name in ("met", "all", "day")] == [
        "prey_0 * prey_1", "prey_0 + prey_1", "time + begin"]


def test_numbers_names_units_and_notes_stand_in_the_file():
    told = {("state", "prey[0]"): Told("cell/(day cm3)", "first prey"), ("parameter", "order"): Told("1", note="a < b [me]")}
    model = read(sbml_of(_small(), [1.0, 2.0], [0.5, 0.25, 2.0], told=told))
    prey, order = model.getParameter("prey_0"), model.getParameter("order")
    assert (prey.getValue(), prey.getName(), prey.getUnits()) == (1.0, "first prey (prey[0])", "cell_per_day_cm3")
    assert (order.getValue(), order.getConstant(), prey.getConstant()) == (2.0, True, False)
    assert "a &lt; b [me]" in order.getNotesString()
    assert model.getParameter("day") is None


@pytest.mark.parametrize("start, parameters, said", [
    ([1.0], [1.0, 1.0, 1.0], r"start has shape \(1,\); the model needs 2 numbers"),
    ([1.0, 2.0], [1.0, np.nan, 1.0], "parameters: prey_0 is nan; every number must be finite"),
])  # fmt: skip
def test_numbers_that_do_not_fit_are_refused_by_name(start, parameters, said):
    with pytest.raises(ModelError, match=said):
        sbml_of(_small(), start, parameters)


def test_what_a_trigger_sets_off_happens_once_however_often_it_rises():
    rates, far = (lambda t, x, p: [x[1], -x[0], 0.0]), (lambda t, x, p: {"far": x[0] - 0.5})
    swing = trace(rates, ["place", "speed", "count"], [], triggers=far)
    count = Act("far", {("x", 2): swing.graph.leaf("x", 2) + 1.0}, when=swing.triggers["far"])
    run = foreign.roadrunner().RoadRunner(sbml_of(swing, [0.0, 1.0, 0.0], [], acts=[count]))
    run.selections = ["count", "far_done"]
    assert run.simulate(0.0, 20.0, 21)[-1].tolist() == [1.0, 1.0]


@pytest.mark.parametrize("unit", UNITS)
def test_a_unit_of_sbml_has_the_dimension_of_ours(unit):
    found = dict.fromkeys(dimension("1")._fields, 0)
    for word, power in powers(unit).items():
        for name, of_word in dimension(word)._asdict().items():
            found[name] += power * of_word
    assert found == dimension(unit)._asdict()


def test_units_of_sbml_have_names_of_their_own():
    assert len({identifier(unit) for unit in UNITS}) == len(UNITS)
