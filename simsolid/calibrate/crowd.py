"""Many points at once: the people of several values of the parameters in one cohort, conducted as one and read apart.

What a point gives does not depend on the company it is simulated in: its people carry numbers of their own.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from simsolid.cohort import KEY, Roster, draw, roster
from simsolid.errors import ParameterError
from simsolid.params import Parameters
from simsolid.trials.design import Trial
from simsolid.trials.people import assigned
from simsolid.trials.tally import tally
from simsolid.trials.treated import RTOL, arms_of


def numbers(point: int, patients: int) -> np.ndarray:
    """Numbers of the people of one point, which no other point has.

    Parameters
    ----------
    point : [1], one
        Number of the point.
    patients : [1], one
        Patients of each point.

    Returns
    -------
    several [1]

    Examples
    --------
    >>> numbers(2, 3).tolist()
    [6, 7, 8]
    """
    return point * patients + np.arange(patients)


def crowd(settings: Sequence[Parameters], points: Sequence[int], patients: int, seed: int) -> Parameters:
    """Draw people around several centres into one cohort.

    Parameters
    ----------
    settings : sequence of Parameters
        The same setting at several values, not yet drawn.
    points : several [1]
        Number of each point.
    patients : [1], one
        Patients of each point.
    seed : [1], one
        Seed of the cohort.

    Returns
    -------
    Parameters
        A drawn cohort, in which what differs between points differs between patients.

    Examples
    --------
    >>> import simsolid as sim
    >>> setting = sim.load("gastric")
    >>> both = crowd([setting, sim.vary(setting, burden_death_half=300.0)], [0, 1], 2, seed=1)
    >>> both["burden_death_half"].values.tolist()
    [600.0, 600.0, 300.0, 300.0]
    """
    groups = [draw(setting, numbers(point, patients), seed) for setting, point in zip(settings, points, strict=True)]
    whos = [roster(people) for people in groups]
    who = Roster(seed, *(np.concatenate([getattr(one, what) for one in whos]) for what in ("patients", "lesions", "sites")),
                 whos[0].new_lesions, sum(one.rejected for one in whos))  # fmt: skip
    joined = {name: _joined([people[name] for people in groups], who, patients) for name in groups[0].names}
    people = groups[0].with_values({name: one for name, one in joined.items() if one is not None}, keep_source=True)
    return replace(people, choices={**people.choices, KEY: who})


def _joined(parts: list, who: Roster, patients: int):
    """One value for the whole cohort; nothing where all points share one number."""
    import xarray as xr

    dims = getattr(parts[0], "dims", ())
    if not dims:
        if len(set(parts)) == 1:
            return None
        return xr.DataArray(np.repeat(np.array(parts, dtype=float), patients), dims="patient", coords={"patient": who.patients})
    if dims[0] != "patient":
        raise ParameterError(f"crowd: a value has the axes {dims}; points hold drawn people only")
    coords = {"patient": who.patients, **{axis: parts[0][axis].values for axis in dims[1:]}}
    return xr.DataArray(np.concatenate([part.values for part in parts]), dims=dims, coords=coords, attrs=parts[0].attrs)


def conduct_all(made: Trial, settings: Sequence[Parameters], points: Sequence[int], patients: int, seed: int) -> list:
    """Conduct a trial at several values of the parameters at once.

    Parameters
    ----------
    made : Trial, of infused patients without eligibility
    settings : sequence of Parameters
        Its setting at several values, not yet drawn.
    points : several [1]
        Number of each point.
    patients : [1], one
        Simulated patients of all arms together at each point.
    seed : [1], one
        Seed of the cohort.

    Returns
    -------
    DataFrame for each point
        As from :func:`simsolid.conduct`.

    Raises
    ------
    ParameterError
        The trial compares arms by intention to treat, or screens its patients: those are for validation.
    """
    if made.analysis != "infused" or made.eligibility is not None:
        raise ParameterError(f"trial {made.name}: by intention to treat, or with eligibility; it can be predicted, not fitted")
    people = crowd(settings, points, patients, seed)
    apart = [assigned(made, numbers(point, patients)) for point in points]
    mine = {arm: np.concatenate([one[arm] for one in apart]) for arm in apart[0]}
    table = arms_of(made, settings[0], people, mine, {"progress": False, "rtol": RTOL, "dtype": "float32"})
    whose = table["patient"].to_numpy() // patients
    return [tally(made, table[whose == point]) for point in points]
