"""Weights match what was observed with the least change, and say when they cannot; who is accepted needs none."""

import logging

import numpy as np
import pandas as pd
import pytest

import simsolid as sim
from simsolid.marginals import Marginal
from simsolid.prevalence import accept, features, weigh
from tests.people import setting

PEOPLE = sim.draw(sim.load("gastric"), patients=600, seed=7)
DRAWN = features(PEOPLE)


def normal(many=4001, mean=0.0, sd=1.0):
    """Equally likely values of a normal distribution, evenly by rank."""
    from scipy.special import ndtri

    return pd.DataFrame({"patient": range(many), "x": mean + sd * ndtri((np.arange(many) + 0.5) / many)})


def test_another_mean_of_a_normal_is_an_exponential_tilt():
    table = normal()
    found = weigh(table, {"x": Marginal(mean=0.7)})
    tilt = np.exp(0.7 * table["x"])
    np.testing.assert_allclose(found.share, tilt / tilt.sum(), rtol=2e-2)
    assert found.effective / len(table) == pytest.approx(np.exp(-(0.7**2)), rel=0.01)  # of a shift d of a normal
    assert found.targets[["before", "after", "observed"]].to_numpy()[0] == pytest.approx([0.0, 0.7, 0.7], abs=1e-6)


def test_another_mean_and_spread_of_a_normal_is_that_normal():
    table = normal()
    found = weigh(table, {"x": Marginal(mean=0.5, sd=0.6)})
    x = table["x"].to_numpy()
    ratio = np.exp(-0.5 * ((x - 0.5) / 0.6) ** 2 + 0.5 * x**2)
    np.testing.assert_allclose(found.share, ratio / ratio.sum(), rtol=1e-2, atol=1e-9)


def test_a_log_normal_target_is_met_on_the_log_scale():
    table = normal(mean=1.0, sd=0.9).assign(x=lambda t: np.exp(t["x"]))
    found = weigh(table, {"x": Marginal(median=4.0, sd_log=0.65)})
    log = np.log(table["x"].to_numpy())
    assert found.share @ log == pytest.approx(np.log(4.0), abs=1e-6)
    assert np.sqrt(found.share @ (log - np.log(4.0)) ** 2) == pytest.approx(0.65, abs=1e-6)


def test_of_a_share_those_who_are_alike_weigh_alike():
    table = pd.DataFrame({"patient": range(10), "best_response": ["PR"] * 2 + ["SD"] * 3 + ["PD"] * 5})
    found = weigh(table, {"best_response": Marginal(share=0.57, of=("CR", "PR"))})
    np.testing.assert_allclose(found.share, [0.57 / 2] * 2 + [0.43 / 8] * 8)
    assert "best_response, share of CR, PR: 0.2 before, 0.57 after, 0.57 observed" in str(found)
    assert found.effective == pytest.approx(1 / (2 * (0.57 / 2) ** 2 + 8 * (0.43 / 8) ** 2))


def test_quantiles_and_a_median_cut_the_patients_in_the_shares_observed():
    table = normal(401)
    found = weigh(table, {"x": Marginal(median=0.3, quantiles={0.1: -0.8, 0.9: 1.1})})
    x = table["x"].to_numpy()
    assert [found.share[x <= cut].sum() for cut in (-0.8, 0.3, 1.1)] == pytest.approx([0.1, 0.5, 0.9], abs=1e-6)
    inside = found.share[(x > -0.8) & (x <= 0.3)]
    assert np.ptp(inside) < 1e-12  # nothing was observed within, so nobody there is favoured


def test_several_targets_are_met_at_once_and_the_weights_are_those_of_the_largest_entropy():
    found = weigh(DRAWN, {"at_peritoneum": Marginal(share=0.62), "weight": Marginal(mean=63.0, sd=11.0)})
    np.testing.assert_allclose(found.targets["after"], found.targets["observed"], rtol=1e-5)
    here = DRAWN["at_peritoneum"].to_numpy()
    basis = np.stack([np.ones(len(here)), here, DRAWN["weight"], DRAWN["weight"] ** 2], axis=1).astype(float)
    log = np.log(found.share)
    left = log - basis @ np.linalg.lstsq(basis, log, rcond=None)[0]
    assert np.abs(left).max() < 1e-6 * np.ptp(log)  # the logarithm of such weights is made of the conditions alone
    assert 0 < found.effective < 600


