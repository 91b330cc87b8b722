"""Mechanisms of the house model on plain numbers, and what must hold for all of them together."""

from dataclasses import fields

import numpy as np
import pytest
from scipy.integrate import solve_ivp

import simsolid as sim
from simsolid.models import house, house_model
from simsolid.models.house_doses import CART_BODY, LESION_CONTENT, condition, debulk, infuse, landing, new_lesion, safety_switch
from simsolid.units import dimension
from tests.house_numbers import lively_state, plain_parameters


@pytest.fixture(scope="module")
def setting():
    return sim.load("gastric", target="cldn18_2", product="satri_cel")


@pytest.fixture
def p(setting):
    return plain_parameters(setting)


def test_volume_at_the_start_is_that_of_a_sphere(p):
    x = house_model.start(p)
    sphere = np.pi / 6 * (p.diameter_start / 10) ** 3
    assert house.geometry(x, p).viable_volume == pytest.approx(sphere)
    assert house.geometry(x, p).apparent_volume == pytest.approx(sphere)


def test_antigen_contact_is_one_half_when_reachable_antigen_equals_half_density(setting):
    p = plain_parameters(setting, antigen_positive_fraction=1.0)
    x = house_model.start(p)
    density = x.access * x.positive / house.geometry(x, p).tissue
    p = plain_parameters(setting, antigen_positive_fraction=1.0, antigen_half=float(density[0]))
    assert house.antigen_contact(x, p, house.geometry(x, p)) == pytest.approx(0.5)


def test_same_density_gives_same_contact_in_small_and_large_lesions(setting):
    p = plain_parameters(setting, diameter_start=np.array([13.0, 61.0]))
    contact = house.antigen_contact(house_model.start(p), p, house.geometry(house_model.start(p), p))
    assert contact[0] == pytest.approx(contact[1], rel=1e-6)


def test_more_suppression_never_helps_and_armour_undoes_its_share(setting):
    bare, armoured = (plain_parameters(setting, suppression_relief_fraction=share) for share in (0.0, 1.0))
    x = house_model.start(bare)
    low = house.environment(x, bare, house.geometry(x, bare)).function
    x.suppression = x.suppression * 5
    high = house.environment(x, bare, house.geometry(x, bare)).function
    free = house.environment(x, armoured, house.geometry(x, armoured)).function
    assert (high < low).all() and (free > high).all()
    assert free == pytest.approx(1 - armoured.pd1_floor_fraction)


def test_hypoxia_weighs_less_on_killing_than_on_division(p):
    x = lively_state(p)
    x.positive, x.negative = x.positive * 1e3, x.negative * 1e3
    volume = house.geometry(x, p)
    place = house.environment(x, p, volume)
    assert (place.hypoxia < place.hypoxia**p.hypoxia_kill_power).all()


def test_kills_are_shared_by_weight_and_never_exceed_the_cap(p):
    x = lively_state(p)
    volume = house.geometry(x, p)
    kills = house.killing(x, p, volume, house.environment(x, p, volume))
    assert kills.kill_positive + kills.kill_negative == pytest.approx(kills.kill, rel=1e-6)
    assert (kills.kill < p.kill_rate * x.effector).all()
    ratio = kills.kill_negative / kills.kill_positive
    assert ratio == pytest.approx(p.antigen_low_weight * x.negative / x.positive)


def test_growth_at_the_start_has_the_stated_doubling_time(p):
    x = house_model.start(p)
    grown = house.growth(x, p, house.geometry(x, p))
    total = (grown.growth_positive + grown.growth_negative) / (x.positive + x.negative)
    assert total == pytest.approx(np.log(2) / p.doubling_time, rel=1e-9)


def test_nothing_below_one_cell_grows_and_its_remnant_fades(p):
    x = house_model.start(p)
    x.positive, x.negative = np.array([0.97, 0.3]), np.array([0.0, 0.99])
    grown = house.growth(x, p, house.geometry(x, p))
    assert (grown.growth_positive == 0).all() and (grown.growth_negative == 0).all() and (grown.antigen_loss == 0).all()
    assert (grown.fade_positive > 0).all()


def test_lag_gate_is_shut_for_fresh_cells_and_half_open_at_the_delay(p):
    x = house_model.start(p)
    assert house.readiness(x, p).gate == 0

    def chain(day, z):
        x.readiness_1, x.readiness_2, x.readiness_3 = z
        ready = house.readiness(x, p)
        return [ready.step_1, ready.step_2, ready.step_3]

    x.readiness_1, x.readiness_2, x.readiness_3 = solve_ivp(chain, (0, p.lag_delay), [0, 0, 0], rtol=1e-9).y[:, -1]
    assert house.readiness(x, p).gate == pytest.approx(0.5, abs=0.001)


