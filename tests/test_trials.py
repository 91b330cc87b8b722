"""Reported trials: files that say what is wrong, endpoints against tables worked by hand, conduct in virtual patients."""

from dataclasses import replace
from math import exp, log, sqrt

import numpy as np
import pandas as pd
import pytest

import simsolid as sim
from simsolid.files import available, layer_path
from simsolid.trials.conduct import conducted
from simsolid.trials.design import Observed, cells_of, plan_of
from simsolid.trials.endpoints import ENDPOINTS
from simsolid.trials.estimates import share_error, time_median, time_share, times_in
from simsolid.trials.files import setting_of, trials
from simsolid.trials.hazards import quick_ratio, ratio_of_hazards
from simsolid.trials.kinetics import kinetics
from simsolid.trials.observed import log_error, observed_interval
from simsolid.trials.people import eligible, split, values_for
from simsolid.trials.recentre import recentred
from simsolid.trials.tally import tally
from simsolid.trials.treated import plan_for

ALL = trials()
PHASE1 = sim.trial("gastric_satri_phase1")
GAVO = sim.trial("mesothelioma_gavo_cel")
NAN = float("nan")


# Files ------------------------------------------------------------------------------------------------------------------


def test_every_trial_is_read_and_every_asked_for_setting_has_one():
    assert {one.name for one in ALL} == set(available("trials"))
    pairs = {one.pair for one in ALL}
    assert {"gastric-cldn18_2", "b_all-cd19", "hepatocellular-gpc3", "colorectal-gucy2c", "nsclc-egfr", "pancreatic-egfr",
            "biliary-egfr", "neuroblastoma-gd2", "diffuse_midline_glioma-gd2", "glioblastoma-il13ra2",
            "glioblastoma-egfr_il13ra2", "mesothelioma-mesothelin", "colorectal-cea"} <= pairs  # fmt: skip


@pytest.mark.parametrize("trial", ALL, ids=lambda one: one.name)
def test_what_was_observed_has_an_interval_or_says_that_none_can_be_given(trial):
    for one in trial.used("fit", "held out"):
        value, lower, upper = observed_interval(one)
        assert lower <= value <= upper, one.key


@pytest.mark.parametrize("trial", ALL, ids=lambda one: one.name)
def test_every_arm_has_a_plan_that_can_be_carried_out(trial):
    setting = setting_of(trial)
    for arm in trial.arms:
        assert (len(plan_of(trial, arm, setting).infusions) > 0) == (arm.dose is not None)


def test_no_trial_names_an_endpoint_twice():
    assert [(one.name, one.key) for one in ALL if len({e.key for e in one.endpoints}) < len(one.endpoints)] == []


def test_second_hand_observations_are_fitted_only_where_the_file_says_why():
    second_hand = [one for trial in ALL for one in trial.used("fit") if one.basis == "secondary"]
    assert second_hand and all(one.note for one in second_hand)


def test_the_randomised_gastric_trial_holds_nothing_that_was_observed():
    trial = sim.trial("gastric_satri_randomised")
    assert {one.use for one in trial.endpoints} == {"predicted"}
    assert all(given is None for one in trial.endpoints for given in (one.value, one.events, one.n, one.lower, one.upper))
    assert [arm.patients for arm in trial.arms] == [104, 52]


