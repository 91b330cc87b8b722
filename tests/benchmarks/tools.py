"""Who is measured, on how many patients and at which tolerances."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from tests.benchmarks import peers
from tests.benchmarks.work import Work

Solve = Callable[[Work, float], np.ndarray]
FINE, COARSE = (1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8), (1e-3, 1e-5, 1e-7)


@dataclass(frozen=True)
class Tool:
    """One tool: ``prepare`` takes a problem and returns the function that solves it.

    Pairs are for the 16 states and for the house model; slow tools get fewer patients and one round. ``ours`` names an engine
    of ours. A tool ``at_once`` compiles anew for each number of patients, so it starts cold with all of its own.
    """

    prepare: Callable[[Work], Solve]
    patients: tuple[int, int]
    tolerances: tuple[tuple[float, ...], tuple[float, ...]] = (FINE, FINE)
    rounds: tuple[int, int] = (3, 3)
    ours: str = ""
    at_once: bool = False
    quick: bool = False


def _ours(engine: str, work: Work) -> Solve:
    return lambda work, rtol: work.solve(rtol, engine).values


def _peer(make: Callable[[Work], peers.Leg], work: Work) -> Solve:
    leg = make(work)
    return lambda work, rtol: peers.follow(leg, work, rtol)


def _foreign(make: Callable, *patients: int, **more) -> Tool:
    return Tool(partial(_peer, make), patients, **more)


def _ivp(method: str) -> Callable:
    return partial(peers.solve_ivp_compiled, method=method)


LLVM, NUMPY = "simsolid, machine code", "simsolid, NumPy"
TOOLS = {
    LLVM: Tool(partial(_ours, "llvm"), (4096, 2048), ours="llvm", quick=True),
    NUMPY: Tool(
        partial(_ours, "numpy"), (4096, 4096), (FINE[:-1], (1e-3, 1e-4, 1e-5, 1e-6, 3e-7)), (3, 1), ours="numpy", quick=True
    ),
    "numbalsoda": _foreign(peers.numbalsoda, 100, 100, quick=True),
    "libroadrunner": _foreign(peers.roadrunner, 100, 50, quick=True),
    "SciPy odeint, Numba rates": _foreign(peers.odeint_compiled, 100, 50, quick=True),
    "SciPy LSODA, Numba rates": _foreign(_ivp("LSODA"), 50, 20, rounds=(1, 1)),
    "SciPy BDF, Numba rates": _foreign(_ivp("BDF"), 10, 10, rounds=(1, 1)),
    "SciPy Radau, Numba rates": _foreign(_ivp("Radau"), 10, 10, rounds=(1, 1)),
    "SciPy LSODA, plain Python": _foreign(peers.solve_ivp_plain, 20, 5, tolerances=(COARSE, COARSE), rounds=(1, 1)),
    "diffrax Tsit5, vmap": _foreign(partial(peers.diffrax, method="Tsit5"), 50, 20, rounds=(1, 1), at_once=True),
    "diffrax Kvaerno5, vmap": _foreign(
        partial(peers.diffrax, method="Kvaerno5"), 20, 10, tolerances=(COARSE, COARSE[:-1]), rounds=(1, 1), at_once=True
    ),
}  # fmt: skip
PROBLEMS = ("16", "house")


@dataclass(frozen=True)
class Extent:
    """How much is measured."""

    cases: int = 100  # patients drawn
    checked: int = 20  # of them, those in whom the reference is computed twice
    ours: int = 4096  # at most
    peers: int = 100  # at most
    rounds: int = 3  # at most
    numbers: tuple[int, ...] = (1, 10, 100, 1000, 10_000, 100_000)
    threads: int = 4096  # patients shared by two threads
    quick: bool = False

    def tools(self) -> list[str]:
        return [name for name, tool in TOOLS.items() if tool.quick or not self.quick]

    def of(self, name: str, problem: str) -> tuple[int, tuple[float, ...], int]:
        """Patients, tolerances and rounds of a tool."""
        tool, place = TOOLS[name], PROBLEMS.index(problem)
        most = self.ours if tool.ours else self.peers
        tolerances = COARSE if self.quick else tool.tolerances[place]
        return min(tool.patients[place], most), tolerances, min(tool.rounds[place], self.rounds)

    def crowds(self, name: str, problem: str) -> list[int]:
        """Numbers of patients to try; NumPy takes minutes for the largest, and a quick run has no time for the house model."""
        limit = {("numpy", "16"): 10_000, ("numpy", "house"): 1 if self.quick else 1000}.get((TOOLS[name].ours, problem), np.inf)
        return [number for number in self.numbers if number <= limit]


FULL = Extent()
QUICK = Extent(cases=8, checked=0, ours=128, peers=8, rounds=1, numbers=(1, 1000), threads=512, quick=True)
