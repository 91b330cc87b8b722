"""Export of one patient under one plan: other simulators run the file to the numbers of our own engine."""

from collections import defaultdict

import numpy as np
import pytest
from click.testing import CliRunner

import simsolid as sim
from simsolid.__main__ import main
from simsolid.models import MODELS
from tests import foreign

libsbml = pytest.importorskip("libsbml", reason="python-libsbml is not installed: pip install 'simsolid[interop]'")
HOUSE = MODELS["house"]
# Each route in a tumour it is used for, with 1 to 3 lesions.
ROUTES = {
    "intravenous": ("gastric", "cldn18_2", 1),
    "hepatic_arterial": ("hepatocellular", "gpc3", 2),
    "intraperitoneal": ("peritoneal_gastric", "cldn18_2", 3),
    "intrapleural": ("mesothelioma", "mesothelin", 1),
    "intratumoural": ("glioblastoma", "il13ra2", 1),
    "intraventricular": ("glioblastoma", "il13ra2", 2),
}
DAYS = 90
ALIKE = 1e-4  # relative difference of two simulators
TIMES = np.arange(-7.0, DAYS + 1.0)


@pytest.fixture(scope="module")
def roadrunner():
    return foreign.roadrunner()


@pytest.fixture(scope="module")
def copasi():
    return foreign.copasi()


def case(route, **varied):
    tumour, target, lesions = ROUTES[route]
    people = sim.typical(sim.vary(sim.load(tumour, target=target), **varied), lesions=lesions)
    return people, sim.Regimen.single(float(people["reference_dose"]), route)


def ours(people, plan):
    """What our engine says, by the names that the file uses: lesions are numbered as they are in use."""
    run = sim.simulate(people, plan, days=DAYS, times=TIMES, rtol=1e-9).isel(patient=0)
    used = np.flatnonzero(sim.roster(people).sites[0] != "")
    found = {}
    for name, values in run.data_vars.items():
        if "time" in values.dims and "lesion" in values.dims:
            found |= {f"{name}[{i}]": values.isel(lesion=slot).values for i, slot in enumerate(used)}
        elif "time" in values.dims:
            found[name] = values.values
    return found


def read(text):
    """The model of a file, as a copy that outlives the document."""
    return libsbml.readSBMLFromString(text).getModel().clone()


def identifiers(text):
    """Identifiers of the file by the names of the model; the last is the output where a state has the same name."""
    found = defaultdict(list)
    model = read(text)
    for each in model.getListOfParameters():
        found[each.getName().rpartition("(")[2].removesuffix(")")].append(each.getId())
    return found


def by_roadrunner(roadrunner, text, people, names):
    """Values over the days; every state is followed to a billionth of the amount that matters."""
    runner, known = roadrunner.RoadRunner(text), identifiers(text)
    lesions = int((sim.roster(people).sites[0] != "").sum())
    runner.integrator.relative_tolerance = 1e-9
    for state, scale in zip(HOUSE.state_layout(lesions).flat, HOUSE.scales(lesions), strict=True):
        runner.integrator.setIndividualTolerance(known[state][0], 1e-9 * scale)
    runner.selections = [known[name][-1] for name in names]
    return dict(zip(names, np.asarray(runner.simulate(0.0, DAYS + 7.0, DAYS + 8)).T, strict=True))


def by_copasi(copasi, text, names):
    known = identifiers(text)
    model = copasi.load_model_from_string(text)
    table = copasi.run_time_course(start_time=0, duration=DAYS + 7, intervals=DAYS + 7, r_tol=1e-9, a_tol=1e-10, use_sbml_id=True)
    copasi.remove_datamodel(model)
    return {name: table[known[name][-1]].to_numpy() for name in names}


def differences(found, expected):
    """Largest relative difference of each value; below a millionth of its own peak a value counts as that millionth."""
    worst = {}
    for name, values in expected.items():
        floor = 1e-6 * np.abs(values).max() + 1e-12
        worst[name] = float((np.abs(found[name] - values) / np.maximum(np.abs(values), floor)).max())
    return worst


def assert_alike(found, expected):
    worst = differences(found, expected)
    apart = {name: value for name, value in worst.items() if not value < ALIKE}
    assert len(worst) > 20 and not apart


@pytest.mark.parametrize("route", ROUTES)
def test_libroadrunner_agrees_by_every_route(route, roadrunner):
    people, plan = case(route)
    expected = ours(people, plan)
    assert_alike(by_roadrunner(roadrunner, sim.export_sbml(people, plan), people, list(expected)), expected)


