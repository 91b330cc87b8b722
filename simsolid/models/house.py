"""The house model: CAR-T cells given by any route to a patient with several solid lesions.

    symbol     here                      meaning
    B, Lu, Li  effector_blood, _lung ..  effectors in body compartments
    E, X       effector, exhausted       CAR-T cells in a lesion
    P, N, D    positive, negative, dying tumour cells of a lesion: antigen-positive, antigen-low, dying
    S, A       suppression, access       micro-environment of a lesion
    F          competence                what the product can still do, 1 when fresh
    I, L       homeostatic_cytokine,     excess of IL-15 and IL-7, host lymphocytes
               host_lymphocytes

Each mechanism is one function from states and parameters to named flows; ``rates`` only adds flows up. Equation
numbers (A1, B2 ...) are those of the physiology evidence page, from which the forms come. Choices made here, and why:

* Division is gross and the suppressors act on it, because a *net* rate leaves nothing once they multiply.
* Antigen and kill half-saturations are densities: as counts, small lesions would respond less than large ones.
* Hypoxia deepens only weakly with lesion size: T cells work in the better supplied rim.
* Homeostatic division follows a cytokine pulse with its own decay, not lymphocyte recovery, or the peak comes too late.
* Memory cells re-enter lesions with the blood and wake where they meet antigen (B2, limited by trafficking).
* Host recovery uses the rate ln((1 - L0)/L0)/t_half; B7 as printed recovers five times too late.
* Entry from blood follows hypoxia as weakly as killing does, and ends when few tumour cells are left to recruit.
* Known limits: healthy tissue sees CAR-T cells in blood only, not those in a cavity it lines; contact in a cavity does not
  thin out with its fluid (``cavity_volume`` is for the concentration shown); pressure in the skull harms the patient
  (``house_toxicity.py``), not the tumour's blood flow.
* Antigen that was down-regulated comes back, and antigen that is shown goes: the mix returns to what it was at enrolment (D3).
  Without it all failures after a response would be antigen-low, and a fresh infusion would find nothing to see.
* A population below one cell cannot grow and fades (``terms.alive``, ``terms.remnant``); antigen loss may still seed one.
* Cells given into a cavity meet antigen at once, so in the lesions it touches antigen-driven division starts earlier and
  is stronger at first, as mouse data suggest; homeostatic division keeps its lag. Both sizes are assumed.
"""

import numpy as np

from simsolid.models.house_needs import State
from simsolid.models.house_toxicity import brain_inflammation, cytokine, drugs, dying, injury, signal, tocilizumab
from simsolid.terms import alive, flows, hill, label, logistic, over_lesions, remnant, saturating, where_positive

LN2 = float(np.log(2.0))
# An Erlang chain of three stages has its median at 2.674 stage times; the gate opens when the last stage is half full.
LAG_STAGES_MEDIAN = 2.674
LAG_GATE_POWER = 8
LEAST_ROOM = 0.5  # a lesion that starts past half its limit grows slower than its doubling time, rather than ever faster later
STEROID_ON_LEAK = 0.5  # share of the steroid's effect that closes leaky vessels at once


def geometry(x, p):
    """Volumes of each lesion: viable and dying tissue, all tissue (never zero), what a scan shows."""
    per_cell = p.tumour_cell_volume / p.cellular_fraction
    viable = (x.positive + x.negative) * per_cell
    tissue = viable + (x.dying + p.smallest_population) * per_cell
    infiltrate = (x.effector + x.exhausted) * p.t_cell_volume / p.cellular_fraction
    apparent = viable + x.dying * per_cell + infiltrate + x.oedema
    return flows(viable_volume=viable, tissue=tissue, infiltrate=infiltrate, apparent_volume=apparent)


def body_burden(x):
    """CAR-T cells outside lesions, and all CAR-T cells."""
    systemic = x.effector_lung + x.effector_blood + x.effector_liver + x.effector_lymphoid + x.effector_other
    return flows(systemic=systemic, cart_cells=systemic + x.effector_cavity + x.memory + over_lesions(x.effector))


def readiness(x, p):
    """Lag before net expansion: a chain of three stages opens a steep gate; primed cells start part of the way (3)."""
    speed = LAG_STAGES_MEDIAN / p.lag_delay
    return flows(
        gate=hill(x.readiness_3, 0.5, LAG_GATE_POWER),
        antigen_gate=hill(x.readiness_3 + p.priming_head_start * x.priming * p.cavity_reach, 0.5, LAG_GATE_POWER),
        step_1=speed * (1.0 - x.readiness_1),
        step_2=speed * (x.readiness_1 - x.readiness_2),
        step_3=speed * (x.readiness_2 - x.readiness_3),
    )


