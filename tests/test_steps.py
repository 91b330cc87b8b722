"""Steps of a treatment: what they say of themselves, and what is refused."""

import pytest

from simsolid.steps import DRUGS, ORDER, Conditioning, Drug, Infusion, Stop, Surgery, Switch, faults_of


@pytest.mark.parametrize("step, told", [
    (Drug("anakinra", 100, day=4), "anakinra 100 mg on day 4"),
    (Drug("chemotherapy", 1, day=4), "chemotherapy 1 on day 4"),
    (Drug("tocilizumab", 8), "tocilizumab 8 mg/kg"),
    (Drug("tocilizumap", 8), "tocilizumap 8 of no known unit"),
    (Stop(28), "no further cells on day 28"),
    (Stop(), "no further cells"),
    (Switch(), "safety switch"),
    (Surgery(0.8), "80% debulking of all lesions"),
])  # fmt: skip
def test_a_step_says_its_day_where_it_has_one(step, told):
    assert str(step) == told


@pytest.mark.parametrize("step", [Drug("anakinra", 100), Stop(), Switch(), Surgery(0.5)])
def test_a_step_without_a_day_is_for_a_rule_and_not_for_a_plan(step):
    assert [fault.partition(";")[0] for fault in faults_of(step)] == [f"{type(step).__name__} day: missing"]
    assert faults_of(step, timed=False) == []


def test_an_amount_has_the_limit_and_the_unit_of_its_drug():
    for name, medicine in DRUGS.items():
        assert faults_of(Drug(name, medicine.largest, day=0)) == []
        fault, = faults_of(Drug(name, 1.01 * medicine.largest, day=0))
        assert f"from 0 to {medicine.largest:g} " in fault and name in fault


@pytest.mark.parametrize("name, amount", [("tocilizumab", 80), ("dexamethasone", 400), ("anakinra", 8000), ("chemotherapy", 6)])
def test_a_tenfold_slip_of_a_dose_is_refused(name, amount):
    assert faults_of(Drug(name, amount, day=0))


def test_all_faults_of_a_rule_step_are_told_but_not_its_day():
    assert len(faults_of(Drug("anakinra", -1, day="soon"))) == 2
    assert len(faults_of(Drug("anakinra", -1, day="soon"), timed=False)) == 1


def test_a_drug_whose_name_is_no_name_is_told_without_a_crash():
    assert any("must be a name" in fault for fault in faults_of(Drug(3, 8, day=1)))


def test_a_stop_comes_before_cells_of_the_same_moment():
    assert ORDER[Stop] < min(ORDER[Conditioning], ORDER[Infusion])
