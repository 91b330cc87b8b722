"""Sweeps as axes: put a named axis on a parameter, on armour or origin, or on any part of a regimen."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np

from simsolid.axes import DESIGN, RESERVED, refuse_taken
from simsolid.cohort import KEY, each_lesion, roster
from simsolid.draws import is_lesion_wise
from simsolid.errors import ParameterError, nearest
from simsolid.load import layer
from simsolid.params import Layer, Parameters
from simsolid.regimen import Regimen
from simsolid.steps import faults_of, is_number

# Kinds of file that can be exchanged along an axis.
EXCHANGED = {"armour": "armour", "origin": "origins"}
# The axis of rule sets that are named by their files.
RESCUE = "rescue"


def vary(thing: Parameters | Regimen, **axes):
    """Put a named axis on anything, or give it one other value.

    A list makes an axis of that name; a single value just replaces; a labelled array is taken with its own axes.
    Parameters keep their source line as "varied here". Varying a setting before :func:`simsolid.draw` moves the
    centre and keeps the spread between patients (but not other values at some sites, nor an empirical spread); varying
    drawn people gives every patient the same value.

    Parameters
    ----------
    thing : Parameters or Regimen
        A setting, drawn people or a plan.
    axes : any unit or texts, values by name
        A parameter, ``armour``, ``origin``, or a part of the regimen: ``dose``, ``route``, ``hours``,
        ``infusion_day``, ``conditioning``, ``surgery_share``, ``drug_day``; in a plan also ``rescue`` (names of rule
        sets), or any name with a mapping of labels to rules. In drawn people any name with a mapping of labels to changes
        makes an axis of scenarios: ``barrier={"as it is": {}, "open": {"access_start": 1}}``.

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
    if not isinstance(thing, (Regimen, Parameters)):
        raise ParameterError(f"vary: {type(thing).__name__} cannot be varied; give a setting, drawn people or a sim.Regimen")
    change = _in_plan if isinstance(thing, Regimen) else _in_people
    for name, values in axes.items():
        thing = change(thing, name, values)
    return thing


def _meant(name: str) -> str:
    """The axis that was meant: a near name, or the one that sets the field of that name."""
    by_field = {attribute: axis for axis, (_, attribute) in reversed(DESIGN.items())}
    return f"; did you mean '{by_field[name]}'?" if name in by_field else nearest(name, DESIGN)


def _in_plan(plan: Regimen, name: str, values) -> Regimen:
    if isinstance(values, Mapping):
        return plan.with_options(name, values)
    if name == RESCUE:
        return plan.with_options(name, {label: label for label in _axis(name, values)}) if _several(values) \
            else plan.with_rules(values)
    if name not in DESIGN:
        raise ParameterError(f"{name}: no such part of a regimen{_meant(name)}; there are {RESCUE}, {', '.join(DESIGN)}")
    if not _several(values):
        return plan.with_field(name, values)
    several = _axis(name, values)
    for value in several:
        plan.with_field(name, value)  # refuses what a regimen cannot be, before anything runs
    return replace(plan, design={**plan.design, name: several})


def _in_people(people: Parameters, name: str, values) -> Parameters:
    if name in people:
        return people.with_values({name: _placed(people, name, values)})
    if name in EXCHANGED:
        return _exchanged(people, name, values)
    if name in DESIGN:
        return _designed(people, name, values)
    if isinstance(values, Mapping):
        return _scenarios(people, name, values)
    known = [*people.names, *EXCHANGED, *DESIGN]
    own = [key for key in people.names if key.endswith(f".{name}")]
    hint = f"; each file has its own: {', '.join(own)}" if own else nearest(name, known)
    raise ParameterError(f"{name}: nothing of that name to vary{hint}")


def _several(values) -> bool:
    return isinstance(values, Iterable) and not isinstance(values, (str, Mapping)) and np.ndim(values) != 0 \
        and not getattr(values, "dims", ())


def _axis(name: str, values) -> tuple:
    given = tuple(value.item() if hasattr(value, "item") and np.ndim(value) == 0 else value for value in values)
    words = [str(value) if isinstance(value, str) else repr(value) for value in given]
    if not given or len(set(words)) != len(given) or not all(isinstance(v, str) or np.ndim(v) == 0 for v in given):
        raise ParameterError(f"{name}: an axis needs at least one value and no value twice; got [{', '.join(words)}]")
    return given


