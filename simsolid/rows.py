"""The variables of an observed run as plain arrays with one row per arm and patient, and small steps along a row.

A patient is followed until the run ends or until death; what a row holds after that day is NaN.
"""

import numpy as np

from .errors import ParameterError
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

    def on(self, name, days):
        """A time series at these days, for the living; NaN if there is none."""
        if name not in self.seen.variables:
            return np.full((self.many, len(days)), np.nan)
        inside = np.clip(days, self.time[0], self.time[-1])
        return np.where(self.alive(days), self._flat(at_days(self.seen[name], inside, "day"), "day"), np.nan)

    def course(self, name):
        """A time series from the infusion on, for the living."""
        after = self.time >= 0
        values = self(name, "time")[:, after]
        return np.where(self.alive(self.time[after]), values, np.nan) if np.isfinite(self.death).any() else values

    def flag(self, name, *tail):
        """A true-or-false variable; false if there is none."""
        return self(name, *tail, fill=False).astype(bool)


ROWS_AT_ONCE = 8192  # keeps the work arrays of a large cohort near 20 MB each


def tabulate(seen, frame_of, units):
    """Make a table of an observed run, a block of patients at a time, so that a large cohort stays cheap.

    Parameters
    ----------
    seen : Dataset
        From `simsolid.observe.observe`.
    frame_of : function
        From the `Rows` of a block and their labels by axis to a DataFrame whose index numbers the rows.
    units : mapping of text
        Units of the columns.

    Returns
    -------
    DataFrame
        Ordered by arm, then patient; ``attrs`` hold ``units`` and ``arms``.

    Raises
    ------
    ParameterError
        It is no observation.
    """
    import pandas as pd

    if "scan_day" not in getattr(seen, "variables", ()):
        raise ParameterError(f"{type(seen).__name__} without scans: nobody has observed it; give what sim.observe(run) returns")
    axes = [d for d in seen["status"].dims if d != "patient"]
    arms = int(np.prod([seen.sizes[d] for d in axes], dtype=int))
    many, step = seen.sizes["patient"], max(1, ROWS_AT_ONCE // max(arms, 1))
    blocks = []
    for begin in range(0, max(many, 1), step):
        part = seen.isel(patient=slice(begin, begin + step))
        frame = frame_of(Rows(part, axes), _labels(part, axes))
        # blocks go over patients with all their arms, the table over arms with all their patients
        inside = np.arange(begin, begin + part.sizes["patient"])
        place = (np.arange(arms)[:, None] * many + inside).ravel()
        blocks.append(frame.set_axis(place[frame.index]))
    table = pd.concat(blocks).sort_index(kind="stable").reset_index(drop=True)
    table.attrs = {"units": {k: u for k, u in units.items() if k in table}, "arms": axes}
    return table


def _labels(seen, axes):
    labels = [seen[d].values if d in seen.coords else np.arange(seen.sizes[d]) for d in (*axes, "patient")]
    grid = np.meshgrid(*labels, indexing="ij")
    return {d: g.ravel() for d, g in zip((*axes, "patient"), grid, strict=True)}


def flagged(columns, finished):
    """Make a table of columns in which what is true or false is unknown of patients whose simulation failed.

    Parameters
    ----------
    columns : mapping of array
        Columns by name.
    finished : truth, one per row

    Returns
    -------
    mapping
        The columns, those of truths as nullable ones.
    """
    import pandas as pd

    return {name: pd.arrays.BooleanArray(values, ~finished) if np.issubdtype(values.dtype, np.bool_) else values
            for name, values in columns.items()}  # fmt: skip


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
