"""What cytokines and drugs do to the patient in the house model: fever, support, brain, pressure, death.

    symbol     here                      meaning
    M, S       macrophages, signal       activated macrophages; what tissue sees of IL-6 and its kin
    Z          neuroinflammation         inflammation of the brain behind an opened barrier (ICANS)
    P          pressure                  pressure inside the skull (TIAN)

Equation numbers (E1, G4 ...) are those of the physiology evidence page. Choices made here, and why:

* IL-1 is not a state of its own: it follows activated macrophages within hours, so anakinra takes its share off their
  self-amplification and off the drive of brain inflammation.
* The barrier opens with the signal of the moment; what delays ICANS behind CRS is the brain's own inflammation. Cells
  against CD19 open it sooner, for vessels of the brain carry CD19: with one value, gastric cancer would have as much ICANS.
* TIAN counts the pressure that swelling adds, death the whole pressure, to which the tumour's growth contributes.
* Pressure rises exponentially with added volume, as in G5, until it nears arterial pressure, where flow stops and so must it.
* The hazard of death adds up three causes that can be told apart: tumour burden, circulation or lungs failing beyond what
  several vasopressors hold, and pressure on the brain. It changes nothing else: a patient is followed on after death.
* Standard chemotherapy kills tumour cells at a rate of the patient's own and, as most do, T cells as well.
"""

import numpy as np

from simsolid.crs import FEVER_C
from simsolid.terms import flows, hill, over_lesions, saturating, where_positive

TOLERANCE_POWER = 3
HIGHEST_GRADE = 4.0
NORMAL_C = 37.0  # temperature at rest
BURDEN_POWER = 2
PRESSURE_POWER = 8  # perfusion of the brain fails within a few mmHg


def drugs(x, p):
    """Receptor block by tocilizumab, inhibition by steroid, IL-1 block by anakinra, killing by chemotherapy (E5, E11)."""
    concentration = x.tocilizumab_central / p.tocilizumab_central_volume
    return flows(
        blocked=saturating(concentration, p.tocilizumab_binding),
        concentration=concentration,
        steroid_inhibition=p.steroid_effect_fraction * saturating(x.steroid, p.steroid_half),
        il1_blocked=p.anakinra_effect_fraction * saturating(x.anakinra, p.anakinra_half),
        poisoned=p.chemotherapy_kill_rate * x.chemotherapy,
        lymphotoxic=p.chemotherapy_lymphotoxic_rate * x.chemotherapy,
    )


def tocilizumab(x, p, drug):
    """Two compartments, linear and saturable elimination (E10)."""
    peripheral = x.tocilizumab_peripheral / p.tocilizumab_peripheral_volume
    exchange = p.tocilizumab_exchange * (drug.concentration - peripheral)
    saturable = p.tocilizumab_saturable * saturating(drug.concentration, p.tocilizumab_saturable_half)
    return flows(central=-p.tocilizumab_clearance * drug.concentration - saturable - exchange, peripheral=exchange)


def injury(x, p):
    """On-target injury of healthy tissue by CAR-T cells in blood, and its renewal (mechanism 11; G1, G3)."""
    concentration = 1e-3 * x.effector_blood / (p.blood_volume_per_weight * p.weight)
    share = p.healthy_kill_rate * concentration * x.healthy_tissue
    return flows(injury=share, repair=(1.0 - x.healthy_tissue) / p.healthy_turnover_time, healthy_kills=share * p.healthy_cells)


def signal(x, p, drug):
    """Inflammatory signal that tissue sees: IL-6 not blocked, plus what blockade cannot stop (E5, E7)."""
    unblockable = p.il6_production / (p.il6_decay_rate + p.il6_receptor_rate) * x.macrophages
    return x.il6 * (1.0 - drug.blocked) + p.other_cytokine_weight * unblockable


def cytokine(x, p, body, ready, place, kills, harm, pulse, drug):
    """From kills to IFN-gamma, macrophages, IL-6, CRP and ferritin (mechanism 10; E1 to E6)."""
    early = p.tonic_weight * pulse * body.systemic
    local = over_lesions(ready.antigen_gate * p.cytokine_spill_fraction * kills.kill * place.hypoxia)
    drive = local + ready.gate * (harm.healthy_kills + early)
    calm = 1.0 - drug.steroid_inhibition
    primed = p.macrophage_primed_fraction + (1.0 - p.macrophage_primed_fraction) * x.homeostatic_cytokine
    tolerant = 1.0 / (1.0 + (x.tolerance / p.tolerance_half) ** TOLERANCE_POWER)
    loop = 1.0 + p.amplification_fold * hill(x.macrophages, p.amplification_half, 2) * (1.0 - drug.il1_blocked)
    # what resting IFN-gamma already does is part of the resting state, so only the excess activates
    excited = hill(x.ifng, p.macrophage_half, p.macrophage_power) - hill(p.ifng_base, p.macrophage_half, p.macrophage_power)
    activation = p.macrophage_gain_rate * p.autoimmune_gain * primed * tolerant * excited * loop * calm
    clearance = p.il6_decay_rate + p.il6_receptor_rate * (1.0 - drug.blocked)
    resting = p.il6_base * (p.il6_decay_rate + p.il6_receptor_rate)
    seen = signal(x, p, drug)
    return flows(
        ifng_change=p.ifng_yield * drive * calm + p.ifng_decay_rate * (p.ifng_base - x.ifng),
        macrophage_change=activation - p.macrophage_decay_rate * x.macrophages,
        tolerance_change=p.tolerance_gain_rate * saturating(x.macrophages, p.tolerance_trigger)
        - p.tolerance_decay_rate * x.tolerance,
        il6_change=resting + p.il6_production * x.macrophages * calm - clearance * x.il6,
        crp_change=p.crp_decay_rate * (p.crp_base * raised_crp(seen, p) - x.crp),
        ferritin_change=p.ferritin_decay_rate * (p.ferritin_base * raised_ferritin(seen, p) - x.ferritin),
    )


