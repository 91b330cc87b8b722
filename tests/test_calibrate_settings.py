"""Calibration of settings from reported trials: its files, its simulation, what it writes, and fitted values in use."""

import tomllib
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import simsolid as sim
from simsolid.__main__ import main
from simsolid.calibrate import Effort, trialled
from simsolid.calibrate.crowd import crowd, numbers
from simsolid.calibrate.plans import plan
from simsolid.calibrate.trialled import Conducted, problem_of
from simsolid.files import available
from simsolid.fitted import own, read_draws
from simsolid.trials.design import plan_of
from simsolid.trials.files import trial

NAMES = available("calibrations")
GASTRIC = "gastric-cldn18_2"
HEAD = """
title = "T"
about = "A"
tumour = "gastric"
target = "cldn18_2"
trials = [{trials}]
seed = 1
"""
ONE = '\n[[parameters]]\nname = "{name}"\nwhy = "w"\n{more}'


def _file(folder, *parameters, trials='"gastric_satri_phase1"'):
    path = folder / "own.toml"
    path.write_text(HEAD.format(trials=trials) + "".join(ONE.format(name=name, more=more) for name, more in parameters))
    return path


@pytest.mark.parametrize("name", NAMES)
def test_targets_are_what_the_trials_say_is_for_fitting_and_nothing_else(name):
    made = plan(name)
    wanted = {f"{one}: {seen.key}" for one in made.trials for seen in trial(one).used("fit")}
    assert {target.name for target in problem_of(made).targets} == wanted
    assert made.name == f"{made.tumour}-{made.target}" and all(len(prior.why) > 20 for prior in made.priors)


@pytest.mark.parametrize("name", NAMES)
def test_prior_is_the_range_of_the_parameter_files_unless_the_calibration_says_why(name):
    made = plan(name)
    given = {one["name"]: one for one in tomllib.loads((Path("params/calibrations") / f"{name}.toml").read_text())["parameters"]}
    for prior in made.priors:
        value = next(setting.value(key) for setting in made.settings.values() for key in own({prior.name: 1.0}, setting))
        changed = {"low", "high"} & set(given[prior.name])
        assert changed or (prior.low, prior.high) == (value.low, value.high)
        assert prior.value == value.value and prior.low <= prior.value <= prior.high


def test_settings_that_are_asked_for_are_there():
    wanted = {GASTRIC, "b_all-cd19", "hepatocellular-gpc3", "colorectal-gucy2c", "nsclc-egfr", "pancreatic-egfr", "biliary-egfr",
              "neuroblastoma-gd2", "diffuse_midline_glioma-gd2", "glioblastoma-il13ra2", "mesothelioma-mesothelin"}  # fmt: skip
    assert wanted <= set(NAMES)


@pytest.mark.parametrize("parameters, trials, said", [
    ([("supression_half", "")], '"gastric_satri_phase1"', ["did you mean 'suppression_half'"]),
    ([("division_rate", "")], '"gastric_satri_phase1"', ["around 3.5 1/day patients reach 5.7", "must be from 0 to 5"]),
    ([("death_threshold", "")], '"gastric_satri_phase1"', ["no range in", "write low and high"]),
    ([("kill_rate", "low = 3.0\nhigh = 2.0")], '"gastric_satri_phase1"', ["must run from a lower to a higher"]),
    ([("il15.armour_division_fold", "")], '"gastric_satri_phase1"', ["none of the trials uses the file 'il15'"]),
    ([("kill_rate", "")], '"gastric_satri_phase"', ["did you mean 'gastric_satri_phase1'"]),
    ([("kill_rate", "")], '"nsclc_egfr", "gastric_placebo_tags"', ["'nsclc_egfr' is of nsclc, egfr", "is used to fit"]),
    ([("kill_rate", "")], '"gastric_satri_randomised"', ["no endpoint that is used to fit"]),
    ([("kill_rate", "colour = 3")], '"gastric_satri_phase1"', ["colour"]),
])  # fmt: skip
def test_faults_of_a_calibration_come_all_at_once_with_the_right_name(tmp_path, parameters, trials, said):
    with pytest.raises(sim.ParameterError) as fault:
        plan(_file(tmp_path, *parameters, trials=trials))
    assert all(words in str(fault.value) for words in said), str(fault.value)


