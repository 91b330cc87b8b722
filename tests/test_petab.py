"""A PEtab problem: the petab library accepts it, and run by libRoadRunner it has the likelihood of our own fit."""

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import simsolid as sim
from simsolid.__main__ import main
from simsolid.export_petab import FILES
from tests import foreign

libsbml = pytest.importorskip("libsbml", reason="python-libsbml is not installed: pip install 'simsolid[interop]'")
pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")  # petab is older than pandas 3


def blood(who="1", seed=1, noise=0.2):
    days = np.array([1.5, 3, 5, 7, 9, 11, 14, 21, 28, 60, 120])
    truth = sim.run("stein2019", times=[0, *days], rtol=1e-9)["transgene"].values[1:]
    spoilt = truth * np.exp(noise * np.random.default_rng(seed).normal(size=len(days)))
    return pd.DataFrame({"ID": who, "TIME": days, "DV": spoilt})


def cells(who, doses, seed):
    """Doses of CAR-T cells, and what is left of them on later days."""
    given = [{"ID": who, "TIME": day, "AMT": amount, "EVID": 1, "WHAT": "cart"} for day, amount in doses]
    days = np.array([1.0, 2.5, 4.5, 8.0])
    seen = sum(amount * np.where(days >= day, np.exp(-0.2 * (days - day)), 0.0) for day, amount in doses)
    noise = np.exp(0.1 * np.random.default_rng(seed).normal(size=len(days)))
    return pd.DataFrame([*given, *({"ID": who, "TIME": day, "DV": value, "EVID": 0, "WHAT": "cart"}
                                   for day, value in zip(days, seen * noise, strict=True))])  # fmt: skip


STEIN = {"expansion_fold": (100, 1e5), "peak_days": (5, 15), "peak": (1e3, 1e6)}
CELLS = pd.concat([cells("first one", [(0.0, 1e7), (3.0, 4e7)], 1), cells("2", [(0.5, 3e7)], 2)])
EMPTY = {"tumour_start": 0.0, "cart_start": 0.0, "death_rate": 0.1}
PROBLEMS = {
    "kinetics, sd fitted": ("stein2019", blood(), STEIN, {}),
    "kinetics, sd known, additive": ("stein2019", blood(noise=0.01), {"peak": (1e3, 1e5)}, {"sd": 500.0, "error": "additive"}),
    "two individuals with their own doses": ("sahoo2020", CELLS, {"death_rate": (0.01, 1)},
                                             {"parameters": {**sim.load_model("sahoo2020"), **EMPTY}}),
    "a dose of the model's own protocol": (
        "barros2021", pd.DataFrame({"time": [43, 44, 50, 55], "dv": [1.5e6, 1.7e6, 9e5, 5e5], "what": "effector"}),
        {"dose": (1e5, 1e8), "effector_loss_rate": (0.27, 3)}, {"sd": 0.5}),
    "a later start": ("kara2024", pd.DataFrame({"time": [5, 9, 14.5], "dv": [0.07, 0.08, 0.02], "what": "tumour"}),
                      {"tumour_start": None}, {"sd": 0.3, "begin": 3.0}),
}  # fmt: skip


@pytest.fixture(scope="module", params=PROBLEMS)
def problem(request, tmp_path_factory):
    """A fit of ours, and the same problem as files at its estimates, read by the petab library."""
    model, data, fitted, choices = PROBLEMS[request.param]
    found = sim.fit(model, data, fitted, starts=1, intervals=False, rtol=1e-9, **choices)
    file = sim.export_petab(model, data, fitted, tmp_path_factory.mktemp("petab"), found=found, **choices)
    petab = foreign.petab()
    return found, petab.Problem.from_yaml(str(file))


def test_the_petab_library_finds_no_fault(problem):
    from petab.v1.lint import lint_problem

    _, there = problem
    assert lint_problem(there) is False


def changed(text, numbers):
    """The model with other numbers of its constants, before anything is computed from them."""
    document = libsbml.readSBMLFromString(text)
    for name, value in numbers.items():
        if (element := document.getModel().getParameter(name)) is not None:
            element.setValue(float(value))
    return libsbml.writeSBMLToString(document)


def simulated(there):
    """What libRoadRunner makes of the files, as the petab library wants it."""
    petab, rows = foreign.petab(), there.measurement_df.copy()
    maps = petab.get_optimization_to_simulation_parameter_mapping(
        there.condition_df, there.measurement_df, there.parameter_df, there.observable_df, model=there.model,
        scaled_parameters=False, fill_fixed_parameters=True, warn_unmapped=False)  # fmt: skip
    conditions = petab.get_simulation_conditions(there.measurement_df)["simulationConditionId"]
    text = libsbml.writeSBMLToString(there.model.sbml_document)
    nominal = there.parameter_df["nominalValue"]
    rows["simulation"] = np.nan
    for condition, (_, numbers, _, _) in zip(conditions, maps, strict=True):
        numbers = {name: nominal[value] if isinstance(value, str) else value for name, value in numbers.items()}
        runner = foreign.roadrunner().RoadRunner(changed(text, numbers))
        runner.integrator.relative_tolerance, runner.integrator.absolute_tolerance = 1e-10, 1e-12
        for place in rows.index[rows["simulationConditionId"] == condition]:
            formula = there.observable_df.loc[rows.loc[place, "observableId"], "observableFormula"]
            runner.reset()
            runner.selections = ["time", formula]
            rows.loc[place, "simulation"] = runner.simulate(0.0, rows.loc[place, "time"], 50)[-1, 1]
    return rows