def test_without_a_change_all_weigh_the_same():
    found = weigh(DRAWN, {"weight": Marginal(mean=float(DRAWN["weight"].mean()))})
    np.testing.assert_allclose(found.share, 1 / 600)
    assert found.effective == pytest.approx(600)


def test_a_target_observed_in_few_patients_is_met_less_closely_the_fewer_they_are():
    table = normal()
    got = [weigh(table, {"x": Marginal(mean=0.5, n=n)}).targets["after"][0] for n in (2, 20, 2000)]
    np.testing.assert_allclose(got, [0.5 * n / (n + 1) for n in (2, 20, 2000)], rtol=1e-3)  # a normal prior of variance 1/n


def test_who_has_no_value_does_not_count_and_who_failed_has_no_weight():
    table = normal(99).assign(status=0)
    table.loc[:4, "status"] = 2
    table.loc[50:60, "x"] = np.nan
    found = weigh(table, {"x": Marginal(mean=0.4)})
    assert len(found.share) == 94 and set(found.patients) == set(range(5, 99))
    known = np.isfinite(table["x"].to_numpy()[5:])
    assert np.average(table["x"].to_numpy()[5:][known], weights=found.share[known]) == pytest.approx(0.4, abs=1e-6)
    assert found.of([0, 50]).tolist()[0] == 0 and found.of([0, 50])[1] > 0


@pytest.mark.parametrize("targets, said", [
    ({"x": Marginal(mean=9.0)}, r"x, mean: 9 was observed, but these patients give -2\.\d+ to 2\.\d+ at most; draw"),
    ({"x": Marginal(share=0.9, at_least=1.0, quantiles={0.5: 0.0})}, "each target can be reached, but not all together"),
    ({"x": Marginal(mean=3.2, n=400)}, "these targets cannot be reached: x, mean: 3.2 was observed"),
    ({"x": Marginal(mean=2.8)}, r"lie so far out that 201 patients would weigh as much as 1\.\d; draw more patients"),
    ({"y": Marginal(mean=1.0)}, "no column 'y'"),
    ({"x": 3.0}, r"x: float; give sim.Marginal"),
    ({}, "no targets"),
])  # fmt: skip
def test_what_these_patients_cannot_give_is_refused(targets, said):
    with pytest.raises(sim.ParameterError, match=said):
        weigh(normal(201), targets)


@pytest.mark.parametrize("given, said", [
    ({}, "says nothing"), ({"sd": 2.0}, "must be above 0 and come with the mean"), ({"share": 57.0}, "not in per cent"),
    ({"median": -1.0, "sd_log": 0.5}, "must be above 0 on a log scale"), ({"of": ("PR",)}, "say which share they are"),
    ({"quantiles": {0.5: 3.0, 0.9: 1.0}}, "fall as their share rises"), ({"quantiles": {50: 3.0}}, "between 0 and 1"),
    ({"mean": float("nan")}, "must be a finite number"), ({"mean": 1.0, "n": 0}, "must be at least 1"),
])  # fmt: skip
def test_an_observation_that_cannot_be_is_refused(given, said):
    with pytest.raises(sim.ParameterError, match=said):
        Marginal(**given)


def test_words_are_no_numbers_and_several_arms_are_refused():
    table = pd.DataFrame({"patient": range(2), "best_response": ["PR", "SD"]})
    with pytest.raises(sim.ParameterError, match="holds words, not numbers"):
        weigh(table, {"best_response": Marginal(mean=1.0)})
    table.insert(0, "route", ["vein", "artery"])
    with pytest.raises(sim.ParameterError, match="several rows over route; weights belong to patients"):
        weigh(table, {"best_response": Marginal(share=0.5, of="PR")})


def test_far_targets_are_met_with_a_warning(caplog):
    with caplog.at_level(logging.WARNING):
        found = weigh(normal(501), {"x": Marginal(mean=2.2)})
    assert found.effective < 50
    assert "501 patients weigh as much as" in caplog.text


def test_features_are_what_was_drawn():
    who = sim.roster(PEOPLE)
    assert DRAWN["weight"].tolist() == PEOPLE["weight"].values.tolist()
    assert DRAWN["at_peritoneum"].tolist() == (who.sites[:, :5] == "peritoneum").any(axis=1).tolist()
    assert (DRAWN["burden_volume"] <= float(PEOPLE["burden_high_volume"])).all()
    one = sim.draw(setting(), patients=5, seed=1)
    np.testing.assert_allclose(features(one)["sum_diameter"], one["diameter_start"].values[:, 0])


