"""The wait for the cells: the tumour grows by the model's own natural history, and some patients are never infused.

Intention-to-treat counts everybody who was enrolled, from the day of enrolment; infused-only leaves out those who did
not live or stay long enough, which flatters the treatment. Both are reported side by side, with the control arm.
"""

from dataclasses import replace

import numpy as np

from simsolid.arms import arm_axes, arms_of
from simsolid.cohort import roster, select
from simsolid.design import BEGIN
from simsolid.errors import ParameterError
from simsolid.params import Parameters
from simsolid.regimen import Regimen
from simsolid.simulate import simulate
from simsolid.streams import uniform

DIED, LEFT, FAILED = "died while waiting", "left while waiting", "manufacture failed"
ALL, INFUSED, CONTROL = "intention-to-treat", "infused only", "control"
NEXT = 1.0  # day over which the doubling time of a waiting tumour is read
# Columns that count days from the infusion; the others are durations, or toxicity after it.
TIMES = ("death_day", "os_day", "pfs_day", "progression_day", "first_response_day")


def wait(people: Parameters, days=None, dropout_rate=None, failure_fraction=None):
    """Let enrolled patients wait for their cells, untreated.

    Parameters
    ----------
    people : Parameters
        A drawn cohort, enrolled on day 0 of the wait.
    days : [day], one or one per patient, or None
        Enrolment to infusion, in whole days; None for the manufacturing time drawn for each patient.
    dropout_rate : [1/day], one, or None
        Hazard of leaving other than by death; None for the setting's own.
    failure_fraction : [1], one, or None
        Share of products that fail; None for the setting's own.

    Returns
    -------
    Parameters and DataFrame
        The infused, with the size and doubling time that their lesions have when a treated run begins, a week before the
        infusion, and what is left of their cumulative hazard of death. And one row per enrolled patient: ``wait_days`` [day],
        ``burden_before`` and ``burden_after`` [mL] (viable, at enrolment and then), ``infused``, ``left_day`` [day],
        ``why_not``.

    Raises
    ------
    ParameterError
        A number is impossible, a value differs along a sweep, or nobody is left to be infused.

    Notes
    -----
    Deaths are those of the model's natural history. A lesion that appears during the wait is not carried over: the
    new-lesion slot of the infused is empty as in everybody drawn.

    Examples
    --------
    >>> import simsolid as sim
    >>> people = sim.draw(sim.load("gastric"), patients=3, seed=7)
    >>> infused, attrition = wait(people, days=28, dropout_rate=0, failure_fraction=0)
    >>> (attrition["burden_after"] > attrition["burden_before"]).all().item()
    True
    """
    import pandas as pd

    who = roster(people)
    waited = _waits(people, days)
    rate, failing = _loss(people, dropout_rate, failure_fraction)
    run, read = _natural_history(people, waited)
    volume, soon = (run["viable_volume"].sel(time=day).drop_vars("time") for day in (read, read + NEXT))
    left = -np.log(uniform(who.seed, ("wait", "leaves"), who.patients)) / rate if rate else np.full(len(waited), np.inf)
    died = np.where(np.isnan(run["death_day"].values), np.inf, run["death_day"].values)
    failed = uniform(who.seed, ("wait", "manufacture"), who.patients) < failing
    first = np.minimum(np.minimum(died, left), waited + 1.0)
    why = np.where(first <= waited, np.where(died <= left, DIED, LEFT), np.where(failed, FAILED, ""))
    why = np.where(run["status"].values == 0, why, "simulation failed")
    table = pd.DataFrame({
        "patient": who.patients, "wait_days": waited,
        "burden_before": run["viable_volume"].isel(time=0).sum("lesion").values, "burden_after": volume.sum("lesion").values,
        "infused": why == "", "left_day": np.where(why == "", np.nan, np.minimum(first, waited)), "why_not": why,
    })  # fmt: skip
    table.attrs["units"] = {"wait_days": "day", "burden_before": "mL", "burden_after": "mL", "left_day": "day"}
    if not table["infused"].any():
        raise ParameterError(f"wait: nobody of {len(table)} is infused: {table['why_not'].value_counts().to_dict()}; wait less")
    grown = _grown(people, volume, soon, run["survival_margin"].sel(time=read).drop_vars("time"))
    return select(grown, who.patients[why == ""]), table


