"""What must not change a patient's run: company, order, arms, sweeps, output days, how a dose is written down."""

import numpy as np
import pytest

import simsolid as sim
from simsolid.cohort import roster

from .people import DOSE, crowd, differing, one_lesion, run, setting

PLAN = sim.Regimen.single(DOSE, "intravenous")
MIXED = {"1": 0.5, "2": 0.5}


@pytest.fixture(scope="module")
def mixed():
    """A setting with one or two lesions and a place for a new one."""
    return one_lesion(sim.load("gastric"), MIXED, new_lesions=True)


@pytest.fixture(scope="module")
def mixed_run(mixed):
    return run(sim.draw(mixed, patients=12, seed=7), PLAN, days=40)


def test_patient_drawn_alone_is_the_patient_drawn_in_the_crowd(mixed):
    crowd_of_12, alone = sim.draw(mixed, patients=12, seed=7), sim.draw(mixed, patients=[5], seed=7)
    for name in alone.names:
        if hasattr(alone[name], "dims"):
            there = crowd_of_12[name].sel(patient=5).values
            assert np.array_equal(alone[name].sel(patient=5).values, there, equal_nan=True), name
    assert list(roster(alone).sites[0]) == list(roster(crowd_of_12).sites[5])


def test_patient_simulated_alone_equals_the_patient_in_the_crowd_to_the_bit(mixed, mixed_run):
    alone = run(sim.draw(mixed, patients=[5], seed=7), PLAN, days=40)
    assert differing(alone, mixed_run.sel(patient=[5])) == []


def test_order_of_patients_does_not_matter(mixed, mixed_run):
    order = [9, 2, 11, 5, 0]
    assert differing(run(sim.draw(mixed, patients=order, seed=7), PLAN, days=40), mixed_run.sel(patient=order)) == []


def test_splitting_a_cohort_changes_nobody(mixed, mixed_run):
    parts = [run(sim.draw(mixed, patients=range(*ends), seed=7), PLAN, days=40) for ends in ((0, 7), (7, 12))]
    assert differing(parts[0], mixed_run.sel(patient=range(7))) == []
    assert differing(parts[1], mixed_run.sel(patient=range(7, 12))) == []


def test_other_seed_draws_other_people(mixed):
    one, other = (sim.draw(mixed, patients=12, seed=seed) for seed in (7, 8))
    assert not np.array_equal(one["weight"], other["weight"])
    assert not (one["kill_rate"].values == other["kill_rate"].values).any()


def test_same_seed_draws_the_same_people_again(mixed):
    one, other = (sim.draw(mixed, patients=12, seed=7) for _ in range(2))
    assert all(np.array_equal(one[name], other[name], equal_nan=True) for name in one.names if hasattr(one[name], "dims"))


def test_arm_beside_others_equals_the_arm_alone_to_the_bit():
    people = crowd(3)
    routes = ["intravenous", "intraperitoneal", "intratumoural"]
    together = run(people, sim.vary(PLAN, route=routes))
    for route in routes:
        alone = run(people, sim.Regimen.single(DOSE, route))
        assert differing(alone, together.sel(route=route)) == [], route


def test_every_arm_treats_the_same_people():
    together = run(crowd(3), sim.vary(PLAN, route=["intravenous", "intraperitoneal"]))
    start = together["viable_volume"].isel(time=0)
    assert np.array_equal(start.isel(route=0), start.isel(route=1), equal_nan=True)


@pytest.mark.parametrize("drawn_first", [True, False], ids=["vary people", "vary setting"])
def test_cell_of_a_parameter_sweep_equals_the_same_case_alone_to_the_bit(drawn_first):
    def made(values):
        if drawn_first:
            return sim.vary(crowd(3), kill_rate=values)
        return sim.draw(sim.vary(setting(), kill_rate=values), patients=3, seed=7)

    swept = run(made([3.0, 7.0]))
    assert swept.sizes["kill_rate"] == 2
    for value in (3.0, 7.0):
        assert differing(run(made(value)), swept.sel(kill_rate=value)) == [], value


def test_cell_of_a_sweep_over_two_axes_equals_the_same_case_alone_to_the_bit():
    people, plan = crowd(5), sim.Regimen.single(DOSE, "intraperitoneal")
    touched = (roster(people).sites[:, 0] == "peritoneum").sum()
    assert 0 < touched < 5, "patients must differ in what the route touches"
    swept = run(sim.vary(people, kill_rate=[3.0, 7.0], lesion_exit_rate=[0.1, 0.4]), sim.vary(plan, dose=[1e8, 1e9]))
    alone = run(sim.vary(people, kill_rate=7.0, lesion_exit_rate=0.1), sim.Regimen.single(1e9, "intraperitoneal"))
    assert differing(alone, swept.sel(kill_rate=7.0, lesion_exit_rate=0.1, dose=1e9)) == []


