"""Where compiled code finds what it works on: the slots that the engine fills, and the memory of a group of lanes."""

from dataclasses import dataclass
from functools import cached_property

from simsolid.engines import tableau
from simsolid.engines.ir import Code
from simsolid.engines.irprogram import KINDS, arguments
from simsolid.engines.plan import Plan

# What the engine hands over, eight bytes each: numbers, and addresses of arrays with one record per column, or one for all.
NUMBERS = (
    "next", "count", "halt", "patience",  # the queue, when to stop, and after how many steps to come back though nothing happened
    "output_read_count", "output_given_count", "signal_read_count", "sign_count", "signs_at",
    "time_count", "case_count", "target_count", "single",  # single: values of four bytes
)  # fmt: skip
DOUBLES = ("rtol", "last_day", "largest_inverse")
ADDRESSES = (
    "queue", "case", "t", "h", "stop", "error", "doubtful", "steps", "rejected", "refused", "shown", "x", "p", "q", "u", "end",
    "atol", "outputs", "output_reads", "output_given", "times", "values", "signals", "signal_reads", "sign_row", "sign_scale",
    "sign_level",
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
        lane = dict.fromkeys(("t", "h", "stop", "long", "g", "at", "share", "doubtful", "error", "moved", "until",
                              "next_h", "column", "shown", "tried", "leave", "due", "flip", "rejected"), 1)  # fmt: skip
        return lane | {
            "x": states, "p": len(plan.parameters), "q": len(plan.known), "w": len(plan.factor.targets), "b": states,
            "history": states, "u": tableau.STAGES * states, "stage": states, "end": states, "bend": 3 * states,
            "given": len(plan.parameters), "between": states,
        }  # fmt: skip


class LaneCode(Code):
    """A function of the slots and the memory of a group of lanes, under construction.

    Parameters
    ----------
    plan : Plan
        Programs of the model.
    lanes : [1], one
        Patients side by side.
    name : text
        Of the function.
    more : text
        Further arguments.
    linkage : text
        Empty for a function that is called from outside.
    """

    def __init__(self, plan: Plan, lanes: int, name: str, more: str = "", linkage: str = "internal"):
        super().__init__(f"define {linkage} void @{name}({arguments(['slots', 'space'])}{more}) noinline nounwind", lanes)
        space = Workspace(plan)
        self.plan, self.places, self.sizes, self.states = plan, space.places, space.sizes, len(plan.states)

    def address(self, name: str) -> str:
        """Address of a slot.

        Parameters
        ----------
        name : text
            In :data:`SLOTS`.
        """
        return self.at("%slots", SLOTS.index(name), "i64")

    def slot(self, name: str) -> str:
        """What a slot holds.

        Parameters
        ----------
        name : text
            In :data:`SLOTS`.
        """
        return self.new(f"load {_TYPES[name]}, ptr {self.address(name)}, align 8")

    def region(self, name: str, more: int = 0) -> str:
        """Address of a quantity of the lanes.

        Parameters
        ----------
        name : text
            In :class:`Workspace`.
        more : [1], one
            Vectors further on.
        """
        return self.at("%space", self.places[name] + more, self.vector)

    def read(self, name: str, kind: str | None = None) -> str:
        """A quantity of all lanes.

        Parameters
        ----------
        name : text
        kind : text or None
            Its type; a vector of doubles if not given.
        """
        return self.get(self.region(name), 0, kind)

    def write(self, value: str, name: str, kind: str | None = None) -> None:
        """Keep a quantity of all lanes.

        Parameters
        ----------
        value, name : texts
        kind : text or None
            Its type; a vector of doubles if not given.
        """
        self.put(value, self.region(name), 0, kind)

    def lane(self, name: str, lane: str, kind: str = "double") -> str:
        """A quantity of one lane.

        Parameters
        ----------
        name, lane, kind : texts
        """
        return self.get(self.region(name), lane, kind)

    def put_lane(self, value: str, name: str, lane: str, kind: str = "double") -> None:
        """Keep a quantity of one lane.

        Parameters
        ----------
        value, name, lane, kind : texts
        """
        self.put(value, self.region(name), lane, kind)

    def mask(self, name: str) -> str:
        """A truth of all lanes, kept as whole numbers.

        Parameters
        ----------
        name : text
        """
        return self.new(f"icmp ne {self.whole} {self.read(name, self.whole)}, zeroinitializer")

    def note(self, mask: str, name: str) -> None:
        """Keep a truth of all lanes.

        Parameters
        ----------
        mask, name : texts
        """
        self.write(self.new(f"zext <{self.lanes} x i1> {mask} to {self.whole}"), name, self.whole)

    def any(self, mask: str) -> str:
        """Whether a truth holds in any lane.

        Parameters
        ----------
        mask : text
        """
        bits = self.new(f"bitcast <{self.lanes} x i1> {mask} to i{self.lanes}")
        return self.new(f"icmp ne i{self.lanes} {bits}, 0")

    def both(self, how: str, a: str, b: str) -> str:
        """Two truths together.

        Parameters
        ----------
        how : text
            ``and`` or ``or``.
        a, b : texts
        """
        return self.new(f"{how} <{self.lanes} x i1> {a}, {b}")

    def negated(self, mask: str) -> str:
        """The opposite of a truth.

        Parameters
        ----------
        mask : text
        """
        return self.new(f"xor <{self.lanes} x i1> {mask}, splat (i1 true)")

    def spread(self, number: str, kind: str = "double") -> str:
        """One number in every lane.

        Parameters
        ----------
        number, kind : texts
        """
        vector = f"<{self.lanes} x {kind}>"
        first = self.new(f"insertelement {vector} poison, {kind} {number}, i64 0")
        return self.new(f"shufflevector {vector} {first}, {vector} poison, <{self.lanes} x i32> zeroinitializer")

    def size(self, value: str) -> str:
        """Size of numbers without their sign.

        Parameters
        ----------
        value : text
        """
        return self.new(f"call {self.vector} @llvm.fabs.v{self.lanes}f64({self.vector} {value})")

    def run(self, function: str, t: str, x: str, out: str, p: str = "p") -> None:
        """Call a program of the model.

        Parameters
        ----------
        function : text
            Its name or address.
        t, x, p : texts
            Quantities that hold time, states and parameters.
        out : text
            Address of the results.
        """
        given = {kind: self.region(kind) for kind in KINDS} | {"t": self.region(t), "x": self.region(x), "p": self.region(p)}
        pointers = ", ".join(f"ptr {p}" for p in (*given.values(), out))
        self.line(f"call void {function}({pointers})")
