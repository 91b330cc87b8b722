"""Events on known days and triggers in between, against closed forms."""

import numpy as np
import pytest

from simsolid.engines.integrate import Events, Status, integrate
from simsolid.errors import ModelError, ParameterError
from simsolid.trace import trace
from tests.problems import doses, once

pytestmark = pytest.mark.usefixtures("each_engine")

RATE = np.array([0.13, 0.37, 0.71, 1.9])


def decay():
    return trace(lambda t, x, p: [p[1] - p[0] * x[0], x[0]], ["drug", "exposure"], ["loss_rate", "infusion"])


def growth():
    return trace(
        lambda t, x, p: [p[0] * x[0]], ["cells"], ["growth_rate", "limit"],
        triggers=lambda t, x, p: {"many": x[0] - p[1], "late": t - 6.5 + 0.0 * x[0]},
        outputs=lambda t, x, p: {"share": x[0] / p[1], "rate_now": p[0] + 0.0 * x[0]},
    )  # fmt: skip


def add(x, p, amount):
    return x + np.vstack([amount[:1], 0.0 * amount[:1]]), p


def infuse(x, p, amount):
    return x, np.vstack([p[:1], amount[:1]])


def halve(x, p, amount):
    return 0.5 * x, p


def brake(x, p, amount):
    return x, np.vstack([p[:1] * amount[:1], p[1:]])


def run(traced, start, parameters, **given):
    options = {"begin": 0.0, "times": np.arange(9.0), "outputs": traced.states, "rtol": 1e-8} | given
    return integrate(traced, start, parameters, atol=np.full(len(traced.states), 1e-9), **options)


def parameters(second=0.0):
    return np.array([RATE, np.full(4, second)])


def test_dose_on_an_output_day_shows_after_it():
    found = run(decay(), np.zeros((2, 4)), parameters(), events=doses(4, [2.0, 5.0], [3.0, 1.5]), actions=[add])
    for k, rate in enumerate(RATE):
        assert found.values[0, k, 1] == 0.0
        assert found.values[0, k, 2] == 3.0
        due = 3.0 * np.exp(-3.0 * rate) + 1.5
        assert found.values[0, k, 5] == pytest.approx(due, rel=1e-7)
        assert found.values[0, k, 8] == pytest.approx(due * np.exp(-3.0 * rate), rel=1e-7)


def test_dose_on_the_first_and_on_the_last_day_both_show():
    found = run(decay(), np.zeros((2, 4)), parameters(), events=doses(4, [0.0, 8.0], [3.0, 7.0]), actions=[add])
    assert (found.values[0, :, 0] == 3.0).all()
    assert found.values[0, :, 8] == pytest.approx(3.0 * np.exp(-8.0 * RATE) + 7.0, rel=1e-7)
    assert np.array_equal(found.final, found.values[:, :, 8])


def test_dose_after_the_last_day_is_not_given():
    with_dose = run(decay(), np.ones((2, 4)), parameters(), events=doses(4, [8.5], [3.0]), actions=[add])
    assert with_dose.values[0, :, 8] == pytest.approx(np.exp(-8.0 * RATE), rel=1e-7, abs=1e-9)


def test_one_dose_of_two_equals_two_doses_of_one_at_once():
    one = run(decay(), np.zeros((2, 4)), parameters(), events=doses(4, [1.3], [2.0]), actions=[add])
    two = run(decay(), np.zeros((2, 4)), parameters(), events=doses(4, [1.3, 1.3], [1.0, 1.0]), actions=[add])
    assert np.array_equal(one.values, two.values)


def test_events_of_one_moment_keep_their_order():
    day = np.tile([2.0, 2.0, np.inf], (2, 1))
    action, amount = np.array([[0, 1, 0], [1, 0, 0]]), np.full((2, 3, 1), 4.0)
    found = run(decay(), np.ones((2, 2)), np.zeros((2, 2)), events=Events(day, action, amount), actions=[add, halve])
    assert found.values[0, :, 2] == pytest.approx([2.5, 4.5])


def test_infusion_of_finite_length_matches_its_closed_form():
    day = np.tile([0.5, 3.25], (4, 1))
    events = Events(day, np.zeros((4, 2), dtype=int), np.tile(np.array([2.2, 0.0])[None, :, None], (4, 1, 1)))
    found = run(decay(), np.zeros((2, 4)), parameters(), events=events, actions=[infuse])
    end = 2.2 / RATE * (1.0 - np.exp(-2.75 * RATE))
    assert found.values[0, :, 8] == pytest.approx(end * np.exp(-4.75 * RATE), rel=1e-7, abs=1e-9)
    assert found.values[1, :, 8] == pytest.approx((2.2 * 2.75 - found.values[0, :, 8]) / RATE, rel=1e-7)
    assert (found.final_parameters[1] == 0.0).all()


