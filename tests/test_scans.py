"""The scan schedule and a reader's diameters."""

import numpy as np
import pytest

import simsolid as sim
from simsolid.errors import ParameterError
from simsolid.scans import Scans, read_diameter, reader_error


def test_scans_follow_the_schedule_until_the_run_ends():
    assert Scans(first=28, every=56).days(-7.0, 140.0).tolist() == [-7.0, 28.0, 84.0, 140.0]


def test_baseline_scan_is_not_before_the_run():
    assert Scans(baseline=-20).days(-7.0, 10.0).tolist() == [-7.0]


@pytest.mark.parametrize(
    ("given", "told"),
    [({"first": np.nan}, "first nan"), ({"every": 0}, "every must be above 0"), ({"first": -8}, "first after the baseline"),
     ({"first": "28"}, "first '28'")],
)  # fmt: skip
def test_impossible_schedule_is_refused(given, told):
    with pytest.raises(ParameterError, match=told):
        Scans(**given)


def test_error_of_a_patient_does_not_depend_on_who_else_is_read():
    crowd = reader_error(7, "reader", np.arange(50), [0, 3], [0, 1, 2])
    alone = reader_error(7, "reader", np.array([17]), [3], [2])
    assert alone[0, 0, 0] == crowd[17, 1, 2]


def test_read_diameters_are_whole_millimetres_around_the_truth():
    volume = np.full(4000, np.pi / 6 * 4.0**3)
    read = read_diameter(volume, reader_error(7, "reader", np.arange(4000), [0], [0])[:, 0, 0], 0.086)
    assert (read == np.rint(read)).all()
    assert np.log(read).std() == pytest.approx(0.086, rel=0.05)
    assert read.mean() == pytest.approx(40.15, rel=0.01)


def test_what_is_thinner_than_a_slice_is_not_found():
    assert read_diameter(np.array([np.pi / 6 * 0.19**3, np.pi / 6 * 0.21**3])).round(2).tolist() == [0.0, 2.1]


def test_a_run_tells_in_which_arms_rules_read_its_scans():
    after = {"wait": (), "stop": sim.Rule("stop", when="response is PD")}
    plan = sim.vary(sim.Regimen.single(1e8), dose=[1e7, 1e8], after=after)
    decided = sim.simulate(sim.load("gastric"), plan, days=1, times=[0, 1], progress=False)["scans_decided"]
    assert decided.sel(after="stop").values.tolist() == [True, True] and not decided.sel(after="wait").any()
