"""What a patient's own course sets off: conditions watched on the solution, and what to do when they are met.

A *sign* compares one signal with a level. Signs that must hold together make an *alternative*, perhaps for a time on end. A
*reaction* waits for any of its alternatives, then acts, perhaps after a delay, at most so often and so far apart; with
``until`` it is repeated until that holds. Signals are states, outputs and triggers of the model, ``day``, and facts: numbers
that an event's action writes (such as what a scan showed), which count at that moment only.

Order at one moment (nearer than 1e-8 d): events first, in their order; then the reactions are judged on what the events left,
the first declared first, and again after each that acts. An output on that day shows what all of them left.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from simsolid.engines.plan import Plan
from simsolid.errors import ModelError, nearest

NEAR = 1e-8  # [day] moments nearer than this are one
_SLACK = 1e-7  # of the level: a sign that is met is given up only beyond it, or rounding could flip it at every step


@dataclass(frozen=True)
class Sign:
    """One comparison.

    Parameters
    ----------
    signal : text
        A state, output or trigger of the model, ``"day"``, or a fact.
    level : unit of the signal, one
        What it is compared with.
    above : truth
        Met above the level; else below.
    strict : truth
        Whether the level itself does not count.
    memory : text
        ``"now"``: met while it holds. ``"ever"``: once met, met for good. ``"always"``: once not met, never again.
    """

    signal: str
    level: float
    above: bool = True
    strict: bool = True
    memory: str = "now"


@dataclass(frozen=True)
class Alternative:
    """Signs that must be met together, for ``hold`` days on end."""

    signs: tuple[Sign, ...]
    hold: float = 0.0


@dataclass(frozen=True, eq=False)
class Reaction:
    """What to do when one of several alternatives is met.

    Parameters
    ----------
    when : Alternatives
        Any of them is enough.
    actions : (action number, amounts) pairs
        What is done, in this order; amounts are rows, with one column or one per case.
    only : signs
        Must be met as well, when it is decided and when it is done.
    until : Alternative, or nothing
        Once it has acted it acts again every ``apart`` days until this is met (its hold is not looked at).
    delay : [day], one
        From the decision to the act.
    apart : [day], one
        Least time from one act to the next.
    most : [1], one or one per case
        How often it may act.
    """

    when: tuple[Alternative, ...]
    actions: tuple[tuple[int, np.ndarray], ...]
    only: tuple[Sign, ...] = ()
    until: Alternative | None = None
    delay: float = 0.0
    apart: float = 0.0
    most: int | np.ndarray = 1


@dataclass(frozen=True, eq=False)
class Facts:
    """Numbers that actions of events write and that signs may read: one row per name, one column per case; NaN is unknown."""

    names: tuple[str, ...] = ()
    values: np.ndarray = field(default_factory=lambda: np.empty((0, 0)))


class Watch:
    """The reactions of a run: what is met, since when, what is due.

    Parameters
    ----------
    plan : Plan
        Programs of the model.
    reactions : Reactions
        In the order in which they act at one moment.
    facts : Facts
        What events write.
    cases : [1], one
        Number of cases.

    Raises
    ------
    ModelError
        A signal is none of the model's, or a reaction would repeat itself at one moment.
    """

    def __init__(self, plan: Plan, reactions: Sequence[Reaction], facts: Facts, cases: int):
        self.reactions, self.facts = tuple(reactions), facts
        endless = [i for i, r in enumerate(self.reactions) if np.max(r.most) > 1 and r.apart <= NEAR]
        if endless:
            raise ModelError(f"reactions {endless}: would act several times at one moment; apart must be above 0")
        self._signs_of(plan)
        self._alternatives_of()
        many, of = len(self.reactions), (len(self.reactions), cases)
        self.truth = np.repeat(self.always, cases, axis=1)
        self.since = np.full((len(self.owner), cases), np.inf)
        self.ready, self.pending = np.full(of, -np.inf), np.full(of, np.inf)
        self.count, self.cause = np.zeros(of, dtype=np.int32), np.full(of, -1, dtype=np.int16)
        self.value, self.course = np.full(of, np.nan), np.zeros(of, dtype=bool)
        self.most = np.array([np.broadcast_to(r.most, cases) for r in self.reactions]).reshape(many, cases)
        self.listening = np.zeros(self.truth.shape, dtype=bool)
        self._listen(np.arange(cases))
        self.fired: list[tuple[float, ...]] = []

    def _signs_of(self, plan):
        groups = [(*(a.signs for a in r.when), r.only, *((r.until.signs,) if r.until else ())) for r in self.reactions]
        self.signs = list(dict.fromkeys(sign for group in groups for signs in group for sign in signs))
        known = plan.signals
        wrong = [s.signal for s in self.signs if s.signal not in known and s.signal not in self.facts.names]
        if wrong:
            told = ", ".join(f"'{name}'{nearest(name, [*known, *self.facts.names])}" for name in wrong)
            raise ModelError(f"reactions: the model has no signal {told}")
        names = list(dict.fromkeys(s.signal for s in self.signs if s.signal not in self.facts.names))
        self.program = plan.signal_program(names)
        rows = [*names, *self.facts.names]
        self.row = np.array([rows.index(s.signal) for s in self.signs], dtype=int)
        self.fact = self.row >= len(names)
        self.strict = np.array([s.strict for s in self.signs], dtype=bool)[:, None]
        self.ever, self.always = (np.array([s.memory == kind for s in self.signs], dtype=bool).reshape(-1, 1)
                                  for kind in ("ever", "always"))  # fmt: skip
        self.side = np.array([1.0 if s.above else -1.0 for s in self.signs])[:, None]
        self.level = np.array([float(s.level) for s in self.signs])[:, None]
        self.slack = np.where(self.fact[:, None], 0.0, _SLACK * np.abs(self.level))

    def _alternatives_of(self):
        place = {sign: i for i, sign in enumerate(self.signs)}
        at = [[np.array([place[s] for s in a.signs], dtype=int) for a in r.when] for r in self.reactions]
        self.owner = np.array([i for i, each in enumerate(at) for _ in each], dtype=int)
        self.members = [signs for each in at for signs in each]
        self.hold = np.array([a.hold for r in self.reactions for a in r.when])
        self.of_facts = np.array([self.fact[signs].any() for signs in self.members], dtype=bool)
        self.only = [np.array([place[s] for s in r.only], dtype=int) for r in self.reactions]
        self.until = [np.array([place[s] for s in r.until.signs], dtype=int) if r.until else None for r in self.reactions]
        self.uses = np.zeros((len(self.signs), len(self.reactions)), dtype=bool)
        for i, each in enumerate(at):
            for signs in (*each, self.only[i], *([self.until[i]] if self.until[i] is not None else [])):
                self.uses[signs, i] = True

    def _listen(self, cases):
        """Which signs can still change anything in these cases."""
        going = (self.count[:, cases] < self.most[:, cases]) | np.isfinite(self.pending[:, cases])
        truth = self.truth[:, cases]
        settled = self.fact[:, None] | (self.ever & truth) | (self.always & ~truth)
        self.listening[:, cases] = (self.uses.astype(np.float32) @ going.astype(np.float32) > 0) & ~settled

    def hears(self, cases: np.ndarray) -> np.ndarray:
        """Whether any sign that changes with time is still of use.

        Parameters
        ----------
        cases : [1], one per value
            Case numbers.

        Returns
        -------
        truth, one per value
        """
        return self.listening[:, cases].any(axis=0)

    def flips(self, signals: np.ndarray, cases: np.ndarray) -> np.ndarray:
        """How far each sign is beyond the point where it changes sides.

        Parameters
        ----------
        signals : units of the signals, signals by values
            From :attr:`program`.
        cases : [1], one per value
            Case numbers.

        Returns
        -------
        units of the signals, signs by values
            Above zero where a sign has changed; never so where it is of no use.
        """
        margin = np.full((len(self.signs), len(cases)), -np.inf)
        seen = ~self.fact
        margin[seen] = self.side[seen] * (signals[self.row[seen]] - self.level[seen])
        beyond = np.where(self.truth[:, cases], -(margin + self.slack), margin)
        return np.where(self.listening[:, cases], beyond, -np.inf)

    def sides(self, cases: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Each sign as a straight line of its signal: above zero where :meth:`flips` is, never so where it is of no use.

        Parameters
        ----------
        cases : [1], one per value
            Case numbers.

        Returns
        -------
        slope [1] and intercept (units of the signals), values by signs
        """
        truth, useful = self.truth[:, cases], self.listening[:, cases] & ~self.fact[:, None]
        slope = np.where(useful, np.where(truth, -self.side, self.side), 0.0)
        intercept = np.where(truth, self.side * self.level - self.slack, -self.side * self.level)
        return np.ascontiguousarray(slope.T), np.ascontiguousarray(np.where(useful, intercept, -np.inf).T)

    def judge(self, t: np.ndarray, signals: np.ndarray, cases: np.ndarray) -> np.ndarray:
        """Take note of what holds now, decide, and say what is due.

        Parameters
        ----------
        t : [day], one per case
            Now.
        signals : units of the signals, signals by cases
            From :attr:`program`.
        cases : [1], one per case
            Case numbers, each once.

        Returns
        -------
        [1], one per case
            The reaction that acts now, -1 for none.
        """
        rows = np.vstack([signals, self.facts.values[:, cases]]) if self.facts.names else signals
        now = self._met(rows, cases)
        for i, signs in enumerate(self.members):
            self.since[i, cases] = np.where(now[signs].all(axis=0), np.minimum(self.since[i, cases], t), np.inf)
        for i in np.flatnonzero(self._stirring(cases)):
            self._decide(i, t, now, rows, cases)
        due = self.pending[:, cases] <= t + NEAR
        self._listen(cases)
        return np.where(due.any(axis=0), due.argmax(axis=0), -1)

    def _met(self, rows, cases):
        margin = self.side * (rows[self.row] - self.level)
        was = self.truth[:, cases]
        now = np.where(self.strict, margin > 0.0, margin >= 0.0) | (was & ((margin > -self.slack) | self.ever))
        now &= was | ~self.always
        self.truth[:, cases] = now
        return now

    def _stirring(self, cases):
        """Reactions about which there is anything to decide: an alternative holds, an act is due, or a course runs."""
        holds = np.isfinite(self.since[:, cases]).any(axis=1)
        met = np.bincount(self.owner, weights=holds, minlength=len(self.reactions)) > 0
        return met | np.isfinite(self.pending[:, cases]).any(axis=1) | self.course[:, cases].any(axis=1)

    def _decide(self, i, t, now, rows, cases):
        allowed = now[self.only[i]].all(axis=0)
        self.pending[i, cases] = np.where(allowed, self.pending[i, cases], np.inf)
        free = allowed & (self.count[i, cases] < self.most[i, cases]) & np.isinf(self.pending[i, cases])
        free &= self.ready[i, cases] <= t + NEAR
        if self.until[i] is not None:
            enough = now[self.until[i]].all(axis=0)
            self.course[i, cases] &= ~(enough & free)
        again = free & self.course[i, cases]
        found = np.where(again, self.cause[i, cases], -1)
        for a in np.flatnonzero(self.owner == i)[::-1]:
            found = np.where(free & ~again & (self.since[a, cases] + self.hold[a] <= t + NEAR), a, found)
        chosen = found >= 0
        if not chosen.any():
            return
        at = cases[chosen]
        self.pending[i, at] = t[chosen] + self.reactions[i].delay
        self.cause[i, at] = found[chosen]
        first = np.array([self.members[a][0] for a in found[chosen]], dtype=int)
        self.value[i, at] = rows[self.row[first], np.flatnonzero(chosen)]

    def act(self, which: np.ndarray, cases: np.ndarray, t: np.ndarray) -> None:
        """Note that reactions acted.

        Parameters
        ----------
        which, cases : [1], one per act
            Reaction and case.
        t : [day], one per act
            When.
        """
        first = np.searchsorted(self.owner, which)
        place = self.cause[which, cases] - first
        again = self.course[which, cases]
        columns = (cases, which, t, place, self.value[which, cases], again)
        self.fired += zip(*(column.tolist() for column in columns), strict=True)
        self.count[which, cases] += 1
        self.pending[which, cases] = np.inf
        self.ready[which, cases] = t + np.array([r.apart for r in self.reactions])[which]
        self.course[which, cases] = np.array([u is not None for u in self.until])[which]

    def forget(self, cases: np.ndarray) -> None:
        """Facts count at their own moment only.

        Parameters
        ----------
        cases : [1], one per case
            Case numbers.
        """
        if self.facts.names:
            self.facts.values[:, cases] = np.nan
            self.truth[np.ix_(self.fact & ~self.ever[:, 0], cases)] = False
            self.since[np.ix_(self.of_facts, cases)] = np.inf

    def alarm(self, t: np.ndarray, cases: np.ndarray) -> np.ndarray:
        """Next moment at which something falls due without any sign changing.

        Parameters
        ----------
        t : [day], one per case
            Now.
        cases : [1], one per case
            Case numbers.

        Returns
        -------
        [day], one per case
            Plus infinity if nothing does.
        """
        ready = np.where(self.count[:, cases] < self.most[:, cases], self.ready[:, cases], np.inf)
        idle = np.isinf(self.pending[:, cases]) & ~self.course[:, cases]
        matured = np.maximum(self.since[:, cases] + self.hold[:, None], ready[self.owner])
        matured = np.where(idle[self.owner], matured, np.inf)
        again = np.where(self.course[:, cases], ready, np.inf)
        moments = np.vstack([self.pending[:, cases], matured, again])
        return np.where(moments > t + NEAR, moments, np.inf).min(axis=0, initial=np.inf)
