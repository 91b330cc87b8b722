"""Response of brain tumours by RANO and, under immunotherapy, by iRANO.

Both measure the tumour that takes up contrast: the sum of the products of two perpendicular diameters of up to five
lesions of 10 mm or more (for a sphere the square of its diameter, so [mm^2]). RANO (wen2010) calls

    PD   sum up by 25 % from the smallest so far, on a steroid dose that was not lowered; a new lesion; non-measurable
         disease clearly worse; or the patient clinically worse
    CR   nothing enhances, no steroid beyond replacement, nothing new
    PR   sum down by 50 %, no more steroid than at baseline, nothing new
    SD   anything else on no more steroid than at baseline; without a measurable lesion it is the best there is

iRANO (okada2015): within 6 months of the start a PD by imaging alone, in a patient who is not clinically worse, is
unconfirmed (uPD). If a scan 3 months later is still PD it was one, dated back to the first; if not, treatment had
inflamed the tumour. A patient who gets worse has PD at once, and so has one whose imaging gets worse later.

Where the papers are open, this is our reading:

* Lesions that are not simulated as enhancing (T2/FLAIR) are left out.
* Only 0.75 mg of dexamethasone and less, equal to 20 mg of hydrocortisone, count as replacement, that is as none. The
  dose was lowered if it is lower than at the scan before, so growth after tapering must be seen twice.
* Neither better nor worse on more steroid than at baseline is NE: wen2010 asks every word but PD for a stable dose.
* Growth and a new lesion count from one measurable lesion on, 100 mm^2: below it 25 % is less than a reader's error.
* Non-measurable disease is clearly worse when one such lesion has grown by 5 mm and become measurable.
* The start is day 0, the infusion. To confirm, the scan must meet PD against the same nadir (or still show the new
  lesion); further growth over the first uPD is not asked for. A worsening patient's PD is dated back to an open uPD, too.
"""

from dataclasses import dataclass, replace
from enum import IntEnum

import numpy as np

from . import course, recist
from .films import Call, Reading

RESPONSE_FALL = 0.50  # of the baseline sum of products: wen2010
PROGRESSION_RISE = 0.25  # of the nadir: wen2010
MEASURABLE_MM2 = recist.MEASURABLE_MM**2  # two perpendicular diameters of 10 mm: wen2010
UNMEASURABLE_RISE_MM = 5.0  # assumed: wen2010 asks for "clear progression"
REPLACEMENT_MG = 0.75  # dexamethasone equal to a day's cortisol (20 mg of hydrocortisone); wen2010 allows replacement
IMMUNE_DAYS = 180.0  # 6 months from the start: okada2015
CONFIRM_DAYS = 90.0  # 3 months: okada2015
_SLACK = 1e-9  # rounding errors of sums


class ImmuneCall(IntEnum):
    """The words of iRANO; a better one is a larger number."""

    NE = 0
    PD = 1
    uPD = 2
    SD = 3
    PR = 4
    CR = 5


PLAIN = {word: Call.PD if word == ImmuneCall.uPD else Call[word.name] for word in ImmuneCall}
_PLAIN = np.array([PLAIN[word] for word in ImmuneCall], dtype=np.int8)  # by number
_OWN = np.array([ImmuneCall.NE, ImmuneCall.PD, ImmuneCall.SD, ImmuneCall.SD, ImmuneCall.PR, ImmuneCall.CR], dtype=np.int8)


@dataclass(frozen=True)
class _Image:
    """What the images say; what the patient's state adds comes later."""

    reading: Reading
    seen: recist.Measured
    worse: np.ndarray  # truth, one per patient and visit