FAULTS = {
    'name = "orr"': ('name = "rr"', "endpoint 1 'rr': no such endpoint; did you mean 'orr'?"),
    'name = "dcr"': ('nam = "dcr"', "endpoint 4.nam: is no entry; did you mean 'name'?"),
    'where = "clinical evidence C003"': ("", "endpoint 1 'orr': no 'where'; name the row or table"),
    "events = 16\nn = 28": ("events = 30\nn = 28", "endpoint 1 'orr': 30 events of 28"),
    "events = 0\nn = 37": ("events = 0", "endpoint 3 'crs_3plus': events without n"),
    "value = 0.448": ("value = 44.8", "endpoint 5 'dor_at': value 44.8; a share is from 0 to 1"),
    'at = 6\nat_unit = "month"\nvalue = 0.812': ("value = 0.812", "endpoint 6 'os_at': needs 'at', the time it is of"),
    'source = "qi2022"\nwhere = "clinical evidence C005"':
        ('source = "qi2023"\nwhere = "clinical evidence C005"', "source 'qi2023' is no key of params/references.bib"),
    'where = "clinical evidence C005"': ('where = "clinical evidence C995"', "endpoint 'dcr': where: evidence has no row 'C995'"),
    'product = "satri_cel"': ('product = "satricel"', "product: 'satricel' unknown; did you mean 'satri_cel'?"),
    'conditioning = "flu_cy"': ('conditioning = "flucy"', "conditioning: 'flucy' unknown; did you mean 'flu_cy'?"),
    "days = 365": ("days = -1", "days: -1 must be above 0"),
    "patients = 13\ndose = 2.5e8": ("patients = 13\ndose = 2.5e18", "arm '2.5e8': regimen:"),
    'name = "3.75e8"': ('name = "2.5e8"', "arm '2.5e8': named twice"),
    'use = "fit"\nevents = 35': ('use = "fit"\nvalue = 0.9\nevents = 35', "endpoint 2 'crs_any': write events and n, or value"),
    "dose = 3.75e8": ('dose = 2e6\nunit = "cell/m2"', "arm '3.75e8': a dose per m2 needs body_surface at the top"),
    'use = "held out"\nevents = 21': ('use = "kept"\nevents = 21', "endpoint 4 'dcr'.use: 'kept' is not one of fit"),
    'basis = "measured"\nnote = "94.6 % of 37."': ('basis = "secondary"', "used for fitting on a secondary source without"),
    'basis = "measured"\nnote = "75 % of 28."': ('basis = "derived"', "derived without a note; show the arithmetic"),
    'value = 0.812\n': ('value = 0.812\nlower = 0.9\nupper = 1.0\ninterval = "95 %"\n', "outside its own interval"),
}  # fmt: skip


@pytest.mark.parametrize("good", FAULTS)
def test_a_fault_in_a_file_is_told(good, tmp_path):
    bad, told = FAULTS[good]
    text = layer_path("trials", "gastric_satri_phase1").read_text(encoding="utf-8")
    assert good in text
    file = tmp_path / "trials" / "mine.toml"
    file.parent.mkdir()
    file.write_text(text.replace(good, bad, 1), encoding="utf-8")
    with pytest.raises(sim.ParameterError) as caught:
        sim.trial(file)
    assert told in str(caught.value)


def test_all_faults_come_at_once_and_the_nearest_trial_is_named(tmp_path):
    text = layer_path("trials", "gastric_satri_phase1").read_text(encoding="utf-8")
    file = tmp_path / "mine.toml"
    file.write_text(text.replace('name = "orr"', 'name = "rr"', 1).replace('"flu_cy"', '"flucy"', 1), encoding="utf-8")
    with pytest.raises(sim.ParameterError, match="2 problems"):
        sim.trial(file)
    with pytest.raises(sim.ParameterError, match="did you mean 'gastric_satri_phase1'"):
        sim.trial("gastric_satri_phase")


# What was observed ------------------------------------------------------------------------------------------------------


def test_a_median_with_a_range_or_quartiles_has_the_interval_of_log_normal_values():
    # 90 values: the expected largest lies 2.4594 sd from the middle (Blom), so 1 to 22 is exp(2 * 2.4594 * sd)
    spread = log(22) / (2 * 2.459)
    seen = Observed(name="crs_onset", use="held out", value=3.0, lower=1.0, upper=22.0, interval="range", n=90)
    assert log_error(seen, "median") == pytest.approx(1.2533 * spread / sqrt(90), rel=1e-3)
    quartiles = Observed(name="crs_onset", use="held out", value=4.0, lower=1.0, upper=7.0, interval="quartiles", n=117)
    assert log_error(quartiles, "median") == pytest.approx(1.2533 * log(7) / 1.34898 / sqrt(117), rel=1e-4)
    assert observed_interval(seen)[2] == pytest.approx(3 * exp(1.959964 * 1.2533 * spread / sqrt(90)), rel=1e-3)


def test_a_median_time_with_a_number_alone_is_taken_as_exponential_and_without_one_has_no_interval():
    seen = Observed(name="pfs", use="fit", value=44.0, n=163)
    assert log_error(seen, "time") == pytest.approx(1 / (log(2) * sqrt(163)))
    assert np.isnan(observed_interval(Observed(name="pfs", use="fit", value=44.0))[1:]).all()
    assert np.isnan(log_error(Observed(name="tmax", use="fit", value=9.0, n=12), "median"))


def test_a_reported_interval_is_taken_as_it_is():
    seen = Observed(name="os", use="fit", value=126.0, lower=104.0, upper=148.0, interval="95 %", n=163)
    assert observed_interval(seen) == (126.0, 104.0, 148.0)


