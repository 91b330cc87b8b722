"""The ledger: everything that was really given to each patient, when, by which rule and why."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from simsolid.axes import GIVEN, LEDGER
from simsolid.conditions import quantities
from simsolid.errors import ParameterError
from simsolid.reactive import Watched
from simsolid.replay import described
from simsolid.schedule import Step
from simsolid.steps import DRUGS, PLAN, Conditioning, Infusion
from simsolid.study import CASE, Group

_NUMBERS = ("day", "amount", "hours", "value")


@dataclass(frozen=True, eq=False)
class Acts:
    """Acts of one kind: the same step for the same reason, in several cases.

    Parameters
    ----------
    cases : [1], one per act
        Cases of the group.
    days : [day], one per act
        When.
    turn : [1], one per act
        Order among the acts of one case on one day.
    facts : mapping
        The other columns; texts, or one number per act.
    """

    cases: np.ndarray
    days: np.ndarray
    turn: np.ndarray
    facts: dict[str, Any]


def acts_of(group: Group, plans: list[list[Step]], watch: Watched, solution, ended: dict[str, np.ndarray]) -> list[Acts]:
    """Everything that was given in a group.

    Parameters
    ----------
    group : Group
        Patients that were integrated together.
    plans : Steps, a list for each arm
        What was planned.
    watch : Watched
        What the engine watched.
    solution : Solution
        What it found.
    ended : [day], one per case, by name
        ``death`` and ``stopped``: after them nothing is given; NaN for never.

    Returns
    -------
    Acts
    """
    ruled = _by_rules(watch, solution, quantities(group.study.model))
    stops = np.full(len(solution.status), np.inf)
    for acts in ruled:
        if acts.facts["step"] == "stop":
            np.minimum.at(stops, acts.cases, acts.days)
    return _planned(group, plans, stops, ended) + ruled


def _planned(group: Group, plans: list[list[Step]], stops: np.ndarray, ended: dict[str, np.ndarray]) -> list[Acts]:
    last, found, stops = float(group.study.days[-1]), [], stops.copy()
    for i, plan in enumerate(plans):
        block = slice(i * group.cases, (i + 1) * group.cases)
        given = [step for step in plan if step.of is not None]
        for step in given:  # a planned stop counts for what comes after it
            if step.action == "stop":
                stops[block] = np.minimum(stops[block], step.day)
        for step in given:
            days = np.broadcast_to(np.asarray(step.day, dtype=float), group.cases)
            happened = (days <= last) & ~(days > ended["death"][block]) & ~(days > ended["stopped"][block])
            if isinstance(step.of, (Infusion, Conditioning)):
                happened &= days <= stops[block]
            at = np.flatnonzero(happened)
            turn = np.broadcast_to(np.asarray(step.rank, dtype=float), group.cases)[at]
            found.append(Acts(at + i * group.cases, days[at], turn, _written(_meant(step.of, group, i)) | {"rule": PLAN}))
    return found


def _meant(step, group: Group, arm: int):
    """The step with the conditioning that its arm's product has."""
    chosen = group.study.arms[arm].conditioning
    return Conditioning(chosen, step.day) if isinstance(step, Conditioning) and chosen else step


def _written(step) -> dict[str, Any]:
    kind, amount, unit, detail, hours = described(step)
    told = {"step": kind, "amount": amount, "unit": unit, "detail": detail, "hours": hours}
    return told | {"because": "", "quantity": "", "value": np.nan}


def _by_rules(watch: Watched, solution, known) -> list[Acts]:
    fired, first, found = solution.fired, watch.first_rule, []
    sequence = np.arange(len(fired), dtype=float) + 1e9  # after what was planned, in the order in which they acted
    for i, rule in enumerate(watch.rules):
        parts = rule.parts
        for a, condition in enumerate(parts.when):
            at = (fired[:, 1] == first + i) & (fired[:, 3] == a)
            term = condition.terms[0]
            value = fired[at, 4] if term.number else np.full(at.sum(), np.nan)
            value = np.floor(value) if known[term.quantity].kind == "grade" else value
            told = [f"not yet {parts.until[0]}" if again else str(condition) for again in fired[at, 5]]
            why = {"rule": rule.name, "because": np.array(told, dtype=str), "quantity": term.quantity, "value": value}
            for j, step in enumerate(parts.steps):
                turn = sequence[at] + j / len(parts.steps)
                found.append(Acts(fired[at, 0].astype(int), fired[at, 2], turn, _written(step) | why))
    return found


