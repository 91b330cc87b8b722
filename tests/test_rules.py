"""Rules are read as sentences and files, refused with all their faults, and act as they say."""

from pathlib import Path

import numpy as np
import pytest

import simsolid as sim
from simsolid.conditions import Condition, Term, quantities, read_conditions
from simsolid.engines.integrate import Sign
from simsolid.errors import ParameterError
from simsolid.models import MODELS
from simsolid.reactive import sign_of
from simsolid.rule import Rule
from simsolid.sound import faults_in
from simsolid.steps import Conditioning, Drug, Infusion, Stop, Surgery, Switch
from simsolid.treatments import read_steps

KNOWN = quantities(MODELS["house"])
BAD = Path(__file__).parent / "bad_rules"


def test_sentence_is_read_into_alternatives_terms_and_hold():
    first, second = read_conditions("temperature >= 38.5 degC and crp > 100 mg/L for 6 h or crs_grade >= 2", "when", [])
    assert first == Condition((Term("temperature", ">=", "38.5 degC"), Term("crp", ">", "100 mg/L")), 0.25)
    assert second == Condition((Term("crs_grade", ">=", "2"),), 0.0)


@pytest.mark.parametrize("text", [
    "temperature >= 38.5 degC for 6 h", "crs_grade >= 2", "response is not PD and scan_sum <= 60 mm", "worst_crs_grade < 3",
    "day > 14 day",
])  # fmt: skip
def test_condition_prints_as_the_sentence_it_was_read_from(text):
    faults = []
    (found,) = read_conditions(text, "when", faults)
    assert str(found) == text and not faults and not faults_in([found], KNOWN, ["PD"])


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("crs_grade >= 3", Sign("crs_score", 3.0, strict=False)),
        ("crs_grade > 3", Sign("crs_score", 4.0, strict=False)),
        ("crs_grade <= 1", Sign("crs_score", 2.0, above=False)),
        ("crs_grade < 1", Sign("crs_score", 1.0, above=False)),
        ("worst_crs_grade < 3", Sign("crs_score", 3.0, above=False, memory="always")),
        ("worst_crs_grade >= 3", Sign("crs_score", 3.0, strict=False, memory="ever")),
        ("il6 > 1 ng/mL", Sign("il6", 1000.0)),
        ("crp <= 10 mg/dL", Sign("crp", 100.0, above=False, strict=False)),
        ("scan_change <= -10 %", Sign("scan_change", -0.1, above=False, strict=False)),
        ("response is SD", Sign("response SD", 0.5)),
        ("response is not PD", Sign("response PD", 0.5, above=False)),
    ],
)
def test_term_means_the_comparison_it_names(text, sign):
    (condition,) = read_conditions(text, "when", [])
    assert sign_of(condition.terms[0], KNOWN[condition.terms[0].quantity]) == sign


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("tocilizumab 8 mg/kg", (Drug("tocilizumab", 8.0),)),
        ("chemotherapy 1 course", (Drug("chemotherapy", 1.0),)),
        ("flu_cy conditioning and 1e8 cells intravenous", (Conditioning("flu_cy"), Infusion(1e8, "intravenous"))),
        ("80 % debulking", (Surgery(0.8),)),
        ("50 % debulking of liver, lung", (Surgery(0.5, sites=("liver", "lung")),)),
        ("safety switch", (Switch(),)),
        ("stop", (Stop(),)),
    ],
)
def test_treatment_is_read_from_its_sentence(text, steps):
    faults = []
    assert read_steps(text, faults) == steps and not faults


def test_steps_can_be_given_as_values():
    by_words = Rule("tocilizumab 8 mg/kg", when="crs_grade >= 2")
    assert Rule(Drug("tocilizumab", 8), when="crs_grade >= 2") == by_words
    assert Rule([Conditioning("flu_cy"), Infusion(1e8)], when="response is SD").parts.steps[1].cells == 1e8


