"""Read-outs of CAR-T in blood: peak, area, persistence and contraction of one assay's series.

Source: haas2019 (read-outs of CAR-T in blood).
"""

import numpy as np

from .rows import at, last

FIT_DAYS = 14.0  # the contraction is fitted up to here after the peak, so that the slow phase stays out
FIT_DOWN_TO = 0.1  # and no further than one tenth of the peak, for the same reason
SETTLED = 2.0  # assumed: day from which blood no longer shows the infusion itself
RISE = 1.05  # assumed: more than the ripple of a solver
AREA_DAYS = 28.0  # haas2019: AUC0-28

UNITS = {
    "cmax_cells": "cell/uL", "cmax_copies": "copies/ug", "tmax": "day", "auc28_copies": "copies/ug*day", "tlast": "day",
    "contraction_half_life": "day",
}  # fmt: skip


def blood(rows):
    """Read out CAR-T in blood.

    Parameters
    ----------
    rows : Rows

    Returns
    -------
    mapping
        Columns by name; without transgene copies the cells are read for all but the peaks.

    References
    ----------
    haas2019
    """
    cells, copies = rows.course("seen_cart_blood"), rows.course("seen_cart_copies")
    time = rows.time[rows.time >= 0]
    main = copies if "seen_cart_copies" in rows.seen else cells
    expanding = _expanding(time, main)
    peak = np.where(expanding, np.nan_to_num(main), -np.inf).argmax(axis=-1)
    peak = np.where(expanding.any(axis=-1), peak, -1)
    late, followed = last(main > 0), last(np.isfinite(main))
    return {
        "cmax_cells": _highest(time, cells), "cmax_copies": _highest(time, copies),
        "tmax": at(time, peak), "auc28_copies": _area(time, copies, AREA_DAYS), "tlast": at(time, late),
        "persisting": (late >= 0) & (late == followed), "contraction_half_life": _half_life(time, main, peak),
    }  # fmt: skip


def _settled(time):
    return time >= SETTLED if (time >= SETTLED).any() else time >= 0


def _expanding(time, values):
    """Times from the first rise above the lowest value so far; infused cells that leave blood only fall."""
    held = np.where(_settled(time), values, np.inf)
    lowest = np.fmin.accumulate(held, axis=-1)
    return np.logical_or.accumulate((held > RISE * lowest) & np.isfinite(held), axis=-1)


def _highest(time, values):
    """Largest value of the expansion; without one, since the infusion has settled. NaN where unknown."""
    rising = _expanding(time, values)
    use = np.where(rising.any(axis=-1, keepdims=True), rising, _settled(time))
    most = np.fmax.reduce(np.where(use, values, -np.inf), axis=-1)
    return np.where(np.isfinite(most), most, np.nan)


def _area(time, values, until):
    """Area under straight lines from the infusion to ``until``; NaN if the run is shorter."""
    if len(time) < 2 or time[-1] < until:
        return np.full(len(values), np.nan)
    after = max(int(np.searchsorted(time, until)), 1)
    share = (until - time[after - 1]) / (time[after] - time[after - 1])
    end = values[:, after - 1] + share * (values[:, after] - values[:, after - 1])
    cut = np.concatenate([values[:, :after], end[:, None]], axis=-1)
    return (0.5 * (cut[:, 1:] + cut[:, :-1]) * np.diff(np.append(time[:after], until))).sum(axis=-1)


def _half_life(time, values, peak):
    """Half-life of the line fitted to the logarithm after the peak; a time weighs the days it stands for."""
    if len(time) < 3:
        return np.full(len(values), np.nan)
    top, tmax = at(values, peak)[:, None], at(time, peak)[:, None]
    after = (time >= tmax) & (time <= tmax + FIT_DAYS)
    stays = np.logical_and.accumulate((values >= FIT_DOWN_TO * top) | (time < tmax), axis=-1)
    use = after & stays & (values > 0)
    weight = np.where(use, np.gradient(time), 0.0)
    height = np.log(np.where(use, values, 1.0))
    whole = np.where(use.sum(axis=-1) >= 3, weight.sum(axis=-1), np.nan)
    day = time - (weight @ time / whole)[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = (weight * day * height).sum(axis=-1) / (weight * day**2).sum(axis=-1)
        return np.where(slope < 0, -np.log(2.0) / slope, np.nan)
