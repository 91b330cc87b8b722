"""A case that cannot be integrated is stopped, marked and named; it takes nobody with it."""

import numpy as np
import pytest

from simsolid.engines import elimination
from simsolid.engines.integrate import Events, Status, integrate
from simsolid.errors import ModelError, ParameterError
from simsolid.trace import trace
from tests import problems
from tests.problems import once

pytestmark = pytest.mark.usefixtures("each_engine")


def run(rates, start, values, times, **given):
    start, values = np.atleast_2d(np.array(start, dtype=float)), np.atleast_2d(np.array(values, dtype=float))
    states = [f"s{i}" for i in range(len(start))]
    traced = trace(rates, states, [f"p{i}" for i in range(len(values))])
    options = {"begin": 0.0, "outputs": states, "rtol": 1e-6} | given
    return integrate(traced, start, values, times=np.array(times), atol=np.full(len(states), 1e-9), **options)


def test_blow_up_stops_on_its_day_with_the_state_named():
    found = run(
        lambda t, x, p: [-0.1 * x[0], x[1] * x[1] * p[0]], [[1.0] * 3, [1.0, 0.5, 0.25]], [1.0, 1.0, 0.01], [0.0, 0.9, 1.5, 2.5]
    )
    assert found.status.tolist() == [Status.STEP_TOO_SMALL, Status.STEP_TOO_SMALL, Status.FINISHED]
    assert found.stopped[:2] == pytest.approx([1.0, 2.0], abs=1e-5)
    assert np.isnan(found.stopped[2]) and found.culprit.tolist() == [1, 1, -1]
    assert found.values[1, 0, 1] == pytest.approx(10.0, rel=1e-5)
    assert np.isnan(found.values[:, 0, 2:]).all() and np.isnan(found.values[:, 1, 3]).all()
    assert found.values[1, 2, 3] == pytest.approx(0.25 / (1.0 - 0.25 * 0.01 * 2.5), rel=1e-5)


def test_rate_without_a_finite_value_stops_at_once_with_the_state_named():
    found = run(lambda t, x, p: [-x[0], np.log(p[0]) * x[0]], [[1.0, 1.0], [0.0, 0.0]], [2.0, -2.0], [0.0, 3.0])
    assert found.status.tolist() == [Status.FINISHED, Status.NOT_FINITE]
    assert found.culprit[1] == 1 and found.stopped[1] == 0.0
    assert np.isnan(found.values[:, 1]).all()
    assert found.values[1, 0, 1] == pytest.approx(np.log(2.0) * (1.0 - np.exp(-3.0)), rel=1e-5)


def test_root_of_a_number_that_turns_negative_stops_where_it_turns():
    found = run(lambda t, x, p: [-p[0], x[0].sqrt()], [[1.0, 1.0], [0.0, 0.0]], [0.5, 0.01], [0.0, 1.0, 3.0])
    assert found.status.tolist() == [Status.NOT_FINITE, Status.FINISHED]
    assert found.stopped[0] == pytest.approx(2.0, abs=1e-3) and found.culprit[0] == 1


def test_too_many_steps_are_counted_and_the_day_is_kept():
    problem = problems.van_der_pol()
    found = problem.solve(1e-6, max_steps=60)
    assert found.status[0] == Status.TOO_MANY_STEPS and found.steps[0] == 60
    assert 0.0 < found.stopped[0] < 2000.0 and found.culprit[0] in (0, 1)
    late = problem.times >= found.stopped[0]
    assert np.isnan(found.values[:, 0, late]).all() and np.isfinite(found.values[:, 0, ~late]).all()


def test_steps_and_refusals_are_counted():
    found = problems.van_der_pol().solve(1e-4)
    assert 100 < found.steps[0] < 1000 and 0 < found.rejected[0] < found.steps[0]


def test_every_status_has_a_sentence():
    assert len({status.sentence for status in Status}) == len(Status)


def pole():
    """With p = 1/(h gamma) the leading pivot vanishes: growth of the first state by itself, a turn through the second."""
    return lambda t, x, p: [p[0] * x[0] + p[1] * x[1], -p[1] * x[0] - p[2] * x[1]]


def test_vanishing_pivot_is_seen_and_the_step_is_solved_with_pivoting():
    from simsolid.engines import tableau
    from simsolid.engines.kernels import ArrayKernel, PivotedKernel, step
    from simsolid.engines.plan import plan_of

    traced = trace(pole(), ["a", "b"], ["p", "q", "r"])
    plan, h = plan_of(traced), np.array([0.2, 0.2, 0.2])
    g = 1.0 / (h * tableau.GAMMA)
    x, p = np.array([[1.0] * 3, [0.7] * 3]), np.array([[g[0], g[0] * (1.0 + 1e-13), 0.3], [40.0] * 3, [3.0] * 3])
    kernel = ArrayKernel(plan, x.copy(), p)
    with np.errstate(all="ignore"):
        plain = step(kernel, np.zeros(3), h, g).copy()
        assert kernel.doubtful(g).tolist() == [True, True, False]
    pivoted = step(PivotedKernel(plan, x.copy(), p), np.zeros(3), h, g)
    assert not np.isfinite(plain[:, 0]).all()
    assert pivoted[:, 0] == pytest.approx(pivoted[:, 1], rel=1e-9)
    assert pivoted[:, 2] == pytest.approx(plain[:, 2], rel=1e-12)


