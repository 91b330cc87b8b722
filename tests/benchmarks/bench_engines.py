"""Measure CPU time per patient against measured error, ours and other solvers', on 16 states over 365 days with daily records.

Run ``python -m tests.benchmarks.bench_engines`` from the checkout (``--quick`` for a first look). Writes a table, the raw
numbers and a figure to tests/benchmarks/results. Equal tolerance is not equal error, so tools are compared at equal error:
log-log interpolation of the median over patients of the largest |y - reference| / (|reference| + floor) over states and days.
"""

import argparse
import os
import platform
import time
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from tests.benchmarks.peers import PEERS, reference
from tests.cart_problem import cart

RESULTS = Path(__file__).parent / "results"
OURS = "simsolid, NumPy"
TOLERANCES = {OURS: [3e-4, 1e-4, 1e-5, 1e-6, 1e-7], "": [1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8]}
ERRORS = [1e-3, 1e-4, 1e-5, 1e-6]
CLAIMS = {"SciPy odeint LSODA, Numba rates": 1.0, "SciPy solve_ivp LSODA, Numba rates": 1.0, "SciPy solve_ivp LSODA": 10.0}


def errors(values, answer, floor):
    """Largest error of each patient; a tool that gives up on a patient is infinitely wrong there."""
    size = (np.abs(values - answer) / (np.abs(answer) + floor[:, None, None])).max(axis=(0, 2))
    return np.where(np.isnan(size), np.inf, size)


def measure_ours(problem, traced, rtol, answer):
    """CPU seconds per patient, and the errors of the first patients."""
    begun = time.process_time()
    found = problem.solve(rtol, traced=traced)
    cost = (time.process_time() - begun) / problem.start.shape[1]
    assert not found.status.any()
    return cost, errors(found.values[:, : answer.shape[1]], answer, problem.floor)


def measure_peer(solve, problem, rtol, answer):
    """The same for another tool, patient after patient."""
    count = answer.shape[1]
    begun = time.process_time()
    values = np.stack([solve(problem, case, rtol) for case in range(count)], axis=1)
    cost = (time.process_time() - begun) / count
    return cost, errors(values, answer, problem.floor)


def sweep(cases, peers_on, rounds):
    """All tools at all tolerances, in rounds so that a busy spell of the machine hits all alike."""
    problem = cart(cases)
    traced = problem.traced()
    answer = reference(problem, peers_on)
    tools = {OURS: lambda rtol: measure_ours(problem, traced, rtol, answer)}
    for name, solve in PEERS.items():
        if name != "numbalsoda" or find_spec("numbalsoda"):
            solve(problem, 0, 1e-3)
            tools[name] = lambda rtol, solve=solve: measure_peer(solve, problem, rtol, answer)
    measure_ours(cart(64), traced, 1e-3, answer[:, :64])
    found = {}
    for _ in range(rounds):
        for name, tool in tools.items():
            for rtol in TOLERANCES.get(name, TOLERANCES[""]):
                found.setdefault((name, rtol), []).append(tool(rtol))
    return [
        {
            "tool": name, "rtol": rtol, "cpu_ms_per_patient": 1e3 * float(np.median([cost for cost, _ in runs])),
            "error_median": float(np.median(runs[0][1])), "error_p95": float(np.quantile(runs[0][1], 0.95)),
        }
        for (name, rtol), runs in found.items()
    ]  # fmt: skip


def by_number(traced, rounds, rtol=1e-5, numbers=(1, 10, 100, 1000, 10_000)):
    """Cost of our engine by number of patients."""
    found = []
    for number in numbers:
        problem = cart(number)
        costs = []
        for _ in range(rounds):
            begun = time.process_time()
            problem.solve(rtol, traced=traced)
            costs.append((time.process_time() - begun) / number)
        found.append((number, 1e3 * float(np.median(costs))))
    return found


def at_error(rows, name, error):
    """CPU milliseconds of a tool at a median error, NaN outside of what was measured."""
    mine = sorted((row["error_median"], row["cpu_ms_per_patient"]) for row in rows if row["tool"] == name)
    x, y = np.log(np.array(mine)).T
    inside = x[0] <= np.log(error) <= x[-1]
    return float(np.exp(np.interp(np.log(error), x, y))) if inside else np.nan


