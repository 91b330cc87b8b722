"""Set up and run simsolid with nothing but Python: ``python3 tasks.py run``, ``test``, ``bench``, ``check``, ``wheel``.

Each task makes (or reuses) its own virtual environment in ``.venv`` and installs what it needs.
"""

import hashlib
import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent
HOME = ROOT / ".venv"
MAIN_JOB = ["gastric", "--target", "cldn18_2", "--product", "satri_cel", "--routes", "intravenous,intraperitoneal"]
MAIN_JOB += ["--patients", "500", "--seed", "7", "--days", "365", "--out", "results"]


def python_of(home: Path) -> str:
    return str(home / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))


def call(*command: str, cwd: Path = ROOT, env: dict | None = None) -> None:
    done = subprocess.run(command, cwd=cwd, env={**os.environ, **(env or {})}, check=False)
    if done.returncode:
        raise SystemExit(done.returncode)


def create(home: Path) -> None:
    try:
        venv.create(home, with_pip=True, clear=home.exists())
    except (subprocess.CalledProcessError, ImportError) as fault:
        raise SystemExit(f"cannot make a virtual environment in {home} ({fault}).\n"
                         "On Debian or Ubuntu install it first: apt install python3-venv") from fault


def environment(extras: str) -> str:
    """Python of the project's environment, installed again only when what it is made from has changed."""
    wanted = (ROOT / "pyproject.toml").read_bytes() + (ROOT / "constraints.txt").read_bytes() + sys.version.encode()
    stamp, mark = hashlib.sha256(wanted).hexdigest(), HOME / "installed.txt"
    have = mark.read_text().split() if mark.exists() else []
    if not have or have[0] != stamp:
        create(HOME)
        have = [stamp]
    if extras not in have:
        what = f".[{extras}]" if extras != "core" else "."
        call(python_of(HOME), "-m", "pip", "install", "--quiet", "-c", "constraints.txt", "-e", what)
        mark.write_text("\n".join([*have, extras]))
    return python_of(HOME)


def run(*arguments: str) -> None:
    """Run the main job, or the comparison given, and write results/."""
    call(environment("core"), "-m", "simsolid", "compare", *(arguments or MAIN_JOB))


def test(*arguments: str) -> None:
    """Lint and test."""
    python = environment("dev")
    call(python, "-m", "ruff", "check", ".")
    call(python, "-m", "pytest", *arguments)


def check(*arguments: str) -> None:
    """Check all parameter files."""
    call(environment("core"), "-m", "simsolid", "params", "check", *arguments)


def bench(*arguments: str) -> None:
    """Measure speed beside the peers; writes tests/benchmarks/results/."""
    python = environment("bench")
    call(python, "-m", "tests.benchmarks", *arguments)


def wheel() -> None:
    """Build the wheel and use it from outside the checkout."""
    python = environment("dev")
    with tempfile.TemporaryDirectory() as folder:
        away = Path(folder)
        call(python, "-m", "build", "--wheel", "--outdir", str(away), str(ROOT))
        create(away / "venv")
        inside = python_of(away / "venv")
        (built,) = away.glob("*.whl")
        call(inside, "-m", "pip", "install", "--quiet", "-c", str(ROOT / "constraints.txt"), str(built))
        small = ["gastric", "--routes", "intravenous,intraperitoneal", "--patients", "8", "--days", "60", "--out", "out"]
        call(inside, "-m", "simsolid", "compare", *small, cwd=away)
        missing = [name for name in ("summary.csv", "patients.csv", "run.nc", "manifest.json") if not (away / "out" / name).exists()]
        if missing:
            raise SystemExit(f"the wheel's comparison did not write {', '.join(missing)}")
        print("wheel: installed outside the checkout and used")


TASKS = {"run": run, "test": test, "check": check, "bench": bench, "wheel": wheel}


def main() -> None:
    name, *rest = sys.argv[1:] or ["help"]
    if name not in TASKS:
        print("usage: python3 tasks.py " + "|".join(TASKS))
        for task, function in TASKS.items():
            print(f"  {task:6} {function.__doc__}")
        raise SystemExit(0 if name in ("help", "-h", "--help") else 2)
    TASKS[name](*rest)


if __name__ == "__main__":
    main()