# Endpoints, by hand -----------------------------------------------------------------------------------------------------

ROWS = pd.DataFrame({
    "patient": range(5), "status": 0,
    "response": ["CR", "PR", "SD", "PD", "NE"], "confirmed_response": ["PR", "SD", "SD", "PD", "NE"],
    "best_change": [-100.0, -60.0, -10.0, 30.0, NAN], "powers_of_length": 1,
    "remission": [1.0, 1.0, 0.0, 0.0, NAN], "infused": [True, True, True, False, True],
    "pfs_day": [200.0, 120.0, 90.0, 30.0, 10.0], "pfs_event": [False, True, True, True, True],
    "os_day": [400.0, 300.0, 250.0, 100.0, 50.0], "died": [False, True, True, True, True],
    "response_duration": [160.0, 60.0, NAN, NAN, NAN], "response_ended": [False, True, False, False, False],
    "crs_grade": [0.0, 1.0, 2.0, 4.0, NAN], "crs_onset": [NAN, 3.0, 5.0, 4.0, NAN], "crs_duration": [NAN, 6.0, 8.0, 12.0, NAN],
    "tocilizumab_doses": [0.0, 0.0, 1.0, 2.0, 0.0],
    "icans_grade": [0.0, 0.0, 1.0, 3.0, NAN], "tian_grade": [3.0, 0.0, 0.0, 4.0, NAN],
    "off_tumour_grade": [0.0, 1.0, 3.0, 2.0, NAN],
    "tmax": [8.0, 10.0, 9.0, NAN, NAN], "cmax_copies": [exp(2), exp(1), 1.0, 0.0, NAN], "cmax_cells": [50.0, 30.0, 4.0, 1.0, NAN],
    "auc28_copies": [100.0, 50.0, 20.0, 0.0, NAN], "tlast": [120.0, 90.0, 28.0, 0.5, NAN],
    "doubling_time": [0.8, 1.0, 1.4, NAN, NAN], "contraction_half_life": [4.0, 5.0, 3.0, NAN, NAN],
    "late_half_life": [200.0, 240.0, NAN, NAN, NAN],
    "early_change": [-5.0, 2.0, 3.0, 4.0, NAN], "early_enhancing_change": [NAN, -8.0, 1.0, NAN, NAN],
})  # fmt: skip

BY_HAND = {
    "orr": (None, 2 / 5, 5), "orr_confirmed": (None, 1 / 5, 5), "dcr": (None, 3 / 5, 5), "cr": (None, 1 / 5, 5),
    "remission": (None, 2 / 4, 4),
    "controlled_at": (100.0, 2 / 5, 5),  # CR and PR to day 100; SD ended on day 90
    "volume_halved": (None, 2 / 4, 4),  # -60 % of a diameter leaves 6.4 % of the volume, -10 % leaves 73 %
    "shrunk_early": (None, 2 / 4, 4),  # one by size, one by enhancement
    "dor": (None, 60.0, 2),  # the one that ended, on day 60, leaves just half: reached there
    "dor_at": (100.0, 1 / 2, 2),
    "pfs": (None, 90.0, 5), "pfs_at": (100.0, 2 / 5, 5), "os": (None, 250.0, 5), "os_at": (270.0, 2 / 5, 5),
    "infused": (None, 4 / 5, 5),
    "crs_any": (None, 3 / 4, 4), "crs_2plus": (None, 2 / 4, 4), "crs_3plus": (None, 1 / 4, 4), "crs_onset": (None, 4.0, 3),
    "crs_duration": (None, 8.0, 3), "tocilizumab_of_crs": (None, 2 / 3, 3),
    "icans_any": (None, 2 / 4, 4), "icans_3plus": (None, 1 / 4, 4), "tian_any": (None, 2 / 4, 4), "tian_3plus": (None, 2 / 4, 4),
    "neuro_3plus": (None, 2 / 4, 4),
    "off_tumour_any": (None, 3 / 4, 4), "off_tumour_3plus": (None, 1 / 4, 4),
    "tmax": (None, 9.0, 3), "cmax_copies": (None, (exp(1) + 1) / 2, 4), "cmax_cells": (None, 17.0, 4),
    "cmax_cells_responders": (None, 40.0, 2), "cmax_log_sd": (None, 1.0, 3), "cmax_ratio": (None, exp(1.5), 3),
    "auc28": (None, 35.0, 4), "doubling_time": (None, 1.0, 3), "contraction_half_life": (None, 4.0, 3),
    "late_half_life": (None, 220.0, 2), "tlast": (None, 59.0, 4),
    "persistence_at": (100.0, 1 / 5, 5),  # never above the limit counts as not persisting
    "detected": (None, 3 / 4, 4),
}  # fmt: skip