def machine():
    """What the numbers were measured on; no names of hosts or people."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), model)
    cores = sum(line.startswith("processor") for line in lines)
    packages = [f"{p} {version(p)}" for p in ("numpy", "scipy", "numba", "numbalsoda") if find_spec(p)]
    features = np._core._multiarray_umath.__cpu_features__ if hasattr(np, "_core") else {}
    widest = next((f for f in ("AVX512_SKX", "AVX2", "ASIMD") if features.get(f)), "no wide vectors known")
    busy = f", load average {os.getloadavg()[0]:.1f} at the end" if hasattr(os, "getloadavg") else ""
    tools = ", ".join([f"Python {platform.python_version()}", *packages])
    return f"{model}, {cores or 'unknown number of'} cores, {widest}, {tools}{busy}"


def report(rows, numbers, cases, peers_on, rounds):
    """Text of the table."""
    names = list(dict.fromkeys(row["tool"] for row in rows))
    lines = [
        "# Engines on the 16-state benchmark", "", f"Machine: {machine()}.", "",
        f"CPU time of one thread per patient, median of {rounds} interleaved rounds; {cases} patients for ours, the first "
        f"{peers_on} of them for the others and for all errors. Reference: DOP853 at 1e-12.", "",
        "| tool | rtol | CPU ms per patient | median error | 95th percentile |", "|---|---|---|---|---|",
    ]  # fmt: skip
    for row in rows:
        numbers_text = f"{row['cpu_ms_per_patient']:.3g} | {row['error_median']:.1e} | {row['error_p95']:.1e}"
        lines.append(f"| {row['tool']} | {row['rtol']:.0e} | {numbers_text} |")
    lines += ["", "CPU ms per patient at equal median error (interpolated):", ""]
    lines += ["| tool | " + " | ".join(f"{e:.0e}" for e in ERRORS) + " |", "|---" * (len(ERRORS) + 1) + "|"]
    lines += [f"| {name} | " + " | ".join(f"{at_error(rows, name, e):.3g}" for e in ERRORS) + " |" for name in names]
    lines += ["", "Times faster than each at equal median error:", ""]
    lines += ["| tool | " + " | ".join(f"{e:.0e}" for e in ERRORS) + " | claimed at least |", "|---" * (len(ERRORS) + 2) + "|"]
    for name in names[1:]:
        ratios = [at_error(rows, name, e) / at_error(rows, OURS, e) for e in ERRORS]
        lines.append(f"| {name} | " + " | ".join(f"{r:.1f}" for r in ratios) + f" | {CLAIMS.get(name, '')} |")
    lines += ["", "Ours by number of patients, rtol 1e-5:", "", "| patients | CPU ms per patient |", "|---|---|"]
    lines += [f"| {number} | {cost:.3g} |" for number, cost in numbers]
    return "\n".join(lines) + "\n"


def figure(rows, path):
    """Work against precision."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    drawing, axes = plt.subplots(figsize=(6.5, 4.5), layout="constrained")
    for name in dict.fromkeys(row["tool"] for row in rows):
        mine = [row for row in rows if row["tool"] == name]
        style = {"linewidth": 2.5, "marker": "o"} if name == OURS else {"linewidth": 1.2, "marker": "s", "markersize": 4}
        axes.plot([r["error_median"] for r in mine], [r["cpu_ms_per_patient"] for r in mine], label=name, **style)
    axes.set(xscale="log", yscale="log", xlabel="median error over patients [1]", ylabel="CPU time per patient [ms]")
    axes.invert_xaxis()
    axes.grid(alpha=0.3, which="both")
    axes.legend(frameon=False, fontsize=8, loc="upper center", bbox_to_anchor=(0.5, -0.15), ncols=2)
    axes.set_title("Cost of accuracy: 16 states, 365 daily records", fontsize=10)
    drawing.savefig(path, dpi=150)


def main():
    """Measure, write, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer patients, one round; nothing is written")
    quick = parser.parse_args().quick
    cases, peers_on, rounds = (512, 8, 1) if quick else (4096, 100, 3)
    rows = sweep(cases, peers_on, rounds)
    numbers = by_number(cart(1).traced(), rounds, numbers=(1, 100) if quick else (1, 10, 100, 1000, 10_000))
    text = report(rows, numbers, cases, peers_on, rounds)
    print(text)
    if not quick:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / "engines.md").write_text(text)
        heads = list(rows[0])
        lines = [",".join(heads), *(",".join(f"{row[h]:.6g}" if h != "tool" else f'"{row[h]}"' for h in heads) for row in rows)]
        (RESULTS / "engines.csv").write_text("\n".join(lines) + "\n")
        figure(rows, RESULTS / "engines.png")


if __name__ == "__main__":
    main()
