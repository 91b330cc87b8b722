"""Grade of the cytokine release syndrome (CRS) by the ASTCT consensus, for many patients at once.

    grade   fever (38 degC or more)   pressure support           oxygen support
    1       yes                       none                       none
    2       yes                       hypotension, no vasopressor  or  low flow, 6 L/min or less
    3       yes                       one vasopressor              or  high flow or mask
    4       yes                       several vasopressors         or  positive pressure

Support levels are 0 (none) to 3 and the worse of the two decides. Arrays end in the axis time; NaN is never
CRS.

Source: lee2019 (ASTCT consensus).
"""

from dataclasses import dataclass

import numpy as np

FEVER_C = 38.0  # lee2019, table 2
HIGHEST_LEVEL = 3
GAP_DAYS = 1.0  # signs that come back within a day belong to the same episode; lee2019 gives no length


@dataclass(frozen=True)
class Course:
    """CRS of each patient over a run; each field has one value per patient."""

    peak: np.ndarray  # [1] highest grade, 0 to 4
    onset: np.ndarray  # [day] of the first grade 1 or more; NaN without CRS
    duration: np.ndarray  # [day] with CRS, gaps of less than GAP_DAYS included; 0 without CRS
    episodes: np.ndarray  # [1] number of episodes further apart than that


def support_level(score):
    """Support level that a continuous score stands for: its whole part, 0 to 3.

    Parameters
    ----------
    score : [1], any shape

    Returns
    -------
    [1], the same shape
        NaN counts as 0.

    Examples
    --------
    >>> support_level(np.array([-0.2, 0.99, 1.0, 7.0])).tolist()
    [0, 0, 1, 3]
    """
    whole = np.floor(np.nan_to_num(score, nan=0.0, posinf=HIGHEST_LEVEL))
    return np.clip(whole, 0, HIGHEST_LEVEL).astype(np.int8)


def grade(temperature, pressure, oxygen, fever_waived=False):
    """ASTCT grade of CRS at one moment.

    Parameters
    ----------
    temperature : [degC], any shape
    pressure, oxygen : [1], the same shape
        Support levels: pressure 0 none, 1 hypotension without vasopressor, 2 one vasopressor, 3 several;
        oxygen 0 none, 1 low flow (6 L/min or less), 2 high flow or mask, 3 positive pressure.
    fever_waived : truth, the same shape
        CRS has begun or an anti-cytokine drug was given, so support alone is graded.

    Returns
    -------
    [1], the same shape, 0 to 4

    References
    ----------
    lee2019, table 2

    Examples
    --------
    >>> int(grade(39.1, 2, 1)), int(grade(37.2, 2, 1)), int(grade(37.2, 2, 1, fever_waived=True))
    (3, 0, 3)
    """
    support = np.maximum(pressure, oxygen)
    graded = (np.asarray(temperature) >= FEVER_C) | (np.asarray(fever_waived) & (support > 0))
    return np.where(graded, 1 + support, 0).astype(np.int8)


def grades(temperature, pressure_score, oxygen_score, treated=False):
    """ASTCT grade at each time of a course.

    CRS begins with fever. From then on support alone is graded for as long as it lasts without a break; after
    an anti-cytokine drug fever is not asked for at all.

    Parameters
    ----------
    temperature : [degC], one per patient and time
    pressure_score, oxygen_score : [1], one per patient and time
        Continuous; see `support_level`.
    treated : truth, one per patient and time
        An anti-cytokine drug or steroid has been given by then.

    Returns
    -------
    [1], one per patient and time, 0 to 4

    References
    ----------
    lee2019, table 2

    Examples
    --------
    >>> grades(np.array([37, 39, 37, 37, 37.0]), np.array([1, 1, 1, 0, 1.0]), np.zeros(5)).tolist()
    [0, 2, 2, 0, 0]
    """
    temperature = np.asarray(temperature, dtype=float)
    treated = np.broadcast_to(treated, temperature.shape)
    pressure, oxygen = support_level(pressure_score), support_level(oxygen_score)
    support = np.maximum(pressure, oxygen)
    out = grade(temperature, support, support, treated)
    waiting = (support > 0) & (out == 0)
    for k in np.nonzero(waiting.reshape(-1, waiting.shape[-1]).any(axis=0))[0]:
        lasting = waiting[..., k] & (k > 0) & (out[..., k - 1] > 0)
        out[..., k] = np.where(lasting, 1 + support[..., k], out[..., k])
    return out


