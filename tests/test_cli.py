"""The command line: what it prints, and one clear line for whatever it cannot do."""

import json
import shutil
import subprocess
import sys

import pytest
from click.testing import CliRunner

import simsolid as sim
from simsolid.__main__ import main
from simsolid.commands.contents import FORMATS, LISTED
from simsolid.files import layer_path


def call(*words):
    return CliRunner().invoke(main, list(words))


@pytest.mark.parametrize("what", LISTED)
def test_list_names_every_entry_with_a_few_words(what):
    done = call("list", what)
    lines = done.output.splitlines()
    names = ["house", *sim.available(what)] if what == "models" else sim.available(what)
    assert done.exit_code == 0
    assert [line.split()[0] for line in lines] == list(names)
    assert all(len(line.split()) > 1 for line in lines)


def test_check_passes_what_is_shipped():
    done = call("params", "check")
    assert done.exit_code == 0
    assert int(done.output.split()[0]) > 60 and done.output.endswith("files: no faults\n")


@pytest.fixture
def bad_file(tmp_path):
    (tmp_path / "armour").mkdir()
    path = tmp_path / "armour" / "mine.toml"
    shutil.copy(layer_path("armour", "none"), path)
    path.write_text(path.read_text().replace("[armour_division_fold]", "[armour_divison_fold]"))
    return path


def test_check_tells_every_fault_of_a_bad_file_with_code_2(bad_file):
    done = call("params", "check", str(bad_file), str(bad_file.with_name("none_such.toml")))
    assert done.exit_code == 2
    assert "did you mean 'armour_division_fold'?" in done.output
    assert "none_such.toml: no such file" in done.output


@pytest.mark.parametrize("form", FORMATS)
def test_table_of_a_setting_in_every_format(form):
    done = call("params", "table", "gastric", "--format", form)
    assert done.exit_code == 0
    assert "kill" in done.output and len(done.output.splitlines()) > 100


def test_table_of_all_files():
    done = call("params", "table", "--format", "csv")
    assert done.exit_code == 0 and len(done.output.splitlines()) > 500


def test_cite_in_words_and_as_bibtex():
    words, bibtex = call("cite", "gastric"), call("cite", "gastric", "--bibtex")
    assert words.exit_code == bibtex.exit_code == 0
    assert "assumed (" in words.output and bibtex.output.count("@") > 10


def test_rows_of_evidence_are_printed_with_their_source():
    done = call("evidence", "C005", "f_lung0")
    assert done.exit_code == 0 and "75 %, n 28; quoted" in done.output and "Proposed so that" in done.output


def test_demo_draws_a_figure(tmp_path):
    done = call("demo", "--out", str(tmp_path / "demo.png"))
    assert done.exit_code == 0 and (tmp_path / "demo.png").stat().st_size > 10_000


def test_model_show_prints_states_mechanisms_and_equations():
    done = call("model", "show")
    assert done.exit_code == 0
    assert all(word in done.output for word in ("effector_blood", "Mechanisms", "Equations with 1 lesion"))


def test_compare_writes_its_answer(tmp_path):
    words = ["compare", "gastric", "--routes", "intravenous,intraperitoneal", "--patients", "2", "--days", "30"]
    done = call(*words, "--out", str(tmp_path))
    assert done.exit_code == 0, done.output
    assert json.loads((tmp_path / "manifest.json").read_text())["job"]["routes"] == ["intravenous", "intraperitoneal"]


@pytest.mark.parametrize("words, code, told", [
    (["compare", "gastrik"], 2, "simsolid: tumour: 'gastrik' unknown; did you mean 'gastric'?"),
    (["compare", "gastric", "--target", "cldn182"], 2, "simsolid: target: 'cldn182' on gastric unknown"),
    (["compare", "gastric", "--routes", "intravenus"], 2, "simsolid: regimen: route 'intravenus' unknown"),
    (["compare", "gastric", "--routes", "intravenous,intravenous"], 2, "no value twice"),
    (["compare", "gastric", "--patients", "0"], 2, "simsolid: patients: 0; must be a whole number of at least 1"),
    (["compare", "gastric", "--patients", "many"], 2, "Invalid value for '--patients'"),
    (["compare", "gastric", "--dose", "-1"], 2, "Infusion cells: -1.0; must be a number from 0"),
    (["compare", "gastric", "--dose", "nan"], 2, "Infusion cells: nan"),
    (["compare", "gastric", "--seed", "-1"], 2, "simsolid: seed: -1"),
    (["compare", "gastric", "--days", "nan"], 2, "simsolid: days: nan"),
    (["compare", "gastric", "--rtol", "1"], 2, "simsolid: rtol: 1.0"),
    (["compare", "gastric", "--conditioning", "flucy"], 2, "did you mean 'flu_cy'?"),
    (["compare", "gastric", "--armour", "il51"], 2, "did you mean 'il15'?"),
    (["compare", "gastric", "--out", "/dev/null/x"], 2, "simsolid: out: cannot write to '/dev/null/x' (Not a directory)"),
    (["cite", "gastrik"], 2, "did you mean 'gastric'?"),
    (["evidence", "f_lung"], 2, "no row 'f_lung'; did you mean 'f_lung0'?"),
    (["params", "table", "colorectal"], 2, "simsolid: target: colorectal has several; there are cea, gucy2c"),
    (["params", "check", "/dev"], 2, "simsolid: "),
    (["model", "show", "hous"], 2, "simsolid: model: 'hous' unknown; did you mean 'house'?"),
    (["model", "show", "--lesions", "0"], 2, "simsolid: lesions: 0; must be at least 1"),
    (["demo", "--out", "/dev/null/x.png"], 2, "simsolid: out: cannot write '/dev/null/x.png'"),
    (["demo", "--out", "figure.xyz"], 2, "simsolid: out: cannot write 'figure.xyz' (Format 'xyz' is not supported"),
    (["list", "tumour"], 2, "Invalid value"),
    (["simulate"], 2, "No such command 'simulate'"),
])  # fmt: skip
def test_what_cannot_be_done_is_said_without_a_traceback(words, code, told):
    done = call(*words)
    assert done.exit_code == code, (done.output, done.exception)
    assert isinstance(done.exception, SystemExit)
    assert told in done.output and "Traceback" not in done.output


@pytest.mark.parametrize("words", [[], ["compare"], ["params"], ["params", "check"], ["model", "show"], ["demo"]])
def test_help_is_there_for_every_command(words):
    done = call(*words, "--help")
    assert done.exit_code == 0 and done.output.startswith("Usage:")


def test_help_loads_nothing_heavy():
    code = ("import sys; from simsolid.__main__ import main\n"
            "try: main(['compare', '--help'])\n"
            "except SystemExit: print([m for m in ('numpy', 'xarray', 'pandas', 'scipy', 'matplotlib')"
            " if m in sys.modules])")  # fmt: skip
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_version_is_that_of_the_package():
    assert call("--version").output.strip().endswith(sim.__version__)


def test_rules_are_printed_as_sentences():
    done = call("rules", "standard")
    assert done.exit_code == 0 and "tocilizumab 8 mg/kg when crs_grade >= 2" in done.output


def test_bad_rules_end_with_their_faults_and_code_2():
    done = call("rules", "tests/bad_rules/several.toml")
    assert done.exit_code == 2 and "5 problems" in done.output and "Traceback" not in done.output


def test_comparison_with_unknown_rescue_never_starts():
    done = call("compare", "gastric", "--patients", "2", "--rescue", "standart")
    assert done.exit_code == 2 and "did you mean 'standard'" in done.output
