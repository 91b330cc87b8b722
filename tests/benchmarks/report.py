"""Tables, figure and verdicts from what was measured."""

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

from simsolid.engines import jit
from tests.benchmarks.measure import Results
from tests.benchmarks.tools import LLVM, TOOLS, Extent
from tests.benchmarks.worker import DEFAULT

RESULTS = Path(__file__).parent / "results"
LEVELS = (1e-3, 2e-5, 2e-6)
KINDS = {"error_median": "median", "error_p95": "95th percentile"}
TITLES = {"16": "16 states, two infusions, 365 days", "house": "house model, 3 lesions: 59 states, two infusions, 372 days"}
PACKAGES = ("numpy", "scipy", "llvmlite", "numba", "numbalsoda", "libroadrunner", "jax", "diffrax")
PAPER, INK = "white", "black"


def machine() -> str:
    """What the numbers were measured on; no names of hosts or people."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), model)
    cores = sum(line.startswith("processor") for line in lines)
    packages = [f"{name} {found}" for name in PACKAGES if (found := _version(name))]
    vectors = f"vectors of {jit.lanes()} doubles" if jit.available() else "no machine code"
    busy = f", load average {os.getloadavg()[0]:.1f} at the end" if hasattr(os, "getloadavg") else ""
    tools = ", ".join([f"Python {platform.python_version()}", *packages])
    return f"{model}, {cores or 'unknown number of'} cores, {vectors}, {tools}{busy}"


def _version(package):
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def at_error(rows: list[dict], level: float, kind: str = "error_median") -> float:
    """CPU milliseconds of one tool at an error, log-log interpolated; NaN outside of what was measured."""
    mine = sorted((row[kind], row["cpu_ms"]) for row in rows if 0.0 < row[kind] < np.inf)
    if not mine or not mine[0][0] <= level <= mine[-1][0]:
        return np.nan
    x, y = np.log(np.array(mine)).T
    return float(np.exp(np.interp(np.log(level), x, y)))


def costs(results: Results, problem: str, kind: str) -> dict[str, list[float]]:
    """CPU milliseconds at the levels of error, by tool."""
    mine = [row for row in results.sweep if row["problem"] == problem]
    names = dict.fromkeys(row["tool"] for row in mine)
    return {name: [at_error([row for row in mine if row["tool"] == name], level, kind) for level in LEVELS] for name in names}


def best_peer(found: dict[str, list[float]]) -> list[tuple[float, str]]:
    """Cheapest foreign tool and its cost at each level."""
    peers = {name: row for name, row in found.items() if not TOOLS[name].ours}
    return [min(((row[i], name) for name, row in peers.items() if row[i] == row[i]), default=(np.nan, "none"))
            for i in range(len(LEVELS))]  # fmt: skip


def table(heads: list[str], rows: list[list[str]]) -> list[str]:
    """Markdown."""
    return ["| " + " | ".join(heads) + " |", "|---" * len(heads) + "|", *("| " + " | ".join(row) + " |" for row in rows), ""]


def _equal_error(results, problem):
    found = {kind: costs(results, problem, kind) for kind in KINDS}
    heads = ["tool", *(f"{word} {level:.0e}" for word in KINDS.values() for level in LEVELS)]
    ours = {kind: found[kind].get(LLVM, [np.nan] * len(LEVELS)) for kind in KINDS}
    rows = [[name, *(_cost(*pair) for kind in KINDS for pair in zip(found[kind][name], ours[kind], strict=True))]
            for name in found["error_median"]]  # fmt: skip
    return table(heads, rows)


def _cost(cost, ours):
    if cost != cost:
        return "not reached"
    return f"{cost:.3g}" + (f" ({cost / ours:.1f}x)" if ours == ours and cost != ours else "")


def _starts(results):
    rows = [[row["problem"], row["tool"], row["cache"], f"{row['s']:.2f}", f"{row['cpu_s']:.2f}", f"{row['whole_s']:.2f}"]
            for row in results.cold]  # fmt: skip
    return table(["problem", "tool", "cache of compiled code", "s", "CPU s", "whole process, s"], rows)


def _crowds(results):
    rows = [[row["problem"], row["tool"], row["kept"], f"{row['patients']:,}", f"{row['cpu_ms']:.3g}",
             f"{row['peak_mb']:.0f}" if "peak_mb" in row else ""] for row in results.crowds]  # fmt: skip
    return table(["problem", "tool", "kept", "patients", "CPU ms per patient", "peak memory, MB"], rows)


def _defaults(results):
    rows = [[row["problem"], row["tool"], *(f"{row[key]:.1e}" for key in (*KINDS, "error_max")), f"{row['cpu_ms']:.3g}"]
            for row in results.sweep if row["rtol"] == DEFAULT]  # fmt: skip
    return table(["problem", "tool", "median", "95th percentile", "largest", "CPU ms per patient"], rows)


def _threads(results):
    rows = [[row["problem"], f"{row['patients']:,}", str(row["workers"]), f"{row['wall_ms']:.3g}", f"{row['cpu_ms']:.3g}"]
            for row in results.threads]  # fmt: skip
    return table(["problem", "patients", "threads", "ms per patient", "CPU ms per patient"], rows)


def text(results: Results, verdicts: list[list[str]], wins: list[str], extent: Extent) -> str:
    """The report."""
    lines = ["# Engines beside other solvers", "", f"Machine: {machine()}.", ""]
    lines += [_HOW.format(cases=extent.cases, default=f"{DEFAULT:.0e}"), "", "## Claims", ""]
    lines += table(["claim", "problem", "wanted", "measured", "met"], verdicts)
    lines += ["## Where a peer wins", "", *wins]
    for problem, title in TITLES.items():
        lines += [f"## CPU ms per patient at equal error: {title}", "", "In brackets: how many times ours in machine code.", ""]
        lines += _equal_error(results, problem)
    lines += [f"## Error at rtol {DEFAULT:.0e}", "", *_defaults(results), "## Start to first patient", "", *_starts(results)]
    lines += ["## Number of patients", "", *_crowds(results), "## Threads", "", *_threads(results)]
    lines += ["## References", "", *(f"- {check}." for check in results.checks), "", "## Not measured", ""]
    absent = [f"- {row['problem']}, {row['tool']}: {row['missing']}." for row in results.missing]
    absent += [f"- {row['problem']}, {row['tool']} gave up {row['lost']} of the patients judged at rtol {row['rtol']:.0e}."
               for row in results.sweep if row["lost"]]  # fmt: skip
    lines += absent or ["Nothing is missing."]
    return "\n".join(lines) + "\n"


_HOW = """\
Every tool solves the same equations, printed from the traced model, for the same {cases} patients (slow tools: the first of \
them, see engines.csv; ours: the same in turn up to the number stated) and keeps all states daily. Error: the largest \
|y - reference| / (|reference| + scale) over states and days of a patient; absolute tolerances are rtol times the same scale. \
Cost: CPU time of one thread, median of the rounds in which the tools take turns, freed memory kept by the process; peers start \
anew at each dose. Start: from the problem at hand to the first patient at rtol {default}, with imports and compilation of the \
tool, in a fresh process; ours has to trace the model too; diffrax starts with its whole batch. The last column counts from the \
launch of Python, with reading parameters and drawing patients. Jacobians by differences in SciPy, numbalsoda and \
libroadrunner, by JAX in diffrax, from the trace in ours."""


def figure(results: Results, path: Path) -> None:
    """Work against precision, readable without colours: ours thick, each tool with a mark and a dash of its own."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    drawing, panels = plt.subplots(1, len(TITLES), figsize=(11, 6), layout="constrained")
    for axes, (problem, title) in zip(panels, TITLES.items(), strict=True):
        for name, style in zip(TOOLS, _styles(), strict=False):
            mine = [row for row in results.sweep if (row["problem"], row["tool"]) == (problem, name)]
            if not mine:
                continue
            axes.plot([row["error_median"] for row in mine], [row["cpu_ms"] for row in mine], label=name, **style)
        axes.set(xscale="log", yscale="log", xlabel="median error over patients [1]", ylabel="CPU time per patient [ms]")
        axes.invert_xaxis()
        axes.grid(alpha=0.3)
        axes.set_title(title, fontsize=10)
    drawing.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", frameon=False, fontsize=8, ncols=4)
    drawing.savefig(path, dpi=150)


def _styles():
    """Ours in black and thick, the others in four greys with marks and dashes."""
    yield from ({"color": INK, "linewidth": 2.6, "marker": "o"},
                {"color": INK, "linewidth": 2.6, "marker": "o", "markerfacecolor": PAPER, "linestyle": "--"})  # fmt: skip
    marks, dashes, greys = "s^vDP*X<>", ("-", "--", ":"), ("0.25", "0.4", "0.55")
    for i, mark in enumerate(marks):
        yield {"color": greys[i % 3], "linewidth": 1.2, "marker": mark, "markersize": 5, "linestyle": dashes[i // 3]}
