"""What must emerge from the house model in cohorts, with the figures asked for.

Each test states its range and where it comes from. Cohorts share their random numbers, so arms differ by treatment
only. Nothing here is switched by outcome: one model and one set of parameter files serve all rows.
"""

import numpy as np
import pytest

import simsolid as sim

N = 400
RESPONSE = ["CR", "PR"]


def _rate(table, column="best_response"):
    return table[column].isin(RESPONSE).mean()


def _simulate(people, plan, days, *kept):
    return sim.simulate(people, plan, days=days, observables=kept or None, dtype="float32", progress=False)


# What tests of response, blood and CRS look at.
CLINIC = ("cart_blood", "cart_copies", "temperature", "signal", "pressure_score", "oxygen_score", "il6",
          "apparent_volume", "viable_volume", "cart_lesion")  # fmt: skip


@pytest.fixture(scope="module")
def gastric():
    return sim.load("gastric", target="cldn18_2", product="satri_cel")


@pytest.fixture(scope="module")
def people(gastric):
    return sim.draw(gastric, patients=N, seed=7)


@pytest.fixture(scope="module")
def plan(gastric):
    return sim.Regimen.single(gastric.reference_dose, "intravenous")


@pytest.fixture(scope="module")
def treated(people, plan):
    return _simulate(people, plan, 120, *CLINIC)


@pytest.fixture(scope="module")
def table(treated):
    return sim.assess(sim.observe(treated))


# 1. Biodistribution without antigen -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def labelled(gastric):
    """Cells that neither divide nor see antigen, lost at 5 % a day as a label is, in a patient with 100 mL of tumour."""
    still = {"division_rate": 0.0, "homeostatic_rate": 0.0, "antigen_positive_fraction": 0.0, "memory_formation_rate": 0.0}
    setting = sim.vary(gastric, **still, effector_death_rate=0.05, product_viability_fraction=1.0, diameter_start=57.6)
    one = sim.typical(setting, lesions=1)
    run = sim.simulate(one, sim.Regimen.single(1e8, conditioning="none"), days=3, times=[0, 4 / 24, 1.5, 2.0])
    return run.isel(patient=0)


def test_lung_holds_about_thirty_percent_after_four_hours(labelled):
    # Lotze 1980: 30 % (20 to 40)
    assert 0.26 < float(labelled.cart_lung.sel(time=4 / 24)) / 1e8 < 0.34


def test_liver_and_spleen_hold_the_observed_shares_after_36_hours(labelled):
    # Lotze 1980: liver 48 % (35 to 55); spleen 25 %, to which marrow adds 8 % in the lumped compartment
    assert 0.42 < float(labelled.cart_liver.sel(time=1.5)) / 1e8 < 0.50
    assert 0.29 < float(labelled.cart_lymphoid.sel(time=1.5)) / 1e8 < 0.37


def test_a_fifth_of_a_percent_reaches_a_tumour_of_100_g(labelled):
    # Pockaj 1994: 0.0021 % per gram, 0.2 % in 100 g; within twofold, since cells also leave again here
    assert 0.001 < float(labelled.cart_lesion.isel(lesion=0).sel(time=2.0)) / 1e8 < 0.004


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


# 4. Blood kinetics in solid tumours -----------------------------------------------------------------------------------


def test_blood_peak_comes_between_day_8_and_14(table):
    # Trials: 6 to 14 d (mesothelin), 7 to 10 d (IM96), about 14 d (GPC3)
    assert 8 <= table["tmax"].median() <= 14


def test_blood_contracts_with_a_half_life_of_3_to_7_days(table):
    # Trials and CD19 reference: 3 to 7 d
    assert 3 <= table["contraction_half_life"].median() <= 7


def test_decline_is_biphasic(people, plan):
    run = _simulate(sim.draw(sim.load("gastric"), patients=60, seed=7), plan, 180, "cart_blood")
    blood = np.log(run.cart_blood.clip(min=1e-12)).median("patient")
    early = float(blood.sel(time=21) - blood.sel(time=28, method="nearest")) / 7
    late = float(blood.sel(time=120, method="nearest") - blood.sel(time=180, method="nearest")) / 60
    assert early > 2.5 * late > 0


def test_responders_peak_higher(table):
    # B-ALL 1.74-fold; the direction is asked for here
    responds = table["best_response"].isin(RESPONSE)
    assert table.loc[responds, "cmax_cells"].median() > 1.2 * table.loc[~responds, "cmax_cells"].median()


def test_net_growth_at_first_contact_is_reported_and_explains_response(treated, table):
    growth = treated["net_effector_growth"]
    there = (treated["site"] != "") & ~treated["new_lesion"]  # no tumour has appeared there yet
    assert (growth.notnull() == there).all()
    best = growth.max("lesion").values
    assert _rate(table[best > 1.0]) > 0.6 > 0.2 > _rate(table[best < 0.2])


