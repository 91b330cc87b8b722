"""Print the loop that takes patients through boring steps: those at whose end nothing has to be decided.

A *leg* carries one patient from where it stands to its next interesting step: one that reaches a stop or the last day, in which
a watched sign changes, or which failed. Boring steps are taken, written down and forgotten here; the interesting one is left
as it is, tried and not yet taken, for the engine to judge. Each lane takes the next patient from the queue when its own has
ended its leg. Nothing in one lane depends on the others.

Source: steinebach2023 (the step, see `simsolid.engines.tableau`).
"""

import math

from simsolid.engines import tableau
from simsolid.engines.control import GROW, SAFETY, SHRINK
from simsolid.engines.ir import number
from simsolid.engines.irmath import declared, power
from simsolid.engines.irprogram import function
from simsolid.engines.legread import bends, between, hear, show
from simsolid.engines.legstep import step
from simsolid.engines.plan import Plan
from simsolid.engines.space import LaneCode


def module(plan: Plan, lanes: int) -> str:
    """Print everything that depends on the model alone.

    Parameters
    ----------
    plan : Plan
        Programs of the model; its elimination must be written out.
    lanes : [1], one
        Patients side by side.

    Returns
    -------
    text
        A module with the function ``leg(slots, workspace)``.
    """
    programs = {"rates": plan.rates, "factor": plan.factor, "solve": plan.solve}
    parts = [declared(lanes), *(function(name, program, lanes) for name, program in programs.items())]
    parts += [part(plan, lanes) for part in (step, bends, between, show, hear, admit, release, control, leg)]
    return "\n\n".join(parts)


def admit(plan, lanes):
    """Seat the next patient of the queue in a lane; none is column -1."""
    code = LaneCode(plan, lanes, "admit", ", i64 %lane")
    # Monotonic order is enough: the queue itself was written before any thread began.
    next_ = code.new(f"atomicrmw add ptr {code.address('next')}, i64 1 monotonic")
    code.put_lane("-1", "column", "%lane", "i64")
    code.put_lane("0", "leave", "%lane", "i64")
    halt = code.new(f"load atomic i64, ptr {code.address('halt')} monotonic, align 8")
    left = code.new(f"icmp slt i64 {next_}, {code.slot('count')}")
    going = code.new(f"and i1 {left}, {code.new(f'icmp eq i64 {halt}, 0')}")
    with code.when(going, "seat"):
        column = code.get(code.slot("queue"), next_, "i64")
        code.put_lane(column, "column", "%lane", "i64")
        for name in ("t", "h", "stop"):
            code.put_lane(code.get(code.slot(name), column, "double"), name, "%lane")
        code.put_lane(code.get(code.slot("shown"), column, "i64"), "shown", "%lane", "i64")
        for name in ("tried", "rejected"):
            code.put_lane("0", name, "%lane", "i64")
        for name in ("x", "p", "q"):
            _move(code, name, column, into=True)
        _signs(code, column)
    return code.text()


def _move(code, name, column, into):
    """Copy a lane's numbers from or to the record of its column."""
    size = code.sizes[name]
    record = code.at(code.slot(name), code.new(f"mul i64 {column}, {size}"))
    region = code.region(name)
    with code.loop(size) as k:
        place = code.new(f"add i64 {code.new(f'mul i64 {k}, {code.lanes}')}, %lane")
        if into:
            code.put(code.get(record, k, "double"), region, place, "double")
        else:
            code.put(code.get(region, place, "double"), record, k, "double")


def _signs(code, column):
    """Each sign as scale and level of its signal: above zero where it has changed sides."""
    count = code.slot("sign_count")
    at = code.at("%space", code.slot("signs_at"), code.vector)
    for name, half in (("sign_scale", 0), ("sign_level", 1)):
        record = code.at(code.slot(name), code.new(f"mul i64 {column}, {count}"))
        with code.loop(count) as k:
            vector = code.new(f"add i64 {code.new(f'mul i64 {k}, 2')}, {half}")
            place = code.new(f"add i64 {code.new(f'mul i64 {vector}, {code.lanes}')}, %lane")
            code.put(code.get(record, k, "double"), at, place, "double")


