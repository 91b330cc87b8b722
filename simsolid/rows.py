"""The variables of an observed run as plain arrays with one row per arm and patient, and small steps along a row.

A patient is followed until the run ends or until death; what a row holds after that day is NaN.
"""

import numpy as np

from .imaging import at_days


class Rows:
    """One block of an observed run, laid out with one row per arm and patient."""

    def __init__(self, seen, axes):
        self.seen, self.lead = seen, [*axes, "patient"]
        self.many = int(np.prod([seen.sizes[d] for d in self.lead], dtype=int))
        self.finished = self("status") == 0
        self.day = seen["scan_day"].values
        self.time = seen["time"].values
        self.death = self("seen_death_day")
        self.end = np.where(self.finished, np.fmin(self.death, self.time[-1]), np.nan)

    def __call__(self, name, *tail, fill=np.nan):
        """Values of a variable, with the axes ``tail`` after the rows; ``fill`` if there is none."""
        sizes = [self.seen.sizes[d] for d in tail]
        if name not in self.seen.variables:
            return np.full((self.many, *sizes), fill)
        return self._flat(self.seen[name], *tail)

    def _flat(self, values, *tail):
        values = values.reset_coords(drop=True)
        values = values.expand_dims({d: self.seen.sizes[d] for d in self.lead if d not in values.dims})
        values = values.transpose(*self.lead, *tail).values
        return values.reshape(self.many, *values.shape[len(self.lead) :])

    def alive(self, days):
        """Whether each row is still followed at these days, which are the same for all rows or one list per row."""
        return ~(np.asarray(days) > self.death[:, None])

    def burden(self, days):
        """True viable burden [mL] at these days, for the living."""
        inside = np.clip(days, self.time[0], self.time[-1])
        values = self._flat(at_days(self.seen["true_viable_burden"], inside, "day"), "day")
        return np.where(self.alive(days), values, np.nan)

    def course(self, name):
        """A time series from the infusion on, for the living."""
        after = self.time >= 0
        values = self(name, "time")[:, after]
        return np.where(self.alive(self.time[after]), values, np.nan) if np.isfinite(self.death).any() else values

    def flag(self, name, *tail):
        """A true-or-false variable; false if there is none."""
        return self(name, *tail, fill=False).astype(bool)


def at(values, index, missing=np.nan):
    """Take each row's value at its own index.

    Parameters
    ----------
    values : any unit, one per column, or one per row and column
    index : [1], one per row
        Negative where there is none.
    missing : same unit, one
        Stands where the index is negative.

    Returns
    -------
    same unit, one per row

    Examples
    --------
    >>> at(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([1, -1])).tolist()
    [2.0, nan]
    """
    here = np.maximum(index, 0)
    found = values[np.arange(len(index)), here] if values.ndim == 2 else values[here]
    return np.where(index >= 0, found, missing)


def first(truth):
    """Find the first true column of each row.

    Parameters
    ----------
    truth : truth, one per row and column

    Returns
    -------
    [1], one per row
        -1 where there is none.

    Examples
    --------
    >>> first(np.array([[False, True, True], [False, False, False]])).tolist()
    [1, -1]
    """
    return np.where(truth.any(axis=-1), truth.argmax(axis=-1), -1)


def last(truth):
    """Find the last true column of each row.

    Parameters
    ----------
    truth : truth, one per row and column

    Returns
    -------
    [1], one per row
        -1 where there is none.

    Examples
    --------
    >>> last(np.array([[False, True, True], [False, False, False]])).tolist()
    [2, -1]
    """
    return np.where(truth.any(axis=-1), truth.shape[-1] - 1 - truth[:, ::-1].argmax(axis=-1), -1)