def test_rule_is_read_as_a_sentence():
    course = Rule("dexamethasone 10 mg", when="crs_grade >= 3", until="crs_grade <= 1", apart="1 day", at_most=14, after="1 h")
    told = "dexamethasone 10 mg when crs_grade >= 3, again every 24 h until crs_grade <= 1, after 1 h, at most 14 times"
    assert str(course) == told


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"when": "temprature >= 38 degC"}, "no quantity 'temprature'; did you mean 'temperature'?"),
        ({"when": "temperature >= 38.5"}, "no unit; write '38.5 degC' or another unit of its kind"),
        ({"when": "temperature >= 38.5 mg"}, "measures something else; write one of degC"),
        ({"when": "crs_grade >= 5"}, "a grade is a whole number from 0 to 4"),
        ({"when": "crs_grade >= 2.5"}, "a grade is a whole number"),
        ({"when": "crs_grade = 2"}, "never stays equal: write >= or <="),
        ({"when": "response >= SD"}, "is no comparison"),
        ({"when": "response is DS"}, "no response 'DS'; there are NE"),
        ({"when": "crs_grade is SD"}, "needs >=, >, <= or < and a number"),
        ({"when": "fever"}, "'fever' is no comparison"),
        ({"when": ""}, "write a condition, such as"),
        ({"when": "response is SD for 6 h"}, "holds at that scan only; leave 'for 6 h' out"),
        ({"when": "response is SD", "after": "0 h"}, "give a time above 0"),
        ({"give": "tocilizumab 8000 mg/kg"}, "must be a number from 0 to 20 mg/kg of tocilizumab"),
        ({"give": "tocilizumab 8 mg"}, "tocilizumab is given in mg/kg: write 'tocilizumab 8 mg/kg'"),
        ({"give": "tocilizumab 8"}, "tocilizumab is given in mg/kg"),
        ({"give": "tociluzimab 8 mg/kg"}, "drug 'tociluzimab' unknown; did you mean 'tocilizumab'?"),
        ({"give": "something nice"}, "is no treatment; write such as"),
        ({"give": "tocilizumab -8 mg/kg"}, "-8.0; must be a number from 0 to 20 mg/kg of tocilizumab"),
        ({"give": "1.2.3 cells intravenous"}, "'1.2.3 cells intravenous' is no treatment"),
        ({"give": "-20 % debulking"}, "Surgery share: -0.2; must be a number from 0 to 1"),
        ({"give": []}, "give: nothing; write such as"),
        ({"when": "day >= 1e400 day"}, "'day >= 1e400 day': must be finite"),
        ({"name": "plan"}, "'plan' is what the ledger calls the planned steps; give another"),
        ({"give": Drug("tocilizumab", 8, 5)}, "a rule finds its own day: leave it out"),
        ({"give": Infusion(1e8, hours=2)}, "gives cells at once: leave hours out"),
        ({"at_most": 3}, "3 times without a cool-down would all come at one moment"),
        ({"at_most": 0}, "must be a whole number from 1 to 1000"),
        ({"when": "temperature >= 38 degC for 12 h", "apart": "8 h", "at_most": 2}, "make apart at least 12 h"),
        ({"apart": "8"}, "write a number and a unit of time"),
        ({"apart": "8 mg", "at_most": 2}, "measures something else"),
        ({"after": "-1 h"}, "must be from 0"),
        ({"until": "crs_grade <= 1"}, "a course needs apart"),
        ({"until": "crs_grade <= 1 or day > 9 day", "apart": "1 day", "at_most": 3}, "give one condition, without 'or'"),
    ],
)
def test_impossible_rule_is_refused_with_what_would_be_right(given, told):
    with pytest.raises(ParameterError) as caught:
        Rule(**{"give": "tocilizumab 8 mg/kg", "when": "crs_grade >= 2"} | given)
    assert told in str(caught.value)


@pytest.mark.parametrize("never", [
    "temperature >= 39 degC and temperature <= 38 degC", "day > 2 week and day <= 14 day", "il6 >= 1 ng/mL and il6 < 900 pg/mL",
    "crs_grade > 2 and crs_grade < 3", "worst_crs_grade >= 3 and worst_crs_grade < 3", "response is SD and response is PD",
    "response is PD and response is not PD",
])  # fmt: skip
def test_terms_that_can_never_hold_together_are_refused(never):
    with pytest.raises(ParameterError, match=f"'{never}' can never hold together"):
        Rule("stop", when=f"crs_grade >= 4 or {never}" if "response" not in never else never)


@pytest.mark.parametrize("possible", [
    "temperature >= 38 degC and temperature <= 38 degC", "crs_grade >= 2 and crs_grade <= 2", "crs_grade > 1 and crs_grade < 3",
    "worst_crs_grade >= 3 and crs_grade < 1", "response is not PD and response is not CR", "day > 13 day and day < 2 week",
])  # fmt: skip
def test_terms_that_can_hold_together_are_taken(possible):
    assert str(Rule("stop", when=possible).parts.when[0]) == possible