def release(plan, lanes):
    """Write a lane back as it stands: before its last step, with that step's stages, end and error."""
    code = LaneCode(plan, lanes, "release", ", i64 %lane")
    column = code.lane("column", "%lane", "i64")
    for name, region in (("t", "t"), ("h", "long"), ("error", "error")):
        code.put(code.lane(region, "%lane"), code.slot(name), column, "double")
    code.put(code.lane("doubtful", "%lane"), code.slot("doubtful"), column, "double")
    code.put(code.lane("shown", "%lane", "i64"), code.slot("shown"), column, "i64")
    case = code.get(code.slot("case"), column, "i64")
    for name, region in (("steps", "tried"), ("rejected", "rejected")):
        array, more = code.slot(name), code.lane(region, "%lane", "i64")
        code.put(code.new(f"add i64 {code.get(array, case, 'i64')}, {more}"), array, case, "i64")
    tried = code.new(f"icmp ne i64 {code.lane('tried', '%lane', 'i64')}, 0")
    with code.when(tried, "refused"):  # a boring step was finite
        code.put("0", code.slot("refused"), column, "i64")
    for name in ("x", "u", "end"):
        _move(code, name, column, into=False)
    return code.text()


def control(plan, lanes):
    """Length of the next step."""
    code = LaneCode(plan, lanes, "control")
    error = code.read("error")
    low = code.select(code.compare("ogt", error, code.splat(1e-10)), error, code.splat(1e-10))
    safe = code.select(code.compare("olt", error, code.splat(1e10)), low, code.splat(1e10))
    factor = code.op("fmul", code.splat(SAFETY), power(code, safe, code.splat(-1.0 / tableau.ORDER)))
    factor = code.select(code.compare("ogt", factor, code.splat(SHRINK)), factor, code.splat(SHRINK))
    factor = code.select(code.compare("olt", factor, code.splat(GROW)), factor, code.splat(GROW))
    code.write(code.op("fmul", code.read("long"), factor), "next_h")
    return code.text()


def leg(plan, lanes):
    """The loop over steps, until no lane has a patient left."""
    code = LaneCode(plan, lanes, "leg", linkage="")
    with code.loop(code.lanes) as lane:
        code.put_lane("0.0", "t", lane)
        code.put_lane("1.0", "h", lane)
        code.put_lane(number(math.inf), "stop", lane)
        code.line(f"call void @admit(ptr %slots, ptr %space, i64 {lane})")
    with code.repeat() as done:
        busy = code.new(f"icmp sge {code.whole} {code.read('column', code.whole)}, zeroinitializer")
        code.leave(done, unless=code.any(busy))
        _one_step(code, busy)
    return code.text()


def _one_step(code, busy):
    h, t, stop = (code.read(name) for name in ("h", "t", "stop"))
    to_stop = code.op("fsub", stop, t)
    last = code.compare("oge", h, to_stop)
    half = code.op("fmul", to_stop, code.splat(0.5))
    shorter = code.select(code.compare("olt", h, half), h, half)
    long = code.select(last, to_stop, shorter)
    code.write(long, "long")
    rtol = code.slot("rtol")
    code.line(f"call void @step(ptr %slots, ptr %space, double {rtol}, ptr {code.slot('atol')})")
    moved = code.select(last, stop, code.op("fadd", t, long))
    code.write(moved, "moved")
    error = code.read("error")
    accepted = code.both("and", busy, code.compare("ole", error, code.splat(1.0)))
    _listen(code, accepted)
    code.line("call void @control(ptr %slots, ptr %space)")
    leave = _leaving(code, last, moved, error, accepted)
    _due(code, accepted)
    stay = code.both("and", busy, code.negated(leave))
    _take(code, code.both("and", stay, accepted), stay, moved)
    code.note(code.both("and", busy, leave), "leave")
    leaving = code.mask("leave")
    with code.when(code.any(leaving), "leave"), code.loop(code.lanes) as lane:
        gone = code.new(f"icmp ne i64 {code.lane('leave', lane, 'i64')}, 0")
        with code.when(gone):
            code.line(f"call void @release(ptr %slots, ptr %space, i64 {lane})")
            code.line(f"call void @admit(ptr %slots, ptr %space, i64 {lane})")