def test_own_days_per_case_are_kept():
    day = np.array([[1.0, 2.0], [1.5, np.inf], [np.inf, np.inf], [7.75, 7.75]])
    events = Events(day, np.zeros((4, 2), dtype=int), np.ones((4, 2, 1)))
    found = run(decay(), np.zeros((2, 4)), parameters(), events=events, actions=[add])
    given = [np.exp(-r * np.maximum(8.0 - d[np.isfinite(d)], 0.0)).sum() for r, d in zip(RATE, day, strict=True)]
    assert found.values[0, :, 8] == pytest.approx(given, rel=1e-7, abs=1e-12)


def test_action_that_sums_over_states_gives_a_patient_alone_the_same_bits():
    def gather(x, p, amount):
        return np.vstack([x.sum(axis=0)[None], x[1:]]), p

    random = np.random.default_rng(2)
    traced = trace(lambda t, x, p: [-0.1 * v for v in x], [f"s{i}" for i in range(40)], [])
    start, events = random.lognormal(0.0, 3.0, (40, 8)), doses(8, [1.0], [0.0])
    crowd = run(traced, start, np.zeros((0, 8)), events=events, actions=[gather], rtol=1e-5)
    alone = run(traced, start[:, [3]], np.zeros((0, 1)), events=doses(1, [1.0], [0.0]), actions=[gather], rtol=1e-5)
    assert np.array_equal(alone.values[:, 0], crowd.values[:, 3])


def test_trigger_is_found_between_two_output_days():
    limit = np.array([2.0, 5.0, 40.0, 900.0])
    found = run(growth(), np.ones((1, 4)), np.array([RATE, limit]), actions=[brake], reactions=[once("many", 0, -1.0)], rtol=1e-9)
    moment = np.log(limit) / RATE
    assert found.fired[:, 0].tolist() == [0.0, 1.0, 2.0, 3.0] and (found.fired[:, 1] == 0).all()
    assert np.abs(found.fired[:, 2] - moment).max() < 1e-6
    due = np.where(moment < 8.0, limit * np.exp(-RATE * (8.0 - moment)), np.exp(8.0 * RATE))
    assert found.values[0, :, 8] == pytest.approx(due, rel=1e-6)


def test_trigger_is_found_on_a_single_day_grid_as_well():
    limit = np.full(4, 3.0)
    given = {"actions": [brake], "reactions": [once("many", 0, -1.0)]}
    fine = run(growth(), np.ones((1, 4)), np.array([RATE, limit]), **given)
    coarse = run(growth(), np.ones((1, 4)), np.array([RATE, limit]), times=np.array([8.0]), **given)
    assert np.array_equal(fine.fired, coarse.fired)


def test_trigger_after_the_last_day_does_not_fire():
    limit = np.exp(8.2 * RATE)
    found = run(growth(), np.ones((1, 4)), np.array([RATE, limit]), actions=[brake], reactions=[once("many", 0, -1.0)])
    assert found.fired.shape == (0, 6)


def test_trigger_fires_once_per_case():
    limit = np.full(4, 1.5)
    found = run(growth(), np.ones((1, 4)), np.array([RATE, limit]), actions=[halve], reactions=[once("many", 0)])
    assert len(found.fired) == 4
    assert found.values[0, :, 8] == pytest.approx(0.5 * np.exp(8.0 * RATE), rel=1e-6)


def test_trigger_above_zero_at_the_start_fires_at_the_start():
    found = run(growth(), np.full((1, 4), 3.0), np.array([RATE, np.full(4, 2.0)]), actions=[halve], reactions=[once("many", 0)])
    assert (found.fired[:, 2] == 0.0).all()
    assert (found.values[0, :, 0] == 1.5).all()


def test_trigger_raised_by_an_event_fires_at_the_event():
    def grow(x, p, amount):
        return x * amount, p

    limit = np.exp(8.0 * RATE) * 2.0
    found = run(
        growth(), np.ones((1, 4)), np.array([RATE, limit]), events=doses(4, [3.0], [1e9]), actions=[grow, halve],
        reactions=[once("many", 1)],
    )  # fmt: skip
    assert (found.fired[:, 2] == 3.0).all()
    assert found.values[0, :, 3] == pytest.approx(0.5e9 * np.exp(3.0 * RATE), rel=1e-6)


def test_event_comes_before_a_trigger_of_the_same_moment():
    """Growth would reach the limit on day 3; the event of day 3 takes half away first, so the trigger waits."""
    limit = np.exp(3.0 * RATE)
    found = run(
        growth(), np.ones((1, 4)), np.array([RATE, limit]), events=doses(4, [3.0], [0.0]), actions=[halve, brake],
        reactions=[once("many", 1, -1.0)], rtol=1e-10,
    )  # fmt: skip
    late = 3.0 + np.log(2.0) / RATE
    expected = late[late < 8.0]
    assert found.fired[:, 2] == pytest.approx(expected, abs=1e-6)


