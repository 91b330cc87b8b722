"""Every result that the gallery names: within its tolerance, or a miss that is known and still misses."""

import numpy as np
import pytest

import simsolid as sim
from simsolid.gallery import CHECKS, Check, counts, results
from simsolid.gallery.check import AGAIN, FOLLOWS, INFERRED, PRINTED, written
from simsolid.models import GALLERY

EVERY = [(name, check) for name, checks in CHECKS.items() for check in checks]


def test_every_model_of_the_gallery_is_held_against_what_is_published():
    assert set(CHECKS) == set(GALLERY) and all(CHECKS.values())


@pytest.mark.parametrize("name, check", EVERY, ids=[f"{name}-{check.what[:40]}" for name, check in EVERY])
def test_published_result_comes_out_unless_it_is_a_known_miss(name, check):
    value = check.ours()
    assert check.passes(value) == check.reproduced, f"{check.what}: {written(value)}, theirs {written(check.theirs)}"


def test_every_check_says_whose_it_is_and_every_miss_what_is_known_of_it():
    for name, check in EVERY:
        assert check.whose in (PRINTED, FOLLOWS, AGAIN, INFERRED), name
        assert check.reproduced or check.note, f"{name}: {check.what}"


def test_only_printed_results_can_be_known_misses():
    assert {check.whose for _, check in EVERY if not check.reproduced} == {PRINTED}


@pytest.mark.parametrize("theirs, rel, absolute, value, passes", [
    (100.0, 0.01, None, 100.9, True), (100.0, 0.01, None, 101.1, False), (0.0, None, 0.1, -0.09, True),
    (0.0, None, 0.1, 0.11, False), ((1.0, 2.0), 0.1, None, (1.05, 2.3), False), ((1.0, 2.0), 0.1, None, 1.0, False),
    (("R", "NR"), None, None, ("R", "NR"), True), ((True, False), None, None, [True, True], False),
    (1.0, 0.1, None, np.nan, False),
])  # fmt: skip
def test_a_check_passes_only_within_its_tolerance(theirs, rel, absolute, value, passes):
    assert Check(what="x", theirs=theirs, ours=lambda: value, rel=rel, absolute=absolute).passes(value) == passes


def test_table_shows_theirs_ours_and_a_mark():
    found = results("kimmel2021")
    assert set(found["mark"]) == {"pass", "known miss"} and (found["model"] == "kimmel2021").all()
    late = found[found["mark"] == "known miss"].iloc[0]
    assert late["theirs"] == "0.1" and float(late["ours"]) > 0.3 and "late decline" in late["note"]
    assert counts(found).loc["kimmel2021", "known miss"] == 1
    with pytest.raises(sim.ParameterError, match="did you mean 'kimmel2021'"):
        results("kimel2021")


def test_a_mark_cannot_hide_a_failure(monkeypatch):
    worse = Check(what="a", theirs=1.0, ours=lambda: 2.0, rel=0.1)
    better = Check(what="b", theirs=1.0, ours=lambda: 1.0, reproduced=False)
    monkeypatch.setitem(CHECKS, "sahoo2020", (worse, better))
    assert results("sahoo2020")["mark"].tolist() == ["FAIL", "passes after all"]
