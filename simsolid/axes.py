"""What of a plan can vary along an axis: each name stands for one field of one kind of step."""

from simsolid.steps import DRUGS, Conditioning, Drug, Infusion, Surgery

# What vary() can put an axis on: name, the kind of step and its field.
DESIGN = {
    "dose": (Infusion, "cells"),
    "route": (Infusion, "route"),
    "hours": (Infusion, "hours"),
    "infusion_day": (Infusion, "day"),
    "conditioning": (Conditioning, "name"),
    "conditioning_day": (Conditioning, "day"),
    "surgery_share": (Surgery, "share"),
    "surgery_day": (Surgery, "day"),
    "drug_day": (Drug, "day"),
    "drug_amount": (Drug, "amount"),
}
# Units of the axes that vary() makes; names have none.
UNITS = {"cells": "cell", "hours": "hour", "day": "day", "share": "1"}
EXAMPLES = {
    Infusion: "sim.Regimen.single(cells=1e8)",
    Conditioning: 'plan.with_step(sim.Conditioning("flu_cy"))',
    Surgery: "plan.with_step(sim.Surgery(0.8, day=-3))",
    Drug: 'plan.with_step(sim.Drug("tocilizumab", 8, day=5))',
}


def muddled(name: str, attribute: str, found: list) -> list[str]:
    """Say why one value cannot replace what the steps hold: days would fall together, units differ.

    Parameters
    ----------
    name : text
        Of the axis.
    attribute : text
        The field it changes.
    found : steps
        Those that have it.

    Returns
    -------
    texts

    Examples
    --------
    >>> muddled("drug_day", "day", [Drug("dexamethasone", 10, 3), Drug("dexamethasone", 10, 4)])
    ['drug_day cannot vary, for the plan has such steps on days 3, 4; make a plan for each choice']
    """
    days = {step.day for step in found}
    if attribute == "day" and len(days) > 1:
        listed = ", ".join(f"{day:g}" for day in sorted(days))
        return [f"{name} cannot vary, for the plan has such steps on days {listed}; make a plan for each choice"]
    units = {DRUGS[step.name].unit for step in found} if attribute == "amount" else set()
    return [f"{name} cannot vary, for the drugs' units differ; make a plan for each choice"] if len(units) > 1 else []
