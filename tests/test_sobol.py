"""Shares of a variance agree with functions whose shares are known, and bear missing answers."""

import numpy as np
import pytest
from scipy.stats import norm

import simsolid as sim
from simsolid.sobol import answers, mixtures, points, shares, strongest

SIDES = {"one": [0], "two": [1], "three": [2]}
G = np.array([0.0, 1.0, 4.5, 9.0, 99.0, 99.0])  # of Sobol's g: the first matters most


def ishigami(at):
    x = np.pi * (2 * at - 1)
    return (np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0]))[:, None]


def ishigami_shares():
    """First-order and total, from its variance in closed form (a = 7, b = 0.1)."""
    own = np.array([0.5 * (1 + 0.1 * np.pi**4 / 5) ** 2, 7**2 / 8, 0.0])
    both = 0.1**2 * np.pi**8 * (1 / 18 - 1 / 50)
    whole = own.sum() + both
    return own / whole, (own + both * np.array([1, 0, 1])) / whole


def sobol_g(at):
    return np.prod((np.abs(4 * at - 2) + G) / (1 + G), axis=1)[:, None]


def g_shares(columns):
    """First-order and total of a group: the product of 1 + V_i over it, less 1, over that of all."""
    grown = 1 + 1 / (3 * (1 + G) ** 2)
    inside, whole = np.prod(grown[columns]), np.prod(grown) - 1
    outside = np.prod(np.delete(grown, columns))
    return (inside - 1) / whole, (whole - (outside - 1)) / whole


def found(function, groups, samples, inputs=3, seed=0):
    design = points(inputs, groups, samples, seed)
    return shares(answers(function, design), list(design.groups), seed)


def test_shares_of_the_ishigami_function_are_the_known_ones():
    first, total = ishigami_shares()
    got = found(ishigami, SIDES, 4096)
    np.testing.assert_allclose(got.first[0, :, 0], first, atol=0.015)
    np.testing.assert_allclose(got.total[0, :, 0], total, atol=0.015)
    assert got.pairs.tolist() == [[4096] * 3]


@pytest.mark.parametrize("samples", [64, 256])
def test_intervals_hold_the_known_shares_about_as_often_as_they_say(samples):
    first, total = ishigami_shares()
    inside = [((got.first[0, :, 1] <= first) & (first <= got.first[0, :, 2])).tolist()
              + ((got.total[0, :, 1] <= total) & (total <= got.total[0, :, 2])).tolist()
              for got in (found(ishigami, SIDES, samples, seed=seed) for seed in range(20))]  # fmt: skip
    assert 0.85 < np.mean(inside) <= 1.0


def test_shares_of_groups_of_the_g_function_are_the_known_ones():
    groups = {"strong": [0, 3], "middle": [1, 2], "weak": [4, 5]}
    got = found(sobol_g, groups, 4096, inputs=6)
    known = np.array([g_shares(columns) for columns in groups.values()]).T
    np.testing.assert_allclose(got.first[0, :, 0], known[0], atol=0.02)
    np.testing.assert_allclose(got.total[0, :, 0], known[1], atol=0.02)


def test_of_a_sum_alone_and_together_agree_and_an_output_without_variance_or_values_has_no_shares():
    def function(at):
        return np.stack([at @ [3.0, 2.0, 1.0], np.full(len(at), 5.0), np.full(len(at), np.nan)], axis=1)

    got = found(function, SIDES, 1024)
    for kind in (got.first, got.total):
        np.testing.assert_allclose(kind[0, :, 0], [9 / 14, 4 / 14, 1 / 14], atol=0.02)
    assert np.isnan(got.first[1:, :, 0]).all() and np.isnan(got.total[1:, :, 0]).all()


def test_missing_answers_are_left_out_in_pairs_and_change_little():
    def gappy(at):
        lost = np.random.default_rng(1).random(len(at)) < 0.1
        return np.where(lost[:, None], np.nan, ishigami(at))

    first, total = ishigami_shares()
    got = found(gappy, SIDES, 2048)
    assert (got.pairs < 0.85 * 2048).all() and (got.pairs > 0.75 * 2048).all()
    np.testing.assert_allclose(got.first[0, :, 0], first, atol=0.05)
    np.testing.assert_allclose(got.total[0, :, 0], total, atol=0.05)


