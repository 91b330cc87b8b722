"""Export of published models: other simulators run the file to what ``run`` gives."""

import numpy as np
import pytest
from click.testing import CliRunner

import simsolid as sim
from simsolid.__main__ import main
from simsolid.models import GALLERY
from tests import foreign

libsbml = pytest.importorskip("libsbml", reason="python-libsbml is not installed: pip install 'simsolid[interop]'")
BEGIN = {"kara2024": 3.0}  # day on which the model's start holds
SPAN = 28
ALIKE = 1e-4


def document(name, piecewise):
    return sim.export_model(name, begin=BEGIN.get(name, 0.0), days=BEGIN.get(name, 0.0) + SPAN, piecewise=piecewise)


def ours(name):
    """States and observables over the days, by the identifiers of the file: those of an observable are its own."""
    run = sim.run(name, times=BEGIN.get(name, 0.0) + np.arange(SPAN + 1.0), rtol=1e-10)
    return {key: values.values for key, values in run.data_vars.items() if "time" in values.dims}


def assert_alike(found, expected):
    apart = {}
    for name, values in expected.items():
        floor = 1e-6 * np.abs(values).max() + 1e-12
        worst = (np.abs(found[name] - values) / np.maximum(np.abs(values), floor)).max()
        if not worst < ALIKE:
            apart[name] = worst
    assert expected and not apart


@pytest.mark.parametrize("name", GALLERY)
def test_libroadrunner_agrees_on_every_published_model(name):
    runner, expected, model = foreign.roadrunner().RoadRunner(document(name, True)), ours(name), GALLERY[name]
    runner.integrator.relative_tolerance = 1e-9
    for state, scale in zip(model.state_layout(1).flat, model.scales(1), strict=True):
        runner.integrator.setIndividualTolerance(state, 1e-9 * scale)
    runner.selections = list(expected)
    assert_alike(dict(zip(expected, np.asarray(runner.simulate(0.0, SPAN, SPAN + 1)).T, strict=True)), expected)


@pytest.mark.parametrize("name", GALLERY)
def test_copasi_agrees_on_every_published_model(name):
    copasi = foreign.copasi()
    loaded = copasi.load_model_from_string(document(name, False))
    table = copasi.run_time_course(start_time=0, duration=SPAN, intervals=SPAN, r_tol=1e-9, a_tol=1e-12, use_sbml_id=True)
    copasi.remove_datamodel(loaded)
    expected = ours(name)
    assert_alike({key: table[key].to_numpy() for key in expected}, expected)


@pytest.mark.parametrize("piecewise", [True, False])
@pytest.mark.parametrize("name", GALLERY)
def test_libsbml_finds_no_error(name, piecewise):
    found = libsbml.readSBMLFromString(document(name, piecewise))
    found.setConsistencyChecks(libsbml.LIBSBML_CAT_UNITS_CONSISTENCY, True)
    found.checkConsistency()
    told = [found.getError(i) for i in range(found.getNumErrors())]
    assert [each.getMessage() for each in told if each.getSeverity() >= libsbml.LIBSBML_SEV_ERROR] == []


def test_a_variant_has_its_own_numbers_and_sources_in_the_file(tmp_path):
    file = tmp_path / "kara.xml"
    done = CliRunner().invoke(main, ["export", "kara2024", "--sbml", str(file), "--variant", "patient_4", "--begin", "3"])
    assert done.exit_code == 0, done.output
    model, wanted = libsbml.readSBMLFromFile(str(file)).getModel().clone(), sim.load_model("kara2024", variant="patient_4")
    assert model.getParameter("kill_half").getValue() == pytest.approx(float(wanted["kill_half"]), rel=1e-14)
    assert float(wanted["kill_half"]) != float(sim.load_model("kara2024")["kill_half"])
    assert "kara2024" in model.getParameter("kill_half").getNotesString() and "patient_4" in model.getNotesString()


REFUSED = {
    "kill_half varies": lambda: sim.export_model("kara2024", sim.load_model("kara2024", variant=["patient_4", "patient_5"])),
    "is given on day -1, before the first day 0; begin": lambda: sim.export_model("kara2024", doses={"cart": [(-1, 5.0)]}),
    "'crat' is no state of kara2024; did you mean 'cart'": lambda: sim.export_model("kara2024", doses={"crat": [(1, 5.0)]}),
    r"use sim.export_model\('kara2024'\)": lambda: sim.export_sbml(sim.load("gastric"), sim.Regimen.none(), model="kara2024"),
    "days: 2; must be after the first day 3": lambda: sim.export_model("kara2024", begin=3, days=2),
    "no value for": lambda: sim.export_model("kara2024", {"kill_half": 1.0}),
}


@pytest.mark.parametrize("said", REFUSED)
def test_what_does_not_fit_is_refused_with_the_way_out(said):
    with pytest.raises(sim.ParameterError, match=said):
        REFUSED[said]()


@pytest.mark.parametrize("given, said", [
    (["kara2024", "--route", "intravenous", "--seed", "7"], "--route, --seed means nothing for model 'kara2024'"),
    (["house", "--variant", "patient_4"], "--variant means nothing for model 'house'"),
    (["kara2024", "--variant", "patient_9"], "did you mean 'patient_"),
])  # fmt: skip
def test_options_of_the_other_kind_of_model_are_refused(given, said, tmp_path):
    done = CliRunner().invoke(main, ["export", *given, "--sbml", str(tmp_path / "x.xml")])
    assert done.exit_code == 2 and said in done.output and not list(tmp_path.iterdir())
