"""Virtual patients: values drawn from the spreads that the parameter files give, the same people in every arm."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from simsolid.errors import ParameterError
from simsolid.params import Parameters, Spread, need
from simsolid.streams import normal, uniform

MOST_LESIONS = 5
# Rejected patients are drawn anew at most this often; needing more means that limits and spreads contradict each other.
MOST_ATTEMPTS = 200
DEFAULT_TRUNCATION = 3.0
KEY = "roster"


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a plausible patient is: limits on the drawn disease."""

    burden_low_volume: Any = need("mL", "smallest total tumour volume of a patient", low=0)
    burden_high_volume: Any = need("mL", "largest total tumour volume of a patient", low=0)
    largest_diameter: Any = need("mm", "largest lesion diameter of a patient", low=0)


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


@dataclass
class _Draw:
    """The random numbers of one attempt, addressed by purpose."""

    seed: int
    patients: np.ndarray
    attempt: int
    correlated: Mapping[str, np.ndarray] = field(default_factory=dict)

    def words(self, *purpose) -> tuple:
        return purpose if self.attempt == 0 else (*purpose, "attempt", self.attempt)

    def uniform(self, *purpose) -> np.ndarray:
        return uniform(self.seed, self.words(*purpose), self.patients)

    def normal(self, *purpose, limit: float = DEFAULT_TRUNCATION) -> np.ndarray:
        return normal(self.seed, self.words(*purpose), self.patients, limit)


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
        No patients are asked for, or the plausibility limits reject nearly everyone.

    Examples
    --------
    >>> import simsolid as sim
    >>> people = sim.draw(sim.load("gastric"), patients=3, seed=7)
    >>> people["weight"].sizes["patient"]
    3
    """
    ids = _numbers(patients)
    drawn, sites, rejected = _plausible(setting, ids, int(seed))
    _, new_lesions = _anatomy(setting)
    count = (sites[:, :MOST_LESIONS] != "").sum(axis=1)
    roster = Roster(int(seed), ids, count, sites, new_lesions, rejected)
    labelled = {name: _labelled(setting, name, array, roster) for name, array in drawn.items()}
    people = setting.with_values(labelled, keep_source=True)
    return replace(people, choices={**people.choices, KEY: roster})


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

    Examples
    --------
    >>> import simsolid as sim
    >>> sim.typical(sim.load("gastric"), lesions=2)["diameter_start"].sizes["lesion"]
    6
    """
    tumour, new_lesions = _anatomy(setting)
    counts, weights = _table(tumour["lesion_counts"])
    number = int(lesions or int(counts[np.argmax(weights)]))
    order = [site for site, _ in sorted(tumour["sites"].items(), key=lambda item: -item[1])]
    sites = np.full((1, MOST_LESIONS + 1), "", dtype="U16")
    sites[0, :number] = [order[i % len(order)] for i in range(number)]
    if new_lesions:
        sites[0, -1] = order[0]
    roster = Roster(0, np.array([0]), np.array([number]), sites, new_lesions)
    still = {name: _at_sites(setting.value(name), sites) for name in _lesion_wise(setting)}
    if "diameter_start" in still:
        still["diameter_start"][..., -1] = 0.0
    one = {name: _labelled(setting, name, array, roster) for name, array in still.items()}
    people = setting.with_values(one, keep_source=True)
    return replace(people, choices={**people.choices, KEY: roster})


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


def _numbers(patients) -> np.ndarray:
    if isinstance(patients, (int, np.integer)):
        patients = np.arange(int(patients))
    ids = np.asarray(patients)
    whole = ids.ndim == 1 and ids.size > 0 and np.issubdtype(ids.dtype, np.integer) and ids.min() >= 0
    if not whole or len(np.unique(ids)) != ids.size:
        raise ParameterError(f"patients: {patients!r}; give how many (at least 1), or different whole numbers from 0 on")
    return ids.astype(np.int64)


def _anatomy(setting: Parameters) -> tuple[Mapping, bool]:
    tumours = [layer for layer in setting.layers if layer.kind == "tumours"]
    if not tumours:
        raise ParameterError("setting: no tumour file among its layers; load one with sim.load('gastric')")
    return tumours[0].choices, bool(tumours[0].choices.get("new_lesions", True))


