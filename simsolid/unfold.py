"""The case axis unfolded: from an engine's numbers to a labelled dataset with units and its story."""

import json
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from simsolid.axes import DESIGN, UNITS
from simsolid.cite import provenance
from simsolid.engines.solution import Status
from simsolid.ledger import acts_of, first_drug, gathered
from simsolid.model import Model, names
from simsolid.reactive import GRADES, Watched
from simsolid.scans import Scans
from simsolid.stopped import reasons
from simsolid.study import CASE, Group, Study

READOUT = ("reader_cv", "quantification_limit", "decline_fold")  # parameters that only a clinic's reading of the run needs


@dataclass(frozen=True, eq=False)
class Solved:
    """One group, integrated.

    Parameters
    ----------
    solution : Solution
        What the engine returned.
    notes : mapping
        Diagnostics by name, lesions by cases.
    states : texts
        Names of the state rows.
    plans : Steps, a list for each arm
        What was planned.
    watch : Watched
        What the engine watched.
    """

    solution: Any
    notes: dict[str, np.ndarray]
    states: tuple[str, ...]
    plans: list
    watch: Watched


def counts(model: Model, kept: list[str], lesions: int) -> list[tuple[str, int]]:
    """How many rows of an engine's output each observable fills.

    Parameters
    ----------
    model : Model
        What is simulated.
    kept : texts
        Observables to keep.
    lesions : [1], one
        Number of lesions.

    Returns
    -------
    name and [1], one per observable
        0 for one row without a lesion axis.

    Examples
    --------
    >>> from simsolid.models import MODELS
    >>> counts(MODELS["house"], ["cart_blood", "cart_lesion"], 2)
    [('cart_blood', 0), ('cart_lesion', 2)]
    """
    lesion_wise = set(names(model.observables, "lesion"))
    return [(name, lesions if name in lesion_wise else 0) for name in kept]


def empty(study: Study, kept: list[str], dtype) -> dict[str, Any]:
    """Arrays for everything that a run will hold, before anything is known.

    Parameters
    ----------
    study : Study
        What is simulated.
    kept : texts
        Observables to keep.
    dtype : class of numbers
        Type of the kept observables.

    Returns
    -------
    mapping
        Arrays by name: axes, patient, perhaps lesion and time.

    Examples
    --------
    >>> import simsolid as sim
    >>> from simsolid.design import study_of
    >>> from simsolid.models import MODELS
    >>> study = study_of(sim.load("gastric"), sim.Regimen.none(), 1.0, -7.0, None, MODELS["house"], 1e-5)
    >>> empty(study, ["cart_blood"], float)["cart_blood"].shape
    (1, 33)
    """
    head, slots, times = tuple(study.sizes.values()), (study.roster.slots,), (len(study.days),)
    arrays: dict[str, Any] = {name: np.full((*head, *(slots if lesions else ()), *times), np.nan, dtype=dtype)
                              for name, lesions in counts(study.model, kept, 1)}
    arrays |= {name: np.full((*head, *slots), np.nan) for name in study.model.diagnostics}
    # Whoever is never reached was interrupted.
    arrays |= {"status": np.full(head, Status.INTERRUPTED, dtype=np.int8)}
    arrays |= {"reason": np.full(head, Status.INTERRUPTED.sentence, dtype=object)}
    arrays |= {name: np.full(head, np.nan) for name in ("stopped", *(f"{name}_day" for name in _triggers(study)))}
    arrays |= {grade_day(score): np.full((*head, len(GRADES)), np.nan) for score in study.model.graded}
    return arrays | {"acts": []}


def grade_day(score: str) -> str:
    """Name of the variable that holds the first day of each grade.

    Parameters
    ----------
    score : text
        Observable whose whole part is a grade.

    Returns
    -------
    text

    Examples
    --------
    >>> grade_day("crs_score")
    'crs_grade_day'
    """
    return score.removesuffix("_score") + "_grade_day"


def _triggers(study: Study) -> list[str]:
    return list(study.model.traced(1).triggers)


