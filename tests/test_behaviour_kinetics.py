"""Where CAR-T cells go, how they expand and contract in blood, and what moves their peak (behaviours 1, 4, 5 and 6)."""

import numpy as np
import pytest

import simsolid as sim

from .cohorts import CRS, RESPONSE, gastric_dose, people, rate, rescued, rescued_table, setting, simulated, single

# 1. Biodistribution without antigen -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def labelled():
    """Cells that neither divide nor see antigen, lost at 5 % a day as a label is, in a patient with 100 mL of tumour."""
    still = {"division_rate": 0.0, "homeostatic_rate": 0.0, "antigen_positive_fraction": 0.0, "memory_formation_rate": 0.0}
    unlike = sim.vary(setting("gastric"), **still, effector_death_rate=0.05, product_viability_fraction=1.0, diameter_start=57.6)
    one = sim.typical(unlike, lesions=1)
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


# 4. Blood kinetics in solid tumours -----------------------------------------------------------------------------------


def test_blood_peak_comes_between_day_8_and_14():
    # Trials: 6 to 14 d (mesothelin), 7 to 10 d (IM96), about 14 d (GPC3)
    assert 8 <= rescued_table()["tmax"].median() <= 14


def test_blood_contracts_with_a_half_life_of_3_to_7_days():
    # Trials and CD19 reference: 3 to 7 d
    assert 3 <= rescued_table()["contraction_half_life"].median() <= 7


def test_decline_is_biphasic():
    blood = np.log(rescued().cart_blood.sel(time=[21, 28, 120, 180], method="nearest").clip(min=1e-12)).median("patient").values
    early, late = (blood[0] - blood[1]) / 7, (blood[2] - blood[3]) / 60
    assert early > 2.5 * late > 0


def test_responders_peak_higher():
    # B-ALL 1.74-fold; the direction is asked for here
    table = rescued_table()
    responds = table["best_response"].isin(RESPONSE)
    assert table.loc[responds, "cmax_cells"].median() > 1.2 * table.loc[~responds, "cmax_cells"].median()


def test_net_growth_at_first_contact_is_reported_and_explains_response():
    growth = rescued()["net_effector_growth"]
    there = (rescued()["site"] != "") & ~rescued()["new_lesion"]  # no tumour has appeared there yet
    assert (growth.notnull() == there).all()
    best = growth.max("lesion").values
    assert rate(rescued_table()[best > 1.0]) > 0.6 > 0.2 > rate(rescued_table()[best < 0.2])


# 5. Blood kinetics of the liquid contrast -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def leukaemia():
    return simulated(people("leukaemia"), single("leukaemia"), 365, ("cart_blood", "cart_copies", *CRS[-2:]), rtol=1e-5)


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


# 6. Dose is weak, lymphodepletion strong ------------------------------------------------------------------------------


def _peak_fold(one, other):
    """Geometric mean over the same patients of how much higher one peak is than the other, below the assay's limit as well."""
    peaks = (run.cart_blood.sel(time=slice(2, 35)).max("time").astype(float) for run in (one, other))
    return float(np.exp(np.log(next(peaks) / next(peaks)).mean()))


@pytest.mark.parametrize(("low", "high"), [(2.5e7, 2.5e8), (2.5e8, 1e9)])
def test_a_tenfold_dose_moves_the_peak_less_than_3_2_fold(low, high):
    fold = _peak_fold(gastric_dose(high), gastric_dose(low)) ** (1 / np.log10(high / low))
    assert 1 < fold < 3.2


def test_without_fludarabine_the_peak_is_about_half():
    # Stein 2019: exp(-0.63) = 0.53 (0.45 to 0.62)
    assert 0.45 < _peak_fold(gastric_dose(3.75e8, "cy"), gastric_dose(3.75e8)) < 0.62
