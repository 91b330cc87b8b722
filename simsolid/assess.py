"""From what a clinic saw to one row per patient and arm.

Columns up to ``patient`` name the row; all columns left of ``patient`` are arm axes.
``table.attrs["units"]`` holds the unit of every measured column. A patient whose simulation failed keeps a
row with its reason and nothing else.

Sources: eisenhauer2009 (response), lee2019 (CRS), haas2019 (read-outs of CAR-T in blood).
"""

import numpy as np

from . import crs, recist
from .observe import at_days

FIT_DAYS = 14.0  # the contraction is fitted up to here after the peak, so that the slow phase stays out
FIT_DOWN_TO = 0.1  # and no further than one tenth of the peak, for the same reason
SETTLED = 2.0  # assumed: day from which blood no longer shows the infusion itself
RISE = 1.05  # assumed: more than the ripple of a solver
AREA_DAYS = 28.0  # haas2019: AUC0-28
TRUE_RISE = 1.2**3  # of viable volume, the same as +20 % of a diameter: eisenhauer2009, section 4.3.4
CHANGE_DAYS = (28.0, 90.0)
ROWS_AT_ONCE = 8192  # keeps the work arrays of a large cohort near 20 MB each

UNITS = {
    "lesions": "1", "targets": "1", "stopped": "day", "best_change": "%", "first_response_day": "day",
    "response_duration": "day", "progression_day": "day", "pfs_day": "day", "cmax_cells": "cell/uL",
    "cmax_copies": "copies/ug", "tmax": "day", "auc28_copies": "copies/ug*day", "tlast": "day",
    "contraction_half_life": "day", "crs_grade": "1", "crs_onset": "day", "crs_duration": "day",
    "peak_il6": "pg/mL", "peak_ifng": "pg/mL", "peak_crp": "mg/L", "peak_temperature": "degC",
    "healthy_tissue_min": "1",
    "true_viable_start": "mL", "viable_change_28": "%", "viable_change_90": "%", "net_growth_best": "1/day",
}  # fmt: skip


