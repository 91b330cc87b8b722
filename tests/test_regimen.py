"""Treatment plans: what they say, what they refuse, how they combine."""

import numpy as np
import pytest

import simsolid as sim
from simsolid.regimen import DESIGN
from simsolid.steps import faults_of

PLAN = sim.Regimen.single(1e8)


@pytest.mark.parametrize("cells", [-1, np.nan, np.inf, "1e8", True, None, 1e13, np.True_])
def test_impossible_dose_is_refused_with_what_was_given(cells):
    with pytest.raises(sim.ParameterError) as told:
        sim.Regimen.single(cells)
    assert str(told.value) == f"regimen: Infusion cells: {cells!r}; must be a number from 0 to 1e+12"


def test_a_misspelt_drug_can_still_be_printed():
    assert str(sim.Drug("tocilzumab", 8, day=1)) == "tocilzumab 8 of no known unit on day 1"


@pytest.mark.parametrize("step, told", [
    (sim.Infusion(1e8, hours=-1), "Infusion hours: -1; must be a number from 0 to 720"),
    (sim.Infusion(1e8, day=np.nan), "Infusion day: nan; must be a number from -365 to 36500"),
    (sim.Infusion(1e8, route=3), "Infusion route: 3; must be a name"),
    (sim.Conditioning(None), "Conditioning name: None; must be a name"),
    (sim.Surgery(1.2, day=-3), "Surgery share: 1.2; must be a number from 0 to 1"),
    (sim.Switch("day 5"), "Switch day: 'day 5'; must be a number"),
    (sim.Drug("tocilizumap", 8, 5), "drug 'tocilizumap': unknown; did you mean 'tocilizumab'?; there are tocilizumab"),
    (sim.Drug("tocilizumab", -8, 5), "Drug amount: -8; must be a number from 0 to 20 mg/kg of tocilizumab"),
    ("surgery", "'surgery': not a step; use Infusion, Conditioning, Surgery, Drug, Switch or Stop"),
])  # fmt: skip
def test_impossible_step_is_refused(step, told):
    with pytest.raises(sim.ParameterError) as fault:
        sim.Regimen((step,))
    assert told in str(fault.value)


def test_all_faults_of_a_plan_come_at_once():
    with pytest.raises(sim.ParameterError) as told:
        sim.Regimen((sim.Infusion(-1, hours=-1), sim.Surgery(2, day=-3)))
    assert str(told.value).count("\n") == 2


def test_good_step_has_no_fault():
    assert faults_of(sim.Infusion(np.float64(1e8), "intravenous", np.int64(3), 2)) == []


def test_plan_prints_in_the_order_of_time():
    plan = PLAN.with_step(sim.Drug("dexamethasone", 10, day=6), sim.Surgery(0.8, day=-3, sites="liver"), sim.Switch(day=40))
    assert str(plan) == ("80% debulking of liver on day -3; product conditioning by day 0; 1e+08 cells intravenous on day 0; "
                         "dexamethasone 10 mg on day 6; safety switch on day 40")  # fmt: skip


def test_at_one_moment_surgery_comes_before_conditioning_before_cells_before_drugs():
    steps = (sim.Drug("dexamethasone", 10, 0), sim.Switch(0), sim.Infusion(1e8), sim.Conditioning("flu_cy"), sim.Surgery(0.5, 0))
    assert [type(step).__name__ for step in sim.Regimen(steps).in_order()] == [
        "Surgery", "Conditioning", "Infusion", "Switch", "Drug"]  # fmt: skip


def test_no_treatment_says_so():
    assert str(sim.Regimen.none()) == "no treatment"
    assert sim.Regimen.none().infusions == ()


def test_one_site_may_be_given_without_a_tuple():
    assert sim.Surgery(0.5, -3, "liver") == sim.Surgery(0.5, -3, ("liver",))


def test_repeats_fall_on_their_days_with_their_conditioning():
    plan = PLAN.repeated(3, every=28, conditioning="cy")
    assert [infusion.day for infusion in plan.infusions] == [0, 28, 56]
    assert [(step.name, step.day) for step in plan.steps if isinstance(step, sim.Conditioning)] == [
        ("product", 0), ("cy", 28), ("cy", 56)]  # fmt: skip


@pytest.mark.parametrize("times, every", [
    (0, 28), (2, 0), (2, -1), (2.5, 28), ("2", 28), (2, "28"), (2, np.inf), (2, np.nan), (True, 28),
])  # fmt: skip
def test_impossible_repeats_are_refused(times, every):
    with pytest.raises(sim.ParameterError, match="needs a whole number of at least 1 and days above 0"):
        PLAN.repeated(times, every)


def test_adding_plans_keeps_all_steps_and_axes():
    both = sim.vary(PLAN, dose=[1e8, 1e9]) + sim.Regimen((sim.Surgery(0.5, day=-3),))
    assert len(both.steps) == 3 and both.design == {"dose": (1e8, 1e9)}


def test_adding_plans_that_vary_the_same_is_refused():
    with pytest.raises(sim.ParameterError, match="dose is varied in both plans"):
        sim.vary(PLAN, dose=[1e8, 1e9]) + sim.vary(PLAN, dose=[1e7, 1e9])


def test_axis_shows_when_a_plan_is_printed():
    assert str(sim.vary(PLAN, dose=[1e8, 1e9])).endswith("dose varied over 100000000.0, 1000000000.0")


@pytest.mark.parametrize("name", [name for name, (kind, _) in DESIGN.items() if kind in (sim.Surgery, sim.Drug)])
def test_axis_on_a_step_that_the_plan_lacks_is_refused(name):
    with pytest.raises(sim.ParameterError, match=f"{name} cannot vary, for the plan has no (surgery|drug); start from plan"):
        sim.vary(PLAN, **{name: [0.5, 0.6]})


def test_axis_on_a_day_must_not_merge_repeats():
    with pytest.raises(sim.ParameterError, match="infusion_day cannot vary, for the plan has such steps on days 0, 28"):
        sim.vary(PLAN.repeated(2, every=28), infusion_day=[0, 3])


def test_axis_on_an_amount_must_not_mix_units():
    plan = PLAN.with_step(sim.Drug("tocilizumab", 8, 5), sim.Drug("dexamethasone", 10, 5))
    with pytest.raises(sim.ParameterError, match="the drugs' units differ"):
        sim.vary(plan, drug_amount=[4, 8])


def test_conditioning_none_can_still_be_varied():
    plan = sim.vary(sim.Regimen.single(1e8, conditioning="none"), conditioning=["none", "flu_cy"])
    assert plan.with_field("conditioning", "flu_cy").steps[0] == sim.Conditioning("flu_cy")
