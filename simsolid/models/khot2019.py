"""Where T cells go in a mouse after an intravenous dose: blood flow, extravasation and lymph, organ by organ.

    symbol     here                         meaning
    Q          <organ>_flow                 blood flow (of the liver: its artery)
    L          lymph_fraction x flow        lymph flow
    Vv, Vev    <organ>_vascular_volume, <organ>_interstitial_volume
    J          <organ>_entry_rate           extravasation of cells that are in the organ's vessels
    R          <organ>_retention            how many times slower cells leave than lymph; 1 where not named
    E          lung_loss_rate               cells lost in the lung's vessels

All blood passes the lung; the liver also takes what leaves spleen, pancreas and both intestines. Lymph of tumour, and half of
that of bone and muscle, passes the draining node; the other half its counterpart; all lymph ends in a central node, then blood.

Source: khot2019 for rates, shahbetts2012 for flows and volumes of the mouse. The volumes that khot2019 used are not printed, so
only the order of organs and the smallness of the tumour's share can be compared. Departure: flow through the lung is the sum of
the flows to the organs, so that blood is conserved.
"""

from dataclasses import make_dataclass
from typing import Any

from simsolid.model import Model, shows, state
from simsolid.params import need
from simsolid.terms import flows

GUT = ("spleen", "pancreas", "small_intestine", "large_intestine")  # drain into the liver
FED = ("heart", "kidney", "brain", "muscle", "bone", "skin", "fat", "tumour", "other", *GUT)
ORGANS = ("lung", *FED, "liver")
NODES = ("draining_node", "other_node", "central_node")
HALVED = ("bone", "muscle")  # their lymph goes to both inguinal nodes
RETAINED = ("kidney", "spleen", "liver")


def words(organ):
    """Name of an organ as a reader writes it."""
    return organ.replace("_", " ")


def _needs():
    for organ in ORGANS:
        yield f"{organ}_entry_rate", need("1/day", f"extravasation in {words(organ)}", low=0)
        yield f"{organ}_vascular_volume", need("mL", f"blood in {words(organ)}", low=1e-6)
        yield f"{organ}_interstitial_volume", need("mL", f"interstitial fluid in {words(organ)}", low=1e-6)
        yield f"{organ}_volume", need("mL", f"whole {words(organ)}", low=1e-6)
        if organ != "lung":
            yield f"{organ}_flow", need("mL/day", f"blood flow to {words(organ)}", low=0)
        if organ in RETAINED:
            yield f"{organ}_retention", need("1", f"slower exit of cells from {words(organ)}", low=1)
    yield "node_volume", need("mL", "one lymph node", low=1e-6)
    yield "blood_volume", need("mL", "blood in large vessels", low=1e-6)
    yield "lung_loss_rate", need("1/day", "cells lost in vessels of the lung", low=0)
    yield "lymph_fraction", need("1", "lymph flow over blood flow", low=0, high=1)
    yield "dose", need("cell", "T cells given", low=0)


def _states():
    yield "blood", state("cell", "T cells in large vessels")
    for organ in ORGANS:
        yield f"{organ}_vascular", state("cell", f"T cells in vessels of {words(organ)}")
        yield f"{organ}_tissue", state("cell", f"T cells in tissue of {words(organ)}")
    for node in NODES:
        yield node, state("cell", f"T cells in {words(node)}")


def _shown():
    yield "blood_concentration", shows("cell/mL", "T cells in blood")
    for organ in ORGANS:
        yield f"{organ}_concentration", shows("cell/mL", f"T cells per volume of {words(organ)}")
    for node in NODES:
        yield f"{node}_concentration", shows("cell/mL", f"T cells per volume of {words(node)}")


Needs = make_dataclass("Needs", [(name, Any, facts) for name, facts in _needs()], frozen=True, kw_only=True)
State = make_dataclass("State", [(name, Any, facts) for name, facts in _states()], slots=True, kw_only=True)
Observables = make_dataclass("Observables", [(name, Any, facts) for name, facts in _shown()], slots=True, kw_only=True)


def start(p):
    """No T cells."""
    return State(**{name: 0.0 * p.dose for name, _ in _states()})


def protocol(p):
    """One dose into a vein on day 0."""
    return {"blood": [(0.0 * p.dose, p.dose)]}