# 5. Blood kinetics of the liquid contrast -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def leukaemia():
    setting = sim.load("b_all", target="cd19", product="tisagenlecleucel")
    people = sim.draw(setting, patients=N, seed=7)
    return sim.simulate(people, sim.Regimen.single(setting.reference_dose), days=365, progress=False)


@pytest.fixture(scope="module")
def leukaemia_table(leukaemia):
    return sim.assess(sim.observe(leukaemia))


def _slope(time, values, use):
    return np.polyfit(time[use], np.log(values[use]), 1)[0]


def test_cd19_doubles_in_under_a_day(leukaemia):
    # Stein 2019: 0.78 d; asked for 0.6 to 0.9
    time, doubling = leukaemia.time.values, []
    for blood in leukaemia.cart_blood.values:
        peak = np.where(time >= 2, blood, 0).argmax()
        use = (time >= 2.5) & (time <= time[peak]) & (blood > 0.1 * blood[peak]) & (blood < 0.8 * blood[peak])
        if use.sum() > 3:
            doubling.append(np.log(2) / _slope(time, blood, use))
    assert 0.6 < np.median(doubling) < 0.9


def test_cd19_peaks_between_day_7_and_12(leukaemia_table):
    assert 7 <= leukaemia_table["tmax"].median() <= 12


def test_cd19_peak_is_near_24000_copies_with_the_observed_spread(leukaemia_table):
    # Stein 2019: 24,000 copies/ug, log-SD 0.65; the transgene copies per cell are assumed
    copies = leukaemia_table["cmax_copies"]
    assert 15_000 < copies.median() < 36_000
    assert 0.5 < np.log(copies).std() < 0.9


def test_cd19_contracts_in_about_four_days_and_then_persists(leukaemia, leukaemia_table):
    # Stein 2019: 4.3 d, then 220 d
    assert 3.0 < leukaemia_table["contraction_half_life"].median() < 5.5
    time = leukaemia.time.values
    late = [-np.log(2) / _slope(time, blood + 1e-9, time > 180) for blood in leukaemia.cart_blood.values]
    assert 130 < np.median(late) < 330


# 8. Signs that must hold in every patient -----------------------------------------------------------------------------


def _grades(people, plan):
    run = _simulate(people, plan, 45, *CLINIC)
    return sim.assess(sim.observe(run)), run


@pytest.fixture(scope="module")
def untouched(people, plan):
    return _grades(people, plan)


def test_more_burden_never_lowers_the_crs_grade(people, plan, untouched):
    double = people.with_values({"diameter_start": people["diameter_start"] * 2 ** (1 / 3)})
    more, _ = _grades(double, plan)
    assert (more["crs_grade"].to_numpy() >= untouched[0]["crs_grade"].to_numpy()).all()
    assert (more["crs_grade"].to_numpy() > untouched[0]["crs_grade"].to_numpy()).any()


def test_tocilizumab_never_raises_the_crs_grade_but_raises_il6(people, plan, untouched):
    # Serum IL-6 rises 2 to 20 fold because its receptor no longer clears it
    after, run = _grades(people, plan.with_step(sim.Drug("tocilizumab", 8, day=5)))
    assert (after["crs_grade"].to_numpy() <= untouched[0]["crs_grade"].to_numpy()).all()
    assert (after["crs_grade"].to_numpy() < untouched[0]["crs_grade"].to_numpy()).any()
    rise = run.il6.sel(time=slice(5, 6)).max("time") / untouched[1].il6.sel(time=slice(5, 6)).max("time")
    assert 2 < float(rise.median()) < 20 and (rise >= 1).all()


def test_steroid_never_raises_expansion(people, plan, untouched):
    days = (5, 6, 7, 8)
    _, run = _grades(people, plan.with_step(*(sim.Drug("dexamethasone", 10, day=day) for day in days)))
    peak, before = (each.cart_blood.sel(time=slice(5, 14)).max("time") for each in (run, untouched[1]))
    assert (peak <= before * (1 + 1e-4)).all()
    assert float((peak / before).median()) < 0.9


# 11. Armour -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def armoured():
    found = {}
    for product in ("gpc3_car", "c_car031", "gpc3_il15"):
        setting = sim.load("hepatocellular", "gpc3", product)
        run = _simulate(sim.draw(setting, N, 7), sim.Regimen.single(setting.reference_dose), 112, *CLINIC)
        found[product] = sim.assess(sim.observe(run))
    return found


def test_unarmoured_gpc3_responds_in_under_fifteen_percent(armoured):
    assert _rate(armoured["gpc3_car"]) < 0.15


@pytest.mark.parametrize("product", ["c_car031", "gpc3_il15"])
def test_armour_lifts_gpc3_response_to_a_third_or_more(armoured, product):
    # C-CAR031 56.5 %, IL-15 33 %
    assert 0.30 < _rate(armoured[product]) < 0.60