def test_tocilizumab_blocks_the_receptor_and_leaves_the_other_signal(setting):
    p = plain_parameters(setting)
    x = lively_state(p)
    x.tocilizumab_central = 1e9
    drug = house.drugs(x, p)
    assert drug.blocked == pytest.approx(1, abs=1e-4)
    assert house.signal(x, p, drug) < house.signal(x, p, house.flows(blocked=0.0))
    assert house.signal(x, p, drug) > 0


def test_support_score_is_one_two_three_at_the_grade_signals(p):
    for level, seen in enumerate((p.grade2_signal, p.grade3_signal, p.grade4_signal), start=1):
        assert house_model.support_score(seen, p, 1.0) == pytest.approx(level)
    assert house_model.support_score(p.grade2_signal * 0.5, p, 1.0) == pytest.approx(0.5)


def test_healthy_tissue_is_renewed_with_its_turnover_time(p):
    x = house_model.start(p)
    x.healthy_tissue = 0.4
    assert house.injury(x, p).repair == pytest.approx(0.6 / p.healthy_turnover_time)


def test_rejection_needs_a_recovered_host_and_stops_with_editing(setting):
    p = plain_parameters(setting, rejection_rate=0.5)
    x = house_model.start(p)
    whole = house.rejection(x, p)
    x.host_lymphocytes = 0.03
    assert house.rejection(x, p) < 0.01 * whole
    assert house.rejection(x, plain_parameters(setting, rejection_rate=0.5, rejection_edit_fraction=1.0)) == 0


def test_new_lesions_come_faster_with_more_burden_and_later(p):
    x = house_model.start(p)
    small = house.appearance(10.0, p, house.geometry(x, p))
    late = house.appearance(300.0, p, house.geometry(x, p))
    x.positive = x.positive * 3
    assert house.appearance(10.0, p, house.geometry(x, p)) > small < late


def _as_cases(p):
    """One case as a column, the way actions see it."""
    return type(p)(**{f.name: np.atleast_1d(getattr(p, f.name))[..., None] if f.metadata.get("axis") == "lesion"
                      else np.atleast_1d(getattr(p, f.name)) for f in fields(p)})


def test_every_infused_living_cell_lands_somewhere(p):
    p = _as_cases(p)
    x = house_model.start(p)
    for shares in ((1, 0, 0), (0, 1, 0), (0, 0, 1), (0.2, 0.3, 0.5)):
        landed = landing(np.array([1e8]), *(np.array([float(s)]) for s in shares), np.ones((2, 1)), x, p)
        total = sum(v.sum() for v in landed.values())
        assert total == pytest.approx(1e8 * p.product_viability_fraction[0])


def test_arterial_dose_holds_more_in_the_lesion_with_more_arrest(setting):
    held = []
    for arrest in (0.005, 0.05, 0.3):
        p = _as_cases(plain_parameters(setting, first_pass_arrest_fraction=arrest))
        shares = (np.array([share]) for share in (0.0, 1.0, 0.0))
        landed = landing(np.array([1e8]), *shares, np.ones((2, 1)), house_model.start(p), p)
        held.append(landed["lesion"].sum())
    assert held[0] < held[1] < held[2]


def test_two_doses_at_once_equal_one_of_their_sum(p):
    p = _as_cases(p)
    x = house_model.start(p)
    x.competence = x.competence * 0.4
    x.effector_blood = x.effector_blood + 3e7

    def amount(cells):
        return np.array([[cells], [1.0], [0.0], [0.0], [0.3], [0.0], [0.0]])

    twice, _ = infuse(*infuse(x, p, amount(1e8)), amount(1e8))
    once, _ = infuse(x, p, amount(2e8))
    for f in fields(once):
        assert getattr(twice, f.name) == pytest.approx(getattr(once, f.name)), f.name


def test_conditioning_never_raises_lymphocytes(setting):
    p = _as_cases(plain_parameters(setting, lymphocyte_nadir_fraction=0.03))
    x = house_model.start(p)
    x.host_lymphocytes = x.host_lymphocytes * 0.01
    after, _ = condition(x, p, np.zeros((1, 1)))
    assert after.host_lymphocytes[0] == pytest.approx(0.01) and after.homeostatic_cytokine[0] == pytest.approx(1.0)


def test_debulking_removes_its_share_of_the_chosen_lesion_only(p):
    p = _as_cases(p)
    x = _as_cases(lively_state(plain_parameters(sim.load("gastric"))))
    after, _ = debulk(x, p, np.array([[0.8], [1.0], [0.0]]))
    for name in LESION_CONTENT:
        assert getattr(after, name)[0] == pytest.approx(0.2 * getattr(x, name)[0])
        assert getattr(after, name)[1] == pytest.approx(getattr(x, name)[1])