def _listen(code, accepted):
    """Look for changes of signs where a step was accepted and anybody listens."""
    code.write("zeroinitializer", "flip", code.whole)
    some = code.new(f"icmp sgt i64 {code.slot('sign_count')}, 0")
    with code.when(code.new(f"and i1 {some}, {code.any(accepted)}"), "listen"):
        code.line("call void @hear(ptr %slots, ptr %space)")


def _leaving(code, last, moved, error, accepted):
    """Lanes whose step is for the engine to judge."""
    flip = code.mask("flip")
    over = code.compare("oge", moved, code.spread(code.slot("last_day")))
    ends = code.both("and", accepted, code.both("or", code.both("or", last, flip), over))
    wrong = code.compare("uge", error, code.splat(math.inf))
    doubtful = code.compare("une", code.read("doubtful"), "zeroinitializer")
    here = code.select(accepted, moved, code.read("t"))
    bits = code.new(f"bitcast {code.vector} {code.size(here)} to {code.whole}")
    above = code.new(f"bitcast {code.whole} {code.new(f'add {code.whole} {bits}, splat (i64 1)')} to {code.vector}")
    least = code.op("fmul", code.op("fsub", above, code.size(here)), code.splat(4.0))
    short = code.compare("olt", code.read("next_h"), least)
    tired = _tired(code)
    for more in (wrong, doubtful, short, tired):
        ends = code.both("or", ends, more)
    return ends


def _tired(code):
    """Lanes that have tried as many steps in a row as the engine has patience for."""
    tried = code.new(f"add {code.whole} {code.read('tried', code.whole)}, splat (i64 1)")
    return code.new(f"icmp sge {code.whole} {tried}, {code.spread(code.slot('patience'), 'i64')}")


def _take(code, taken, stay, moved):
    """Take boring steps; a refused one is tried again, shorter."""
    with code.when(code.any(taken), "taken"), code.loop(code.states) as k:
        x, end = code.region("x"), code.region("end")
        code.put(code.select(taken, code.get(end, k), code.get(x, k)), x, k)
    code.write(code.select(taken, moved, code.read("t")), "t")
    code.write(code.select(stay, code.read("next_h"), code.read("h")), "h")
    refused = code.both("and", stay, code.negated(taken))
    for mask, name in ((stay, "tried"), (refused, "rejected")):
        more = code.new(f"zext <{code.lanes} x i1> {mask} to {code.whole}")
        code.write(code.new(f"add {code.whole} {code.read(name, code.whole)}, {more}"), name, code.whole)


def _due(code, accepted):
    """Show the days that good steps have passed, also where the end of the step is for the engine to judge.

    What the engine strikes out it strikes out from the step's beginning. Where a sign changed the step may end earlier, and the
    last day belongs to the final state: these days the engine shows itself.
    """
    sure = code.compare("oeq", code.read("doubtful"), "zeroinitializer")
    good = code.both("and", code.both("and", accepted, sure), code.negated(code.mask("flip")))
    code.note(good, "flip")  # free until the next step
    moved, end = code.read("moved"), code.spread(code.slot("last_day"))
    code.write(code.select(code.compare("olt", moved, end), moved, end), "until")
    with code.loop(code.lanes) as lane:
        _passed(code, lane)
    with code.when(code.any(code.mask("due")), "due"):
        code.line("call void @bends(ptr %slots, ptr %space)")
        with code.loop(code.lanes) as lane, code.when(code.new(f"icmp ne i64 {code.lane('due', lane, 'i64')}, 0")):
            code.line(f"call void @show(ptr %slots, ptr %space, i64 {lane})")


def _passed(code, lane):
    """Mark a lane that has passed the next day it is to show, to the very moment not; beyond the last is a day without end."""
    day = code.get(code.slot("times"), code.lane("shown", lane, "i64"), "double")
    passed = code.new(f"fcmp olt double {day}, {code.lane('until', lane)}")
    here = code.new(f"icmp ne i64 {code.lane('flip', lane, 'i64')}, 0")
    code.put_lane(code.new(f"zext i1 {code.new(f'and i1 {passed}, {here}')} to i64"), "due", lane, "i64")
