"""What is promised of the engines, each promise held against what was measured."""

import numpy as np

from tests.benchmarks.measure import Results
from tests.benchmarks.report import KINDS, LEVELS, best_peer, costs
from tests.benchmarks.tools import LLVM, NUMPY, PROBLEMS
from tests.benchmarks.worker import DEFAULT

AHEAD, COLD, FLAT, SHARED, WITHIN = 8.0, 1.0, 1.25, 1.7, 10.0


def verdicts(results: Results) -> list[list[str]]:
    """Rows: claim, problem, wanted, measured, met."""
    rows = []
    for problem in PROBLEMS:
        for kind in KINDS:
            rows += _ahead(results, problem, kind, LLVM, AHEAD)
        rows += _ahead(results, problem, "error_median", NUMPY, 1.0)
        rows += [*_start(results, problem), *_flat(results, problem), *_threads(results, problem), *_default(results, problem)]
    return rows


def _row(claim, problem, wanted, measured, met):
    return [claim, problem, wanted, measured, {True: "yes", False: "**no**", None: "not judged"}[met]]


def _ahead(results, problem, kind, name, wanted):
    found = costs(results, problem, kind)
    if name not in found:
        return []
    rows = []
    for level, ours, (cost, peer) in zip(LEVELS, found[name], best_peer(found), strict=True):
        ratio = cost / ours
        told, met = (f"{ratio:.1f}x, {peer}", ratio >= wanted) if ratio == ratio else ("error not reached", None)
        claim = f"{name}: ahead of the best peer at {KINDS[kind]} {level:.0e}"
        rows.append(_row(claim, problem, f"{wanted:g}x", told, met))
    return rows


def _start(results, problem):
    starts = [row for row in results.cold if row["problem"] == problem]
    ours = [row["s"] for row in starts if row["tool"] == LLVM and row["cache"] == "empty"]
    others = [(row["s"], row["tool"]) for row in starts if row["tool"] not in (LLVM, NUMPY)]
    if not ours:
        return []
    rows = [_row("cold start, nothing compiled", problem, f"under {COLD:g} s", f"{ours[0]:.2f} s", ours[0] < COLD)]
    if others:
        told = f"{ours[0]:.2f} s, {min(others)[1]} {min(others)[0]:.2f} s"
        rows.append(_row("one patient with a cold start: before every peer", problem, "first", told, ours[0] < min(others)[0]))
    return rows


def _flat(results, problem):
    mine = {row["patients"]: row["cpu_ms"] for row in results.crowds
            if (row["problem"], row["tool"]) == (problem, LLVM) and "peak_mb" in row}  # fmt: skip
    large = [number for number in mine if number > 1000]
    if 1000 not in mine or not large:
        return []
    ratio = mine[max(large)] / mine[1000]
    claim = f"flat cost from 1,000 to {max(large):,} patients"
    return [_row(claim, problem, f"at most {FLAT:g}x", f"{ratio:.2f}x", ratio <= FLAT)]


def _threads(results, problem):
    walls = {count: [row["wall_ms"] for row in results.threads if (row["problem"], row["workers"]) == (problem, count)]
             for count in (1, 2)}  # fmt: skip
    if not all(walls.values()):
        return []
    ratio = float(np.median(walls[1]) / np.median(walls[2]))
    return [_row("two threads, quiet machine", problem, f"{SHARED:g}x", f"{ratio:.2f}x", ratio >= SHARED)]


def _default(results, problem):
    rows = []
    for row in results.sweep:
        if (row["problem"], row["tool"], row["rtol"]) == (problem, LLVM, DEFAULT):
            for kind, word in KINDS.items():
                times = row[kind] / DEFAULT
                claim = f"{word} error at rtol {DEFAULT:.0e}"
                rows.append(_row(claim, problem, f"{WITHIN:g} rtol", f"{times:.1f} rtol", times <= WITHIN))
    return rows