def read(films):
    """Read a course of scans by RANO.

    Parameters
    ----------
    films : Films, one value
        With ``enhancing``, ``steroid`` and ``decline`` where they are known: without them the diameters are
        taken to enhance, no steroid is given, and nobody is clinically worse.

    Returns
    -------
    tuple of `simsolid.films.Reading` and the target lesions (truth, one per patient and lesion)

    References
    ----------
    wen2010

    Examples
    --------
    >>> from simsolid.films import Films
    >>> reading, targets = read(Films(day=[-7, 28, 70], diameter=[[40.0, 28.0, 32.0]], organ=["brain"]))
    >>> reading.total.tolist(), [Call(int(c)).name for c in reading.call]
    ([1600.0, 784.0, 1024.0], ['NE', 'PR', 'PD'])
    """
    image = _image(films)
    call = np.where(image.worse | _decline(films), Call.PD, image.reading.call).astype(np.int8)
    call[..., 0] = Call.NE
    return replace(image.reading, call=call), image.seen.target


def read_immune(films, *, early=IMMUNE_DAYS, apart=CONFIRM_DAYS):
    """Read a course of scans by iRANO.

    Parameters
    ----------
    films : Films, one value
        As for `read`.
    early : [day], one
        Until this day after the infusion progression must be confirmed.
    apart : [day], one
        By a scan at least so much later.

    Returns
    -------
    tuple of `simsolid.films.Reading`, with the words of `ImmuneCall`, and the target lesions (truth, one per patient and
    lesion)

    References
    ----------
    okada2015

    Examples
    --------
    >>> from simsolid.films import Films
    >>> films = Films(day=[-7, 28, 70, 119], diameter=[[[30.0, 36.0, 36.0, 28.0]], [[30.0, 36.0, 38.0, 40.0]]], organ=[["brain"]])
    >>> [[ImmuneCall(int(c)).name for c in calls] for calls in read_immune(films)[0].call]
    [['NE', 'uPD', 'uPD', 'SD'], ['NE', 'uPD', 'uPD', 'PD']]
    """
    image, decline = _image(films), _decline(films)
    since = np.full(decline.shape[:-1], np.nan)
    call = np.full(decline.shape, ImmuneCall.NE, dtype=np.int8)
    for k in range(1, len(films.day)):
        worse, now, day = image.worse[..., k], image.reading.call[..., k], films.day[k]
        waiting = np.isfinite(since)
        due = np.where(waiting, day - since >= apart, day > early)
        rules = [decline[..., k], worse & due, worse]
        call[..., k] = np.select(rules, [ImmuneCall.PD, ImmuneCall.PD, ImmuneCall.uPD], _OWN[now])
        since = np.where(call[..., k] == ImmuneCall.uPD, np.where(waiting, since, day), since)
        # a scan that could not be judged neither confirms nor takes back; anything else does one of them
        since = np.where(np.isin(call[..., k], (ImmuneCall.uPD, ImmuneCall.NE)), since, np.nan)
    return replace(image.reading, call=call), image.seen.target


def _decline(films):
    if films.decline is not None:
        return films.decline
    return np.zeros((*films.diameter.shape[:-2], len(films.day)), dtype=bool)


def _image(films):
    diameter = films.diameter if films.enhancing is None else recist.sphere_diameter(films.enhancing)
    lesions = diameter.shape[-2]
    # in the brain neither nodes nor organs count: the five largest lesions, wherever they are
    seen = recist.measure(replace(films, diameter=diameter, organ=np.arange(lesions), node=False))
    product = np.where(seen.target[..., None], diameter**2, 0.0).sum(axis=-2)
    total = np.where(seen.target.any(axis=-1)[..., None], product, np.nan)
    nadir, new = course.nadir_before(total), seen.new.any(axis=-2)
    lowered, more, replaced = _steroid(films, total.shape)
    target_call = _by_targets(seen, total, nadir, lowered)
    others_call = _by_others(seen, diameter)
    worse = (target_call == Call.PD) | (others_call == Call.PD) | new
    worse[..., 0] = False
    call = _response(seen, target_call, others_call, more, replaced)
    change = course.percent_change(total)
    return _Image(Reading(total, change, nadir, new, target_call, others_call, call), seen, worse)


