"""Columns that trials report beside those of ``assess``: doubling in the expansion, the late half-life, the first scan.

Source: stein2019 (phases of CAR-T in blood).
"""

import numpy as np

from simsolid.blood import SETTLED
from simsolid.rows import tabulate

RISING = (0.1, 0.8)  # share of the peak between which cells double at their own pace; assumed
LATE = 180.0  # [day] from which the slow phase is read alone; its half-life of 220 days is far from the first of 4
FEWEST = 4  # times through which a line is laid
UNITS = {"doubling_time": "day", "late_half_life": "day", "early_change": "%", "early_enhancing_change": "%"}


def kinetics(seen):
    """Read what trials report of cells in blood, and of the first scan after the infusion.

    Parameters
    ----------
    seen : Dataset
        From `simsolid.observe.observe`.

    Returns
    -------
    DataFrame, one row per arm and patient
        ``patient``; ``doubling_time`` and ``late_half_life`` [day] of the transgene in blood (NaN where it does not rise, or
        is not followed beyond half a year); ``early_change`` and ``early_enhancing_change`` [%] at the first
        scan after the infusion.

    References
    ----------
    stein2019

    Examples
    --------
    >>> import xarray as xr
    >>> from simsolid.observe import observe
    >>> volume = ("patient", "lesion", "time"), [[[4.2, 0.6]]]
    >>> run = xr.Dataset({"apparent_volume": volume, "viable_volume": volume, "status": ("patient", [0])},
    ...                  {"patient": [0], "lesion": [0], "time": [-7.0, 28.0]}, {"seed": 7})
    >>> kinetics(observe(run, noise=False))["early_change"].round().tolist()
    [-48.0]
    """
    return tabulate(seen, _frame, UNITS)


def _frame(rows, labels):
    import pandas as pd

    time = rows.time[rows.time >= 0]
    copies = rows.course("seen_cart_copies")
    late = (time >= LATE) & (copies > 0)
    found = {
        "doubling_time": np.log(2.0) / _rate(time, copies, _rising(time, copies)),
        "late_half_life": -np.log(2.0) / _rate(time, copies, late),
        "early_change": _early(rows, "seen_change"),
        "early_enhancing_change": _relative(rows, "seen_enhancing"),
    }
    positive = {name: np.where(values > 0, values, np.nan) for name, values in found.items() if name.endswith(("time", "life"))}
    return pd.DataFrame(labels | found | positive)


def _rising(time, values):
    """Times from the infusion's settling to the peak at which the height is well between the two."""
    held = np.where(time >= SETTLED, np.nan_to_num(values), 0.0)
    peak = held.argmax(axis=-1)[:, None]
    top = np.take_along_axis(held, peak, axis=-1)
    between = (held > RISING[0] * top) & (held < RISING[1] * top)
    return between & (np.arange(len(time)) <= peak) & (time >= SETTLED) & (top > 0)


def _rate(time, values, use):
    """Slope of the logarithm through the times in use; NaN where they are too few or do not change."""
    use = use & (values > 0)
    many = use.sum(axis=-1)
    height = np.log(np.where(use, values, 1.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        day = np.where(use, time - (np.where(use, time, 0.0).sum(axis=-1) / many)[:, None], 0.0)
        slope = (day * height).sum(axis=-1) / (day**2).sum(axis=-1)
    return np.where((many >= FEWEST) & (slope != 0), slope, np.nan)


def _early(rows, name):
    """A value per scan at the first scan after the infusion."""
    after = np.flatnonzero(rows.day > 0)
    return rows(name, "scan")[:, after[0]] if len(after) else np.full(rows.many, np.nan)


def _relative(rows, name):
    """Change of the sum over lesions at the first scan after the infusion, in per cent of the baseline scan."""
    after = np.flatnonzero(rows.day > 0)
    if name not in rows.seen.variables or not len(after):
        return np.full(rows.many, np.nan)
    total = np.nansum(rows(name, "lesion", "scan"), axis=1)
    known = rows("seen_change", "scan")[:, after[0]]
    with np.errstate(divide="ignore", invalid="ignore"):
        change = 100.0 * (total[:, after[0]] / total[:, 0] - 1.0)
    return np.where(np.isfinite(known) & (total[:, 0] > 0), change, np.nan)