def test_simulation_is_the_trial_conducted_at_these_values():
    values, made = {"suppression_half": 3.0, "doubling_time": 60.0}, trial("nsclc_egfr")
    seen = Conducted((made.name,), 6)(values, 3)["nsclc_egfr: orr"]
    setting = sim.vary(sim.load(made.tumour, made.target, made.product), **values)
    people = sim.draw(setting, range(18, 24), seed=0)
    run = sim.simulate(people, plan_of(made, made.arms[0], setting), days=made.days, begin=-7.0, rtol=1e-3, dtype="float32")
    table = sim.assess(sim.observe(run, first_scan=made.scans.first, scan_every=made.scans.every))
    assert seen.n == 6 and seen.estimate == table["best_response"].isin(["CR", "PR"]).mean()


def test_point_gives_the_same_alone_in_company_and_in_another_process():
    several = [{"suppression_half": x, "doubling_time": y} for x, y in ((0.5, 60.0), (4.0, 60.0), (4.0, 30.0))]
    work = Conducted(("nsclc_egfr",), 4)
    together = work.together(several, [5, 6, 9])
    assert together[1] == work(several[1], 6)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        assert together[2] == pool.submit(work, several[2], 9).result()


def test_crowd_holds_everybodys_own_values():
    settings = [sim.load("gastric"), sim.vary(sim.load("gastric"), suppression_half=9.0, burden_death_rate=0.05)]
    people = crowd(settings, [4, 7], 3, seed=2)
    alone = [sim.draw(setting, numbers(point, 3), seed=2) for setting, point in zip(settings, (4, 7), strict=True)]
    assert sim.roster(people).patients.tolist() == [12, 13, 14, 21, 22, 23]
    for name in people.names:
        whole = [np.broadcast_to(one[name], (3,)) if np.ndim(one[name]) == 0 else one[name].values for one in alone]
        found = people[name]
        assert np.array_equal(np.broadcast_to(found, (6,)) if np.ndim(found) == 0 else found.values, np.concatenate(whole),
                              equal_nan=True), name  # fmt: skip


def test_identity_changes_with_files_and_patients(monkeypatch):
    from dataclasses import replace

    made = plan("nsclc-egfr")
    first = problem_of(made).identity
    assert first == problem_of(plan("nsclc-egfr")).identity != problem_of(replace(made, patients=7)).identity
    monkeypatch.setattr(trialled, "code_digest", lambda: "other code")
    assert problem_of(made).identity != first


@pytest.fixture(scope="module")
def answered(tmp_path_factory):
    """A whole calibration with a model in the place of the simulator: response and CRS follow two dials, survival nothing."""
    def conduct_all(made, settings, points, patients, seed):
        return [one(made, setting, patients, point) for setting, point in zip(settings, points, strict=True)]

    def one(made, setting, patients, seed):
        rng, rows = np.random.default_rng(seed), []
        for seen in made.used("fit", "held out"):
            share = {"orr": setting["suppression_half"] / (2.0 + setting["suppression_half"]),
                     "crs_any": setting["ifng_yield"] / (1e-7 + setting["ifng_yield"])}.get(seen.name, 0.05)  # fmt: skip
            found = rng.binomial(patients, share) / patients
            rows.append({"endpoint": seen.key, "use": seen.use, "estimate": found, "error": 0.03, "n": patients})
        return pd.DataFrame(rows)

    folder = tmp_path_factory.mktemp("answer")
    path = _file(folder, ("suppression_half", ""), ("ifng_yield", ""), ("burden_death_rate", ""))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trialled, "conduct_all", conduct_all)
        made = sim.calibrate(path, out=folder / "out", patients=80, seed=4, quick=True, progress=False,
                             command=["simsolid", "calibrate"])  # fmt: skip
    return folder / "out", made


