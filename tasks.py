"""Set up and run simsolid with nothing but Python: ``python3 tasks.py run``, ``test``, ``check``, ``lab``, ``wheel`` ...

Each task makes (or reuses) its own virtual environment in ``.venv`` and installs what it needs there.
"""

from __future__ import annotations  # so that an old Python reaches the sentence below instead of a syntax error

import hashlib
import inspect
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent
HOME = ROOT / ".venv"
STAMP = HOME / "installed.txt"
OLDEST = (3, 11)
# The main job, and the smaller one that proves a wheel.
MAIN_JOB = ["gastric", "--target", "cldn18_2", "--product", "satri_cel", "--routes", "intravenous,intraperitoneal"]
MAIN_JOB += ["--patients", "500", "--seed", "7", "--days", "365", "--out", "results"]
SMALL_JOB = ["gastric", "--routes", "intravenous,intraperitoneal", "--patients", "8", "--days", "60", "--out", "out"]
WRITTEN = ("summary.csv", "paired.csv", "patients.csv", "run.nc", "references.bib", "waterfall.png", "manifest.json")
PIP = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-c", str(ROOT / "constraints.txt"))
NO_VENV = "On Debian or Ubuntu install it first: apt install python3-venv. Elsewhere, reinstall Python with ensurepip."


def python_of(home: Path) -> str:
    return str(home / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))


def call(*command: str, cwd: Path = ROOT) -> None:
    """Run a command; end with its exit code when it fails. Variables that would point it at another copy are dropped."""
    ours = {name: text for name, text in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}
    done = subprocess.run(command, cwd=cwd, env=ours, check=False)
    if done.returncode:
        raise SystemExit(done.returncode)


def create(home: Path) -> None:
    try:
        import venv

        venv.create(home, with_pip=True, clear=home.exists(), symlinks=os.name != "nt")
    except (subprocess.CalledProcessError, ImportError, OSError) as fault:
        raise SystemExit(f"cannot make a virtual environment in {home}: {fault}\n{NO_VENV}") from fault


def wanted() -> str:
    """What the environment is made from, as one word: it is made anew when this changes."""
    parts = [(ROOT / name).read_bytes() for name in ("pyproject.toml", "constraints.txt")]
    parts += [sys.version.encode(), str(ROOT).encode()]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def environment(extras: str = "") -> str:
    """Python of the project's environment, with the extras asked for."""
    name = extras or "core"
    have = STAMP.read_text().split() if STAMP.exists() and Path(python_of(HOME)).exists() else []
    if have[:1] != [wanted()]:
        print(f"making {HOME.name} (once; a minute or two)", file=sys.stderr, flush=True)
        create(HOME)
        have = [wanted()]
    if name not in have:
        print(f"installing simsolid, {name}", file=sys.stderr, flush=True)
        what = f".[{extras}]" if extras else "."
        call(python_of(HOME), *PIP, "-e", what)
        STAMP.write_text("\n".join([*have, name]) + "\n")
    return python_of(HOME)


def run(*arguments: str) -> None:
    """Run the main job, which writes results/, or compare what is given."""
    call(environment("fast"), "-m", "simsolid", "compare", *(arguments or MAIN_JOB), cwd=Path.cwd() if arguments else ROOT)


def test(*arguments: str) -> None:
    """Lint, then run the tests, a file at a time on each core; what is given goes to pytest."""
    python = environment("dev")
    call(python, "-m", "ruff", "check", ".")
    call(python, "-m", "pytest", "-n", "auto", "--dist", "loadfile", *arguments)


def check(*files: str) -> None:
    """Check the parameter files given, or all that are shipped."""
    call(environment(), "-m", "simsolid", "params", "check", *files, cwd=Path.cwd())


