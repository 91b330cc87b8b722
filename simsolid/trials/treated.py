"""Arms of a trial in people that are assigned to them: planned, simulated, and observed as the trial observed."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from simsolid.assess import assess
from simsolid.cohort import roster, select
from simsolid.observe import observe
from simsolid.params import Parameters
from simsolid.regimen import PRODUCT, Regimen
from simsolid.replay import COLUMNS, described
from simsolid.simulate import simulate

from .design import Trial, TrialArm, plan_of
from .endpoints import REMISSION
from .kinetics import kinetics

POWERS = {"mm": 1, "mm^2": 2}  # of length in a sum of diameters, and of areas
# The tolerance: none of 300 patients then changes response or grade against a hundredth of it, and medians not in three digits.
RTOL = 1e-3
# What the endpoints are read from; trajectories of the rest are not kept.
KEPT = ("cart_blood", "cart_copies", "temperature", "pressure_score", "oxygen_score", "icans_score", "tian_score",
        "healthy_tissue", "viable_volume", "apparent_volume", "attenuation", "enhancing_volume", "steroid",
        "antigen_negative_fraction")  # fmt: skip


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
        As from `simsolid.trials.conduct.conducted`.
    """
    import pandas as pd

    together: dict[Any, list[TrialArm]] = {}
    for arm in made.arms:
        routes = frozenset([arm.route, *(more.route or arm.route for more in arm.later)])  # a plan has one cavity
        together.setdefault((arm.rules, arm.dose is None, routes), []).append(arm)
    parts = [observed_arms(made, {arm: mine[arm.name] for arm in arms}, setting, people, how) for arms in together.values()]
    return pd.concat(parts, ignore_index=True) if len(parts) > 1 else parts[0]


def observed_arms(made: Trial, arms: Mapping[TrialArm, np.ndarray], setting: Parameters, people: Parameters,
                  how: Mapping[str, Any]):  # fmt: skip
    """Simulate and observe, all at once, arms that differ in what is planned only.

    Parameters
    ----------
    made : Trial, schedule and criterion
    arms : mapping of arrays
        Patient numbers by arm.
    setting : Parameters
        For body weight, and the conditioning of the product.
    people : Parameters
        A drawn cohort.
    how : mapping of anything
        Options of :func:`simsolid.simulate`.

    Returns
    -------
    DataFrame, one row per patient
        As from `simsolid.trials.conduct.conducted`.
    """
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
