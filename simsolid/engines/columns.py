"""The block of columns of one run: who sits where, how far each has come, and what is written down."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from simsolid.engines.control import first_length
from simsolid.engines.emit import FEW, Program
from simsolid.engines.kernels import ArrayKernel, FloatKernel, PivotedKernel
from simsolid.engines.occasions import apply
from simsolid.engines.plan import Plan
from simsolid.engines.reactions import NEAR, Watch
from simsolid.engines.solution import Events, Status

_IDLE_SHARE = 0.03  # of the columns may be idle before the queue is asked
_BUSY_SHARE = 0.75  # of the columns must be busy, else the block shrinks once the queue is empty


@dataclass(frozen=True, eq=False)
class Task:
    """What is to be integrated.

    Parameters
    ----------
    start, parameters : blocks
        State and parameters of all cases on the first day.
    begin : [day], one
        First day.
    times : [day], one per time
        Days of output.
    atol : units of the states, one column
        Absolute tolerance.
    rtol : [1], one
        Relative tolerance.
    events : Events, or nothing
        Events of all cases.
    actions : functions
        What events and reactions do.
    max_steps : [1], one
        Steps a case may try.
    """

    start: np.ndarray
    parameters: np.ndarray
    begin: float
    times: np.ndarray
    atol: np.ndarray
    rtol: float
    events: Events | None
    actions: Sequence[Callable]
    max_steps: int

    @property
    def cases(self) -> int:
        """Number of cases."""
        return self.start.shape[1]

    @property
    def end(self) -> float:
        """Last day."""
        return float(self.times[-1]) if self.times.size else self.begin


class Columns:
    """The columns of one integration.

    Parameters
    ----------
    plan : Plan
        Programs of the model.
    task : Task
        What is to be integrated.
    program : Program
        Values to store.
    watch : Watch, or nothing
        Reactions of the run.
    dtype : type
        Type of the stored values.
    """

    def __init__(self, plan: Plan, task: Task, program: Program, watch: Watch | None, dtype: type):
        self.plan, self.task, self.program, self.watch = plan, task, program, watch
        cases = task.cases
        # Not filled: whoever finishes has written all of it, and whoever fails has the rest struck out.
        self.values: np.ndarray = np.empty((len(program.targets), cases, task.times.size), dtype=dtype)
        self._flat = self.values.reshape(len(program.targets), cases * task.times.size)
        self.status, self.culprit = np.zeros(cases, dtype=np.int8), np.full(cases, -1)
        self.stopped = np.full(cases, np.nan)
        self.steps, self.rejected, self.repivoted = (np.zeros(cases, dtype=np.int64) for _ in range(3))
        self.final, self.final_parameters = np.full(task.start.shape, np.nan), task.parameters.copy()
        self.done = self._next = 0

    # Per-column quantities, so that moving a column is one loop over names.
    _COLUMNS = ("case", "t", "h", "stop", "shown", "event", "refused", "live")

    def open(self, width: int) -> None:
        """Seat the first cases.

        Parameters
        ----------
        width : [1], one
            Largest number of columns.
        """
        width = min(width, self.task.cases)
        self.case = np.zeros(width, dtype=np.int64)
        self.t, self.h, self.stop = np.zeros(width), np.ones(width), np.full(width, np.inf)
        self.shown, self.event, self.refused = (np.zeros(width, dtype=np.int64) for _ in range(3))
        self.live = np.zeros(width, dtype=bool)
        if width:
            shape = (len(self.plan.states), width), (len(self.plan.parameters), width)
            self._seat(np.zeros(shape[0]), np.zeros(shape[1]))
            self.refill()

    def _seat(self, x, p):
        few = x.shape[1] <= FEW
        kind = (FloatKernel if few else ArrayKernel) if self.plan.sparse else PivotedKernel
        self.kernel = kind(self.plan, x, p)

    @property
    def busy(self) -> bool:
        """Whether any column still works."""
        return bool(self.live.any()) or self._next < self.task.cases

    def refill(self) -> None:
        """Give idle columns the next cases, or shrink the block when there are none."""
        left = self.task.cases - self._next
        idle = np.flatnonzero(~self.live)
        width = len(self.live)
        if left and len(idle) >= max(1, _IDLE_SHARE * width):
            self._admit(idle[:left])
        elif not left and len(idle) < width and width - len(idle) < _BUSY_SHARE * width:
            keep = np.flatnonzero(self.live)
            for name in self._COLUMNS:
                setattr(self, name, getattr(self, name)[keep])
            self._seat(np.ascontiguousarray(self.kernel.x[:, keep]), np.ascontiguousarray(self.kernel.p[:, keep]))

    def _admit(self, columns):
        cases = np.arange(self._next, self._next + len(columns))
        self._next += len(columns)
        self.case[columns], self.t[columns], self.stop[columns] = cases, self.task.begin, np.inf
        for name in ("shown", "event", "refused"):
            getattr(self, name)[columns] = 0
        self.live[columns] = True
        x, p = self.task.start[:, cases], self.task.parameters[:, cases]
        self.kernel.x[:, columns], self.kernel.p[:, columns] = x, p
        wrong = ~np.isfinite(x)
        bad = wrong.any(axis=0) | ~np.isfinite(p).all(axis=0)
        culprit = np.where(wrong.any(axis=0), wrong.argmax(axis=0), -1)
        self._fail(columns[bad], Status.NOT_FINITE, culprit[bad])
        self.kernel.refresh(columns)
        self._arrive(columns[~bad], begun=True)

    def _fail(self, columns, status, culprit):
        if not len(columns):
            return
        cases = self.case[columns]
        self.status[cases], self.culprit[cases], self.stopped[cases] = status, culprit, self.t[columns]
        for case, t in zip(cases, self.t[columns], strict=True):
            self.values[:, case, self.task.times >= t] = np.nan
        self._leave(columns)

    def interrupt(self) -> None:
        """Give up every case that is not finished; nothing of it is kept."""
        given_up = np.zeros(self.task.cases, dtype=bool)
        given_up[self._next :] = True
        given_up[self.case[self.live]] = True
        self.live[:] = False
        self.status[given_up], self.stopped[given_up] = Status.INTERRUPTED, self.task.begin
        self.values[:, given_up] = np.nan

    def _leave(self, columns):
        self.final_parameters[:, self.case[columns]] = self.kernel.p[:, columns]
        self.live[columns] = False
        self.h[columns], self.stop[columns] = 1.0, np.inf
        self.done += len(columns)

    def _arrive(self, columns, begun=False):
        """Columns that stand at the start, at an event or where a sign changed: act, show, and choose the next step."""
        columns, restart = self._settle(columns, begun)
        if not len(columns):
            return
        task, kernel = self.task, self.kernel
        kernel.refresh(columns[restart])
        self._show(columns)
        over = self.t[columns] >= task.end
        self.final[:, self.case[columns[over]]] = kernel.x[:, columns[over]]
        self._leave(columns[over])
        columns, restart = columns[~over], restart[~over]
        if not len(columns):
            return
        self.stop[columns] = self._next_stop(columns)
        fresh = columns[restart]
        if len(fresh):  # where nothing was done the course goes on smoothly, and so does the step length
            given = (np.ascontiguousarray(block[:, fresh]) for block in (kernel.x, kernel.p, kernel.q))
            self.h[fresh] = first_length(self.plan, self.t[fresh], *given, task.atol, task.rtol)

    def _due(self, columns):
        events = self.task.events
        if events is None or not events.day.shape[1]:
            return np.full(len(columns), np.inf)
        count = events.day.shape[1]
        place = self.event[columns]
        day = events.day[self.case[columns], np.minimum(place, count - 1)]
        return np.where(place < count, day, np.inf)

    def _next_stop(self, columns):
        """The next event, or an earlier moment at which a reaction falls due; nearer than NEAR the event stands for both."""
        event = self._due(columns)
        if self.watch is None:
            return event
        alarm = self.watch.alarm(self.t[columns], self.case[columns])
        return np.where(event - alarm <= NEAR, event, alarm)

    def _settle(self, columns, begun):
        """Apply the events due now, then what the reactions call for, until nothing more happens; tell who was changed."""
        acted = np.full(len(self.live), begun)
        while len(due := columns[self._due(columns) <= self.t[columns]]):
            place = self.event[due]
            numbers = self.task.events.action[self.case[due], place]
            amounts = self.task.events.amount[self.case[due], place]
            self.event[due] += 1
            acted[due] = True
            for number in np.unique(numbers):
                at = numbers == number
                self._act(self.task.actions[number], due[at], amounts[at].T)
            columns = columns[self.live[columns]]
        waiting = columns if self.watch else columns[:0]
        while len(waiting):
            x, p = (np.ascontiguousarray(block[:, waiting]) for block in (self.kernel.x, self.kernel.p))
            signals = self.watch.program.block(self.t[waiting], {"x": x, "p": p})
            which = self.watch.judge(self.t[waiting], signals, self.case[waiting])
            waiting, which = waiting[which >= 0], which[which >= 0]
            acted[waiting] = True
            self._react(waiting, which)
            waiting = waiting[self.live[waiting]]
        if self.watch:
            self.watch.forget(self.case[columns])
        columns = columns[self.live[columns]]
        return columns, acted[columns]

    def _react(self, columns, which):
        self.watch.act(which, self.case[columns], self.t[columns])
        for number in np.unique(which):
            at = columns[which == number]
            for action, amounts in self.watch.reactions[number].actions:
                at = at[self.live[at]]
                given = amounts if amounts.shape[1] == 1 else amounts[:, self.case[at]]
                self._act(self.task.actions[action], at, np.broadcast_to(given, (len(given), len(at))))

    def _act(self, action, columns, amount):
        if not len(columns):
            return
        kernel = self.kernel
        x, p = apply(action, kernel.x[:, columns], kernel.p[:, columns], np.ascontiguousarray(amount))
        kernel.x[:, columns], kernel.p[:, columns] = x, p
        wrong = ~np.isfinite(x)
        bad = wrong.any(axis=0) | ~np.isfinite(p).all(axis=0)
        culprit = np.where(wrong.any(axis=0), wrong.argmax(axis=0), -1)
        self._fail(columns[bad], Status.EVENT_FAILED, culprit[bad])

    def _show(self, columns):
        """Write the outputs wanted at exactly the time where the columns stand."""
        times = self.task.times
        if not times.size:
            return
        place = self.shown[columns]
        columns = columns[(place < times.size) & (times[np.minimum(place, times.size - 1)] == self.t[columns])]
        if len(columns):
            self._write(columns, self.t[columns], list(self.kernel.x[:, columns]), self.shown[columns])
            self.shown[columns] += 1

    def _write(self, columns, t, x, place):
        p = [None] * len(self.kernel.p)
        for row in self.program.reads["p"]:
            p[row] = self.kernel.p[row, columns]
        cells = self.case[columns] * self.task.times.size + place
        for series, row in zip(self._flat, self.program.block(t, {"x": x, "p": p}), strict=True):
            series[cells] = row
