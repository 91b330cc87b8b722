"""Numbers behind a virtual patient: the shapes of spreads, lesions at their sites, correlations, addressed by patient."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from simsolid.errors import ParameterError
from simsolid.params import Parameters, Spread
from simsolid.streams import normal, uniform

MOST_LESIONS = 5
DEFAULT_TRUNCATION = 3.0


@dataclass(frozen=True)
class Draw:
    """The random numbers of one attempt, addressed by purpose."""

    seed: int
    patients: np.ndarray
    attempt: int

    def uniform(self, *purpose) -> np.ndarray:
        """One number from 0 to 1 for each patient."""
        return uniform(self.seed, self._words(purpose), self.patients)

    def normal(self, *purpose, limit: float = DEFAULT_TRUNCATION) -> np.ndarray:
        """One truncated standard normal number for each patient."""
        return normal(self.seed, self._words(purpose), self.patients, limit)

    def _words(self, purpose: tuple) -> tuple:
        return purpose if self.attempt == 0 else (*purpose, "attempt", self.attempt)


def attempt(setting: Parameters, number: Draw) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Draw every patient once, plausible or not.

    Parameters
    ----------
    setting : Parameters
        A loaded setting, perhaps varied.
    number : Draw
        Seed, patients and attempt.

    Returns
    -------
    mapping and texts
        Values by name (sweep axes, patient, perhaps lesion), and the site of every lesion slot.

    Examples
    --------
    >>> import simsolid as sim
    >>> drawn, sites = attempt(sim.load("gastric"), Draw(seed=7, patients=np.arange(2), attempt=0))
    >>> drawn["diameter_start"].shape, sites.shape
    ((2, 6), (2, 6))
    """
    sites = _sites(*anatomy(setting), number)
    linked = _correlated(setting, number)
    drawn = {}
    for name in setting.names:
        value = setting.value(name)
        if is_lesion_wise(setting, name):
            drawn[name] = in_slots(name, _lesion_values(name, value, number, linked, sites), sites)
        elif value.spread is not None:
            z = _patient_level(name, value.spread, number, linked)
            drawn[name] = SHAPES[value.spread.shape](_core(value.value), value.spread, z, 0.0)
    return drawn, sites


def anatomy(setting: Parameters) -> tuple[Mapping, bool]:
    """What the tumour file says of lesions.

    Parameters
    ----------
    setting : Parameters
        A loaded setting.

    Returns
    -------
    mapping and truth
        The structural choices of the tumour file, and whether new lesions may appear.

    Examples
    --------
    >>> import simsolid as sim
    >>> anatomy(sim.load("gastric"))[1]
    True
    """
    tumours = [layer for layer in setting.layers if layer.kind == "tumours"]
    if not tumours:
        raise ParameterError("setting: no tumour file among its layers; load one with sim.load('gastric')")
    return tumours[0].choices, bool(tumours[0].choices.get("new_lesions", True))


def is_lesion_wise(setting: Parameters, name: str) -> bool:
    """Tell whether a parameter has one value for each lesion.

    Parameters
    ----------
    setting : Parameters
        A setting or cohort.
    name : text
        A parameter.

    Returns
    -------
    truth

    Examples
    --------
    >>> import simsolid as sim
    >>> is_lesion_wise(sim.load("gastric"), "weight")
    False
    """
    return setting.declared[name.rpartition(".")[2]].axis == "lesion"


def at_sites(value, sites: np.ndarray) -> np.ndarray:
    """The centre of a lesion-wise value in each lesion: some sites have their own.

    Parameters
    ----------
    value : Value
        A parameter's value with what differs by site.
    sites : texts, one per patient and slot
        Site of each lesion slot.

    Returns
    -------
    unit of the value, sweep axes by patient by slot

    Examples
    --------
    >>> from simsolid.params import Value
    >>> at_sites(Value(2.0, "1", by_site=(("bone", 3.0),)), np.array([["liver", "bone"]]))
    array([[2., 3.]])
    """
    centre = np.broadcast_to(_core(value.value)[..., None], (*np.shape(value.value), *sites.shape)).copy()
    for site, other in value.by_site:
        centre[..., sites == site] = other
    return centre


