"""New centres and spreads for a setting: each value with all that hangs on it.

:func:`simsolid.vary` puts one other centre in; values of single sites and listed values stay behind or are lost. Here they move
along, on the scale of the spread, so that patient 17 keeps its rank whatever the centre. `simsolid.shift.shifted` does the same
to people who are drawn already; a setting can also be given another spread, and people are drawn from it as from any other.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from simsolid.errors import ParameterError, nearest
from simsolid.params import VARIED, Parameters, Value
from simsolid.steps import is_number

SPREAD = ".sd"  # "kill_rate.sd" is the spread between patients of kill_rate
EDGE = 1e-9  # nearest to 0 and 1 on the logit scale


def recentred(setting: Parameters, values: Mapping[str, float], note: str = VARIED) -> Parameters:
    """Move values of a setting that nobody has been drawn from yet, each with its whole distribution.

    A new centre takes along what differs by site and listed values: as a factor where the spread is on the logarithm or there
    is none, on the logit for shares, as a difference for a normal spread. ``name.sd`` sets the spread between patients.

    Parameters
    ----------
    setting : Parameters
        A loaded setting.
    values : mapping of number
        New centre by name in the declared unit, or new spread by ``name.sd``.
    note : text
        Stands where the basis stood.

    Returns
    -------
    Parameters

    Raises
    ------
    ParameterError
        A name is unknown, has no such spread, or a number is impossible; all faults at once.

    Examples
    --------
    >>> import simsolid as sim
    >>> setting = sim.load("gastric")
    >>> few = recentred(setting, {"suppression_half": 1.5, "suppression_half.sd": 0.8})
    >>> few["suppression_half"], few.value("suppression_half").spread.sd
    (1.5, 0.8)
    >>> one, other = (sim.draw(each, 3, seed=7)["suppression_half"] for each in (setting, few))
    >>> bool(((one > 3) == (other > 1.5)).all())
    True
    """
    faults = [fault for name, given in values.items() for fault in _faults(setting, name, given)]
    if faults:
        raise ParameterError("\n".join(f"recentred: {fault}" for fault in faults))
    moved = {}
    for name, given in values.items():
        plain, change = _meant(setting, name)
        moved[plain] = change(moved.get(plain, setting.value(plain)), float(given), note)
    return replace(setting, values={**setting.values, **moved})


def _meant(setting: Parameters, name: str) -> tuple[str, Callable]:
    """The parameter a name is about, and how it is changed."""
    if name not in setting and name.endswith(SPREAD):
        return name.removesuffix(SPREAD), _wider
    return name, _moved


def _faults(setting: Parameters, name: str, given: Any) -> list[str]:
    plain, change = _meant(setting, name)
    if plain not in setting:
        return [f"{name}: no such parameter{nearest(plain, setting.names)}"]
    value = setting.value(plain)
    if not isinstance(value.value, float):
        return [f"{name}: has an axis already; do so before patients are drawn and before anything is varied"]
    if not is_number(given) or not np.isfinite(given):
        return [f"{name}: {given!r}; must be a finite number"]
    if change is _wider:
        if value.spread is None or value.spread.shape not in SCALES or value.spread.shape in ("beta", "exponential", "empirical"):
            return [f"{name}: its spread has no standard deviation that could be set"]
        return [f"{name}: {given:g}; must be at least 0"] if given < 0 else []
    if SCALES[_shape(value)] is not _difference and not (value.value > 0 and given > 0) and _hanging(value):
        why = "and its centre is 0" if value.value <= 0 else "so it must be above 0"
        return [f"{name}: {given:g}; what hangs on it moves by a factor, {why}"]
    return []


def _wider(value: Value, sd: float, note: str) -> Value:
    return _told(value, replace(value, spread=replace(value.spread, sd=sd)), note)


def _moved(value: Value, centre: float, note: str) -> Value:
    move = SCALES[_shape(value)]
    sites = tuple((site, move(other, value.value, centre)) for site, other in value.by_site)
    spread = value.spread
    if spread is not None and spread.values:
        spread = replace(spread, values=tuple(move(each, value.value, centre) for each in spread.values))
    return _told(value, replace(value, value=centre, by_site=sites, spread=spread), note)


def _told(old: Value, new: Value, note: str) -> Value:
    """The new value, which says what it stands in the place of; range and spread are kept."""
    origin = ", ".join(part for part in (old.source, old.where) if part) or old.basis
    story = old.note if old.basis == note else f"in place of {old.value:g} {old.unit} ({origin})"
    return replace(new, basis=note, source="", where="", file="", note=story)


def _shape(value: Value) -> str:
    return value.spread.shape if value.spread is not None else ""


def _hanging(value: Value) -> bool:
    return bool(value.by_site) or bool(value.spread is not None and value.spread.values)


def _factor(other: float, old: float, new: float) -> float:
    return other * new / old


def _difference(other: float, old: float, new: float) -> float:
    return other + new - old


def _odds(other: float, old: float, new: float) -> float:
    """Moved on the logit scale."""
    x, a, b = (np.clip(each, EDGE, 1.0 - EDGE) for each in (other, old, new))
    odds = x / (1.0 - x) * b / (1.0 - b) * (1.0 - a) / a
    return float(odds / (1.0 + odds))


# How what hangs on a centre moves with it, by the shape of the spread between patients.
SCALES: dict[str, Callable[[float, float, float], float]] = {
    "": _factor, "log-normal": _factor, "exponential": _factor, "empirical": _factor,
    "normal": _difference, "logit-normal": _odds, "beta": _odds,
}  # fmt: skip
