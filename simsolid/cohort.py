"""Virtual patients: values drawn from the spreads that the parameter files give, the same people in every arm."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from simsolid.draws import MOST_LESIONS, anatomy, at_sites, in_slots, is_lesion_wise, shares
from simsolid.errors import ParameterError
from simsolid.params import Parameters
from simsolid.plausible import plausible

KEY = "roster"


@dataclass(frozen=True, eq=False)
class Roster:
    """Who was drawn: patient numbers, their lesions and sites, and how many draws were not plausible."""

    seed: int
    patients: np.ndarray
    lesions: np.ndarray
    sites: np.ndarray  # (patient, slot); "" where a patient has no such lesion
    new_lesions: bool
    rejected: int = 0

    @property
    def slots(self) -> int:
        """Number of lesion slots, the new-lesion slot included."""
        return self.sites.shape[1]

    def present(self) -> np.ndarray:
        """Which lesion slots each patient has."""
        return self.sites != ""


def draw(setting: Parameters, patients: int | Sequence[int] = 500, seed: int = 0) -> Parameters:
    """Draw virtual patients from a setting.

    Each number belongs to (seed, parameter, patient): patient 17 of ten is patient 17 of ten thousand, and is the
    same person in every arm.

    Parameters
    ----------
    setting : Parameters
        A loaded setting, perhaps varied.
    patients : [1] or several [1]
        How many patients, numbered from 0, or their numbers.
    seed : [1], one
        Seed of the cohort.

    Returns
    -------
    Parameters
        The same set with a ``patient`` axis on every value that differs between patients.

    Raises
    ------
    ParameterError
        No patients are asked for, they are drawn already, or the plausibility limits reject nearly everyone.

    Examples
    --------
    >>> import simsolid as sim
    >>> people = sim.draw(sim.load("gastric"), patients=3, seed=7)
    >>> people["weight"].sizes["patient"]
    3
    """
    _undrawn(setting)
    ids, seed = _numbers(patients), whole("seed", seed, 0)
    drawn, sites, rejected = plausible(setting, ids, seed)
    _, new_lesions = anatomy(setting)
    count = (sites[:, :MOST_LESIONS] != "").sum(axis=1)
    return _people(setting, drawn, Roster(seed, ids, count, sites, new_lesions, rejected))


def typical(setting: Parameters, lesions: int | None = None) -> Parameters:
    """Make the one patient who has every value at its centre.

    Parameters
    ----------
    setting : Parameters
        A loaded setting, perhaps varied.
    lesions : [1], one or None
        Number of lesions; the most frequent when not given.

    Returns
    -------
    Parameters
        One patient, number 0, with lesions at the most frequent sites.

    Raises
    ------
    ParameterError
        The number of lesions is not from 1 to 5, or the patients are drawn already.

    Examples
    --------
    >>> import simsolid as sim
    >>> sim.typical(sim.load("gastric"), lesions=2)["diameter_start"].sizes["lesion"]
    6
    """
    _undrawn(setting)
    tumour, new_lesions = anatomy(setting)
    counts, weights = shares(tumour["lesion_counts"])
    number = int(counts[np.argmax(weights)]) if lesions is None else whole("lesions", lesions, 1, MOST_LESIONS)
    order = [site for site, _ in sorted(tumour["sites"].items(), key=lambda item: -item[1])]
    sites = np.full((1, MOST_LESIONS + 1), "", dtype="U16")
    sites[0, :number] = [order[i % len(order)] for i in range(number)]
    sites[0, -1] = order[0] if new_lesions else ""
    lesion_wise = [name for name in setting.names if is_lesion_wise(setting, name)]
    still = {name: in_slots(name, at_sites(setting.value(name), sites), sites) for name in lesion_wise}
    return _people(setting, still, Roster(0, np.array([0]), np.array([number]), sites, new_lesions))


def roster(people: Parameters) -> Roster:
    """Who is in a cohort.

    Parameters
    ----------
    people : Parameters
        A drawn cohort.

    Returns
    -------
    Roster

    Raises
    ------
    ParameterError
        Nobody has been drawn yet.

    Examples
    --------
    >>> import simsolid as sim
    >>> int(sim.roster(sim.draw(sim.load("gastric"), patients=3, seed=7)).patients[-1])
    2
    """
    if KEY not in people.choices:
        raise ParameterError("people: no patients in this setting; draw some with sim.draw(setting, patients=500, seed=7)")
    return people.choices[KEY]


def select(people: Parameters, patients: Sequence[int]) -> Parameters:
    """Keep some of the drawn patients; each stays the same person.

    Parameters
    ----------
    people : Parameters
        A drawn cohort.
    patients : [1], several
        Numbers of those to keep, each once.

    Returns
    -------
    Parameters

    Raises
    ------
    ParameterError
        A number was not drawn.

    Examples
    --------
    >>> import simsolid as sim
    >>> sim.select(sim.draw(sim.load("gastric"), patients=9, seed=7), [2, 5])["weight"].sizes["patient"]
    2
    """
    who, ids = roster(people), _numbers(np.atleast_1d(patients))
    if unknown := [number for number in ids.tolist() if number not in who.patients]:
        raise ParameterError(f"patients: {unknown} not among the {len(who.patients)} drawn")
    at = [who.patients.tolist().index(number) for number in ids]
    own = {name: people[name][{"patient": at}] for name in people if "patient" in getattr(people[name], "dims", ())}
    few = replace(who, patients=ids, lesions=who.lesions[at], sites=who.sites[at])
    return replace(people.with_values(own, keep_source=True), choices={**people.choices, KEY: few})


def each_lesion(people: Parameters, name: str, values) -> Any:
    """Give every lesion of every drawn patient the same value, and a new lesion no size.

    Parameters
    ----------
    people : Parameters
        A drawn cohort.
    name : text
        A lesion-wise parameter.
    values : any unit, one or a labelled axis
        Its new value, or several along an axis.

    Returns
    -------
    labelled array

    Examples
    --------
    >>> import simsolid as sim
    >>> people = sim.draw(sim.load("b_all"), patients=1, seed=7)
    >>> float(each_lesion(people, "diameter_start", 20.0)[0, 0])
    20.0
    """
    import xarray as xr

    who = roster(people)
    sizes = values if hasattr(values, "dims") else xr.DataArray(float(values))
    filled = in_slots(name, np.broadcast_to(sizes.values[..., None, None], (*np.shape(sizes), *who.sites.shape)), who.sites)
    coords = {**{axis: sizes[axis].values for axis in sizes.dims}, "patient": who.patients, "lesion": np.arange(who.slots)}
    return xr.DataArray(filled, dims=(*sizes.dims, "patient", "lesion"), coords=coords)


def _undrawn(setting: Parameters) -> None:
    if not isinstance(setting, Parameters):
        raise ParameterError(f"setting: {type(setting).__name__}; give what sim.load('gastric') returns")
    if KEY in setting.choices:
        count = len(setting.choices[KEY].patients)
        raise ParameterError(f"setting: {count} patients are drawn from it already; draw from what sim.load() returned")


def whole(what: str, given, low: int, high: float = np.inf) -> int:
    """Take a whole number, or refuse what is none.

    Parameters
    ----------
    what : text
        What the number is, for the message.
    given : [1], one
        The number.
    low, high : [1], one
        Its limits.

    Returns
    -------
    [1], one

    Raises
    ------
    ParameterError
        It is no whole number within the limits.

    Examples
    --------
    >>> whole("seed", 7, 0)
    7
    """
    fits = isinstance(given, (int, np.integer)) and not isinstance(given, bool)
    if not fits or not low <= given <= high:
        limits = f"from {low} to {high:g}" if np.isfinite(high) else f"of at least {low}"
        raise ParameterError(f"{what}: {given!r}; must be a whole number {limits}")
    return int(given)


def _numbers(patients) -> np.ndarray:
    if np.ndim(patients) == 0 and not isinstance(patients, str):
        return np.arange(whole("patients", patients, 1))
    ids = np.asarray(patients)
    fits = ids.ndim == 1 and ids.size > 0 and np.issubdtype(ids.dtype, np.integer) and ids.min() >= 0
    if not fits or len(np.unique(ids)) != ids.size:
        raise ParameterError(f"patients: {patients!r}; give how many (at least 1), or different whole numbers from 0 on")
    return ids.astype(np.int64)


def _people(setting: Parameters, drawn: Mapping[str, np.ndarray], who: Roster) -> Parameters:
    import xarray as xr

    # An index is made once, not for each value.
    coords = xr.Coordinates({"patient": who.patients}), xr.Coordinates({"patient": who.patients, "lesion": np.arange(who.slots)})
    people = setting.with_values({name: _labelled(setting, name, drawn[name], coords) for name in drawn}, keep_source=True)
    return replace(people, choices={**people.choices, KEY: who})


def _labelled(setting: Parameters, name: str, array: np.ndarray, coords: tuple):
    import xarray as xr

    own, value = coords[is_lesion_wise(setting, name)], setting.value(name)
    dims = (*value.axes, *own.dims)
    if value.axes:  # a swept parameter brings labels of its own
        own = own.assign({axis: value.value[axis].values for axis in value.axes})
    return xr.DataArray(array, dims=dims, coords=own, attrs={"units": value.unit})
