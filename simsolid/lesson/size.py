"""The one switch between full and quick pages."""

import os

from ..errors import ParameterError

SWITCH = "SIMSOLID_LESSON"  # environment variable: the one switch between full and quick pages
QUICK_SHARE = 4  # a quick page has this many times fewer patients ...
QUICK_LEAST = 20  # ... but not fewer than this


def quick():
    """Whether pages run with small cohorts: the environment variable ``SIMSOLID_LESSON`` is ``quick``.

    Returns
    -------
    truth

    Raises
    ------
    ParameterError
        The variable holds another word.

    Examples
    --------
    >>> quick()
    False
    """
    word = os.environ.get(SWITCH, "full")
    if word not in ("full", "quick", ""):
        raise ParameterError(f"environment variable {SWITCH} is {word!r}; must be full or quick")
    return word == "quick"


def patients(full):
    """Size of a cohort on a page: ``full``, or a quarter of it (at least 20) where ``SIMSOLID_LESSON`` is ``quick``.

    Tests run the pages quickly; what is stored and read is full.

    Parameters
    ----------
    full : [1], one
        Patients of the full page.

    Returns
    -------
    [1], one

    Raises
    ------
    ParameterError
        The number is not a whole one above zero.

    Examples
    --------
    >>> patients(200)
    200
    """
    if isinstance(full, bool) or full != int(full) or full < 1:
        raise ParameterError(f"lesson.patients: {full!r} is not a whole number of patients above zero")
    full = int(full)
    return min(full, max(QUICK_LEAST, full // QUICK_SHARE)) if quick() else full
