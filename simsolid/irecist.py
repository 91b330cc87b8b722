"""Response by iRECIST: a first progression is unconfirmed (iUPD) until a later scan confirms it (iCPD) or takes it back.

Target, non-target and new lesions are read as in RECIST 1.1, each from the smallest sum so far; new lesions are
never added to the sum. From seymour2017, text and table 2:

    a PD in any category                                             iUPD
    at a scan 4 weeks or more after it, any of:                      iCPD
        the target sum has risen by a further 5 mm                       in the category that was iUPD
        the non-target lesions have risen at all                         in the category that was iUPD
        another new lesion; new target lesions 5 mm larger in sum;
        new non-target lesions larger at all
        PD in a category that had none at the iUPD
    otherwise, targets and non-targets no longer PD                  iCR, iPR or iSD; the bar is reset
    otherwise                                                        still iUPD

Where the paper is open, this is our reading of it (eortc2017: the questions answered by its working group):

* "A further rise" is measured from the first visit of the open iUPD, not from the last scan: growth of 3 mm per
  scan confirms at the second scan.
* A scan sooner than 4 weeks after the iUPD is disregarded, so NE (eortc2017). There is no latest day: 8 weeks
  say when to look, and disease that grew further is no less confirmed when it was looked at late.
* A new lesion that stays as it is holds the iUPD, unless the lesions of the baseline have meanwhile reached a better
  category than they had at the iUPD (scenarios B and F of eortc2017).
* After a reset the nadir stays the smallest sum, and new lesions already known count again only when they have grown
  by 20 % and 5 mm from the smallest sum seen since, or when another appears.
* After an iCPD every visit that could be read is iCPD.
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from . import course, recist
from .films import Call as Plain
from .films import Reading

CONFIRM_DAYS = 28.0  # 4 weeks: seymour2017, "confirmed 4 to 8 weeks later"
CONFIRM_RISE_MM = 5.0  # seymour2017, table 2
_SLACK_MM = 1e-9  # rounding errors of sums


class Call(IntEnum):
    """The verdict of one visit, or of a course; a better one is a larger number."""

    NE = 0
    iCPD = 1
    iUPD = 2
    NON_CR_NON_PD = 3
    iSD = 4
    iPR = 5
    iCR = 6


# In the words of RECIST 1.1 both iUPD and iCPD are PD; `progression` tells which of them count.
PLAIN = {
    Call.NE: Plain.NE, Call.iCPD: Plain.PD, Call.iUPD: Plain.PD, Call.NON_CR_NON_PD: Plain.NON_CR_NON_PD,
    Call.iSD: Plain.SD, Call.iPR: Plain.PR, Call.iCR: Plain.CR,
}  # fmt: skip
_PLAIN = np.array([PLAIN[word] for word in Call], dtype=np.int8)  # by number
_OWN = np.array([Call.NE, Call.iUPD, Call.NON_CR_NON_PD, Call.iSD, Call.iPR, Call.iCR], dtype=np.int8)  # and back


@dataclass
class _Memory:
    """What the reader carries from visit to visit; one value per patient, and per lesion where said."""

    open: np.ndarray  # an iUPD waits for its confirmation
    sure: np.ndarray  # iCPD has been called
    since: np.ndarray  # [day] of the open iUPD
    base: np.ndarray  # Plain call of the baseline lesions at the open iUPD
    target: np.ndarray  # the open iUPD includes the target lesions
    other: np.ndarray  # ... the non-target lesions
    total: np.ndarray  # [mm] of the target lesions at the open iUPD
    rest: np.ndarray  # [mm] of the non-target lesions
    new_total: np.ndarray  # [mm] of the new target lesions
    new_rest: np.ndarray  # [mm] of the new non-target lesions
    lowest: np.ndarray  # [mm] smallest sum of all known new lesions
    known: np.ndarray  # per lesion: known to be new
    followed: np.ndarray  # per lesion: a new target lesion

    @classmethod
    def blank(cls, lead, lesions):
        no, nan = np.zeros(lead, bool), np.full(lead, np.nan)
        none = np.zeros((*lead, lesions), bool)
        return cls(no, no, nan, np.full(lead, Plain.NE), no, no, nan, nan, nan, nan, nan, none, none)


@dataclass(frozen=True)
class _Visit:
    """One visit as RECIST 1.1 reads it, and the new lesions known before it."""

    day: float
    target_call: np.ndarray
    other_call: np.ndarray
    base: np.ndarray  # both together, new lesions left aside
    total: np.ndarray
    rest: np.ndarray
    appeared: np.ndarray  # a lesion that was not known to be new
    present: np.ndarray  # a lesion known to be new is still seen
    regrown: np.ndarray  # the known new lesions have grown by 20 % and 5 mm
    new_total: np.ndarray
    new_rest: np.ndarray
    read: np.ndarray


def read(films, *, soonest=CONFIRM_DAYS):
    """Read a course of scans by iRECIST.

    Parameters
    ----------
    films : Films, one value
    soonest : [day], one
        A scan sooner after an iUPD is disregarded.

    Returns
    -------
    tuple of `simsolid.films.Reading`, with the words of `Call`, and the target lesions (truth, one per patient and lesion)

    References
    ----------
    seymour2017, table 2; eortc2017

    Examples
    --------
    >>> from simsolid.films import Films
    >>> sums = [[[100.0, 125.0, 60.0, 90.0, 96.0]]]
    >>> reading, targets = read(Films(day=[-7, 28, 70, 112, 154], diameter=sums, organ=[["liver"]]))
    >>> [Call(int(c)).name for c in reading.call[0]]
    ['NE', 'iUPD', 'iPR', 'iUPD', 'iCPD']
    """
    seen = recist.measure(films)
    target_call, other_call = recist.by_targets(seen), recist.by_non_targets(seen)
    base = recist.overall(seen, target_call, other_call, np.False_)
    memory = _Memory.blank(seen.total.shape[:-1], films.diameter.shape[-2])
    call = np.zeros(base.shape, dtype=np.int8)
    for k in range(1, len(films.day)):
        visit = _look(films, seen, memory, (target_call, other_call, base), k)
        call[..., k] = _judge(visit, memory, soonest)
        _remember(visit, memory, call[..., k])
        _note_new(films, seen, memory, k)
    change, new = course.percent_change(seen.total), seen.new.any(axis=-2)
    return Reading(seen.total, change, seen.nadir, new, target_call, other_call, call), seen.target


def _sum_where(diameter, chosen):
    return np.where(chosen, diameter, 0.0).sum(axis=-1)


def _look(films, seen, memory, calls, k):
    diameter, new = films.diameter[..., k], seen.new[..., k]
    target_call, other_call, base = (c[..., k] for c in calls)
    known = _sum_where(diameter, memory.known)
    return _Visit(
        films.day[k], target_call, other_call, base, seen.total[..., k], seen.rest[..., k],
        appeared=(new & ~memory.known).any(axis=-1),
        present=(memory.known & (diameter > 0)).any(axis=-1),
        regrown=recist.grown(known, memory.lowest) & memory.known.any(axis=-1),
        new_total=_sum_where(diameter, memory.followed),
        new_rest=_sum_where(diameter, memory.known & ~memory.followed),
        read=np.isfinite(diameter).any(axis=-1),
    )  # fmt: skip


def _worse(visit):
    """PD of the lesions of the baseline."""
    return (visit.target_call == Plain.PD) | (visit.other_call == Plain.PD)


def _confirmed(visit, memory):
    """seymour2017, table 2, right column. A comparison with NaN is false."""
    bar = CONFIRM_RISE_MM - _SLACK_MM
    target = np.where(memory.target, visit.total - memory.total >= bar, visit.target_call == Plain.PD)
    other = np.where(memory.other, visit.rest - memory.rest > _SLACK_MM, visit.other_call == Plain.PD)
    larger = (visit.new_total - memory.new_total >= bar) | (visit.new_rest - memory.new_rest > _SLACK_MM)
    return target | other | visit.appeared | larger


def _judge(visit, memory, soonest):
    """One visit's word, by what stands before it."""
    soon = memory.open & (visit.day - memory.since < soonest)
    confirmed = memory.open & _confirmed(visit, memory)
    better = (visit.base > memory.base) & (memory.base != Plain.NE)
    held = memory.open & visit.present & ~better
    first = ~memory.open & (_worse(visit) | visit.appeared | visit.regrown)
    rules = [memory.sure & visit.read, memory.sure | soon, confirmed, first | held | _worse(visit)]
    return np.select(rules, [Call.iCPD, Call.NE, Call.iCPD, Call.iUPD], _OWN[visit.base])


