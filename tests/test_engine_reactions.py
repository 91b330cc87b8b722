"""Reactions against closed forms: a wave sin(w t) crosses 1/2 at known moments, so holds, delays and cool-downs are known too."""

import numpy as np
import pytest

from simsolid.engines.integrate import Alternative, Events, Facts, Reaction, Sign, integrate
from simsolid.errors import ModelError
from simsolid.trace import trace

pytestmark = pytest.mark.usefixtures("each_engine")

SPEED = np.array([0.5, 0.8, 1.3, 2.1])
RISE = np.pi / 6 / SPEED  # the wave passes 1/2 upwards
FALL = np.pi * 5 / 6 / SPEED  # and downwards
PERIOD = 2 * np.pi / SPEED
HIGH = Sign("wave", 0.5)
END = 20.0


def oscillator():
    return trace(
        lambda t, x, p: [x[1], -p[0] * p[0] * x[0], 0.0 * x[2], 1.0 + 0.0 * x[3]], ["place", "pace", "count", "clock"], ["speed"],
        outputs=lambda t, x, p: {"wave": x[0] + 0.0 * t},
    )  # fmt: skip


def tick(x, p, amount):
    return x + np.vstack([0.0 * x[:2], amount[:1], 0.0 * x[:1]]), p


def quieten(x, p, amount):
    return np.vstack([0.0 * x[:2], x[2:]]), p


def reacting(*reactions, times=(END,), actions=(tick, quieten), width=None, which=slice(None), **more):
    speed = SPEED[which]
    start = np.vstack([0.0 * speed, speed, 0.0 * speed, 0.0 * speed])
    given = {"begin": 0.0, "times": np.array(times), "outputs": ["count", "wave"], "atol": np.full(4, 1e-9), "rtol": 1e-9}
    return integrate(oscillator(), start, speed[None], actions=actions, reactions=reactions, width=width, **given, **more)


def reaction(*signs, hold=0.0, action=0, amount=1.0, **more):
    return Reaction((Alternative(signs, hold),), ((action, np.array([[amount]])),), **more)


def moments(found, case, number=0):
    return found.fired[(found.fired[:, 0] == case) & (found.fired[:, 1] == number), 2]


def test_act_comes_once_the_sign_has_been_met_for_the_hold_time():
    found = reacting(reaction(HIGH, hold=0.7))
    for case in range(4):
        lasts = FALL[case] - RISE[case]
        expected = [RISE[case] + 0.7] if lasts > 0.7 else []
        assert moments(found, case) == pytest.approx(expected, abs=1e-6)


def test_a_rise_shorter_than_the_hold_time_never_acts():
    found = reacting(reaction(HIGH, hold=float((FALL - RISE)[2]) + 0.01))
    assert len(moments(found, 2)) == len(moments(found, 3)) == 0 and len(moments(found, 0)) == len(moments(found, 1)) == 1


def test_hold_begins_anew_with_each_rise():
    """Each wave is too short on its own; together they would do."""
    found = reacting(reaction(HIGH, hold=1.2, most=9, apart=1.2))
    assert len(moments(found, 3)) == 0


def test_cool_down_and_count_limit_the_acts():
    found = reacting(reaction(HIGH, most=3, apart=0.4))
    for case in range(4):
        expected, ready = [], 0.0
        for turn in range(20):
            at = max(RISE[case] + turn * PERIOD[case], ready)
            while at < min(FALL[case] + turn * PERIOD[case], END) and len(expected) < 3:
                expected.append(at)
                at = ready = at + 0.4
        assert moments(found, case) == pytest.approx(expected, abs=1e-6)


def test_delay_puts_the_act_after_the_decision_whatever_the_sign_does_then():
    late = float(FALL[3]) + 1.0
    found = reacting(reaction(HIGH, delay=late))
    assert moments(found, 3) == pytest.approx([RISE[3] + late], abs=1e-6)
    assert found.fired[:, 4] == pytest.approx(0.5, abs=1e-6)  # the wave as it stood at the decision


