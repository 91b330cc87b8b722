"""Trials as a calibration problem: their endpoints are the targets, conducting them in virtual patients is the simulation."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from simsolid import __version__
from simsolid.calibrate.crowd import conduct_all
from simsolid.calibrate.plans import Plan
from simsolid.calibrate.problem import Count, Measure, Problem, Statistic, Target
from simsolid.calibrate.store import code_digest
from simsolid.errors import ParameterError
from simsolid.files import layer_path
from simsolid.fitted import own
from simsolid.trials.design import FIT, Observed, Trial
from simsolid.trials.endpoints import ENDPOINTS
from simsolid.trials.files import setting_of, trial
from simsolid.trials.observed import observed_interval
from simsolid.trials.treated import RTOL

BATCH = 16  # points that are simulated at once


@dataclass(frozen=True)
class Conducted:
    """Conducts trials at given values; travels between processes."""

    trials: tuple[str, ...]
    patients: int

    def __call__(self, values: Mapping[str, float], seed: int) -> dict[str, Statistic]:
        """Conduct every trial with people of its own, and give the statistic of every endpoint that is fitted."""
        return self.together([values], [seed])[0]

    def together(self, values: Sequence[Mapping[str, float]], seeds: Sequence[int]) -> list[dict[str, Statistic]]:
        """Conduct every trial at several points at once; each gives what it gives alone."""
        found: list[dict[str, Statistic]] = [{} for _ in values]
        for number, name in enumerate(self.trials):
            made, setting = _trial(name)
            settings = [setting.with_values(own(point, setting)) for point in values]
            tables = conduct_all(made, settings, seeds, self.patients, seed=number)
            for statistics, table in zip(found, tables, strict=True):
                statistics.update(_fitted(made, table))
        return found


def _fitted(made: Trial, table) -> dict[str, Statistic]:
    return {label(made, line["endpoint"]): Statistic(float(line["estimate"]), int(line["n"]), float(line["error"]))
            for line in table[table["use"] == FIT].to_dict("records")}  # fmt: skip


@cache
def _trial(name: str) -> tuple[Trial, Any]:
    made = trial(name)
    return made, setting_of(made)


def label(made: Trial, endpoint: str) -> str:
    """Name a target by its trial and endpoint.

    Parameters
    ----------
    made : Trial, the texts of its file
        Whose endpoint.
    endpoint : text
        Key of the endpoint.

    Returns
    -------
    text
    """
    return f"{made.name}: {endpoint}"


def problem_of(plan: Plan) -> Problem:
    """Make the calibration problem of a plan.

    Parameters
    ----------
    plan : Plan
        From :func:`simsolid.calibrate.plans.plan`.

    Returns
    -------
    Problem

    Raises
    ------
    ParameterError
        What was observed allows no interval.
    """
    made = [trial(name) for name in plan.trials]
    targets = tuple(_target(one, seen, plan) for one in made for seen in one.used("fit"))
    facts = {"files": _files(plan), "version": __version__, "code": code_digest(), "patients": plan.patients,
             "rtol": RTOL, "engine": "llvm" if find_spec("llvmlite") else "numpy"}  # fmt: skip
    identity = hashlib.sha256(json.dumps([plan.trials, facts], sort_keys=True).encode()).hexdigest()
    work = Conducted(plan.trials, plan.patients)
    return Problem(plan.name, plan.priors, targets, work, identity, facts, work.together, BATCH)


def _files(plan: Plan) -> dict[str, str]:
    """Every file that the simulation reads, with its checksum."""
    found = {f"trials/{name}": hashlib.sha256(Path(layer_path("trials", name)).read_bytes()).hexdigest() for name in plan.trials}
    rules = {trial(name).rescue for name in plan.trials} - {"none"}
    found |= {f"rules/{name}": hashlib.sha256(Path(layer_path("rules", name)).read_bytes()).hexdigest() for name in rules}
    return found | {f"{layer.kind}/{layer.name}": layer.sha256 for setting in plan.settings.values() for layer in setting.layers}


def _target(made: Trial, seen: Observed, plan: Plan) -> Target:
    name, endpoint = label(made, seen.key), ENDPOINTS[seen.name]
    words = {"source": seen.source, "text": f"{endpoint.label}, {made.title} ({seen.where})"}
    if endpoint.kind == "share" and seen.n is not None:
        events = seen.events if seen.events is not None else seen.value * seen.n
        return Count(name, events, seen.n, plan.share_discrepancy, **words)
    value, low, high = observed_interval(seen)
    if not low < high:
        raise ParameterError(f"{name}: what was observed has no interval; give n, an interval or log_sd, or do not fit it")
    return Measure(name, value, low, high, "log", unit=endpoint.unit, discrepancy=plan.log_discrepancy, **words)
