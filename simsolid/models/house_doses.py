"""What an intervention does to a patient at its moment: doses by route, conditioning, surgery, drugs, safety switch.

Each action takes states, parameters and its amounts and returns them changed. Amounts are rows of numbers, one column
for each case; :data:`ACTIONS` names them in order. Equation numbers are those of the physiology evidence page.
"""

from dataclasses import replace

import numpy as np

from simsolid.terms import over_lesions

# How a dose is described: cells, the share that lands in each bed, and the bonus of a cavity.
DOSE = ("cells", "vein", "artery", "cavity", "priming")
# Physical limits of the first arterial pass: a tumour cannot take more than the artery carries, nor hold most of it.
LARGEST_PERFUSED, LARGEST_HELD = 0.9, 0.5
LESION_CONTENT = ("effector", "exhausted", "positive", "negative", "dying", "oedema")
CART_ORGANS = ("lung", "blood", "liver", "lymphoid", "other", "cavity")
CART_BODY = (*(f"effector_{organ}" for organ in CART_ORGANS), "memory")
TOCILIZUMAB_LIMIT = 800.0  # mg, largest single dose on the label


def landing(cells, vein, artery, cavity, reach, x, p):
    """Where infused cells are after the first pass, by route (A1, A2, A5).

    Arterial cells perfuse the liver lesions in proportion to their blood flow; some are held there, some by normal
    liver, and the rest act as a venous dose, whose first bed is the lung.
    """
    viable = cells * p.product_viability_fraction
    per_cell = p.tumour_cell_volume / p.cellular_fraction
    volume = (x.positive + x.negative + x.dying) * per_cell
    flow = p.lesion_perfusion * volume * p.artery_supply_fraction / p.hepatic_artery_flow * reach
    crowded = np.maximum(over_lesions(flow) / LARGEST_PERFUSED, 1.0)
    perfused = flow / crowded
    held = perfused * np.minimum(p.first_pass_arrest_fraction * p.device_fold, LARGEST_HELD)
    arterial = viable * artery
    in_lesion = arterial * held
    in_liver = arterial * (1.0 - over_lesions(perfused)) * p.liver_retained_fraction
    venous = viable * vein + arterial - over_lesions(in_lesion) - in_liver
    return {
        "lung": venous * p.lung_trapped_fraction,
        "blood": venous * (1.0 - p.lung_trapped_fraction),
        "liver": in_liver,
        "cavity": viable * cavity,
        "lesion": in_lesion,
    }


def _described(amount):
    return dict(zip(DOSE, amount[: len(DOSE)], strict=True)), amount[len(DOSE) :]


def _landed(x, p, amount):
    dose, reach = _described(amount)
    dose["cells"] = dose["cells"] * (1.0 - p.stopped)
    return dose, landing(dose["cells"], dose["vein"], dose["artery"], dose["cavity"], reach, x, p)


def infuse(x, p, amount):
    """Give a dose at once; the product's readiness, competence and priming become cell-weighted means with fresh cells."""
    dose, landed = _landed(x, p, amount)
    before = sum(getattr(x, name) for name in CART_BODY) + over_lesions(x.effector)
    arrived = sum(landed[bed] for bed in ("lung", "blood", "liver", "cavity")) + over_lesions(landed["lesion"])
    fresh = np.where(arrived > 0, arrived / np.where(arrived > 0, before + arrived, 1.0), 0.0)

    def mixed(old, new):
        return old + fresh * (new - old)

    x = replace(
        x,
        effector_lung=x.effector_lung + landed["lung"],
        effector_blood=x.effector_blood + landed["blood"],
        effector_liver=x.effector_liver + landed["liver"],
        effector_cavity=x.effector_cavity + landed["cavity"],
        effector=x.effector + landed["lesion"],
        competence=mixed(x.competence, 1.0),
        priming=mixed(x.priming, dose["priming"]),
        readiness_1=mixed(x.readiness_1, 0.0),
        readiness_2=mixed(x.readiness_2, 0.0),
        readiness_3=mixed(x.readiness_3, 0.0),
    )
    return x, p


