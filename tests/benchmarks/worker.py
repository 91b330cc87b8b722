"""Each tool in a fresh process of its own, which answers questions one at a time: cold start, cost and error, memory.

Processes stay alive, so that the tools can take turns and a busy spell of the machine hits all alike.
"""

import multiprocessing
import os
import resource
import sys
import time
from contextlib import suppress
from pathlib import Path

import numpy as np

from tests.benchmarks.peers import Missing
from tests.benchmarks.tools import TOOLS
from tests.benchmarks.work import WORKS

DEFAULT = 1e-5
ONE_THREAD = {
    "SIMSOLID_WORKERS": "1", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1", "JAX_PLATFORMS": "cpu",
}  # fmt: skip
# Memory that is freed stays with the process, so that no tool pays for new pages in each round.
RECYCLE = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": str(2**40)}
WEEK, SEEN = 7.0, 5


def errors(values: np.ndarray, answer: np.ndarray, floor: np.ndarray) -> np.ndarray:
    """Largest |y - reference| / (|reference| + floor) of each patient; one who was given up is infinitely wrong."""
    size = np.abs(values - answer) / (np.abs(answer) + floor[:, None, None])
    return np.where(np.isfinite(size), size, np.inf).max(axis=(0, 2))


class Session:
    """One tool and one problem."""

    def __init__(self, tool: str, problem: str, cases: int, answer: Path | None, launched: float):
        self.tool, self.work = TOOLS[tool], WORKS[problem](cases)
        self.answer = np.load(answer, mmap_mode="r") if answer else None
        self.launched = launched

    def cold(self, patients: int = 1) -> dict:
        """Prepare, and solve some patients. Tracing is part of our own start; others are handed the printed equations."""
        if not self.tool.ours:
            _ = self.work.traced
        wall, cpu = time.time(), time.process_time()
        self.solve = self.tool.prepare(self.work)
        self.solve(self.work.first(patients), DEFAULT)
        return {"s": time.time() - wall, "cpu_s": time.process_time() - cpu, "whole_s": time.time() - self.launched}

    def cost(self, rtol: float, patients: int) -> dict:
        """CPU time per patient [ms], daily values of all states kept, and errors of as many patients as have a reference."""
        work = self.work.tiled(patients)
        begun = time.process_time()
        values = self.solve(work, rtol)
        cost = 1e3 * (time.process_time() - begun) / patients
        judged = min(patients, self.work.cases)
        found = errors(values[:, :judged], self.answer[:, :judged], work.floor)
        share = np.quantile(found, [0.5, 0.95, 1.0], method="nearest")
        return {"cpu_ms": cost, **dict(zip(("error_median", "error_p95", "error_max"), map(float, share), strict=True)),
                "lost": int(np.isinf(found).sum())}  # fmt: skip

    def weekly(self, patients: int, workers: int = 1, rounds: int = 3) -> dict:
        """The same at the default tolerance with five states a week kept, as in a large cohort, and peak memory [MB]."""
        os.environ["SIMSOLID_WORKERS"] = str(workers)
        work, spent = self.work.tiled(patients), []
        keep = {"times": np.arange(work.times[0], work.times[-1], WEEK), "outputs": work.traced.states[:SEEN]}
        for _ in range(rounds):
            wall, cpu = time.perf_counter(), time.process_time()
            solution = work.solve(DEFAULT, self.tool.ours, **keep)
            spent.append((time.process_time() - cpu, time.perf_counter() - wall))
            if solution.status.any():
                raise RuntimeError(f"{np.count_nonzero(solution.status)} of {patients} patients failed")
        cpu, wall = (1e3 * float(each) / patients for each in np.median(spent, axis=0))
        return {"cpu_ms": cpu, "wall_ms": wall, "peak_mb": peak()}


def peak() -> float:
    """Most memory that this process has held [MB]."""
    status = Path("/proc/self/status")
    if status.exists():  # on Linux ru_maxrss begins with what the parent held
        (line,) = [line for line in status.read_text().splitlines() if line.startswith("VmHWM")]
        return int(line.split()[1]) / 1e3
    # in kilobytes, on macOS in bytes
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)


def _serve(pipe, *given):
    session = Session(*given)
    while request := pipe.recv():
        question, details = request
        try:
            pipe.send(getattr(session, question)(**details))
        except Missing as fault:
            pipe.send({"missing": str(fault)})


class Worker:
    """A process for one tool and one problem, ended on leaving.

    Parameters
    ----------
    tool, problem : texts
        Keys of TOOLS and WORKS.
    cases : [1], one
        Patients that are drawn.
    answer : path
        Reference, states by cases by times.
    cache : path
        Where machine code is kept; an empty folder makes a cold start.
    recycle : truth
        Keep freed memory in the process.
    """

    def __init__(self, tool: str, problem: str, cases: int, answer: Path | None, cache: Path, recycle: bool = True):
        os.environ.update(ONE_THREAD, SIMSOLID_CACHE=str(cache), **(RECYCLE if recycle else {}))
        for name in () if recycle else RECYCLE:
            os.environ.pop(name, None)
        context = multiprocessing.get_context("spawn")
        self.pipe, far = context.Pipe()
        self.process = context.Process(target=_serve, args=(far, tool, problem, cases, answer, time.time()), daemon=True)
        self.process.start()
        far.close()

    def ask(self, question: str, **details) -> dict:
        """Put a question; a process that died says so in its answer."""
        try:
            self.pipe.send((question, details))
            return self.pipe.recv()
        except (EOFError, OSError):
            self.process.join()
            return {"missing": f"its process ended with code {self.process.exitcode}"}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with suppress(OSError):  # it may have ended by itself
            self.pipe.send(None)
        self.process.join()
