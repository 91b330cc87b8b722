"""Random numbers that belong to a patient, not to a run.

Each number is addressed by (seed, purpose, patient): patient 17 alone draws what patient 17 of 100,000 draws,
in any arm, order, chunk or worker. The generator is Philox, which is built for addressing [salmon2011].
"""

import hashlib

import numpy as np

# Philox hands out four words per counter value; one counter value belongs to one patient, so the other three stay unused.
_WORDS = 4


def _key(seed: int, purpose: tuple) -> np.ndarray:
    text = repr((int(seed), tuple(str(word) for word in purpose))).encode()
    return np.frombuffer(hashlib.sha256(text).digest()[:16], dtype=np.uint64)


def uniform(seed: int, purpose: tuple, patients: np.ndarray) -> np.ndarray:
    """Draw one number between 0 and 1 for each patient.

    Parameters
    ----------
    seed : [1], one
        The run's seed.
    purpose : words
        What the number is for, such as ``("kill_rate",)`` or ``("reader", 2, 5)``.
    patients : [1], one per patient
        Patient numbers, not negative, in any order.

    Returns
    -------
    [1], one per patient
        Above 0 and below 1.

    References
    ----------
    salmon2011

    Examples
    --------
    >>> crowd = uniform(7, ("kill_rate",), np.arange(1000))
    >>> bool(uniform(7, ("kill_rate",), np.array([17]))[0] == crowd[17])
    True
    """
    patients = np.asarray(patients, dtype=np.int64)
    if patients.size == 0:
        return np.empty(0)
    first, last = int(patients.min()), int(patients.max())
    bits = np.random.Philox(key=_key(seed, purpose))
    bits.advance(first)
    if last - first < 4 * patients.size + 64:
        words = bits.random_raw(_WORDS * (last - first + 1))[::_WORDS][patients - first]
    else:  # a few patients far apart: one visit each costs less than all the numbers between them
        words = np.array([_word(seed, purpose, int(patient)) for patient in patients.ravel()]).reshape(patients.shape)
    # 53 bits, shifted by half a step so that neither 0 nor 1 can appear and a quantile function stays finite
    return ((words >> np.uint64(11)).astype(float) + 0.5) * 2.0**-53


def _word(seed: int, purpose: tuple, patient: int) -> np.uint64:
    bits = np.random.Philox(key=_key(seed, purpose))
    bits.advance(patient)
    return bits.random_raw(1)[0]


def normal(seed: int, purpose: tuple, patients: np.ndarray, limit: float = np.inf) -> np.ndarray:
    """Draw one standard normal number for each patient, truncated at plus and minus ``limit``.

    Parameters
    ----------
    seed : [1], one
        The run's seed.
    purpose : words
        What the number is for.
    patients : [1], one per patient
        Patient numbers.
    limit : [1], one
        Truncation in standard deviations.

    Returns
    -------
    [1], one per patient

    References
    ----------
    salmon2011

    Examples
    --------
    >>> bool(abs(normal(7, ("reader",), np.arange(10_000), limit=2.0)).max() < 2.0)
    True
    """
    from scipy.special import ndtr, ndtri

    low, high = ndtr(-limit), ndtr(limit)
    return ndtri(low + uniform(seed, purpose, patients) * (high - low))
