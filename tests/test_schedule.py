"""A regimen made exact: what is refused, and which amounts reach the engine on which day."""

import numpy as np
import pytest

import simsolid as sim
from simsolid.cohort import roster
from simsolid.design import output_days, study_of
from simsolid.models import MODELS
from simsolid.schedule import arm, reach
from simsolid.study import events_of, groups_of, matrix, plans_of

from .people import crowd, setting

MODEL = MODELS["house"]


def made(plan, people=None, days=10.0, times=None, begin=-7.0, rtol=1e-5):
    return study_of(crowd(3) if people is None else people, plan, days, begin, times, MODEL, rtol)


def planned(plan, **more):
    study = made(plan, **more)
    return [[(step.day, step.action) for step in steps] for steps in plans_of(groups_of(study)[0])]


@pytest.mark.parametrize("plan, told", [
    (sim.Regimen.single(1e8, "intravenus"), "regimen: route 'intravenus' unknown; did you mean 'intravenous'?"),
    (sim.Regimen.single(1e8, conditioning="flucy"), "regimen: conditioning 'flucy' unknown; did you mean 'flu_cy'?"),
    (sim.Regimen.single(1e8, day=-10), "comes before the run begins on day -7; pass begin=-10 or earlier"),
    (sim.Regimen.single(1e8, "intraperitoneal") + sim.Regimen.single(1e8, "intrapleural"), "fill two cavities"),
    (sim.Regimen.single(1e8).repeated(2, 28, conditioning="cy"), "regimen: conditioning cy and flu_cy in one plan; use one kind"),
    (sim.Regimen((sim.Surgery(0.5, 0, ("livr",)),)), "'livr': this tumour has no lesions there; did you mean 'liver'?"),
    (sim.Regimen((sim.Infusion(1e8, hours=48), sim.Infusion(1e8, day=1, hours=1))), "is still running when"),
    (sim.Regimen((sim.Infusion(1e8, hours=1), sim.Infusion(1e8, hours=1))), "is still running when"),
])  # fmt: skip
def test_plan_that_cannot_be_given_is_refused(plan, told):
    with pytest.raises(sim.ParameterError) as fault:
        made(plan)
    assert told in str(fault.value)


def test_all_faults_of_an_arm_come_at_once():
    plan = sim.Regimen.single(1e8, "intravenus", conditioning="flucy").with_step(sim.Surgery(0.5, -30, "livr"))
    with pytest.raises(sim.ParameterError) as told:
        made(plan)
    assert str(told.value).count("regimen: ") == 4


def test_action_that_a_model_lacks_is_refused():
    from dataclasses import replace

    poor = replace(MODEL, name="poor", actions={name: MODEL.actions[name] for name in ("infuse", "condition", "new_lesion")})
    with pytest.raises(sim.ParameterError, match="model 'poor' has no action 'dexamethasone'"):
        arm(setting(), sim.Regimen((sim.Drug("dexamethasone", 10, 3),)), {}, poor, -7.0)


def test_one_infusion_may_begin_when_another_ends():
    plan = sim.Regimen((sim.Infusion(1e8, hours=24), sim.Infusion(1e8, day=1, hours=24)))
    assert planned(plan) == [[(0, "begin_infusion"), (1, "end_infusion"), (1, "begin_infusion"), (2, "end_infusion")]]


def test_product_conditioning_is_that_of_the_product():
    study = made(sim.vary(sim.Regimen.single(1e8), conditioning=["product", "flu_cy", "none"]))
    assert [chosen.conditioning for chosen in study.arms] == ["flu_cy", "flu_cy", None]
    assert "condition" not in dict(map(reversed, planned(sim.Regimen.single(1e8, conditioning="none"))[0]))


def test_conditioning_file_sets_the_nadir_of_its_arm_only():
    study = made(sim.vary(sim.Regimen.single(1e8), conditioning=["none", "flu_cy", "intensified"]))
    group = groups_of(study)[0]
    row = MODEL.parameter_layout(1).flat.index("lymphocyte_nadir_fraction")
    nadirs = [matrix(group, chosen)[row, 0] for chosen in study.arms]
    assert nadirs[0] == 1 and 1 > nadirs[1] > nadirs[2]


def test_arms_with_different_cavities_keep_their_own_volume():
    study = made(sim.vary(sim.Regimen.single(1e8), route=["intraperitoneal", "intrapleural", "intravenous"]))
    group = groups_of(study)[0]
    row = MODEL.parameter_layout(1).flat.index("cavity_volume")
    volumes = [matrix(group, chosen)[row] for chosen in study.arms]
    people = study.people
    for i, route in enumerate(("intraperitoneal", "intrapleural")):
        assert np.array_equal(volumes[i], np.broadcast_to(people[f"{route}.cavity_volume"], 3))
    assert (volumes[2] == 1).all()


def test_arms_share_the_rows_of_a_parameter_and_nobody_writes_to_them():
    group = groups_of(made(sim.Regimen.single(1e8)))[0]
    assert group.rows("kill_rate") is group.rows("kill_rate")
    with pytest.raises(ValueError, match="read-only"):
        group.rows("kill_rate")[:] = 0


def test_no_cavity_touches_no_lesion():
    people = crowd(3)
    assert reach(people, roster(people), None).sum() == 0