def test_too_many_missing_answers_are_refused():
    def failing(at):
        return np.where(at[:, :1] < 0.4, np.nan, 1.0)

    with pytest.raises(sim.SolveError, match=r"\d+ of 80 runs \(\d\d %\) gave no answer, more than the 20 %"):
        found(failing, SIDES, 16)


def test_same_seed_same_shares_and_another_seed_others():
    one, again, other = (found(ishigami, SIDES, 64, seed=seed).total for seed in (1, 1, 2))
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)


def test_with_a_known_variance_a_share_cannot_be_below_zero():
    design = points(3, SIDES, 8, 3)
    got = shares(answers(ishigami, design), list(SIDES), variance=np.array([13.84]))
    assert (got.total[..., :2] >= 0).all()
    assert got.variance.tolist() == [13.84]


def test_the_inputs_that_matter_are_picked_from_many_with_few_rows_even_if_they_only_act_together():
    weights = {3: 4.0, 40: 3.0, 77: 3.0}

    def function(at):
        alone = sum(weight * at[:, i] for i, weight in weights.items())
        lost = np.random.default_rng(2).random(len(at)) < 0.05
        return np.stack([np.where(lost, np.nan, alone + 20 * (at[:, 9] - 0.5) * (at[:, 99] - 0.5)), np.ones(len(at))], axis=1)

    design = points(120, {}, 16, 4)
    mixed = mixtures(function, design, [[i] for i in range(120)], slice(0, 8))
    assert set(strongest(function(design.a[:8]), mixed, np.array([1.0, np.nan]), 5)) == {*weights, 9, 99}


@pytest.mark.parametrize("samples", [0, 100, 4, 64.0])
def test_rows_are_a_power_of_two(samples):
    with pytest.raises(sim.ParameterError, match="must be a power of two of at least 8"):
        points(3, SIDES, samples)


def test_an_input_in_two_groups_is_refused():
    with pytest.raises(sim.ParameterError, match="stands in two"):
        points(3, {"a": [0, 1], "b": [1]}, 8)


def test_the_mean_over_outputs_has_an_interval_of_its_own_and_passes_over_what_does_not_vary():
    def three(at):
        return np.column_stack([ishigami(at), at @ [1.0, 0.2, 0.0], np.ones(len(at))])

    seen = found(three, SIDES, 256)
    assert np.isnan(seen.total[2]).all()
    assert np.allclose(seen.over_outputs[:, 0], seen.total[:2, :, 0].mean(axis=0))
    low, high = seen.over_outputs[:, 1], seen.over_outputs[:, 2]
    assert (low < seen.over_outputs[:, 0]).all() and (high > seen.over_outputs[:, 0]).all()
    # of two outputs whose errors are not quite the same the mean is better known than the worse of them
    assert (high - low <= (seen.total[:2, :, 2] - seen.total[:2, :, 1]).max(axis=0)).all()
    assert np.isnan(found(lambda at: np.ones((len(at), 2)), SIDES, 16).over_outputs[:, 0]).all()


def test_a_few_extreme_answers_do_not_spoil_the_share_of_what_matters_most():
    """A product of log-normal numbers, whose shares are known: most of its variance is in few rows, as with rare responders."""
    weights = np.array([2.0, 1.2, 0.5])
    grown = np.exp(weights**2)
    whole = grown.prod() - 1
    first, total = (grown[0] - 1) / whole, 1 - (grown[1:].prod() - 1) / whole
    told = [found(lambda at: np.exp(norm.ppf(at) @ weights)[:, None], SIDES, 128, seed=seed) for seed in range(40)]
    seen = np.array([[each.total[0, 0], each.first[0, 0]] for each in told])
    errors = seen[:, :, 0] - [total, first]
    assert np.sqrt((errors**2).mean(axis=0)) == pytest.approx([0.1, 0.25], abs=0.1)
    held = (seen[:, :, 1] <= [total, first]) & ([total, first] <= seen[:, :, 2])
    assert held.mean(axis=0).min() > 0.75
