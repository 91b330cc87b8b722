"""Print one step of the method for a group of lanes, and how far it is off.

Source: steinebach2023.
"""

from simsolid.engines import tableau
from simsolid.engines.space import LaneCode


def step(plan, lanes):
    """Try one step in all lanes: stages, end, error, and how large the inverse pivots are."""
    code = LaneCode(plan, lanes, "step", ", double %rtol, ptr noalias %atol")
    t, h = code.read("t"), code.read("long")
    g = code.op("fdiv", code.splat(1.0), code.op("fmul", h, code.splat(tableau.GAMMA)))
    per_h = code.op("fdiv", code.splat(1.0), h)
    code.write(g, "g")
    code.run("@factor", "t", "x", code.region("w"))
    for i in range(tableau.STAGES):
        _stage(code, i, t, h, per_h)
    _measure(code, g)
    return code.text()


def _stage(code, i, t, h, per_h):
    if i:
        _start_of_stage(code, i, per_h)
    code.write(code.fused(h, code.splat(tableau.TIMES[i]), t), "at")
    code.run("@rates", "at", "stage" if i else "x", code.region("b"))
    b, history = code.region("b"), code.region("history")
    if i:
        with code.loop(code.states) as k:
            code.put(code.op("fadd", code.get(history, k), code.get(b, k)), b, k)
    if tableau.TIME_WEIGHTS[i]:
        first = len(code.plan.factor.targets) - len(code.plan.moving)
        weight = code.op("fmul", h, code.splat(tableau.TIME_WEIGHTS[i]))
        for place, row in enumerate(code.plan.moving):
            slope = code.get(code.region("w", first + place))
            code.put(code.fused(weight, slope, code.get(b, row)), b, row)
    code.run("@solve", "t", "x", code.region("u", i * code.states))


def _start_of_stage(code, i, per_h):
    """Where the stage begins, and what earlier stages add to its right-hand side, from one look at each of them."""
    u, stage, x, history = (code.region(name) for name in ("u", "stage", "x", "history"))
    with code.loop(code.states) as k:
        before = [at_stage(code, u, j, k) for j in range(i)]
        if i > 5:
            code.put(code.op("fadd", code.get(stage, k), before[-1]), stage, k)
        else:
            code.put(weighted(code, tableau.A[i, :i], before, code.get(x, k)), stage, k)
        code.put(code.op("fmul", weighted(code, tableau.C[i, :i], before), per_h), history, k)


def at_stage(code, u, j, k):
    """State ``k`` of a stage."""
    return code.get(u, code.new(f"add i64 {k}, {j * code.states}"))


def weighted(code, weights, values, found=None):
    """Sum values by weight, upon what was found before."""
    for weight, value in zip(weights, values, strict=True):
        weight = code.splat(weight)
        found = code.fused(value, weight, found) if found else code.op("fmul", value, weight)
    return found


def _measure(code, g):
    """The state at the end, the largest error in units of what is tolerated, and the largest inverse pivot in units of h."""
    x, u, stage, end, w = (code.region(name) for name in ("x", "u", "stage", "end", "w"))
    rtol, worst, wrong, most = code.spread("%rtol"), *3 * ("zeroinitializer",)
    for k in range(code.states):  # written out, so that what is gathered stays in registers
        rest = at_stage(code, u, tableau.STAGES - 1, k)
        after = code.op("fadd", code.get(stage, k), rest)
        code.put(after, end, k)
        sizes = [code.size(value) for value in (code.get(x, k), after)]
        size = code.select(code.compare("ogt", *sizes), *sizes)
        level = code.spread(code.get("%atol", k, "double"))
        ratio = code.op("fdiv", rest, code.fused(size, rtol, level))
        far = code.size(ratio)
        worst = code.select(code.compare("ogt", far, worst), far, worst)
        wrong = code.fused(ratio, code.splat(0.0), wrong)  # a maximum would forget what is not a number; this sum does not
        pivot = code.size(code.get(w, k))
        most = code.select(code.compare("ugt", pivot, most), pivot, most)
    code.write(code.op("fadd", worst, wrong), "error")
    limit = code.spread(code.slot("largest_inverse"))
    doubtful = code.compare("uge", code.op("fmul", most, g), limit)
    code.write(code.select(doubtful, code.splat(1.0), "zeroinitializer"), "doubtful")
