"""The house model put together: where a patient starts, what a run shows, which moments the solver must find.

The equations are in ``house.py`` and ``house_toxicity.py``, the declarations in ``house_needs.py`` and ``house_shows.py``,
the interventions in ``house_doses.py``.
"""

from dataclasses import replace

import numpy as np

from simsolid.model import Model, names
from simsolid.models.house import antigen_contact, environment, expansion, geometry, killing, loss, rates, rejection
from simsolid.models.house_doses import ACTIONS
from simsolid.models.house_needs import Inputs, Needs, State
from simsolid.models.house_shows import Observables
from simsolid.models.house_toxicity import (
    NORMAL_C,
    crs_score,
    drugs,
    fold_score,
    raised_crp,
    severity,
    signal,
    skull,
    support_score,
    tian_score,
)
from simsolid.terms import flows, saturating, where_positive


def start(p):
    """State at enrolment, before any treatment."""
    cells = np.pi / 6.0 * (p.diameter_start / 10.0) ** 3 * p.cellular_fraction / p.tumour_cell_volume
    none, nothing = 0.0 * p.weight, 0.0 * cells
    body = dict.fromkeys(names(State, None), none)
    body |= {"competence": none + 1.0, "host_lymphocytes": none + 1.0, "healthy_tissue": none + 1.0}
    body |= {"ifng": none + p.ifng_base, "il6": none + p.il6_base, "crp": none + p.crp_base * raised_crp(p.il6_base, p)}
    body |= {"ferritin": none + p.ferritin_base}
    lesion = dict.fromkeys(names(State, "lesion"), nothing)
    lesion |= {"positive": cells * p.antigen_positive_fraction, "negative": cells * (1.0 - p.antigen_positive_fraction)}
    lesion |= {"suppression": nothing + 1.0, "access": nothing + p.access_start, "leak": nothing + 1.0}
    return State(**body, **lesion)


def observables(t, x, p):
    """What a run shows, in clinical units."""
    volume, drug = geometry(x, p), drugs(x, p)
    blood_volume = p.blood_volume_per_weight * p.weight
    cells = 1e-3 * (x.effector_blood + p.memory_blood_fraction * x.memory) / blood_volume
    leucocytes = p.leucocytes_low + (p.leucocytes_base - p.leucocytes_low) * x.host_lymphocytes
    seen = signal(x, p, drug)
    harm = severity(seen, p)
    temperature = NORMAL_C + p.fever_gain * saturating(harm.felt, p.fever_half)
    pressure = support_score(harm.felt, p, p.cardiac_reserve_fraction)
    oxygen = support_score(harm.breathed, p, p.oxygen_signal_fold)
    viable_share = volume.viable_volume / (volume.apparent_volume + p.smallest_population * p.tumour_cell_volume)
    return Observables(
        cart_blood=cells,
        cart_copies=p.vector_copies * p.dna_cells * cells / (cells + leucocytes),
        cart_cavity=x.effector_cavity / p.cavity_volume,
        cart_lung=x.effector_lung,
        cart_liver=x.effector_liver,
        cart_lymphoid=x.effector_lymphoid,
        ifng=x.ifng,
        il6=x.il6,
        crp=x.crp,
        ferritin=x.ferritin,
        temperature=temperature,
        signal=seen,
        pressure_score=pressure,
        oxygen_score=oxygen,
        crs_score=crs_score(temperature, pressure, oxygen, p.fever_waived),
        icans_score=fold_score(x.neuroinflammation * p.icans_sensitivity, p.icans_inflammation, p.icans_fold),
        tian_score=tian_score(x, p, volume),
        intracranial_pressure=skull(p, volume.apparent_volume),
        survival_margin=p.death_threshold - x.mortality,
        steroid=x.steroid,
        healthy_tissue=x.healthy_tissue,
        host_lymphocytes=x.host_lymphocytes,
        cart_lesion=x.effector + x.exhausted,
        viable_volume=volume.viable_volume,
        apparent_volume=volume.apparent_volume,
        attenuation=p.attenuation_necrotic + (p.attenuation_viable - p.attenuation_necrotic) * viable_share,
        enhancing_volume=volume.apparent_volume * x.leak,
        antigen_negative_fraction=x.negative / (x.positive + x.negative + p.smallest_population),
        suppression=x.suppression,
        local_cytokine=x.local_cytokine,
    )


def net_growth(x, p):
    """Net growth rate of effectors inside each lesion at first contact, once ready, without the homeostatic pulse.

    It explains most responses: where it stays below zero, extra delivery rarely rescues the lesion. At first contact a
    handful of cells has arrived, too few to crowd or to suppress anything. NaN where there is no tumour.
    """
    handful = 2.0 * p.smallest_population
    x = replace(x, effector=0.0 * x.effector + handful, exhausted=0.0 * x.exhausted)
    volume = geometry(x, p)
    place, contact = environment(x, p, volume), antigen_contact(x, p, volume)
    gone, kills = loss(x, p, place, contact), killing(x, p, volume, place)
    made = expansion(x, p, volume, place, contact, flows(steroid_inhibition=0.0))
    lost = gone.death + gone.egress + gone.exhaustion + p.memory_formation_rate + rejection(x, p)
    spent = p.loss_per_kill * kills.kill / handful
    return where_positive(x.positive + x.negative - p.smallest_population, made - lost - spent, np.nan)


def triggers(t, x, p):
    """Moments the solver must find: the appearance of a new lesion, and death."""
    return {"new_lesion": x.appearance - p.new_lesion_threshold, "death": x.mortality - p.death_threshold}


MODEL = Model(
    name="house",
    needs=Needs,
    inputs=Inputs,
    state=State,
    observables=Observables,
    start=start,
    rates=rates,
    observe=observables,
    triggers=triggers,
    actions=ACTIONS,
    graded=("crs_score",),
    diagnostics={"net_effector_growth": ("1/day", "net growth of effectors at first contact", net_growth)},
)
