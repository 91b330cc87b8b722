"""Integrate many cases side by side, with NumPy alone or with machine code.

Each column of a block has its own time, step length and fate. A column whose case has ended takes the next case from the queue;
when the queue is empty the block shrinks. Nothing a column does depends on its neighbours, down to the last bit.
"""

import logging
import os
from collections.abc import Callable, Sequence
from time import monotonic

import numpy as np

from simsolid.engines.columns import Task
from simsolid.engines.jit import available
from simsolid.engines.march import Run
from simsolid.engines.plan import plan_of
from simsolid.engines.reactions import Alternative, Facts, Reaction, Sign, Watch
from simsolid.engines.solution import Events, Solution, Status
from simsolid.errors import ModelError, ParameterError, nearest
from simsolid.trace import Traced

__all__ = ["Alternative", "Events", "Facts", "Reaction", "Sign", "Solution", "Status", "chosen", "integrate"]
_LOG = logging.getLogger(__name__)
_BETWEEN_REPORTS = 0.2  # [s]


def integrate(
    traced: Traced,
    start: np.ndarray,
    parameters: np.ndarray,
    *,
    begin: float,
    times: np.ndarray,
    outputs: Sequence[str],
    atol: np.ndarray,
    rtol: float = 1e-5,
    events: Events | None = None,
    actions: Sequence[Callable] = (),
    reactions: Sequence[Reaction] = (),
    facts: Facts | None = None,
    engine: str = "auto",
    width: int | None = None,
    max_steps: int = 100_000,
    dtype: type = float,
    progress: Callable | None = None,
) -> Solution:
    """Integrate all cases of a model from one day over a grid of days.

    Parameters
    ----------
    traced : Traced
        The model.
    start : units of the states, states by cases
        State on the first day, before that day's events.
    parameters : units of the parameters, parameters by cases
        Parameters on the first day.
    begin : [day], one
        First day.
    times : [day], one per time
        Days on which values are wanted, increasing, none before ``begin``.
    outputs : texts
        States or outputs of the model.
    atol : units of the states, one per state
        Absolute tolerance.
    rtol : [1], one
        Relative tolerance.
    events : Events, or nothing
        What happens on days known beforehand. A day is hit exactly; values on it are those after its events.
    actions : functions of (x, p, amount)
        Take blocks of states, parameters and amounts and return states and parameters.
    reactions : Reactions
        What to do when a patient's own course meets a condition. The moment is found to 1e-8 d. At one moment events come
        first, then the reactions are judged on what the events left, in their order.
    facts : Facts, or nothing
        What actions of events write for reactions to read.
    engine : text
        ``"numpy"``; ``"llvm"``, machine code, which needs llvmlite; ``"auto"``, the faster one at hand. Both give the same to
        within the tolerance.
    width : [1], one, or nothing
        Cases side by side; chosen by the size of the model if not given. It does not change any result.
    max_steps : [1], one
        Steps a case may try.
    dtype : class of numbers
        Type of the stored values.
    progress : function of the number of cases done, or nothing
        Called at most five times per second, and at the end.

    Returns
    -------
    Solution
        Values, and for each case how it ended; a case that fails leaves all others untouched. After an interruption from the
        keyboard, what was finished: the others are marked `Status.INTERRUPTED`.

    Raises
    ------
    ModelError
        If shapes do not fit the model, or an output or signal is not the model's.
    ParameterError
        If the days do not increase, or a tolerance is not above zero.

    References
    ----------
    steinebach2023

    Examples
    --------
    >>> from simsolid.trace import trace
    >>> decay = trace(lambda t, x, p: [-p[0] * x[0]], ["cells"], ["loss_rate"])
    >>> found = integrate(decay, [[1.0, 1.0]], [[0.1, 0.7]], begin=0.0, times=[0.0, 5.0], outputs=["cells"], atol=[1e-9])
    >>> found.values[0, :, 1].round(4)
    array([0.6065, 0.0302])
    """
    plan = plan_of(traced)
    task = _checked(plan, start, parameters, begin, times, atol, rtol, events, actions, max_steps)
    watch = Watch(plan, reactions, facts or Facts(), task.cases) if reactions else None
    run = ENGINES[chosen(engine)](plan)(plan, task, plan.output(outputs), watch, dtype)
    with np.errstate(all="ignore"):
        _drive(run, width or run.width, progress)
    return run.solution()


