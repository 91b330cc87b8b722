"""Print the loop that takes patients through boring steps: those at whose end nothing has to be decided.

A *leg* carries one patient from where it stands to its next interesting step: one that reaches a stop or the last day, in which
a watched sign changes, or which failed. Boring steps are taken, written down and forgotten here; the interesting one is left
as it is, tried and not yet taken, for the engine to judge. Each lane takes the next patient from the queue when its own has
ended its leg. Nothing in one lane depends on the others.

Source: steinebach2023 (the step, see `simsolid.engines.tableau`).
"""

import math
from dataclasses import dataclass
from functools import cached_property

from simsolid.engines import tableau
from simsolid.engines.control import GROW, SAFETY, SHRINK
from simsolid.engines.ir import KINDS, Code, arguments, function, number
from simsolid.engines.irmath import functions
from simsolid.engines.occasions import SHARES
from simsolid.engines.plan import Plan

# What the engine hands over, eight bytes each: numbers, and addresses of arrays with one record per column, or one for all.
NUMBERS = (
    "next", "count", "halt", "patience",  # the queue, when to stop, and after how many steps to come back though nothing happened
    "output_read_count", "time_count", "case_count", "target_count", "single",  # single: values of four bytes
    "signal_read_count", "sign_count", "signs_at",
)  # fmt: skip
DOUBLES = ("rtol", "last_day", "largest_inverse")
ADDRESSES = (
    "queue", "case", "t", "h", "stop", "error", "doubtful", "steps", "rejected", "refused", "shown", "x", "p", "q", "u", "end",
    "atol", "outputs", "output_reads", "times", "values", "signals", "signal_reads", "sign_row", "sign_scale", "sign_level",
)  # fmt: skip
SLOTS = (*NUMBERS, *DOUBLES, *ADDRESSES)
_TYPES = dict.fromkeys(NUMBERS, "i64") | dict.fromkeys(DOUBLES, "double") | dict.fromkeys(ADDRESSES, "ptr")


@dataclass(frozen=True)
class Workspace:
    """Where each quantity of a group of lanes lies, in vectors from the beginning."""

    plan: Plan

    @cached_property
    def places(self) -> dict[str, int]:
        """Beginning of each quantity."""
        found, place = {}, 0
        for name, size in self.sizes.items():
            found[name] = place
            place += size
        return found

    @property
    def fixed(self) -> int:
        """Vectors before the results of outputs and signals, and the signs of each lane."""
        return sum(self.sizes.values())

    @property
    def sizes(self) -> dict[str, int]:
        """Vectors of each quantity."""
        plan, states = self.plan, len(self.plan.states)
        lane = dict.fromkeys(("t", "h", "stop", "to_stop", "long", "g", "per_h", "at", "share", "sum", "most", "error", "moved",
                              "next_h", "column", "shown", "tried", "leave", "due", "flip", "rejected"), 1)  # fmt: skip
        return lane | {
            "x": states, "p": len(plan.parameters), "q": len(plan.known), "w": len(plan.factor.targets), "b": states,
            "u": tableau.STAGES * states, "stage": states, "end": states, "bend": 3 * states, "between": states,
        }  # fmt: skip


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
    leg = _Leg(plan, lanes)
    parts = [functions(lanes), *(function(name, program, lanes) for name, program in programs.items())]
    parts += [leg.admit(), leg.release(), leg.step(), leg.bends(), leg.between(), leg.show(), leg.hear()]
    parts += [leg.control(), leg.leg()]
    return "\n\n".join(parts)


