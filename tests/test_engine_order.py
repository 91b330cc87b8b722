"""Order of the method, of its error estimate and of its continuous form, in steps of fixed length."""

import numpy as np
import pytest

from simsolid.engines import tableau
from simsolid.engines.control import Between
from simsolid.engines.kernels import ArrayKernel, step
from simsolid.engines.plan import plan_of
from tests import problems

GAMMAS = np.linalg.inv(np.eye(tableau.STAGES) / tableau.GAMMA - tableau.C)  # the method's own Gamma
ALPHA = tableau.A @ GAMMAS
BETA = ALPHA + GAMMAS
WEIGHTS = (np.append(tableau.A[-1, :-1], 1.0)) @ GAMMAS


def fixed(problem, count, until):
    """State after ``count`` equal steps, and the last step."""
    plan = plan_of(problem.traced())
    width = max(2, problem.start.shape[1])
    kernel = ArrayKernel(plan, np.repeat(problem.start, width, axis=1), np.repeat(problem.values, width, axis=1))
    h = np.full(width, until / count)
    for i in range(count):
        t = np.full(width, i * until / count)
        end = step(kernel, t, h, 1.0 / (h * tableau.GAMMA))
        between = Between(kernel, t, h, end.copy())
        if i < count - 1:
            kernel.x[:] = end
    return end[:, :1].copy(), between


def slope(lengths, errors):
    return np.polyfit(np.log(lengths), np.log(errors), 1)[0]


def exact(name, t):
    if name == "kaps":
        return np.array([[np.exp(-2.0 * t)], [np.exp(-t)]])
    return np.array([[2.0 + np.sin(1.3 * t)], [np.sin(1.3 * t)], [np.cos(1.3 * t)], [1.0 / (1.0 + t * t)]])


def gentle(name):
    """The stiff pairs with a mild pull, where the classical order shows."""
    problem = getattr(problems, name)()
    object.__setattr__(problem, "values", problems.column({"kaps": 0.83, "follower": 1.7}[name]))
    return problem


@pytest.mark.parametrize("name", ["kaps", "follower"])
def test_error_falls_with_the_fifth_power_of_the_step(name):
    counts, until = np.array([37, 53, 79, 113]), 2.3
    errors = [np.abs(fixed(gentle(name), int(n), until)[0] - exact(name, until)).max() for n in counts]
    assert abs(slope(until / counts, errors) - 5.0) < 0.2


def test_error_keeps_at_least_the_fifth_power_when_the_pull_is_strong():
    counts, until = np.array([5, 7, 10, 14]), 2.3
    problem = problems.kaps()
    object.__setattr__(problem, "values", problems.column(1e-7))
    errors = [np.abs(fixed(problem, int(n), until)[0] - exact("kaps", until)).max() for n in counts]
    assert slope(until / counts, errors) > 4.8


@pytest.mark.parametrize("name", ["kaps", "follower"])
def test_continuous_form_has_order_four(name):
    lengths = np.array([0.017, 0.025, 0.034, 0.047])
    shares, errors = np.array([0.23, 0.41, 0.67, 0.89]), []
    for h in lengths:
        between = fixed(gentle(name), 1, h)[1]
        found = between.states(np.zeros(len(shares), dtype=int), shares)
        errors.append(np.abs(found - np.hstack([exact(name, s * h) for s in shares])).max())
    # over one step the error has one power more than the order
    assert abs(slope(lengths, errors) - 1.0 - 4.0) < 0.2


@pytest.mark.parametrize("name", ["kaps", "follower"])
def test_error_estimate_has_order_four(name):
    lengths, sizes = np.array([0.017, 0.025, 0.034, 0.047]), []
    for h in lengths:
        between = fixed(gentle(name), 1, h)[1]
        sizes.append(np.abs(between.kernel.u[-1]).max())
    assert abs(slope(lengths, sizes) - 1.0 - 4.0) < 0.2


def test_published_times_are_the_row_sums():
    assert np.allclose(ALPHA.sum(axis=1), tableau.TIMES, atol=1e-13)
    assert np.allclose(GAMMAS.sum(axis=1), tableau.TIME_WEIGHTS, atol=1e-12)


def test_conditions_up_to_order_four_hold():
    b, a, beta = WEIGHTS, ALPHA.sum(axis=1), BETA.sum(axis=1)
    conditions = {
        1.0: b.sum(),
        1 / 2: b @ beta,
        1 / 3: b @ a**2,
        1 / 6: b @ BETA @ beta,
        1 / 4: b @ a**3,
        1 / 8: b @ (a * (ALPHA @ beta)),
        1 / 12: b @ BETA @ a**2,
        1 / 24: b @ BETA @ BETA @ beta,
    }
    for due, found in conditions.items():
        assert found == pytest.approx(due, abs=1e-12), due


def test_conditions_of_order_five_hold():
    b, a, beta = WEIGHTS, ALPHA.sum(axis=1), BETA.sum(axis=1)
    inner = ALPHA @ beta
    conditions = {
        "1/5": (1 / 5, b @ a**4),
        "1/10": (1 / 10, b @ (a**2 * inner)),
        "1/15": (1 / 15, b @ (a * (ALPHA @ a**2))),
        "1/20": (1 / 20, b @ inner**2),
        "1/30": (1 / 30, b @ (a * (ALPHA @ BETA @ beta))),
        "1/20 again": (1 / 20, b @ BETA @ a**3),
        "1/40": (1 / 40, b @ BETA @ (a * inner)),
        "1/60": (1 / 60, b @ BETA @ BETA @ a**2),
        "1/120": (1 / 120, b @ BETA @ BETA @ BETA @ beta),
    }
    for name, (due, found) in conditions.items():
        assert found == pytest.approx(due, abs=1e-12), name


def test_last_stage_estimates_an_error_of_lower_order():
    """Leaving the last stage out still meets the conditions of order four."""
    lower = tableau.A[-1] @ GAMMAS
    a, beta = ALPHA.sum(axis=1), BETA.sum(axis=1)
    assert lower @ a**2 == pytest.approx(1 / 3, abs=1e-12)
    assert lower @ BETA @ BETA @ beta == pytest.approx(1 / 24, abs=1e-12)
    assert abs(lower @ a**4 - 1 / 5) > 1e-4
