"""Conduct a trial in virtual patients: arms in proportion to the reported ones, read by the trial's own definitions."""

from collections.abc import Mapping
from typing import Any

from simsolid.attrition import ALL, CONTROL, INFUSED, intention_to_treat, wait
from simsolid.cohort import roster, whole
from simsolid.errors import ParameterError
from simsolid.params import Parameters

from .design import Trial, TrialArm
from .files import setting_of, trial
from .people import Values, assigned, eligible, values_for
from .recentre import recentred
from .tally import tally
from .treated import RTOL, arms_of, observed_arms


def conduct(made: Trial | str, values: Values | None = None, patients: int = 200, seed: int = 7, *,
            setting: Parameters | None = None, progress=False, **how):  # fmt: skip
    """Conduct a trial in virtual patients and read all its endpoints.

    Every value of the parameters meets the same people: number 17 is the same person with the same random numbers whatever
    ``values`` are, so endpoints move smoothly with them.

    Parameters
    ----------
    made : Trial or text
        A trial, or the name of one.
    values : mapping or None
        New centres by name, and spreads by ``name.sd``, see `simsolid.trials.recentre.recentred`; a number, or numbers by
        trial, pair (``"gastric-cldn18_2"``) or tumour, of which those of this trial are used.
    patients : [1], one
        Simulated patients of all arms together, split as the reported ones are.
    seed : [1], one
        Seed of the cohort.
    setting : Parameters or None
        Parameters to use in the place of the trial's own setting; not yet drawn.
    progress : truth or function
        As for :func:`simsolid.simulate`.
    how : anything
        ``rtol``, ``engine`` and ``dtype`` of :func:`simsolid.simulate`.

    Returns
    -------
    DataFrame, one row per endpoint
        ``trial``, ``endpoint``, ``name``, ``at`` [day], ``use``, ``estimate`` and ``error`` (standard error of the *simulated*
        statistic) in ``unit``, ``n`` (simulated patients it is of), ``patients`` and ``failed``. An estimate is infinite where a
        median is not reached within follow-up, and NaN where nobody has the value. Untested endpoints have no row.

    Raises
    ------
    ParameterError
        A name is unknown, a value impossible, or hardly anybody is eligible.

    Examples
    --------
    >>> import simsolid as sim
    >>> found = sim.conduct("mesothelioma_gavo_cel", patients=8, engine="numpy")
    >>> found.set_index("endpoint").loc["orr", "n"].item()
    8
    """
    made = trial(made) if isinstance(made, str) else made
    return tally(made, conducted(made, values, patients, seed, setting=setting, progress=progress, **how))


def conducted(made: Trial, values: Values | None = None, patients: int = 200, seed: int = 7, *,
              setting: Parameters | None = None, progress=False, **how):  # fmt: skip
    """Conduct a trial in virtual patients, and keep every patient.

    Parameters
    ----------
    made : Trial, arms and schedule
    values, patients, seed, setting, progress, how : anything
        As for :func:`conduct`.

    Returns
    -------
    DataFrame, one row per arm and patient
        The columns of `simsolid.assess.assess` and `simsolid.trials.kinetics.kinetics`, with ``trial_arm``,
        ``response`` (as the trial defines it), ``remission`` and, by intention to treat, ``analysis``.

    Raises
    ------
    ParameterError
        As for :func:`conduct`.

    Examples
    --------
    >>> import simsolid as sim
    >>> table = conducted(sim.trial("mesothelioma_gavo_cel"), patients=8, engine="numpy")
    >>> int(table["trial_arm"].value_counts().max())
    2
    """
    setting = setting_of(made) if setting is None else setting
    setting = recentred(setting, values_for(made, values or {}))
    people = eligible(made, setting, whole("patients", patients, len(made.arms)), seed)
    how = {"progress": progress, "rtol": RTOL, "dtype": "float32", **how}
    return (_randomised if made.analysis == "intention-to-treat" else _each_arm)(made, setting, people, how)


def _each_arm(made: Trial, setting: Parameters, people: Parameters, how: Mapping[str, Any]):
    """Every arm has people of its own, as in a trial."""
    return arms_of(made, setting, people, assigned(made, roster(people).patients), how)


def _randomised(made: Trial, setting: Parameters, people: Parameters, how: Mapping[str, Any]):
    """Cells after a wait that not all live or stay through, against the control arm, in the same people."""
    cells, control = _two_arms(made)
    infused, attrition = wait(people)
    with_cells = observed_arms(made, {cells: roster(infused).patients}, setting, infused, how).drop(columns="trial_arm")
    without = observed_arms(made, {control: roster(people).patients}, setting, people, how).drop(columns="trial_arm")
    table = intention_to_treat(with_cells, without, attrition)
    named = {ALL: cells.name, INFUSED: cells.name, CONTROL: control.name}
    table.insert(0, "trial_arm", table["analysis"].map(named))
    return table


def _two_arms(made: Trial) -> tuple[TrialArm, TrialArm]:
    cells, control = ([arm for arm in made.arms if (arm.dose is not None) == given] for given in (True, False))
    if len(cells) != 1 or len(control) != 1:
        raise ParameterError(f"trial {made.name}: by intention to treat, one arm with cells and one without are compared; "
                             f"got {len(cells)} and {len(control)}")  # fmt: skip
    return cells[0], control[0]
