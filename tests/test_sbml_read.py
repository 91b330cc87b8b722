"""SBML import: foreign files run to the numbers of another simulator, our own come back, and the rest is refused by name."""

import numpy as np
import pytest
from click.testing import CliRunner

import simsolid as sim
from simsolid.__main__ import main
from simsolid.models import GALLERY
from tests import foreign
from tests.sbml_cases import REFUSED, RUN, biomodels_form, clocks, doses
from tests.sbml_files import File, decay, libsbml

ALIKE = 1e-4
DAYS = np.linspace(0.0, 20.0, 41)


def read(text, tmp_path, name="file.xml", **options):
    path = tmp_path / name
    path.write_text(text)
    return sim.import_sbml(path, **options)


def theirs(text, names, times):
    """What libRoadRunner gives: a concentration where the name of a species stands for one."""
    runner, model = foreign.roadrunner().RoadRunner(text), libsbml.readSBMLFromString(text).getModel().clone()
    runner.integrator.relative_tolerance = 1e-10
    runner.integrator.absolute_tolerance = 1e-14
    runner.integrator.maximum_time_step = 0.1  # it would step over a short pulse

    def selected(name):
        species = model.getSpecies(name)
        room = model.getCompartment(species.getCompartment()) if species else None
        return f"[{name}]" if species and not species.getHasOnlySubstanceUnits() and room.getSpatialDimensions() else name

    runner.selections = [selected(name) for name in names]
    found = np.asarray(runner.simulate(times[0], times[-1], len(times)))
    return {name: found[:, i] for i, name in enumerate(names)}


def assert_alike(found, expected):
    apart = {}
    for name, values in expected.items():
        floor = 1e-6 * np.abs(values).max() + 1e-12
        worst = (np.abs(found[name] - values) / np.maximum(np.abs(values), floor)).max()
        if not worst < ALIKE:
            apart[name] = worst
    assert expected and not apart


@pytest.mark.parametrize("build", RUN, ids=lambda build: build.__name__)
def test_a_file_runs_to_the_numbers_of_libroadrunner(build, tmp_path):
    file = build()
    text, hours = file.text(), build is clocks
    model = read(text, tmp_path)
    run = sim.run(model, times=DAYS, rtol=1e-9, engine="numpy")
    names = [name for name, values in run.data_vars.items() if "time" in values.dims]
    assert_alike({name: run[name].values for name in names}, theirs(text, names, DAYS * (24.0 if hours else 1.0)))


@pytest.mark.parametrize("name", GALLERY)
def test_published_models_come_back_from_their_export(name, tmp_path):
    begin = {"kara2024": 3.0}.get(name, 0.0)
    model = read(sim.export_model(name, begin=begin, days=begin + 28), tmp_path)
    direct = sim.run(name, times=begin + np.arange(29.0), rtol=1e-10, engine="numpy")
    back = sim.run(model, times=np.arange(29.0), rtol=1e-10, engine="numpy")
    for key in (key for key, values in direct.data_vars.items() if "time" in values.dims):
        values = direct[key].values
        np.testing.assert_allclose(back[key].values, values, rtol=1e-6, atol=1e-6 * np.abs(values).max(), err_msg=key)
        assert back[key].attrs["units"] == direct[key].attrs["units"]


def test_a_parameter_that_sets_the_start_or_a_dose_still_does_so_after_export_and_import(tmp_path):
    begin, changed = 3.0, {"positive_fraction": 0.9, "dose": 3e-4}
    back = sim.vary(sim.load_model(model := read(sim.export_model("kara2024", begin=begin), tmp_path)), **changed)
    found = sim.run(model, back, times=[0.0, 27.0], rtol=1e-9)["tumour"]
    direct = sim.run("kara2024", sim.vary(sim.load_model("kara2024"), **changed), times=[begin, 30.0], rtol=1e-9)["tumour"]
    assert found.values == pytest.approx(direct.values, rel=1e-6)
    assert found.values[1] != pytest.approx(float(sim.run("kara2024", times=[begin, 30.0])["tumour"][1]), rel=0.1)


def test_what_was_imported_can_be_exported_and_imported_again(tmp_path):
    first = read(doses().text(), tmp_path)
    second = read(sim.export_model(first), tmp_path, "second.xml")
    one, two = (sim.run(model, times=DAYS, rtol=1e-9) for model in (first, second))
    for name in first.state_layout(1).flat:
        assert two[name].values == pytest.approx(one[name].values, rel=1e-6, abs=1e-9)