def _crossing(before, after, level):
    """Share of the step at which a line from ``before`` to ``after`` meets ``level``."""
    step = after - before
    return np.clip((level - before) / np.where(step == 0, np.nan, step), 0.0, 1.0)


def _begins(day, temperature, ill):
    """Patient, in order, and day of each beginning; by fever, the moment at which 38 degC is crossed."""
    rising = ill.copy()
    rising[:, 1:] &= ~ill[:, :-1]
    patient, k = np.nonzero(rising)
    j = np.maximum(k - 1, 0)
    share = _crossing(temperature[patient, j], temperature[patient, k], FEVER_C)
    moment = day[j] + share * (day[k] - day[j])
    by_fever = (k > 0) & (temperature[patient, k] >= FEVER_C) & np.isfinite(moment)
    return patient, np.where(by_fever, moment, day[k])


def _ends(day, temperature, score, ill):
    """Day of each end, in the order of `_begins`: fever and support have both left, each by its own line."""
    falling = ill.copy()
    falling[:, :-1] &= ~ill[:, 1:]
    patient, k = np.nonzero(falling)
    j = np.minimum(k + 1, len(day) - 1)
    by_fever = _crossing(temperature[patient, k], temperature[patient, j], FEVER_C)
    by_support = _crossing(score[patient, k], score[patient, j], 1.0)
    by_fever = np.where(temperature[patient, k] >= FEVER_C, by_fever, 0.0)
    by_support = np.where(score[patient, k] >= 1, by_support, 0.0)
    # a missing value on the far side leaves the last day seen ill as the end
    share = np.nan_to_num(np.fmax(by_fever, by_support))
    return day[k] + share * (day[j] - day[k])


def course(day, temperature, pressure_score, oxygen_score, treated=False):
    """Peak, onset and duration of CRS from time series.

    Onset is the moment at which temperature crosses 38 degC on a straight line between two times. An episode
    ends when fever and support have both left, also on straight lines; the last time of the series ends what
    still lasts. Duration adds up the episodes; signs that return within a day (`GAP_DAYS`) count as one
    episode, gap included.

    Parameters
    ----------
    day : [day], one per time
        Increasing; steps may differ. Begin the series at the infusion: earlier fever is not CRS.
    temperature : [degC], one per patient and time
    pressure_score, oxygen_score : [1], one per patient and time
    treated : truth, one per patient and time
        An anti-cytokine drug or steroid has been given by then.

    Returns
    -------
    `Course`, one value per patient

    References
    ----------
    lee2019, table 2

    Examples
    --------
    >>> seen = course([0, 2, 3, 5, 6], np.array([[37, 37, 39, 39, 37.0]]), np.zeros((1, 5)), np.zeros((1, 5)))
    >>> seen.onset.tolist(), seen.duration.tolist(), seen.peak.tolist()
    ([2.5], [3.0], [1])
    """
    day, temperature = np.asarray(day, dtype=float), np.asarray(temperature, dtype=float)
    graded = grades(temperature, pressure_score, oxygen_score, treated)
    ill = graded > 0
    patient, begin = _begins(day, temperature, ill)
    end = _ends(day, temperature, np.maximum(pressure_score, oxygen_score), ill)
    many = len(temperature)
    gap = begin[1:] - end[:-1]
    joined = (patient[1:] == patient[:-1]) & (gap < GAP_DAYS)
    duration = np.bincount(patient, weights=end - begin, minlength=many)
    duration += np.bincount(patient[1:][joined], weights=gap[joined], minlength=many)
    episodes = np.bincount(patient, minlength=many) - np.bincount(patient[1:][joined], minlength=many)
    onset = np.full(many, np.nan)
    first = np.append(True, patient[1:] != patient[:-1])[: len(patient)]
    onset[patient[first]] = begin[first]
    return Course(graded.max(axis=-1, initial=0), onset, duration, episodes)