def test_course_repeats_until_its_end_is_met_at_a_repeat():
    course = reaction(Sign("wave", 0.9), until=Alternative((Sign("wave", 0.5, above=False),)), apart=0.3, most=50)
    found = reacting(course, times=(3.0,))
    rise = np.arcsin(0.9) / SPEED
    for case in range(4):
        expected = [rise[case]]
        while np.sin(SPEED[case] * (expected[-1] + 0.3)) >= 0.5 and expected[-1] + 0.3 <= 3.0:
            expected.append(expected[-1] + 0.3)
        assert moments(found, case)[: len(expected)] == pytest.approx(expected, abs=1e-6)
    again = found.fired[found.fired[:, 0] == 0, 5]
    assert again[0] == 0 and (again[1:] == 1).all() and len(again) > 3


def test_downward_sign_acts_at_the_fall():
    found = reacting(reaction(Sign("wave", 0.5, above=False), Sign("wave", 0.6, memory="ever")))
    assert [moments(found, case)[0] for case in range(4)] == pytest.approx(FALL, abs=1e-6)


def test_sign_that_must_always_have_been_met_is_lost_for_good():
    calm = Sign("wave", 0.5, above=False, memory="always")
    found = reacting(reaction(Sign("day", 3.0, strict=False), calm))
    calm_until_three = RISE > 3.0
    assert [len(moments(found, case)) for case in range(4)] == calm_until_three.astype(int).tolist()


def test_alternatives_are_joined_by_or_and_signs_by_and():
    either = Reaction((Alternative((HIGH,), 1e3), Alternative((Sign("day", 2.0), HIGH))), ((0, np.array([[1.0]])),))
    found = reacting(either)
    for case in range(4):
        turn = 0
        while FALL[case] + turn * PERIOD[case] <= 2.0:
            turn += 1
        assert moments(found, case) == pytest.approx([max(2.0, RISE[case] + turn * PERIOD[case])], abs=1e-6)
    assert (found.fired[:, 3] == 1).all()


def test_nothing_is_done_while_what_must_also_hold_does_not():
    found = reacting(reaction(HIGH, most=99, apart=0.1, only=(Sign("day", 4.0, above=False, memory="always"),)))
    assert found.fired[:, 2].max() <= 4.0


def test_a_pending_act_lapses_when_what_must_also_hold_is_lost():
    found = reacting(reaction(HIGH, delay=1.0, only=(Sign("day", float(RISE[0]) + 0.5, above=False, memory="always"),)))
    assert len(moments(found, 0)) == 0 and moments(found, 3) == pytest.approx([RISE[3] + 1.0], abs=1e-6)


def test_act_between_two_output_days_is_not_missed_and_does_not_depend_on_them():
    rule = reaction(HIGH, hold=0.2, most=5, apart=0.5)
    coarse, fine = reacting(rule), reacting(rule, times=np.linspace(0.0, END, 801))
    assert len(coarse.fired) > 10 and np.array_equal(coarse.fired, fine.fired)
    assert np.array_equal(coarse.values[:, :, -1], fine.values[:, :, -1])


@pytest.mark.parametrize("case", range(4))
def test_patient_alone_acts_at_the_same_bits_as_in_a_crowd(case):
    rules = [reaction(HIGH, hold=0.2, most=5, apart=0.5), reaction(Sign("count", 2.5), action=1)]
    crowd, alone = reacting(*rules, width=3), reacting(*rules, which=[case])
    assert np.array_equal(alone.fired[:, 1:], crowd.fired[crowd.fired[:, 0] == case, 1:])
    assert np.array_equal(alone.values[:, 0], crowd.values[:, case])


