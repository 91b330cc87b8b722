"""Moments at which a patient's course is cut: days known beforehand, and the moment a trigger rises above zero.

Order at one moment (nearer than 1e-8 d): events first, in their order; then the triggers are read again on what the events
left, the first declared first. An output on that day shows what all of them left.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from simsolid.engines.control import Between
from simsolid.engines.emit import Program
from simsolid.errors import ModelError

NEAR = 1e-8  # [day] moments nearer than this are one
# Places inside a step where triggers are read, so that a short rise above zero within a long step is seen.
_SHARES = np.array([0.25, 0.5, 0.75, 1.0])


def apply(action: Callable, x: np.ndarray, p: np.ndarray, amount: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Apply an action to some patients and check the shape of what comes back.

    Parameters
    ----------
    action : function of (x, p, amount)
        Returns the state and the parameters after it.
    x, p, amount : blocks
        State, parameters and amounts of these patients.

    Raises
    ------
    ModelError
        If the action changes the shape of a block.

    Examples
    --------
    >>> def dose(x, p, amount):
    ...     return x + amount, p
    >>> apply(dose, np.zeros((1, 1)), np.zeros((0, 1)), np.array([[2.5]]))[0]
    array([[2.5]])
    """
    count = x.shape[1]
    if count == 1:  # a sum over the rows of one column is added up in another order than over several
        x, p, amount = (np.repeat(block, 2, axis=1) for block in (x, p, amount))
    found = action(x.copy(), p.copy(), amount)
    new = tuple(np.asarray(block, dtype=float) for block in found)
    if new[0].shape != x.shape or new[1].shape != p.shape:
        name = getattr(action, "__name__", repr(action))
        raise ModelError(
            f"action {name}: returned blocks of shape {new[0].shape} and {new[1].shape}; "
            f"the state is {x.shape} and the parameters {p.shape}; return both with their shape unchanged"
        )
    return new[0][:, :count], new[1][:, :count]


class Triggers:
    """The triggers of a run and which of them have fired.

    Parameters
    ----------
    program : Program
        Values of the triggers.
    table : (action, amounts) by trigger
        What each does, in the order of the program's targets.
    cases : [1], one
        Number of cases.
    """

    def __init__(self, program: Program, table: Sequence[tuple], cases: int):
        self.program, self.table = program, table
        self.waiting = np.ones((len(table), cases), dtype=bool)
        self.fired: list[tuple[int, int, float]] = []

    def above(self, t: np.ndarray, x: Sequence, p: Sequence, cases: np.ndarray) -> np.ndarray:
        """Tell which triggers that still wait are above zero.

        Parameters
        ----------
        t : [day], one per value
            Time.
        x, p : rows
            State and parameters.
        cases : [1], one per value
            Case numbers.

        Returns
        -------
        bool, triggers by values
        """
        return (self.program.block(t, {"x": x, "p": p}) > 0.0) & self.waiting[:, cases]

    def fire(self, which: np.ndarray, cases: np.ndarray, t: np.ndarray) -> None:
        """Note that triggers fired.

        Parameters
        ----------
        which, cases : [1], one per firing
            Trigger and case.
        t : [day], one per firing
            When.
        """
        self.waiting[which, cases] = False
        self.fired += zip(cases.tolist(), which.tolist(), t.tolist(), strict=True)

    def search(self, between: Between, columns: np.ndarray, cases: np.ndarray, limit: np.ndarray):
        """Find the first moment within a step at which a trigger rises above zero.

        Parameters
        ----------
        between : Between
            The step.
        columns, cases : [1], one per patient looked at
            Places in the block and case numbers.
        limit : [1], one per patient looked at
            Part of the step that counts.

        Returns
        -------
        columns, shares of the step and triggers, for those patients that meet one
        """
        shares = limit[:, None] * _SHARES
        repeated = np.repeat(columns, len(_SHARES))
        seen = self._values(between, repeated, shares.ravel()).reshape(len(self.table), *shares.shape)
        seen = (seen > 0.0) & self.waiting[:, cases, None]
        place = np.argmax(seen.any(axis=0), axis=1)
        which, who = np.nonzero(np.take_along_axis(seen, place[None, :, None], axis=2)[:, :, 0])
        if not len(who):
            return who, np.empty(0), which
        high = shares[who, place[who]]
        low = np.where(place[who] > 0, shares[who, place[who] - 1], 0.0)
        share = self._root(between, columns[who], which, low, high)
        order = np.lexsort((which, share, who))
        first = order[np.unique(who[order], return_index=True)[1]]
        return columns[who[first]], share[first], which[first]

    def _values(self, between, columns, share):
        reads = self.program.reads
        x = [None] * len(between.end)
        found = between.states(columns, share, reads["x"])
        for row, place in enumerate(reads["x"]):
            x[place] = found[row]
        p = [None] * len(between.kernel.p)
        for place in reads["p"]:
            p[place] = between.kernel.p[place, columns]
        return self.program.block(between.t[columns] + share * between.h[columns], {"x": x, "p": p})

    def _root(self, between, columns, which, low, high):
        """Close in on the rise by inverse interpolation, else by halves [chandrupatla1997]; the upper end is above zero."""
        pick = np.arange(len(columns))

        def value(share):
            return self._values(between, columns, share)[which, pick]

        width = 0.4 * NEAR / between.h[columns]
        a, b = high.copy(), low.copy()
        fa, fb = value(a), value(b)
        fb = np.where(fb <= 0.0, fb, -np.abs(fa))  # not a number counts as not risen
        c, fc, part = a.copy(), fa.copy(), np.full(len(a), 0.5)
        for _ in range(100):
            open_ = np.abs(b - a) > width
            if not open_.any():
                break
            part = np.where(open_, part, 0.0)
            x = a + part * (b - a)
            fx = np.where(open_, value(x), fa)
            fx = np.where(np.isnan(fx), -np.abs(fa), fx)
            same = (fx > 0.0) == (fa > 0.0)
            c, fc = np.where(open_, np.where(same, a, b), c), np.where(open_, np.where(same, fa, fb), fc)
            b, fb = np.where(open_ & ~same, a, b), np.where(open_ & ~same, fa, fb)
            a, fa = np.where(open_, x, a), np.where(open_, fx, fa)
            part = _interpolate(a, fa, b, fb, c, fc, width)
        return np.where(fa > 0.0, a, b)


def _interpolate(a, fa, b, fb, c, fc, width):
    with np.errstate(all="ignore"):
        xi, phi = (a - b) / (c - b), (fa - fb) / (fc - fb)
        good = (phi * phi < xi) & ((1.0 - phi) ** 2 < 1.0 - xi)
        part = fa / (fb - fa) * fc / (fb - fc) + (c - a) / (b - a) * fa / (fc - fa) * fb / (fc - fb)
        edge = np.minimum(0.9 * width / np.abs(b - a), 0.5)
        return np.where(good & np.isfinite(part), np.clip(part, edge, 1.0 - edge), 0.5)


def table_of(triggers: Mapping[str, tuple] | None, names: Sequence[str], actions: Sequence) -> list[tuple]:
    """List (action, amounts) for each trigger of a model, in the model's order.

    Parameters
    ----------
    triggers : (action number, amounts) by name
        What a run does with the model's triggers; those not named do nothing.
    names : texts
        The model's triggers.
    actions : functions
        The run's actions.
    """
    chosen = [(triggers or {})[name] for name in names]
    return [(actions[number], np.array(amounts, dtype=float, ndmin=1)) for number, amounts in chosen]