def _remember(visit, memory, call):
    """Open, keep or close the iUPD."""
    opens = (call == Call.iUPD) & ~memory.open
    for name, value in {
        "since": visit.day, "target": visit.target_call == Plain.PD, "other": visit.other_call == Plain.PD,
        "total": visit.total, "rest": visit.rest,
    }.items():  # fmt: skip
        setattr(memory, name, np.where(opens, value, getattr(memory, name)))
    # a baseline lesion that could not be judged at the iUPD is compared with its first reading after it
    unknown = opens | (memory.open & (memory.base == Plain.NE))
    memory.base = np.where(unknown, visit.base, memory.base)
    closes = (call > Call.iUPD) | (call == Call.iCPD)
    memory.open = (memory.open | opens) & ~closes
    memory.sure = memory.sure | (call == Call.iCPD)


def _note_new(films, seen, memory, k):
    """Take note of new lesions, of their size when an iUPD opens, and of the smallest size they had."""
    noted = seen.new[..., k]
    diameter = films.diameter[..., k]
    rank = np.where(memory.followed, np.inf, np.where(noted & ~memory.known, diameter, 0.0))
    memory.followed = recist.target_lesions(rank, films.organ, films.node)
    memory.known = memory.known | noted
    starts = memory.open & (memory.since == films.day[k])
    total, rest = _sum_where(diameter, memory.followed), _sum_where(diameter, memory.known & ~memory.followed)
    memory.new_total = np.where(starts, total, memory.new_total)
    memory.new_rest = np.where(starts, rest, memory.new_rest)
    memory.lowest = np.where(memory.known.any(axis=-1), np.fmin(memory.lowest, total + rest), np.nan)


