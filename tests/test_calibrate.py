"""Calibration of any problem: it finds what is true as often as it says, goes on where it was killed, and owns up to doubt."""

import json
import os
import signal
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from simsolid.calibrate import Count, Effort, Measure, Prior, Problem, Statistic, Store, fit
from simsolid.calibrate.design import filling, seeds_of, simulated
from simsolid.calibrate.diagnostics import correlations, parameters, targets
from simsolid.calibrate.store import code_digest, key_of
from simsolid.errors import ParameterError

# A cohort in a few lines: patients differ in how well they are killed and how fast they grow; the trial counts responders and
# reports the median time to progression. Both parameters move both statistics.
PRIORS = (Prior("kill", 0.5, 10.0, "log"), Prior("growth", 0.01, 0.1, "log"))
SIMULATED, ENROLLED = 200, 60
SMALL = Effort(design=24, refine=8, waves=1, draws=400, predictive=4, chain=15)


def _patients(values, seed, number):
    rng = np.random.default_rng(seed)
    kill = values["kill"] * np.exp(rng.normal(0.0, 0.8, number))
    growth = values["growth"] * np.exp(rng.normal(0.0, 0.4, number))
    return kill > 4.0 * np.sqrt(growth / 0.03), np.log(1.73) / growth * (1.0 + kill / 4.0)


def _simulate(values, seed):
    responds, time = _patients(values, seed, SIMULATED)
    error = 1.2533 * np.log(time).std() / np.sqrt(SIMULATED) * np.median(time)
    return {"response": Statistic(responds.mean(), SIMULATED), "time": Statistic(np.median(time), SIMULATED, error)}


def _trial(truth, seed):
    """What a small trial would report where this is true: a count, and a median with its 95 % interval by order statistics."""
    responds, time = _patients(truth, seed, ENROLLED)
    half = 1.96 * np.sqrt(ENROLLED) / 2
    low, high = np.sort(time)[[int(ENROLLED / 2 - half), int(ENROLLED / 2 + half)]]
    return Count("response", int(responds.sum()), ENROLLED), Measure("time", float(np.median(time)), low, high)


def _tiny(truth=None, seed=1, simulate=_simulate, identity="tiny"):
    return Problem("tiny", PRIORS, _trial(truth or {"kill": 3.0, "growth": 0.03}, seed), simulate, identity)


@pytest.fixture(scope="module")
def found():
    return fit(_tiny(), seed=3, effort=Effort(design=32, refine=16, waves=1, draws=1000, predictive=32), progress=False)


@pytest.mark.slow
def test_intervals_hold_the_truth_as_often_as_they_say_and_are_not_merely_wide():
    inside, width = [], []
    for turn in range(40):
        shares = np.random.default_rng((2026, turn)).random(2)
        truth = {prior.name: float(prior.from_unit(share)) for prior, share in zip(PRIORS, shares, strict=True)}
        found = fit(_tiny(truth, (7, turn)), seed=turn, effort=SMALL, progress=False)
        low, high = np.quantile(found.draws, [0.05, 0.95], axis=0)
        inside.append([low[k] <= truth[prior.name] <= high[k] for k, prior in enumerate(PRIORS)])
        width.append([prior.to_unit(high[k]) - prior.to_unit(low[k]) for k, prior in enumerate(PRIORS)])
    assert 0.80 <= np.mean(inside) <= 0.97
    # Intervals of the prior would hold the truth as often, as it is drawn from there, but they are 0.9 of the range wide.
    assert (np.mean(width, axis=0) < 0.35).all()


def test_posterior_narrows_around_what_is_true(found):
    told = parameters(found).set_index("parameter")
    assert (told["low"] < [3.0, 0.03]).all() and (told["high"] > [3.0, 0.03]).all()
    assert (told["narrowed"] > 0.3).all() and told["informed"].all() and not told["crowded"].any()
    assert found.posterior.converged and found.posterior.effective > 500


def test_prediction_after_the_fit_holds_the_observation_and_is_narrower_than_before(found):
    told = targets(found)
    assert told["inside"].all()
    assert (told["fit_high"] - told["fit_low"] < 0.8 * (told["prior_high"] - told["prior_low"])).all()


def test_stand_in_errs_by_little_more_than_monte_carlo_noise_and_says_so(found):
    told = targets(found)
    assert (told["left_out"] < 2.0 * told["noise"]).all() and (told["within_2"] > 0.85).all()


def test_stand_in_says_when_it_cannot_follow_a_statistic():
    def wild(values, seed):
        return {"response": Statistic(0.5 + 0.5 * np.sin(40.0 * np.log(values["kill"])), SIMULATED)}

    problem = Problem("wild", PRIORS[:1], (Count("response", 10, 20),), wild, "wild")
    told = targets(fit(problem, seed=1, effort=SMALL, progress=False))
    assert told["left_out"].item() > 4.0 * told["noise"].item()