@pytest.mark.parametrize("route", ROUTES)
def test_copasi_agrees_by_every_route(route, copasi):
    people, plan = case(route)
    expected = ours(people, plan)
    assert_alike(by_copasi(copasi, sim.export_sbml(people, plan, piecewise=False), list(expected)), expected)


def full_plan(people):
    drugs = (sim.Drug("tocilizumab", 8.0, 6.0), sim.Drug("dexamethasone", 10.0, 6.0), sim.Drug("anakinra", 100.0, 7.0))
    more = (sim.Drug("chemotherapy", 1.0, 40.0), sim.Surgery(0.5, 50.0), sim.Switch(60.0), sim.Infusion(1e8, "intravenous", 70.0))
    slow = sim.Regimen.single(float(people["reference_dose"]), "intravenous", hours=6.0)
    # on day 80 the stop comes first, so that no cells are given: the order at one moment counts
    return slow.with_step(*drugs, *more, sim.Infusion(1e8, "intravenous", 80.0), sim.Stop(80.0))


def test_every_kind_of_act_a_new_lesion_and_death_happen_in_libroadrunner_as_here(roadrunner):
    people, _ = case("intravenous", new_lesion_rate=1.0, death_threshold=5e-4, safety_switch_fraction=0.5)
    plan = full_plan(people)
    expected = ours(people, plan)
    assert expected["survival_margin"][0] > 0 > expected["survival_margin"][-1]
    assert expected["viable_volume[1]"][-1] > expected["viable_volume[1]"][0] == 0
    assert_alike(by_roadrunner(roadrunner, sim.export_sbml(people, plan), people, list(expected)), expected)


def test_every_kind_of_act_a_new_lesion_and_death_happen_in_copasi_as_here(copasi):
    people, _ = case("intravenous", new_lesion_rate=1.0, death_threshold=5e-4, safety_switch_fraction=0.5)
    plan = full_plan(people)
    expected = ours(people, plan)
    assert_alike(by_copasi(copasi, sim.export_sbml(people, plan, piecewise=False), list(expected)), expected)


@pytest.mark.parametrize("piecewise", [True, False])
def test_libsbml_finds_no_error_in_a_file_with_all_acts(piecewise):
    people, _ = case("intraperitoneal")
    document = libsbml.readSBMLFromString(sim.export_sbml(people, full_plan(people), piecewise=piecewise))
    document.setConsistencyChecks(libsbml.LIBSBML_CAT_UNITS_CONSISTENCY, True)
    document.checkConsistency()
    told = [document.getError(i) for i in range(document.getNumErrors())]
    assert [each.getMessage() for each in told if each.getSeverity() >= libsbml.LIBSBML_SEV_ERROR] == []
    # what is left to warn of is numbers without a unit in formulas, and the values computed with them
    assert {each.getErrorId() for each in told} <= {99505, 99508, 20702, 80701, 10563}


def test_the_file_holds_every_state_and_parameter_with_value_unit_and_source():
    people, plan = case("intraperitoneal")
    text = sim.export_sbml(people, plan)
    model, known = read(text), identifiers(text)
    rules = {rule.getVariable() for rule in model.getListOfRules() if rule.isRate()}
    assert rules == {known[name][0] for name in HOUSE.state_layout(4).flat}
    for name in HOUSE.parameter_layout(4).flat:
        assert model.getParameter(known[name][0]).isSetValue() and model.getParameter(known[name][0]).isSetUnits(), name
    killing, outflow = model.getParameter("kill_rate"), model.getParameter("cavity_outflow_rate")
    assert killing.getValue() == float(people["kill_rate"])
    assert (killing.getUnits(), model.getUnitDefinition("per_day").getUnit(0).getMultiplier()) == ("per_day", 86400.0)
    assert outflow.getValue() == float(people["intraperitoneal.cavity_outflow_rate"])
    assert people.value("kill_rate").source in killing.getNotesString()
    assert people.value("kill_rate").source in model.getNotesString()
    assert people.value("intraperitoneal.cavity_outflow_rate").source in outflow.getNotesString()
    said = "lesion diameter at enrolment, lesion 2 (lymph_node) (diameter_start[1])"
    assert model.getParameter("diameter_start_1").getName() == said


