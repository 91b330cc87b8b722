"""Patients that can be: limits on the drawn disease, and drawing anew those outside them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from simsolid.draws import Draw, attempt, is_lesion_wise
from simsolid.errors import ParameterError
from simsolid.params import Parameters, need

# Rejected patients are drawn anew at most this often; needing more means that limits and spreads contradict each other.
MOST_ATTEMPTS = 200


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a plausible patient is: limits on the drawn disease."""

    burden_low_volume: Any = need("mL", "smallest total tumour volume of a patient", low=0)
    burden_high_volume: Any = need("mL", "largest total tumour volume of a patient", low=0)
    largest_diameter: Any = need("mm", "largest lesion diameter of a patient", low=0)


def plausible(setting: Parameters, ids: np.ndarray, seed: int):
    """Draw everyone, then redraw those outside the limits until all are plausible.

    Parameters
    ----------
    setting : Parameters
        A loaded setting, perhaps varied.
    ids : several [1]
        Numbers of the patients.
    seed : [1], one
        Seed of the cohort.

    Returns
    -------
    mapping, texts and [1]
        Values and sites as from `simsolid.draws.attempt`, and how many draws were refused.

    Raises
    ------
    ParameterError
        The limits refuse somebody every time: which, and how large those are.

    Examples
    --------
    >>> import simsolid as sim
    >>> plausible(sim.load("gastric"), np.arange(3), 7)[2]
    0
    """
    drawn, sites = attempt(setting, Draw(seed, ids, 0))
    bad, rejected = _implausible(setting, drawn), 0
    for turn in range(1, MOST_ATTEMPTS + 1):
        if not bad.any():
            break
        rejected += int(bad.sum())
        again, new_sites = attempt(setting, Draw(seed, ids[bad], turn))
        for name, array in again.items():
            axis = _patient_axis(setting, name)
            np.moveaxis(drawn[name], axis, 0)[bad] = np.moveaxis(array, axis, 0)
        sites[bad] = new_sites
        bad[bad] = _implausible(setting, again)
    if bad.any():
        raise ParameterError(f"patients: {int(bad.sum())} of {ids.size} still outside the plausibility limits after "
                             f"{MOST_ATTEMPTS} draws{_why_implausible(setting, drawn, bad)}")  # fmt: skip
    return drawn, sites, rejected


def _why_implausible(setting: Parameters, drawn: Mapping[str, np.ndarray], bad: np.ndarray) -> str:
    """Which limits those met who were refused, how their sizes compare, and what would help."""
    burden, largest = (size.reshape(-1, size.shape[-1])[:, bad] for size in _sizes_of(drawn))
    low, high, most = _limits(setting)
    met = {f"too little tumour (below burden_low_volume {low:g} mL)": burden < low,
           f"too much tumour (above burden_high_volume {high:g} mL)": burden > high,
           f"a lesion too large (above largest_diameter {most:g} mm)": largest > most}  # fmt: skip
    counted = [f"{what} in {int(those.any(axis=0).sum())}" for what, those in met.items() if those.any()]
    centre = np.unique(np.asarray(setting.value("diameter_start").value, dtype=float))
    middle = " to ".join(f"{end:g}" for end in dict.fromkeys([centre.min(), centre.max()]))
    return (f": {', '.join(counted)}; their largest lesion is {np.median(largest):.3g} mm in the middle, drawn around "
            f"diameter_start {middle} mm. Move the centre of diameter_start back, narrow its spread, or widen the limits "
            "that were met")


def _limits(setting: Parameters) -> tuple[float, ...]:
    return tuple(float(np.min(setting[name])) for name in Limits.__dataclass_fields__)


def _sizes_of(drawn: Mapping[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Total tumour volume [mL] and largest diameter [mm] of each patient, in each cell of a sweep."""
    diameter = drawn["diameter_start"]
    return np.nansum(np.pi / 6.0 * (diameter / 10.0) ** 3, axis=-1), np.nanmax(diameter, axis=-1)


def _patient_axis(setting: Parameters, name: str) -> int:
    return -2 if is_lesion_wise(setting, name) else -1


def _implausible(setting: Parameters, drawn: Mapping[str, np.ndarray]) -> np.ndarray:
    """Who is outside the limits in any cell of a sweep: a patient is one person in all of them."""
    if not all(name in setting for name in Limits.__dataclass_fields__):
        return np.zeros(drawn["diameter_start"].shape[-2], dtype=bool)
    (burden, largest), (low, high, most) = _sizes_of(drawn), _limits(setting)
    outside = (burden < low) | (burden > high) | (largest > most)
    return outside.reshape(-1, outside.shape[-1]).any(axis=0)