def test_parameter_that_no_target_sees_is_named_as_not_informed():
    priors = (*PRIORS, Prior("idle", 1.0, 9.0, "linear"))
    problem = Problem("idle", priors, _trial({"kill": 3.0, "growth": 0.03}, 1), _simulate, "idle")
    told = parameters(fit(problem, seed=2, effort=Effort(32, 8, 1, 2000, 2, chain=15), progress=False)).set_index("parameter")
    assert told["informed"].tolist() == [True, True, False]
    assert abs(told.loc["idle", "narrowed"]) < 0.2


def test_prior_that_is_too_narrow_is_called_crowded():
    priors = (Prior("kill", 0.5, 1.0, "log"), PRIORS[1])
    problem = Problem("narrow", priors, _trial({"kill": 4.0, "growth": 0.03}, 1), _simulate, "narrow")
    told = parameters(fit(problem, seed=2, effort=SMALL, progress=False)).set_index("parameter")
    assert told["crowded"].tolist() == [True, False]


def test_two_parameters_that_only_act_as_a_product_are_correlated():
    def product(values, seed):
        mean = values["kill"] * values["growth"]
        return {"time": Statistic(mean, SIMULATED, 0.02 * mean)}

    problem = Problem("product", PRIORS, (Measure("time", 0.1, 0.09, 0.11),), product, "product")
    assert correlations(fit(problem, seed=2, effort=SMALL, progress=False)).iloc[0, 1] < -0.9


def test_discrepancy_widens_the_posterior(found):
    count, measure = _trial({"kill": 3.0, "growth": 0.03}, 1)
    loose = (Count("response", count.events, count.n, discrepancy=0.3), measure)
    wider = fit(Problem("tiny", PRIORS, loose, _simulate, "tiny"), seed=3, effort=found.effort, progress=False)
    assert np.log(wider.draws[:, 0]).std() > 1.3 * np.log(found.draws[:, 0]).std()


def test_later_points_lie_where_the_posterior_is_and_are_learned_from(found):
    first, later = found.points.shares[: found.effort.design], found.points.shares[found.effort.design :]
    assert len(later) == found.effort.refine and (later.std(axis=0) < 0.6 * first.std(axis=0)).all()
    assert all(len(stand_in.points) == len(found.points) for stand_in in found.surrogates.values())


def test_same_seed_same_answer_whoever_simulates(found):
    with ThreadPoolExecutor(3) as pool:
        again = fit(_tiny(), seed=3, effort=found.effort, executor=pool, progress=False)
    assert np.array_equal(again.draws, found.draws)
    assert not np.array_equal(fit(_tiny(), seed=4, effort=SMALL, progress=False).draws[:8], found.draws[:8])


def test_nothing_is_simulated_twice(tmp_path):
    asked = []

    def counting(values, seed):
        asked.append(seed)
        return _simulate(values, seed)

    store = Store(tmp_path)
    first = fit(_tiny(simulate=counting), seed=5, effort=SMALL, store=store, progress=False)
    assert len(asked) == SMALL.design + SMALL.refine + SMALL.predictive == len(set(asked))
    again = fit(_tiny(simulate=counting), seed=5, effort=SMALL, store=store, progress=False)
    assert len(asked) == len(set(asked)) and np.array_equal(first.draws, again.draws)
    fit(_tiny(simulate=counting, identity="other files"), seed=5, effort=SMALL, store=store, progress=False)
    assert len(asked) == 2 * len(set(asked))


