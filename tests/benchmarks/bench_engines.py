"""Measure our engines and other solvers on the same equations: cost at equal error, cold start, crowds, threads, memory.

Run ``python3 tasks.py bench`` from the checkout (``--quick`` for a first look, which writes nothing). Writes a report, all rows
and a figure to tests/benchmarks/results. Equal tolerance is not equal error, so tools are compared at equal error.
"""

import argparse
import csv
import tempfile
from pathlib import Path

from tests.benchmarks.claims import verdicts
from tests.benchmarks.measure import measure
from tests.benchmarks.report import RESULTS, figure, text
from tests.benchmarks.tools import FULL, QUICK
from tests.benchmarks.wins import wins


def write(rows: list[dict], path: Path) -> None:
    """Rows as a CSV file; a row may lack what others have."""
    heads = list(dict.fromkeys(head for row in rows for head in row))
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, heads, lineterminator="\n")
        writer.writeheader()
        writer.writerows({head: f"{v:.6g}" if isinstance(v, float) else v for head, v in row.items()} for row in rows)


def main() -> None:
    """Measure, print, and keep what a full run found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="few patients, the fastest peers; nothing is written")
    extent = QUICK if parser.parse_args().quick else FULL
    with tempfile.TemporaryDirectory() as folder:
        results = measure(extent, Path(folder))
    report = text(results, verdicts(results), wins(results), extent)
    print(report)
    if not extent.quick:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / "engines.md").write_text(report)
        write(results.sweep, RESULTS / "engines.csv")
        starts = [{"what": "start", **row} for row in results.cold]
        crowds = [{"what": "crowd", **row} for row in results.crowds]
        write([*starts, *crowds, *({"what": "threads", **row} for row in results.threads)], RESULTS / "engines_runs.csv")
        figure(results, RESULTS / "engines.png")


if __name__ == "__main__":
    main()
