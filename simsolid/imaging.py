"""What scans show: diameters, attenuation and enhancement with a reader's error, and the response read from them.

A lesion is read as a sphere. The reader's error of a lesion at a scan belongs to the patient, so all arms are read by
the same eyes. A patient is scanned while alive. ``seen_`` is what the clinic has, ``true_`` what only the simulation
knows.

Sources: eisenhauer2009 (scans and response), yoon2016 (reader's error).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from .criteria import CRITERIA
from .films import Call, Films
from .recist import MEASURABLE_MM, sphere_volume
from .scans import is_node, read_diameter, reader_error

ORDER = (..., "patient", "lesion", "scan")


@dataclass(frozen=True, eq=False)
class Eyes:
    """What the errors of a reader are drawn from: the same for a patient's lesion at a scan in every arm."""

    seed: int
    patients: np.ndarray
    lesions: np.ndarray


@dataclass(frozen=True, eq=False)
class Reader:
    """How scans are read; what differs has named axes, without labels."""

    criteria: str
    eyes: Eyes
    cv: Any = None  # [1]; None for a perfect reader
    attenuation_sd: Any = 0.0  # [HU]
    decline_fold: Any = None  # [1]; None where nobody says when a patient feels worse


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
    share = (days - time[after - 1]) / (time[after] - time[after - 1])
    bare = series.drop_vars("time").transpose(..., "time")
    left, right = bare.values[..., after - 1], bare.values[..., after]
    # an exact day takes its own value: a neighbour that is missing must not spoil it
    between = np.where(share == 1, right, np.where(share == 0, left, left + (right - left) * share))
    kept = {name: coord for name, coord in bare.coords.items() if "time" not in coord.dims}
    return xr.DataArray(between, kept, (*bare.dims[:-1], axis))


def label(values, units, long_name, **attrs):
    """Give an array its unit and its meaning.

    Parameters
    ----------
    values : any unit, DataArray
    units, long_name : text
    attrs : anything
        Further facts.

    Returns
    -------
    DataArray
    """
    values.attrs = {"units": units, "long_name": long_name, **attrs}
    return values


def alive_at(run, days):
    """Whether each patient is alive at scans; all are where the run does not say when they died.

    Parameters
    ----------
    run : Dataset
    days : [day], one per scan

    Returns
    -------
    DataArray of truths
    """
    import xarray as xr

    death = run["death_day"] if "death_day" in run else xr.DataArray(np.nan)
    return ~(xr.DataArray(np.asarray(days, dtype=float), dims="scan") > death)


def scan_all(run, days, reader):
    """Scan every patient on these days.

    Parameters
    ----------
    run : Dataset
        A run without labels but those of time.
    days : [day], one per scan
    reader : `Reader`, an array of settings

    Returns
    -------
    mapping
        Variables by name.

    References
    ----------
    eisenhauer2009; yoon2016
    """
    finished, alive = run["status"] == 0, alive_at(run, days)
    volume = {k: at_days(run[f"{k}_volume"], days).where(finished).transpose(*ORDER) for k in ("apparent", "viable")}
    diameter = _read(volume["apparent"].where(alive), "reader", reader)
    burden = run["viable_volume"].sum("lesion", min_count=1).where(finished)
    out = {
        "seen_diameter": label(diameter, "mm", "diameter read from the scan"),
        "true_apparent_volume": label(volume["apparent"], "mL", "volume of the lesion with oedema and dead cells"),
        "true_viable_volume": label(volume["viable"], "mL", "volume of viable tumour"),
        "true_viable_burden": label(burden, "mL", "volume of viable tumour, all lesions"),
        "true_new_lesion": label(_new_lesion(run, days, volume["viable"]), "1", "a new lesion exists"),
    }
    out |= _contrast(run, days, diameter, reader) | _clinical(run, days, burden, finished & alive, reader)
    return out | _response(run, days, out, reader)


def _errors(eyes, purpose, scans):
    """Standard normal numbers by (patient, lesion, scan)."""
    import xarray as xr

    numbers = reader_error(eyes.seed, purpose, eyes.patients, eyes.lesions, range(scans))
    return xr.DataArray(numbers, dims=("patient", "lesion", "scan"))


def _read(volume, purpose, reader):
    """Diameters [mm] that the reader notes; none and 0 stay apart, so a missed scan stays NaN."""
    import xarray as xr

    if reader.cv is None:
        return volume.copy(data=read_diameter(volume.values))
    errors = _errors(reader.eyes, purpose, volume.sizes["scan"])
    return xr.apply_ufunc(read_diameter, volume, errors, reader.cv).transpose(*ORDER)