def fill(arrays: dict[str, Any], kept: list[str], group: Group, solved) -> None:
    """Unfold the case axis of one group into the labelled arrays.

    Parameters
    ----------
    arrays : mapping
        From :func:`empty`; changed in place.
    kept : texts
        Observables to keep.
    group : Group
        Patients that were integrated together.
    solved : Solved
        The group, integrated.
    """
    solution, notes = solved.solution, solved.notes
    members, slots = group.members, group.slots
    fold = (*tuple(group.study.sizes.values())[:-1], len(members))
    rows = iter(solution.values)
    for name, lesions in counts(group.study.model, kept, len(slots)):
        if not lesions:
            arrays[name][..., members, :] = next(rows).reshape(*fold, -1)
            continue
        for slot in slots:
            arrays[name][..., members, slot, :] = next(rows).reshape(*fold, -1)
    for name, value in notes.items():
        for i, slot in enumerate(slots):
            arrays[name][..., members, slot] = value[i].reshape(fold)
    found = {"status": solution.status, "stopped": solution.stopped, "reason": reasons(group, solution, solved.states)}
    moments = _moments(solved)
    for name, value in (found | {f"{name}_day": day for name, day in moments.items()}).items():
        arrays[name][..., members] = value.reshape(fold)
    for i, (score, grade) in enumerate(solved.watch.grades):
        arrays[grade_day(score)][..., members, GRADES.index(grade)] = _first_act(solution, len(moments) + i).reshape(fold)
    ended = {"death": moments.get("death", np.full(len(solution.status), np.nan)), "stopped": solution.stopped}
    arrays["acts"].append((group, acts_of(group, solved.plans, solved.watch, solution, ended)))


def _moments(solved: Solved) -> dict[str, np.ndarray]:
    """Day on which each trigger of the model fired in each case."""
    return {name: _first_act(solved.solution, i) for i, name in enumerate(solved.watch.triggers)}


def _first_act(solution, number: int) -> np.ndarray:
    """Day on which a reaction that acts once acted in each case; NaN where it did not."""
    found = np.full(len(solution.status), np.nan)
    at = solution.fired[:, 1] == number
    found[solution.fired[at, 0].astype(int)] = solution.fired[at, 2]
    return found


def dataset(study: Study, kept: list[str], arrays: dict[str, Any]):
    """Label everything: axes, units, meanings, and the story of the run.

    Parameters
    ----------
    study : Study
        What was simulated.
    kept : texts
        Observables kept.
    arrays : mapping
        From :func:`fill`.

    Returns
    -------
    xarray.Dataset

    Examples
    --------
    >>> import simsolid as sim
    >>> from simsolid.design import study_of
    >>> from simsolid.models import MODELS
    >>> study = study_of(sim.load("gastric"), sim.Regimen.none(), 1.0, -7.0, None, MODELS["house"], 1e-5)
    >>> dataset(study, ["il6"], empty(study, ["il6"], float))["il6"].attrs["units"]
    'pg/mL'
    """
    import xarray as xr

    axes = list(study.sizes)
    shown = {f.name: f.metadata for f in fields(study.model.observables)}
    data = {}
    for name in kept:
        dims = [*axes, *(["lesion"] if shown[name]["axis"] == "lesion" else []), "time"]
        data[name] = (dims, arrays[name], {"units": shown[name]["unit"], "long_name": shown[name]["text"]})
    for name, (unit, text, _) in study.model.diagnostics.items():
        data[name] = ([*axes, "lesion"], arrays[name], {"units": unit, "long_name": text})
    for name in _triggers(study):
        facts = {"units": "day", "long_name": f"day of the first {name.replace('_', ' ')}"}
        data[f"{name}_day"] = (axes, arrays[f"{name}_day"], facts)
    data["status"] = (axes, arrays["status"], {"units": "1", "long_name": "0 finished; else see reason"})
    data["stopped"] = (axes, arrays["stopped"], {"units": "day", "long_name": "day a failed run stopped"})
    data["reason"] = (axes, arrays["reason"].astype(str), {"long_name": "why a run stopped"})
    data |= _readouts(study)
    for score in study.model.graded:
        facts = {"units": "day", "long_name": f"first day of each grade of {shown[score]['text']}"}
        data[grade_day(score)] = ([*axes, "grade"], arrays[grade_day(score)], facts)
    given = gathered(study, arrays["acts"])
    facts = {"units": "day", "long_name": "day of the first anti-cytokine drug"}
    data |= given | {"anti_cytokine_day": (axes, first_drug(study, given), facts)}
    data["scans_decided"] = _deciding(study)
    return xr.Dataset(data, coords=_coordinates(study), attrs=_facts(study))


