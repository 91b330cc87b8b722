"""The front door keeps its promises: commands, files, numbers and pins that the README and its neighbours name."""

import ast
import importlib.util
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import simsolid as sim

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PAGES = ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "CITATION.cff", "constraints.txt", "pyproject.toml", "tasks.py")
IMPORTED_AS = {"python-libsbml": "libsbml", "scikit-learn": "sklearn"}
UNSEEN = {"h5netcdf", "h5py"}  # xarray imports the first and that the second, for run.nc


def _module(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


TASKS = _module(ROOT / "tasks.py")
REFRESH = _module(ROOT / "docs" / "refresh.py")


def _plain(name):
    return re.split(r"[ ;<>=!~\[]", name)[0].lower().replace("_", "-")


def _imported():
    for path in (ROOT / "simsolid").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) and not node.level else []
            yield from (name.partition(".")[0] for name in names)


def test_the_numbers_and_pages_of_the_readme_are_those_of_the_files():
    assert REFRESH.rewritten(README) == README, "parameters or notebooks changed: run python3 docs/refresh.py"


def test_figures_are_small_pictures():
    shown = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", README)
    assert shown == ["docs/figures/pseudo_progression.png", REFRESH.FIGURE.relative_to(ROOT).as_posix()]
    for path in (ROOT / "docs" / "figures").glob("*.png"):
        content = path.read_bytes()
        assert content[:4] == b"\x89PNG" and 5_000 < len(content) < 200_000
        assert path == REFRESH.FIGURE or path.with_suffix(".svg").stat().st_size < 250_000


def test_the_teaching_set_is_that_of_the_script(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "docs")
    names = set(_module(ROOT / "docs" / "figures.py").drawings(Path()))
    assert names == {path.stem for path in (ROOT / "docs" / "figures").glob("*.svg")}


def test_binder_gets_what_the_notebooks_need():
    lines = (ROOT / ".binder" / "requirements.txt").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if not line.startswith("#")] == ["-c ../constraints.txt", ".[notebooks]"]


def test_the_shell_command_shown_is_the_main_job():
    shown = re.search(r"^simsolid compare (.*?)\n```", README, re.DOTALL | re.MULTILINE)[1].replace("\\\n", " ")
    assert shlex.split(shown) == TASKS.MAIN_JOB


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_every_task_named_exists(page):
    named = set(re.findall(r"python3 tasks\.py (\w+)", (ROOT / page).read_text(encoding="utf-8")))
    assert named and named <= set(TASKS.TASKS)


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "tests/second_reading/README.md"])
def test_every_file_named_exists(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    named = re.findall(r"\]\((?!http)([^)#]+)\)", text) + re.findall(r"`((?:params|tests|simsolid|docs)/[\w./-]*)`", text)
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_the_warning_stands_once():
    assert README.count("Research and teaching only; not medical advice") == 1


@pytest.mark.parametrize("page", PAGES)
def test_nothing_points_at_one_machine_or_registry(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    assert not re.search(r"(?<![\w.])/(work|home|root|tmp|Users)/|file://|index-url|find-links|pypi\.|--hash", text)


def test_one_version_everywhere():
    cited = re.search(r"^version: (.+)$", (ROOT / "CITATION.cff").read_text(encoding="utf-8"), re.MULTILINE)[1]
    logged = re.search(r"^## \[?([\d.]+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)[1]
    assert {PROJECT["version"], cited, logged} == {sim.__version__}


def test_each_dependency_is_imported_and_each_import_declared():
    extras = PROJECT["optional-dependencies"]
    offered = [name for extra in ("fast", "fit", "interop") for name in extras[extra]]
    declared = {_plain(name) for name in (*PROJECT["dependencies"], *offered, "ipywidgets")} - UNSEEN - {"simsolid"}
    assert "ipywidgets" in map(_plain, extras["notebooks"])
    foreign = {name for name in _imported() if name not in sys.stdlib_module_names} - {"simsolid"}
    assert foreign == {IMPORTED_AS.get(name, name) for name in declared}


def test_pins_are_plain_and_cover_what_the_project_needs():
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").split("\n")[:-1]
    assert [line for line in lines if not re.fullmatch(r"[\w.-]+==[\w.]+( ; .+)?", line)] == []
    extras = PROJECT["optional-dependencies"]
    held = (name for extra, names in extras.items() if extra != "bench-fortran" for name in names)
    wanted = {_plain(name) for name in (*PROJECT["dependencies"], *held)}
    wanted -= {"simsolid"}  # an extra that holds another
    assert wanted <= {_plain(line) for line in lines}


@pytest.mark.parametrize("words, code, said", [
    (["help"], 0, "usage: python3 tasks.py"),
    (["tset"], 2, "no task 'tset'"),
    (["wheel", "--fast"], 2, "wheel takes no arguments, not '--fast'"),
    (["lab", "77"], 2, "no notebook begins with '77'"),
])  # fmt: skip
def test_tasks_say_how_they_are_used(words, code, said):
    done = subprocess.run([sys.executable, str(ROOT / "tasks.py"), *words], capture_output=True, text=True, check=False)
    assert done.returncode == code
    assert said in done.stdout + done.stderr and "Traceback" not in done.stderr


def test_the_environment_is_made_anew_when_pins_or_place_change(monkeypatch, tmp_path):
    for name in ("pyproject.toml", "constraints.txt"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    here = TASKS.wanted()
    monkeypatch.setattr(TASKS, "ROOT", tmp_path)
    moved = TASKS.wanted()
    (tmp_path / "constraints.txt").write_text("numpy==1.26.4\n")
    assert len({here, moved, TASKS.wanted()}) == 3


def test_a_python_without_venv_is_told_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "venv", None)
    with pytest.raises(SystemExit, match="apt install python3-venv"):
        TASKS.create(tmp_path / "new")