def _lesion_wise(setting: Parameters) -> list[str]:
    return [name for name, facts in setting.declared.items() if facts.axis == "lesion" and name in setting.values]


def _table(weights: Mapping) -> tuple[np.ndarray, np.ndarray]:
    given = np.array(list(weights.values()), dtype=float)
    return np.array(list(weights)), given / given.sum()


def _plausible(setting: Parameters, ids: np.ndarray, seed: int):
    """Draw everyone, then redraw those outside the limits until all are plausible."""
    drawn, sites = _attempt(setting, _Draw(seed, ids, 0))
    bad, rejected = _implausible(setting, drawn), 0
    for attempt in range(1, MOST_ATTEMPTS + 1):
        if not bad.any():
            return drawn, sites, rejected
        rejected += int(bad.sum())
        again, new_sites = _attempt(setting, _Draw(seed, ids[bad], attempt))
        for name, array in again.items():
            axis = _patient_axis(setting, name)
            np.moveaxis(drawn[name], axis, 0)[bad] = np.moveaxis(array, axis, 0)
        sites[bad] = new_sites
        bad[bad] = _implausible(setting, again)
    raise ParameterError(
        f"patients: {int(bad.sum())} of {ids.size} still outside the plausibility limits after {MOST_ATTEMPTS} draws; "
        f"widen {', '.join(Limits.__dataclass_fields__)} or narrow the spread of diameter_start"
    )


def _patient_axis(setting: Parameters, name: str) -> int:
    return -2 if _is_lesion_wise(setting, name) else -1


def _is_lesion_wise(setting: Parameters, name: str) -> bool:
    return setting.declared[name.rpartition(".")[2]].axis == "lesion"


def _implausible(setting: Parameters, drawn: Mapping[str, np.ndarray]) -> np.ndarray:
    diameter = drawn["diameter_start"]
    if not all(name in setting for name in Limits.__dataclass_fields__):
        return np.zeros(diameter.shape[-2], dtype=bool)
    burden = np.nansum(np.pi / 6.0 * (diameter / 10.0) ** 3, axis=-1)
    low, high, largest = (float(np.min(setting[name])) for name in Limits.__dataclass_fields__)
    outside = (burden < low) | (burden > high) | (np.nanmax(diameter, axis=-1) > largest)
    return outside.reshape(-1, outside.shape[-1]).any(axis=0)


def _attempt(setting: Parameters, number: _Draw) -> tuple[dict[str, np.ndarray], np.ndarray]:
    tumour, new_lesions = _anatomy(setting)
    sites = _sites(tumour, new_lesions, number)
    number.correlated = _correlated(setting, number)
    drawn = {}
    for name in setting.names:
        value = setting.value(name)
        if _is_lesion_wise(setting, name):
            drawn[name] = np.where(sites != "", _lesion_values(name, value, number, sites), np.nan)
        elif value.spread is not None:
            z = _patient_level(name, value.spread, number)
            drawn[name] = SHAPES[value.spread.shape](_core(value.value), value.spread, z, 0.0)
    drawn["diameter_start"][..., -1] = np.where(sites[:, -1] != "", 0.0, np.nan)
    return drawn, sites


def _sites(tumour: Mapping, new_lesions: bool, number: _Draw) -> np.ndarray:
    counts, weights = _table(tumour["lesion_counts"])
    names, shares = _table(tumour["sites"])
    lesions = counts.astype(int)[_pick(weights, number.uniform("lesions"))]
    sites = np.full((number.patients.size, MOST_LESIONS + 1), "", dtype="U16")
    for slot in range(MOST_LESIONS + 1):
        here = (slot < lesions) if slot < MOST_LESIONS else np.full(lesions.shape, new_lesions)
        sites[:, slot] = np.where(here, names[_pick(shares, number.uniform("site", slot))], "")
    return sites


def _pick(weights: np.ndarray, u: np.ndarray) -> np.ndarray:
    return np.minimum(np.searchsorted(np.cumsum(weights), u), weights.size - 1)