def test_both_engines_agree_and_a_cohort_equals_its_patients(tmp_path):
    pytest.importorskip("llvmlite")
    import xarray as xr

    model = read(doses().text(), tmp_path)
    drawn = np.random.default_rng(7).lognormal(np.log(0.2), 0.4, 5)
    people = sim.vary(
        sim.load_model(model), ke=xr.DataArray(drawn, dims="patient", coords={"patient": range(5)}), amount=[0.0, 30.0]
    )
    runs = [sim.run(model, people, times=DAYS, rtol=1e-8, engine=engine) for engine in ("numpy", "llvm")]
    assert set(runs[0]["blood"].dims) == {"patient", "amount", "time"}
    assert runs[0]["blood"].values == pytest.approx(runs[1]["blood"].values, rel=1e-5, abs=1e-8)
    alone = sim.run(
        model, sim.vary(sim.load_model(model), ke=float(drawn[3]), amount=30.0), times=DAYS, rtol=1e-8, engine="numpy"
    )
    assert alone["blood"].values.tolist() == runs[0]["blood"].sel(patient=3, amount=30.0).values.tolist()


def test_a_short_pulse_is_not_stepped_over(tmp_path):
    file = File().number("x", 0.0).numbers(high=1000.0).rate("x", "piecewise(high, time >= 10 && time < 10.01, 0)")
    found = sim.run(read(file.text(), tmp_path), times=[0, 30])["x"]
    assert float(found[-1]) == pytest.approx(10.0, rel=1e-4)


def test_a_model_of_biomodels_is_that_of_the_gallery(tmp_path):
    model, cell, ml = read(biomodels_form().text(), tmp_path), 5e8, 1e9
    p = sim.load_model("kimmel2021")
    p = sim.vary(
        p,
        normal_limit=500 * cell,
        cart_limit=139 * cell,
        normal_start=6 * cell,
        cart_start=0.36 * cell,
        tumour_start=94.86 * ml,
        tumour_growth_rate=0.01,
        kill_half=4.05 * cell,
    )
    ours, found = sim.run("kimmel2021", p, times=DAYS, rtol=1e-9), sim.run(model, times=DAYS, rtol=1e-9)
    assert (found["C"] * cell).values == pytest.approx(ours["cart"].values, rel=1e-5)
    assert (found["B"] * ml).values == pytest.approx(ours["tumour"].values, rel=1e-5)
    assert found["C"].attrs["units"] == "item/mL" and model.values.value("r_N").unit == "1/day"


@pytest.mark.parametrize("said", REFUSED)
def test_what_is_not_run_is_refused_by_name(said, tmp_path):
    with pytest.raises(sim.ModelError) as fault:
        read(REFUSED[said]().text(), tmp_path)
    assert said in str(fault.value) and str(fault.value).startswith("file.xml: ")


def test_all_that_is_refused_stands_in_one_message(tmp_path):
    file = decay(time=None).number("x", 1.0).rate("x", "sin(time) * delay(cells, 2)").event("e", "cells < 50", cells="cells + 1")
    with pytest.raises(sim.ModelError, match=r"file\.xml: 4 things that simsolid does not run\n") as fault:
        read(file.text(), tmp_path)
    assert all(part in str(fault.value) for part in ("'sin'", "a delay", "event 'e'", "time_unit"))


@pytest.mark.parametrize(
    "package, required, refused", [("comp", "true", True), ("qual", "true", True), ("layout", "false", False)]
)
def test_a_package_is_refused_only_where_the_file_requires_it(package, required, refused, tmp_path):
    head = (
        f'xmlns:{package}="http://www.sbml.org/sbml/level3/version1/{package}/version1" {package}:required="{required}" level="3"'
    )
    text = decay().text().replace('level="3"', head, 1)
    if refused:
        with pytest.raises(sim.ModelError, match=f"package '{package}' is required to understand the file"):
            read(text, tmp_path)
    else:
        assert read(text, tmp_path).state_layout(1).flat == ("cells",)


def test_a_package_that_the_library_does_not_know_is_refused(tmp_path):
    own = 'xmlns:own="http://www.sbml.org/sbml/level3/version1/own/version1" own:required="true"'
    text = decay().text().replace('level="3"', f'{own} level="3"', 1)
    with pytest.raises(sim.ModelError, match="'own' is required"):
        read(text, tmp_path)


CORE = "http://www.sbml.org/sbml/level3/version1/core"
EMPTY = f'<?xml version="1.0" encoding="UTF-8"?><sbml xmlns="{CORE}" level="3" version="1"/>'


@pytest.mark.parametrize(
    "text, said",
    [
        (EMPTY, "No model definition found"),
        ("no xml at all", "breaks the rules of SBML"),
        (decay().text().replace('species="cells"', 'species="cellz"'), "breaks the rules of SBML\n  line "),
        (decay().text().replace("<ci> loss </ci>", "<ci> lost </ci>"), "breaks the rules of SBML\n  line "),
        (
            '<sbml xmlns="http://www.sbml.org/sbml/level1" level="1" version="2"><model name="m"/></sbml>',
            "SBML level 1; convert it",
        ),
    ],
)
def test_a_file_that_is_not_valid_is_refused_in_the_words_of_the_library(text, said, tmp_path):
    with pytest.raises(sim.ModelError) as fault:
        read(text, tmp_path)
    assert said in str(fault.value)


