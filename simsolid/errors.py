"""The three kinds of error a user meets, and the nearest right name for a wrong one."""

from collections.abc import Iterable
from difflib import get_close_matches


class ParameterError(ValueError):
    """A parameter, parameter file or choice is missing, misspelt or out of its range."""


class ModelError(ValueError):
    """A model's declaration or equations do not fit together."""


class SolveError(RuntimeError):
    """A patient's equations could not be integrated."""


def nearest(name: str, names: Iterable[str]) -> str:
    """Suggest the nearest right name, as the tail of an error message.

    Parameters
    ----------
    name : text
        What was asked for.
    names : texts
        What would have been right.

    Returns
    -------
    text
        ``"; did you mean 'x'?"``, or nothing when no name is near.

    Examples
    --------
    >>> nearest("groth_rate", ["growth_rate", "kill_rate"])
    "; did you mean 'growth_rate'?"
    >>> nearest("zebra", ["growth_rate"])
    ''
    """
    found = get_close_matches(str(name), [str(n) for n in names], n=1, cutoff=0.6)
    return f"; did you mean '{found[0]}'?" if found else ""
