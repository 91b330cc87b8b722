"""Random numbers that belong to a patient: addressed, not drawn in turn."""

import numpy as np
import pytest

from simsolid.streams import normal, uniform

CROWD = np.arange(5000)
# Written down once; a change here changes every published cohort.
KNOWN = [0.668205270412739, 0.5810782716788352]


@pytest.mark.parametrize("who", [[17], [4999, 0, 17], [17, 10**9], list(range(40, 90))])
def test_number_depends_on_the_patient_and_not_on_the_company(who):
    alone = uniform(7, ("kill_rate",), np.array(who))
    together = uniform(7, ("kill_rate",), CROWD)
    for number, patient in zip(alone, who, strict=True):
        assert number == (together[patient] if patient < 5000 else uniform(7, ("kill_rate",), np.array([patient]))[0])


def test_seed_purpose_and_order_of_words_all_matter():
    addresses = ((7, ("a", 1)), (8, ("a", 1)), (7, ("a", 2)), (7, (1, "a")), (7, ("a1",)))
    numbers = [uniform(seed, words, CROWD) for seed, words in addresses]
    for i, one in enumerate(numbers):
        for other in numbers[i + 1 :]:
            assert abs(np.corrcoef(one, other)[0, 1]) < 0.06


def test_words_and_numbers_that_read_alike_are_one_purpose():
    assert np.array_equal(uniform(7, ("scan", 2), CROWD), uniform(7, ("scan", "2"), CROWD))


def test_numbers_are_uniform_and_never_at_the_ends():
    u = uniform(3, ("x",), np.arange(100_000))
    assert u.min() > 0 and u.max() < 1
    assert np.allclose(np.histogram(u, bins=20, range=(0, 1))[0] / 5000, 1, atol=0.08)


def test_neighbouring_patients_are_not_correlated():
    u = uniform(3, ("x",), np.arange(100_000))
    assert abs(np.corrcoef(u[:-1], u[1:])[0, 1]) < 0.012


@pytest.mark.parametrize("limit, sd", [(1.0, 0.5396), (2.0, 0.8796), (3.0, 0.9866), (np.inf, 1.0)])
def test_truncated_normal_has_its_known_spread(limit, sd):
    z = normal(3, ("x",), np.arange(100_000), limit)
    assert np.abs(z).max() <= limit
    assert z.mean() == pytest.approx(0, abs=0.01) and z.std() == pytest.approx(sd, abs=0.006)


def test_nobody_draws_nothing():
    assert uniform(7, ("x",), np.array([], dtype=int)).shape == (0,)


def test_known_numbers_stay_what_they_are():
    assert uniform(7, ("kill_rate",), np.array([0, 17])).tolist() == KNOWN