def test_armour_costs_cytokine_release_at_the_same_dose():
    setting = sim.load("hepatocellular", "gpc3", "gpc3_car")
    arms = sim.vary(sim.draw(setting, 120, 7), armour=["none", "dn_tgfbr2", "il15"])
    run = _simulate(arms, sim.Regimen.single(setting.reference_dose), 42, *CLINIC)
    grade = sim.assess(sim.observe(run)).pivot(index="patient", columns="armour", values="crs_grade")
    assert (grade["dn_tgfbr2"] > 0).mean() > (grade["none"] > 0).mean()
    assert (grade["il15"] > 0).mean() > (grade["none"] > 0).mean()


# 12. Locoregional delivery --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pleura():
    """Mesothelin CAR-T by vein and into the pleura, over the unmeasured spill of local cytokine."""
    setting = sim.load("mesothelioma", "mesothelin", "m28z_icasp9")
    arms = sim.vary(sim.draw(setting, 200, 7), cytokine_spill_fraction=[0.1, 0.3, 1.0], route=["intravenous", "intrapleural"])
    return _simulate(arms, sim.Regimen.single(setting.reference_dose), 112, *CLINIC)


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
    run = _simulate(arms, sim.Regimen.single(setting.reference_dose), 40, *CLINIC)
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


def test_intraventricular_beats_intravenous_with_less_systemic_crs():
    # GD2 midline glioma: the arms differ in dose and conditioning as in the trial (2e7 without against 1e6/kg with)
    setting = sim.load("diffuse_midline_glioma", "gd2")
    people = sim.draw(setting, 200, 7)
    vein = sim.assess(sim.observe(_simulate(people, sim.Regimen.single(setting.reference_dose), 112, *CLINIC)))
    local = sim.Regimen.single(2e7, "intraventricular", conditioning="none")
    ventricle = sim.assess(sim.observe(_simulate(people, local, 112, *CLINIC)))
    assert _rate(ventricle) > _rate(vein) + 0.1
    assert (ventricle["crs_grade"] > 0).mean() < (vein["crs_grade"] > 0).mean()


# 13. Pseudo-progression -----------------------------------------------------------------------------------------------


def test_pseudo_progression_at_day_28_with_reader_noise_is_2_to_8_percent(table):
    # Checkpoint inhibitors 6 % (5 to 7)
    assert 0.02 <= table["pseudo_progression"].mean() <= 0.08


@pytest.mark.parametrize("look", [{"noise": False}, {"first_scan": 42}], ids=["perfect readers", "first scan in week 6"])
def test_pseudo_progression_falls_with_perfect_readers_or_a_later_first_scan(treated, table, look):
    rate = sim.assess(sim.observe(treated, **look))["pseudo_progression"].mean()
    # Under 1 %, and 400 patients tell that to half a percent
    assert rate <= 0.015 and rate < 0.6 * table["pseudo_progression"].mean()


def test_inflammation_is_measurable_in_nearly_all_intraventricular_patients():
    setting = sim.load("diffuse_midline_glioma", "gd2")
    run = _simulate(sim.draw(setting, 200, 7), sim.Regimen.single(2e7, "intraventricular"), 28, "local_cytokine")
    assert float((run.local_cytokine.max(("lesion", "time")) > 10).mean()) > 0.8


# 14. Without treatment ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def untreated(people):
    return _simulate(people, sim.Regimen.none(), 150, "apparent_volume", "viable_volume")


def test_untreated_lesions_double_in_their_doubling_time(untreated, people):
    first = untreated.viable_volume.isel(lesion=0)
    grown = np.log(first.sel(time=14.0) / first.sel(time=-7.0)) / 21
    expected = np.log(2) / people["doubling_time"].isel(lesion=0)
    # the largest lesions slow down a little within three weeks: growth is logistic
    assert np.allclose(grown, expected, rtol=0.06)
    assert float((grown / expected).median()) == pytest.approx(1.0, abs=0.01)


def test_untreated_gastric_patients_progress_truly_in_about_1_8_months(untreated):
    # Third-line control: 1.77 months read as the time to +20 % of the diameters
    across = (untreated.apparent_volume ** (1 / 3)).isel(lesion=slice(0, 5)).sum("lesion")
    relative = (across / across.isel(time=0)).values
    time = untreated.time.values + 7
    crossed = [np.interp(1.2, one, time) if one[-1] > 1.2 else np.inf for one in relative]
    assert 1.5 < np.median(crossed) / 30.44 < 2.1


@pytest.mark.parametrize("first_scan", [28, 42])
def test_untreated_progression_free_survival_depends_on_the_schedule_only_within_bounds(untreated, first_scan):
    # As seen on scans: 1.4 to 2.8 months, depending only on the schedule
    table = sim.assess(sim.observe(untreated, first_scan=first_scan))
    median = sim.summarise(table).set_index("measure").loc["pfs", "value"] / 30.44
    assert 1.3 < median < 2.9
