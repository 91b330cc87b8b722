"""Rate laws: known values, limits, and the same on numbers, arrays and symbols."""

import numpy as np
import pytest

from simsolid import terms
from simsolid.trace import trace

GRID = np.array([0.0, 0.3, 0.5, 0.7, 1.0, 1.3, 2.0, 7.0, 1e9])


def test_saturating_runs_from_nothing_over_one_half_to_all():
    assert terms.saturating(0.0, 3.7) == 0
    assert terms.saturating(3.7, 3.7) == 0.5
    assert terms.saturating(1e12, 3.7) == pytest.approx(1)


@pytest.mark.parametrize("power", [1, 2, 3.3, 8])
def test_hill_is_one_half_at_half_and_steeper_with_power(power):
    assert terms.hill(2.9, 2.9, power) == pytest.approx(0.5)
    assert terms.hill(2 * 2.9, 2.9, power) == pytest.approx(2**power / (1 + 2**power))


def test_hill_of_power_one_saturates():
    assert np.allclose(terms.hill(GRID, 2.9, 1), terms.saturating(GRID, 2.9))


def test_logistic_leaves_nothing_at_the_limit():
    assert terms.logistic(0.0, 7.3) == 1 and terms.logistic(7.3, 7.3) == 0 and terms.logistic(14.6, 7.3) == -1


def test_smooth_step_has_no_jump_in_three_derivatives():
    x = np.linspace(-0.5, 1.5, 4001)
    course = terms.smooth_step(x)
    assert (np.diff(course) >= 0).all()
    for allowed in (0.005, 0.05, 1.0):  # of each derivative from one point to the next; a jump would be of the order of 1, 6, 60
        course = np.gradient(course, x)
        assert np.abs(np.diff(course)).max() < allowed
    assert np.gradient(terms.smooth_step(x), x).max() == pytest.approx(35.0 / 16.0, rel=1e-3)


@pytest.mark.parametrize("one", [1.0, 3.0])
def test_nothing_grows_below_one_cell_and_everything_from_two_on(one):
    assert (terms.alive(np.array([0.0, 0.5, 1.0]) * one, one) == 0).all()
    assert (terms.alive(np.array([2.0, 50.0]) * one, one) == 1).all()


@pytest.mark.parametrize("one", [1.0, 3.0])
def test_only_what_is_below_one_cell_fades(one):
    assert (terms.remnant(np.array([0.0, 0.5]) * one, one) == 1).all()
    assert (terms.remnant(np.array([1.0, 50.0]) * one, one) == 0).all()


def test_no_population_both_grows_and_fades():
    n = np.linspace(0, 3, 3001)
    assert (terms.alive(n, 1.0) * terms.remnant(n, 1.0) == 0).all()


def test_where_positive_counts_zero_as_not_positive():
    assert terms.where_positive(0.0, 1.0, 2.0) == 2.0
    assert terms.where_positive(1e-300, 1.0, 2.0) == 1.0
    assert terms.where_positive(np.array([1.0, -1.0]), np.array([3.0, 4.0]), 5.0).tolist() == [3, 5]


def test_lesions_are_summed_case_by_case():
    assert terms.over_lesions(np.array([[1.0, 2.0], [30.0, 40.0]])).tolist() == [31, 42]


def test_flows_keep_their_values_and_names():
    named = terms.flows(kill=2.0, growth=np.array([1.0, 3.0]))
    assert named.kill == 2.0 and named.growth.tolist() == [1, 3]


@pytest.mark.parametrize("law", [
    lambda x: terms.saturating(x, 2.0), lambda x: terms.hill(x, 2.0, 3), lambda x: terms.logistic(x, 5.0),
    lambda x: terms.alive(x, 1.0), lambda x: terms.remnant(x, 1.0), terms.smooth_step,
    lambda x: terms.where_positive(x - 1.0, x * x, 2.0 * x),
], ids=["saturating", "hill", "logistic", "alive", "remnant", "smooth_step", "where_positive"])  # fmt: skip
def test_symbols_give_the_same_numbers(law):
    from simsolid.engines.integrate import integrate

    traced = trace(lambda t, x, p: [0.0 * x[0]], ["n"], ["k"], outputs=lambda t, x, p: {"law": law(x[0])})
    given = {"begin": 0.0, "times": [1.0], "outputs": ["law"], "atol": np.array([1e-9])}
    done = integrate(traced, GRID[None, :], np.ones((1, GRID.size)), **given)
    assert np.allclose(done.values[0, :, 0], law(GRID), rtol=1e-12)


def test_a_flow_is_named_in_the_graph():
    from simsolid.latex import equations

    traced = trace(lambda t, x, p: [-terms.flows(kill=p[0] * x[0]).kill], ["n"], ["k"])
    assert any("kill" in line for line in equations(traced))