def begin_infusion(x, p, amount):
    """Start a dose given over time; ``cells`` is then cells per day."""
    dose, landed = _landed(x, p, amount)
    inputs = {f"infusion_{bed}": flow for bed, flow in landed.items()}
    return x, replace(p, **inputs, infusion_priming=dose["priming"])


def end_infusion(x, p, amount):
    """Stop the running infusion."""
    none = 0.0 * p.infusion_blood
    stopped = dict.fromkeys(("infusion_lung", "infusion_blood", "infusion_liver", "infusion_cavity", "infusion_priming"), none)
    return x, replace(p, **stopped, infusion_lesion=0.0 * p.infusion_lesion)


def condition(x, p, amount):
    """Lymphodepletion: host lymphocytes fall to their nadir and free homeostatic cytokine (B7)."""
    depth = (1.0 - p.lymphocyte_nadir_fraction) / (1.0 - p.lymphocyte_reference_fraction)
    lymphocytes = np.minimum(x.host_lymphocytes, p.lymphocyte_nadir_fraction)
    freed = np.maximum(x.homeostatic_cytokine, depth**p.homeostatic_power)
    return replace(
        x,
        host_lymphocytes=np.where(p.stopped > 0, x.host_lymphocytes, lymphocytes),
        homeostatic_cytokine=np.where(p.stopped > 0, x.homeostatic_cytokine, freed),
    ), p


def debulk(x, p, amount):
    """Surgery removes a share of chosen lesions with everything in them."""
    share, chosen = amount[0], amount[1:]
    left = 1.0 - share * chosen
    return replace(x, **{name: getattr(x, name) * left for name in LESION_CONTENT}), p


def tocilizumab(x, p, amount):
    """Give tocilizumab in mg per kg of body weight, at most 800 mg."""
    dose = np.minimum(amount[0] * p.weight, TOCILIZUMAB_LIMIT)
    return replace(x, tocilizumab_central=x.tocilizumab_central + dose), _without_fever(p, amount)


def dexamethasone(x, p, amount):
    """Give dexamethasone in mg."""
    return replace(x, steroid=x.steroid + amount[0]), _without_fever(p, amount)


def anakinra(x, p, amount):
    """Give anakinra in mg."""
    return replace(x, anakinra=x.anakinra + amount[0]), _without_fever(p, amount)


def _without_fever(p, amount):
    """After an anti-cytokine drug CRS is graded without fever (E8)."""
    return replace(p, fever_waived=np.where(amount[0] > 0, 1.0, p.fever_waived))


def chemotherapy(x, p, amount):
    """Begin standard chemotherapy, in courses."""
    return replace(x, chemotherapy=x.chemotherapy + amount[0]), p


def stop(x, p, amount):
    """Give no further cells: a running infusion ends, and later infusions and conditioning do nothing."""
    x, p = end_infusion(x, p, amount)
    return x, replace(p, stopped=0.0 * p.stopped + 1.0)


def safety_switch(x, p, amount):
    """Trigger the suicide gene: the product's share of CAR-T cells dies everywhere."""
    left = 1.0 - p.safety_switch_fraction
    cart = (*CART_BODY, "effector", "exhausted")
    return replace(x, **{name: getattr(x, name) * left for name in cart}), p


def new_lesion(x, p, amount):
    """Seed the last lesion slot with a small new lesion."""
    cells = p.new_lesion_volume * p.cellular_fraction / p.tumour_cell_volume
    seeded = {}
    for name, share in (("positive", p.antigen_positive_fraction[-1]), ("negative", 1.0 - p.antigen_positive_fraction[-1])):
        rows = getattr(x, name).copy()
        rows[-1] = rows[-1] + cells * share
        seeded[name] = rows
    return replace(x, **seeded), p


def death(x, p, amount):
    """Note the day of death; the states go on, for what a clinic sees ends there and not what a simulation can show."""
    return x, p


ACTIONS = {
    "infuse": infuse,
    "begin_infusion": begin_infusion,
    "end_infusion": end_infusion,
    "condition": condition,
    "debulk": debulk,
    "tocilizumab": tocilizumab,
    "dexamethasone": dexamethasone,
    "anakinra": anakinra,
    "chemotherapy": chemotherapy,
    "safety_switch": safety_switch,
    "stop": stop,
    "new_lesion": new_lesion,
    "death": death,
}
