"""Where a peer wins, and why: told from the same rows as the claims."""

from tests.benchmarks.measure import Results
from tests.benchmarks.report import KINDS, LEVELS, costs
from tests.benchmarks.tools import LLVM, NUMPY, PROBLEMS, TOOLS

WHY = """\
LSODA changes its order, up to 5 where the problem is stiff and up to 12 where it is not; our method has order 5 throughout, so \
the lead shrinks as the error wanted gets smaller. The NumPy engine pays for each call of NumPy, whatever the number of \
patients: for a few patients plain loops are ahead of it. An explicit method (diffrax Tsit5) costs nearly the same at any \
tolerance, because stability, not accuracy, sets its steps."""


def wins(results: Results) -> list[str]:
    """Lines of the report: every measured place in which a foreign tool is ahead of one of ours."""
    pairs = [(problem, name) for problem in PROBLEMS for name in (LLVM, NUMPY)]
    found = [line for pair in pairs for told in (_costs, _starts) for line in told(results, *pair)]
    return [*(found or ["- Nowhere in what was measured here."]), "", WHY, ""]


def _costs(results, problem, name):
    for kind, word in KINDS.items():
        found = costs(results, problem, kind)
        for i, level in enumerate(LEVELS):
            ours = found.get(name, [float("nan")] * len(LEVELS))[i]
            for peer, row in found.items():
                if not TOOLS[peer].ours and row[i] < ours:
                    yield f"- {problem}, {word} error {level:.0e}: {peer} {row[i]:.3g} CPU ms per patient, {name} {ours:.3g}."


def _starts(results, problem, name):
    rows = [row for row in results.cold if row["problem"] == problem and row["cache"] != "kept"]
    ours = [row["s"] for row in rows if row["tool"] == name]
    for row in rows:
        if ours and not TOOLS[row["tool"]].ours and row["s"] < ours[0]:
            yield f"- {problem}, first patient from a cold start: {row['tool']} {row['s']:.2f} s, {name} {ours[0]:.2f} s."