def best_response(call, day, *, confirm=False):
    """Best overall response of a course (iBOR), up to its iCPD; an iUPD does not end it.

    Parameters
    ----------
    call : `Call`, one per patient and visit
    day : [day], one per visit
    confirm : truth, one
        A response needs a second one 4 weeks later; an iUPD between two iCR, taken back by the later one, does not spoil it.

    Returns
    -------
    `Call`, one per patient

    References
    ----------
    seymour2017, table 3

    Examples
    --------
    >>> visits = np.array([Call.NE, Call.iUPD, Call.iPR, Call.iUPD, Call.iCPD])
    >>> Call(int(best_response(visits, [-7, 28, 70, 112, 154]))).name
    'iPR'
    """
    call = np.asarray(call)
    waits = call == Call.iUPD
    best = course.best_response(np.where(waits, Plain.NE, _PLAIN[call]), day, confirm=confirm)
    ended = np.cumsum(call == Call.iCPD, axis=-1) > 0
    found = np.where(best == Plain.PD, Call.iCPD, _OWN[best])
    only = (best == Plain.NE) & (waits & ~ended).any(axis=-1)
    return np.where(only, Call.iUPD, found).astype(np.int8)


def progression(call):
    """Visit at which progression is dated: the first iUPD of those that an iCPD confirmed.

    Parameters
    ----------
    call : `Call`, one per patient and visit

    Returns
    -------
    whole numbers, one per patient; -1 without one

    References
    ----------
    seymour2017

    Examples
    --------
    >>> visits = [[Call.NE, Call.iUPD, Call.iSD, Call.iUPD, Call.iCPD], [0, Call.iSD, Call.iSD, Call.iUPD, 0]]
    >>> progression(np.array(visits)).tolist()
    [3, -1]
    """
    return _dated(call)[0]


def suspected(call):
    """Visit of the iUPD that no later visit confirmed or took back: it dates the progression of a patient who then died.

    Parameters
    ----------
    call : `Call`, one per patient and visit

    Returns
    -------
    whole numbers, one per patient; -1 without one

    References
    ----------
    seymour2017, progression-free survival: an iUPD is the date if death comes before the next scan

    Examples
    --------
    >>> visits = [[Call.NE, Call.iUPD, Call.iSD, Call.iUPD, Call.iCPD], [0, Call.iSD, Call.iSD, Call.iUPD, 0]]
    >>> suspected(np.array(visits)).tolist()
    [-1, 3]
    """
    return _dated(call)[1]


def _dated(call):
    call = np.asarray(call)
    return course.dated_back(call == Call.iCPD, call == Call.iUPD, call == Call.NE)
