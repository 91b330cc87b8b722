"""Response, progression, relapse and survival of each patient, against courses worked by hand."""

import numpy as np
import pytest

from simsolid.assess import assess
from simsolid.observe import observe
from simsolid.outcome import progression_of
from tests import runs

RELAPSING = [{0: 50.0, 28: 40.0, 70: 30.0, 112: 30.0, 154: 50.0, 180: 60.0}, {0: 0.0}]  # PR at 70, PD at 154
SWOLLEN = [runs.SWELLING, {0: 0.0}]
LIVING = [runs.SHRINKING, {0: 0.0}]


def one(lesions, *, death=None, negative=0.1, see=None, **kw):
    run = runs.labelled_run([lesions], **kw)
    run["antigen_negative_fraction"][:] = np.reshape(negative, (1, -1, 1))
    if death is not None:
        run = run.assign(death_day=("patient", [death]))
    return assess(observe(run, noise=False, **(see or {}))).iloc[0]


def test_a_survivor_is_followed_to_the_end_of_the_run():
    row = one(runs.steady(40.0), death=np.nan)
    assert (row.died, row.os_day, row.pfs_event, row.pfs_day) == (False, 180.0, False, 154.0)
    assert np.isnan(row.death_day)


def test_a_run_that_does_not_know_death_has_survivors_only():
    assert (one(runs.steady(40.0)).died, one(runs.steady(40.0)).os_day) == (False, 180.0)


def test_death_without_progression_ends_progression_free_survival_and_response():
    row = one([{0: 50.0, 70: 30.0}, {0: 0.0}], death=170.0)
    assert (row.progressed, row.died, row.death_day, row.os_day) == (False, True, 170.0, 170.0)
    assert (row.pfs_event, row.pfs_day) == (True, 170.0)
    assert (row.first_response_day, row.response_duration, row.response_ended) == (70.0, 100.0, True)


def test_progression_before_death_ends_progression_free_survival():
    row = one(RELAPSING, death=170.0)
    assert (row.progressed, row.pfs_event, row.pfs_day, row.os_day, row.response_ended) == (True, True, 154.0, 170.0, True)


def test_progression_nobody_lived_to_see_is_not_called():
    row = one(RELAPSING, death=150.0)
    assert (row.progressed, row.pfs_event, row.pfs_day, row.relapse) == (False, True, 150.0, "")


def test_a_response_that_lasts_is_cut_off_by_the_last_scan():
    row = one([{0: 50.0, 70: 30.0}, {0: 0.0}])
    assert (row.response_duration, row.response_ended) == (84.0, False)


def test_a_patient_without_response_has_no_duration_and_no_end_of_it():
    row = one([runs.GROWING, {0: 0.0}])
    assert (row.response_ended, row.relapse) == (False, "")
    assert np.isnan(row.response_duration)


KINDS = [(0.1, "antigen-positive"), (0.5, "antigen-positive"), (0.51, "antigen-low")]


@pytest.mark.parametrize(("negative", "kind"), KINDS)
def test_a_relapse_is_what_more_than_half_of_the_viable_tumour_is(negative, kind):
    assert one(RELAPSING, negative=negative).relapse == kind


@pytest.mark.parametrize("larger", [0, 1])
@pytest.mark.parametrize(("negative", "kind"), [([0.9, 0.1], "antigen-low"), ([0.1, 0.9], "antigen-positive")])
def test_the_larger_lesion_decides_what_a_relapse_is(larger, negative, kind):
    lesions = [RELAPSING[0], {day: 0.4 * size for day, size in RELAPSING[0].items()}]
    turn = slice(None, None, -1 if larger else 1)
    assert one([*lesions[turn], {0: 0.0}], negative=[*negative[turn], 0.0]).relapse == kind


def test_a_new_lesion_makes_a_relapse_at_a_new_site_whatever_its_antigen():
    slot = {0: 0.0, 120: 0.0, 154: 15.0}
    row = one([{0: 50.0, 70: 30.0}, slot], negative=0.9, new_lesion_day=[120.0])
    assert (row.progression_day, row.relapse) == (154.0, "new site")


def test_progression_without_a_response_is_no_relapse():
    assert one([runs.GROWING, {0: 0.0}], negative=0.9).relapse == ""


CRITERIA = [
    ("recist", "PD", "PD", True, 28.0, True), ("irecist", "PR", "iPR", False, np.nan, False),
    ("choi", "PD", "PD", True, 28.0, True),
]  # fmt: skip


@pytest.mark.parametrize(("criteria", "plain", "word", "progressed", "day", "pseudo"), CRITERIA)
def test_swelling_that_recedes_is_called_by_each_criterion_in_its_way(criteria, plain, word, progressed, day, pseudo):
    row = one([{**runs.SWELLING, 154: 25.0}, {0: 0.0}], viable=[LIVING], see={"criteria": criteria})
    assert (row.best_response, row.best_word, row.progressed, row.pseudo_progression) == (plain, word, progressed, pseudo)
    np.testing.assert_array_equal(row.progression_day, day)


def test_swelling_that_darkens_is_a_response_by_choi():
    run = runs.labelled_run([SWOLLEN], viable=[LIVING])
    run["attenuation"] = run.attenuation.where(run.time < 10, 60.0)
    row = assess(observe(run, noise=False, criteria="choi")).iloc[0]
    assert (row.best_response, row.pseudo_progression) == ("PR", False)


def test_growth_that_goes_on_is_dated_back_to_its_first_sign_by_irecist():
    row = one([runs.GROWING, {0: 0.0}], see={"criteria": "irecist"})
    assert (row.best_response, row.progressed, row.progression_day) == ("PD", True, 28.0)


@pytest.mark.parametrize(("death", "event", "day"), [(170.0, True, 154.0), (None, False, 154.0), (150.0, True, 150.0)])
def test_an_unconfirmed_progression_dates_the_end_of_those_who_died_with_it(death, event, day):
    """seymour2017: no assessment after an iUPD because of death makes its day the date; followed on, it is not yet one."""
    row = one(RELAPSING, death=death, see={"criteria": "irecist"})
    assert (row.progressed, row.pfs_event, row.pfs_day) == (False, event, day)


def test_progression_is_found_by_the_criterion_of_the_scans():
    from simsolid.rows import Rows

    run = runs.labelled_run([SWOLLEN], viable=[LIVING])
    found = [int(progression_of(Rows(observe(run, noise=False, criteria=name), []))[0]) for name in ("recist", "irecist")]
    assert found == [1, -1]