def test_steps_can_be_sentences_in_a_list(tmp_path):
    both = Rule("flu_cy conditioning and 1e8 cells intravenous", when="response is PD")
    assert Rule(["flu_cy conditioning", "1e8 cells intravenous"], when="response is PD") == both
    assert Rule(["flu_cy conditioning", Infusion(1e8)], when="response is PD") == both
    file = tmp_path / "own.toml"
    file.write_text('[[rule]]\ngive = ["flu_cy conditioning", "1e8 cells intravenous"]\nwhen = "response is PD"\n')
    assert sim.rules(file) == (both,)


def test_all_faults_of_a_rule_come_in_one_message():
    with pytest.raises(ParameterError) as caught:
        Rule("tocilizumab 8000 mg/kg", when="temprature >= 38 and crp > 10", apart="8", at_most=2)
    told = str(caught.value)
    assert all(part in told for part in ("8000", "temprature", "crp > 10': no unit", "apart: '8'"))


@pytest.mark.parametrize("file", sorted(BAD.glob("*.toml")), ids=lambda path: path.stem)
def test_bad_file_gives_the_message_it_must(file, monkeypatch):
    monkeypatch.chdir(BAD.parent.parent)
    with pytest.raises(ParameterError) as caught:
        sim.rules(file)
    assert str(caught.value) == file.with_suffix(".txt").read_text().rstrip("\n")


def test_there_are_bad_files():
    assert len(list(BAD.glob("*.toml"))) >= 5


@pytest.mark.parametrize("name", sim.available("rules"))
def test_shipped_rules_are_sound_and_called_by_name(name):
    assert all(isinstance(rule, Rule) for rule in sim.rules(name))


def test_file_and_python_make_the_same_rule(tmp_path):
    file = tmp_path / "own.toml"
    file.write_text('[[rule]]\ngive = "tocilizumab 8 mg/kg"\nwhen = ["temperature >= 38.5 degC for 6 h", "crs_grade >= 2"]\n'
                    'at_most = 2\napart = "8 h"\n')  # fmt: skip
    own = Rule("tocilizumab 8 mg/kg", when="temperature >= 38.5 degC for 6 h or crs_grade >= 2", at_most=2, apart="8 h")
    assert sim.rules(file) == (own,)


def test_unknown_set_is_named_with_the_nearest():
    with pytest.raises(ParameterError, match="did you mean 'standard'"):
        sim.rules("standart")


def test_rule_of_words_that_a_criterion_lacks_never_starts_a_run():
    plan = sim.Regimen.single(1e8).with_rules(Rule("stop", when="response is iCPD"))
    with pytest.raises(ParameterError, match="no response 'iCPD'"):
        sim.simulate(sim.load("gastric"), plan, days=1)


def test_what_is_no_rule_is_refused():
    with pytest.raises(ParameterError, match=r"is no rule; give sim\.Rule"):
        sim.Regimen.single(1e8).with_rules(3)


def test_scans_of_a_plan_need_films_that_rules_can_read():
    plan = sim.Regimen.single(1e8).with_rules(Rule("stop", when="response is PD"), scans=sim.Scans(criteria="choi"))
    with pytest.raises(ParameterError, match="rules read diameters alone, and choi needs"):
        sim.simulate(sim.load("gastric"), plan, days=1)


def test_axis_of_rules_gives_each_label_its_own():
    plan = sim.vary(sim.Regimen.single(1e8), rescue=["none", "standard"])
    assert plan.with_field("rescue", "none").rules == () and len(plan.with_field("rescue", "standard").rules) == 2
    own = sim.vary(sim.Regimen.single(1e8), after={"wait": (), "stop": Rule("stop", when="response is PD")})
    assert own.design["after"] == ("wait", "stop") and len(own.with_field("after", "stop").rules) == 1


def test_plans_with_rules_can_be_added():
    both = sim.Regimen.single(1e8).with_rules("standard") + sim.Regimen.none().with_rules(Rule("stop", when="response is PD"))
    assert len(both.rules) == 3 and "response is PD" in str(both)


def test_level_is_compared_in_the_models_unit():
    assert np.isclose(sign_of(Term("day", ">", "2 week"), KNOWN["day"]).level, 14.0)