def test_steps_of_different_height_keep_their_own_amounts():
    plan = sim.Regimen.single(1e8).with_step(sim.Surgery(0.25, day=-3), sim.Drug("tocilizumab", 8, day=5))
    study = made(plan)
    group = groups_of(study)[0]
    events = events_of(plans_of(group), group.cases, list(MODEL.actions))
    assert [list(MODEL.actions)[number] for number in events.action[0]] == ["debulk", "condition", "infuse", "tocilizumab"]
    assert events.amount[0, 0, :2].tolist() == [0.25, 1.0]
    assert events.amount[0, 3, 0] == 8


def test_arm_with_fewer_steps_is_padded_with_never():
    study = made(sim.vary(sim.Regimen.single(1e8, conditioning="none"), hours=[0, 5]))
    group = groups_of(study)[0]
    events = events_of(plans_of(group), group.cases, list(MODEL.actions))
    assert events.day[0].tolist() == [0, np.inf]
    assert events.day[-1].tolist() == [0, 5 / 24]


@pytest.mark.parametrize("what, value, told", [
    ("days", -8, "days: -8; must be a number from -7 to 36500"),
    ("days", np.nan, "days: nan"),
    ("days", "180", "days: '180'"),
    ("days", True, "days: True"),
    ("begin", np.inf, "begin: inf; must be a number from"),
    ("begin", "then", "begin: 'then'"),
    ("rtol", 0.5, "rtol: 0.5; must be a number from 1e-12 to 0.01"),
    ("rtol", 0, "rtol: 0;"),
    ("rtol", np.nan, "rtol: nan"),
    ("rtol", "small", "rtol: 'small'"),
    ("times", [], "times: must be increasing finite days from begin"),
    ("times", [3, 2], "times: must be increasing"),
    ("times", [-8, 2], "times: must be increasing"),
    ("times", [0, np.nan], "times: must be increasing"),
    ("times", ["a"], "times: must be increasing"),
    ("times", 5, "times: must be increasing"),
    ("times", [[1, 2]], "times: must be increasing"),
])  # fmt: skip
def test_impossible_numbers_are_refused(what, value, told):
    with pytest.raises(sim.ParameterError) as fault:
        made(sim.Regimen.none(), **{what: value})
    assert told in str(fault.value)


@pytest.mark.parametrize("people, plan", [
    (sim.Regimen.none(), setting()), ({"kill_rate": 3}, sim.Regimen.none()), (setting(), "none"),
])  # fmt: skip
def test_wrong_kinds_of_argument_are_named(people, plan):
    with pytest.raises(sim.ParameterError, match=r"simulate: got \w+ and \w+; give people from sim.draw"):
        study_of(people, plan, 10.0, -7.0, None, MODEL, 1e-5)


def test_axis_set_on_people_and_on_the_plan_is_refused():
    with pytest.raises(sim.ParameterError, match="dose is varied in the people and in the plan"):
        made(sim.vary(sim.Regimen.single(1e8), dose=[1e8, 1e9]), people=sim.vary(crowd(3), dose=[1e7, 1e9]))


def test_axis_set_on_people_reaches_the_arms_and_the_text():
    study = made(sim.Regimen.single(1e8), people=sim.vary(crowd(3), dose=[1e7, 1e9]))
    assert [chosen.regimen.infusions[0].cells for chosen in study.arms] == [1e7, 1e9]
    assert "dose varied over" in str(study.plan)


def test_single_value_set_on_people_makes_no_axis():
    study = made(sim.Regimen.single(1e8), people=sim.vary(crowd(3), route="intraperitoneal"))
    assert list(study.sizes) == ["patient"]
    assert study.arms[0].cavity == "intraperitoneal"


def test_step_after_the_last_day_is_told(caplog):
    made(sim.Regimen.single(1e8).with_step(sim.Drug("dexamethasone", 10, day=30)))
    assert "'dexamethasone 10 mg on day 30' comes after the last day 10 and is not given" in caplog.text


@pytest.mark.parametrize("days", [-3.0, 0.0, 0.1, 28.0, 90.0, 91.5, 365.0])
def test_output_days_rise_from_begin_to_the_last_day(days):
    grid = output_days(days)
    assert grid[0] == -7 and grid[-1] == days and (np.diff(grid) > 0).all()


@pytest.mark.parametrize("plan, told", [
    (sim.Regimen.single(1e8, "intraventricular"), "route 'intraventricular' fills a cavity that touches no lesion"),
    (sim.Regimen.single(1e8, "hepatic_arterial"), "route 'hepatic_arterial' feeds the liver's artery, but no patient has"),
    (sim.Regimen.single(1e8).with_step(sim.Switch(5)), "safety switch: the product has none"),
    (sim.Regimen.single(1e8), ""),
    (sim.Regimen.single(1e8, "intratumoural"), ""),
])  # fmt: skip
def test_plan_that_does_nothing_by_construction_is_told_in_one_line(caplog, plan, told):
    tumour = ("glioblastoma", "il13ra2") if "hepatic" in told else ("gastric",)
    made(plan, people=sim.draw(setting(*tumour), patients=3, seed=7))
    assert len(caplog.records) == bool(told)
    assert told in caplog.text


def test_switch_of_a_product_that_has_one_is_not_told(caplog):
    with_switch = setting("mesothelioma", "mesothelin", "m28z_icasp9")
    made(sim.Regimen.single(1e8).with_step(sim.Switch(5)), people=with_switch)
    assert "safety switch" not in caplog.text
