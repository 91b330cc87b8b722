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
    """Some states of all lanes part of the way through their steps."""
    code = LaneCode(plan, lanes, "between", ", ptr noalias %reads, i64 %count")
    _read(code, code.read("share"), "%reads", "%count", code.get, 0, 1)
    return code.text()


def _read(code, share, reads, count, get, first, apart):
    """States at shares of a step; ``get`` finds what is known of a state, from a first place on and so far apart."""
    rest = code.op("fsub", code.splat(1.0), share)
    known = [code.region(name) for name in ("x", "end")] + [code.region("bend", r * code.states) for r in range(3)]
    # Addresses are made before the loop: nothing moves them out of it later.
    x, end, *bends = [code.at(pointer, first) for pointer in known] if apart > 1 else known
    between = code.region("between")
    with code.loop(count) as i:
        k = code.get(reads, i, "i64")
        at = code.new(f"mul i64 {k}, {apart}") if apart > 1 else k
        found = get(bends[2], at)
        for bend in (bends[1], bends[0]):
            found = code.fused(found, share, get(bend, at))
        found = code.fused(found, rest, get(end, at))
        before = get(x, at)
        # In this form a state that does not change stays the same to the last bit.
        code.put(code.fused(share, code.op("fsub", found, before), before), between, k)


def _results(code):
    """Where outputs and signals are put: the end of the memory whose size the model fixes."""
    return code.region("between", code.states)


def show(plan, lanes):
    """Write the outputs of one lane on the days that its step passed: as many days side by side as there are lanes."""
    code = LaneCode(plan, lanes, "show", ", i64 %lane")

    def get(pointer, place):
        return code.spread(code.get(pointer, place, "double"))

    _give(code, get)
    reads, read_count = code.slot("output_reads"), code.slot("output_read_count")
    t, h, until = (code.spread(code.lane(name, "%lane")) for name in ("t", "long", "until"))
    with code.repeat() as done:
        shown = code.lane("shown", "%lane", "i64")
        days = code.get_loose(code.at(code.slot("times"), shown))
        count = code.count(code.compare("olt", days, until))
        code.leave(done, unless=code.new(f"icmp sgt i64 {count}, 0"))
        share = code.op("fdiv", code.op("fsub", days, t), h)
        code.write(days, "at")
        _read(code, share, reads, read_count, get, "%lane", lanes)
        code.run(code.slot("outputs"), "at", "between", _results(code), p="given")
        _store(code, shown, count)
        code.put_lane(code.new(f"add i64 {shown}, {count}"), "shown", "%lane", "i64")
    return code.text()


def _give(code, get):
    """The parameters that outputs read, one patient's in all lanes."""
    given, of_lane, copy = code.slot("output_given"), code.at(code.region("p"), "%lane"), code.region("given")
    with code.loop(code.slot("output_given_count")) as i:
        k = code.get(given, i, "i64")
        code.put(get(of_lane, code.new(f"mul i64 {k}, {code.lanes}")), copy, k)


def _store(code, shown, count):
    """Write days from one on, a row for each target, in eight bytes a value or in four.

    Where the row goes on far enough a whole vector is written: what lies beyond the count is written again when its day comes,
    or struck out when the patient fails.
    """
    times, case = code.slot("time_count"), code.get(code.slot("case"), code.lane("column", "%lane", "i64"), "i64")
    stride = code.new(f"mul i64 {times}, {code.slot('case_count')}")
    first = code.new(f"add i64 {code.new(f'mul i64 {case}, {times}')}, {shown}")
    fits = code.new(f"icmp sle i64 {code.new(f'add i64 {shown}, {code.lanes}')}, {times}")
    single = code.new(f"icmp ne i64 {code.slot('single')}, 0")
    whole = code.new(f"xor i1 {fits}, true")
    for kind, is_kind in (("float", single), ("double", code.new(f"xor i1 {single}, true"))):
        for put, is_put in ((_put_vector, fits), (_put_each, whole)):
            with code.when(code.new(f"and i1 {is_kind}, {is_put}"), "store"):
                values, targets, results = code.slot("values"), code.slot("target_count"), _results(code)
                with code.loop(targets) as target:
                    place = code.new(f"add i64 {code.new(f'mul i64 {target}, {stride}')}, {first}")
                    put(code, results, target, code.at(values, place, kind), kind, count)


def _put_vector(code, results, target, pointer, kind, count):
    code.put_loose(_narrowed(code, code.get(results, target), code.vector, kind), pointer, kind)


def _put_each(code, results, target, pointer, kind, count):
    with code.loop(count) as day:
        place = code.new(f"add i64 {code.new(f'mul i64 {target}, {code.lanes}')}, {day}")
        code.put(_narrowed(code, code.get(results, place, "double"), "double", kind), pointer, day, kind)


def _narrowed(code, value, wide, kind):
    return value if kind == "double" else code.new(f"fptrunc {wide} {value} to {wide.replace('double', 'float')}")


def hear(plan, lanes):
    """Mark the lanes in which a sign changes within the step."""
    code = LaneCode(plan, lanes, "hear")
    code.write("zeroinitializer", "flip", code.whole)
    t, h = code.read("t"), code.read("long")
    limit = code.op("fdiv", code.op("fsub", code.spread(code.slot("last_day")), t), h)
    limit = code.select(code.compare("olt", limit, code.splat(1.0)), limit, code.splat(1.0))
    code.line("call void @bends(ptr %slots, ptr %space)")
    at = code.at("%space", code.slot("signs_at"), code.vector)
    reads, count = code.slot("signal_reads"), code.slot("signal_read_count")
    for part in SHARES:
        share = code.op("fmul", limit, code.splat(part))
        code.write(share, "share")
        code.write(code.fused(share, h, t), "at")
        code.line(f"call void @between(ptr %slots, ptr %space, ptr {reads}, i64 {count})")
        code.run(code.slot("signals"), "at", "between", _results(code))
        with code.loop(code.slot("sign_count")) as i:
            value = code.get(_results(code), code.get(code.slot("sign_row"), i, "i64"))
            first = code.new(f"mul i64 {i}, 2")
            beyond = code.fused(value, code.get(at, first), code.get(at, code.new(f"add i64 {first}, 1")))
            changed = code.compare("ogt", beyond, "zeroinitializer")
            before = code.mask("flip")
            code.note(code.both("or", changed, before), "flip")
    return code.text()
