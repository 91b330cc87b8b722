"""Criteria one by one on patients whose disease is known, and the error of a biopsy against its distribution."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

import simsolid as sim
from simsolid.cohort import KEY
from simsolid.screening import EDGE, Screening, enrolled, screen

ANYBODY = Screening(antigen_at_least=None)


@pytest.fixture(scope="module")
def people():
    return sim.draw(sim.load("gastric"), 200, seed=7)


def known(sites, diameters, share=0.8):
    """Patients whose lesions have these sites and diameters [mm], the last slot for a new one."""
    people = sim.draw(sim.load("gastric"), len(sites), seed=7)
    who = sim.roster(people)
    where = np.full(who.sites.shape, "", dtype="U16")
    size, target = np.full(where.shape, np.nan), np.full(where.shape, np.nan)
    for n, (here, wide) in enumerate(zip(sites, diameters, strict=True)):
        where[n, : len(here)], size[n, : len(here)], target[n, : len(here)] = here, wide, share
    where[:, -1], size[:, -1], target[:, -1] = "liver", 0.0, 0.999
    old = people["diameter_start"]
    values = {"diameter_start": old.copy(data=size), "antigen_positive_fraction": old.copy(data=target)}
    who = replace(who, sites=where, lesions=np.array([len(here) for here in sites]))
    return replace(people.with_values(values), choices={**people.choices, KEY: who})


THREE = known([["liver"], ["liver", "liver"], ["liver", "lung", "stomach"]], [[30.0], [40.0, 30.0], [20.0, 10.0, 15.0]])


def refused(criteria, people=THREE):
    table = screen(people, criteria)
    assert (table.eligible == (table.why_not == "")).all()
    return table.why_not.tolist()


def test_the_table_tells_the_disease_without_the_slot_of_a_new_lesion():
    table = screen(THREE, ANYBODY)
    assert table.burden.tolist() == [30, 70, 45]
    assert table.lesions.tolist() == [1, 2, 3] and table.sites.tolist() == [1, 1, 3]
    assert table.organs.tolist() == ["liver", "liver", "liver, lung, stomach"]
    assert table.metastatic.tolist() == [False, False, True]
    assert table.antigen_true.tolist() == pytest.approx([0.8] * 3)


@pytest.mark.parametrize(("criterion", "value", "why"), [
    ("burden_at_most", 45, ["", "too much tumour", ""]),
    ("lesions_at_most", 2, ["", "", "too many lesions"]),
    ("sites_at_most", 1, ["", "", "too widely spread"]),
    ("sites_excluded", ("lung", "stomach"), ["", "", "an excluded organ"]),
    ("sites_excluded", "liver", ["an excluded organ"] * 3),
    ("sites_excluded", "brain", [""] * 3),
])  # fmt: skip
def test_each_criterion_refuses_whom_it_should(criterion, value, why):
    assert refused(Screening(antigen_at_least=None, **{criterion: value})) == why


def test_every_reason_is_told():
    criteria = Screening(antigen_at_least=None, burden_at_most=40, sites_at_most=1)
    assert refused(criteria)[2] == "too much tumour; too widely spread"


def test_a_weak_heart_and_autoimmune_disease_exclude():
    who = THREE["diameter_start"].patient
    strength = who.astype(float).copy(data=[1.0, 0.7, 1.0])
    ill = sim.vary(THREE, cardiac_reserve_fraction=strength, autoimmune_gain=who.astype(float).copy(data=[1.0, 1.0, 2.0]))
    criteria = Screening(antigen_at_least=None, cardiac_reserve_at_least=0.7, autoimmune_excluded=True)
    assert refused(criteria, ill) == ["", "", "autoimmune disease"]
    assert refused(replace(criteria, cardiac_reserve_at_least=0.71), ill)[1] == "too little cardiac reserve"
    assert refused(criteria) == ["", "", ""]


def test_without_error_the_biopsy_shows_its_lesion():
    table = screen(THREE, Screening(antigen_at_least=0.8 - EDGE, biopsy_sd=0))
    assert table.antigen_seen.tolist() == pytest.approx([0.8] * 3) and table.eligible.all()
    assert not screen(THREE, Screening(antigen_at_least=0.801, biopsy_sd=0)).eligible.any()


def test_the_error_of_a_biopsy_has_the_spread_it_is_given():
    many = known([["liver"]] * 2000, [[20.0]] * 2000, share=0.4)
    seen = screen(many, Screening(biopsy_sd=0.6)).antigen_seen
    logit = np.log(seen / (1 - seen))
    assert logit.std() == pytest.approx(0.6, rel=0.06)  # standard error of a spread from 2,000: 1.6 %
    assert np.median(seen) == pytest.approx(0.4, abs=0.02)
    assert screen(many, Screening(antigen_at_least=0.4)).eligible.mean() == pytest.approx(0.5, abs=0.04)


def test_the_settings_own_error_is_used_unless_another_is_given(people):
    own, given = screen(people), screen(people, Screening(biopsy_sd=float(people["biopsy_sd"])))
    assert own.antigen_seen.equals(given.antigen_seen)
    assert not own.antigen_seen.equals(screen(people, Screening(biopsy_sd=0.1)).antigen_seen)


def test_every_lesion_can_be_the_one_that_is_biopsied():
    many = known([["liver", "lung", "stomach"]] * 300, [[20.0] * 3] * 300)
    share = screen(many).biopsied.value_counts(normalize=True)
    assert set(share.index) == {"liver", "lung", "stomach"}
    assert share.min() > 0.2


def test_the_test_lets_some_in_and_keeps_some_out_against_the_truth(people):
    table = screen(people)
    assert (table.eligible & (table.antigen_true < 0.4)).any()
    assert (~table.eligible & (table.antigen_true >= 0.4)).any()


def test_a_patient_is_screened_alike_alone_and_in_a_crowd(people):
    alone = screen(sim.draw(sim.load("gastric"), [17], seed=7)).iloc[0]
    assert alone.to_dict() == screen(people).iloc[17].to_dict()


def test_a_stricter_cut_off_never_lets_more_in(people):
    eligible = [set(screen(people, Screening(antigen_at_least=cut)).query("eligible").patient) for cut in (0.0, 0.2, 0.4, 0.8)]
    assert all(strict <= loose for loose, strict in pairwise(eligible))
    assert len(eligible[0]) == 200 and len(eligible[-1]) < len(eligible[1])


def test_the_enrolled_are_the_same_people(people):
    few = enrolled(people, screen(people, Screening(lesions_at_most=2)))
    ids = sim.roster(few).patients
    assert sim.roster(few).lesions.max() == 2
    again = sim.draw(sim.load("gastric"), ids, seed=7)
    for name in again.names:
        assert np.array_equal(np.asarray(few[name]), np.asarray(again[name]), equal_nan=True), name
    assert (sim.roster(few).sites == sim.roster(again).sites).all()


def test_the_enrolled_can_be_simulated_and_are_as_they_were_in_the_crowd():
    people = sim.draw(sim.load("gastric"), 4, seed=7)
    days = {"days": 10, "observables": ["cart_blood"], "progress": False}
    all_of_them, few = (sim.simulate(p, sim.Regimen.single(1e8), **days) for p in (people, sim.select(people, [3, 1])))
    assert few.patient.values.tolist() == [3, 1]
    np.testing.assert_array_equal(few.cart_blood, all_of_them.cart_blood.sel(patient=[3, 1]))


def test_a_stranger_cannot_be_selected(people):
    with pytest.raises(sim.ParameterError, match=r"patients: \[200, 201\] not among the 200 drawn"):
        sim.select(people, [3, 200, 201])


def test_nobody_eligible_is_said_with_the_reasons(people):
    with pytest.raises(sim.ParameterError, match=r"none of 200 screened is eligible \(\{'too much tumour': 200\}\)"):
        enrolled(people, screen(people, Screening(antigen_at_least=None, burden_at_most=1)))


def test_criteria_read_as_a_sentence():
    criteria = Screening(burden_at_most=150, sites_at_most=2, sites_excluded=("brain",), autoimmune_excluded=True)
    assert str(criteria) == ("target on at least 40 % of cells in one biopsy; sum of diameters at most 150 mm; at most 2 organs; "
                             "none in brain; no autoimmune disease")  # fmt: skip
    assert str(ANYBODY) == "everybody is eligible"
    assert screen(THREE, criteria).attrs["screening"] == str(criteria)


def test_impossible_criteria_are_refused_all_at_once():
    with pytest.raises(sim.ParameterError) as told:
        Screening(antigen_at_least=40, burden_at_most=0, lesions_at_most=1.5, sites_at_most=True, biopsy_sd=-1)
    assert str(told.value).splitlines() == [
        "screening: antigen_at_least: 40; must be a number from 0 to 1",
        "screening: burden_at_most: 0; must be a number from 1 to 1000 mm",
        "screening: lesions_at_most: 1.5; must be a whole number from 1 to 5",
        "screening: sites_at_most: True; must be a whole number from 1 to 5",
        "screening: biopsy_sd: -1; must be a number from 0 to 5",
    ]


@pytest.mark.parametrize(("ask", "words"), [
    (lambda p: screen(p, Screening(sites_excluded=("livr",))), "sites_excluded: 'livr'; did you mean 'liver'?"),
    (lambda p: screen(sim.vary(p, autoimmune_gain=[1.0, 2.0])), "autoimmune_gain differs along autoimmune_gain; screen first"),
    (lambda p: screen(sim.load("gastric")), "no patients in this setting"),
])  # fmt: skip
def test_what_cannot_be_screened_is_refused(people, ask, words):
    with pytest.raises(sim.ParameterError) as told:
        ask(people)
    assert words in str(told.value)