def _readouts(study: Study) -> dict[str, Any]:
    """Readout parameters that differ between patients or along an axis of another name, as variables.

    A plain number is a fact of the run, and an axis of the parameter's own name already holds its values.
    """
    found = {name: study.people[name] for name in READOUT if name in study.people and name not in study.swept}
    meant = {name: study.people.declared[name] for name in found}
    return {name: (value.dims, value.values, {"units": meant[name].unit, "long_name": meant[name].text})
            for name, value in found.items() if getattr(value, "dims", ())}


def _scans(study: Study) -> Scans | None:
    """The scan schedule that the plan sets, or that its rules have read."""
    return study.plan.scans or (Scans() if _deciding(study)[1].any() else None)


def _deciding(study: Study) -> tuple[Any, ...]:
    """In which arms a rule has read the scans."""
    read = [any(rule.parts.scans for rule in chosen.regimen.rules) for chosen in study.arms]
    axes = {name: len(labels) for name, labels in study.plan.design.items()}
    facts = {"units": "1", "long_name": "whether the rules of this arm read its scans"}
    return list(axes), np.reshape(read, tuple(axes.values())), facts


def _coordinates(study: Study) -> dict[str, Any]:
    people = study.roster
    slots = np.arange(people.slots)
    axes = {**study.plan.design, **study.swept}
    coords: dict[str, Any] = {name: (name, list(labels), _axis_facts(study, name)) for name, labels in axes.items()}
    coords |= {CASE: people.patients, "lesion": slots}
    coords |= {"time": ("time", study.days, {"units": "day", "long_name": "day after infusion"})}
    coords |= {"site": ((CASE, "lesion"), people.sites), "lesions": (CASE, people.lesions)}
    coords |= {"grade": list(GRADES)} if study.model.graded else {}
    coords["new_lesion"] = ("lesion", (slots == people.slots - 1) & people.new_lesions)
    return coords


def _axis_facts(study: Study, name: str) -> dict[str, str]:
    """Unit and meaning of an axis: those of the parameter, or of the part of the regimen, that varies along it."""
    if name in DESIGN:
        unit = UNITS.get(DESIGN[name][1])
        return {"long_name": name.replace("_", " "), **({"units": unit} if unit else {})}
    declared = study.people.declared.get(name.rpartition(".")[2])
    return {"long_name": declared.text, "units": declared.unit} if declared else {}


def _facts(study: Study) -> dict[str, Any]:
    people = study.people
    chosen = {key: value for key, value in people.choices.items() if isinstance(value, str)}
    plain = {name: float(people[name]) for name in READOUT if name in people and not getattr(people[name], "dims", ())}
    scans = _scans(study)
    return {
        **chosen,
        **({"first_scan": scans.first, "scan_every": scans.every, "baseline": scans.baseline,
            "criteria": scans.criteria} if scans else {}),
        "model": study.model.name,
        "rtol": study.rtol,
        "begin": study.begin,
        "seed": study.roster.seed,
        "rejected_draws": study.roster.rejected,
        "regimen": str(study.plan),
        **plain,
        "layers": json.dumps({f"{layer.kind}/{layer.name}": layer.sha256 for layer in people.layers}),
        "provenance": provenance(people),
    }