def renewal(x, p, body):
    """Fresh cells of a running infusion move the product's averages towards those of a fresh product (mechanism 15)."""
    infused = p.infusion_lung + p.infusion_blood + p.infusion_liver + p.infusion_cavity + over_lesions(p.infusion_lesion)
    share = infused / (body.cart_cells + p.smallest_population)
    return flows(
        infused_share=share,
        competence_change=share * (1.0 - x.competence) - x.competence / p.competence_time,
        priming_change=share * (p.infusion_priming - x.priming) - x.priming / p.priming_time,
    )


def environment(x, p, volume):
    """Hypoxia, suppression and PD-1 in each lesion, with armour taken off (mechanism 7; C1, C2, C4)."""
    oxygen = label("oxygen", p.tumour_oxygen * (p.oxygen_reference_volume / volume.tissue) ** p.oxygen_size_power)
    hypoxia = p.oxygen_floor_fraction + (1.0 - p.oxygen_floor_fraction) * hill(oxygen, p.oxygen_half, 2)
    suppressed = saturating(x.suppression, p.suppression_half)
    density = x.effector / volume.tissue
    pd1 = label("pd1", p.pd1_floor_fraction + (p.pd1_ceiling_fraction - p.pd1_floor_fraction) * saturating(density, p.pd1_half))
    function = (1.0 - suppressed * (1.0 - p.suppression_relief_fraction)) * (1.0 - pd1 * (1.0 - p.pd1_relief_fraction))
    return flows(
        hypoxia=hypoxia,
        suppressed=suppressed,
        function=function,
        activity=saturating(density, p.bystander_half),
    )


def antigen_contact(x, p, volume):
    """Share of full stimulation by antigen in each lesion (B1, with a density)."""
    reachable = x.access * x.positive
    return reachable / (p.antigen_half * volume.tissue + reachable + x.effector + x.exhausted)


def homeostasis(x, p, body, ready):
    """Division that needs no antigen, while homeostatic cytokine lasts; one niche is shared by all (mechanism 3; B7)."""
    crowding = 1.0 / (1.0 + body.systemic / p.homeostatic_half)
    return p.homeostatic_rate * x.homeostatic_cytokine * ready.gate * crowding * alive(body.cart_cells, p.smallest_population)


def rejection(x, p):
    """Rejection of CAR-T cells by a recovering host (B8)."""
    return p.rejection_rate * (1.0 - p.rejection_edit_fraction) * hill(x.host_lymphocytes, 0.5, 2)


def expansion(x, p, volume, place, contact, drug):
    """Gross antigen-driven division in each lesion, per effector (mechanism 3; B1)."""
    room = 1.0 - (x.effector + x.exhausted) / (p.effector_capacity * volume.tissue)
    drive = p.division_rate * p.armour_division_fold * (1.0 + x.priming * p.cavity_reach) * x.competence
    living = alive(x.effector, p.smallest_population)
    return drive * contact * place.hypoxia * place.function * room * (1.0 - drug.steroid_inhibition) * living


def loss(x, p, place, contact):
    """Exhaustion and egress in each lesion, per effector (mechanisms 2 and 4; B2, B4)."""
    return flows(
        exhaustion=p.exhaustion_rate * contact * (1.0 + place.suppressed),
        egress=p.lesion_exit_rate * (1.0 + 2.0 * (1.0 - contact)),
        death=p.effector_death_rate * p.armour_death_fold,
    )


def entry(x, p, volume, place):
    """Cells that enter each lesion from blood, cavity and depot; entry ends with the tumour (2; A1.4, A3.3, A4.4, A5.2)."""
    recruited = hill(x.positive + x.negative, p.recruitment_half, 2) * place.hypoxia**p.hypoxia_kill_power
    from_blood = p.lesion_entry_rate * volume.tissue * recruited * x.access / p.reference_access_fraction
    surface = (36.0 * np.pi) ** (1.0 / 3.0) * volume.tissue ** (2.0 / 3.0)
    from_cavity = p.cavity_reach * (p.cavity_entry_rate * surface + p.depot_entry_rate)
    return flows(
        entry_blood=from_blood * x.effector_blood,
        entry_memory=from_blood * p.memory_blood_fraction * x.memory,
        entry_cavity=from_cavity * x.effector_cavity,
    )


