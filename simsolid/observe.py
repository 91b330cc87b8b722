"""What a clinic sees of a run: scans with a reader's error, CAR-T above an assay's limit, and labs.

Every name in the result says who knows it: ``seen_`` is what the clinic has, ``true_`` is what only the
simulation knows and rides along to judge the clinic's verdicts. A lesion is read as a sphere. The reader's
error of a lesion at a scan belongs to the patient, so all arms are read by the same eyes.

Sources: eisenhauer2009 (scans and response), yoon2016 (reader's error), haas2019 (limit of the qPCR assay).
"""

import logging

import numpy as np

from . import recist, streams
from .errors import ParameterError, nearest
from .steps import is_number

log = logging.getLogger(__name__)

CRITERIA = {"recist": recist.read}
READER_CV = 0.086  # one lesion, different readers: derived from the limits of agreement in yoon2016
QUANTIFIED_COPIES = 25.0  # [copies/ug] of the qPCR assay in haas2019
SMALLEST_SEEN_MM = 2.0  # assumed: thinner than any usual slice, so nothing smaller is found
SERIES = ("cart_blood", "cart_copies", "cart_cavity", "il6", "ifng", "crp", "temperature", "pressure_score",
          "oxygen_score", "healthy_tissue")  # fmt: skip
CARRIED = ("status", "reason", "stopped")
RENAMED = {"net_effector_growth": "true_net_effector_growth", "anti_cytokine_day": "seen_anti_cytokine_day"}
NEEDED = ("apparent_volume", "viable_volume", "status")


def scan_days(begin, end, *, first_scan=28.0, scan_every=42.0, baseline=-7.0):
    """Days of the baseline scan and of all later scans until the run ends.

    Parameters
    ----------
    begin, end : [day], one each
        Of the run. A baseline scan before the run begins is taken at its beginning.
    first_scan, scan_every, baseline : [day], one each

    Returns
    -------
    [day], one per scan

    Raises
    ------
    ParameterError
        A day is not a finite number, or the schedule is impossible.

    Examples
    --------
    >>> scan_days(-7, 180).tolist()
    [-7.0, 28.0, 70.0, 112.0, 154.0]
    """
    given = {"begin": begin, "end": end, "first_scan": first_scan, "scan_every": scan_every, "baseline": baseline}
    wrong = [f"{name} {day!r}" for name, day in given.items() if not is_number(day) or not np.isfinite(day)]
    if wrong:
        raise ParameterError(f"observe: {', '.join(wrong)}: must be a finite number of days")
    if scan_every <= 0 or first_scan <= baseline:
        raise ParameterError(
            f"observe: first_scan {first_scan:g}, scan_every {scan_every:g}, baseline {baseline:g} day: "
            "scan_every must be above 0 and first_scan after the baseline scan"
        )
    if baseline < begin:
        log.info("baseline scan moved from day %g to %g, where the run begins", baseline, begin)
    later = np.arange(first_scan, end + 1e-9, scan_every)
    return np.concatenate([[max(baseline, begin)], later])


def at_days(series, days, axis="scan"):
    """Values of a time series at other days, on straight lines between its times.

    Parameters
    ----------
    series : any unit, DataArray with the axis time
    days : [day], one per scan
        Within the times of the series.
    axis : text
        Name of the axis that replaces time.

    Returns
    -------
    DataArray with ``axis`` as its last axis

    Examples
    --------
    >>> import xarray as xr
    >>> at_days(xr.DataArray([0.0, 4.0], {"time": [0, 2]}), [0.5, 2.0]).values.tolist()
    [1.0, 4.0]
    """
    import xarray as xr

    time, days = series["time"].values, np.asarray(days, dtype=float)
    after = np.clip(np.searchsorted(time, days), 1, len(time) - 1)
    share = xr.DataArray((days - time[after - 1]) / (time[after] - time[after - 1]), dims=axis)
    bare = series.drop_vars("time").transpose(..., "time")
    left, right = (bare.isel(time=xr.DataArray(k, dims=axis)) for k in (after - 1, after))
    # an exact day takes its own value: a neighbour that is missing must not spoil it
    return xr.where(share == 1, right, xr.where(share == 0, left, left + (right - left) * share)).transpose(
        ..., axis
    )


