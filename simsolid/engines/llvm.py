"""Integrate with machine code: boring steps are taken by compiled legs on all cores, the interesting ones are judged in Python.

What is judged, events, reactions and the search for their moments, is the code of `simsolid.engines.march`, so that both
engines do the same with the same words.
"""

import os
from concurrent.futures import ThreadPoolExecutor, wait
from functools import cache, cached_property
from weakref import WeakKeyDictionary

import numpy as np

from simsolid.engines import jit, kernels, leg, tableau
from simsolid.engines.control import norm
from simsolid.engines.emit import Program
from simsolid.engines.irmath import declared
from simsolid.engines.irprogram import function
from simsolid.engines.march import Run
from simsolid.engines.plan import Plan
from simsolid.engines.space import SLOTS, Workspace

_PATIENCE = 2000  # steps of a patient after which the engine looks in, for the sake of progress and interruptions
_BLOCK_BYTES, _NARROWEST, _WIDEST = 64 * 2**20, 256, 8192
_ALIGNED = 64  # [byte]
# Operations of a model up to which two vectors side by side hide each other's waiting; larger ones would leave the nearest cache.
_SMALL, _NARROW = 1500, 4
# Patients after whom good code has made up for the time its compilation takes.
_WORTHWHILE = 500
_LEGS: WeakKeyDictionary = WeakKeyDictionary()
_READERS: WeakKeyDictionary = WeakKeyDictionary()


def workers() -> int:
    """Number of cores this process may use; ``SIMSOLID_WORKERS`` asks for fewer or more."""
    named = os.environ.get("SIMSOLID_WORKERS", "")
    if named.isdigit() and int(named):
        return int(named)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@cache
def _pool(count):
    return ThreadPoolExecutor(count, thread_name_prefix="simsolid")


if hasattr(os, "register_at_fork"):  # a forked process has none of its parent's threads
    os.register_at_fork(after_in_child=_pool.cache_clear)


class LaneKernel:
    """Memory of a block of patients, one record each; rows of states by patients are views of it.

    Parameters
    ----------
    plan : Plan
        Programs of the model.
    x, p : blocks
        State and parameters, rows by patients.
    """

    def __init__(self, plan: Plan, x: np.ndarray, p: np.ndarray):
        self.plan, self.width = plan, x.shape[1]
        size = len(plan.states)
        self.records = {
            "x": np.ascontiguousarray(x.T), "p": np.ascontiguousarray(p.T), "q": np.zeros((self.width, len(plan.known))),
            "u": np.zeros((self.width, tableau.STAGES, size)), "end": np.zeros((self.width, size)),
        }  # fmt: skip
        self.x, self.p, self.q, self.end = (self.records[name].T for name in ("x", "p", "q", "end"))
        self.u = self.records["u"].transpose(1, 2, 0)
        self.refresh(np.arange(self.width))

    def refresh(self, columns: np.ndarray) -> None:
        """Compute again what depends on the parameters of some columns.

        Parameters
        ----------
        columns : [1], one per column
            Places in the block.
        """
        self.q[:, columns] = self.plan.derived.block(np.zeros(len(columns)), {"p": self.p[:, columns]})


