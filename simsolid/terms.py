"""Rate laws that several models share: plain arithmetic on numbers, arrays and traced symbols alike.

Nothing here knows a state or a parameter by name. A law that must choose between two forms does so through
:func:`where_positive`, because an ``if`` on a state could not be traced (and would look at one patient only).
"""

from types import SimpleNamespace

import numpy as np

_branch = np.frompyfunc(lambda x, yes, no: x.branch(yes, no) if hasattr(x, "branch") else (yes if x > 0 else no), 3, 1)


def _traced(x) -> bool:
    return hasattr(x, "branch") or (isinstance(x, np.ndarray) and x.dtype == object)


def where_positive(x, yes, no):
    """Choose ``yes`` where ``x`` is above zero and ``no`` elsewhere.

    Parameters
    ----------
    x : any unit, one per case
        What decides.
    yes, no : same unit, one per case
        The two choices; both are evaluated.

    Returns
    -------
    unit of the choices, one per case

    Examples
    --------
    >>> where_positive(np.array([-1.0, 0.0, 2.0]), 10.0, 20.0)
    array([20., 20., 10.])
    """
    return _branch(x, yes, no) if _traced(x) else np.where(np.asarray(x) > 0, yes, no)[()]


def saturating(n, half):
    """Share of the largest possible rate reached at ``n``.

    n / (half + n): nothing gives 0, ``half`` gives one half.

    Parameters
    ----------
    n : any unit, one per case
        Amount within reach.
    half : same unit, one per case
        Amount at which the share is one half.

    Returns
    -------
    [1], one per case, from 0 to 1

    Examples
    --------
    >>> saturating(3.0, 1.0)
    0.75
    """
    return n / (half + n)


def hill(n, half, power):
    """Share of the largest effect at ``n``, with a steepness.

    n**power / (half**power + n**power).

    Parameters
    ----------
    n, half : same unit, one per case
        Amount, and the amount at which the share is one half.
    power : [1], one
        Steepness; 1 is :func:`saturating`.

    Returns
    -------
    [1], one per case, from 0 to 1

    Examples
    --------
    >>> hill(2.0, 1.0, 2)
    0.8
    """
    return n**power / (half**power + n**power)


def smooth_step(x):
    """Rise from 0 at ``x`` = 0 to 1 at ``x`` = 1, flat outside, with three derivatives that nowhere jump.

    x**4 * (35 - 84 x + 70 x**2 - 20 x**3) in between. A jump in a low derivative would be stepped over by a solver that does not
    see it.

    Parameters
    ----------
    x : [1], one per case

    Returns
    -------
    [1], one per case, from 0 to 1

    Examples
    --------
    >>> smooth_step(np.array([-1.0, 0.5, 3.0]))
    array([0. , 0.5, 1. ])
    """
    inside = x**4 * (35.0 + x * (x * (70.0 - 20.0 * x) - 84.0))
    return where_positive(x, where_positive(1.0 - x, inside, 1.0), 0.0)


def alive(n, one):
    """Share of its growth that a population of ``n`` cells keeps: none below one cell, all from two cells on.

    This is the extinction rule. An ODE has no last cell, so without it 0.1 cell would grow back.

    Parameters
    ----------
    n : [cell], one per case
        Population.
    one : [cell], one per case
        Smallest population that can grow (1 cell).

    Returns
    -------
    [1], one per case, from 0 to 1

    Examples
    --------
    >>> alive(np.array([0.9, 1.0, 1.5, 2.0]), 1.0)
    array([0. , 0. , 0.5, 1. ])
    """
    return smooth_step(n / one - 1.0)


def remnant(n, one):
    """Share of a remnant below one cell that is subject to being lost: all below half a cell, none from one cell on.

    Parameters
    ----------
    n : [cell], one per case
        Population.
    one : [cell], one per case
        Smallest population that can grow (1 cell).

    Returns
    -------
    [1], one per case, from 0 to 1

    Examples
    --------
    >>> remnant(np.array([0.4, 0.75, 1.0]), 1.0)
    array([1. , 0.5, 0. ])
    """
    return 1.0 - smooth_step(2.0 * n / one - 1.0)


def logistic(n, limit):
    """Share of the unhindered growth rate that is left at size ``n``.

    1 - n / limit.

    Parameters
    ----------
    n, limit : same unit, one per case
        Size, and the size at which growth stops.

    Returns
    -------
    [1], one per case

    Examples
    --------
    >>> logistic(25.0, 100.0)
    0.75
    """
    return 1.0 - n / limit


def over_lesions(flow):
    """Sum a quantity over the lesions of each case.

    Parameters
    ----------
    flow : any unit, lesions first
        One row per lesion.

    Returns
    -------
    same unit, one per case

    Examples
    --------
    >>> over_lesions(np.array([[1.0, 2.0], [3.0, 4.0]]))
    array([4., 6.])
    """
    return flow.sum(axis=0)


class Flows(SimpleNamespace):
    """The named flows of one mechanism."""


def flows(**named) -> Flows:
    """Collect the flows of a mechanism under their names.

    On numbers this only groups them. On traced symbols each flow also remembers its name, so that printed
    equations show ``kill`` instead of the kill law written out again.

    Parameters
    ----------
    named : any unit
        The flows by name.

    Returns
    -------
    Flows

    Examples
    --------
    >>> flows(growth=2.0).growth
    2.0
    """
    return Flows(**{name: label(name, value) for name, value in named.items()})


def label(name: str, value):
    """Give one quantity a name for printed equations; numbers pass through unchanged.

    Parameters
    ----------
    name : text
        The name to print.
    value : any unit, one per case or lesions first
        The quantity.

    Returns
    -------
    same unit

    Examples
    --------
    >>> label("growth", 2.0)
    2.0
    """
    if isinstance(value, np.ndarray) and value.dtype == object:
        each = [v.named(f"{name}[{i}]") if hasattr(v, "named") else v for i, v in enumerate(value)]
        return np.array(each, dtype=object)
    return value.named(name) if hasattr(value, "named") else value