def chosen(engine: str = "auto") -> str:
    """Name of the engine that a choice means here.

    Parameters
    ----------
    engine : text
        A key of :data:`ENGINES`, or ``"auto"``: what ``SIMSOLID_ENGINE`` names, else machine code where llvmlite is installed.

    Raises
    ------
    ParameterError
        There is no such engine, or it is not installed.

    Examples
    --------
    >>> chosen("numpy")
    'numpy'
    """
    if engine == "auto":
        engine = os.environ.get("SIMSOLID_ENGINE") or ("llvm" if available() else "numpy")
    if engine not in ENGINES:
        raise ParameterError(f"engine: {engine!r} unknown{nearest(engine, ENGINES)}; there are auto, {', '.join(ENGINES)}")
    if engine == "llvm" and not available():
        raise ParameterError("engine: 'llvm' needs llvmlite, which is not at work here; pip install 'simsolid[fast]'")
    return engine


def _machine_code(plan):
    """Models too dense to write out have their systems solved by NumPy in any case."""
    from simsolid.engines.llvm import Lanes

    return Lanes if plan.sparse else Run


ENGINES: dict[str, Callable] = {"llvm": _machine_code, "numpy": lambda plan: Run}


def _drive(run, width, progress):
    reported = monotonic()
    run.open(width)
    try:
        while run.busy:
            run.advance()
            run.refill()
            if progress and monotonic() - reported > _BETWEEN_REPORTS:
                progress(run.done)
                reported = monotonic()
        if progress:
            progress(run.done)
    except KeyboardInterrupt:
        run.interrupt()
    failed = np.count_nonzero(run.status)
    if failed:
        _LOG.info("%d of %d cases stopped early", failed, run.task.cases)


def _checked(plan, start, parameters, begin, times, atol, rtol, events, actions, max_steps):
    start, parameters = np.array(start, dtype=float), np.array(parameters, dtype=float)
    times, atol = np.array(times, dtype=float), np.array(atol, dtype=float)
    cases = start.shape[1] if start.ndim == 2 else -1
    _shape("start", start, (len(plan.states), cases), "states by cases")
    _shape("parameters", parameters, (len(plan.parameters), cases), "parameters by cases")
    _shape("atol", atol, (len(plan.states),), "one per state")
    faults = []
    if times.ndim != 1 or not np.isfinite(times).all() or (np.diff(times) <= 0.0).any() or (times < begin).any():
        faults.append(f"times: {times.size} days from {times[:1]}; they must increase and none be before day {begin}")
    if not (np.isfinite(rtol) and rtol > 0.0 and np.isfinite(atol).all() and (atol > 0.0).all()):
        faults.append(f"tolerances: rtol {rtol}, smallest atol {atol.min(initial=np.inf)}; all must be above zero and finite")
    if events is not None:
        faults += _event_faults(events, cases, begin, len(actions))
    if faults:
        raise ParameterError("integrate: " + "; ".join(faults))
    return Task(start, parameters, float(begin), times, atol[:, None], float(rtol), events, tuple(actions), max_steps)


def _shape(what, found, expected, words):
    if found.shape != expected:
        raise ModelError(f"{what}: shape {found.shape}; the model needs {expected} ({words}); check the order of the axes")


def _event_faults(events, cases, begin, actions):
    day, action = np.asarray(events.day, dtype=float), np.asarray(events.action)
    if day.ndim != 2 or day.shape[0] != cases or action.shape != day.shape or events.amount.shape[:2] != day.shape:
        return [f"events: days {day.shape}, actions {action.shape}, amounts {events.amount.shape}; all start with ({cases}, n)"]
    given = day < np.inf
    faults = []
    if np.isnan(day).any() or (day < begin).any():
        faults.append(f"events: a day is NaN or before day {begin}; begin earlier or move it")
    if (day[:, 1:] < day[:, :-1]).any():
        faults.append("events: days of a case do not increase; sort them, plus infinity last")
    if (given & ((action < 0) | (action >= actions))).any():
        faults.append(f"events: an action number is not one of 0..{actions - 1}")
    return faults