def test_rise_a_moment_before_an_event_waits_for_it():
    """The clock passes the limit 3e-9 d before the event sets it back: nearer than 1e-8 d is one moment."""
    traced = trace(lambda t, x, p: [0.0 * x[0] + 1.0], ["clock"], [], triggers=lambda t, x, p: {"late": x[0] - (3.0 - 3e-9)})
    back = doses(1, [3.0], [-1.0])
    given = {"events": back, "actions": [lambda x, p, a: (x + a, p)], "reactions": [once("late", 0, 5.0)]}
    found = run(traced, np.zeros((1, 1)), np.zeros((0, 1)), **given)
    assert found.fired[:, 2] == pytest.approx([4.0], abs=1e-7)


def test_two_reactions_of_one_moment_act_in_the_order_in_which_they_are_given():
    traced = trace(
        lambda t, x, p: [0.0 * x[0] + 1.0], ["clock"], [],
        triggers=lambda t, x, p: {"first": x[0] - 2.5, "second": x[0] - 2.5},
    )  # fmt: skip
    given = [once("first", 1, 3.0), once("second", 0, 10.0)]
    actions = [lambda x, p, a: (x + a, p), lambda x, p, a: (x * a, p)]
    found = run(traced, np.zeros((1, 1)), np.zeros((0, 1)), actions=actions, reactions=given)
    assert found.fired[:, 1].tolist() == [0.0, 1.0]
    assert found.values[0, 0, 3] == pytest.approx(2.5 * 3.0 + 10.0 + 0.5, abs=1e-6)


def test_short_rise_inside_a_long_step_is_seen():
    def bump(t, x, p):
        return {"warm": 1.0 / (1.0 + (t - 5.3) * (t - 5.3)) - 0.6 + 0.0 * x[0]}

    traced = trace(lambda t, x, p: [-1e-6 * x[0]], ["calm"], [], triggers=bump)
    found = run(traced, np.ones((1, 1)), np.zeros((0, 1)), actions=[halve], reactions=[once("warm", 0)], rtol=1e-3)
    assert found.fired[0, 2] == pytest.approx(5.3 - np.sqrt(1.0 / 0.6 - 1.0), abs=1e-6)


def test_outputs_of_the_model_use_the_parameters_of_their_day():
    found = run(
        growth(), np.ones((1, 4)), np.array([RATE, np.full(4, 7.0)]), events=doses(4, [4.0], [3.0]), actions=[brake],
        outputs=["rate_now", "share"],
    )  # fmt: skip
    assert found.values[0, :, 3] == pytest.approx(RATE) and found.values[0, :, 4] == pytest.approx(3.0 * RATE)
    assert found.values[1, :, 4] == pytest.approx(np.exp(4.0 * RATE) / 7.0, rel=1e-6)


def test_values_derived_from_parameters_follow_an_event():
    """The square of the rate depends on parameters alone, so it is computed once, and again when an event changes them."""
    traced = trace(lambda t, x, p: [-(p[0] * p[0]) * x[0]], ["cells"], ["root_of_rate"])
    found = run(traced, np.ones((1, 4)), RATE[None], events=doses(4, [3.0], [2.0]), actions=[brake])
    assert found.values[0, :, 8] == pytest.approx(np.exp(-(RATE**2) * (3.0 + 5.0 * 4.0)), rel=1e-6, abs=1e-8)


def test_action_that_loses_a_row_is_named():
    def careless(x, p, amount):
        return x[:1], p

    with pytest.raises(ModelError, match=r"action careless: returned blocks of shape \(1, 4\)"):
        run(decay(), np.zeros((2, 4)), parameters(), events=doses(4, [1.0], [1.0]), actions=[careless])


def test_event_that_leaves_no_finite_value_stops_only_its_case():
    events = doses(4, [2.0], [1.0])
    events.amount[2, 0, 0] = np.inf
    found = run(decay(), np.zeros((2, 4)), parameters(), events=events, actions=[add])
    assert found.status.tolist() == [0, 0, Status.EVENT_FAILED, 0]
    assert found.stopped[2] == 2.0 and found.culprit[2] == 0
    assert np.isfinite(found.values[:, 2, :2]).all() and np.isnan(found.values[:, 2, 2:]).all()


@pytest.mark.parametrize(
    ("day", "action", "words"),
    [
        ([[-1.0]], [[0]], "before day 0"),
        ([[3.0, 1.0]], [[0, 0]], "do not increase"),
        ([[1.0]], [[2]], r"not one of 0\.\.0"),
        ([[1.0], [1.0]], [[0], [0]], "all start with"),
    ],
)
def test_impossible_events_are_refused(day, action, words):
    events = Events(np.array(day), np.array(action), np.ones((*np.shape(day), 1)))
    with pytest.raises(ParameterError, match=words):
        run(decay(), np.zeros((2, 1)), np.zeros((2, 1)), events=events, actions=[add])