@pytest.mark.parametrize("axis, names", [("armour", ["none", "dn_tgfbr2"]), ("origin", ["autologous", "allogeneic"])])
def test_cell_of_a_sweep_over_files_equals_the_loaded_setting_to_the_bit(axis, names):
    swept = run(sim.draw(sim.vary(setting(), **{axis: names}), patients=2, seed=7))
    for name in names:
        alone = run(sim.draw(one_lesion(sim.load("gastric", **{axis: name})), patients=2, seed=7))
        assert differing(alone, swept.sel({axis: name})) == [], name


def test_single_value_of_a_file_axis_equals_the_loaded_setting():
    varied, loaded = sim.vary(setting(), armour="dn_tgfbr2"), one_lesion(sim.load("gastric", armour="dn_tgfbr2"))
    assert varied.value("suppression_relief_fraction") == loaded.value("suppression_relief_fraction")
    assert varied.choices["armour"] == "dn_tgfbr2"
    assert [layer.name for layer in varied.layers if layer.kind == "armour"] == ["dn_tgfbr2"]


def test_result_does_not_depend_on_the_output_days():
    people = crowd(3)
    fine = run(people, days=30)
    coarse = run(people, times=[-7.0, 0.0, 3.5, 14.0, 30.0])
    assert differing(coarse, fine.sel(time=coarse["time"].values)) == []


def test_last_day_changes_earlier_days_only_within_the_tolerance():
    people = crowd(3)
    short, long = run(people, days=20), run(people, days=30).sel(time=slice(None, 20))
    assert np.allclose(short["viable_volume"], long["viable_volume"], rtol=1e-3, equal_nan=True)


def test_keeping_fewer_observables_changes_none_of_them():
    few = run(crowd(2), observables=["il6", "viable_volume"])
    assert "cart_blood" not in few
    assert differing(few, run(crowd(2))) == []


def test_one_dose_of_two_equals_two_of_one_at_once():
    people = crowd(3)
    one = run(people, sim.Regimen.single(2e8))
    two = run(people, sim.Regimen.single(1e8) + sim.Regimen((sim.Infusion(1e8),)))
    for name in ("cart_blood", "cart_lesion", "viable_volume", "il6"):
        assert np.allclose(one[name], two[name], rtol=1e-9, equal_nan=True), name


def test_zero_dose_leaves_the_natural_history():
    people = crowd(3)
    nothing, none = run(people, sim.Regimen.single(0, conditioning="none")), run(people, sim.Regimen.none())
    for name in none.data_vars:
        if none[name].dtype.kind == "f" and not name.startswith("given_"):
            assert np.allclose(nothing[name], none[name], rtol=1e-4, atol=1e-6, equal_nan=True), name


def test_slow_infusion_conserves_the_cells_given():
    still = {"division_rate": 0.0, "homeostatic_rate": 0.0, "effector_death_rate": 0.0, "rejection_rate": 0.0,
             "liver_loss_rate": 0.0, "memory_formation_rate": 0.0, "exhaustion_rate": 0.0, "lesion_entry_rate": 0.0}  # fmt: skip
    people = sim.vary(crowd(2), other_entry_rate=0.0, **still)
    blood = people["blood_volume_per_weight"] * people["weight"]
    for hours in (0.0, 6.0, 24.0):
        seen = run(people, sim.Regimen.single(1e8, hours=hours, conditioning="none"), days=5).sel(time=5.0)
        total = seen["cart_blood"] * blood * 1e3 + seen["cart_lung"] + seen["cart_liver"] + seen["cart_lymphoid"]
        given = 1e8 * people["product_viability_fraction"]
        assert np.allclose(total, given, rtol=1e-4), hours


def test_infusion_tends_to_the_bolus_as_its_hours_shrink():
    people = crowd(2)
    bolus = run(people, PLAN, days=10)["cart_blood"].sel(time=10.0)
    away = []
    for hours in (24.0, 6.0, 1.0):
        slow = run(people, sim.Regimen.single(DOSE, hours=hours), days=10)["cart_blood"].sel(time=10.0)
        away.append(float(np.abs(slow / bolus - 1).max()))
    assert away[0] > away[1] > away[2]
    assert away[2] < 0.02