def raised_crp(seen, p):
    """Fold by which a signal raises CRP production; at resting IL-6 it is above 1 (E6)."""
    return 1.0 + p.crp_gain * saturating(seen, p.crp_half)


def raised_ferritin(seen, p):
    """Fold by which a signal raises ferritin; none at resting IL-6 (E6)."""
    excess = where_positive(seen - p.il6_base, seen - p.il6_base, 0.0)
    return 1.0 + p.ferritin_gain * saturating(excess, p.ferritin_half)


def severity(seen, p):
    """What the excess of the signal over rest means to this patient's circulation and lungs (E7)."""
    excess = where_positive(seen - p.il6_base, seen - p.il6_base, 0.0)
    return flows(felt=excess * p.cytokine_sensitivity, breathed=excess * p.oxygen_sensitivity)


def support_score(seen, p, fold):
    """Score whose whole part is the level of support: 1, 2 and 3 at the grade 2, 3 and 4 signals, logarithmic between."""
    first, second, third = p.grade2_signal * fold, p.grade3_signal * fold, p.grade4_signal * fold
    low = seen / first
    strong = where_positive(seen - first, seen, first)  # a logarithm must not meet zero, even where it is not used
    middle = 1.0 + np.log(strong / first) / np.log(second / first)
    high = 2.0 + np.log(strong / second) / np.log(third / second)
    return where_positive(seen - first, where_positive(seen - second, high, middle), low)


def fold_score(seen, first, fold):
    """Score whose whole part is a grade: 1 at ``first``, one more with each ``fold``, and no more than 4."""
    strong = where_positive(seen - first, seen, first)
    high = 1.0 + np.log(strong / first) / np.log(fold)
    return where_positive(seen - first, capped(high), seen / first)


def capped(score):
    """A score whose whole part is at most the highest grade."""
    return where_positive(HIGHEST_GRADE - score, score, HIGHEST_GRADE)


def crs_score(temperature, pressure, oxygen, waived):
    """Score whose whole part is the ASTCT grade of this moment, as ``crs.grade`` gives it from the same values (E8).

    Without fever it is the rise of temperature; with fever, or with support once an anti-cytokine drug was given
    (``waived`` is 1), it is one more than the worse of the two support scores.
    """
    support = where_positive(pressure - oxygen, pressure, oxygen)
    graded = capped(1.0 + support)
    cold = temperature - NORMAL_C
    waiting = where_positive(1.0 - support, cold, where_positive(waived, graded, cold))
    return where_positive(FEVER_C - temperature, waiting, graded)


def brain_inflammation(x, p, drug, seen):
    """ICANS: IL-1 from macrophages acts behind a barrier that the signal opens; the brain follows in days (G4)."""
    opened = saturating(seen, p.barrier_half)
    target = opened * x.macrophages * (1.0 - drug.il1_blocked) * (1.0 - drug.steroid_inhibition)
    return (target - x.neuroinflammation) / p.neuroinflammation_time


def skull(p, lesions):
    """Pressure inside the skull: exponential in the volume added since enrolment, up to arterial pressure (G5, type 1)."""
    start = np.pi / 6.0 * (p.diameter_start / 10.0) ** 3
    added = over_lesions(p.intracranial_fraction * (lesions - start))
    # an exponential that ends at a ceiling is a logistic curve through the resting pressure
    room = p.arterial_pressure / p.skull_resting_pressure - 1.0
    return p.arterial_pressure / (1.0 + room * np.exp(-added / p.skull_reserve_volume))


def tian_score(x, p, volume):
    """Score whose whole part is the grade of TIAN: mass effect or local dysfunction, whichever is worse (G5).

    Mass effect is the pressure that oedema and infiltrate add; what the tumour's own growth adds is not inflammation.
    """
    swollen = skull(p, volume.apparent_volume) - skull(p, volume.apparent_volume - x.oedema - volume.infiltrate)
    inflamed = over_lesions(p.eloquent_fraction * x.local_cytokine) * p.tian_sensitivity
    mass = fold_score(swollen, p.tian_pressure, p.tian_pressure_fold)
    local = fold_score(inflamed, p.tian_cytokine, p.tian_cytokine_fold)
    return where_positive(mass - local, mass, local)


def dying(p, volume, seen):
    """Hazard of death from tumour burden, from shock or lung failure beyond support, and from pressure on the brain.

    Of burden B: rate B^2/(half^2 + B^2). Of support: rate s/(1 + s), s being how far the signal exceeds that of grade 4,
    as a share of it. Of pressure P: rate P^8/(half^8 + P^8).
    """
    burden = over_lesions(p.burden_weight * volume.viable_volume)
    harm = severity(seen, p)
    circulation = harm.felt / (p.grade4_signal * p.cardiac_reserve_fraction)
    lungs = harm.breathed / (p.grade4_signal * p.oxygen_signal_fold)
    worst = where_positive(circulation - lungs, circulation, lungs)
    beyond = where_positive(worst - 1.0, worst - 1.0, 0.0)
    return flows(
        of_burden=p.burden_death_rate * hill(burden, p.burden_death_half, BURDEN_POWER),
        of_support=p.support_death_rate * saturating(beyond, 1.0),
        of_pressure=p.pressure_death_rate * hill(skull(p, volume.apparent_volume), p.pressure_death_half, PRESSURE_POWER),
    )