def _correlated(setting: Parameters, number: _Draw) -> dict[str, np.ndarray]:
    """Standard normal numbers of the parameters that a file correlates (H3)."""
    pairs = [pair for layer in setting.layers for pair in layer.choices.get("correlations", ())]
    members = sorted({name for pair in pairs for name in pair["between"] if name in setting.values})
    if not members:
        return {}
    matrix = np.eye(len(members))
    for pair in pairs:
        if all(name in members for name in pair["between"]):
            i, j = (members.index(name) for name in pair["between"])
            matrix[i, j] = matrix[j, i] = pair["value"]
    try:
        root = np.linalg.cholesky(matrix)
    except np.linalg.LinAlgError as fault:
        raise ParameterError(f"correlations between {members}: not possible together; make them weaker") from fault
    z = [number.normal(name) for name in members]
    # Written out term by term: a matrix product may round differently for a crowd than for one patient.
    return {name: sum(root[i, j] * z[j] for j in range(i + 1)) for i, name in enumerate(members)}


def _patient_level(name: str, spread: Spread, number: _Draw) -> np.ndarray:
    if name in number.correlated:
        return number.correlated[name]
    return number.normal(name, limit=spread.truncate or DEFAULT_TRUNCATION)


def _at_sites(value, sites: np.ndarray) -> np.ndarray:
    """The centre of a lesion-wise value in each lesion: some sites have their own."""
    centre = np.broadcast_to(_core(value.value)[..., None], (*np.shape(value.value), *sites.shape)).copy()
    for site, other in value.by_site:
        centre[..., sites == site] = other
    return centre


def _lesion_values(name: str, value, number: _Draw, sites: np.ndarray) -> np.ndarray:
    centre = _at_sites(value, sites)
    if value.spread is None:
        return centre
    shared, limit = _patient_level(name, value.spread, number), value.spread.truncate or DEFAULT_TRUNCATION
    rows = []
    for slot in range(sites.shape[1]):
        own = number.normal(name, "lesion", slot, limit=limit) if value.spread.sd_lesion else 0.0
        rows.append(SHAPES[value.spread.shape](centre[..., slot], value.spread, shared, own))
    return np.stack(rows, axis=-1)


def _core(value) -> np.ndarray:
    """The centre of a spread with room for a patient axis behind its sweep axes."""
    return np.asarray(value, dtype=float)[..., None]


def _log_normal(centre, spread, z, own):
    return centre * np.exp(spread.sd * z + spread.sd_lesion * own)


def _logit_normal(centre, spread, z, own):
    from scipy.special import expit, logit

    return expit(logit(centre) + spread.sd * z + spread.sd_lesion * own)


def _normal(centre, spread, z, own):
    return centre + spread.sd * z + spread.sd_lesion * own


def _beta(centre, spread, z, own):
    from scipy.special import betaincinv, expit, logit, ndtr

    share = betaincinv(spread.a, spread.b, ndtr(z))
    return expit(logit(np.clip(share, 1e-9, 1.0 - 1e-9)) + spread.sd_lesion * own)


def _exponential(centre, spread, z, own):
    from scipy.special import log_ndtr

    return -centre * log_ndtr(-z)


def _empirical(centre, spread, z, own):
    from scipy.special import ndtr

    weights = np.asarray(spread.weights or np.ones(len(spread.values)), dtype=float)
    return np.asarray(spread.values)[_pick(weights / weights.sum(), ndtr(z))]


SHAPES: dict[str, Callable] = {
    "log-normal": _log_normal,
    "logit-normal": _logit_normal,
    "normal": _normal,
    "beta": _beta,
    "exponential": _exponential,
    "empirical": _empirical,
}


def _labelled(setting: Parameters, name: str, array: np.ndarray, people: Roster):
    import xarray as xr

    was = setting[name]
    swept = {axis: was[axis].values for axis in getattr(was, "dims", ())}
    ends = ("patient", "lesion") if _is_lesion_wise(setting, name) else ("patient",)
    coords = {**swept, "patient": people.patients, "lesion": np.arange(people.slots)}
    dims = (*swept, *ends)
    return xr.DataArray(array, dims=dims, coords={d: coords[d] for d in dims}, attrs={"units": setting.value(name).unit})