def _waits(people, days):
    """Whole days from enrolment to infusion, at least one."""
    given = np.asarray(people["manufacturing_time"] if days is None else days, dtype=float)
    many = len(roster(people).patients)
    if given.shape not in ((), (many,)) or not (np.isfinite(given) & (given > 0)).all():
        raise ParameterError(f"wait: days: {days!r}; give one positive number of days, or one for each of the {many} patients")
    return np.broadcast_to(np.maximum(np.ceil(given), 1.0), many)


def _loss(people, rate, fraction):
    given = {"dropout_rate": rate, "manufacturing_failure_fraction": fraction}
    used = {name: float(people[name] if value is None else value) for name, value in given.items()}
    faults = [f"wait: {name}: {value:g}; must be {'from 0 to 1' if name.endswith('fraction') else '0 or more'}"
              for name, value in used.items() if not 0 <= value <= (1 if name.endswith("fraction") else np.inf)]
    if faults:
        raise ParameterError("\n".join(faults))
    return tuple(used.values())


def _natural_history(people, waited):
    """An untreated run from enrolment on, and the day in it at which each patient's treated run begins."""
    import xarray as xr

    read = np.maximum(waited + BEGIN, 0.0)
    swept = [axis for name in people for axis in getattr(people[name], "dims", ()) if axis not in ("patient", "lesion")]
    if swept:
        raise ParameterError(f"wait: people differ along {', '.join(sorted(set(swept)))}; wait first, then sim.vary the infused")
    times = np.unique([*read, *(read + NEXT), 0.0, waited.max()])
    run = simulate(replace(people, design={}), Regimen.none(), days=float(waited.max()), begin=0.0, times=times,
                   observables=["viable_volume", "survival_margin"], progress=False)  # fmt: skip
    return run, xr.DataArray(read, dims="patient")


def _grown(people, volume, soon, margin):
    """The people as they are then: size, doubling time (growth slows), and what is left of the hazard the draw allowed."""
    present, start, double = roster(people).present(), people["diameter_start"], people["doubling_time"]
    grown = start.copy(data=np.where(present, 20.0 * np.cbrt(3.0 * volume.values / (4.0 * np.pi)), np.nan))
    grown[..., -1] = start[..., -1]
    growing = (soon > volume) & (volume > 0) & (start > 0)
    slower = NEXT * np.log(2.0) / np.log((soon / volume).where(growing, 2.0))
    return people.with_values({
        "diameter_start": grown, "doubling_time": double.copy(data=np.where(growing, slower, double)),
        "death_threshold": margin.assign_attrs(units="1").clip(min=0.0),
    }, keep_source=True)  # fmt: skip


def flow(screened, waited):
    """Count patients from screening to infusion, as a trial's flow chart does.

    Parameters
    ----------
    screened : DataFrame
        From `simsolid.screening.screen`.
    waited : DataFrame
        From `wait`.

    Returns
    -------
    DataFrame
        ``stage``, ``patients`` and ``share`` [1] of those screened; those lost stand under each reason, and somebody with
        two reasons under both together.

    Examples
    --------
    >>> import pandas as pd
    >>> screened = pd.DataFrame({"eligible": [True, True, False], "why_not": ["", "", "too much tumour"]})
    >>> waited = pd.DataFrame({"infused": [True, False], "why_not": ["", "died while waiting"]})
    >>> flow(screened, waited)["patients"].tolist()
    [3, 1, 2, 1, 1]
    """
    import pandas as pd

    lines = [("screened", len(screened))]
    for stage, table, kept in (("enrolled", screened, "eligible"), ("infused", waited, "infused")):
        lost = table.loc[~table[kept].astype(bool), "why_not"].value_counts()
        lines += [*lost.items(), (stage, int(table[kept].sum()))]
    out = pd.DataFrame(lines, columns=["stage", "patients"])
    return out.assign(share=out["patients"] / max(len(screened), 1))


