"""Was a scan's call right? The definitions, once for the table of patients and for the table of scans.

A call of progression is *false* when it came without a truly new lesion while viable burden was below its value at
the reference, or falling (over the day before). The reference is the scan with the smallest sum so far, from which
progression is counted; if that is the baseline scan, the infusion. A call is *taken back* when a later scan is
called a response or stable disease. A tumour has *truly progressed* once its viable burden has risen by 73 % (the
same as 20 % of a diameter) and by 5 mm of an equal sphere over its lowest value since the infusion.

    pseudo-progression   a false call of progression that is taken back
    false progression    a false call of progression that is not
    true progression     any other call of progression
    missed progression   truly progressed, and no scan so far was called progression
    true response        a call of response with less viable tumour than at the infusion
    false response       any other call of response

Source: eisenhauer2009 (response).
"""

from dataclasses import dataclass

import numpy as np

from . import recist
from .films import Call
from .rows import at, first, last

TRUE_RISE = (1.0 + recist.PROGRESSION_RISE) ** 3  # of viable volume: 20 % of a diameter, eisenhauer2009, 4.3.4
CHANGE_DAYS = (28.0, 90.0)
UNITS = {
    "true_viable_start": "mL", "viable_change_28": "%", "viable_change_90": "%", "viable_change_best": "%",
    "viable_change_last": "%", "net_growth_best": "1/day",
}  # fmt: skip


@dataclass(frozen=True)
class Judged:
    """The truth behind each scan; one value per row and scan unless told otherwise."""

    start: np.ndarray  # [mL] viable burden at the infusion, one per row
    burden: np.ndarray  # [mL] viable burden
    nadir_scan: np.ndarray  # [1] scan with the smallest sum before this one
    reference: np.ndarray  # [mL] viable burden at that scan, or at the infusion
    false: np.ndarray  # truth: a call of progression here is false
    taken_back: np.ndarray  # truth: a later scan is called response or stable disease
    risen: np.ndarray  # truth: the tumour has truly progressed from its lowest burden since the infusion


def judge(rows):
    """Hold the truth against every scan.

    Parameters
    ----------
    rows : Rows

    Returns
    -------
    `Judged`

    References
    ----------
    eisenhauer2009
    """
    total, day, of = rows("seen_sum", "scan"), rows.day, "true_viable_burden"
    burden, start, day_before = rows.on(of, day), rows.on(of, np.zeros(1)), rows.on(of, day - 1.0)
    nadir_scan = _nadir_scan(total)
    reference = np.where(nadir_scan == 0, start, np.take_along_axis(burden, nadir_scan, axis=-1))
    falling = (burden < reference) | (burden < day_before)
    stands = rows("seen_call", "scan") > Call.PD
    later = np.logical_or.accumulate(stands[:, ::-1], axis=-1)[:, ::-1]
    taken_back = np.concatenate([later[:, 1:], np.zeros((len(later), 1), dtype=bool)], axis=-1)
    false = falling & ~rows.flag("true_new_lesion", "scan")
    return Judged(start[:, 0], burden, nadir_scan, reference, false, taken_back, _truly_risen(start, burden))


def _nadir_scan(total):
    """Index of the scan with the smallest sum before each scan."""
    filled = np.where(np.isnan(total), np.inf, total)
    out, best = np.zeros(total.shape, dtype=int), np.zeros(len(total), dtype=int)
    for k in range(1, total.shape[-1]):
        out[:, k] = best
        best = np.where(filled[:, k] < at(filled, best), k, best)
    return out


def _truly_risen(start, burden):
    course = np.concatenate([start, burden[:, 1:]], axis=-1)
    lowest = np.fmin.accumulate(course, axis=-1)
    wider = recist.sphere_diameter(course) - recist.sphere_diameter(lowest) >= recist.PROGRESSION_RISE_MM
    return wider & (course >= TRUE_RISE * lowest)


def truth(rows, progression):
    """Read what only the simulation knows, and the verdict on the scan at which progression is dated.

    Parameters
    ----------
    rows : Rows
    progression : [1], one per row
        Index of the scan at which progression is dated; -1 without.

    Returns
    -------
    mapping
        Columns by name.
    """
    judged = judge(rows)
    return _changes(rows, judged.start) | verdict(judged, progression)


def verdict(judged, progression):
    """Judge the scan at which progression is dated.

    Parameters
    ----------
    judged : array of truths, as `judge` gives them
    progression : [1], one per row
        Index of the scan; -1 without.

    Returns
    -------
    mapping
        Truths by name, one per row.
    """
    progressed = progression >= 0
    false = progressed & at(judged.false, progression, missing=False).astype(bool)
    back = at(judged.taken_back, progression, missing=False).astype(bool)
    return {
        "false_progression": false, "pseudo_progression": false & back, "true_progression": progressed & ~false,
        "mistaken_pseudo": progressed & ~false & back,
        "missed_progression": ~progressed & judged.risen.any(axis=-1),
    }  # fmt: skip


def _changes(rows, start):
    burden = rows.course("true_viable_burden")
    with np.errstate(divide="ignore", invalid="ignore"):
        changes = 100.0 * (rows.on("true_viable_burden", np.array(CHANGE_DAYS)) / start[:, None] - 1.0)
        ends = [np.fmin.reduce(burden, axis=-1), at(burden, last(np.isfinite(burden)))]
        best, final = (np.where(start > 0, 100.0 * (value / start - 1.0), np.nan) for value in ends)
    growth = np.where(rows.finished[:, None], rows("true_net_effector_growth", "lesion"), np.nan)
    columns = {"true_viable_start": start, "net_growth_best": np.fmax.reduce(growth, axis=-1)}
    columns |= {"viable_change_best": best, "viable_change_last": final}
    for k, day in enumerate(CHANGE_DAYS):
        known = (day <= rows.time[-1]) & (start > 0)
        columns[f"viable_change_{day:.0f}"] = np.where(known, changes[:, k], np.nan)
    return columns


PSEUDO, FALSE, TRUE, MISSED = "pseudo-progression", "false progression", "true progression", "missed progression"


def verdict_words(call, judged):
    """Name the verdict on every scan.

    Parameters
    ----------
    call : Call, one per row and scan
    judged : array of truths, as `judge` gives them

    Returns
    -------
    text, one per row and scan
        Empty where nothing was called and nothing missed; the words are in the head of this module.
    """
    progression, response = call == Call.PD, call >= Call.PR
    # a progression that was called once is not missed any more
    waiting = np.arange(call.shape[-1]) < np.where(progression.any(axis=-1), first(progression), call.shape[-1])[:, None]
    less = judged.burden < judged.start[:, None]
    rules = [progression & judged.false & judged.taken_back, progression & judged.false, progression,
             judged.risen & waiting, response & less, response]  # fmt: skip
    return np.select(rules, [PSEUDO, FALSE, TRUE, MISSED, "true response", "false response"], "")