def observe(run, *, first_scan=28, scan_every=42, baseline=-7, noise=True, criteria="recist", reader_cv=None,
            attenuation_sd=5.0, loq_copies=None, loq_cells=0.05):  # fmt: skip
    """See a run as a clinic does.

    Parameters
    ----------
    run : Dataset
        A labelled run. Patients whose simulation failed are seen nowhere: NaN, and NE at every scan.
    first_scan, scan_every, baseline : [day], one each
        The scan schedule; see `scan_days`.
    noise : truth, one
        Off: exact diameters, not rounded. On: each lesion and scan has its own error, and diameters are
        whole mm.
    criteria : text
        How response is read; a name in `CRITERIA`.
    reader_cv : [1], one or labelled
        Coefficient of variation of one diameter. Without it the run's own ``reader_cv`` (variable, then
        attribute) is used, then 0.086.
    attenuation_sd : [HU], one or labelled
        Standard deviation of the attenuation of one lesion at one scan (assumed).
    loq_copies, loq_cells : [copies/ug] and [cell/uL], one or labelled
        Limits of quantification of CAR-T in blood by qPCR (without it the run's own ``quantification_limit``,
        variable, then attribute, then 25) and by flow; what is lower is seen as 0.

    Returns
    -------
    Dataset
        Over scan: ``seen_diameter``, ``seen_attenuation``, ``seen_sum``, ``seen_change``, ``seen_call``,
        ``seen_new_lesion`` and the chosen ``target``; over time: ``seen_cart_blood``, ``seen_il6`` and so on;
        beside them ``true_apparent_volume``, ``true_viable_volume``, ``true_new_lesion`` over scan and
        ``true_viable_burden`` over time. Lesions that measure less than 2 mm are not found and are 0.

    Raises
    ------
    ParameterError
        The run lacks what a scan needs, a choice is unknown, or a number impossible.

    References
    ----------
    eisenhauer2009; yoon2016; haas2019

    Examples
    --------
    >>> import xarray as xr
    >>> volume = ("patient", "lesion", "time"), [[[4.2, 0.0]], [[4.2, 8.4]]]
    >>> run = xr.Dataset({"apparent_volume": volume, "viable_volume": volume, "status": ("patient", [0, 0])},
    ...                  {"patient": [0, 1], "lesion": [0], "time": [-7.0, 70.0]}, {"seed": 7})
    >>> [[recist.Call(c).name for c in calls] for calls in observe(run, noise=False).seen_call.values]
    [['NE', 'SD', 'CR'], ['NE', 'SD', 'PD']]
    """
    _check(run, criteria)
    schedule = {"first_scan": first_scan, "scan_every": scan_every, "baseline": baseline}
    days = scan_days(float(run["time"][0]), float(run["time"][-1]), **schedule)
    cv = _amount("reader_cv", _own(run, "reader_cv", reader_cv, READER_CV))
    attenuation_sd = _amount("attenuation_sd", attenuation_sd)
    limits = {
        "loq_copies": _amount("loq_copies", _own(run, "quantification_limit", loq_copies, QUANTIFIED_COPIES)),
        "loq_cells": _amount("loq_cells", loq_cells),
    }
    finished = run["status"] == 0
    seen = run[[n for n in (*CARRIED, *RENAMED) if n in run]]
    seen = seen.rename({old: new for old, new in RENAMED.items() if old in seen})
    seen = seen.assign_coords(scan=np.arange(len(days)), scan_day=("scan", days, {"units": "day"}))
    seen = seen.assign(
        _scans(run, days, finished, cv if noise else None, attenuation_sd if noise else 0.0, criteria)
    )
    seen = seen.assign(
        _series(run, finished, {"cart_copies": limits["loq_copies"], "cart_blood": limits["loq_cells"]})
    )
    plain = {name: float(limit) for name, limit in limits.items() if not getattr(limit, "dims", ())}
    seen.attrs = {**run.attrs, "criteria": criteria, "noise": int(noise), **plain, **schedule}
    return seen


def _check(run, criteria):
    missing = [name for name in NEEDED if name not in run]
    faults = [f"{name}: the run has no such variable" + nearest(name, run.data_vars) for name in missing]
    axes = [axis for axis in ("patient", "lesion", "time") if axis not in run.dims]
    faults += [f"{axis}: the run has no such axis" + nearest(axis, run.dims) for axis in axes]
    if criteria not in CRITERIA:
        faults.append(
            f"criteria: {criteria!r} is not one of {', '.join(CRITERIA)}" + nearest(criteria, CRITERIA)
        )
    if faults:
        raise ParameterError("observe: this run cannot be read\n  " + "\n  ".join(faults))


def _own(run, name, given, otherwise):
    """What was given; else what the run says of itself, labelled or plain; else the default."""
    if given is not None:
        return given
    return run[name] if name in run else run.attrs.get(name, otherwise)


def _amount(name, value):
    """The value, if all of it is finite and not below 0."""
    plain = is_number(value)
    numbers = np.asarray(value) if plain or hasattr(value, "dims") else np.empty(0)
    if not numbers.size or numbers.dtype.kind not in "iuf" or not (np.isfinite(numbers) & (numbers >= 0)).all():
        raise ParameterError(f"observe: {name} {value if plain else _shortly(value)}: must be finite, and at least 0")
    return value