class Lanes(Run):
    """One integration under way, its boring steps in machine code."""

    @property
    def width(self) -> int:
        """Number of cases side by side."""
        plan = self.plan
        record = (tableau.STAGES + 3) * len(plan.states) + len(plan.parameters) + len(plan.known)
        return int(np.clip(_BLOCK_BYTES // (8 * record), _NARROWEST, _WIDEST))

    @cached_property
    def legs(self) -> "Legs":
        """Machine code of the model."""
        if self.plan not in _LEGS:
            _LEGS[self.plan] = Legs(leg.module(self.plan, lanes_of(self.plan)))
        return _LEGS[self.plan].serve(self.task.cases)

    def _seat(self, x, p):
        self.kernel = LaneKernel(self.plan, x, p)

    def _attempt(self):
        """Carry every column to its next interesting step."""
        queue = np.flatnonzero(self.live)
        error, doubtful = np.full(len(self.live), np.inf), np.zeros(len(self.live))
        left = self.task.max_steps - self.steps[self.case[queue]].max(initial=0)
        call = _Call(self, queue, error, doubtful, max(1, min(_PATIENCE, left)))
        call.run(self.legs.function, workers())
        h, end = self.h.copy(), self.kernel.end
        self._again(np.flatnonzero(doubtful), h, end, error)
        return h, h >= self.stop - self.t, end, error

    def _again(self, columns, h, end, error):
        """Take the steps anew whose elimination met a pivot near zero."""
        if len(columns):
            self._pivot(columns, h, 1.0 / (h * tableau.GAMMA), end)
            error[columns] = norm(self._ratios_of(columns, end))

    def _ratios_of(self, columns, end):
        kernel = self.kernel
        return self._measured(kernel.x[:, columns], end[:, columns], kernel.u[-1][:, columns].copy())


class Legs:
    """Machine code of one model: quick to make while few patients have used it, then good.

    Parameters
    ----------
    text : text
        The module.
    """

    def __init__(self, text: str):
        self._text, self._served, self.effort = text, 0, -1

    def serve(self, cases: int) -> "Legs":
        """Choose the code for some more patients.

        Parameters
        ----------
        cases : [1], one
        """
        self._served += cases
        if self.effort == jit.GOOD:
            return self
        wanted = jit.GOOD if self._served > _WORTHWHILE or jit.at_hand(self._text) else jit.QUICK
        if wanted > self.effort:
            self.function, self.effort = jit.function(self._text, "leg", wanted), wanted
        return self


class _Call:
    """One call of the legs: everything they need, by address."""

    def __init__(self, run, queue, error, doubtful, patience):
        task, watch, self.lanes = run.task, run.watch, lanes_of(run.plan)
        outputs, signals = run.program, watch.program if watch else None
        scale, level = watch.sides(run.case) if watch else (np.zeros((len(run.live), 0)),) * 2
        self.arrays = {
            **run.kernel.records, "queue": queue, "case": run.case, "t": run.t, "h": run.h, "stop": run.stop, "error": error,
            "doubtful": doubtful, "steps": run.steps, "rejected": run.rejected, "refused": run.refused, "shown": run.shown,
            "atol": task.atol, "times": np.append(task.times, np.full(self.lanes, np.inf)), "values": run.values,
            "output_reads": _reads(outputs, "x"), "output_given": _reads(outputs, "p"), "signal_reads": _reads(signals, "x"),
            "sign_row": watch.row if watch else np.zeros(0, dtype=np.int64),
            "sign_scale": scale, "sign_level": level,
        }  # fmt: skip
        space = Workspace(run.plan).fixed
        results = max(len(outputs.targets), len(signals.targets) if signals else 0)
        self.vectors = space + results + 2 * scale.shape[1]
        addresses = {name: array.ctypes.data for name, array in self.arrays.items()}
        effort = run.legs.effort
        addresses |= {"outputs": _reader(outputs, self.lanes, effort), "signals": _reader(signals, self.lanes, effort)}
        numbers = {
            "next": 0, "count": len(queue), "halt": 0, "patience": patience,
            "output_read_count": len(self.arrays["output_reads"]),
            "output_given_count": len(self.arrays["output_given"]), "time_count": len(task.times), "case_count": task.cases,
            "target_count": len(outputs.targets),
            "single": int(run.values.dtype == np.float32), "signal_read_count": len(self.arrays["signal_reads"]),
            "sign_count": scale.shape[1], "signs_at": space + results,
        }  # fmt: skip
        self.slots = np.array([(numbers | addresses).get(name, 0) for name in SLOTS], dtype=np.int64)
        for name, value in (("rtol", task.rtol), ("last_day", task.end), ("largest_inverse", 1.0 / kernels.SMALLEST_PIVOT)):
            self.slots.view(float)[SLOTS.index(name)] = value

    def run(self, function, count):
        """Let some workers share the queue; an interruption lets them put down what they hold."""
        count = max(1, min(count, len(self.arrays["queue"]) // self.lanes))
        spaces = [_aligned(self.vectors * self.lanes) for _ in range(count)]
        work = [_pool(count).submit(function, self.slots.ctypes.data, space.ctypes.data) for space in spaces]
        try:
            wait(work)
        except BaseException:
            self.slots[SLOTS.index("halt")] = 1
            wait(work)
            raise


def _aligned(size):
    whole = np.zeros(size + _ALIGNED // 8)
    skip = -whole.ctypes.data % _ALIGNED // 8
    return whole[skip : skip + size]


def _reads(program, kind):
    return np.array(program.reads[kind] if program else [], dtype=np.int64)


def lanes_of(plan: Plan) -> int:
    """Number of patients that one thread carries side by side.

    Parameters
    ----------
    plan : Plan
        Programs of the model.
    """
    small = plan.factor.operations + plan.rates.operations < _SMALL
    return jit.lanes() * (2 if small and jit.lanes() <= _NARROW else 1)


def _reader(program: Program | None, lanes: int, effort: int) -> int:
    """Address of the compiled code of outputs or signals."""
    if program is None:
        return 0
    made = _READERS.setdefault(program, {})
    if effort not in made:
        text = "\n\n".join([declared(lanes), function("read", program, lanes, linkage="")])
        made[effort] = jit.compiled(text, "read", effort)
    return made[effort]
