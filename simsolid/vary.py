"""Sweeps as axes: put a named axis on a parameter, on armour or origin, or on any part of a regimen."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from simsolid.errors import ParameterError, nearest
from simsolid.load import layer
from simsolid.params import Parameters
from simsolid.regimen import DESIGN, Regimen

# Kinds of file that can be exchanged along an axis.
EXCHANGED = {"armour": "armour", "origin": "origins"}


def vary(thing: Parameters | Regimen, **axes):
    """Put a named axis on anything, or give it one other value.

    A list makes an axis of that name; a single value just replaces. Parameters keep their source line as
    "varied here". Varying a setting before :func:`simsolid.draw` moves the centre and keeps the spread between
    patients; varying drawn people gives every patient the same value.

    Parameters
    ----------
    thing : Parameters or Regimen
        A setting, drawn people or a plan.
    axes : values by name
        A parameter, ``armour``, ``origin``, or a part of the regimen: ``dose``, ``route``, ``hours``,
        ``infusion_day``, ``conditioning``, ``surgery_share``, ``drug_day`` ...

    Returns
    -------
    Parameters or Regimen

    Raises
    ------
    ParameterError
        There is nothing of that name, or a value is out of its range.

    Examples
    --------
    >>> import simsolid as sim
    >>> setting = sim.vary(sim.load("gastric"), dose=[1e8, 1e9], kill_rate=[3, 6, 12])
    >>> setting["kill_rate"].sizes["kill_rate"], list(setting.design)
    (3, ['dose'])
    """
    if isinstance(thing, Regimen):
        return _vary_regimen(thing, axes)
    for name, values in axes.items():
        thing = _vary_one(thing, name, values)
    return thing


def _several(values) -> bool:
    return isinstance(values, Sequence) and not isinstance(values, str) or np.ndim(values) == 1


def _axis(name: str, values) -> tuple:
    given = tuple(v.item() if hasattr(v, "item") else v for v in values)
    if not given or len(set(given)) != len(given):
        raise ParameterError(f"{name}: an axis needs at least one value and no value twice; got {list(given)}")
    return given


def _vary_regimen(plan: Regimen, axes: Mapping) -> Regimen:
    for name, values in axes.items():
        if name not in DESIGN:
            raise ParameterError(f"{name}: no such part of a regimen{nearest(name, DESIGN)}; there are {', '.join(DESIGN)}")
        several = _axis(name, values) if _several(values) else (values,)
        for value in several:
            plan.with_field(name, value)  # refuses what a regimen cannot be, before anything runs
        plan = replace(plan, design={**plan.design, name: several}) if _several(values) else plan.with_field(name, values)
    return plan


def _vary_one(people: Parameters, name: str, values) -> Parameters:
    if name in people:
        return people.with_values({name: _labelled(name, values) if _several(values) else values})
    if name in EXCHANGED:
        return _exchange(people, name, values)
    if name in DESIGN:
        several = _axis(name, values if _several(values) else [values])
        return replace(people, design={**people.design, name: several})
    known = [*people.names, *EXCHANGED, *DESIGN]
    routes = [key for key in people.names if key.endswith(f".{name}")]
    hint = f"; it belongs to a file: {', '.join(routes)}" if routes else nearest(name, known)
    raise ParameterError(f"{name}: nothing of that name to vary{hint}")


def _labelled(name: str, values):
    import xarray as xr

    given = _axis(name, values)
    return xr.DataArray(np.array(given, dtype=float), dims=[name], coords={name: list(given)})


def _exchange(people: Parameters, name: str, values) -> Parameters:
    """Stack the parameters of several files of one kind along an axis."""
    import xarray as xr

    several = _axis(name, values if _several(values) else [values])
    files = [layer(EXCHANGED[name], each) for each in several]
    if not _several(values):
        changes = {key: value.value for key, value in files[0].values.items()}
    else:
        changes = {
            key: xr.DataArray([file.values[key].value for file in files], dims=[name], coords={name: list(several)})
            for key in files[0].values
        }
    return people.with_values(changes)