def test_event_of_the_same_moment_comes_before_the_reaction():
    """The event of day 3 sets the count to 4 before the reaction of day 3 doubles nothing but adds 1."""
    seen = []

    def note(x, p, amount):
        seen.extend(x[2].tolist())
        return tick(x, p, amount)

    events = Events(np.full((4, 1), 3.0), np.zeros((4, 1), dtype=int), np.full((4, 1, 1), 4.0))
    found = reacting(reaction(Sign("day", 3.0, strict=False), action=2), actions=(tick, quieten, note), events=events)
    assert moments(found, 0) == pytest.approx([3.0], abs=0) and set(seen) == {4.0}


def test_reactions_of_one_moment_act_in_their_order_and_see_each_other():
    first = reaction(Sign("day", 2.0, strict=False), amount=5.0)
    second = reaction(Sign("count", 4.5), amount=10.0)
    found = reacting(second, first)
    assert moments(found, 1, 0) == pytest.approx([2.0], abs=1e-8) and moments(found, 1, 1) == pytest.approx([2.0], abs=1e-8)
    assert (found.values[0, :, 0] == 15.0).all()


def test_an_action_that_breaks_the_condition_ends_it():
    found = reacting(reaction(HIGH, action=1, most=9, apart=0.01))
    assert [len(moments(found, case)) for case in range(4)] == [1, 1, 1, 1]


def scans(days, cases=4):
    many = len(days)
    return Events(np.tile(days, (cases, 1)), np.full((cases, many), 2), np.tile(np.arange(cases)[:, None, None], (1, many, 1)))


def reading(facts, value):
    def look(x, p, amount):
        facts.values[:, amount[0].astype(int)] = value(x)
        return x, p

    return look


def test_fact_counts_at_its_own_moment_only():
    facts = Facts(("seen",), np.full((1, 4), np.nan))
    look = reading(facts, lambda x: x[3] >= 5.0)
    found = reacting(
        reaction(Sign("seen", 1.0, strict=False), most=9, apart=1.5, delay=0.25), actions=(tick, quieten, look),
        events=scans([2.0, 5.0, 6.0, 9.0]), facts=facts,
    )  # fmt: skip
    # day 6 falls into the cool-down of 1.5 d after the act of 5.25, and is not made up for when it ends
    assert moments(found, 2) == pytest.approx([5.25, 9.25], abs=1e-7)


def test_unknown_fact_meets_no_sign():
    facts = Facts(("seen",), np.full((1, 4), np.nan))
    both = [reaction(Sign("seen", 0.5)), reaction(Sign("seen", 0.5, above=False))]
    assert len(reacting(*both, facts=facts).fired) == 0


def test_signal_that_rests_at_its_level_costs_no_steps():
    still = reacting(reaction(Sign("count", 0.0, strict=False), Sign("day", 1e9)))
    assert still.steps.max() < 1.2 * reacting().steps.max()


def test_count_may_differ_between_cases():
    found = reacting(reaction(HIGH, most=np.array([0, 1, 2, 0]), apart=0.1))
    assert [len(moments(found, case)) for case in range(4)] == [0, 1, 2, 0]


def test_failed_patient_harms_no_reaction_of_the_others():
    def spoil(x, p, amount):
        return np.where(amount[:1] > 0, np.nan, x), p

    events = Events(np.full((4, 1), 0.1), np.full((4, 1), 2), np.array([0.0, 1.0, 0.0, 0.0]).reshape(4, 1, 1))
    rule = reaction(HIGH, hold=0.2, most=5, apart=0.5)
    spoilt, whole = reacting(rule, actions=(tick, quieten, spoil), events=events), reacting(rule)
    assert spoilt.status.tolist()[1] != 0 and len(moments(spoilt, 1)) == 0
    for case in (0, 2, 3):
        assert moments(spoilt, case) == pytest.approx(moments(whole, case), abs=1e-7)


def test_endless_reaction_is_refused():
    with pytest.raises(ModelError, match="apart must be above 0"):
        reacting(reaction(HIGH, most=2))


def test_unknown_signal_is_refused_with_the_nearest_name():
    with pytest.raises(ModelError, match="no signal 'wav'; did you mean 'wave'"):
        reacting(reaction(Sign("wav", 0.5)))
