"""Measure the largest cohorts: time and memory of `sim.stream`, five observables weekly over 365 days.

Run ``python -m tests.benchmarks.bench_stream`` from the checkout: 10,000 patients and then a million, each in a process of its
own; ``--patients 100000`` for fewer. Writes stream.md to tests/benchmarks/results.
"""

import argparse
import json
import subprocess
import sys
import time

from tests.benchmarks.report import RESULTS, machine
from tests.benchmarks.worker import peak

SMALL, LARGEST_MB = 10_000, 2000.0
OBSERVABLES = ["cart_blood", "il6", "temperature", "crs_score", "ifng"]
STREAM = """
import json, sys
from tests.benchmarks.bench_stream import once
print(json.dumps(once(int(sys.argv[1]))))
"""


def once(patients: int) -> dict:
    """Stream a cohort in this process: wall and CPU seconds, peak memory [MB] and how many finished."""
    import simsolid as sim

    wall, cpu = time.perf_counter(), time.process_time()
    found = sim.stream(
        sim.load("gastric"), sim.Regimen.single(2.5e8), patients, seed=7, observables=OBSERVABLES, days=365,
        times=list(range(0, 366, 7)), dtype="float32",
    )  # fmt: skip
    spent = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu, "peak": peak()}
    return spent | {"patients": patients, "finished": int(found["finished"].sum()), "failed": int(found["failed"].sum())}


def apart(patients: int) -> dict:
    """The same in a process of its own."""
    done = subprocess.run([sys.executable, "-c", STREAM, str(patients)], check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int, default=1_000_000)
    rows = [apart(patients) for patients in (SMALL, parser.parse_args().patients)]
    lines = ["# Large cohorts", "", f"Machine: {machine()}.", ""]
    lines += [f"House model, gastric, one arm, 365 days, weekly: {', '.join(OBSERVABLES)}; means, spreads and quantiles.", ""]
    lines += ["| patients | finished | failed | wall, min | CPU ms per patient | peak memory, MB |", "|" + 6 * "---:|"]
    lines += [
        f"| {row['patients']:,} | {row['finished']:,} | {row['failed']:,} | {row['wall'] / 60:.1f} | "
        f"{1e3 * row['cpu'] / row['patients']:.2f} | {row['peak']:.0f} |"
        for row in rows
    ]
    text = "\n".join(lines) + "\n"
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "stream.md").write_text(text)
    print(text)
    if rows[-1]["peak"] > LARGEST_MB:
        raise SystemExit(f"peak memory {rows[-1]['peak']:.0f} MB is above {LARGEST_MB:.0f} MB")


if __name__ == "__main__":
    main()
