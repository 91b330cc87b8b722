"""Who is in a trial: eligible people, split over its arms as reported, with the values that are meant for it."""

from collections.abc import Mapping

import numpy as np

from simsolid.cohort import draw, select
from simsolid.errors import ParameterError
from simsolid.params import Parameters
from simsolid.screening import enrolled, screen

from .design import Trial

MOST_SCREENED = 50  # patients screened for each one wanted; needing more means that hardly anybody is eligible
# The same in a setting, pair or trial only: {"suppression_half": {"gastric": 3.0}}
Values = Mapping[str, float | Mapping[str, float]]


def values_for(made: Trial, values: Values) -> dict[str, float]:
    """Choose the values of this trial from numbers that may be given by trial, pair or tumour.

    Parameters
    ----------
    made : Trial, texts of its setting
    values : mapping
        As for :func:`simsolid.conduct`.

    Returns
    -------
    mapping of number

    Examples
    --------
    >>> import simsolid as sim
    >>> trial = sim.trial("gastric_satri_phase1")
    >>> values_for(trial, {"kill_rate": 5.0, "suppression_half": {"gastric": 2.0, "pancreatic": 1.0}})
    {'kill_rate': 5.0, 'suppression_half': 2.0}
    >>> values_for(trial, {"suppression_half": {"pancreatic": 1.0}})
    {}
    """
    found = {}
    for name, given in values.items():
        if not isinstance(given, Mapping):
            found[name] = given
            continue
        own = next((key for key in (made.name, made.pair, made.tumour) if key in given), None)
        found |= {} if own is None else {name: given[own]}
    return found


def split(arms: Mapping[str, int], patients: int) -> dict[str, int]:
    """Split simulated patients over arms in proportion to the reported ones, at least one in each.

    Parameters
    ----------
    arms : mapping of [1]
        Reported patients by arm.
    patients : [1], one
        Simulated patients, at least as many as arms.

    Returns
    -------
    mapping of [1]

    Examples
    --------
    >>> split({"low": 3, "high": 8}, 22), split({"a": 1, "b": 30}, 5)
    ({'low': 6, 'high': 16}, {'a': 1, 'b': 4})
    """
    reported = np.array(list(arms.values()), dtype=float)
    exact = reported / reported.sum() * patients
    given = np.maximum(np.floor(exact).astype(int), 1)
    while given.sum() != patients:  # largest remainders; who has one only keeps it
        short = exact - given
        step = 1 if given.sum() < patients else -1
        at = np.argmax(short) if step > 0 else np.argmin(np.where(given > 1, short, np.inf))
        given[at] += step
    return dict(zip(arms, given.tolist(), strict=True))


def eligible(made: Trial, setting: Parameters, patients: int, seed: int) -> Parameters:
    """Draw patients until enough are eligible: the first in the order of their numbers.

    Parameters
    ----------
    made : Trial, criteria of eligibility
    setting : Parameters
        Not yet drawn.
    patients : [1], one
        How many are wanted.
    seed : [1], one
        Seed of the cohort.

    Returns
    -------
    Parameters
        A drawn cohort.

    Raises
    ------
    ParameterError
        Hardly anybody is eligible.

    Examples
    --------
    >>> import simsolid as sim
    >>> trial = sim.trial("gastric_satri_phase1")
    >>> sim.roster(eligible(trial, sim.load("gastric"), 3, 7)).patients.tolist()
    [0, 1, 2]
    """
    if made.eligibility is None:
        return draw(setting, patients, seed)
    drawn, found = 2 * patients, 0
    while drawn <= MOST_SCREENED * patients:
        people = draw(setting, drawn, seed)
        table = screen(people, made.eligibility)
        found = int(table["eligible"].sum())
        if found >= patients:
            return select(enrolled(people, table), table.loc[table["eligible"], "patient"].to_numpy()[:patients])
        drawn = 2 * drawn
    raise ParameterError(f"trial {made.name}: {found} of {drawn // 2} screened are eligible ({made.eligibility}), of the "
                         f"{patients} wanted; its criteria and the setting contradict each other")  # fmt: skip


def assigned(made: Trial, ids: np.ndarray) -> dict[str, np.ndarray]:
    """Give every arm people of its own, in the order of their numbers and in the proportions that were reported.

    Parameters
    ----------
    made : Trial, its arms
    ids : several [1]
        Numbers of the patients.

    Returns
    -------
    mapping of array
        Numbers of the patients by arm.

    Examples
    --------
    >>> import simsolid as sim
    >>> {arm: len(ids) for arm, ids in assigned(sim.trial("mesothelioma_gavo_cel"), np.arange(32)).items()}["1e8/m2"]
    13
    """
    shares = split({arm.name: arm.patients for arm in made.arms}, len(ids))
    ends = np.cumsum(list(shares.values()))
    return {arm.name: ids[end - shares[arm.name] : end] for arm, end in zip(made.arms, ends, strict=True)}
