"""Response, progression, relapse and survival of each patient, by the criterion its scans were read by.

Source: eisenhauer2009 (response).
"""

import numpy as np

from .criteria import CRITERIA
from .films import Call
from .imaging import plain_call
from .rows import at, first, last

MOSTLY = 0.5  # of the viable tumour: what more than half of it is, it is called
NEW_SITE, ANTIGEN_LOW, ANTIGEN_POSITIVE = "new site", "antigen-low", "antigen-positive"
UNITS = {
    "best_change": "%", "first_response_day": "day", "response_duration": "day", "progression_day": "day",
    "pfs_day": "day", "death_day": "day", "os_day": "day",
}  # fmt: skip


def criterion_of(rows):
    """Find the criterion that the scans were read by.

    Parameters
    ----------
    rows : Rows

    Returns
    -------
    Criterion
    """
    return CRITERIA[rows.seen.attrs["criteria"]]


def progression_of(rows):
    """Find the scan at which progression is dated by the criterion of the scans.

    Parameters
    ----------
    rows : Rows

    Returns
    -------
    [1], one per row
        Index of the scan; -1 without progression.
    """
    return criterion_of(rows).progression(rows("seen_word", "scan").astype(int))


def outcome(rows, progression):
    """Judge response and survival.

    Parameters
    ----------
    rows : Rows
    progression : [1], one per row
        From `progression_of`.

    Returns
    -------
    mapping
        Columns by name.

    References
    ----------
    eisenhauer2009
    """
    call, day = rows("seen_call", "scan"), rows.day
    scan = np.arange(len(day))
    counted = (scan > 0) & ((scan <= progression[:, None]) | (progression < 0)[:, None])
    response = first((call >= Call.PR) & counted)
    times = _times(rows, progression, response)
    return {
        **_best(rows),
        "best_change": np.fmin.reduce(np.where(counted, rows("seen_change", "scan"), np.nan), axis=-1),
        "first_response_day": at(day, response), **times,
        "new_lesion": (rows.flag("seen_new_lesion", "scan") & counted).any(axis=-1),
        "relapse": _relapse(rows, progression, response),
    }  # fmt: skip


def _best(rows):
    """Best response in plain words, confirmed or not, and in the criterion's own."""
    criterion = criterion_of(rows)
    word, day = rows("seen_word", "scan").astype(int), rows.day
    best, confirmed = (criterion.best_response(word, day, confirm=confirm) for confirm in (False, True))
    return {
        "best_response": spelt(Call, plain_call(criterion, best)),
        "confirmed_response": spelt(Call, plain_call(criterion, confirmed)),
        "best_word": spelt(criterion.words, best),
    }  # fmt: skip


def spelt(words, codes):
    """Spell the words out that numbers stand for.

    Parameters
    ----------
    words : class of words
        As `Call`.
    codes : [1], any shape

    Returns
    -------
    text, the same shape

    Examples
    --------
    >>> spelt(Call, np.array([1, 5])).tolist()
    ['PD', 'CR']
    """
    table = np.full(max(words) + 1, "", dtype=object)
    table[[int(w) for w in words]] = [w.name for w in words]
    return table[np.asarray(codes, dtype=int)]


def _times(rows, progression, response):
    """Progression or death ends both; without either, the last scan that could be judged censors.

    Where a progression still waited to be confirmed when the patient died, it is the date.
    """
    call, day, died = rows("seen_call", "scan"), rows.day, np.isfinite(rows.death) & rows.finished
    progression_day, response_day = at(day, progression), at(day, response)
    open_day = at(day, criterion_of(rows).suspected(rows("seen_word", "scan").astype(int)))
    death_day = np.where(died, np.fmin(rows.death, open_day), np.nan)
    judged = np.where(rows.finished, at(day, last(call != Call.NE), missing=0.0), np.nan)
    event = (progression >= 0) | died
    pfs = np.where(event, np.fmin(progression_day, death_day), judged)
    return {
        "response_duration": pfs - response_day, "response_ended": event & (response >= 0),
        "progressed": progression >= 0, "progression_day": progression_day, "pfs_event": event, "pfs_day": pfs,
        "died": died, "death_day": np.where(died, rows.death, np.nan), "os_day": rows.end,
    }  # fmt: skip


def _relapse(rows, progression, response):
    """What came back after a response: a lesion at a new site, else what most of the viable tumour shows by then."""
    relapsed = (response >= 0) & (progression > response)
    here = np.where(relapsed, progression, -1)
    viable = np.nan_to_num(_at_scan(rows("true_viable_volume", "lesion", "scan"), here))
    negative = np.nan_to_num(_at_scan(rows("true_antigen_negative", "lesion", "scan"), here))
    low = (viable * negative).sum(axis=-1) > MOSTLY * viable.sum(axis=-1)
    new = at(rows.flag("seen_new_lesion", "scan"), here, missing=False).astype(bool)
    known = "true_antigen_negative" in rows.seen
    rest = np.where(low, ANTIGEN_LOW, ANTIGEN_POSITIVE) if known else np.full(rows.many, "")
    return np.where(relapsed, np.where(new, NEW_SITE, rest), "").astype(object)


def _at_scan(values, index):
    """Values (row, lesion, scan) at each row's own scan."""
    return np.take_along_axis(values, np.maximum(index, 0)[:, None, None], axis=-1)[..., 0]