def killing(x, p, volume, place):
    """Kills in each lesion: saturates in targets and in effectors, shared between the antigen classes (B6, D2, D3)."""
    targets = x.access * (x.positive + p.antigen_low_weight * x.negative)
    reach = targets / (p.kill_half * volume.tissue + targets + x.effector)
    strength = p.kill_rate * place.hypoxia**p.hypoxia_kill_power * place.function
    total = strength * x.effector * reach
    share = total / (x.positive + p.antigen_low_weight * x.negative + p.smallest_population)
    kill_positive = label("kill_positive", share * x.positive)
    kill_negative = label("kill_negative", share * p.antigen_low_weight * x.negative)
    bystander = label("bystander", p.bystander_rate * place.activity)
    return flows(
        kill=total,
        kill_positive=kill_positive,
        kill_negative=kill_negative,
        lost_positive=kill_positive + bystander * x.positive,
        lost_negative=kill_negative + bystander * x.negative,
    )


def growth(x, p, volume):
    """Logistic growth of each antigen class at the doubling time seen at enrolment, antigen loss and return, extinction."""
    start_volume = np.pi / 6.0 * (p.diameter_start / 10.0) ** 3
    room = logistic(start_volume, p.volume_limit) - LEAST_ROOM
    first_room = LEAST_ROOM + where_positive(room, room, 0.0)
    rate = LN2 / p.doubling_time / first_room * logistic(volume.viable_volume, p.volume_limit)
    one = p.smallest_population
    grown = rate * alive(x.positive, one) * x.positive
    mix = p.antigen_positive_fraction
    return flows(
        growth_positive=grown,
        growth_negative=rate * alive(x.negative, one) * x.negative,
        antigen_loss=p.antigen_loss_fraction * grown,
        antigen_return=p.antigen_return_rate * (mix * x.negative - (1.0 - mix) * x.positive),
        fade_positive=remnant(x.positive, one) * x.positive * LN2 / p.doubling_time,
        fade_negative=remnant(x.negative, one) * x.negative * LN2 / p.doubling_time,
    )


def swelling(x, p, volume, place, kills, drug):
    """Oedema, contrast enhancement and local inflammation that follow killing (mechanisms 9, 10, 15; F1)."""
    density = kills.kill / volume.tissue
    inflamed = saturating(density, p.oedema_half)
    viable_share = volume.viable_volume / volume.tissue
    calm = 1.0 - STEROID_ON_LEAK * drug.steroid_inhibition
    target = (1.0 + p.leak_gain * inflamed) * viable_share * calm
    return flows(
        oedema_change=LN2 / p.oedema_time * (p.oedema_gain * inflamed * volume.tissue * calm - x.oedema),
        leak_change=LN2 / p.leak_time * (target - x.leak),
        local_change=p.local_yield * density - p.ifng_decay_rate * x.local_cytokine,
    )


def appearance(t, p, volume):
    """Hazard of a new lesion, rising with viable burden and time (mechanism 14)."""
    burden = over_lesions(volume.viable_volume)
    ageing = 1.0 + where_positive(t, t, 0.0) / p.new_lesion_time
    return p.new_lesion_rate * saturating(burden, p.new_lesion_half) * ageing


def traffic(x, p, per_cell, given, gone):
    """Effectors between blood and body compartments (mechanism 2; A1, A3, A4); ``per_cell`` is growth minus loss."""
    outflow = p.cavity_outflow_rate * x.effector_cavity
    released = p.lung_release_rate * x.effector_lung
    to_liver, from_liver = p.liver_entry_rate * x.effector_blood, p.liver_exit_rate * x.effector_liver
    to_lymphoid, from_lymphoid = p.lymphoid_entry_rate * x.effector_blood, p.lymphoid_exit_rate * x.effector_lymphoid
    to_other, from_other = p.other_entry_rate * x.effector_blood, p.other_exit_rate * x.effector_other
    returned = over_lesions(gone.egress * x.effector) + p.cavity_blood_fraction * outflow
    arriving = p.infusion_blood + released + from_liver + from_lymphoid + from_other + returned
    leaving = to_liver + to_lymphoid + to_other + over_lesions(given.entry_blood)
    return flows(
        lung=p.infusion_lung - released + per_cell * x.effector_lung,
        blood=arriving - leaving + per_cell * x.effector_blood,
        liver=p.infusion_liver + to_liver - from_liver + (per_cell - p.liver_loss_rate) * x.effector_liver,
        lymphoid=to_lymphoid - from_lymphoid + per_cell * x.effector_lymphoid,
        other=to_other - from_other + per_cell * x.effector_other,
        cavity=p.infusion_cavity - outflow - over_lesions(given.entry_cavity) + per_cell * x.effector_cavity,
    )