def test_another_simulator_and_another_likelihood_say_what_our_fit_says(problem):
    from petab.v1.calculate import calculate_llh

    found, there = problem
    rows = simulated(there)
    ours = found.predictions["predicted"].to_numpy()
    assert rows["simulation"].to_numpy() == pytest.approx(ours, rel=1e-4)
    theirs = calculate_llh([there.measurement_df], [rows], [there.observable_df], [there.parameter_df])
    assert theirs == pytest.approx(found.scores["log_likelihood"].sum(), abs=0.02)


def test_every_individual_has_its_own_doses_and_parameters(tmp_path):
    sim.export_petab("sahoo2020", CELLS, {"death_rate": (0.01, 1)}, tmp_path, sd=0.1)
    conditions = pd.read_csv(tmp_path / "conditions.tsv", sep="\t", index_col=0)
    assert conditions.loc["individual_first_one", "give_cart_2_amount"] == 4e7
    assert conditions.loc["individual_2", ["give_cart_1_day", "give_cart_2_amount"]].tolist() == [0.5, 0.0]
    assert conditions["death_rate"].tolist() == ["death_rate_first_one", "death_rate_2"]
    parameters = pd.read_csv(tmp_path / "parameters.tsv", sep="\t", index_col=0)
    assert list(parameters.index) == ["death_rate_first_one", "death_rate_2"]
    assert not [name for name in parameters if "Prior" in name]  # a fit of ours has none
    assert set(parameters["parameterScale"]) == {"log"} and parameters["lowerBound"].tolist() == [0.01, 0.01]


def test_values_below_a_limit_are_refused_or_openly_left_out(tmp_path):
    data = blood()
    with pytest.raises(sim.ParameterError, match="3 values are below the limit of quantification, which PEtab cannot say"):
        sim.export_petab("stein2019", data, STEIN, tmp_path, lloq=150.0)
    sim.export_petab("stein2019", data, STEIN, tmp_path, lloq=150.0, below="drop")
    assert len(pd.read_csv(tmp_path / "measurements.tsv", sep="\t")) == len(data) - 3
    assert "# 3 values below the limit of quantification are left out" in (tmp_path / "problem.yaml").read_text()
    sim.export_petab("stein2019", data, STEIN, tmp_path)
    assert "left out" not in (tmp_path / "problem.yaml").read_text()


def test_the_docstring_says_what_the_files_hold_and_what_they_cannot():
    told = " ".join(sim.export_petab.__doc__.split())
    for name in FILES:
        assert f"``{name}``" in told
    for words in ("No priors are written", "calibration of a cohort to the results of trials", "below a limit of quantification"):
        assert words in told


def test_names_that_become_one_and_folders_that_cannot_be_are_told_of(tmp_path):
    with pytest.raises(sim.ParameterError, match="individuals a-1, a_1 cannot be told apart by letters and digits"):
        sim.export_petab("stein2019", pd.concat([blood("a-1"), blood("a_1")]), STEIN, tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(sim.ParameterError, match=r"petab: cannot write to '.*file'"):
        sim.export_petab("stein2019", blood(), STEIN, tmp_path / "file")
    with pytest.raises(sim.ParameterError, match=r"petab: is for small models; sim\.export_sbml writes a patient"):
        sim.export_petab(sim.load("gastric"), blood(), ["kill_rate"], tmp_path)
    with pytest.raises(sim.ParameterError, match="below: 'dorp' unknown; there are refuse, drop"):
        sim.export_petab("stein2019", blood(), STEIN, tmp_path, below="dorp")


def test_the_command_line_writes_the_same_files(tmp_path):
    blood().to_csv(tmp_path / "data.csv", index=False)
    done = CliRunner().invoke(main, [
        "export", "stein2019", "--petab", str(tmp_path / "there"), "--data", str(tmp_path / "data.csv"),
        "--fit", "expansion_fold=100:1e5", "--fit", "peak_days=5:15", "--fit", "peak=1e3:1e6",
    ])  # fmt: skip
    assert done.exit_code == 0, done.output
    sim.export_petab("stein2019", blood(), STEIN, tmp_path / "here")
    for name in ("parameters.tsv", "conditions.tsv", "observables.tsv", "problem.yaml", "measurements.tsv", "model.xml"):
        assert (tmp_path / "here" / name).read_text() == (tmp_path / "there" / name).read_text()


@pytest.mark.parametrize("given, said", [
    (["stein2019"], "say where to: --sbml FILE, or --petab DIR with --data FILE and --fit PARAMETER"),
    (["stein2019", "--petab", "there", "--fit", "peak"], "--petab needs --data FILE"),
    (["stein2019", "--petab", "there", "--data", "x.csv"], "--petab needs --fit PARAMETER"),
    (["stein2019", "--petab", "there", "--data", "x.csv", "--fit", "peak=1"], "--fit peak=1: must be peak or peak=LOW:HIGH"),
    (["house", "--petab", "there", "--data", "x.csv", "--fit", "kill_rate"], "--petab is for a published model"),
    (["stein2019", "--sbml", "x.xml", "--fit", "peak"], "--fit means nothing without --petab"),
])  # fmt: skip
def test_a_command_that_cannot_be_is_answered_in_words(given, said):
    done = CliRunner().invoke(main, ["export", *given])
    assert done.exit_code != 0 and said in done.output