def test_every_endpoint_is_worked_by_hand():
    assert set(BY_HAND) | {"hr_pfs", "hr_os"} == set(ENDPOINTS)


@pytest.mark.parametrize("name", BY_HAND)
def test_endpoint_is_what_it_is_by_hand(name):
    day, value, n = BY_HAND[name]
    found = ENDPOINTS[name](ROWS, day)
    assert (found.value, found.n) == (pytest.approx(value), n)


@pytest.mark.parametrize("name", BY_HAND)
def test_endpoint_of_nobody_is_no_number(name):
    found = ENDPOINTS[name](ROWS.iloc[:0], BY_HAND[name][0])
    assert np.isnan(found.value) and found.n == 0


@pytest.mark.parametrize("name", BY_HAND)
def test_the_statistic_alone_is_that_of_the_estimate(name):
    endpoint, day = ENDPOINTS[name], BY_HAND[name][0]
    assert endpoint.value(endpoint.of(ROWS, day), day) == pytest.approx(endpoint(ROWS, day).value)


@pytest.mark.parametrize("time", ["os_day", "pfs_day", "response_duration"])
def test_times_are_those_of_the_survival_module(time):
    """Two ways to one Kaplan-Meier curve, with ties and early ends of follow-up."""
    draw = np.random.default_rng(5)
    ends = {"os_day": "died", "pfs_day": "pfs_event", "response_duration": "response_ended"}
    rows = pd.DataFrame({"patient": range(80), "status": 0, time: np.ceil(draw.exponential(100, 80) / 10) * 10,
                         ends[time]: draw.random(80) < 0.7})  # fmt: skip
    theirs = sim.median_survival(rows, time, by=[]).iloc[0]
    ours = time_median(times_in(rows, time))
    assert ours.value == theirs["value"] and ours.error == pytest.approx((theirs["upper"] - theirs["lower"]) / 3.919928)
    for day in (0.0, 35.0, 70.0, 150.0):
        at = sim.landmark(rows, time, days=day, by=[])["value"].iloc[0]
        assert time_share(times_in(rows, time), day).value == pytest.approx(at)
    beyond = sim.landmark(rows, time, days=1e4, by=[])["value"].iloc[0]
    assert np.isnan(time_share(times_in(rows, time), 1e4).value) == np.isnan(beyond)


def test_a_median_that_is_not_reached_is_infinite():
    assert ENDPOINTS["os"](ROWS.assign(died=False)).value == np.inf


def test_hazards_are_compared_as_cox_does_by_hand():
    # Three in each arm, no ties: the ratio with the largest partial likelihood, found on a fine grid
    rows = pd.DataFrame({"analysis": ["intention-to-treat"] * 3 + ["control"] * 3, "patient": [0, 1, 2] * 2, "died": True,
                         "os_day": [40.0, 90.0, 100.0, 20.0, 30.0, 95.0]})  # fmt: skip
    order = rows.sort_values("os_day")["analysis"].eq("control").to_numpy()

    def likelihood(ratio):
        weight = np.where(order, 1.0, ratio)
        return np.sum(np.log(weight / weight[::-1].cumsum()[::-1]))

    grid = np.geomspace(0.05, 5, 20001)
    best = grid[np.argmax([likelihood(r) for r in grid])]
    assert ENDPOINTS["hr_os"](rows).value == pytest.approx(best, rel=1e-3)
    events = rows.assign(pfs_day=rows["os_day"], pfs_event=rows["died"])
    assert ENDPOINTS["hr_pfs"](events).value == pytest.approx(best, rel=1e-3)


def test_the_quick_ratio_of_hazards_is_that_of_the_library_with_ties_and_where_there_is_none():
    draw = np.random.default_rng(5)
    found = []
    for ratio in [0.2, 0.7, 1.5, 6.0] * 6:
        treated = (np.arange(60) % 3 > 0).astype(float)
        days = np.ceil(draw.exponential(10 / np.where(treated == 1, ratio, 1.0)))  # many on the same day
        ended = days < 25
        times = np.column_stack([np.minimum(days, 25), ended, treated])
        found.append((quick_ratio(times), ratio_of_hazards(times).value))
    quick, library = np.array(found).T
    assert np.allclose(quick, library, rtol=1e-6) and np.ptp(quick) > 3
    apart = np.column_stack([np.arange(20.0), np.ones(20), np.arange(20) < 10])
    unlike = [apart, apart * [1, 1, -1] + [0, 0, 1], np.array([[5.0, 0, 1], [6.0, 1, 0]]), apart[:0]]
    assert np.isnan([quick_ratio(times) for times in unlike]).all()
    assert np.isnan([ratio_of_hazards(times).value for times in unlike]).all()