def test_fitted_file_is_a_parameter_file_that_loads_where_it_is_asked_for(answered):
    folder, made = answered
    usual, fitted = sim.load("gastric"), sim.load("gastric", fitted=folder / "own.toml")
    value = fitted.value("suppression_half")
    told = made.parameters.set_index("parameter").loc["suppression_half"]
    assert value.basis == "fitted" and value.source == "qi2022"
    assert (value.value, value.low, value.high) == pytest.approx((told["median"], told["low"], told["high"]), rel=1e-4)
    assert told["low"] < made.draws["suppression_half"].median() < told["high"]
    assert value.spread == usual.value("suppression_half").spread and "In place of 3 (assumed" in value.note
    changed = {name for name in usual.names if usual[name] != fitted[name]}
    assert changed == {"suppression_half", "ifng_yield", "burden_death_rate"}
    assert fitted.layers[-1].kind == "fitted" and usual.layers == fitted.layers[:-1]


def test_citation_says_which_values_which_run_fitted(answered):
    folder, _ = answered
    run = sim.simulate(sim.draw(sim.load("gastric", fitted=folder / "own.toml"), 2, seed=1), sim.Regimen.single(1e8), days=1)
    said = sim.cite(run).text()
    line = next(line for line in said.splitlines() if line.startswith("Fitted by calibration own ("))
    assert all(name in line for name in ("suppression_half", "ifng_yield", "burden_death_rate"))
    assert "Fitted by" not in sim.cite(sim.load("gastric")).text()


def test_draws_have_a_column_per_parameter_and_a_row_per_draw(answered):
    folder, made = answered
    draws = read_draws(folder / "own.draws.csv")
    assert list(draws) == ["suppression_half", "ifng_yield", "burden_death_rate"]
    assert all(len(column) == made.plan.effort.draws for column in draws.values())
    assert np.allclose(draws["ifng_yield"], made.draws["ifng_yield"], rtol=1e-5)


def test_report_names_what_was_not_informed_and_manifest_what_it_rests_on(answered):
    folder, made = answered
    report, manifest = (folder / "own.md").read_text(), pd.read_json(folder / "own.manifest.json", typ="series")
    assert "the posterior is nearly the prior: `burden_death_rate`" in report and "not for use" in report
    assert all(target in report for target in made.targets["target"]) and (folder / "own.png").stat().st_size > 5000
    assert manifest["command"] == ["simsolid", "calibrate"] and manifest["seed"] == 4 and manifest["patients"] == 80
    assert "trials/gastric_satri_phase1" in manifest["files"] and "pairs/gastric-cldn18_2" in manifest["files"]
    assert set(manifest["output"]) == {"own.toml", "own.draws.csv", "own.md", "own.png"}
    assert len(list((folder / "points").glob("*.json"))) == len(made.fit.points) + len(made.fit.check)


def test_observation_that_the_fit_cannot_give_is_marked_as_missed(answered):
    _, made = answered
    impossible = made.targets.assign(inside=[False, True, True])
    from dataclasses import replace

    assert "**missed**" in str(replace(made, targets=impossible)) and "1 of 3 observations lie outside" in str(
        replace(made, targets=impossible))
    assert "**missed**" not in str(replace(made, targets=made.targets.assign(inside=True)))


def test_figure_has_a_panel_per_target_and_per_parameter(answered):
    from simsolid.plot.calibration import calibration

    _, made = answered
    figure = calibration(made.targets, made.parameters, made.draws)
    titles = [ax.get_title() for ax in figure.axes if ax.get_title()]
    assert len(titles) == 6 and any("burden_death_rate" in title and "not informed" in title for title in titles)
    seen = figure.axes[0].lines[-1]
    assert seen.get_xdata()[0] == pytest.approx(16 / 28)


def test_values_of_a_file_stay_with_the_settings_that_use_it():
    all_have = {"suppression_half": 1.0, "intravenous.vein_fraction": 4.0}
    values = {**all_have, "gpc3_car.ifng_yield": 2.0, "il15.armour_division_fold": 3.0}
    assert own(values, sim.load("hepatocellular", "gpc3", "gpc3_car")) == {**all_have, "ifng_yield": 2.0}
    assert own(values, sim.load("hepatocellular", "gpc3", "gpc3_il15")) == {**all_have, "armour_division_fold": 3.0}