def test_functions_that_multiply_are_stopped(tmp_path):
    file = decay().function("f0", "lambda(x, x + x)")
    for i in range(40):
        file.function(f"f{i + 1}", f"lambda(x, f{i}(x) + f{i}(x))")
    with pytest.raises(sim.ModelError, match="more than 100000 parts"):
        read(file.number("x", 1.0).rate("x", "f40(x)").text(), tmp_path)


def test_names_that_python_or_a_run_use_are_changed_and_reported(tmp_path):
    file = File().number("lambda", 0.1).number("values", 2.0).number("_k", 3.0).number("k", 4.0)
    file.number("lesion", 1.0).rate("lesion", "-lambda * lesion * values + _k - k").number("status").rule("status", "lesion * 2")
    model = read(file.text(), tmp_path)
    assert model.state_layout(1).flat == ("lesion_",) and "status_" in sim.run(model, times=[0, 1])
    assert {"lambda_", "values_", "k", "k_2"} <= set(model.values.names)
    assert {model.values["k"], model.values["k_2"]} == {3.0, 4.0}
    assert all(f"{old} is {old}_" in model.notes[-1] for old in ("lambda", "lesion", "status", "values"))


def test_units_are_ours_where_they_agree_and_text_where_they_do_not(tmp_path):
    file = (
        File()
        .unit("c", {"item": (1, 1.0)}, "cell")
        .unit("fake", {"item": (1, 2.0)}, "cell")
        .unit("nm", {"mole": (1, 1e-9), "litre": (-1, 1.0)})
    )
    file.unit("v", {"litre": (1, 1e-3)}).unit("h", {"second": (-1, 3600.0)})
    file.number("x", 1.0, units="c").number("a", 1.0, units="nm").number("b", 1.0, units="v").number(
        "d", 1.0, units="h", text="loss"
    )
    model = read(file.number("e", 1.0, units="fake").rate("x", "-x * a * b * d * e").text(), tmp_path)
    assert [model.values.value(name).unit for name in "abde"] == ["nmol/L", "mL", "1/hour", "2_item"]
    assert sim.run(model, times=[0, 1])["x"].attrs["units"] == "cell"
    assert "kept as text: 1/hour, 2_item, nmol/L" in " ".join(model.notes) and model.declared["d"].text == "loss"


def test_time_is_told_in_days_whatever_the_file_counts(tmp_path):
    hours = sim.run(read(decay(time="hour").text(), tmp_path), times=[0, 1])["cells"]
    asked = sim.run(read(decay(time=None).text(), tmp_path, time_unit="hour"), times=[0, 1])["cells"]
    assert float(hours[1]) == pytest.approx(100 * np.exp(-2.4), rel=1e-5) == float(asked[1])
    with pytest.raises(sim.ParameterError, match="unit 'fortnight' is not one of day"):
        read(decay().text(), tmp_path, time_unit="fortnight")


def test_the_file_s_numbers_are_the_model_s_own(tmp_path):
    model = read(decay().text(), tmp_path)
    assert sim.load_model(model)["loss"] == 0.1 and sim.load_model(model).value("loss").file == "file.xml"
    assert sim.load_model(model, {"loss": 0.2, "cells_start": 1.0})["loss"] == 0.2
    assert model.values.value("loss").unit == "" and "without a unit" in " ".join(model.notes)
    with pytest.raises(sim.ParameterError, match="has one set of values"):
        sim.load_model(model, variant="a")


def test_shell_prints_an_imported_model_or_what_cannot_be_run(tmp_path):
    file = tmp_path / "doses.xml"
    file.write_text(doses().text())
    for command in (["import", str(file)], ["model", "show", str(file)]):
        done = CliRunner().invoke(main, command)
        assert done.exit_code == 0, done.output
        assert "event 'never' never happens" in done.output and r"\mathrm{d}\mathrm{blood}" in done.output
        assert "blood                   15 on day 5.3" in done.output and "ke                      0.2 [no unit]" in done.output
    file.write_text(REFUSED["reaction 'dies': fast"]().text())
    done = CliRunner().invoke(main, ["import", str(file)])
    assert done.exit_code == 2 and "reaction 'dies': fast" in done.output
    done = CliRunner().invoke(main, ["import", str(tmp_path / "none.xml")])
    assert done.exit_code == 2 and "no such file" in done.output