def _steroid(films, shape):
    """Whether the dose is lower than at the scan before, higher than at baseline, and no more than replacement."""
    dose = np.zeros(shape) if films.steroid is None else films.steroid
    counted = np.maximum(dose, REPLACEMENT_MG)
    before = np.concatenate([counted[..., :1], counted[..., :-1]], axis=-1)
    return counted < before - _SLACK, counted > counted[..., :1] + _SLACK, counted <= REPLACEMENT_MG + _SLACK


def _by_targets(seen, total, nadir, lowered):
    baseline = total[..., :1]
    grown = (total - nadir >= PROGRESSION_RISE * nadir - _SLACK) & (total >= MEASURABLE_MM2 - _SLACK)
    shrunk = total <= (1.0 - RESPONSE_FALL) * baseline + _SLACK
    rules = [np.isnan(total) | np.isnan(baseline), seen.targets_gone, grown & ~lowered, shrunk]
    return np.select(rules, [Call.NE, Call.CR, Call.PD, Call.PR], Call.SD).astype(np.int8)


def _by_others(seen, diameter):
    """Non-measurable disease: lesions of the baseline that are no targets."""
    rise = diameter - course.nadir_before(diameter) >= UNMEASURABLE_RISE_MM - _SLACK
    clear = rise & (diameter >= recist.MEASURABLE_MM - _SLACK) & seen.other[..., None]
    rules = [clear.any(axis=-2), np.isnan(seen.rest), seen.others_gone]
    return np.select(rules, [Call.PD, Call.NE, Call.CR], Call.NON_CR_NON_PD).astype(np.int8)


def _response(seen, target_call, others_call, more, replaced):
    """wen2010, summary table, without the row of PD."""
    measurable, others = seen.target.any(axis=-1)[..., None], seen.other.any(axis=-1)[..., None]
    complete = (target_call == Call.CR) & (others_call == Call.CR) & replaced
    known = np.where(measurable, target_call != Call.NE, others & (others_call != Call.NE))
    rules = [~known, complete, more, target_call >= Call.PR]
    call = np.select(rules, [Call.NE, Call.CR, Call.NE, Call.PR], Call.SD)
    call[..., 0] = Call.NE
    return call.astype(np.int8)


def best_response(call, day, *, confirm=False):
    """Best response of a course read by iRANO, up to its PD; a uPD does not end it.

    Parameters
    ----------
    call : Call of iRANO (`ImmuneCall`), one per patient and visit
    day : [day], one per visit
    confirm : truth, one
        A response needs a second one 4 weeks later, as wen2010 asks.

    Returns
    -------
    `ImmuneCall`, one per patient

    References
    ----------
    okada2015; wen2010

    Examples
    --------
    >>> ImmuneCall(int(best_response(np.array([0, 2, 4, 1]), [-7, 28, 70, 160]))).name
    'PR'
    """
    call = np.asarray(call)
    waits = call == ImmuneCall.uPD
    best = course.best_response(np.where(waits, Call.NE, _PLAIN[call]), day, confirm=confirm)
    only = (best == Call.NE) & waits.any(axis=-1)
    return np.where(only, ImmuneCall.uPD, _OWN[best]).astype(np.int8)


def progression(call):
    """Visit at which a progression read by iRANO is dated: the first uPD of those that a PD confirmed.

    Parameters
    ----------
    call : Call of iRANO (`ImmuneCall`), one per patient and visit

    Returns
    -------
    whole numbers, one per patient; -1 without one

    References
    ----------
    okada2015

    Examples
    --------
    >>> progression(np.array([[0, 2, 2, 1], [0, 2, 3, 1], [0, 2, 2, 2]])).tolist()
    [1, 3, -1]
    """
    call = np.asarray(call)
    return course.dated_back(call == ImmuneCall.PD, call == ImmuneCall.uPD, call == ImmuneCall.NE)[0]