def in_slots(name: str, values: np.ndarray, sites: np.ndarray) -> np.ndarray:
    """Lesion-wise values with NaN where a patient has no lesion; a new lesion has no size yet.

    Parameters
    ----------
    name : text
        A parameter.
    values : any unit, sweep axes by patient by slot
        Its values.
    sites : texts, one per patient and slot
        Site of each lesion slot, the last for a new lesion.

    Returns
    -------
    same unit and shape

    Examples
    --------
    >>> in_slots("diameter_start", np.full((1, 3), 20.0), np.array([["liver", "", "bone"]]))
    array([[20., nan,  0.]])
    """
    filled = np.where(sites != "", values, np.nan)
    if name == "diameter_start":
        filled[..., -1] = np.where(sites[:, -1] != "", 0.0, np.nan)
    return filled


def shares(weights: Mapping) -> tuple[np.ndarray, np.ndarray]:
    """Names of a table of weights, and the share of each.

    Parameters
    ----------
    weights : mapping
        Weight by name.

    Returns
    -------
    texts and [1], one per name

    Examples
    --------
    >>> [float(share) for share in shares({"liver": 3, "lung": 1})[1]]
    [0.75, 0.25]
    """
    given = np.array(list(weights.values()), dtype=float)
    return np.array(list(weights)), given / given.sum()


def _sites(tumour: Mapping, new_lesions: bool, number: Draw) -> np.ndarray:
    counts, weights = shares(tumour["lesion_counts"])
    names, frequency = shares(tumour["sites"])
    lesions = counts.astype(int)[_pick(weights, number.uniform("lesions"))]
    sites = np.full((number.patients.size, MOST_LESIONS + 1), "", dtype="U16")
    for slot in range(MOST_LESIONS + 1):
        here = (slot < lesions) if slot < MOST_LESIONS else np.full(lesions.shape, new_lesions)
        sites[:, slot] = np.where(here, names[_pick(frequency, number.uniform("site", slot))], "")
    return sites


def _pick(weights: np.ndarray, u: np.ndarray) -> np.ndarray:
    return np.minimum(np.searchsorted(np.cumsum(weights), u), weights.size - 1)


def _correlated(setting: Parameters, number: Draw) -> dict[str, np.ndarray]:
    """Standard normal numbers, not yet truncated, of the parameters that a file correlates (H3)."""
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
    z = [number.normal(name, limit=np.inf) for name in members]
    # Written out term by term: a matrix product may round differently for a crowd than for one patient.
    return {name: sum(root[i, j] * z[j] for j in range(i + 1)) for i, name in enumerate(members)}


def _patient_level(name: str, spread: Spread, number: Draw, linked: Mapping[str, np.ndarray]) -> np.ndarray:
    limit = spread.truncate or DEFAULT_TRUNCATION
    return _truncated(linked[name], limit) if name in linked else number.normal(name, limit=limit)


def _truncated(z: np.ndarray, limit: float) -> np.ndarray:
    """The same ranks within plus and minus ``limit``, so that correlated values keep to their own truncation."""
    from scipy.special import ndtr, ndtri

    return ndtri(ndtr(-limit) + ndtr(z) * (ndtr(limit) - ndtr(-limit)))


def _lesion_values(name: str, value, number: Draw, linked: Mapping[str, np.ndarray], sites: np.ndarray) -> np.ndarray:
    centre = at_sites(value, sites)
    if value.spread is None:
        return centre
    shared, limit = _patient_level(name, value.spread, number, linked), value.spread.truncate or DEFAULT_TRUNCATION
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

    # The value is the mean; a + b says how closely patients lie around it, wherever a sweep moves it.
    mean, close = np.clip(centre, 1e-9, 1.0 - 1e-9), spread.a + spread.b
    share = betaincinv(mean * close, (1.0 - mean) * close, ndtr(z))
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
