"""Summaries with weights: a patient of weight two counts as two, and equal weights change nothing."""

import numpy as np
import pandas as pd
import pytest

import simsolid as sim
from simsolid.marginals import Marginal
from simsolid.prevalence import Weights
from simsolid.weighted import effective, weighted_median, weighted_quantile, weighted_rate, weighted_survival

MANY = 40
RANDOM = np.random.default_rng(3)
TABLE = pd.DataFrame({
    "patient": range(MANY), "status": 0, "best_response": RANDOM.choice(["PR", "SD", "PD"], MANY),
    "cmax_cells": RANDOM.lognormal(2, 1, MANY), "pfs_day": RANDOM.integers(20, 300, MANY).astype(float),
    "pfs_event": RANDOM.random(MANY) < 0.7,
})  # fmt: skip
EQUAL = Weights(np.arange(MANY), np.full(MANY, 1 / MANY), pd.DataFrame())


def by_measure(summary, name):
    return summary.set_index("measure").loc[name, ["value", "lower", "upper"]].to_numpy(dtype=float)


@pytest.mark.parametrize("name", ["objective_response", "cmax_cells", "pfs"])
def test_equal_weights_give_what_no_weights_give(name):
    plain, same = sim.summarise(TABLE), sim.summarise(TABLE, weights=EQUAL)
    np.testing.assert_allclose(by_measure(same, name), by_measure(plain, name), rtol=1e-9)
    assert by_measure(same, "effective")[0] == pytest.approx(MANY)
    assert "effective" in sim.format_table(same) and "effective" not in sim.format_table(plain)


@pytest.mark.parametrize("name", ["objective_response", "cmax_cells", "pfs"])
def test_a_patient_of_weight_two_counts_as_two(name):
    double = np.where(np.arange(MANY) % 3 == 0, 2, 1)
    weights = Weights(np.arange(MANY), double / double.sum(), pd.DataFrame())
    twice = TABLE.loc[np.repeat(np.arange(MANY), double)].assign(patient=np.arange(double.sum()))
    got, known = (by_measure(sim.summarise(table, weights=w), name)[0] for table, w in ((TABLE, weights), (twice, None)))
    assert got == pytest.approx(known)


def test_intervals_are_those_of_the_effective_number():
    weight = np.concatenate([np.full(10, 5.0), np.full(30, 1.0)])
    many = effective(weight)
    assert many == pytest.approx(80**2 / 280)
    x = np.tile([0.0, 1.0], 20)
    _, lower, upper = weighted_rate(x, weight)
    _, at_lower, at_upper = weighted_rate(x, np.ones(40))
    assert (upper - lower) / (at_upper - at_lower) == pytest.approx(np.sqrt(40 / many), rel=0.1)


def test_medians_hold_their_mean_in_intervals_as_often_as_they_say():
    random = np.random.default_rng(8)
    held = 0
    for _ in range(300):
        weight = random.lognormal(0, 0.7, 60)
        _, lower, upper = weighted_median(random.normal(0, 1, 60), weight)
        held += lower <= 0 <= upper
    assert 0.92 <= held / 300 <= 1.0


def test_nobody_has_no_summary():
    none = np.empty(0)
    assert np.isnan([*weighted_rate(none, none), *weighted_median(none, none), *weighted_survival(none, none, none)]).all()
    assert effective(none) == 0
    assert weighted_quantile(np.array([1.0, 2.0]), np.array([1.0, 3.0]), 0.9) == 2.0


def test_weights_found_in_one_arm_serve_the_summary_of_another():
    weights = sim.weigh(TABLE, {"best_response": Marginal(share=0.6, of="PR")})
    other = pd.concat([TABLE.assign(route=r) for r in ("vein", "artery")])[["route", *TABLE.columns]]
    found = sim.summarise(other, weights=weights)
    rates = found[found["measure"] == "objective_response"]["value"]
    assert rates.tolist() == pytest.approx([0.6, 0.6])
