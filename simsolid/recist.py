"""Response from lesion diameters by RECIST 1.1, for many patients at once.

    target lesions  chosen once, on the baseline scan     sum    of the target lesions' diameters at a visit
    call            the verdict of one visit              nadir  the smallest sum before a visit

Arrays end in the axes lesion and visit, in this order; visit 0 is the baseline scan. Any axes may stand
before them. NaN is a diameter nobody measured: a lesion slot the patient does not have, a missed scan, or a
patient whose simulation failed. Other criteria fit beside this one as functions that also take diameters and
give a `Reading`.

Source: eisenhauer2009 (RECIST 1.1).
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

MEASURABLE_MM = 10.0  # longest diameter of a measurable lesion on CT: eisenhauer2009, section 3.1
MEASURABLE_NODE_MM = 15.0  # short axis of a measurable lymph node: eisenhauer2009, section 3.1
NORMAL_NODE_MM = 10.0  # a node with a shorter short axis is not pathological: eisenhauer2009, section 3.1
TARGETS_AT_MOST = 5  # eisenhauer2009, section 3.2
TARGETS_PER_ORGAN = 2  # eisenhauer2009, section 3.2
RESPONSE_FALL = 0.30  # of the baseline sum: eisenhauer2009, section 4.3.1
PROGRESSION_RISE = 0.20  # of the nadir: eisenhauer2009, section 4.3.1
PROGRESSION_RISE_MM = 5.0  # and at least this: eisenhauer2009, section 4.3.1
# eisenhauer2009, section 4.3.5 asks for "unequivocal" and gives no size; the measurable size is our reading
NEW_LESION_MM = 10.0
CONFIRMATION_DAYS = 28.0  # eisenhauer2009, section 4.6 (4 weeks)
STABLE_DAYS = 42.0  # the shorter of the usual 6 to 8 weeks: eisenhauer2009, section 4.6

# Sums are tens to hundreds of mm and carry rounding errors near 1e-13: 0.7 * 70 must still count as 49.
_SLACK_MM = 1e-9


class Call(IntEnum):
    """The verdict of one visit, or of a course; a better one is a larger number."""

    NE = 0
    PD = 1
    SD = 2
    PR = 3
    CR = 4


@dataclass(frozen=True)
class Reading:
    """What a criterion reads from scans; each field has one value per patient and visit."""

    total: np.ndarray  # [mm] sum of the target lesions' diameters
    change: np.ndarray  # [%] of the sum, from the baseline sum
    nadir: np.ndarray  # [mm] smallest sum before this visit, the baseline included
    new: np.ndarray  # truth: a lesion not seen at baseline now measures NEW_LESION_MM or more
    target_call: np.ndarray  # Call by the target lesions
    non_target_call: np.ndarray  # Call by the other lesions seen at baseline
    call: np.ndarray  # Call of the visit; NE at the baseline visit


def sphere_diameter(volume):
    """Diameter of the sphere that has this volume.

    Parameters
    ----------
    volume : [mL], any shape
        A volume of zero or less has the diameter 0.

    Returns
    -------
    [mm], the same shape

    Examples
    --------
    >>> round(float(sphere_diameter(0.5236)), 3)
    10.0
    """
    return 10.0 * np.cbrt(np.maximum(volume, 0.0) * (6.0 / np.pi))


def _measurable(diameter, node):
    """eisenhauer2009, section 3.1."""
    return diameter >= np.where(node, MEASURABLE_NODE_MM, MEASURABLE_MM) - _SLACK_MM


def target_lesions(diameter, organ, node=False):
    """Choose the target lesions on the baseline scan: the largest, five in all and two in one organ.

    Equal lesions are taken in the order in which they are listed.

    Parameters
    ----------
    diameter : [mm], one per patient and lesion
    organ : whole numbers or words, one per patient and lesion
    node : truth, one per patient and lesion
        The lesion is a lymph node.

    Returns
    -------
    truth, one per patient and lesion

    References
    ----------
    eisenhauer2009, section 3.2

    Examples
    --------
    >>> target_lesions([30.0, 12.0, 45.0, 8.0], np.array(["liver", "liver", "liver", "lung"])).tolist()
    [True, False, True, False]
    """
    diameter = np.asarray(diameter, dtype=float)
    organ = np.broadcast_to(organ, diameter.shape)
    fit = _measurable(diameter, node)
    order = np.argsort(np.where(fit, -diameter, np.inf), axis=-1, kind="stable")
    chosen = np.zeros(diameter.shape, dtype=bool)
    for rank in range(diameter.shape[-1]):
        at = order[..., rank : rank + 1]
        neighbours = chosen & (organ == np.take_along_axis(organ, at, axis=-1))
        room = (chosen.sum(axis=-1) < TARGETS_AT_MOST) & (neighbours.sum(axis=-1) < TARGETS_PER_ORGAN)
        take = np.take_along_axis(fit, at, axis=-1) & room[..., None]
        np.put_along_axis(chosen, at, take, axis=-1)
    return chosen


def _sum_of_diameters(diameter, chosen):
    """NaN where a chosen lesion was not measured, and throughout where none was chosen."""
    total = np.where(chosen[..., None], diameter, 0.0).sum(axis=-2)
    return np.where(chosen.any(axis=-1)[..., None], total, np.nan)


def _nadir_before(total):
    """Smallest value before each visit, the baseline included (eisenhauer2009, section 4.3.1)."""
    lowest = np.fmin.accumulate(total, axis=-1)
    return np.concatenate([total[..., :1], lowest[..., :-1]], axis=-1)


def grown(now, nadir):
    """Whether a sum rose by 20 % and by 5 mm from its nadir.

    Parameters
    ----------
    now, nadir : [mm], any shape
        From a nadir of zero, 5 mm are enough.

    Returns
    -------
    truth, the same shape; false where either is NaN

    References
    ----------
    eisenhauer2009, section 4.3.1

    Examples
    --------
    >>> grown(np.array([120.0, 119.0, 24.0, 5.0]), np.array([100.0, 100.0, 20.0, 0.0])).tolist()
    [True, False, False, True]
    """
    rise = now - nadir
    return (rise >= PROGRESSION_RISE * nadir - _SLACK_MM) & (rise >= PROGRESSION_RISE_MM - _SLACK_MM)


def _shrunk(now, baseline):
    """eisenhauer2009, section 4.3.1."""
    return now <= (1.0 - RESPONSE_FALL) * baseline + _SLACK_MM


def _gone(diameter, followed, node):
    """Every followed lesion is gone; a node of normal size is, too (eisenhauer2009, section 4.3.1)."""
    absent = np.where(np.asarray(node)[..., None], diameter < NORMAL_NODE_MM, diameter <= 0.0)
    return (absent | ~np.asarray(followed)[..., None]).all(axis=-2)


def _by_targets(total, baseline, nadir, all_gone):
    """eisenhauer2009, section 4.3.1. Nodes that are all normal stay a complete response, whatever they do."""
    unread = np.isnan(total) | np.isnan(baseline)
    rules = [unread, all_gone, grown(total, nadir), _shrunk(total, baseline)]
    return np.select(rules, [Call.NE, Call.CR, Call.PD, Call.PR], Call.SD).astype(np.int8)


def _by_non_targets(rest, whole, all_gone):
    """eisenhauer2009, section 4.3.4; SD stands for neither complete response nor progression.

    Progression must be unequivocal: the *whole* burden has grown even when the targets have not. Read here
    as: the non-target sum and the sum of all lesions have both `grown`, each from its own nadir.
    """
    worse = grown(rest, _nadir_before(rest)) & grown(whole, _nadir_before(whole))
    return np.select([np.isnan(rest), all_gone, worse], [Call.NE, Call.CR, Call.PD], Call.SD).astype(np.int8)


def _overall(target_call, non_target_call, new):
    """eisenhauer2009, table 1."""
    worse = (target_call == Call.PD) | (non_target_call == Call.PD) | new
    incomplete = (target_call == Call.CR) & (non_target_call != Call.CR)
    return np.select([worse, incomplete], [Call.PD, Call.PR], target_call).astype(np.int8)


def read(diameter, organ, node=False):
    """Read a course of scans by RECIST 1.1.

    Without a measurable lesion at baseline there is no target and every visit is NE, unless a new lesion or
    the non-target lesions make it PD.

    Parameters
    ----------
    diameter : [mm], one per patient, lesion and visit
        0 where a lesion is not seen.
    organ : whole numbers or words, one per patient and lesion
    node : truth, one per patient and lesion

    Returns
    -------
    tuple of `Reading` and the target lesions (truth, one per patient and lesion)

    References
    ----------
    eisenhauer2009, sections 3 and 4

    Examples
    --------
    >>> reading, targets = read([[50.0, 30.0, 40.0], [20.0, 15.0, 16.0]], np.array(["liver", "lung"]))
    >>> [Call(int(c)).name for c in reading.call]
    ['NE', 'PR', 'PD']
    """
    diameter = np.asarray(diameter, dtype=float)
    first = diameter[..., 0]
    node = np.broadcast_to(node, first.shape)
    target = target_lesions(first, organ, node)
    other = (first > 0) & ~target & ~(node & (first < NORMAL_NODE_MM))
    total = _sum_of_diameters(diameter, target)
    rest = np.where(other[..., None], diameter, 0.0).sum(axis=-2)
    nadir, baseline = _nadir_before(total), total[..., :1]
    # every slot unmeasured is a missed scan: then the non-target lesions were not seen either
    rest = np.where(np.isnan(diameter).all(axis=-2), np.nan, rest)
    new = ((first == 0)[..., None] & (diameter >= NEW_LESION_MM)).any(axis=-2)
    target_call = _by_targets(total, baseline, nadir, _gone(diameter, target, node))
    whole = rest + np.where(target.any(axis=-1)[..., None], total, 0.0)
    others_call = _by_non_targets(rest, whole, _gone(diameter, other, node))
    call = _overall(target_call, others_call, new)
    call[..., 0] = Call.NE
    change = 100.0 * (total / baseline - 1.0)
    return Reading(total, change, nadir, new, target_call, others_call, call), target


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
    >>> until_progression(np.array([0, 2, 1, 3])).tolist()
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
    is at least SD; then comes PD, and NE if nothing could be judged.

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
    >>> visits = np.array([0, 3, 2, 1])
    >>> [Call(int(best_response(visits, np.array([-7, 28, 70, 112]), confirm=c))).name for c in (False, True)]
    ['PR', 'SD']
    """
    day = np.asarray(day, dtype=float)
    call = np.where(until_progression(call), call, Call.NE)
    if confirm:
        complete, response = _confirmed_complete(call, day, apart), _confirmed_response(call, day, apart)
    else:
        complete, response = (call == Call.CR).any(axis=-1), (call >= Call.PR).any(axis=-1)
    held = ((call >= Call.SD) & (day >= stable)).any(axis=-1)
    rules = [complete, response, held, (call == Call.PD).any(axis=-1)]
    return np.select(rules, [Call.CR, Call.PR, Call.SD, Call.PD], Call.NE).astype(np.int8)
