"""Step all columns of a run forward until every case has ended."""

import numpy as np

from simsolid.engines import tableau
from simsolid.engines.columns import Columns
from simsolid.engines.control import Between, next_length, norm
from simsolid.engines.kernels import PivotedKernel, step
from simsolid.engines.occasions import search
from simsolid.engines.reactions import NEAR
from simsolid.engines.solution import Solution, Status

_REFUSALS = 25  # steps in a row without a finite result before a case is given up


class Run(Columns):
    """One integration under way."""

    @property
    def width(self) -> int:
        """Number of cases side by side at which the cost per case is near its lowest."""
        return self.plan.width

    def advance(self) -> None:
        """Try one step in every column, and judge it."""
        h, last, end, error = self._attempt()
        self.steps[self.case[self.live]] += 1
        accepted = (error <= 1.0) & self.live
        between = Between(self.kernel, self.t, h, end)
        t = np.where(last, self.stop, self.t + h)
        cut, state = self._cut(between, accepted, t, last)
        special = accepted & last
        special[cut] = True
        self._show_passed(between, np.flatnonzero(accepted), t, special)
        over = np.flatnonzero(accepted & (t >= self.task.end) & ~special)
        self._finish(between, over)
        end[:, cut] = state
        accepted[over] = False
        np.copyto(self.kernel.x, end, where=accepted)
        self._control(accepted, error, end, t, h)
        self._arrive(np.flatnonzero(special & self.live))

    def _attempt(self):
        """Length of the step tried, whether it reaches the stop, the state at its end, and the error."""
        to_stop = self.stop - self.t
        last = self.h >= to_stop
        # Halving what is left keeps the step before an event from leaving a sliver.
        h = np.where(last, to_stop, np.minimum(self.h, 0.5 * to_stop))
        kernel, g = self.kernel, 1.0 / (h * tableau.GAMMA)
        end = step(kernel, self.t, h, g)
        doubtful = np.flatnonzero(kernel.doubtful(g) & self.live)
        if len(doubtful):
            self._pivot(doubtful, h, g, end)
        self._ratios = self._measured(kernel.x, end, kernel.u[-1])
        return h, last, end, norm(self._ratios)

    def _ratios_of(self, columns, end):
        return self._ratios[:, columns]

    def _measured(self, x, end, error):
        """Errors in units of what is tolerated."""
        ratios = np.maximum(np.abs(x), np.abs(end))
        ratios *= self.task.rtol
        ratios += self.task.atol
        return np.divide(error, ratios, ratios)

    def _pivot(self, columns, h, g, end):
        """Take the step of some columns again, with pivoting; never fewer than two side by side, for the sake of bits."""
        at = columns if len(columns) > 1 else np.repeat(columns, 2)
        blocks = (np.ascontiguousarray(block[:, at]) for block in (self.kernel.x, self.kernel.p))
        kernel = PivotedKernel(self.plan, *blocks)
        end[:, at] = step(kernel, self.t[at], h[at], g[at])
        self.kernel.u[:, :, at] = kernel.u
        self.repivoted[self.case[columns]] += 1

    def _cut(self, between, accepted, t, last):
        """Columns in which a sign changes within the step, and their state there; ``t`` is set to that moment."""
        nothing = np.empty(0, dtype=np.int64)
        if self.watch is None:
            return nothing, np.empty((len(between.end), 0))
        columns = np.flatnonzero(accepted)
        columns = columns[self.watch.hears(self.case[columns])]
        limit = np.minimum(1.0, (self.task.end - between.t[columns]) / between.h[columns])
        columns, share = search(self.watch, between, columns, self.case[columns], limit)
        moment = between.t[columns] + share * between.h[columns]
        # A change this near to an event waits for it: events come first.
        keep = ~(last[columns] & (self.stop[columns] - moment <= NEAR))
        columns, share = columns[keep], share[keep]
        t[columns] = moment[keep]
        return columns, between.states(columns, share)

    def _show_passed(self, between, columns, t, special):
        """Write the outputs on days that the step passed; a day on which something happens waits for what it leaves."""
        times = self.task.times
        upto = np.searchsorted(times, t[columns], side="right")
        waits = np.flatnonzero(special[columns])
        upto[waits] = np.searchsorted(times, t[columns[waits]], side="left")
        count = np.maximum(upto - self.shown[columns], 0)
        total = int(count.sum())
        if not total:
            return
        at = np.repeat(columns, count)
        place = np.arange(total) - np.repeat(np.cumsum(count) - count, count) + self.shown[at]
        share = (times[place] - between.t[at]) / between.h[at]
        reads = self.program.reads["x"]
        x = [None] * len(between.end)
        for row, state in zip(reads, between.states(at, share, reads), strict=True):
            x[row] = state
        self._write(at, times[place], x, place)
        self.shown[columns] += count

    def _finish(self, between, columns):
        """Columns that passed the last day: the step may have gone beyond it, so that no result depends on that day."""
        if len(columns):
            share = (self.task.end - between.t[columns]) / between.h[columns]
            self.final[:, self.case[columns]] = between.states(columns, share)
            self._leave(columns)

    def _control(self, accepted, error, end, t, h):
        live = self.live
        self.t = np.where(accepted, t, self.t)
        finite = np.isfinite(error)
        self.refused = np.where(live & ~finite, self.refused + 1, 0)
        self.rejected[self.case[live & ~accepted]] += 1
        self.h = np.where(live, h * next_length(error), 1.0)
        short = live & (self.h < 4.0 * np.spacing(np.abs(self.t)))
        wrong = live & ~finite & (short | (self.refused >= _REFUSALS))
        tired = live & (self.steps[self.case] >= self.task.max_steps)
        outcomes = ((wrong, Status.NOT_FINITE), (short, Status.STEP_TOO_SMALL), (tired, Status.TOO_MANY_STEPS))
        for found, status in outcomes:
            columns = np.flatnonzero(found & self.live)
            if len(columns):
                self._fail(columns, status, _worst(end[:, columns], self._ratios_of(columns, end)))

    def solution(self) -> Solution:
        """Collect what the run has found."""
        failed = self.status != Status.FINISHED
        self.final[:, failed] = np.nan
        fired = sorted(self.watch.fired, key=lambda row: (row[0], row[2])) if self.watch else []
        return Solution(
            values=self.values, status=self.status, stopped=self.stopped, culprit=self.culprit, steps=self.steps,
            rejected=self.rejected, repivoted=self.repivoted, final=self.final,
            final_parameters=self.final_parameters, fired=np.array(fired, dtype=float).reshape(-1, 6),
        )  # fmt: skip


def _worst(end, ratios):
    """Row of the first value that is not finite, else of the largest share of the error."""
    size = np.where(np.isfinite(end), np.abs(ratios), np.inf)
    return np.argmax(np.where(np.isnan(size), np.inf, size), axis=0)