def test_safety_switch_kills_its_share_everywhere(setting):
    p = _as_cases(plain_parameters(setting, safety_switch_fraction=0.9))
    x = _as_cases(lively_state(plain_parameters(setting)))
    after, _ = safety_switch(x, p, np.zeros((1, 1)))
    assert after.effector_blood == pytest.approx(0.1 * x.effector_blood)
    assert after.exhausted == pytest.approx(0.1 * x.exhausted) and after.positive == pytest.approx(x.positive)


def test_new_lesion_fills_the_last_slot_only(p):
    p = _as_cases(p)
    x = house_model.start(p)
    x.positive = x.positive.copy()
    x.positive[-1] = 0.0
    x.negative = x.negative * np.array([[1.0], [0.0]])
    after, _ = new_lesion(x, p, np.zeros((0, 1)))
    per_cell = p.tumour_cell_volume / p.cellular_fraction
    assert (after.positive[-1] + after.negative[-1]) * per_cell == pytest.approx(p.new_lesion_volume)
    assert after.positive[0] == x.positive[0]


def test_cells_are_conserved_without_growth_killing_and_death(setting):
    deaths = ("effector_death_rate", "exhausted_death_rate", "liver_loss_rate", "loss_per_kill", "chemotherapy_lymphotoxic_rate")
    still = dict.fromkeys(("division_rate", "homeostatic_rate", *deaths), 0.0)
    p = plain_parameters(setting, **still, memory_half_life=1e300, cavity_blood_fraction=1.0, cavity_outflow_rate=0.7,
                         cavity_entry_rate=0.01, cavity_reach=1.0)
    change = house.rates(3.0, lively_state(p), p)
    flows = np.concatenate([np.atleast_1d(getattr(change, name)) for name in (*CART_BODY, "effector", "exhausted")])
    assert abs(flows.sum()) < 1e-9 * abs(flows).sum()


def test_tumour_cells_only_change_class_without_growth_and_clearance(setting):
    p = plain_parameters(setting, doubling_time=1e300, clearance_rate=0.0)
    change = house.rates(3.0, lively_state(p), p)
    total = change.positive + change.negative + change.dying
    assert abs(total).max() < 1e-9 * abs(change.dying).max()


def test_no_state_at_zero_is_pushed_below_zero(p):
    for f in fields(house.State):
        x = lively_state(p)
        setattr(x, f.name, 0.0 * getattr(x, f.name))
        change = np.asarray(getattr(house.rates(3.0, x, p), f.name))
        assert (change >= 0).all(), f.name


@pytest.mark.parametrize("base", ["day", "cell", "length", "mass"])
def test_rates_scale_with_their_units(p, base):
    factor = 1.7

    def rescaled(named):
        values = {}
        for f in fields(named):
            values[f.name] = getattr(named, f.name) * factor ** getattr(dimension(f.metadata["unit"]), base)
        return type(named)(**values)

    x = lively_state(p)
    before, after = house.rates(3.0, x, p), house.rates(3.0 * (factor if base == "day" else 1.0), rescaled(x), rescaled(p))
    per_day = 1 / factor if base == "day" else 1.0
    for f in fields(before):
        expected = getattr(before, f.name) * factor ** getattr(dimension(f.metadata["unit"]), base) * per_day
        assert getattr(after, f.name) == pytest.approx(expected, rel=1e-9), f.name


def test_entry_from_blood_ends_with_the_tumour(p):
    x = lively_state(p)
    x.positive, x.negative = np.array([1e9, 10.0]), np.array([1e8, 5.0])
    volume = house.geometry(x, p)
    per_volume = house.entry(x, p, volume, house.environment(x, p, volume)).entry_blood / volume.tissue / x.access
    assert per_volume[1] < 1e-4 * per_volume[0]


def test_regrowth_after_surgery_is_not_much_faster_than_before(setting):
    for diameter in (50.0, 150.0, 190.0):
        p = plain_parameters(setting, lesions=1, diameter_start=diameter)
        x = house_model.start(p)
        x.positive, x.negative = 0.05 * x.positive, 0.05 * x.negative
        grown = house.growth(x, p, house.geometry(x, p))
        rate = (grown.growth_positive + grown.growth_negative) / (x.positive + x.negative)
        assert rate[0] <= 2.0 * np.log(2) / p.doubling_time[0]


def test_net_growth_is_lowered_by_rejection_and_unknown_without_tumour(setting):
    p = plain_parameters(setting)
    x = house_model.start(p)
    x.positive, x.negative = x.positive * np.array([1, 0]), x.negative * np.array([1, 0])
    rejected = plain_parameters(setting, rejection_rate=0.5)
    first, lower = house_model.net_growth(x, p), house_model.net_growth(x, rejected)
    assert lower[0] < first[0] and np.isnan(first[1])