def assess(seen):
    """Judge every patient in every arm.

    Parameters
    ----------
    seen : Dataset
        From `simsolid.observe.observe`.

    Returns
    -------
    DataFrame, one row per arm and patient
        Response: ``best_response``, ``confirmed_response`` (CR, PR, SD, PD, NE), ``best_change`` (until the first
        PD), ``first_response_day``, ``response_duration``, ``progressed``, ``progression_day``, ``pfs_day`` (to PD,
        else to the last scan that could be judged), ``new_lesion``.
        Blood: ``cmax_cells``, ``cmax_copies``, ``tmax`` (peak of the expansion; NaN without one), ``auc28_copies``,
        ``tlast`` (last day at or above the limit), ``persisting`` (to the end), ``contraction_half_life``.
        Toxicity: ``crs_grade`` (highest; fever is asked for until an anti-cytokine drug is given), ``crs_onset``,
        ``crs_duration``, ``peak_`` of ``il6``, ``ifng``, ``crp`` and ``temperature``, ``healthy_tissue_min``.
        Truth: ``true_viable_start``, ``viable_change_28`` and ``_90``, ``net_growth_best`` (over the lesions) and
        the verdicts on the first PD call, see Notes.

    Notes
    -----
    ``false_progression``: the first PD call came without a truly new lesion, while viable burden was below its
    value at the reference or falling (over the day before). The reference is the scan with the nadir that PD was
    called from; if that is the baseline scan, the infusion. ``pseudo_progression``: a false call that a later scan
    takes back: no new lesion, and a sum that is no longer progression from that nadir, so response or stable
    disease. ``true_progression``: any other first PD. ``mistaken_pseudo``: a true one that a later scan seems to
    take back. ``missed_progression``: viable burden rose by 73 % (20 % of a diameter) and 5 mm of an equal sphere
    over its lowest value since the infusion, and no scan was ever called PD.

    References
    ----------
    eisenhauer2009, lee2019, haas2019

    Examples
    --------
    >>> import xarray as xr
    >>> from simsolid.observe import observe
    >>> volume = ("patient", "lesion", "time"), [[[4.2, 0.0]], [[4.2, 8.4]]]
    >>> run = xr.Dataset({"apparent_volume": volume, "viable_volume": volume, "status": ("patient", [0, 0])},
    ...                  {"patient": [0, 1], "lesion": [0], "time": [-7.0, 70.0]}, {"seed": 7})
    >>> assess(observe(run, noise=False))[["patient", "best_response", "progression_day"]].values.tolist()
    [[0, 'CR', nan], [1, 'PD', 70.0]]
    """
    import pandas as pd

    axes = [d for d in seen["status"].dims if d != "patient"]
    arms = int(np.prod([seen.sizes[d] for d in axes], dtype=int))
    many, step = seen.sizes["patient"], max(1, ROWS_AT_ONCE // max(arms, 1))
    blocks, place = [], []
    for begin in range(0, max(many, 1), step):
        part = seen.isel(patient=slice(begin, begin + step))
        blocks.append(_block(part, axes))
        inside = np.arange(begin, begin + part.sizes["patient"])
        place.append((np.arange(arms)[:, None] * many + inside).ravel())
    # blocks go over patients with all their arms, the table over arms with all their patients
    table = pd.concat(blocks).iloc[np.argsort(np.concatenate(place))].reset_index(drop=True)
    table.attrs = {"units": {k: u for k, u in UNITS.items() if k in table}, "arms": axes}
    return table


def _block(seen, axes):
    import pandas as pd

    rows = _Rows(seen, axes)
    columns = _names(seen, axes)
    for part in (_identity, _response, _blood, _toxicity, _truth):
        columns |= part(rows)
    frame = pd.DataFrame(columns)
    for name, values in columns.items():
        if np.issubdtype(values.dtype, np.bool_):
            frame[name] = pd.arrays.BooleanArray(values, ~rows.finished)
    return frame


class _Rows:
    """The variables of one block as plain arrays with one row per arm and patient."""

    def __init__(self, seen, axes):
        self.seen, self.lead = seen, [*axes, "patient"]
        self.many = int(np.prod([seen.sizes[d] for d in self.lead], dtype=int))
        self.finished = self("status") == 0
        self.day = seen["scan_day"].values
        self.time = seen["time"].values

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

    def burden(self, days):
        """True viable burden at these days."""
        inside = np.clip(days, self.time[0], self.time[-1])
        return self._flat(at_days(self.seen["true_viable_burden"], inside, "day"), "day")

    def course(self, name):
        """A time series from the infusion on."""
        return self(name, "time")[:, self.time >= 0]


def _names(seen, axes):
    labels = [seen[d].values if d in seen.coords else np.arange(seen.sizes[d]) for d in (*axes, "patient")]
    grid = np.meshgrid(*labels, indexing="ij")
    return {d: g.ravel() for d, g in zip((*axes, "patient"), grid, strict=True)}


def _identity(rows):
    return {
        "lesions": rows("lesions"), "targets": rows("target", "lesion").sum(axis=-1),
        "status": rows("status"), "stopped": rows("stopped"),
        "reason": rows("reason", fill="").astype(str).astype(object),
    }  # fmt: skip


def _at(values, index, missing=np.nan):
    """Each row's value at its own index; ``missing`` where the index is negative."""
    here = np.maximum(index, 0)
    found = values[np.arange(len(index)), here] if values.ndim == 2 else values[here]
    return np.where(index >= 0, found, missing)


def _first(truth):
    """Index of the first true column, -1 where there is none."""
    return np.where(truth.any(axis=-1), truth.argmax(axis=-1), -1)


def _last(truth):
    return np.where(truth.any(axis=-1), truth.shape[-1] - 1 - truth[:, ::-1].argmax(axis=-1), -1)


def _response(rows):
    call, change, day = rows("seen_call", "scan"), rows("seen_change", "scan"), rows.day
    counted = recist.until_progression(call) & (np.arange(len(day)) > 0)
    names = np.array([c.name for c in recist.Call], dtype=object)
    progression, response = _first(call == recist.Call.PD), _first((call >= recist.Call.PR) & counted)
    progression_day = _at(day, progression)
    judged = np.where(rows.finished, _at(day, _last(call != recist.Call.NE), missing=0.0), np.nan)
    pfs = np.where(progression >= 0, progression_day, judged)
    response_day = _at(day, response)
    return {
        "best_response": names[recist.best_response(call, day)],
        "confirmed_response": names[recist.best_response(call, day, confirm=True)],
        "best_change": np.fmin.reduce(np.where(counted, change, np.nan), axis=-1),
        "first_response_day": response_day, "response_duration": pfs - response_day,
        "progressed": progression >= 0, "progression_day": progression_day, "pfs_day": pfs,
        "new_lesion": (rows("seen_new_lesion", "scan").astype(bool) & counted).any(axis=-1),
    }  # fmt: skip


def _nadir_scan(total):
    """Index of the scan with the smallest sum before each scan."""
    filled = np.where(np.isnan(total), np.inf, total)
    out, best = np.zeros(total.shape, dtype=int), np.zeros(len(total), dtype=int)
    for k in range(1, total.shape[-1]):
        out[:, k] = best
        best = np.where(filled[:, k] < _at(filled, best), k, best)
    return out


def _truth(rows):
    start, ends = rows.burden([0.0]), rows.time[-1]
    with np.errstate(divide="ignore", invalid="ignore"):
        changes = 100.0 * (rows.burden(CHANGE_DAYS) / start - 1.0)
    growth = np.where(rows.finished[:, None], rows("true_net_effector_growth", "lesion"), np.nan)
    columns = {"true_viable_start": start[:, 0], "net_growth_best": np.fmax.reduce(growth, axis=-1)}
    for k, day in enumerate(CHANGE_DAYS):
        known = (day <= ends) & (start[:, 0] > 0)
        columns[f"viable_change_{day:.0f}"] = np.where(known, changes[:, k], np.nan)
    return columns | _verdicts(rows, start, rows.burden(rows.day), rows.burden(rows.day - 1.0))


def _verdicts(rows, start, burden, day_before):
    """Was the first PD call right? The definitions are in the Notes of `assess`."""
    call, total = rows("seen_call", "scan"), rows("seen_sum", "scan")
    first = _first(call == recist.Call.PD)
    progressed, here = first >= 0, np.maximum(first, 0)
    nadir_scan = _at(_nadir_scan(total), here).astype(int)
    reference = np.where(nadir_scan == 0, start[:, 0], _at(burden, nadir_scan))
    now = _at(burden, here)
    falling = (now < reference) | (now < _at(day_before, here))
    false = progressed & falling & ~_at(rows("true_new_lesion", "scan").astype(bool), here).astype(bool)
    later = np.arange(len(rows.day)) > here[:, None]
    read = later & np.isfinite(total) & ~rows("seen_new_lesion", "scan").astype(bool)
    taken_back = (read & ~recist.grown(total, _at(total, nadir_scan)[:, None])).any(axis=-1)
    return {
        "false_progression": false, "pseudo_progression": false & taken_back,
        "true_progression": progressed & ~false,
        "mistaken_pseudo": progressed & ~false & taken_back,
        "missed_progression": ~progressed & _truly_progressed(start, burden),
    }  # fmt: skip


def _truly_progressed(start, burden):
    course = np.concatenate([start, burden[:, 1:]], axis=-1)
    lowest = np.fmin.accumulate(course, axis=-1)
    wider = recist.sphere_diameter(course) - recist.sphere_diameter(lowest) >= recist.PROGRESSION_RISE_MM
    return (wider & (course >= TRUE_RISE * lowest)).any(axis=-1)


def _blood(rows):
    cells, copies = rows.course("seen_cart_blood"), rows.course("seen_cart_copies")
    time = rows.time[rows.time >= 0]
    main = copies if "seen_cart_copies" in rows.seen else cells
    known = np.isfinite(main).all(axis=-1)
    expanding = _expanding(time, main)
    peak = np.where(expanding, np.nan_to_num(main), -np.inf).argmax(axis=-1)
    peak = np.where(known & expanding.any(axis=-1), peak, -1)
    last = _last(main > 0)
    return {
        "cmax_cells": _highest(time, cells), "cmax_copies": _highest(time, copies),
        "tmax": _at(time, peak), "auc28_copies": _area(time, copies, AREA_DAYS), "tlast": _at(time, last),
        "persisting": last == len(time) - 1, "contraction_half_life": _half_life(time, main, peak),
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
    top, tmax = _at(values, peak)[:, None], _at(time, peak)[:, None]
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


def _toxicity(rows):
    time = rows.time[rows.time >= 0]
    scores = [np.nan_to_num(rows.course(f"seen_{which}_score")) for which in ("pressure", "oxygen")]
    treated = time >= rows("seen_anti_cytokine_day")[:, None]  # NaN, never given, is never reached
    course = crs.course(time, rows.course("seen_temperature"), *scores, treated)
    known = rows.finished & ("seen_temperature" in rows.seen)
    columns = {
        "crs_grade": np.where(known, course.peak, np.nan), "crs_onset": np.where(known, course.onset, np.nan),
        "crs_duration": np.where(known & (course.peak > 0), course.duration, np.nan),
    }  # fmt: skip
    for lab in ("il6", "ifng", "crp", "temperature"):
        columns[f"peak_{lab}"] = np.fmax.reduce(rows.course(f"seen_{lab}"), axis=-1)
    columns["healthy_tissue_min"] = np.fmin.reduce(rows.course("true_healthy_tissue"), axis=-1)
    return columns