def test_who_is_accepted_matches_the_target_unweighted_and_is_the_same_person_in_any_crowd():
    found = weigh(DRAWN, {"at_peritoneum": Marginal(share=0.8), "weight": Marginal(mean=64.0)})
    some = accept(PEOPLE, found, seed=1)
    kept = sim.roster(some).patients
    got = features(some)
    expected = found.share.sum() / found.share.max()
    assert len(kept) == pytest.approx(expected, abs=4 * np.sqrt(expected))
    assert got["at_peritoneum"].mean() == pytest.approx(0.8, abs=4 * np.sqrt(0.16 / len(kept)))
    assert got["weight"].mean() == pytest.approx(64.0, abs=4 * got["weight"].std() / np.sqrt(len(kept)))
    assert some["weight"].values.tolist() == PEOPLE["weight"].sel(patient=kept).values.tolist()
    assert sim.roster(accept(PEOPLE, found, seed=1)).patients.tolist() == kept.tolist() != \
        sim.roster(accept(PEOPLE, found, seed=2)).patients.tolist()  # fmt: skip


def test_accepting_whom_nobody_weighed_is_refused():
    found = weigh(DRAWN, {"weight": Marginal(mean=64.0)})
    with pytest.raises(sim.ParameterError, match="are not among the 50 drawn"):
        accept(sim.draw(sim.load("gastric"), patients=50, seed=7), found)
    with pytest.raises(sim.ParameterError, match="ndarray holds no weights"):
        accept(PEOPLE, found.share)


def test_outputs_and_drawn_features_are_weighed_together_and_the_accepted_can_be_simulated():
    people = sim.draw(setting(), patients=60, seed=3)
    table = sim.assess(sim.observe(sim.simulate(people, sim.Regimen.single(3e8), days=28, progress=False)))
    aim = float(np.log(table["cmax_cells"]).mean())
    found = weigh(table, {"cmax_cells": Marginal(median=1.3 * np.exp(aim), sd_log=1.0), "weight": Marginal(mean=64.0)}, people)
    np.testing.assert_allclose(found.targets["after"], found.targets["observed"], atol=1e-4)
    some = accept(people, found, seed=1)
    run = sim.simulate(some, sim.Regimen.single(3e8), days=2, progress=False)
    assert (run["status"] == 0).all() and run.sizes["patient"] < 60


def test_a_reported_trial_gives_targets_as_sure_as_its_size():
    targets = sim.reported(sim.trial("gastric_satri_phase1"))
    [response, control] = targets["best_response"]
    assert (response.share, response.of, response.n) == (16 / 28, ("CR", "PR"), 28)
    assert set(control.of) == {"CR", "PR", "SD"}
    assert {each.at_least: each.share for each in targets["crs_grade"]} == {1: 35 / 37, 3: 0.0}
    assert "os_day" not in targets
    with pytest.raises(sim.ParameterError, match="'os_at' of gastric_satri_phase1 is no share or median of one column"):
        sim.reported(sim.trial("gastric_satri_phase1"), ["os_at"])


def test_a_confirmed_response_and_a_median_with_its_spread_are_read_as_the_trial_says():
    from dataclasses import replace

    from simsolid.trials.design import Observed

    trial = sim.trial("gastric_satri_phase1")
    seen = (Observed(name="orr", use="fit", value=0.4, n=10),
            Observed(name="cmax_copies", use="fit", value=5000.0, log_sd=0.65, n=30),
            Observed(name="tmax", use="fit", value=9.0, lower=7.0, upper=12.0, interval="quartiles", n=20))  # fmt: skip
    targets = sim.reported(replace(trial, confirmed=True, endpoints=seen))
    assert targets == {
        "confirmed_response": [Marginal(share=0.4, of=("CR", "PR"), n=10)],
        "cmax_copies": [Marginal(median=5000.0, sd_log=0.65, n=30)],
        "tmax": [Marginal(median=9.0, quantiles={0.25: 7.0, 0.75: 12.0}, n=20)],
    }


def test_several_observations_of_one_column_are_met_together():
    grades = pd.DataFrame({"patient": range(60), "crs_grade": np.tile([0, 1, 2, 3], 15)})
    found = weigh(grades, {"crs_grade": [Marginal(share=0.9, at_least=1), Marginal(share=0.2, at_least=3)]})
    assert found.share[grades["crs_grade"] >= 3].sum() == pytest.approx(0.2)
    assert found.share[grades["crs_grade"] == 0].sum() == pytest.approx(0.1)