def rates(t, x, p):
    """Rate of change of every state, per day."""
    volume, body, ready, drug = geometry(x, p), body_burden(x), readiness(x, p), drugs(x, p)
    place, contact = environment(x, p, volume), label("contact", antigen_contact(x, p, volume))
    pulse = label("pulse", homeostasis(x, p, body, ready) * (1.0 - drug.steroid_inhibition))
    removed = label("removed", rejection(x, p) + drug.lymphotoxic)
    divided = label("division", expansion(x, p, volume, place, contact, drug)) * ready.antigen_gate
    gone, given = loss(x, p, place, contact), entry(x, p, volume, place)
    kills, grown = killing(x, p, volume, place), growth(x, p, volume)
    swollen, harm = swelling(x, p, volume, place, kills, drug), injury(x, p)
    fresh, stirred = renewal(x, p, body), cytokine(x, p, body, ready, place, kills, harm, pulse, drug)
    per_cell = label("per_cell", pulse - gone.death - p.memory_formation_rate - removed)
    moved, antibody = traffic(x, p, per_cell, given, gone), tocilizumab(x, p, drug)
    seen, fatal = signal(x, p, drug), dying(p, volume, signal(x, p, drug))
    dead_positive = kills.lost_positive + drug.poisoned * x.positive
    dead_negative = kills.lost_negative + drug.poisoned * x.negative
    woken, in_lesion = contact * given.entry_memory, pulse * place.function
    lost = gone.death + gone.egress + gone.exhaustion + p.memory_formation_rate + removed
    made = p.memory_formation_rate * (body.systemic + x.effector_cavity + over_lesions(x.effector))
    host = p.lymphocyte_recovery_rate * x.host_lymphocytes * (1.0 - x.host_lymphocytes)
    return State(
        effector_lung=moved.lung, effector_blood=moved.blood, effector_liver=moved.liver,
        effector_lymphoid=moved.lymphoid, effector_other=moved.other, effector_cavity=moved.cavity,
        memory=made - over_lesions(woken) - (LN2 / p.memory_half_life + removed) * x.memory,
        readiness_1=ready.step_1 - fresh.infused_share * x.readiness_1,
        readiness_2=ready.step_2 - fresh.infused_share * x.readiness_2,
        readiness_3=ready.step_3 - fresh.infused_share * x.readiness_3,
        competence=fresh.competence_change,
        priming=fresh.priming_change,
        host_lymphocytes=host,
        homeostatic_cytokine=-x.homeostatic_cytokine / p.homeostatic_time,
        healthy_tissue=harm.repair - harm.injury,
        ifng=stirred.ifng_change, macrophages=stirred.macrophage_change, tolerance=stirred.tolerance_change,
        il6=stirred.il6_change, crp=stirred.crp_change, ferritin=stirred.ferritin_change,
        tocilizumab_central=antibody.central, tocilizumab_peripheral=antibody.peripheral,
        steroid=-LN2 / p.steroid_half_life * x.steroid,
        anakinra=-LN2 / p.anakinra_half_life * x.anakinra,
        chemotherapy=-x.chemotherapy / p.chemotherapy_time,
        neuroinflammation=brain_inflammation(x, p, drug, seen),
        mortality=fatal.of_burden + fatal.of_support + fatal.of_pressure,
        appearance=appearance(t, p, volume),
        effector=given.entry_blood + given.entry_cavity + woken + p.infusion_lesion
        + (divided + in_lesion - lost) * x.effector - p.loss_per_kill * kills.kill,
        exhausted=gone.exhaustion * x.effector - (p.exhausted_death_rate + removed) * x.exhausted,
        positive=grown.growth_positive + grown.antigen_return - grown.antigen_loss - grown.fade_positive - dead_positive,
        negative=grown.growth_negative - grown.antigen_return + grown.antigen_loss - grown.fade_negative - dead_negative,
        dying=dead_positive + dead_negative - p.clearance_rate * x.dying,
        suppression=p.suppression_rate * (1.0 + p.suppression_induction * place.activity - x.suppression),
        access=p.access_opening_rate * place.activity * (1.0 - x.access) - p.access_closing_rate * (x.access - p.access_start),
        oedema=swollen.oedema_change,
        leak=swollen.leak_change,
        local_cytokine=swollen.local_change,
    )  # fmt: skip
