"""What of a plan can vary along an axis: each name stands for one field of one kind of step; and names that no axis may have."""

from simsolid.errors import ParameterError
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
GIVEN = "given"  # the axis of a run along which its ledger lies
# What a row of the ledger holds: the unit of its numbers ("own" where the row says it), and what it means.
LEDGER = {
    "day": ("day", "day of the act"), "rule": ("word", "rule that called for it, or plan"), "step": ("word", "what was given"),
    "amount": ("own", "how much"), "unit": ("word", "unit of the amount"), "detail": ("word", "route, conditioning or sites"),
    "hours": ("hour", "time over which it was given"), "because": ("word", "condition that was met"),
    "quantity": ("word", "quantity that was looked at"), "value": ("own", "the quantity at the decision"),
}  # fmt: skip
# Names that a run uses for its own axes.
RESERVED = ("lesion", "time")
# What no axis of one's own may be called: other axes, what stands beside them in a run or a table, columns of the ledger.
TAKEN = ("patient", "scan", "grade", GIVEN, "site", "lesions", "status", "reason", "measure", "reference", *RESERVED, *LEDGER)
# Units of the axes that vary() makes; names have none.
UNITS = {"cells": "cell", "hours": "hour", "day": "day", "share": "1"}
EXAMPLES = {
    Infusion: "sim.Regimen.single(cells=1e8)",
    Conditioning: 'plan.with_step(sim.Conditioning("flu_cy"))',
    Surgery: "plan.with_step(sim.Surgery(0.8, day=-3))",
    Drug: 'plan.with_step(sim.Drug("tocilizumab", 8, day=5))',
}


def refuse_taken(name: str) -> None:
    """Refuse a name for an axis that a run or its tables use already.

    Parameters
    ----------
    name : text
        Of the axis.

    Raises
    ------
    ParameterError
        It is in use.

    Examples
    --------
    >>> refuse_taken("time")
    Traceback (most recent call last):
    simsolid.errors.ParameterError: time: a run or its tables use this name already; give the axis another
    """
    if name in TAKEN:
        raise ParameterError(f"{name}: a run or its tables use this name already; give the axis another")


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