def gathered(study, groups: list[tuple[Group, list[Acts]]]) -> dict[str, Any]:
    """The acts of all groups as labelled variables over the axis ``given``.

    Parameters
    ----------
    study : Study
        What was simulated.
    groups : Group and Acts
        From :func:`acts_of`.

    Returns
    -------
    mapping
        Variables of a dataset.
    """
    sizes = study.sizes
    place, order, columns = [], [], {name: [] for name in LEDGER}
    for group, acts in groups:
        for each in acts:
            many = len(each.cases)
            place.append(_flat(group, each.cases))
            order.append(each.turn)
            for name in LEDGER:
                value = each.days if name == "day" else each.facts[name]
                columns[name].append(np.broadcast_to(np.asarray(value), many))
    empty = np.empty(0)
    place, order = (np.concatenate([*parts, empty]) for parts in (place, order))
    joined = {name: np.concatenate([*parts, empty if name in _NUMBERS else empty.astype(str)]) for name, parts in columns.items()}
    turn = np.lexsort((order, joined["day"], place))
    spots = np.unravel_index(place[turn].astype(int), tuple(sizes.values()))
    labels = {**study.plan.design, **study.swept, CASE: study.roster.patients}
    told = {axis: {"units": "label", "long_name": f"{axis} of the act"} for axis in sizes}
    places = zip(sizes, spots, strict=True)
    found = {f"given_{axis}": (GIVEN, np.asarray(labels[axis])[spot], told[axis]) for axis, spot in places}
    for name, (unit, text) in LEDGER.items():
        found[f"given_{name}"] = (GIVEN, joined[name][turn], {"units": unit, "long_name": text})
    return found


def _flat(group: Group, cases: np.ndarray) -> np.ndarray:
    """Place of cases of a group among all cases of the study."""
    arm_and_cell, who = np.divmod(cases, len(group.members))
    return arm_and_cell * len(group.study.roster.patients) + group.members[who]


def first_drug(study, variables: dict[str, Any]) -> np.ndarray:
    """Day of the first drug after which fever is no longer asked for, for every patient in every arm.

    Parameters
    ----------
    study : Study
        What was simulated.
    variables : mapping
        From :func:`gathered`.

    Returns
    -------
    [day], one per axis and patient
        NaN where there is none.
    """
    sizes = study.sizes
    found = np.full(tuple(sizes.values()), np.inf)
    calming = [name for name, drug in DRUGS.items() if drug.anti_cytokine]
    at = np.isin(variables["given_step"][1], calming) & (np.nan_to_num(variables["given_amount"][1]) > 0)
    labels = {**study.plan.design, **study.swept, CASE: study.roster.patients}
    spots = []
    for axis in sizes:
        place = {label: i for i, label in enumerate(np.asarray(labels[axis]).tolist())}
        spots.append([place[label] for label in variables[f"given_{axis}"][1][at].tolist()])
    np.minimum.at(found, tuple(np.array(spot, dtype=int) for spot in spots), variables["given_day"][1][at])
    return np.where(np.isfinite(found), found, np.nan)


def ledger(run):
    """List everything that was given, one row per act.

    Parameters
    ----------
    run : Dataset
        From :func:`simsolid.simulate`, or what was observed of it; selected arms and patients are listed alone.

    Returns
    -------
    DataFrame, one row per act
        The arm's columns, ``patient``, ``day``, ``rule`` (``plan`` for what was planned), ``step``, ``amount``, ``unit``,
        ``detail`` (route, conditioning, sites), ``hours``, and for a rule ``because`` (the condition that was met),
        ``quantity`` and its ``value`` at the decision.

    Raises
    ------
    ParameterError
        The run has no ledger.

    Examples
    --------
    >>> import simsolid as sim
    >>> run = sim.simulate(sim.load("gastric"), sim.Regimen.single(2.5e8), days=1)
    >>> ledger(run)[["day", "step", "detail"]].values.tolist()
    [[0.0, 'conditioning', 'flu_cy'], [0.0, 'infusion', 'intravenous']]
    """
    import pandas as pd

    if "given_day" not in run:
        raise ParameterError("ledger: this run has none; give what sim.simulate() or sim.observe() returns")
    named = [name.removeprefix("given_") for name in run.data_vars if str(name).startswith("given_")]
    table = pd.DataFrame({name: run[f"given_{name}"].values for name in named})
    axes = [name for name in named if name not in LEDGER]
    shown = np.ones(len(table), dtype=bool)
    for axis in axes:
        if axis in run.coords:
            shown &= table[axis].isin(np.atleast_1d(run[axis].values)).to_numpy()
    return table.loc[shown, [*axes, *LEDGER]].reset_index(drop=True)