def test_each_act_is_an_event_on_its_day_that_can_be_moved_and_made_larger():
    people, _ = case("intravenous")
    model = read(sim.export_sbml(people, full_plan(people)))
    assert [event.getId() for event in model.getListOfEvents()] == [
        "condition_1", "begin_infusion_1", "end_infusion_1", "tocilizumab_1", "dexamethasone_1", "anakinra_1", "chemotherapy_1",
        "debulk_1", "safety_switch_1", "infuse_1", "stop_1", "infuse_2", "new_lesion_event", "death_event"]  # fmt: skip
    assert model.getParameter("tocilizumab_1_day").getValue() == 6.0
    assert model.getParameter("end_infusion_1_day").getValue() == 0.25
    dose = model.getParameter("tocilizumab_1_amount")
    assert (dose.getValue(), dose.getUnits()) == (8.0, "mg_per_kg")
    assert model.getParameter("infuse_1_amount").getUnits() == "cell"
    assert model.getEvent("anakinra_1").getName() == "anakinra 100 mg on day 7"


def test_what_rescue_gave_a_patient_becomes_events_on_its_days(tmp_path):
    file = tmp_path / "rescued.xml"
    given = ["--tumour", "b_all", "--patient", "3", "--days", "30", "--rescue", "standard"]
    done = CliRunner().invoke(main, ["export", "house", "--sbml", str(file), *given])
    assert done.exit_code == 0, done.output
    model = read(file.read_text("utf-8"))
    people = sim.draw(sim.load("b_all"), [3], 7)
    run = sim.simulate(people, sim.Regimen.single(float(people["reference_dose"])).with_rules("standard"), days=30)
    acts = sim.ledger(run).query("rule != 'plan'")
    assert len(acts) and sorted(acts["day"]) == pytest.approx(sorted(
        model.getParameter(f"{event.getId()}_day").getValue() for event in model.getListOfEvents()
        if event.getId().startswith(("tocilizumab", "dexamethasone", "anakinra"))))  # fmt: skip


def test_a_drawn_patient_has_own_numbers_in_the_file():
    people = sim.draw(sim.load("gastric"), patients=3, seed=7)
    text = sim.export_sbml(people, sim.Regimen.none(), patient=2)
    found = read(text).getParameter("weight").getValue()
    assert found == pytest.approx(float(people["weight"].sel(patient=2)), rel=1e-14)
    assert found != pytest.approx(float(people["weight"].sel(patient=1)), rel=1e-3)


DRAWN = {"patients": 3, "seed": 7}
REFUSED = {
    "3 patients; a file holds one, so name it, such as patient=0": lambda s, p: sim.export_sbml(sim.draw(s, **DRAWN), p),
    "patient 1 of a setting": lambda s, p: sim.export_sbml(s, p, patient=1),
    r"\[9\] not among the 3 drawn": lambda s, p: sim.export_sbml(sim.draw(s, **DRAWN), p, patient=9),
    "model: 'huose' unknown; did you mean 'house'": lambda s, p: sim.export_sbml(s, p, model="huose"),
    "rule 'tocilizumab' reacts to.*\n.*rule 'dexamethasone'": lambda s, p: sim.export_sbml(s, p.with_rules("standard")),
    "dose varies; a file holds one plan": lambda s, p: sim.export_sbml(s, sim.vary(p, dose=[1e7, 1e8])),
    "kill_rate varies": lambda s, p: sim.export_sbml(sim.vary(s, kill_rate=[1.0, 2.0]), p),
    "give people from": lambda s, p: sim.export_sbml("gastric", p),
}


@pytest.mark.parametrize("said", REFUSED)
def test_what_does_not_fit_in_one_file_is_refused_with_the_way_out(said):
    with pytest.raises(sim.ParameterError, match=said):
        REFUSED[said](sim.load("gastric"), sim.Regimen.single(1e8))


@pytest.mark.parametrize("given, said", [
    (["house", "--sbml", "x.xml", "--route", "intravenus"], "did you mean 'intravenous'"),
    (["hause", "--sbml", "x.xml"], "model: 'hause' unknown; did you mean 'house'"),
    (["house", "--sbml", "nowhere/x.xml"], "export: cannot write 'nowhere/x.xml'"),
    (["house", "--sbml", "x.xml", "--patient", "1", "--lesions", "2"], "give --patient or --lesions, not both"),
    (["house"], "say where to: --sbml FILE"),
])  # fmt: skip
def test_a_wrong_command_says_what_would_be_right(given, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(main, ["export", *given])
    assert done.exit_code == 2 and said in done.output and not list(tmp_path.iterdir())


def test_without_libsbml_the_error_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "libsbml", None)
    with pytest.raises(sim.ModelError, match=r"pip install 'simsolid\[interop\]'"):
        sim.export_sbml(sim.load("gastric"), sim.Regimen.none())