@pytest.mark.parametrize("asked, said", [
    ({"tumour": "hepatocellular"}, "fitted for tumour gastric, not hepatocellular"),
    ({"tumour": "gastric", "fitted": "gastric-cldn18"}, "fitted: 'gastric-cldn18' unknown"),
])  # fmt: skip
def test_fitted_values_of_another_setting_are_refused(answered, asked, said):
    with pytest.raises(sim.ParameterError, match=said):
        sim.load(**{"fitted": answered[0] / "own.toml", **asked})


def test_number_that_differs_by_site_is_not_replaced_by_one():
    with pytest.raises(sim.ParameterError, match="cytokine_spill_fraction: differs by site"):
        own({"cytokine_spill_fraction": 0.5}, sim.load("gastric"))


@pytest.mark.parametrize("text, said", [
    ("a,b\n1,2\n3", "not a table"), ("a,b\n1,x\n", "not a table"), ("a,a\n1,2\n", "a name given twice"), ("a\n", "no draws"),
    ("a\ninf\n", "not finite"),
])  # fmt: skip
def test_draws_that_are_no_table_of_numbers_are_refused(tmp_path, text, said):
    (tmp_path / "x.csv").write_text(text)
    with pytest.raises(sim.ParameterError, match=said):
        read_draws(tmp_path / "x.csv")


@pytest.mark.parametrize("name", available("fitted"))
def test_committed_fit_loads_with_its_draws_and_medians_agree(name):
    made = plan(name)
    draws = read_draws(name)
    assert list(draws) == [prior.name for prior in made.priors] and 50 <= len(next(iter(draws.values()))) <= 200
    for one in made.trials:
        setting = trial(one)
        fitted = sim.load(setting.tumour, setting.target, setting.product, fitted=True)
        for key, column in own(draws, fitted).items():
            low, high = np.quantile(column, [0.3, 0.7])
            assert low <= fitted[key] <= high and fitted.value(key).basis == "fitted"


def test_shell_refuses_a_misspelt_setting_and_lists_what_there_is():
    done = CliRunner().invoke(main, ["calibrate", "gastric-cldn18"])
    assert done.exit_code == 2 and "did you mean 'gastric-cldn18_2'" in done.output
    assert GASTRIC in CliRunner().invoke(main, ["list", "calibrations"]).output


def test_without_its_libraries_it_says_how_to_get_them(monkeypatch):
    from simsolid.calibrate import fit as module
    monkeypatch.setitem(module.__globals__, "find_spec", lambda name: None)
    with pytest.raises(sim.ParameterError, match=r"simsolid\[fit\]"):
        module(problem_of(plan("nsclc-egfr")), effort=Effort(design=2))


def test_the_table_of_shipped_fits_holds_what_a_fitted_setting_gets_beside_what_was_there():
    table = sim.calibrated(GASTRIC)
    assert list(table["parameter"]) == [prior.name for prior in plan(GASTRIC).priors]
    before, after = (sim.load("gastric", fitted=fitted) for fitted in (False, True))
    for row in table.to_dict("records"):
        assert (row["in_files"], row["median"]) == tuple(each.value(row["parameter"]).value for each in (before, after))
        assert row["prior_low"] <= row["low"] < row["median"] < row["high"] <= row["prior_high"]
    # flat on a log scale from 30 to 120 days, then 30.952 to 58.9205: 0.464 of the range, of which the middle 90 % counts
    doubling = table.set_index("parameter").loc["doubling_time"]
    assert doubling["shrunk"] == pytest.approx(1 - np.log(58.9205 / 30.952) / (0.9 * np.log(4)), abs=1e-6)
    assert set(sim.calibrated()["calibration"]) == set(NAMES)
    with pytest.raises(sim.ParameterError, match="nowhere-egfr"):
        sim.calibrated("nowhere-egfr")
