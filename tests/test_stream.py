"""A cohort streamed in blocks is summarised as one run of all would be."""

import numpy as np
import pytest

import simsolid as sim
from simsolid.stream import RESOLUTION, Running

SETTING, PLAN = sim.load("gastric"), sim.Regimen.single(2.5e8)
HOW = {"days": 30, "times": [0, 10, 30], "observables": ["il6", "viable_volume"], "progress": False}


@pytest.fixture(scope="module")
def at_once():
    return sim.simulate(sim.draw(SETTING, patients=40, seed=7), PLAN, **HOW)


@pytest.mark.parametrize("size", [40, 7])
def test_summaries_are_those_of_all_patients_at_once(at_once, size):
    found = sim.stream(SETTING, PLAN, 40, seed=7, size=size, **HOW)
    for name in ("il6", "viable_volume"):
        for statistic, kind in (("mean", "mean"), ("smallest", "min"), ("largest", "max")):
            told = found[name].sel(statistic=statistic)
            np.testing.assert_allclose(told, getattr(at_once[name], kind)("patient").transpose(*told.dims), rtol=1e-12)
        told = found[name].sel(statistic="sd")
        np.testing.assert_allclose(told, at_once[name].std("patient", ddof=1).transpose(*told.dims), rtol=1e-9, atol=1e-12)
    assert int(found["finished"]) == 40 and int(found["failed"]) == 0 and found.attrs["patients"] == 40


def test_quantiles_are_right_to_within_a_bin(at_once):
    found = sim.stream(SETTING, PLAN, 40, seed=7, size=11, quantiles=(0.05, 0.5, 0.95), **HOW)["il6"]
    for q in (0.05, 0.5, 0.95):
        exact = np.quantile(at_once["il6"], q, axis=0, method="inverted_cdf")
        np.testing.assert_allclose(found.sel(statistic=f"q{q:g}"), exact, rtol=RESOLUTION)


def test_quantiles_of_any_sign_and_of_zero():
    values = np.concatenate([-np.geomspace(1e-3, 1e6, 40), np.zeros(20), np.geomspace(1e-5, 1e9, 41)])
    running = Running((0.1, 0.5, 0.9))
    for part in np.array_split(np.random.default_rng(1).permutation(values), 5):
        running.add(part[:, None])
    for q in (0.1, 0.5, 0.9):
        assert running.quantile(q)[0] == pytest.approx(np.quantile(values, q, method="inverted_cdf"), rel=RESOLUTION)


def test_blocks_hold_the_patients_of_one_cohort(at_once):
    parts = [run["il6"] for run in sim.blocks(SETTING, PLAN, patients=40, seed=7, size=16, **HOW)]
    assert np.array_equal(np.concatenate([part.values for part in parts]), at_once["il6"].values)
    assert np.concatenate([part.patient.values for part in parts]).tolist() == list(range(40))


def test_an_interruption_ends_the_stream_with_what_is_finished():
    counted = []

    def tick(count):
        counted.append(count)
        if sum(counted) > 20:
            raise KeyboardInterrupt

    found = sim.stream(SETTING, PLAN, 40, seed=7, size=10, **HOW | {"progress": tick})
    assert found.attrs["patients"] == int(found["finished"]) and 20 <= found.attrs["patients"] < 40


@pytest.mark.parametrize(("wrong", "told"), [
    ({"patients": 0}, "patients"), ({"patients": 4, "size": 0}, "size"),
    ({"patients": 4, "quantiles": (0.5, 2)}, "each must be from 0 to 1"),
    ({"patients": 4, "observables": None, "times": np.arange(0, 30, 0.02)}, "GB; keep fewer"),
])  # fmt: skip
def test_impossible_streams_are_refused(wrong, told):
    with pytest.raises(sim.ParameterError, match=told):
        sim.stream(SETTING, PLAN, **HOW | wrong)