def _contrast(run, days, diameter, reader):
    """Attenuation and enhancement of what is seen, and what only the simulation knows of the antigen."""
    finished, out = run["status"] == 0, {}
    if "attenuation" in run:
        density = at_days(run["attenuation"], days)
        if reader.cv is not None:
            density = density + reader.attenuation_sd * _errors(reader.eyes, "attenuation", len(days))
        out["seen_attenuation"] = label(density.where(diameter > 0), "HU", "attenuation read from the scan")
    if "enhancing_volume" in run:
        volume = at_days(run["enhancing_volume"], days).where(finished & alive_at(run, days)).transpose(*ORDER)
        read = sphere_volume(_read(volume, "enhancement", reader))
        out["seen_enhancing"] = label(read, "mL", "volume that takes up contrast, read from the scan")
    if "antigen_negative_fraction" in run:
        share = at_days(run["antigen_negative_fraction"], days).where(finished)
        out["true_antigen_negative"] = label(share, "1", "antigen-low share of viable tumour")
    return out


def _clinical(run, days, burden, followed, reader):
    """Steroid in effect and clinical worsening on the days of the scans."""
    out = {}
    if "steroid" in run:
        out["seen_steroid"] = label(at_days(run["steroid"], days).where(followed), "mg", "steroid in effect")
    if reader.decline_fold is not None:
        # burden too small to be measured is not felt, however much it grew
        floor = sphere_volume(MEASURABLE_MM)
        lowest = burden.copy(data=np.fmin.accumulate(burden.values, axis=burden.get_axis_num("time")))
        worse = at_days(burden, days) > reader.decline_fold * at_days(lowest, days).clip(min=floor)
        out["seen_decline"] = label(worse & followed, "1", "the patient feels worse")
    return out


def _new_lesion(run, days, viable):
    import xarray as xr

    if "new_lesion_day" in run:
        return run["new_lesion_day"] <= xr.DataArray(days, dims="scan")
    return ((viable > 0) & (viable.isel(scan=0) == 0)).any("lesion")


def _organs(run, lesions, first):
    """Organ number and whether it is a lymph node, for each lesion of the baseline scan."""
    import xarray as xr

    site = run["site"] if "site" in run else xr.DataArray(lesions.astype(str), dims="lesion")
    site = site.broadcast_like(first).transpose(*first.dims)
    words, organ = np.unique(site.values.astype(str), return_inverse=True)
    organ = organ.reshape(site.shape)
    return organ, is_node(words)[organ]


def _films(run, lesions, days, out):
    """What a reader has of every patient, laid out alike."""
    diameter = out["seen_diameter"]
    visits = [d for d in diameter.dims if d != "lesion"]
    organ, node = _organs(run, lesions, diameter.isel(scan=0))

    def over(name, dims):
        if name not in out:
            return None
        wide = out[name].expand_dims({d: diameter.sizes[d] for d in dims if d not in out[name].dims})
        return wide.transpose(*dims).values

    return Films(
        day=days, diameter=diameter.values, organ=organ, node=node, attenuation=over("seen_attenuation", diameter.dims),
        enhancing=over("seen_enhancing", diameter.dims), steroid=over("seen_steroid", visits),
        decline=over("seen_decline", visits),
    )  # fmt: skip


def _response(run, days, out, reader):
    import xarray as xr

    criterion = CRITERIA[reader.criteria]
    diameter = out["seen_diameter"]
    reading, target = criterion.read(_films(run, reader.eyes.lesions, days, out))
    axes = [d for d in diameter.dims if d != "lesion"]
    # a reader who has no film of a patient calls nothing
    unread = np.isnan(diameter.values).all(axis=diameter.get_axis_num("lesion"))
    word = np.where(unread, 0, reading.call).astype(np.int8)

    def over_scans(values, units, long_name, words=None):
        codes = {"flag_values": [int(w) for w in words], "flag_meanings": " ".join(w.name for w in words)} if words else {}
        return label(xr.DataArray(values, dims=axes), units, long_name, **codes)

    return {
        "target": label(diameter.isel(scan=0).copy(data=target), "1", "chosen as a target lesion"),
        "seen_sum": over_scans(reading.total, criterion.unit, "sum over the target lesions"),
        "seen_change": over_scans(reading.change, "%", "change of the sum from baseline"),
        "seen_call": over_scans(plain_call(criterion, word), "1", "response at the scan, in plain words", Call),
        "seen_word": over_scans(word, "1", "response at the scan, in the criterion's words", criterion.words),
        "seen_new_lesion": over_scans(reading.new, "1", "a new lesion is seen"),
    }


def plain_call(criterion, word):
    """Translate a criterion's words into plain ones.

    Parameters
    ----------
    criterion : Criterion, whose words they are
    word : Call of the criterion, any shape

    Returns
    -------
    `simsolid.films.Call`, the same shape

    Examples
    --------
    >>> iupd = CRITERIA["irecist"].words.iUPD
    >>> Call(int(plain_call(CRITERIA["irecist"], np.array([iupd]))[0])).name
    'PD'
    """
    table = np.zeros(max(criterion.words) + 1, dtype=np.int8)
    for own in criterion.words:
        table[own] = criterion.plain[own]
    return table[np.asarray(word, dtype=int)]