def test_steps_with_a_vanishing_pivot_are_solved_to_tolerance(monkeypatch):
    """All pivots are called doubtful: every step is taken with pivoting, and counted, and the answer stays right."""
    monkeypatch.setattr("simsolid.engines.kernels.SMALLEST_PIVOT", 1e9)
    problem = problems.trafficking()
    found = problem.solve(1e-6)
    assert problem.error(found.values).max() < 1e-5
    assert (found.repivoted == found.steps).all()


def test_pivot_that_vanishes_during_a_run_does_no_harm():
    """A first step chosen so that the leading pivot is zero to the last bit."""
    from simsolid.engines import control, march, tableau

    traced = trace(pole(), ["a", "b"], ["p", "q", "r"])
    start, h = np.array([[1.0] * 8, [0.7] * 8]), 0.003
    values = np.array([[1.0 / (h * tableau.GAMMA)] * 8, [400.0] * 8, [1100.0] * 8])
    original = control.first_length
    try:
        march.Run._arrive.__globals__["first_length"] = lambda plan, t, *_: np.full(len(t), h)
        found = integrate(traced, start, values, begin=0.0, times=np.array([0.004]), outputs=["a"], atol=[1e-9, 1e-9], rtol=1e-6)
    finally:
        march.Run._arrive.__globals__["first_length"] = original
    from scipy.linalg import expm

    matrix = np.array([[values[0, 0], 400.0], [-400.0, -1100.0]])
    assert found.values[0, :, 0] == pytest.approx((expm(matrix * 0.004) @ start[:, 0])[0], rel=1e-5)
    assert (found.repivoted >= 1).all()


def test_singular_matrix_does_not_take_its_neighbour_along():
    from simsolid.engines.kernels import _inverted

    found = _inverted(np.array([np.zeros((2, 2)), 2.0 * np.eye(2)]))
    assert np.isnan(found[0]).all() and np.array_equal(found[1], 0.5 * np.eye(2))


def test_dense_route_and_written_out_route_agree(monkeypatch):
    problem = problems.coupled(size=9)
    written = problem.solve(1e-8)
    monkeypatch.setattr(elimination, "FILL_LIMIT", 10)
    dense = problem.solve(1e-8)
    assert np.allclose(dense.values, written.values, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("cases", [0, 1, 2])
@pytest.mark.parametrize("times", [[], [0.0], [0.0, 2.0]])
@pytest.mark.parametrize("outputs", [[], ["s0"]])
def test_smallest_runs_have_the_right_shapes(cases, times, outputs):
    calls = []
    found = run(
        lambda t, x, p: [-p[0] * x[0]], np.ones((1, cases)), np.ones((1, cases)), times, outputs=outputs, progress=calls.append
    )
    assert found.values.shape == (len(outputs), cases, len(times))
    assert found.final.shape == (1, cases) and found.fired.shape == (0, 6)
    assert calls[-1] == cases
    assert found.final[0] == pytest.approx(np.exp(-(times[-1] if times else 0.0)), rel=1e-5)


def test_model_without_change_stands_still():
    found = run(lambda t, x, p: [0.0, 0.0], [[3.0], [0.0]], np.zeros((0, 1)), [0.0, 1e4])
    assert (found.values[:, 0, 1] == [3.0, 0.0]).all() and found.steps[0] < 30


@pytest.mark.parametrize(
    ("change", "kind", "words"),
    [
        ({"times": [0.0, 2.0, 1.0]}, ParameterError, "must increase"),
        ({"times": [-1.0]}, ParameterError, "none be before day 0"),
        ({"rtol": 0.0}, ParameterError, "above zero"),
        ({"outputs": ["st0"]}, ModelError, "did you mean 's0'"),
        ({"reactions": [once("fever", 0)]}, ModelError, "no signal 'fever'"),
        ({"start": np.ones((2, 3, 1))}, ModelError, "states by cases"),
        ({"parameters": np.ones((2, 3))}, ModelError, r"shape \(2, 3\); the model needs \(1, 3\)"),
        ({"atol": [1.0, 1.0]}, ModelError, "one per state"),
    ],
)
def test_impossible_requests_are_refused(change, kind, words):
    traced = trace(lambda t, x, p: [-p[0] * x[0]], ["s0"], ["p0"])
    given = {"start": np.ones((1, 3)), "parameters": np.ones((1, 3)), "times": [1.0], "outputs": ["s0"], "atol": [1e-9]} | change
    start, parameters = given.pop("start"), given.pop("parameters")
    with pytest.raises(kind, match=words):
        integrate(traced, start, parameters, begin=0.0, **given)


def test_an_interruption_keeps_the_finished_and_marks_the_rest():
    """Two cases side by side: the event of the third is where the keyboard interrupts."""
    seen = []

    def action(x, p, amount):
        seen.append(len(x))
        if len(seen) > 1:
            raise KeyboardInterrupt
        return x + amount, p

    many = 8
    events = Events(np.full((many, 1), 1.0), np.zeros((many, 1), dtype=int), np.ones((many, 1, 1)))
    loss = trace(lambda t, x, p: [-p[0] * x[0]], ["cells"], ["loss_rate"])
    found = integrate(loss, np.ones((1, many)), np.full((1, many), 0.1), begin=0.0, times=[0.0, 2.0], outputs=["cells"],
                      atol=[1e-9], events=events, actions=[action], width=2)  # fmt: skip
    done = found.status == Status.FINISHED
    assert done.tolist() == [True] * 2 + [False] * 6 and (found.status[~done] == Status.INTERRUPTED).all()
    assert np.isfinite(found.values[:, done]).all() and np.isnan(found.values[:, ~done]).all()