class _Leg:
    """Printer of the functions of a leg; each takes the slots and the workspace."""

    def __init__(self, plan, lanes):
        self.plan, self.lanes, self.places = plan, lanes, Workspace(plan).places
        self.states = len(plan.states)

    def _code(self, name, more="", linkage="internal"):
        given = arguments(["slots", "space"]) + more
        return Code(f"define {linkage} void @{name}({given}) noinline nounwind", self.lanes)

    def _slot(self, code, name):
        return code.new(f"load {_TYPES[name]}, ptr {self._address(code, name)}, align 8")

    def _address(self, code, name):
        return code.at("%slots", SLOTS.index(name), "i64")

    def _region(self, code, name, more=0):
        return code.at("%space", self.places[name] + more, code.vector)

    def _get(self, code, name, kind=None):
        return code.get(self._region(code, name), 0, kind)

    def _put(self, code, value, name, kind=None):
        code.put(value, self._region(code, name), 0, kind)

    def _lane(self, code, name, lane, kind="double"):
        """A number of one lane."""
        return code.get(self._region(code, name), lane, kind)

    def _put_lane(self, code, value, name, lane, kind="double"):
        code.put(value, self._region(code, name), lane, kind)

    def _masks(self, code, *names):
        """Truths kept as whole numbers, for the vector of lanes."""
        return [code.new(f"icmp ne {code.whole} {self._get(code, name, code.whole)}, zeroinitializer") for name in names]

    def _note(self, code, mask, name):
        self._put(code, code.new(f"zext <{self.lanes} x i1> {mask} to {code.whole}"), name, code.whole)

    def _any(self, code, mask):
        bits = code.new(f"bitcast <{self.lanes} x i1> {mask} to i{self.lanes}")
        return code.new(f"icmp ne i{self.lanes} {bits}, 0")

    def _both(self, code, op, a, b):
        return code.new(f"{op} <{self.lanes} x i1> {a}, {b}")

    def _not(self, code, mask):
        return code.new(f"xor <{self.lanes} x i1> {mask}, splat (i1 true)")

    def _spread(self, code, number):
        first = code.new(f"insertelement {code.vector} poison, double {number}, i64 0")
        return code.new(f"shufflevector {code.vector} {first}, {code.vector} poison, <{self.lanes} x i32> zeroinitializer")

    def admit(self):
        """Seat the next patient of the queue in a lane; none is column -1."""
        code = self._code("admit", ", i64 %lane")
        # Monotonic order is enough: the queue itself was written before any thread began.
        next_ = code.new(f"atomicrmw add ptr {self._address(code, 'next')}, i64 1 monotonic")
        self._put_lane(code, "-1", "column", "%lane", "i64")
        self._put_lane(code, "0", "leave", "%lane", "i64")
        halt = code.new(f"load atomic i64, ptr {self._address(code, 'halt')} monotonic, align 8")
        left = code.new(f"icmp slt i64 {next_}, {self._slot(code, 'count')}")
        going = code.new(f"and i1 {left}, {code.new(f'icmp eq i64 {halt}, 0')}")
        with code.when(going, "seat"):
            column = code.get(self._slot(code, "queue"), next_, "i64")
            self._put_lane(code, column, "column", "%lane", "i64")
            for name in ("t", "h", "stop"):
                self._put_lane(code, code.get(self._slot(code, name), column, "double"), name, "%lane")
            self._put_lane(code, code.get(self._slot(code, "shown"), column, "i64"), "shown", "%lane", "i64")
            for name in ("tried", "rejected"):
                self._put_lane(code, "0", name, "%lane", "i64")
            for name in ("x", "p", "q"):
                self._move(code, name, column, into=True)
            self._signs(code, column)
        return code.text()

    def _move(self, code, name, column, into):
        """Copy a lane's numbers from or to the record of its column."""
        size = Workspace(self.plan).sizes[name]
        record = code.at(self._slot(code, name), code.new(f"mul i64 {column}, {size}"))
        region = self._region(code, name)
        with code.loop(size) as k:
            place = code.new(f"add i64 {code.new(f'mul i64 {k}, {self.lanes}')}, %lane")
            if into:
                code.put(code.get(record, k, "double"), region, place, "double")
            else:
                code.put(code.get(region, place, "double"), record, k, "double")

    def _signs(self, code, column):
        """Each sign as scale and level of its signal: above zero where it has changed sides."""
        count = self._slot(code, "sign_count")
        at = code.at("%space", self._slot(code, "signs_at"), code.vector)
        for name, half in (("sign_scale", 0), ("sign_level", 1)):
            record = code.at(self._slot(code, name), code.new(f"mul i64 {column}, {count}"))
            with code.loop(count) as k:
                vector = code.new(f"add i64 {code.new(f'mul i64 {k}, 2')}, {half}")
                place = code.new(f"add i64 {code.new(f'mul i64 {vector}, {self.lanes}')}, %lane")
                code.put(code.get(record, k, "double"), at, place, "double")

    def release(self):
        """Write a lane back as it stands: before its last step, with that step's stages, end and error."""
        code = self._code("release", ", i64 %lane")
        column = self._lane(code, "column", "%lane", "i64")
        for name, region in (("t", "t"), ("h", "long"), ("error", "error")):
            code.put(self._lane(code, region, "%lane"), self._slot(code, name), column, "double")
        code.put(self._lane(code, "most", "%lane"), self._slot(code, "doubtful"), column, "double")
        code.put(self._lane(code, "shown", "%lane", "i64"), self._slot(code, "shown"), column, "i64")
        case = code.get(self._slot(code, "case"), column, "i64")
        for name, region in (("steps", "tried"), ("rejected", "rejected")):
            array, more = self._slot(code, name), self._lane(code, region, "%lane", "i64")
            code.put(code.new(f"add i64 {code.get(array, case, 'i64')}, {more}"), array, case, "i64")
        tried = code.new(f"icmp ne i64 {self._lane(code, 'tried', '%lane', 'i64')}, 0")
        with code.when(tried, "refused"):  # a boring step was finite
            code.put("0", self._slot(code, "refused"), column, "i64")
        for name in ("x", "u", "end"):
            self._move(code, name, column, into=False)
        return code.text()

    def step(self):
        """Try one step in all lanes: stages, end, error, and how large the inverse pivots are."""
        code = self._code("step", ", double %rtol, ptr noalias %atol")
        t, h = self._get(code, "t"), self._get(code, "long")
        g = code.op("fdiv", code.splat(1.0), code.op("fmul", h, code.splat(tableau.GAMMA)))
        per_h = code.op("fdiv", code.splat(1.0), h)
        self._put(code, g, "g")
        self._call(code, "factor", "t", "x", "w")
        for i in range(tableau.STAGES):
            self._stage(code, i, t, h, per_h)
        self._measure(code, g)
        return code.text()

    def _call(self, code, name, t, x, out, more=0):
        given = {kind: self._region(code, kind) for kind in KINDS} | {"t": self._region(code, t), "x": self._region(code, x)}
        pointers = [*given.values(), self._region(code, out, more)]
        code.line(f"call void @{name}({', '.join(f'ptr {p}' for p in pointers)})")

    def _stage(self, code, i, t, h, per_h):
        if i:
            self._start_of_stage(code, i)
        self._put(code, code.fused(h, code.splat(tableau.TIMES[i]), t), "at")
        self._call(code, "rates", "at", "stage" if i else "x", "b")
        u, b = self._region(code, "u"), self._region(code, "b")
        if i:
            with code.loop(self.states) as k:
                history = self._weighted(code, tableau.C[i, :i], u, k)
                code.put(code.fused(history, per_h, code.get(b, k)), b, k)
        if tableau.TIME_WEIGHTS[i]:
            first = len(self.plan.factor.targets) - len(self.plan.moving)
            for place, row in enumerate(self.plan.moving):
                slope = code.get(self._region(code, "w", first + place))
                weight = code.op("fmul", h, code.splat(tableau.TIME_WEIGHTS[i]))
                code.put(code.fused(weight, slope, code.get(b, row)), b, row)
        self._call(code, "solve", "t", "x", "u", i * self.states)

    def _start_of_stage(self, code, i):
        u, stage, x = (self._region(code, name) for name in ("u", "stage", "x"))
        with code.loop(self.states) as k:
            if i > 5:
                found = code.op("fadd", code.get(stage, k), self._at_stage(code, u, i - 1, k))
            else:
                found = code.op("fadd", self._weighted(code, tableau.A[i, :i], u, k), code.get(x, k))
            code.put(found, stage, k)

    def _at_stage(self, code, u, j, k):
        return code.get(u, code.new(f"add i64 {k}, {j * self.states}"))

    def _weighted(self, code, weights, u, k):
        found = None
        for j, weight in enumerate(weights):
            value = self._at_stage(code, u, j, k)
            weight = code.splat(weight)
            found = code.fused(value, weight, found) if found else code.op("fmul", value, weight)
        return found

    def _measure(self, code, g):
        """The state at the end, the error in units of what is tolerated, and the largest inverse pivot in units of h."""
        x, u, stage, end, w = (self._region(code, name) for name in ("x", "u", "stage", "end", "w"))
        for name in ("sum", "most"):
            self._put(code, "zeroinitializer", name)
        with code.loop(self.states) as k:
            rest = self._at_stage(code, u, tableau.STAGES - 1, k)
            after = code.op("fadd", code.get(stage, k), rest)
            code.put(after, end, k)
            sizes = [self._size(code, value) for value in (code.get(x, k), after)]
            size = code.select(code.compare("ogt", *sizes), *sizes)
            level = self._spread(code, code.get("%atol", k, "double"))
            ratio = code.op("fdiv", rest, code.fused(size, self._spread(code, "%rtol"), level))
            self._put(code, code.fused(ratio, ratio, self._get(code, "sum")), "sum")
            pivot = self._size(code, code.get(w, k))
            most = self._get(code, "most")
            self._put(code, code.select(code.compare("ugt", pivot, most), pivot, most), "most")
        mean = code.op("fmul", self._get(code, "sum"), code.splat(1.0 / self.states))
        self._put(code, code.call("vsqrt", mean), "error")
        scaled = code.op("fmul", self._get(code, "most"), g)
        doubtful = code.compare("uge", scaled, self._spread(code, self._slot(code, "largest_inverse")))
        self._put(code, code.select(doubtful, code.splat(1.0), "zeroinitializer"), "most")

    def _size(self, code, value):
        return code.new(f"call {code.vector} @llvm.fabs.v{self.lanes}f64({code.vector} {value})")

    def bends(self):
        """The three weighted sums of stages from which the solution between two steps is read."""
        code = self._code("bends")
        u, bend = self._region(code, "u"), self._region(code, "bend")
        with code.loop(self.states) as k:
            for r, weights in enumerate(tableau.H):
                code.put(self._weighted(code, weights, u, k), bend, code.new(f"add i64 {k}, {r * self.states}"))
        return code.text()

    def between(self):
        """Some states part of the way through the step, and the time there."""
        code = self._code("between", ", ptr noalias %reads, i64 %count")
        share = self._get(code, "share")
        rest = code.op("fsub", code.splat(1.0), share)
        x, end, bend, between = (self._region(code, name) for name in ("x", "end", "bend", "between"))
        with code.loop("%count") as i:
            k = code.get("%reads", i, "i64")
            found = code.get(bend, code.new(f"add i64 {k}, {2 * self.states}"))
            for r in (1, 0):
                found = code.fused(found, share, code.get(bend, code.new(f"add i64 {k}, {r * self.states}")))
            found = code.fused(found, rest, code.get(end, k))
            found = code.fused(found, share, code.op("fmul", rest, code.get(x, k)))
            code.put(found, between, k)
        return code.text()

    def _between(self, code, which):
        given = f"ptr {self._slot(code, f'{which}_reads')}, i64 {self._slot(code, f'{which}_read_count')}"
        code.line(f"call void @between(ptr %slots, ptr %space, {given})")
        pointers = [self._region(code, {"t": "at", "x": "between"}.get(kind, kind)) for kind in KINDS]
        pointers.append(self._region(code, "between", self.states))
        code.line(f"call void {self._slot(code, which + 's')}({', '.join(f'ptr {p}' for p in pointers)})")
        return pointers[-1]

    def show(self):
        """Write the outputs on days that the step passed, in the lanes marked as due."""
        code = self._code("show")
        with code.loop(self.lanes) as lane:
            self._put_lane(code, "0.0", "share", lane)
            due = code.new(f"icmp ne i64 {self._lane(code, 'due', lane, 'i64')}, 0")
            with code.when(due):
                day = code.get(self._slot(code, "times"), self._lane(code, "shown", lane, "i64"), "double")
                self._put_lane(code, day, "at", lane)
                since = code.new(f"fsub double {day}, {self._lane(code, 't', lane)}")
                share = code.new(f"fdiv double {since}, {self._lane(code, 'long', lane)}")
                self._put_lane(code, share, "share", lane)
        results = self._between(code, "output")
        times, cases = self._slot(code, "time_count"), self._slot(code, "case_count")
        with code.loop(self.lanes) as lane:
            due = code.new(f"icmp ne i64 {self._lane(code, 'due', lane, 'i64')}, 0")
            with code.when(due):
                shown = self._lane(code, "shown", lane, "i64")
                case = code.get(self._slot(code, "case"), self._lane(code, "column", lane, "i64"), "i64")
                with code.loop(self._slot(code, "target_count")) as target:
                    row = code.new(f"add i64 {code.new(f'mul i64 {target}, {cases}')}, {case}")
                    place = code.new(f"add i64 {code.new(f'mul i64 {row}, {times}')}, {shown}")
                    at = code.new(f"add i64 {code.new(f'mul i64 {target}, {self.lanes}')}, {lane}")
                    self._store_value(code, code.get(results, at, "double"), place)
                self._put_lane(code, code.new(f"add i64 {shown}, 1"), "shown", lane, "i64")
        return code.text()

    def _store_value(self, code, value, place):
        values = self._slot(code, "values")
        with code.when(code.new(f"icmp eq i64 {self._slot(code, 'single')}, 0"), "whole"):
            code.put(value, values, place, "double")
        with code.when(code.new(f"icmp ne i64 {self._slot(code, 'single')}, 0"), "single"):
            code.put(code.new(f"fptrunc double {value} to float"), values, place, "float")

    def hear(self):
        """Mark the lanes in which a sign changes within the step."""
        code = self._code("hear")
        self._put(code, "zeroinitializer", "flip", code.whole)
        t, h = self._get(code, "t"), self._get(code, "long")
        limit = code.op("fdiv", code.op("fsub", self._spread(code, self._slot(code, "last_day")), t), h)
        limit = code.select(code.compare("olt", limit, code.splat(1.0)), limit, code.splat(1.0))
        code.line("call void @bends(ptr %slots, ptr %space)")
        at = code.at("%space", self._slot(code, "signs_at"), code.vector)
        for part in SHARES:
            share = code.op("fmul", limit, code.splat(part))
            self._put(code, share, "share")
            self._put(code, code.fused(share, h, t), "at")
            results = self._between(code, "signal")
            with code.loop(self._slot(code, "sign_count")) as i:
                value = code.get(results, code.get(self._slot(code, "sign_row"), i, "i64"))
                first = code.new(f"mul i64 {i}, 2")
                beyond = code.fused(value, code.get(at, first), code.get(at, code.new(f"add i64 {first}, 1")))
                changed = code.compare("ogt", beyond, "zeroinitializer")
                (before,) = self._masks(code, "flip")
                self._note(code, self._both(code, "or", changed, before), "flip")
        return code.text()

    def control(self):
        """Length of the next step."""
        code = self._code("control")
        error = self._get(code, "error")
        low = code.select(code.compare("ogt", error, code.splat(1e-10)), error, code.splat(1e-10))
        safe = code.select(code.compare("olt", error, code.splat(1e10)), low, code.splat(1e10))
        factor = code.op("fmul", code.splat(SAFETY), code.call("vpow", safe, code.splat(-1.0 / tableau.ORDER)))
        factor = code.select(code.compare("ogt", factor, code.splat(SHRINK)), factor, code.splat(SHRINK))
        factor = code.select(code.compare("olt", factor, code.splat(GROW)), factor, code.splat(GROW))
        self._put(code, code.op("fmul", self._get(code, "long"), factor), "next_h")
        return code.text()

    def leg(self):
        """The loop over steps, until no lane has a patient left."""
        code = self._code("leg", linkage="")
        with code.loop(self.lanes) as lane:
            self._put_lane(code, "0.0", "t", lane)
            self._put_lane(code, "1.0", "h", lane)
            self._put_lane(code, number(math.inf), "stop", lane)
            code.line(f"call void @admit(ptr %slots, ptr %space, i64 {lane})")
        again, done = code.label("again"), code.label("done")
        code.jump(again)
        code.begin(again)
        busy = code.new(f"icmp sge {code.whole} {self._get(code, 'column', code.whole)}, zeroinitializer")
        with code.when(self._any(code, busy), "work"):
            self._one_step(code, busy)
            code.jump(again)
            code.begin(code.label("unreached"))
        code.jump(done)
        code.begin(done)
        return code.text()

    def _one_step(self, code, busy):
        h, t, stop = (self._get(code, name) for name in ("h", "t", "stop"))
        to_stop = code.op("fsub", stop, t)
        last = code.compare("oge", h, to_stop)
        half = code.op("fmul", to_stop, code.splat(0.5))
        shorter = code.select(code.compare("olt", h, half), h, half)
        long = code.select(last, to_stop, shorter)
        self._put(code, long, "long")
        rtol = self._slot(code, "rtol")
        code.line(f"call void @step(ptr %slots, ptr %space, double {rtol}, ptr {self._slot(code, 'atol')})")
        moved = code.select(last, stop, code.op("fadd", t, long))
        self._put(code, moved, "moved")
        error = self._get(code, "error")
        accepted = self._both(code, "and", busy, code.compare("ole", error, code.splat(1.0)))
        self._listen(code, accepted)
        code.line("call void @control(ptr %slots, ptr %space)")
        leave = self._leaving(code, last, moved, error, accepted)
        stay = self._both(code, "and", busy, self._not(code, leave))
        self._take(code, self._both(code, "and", stay, accepted), stay, moved)
        self._note(code, self._both(code, "and", busy, leave), "leave")
        (leaving,) = self._masks(code, "leave")
        with code.when(self._any(code, leaving), "leave"), code.loop(self.lanes) as lane:
            gone = code.new(f"icmp ne i64 {self._lane(code, 'leave', lane, 'i64')}, 0")
            with code.when(gone):
                code.line(f"call void @release(ptr %slots, ptr %space, i64 {lane})")
                code.line(f"call void @admit(ptr %slots, ptr %space, i64 {lane})")

    def _listen(self, code, accepted):
        """Look for changes of signs where a step was accepted and anybody listens."""
        self._put(code, "zeroinitializer", "flip", code.whole)
        some = code.new(f"icmp sgt i64 {self._slot(code, 'sign_count')}, 0")
        with code.when(code.new(f"and i1 {some}, {self._any(code, accepted)}"), "listen"):
            code.line("call void @hear(ptr %slots, ptr %space)")

    def _leaving(self, code, last, moved, error, accepted):
        """Lanes whose step is for the engine to judge."""
        (flip,) = self._masks(code, "flip")
        over = code.compare("oge", moved, self._spread(code, self._slot(code, "last_day")))
        ends = self._both(code, "and", accepted, self._both(code, "or", self._both(code, "or", last, flip), over))
        wrong = code.compare("uge", error, code.splat(math.inf))
        doubtful = code.compare("une", self._get(code, "most"), "zeroinitializer")
        here = code.select(accepted, moved, self._get(code, "t"))
        bits = code.new(f"bitcast {code.vector} {self._size(code, here)} to {code.whole}")
        above = code.new(f"bitcast {code.whole} {code.new(f'add {code.whole} {bits}, splat (i64 1)')} to {code.vector}")
        least = code.op("fmul", code.op("fsub", above, self._size(code, here)), code.splat(4.0))
        short = code.compare("olt", self._get(code, "next_h"), least)
        tired = self._tired(code)
        for more in (wrong, doubtful, short, tired):
            ends = self._both(code, "or", ends, more)
        return ends

    def _tired(self, code):
        """Lanes that have tried as many steps in a row as the engine has patience for."""
        tried = code.new(f"add {code.whole} {self._get(code, 'tried', code.whole)}, splat (i64 1)")
        patience = self._slot(code, "patience")
        first = code.new(f"insertelement {code.whole} poison, i64 {patience}, i64 0")
        limit = code.new(f"shufflevector {code.whole} {first}, {code.whole} poison, <{self.lanes} x i32> zeroinitializer")
        return code.new(f"icmp sge {code.whole} {tried}, {limit}")

    def _take(self, code, taken, stay, moved):
        """Write down and take boring steps; a refused one is tried again, shorter."""
        with code.when(self._any(code, taken), "taken"):
            self._due(code, taken, moved)
            with code.loop(self.states) as k:
                x, end = self._region(code, "x"), self._region(code, "end")
                code.put(code.select(taken, code.get(end, k), code.get(x, k)), x, k)
        self._put(code, code.select(taken, moved, self._get(code, "t")), "t")
        self._put(code, code.select(stay, self._get(code, "next_h"), self._get(code, "h")), "h")
        refused = self._both(code, "and", stay, self._not(code, taken))
        for mask, name in ((stay, "tried"), (refused, "rejected")):
            more = code.new(f"zext <{self.lanes} x i1> {mask} to {code.whole}")
            self._put(code, code.new(f"add {code.whole} {self._get(code, name, code.whole)}, {more}"), name, code.whole)

    def _due(self, code, taken, moved):
        """Show day after day while any lane has passed one."""
        code.line("call void @bends(ptr %slots, ptr %space)")
        self._note(code, taken, "flip")  # free until the next step
        again, done = code.label("again"), code.label("done")
        code.jump(again)
        code.begin(again)
        with code.loop(self.lanes) as lane:
            self._put_lane(code, "0", "due", lane, "i64")
            shown = self._lane(code, "shown", lane, "i64")
            left = code.new(f"icmp slt i64 {shown}, {self._slot(code, 'time_count')}")
            here = code.new(f"icmp ne i64 {self._lane(code, 'flip', lane, 'i64')}, 0")
            with code.when(code.new(f"and i1 {left}, {here}")):
                day = code.get(self._slot(code, "times"), shown, "double")
                passed = code.new(f"fcmp ole double {day}, {self._lane(code, 'moved', lane)}")
                self._put_lane(code, code.new(f"zext i1 {passed} to i64"), "due", lane, "i64")
        (due,) = self._masks(code, "due")
        with code.when(self._any(code, due), "show"):
            code.line("call void @show(ptr %slots, ptr %space)")
            code.jump(again)
            code.begin(code.label("unreached"))
        code.jump(done)
        code.begin(done)