KILLED = """
    import os, signal, sys
    sys.path.insert(0, {tests!r})
    from test_calibrate import _simulate, _tiny, SMALL
    from simsolid.calibrate import Store, fit
    done = []

    def dies(values, seed):
        if len(done) == 10:
            os.kill(os.getpid(), signal.SIGKILL)
        done.append(seed)
        return _simulate(values, seed)

    fit(_tiny(simulate=dies), seed=5, effort=SMALL, store=Store({folder!r}), progress=False)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL here")
def test_killed_run_goes_on_where_it_was(tmp_path):
    code = textwrap.dedent(KILLED).format(tests=os.path.dirname(__file__), folder=str(tmp_path))
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    finished = len(list(tmp_path.glob("*.json")))
    asked = []

    def counting(values, seed):
        asked.append(seed)
        return _simulate(values, seed)

    resumed = fit(_tiny(simulate=counting), seed=5, effort=SMALL, store=Store(tmp_path), progress=False)
    assert finished == 10 and len(asked) == SMALL.design + SMALL.refine + SMALL.predictive - finished
    assert np.array_equal(resumed.draws, fit(_tiny(), seed=5, effort=SMALL, progress=False).draws)


def test_half_a_file_is_refused_by_name_and_never_left_behind(tmp_path):
    store, key = Store(tmp_path), key_of("a", {"x": 1.0}, 1)
    store.put(key, {"x": 1.0}, 1, {"s": Statistic(0.5, 10)})
    assert [path.name for path in tmp_path.iterdir()] == [f"{key}.json"]
    kept = store.get(key)["s"]
    assert (kept.estimate, kept.n) == (0.5, 10) and np.isnan(kept.standard_error)
    (tmp_path / f"{key}.json").write_text('{"statistics": {"s"')
    with pytest.raises(ParameterError, match=f"{key}.json: not a finished simulation of ours"):
        store.get(key)


def test_store_tells_apart_code_values_and_seeds():
    assert len({key_of(i, {"x": x}, s) for i in "ab" for x in (1.0, np.nextafter(1.0, 2.0)) for s in (1, 2)}) == 8
    assert len(code_digest()) == 64


def test_points_fill_every_range_evenly_and_each_has_a_cohort_of_its_own():
    points = filling(3, 64, seed=1)
    assert all(np.histogram(points[:, k], bins=8, range=(0, 1))[0].tolist() == [8] * 8 for k in range(3))
    seeds = [seed for wave in range(3) for seed in seeds_of(1, wave, 64)]
    assert len(set(seeds)) == len(seeds)


def test_statistic_that_some_points_lack_is_counted_and_one_that_most_lack_is_refused():
    def some(values, seed, least):
        known = _simulate(values, seed)
        return known | ({"time": Statistic(np.inf, SIMULATED, np.nan)} if values["growth"] < least else {})

    told = targets(fit(_tiny(simulate=lambda v, s: some(v, s, 0.012)), seed=1, effort=SMALL, progress=False)).set_index("target")
    assert told.loc["time", "unknown"] > 0 == told.loc["response", "unknown"]
    with pytest.raises(ParameterError, match=r"time: only .* points have this statistic; drop the target"):
        fit(_tiny(simulate=lambda v, s: some(v, s, 0.09)), seed=1, effort=SMALL, progress=False)


@pytest.mark.parametrize("scale, low, high", [("log", 0.01, 9.0), ("logit", 0.1, 0.9), ("linear", -1.0, 1.0)])
def test_prior_is_flat_between_its_ends_on_its_scale(scale, low, high):
    prior = Prior("x", low, high, scale)
    shares = np.linspace(0.0, 1.0, 7)
    assert np.allclose(prior.from_unit([0.0, 1.0]), [low, high])
    assert np.allclose(prior.to_unit(prior.from_unit(shares)), shares)


@pytest.mark.parametrize("make, said", [
    (lambda: Prior("x", 0.0, 1.0, "log"), "reaches beyond a log scale"),
    (lambda: Prior("x", 0.0, 1.0, "logit"), "reaches beyond a logit scale"),
    (lambda: Prior("x", 2.0, 1.0), "must run from a lower to a higher number"),
    (lambda: Prior("x", 1.0, float("nan")), "must run from a lower to a higher number"),
    (lambda: Prior("x", 1.0, 2.0, "lgo"), "did you mean 'log'"),
    (lambda: Count("orr", 5, 4), "must be a count"),
    (lambda: Measure("pfs", 9.0, 1.0, 2.0), "outside its interval"),
    (lambda: Problem("p", (), _trial({"kill": 3.0, "growth": 0.03}, 1), _simulate, ""), "no parameter to fit"),
    (lambda: Problem("p", (*PRIORS, PRIORS[0]), (), _simulate, ""), "kill stands twice"),
])  # fmt: skip
def test_bad_problem_is_refused(make, said):
    with pytest.raises(ParameterError, match=said):
        make()


def test_count_is_compared_by_the_binomial_and_a_measure_by_its_interval():
    from scipy.stats import binom, norm

    count, sure = Count("orr", 3, 20), np.zeros(1)
    at = np.arcsin(np.sqrt(np.array([0.2])))
    assert count.log_likelihood(at, sure) == pytest.approx(binom.logpmf(3, 20, 0.2))
    measure = Measure("pfs", 50.0, 40.0, 62.5)
    sd = np.log(62.5 / 40.0) / 2 / 1.959964
    assert measure.log_likelihood(np.log([45.0]), sure) == pytest.approx(norm.logpdf(np.log(50.0 / 45.0), 0.0, sd))
    doubtful = measure.log_likelihood(np.log([45.0]), np.array([0.2]))
    assert doubtful == pytest.approx(norm.logpdf(np.log(50.0 / 45.0), 0.0, np.hypot(sd, 0.2)))


def test_simulated_share_has_the_monte_carlo_error_that_repeats_show():
    rng, target = np.random.default_rng(1), Count("orr", 3, 20)
    for share in (0.1, 0.5, 0.9):
        seen = [target.on_scale(Statistic(rng.binomial(150, share) / 150, 150)) for _ in range(2000)]
        assert np.std([number for number, _ in seen]) == pytest.approx(np.sqrt(seen[0][1]), rel=0.08)
        assert target.back(np.mean([number for number, _ in seen])) == pytest.approx(share, abs=0.01)


def test_progress_counts_points(tmp_path):
    ticks = []
    simulated(_tiny(), filling(2, 8, 1), seeds_of(1, 0, 8), Store(tmp_path), progress=ticks.append)
    assert sum(ticks) == 8
    one = json.loads(next(tmp_path.glob("*.json")).read_text())
    assert set(one) == {"values", "seed", "statistics"} and set(one["values"]) == {"kill", "growth"}
