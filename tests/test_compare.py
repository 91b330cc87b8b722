"""The main job: complete files, the same answer from shell and Python, in blocks, and after an interruption."""

import hashlib
import importlib
import json

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from click.testing import CliRunner

import simsolid as sim
from simsolid.__main__ import main
from simsolid.cite import cite
from simsolid.results import writable

ROUTES = ["intravenous", "intraventricular"]
SHOWN = ["route", "patient", "best_change", "status"]
WORDS = ["compare", "diffuse_midline_glioma", "--target", "gd2", "--patients", "6", "--seed", "5", "--days", "60"]
JOB = {"tumour": "diffuse_midline_glioma", "target": "gd2", "patients": 6, "seed": 5, "days": 60.0}
home = importlib.import_module("simsolid.compare")
worker = importlib.import_module("simsolid.stream")


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("out")
    return sim.compare(**JOB, out=folder, command=["simsolid", "compare"]), folder


def equal(one, other):
    pd.testing.assert_frame_equal(one, other, check_exact=True)


def test_table_has_one_row_for_each_patient_and_route(written):
    table = written[0].table
    assert len(table) == 12 and set(table["route"]) == set(ROUTES)
    assert sorted(table["patient"].unique()) == list(range(6))


def test_every_file_is_there_and_holds_what_it_says(written):
    answer, folder = written
    names = {path.name for path in folder.iterdir()}
    assert {"summary.csv", "paired.csv", "patients.csv", "run.nc", "manifest.json", "references.bib", "references.txt"} <= names
    assert not [name for name in names if name.startswith(".")]
    assert len(pd.read_csv(folder / "patients.csv")) == 12
    assert len(pd.read_csv(folder / "summary.csv")) == len(answer.summary)
    assert (folder / "references.txt").read_text().strip() == cite(answer.setting).text().strip()
    assert (folder / "references.bib").read_text().count("@") > 10
    figures = sorted(folder.glob("*.png"))
    assert len(figures) >= 3 and all(path.read_bytes()[:4] == b"\x89PNG" and path.stat().st_size > 5000 for path in figures)


def test_trajectories_come_back_from_their_file(written):
    answer, folder = written
    with xr.open_dataset(folder / "run.nc", engine="h5netcdf") as run:
        assert run.sizes["patient"] == 6 and list(run["route"].values) == ROUTES
        assert np.array_equal(run["viable_volume"], answer.run["viable_volume"].astype("float32"), equal_nan=True)
        assert run["cart_blood"].attrs["units"] == "cell/uL"
        assert len(cite(run).entries) > 10


def test_manifest_tells_how_the_answer_came_about(written):
    answer, folder = written
    told = json.loads((folder / "manifest.json").read_text())
    assert told["command"] == ["simsolid", "compare"] and told["seed"] == 5 and told["patients"] == 6
    assert told["partial"] == "" and told["patients_finished"] == 6 and told["failed"] == 0
    assert told["versions"]["numpy"] == np.__version__
    for layer in answer.setting.layers:
        assert told["parameter_files"][f"{layer.kind}/{layer.name}"]["sha256"] == layer.sha256
    for name, digest in told["files"].items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
    assert set(told["files"]) == {path.name for path in folder.iterdir()} - {"manifest.json"}