def intention_to_treat(treated, control, attrition, control_wait=-BEGIN):
    """Set intention-to-treat, infused-only and control side by side, with times counted from enrolment.

    Parameters
    ----------
    treated : DataFrame, one row per arm and infused patient
        `simsolid.assess.assess` of a run of the infused from `wait`.
    control : DataFrame, one row per enrolled patient
        The same of all the enrolled without cells: untreated or with standard therapy.
    attrition : DataFrame, one row per enrolled patient
        From `wait`.
    control_wait : [day], one
        Enrolment to day 0 of the control run; its first day is enrolment.

    Returns
    -------
    DataFrame, one row per analysis, arm and patient
        A new arm axis ``analysis``: ``"intention-to-treat"`` (the infused with cells, the others as in the control arm),
        ``"infused only"`` and ``"control"``; and ``infused``, ``wait_days`` [day]. `simsolid.summarise.summarise` then
        reports all three, and ``hazard_ratio(table, "os_day", axis="analysis", reference="control")`` compares them.

    Raises
    ------
    ParameterError
        A patient lacks a row, or the control has several arms.

    Notes
    -----
    Infused only counts from enrolment too: its patients cannot die during the wait, which its survival must be read with.

    Examples
    --------
    >>> import pandas as pd
    >>> treated = pd.DataFrame({"patient": [0], "os_day": [100.0], "died": [True]})
    >>> control = pd.DataFrame({"patient": [0, 1], "os_day": [50.0, 20.0], "died": [True, True]})
    >>> attrition = pd.DataFrame({"patient": [0, 1], "infused": [True, False], "wait_days": [30.0, 30.0]})
    >>> intention_to_treat(treated, control, attrition)[["analysis", "os_day"]].values.tolist()[:2]
    [['intention-to-treat', 130.0], ['intention-to-treat', 27.0]]
    """
    import pandas as pd

    waits = attrition.set_index("patient")["wait_days"]
    infused = attrition.loc[attrition["infused"].astype(bool), "patient"]
    axes = arm_axes(treated)
    _complete(treated, control, attrition, infused, axes)
    blocks = []
    for label, rows in arms_of(treated, axes):
        with_cells = _shifted(rows[rows["patient"].isin(infused)], waits)
        without = _shifted(control, control_wait)
        others = without[~without["patient"].isin(infused)]
        for analysis, parts in ((ALL, (with_cells, others)), (INFUSED, (with_cells,)), (CONTROL, (without,))):
            blocks += [part.assign(analysis=analysis, **label) for part in parts if len(part)]
    table = pd.concat(blocks, ignore_index=True)
    table = table.assign(infused=table["patient"].isin(infused), wait_days=table["patient"].map(waits))
    front = ["analysis", *axes]
    table = table[[*front, *(name for name in table.columns if name not in front)]]
    table.attrs = {**treated.attrs, "arms": front, "since": "enrolment"}
    return table


def _complete(treated, control, attrition, infused, axes):
    faults = []
    if arm_axes(control) or control["patient"].duplicated().any():
        faults.append("control: has several rows per patient; give one arm, without columns left of 'patient'")
    for label, rows in arms_of(treated, axes):
        if missing := sorted(set(infused) - set(rows["patient"])):
            faults.append(f"treated{f' {label}' if label else ''}: no row for the infused {', '.join(map(str, missing))}")
    if missing := sorted(set(attrition["patient"]) - set(control["patient"])):
        faults.append(f"control: no row for the enrolled {', '.join(map(str, missing))}")
    if faults:
        raise ParameterError("\n".join(f"intention_to_treat: {fault}" for fault in faults))


def _shifted(rows, by):
    """Times counted from enrolment; ``by`` is a number of days or one per patient."""
    days = rows["patient"].map(by) if hasattr(by, "index") else by
    return rows.assign(**{name: rows[name] + days for name in TIMES if name in rows})