def _shortly(value):
    return f"over {', '.join(map(str, value.dims))}" if hasattr(value, "dims") else repr(value)


def _draws(run, purpose, scans):
    """Standard normal numbers by (patient, lesion, scan): the same in every arm."""
    import xarray as xr

    seed, patients, lesions = int(run.attrs.get("seed", 0)), run["patient"].values, run["lesion"].values
    values = [
        [streams.normal(seed, (purpose, lesion, k), patients) for k in range(scans)] for lesion in lesions
    ]
    return xr.DataArray(np.moveaxis(np.array(values), -1, 0), dims=("patient", "lesion", "scan"))


def _scans(run, days, finished, cv, attenuation_sd, criteria):
    order = (..., "patient", "lesion", "scan")
    apparent = at_days(run["apparent_volume"], days).where(finished).transpose(*order)
    viable = at_days(run["viable_volume"], days).where(finished).transpose(*order)
    diameter = apparent.copy(data=recist.sphere_diameter(apparent.values))
    if cv is not None:
        sigma = np.sqrt(np.log1p(np.square(cv)))
        diameter = np.rint(diameter * np.exp(sigma * _draws(run, "reader", len(days))))
    diameter = diameter.where(~(diameter < SMALLEST_SEEN_MM), 0.0).transpose(*order)
    burden = run["viable_volume"].sum("lesion", min_count=1).where(finished)
    out = {
        "seen_diameter": _label(diameter, "mm", "diameter read from the scan"),
        "true_apparent_volume": _label(apparent, "mL", "volume of the lesion with oedema and dead cells"),
        "true_viable_volume": _label(viable, "mL", "volume of viable tumour"),
        "true_viable_burden": _label(burden, "mL", "volume of viable tumour, all lesions"),
        "true_new_lesion": _label(_new_lesion(run, days, viable), "1", "a new lesion exists"),
    }
    if "attenuation" in run:
        density = at_days(run["attenuation"], days) + attenuation_sd * _draws(run, "attenuation", len(days))
        out["seen_attenuation"] = _label(density.where(diameter > 0), "HU", "attenuation read from the scan")
    return out | _response(run, diameter, criteria)


def _new_lesion(run, days, viable):
    import xarray as xr

    if "new_lesion_day" in run:
        return run["new_lesion_day"] <= xr.DataArray(days, dims="scan")
    return ((viable > 0) & (viable.isel(scan=0) == 0)).any("lesion")


def _organs(run, first):
    """Organ number and whether it is a lymph node, for each lesion of the baseline scan."""
    import xarray as xr

    if "site" not in run:
        site = xr.DataArray(run["lesion"].values.astype(str), dims="lesion")
    else:
        site = run["site"].reset_coords(drop=True)
    site = site.broadcast_like(first).transpose(*first.dims)
    words, organ = np.unique(site.values.astype(str), return_inverse=True)
    organ = organ.reshape(site.shape)
    return organ, (np.char.find(words, "node") >= 0)[organ]


def _response(run, diameter, criteria):
    import xarray as xr

    first = diameter.isel(scan=0, drop=True)
    reading, target = CRITERIA[criteria](diameter.values, *_organs(run, first))
    axes = [d for d in diameter.dims if d != "lesion"]
    meanings = " ".join(c.name for c in recist.Call)
    codes = {"flag_values": [int(c) for c in recist.Call], "flag_meanings": meanings}

    def over_scans(values, units, long_name, **attrs):
        return _label(xr.DataArray(values, dims=axes), units, long_name, **attrs)

    return {
        "target": _label(first.copy(data=target), "1", "chosen as a target lesion"),
        "seen_sum": over_scans(reading.total, "mm", "sum of the target lesions' diameters"),
        "seen_change": over_scans(reading.change, "%", "change of the sum from baseline"),
        "seen_call": over_scans(reading.call, "1", "response at the scan", **codes),
        "seen_new_lesion": over_scans(reading.new, "1", "a new lesion is seen"),
    }


def _series(run, finished, limits):
    out = {}
    for name in SERIES:
        if name not in run:
            continue
        values = run[name].where(finished)
        if name in limits:
            values = values.where(~(values < limits[name]), 0.0)
        who = "true_" if name == "healthy_tissue" else "seen_"
        out[who + name] = values.transpose(..., "time").assign_attrs(run[name].attrs)
    return out


def _label(values, units, long_name, **attrs):
    values.attrs = {"units": units, "long_name": long_name, **attrs}
    return values
