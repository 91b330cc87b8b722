"""A patient's numbers depend on that patient alone, to the last bit."""

import numpy as np
import pytest

from simsolid.engines.integrate import Events, Status
from simsolid.engines.kernels import weighted
from tests import problems
from tests.cart_problem import cart

pytestmark = pytest.mark.usefixtures("each_engine")

PEOPLE = cart(24, days=31)
TRACED = PEOPLE.traced()


def solve(columns, width=None, rtol=1e-4, problem=PEOPLE, traced=TRACED, **more):
    events = problem.more["events"]
    chosen = Events(events.day[columns], events.action[columns], events.amount[columns])
    part = type(problem)(
        problem.rates, problem.states, problem.parameters, problem.start[:, columns], problem.values[:, columns],
        problem.times, problem.floor, more=problem.more | {"events": chosen},
    )  # fmt: skip
    return part.solve(rtol, traced=traced, width=width, **more)


def same(a, b):
    assert a.shape == b.shape
    assert np.array_equal(a.view(np.int64), b.view(np.int64))


@pytest.fixture(scope="module")
def crowd(each_engine):
    return solve(np.arange(24))


@pytest.mark.parametrize("case", [0, 17, 23])
def test_patient_alone_equals_patient_in_crowd(case, crowd):
    alone = solve(np.array([case]))
    same(alone.values[:, 0], crowd.values[:, case].copy())
    same(alone.final[:, 0].copy(), crowd.final[:, case].copy())
    assert alone.steps[0] == crowd.steps[case]


@pytest.mark.parametrize("count", [2, 5, 8])
def test_few_patients_equal_the_same_in_crowd(count, crowd):
    columns = np.arange(13, 13 + count)
    same(solve(columns).values, crowd.values[:, columns].copy())


@pytest.mark.parametrize("width", [1, 5, 7, 13])
def test_width_of_the_block_changes_nothing(width, crowd):
    same(solve(np.arange(24), width=width).values, crowd.values)


def test_shuffling_patients_changes_nothing(crowd):
    order = np.random.default_rng(4).permutation(24)
    same(solve(order).values, crowd.values[:, order].copy())


def test_poisoned_patient_is_marked_and_199_others_are_untouched():
    people = cart(200, days=9)
    whole = people.solve(1e-4, traced=TRACED)
    sick = people.values.copy()
    sick[3, 77] = np.nan
    people = type(people)(**{**vars(people), "values": sick})
    found = people.solve(1e-4, traced=TRACED)
    others = np.arange(200) != 77
    same(found.values[:, others].copy(), whole.values[:, others].copy())
    assert found.status[77] == Status.NOT_FINITE and (found.status[others] == Status.FINISHED).all()
    assert np.isnan(found.values[:, 77]).all() and np.isnan(found.final[:, 77]).all()
    assert found.stopped[77] == 0.0 and found.culprit[77] == -1


def test_poisoned_state_is_named():
    people = cart(9, days=3)
    people.start[5, 4] = np.inf
    found = people.solve(1e-4, traced=TRACED)
    assert found.status[4] == Status.NOT_FINITE and found.culprit[4] == 5


def test_result_does_not_depend_on_the_days_asked_for(crowd):
    few = type(PEOPLE)(**{**vars(PEOPLE), "times": np.array([0.0, 11.0, 28.0, 31.0])}).solve(1e-4, traced=TRACED)
    same(few.values, crowd.values[:, :, [0, 11, 28, 31]].copy())


def test_result_does_not_depend_on_the_outputs_asked_for(crowd):
    found = solve(np.arange(24), outputs=["il6", "effector"])
    rows = [PEOPLE.states.index(name) for name in ("il6", "effector")]
    same(found.values, crowd.values[rows])


def test_final_state_is_the_last_output(crowd):
    same(crowd.final, crowd.values[:, :, -1].copy())


def test_run_split_in_two_agrees():
    problem = problems.trafficking()
    rtol = 1e-7
    half = type(problem)(**{**vars(problem), "times": problem.times[:3]}).solve(rtol)
    rest = type(problem)(**{**vars(problem), "times": problem.times[3:], "start": half.final, "begin": problem.times[2]}).solve(
        rtol
    )
    size = np.abs(rest.values - problem.answer[:, :, 3:]) / (np.abs(problem.answer[:, :, 3:]) + 1e-3)
    assert size.max() < 10.0 * rtol


def test_narrow_type_stores_the_rounded_values(crowd):
    found = solve(np.arange(10), dtype=np.float32)
    assert found.values.dtype == np.float32
    assert np.array_equal(found.values, crowd.values[:, :10].astype(np.float32))


def test_dense_model_keeps_its_bits_in_any_company(monkeypatch):
    monkeypatch.setattr("simsolid.engines.elimination.FILL_LIMIT", 10)
    problem = problems.coupled(size=9, cases=7)
    traced = problem.traced()
    crowd = problem.solve(1e-5, traced=traced)
    for case in (0, 6):
        alone = type(problem)(**{**vars(problem), "start": problem.start[:, [case]], "values": problem.values[:, [case]]}).solve(
            1e-5, traced=traced
        )
        same(alone.values[:, 0], crowd.values[:, case].copy())
    same(problem.solve(1e-5, traced=traced, width=3).values, crowd.values)


def test_power_of_exactly_two_keeps_its_bits_alone():
    """NumPy squares by a shortcut when one number stands for all exponents."""
    random = np.random.default_rng(8)
    start, power = random.uniform(0.5, 9.0, (1, 12)), np.where(np.arange(12) % 2, 2.0, 1.7)[None]
    problem = problems.Problem(
        lambda t, x, p: [-0.03 * x[0] ** p[0]], ("a",), ("power",), start, power, np.array([3.0, 40.0]), np.array([1e-3])
    )
    traced = problem.traced()
    crowd = problem.solve(1e-6, traced=traced)
    for case in range(12):
        alone = type(problem)(**{**vars(problem), "start": start[:, [case]], "values": power[:, [case]]})
        same(alone.solve(1e-6, traced=traced).values[:, 0], crowd.values[:, case].copy())


@pytest.mark.parametrize("shape", [(1, 1), (2, 1), (1, 2), (3, 7), (16, 33)])
def test_stages_are_summed_one_after_the_other_in_any_memory(shape):
    """Another order of memory, another width: the same bits."""
    random = np.random.default_rng(1)
    for count in range(1, 9):
        weights, wide = random.normal(size=count), random.normal(size=(count, shape[0], 70))
        expected = weighted(weights, wide, np.empty(wide.shape[1:]))[:, : shape[1]].copy()
        narrow = wide[:, :, : shape[1]]
        same(weighted(weights, np.ascontiguousarray(narrow), np.empty(shape)), expected)
        same(weighted(weights, np.asfortranarray(narrow), np.empty(shape)), expected)
        assert np.allclose(expected, np.tensordot(weights, narrow, 1), rtol=1e-13, atol=1e-14)
