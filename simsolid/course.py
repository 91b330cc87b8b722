"""A course of verdicts and sums: nadir, change, the best response, and the visit at which progression is dated.

Source: eisenhauer2009 (RECIST 1.1); the other criteria translate their words and share these functions.
"""

import numpy as np

from .films import Call

CONFIRMATION_DAYS = 28.0  # eisenhauer2009, section 4.6 (4 weeks)
STABLE_DAYS = 42.0  # the shorter of the usual 6 to 8 weeks: eisenhauer2009, section 4.6


def nadir_before(total):
    """Smallest value before each visit, the baseline included.

    Parameters
    ----------
    total : any unit, one per patient and visit

    Returns
    -------
    same unit and shape

    References
    ----------
    eisenhauer2009, section 4.3.1

    Examples
    --------
    >>> nadir_before(np.array([100.0, 60.0, np.nan, 80.0])).tolist()
    [100.0, 100.0, 60.0, 60.0]
    """
    lowest = np.fmin.accumulate(total, axis=-1)
    return np.concatenate([total[..., :1], lowest[..., :-1]], axis=-1)


def percent_change(total):
    """Change from the baseline visit.

    Parameters
    ----------
    total : any unit, one per patient and visit

    Returns
    -------
    [%], the same shape; NaN where the baseline is 0

    Examples
    --------
    >>> percent_change(np.array([80.0, 60.0])).tolist()
    [0.0, -25.0]
    """
    baseline = np.where(total[..., :1] > 0, total[..., :1], np.nan)
    return 100.0 * (total / baseline - 1.0)


def until_progression(call):
    """Which visits count for the best response: those up to the first PD, that one included.

    Parameters
    ----------
    call : `Call`, one per patient and visit

    Returns
    -------
    truth, one per patient and visit

    Examples
    --------
    >>> until_progression(np.array([0, 3, 1, 4])).tolist()
    [True, True, True, False]
    """
    worse = call == Call.PD
    return np.cumsum(worse, axis=-1) - worse == 0


def _confirmed_complete(call, day, apart):
    """Two CRs far enough apart with nothing but CR or NE between: disease that came back was not gone."""
    since = np.full(call.shape[:-1], np.nan)
    sure = np.zeros(call.shape[:-1], dtype=bool)
    for visit, now in enumerate(day):
        complete = call[..., visit] == Call.CR
        since = np.where(complete, np.where(np.isnan(since), now, since), since)
        since = np.where(complete | (call[..., visit] == Call.NE), since, np.nan)
        sure |= complete & (now - since >= apart)
    return sure


def _confirmed_response(call, day, apart):
    """Two responses far enough apart; SD or NE between them does not spoil it, PD does."""
    when = np.where(call >= Call.PR, day, np.nan)
    earliest = np.fmin.reduce(when, axis=-1)
    latest = np.fmax.reduce(when, axis=-1)
    return latest - earliest >= apart


def best_response(call, day, *, confirm=False, apart=CONFIRMATION_DAYS, stable=STABLE_DAYS):
    """Best overall response of a course, up to its first PD.

    Unconfirmed, one CR or PR is enough. Confirmed, CR needs a second CR and PR a second CR or PR at least
    ``apart`` days later; a CR followed only by PR is a PR. Anything better than PD at day ``stable`` or later
    is at least SD; then comes PD, and NE if nothing could be judged. Where non-CR/non-PD was called, the patient
    has non-target disease only, which can be neither PR nor SD: then that word stands for both, from ``stable`` on.

    Parameters
    ----------
    call : `Call`, one per patient and visit
    day : [day], one per visit
    confirm : truth, one
    apart : [day], one
    stable : [day], one
        First day at which SD counts.

    Returns
    -------
    `Call`, one per patient

    References
    ----------
    eisenhauer2009, table 3 and section 4.6

    Examples
    --------
    >>> visits = np.array([0, 4, 3, 1])
    >>> [Call(int(best_response(visits, np.array([-7, 28, 70, 112]), confirm=c))).name for c in (False, True)]
    ['PR', 'SD']
    """
    day = np.asarray(day, dtype=float)
    call = np.where(until_progression(call), call, Call.NE)
    if confirm:
        complete, response = _confirmed_complete(call, day, apart), _confirmed_response(call, day, apart)
    else:
        complete, response = (call == Call.CR).any(axis=-1), (call >= Call.PR).any(axis=-1)
    unmeasured = (call == Call.NON_CR_NON_PD).any(axis=-1)
    held = ((call > Call.PD) & (day >= stable)).any(axis=-1)
    rules = [complete, response & ~unmeasured, held & ~unmeasured, held, (call == Call.PD).any(axis=-1)]
    words = [Call.CR, Call.PR, Call.SD, Call.NON_CR_NON_PD, Call.PD]
    return np.select(rules, words, Call.NE).astype(np.int8)


def progression(call):
    """Visit of the first PD.

    Parameters
    ----------
    call : `Call`, one per patient and visit

    Returns
    -------
    whole numbers, one per patient; -1 without one

    Examples
    --------
    >>> progression(np.array([[0, 3, 1, 1], [0, 3, 3, 4]])).tolist()
    [2, -1]
    """
    worse = call == Call.PD
    return np.where(worse.any(axis=-1), worse.argmax(axis=-1), -1)


def unsuspected(call):
    """No visit: a criterion that calls progression at once leaves no suspicion open.

    Parameters
    ----------
    call : `Call`, one per patient and visit

    Returns
    -------
    whole numbers, one per patient: -1

    Examples
    --------
    >>> unsuspected(np.array([[0, 3, 1, 1]])).tolist()
    [-1]
    """
    return np.full(np.asarray(call).shape[:-1], -1)


def dated_back(sure, perhaps, unread):
    """Visit at which progression is dated that a later visit confirmed.

    Parameters
    ----------
    sure : truth, one per patient and visit
        Progression is certain at this visit.
    perhaps : truth, one per patient and visit
        Progression is suspected; the first of an unbroken row of these is the date, once one is sure.
    unread : truth, one per patient and visit
        Nothing could be judged; this does not break the row.

    Returns
    -------
    tuple of two arrays, whole numbers, one per patient
        The visit that dates the first sure progression, and the visit that began a suspicion still open at the end
        (of a patient who never had a sure one). -1 where there is none.

    Examples
    --------
    >>> perhaps, sure = np.array([0, 1, 1, 0], bool), np.array([0, 0, 0, 1], bool)
    >>> [int(k) for k in dated_back(sure, perhaps, np.zeros(4, bool))]
    [1, -1]
    """
    begun = np.full(sure.shape[:-1], -1)
    found = np.full(sure.shape[:-1], -1)
    for visit in range(sure.shape[-1]):
        now, maybe, blind = sure[..., visit], perhaps[..., visit], unread[..., visit]
        first = np.where(begun < 0, visit, begun)
        found = np.where(now & (found < 0), first, found)
        begun = np.where(maybe | now, first, np.where(blind, begun, -1))
    return found, np.where(found < 0, begun, -1)
