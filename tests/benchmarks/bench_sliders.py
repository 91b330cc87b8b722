"""Measure how long sliders take to redraw: every control of every ready figure moved to places it has not been before.

Run ``python -m tests.benchmarks.bench_sliders`` from the checkout, with ipywidgets installed. A redraw is everything from the
moved control to the PNG that the browser is sent, in seconds of the clock; the browser's own part is not in it. Compiling comes
with the first figure and is told apart. Writes sliders.md to tests/benchmarks/results.
"""

import time

import numpy as np

from simsolid import lesson
from simsolid.lesson.ready import READY
from tests.benchmarks.report import RESULTS, machine

# Longest redraw [s] that feels like moving something, and of whom the figure is.
ASKED = {lesson.one_patient: (0.3, "one patient, 180 days, 5 scans"),
         lesson.pseudo_progression: (1.0, "200 patients, 126 days, 6 schedules of scans"),
         lesson.crs_risk: (1.0, "40 patients at 5 doses, 28 days")}  # fmt: skip
PLACES = 5  # of each control


def places(control):
    """Values spread over a control's range, or its choices."""
    if isinstance(control, list):
        return control
    low, high = control[:2]
    spread = np.geomspace if low > 0 and high / low >= 100 else np.linspace
    inner = spread(low, high, PLACES + 2)[1:-1]
    return [type(low)(value) for value in inner] if isinstance(low, int) else inner.tolist()


def redrawn(draw):
    """Seconds to the first figure, and of every redraw by control."""
    begun = time.perf_counter()
    moved = lesson.sliders(draw)
    first, taken = time.perf_counter() - begun, {}
    for name, control in READY[draw].items():
        for value in places(control):
            if value != moved.start[name]:
                moved._drawn({**moved.start, name: value})
                taken.setdefault(name, []).append(moved.seconds)
    return first, taken


def main():
    lines = ["# How long sliders take to redraw", "", f"Machine: {machine()}.", ""]
    lines += ["| figure | of | first [s] | median [s] | slowest [s] | asked [s] |", "|---|---|---:|---:|---:|---:|"]
    slow, by_control = [], ["", "Medians by control [s]:", ""]
    for draw, (asked, whom) in ASKED.items():
        first, taken = redrawn(draw)
        every = np.concatenate(list(taken.values()))
        lines.append(f"| `{draw.__name__}` | {whom} | {first:.1f} | {np.median(every):.2f} | {every.max():.2f} | {asked:g} |")
        medians = ", ".join(f"{name} {np.median(seconds):.2f}" for name, seconds in taken.items())
        by_control.append(f"- `{draw.__name__}`: {medians}")
        slow += [f"{draw.__name__}, {name}" for name, seconds in taken.items() if np.median(seconds) > asked]
    text = "\n".join([*lines, *by_control]) + "\n"
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "sliders.md").write_text(text, encoding="utf-8")
    print(text)
    if slow:
        raise SystemExit(f"claims not met: the median redraw takes longer than asked: {'; '.join(slow)}")


if __name__ == "__main__":
    main()
