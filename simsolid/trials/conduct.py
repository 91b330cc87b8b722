"""Conduct a trial in virtual patients: arms in proportion to the reported ones, read by the trial's own definitions."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from simsolid.arms import finished
from simsolid.assess import assess
from simsolid.attrition import ALL, CONTROL, INFUSED, intention_to_treat, wait
from simsolid.cohort import draw, roster, select, whole
from simsolid.errors import ParameterError
from simsolid.observe import observe
from simsolid.params import Parameters
from simsolid.regimen import PRODUCT, Regimen
from simsolid.replay import COLUMNS, described
from simsolid.screening import enrolled, screen
from simsolid.simulate import simulate

from .design import UNTESTED, Observed, Trial, TrialArm, plan_of
from .endpoints import ENDPOINTS, REMISSION
from .files import setting_of, trial
from .kinetics import kinetics
from .recentre import recentred

POWERS = {"mm": 1, "mm^2": 2}  # of length in a sum of diameters, and of areas
MOST_SCREENED = 50  # patients screened for each one wanted; needing more means that hardly anybody is eligible
# The tolerance: none of 300 patients then changes response or grade against a hundredth of it, and medians not in three digits.
RTOL = 1e-3
# What the endpoints are read from; trajectories of the rest are not kept.
KEPT = ("cart_blood", "cart_copies", "temperature", "pressure_score", "oxygen_score", "icans_score", "tian_score",
        "healthy_tissue", "viable_volume", "apparent_volume", "attenuation", "enhancing_volume", "steroid",
        "antigen_negative_fraction")  # fmt: skip
# The same in a setting, pair or trial only: {"suppression_half": {"gastric": 3.0}}
Values = Mapping[str, float | Mapping[str, float]]


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


def values_for(made: Trial, values: Values) -> dict[str, float]:
    """Choose the values of this trial from numbers that may be given by trial, pair or tumour.

    Parameters
    ----------
    made : Trial, texts of its setting
    values : mapping
        As for :func:`conduct`.

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


def _each_arm(made: Trial, setting: Parameters, people: Parameters, how: Mapping[str, Any]):
    """Every arm has people of its own, as in a trial."""
    return arms_of(made, setting, people, assigned(made, roster(people).patients), how)


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


def arms_of(made: Trial, setting: Parameters, people: Parameters, mine: Mapping[str, np.ndarray], how: Mapping[str, Any]):
    """Conduct arms in people that are assigned to them; arms with the same rules and routes are simulated at once.

    Parameters
    ----------
    made : Trial, its arms
    setting : Parameters
        For body weight, and the conditioning of the product.
    people : Parameters
        A drawn cohort.
    mine : mapping of array
        Numbers of the patients by arm.
    how : mapping of anything
        Options of :func:`simsolid.simulate`.

    Returns
    -------
    DataFrame, one row per arm and patient
        As from :func:`conducted`.
    """
    import pandas as pd

    together: dict[Any, list[TrialArm]] = {}
    for arm in made.arms:
        routes = frozenset([arm.route, *(more.route or arm.route for more in arm.later)])  # a plan has one cavity
        together.setdefault((arm.rules, arm.dose is None, routes), []).append(arm)
    parts = [_read(made, {arm: mine[arm.name] for arm in arms}, setting, people, how) for arms in together.values()]
    return pd.concat(parts, ignore_index=True) if len(parts) > 1 else parts[0]


def _randomised(made: Trial, setting: Parameters, people: Parameters, how: Mapping[str, Any]):
    """Cells after a wait that not all live or stay through, against the control arm, in the same people."""
    cells, control = _two_arms(made)
    infused, attrition = wait(people)
    with_cells = _read(made, {cells: roster(infused).patients}, setting, infused, how).drop(columns="trial_arm")
    without = _read(made, {control: roster(people).patients}, setting, people, how).drop(columns="trial_arm")
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


def _read(made: Trial, arms: Mapping[TrialArm, np.ndarray], setting: Parameters, people: Parameters, how: Mapping[str, Any]):
    """One row per patient of arms that differ in what is planned only."""
    ids = np.concatenate(list(arms.values()))
    who = people if len(ids) == len(roster(people).patients) else select(people, ids)
    scans, plan = made.scans, plan_for(made, arms, setting)
    run = simulate(who, plan, days=made.days, begin=min(scans.baseline, 0.0), observables=KEPT, **how)
    seen = observe(run, first_scan=scans.first, scan_every=scans.every, baseline=scans.baseline, criteria=scans.criteria)
    table, more = assess(seen), kinetics(seen)
    named = {number: arm.name for arm, numbers in arms.items() for number in numbers}
    table = table.assign(**{name: more[name] for name in more if name != "patient"})
    return _defined(made, table.assign(trial_arm=table["patient"].map(named)))


