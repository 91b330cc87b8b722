"""The case axis unfolded: from an engine's numbers to a labelled dataset with units and its story."""

import json
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import numpy as np

from simsolid.cite import provenance
from simsolid.model import Model, names
from simsolid.regimen import Regimen
from simsolid.study import CASE, Group, Study


def counts(model: Model, kept: list[str], lesions: int) -> list[tuple[str, int]]:
    lesion_wise = set(names(model.observables, "lesion"))
    return [(name, lesions if name in lesion_wise else 0) for name in kept]


def empty(study: Study, kept: list[str], dtype) -> dict[str, Any]:
    head, slots, times = tuple(study.sizes.values()), study.roster.slots, len(study.days)
    arrays: dict[str, Any] = {"_dtype": dtype}
    for name, lesions in counts(study.model, kept, 1):
        shape = (*head, slots, times) if lesions else (*head, times)
        arrays[name] = np.full(shape, np.nan, dtype=dtype)
    for name in study.model.diagnostics:
        arrays[name] = np.full((*head, slots), np.nan)
    arrays |= {"status": np.zeros(head, dtype=np.int8), "stopped": np.full(head, np.nan), "new_lesion_day": np.full(head, np.nan)}
    arrays["reason"] = np.full(head, "", dtype=object)
    return arrays


def fill(arrays: dict[str, Any], group: Group, solved) -> None:
    """Unfold the case axis of one group into the labelled arrays."""
    solution, notes, states = solved
    study, members, slots = group.study, group.members, group.slots
    head = tuple(study.sizes.values())
    fold = (*head[:-1], len(members))
    row = 0
    for name in [n for n in arrays if n in {f.name for f in fields(study.model.observables)}]:
        if arrays[name].ndim == len(head) + 1:
            arrays[name][..., members, :] = solution.values[row].reshape(*fold, -1)
            row += 1
            continue
        for slot in slots:
            arrays[name][..., members, slot, :] = solution.values[row].reshape(*fold, -1)
            row += 1
    for name, value in notes.items():
        for i, slot in enumerate(slots):
            arrays[name][..., members, slot] = value[i].reshape(fold)
    arrays["status"][..., members] = solution.status.reshape(fold)
    arrays["stopped"][..., members] = solution.stopped.reshape(fold)
    arrays["reason"][..., members] = np.array(_reasons(solution, states), dtype=object).reshape(fold)
    appeared = np.full(len(solution.status), np.nan)
    for case, _, day in solution.fired:
        appeared[int(case)] = day
    arrays["new_lesion_day"][..., members] = appeared.reshape(fold)


def _reasons(solution, states) -> list[str]:
    from simsolid.engines.numpy import Status

    said = []
    for status, day, culprit in zip(solution.status, solution.stopped, solution.culprit, strict=True):
        if status == 0:
            said.append("")
            continue
        who = f"{states[culprit]}: " if culprit >= 0 else ""
        said.append(f"stopped on day {day:.4g}: {who}{Status(status).sentence}")
    return said


def dataset(study: Study, kept: list[str], arrays: dict[str, Any], plan: Regimen):
    import xarray as xr

    axes = list(study.sizes)
    shown = {f.name: f.metadata for f in fields(study.model.observables)}
    data = {}
    for name in kept:
        dims = [*axes, *(["lesion"] if shown[name]["axis"] == "lesion" else []), "time"]
        data[name] = (dims, arrays[name], {"units": shown[name]["unit"], "long_name": shown[name]["text"]})
    for name, (unit, text, _) in study.model.diagnostics.items():
        data[name] = ([*axes, "lesion"], arrays[name], {"units": unit, "long_name": text})
    data["new_lesion_day"] = (axes, arrays["new_lesion_day"], {"units": "day", "long_name": "day a new lesion appeared"})
    data["status"] = (axes, arrays["status"], {"units": "1", "long_name": "0 finished; else see reason"})
    data["stopped"] = (axes, arrays["stopped"], {"units": "day", "long_name": "day a failed run stopped"})
    data["reason"] = (axes, arrays["reason"].astype(str), {"long_name": "why a run stopped"})
    return xr.Dataset(data, coords=_coordinates(study), attrs=_facts(study, plan))


def _coordinates(study: Study) -> dict[str, Any]:
    people = study.roster
    slots = np.arange(people.slots)
    coords: dict[str, Any] = {name: list(values) for name, values in (*study.design.items(), *study.swept.items())}
    coords |= {CASE: people.patients, "lesion": slots, "time": ("time", study.days, {"units": "day", "long_name": "day after infusion"})}
    coords |= {"site": ((CASE, "lesion"), people.sites), "lesions": (CASE, people.lesions)}
    coords["new_lesion"] = ("lesion", (slots == people.slots - 1) & people.new_lesions)
    return coords


def _facts(study: Study, plan: Regimen) -> dict[str, Any]:
    people = study.people
    chosen = {key: value for key, value in people.choices.items() if isinstance(value, str)}
    return {
        **chosen,
        "model": study.model.name,
        "engine": "numpy",
        "rtol": study.rtol,
        "begin": study.begin,
        "seed": study.roster.seed,
        "rejected_draws": study.roster.rejected,
        "regimen": str(plan),
        "reader_cv": float(np.mean(people["reader_cv"])),
        "quantification_limit": float(np.mean(people["quantification_limit"])),
        "layers": json.dumps({f"{layer.kind}/{layer.name}": layer.sha256 for layer in people.layers}),
        "provenance": provenance(people),
    }
