"""What scans show until death, contrast, clinical worsening, and the words of every criterion."""

import numpy as np
import pytest
import xarray as xr

from simsolid.criteria import CRITERIA
from simsolid.errors import ParameterError
from simsolid.films import Call
from simsolid.imaging import at_days
from simsolid.observe import observe
from tests import runs


def test_values_between_times_lie_on_straight_lines_and_at_times_are_exact():
    series = xr.DataArray([[1.0, 3.0, np.nan]], {"time": [0.0, 2.0, 4.0]}, ("patient", "time"))
    np.testing.assert_array_equal(at_days(series, [0.0, 0.5, 2.0, 3.0])[0], [1.0, 1.5, 3.0, np.nan])


def test_a_missing_neighbour_does_not_spoil_an_exact_day():
    series = xr.DataArray([[np.nan, 3.0, np.nan]], {"time": [0.0, 2.0, 4.0]}, ("patient", "time"))
    assert at_days(series, [2.0]).item() == 3.0


def dying(day):
    run = runs.labelled_run([runs.steady(40.0)] * 2)
    return run.assign(death_day=("patient", [day, np.nan]))


def test_labels_come_along_and_those_of_time_stay_behind():
    coords = {"time": [0.0, 2.0], "patient": [4, 7], "weight": ("patient", [60.0, 70.0]), "week": ("time", [0, 1])}
    found = at_days(xr.DataArray([[0.0, 2.0], [1.0, 5.0]], coords, ("patient", "time")), [0.5, 1.0, 1.5])
    assert found.dims == ("patient", "scan") and found["patient"].values.tolist() == [4, 7]
    assert set(found.coords) == {"patient", "weight"}


def test_a_patient_is_seen_until_death_and_not_after():
    seen = observe(dying(100.0))
    assert np.isfinite(seen.seen_diameter[0, 0]).values.tolist() == [True, True, True, False, False]
    assert (seen.seen_call[0].values != Call.NE).tolist() == [False, True, True, False, False]
    assert np.isfinite(seen.seen_il6[0]).values.tolist() == (seen.time <= 100).values.tolist()
    assert np.isfinite(seen.seen_diameter[1, 0]).all()
    assert np.isfinite(seen.true_viable_volume[0, 0]).all()
    assert np.isfinite(seen.true_viable_burden[0]).all()
    np.testing.assert_array_equal(seen.seen_death_day, [100.0, np.nan])


def test_a_scan_on_the_day_of_death_is_made():
    assert observe(dying(70.0)).seen_call[0].values.tolist() == [Call.NE, Call.SD, Call.SD, Call.NE, Call.NE]


# 40 to 30 mm, then 40 mm (2.37 times the volume) and 50 mm (4.63 times)
UP_AGAIN = [{0: 40.0, 28: 30.0, 70: 40.0, 112: 50.0}, {0: 0.0}]


@pytest.mark.parametrize(("fold", "expected"), [(2.0, [0, 0, 1, 1, 1]), (4.0, [0, 0, 0, 1, 1]), (5.0, [0, 0, 0, 0, 0])])
def test_a_patient_feels_worse_once_viable_burden_is_that_many_times_its_lowest(fold, expected):
    run = runs.labelled_run([UP_AGAIN])
    for seen in (observe(run, decline_fold=fold), observe(run.assign_attrs(decline_fold=fold)),
                 observe(run.assign(decline_fold=("patient", [fold])))):  # fmt: skip
        assert seen.seen_decline[0].values.astype(int).tolist() == expected


def test_growth_of_a_tumour_too_small_to_measure_is_not_felt():
    run = runs.labelled_run([[{0: 40.0, 28: 1.0, 70: 12.0, 112: 13.0}, {0: 0.0}]])
    assert observe(run, decline_fold=2.0).seen_decline[0].values.astype(int).tolist() == [0, 0, 0, 1, 1]


def test_nobody_is_asked_where_the_run_does_not_say_when_patients_feel_worse():
    assert "seen_decline" not in observe(runs.cohort(2))


def with_contrast():
    run = runs.labelled_run([[{0: 40.0, 28: 30.0}, {0: 0.0}]] * 600, sites=[["brain", "brain"]] * 600)
    run["enhancing_volume"] = 0.5 * run.apparent_volume
    run["steroid"] = ("patient", "time"), np.tile(np.where(run.time < 50, 4.0, 0.0), (600, 1))
    return run.assign(decline_fold=("patient", np.full(600, 2.0)))


def test_contrast_steroid_and_antigen_are_known_at_scans():
    seen = observe(with_contrast(), noise=False)
    np.testing.assert_allclose(seen.seen_enhancing[0, 0, :2], 0.5 * runs.sphere([40.0, 30.0]))
    assert seen.seen_steroid[0].values.tolist() == [4.0, 4.0, 0.0, 0.0, 0.0]
    np.testing.assert_allclose(seen.true_antigen_negative[0, 0], 0.1)


def test_contrast_is_read_with_the_spread_of_three_diameters():
    seen = observe(with_contrast(), reader_cv=0.05).seen_enhancing.sel(lesion=0).isel(scan=0)
    assert np.std(np.log(seen)) == pytest.approx(3 * 0.05, rel=0.1)


@pytest.mark.parametrize("criteria", CRITERIA)
def test_every_criterion_gives_its_own_word_and_a_plain_one(criteria):
    seen = observe(with_contrast().isel(patient=slice(4)), criteria=criteria, noise=False)
    facts = seen.seen_word.attrs
    names = dict(zip(facts["flag_values"], facts["flag_meanings"].split(), strict=True))
    assert {names[int(word)].lstrip("iu") for word in seen.seen_word[:, 2].values.ravel()} <= {"SD", "PR"}
    assert set(seen.seen_call[:, 2].values) <= {Call.SD, Call.PR}
    assert (seen.seen_call[:, 0] == Call.NE).all()


def test_a_criterion_without_its_films_is_refused_at_once():
    run = runs.cohort(2).drop_vars("attenuation")
    with pytest.raises(ParameterError, match="'choi' also needs attenuation, which the run has not"):
        observe(run, criteria="choi")
