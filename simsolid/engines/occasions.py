"""Where a patient's course is cut: what an action does to some columns of a block, and the first moment within a step at which
a sign of a reaction changes.
"""

from collections.abc import Callable

import numpy as np

from simsolid.engines.control import Between
from simsolid.engines.reactions import NEAR, Watch
from simsolid.errors import ModelError

# Places inside a step where signs are read, so that a short rise within a long step is seen.
SHARES = np.array([0.25, 0.5, 0.75, 1.0])


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


def search(watch: Watch, between: Between, columns: np.ndarray, cases: np.ndarray, limit: np.ndarray):
    """Find the first moment within a step at which a sign changes.

    Parameters
    ----------
    watch : Watch
        The reactions.
    between : Between
        The step.
    columns, cases : [1], one per patient looked at
        Places in the block and case numbers.
    limit : [1], one per patient looked at
        Part of the step that counts.

    Returns
    -------
    columns and shares of the step, for those patients in which one changes
    """
    shares = limit[:, None] * SHARES
    many = np.repeat(np.arange(len(columns)), len(SHARES))
    beyond = watch.flips(_Signals(watch, between, columns[many])(shares.ravel()), cases[many])
    changed = (beyond > 0.0).reshape(len(watch.signs), *shares.shape)
    place = np.argmax(changed.any(axis=0), axis=1)
    which, who = np.nonzero(np.take_along_axis(changed, place[None, :, None], axis=2)[:, :, 0])
    if not len(who):
        return columns[:0], np.empty(0)
    high, after = shares[who, place[who]], beyond.reshape(changed.shape)[which, who, place[who]]
    low = np.where(place[who] > 0, shares[who, place[who] - 1], 0.0)
    share = _root(watch, between, columns[who], cases[who], which, low, high, after)
    order = np.lexsort((share, who))
    first = order[np.unique(who[order], return_index=True)[1]]
    return columns[who[first]], share[first]


class _Signals:
    """What is watched in some columns within their step, as a function of the part of it that has passed."""

    def __init__(self, watch: Watch, between: Between, columns: np.ndarray):
        self.program, self.height = watch.program, len(between.end)
        self.t, self.h = between.t[columns], between.h[columns]
        self.gathered = between.gathered(columns, watch.program.reads["x"])
        self.p = [None] * len(between.kernel.p)
        for place in watch.program.reads["p"]:
            self.p[place] = between.kernel.p[place, columns]

    def __call__(self, share: np.ndarray) -> np.ndarray:
        x = [None] * self.height
        for place, row in zip(self.program.reads["x"], self.gathered.states(share), strict=True):
            x[place] = row
        return self.program.block(self.t + share * self.h, {"x": x, "p": self.p})


def _root(watch, between, columns, cases, which, low, high, after):
    """Close in on the change by inverse interpolation, else by halves [chandrupatla1997]; the upper end is beyond it."""
    pick, signals = np.arange(len(columns)), _Signals(watch, between, columns)

    def value(share):
        return watch.flips(signals(share), cases)[which, pick]

    width = 0.4 * NEAR / between.h[columns]
    a, b = high.copy(), low.copy()
    fa, fb = after, value(b)
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
