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
    ("graph", "recist", "crs", "progress", "streams", "terms", "units"),
    ("declare", "trace"),
    ("engines", "files", "latex", "values"),
    ("params",),
    ("draws", "forms", "model", "tables"),
    ("cohort",),
    ("cite", "layers", "steps"),
    ("models", "regimen", "routes"),
    ("describe", "schedule"),
    ("contact", "study"),
    ("design", "stopped"),
    ("unfold",),
    ("simulate",),
    ("observe",),
    ("assess",),
    ("load",),
    ("summarise", "vary"),
    ("plot", "report"),
    ("results",),
    ("compare",),
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
        if isinstance(node, ast.ImportFrom) and node.level:
            base = path.parent if node.level == 1 else path.parent.parent
            inside = base.relative_to(PACKAGE).parts
            named = node.module.split(".") if node.module else [a.name for a in node.names]
            yield (inside[0] if inside else named[0])
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("simsolid."):
            yield node.module.split(".")[1]
        elif isinstance(node, ast.ImportFrom) and node.module == "simsolid":
            yield from (a.name for a in node.names if a.name in ROW)


FILES = [p for p in PACKAGE.rglob("*.py") if p.parent != PACKAGE or p.name != "__init__.py"]


def test_every_module_has_a_row_and_every_row_a_module():
    assert {_subject(p) for p in FILES} == set(ROW)


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_point_up(path):
    own = _subject(path)
    wrong = [name for name in _imports(path) if name != own and ROW[name] >= ROW[own]]
    assert not wrong, f"{path.name} (row {ROW[own]}) imports {wrong}, which stand in its own row or below"


def test_only_plot_and_the_main_job_import_matplotlib():
    users = {_subject(p) for p in FILES if "matplotlib" in p.read_text()}
    assert users <= {"plot", "compare", "results"}


def test_importing_the_package_loads_nothing_heavy():
    code = f"import sys, simsolid; print([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
