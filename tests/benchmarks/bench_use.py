"""Measure what a user waits for: import, the demo from a cold start, and time and memory of a streamed cohort.

Run ``python -m tests.benchmarks.bench_use`` from the checkout: 20,000 patients in one arm over 365 days, about ten minutes;
``--patients 100000`` for the large one. Writes use.md to tests/benchmarks/results.
"""

import argparse
import json
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.benchmarks.report import RESULTS, machine

CLAIMS = {"import simsolid [s]": 1.0, "simsolid demo, cold start [s]": 5.0, "peak memory [MB]": 2000.0}
COHORT = """
import json, resource, sys
import simsolid as sim
answer = sim.compare("gastric", routes=["intravenous"], patients=int(sys.argv[1]), days=365, out=sys.argv[2])
# ru_maxrss is in kilobytes on Linux and in bytes on macOS
unit = 1e6 if sys.platform == "darwin" else 1e3
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
cpu = resource.getrusage(resource.RUSAGE_SELF).ru_utime
print(json.dumps({"peak": peak, "cpu": cpu, "failed": int((answer.table["status"] != 0).sum())}))
"""


def seconds(*command):
    """Wall time of a command in a process of its own; the best of three."""
    times = []
    for _ in range(3):
        begun = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        times.append(time.perf_counter() - begun)
    return min(times)


def cohort(patients, folder):
    """Stream a cohort in a process of its own; peak memory, CPU seconds and failures."""
    command = [sys.executable, "-c", COHORT, str(patients), folder]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int, default=20_000)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        demo = str(Path(folder) / "demo.png")
        rows = {
            "import simsolid [s]": seconds(sys.executable, "-c", "import simsolid"),
            "simsolid demo, cold start [s]": seconds(sys.executable, "-m", "simsolid", "demo", "--out", demo),
        }
        found = cohort(wanted.patients, folder)
    rows |= {
        "peak memory [MB]": found["peak"],
        "CPU per patient [ms]": 1e3 * found["cpu"] / wanted.patients,
        "failed patients": found["failed"],
    }
    lines = ["# What a user waits for", "", f"Machine: {machine()}.", ""]
    lines += [f"House model, gastric, one arm, 365 days, all tables and figures: {wanted.patients:,} patients.", ""]
    lines += ["| what | measured | claimed at most |", "|---|---:|---:|"]
    lines += [f"| {what} | {value:.3g} | {CLAIMS.get(what, '')} |" for what, value in rows.items()]
    text = "\n".join(lines) + "\n"
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "use.md").write_text(text)
    print(text)
    missed = [what for what, limit in CLAIMS.items() if rows[what] > limit]
    if missed:
        raise SystemExit(f"claims not met on {platform.machine()}: {', '.join(missed)}")


if __name__ == "__main__":
    main()
