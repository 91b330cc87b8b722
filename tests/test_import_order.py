"""Imports point one way: a module may use the rows above its own, never its own row or below."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "simsolid"
# Read from top to bottom this is also the order of the journey: from units to the main job.
ROWS = (
    ("errors",),
    ("films",),
    ("course",),
    ("arms", "graph", "recist", "crs", "progress", "sobol", "streams", "terms", "units"),
    ("choi", "irecist", "rano", "symbols"),
    ("criteria",),
    ("declare", "sbml_units", "times", "trace"),
    ("engines", "files", "latex", "sbml_math", "values"),
    ("evidence", "params", "sbml"),
    ("draws", "forms", "model", "tables"),
    ("plausible",),
    ("cohort", "lint"),
    ("cite", "layers", "ranges", "sbml_read", "screening", "shift", "steps"),
    ("axes", "conditions", "marginals", "scans", "treatments"),
    ("tilting",),
    ("fitted", "models", "prevalence", "routes", "sound"),
    ("rule",),
    ("rulebook",),
    ("replay",),
    ("regimen",),
    ("describe", "schedule"),
    ("contact", "study"),
    ("design", "stopped", "reactive"),
    ("acts", "ledger", "sbml_notes"),
    ("unfold",),
    ("simulate",),
    ("imaging", "stream"),
    ("attrition", "observe", "rows"),
    ("blood", "outcome", "toxicity", "verdicts"),
    ("assess", "calls"),
    ("load", "survival"),
    ("intervals", "weighted"),
    ("run", "stopping", "summarise", "vary"),
    ("dimensions", "fit", "gallery", "pseudo", "evaluate", "rests", "risk", "trials"),
    ("export", "export_model", "plot", "report", "sensitivity"),
    ("export_petab", "lesson", "results"),
    ("calibrate",),
    ("posterior",),
    ("compare", "validation"),
    ("commands",),
    ("__main__",),
)
ROW = {name: row for row, names in enumerate(ROWS) for name in names}
HEAVY = ("pandas", "xarray", "scipy.stats", "scipy.integrate", "matplotlib.pyplot", "pydantic", "pint", "h5netcdf")
HEAVY += ("click", "tqdm")


def _subject(path):
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def _imports(path):
    """Modules of the package that a file imports, at the top or inside a function."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            whole = [a.name.split(".") for a in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = ("simsolid", *path.relative_to(PACKAGE).parts[: -node.level]) if node.level else ()
            home = [*base, *(node.module.split(".") if node.module else [])]
            whole = [[*home, a.name] for a in node.names]
        else:
            continue
        yield from (parts[1] for parts in whole if parts[0] == "simsolid" and len(parts) > 1 and parts[1] in ROW)


FILES = [p for p in PACKAGE.rglob("*.py") if p.parent != PACKAGE or p.name != "__init__.py"]


def test_every_module_has_a_row_and_every_row_a_module():
    assert {_subject(p) for p in FILES} == set(ROW)


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_point_up(path):
    own = _subject(path)
    wrong = [name for name in _imports(path) if name != own and ROW[name] >= ROW[own]]
    assert not wrong, f"{path.name} (row {ROW[own]}) imports {wrong}, which stand in its own row or below"


@pytest.mark.parametrize("place, line, names", [
    ("observe.py", "from . import crs, recist", ["crs", "recist"]),
    ("observe.py", "from .units import convert, parse", ["units", "units"]),
    ("plot/courses.py", "from .. import crs, units", ["crs", "units"]),
    ("plot/courses.py", "from . import parts", ["plot"]),
    ("observe.py", "import numpy, simsolid.crs, simsolid.plot.parts as p", ["crs", "plot"]),
    ("observe.py", "from simsolid import crs, load, simulate", ["crs", "load", "simulate"]),
    ("observe.py", "def f():\n    from simsolid.engines import numpy", ["engines"]),
])  # fmt: skip
def test_every_way_to_import_is_seen(place, line, names, monkeypatch):
    monkeypatch.setattr(Path, "read_text", lambda self: line)
    assert list(_imports(PACKAGE / place)) == names


def test_only_plot_and_the_main_job_import_matplotlib():
    users = {_subject(p) for p in FILES if "matplotlib" in p.read_text()}
    assert users <= {"plot", "compare", "results", "lesson"}


def test_importing_the_package_loads_nothing_heavy():
    code = f"import sys, simsolid; print([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