def _placed(people: Parameters, name: str, values):
    """A parameter's new value as the set can hold it: a number, or an array with named axes."""
    if getattr(values, "dims", ()):
        return _own_axes(people, name, values)
    given = _labelled(name, values) if _several(values) else values
    number = _several(values) or is_number(given)  # the gate refuses the rest by name
    return each_lesion(people, name, given) if number and KEY in people.choices and is_lesion_wise(people, name) else given


def _own_axes(people: Parameters, name: str, values):
    """A labelled array as given, when its axes fit the cohort."""
    wrong = [axis for axis in values.dims if axis in RESERVED or axis not in values.coords]
    if wrong:
        raise ParameterError(f"{name}: axis {', '.join(map(str, wrong))} cannot be used; give each axis its own name and labels")
    if "patient" in values.dims and "model" not in people.choices:  # a small model has no drawn patients
        who = roster(people).patients
        if list(values["patient"].values) != list(who):
            raise ParameterError(f"{name}: its patients are not those drawn; use their numbers, in their order")
    if is_lesion_wise(people, name):
        raise ParameterError(f"{name}: lesions differ in it; vary it with numbers, which all lesions then share")
    return values


def _labelled(name: str, values):
    import xarray as xr

    given = _axis(name, values)
    wrong = [repr(value) for value in given if not is_number(value)]
    if wrong:
        raise ParameterError(f"{name}: {', '.join(wrong)} is no number; an axis on a parameter needs numbers")
    return xr.DataArray(np.array(given, dtype=float), dims=[name], coords={name: list(given)})


def _designed(people: Parameters, name: str, values) -> Parameters:
    kind, attribute = DESIGN[name]
    several = _axis(name, values if _several(values) else [values])
    usable = {"cells": 1.0, "share": 0.5, "day": 0.0, "name": "tocilizumab", "amount": 1.0}
    own = {field: usable[field] for field in kind.__dataclass_fields__ if field in usable}
    faults = [fault for value in several for fault in faults_of(kind(**{**own, attribute: value}))]
    if faults:
        raise ParameterError("\n".join(f"{name}: {fault}" for fault in faults))
    return replace(people, design={**people.design, name: several if _several(values) else values})


def _scenarios(people: Parameters, name: str, options: Mapping) -> Parameters:
    """Put named scenarios on one axis: each label changes its own values for everybody, and the rest stay as they are."""
    import xarray as xr

    refuse_taken(name)
    labels = _axis(name, list(options))
    faults = [f"{name}: {fault}" for label, given in options.items() for fault in _not_a_scenario(people, label, given)]
    if KEY not in people.choices:
        faults.append(f"{name}: scenarios are for drawn people; use sim.draw(...) first")
    if not faults and not any(options.values()):
        faults.append(f"{name}: no scenario changes anything")
    if faults:
        raise ParameterError("\n".join(faults))
    changed = {}
    for key in dict.fromkeys(key for changes in options.values() for key in changes):
        each = [_placed(people, key, changes[key]) if key in changes else people[key] for changes in options.values()]
        each = xr.broadcast(*(xr.DataArray(value) for value in each))
        changed[key] = xr.concat(each, dim=name, combine_attrs="override").assign_coords({name: list(labels)})
    return people.with_values(changed)


def _not_a_scenario(people: Parameters, label, given) -> list[str]:
    """What is wrong with the changes of one label, in words."""
    if not isinstance(given, Mapping):
        return [f"{label!r} has {given!r}; give changes by name, such as {{'kill_rate': 3}}"]
    unknown = [f"{label!r}: no parameter {key!r}{nearest(key, people.names)}" for key in given if key not in people]
    return unknown + [f"{label!r}: {key} {value!r} is no number" for key, value in given.items()
                      if key in people and not is_number(value)]  # fmt: skip


def _exchanged(people: Parameters, name: str, values) -> Parameters:
    """Take the values of another file of this kind, or stack those of several along an axis."""
    kind = EXCHANGED[name]
    if not _several(values):
        return _with_file(people, name, layer(kind, values))
    import xarray as xr

    several = _axis(name, values)
    files = [layer(kind, each) for each in several]
    spread = sorted({key for file in files for key, value in file.values.items() if value.spread is not None})
    if spread:
        raise ParameterError(f"{name}: {', '.join(spread)} differs between patients in these files; load each of them instead")
    changes = {
        key: xr.DataArray([file.values[key].value for file in files], dims=[name], coords={name: list(several)})
        for key in files[0].values
    }
    return people.with_values(changes)


def _with_file(people: Parameters, name: str, file: Layer) -> Parameters:
    layers = tuple(file if old.kind == file.kind else old for old in people.layers)
    return replace(people, values={**people.values, **file.values}, layers=layers, choices={**people.choices, name: file.name})
