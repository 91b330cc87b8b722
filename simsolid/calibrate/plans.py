"""Read how a setting is calibrated: which parameters, within which ranges, against which endpoints of which trials."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field

from simsolid.calibrate.fit import Effort
from simsolid.calibrate.problem import Prior
from simsolid.declare import Declaration
from simsolid.draws import DEFAULT_TRUNCATION, SHAPES
from simsolid.errors import ParameterError, nearest
from simsolid.files import available, content_of, layer_path, parse, shown_path
from simsolid.fitted import own
from simsolid.forms import Form, Names, Text, complaints
from simsolid.params import Parameters, Value, refuse
from simsolid.trials.files import setting_of, trial
from simsolid.values import amount

FOLDER = "calibrations"
Whole = Annotated[int, Field(ge=1)]


class ParameterForm(Form):
    """One parameter to fit; its range is that of the parameter files unless another is given, with its reason."""

    name: Text
    scale: Literal["log", "logit", "linear"] = "log"
    low: float | None = None
    high: float | None = None
    why: Text


class PlanForm(Form):
    """The head of a file of ``params/calibrations``."""

    title: Text
    about: Text
    tumour: Text
    target: Text
    trials: Names
    seed: Annotated[int, Field(ge=0)]
    patients: Whole = 200
    design: Whole = 64
    refine: Whole = 32
    waves: Annotated[int, Field(ge=0)] = 2
    predictive: Whole = 32
    draws: Whole = 200
    share_discrepancy: Annotated[float, Field(ge=0)] = 0.05
    log_discrepancy: Annotated[float, Field(ge=0)] = 0.1
    parameters: Annotated[list[ParameterForm], Field(min_length=1)]


@dataclass(frozen=True)
class Plan:
    """How a setting is calibrated, as its file says."""

    name: str
    title: str
    about: str
    tumour: str
    target: str
    trials: tuple[str, ...]
    seed: int
    patients: int
    effort: Effort
    share_discrepancy: float
    log_discrepancy: float
    priors: tuple[Prior, ...]
    path: str
    sha256: str

    @cached_property
    def settings(self) -> Mapping[str, Parameters]:
        """The loaded setting of every trial."""
        return {name: setting_of(trial(name)) for name in self.trials}


def plan(name: str | Path) -> Plan:
    """Read one of the calibrations that are shipped, or a file of one's own.

    Parameters
    ----------
    name : text or file
        Name of a file of ``params/calibrations``, such as ``"gastric-cldn18_2"``, or a path that ends in ``.toml``.

    Returns
    -------
    Plan

    Raises
    ------
    ParameterError
        There is no such calibration, or its file has faults; all in one message.

    Examples
    --------
    >>> plan("gastric-cldn18_2").tumour
    'gastric'
    """
    import hashlib

    path = Path(name) if Path(name).suffix == ".toml" else layer_path(FOLDER, str(name))
    shown = shown_path(path)
    content = content_of(path, shown)
    _, tables = parse(content, shown)
    refuse([f"{where}: {what}" for where, what in complaints(PlanForm, tables)], shown)
    facts = PlanForm.model_validate(tables)
    refuse(_unknown(facts), shown)
    effort = Effort(**{key: getattr(facts, key) for key in ("design", "refine", "waves", "predictive", "draws")})
    same = {key: getattr(facts, key) for key in ("title", "about", "tumour", "target", "seed", "patients", "share_discrepancy",
                                                 "log_discrepancy")}  # fmt: skip
    return Plan(name=path.stem, trials=tuple(facts.trials), effort=effort, priors=_priors(facts, shown), path=shown,
                sha256=hashlib.sha256(content).hexdigest(), **same)  # fmt: skip


def _unknown(facts: PlanForm) -> list[str]:
    """Trials that are not there, are not of this tumour and target, or have nothing to fit to."""
    found = []
    for name in facts.trials:
        if name not in available("trials"):
            found.append(f"trials: '{name}' unknown{nearest(name, available('trials'))}")
            continue
        made = trial(name)
        if (made.tumour, made.target) != (facts.tumour, facts.target):
            found.append(f"trials: '{name}' is of {made.tumour}, {made.target}")
        elif not made.used("fit"):
            found.append(f"trials: '{name}' has no endpoint that is used to fit; it is for validation")
        elif made.analysis != "infused" or made.eligibility is not None:
            found.append(f"trials: '{name}' screens its patients, or is by intention to treat; it can only be predicted")
    return found


def _priors(facts: PlanForm, shown: str) -> tuple[Prior, ...]:
    settings = [setting_of(trial(name)) for name in facts.trials]
    faults, priors = [], []
    for one in facts.parameters:
        value = _value(one.name, settings)
        if isinstance(value, str):
            faults.append(value)
            continue
        low, high = (own_end if own_end is not None else end for own_end, end in ((one.low, value.low), (one.high, value.high)))
        if low is None or high is None:
            faults.append(f"{one.name}: no range in {value.file}; write low and high")
            continue
        try:
            priors.append(Prior(one.name, low, high, one.scale, value.unit, float(value.value), one.why))
        except ParameterError as fault:
            faults.append(str(fault))
        faults += _beyond(one.name, value, (low, high), settings[0].declared[one.name.rpartition(".")[2]])
    refuse(faults, shown)
    return tuple(priors)


def _value(name: str, settings: list[Parameters]) -> Any:
    """The value that a name stands for in the first setting that has it, or what is wrong."""
    for setting in settings:
        try:
            chosen = own({name: 0.0}, setting)
        except ParameterError as fault:
            return str(fault)
        if chosen:
            return setting.value(next(iter(chosen)))
    return f"{name}: none of the trials uses the file '{name.rpartition('.')[0]}'"


def _beyond(name: str, value: Value, ends: tuple[float, float], facts: Declaration) -> list[str]:
    """Ends of a range around which some patient would lie beyond the hard limits."""
    if value.spread is None:
        reached = {end: [end] for end in ends}
    else:
        limit = value.spread.truncate or DEFAULT_TRUNCATION
        far = np.array([-limit, limit])
        reached = {end: SHAPES[value.spread.shape](np.asarray(end), value.spread, far, far) for end in ends}
    return [f"{name}: around {amount(end, facts.unit)} patients reach {amount(worst, facts.unit)}; must be {facts.limits}; "
            "narrow low and high" for end, found in reached.items() for worst in found if not facts.low <= worst <= facts.high]