def test_the_error_of_a_simulated_statistic_is_that_of_repeated_cohorts():
    """Over many cohorts the spread of a statistic is the error that one of them gives for it, on average."""
    draw = np.random.default_rng(1)
    rows = [pd.DataFrame({"tmax": draw.lognormal(2.2, 0.4, 200), "crs_grade": draw.random(200) < 0.3,
                          "cmax_copies": draw.lognormal(10, 0.7, 200)}) for _ in range(300)]  # fmt: skip
    for name in ("tmax", "crs_any", "cmax_log_sd"):
        found = np.array([ENDPOINTS[name](each)[:2] for each in rows])
        assert found[:, 0].std() == pytest.approx(found[:, 1].mean(), rel=0.15), name
    assert share_error(0, 37) > 0


def test_doubling_and_late_half_life_are_those_of_a_known_course():
    import xarray as xr

    time = np.unique(np.r_[-7.0, np.arange(0, 28, 0.25), np.arange(28.0, 366.0, 3)])
    rise = 100 * 2 ** (np.clip(time, 2, 9) / 0.8)
    course = np.where(time <= 9, rise, rise.max() * (0.98 * 2 ** (-(time - 9) / 4) + 0.02 * 2 ** (-(time - 9) / 220)))
    volume = np.ones((1, 1, len(time)))
    run = xr.Dataset(
        {"cart_copies": (("patient", "time"), course[None]), "status": ("patient", [0]),
         **{f"{kind}_volume": (("patient", "lesion", "time"), volume) for kind in ("apparent", "viable")}},
        {"patient": [0], "lesion": [0], "time": time}, {"seed": 7})  # fmt: skip
    found = kinetics(sim.observe(run, noise=False)).iloc[0]
    assert found["doubling_time"] == pytest.approx(0.8, rel=1e-6)
    assert found["late_half_life"] == pytest.approx(220, rel=1e-3)
    assert found["early_change"] == 0.0


# Conduct ----------------------------------------------------------------------------------------------------------------


def test_arms_share_the_simulated_patients_as_the_reported_ones():
    table = conducted(GAVO, patients=32)
    assert table["trial_arm"].value_counts().to_dict() == {arm.name: arm.patients for arm in GAVO.arms}
    assert split({"a": 2, "b": 1, "c": 1}, 6) in ({"a": 3, "b": 2, "c": 1}, {"a": 3, "b": 1, "c": 2})
    with pytest.raises(sim.ParameterError, match="patients: 3; must be a whole number of at least 7"):
        sim.conduct(GAVO, patients=3)


def test_arms_simulated_at_once_are_what_they_are_apart():
    """The merged plan gives every patient what a simulation of its arm alone does."""
    setting = setting_of(PHASE1)
    people = sim.draw(setting, 12, seed=7)
    ids = sim.roster(people).patients
    arms = {arm: ids[4 * k : 4 * k + 4] for k, arm in enumerate(PHASE1.arms)}
    both = sim.simulate(people, plan_for(PHASE1, arms, setting), days=40, progress=False)
    for arm, numbers in arms.items():
        alone = sim.simulate(sim.select(people, numbers), plan_of(PHASE1, arm, setting), days=40, progress=False)
        for name in ("cart_blood", "il6", "viable_volume"):
            np.testing.assert_allclose(both[name].sel(patient=numbers), alone[name], rtol=1e-5, atol=1e-9)


def test_the_same_people_meet_every_value_and_only_it_moves_the_endpoints():
    low, high, again = (sim.conduct(PHASE1, {"suppression_half": half}, patients=30).set_index("endpoint")["estimate"]
                        for half in (0.3, 12.0, 12.0))  # fmt: skip
    assert low["orr"] < high["orr"] and (high == again)[high.notna()].all()


