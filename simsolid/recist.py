"""Response from lesion diameters by RECIST 1.1, for many patients at once.

    target lesions  chosen once, on the baseline scan     sum    of the target lesions' diameters at a visit
    call            the verdict of one visit              nadir  the smallest sum before a visit

Arrays and what NaN means in them: see `simsolid.films.Films`. The other criteria stand on this one: they take
the same films, `measure` them with it and give the same `Reading`.

A patient with non-target disease only is read by table 2. The word non-CR/non-PD is kept apart from SD, as the
guideline asks: it is no response, and since nothing was measured it is not counted as disease control either.
A visit is judged by its own scan: a response that has shrunk back below -30 % without progression is SD there.

Source: eisenhauer2009 (RECIST 1.1).
"""

from dataclasses import dataclass

import numpy as np

from .course import best_response, nadir_before, percent_change, progression, until_progression  # noqa: F401
from .films import Call, Reading

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

# Sums are tens to hundreds of mm and carry rounding errors near 1e-13: 0.7 * 70 must still count as 49.
_SLACK_MM = 1e-9


@dataclass(frozen=True)
class Measured:
    """Films measured by the rules of RECIST 1.1; every criterion of this package starts from here."""

    target: np.ndarray  # truth, one per patient and lesion
    other: np.ndarray  # truth, one per patient and lesion: non-target disease at baseline
    total: np.ndarray  # [mm] sum of the target lesions, one per patient and visit
    rest: np.ndarray  # [mm] sum of the non-target lesions, one per patient and visit
    nadir: np.ndarray  # [mm] smallest sum of the target lesions before the visit
    new: np.ndarray  # truth, one per patient, lesion and visit: a new lesion, seen at this visit
    targets_gone: np.ndarray  # truth, one per patient and visit
    others_gone: np.ndarray  # truth, one per patient and visit; also where there are none


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


def sphere_volume(diameter):
    """Volume of the sphere that has this diameter.

    Parameters
    ----------
    diameter : [mm], any shape

    Returns
    -------
    [mL], the same shape

    Examples
    --------
    >>> round(float(sphere_volume(10.0)), 4)
    0.5236
    """
    return np.pi / 6.0 * (diameter / 10.0) ** 3


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


def measure(films):
    """Choose the target lesions and measure them, the non-target lesions and what is new.

    Parameters
    ----------
    films : Films, one value

    Returns
    -------
    Measured

    References
    ----------
    eisenhauer2009, sections 3 and 4.3

    Examples
    --------
    >>> from simsolid.films import Films
    >>> films = Films(day=[-7, 28], diameter=[[50.0, 30.0], [8.0, 8.0]], organ=["liver", "lung"])
    >>> seen = measure(films)
    >>> seen.target.tolist(), seen.other.tolist(), seen.total.tolist()
    ([True, False], [False, True], [50.0, 30.0])
    """
    diameter, node = films.diameter, films.node
    first = diameter[..., 0]
    target = target_lesions(first, films.organ, node)
    other = (first > 0) & ~target & ~(node & (first < NORMAL_NODE_MM))
    total = _sum_of_diameters(diameter, target)
    rest = np.where(other[..., None], diameter, 0.0).sum(axis=-2)
    # every slot unmeasured is a missed scan: then the non-target lesions were not seen either
    rest = np.where(np.isnan(diameter).all(axis=-2), np.nan, rest)
    new = (first == 0)[..., None] & (diameter >= NEW_LESION_MM)
    gone = [_gone(diameter, which, node) for which in (target, other)]
    return Measured(target, other, total, rest, nadir_before(total), new, *gone)


def by_targets(seen):
    """Judge the target lesions of each visit; nodes that are all normal stay a complete response, whatever they do.

    Parameters
    ----------
    seen : Measured, one value

    Returns
    -------
    `Call`, one per patient and visit

    References
    ----------
    eisenhauer2009, section 4.3.1
    """
    baseline = seen.total[..., :1]
    unread = np.isnan(seen.total) | np.isnan(baseline)
    rules = [unread, seen.targets_gone, grown(seen.total, seen.nadir), _shrunk(seen.total, baseline)]
    return np.select(rules, [Call.NE, Call.CR, Call.PD, Call.PR], Call.SD).astype(np.int8)


def by_non_targets(seen):
    """Judge the non-target lesions of each visit.

    Progression must be unequivocal: the *whole* burden has grown even when the targets have not. Read here
    as: the non-target sum and the sum of all lesions have both `grown`, each from its own nadir.

    Parameters
    ----------
    seen : Measured, one value

    Returns
    -------
    `Call`, one per patient and visit; CR where there are no such lesions

    References
    ----------
    eisenhauer2009, sections 4.3.3 and 4.3.4
    """
    whole = seen.rest + np.where(seen.target.any(axis=-1)[..., None], seen.total, 0.0)
    worse = grown(seen.rest, nadir_before(seen.rest)) & grown(whole, nadir_before(whole))
    rules = [np.isnan(seen.rest), seen.others_gone, worse]
    return np.select(rules, [Call.NE, Call.CR, Call.PD], Call.NON_CR_NON_PD).astype(np.int8)


def overall(seen, target_call, non_target_call, new):
    """Put the verdicts of a visit together: table 1 with target lesions, table 2 with non-target lesions only.

    Parameters
    ----------
    seen : Measured, one value
    target_call, non_target_call : `Call`, one per patient and visit
    new : truth, one per patient and visit
        A new lesion makes it PD.

    Returns
    -------
    `Call`, one per patient and visit; NE at the baseline visit

    References
    ----------
    eisenhauer2009, tables 1 and 2
    """
    worse = (target_call == Call.PD) | (non_target_call == Call.PD) | new
    incomplete = (target_call == Call.CR) & (non_target_call != Call.CR)
    unmeasured = ~seen.target.any(axis=-1)[..., None] & seen.other.any(axis=-1)[..., None]
    call = np.select([worse, incomplete, unmeasured], [Call.PD, Call.PR, non_target_call], target_call)
    call[..., 0] = Call.NE
    return call.astype(np.int8)


def read(films):
    """Read a course of scans by RECIST 1.1.

    Without any disease at baseline every visit is NE, unless a new lesion makes it PD.

    Parameters
    ----------
    films : Films, one value

    Returns
    -------
    tuple of `simsolid.films.Reading` and the target lesions (truth, one per patient and lesion)

    References
    ----------
    eisenhauer2009, sections 3 and 4

    Examples
    --------
    >>> from simsolid.films import Films
    >>> diameter = [[50.0, 30.0, 40.0], [20.0, 15.0, 16.0]]
    >>> reading, targets = read(Films(day=[-7, 28, 70], diameter=diameter, organ=["liver", "lung"]))
    >>> [Call(int(c)).name for c in reading.call]
    ['NE', 'PR', 'PD']
    """
    seen = measure(films)
    target_call, others_call, new = by_targets(seen), by_non_targets(seen), seen.new.any(axis=-2)
    call = overall(seen, target_call, others_call, new)
    return Reading(seen.total, percent_change(seen.total), seen.nadir, new, target_call, others_call, call), seen.target