def bench(*arguments: str) -> None:
    """Measure speed and error beside other solvers; --quick for a first look."""
    python = environment("bench")
    try:
        environment("bench-fortran")
    except SystemExit:
        print("bench: goes on without numbalsoda, which needs a Fortran compiler (apt install gfortran)", file=sys.stderr)
    call(python, "-m", "tests.benchmarks.bench_engines", *arguments)
    call(python, "-m", "tests.benchmarks.bench_use", *(["--patients", "2000"] if "--quick" in arguments else []))


def figures() -> None:
    """Draw the teaching set (docs/figures, SVG and PNG) and the README's numbers anew, from the main job."""
    python = environment("fast")
    with tempfile.TemporaryDirectory() as folder:
        call(python, "-m", "simsolid", "compare", *MAIN_JOB[:-1], folder)
        call(python, str(ROOT / "docs" / "refresh.py"), folder)
        call(python, str(ROOT / "docs" / "figures.py"), folder)


def notebooks(*arguments: str) -> None:
    """Run the notebooks and store them; --check, --quick, --student FOLDER, or the first digits of those meant."""
    call(environment("notebooks"), str(ROOT / "docs" / "notebooks.py"), *arguments, cwd=Path.cwd())


def lab(name: str = "", *options: str) -> None:
    """Open JupyterLab on the notebook meant, such as 07, or on the folder; options go to JupyterLab."""
    place = next((ROOT / "notebooks").glob(f"{name}*.ipynb"), None) if name else ROOT / "notebooks"
    if place is None:
        raise Misused(f"no notebook begins with {name!r}")
    call(environment("notebooks"), "-m", "jupyterlab", str(place), *options)


def browser(*arguments: str) -> None:
    """Move the notebooks' sliders in JupyterLab in this machine's Chromium or Chrome; pictures go to results/browser."""
    call(environment("browser"), "-m", "pytest", "--override-ini=addopts=", str(ROOT / "tests" / "browser"), *arguments)


def wheel() -> None:
    """Build the wheel and use it from outside the checkout."""
    python = environment("dev")
    with tempfile.TemporaryDirectory() as folder:
        away = Path(folder).resolve()
        call(python, "-m", "build", "--wheel", "--outdir", str(away), str(ROOT))
        create(away / "venv")
        inside = python_of(away / "venv")
        (built,) = away.glob("*.whl")
        call(inside, *PIP, str(built))
        shipped = "from simsolid.files import find_params_dir as f; assert f().name == 'params_data', f()"
        call(inside, "-c", shipped, cwd=away)
        call(inside, "-c", "import simsolid as sim; assert len(sim.validated()) and len(sim.calibrated())", cwd=away)
        call(inside, "-m", "simsolid", "params", "check", cwd=away)
        call(inside, "-m", "simsolid", "compare", *SMALL_JOB, cwd=away)
        missing = [name for name in WRITTEN if not (away / "out" / name).exists()]
        if missing:
            raise SystemExit(f"wheel: the comparison did not write {', '.join(missing)}")
        print(f"wheel: {built.name} installed outside the checkout and used", flush=True)


TASKS = {task.__name__: task for task in (run, test, check, bench, figures, notebooks, lab, browser, wheel)}
USAGE = "\n".join(
    ["usage: python3 tasks.py TASK [ARGUMENTS]", *(f"  {name:9} {task.__doc__}" for name, task in TASKS.items())]
)


def main(name: str = "help", *arguments: str) -> None:
    if name in ("help", "-h", "--help"):
        print(USAGE)
    elif name not in TASKS:
        raise Misused(f"no task {name!r}")
    elif arguments and not inspect.signature(TASKS[name]).parameters:
        raise Misused(f"{name} takes no arguments, not {' '.join(arguments)!r}")
    elif sys.version_info < OLDEST:
        raise Misused(f"simsolid needs Python {'.'.join(map(str, OLDEST))} or newer; this is {sys.version.split()[0]}")
    else:
        TASKS[name](*arguments)


class Misused(Exception):
    """The command line cannot be carried out as it stands."""


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except Misused as fault:
        print(f"tasks.py: {fault}\n{USAGE}", file=sys.stderr)
        raise SystemExit(2) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None