def test_shell_and_python_give_the_same_table(written, tmp_path):
    done = CliRunner().invoke(main, [*WORDS, "--out", str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert (tmp_path / "patients.csv").read_text() == (written[1] / "patients.csv").read_text()
    assert (tmp_path / "summary.csv").read_text() == (written[1] / "summary.csv").read_text()
    assert "measured" in done.output and "intraventricular" in done.output


def test_blocks_do_not_change_the_table(written, monkeypatch):
    monkeypatch.setattr(home, "BLOCK", 4)
    answer = sim.compare(**JOB)
    equal(answer.table, written[0].table)
    assert answer.run.sizes["patient"] == 4


def test_more_patients_leave_the_first_ones_unchanged(written):
    fewer = sim.compare(**{**JOB, "patients": 3}).table
    table = written[0].table
    equal(fewer[SHOWN], table[table["patient"] < 3].reset_index(drop=True)[SHOWN])


@pytest.mark.parametrize("fault, why, code", [
    (KeyboardInterrupt(), "an interruption", 130),
    (MemoryError("no room"), "no room", 1),
])  # fmt: skip
def test_work_that_is_stopped_keeps_what_is_finished(written, monkeypatch, tmp_path, caplog, fault, why, code):
    calls, original = [], worker.simulate

    def failing(*given, **more):
        calls.append(1)
        if len(calls) == 3:
            raise fault
        return original(*given, **more)

    monkeypatch.setattr(home, "BLOCK", 2)
    monkeypatch.setattr(worker, "simulate", failing)
    done = CliRunner().invoke(main, [*WORDS, "--out", str(tmp_path)])
    assert done.exit_code == code
    line = f"partial: 4 of 6 patients were finished, then {why} stopped the work"
    assert line in done.output and line in caplog.text
    assert json.loads((tmp_path / "manifest.json").read_text())["partial"] == line
    kept, whole = pd.read_csv(tmp_path / "patients.csv"), pd.read_csv(written[1] / "patients.csv")
    equal(kept, whole[whole["patient"] < 4].reset_index(drop=True)[kept.columns.to_list()])


@pytest.mark.parametrize("fault, code", [(KeyboardInterrupt(), 130), (MemoryError(), 1)])
def test_work_stopped_before_anything_is_finished_says_so(monkeypatch, fault, code):
    def failing(*given, **more):
        raise fault

    monkeypatch.setattr(worker, "simulate", failing)
    done = CliRunner().invoke(main, ["compare", "gastric", "--patients", "2"])
    assert done.exit_code == code
    assert "simsolid: interrupted before anything was finished" in done.output
    with pytest.raises(type(fault)):
        sim.compare("gastric", patients=2)


def test_failed_patients_are_counted_and_told(caplog):
    answer = sim.compare("gastric", routes="intravenous", patients=2, days=15.0, varied={"lung_release_rate": 1e300})
    assert (answer.table["status"] != 0).all()
    assert "stopped at day" in caplog.text


@pytest.mark.parametrize("what, told", [
    ({"patients": 0}, "patients: 0; must be a whole number of at least 1"),
    ({"patients": True}, "patients: True"),
    ({"patients": 2.5}, "patients: 2.5"),
    ({"seed": -1}, "seed: -1; must be a whole number of at least 0"),
    ({"days": -8}, "days: -8"),
    ({"dose": -1}, "regimen: Infusion cells: -1; must be a number from 0"),
    ({"dosee": 1}, "compare: no option 'dosee'; did you mean 'dose'?"),
    ({"routes": ["intravenus"]}, "route 'intravenus' unknown; did you mean 'intravenous'?"),
    ({"routes": "intravenus"}, "route 'intravenus' unknown; did you mean 'intravenous'?"),
    ({"routes": ["intravenous", "intravenous"]}, "route: an axis needs at least one value and no value twice"),
    ({"conditioning": "flucy"}, "conditioning 'flucy' unknown; did you mean 'flu_cy'?"),
    ({"armour": "il51"}, "did you mean 'il15'?"),
    ({"rtol": 1.0}, "rtol: 1.0; must be a number from 1e-12 to 0.01"),
    ({"varied": {"kil_rate": 3}}, "did you mean 'kill_rate'?"),
])  # fmt: skip
def test_wrong_input_is_refused_in_words(what, told):
    with pytest.raises(sim.ParameterError) as fault:
        sim.compare("gastric", **{"patients": 2, "days": 10.0, **what})
    assert told in str(fault.value)


def test_folder_that_cannot_be_written_is_refused_before_the_work(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(home, "load", None)
    for bad in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(sim.ParameterError, match=r"out: cannot write to '.*' \(.*\); choose another folder"):
            sim.compare("gastric", out=bad)


def test_folder_without_permission_is_refused(tmp_path, monkeypatch):
    def denied(*given, **more):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.write_text", denied)
    with pytest.raises(sim.ParameterError, match=r"\(Permission denied\); choose another folder"):
        writable(tmp_path / "results")


def test_answer_prints_its_arms_and_what_it_rests_on(written):
    text = str(written[0])
    assert "intraventricular" in text and text.splitlines()[-1].startswith("This rests on ")


def test_demo_saves_a_figure(tmp_path):
    sim.demo(tmp_path / "demo.png")
    assert (tmp_path / "demo.png").stat().st_size > 10_000


def test_no_progress_bar_where_nobody_sees_it(capsys):
    sim.compare("gastric", routes="intravenous", patients=2, days=15.0)
    assert capsys.readouterr().err == ""


def test_first_page_of_python_gives_the_shells_table():
    answer = sim.compare("gastric", routes=["intravenous", "intraperitoneal"], patients=3, seed=5, days=40)
    setting = sim.load("gastric")
    plan = sim.Regimen.single(setting.reference_dose).with_rules("standard")
    plan = sim.vary(plan, route=["intravenous", "intraperitoneal"])
    table = sim.assess(sim.observe(sim.simulate(sim.draw(setting, 3, 5), plan, days=40)))
    assert answer.table.equals(table)


def test_impossible_scans_are_refused_before_anything_is_simulated(monkeypatch):
    monkeypatch.setattr(importlib.import_module("simsolid.compare"), "simulate", lambda *_, **__: pytest.fail("simulated"))
    with pytest.raises(sim.ParameterError, match="every must be above 0"):
        sim.compare("gastric", patients=2, scan_every=0)
