"""The truth beside the call of every scan: one row per arm, patient and scan.

Every verdict is defined once, in the head of `simsolid.verdicts`.

Sources: choi2007 (attenuation), lee2019 (fever).
"""

import numpy as np

from . import crs, verdicts
from .choi import attenuation_change
from .films import Call, Films
from .outcome import criterion_of, spelt
from .rows import tabulate

UNITS = {
    "day": "day", "seen_change": "%", "true_change": "%", "apparent_change": "%", "seen_rise": "%", "true_rise": "%",
    "attenuation_change": "%",
}  # fmt: skip
SIGNS = {"decline": "seen_decline", "fever": "seen_temperature"}


def calls(seen):
    """Put the truth beside the call of every scan.

    Parameters
    ----------
    seen : Dataset
        From `simsolid.observe.observe`.

    Returns
    -------
    DataFrame, one row per arm, patient and scan
        The arm axes, ``patient``, ``scan``, ``day``, ``call`` (plain) and ``word`` (the criterion's own); from the baseline
        scan on: ``seen_change`` (of the sum), ``true_change`` (of viable burden) and ``apparent_change`` (of apparent
        volume); over the reference of a progression (the scan with the smallest sum so far, for the truth the infusion
        instead of the baseline scan): ``seen_rise`` and ``true_rise``; ``verdict`` (see `simsolid.verdicts`; empty where
        nothing was called and nothing missed), ``new_lesion``, ``attenuation_change`` (mean of the target lesions),
        ``decline`` and ``fever``. Volumes change more than diameters: 73 % is 20 % of a diameter. Scans of the dead and
        patients whose simulation failed have no rows.

    References
    ----------
    choi2007

    Examples
    --------
    >>> import xarray as xr
    >>> from simsolid.observe import observe
    >>> axes = ("patient", "lesion", "time")
    >>> seen, alive = (axes, [[[4.2, 4.2, 9.0, 2.0]]]), (axes, [[[4.2, 4.2, 3.0, 1.0]]])
    >>> run = xr.Dataset({"apparent_volume": seen, "viable_volume": alive, "status": ("patient", [0])},
    ...                  {"patient": [0], "lesion": [0], "time": [-7.0, 0.0, 28.0, 70.0]})
    >>> calls(observe(run, noise=False))[["day", "call", "verdict"]].values.tolist()
    [[-7.0, 'NE', ''], [28.0, 'PD', 'pseudo-progression'], [70.0, 'SD', '']]
    """
    return tabulate(seen, _scans, UNITS)


def _scans(rows, labels):
    """One line per row and scan of one block."""
    import pandas as pd

    many, scans = rows.many, len(rows.day)
    kept = (rows.finished[:, None] & rows.alive(rows.day)).ravel()
    lead = {name: np.repeat(values, scans) for name, values in labels.items()}
    lead |= {"scan": np.tile(np.arange(scans), many), "day": np.tile(rows.day, many)}
    body = {name: values.ravel() for name, values in _beside(rows).items()}
    for name, source in SIGNS.items():  # nobody knows of a sign that the run does not tell
        body[name] = pd.arrays.BooleanArray(body[name], np.full(many * scans, source not in rows.seen))
    table = pd.DataFrame(lead | body, index=np.repeat(np.arange(many), scans))
    return table[kept]


def _beside(rows):
    call, judged = rows("seen_call", "scan").astype(int), verdicts.judge(rows)
    total, apparent = rows("seen_sum", "scan"), rows("true_apparent_volume", "lesion", "scan")
    apparent = np.where(np.isnan(apparent).all(axis=1), np.nan, np.nansum(apparent, axis=1))
    return {
        "call": spelt(Call, call), "word": spelt(criterion_of(rows).words, rows("seen_word", "scan")),
        "seen_change": rows("seen_change", "scan"),
        "true_change": _percent(judged.burden, judged.burden[:, :1]), "apparent_change": _percent(apparent, apparent[:, :1]),
        "seen_rise": _percent(total, np.take_along_axis(total, judged.nadir_scan, axis=-1)),
        "true_rise": _percent(judged.burden, judged.reference),
        "verdict": verdicts.verdict_words(call, judged).astype(object), "new_lesion": rows.flag("seen_new_lesion", "scan"),
        "attenuation_change": _attenuation(rows), "decline": rows.flag("seen_decline", "scan"),
        "fever": rows.on("seen_temperature", rows.day) >= crs.FEVER_C,
    }  # fmt: skip


def _percent(now, before):
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(before > 0, 100.0 * (now / before - 1.0), np.nan)


def _attenuation(rows):
    if "seen_attenuation" not in rows.seen:
        return np.full((rows.many, len(rows.day)), np.nan)
    diameter, density = (rows(f"seen_{name}", "lesion", "scan") for name in ("diameter", "attenuation"))
    films = Films(day=rows.day, diameter=diameter, organ=np.zeros(1, dtype=int), attenuation=density)
    return attenuation_change(films, rows.flag("target", "lesion"))