def test_a_spread_can_be_set_and_values_be_given_by_tumour():
    setting = setting_of(PHASE1)
    same = sim.draw(recentred(setting, {"suppression_half.sd": 0.0}), 5, seed=1)["suppression_half"].values
    assert same[~np.isnan(same)] == pytest.approx(setting["suppression_half"])
    by_tumour = {"suppression_half": {"gastric": 2.0, "colorectal": 1.0}, "kill_rate": {"gastric-cldn18_2": 4.0}}
    assert values_for(PHASE1, by_tumour) == {"suppression_half": 2.0, "kill_rate": 4.0}
    assert values_for(GAVO, by_tumour) == {}


def test_a_new_centre_takes_along_what_hangs_on_it_and_patients_keep_their_ranks():
    setting = setting_of(sim.trial("colorectal_cea_arterial"))
    oxygen = recentred(setting, {"tumour_oxygen": 2 * setting["tumour_oxygen"]}).value("tumour_oxygen")
    assert oxygen.by_site == tuple((site, 2 * value) for site, value in setting.value("tumour_oxygen").by_site) != ()
    gastric = setting_of(PHASE1)
    low = recentred(gastric, {"antigen_positive_fraction": 0.5})
    before, after = (sim.draw(each, 20, seed=3)["antigen_positive_fraction"].isel(lesion=0).values for each in (gastric, low))
    ranks = np.corrcoef(before.argsort().argsort(), after.argsort().argsort())[0, 1]
    assert ranks > 0.97 and (after < before).all()  # lesions of a patient move on their own scale, so neighbours may swap


def test_impossible_values_are_refused_together():
    with pytest.raises(sim.ParameterError) as caught:
        recentred(setting_of(PHASE1), {"supression_half": 1.0, "kill_rate": "high", "weight.sd": -1,
                                       "antigen_positive_fraction.sd": 1, "intracranial_fraction": 0.5})  # fmt: skip
    for told in ("intracranial_fraction: 0.5; what hangs on it moves by a factor, and its centre is 0",
                 "supression_half: no such parameter; did you mean 'suppression_half'?", "kill_rate: 'high'", "weight.sd: -1",
                 "antigen_positive_fraction.sd: its spread has no standard deviation"):  # fmt: skip
        assert told in str(caught.value)
    with pytest.raises(sim.ParameterError, match="kill_rate"):
        recentred(setting_of(PHASE1), {"kill_rate": -1.0})


def test_a_failed_patient_is_counted_and_moves_nobody_else():
    table = conducted(GAVO, patients=32)
    worst = table.copy()
    worst.loc[3, "status"] = 2
    one, other = tally(GAVO, table).set_index("endpoint"), tally(GAVO, worst).set_index("endpoint")
    assert one["failed"].sum() == 0 and other.loc["orr", ["failed", "n", "patients"]].tolist() == [1, 31, 32]
    arm = table.loc[3, "trial_arm"]
    others = [key for key in one.index if "[" in key and f"[{arm}]" not in key and "none" not in key]
    assert others and one.loc[others, "estimate"].equals(other.loc[others, "estimate"])


def test_the_eligible_are_those_a_test_lets_in_in_the_order_of_their_numbers():
    trial = sim.trial("gastric_satri_randomised")
    setting = setting_of(trial)
    people = eligible(trial, setting, 20, seed=7)
    everybody = sim.draw(setting, 80, seed=7)
    screened = sim.screen(everybody, trial.eligibility)
    assert sim.roster(people).patients.tolist() == screened.loc[screened["eligible"], "patient"].tolist()[:20]


def test_by_intention_to_treat_all_are_counted_and_the_never_infused_are_as_the_control():
    trial = sim.trial("gastric_satri_randomised")
    short = replace(trial, days=200.0)
    table = conducted(short, patients=24)
    found = tally(short, table).set_index("endpoint")
    counts = table["analysis"].value_counts()
    assert counts["intention-to-treat"] == counts["control"] == 24 > counts["infused only"]
    assert found.loc["infused", "estimate"] == counts["infused only"] / 24
    itt = table[(table["analysis"] == "intention-to-treat") & ~table["infused"]].set_index("patient")
    control = table[table["analysis"] == "control"].set_index("patient").loc[itt.index]
    assert (itt["response"] == control["response"]).all() and (itt["os_day"] == control["os_day"]).all()
    assert table["infusions"].max() == 3  # day 28 and later scans decide on two more
    assert found.loc["hr_pfs", "estimate"] < 1


def test_a_dose_per_kg_is_of_the_typical_weight():
    setting = sim.load("neuroblastoma")
    assert cells_of(3e6, "cell/kg", setting, None) == 3e6 * setting["weight"]
    assert cells_of(1e8, "cell/m2", setting, 1.8) == 1.8e8
