"""Read-outs of toxicity: CRS, ICANS, TIAN, laboratory peaks, and injury of healthy tissue that shows the target.

Sources: lee2019 (CRS and ICANS); the thresholds of off-tumour injury are proposed, no trial grades it so.
"""

import numpy as np

from . import crs
from .rows import at, first

HIGHEST_GRADE = 4  # grade 5 is death, which has a column of its own
INJURY_GRADES = (0.1, 0.3, 0.6, 0.9)  # proposed: share of healthy tissue lost from which grades 1 to 4 begin (G2)
INTACT = 0.95  # assumed: within 5 % of intact is recovered
LABS = ("il6", "ifng", "crp", "ferritin", "temperature")

UNITS = {
    "crs_grade": "1", "crs_onset": "day", "crs_duration": "day", "icans_grade": "1", "icans_onset": "day",
    "icans_duration": "day", "tian_grade": "1", "peak_il6": "pg/mL", "peak_ifng": "pg/mL", "peak_crp": "mg/L",
    "peak_ferritin": "ug/L", "peak_temperature": "degC", "healthy_tissue_min": "1", "off_tumour_grade": "1",
    "off_tumour_recovery_day": "day",
}  # fmt: skip


def toxicity(rows):
    """Grade and time what harmed each patient while it lived.

    Parameters
    ----------
    rows : Rows

    Returns
    -------
    mapping
        Columns by name.

    References
    ----------
    lee2019
    """
    peaks = {f"peak_{lab}": np.fmax.reduce(rows.course(f"seen_{lab}"), axis=-1) for lab in LABS}
    return _release(rows) | _neurotoxicity(rows) | peaks | _off_tumour(rows)


def _release(rows):
    """CRS; fever is asked for until an anti-cytokine drug is given."""
    time = rows.time[rows.time >= 0]
    scores = [np.nan_to_num(rows.course(f"seen_{which}_score")) for which in ("pressure", "oxygen")]
    treated = time >= rows("seen_anti_cytokine_day")[:, None]  # NaN, never given, is never reached
    course = crs.course(time, rows.course("seen_temperature"), *scores, treated)
    known = rows.finished & ("seen_temperature" in rows.seen)
    reached, onset = _noted(rows)
    peak = np.maximum(course.peak, reached)
    return {
        "crs_grade": np.where(known, peak, np.nan), "crs_onset": np.where(known, np.fmin(course.onset, onset), np.nan),
        "crs_duration": np.where(known & (peak > 0), course.duration, np.nan),
    }  # fmt: skip


def _noted(rows):
    """Highest grade reached between output days as well, and the first day of any: rescue at once may hide it from them."""
    if "seen_crs_grade_day" not in rows.seen:
        return np.zeros(rows.many), np.full(rows.many, np.nan)
    day, grade = rows("seen_crs_grade_day", "grade"), rows.seen["grade"].values
    met = (day >= 0) & ~(day > rows.end[:, None])
    return np.where(met, grade, 0).max(axis=-1), np.fmin.reduce(np.where(met, day, np.nan), axis=-1)


def _neurotoxicity(rows):
    time = rows.time[rows.time >= 0]
    icans = rows.course("seen_icans_score")
    onset, duration = spell(time, icans)
    return {
        "icans_grade": score_grade(icans), "icans_onset": onset, "icans_duration": duration,
        "tian_grade": score_grade(rows.course("seen_tian_score")),
    }  # fmt: skip


def score_grade(score):
    """Highest grade that a continuous score stands for: the whole part of its maximum, 0 to 4.

    Parameters
    ----------
    score : [1], one per patient and time

    Returns
    -------
    [1], one per patient
        NaN where the score is never known.

    Examples
    --------
    >>> score_grade(np.array([[0.2, 2.9, 1.0], [0.1, 0.99, np.nan], [9.0, 0.0, 0.0]])).tolist()
    [2.0, 0.0, 4.0]
    """
    return np.clip(np.floor(np.fmax.reduce(score, axis=-1)), 0, HIGHEST_GRADE)


def spell(day, score, level=1.0):
    """When a score first reaches a level, and how long it stands at or above it, on straight lines.

    Parameters
    ----------
    day : [day], one per time
        Increasing.
    score : [1], one per patient and time
        A line to an unknown value is not followed.
    level : [1], one

    Returns
    -------
    tuple of [day] and [day], one per patient
        Onset and total time; both NaN where the level is never reached.

    Examples
    --------
    >>> onset, length = spell([0, 2, 4], np.array([[0.0, 2.0, 0.0], [0.0, 0.5, 0.0]]))
    >>> onset.tolist(), length.tolist()
    ([1.0, nan], [2.0, nan])
    """
    day = np.asarray(day, dtype=float)
    before, after = score[:, :-1], score[:, 1:]
    low, high = np.minimum(before, after), np.maximum(before, after)
    flat = high == low
    # taken as 64-bit numbers: the smallest rise between two 32-bit ones would divide by next to nothing
    rise = np.where(flat, np.nan, high.astype(float) - low)
    share = np.where(flat, high >= level, np.clip((high - level) / rise, 0.0, 1.0))
    step = np.diff(day)
    length = np.nansum(share * step, axis=-1)
    reached = first(score >= level)
    lead = np.maximum(reached - 1, 0)  # on the step that leads there, only its share above the level counts
    known = (reached > 0) & np.isfinite(at(share, lead)) if share.shape[-1] else np.zeros(len(score), dtype=bool)
    earlier = np.where(known, at(share, lead) * at(step, lead), 0.0) if share.shape[-1] else 0.0
    return at(day, reached) - earlier, np.where(reached >= 0, length, np.nan)


def _off_tumour(rows):
    """Injury of healthy tissue; recovered once it is back within 5 % of intact, on straight lines."""
    time, tissue = rows.time[rows.time >= 0], rows.course("true_healthy_tissue")
    lowest = np.fmin.reduce(tissue, axis=-1)
    grade = np.where(np.isfinite(lowest), np.searchsorted(INJURY_GRADES, 1.0 - lowest + 1e-12, side="right"), np.nan)
    worst = np.where(np.isfinite(tissue), tissue, np.inf).argmin(axis=-1)
    after = np.arange(len(time)) > worst[:, None]
    back = np.where(lowest < INTACT, first(after & (tissue >= INTACT)), -1)
    lead = np.maximum(back - 1, 0)
    begin, end = at(tissue, lead), at(tissue, back)
    share = (INTACT - begin) / np.where(end > begin, end - begin, np.nan)
    recovered = at(time, lead) + share * (at(time, back) - at(time, lead))
    return {
        "healthy_tissue_min": lowest, "off_tumour_grade": grade,
        "off_tumour_recovery_day": np.where(back >= 0, recovered, np.nan),
    }  # fmt: skip
