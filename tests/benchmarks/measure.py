"""Put the questions to all tools: a row for each tool, problem and tolerance, each start, and each number of patients."""

import sys
import time
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from tests.benchmarks.peers import Missing, follow, solve_ivp_compiled
from tests.benchmarks.tools import PROBLEMS, TOOLS, Extent
from tests.benchmarks.work import WORKS, Work
from tests.benchmarks.worker import DEFAULT, Worker, errors

EXACT = 1e-12
PAIRS = 3  # of runs with one and with two threads, in turn


_BEGUN = time.monotonic()


def say(text: str) -> None:
    """Tell how far it is."""
    print(f"{time.monotonic() - _BEGUN:6.0f} s  {text}", file=sys.stderr, flush=True)


def reference(problem: str, extent: Extent, folder: Path) -> tuple[Path, str]:
    """Our answer at 1e-12, and how far DOP853, an explicit method of order 8 and so unlike all tools measured, is from it."""
    work, path = WORKS[problem](extent.cases), folder / f"{problem}.npy"
    solution = work.solve(EXACT, "auto")
    if solution.status.any():
        raise RuntimeError(f"{work.name}: no reference for {np.count_nonzero(solution.status)} of {work.cases} patients")
    np.save(path, solution.values)
    return path, f"{work.name}: {_apart(work.first(extent.checked), solution.values)}"


def _apart(work: Work, answer: np.ndarray) -> str:
    if not work.cases:
        return "not checked by another in a quick run"
    try:
        other = follow(solve_ivp_compiled(work, "DOP853"), work, EXACT)
    except Missing as fault:
        return f"not checked by another, {fault}"
    largest = errors(other, answer[:, : work.cases], work.floor).max()
    return f"DOP853 at 1e-12 differs by at most {largest:.0e} in {work.cases} patients"


class Results:
    """All rows, each with its problem."""

    def __init__(self):
        self.sweep, self.cold, self.crowds, self.threads, self.missing, self.checks = [], [], [], [], [], []

    def measure(self, problem: str, extent: Extent, folder: Path) -> None:
        """Measure one problem from end to end; machine code is kept in the folder from one process to the next."""
        answer, check = reference(problem, extent, folder)
        self.checks.append(check)
        cache = folder / f"cache_{problem}"
        cache.mkdir()
        self._sweep(problem, extent, answer, cache)
        for name in extent.tools():
            if TOOLS[name].ours:
                self._crowds(name, problem, extent, cache)

    def _sweep(self, problem, extent, answer, cache):
        with ExitStack() as alive:
            workers = {}
            for name in extent.tools():
                worker = alive.enter_context(Worker(name, problem, extent.cases, answer, cache))
                patients = extent.of(name, problem)[0] if TOOLS[name].at_once else 1
                if self._started(name, problem, worker, "empty", patients):
                    workers[name] = worker
            found = self._rounds(problem, extent, workers)
        for (name, rtol), costs in ((key, costs) for key, costs in found.items() if costs):
            patients = extent.of(name, problem)[0]
            cost = float(np.median([each["cpu_ms"] for each in costs]))
            self.sweep.append(costs[0] | {"patients": patients, "rtol": rtol, "cpu_ms": cost})

    def _keep(self, rows, row, told):
        """Keep what was told, or why nothing was."""
        if "missing" not in told:
            rows.append(row | told)
        elif row | told not in self.missing:
            self.missing.append(row | told)

    def _started(self, name, problem, worker, cache, patients=1):
        told = worker.ask("cold", patients=patients)
        row = {"problem": problem, "tool": name}
        say(f"{problem}, {name}: {told}")
        self._keep(self.cold, row | {"cache": cache if TOOLS[name].ours == "llvm" else ""}, told)
        return "missing" not in told

    def _rounds(self, problem, extent, workers):
        """All tools at all tolerances in turn; the first run of ours meets fresh memory and is told apart."""
        found = {}
        for name, worker in workers.items():
            if TOOLS[name].ours:
                patients = extent.of(name, problem)[0]
                row = {"problem": problem, "tool": name, "kept": "all states daily", "patients": patients}
                self._keep(self.crowds, row, worker.ask("cost", rtol=DEFAULT, patients=patients))
        for turn in range(extent.rounds):
            for name, worker in workers.items():
                patients, tolerances, rounds = extent.of(name, problem)
                for rtol in tolerances if turn < rounds else ():
                    told = worker.ask("cost", rtol=rtol, patients=patients)
                    self._keep(found.setdefault((name, rtol), []), {"problem": problem, "tool": name}, told)
            say(f"{problem}: round {turn + 1} of {extent.rounds}")
        return found

    def _crowds(self, name, problem, extent, cache):
        """Cost by number of patients, the numbers rising, so that the peak of memory belongs to the last; then by threads."""
        row = {"problem": problem, "tool": name}
        with Worker(name, problem, extent.cases, None, cache, recycle=False) as worker:
            if not self._started(name, problem, worker, "kept"):
                return
            for number in extent.crowds(name, problem):
                told = worker.ask("weekly", patients=number, rounds=3 if number <= 1000 else 1)
                self._keep(self.crowds, row | {"kept": "five states weekly", "patients": number}, told)
                say(f"{problem}, {name}, {number} patients: {told}")
            for _ in range(PAIRS if TOOLS[name].ours == "llvm" else 0):
                for workers in (1, 2):
                    told = worker.ask("weekly", patients=extent.threads, workers=workers, rounds=1)
                    self._keep(self.threads, row | {"patients": extent.threads, "workers": workers}, told)


def measure(extent: Extent, folder: Path) -> Results:
    """All problems."""
    results = Results()
    for problem in PROBLEMS:
        results.measure(problem, extent, folder)
    return results
