"""Print how the solution is read between two steps: outputs on the days that were passed, and signs that change.

Source: steinebach2023.
"""

from simsolid.engines import tableau
from simsolid.engines.legstep import at_stage, weighted
from simsolid.engines.occasions import SHARES
from simsolid.engines.space import LaneCode


def bends(plan, lanes):
    """The three weighted sums of stages from which the solution between two steps is read."""
    code = LaneCode(plan, lanes, "bends")
    u, bend = code.region("u"), code.region("bend")
    with code.loop(code.states) as k:
        stages = [at_stage(code, u, j, k) for j in range(tableau.STAGES)]
        for r, weights in enumerate(tableau.H):
            code.put(weighted(code, weights, stages), bend, code.new(f"add i64 {k}, {r * code.states}"))
    return code.text()


def between(plan, lanes):
    """Some states part of the way through the step, and the time there."""
    code = LaneCode(plan, lanes, "between", ", ptr noalias %reads, i64 %count")
    share = code.read("share")
    rest = code.op("fsub", code.splat(1.0), share)
    x, end, bend, between = (code.region(name) for name in ("x", "end", "bend", "between"))
    with code.loop("%count") as i:
        k = code.get("%reads", i, "i64")
        found = code.get(bend, code.new(f"add i64 {k}, {2 * code.states}"))
        for r in (1, 0):
            found = code.fused(found, share, code.get(bend, code.new(f"add i64 {k}, {r * code.states}")))
        found = code.fused(found, rest, code.get(end, k))
        before = code.get(x, k)
        # In this form a state that does not change stays the same to the last bit.
        code.put(code.fused(share, code.op("fsub", found, before), before), between, k)
    return code.text()


def _between(code, which):
    given = f"ptr {code.slot(f'{which}_reads')}, i64 {code.slot(f'{which}_read_count')}"
    code.line(f"call void @between(ptr %slots, ptr %space, {given})")
    results = code.region("between", code.states)  # the end of the memory whose size the model fixes
    code.run(code.slot(which + "s"), "at", "between", results)
    return results


def show(plan, lanes):
    """Write the outputs on days that the step passed, in the lanes marked as due."""
    code = LaneCode(plan, lanes, "show")
    with code.loop(code.lanes) as lane:
        code.put_lane("0.0", "share", lane)
        due = code.new(f"icmp ne i64 {code.lane('due', lane, 'i64')}, 0")
        with code.when(due):
            day = code.get(code.slot("times"), code.lane("shown", lane, "i64"), "double")
            code.put_lane(day, "at", lane)
            since = code.new(f"fsub double {day}, {code.lane('t', lane)}")
            share = code.new(f"fdiv double {since}, {code.lane('long', lane)}")
            code.put_lane(share, "share", lane)
    results = _between(code, "output")
    times, cases = code.slot("time_count"), code.slot("case_count")
    with code.loop(code.lanes) as lane:
        due = code.new(f"icmp ne i64 {code.lane('due', lane, 'i64')}, 0")
        with code.when(due):
            shown = code.lane("shown", lane, "i64")
            case = code.get(code.slot("case"), code.lane("column", lane, "i64"), "i64")
            with code.loop(code.slot("target_count")) as target:
                row = code.new(f"add i64 {code.new(f'mul i64 {target}, {cases}')}, {case}")
                place = code.new(f"add i64 {code.new(f'mul i64 {row}, {times}')}, {shown}")
                at = code.new(f"add i64 {code.new(f'mul i64 {target}, {code.lanes}')}, {lane}")
                _store_value(code, code.get(results, at, "double"), place)
            code.put_lane(code.new(f"add i64 {shown}, 1"), "shown", lane, "i64")
    return code.text()


def _store_value(code, value, place):
    """Write a value in eight bytes or in four."""
    values = code.slot("values")
    with code.when(code.new(f"icmp eq i64 {code.slot('single')}, 0"), "whole"):
        code.put(value, values, place, "double")
    with code.when(code.new(f"icmp ne i64 {code.slot('single')}, 0"), "single"):
        code.put(code.new(f"fptrunc double {value} to float"), values, place, "float")


def hear(plan, lanes):
    """Mark the lanes in which a sign changes within the step."""
    code = LaneCode(plan, lanes, "hear")
    code.write("zeroinitializer", "flip", code.whole)
    t, h = code.read("t"), code.read("long")
    limit = code.op("fdiv", code.op("fsub", code.spread(code.slot("last_day")), t), h)
    limit = code.select(code.compare("olt", limit, code.splat(1.0)), limit, code.splat(1.0))
    code.line("call void @bends(ptr %slots, ptr %space)")
    at = code.at("%space", code.slot("signs_at"), code.vector)
    for part in SHARES:
        share = code.op("fmul", limit, code.splat(part))
        code.write(share, "share")
        code.write(code.fused(share, h, t), "at")
        results = _between(code, "signal")
        with code.loop(code.slot("sign_count")) as i:
            value = code.get(results, code.get(code.slot("sign_row"), i, "i64"))
            first = code.new(f"mul i64 {i}, 2")
            beyond = code.fused(value, code.get(at, first), code.get(at, code.new(f"add i64 {first}, 1")))
            changed = code.compare("ogt", beyond, "zeroinitializer")
            before = code.mask("flip")
            code.note(code.both("or", changed, before), "flip")
    return code.text()
