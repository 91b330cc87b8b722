"""Move the centre of values that differ between patients: each patient keeps the place among the others.

Drawing again around another centre would do the same, were it not for the limits of plausibility: there another patient might
be drawn anew. Here the same people stay, so that what moves is the centre and nothing else.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from simsolid.cohort import roster
from simsolid.errors import ParameterError
from simsolid.params import Parameters, Spread

SHIFTED = "centre moved here"
_NEAR = 1e-9  # of 0 and 1, which have no logit


def shifted(people: Parameters, setting: Parameters, centres: Mapping[str, Any], source_note: str = SHIFTED) -> Parameters:
    """Move the centres around which people were drawn, with everybody's deviation kept.

    On the scale of the spread everyone moves by the same amount: log-normal values are multiplied, logit-normal ones move by
    the logit, normal ones by the difference, and beta ones keep their rank. Where sites have values of their own, these move
    too. Hard limits cut what would come to lie beyond them.

    Parameters
    ----------
    people : Parameters
        A drawn cohort.
    setting : Parameters
        What it was drawn from.
    centres : mapping
        New centres by name, each a number or a labelled array with axes of its own, in canonical units.
    source_note : text
        Stands where the basis of the values stood.

    Returns
    -------
    Parameters
        The same people, with the axes of the centres.

    Raises
    ------
    ParameterError
        Nobody is drawn, there is no such parameter, or its spread cannot move.

    Examples
    --------
    >>> import simsolid as sim
    >>> setting = sim.load("gastric")
    >>> people = sim.draw(setting, patients=3, seed=7)
    >>> faster = shifted(people, setting, {"kill_rate": 2 * setting["kill_rate"]})
    >>> (faster["kill_rate"] / people["kill_rate"]).values.round(6).tolist()
    [2.0, 2.0, 2.0]
    """
    roster(people)
    return people.with_values({name: _moved(people, setting, name, centre) for name, centre in centres.items()}, source_note)


def _moved(people: Parameters, setting: Parameters, name: str, centre: Any) -> Any:
    was, drawn = setting.value(name), people[name]
    if hasattr(was.value, "dims"):
        raise ParameterError(f"{name}: varies along {', '.join(map(str, was.value.dims))} already; move one centre at a time")
    if not hasattr(drawn, "dims"):
        return centre
    spread = was.spread or Spread("log-normal")  # sites of their own, all moved by one factor
    if spread.shape not in MOVES:
        raise ParameterError(f"{name}: a spread of shape {spread.shape} is a list of values; it has no centre to move")
    facts = setting.declared[name.rpartition(".")[2]]
    return MOVES[spread.shape](drawn, was.value, centre, spread).clip(facts.low, facts.high)


def _times(drawn, old, new, spread):
    # A centre of 0 has nobody around it.
    return new * (drawn / old) if old else new + 0.0 * drawn


def _plus(drawn, old, new, spread):
    return (new - old) + drawn


def _by_logit(drawn, old, new, spread):
    import xarray as xr
    from scipy.special import expit, logit

    def within(share):
        return xr.apply_ufunc(logit, np.clip(share, _NEAR, 1.0 - _NEAR))

    return xr.apply_ufunc(expit, within(new) - within(old) + within(drawn))


def _by_rank(drawn, old, new, spread):
    import xarray as xr
    from scipy.special import betainc, betaincinv

    if spread.sd_lesion:  # ranks of patients cannot be told from those of their lesions
        return _by_logit(drawn, old, new, spread)
    close, new = spread.a + spread.b, np.clip(new, _NEAR, 1.0 - _NEAR)
    rank = betainc(old * close, (1.0 - old) * close, drawn)
    return xr.apply_ufunc(betaincinv, new * close, (1.0 - new) * close, rank)


MOVES: dict[str, Callable] = {
    "log-normal": _times, "exponential": _times, "normal": _plus, "logit-normal": _by_logit, "beta": _by_rank,
}  # fmt: skip