def blood_flows(p):
    """Blood flow through each organ: all of it through the lung, the gut's once more through the liver."""
    through = {organ: getattr(p, f"{organ}_flow") for organ in FED}
    artery = p.liver_flow
    own = (1.0 - p.lymph_fraction) * sum(through[organ] for organ in GUT)
    return {**through, "liver": artery + own, "lung": sum(through.values()) + artery}


def lymph_flows(p):
    """Lymph flow of each organ."""
    flow = blood_flows(p)
    return {organ: p.lymph_fraction * flow[organ] for organ in ORGANS}


def extravasation(x, p):
    """Cells per day from the vessels of each organ into its tissue."""
    return {organ: getattr(p, f"{organ}_entry_rate") * getattr(x, f"{organ}_vascular") for organ in ORGANS}


def drainage(x, p):
    """Cells per day that leave each organ's tissue with the lymph."""
    lymph, out = lymph_flows(p), {}
    for organ in ORGANS:
        slower = getattr(p, f"{organ}_retention") if organ in RETAINED else 1.0
        out[organ] = lymph[organ] * getattr(x, f"{organ}_tissue") / getattr(p, f"{organ}_interstitial_volume") / slower
    return out


def circulation(x, p):
    """Cells per day that reach each organ with the blood, and that leave it."""
    flow, lymph = blood_flows(p), lymph_flows(p)
    dense = {organ: getattr(x, f"{organ}_vascular") / getattr(p, f"{organ}_vascular_volume") for organ in ORGANS}
    left = {organ: (flow[organ] - lymph[organ]) * dense[organ] for organ in ORGANS}
    left["lung"] = flow["lung"] * dense["lung"]
    reached = {organ: getattr(p, f"{organ}_flow") * dense["lung"] for organ in FED}
    reached["liver"] = p.liver_flow * dense["lung"] + sum(left[organ] for organ in GUT)
    reached["lung"] = (flow["lung"] + lymph["lung"]) * x.blood / p.blood_volume
    return reached, left


def nodes(x, p, drained):
    """Cells per day into and out of each lymph node; what leaves the inguinal ones goes to the central one."""
    lymph = lymph_flows(p)
    halves, half_lymph = sum(0.5 * drained[organ] for organ in HALVED), sum(0.5 * lymph[organ] for organ in HALVED)
    direct = sum(drained[organ] for organ in ORGANS if organ not in (*HALVED, "tumour"))
    from_draining = (half_lymph + lymph["tumour"]) * x.draining_node / p.node_volume
    from_other = half_lymph * x.other_node / p.node_volume
    from_central = sum(lymph.values()) * x.central_node / p.node_volume
    return flows(
        draining=halves + drained["tumour"] - from_draining,
        other=halves - from_other,
        central=direct + from_draining + from_other - from_central,
        returned=from_central,
    )


def rates(t, x, p):
    """Rate of change of every state, per day."""
    (reached, left), entered, drained = circulation(x, p), extravasation(x, p), drainage(x, p)
    node = nodes(x, p, drained)
    change = {}
    for organ in ORGANS:
        lost = p.lung_loss_rate * x.lung_vascular if organ == "lung" else 0.0
        change[f"{organ}_vascular"] = reached[organ] - left[organ] - entered[organ] - lost
        change[f"{organ}_tissue"] = entered[organ] - drained[organ]
    back = sum(left[organ] for organ in (*FED, "liver") if organ not in GUT)
    return State(
        blood=back + node.returned - reached["lung"],
        draining_node=node.draining, other_node=node.other, central_node=node.central, **change,
    )  # fmt: skip


def observables(t, x, p):
    """Cells per volume, as a gamma counter and a scale give them."""
    shown = {f"{organ}_concentration": (getattr(x, f"{organ}_vascular") + getattr(x, f"{organ}_tissue"))
             / getattr(p, f"{organ}_volume") for organ in ORGANS}  # fmt: skip
    shown |= {f"{node}_concentration": getattr(x, node) / p.node_volume for node in NODES}
    return Observables(blood_concentration=x.blood / p.blood_volume, **shown)


MODEL = Model(
    name="khot2019", needs=Needs, state=State, observables=Observables,
    start=start, rates=rates, observe=observables, protocol=protocol,
)  # fmt: skip
