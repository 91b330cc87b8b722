"""Response by the Choi criteria: a tumour that turns darker on CT responds, even when it has not shrunk.

    CR   all target and non-target lesions gone, nothing new
    PR   size down by 10 % or attenuation down by 15 %, nothing new, non-target lesions not worse; modified: both
    PD   size up by 10 % without that fall of attenuation, a new lesion, or worse non-target lesions
    SD   anything else

Size is the sum of the RECIST target lesions, and its rise is measured from the smallest sum so far. choi2007 compared
one scan with the scan before treatment; how to read later ones is our choice: response from the baseline, progression
from the nadir, as RECIST does. Attenuation is the mean over the target lesions that are still seen, compared with the
same lesions at baseline. Nodules inside a lesion, which choi2007 counts as progression, are not simulated.
"""

import numpy as np

from . import course, recist
from .films import Call, Reading

SIZE_FALL = 0.10  # choi2007: "more than 10 %"; the tables of the criteria say 10 % or more
SIZE_RISE = 0.10  # choi2007
ATTENUATION_FALL = 0.15  # choi2007
_SLACK = 1e-9  # rounding errors of sums


def read(films, *, modified=False):
    """Read a course of scans by the Choi criteria.

    Parameters
    ----------
    films : Films, one value
        With ``attenuation``.
    modified : truth, one
        A partial response needs both the smaller size and the lower attenuation.

    Returns
    -------
    tuple of `simsolid.films.Reading` and the target lesions (truth, one per patient and lesion)

    Raises
    ------
    ParameterError
        The films have no attenuation.

    References
    ----------
    choi2007

    Examples
    --------
    >>> from simsolid.films import Films
    >>> films = Films(day=[-7, 28, 70], diameter=[[50.0, 56.0, 44.0]], organ=["liver"], attenuation=[[60.0, 48.0, 58.0]])
    >>> [[Call(int(c)).name for c in read(films, modified=m)[0].call] for m in (False, True)]
    [['NE', 'PR', 'PR'], ['NE', 'SD', 'SD']]
    """
    films.must_have("attenuation")
    seen = recist.measure(films)
    target_call = _by_targets(seen, attenuation_change(films, seen.target), modified)
    others_call, new = recist.by_non_targets(seen), seen.new.any(axis=-2)
    call = recist.overall(seen, target_call, others_call, new)
    change = course.percent_change(seen.total)
    return Reading(seen.total, change, seen.nadir, new, target_call, others_call, call), seen.target


def attenuation_change(films, target):
    """Change of the target lesions' mean attenuation from the baseline scan.

    Parameters
    ----------
    films : Films, one value
    target : truth, one per patient and lesion

    Returns
    -------
    [%], one per patient and visit; NaN where no target lesion was read, or none had an attenuation above 0 to fall from

    References
    ----------
    choi2007

    Examples
    --------
    >>> from simsolid.films import Films
    >>> films = Films(day=[-7, 28], diameter=[[50.0, 56.0]], organ=["liver"], attenuation=[[60.0, 48.0]])
    >>> attenuation_change(films, np.array([True])).round(6).tolist()
    [0.0, -20.0]
    """
    now = films.attenuation
    first = np.broadcast_to(now[..., :1], now.shape)
    read = target[..., None] & (films.diameter > 0) & np.isfinite(now) & np.isfinite(first)
    before = np.where(read, first, 0.0).sum(axis=-2)
    with np.errstate(divide="ignore", invalid="ignore"):
        change = 100.0 * (np.where(read, now, 0.0).sum(axis=-2) / before - 1.0)
    return np.where(before > 0, change, np.nan)


def _by_targets(seen, attenuation, modified):
    total, baseline = seen.total, seen.total[..., :1]
    smaller = total <= (1.0 - SIZE_FALL) * baseline + _SLACK
    darker = attenuation <= -100.0 * ATTENUATION_FALL + _SLACK
    larger = total - seen.nadir >= SIZE_RISE * seen.nadir - _SLACK
    response = smaller & darker if modified else smaller | darker
    rules = [np.isnan(total) | np.isnan(baseline), seen.targets_gone, larger & ~darker, response]
    return np.select(rules, [Call.NE, Call.CR, Call.PD, Call.PR], Call.SD).astype(np.int8)