def plan_for(made: Trial, arms: Mapping[TrialArm, np.ndarray], setting: Parameters) -> Regimen:
    """Plan of several arms at once: each patient is given what its arm plans, on the same days.

    Parameters
    ----------
    made : Trial, schedule and rescue
    arms : mapping of arrays
        Patient numbers by arm.
    setting : Parameters
        For body weight, and the conditioning of the product.

    Returns
    -------
    Regimen

    Examples
    --------
    >>> import simsolid as sim
    >>> trial = sim.trial("gastric_satri_phase1")
    >>> print(plan_for(trial, {trial.arms[0]: np.array([0]), trial.arms[1]: np.array([1])}, sim.load("gastric")).infusions[1])
    3.75e+08 cells intravenous
    """
    import pandas as pd

    plans = {arm: plan_of(made, arm, setting) for arm in arms}
    first = next(iter(plans.values()))
    if len(plans) == 1:
        return first
    product = setting.choices["conditioning_of_product"]
    rows = []
    for arm, numbers in arms.items():
        for step in plans[arm].in_order():
            name, amount, _, detail, hours = described(step)
            facts = {"step": name, "amount": amount, "detail": product if detail == PRODUCT else detail, "hours": hours}
            rows += [{"patient": number, "day": step.day, **facts} for number in numbers]
    given = Regimen.replay(pd.DataFrame(rows, columns=list(COLUMNS)).sort_values("patient", kind="stable"))
    return given.with_rules(*first.rules, scans=first.scans)


def _defined(made: Trial, table):
    """What the trial means by response and remission."""
    from simsolid.criteria import criterion

    remission = (table["viable_change_best"] <= REMISSION).where(table["viable_change_best"].notna())
    response = table["confirmed_response" if made.confirmed else "best_response"]
    powers = POWERS[criterion(made.criterion).unit]
    table = table.assign(response=response, remission=remission.astype(float), powers_of_length=powers)
    return table[["trial_arm", *(name for name in table if name != "trial_arm")]]


def tally(made: Trial, table):
    """Read all endpoints of a trial off its patients.

    Parameters
    ----------
    made : Trial, its endpoints
    table : DataFrame, one row per arm and patient
        From :func:`conducted`.

    Returns
    -------
    DataFrame, one row per endpoint
        As from :func:`conduct`.

    Examples
    --------
    >>> import simsolid as sim
    >>> trial = sim.trial("mesothelioma_gavo_cel")
    >>> len(tally(trial, conducted(trial, patients=8, engine="numpy"))) == len(trial.used("fit", "held out"))
    True
    """
    import pandas as pd

    lines = [_line(made, seen, table) for seen in made.endpoints if seen.use != UNTESTED]
    return pd.DataFrame(lines)


def rows_of(seen: Observed, table):
    """Rows of the patients that an endpoint is of: its arms and its population.

    Parameters
    ----------
    seen : Observed, texts of its arms and population
    table : DataFrame, one row per arm and patient

    Returns
    -------
    DataFrame, one row per patient

    Examples
    --------
    >>> import pandas as pd
    >>> from simsolid.trials.design import Observed
    >>> rows_of(Observed(name="orr", use="fit", arms=("a",)), pd.DataFrame({"trial_arm": ["a", "b"]}))["trial_arm"].tolist()
    ['a']
    """
    if seen.arms:
        table = table[table["trial_arm"].isin(seen.arms)]
    if "analysis" in table and not ENDPOINTS[seen.name].compares:
        table = table[table["analysis"] == (seen.population or ALL)]
    return table


def _line(made: Trial, seen: Observed, table) -> dict[str, Any]:
    rows = rows_of(seen, table)
    done = finished(rows)
    endpoint = ENDPOINTS[seen.name]
    found = endpoint(done, seen.at)
    return {"trial": made.name, "endpoint": seen.key, "name": seen.name, "at": np.nan if seen.at is None else seen.at,
            "use": seen.use, "estimate": found.value, "error": found.error, "unit": endpoint.unit, "n": found.n,
            "patients": len(rows), "failed": len(rows) - len(done)}  # fmt: skip
