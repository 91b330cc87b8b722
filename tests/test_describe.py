"""A model in words and formulas: everything it holds is told, and equations name their flows."""

from dataclasses import fields

import pytest

import simsolid as sim
from simsolid.describe import describe
from simsolid.models import GALLERY, MODELS

TEXT = describe("house", 2)


def test_every_state_is_told_with_its_unit():
    for f in fields(MODELS["house"].state):
        line = next(line for line in TEXT.splitlines() if line.startswith(f"{f.name} "))
        assert f"[{f.metadata['unit']}" in line and f.metadata["text"] in line


def test_lesion_states_say_so():
    told = {line.split()[0]: line for line in TEXT.splitlines() if "absolute tolerance" in line}
    assert " per lesion]" in told["positive"] and " per lesion]" not in told["effector_blood"]


def test_mechanisms_come_in_the_order_of_the_file_with_their_first_line():
    section = TEXT.partition("Mechanisms\n")[2].partition("Equations")[0]
    assert section.index("geometry") < section.index("killing") < section.index("rates")
    assert "Kills in each lesion" in section


@pytest.mark.parametrize("flow", ["kill", "growth", "egress", "exhaustion", "entry"])
def test_equations_name_their_flows(flow):
    equations = TEXT.partition("(LaTeX)")[2]
    assert flow in equations.replace("\\", "")


def test_there_is_an_equation_for_every_state():
    lines = TEXT.partition("(LaTeX)")[2].strip().splitlines()
    rates = [line for line in lines if "mathrm{d}" in line.partition("=")[0]]
    assert len(rates) == len(MODELS["house"].state_layout(2).flat)


@pytest.mark.parametrize("asked, told", [
    (("hous",), f"model: 'hous' unknown; did you mean 'house'?; there are {', '.join(MODELS | GALLERY)}"),
    (("house", 0), "lesions: 0; must be at least 1"),
])  # fmt: skip
def test_wrong_question_is_answered_in_words(asked, told):
    with pytest.raises(sim.ParameterError) as fault:
        describe(*asked)
    assert str(fault.value) == told
