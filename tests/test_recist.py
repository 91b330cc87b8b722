"""RECIST 1.1 as rows worked by hand; each row names the sentence of eisenhauer2009 it follows."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simsolid import recist
from simsolid.recist import Call

NAN = np.nan
NODE = "lymph_node"

# what is tested | lesions, each [organ, baseline, visit 1, visit 2 ...] in mm | call of each visit after baseline
VISITS = [
    ("nothing changes", [["liver", 50, 50]], "SD"),
    ("exactly -30 % is a response (4.3.1)", [["liver", 100, 70]], "PR"),
    ("-29 % is not", [["liver", 100, 71]], "SD"),
    ("exactly -30 % of 70, where 0.7 * 70 is not 49 in floating point", [["liver", 70, 49]], "PR"),
    ("exactly -30 % of 30", [["liver", 30, 21]], "PR"),
    ("-30 % of an unrounded sum", [["liver", 33.3, 0.7 * 33.3]], "PR"),
    ("-30 % of a sum whose rounding error is upwards", [["liver", 56.7, 0.7 * 56.7], ["lung", 27.9, 0.7 * 27.9]], "PR"),
    ("exactly +20 % and more than 5 mm is progression (4.3.1)", [["liver", 100, 120]], "PD"),
    ("+19 % is not", [["liver", 100, 119]], "SD"),
    ("+20 % of an unrounded sum", [["liver", 33.3, 1.2 * 33.3]], "PD"),
    ("+20 % but only 4 mm (4.3.1: at least 5 mm)", [["liver", 20, 24]], "SD"),
    ("+25 % and exactly 5 mm", [["liver", 20, 25]], "PD"),
    ("+5 mm but only 10 %", [["liver", 50, 55]], "SD"),
    ("+20 % from the nadir while below baseline (4.3.1: smallest sum on study)", [["liver", 100, 50, 60]], "PR PD"),
    ("+20 % from baseline counts when baseline is the nadir", [["liver", 50, 55, 60]], "SD PD"),
    ("slow growth of +15 % twice is +32 % from the nadir", [["liver", 100, 115, 132]], "SD PD"),
    ("the nadir is the lowest so far, not the last", [["liver", 100, 60, 68, 74]], "PR PR PD"),
    ("a response returns after the nadir without progression", [["liver", 100, 65, 71, 70]], "PR SD PR"),
    ("all gone (4.3.1)", [["liver", 40, 0]], "CR"),
    ("one of two gone", [["liver", 40, 0], ["lung", 40, 10]], "PR"),
    ("from a nadir of zero 5 mm are progression", [["liver", 40, 0, 5]], "CR PD"),
    ("from a nadir of zero 4 mm are not", [["liver", 40, 0, 4]], "CR PR"),
    ("nadir zero and still gone", [["liver", 40, 0, 0]], "CR CR"),
    ("sum over two organs", [["liver", 50, 30], ["lung", 50, 39]], "PR"),
    ("one grows and one shrinks: the sum decides", [["liver", 50, 70], ["lung", 50, 20]], "SD"),
    ("a new lesion (4.3.5)", [["liver", 50, 50], ["lung", 0, 10]], "PD"),
    ("a new lesion while the sum shrinks (table 1)", [["liver", 50, 20], ["lung", 0, 12]], "PD"),
    ("a new lesion while the targets are gone (table 1)", [["liver", 50, 0], ["lung", 0, 12]], "PD"),
    ("something new but below 10 mm", [["liver", 50, 50], ["lung", 0, 9]], "SD"),
    ("something new that grows to 10 mm later", [["liver", 50, 50, 50], ["lung", 0, 9, 11]], "SD PD"),
    ("a new lesion is not part of the sum", [["liver", 50, 35], ["lung", 0, 9]], "PR"),
    ("a node of 15 mm short axis is a target; below 10 mm it is normal (4.3.1)", [[NODE, 20, 9]], "CR"),
    ("a node of exactly 10 mm is not yet normal", [[NODE, 20, 10]], "PR"),
    ("a node of normal size that grows below 10 mm stays normal", [[NODE, 20, 3, 9]], "CR CR"),
    ("a node that comes back above 10 mm by 20 % and 5 mm", [[NODE, 20, 8, 13]], "CR PD"),
    ("normal nodes and a vanished lesion: complete with a sum above zero", [[NODE, 20, 8], ["liver", 30, 0]], "CR"),
    ("a node of 14 mm is not a target, so nothing can be judged (3.1)", [[NODE, 14, 16]], "NE"),
    ("but it can progress without any target (4.3.4)", [[NODE, 14, 30]], "PD"),
    ("a lesion of 9 mm alone is not measurable (3.1)", [["liver", 9, 9]], "NE"),
    ("a new lesion counts without any target", [["liver", 9, 9], ["lung", 0, 20]], "PD"),
    ("a small non-target lesion that stays keeps CR from being complete (table 1)", [["liver", 40, 0], ["lung", 9, 5]], "PR"),
    ("targets and non-targets gone", [["liver", 40, 0], ["lung", 9, 0]], "CR"),
    ("non-targets grow and so does the whole (4.3.4)", [["liver", 40, 44], ["lung", 9, 26]], "PD"),
    ("a non-target grows while the targets shrink: not unequivocal (4.3.4)", [["liver", 80, 50], ["lung", 9, 20]], "PR"),
    ("a non-target grows by 4 mm", [["liver", 40, 47], ["lung", 9, 13]], "SD"),
    ("a third lesion in one organ is not in the sum (3.2)",
     [["liver", 50, 35], ["liver", 50, 35], ["liver", 40, 40]], "PR"),
    ("a target that was not scanned (table 1)", [["liver", 50, NAN, 30], ["lung", 20, 20, 20]], "NE SD"),
    ("a missed scan", [["liver", 50, NAN, 30]], "NE PR"),
    ("a missed scan with a new lesion seen elsewhere (table 1)", [["liver", 50, NAN], ["lung", 0, 15]], "PD"),
    ("the nadir passes over a missed scan", [["liver", 100, 50, NAN, 60]], "PR NE PD"),
    ("no baseline scan", [["liver", NAN, 30]], "NE"),
    ("a lesion slot that the patient does not have", [["liver", 50, 30], ["", NAN, NAN]], "PR"),
]  # fmt: skip


def read(lesions):
    diameters = np.array([lesion[1:] for lesion in lesions], dtype=float)
    organs = np.array([lesion[0] for lesion in lesions])
    return recist.read(diameters, organs, organs == NODE)


@pytest.mark.parametrize(("lesions", "expected"), [row[1:] for row in VISITS], ids=[row[0] for row in VISITS])
def test_a_visit_is_called_as_by_hand(lesions, expected):
    calls = read(lesions)[0].call[1:]
    assert " ".join(Call(int(c)).name for c in calls) == expected


def test_the_table_has_at_least_forty_rows():
    assert len(VISITS) >= 40


def test_the_whole_table_at_once_equals_each_row_alone():
    deep, long = max(len(v[1]) for v in VISITS), max(len(v[1][0]) for v in VISITS) - 1
    diameters, organs = np.full((len(VISITS), deep, long), NAN), np.full((len(VISITS), deep), "", dtype="<U12")
    for k, (_, lesions, _) in enumerate(VISITS):
        for j, lesion in enumerate(lesions):
            diameters[k, j, : len(lesion) - 1], organs[k, j] = lesion[1:], lesion[0]
    together = recist.read(diameters, organs, organs == NODE)[0].call
    for k, (_, lesions, _) in enumerate(VISITS):
        alone = read(lesions)[0].call
        np.testing.assert_array_equal(together[k, : len(alone)], alone)


TARGETS = [
    ("the two largest of an organ", [("liver", 30), ("liver", 12), ("liver", 45)], [1, 0, 1]),
    ("no more than five", [(f"o{k}", 50 - k) for k in range(7)], [1, 1, 1, 1, 1, 0, 0]),
    ("the five largest, wherever they are listed", [(f"o{k}", 20 + k) for k in range(6)], [0, 1, 1, 1, 1, 1]),
    ("exactly 10 mm is measurable", [("liver", 10), ("lung", 9.9)], [1, 0]),
    ("a node needs 15 mm", [(NODE, 14.9), (NODE, 15)], [0, 1]),
    ("equal lesions in the order of the list", [("liver", 20), ("liver", 20), ("liver", 20)], [1, 1, 0]),
    ("an organ that is full makes room for another", [("liver", 60), ("liver", 50), ("liver", 40), ("lung", 11)], [1, 1, 0, 1]),
    ("absent lesions are never chosen", [("", NAN), ("liver", 20)], [0, 1]),
    ("no lesion is measurable", [("liver", 5), ("lung", 0)], [0, 0]),
]  # fmt: skip


@pytest.mark.parametrize(("lesions", "chosen"), [row[1:] for row in TARGETS], ids=[row[0] for row in TARGETS])
def test_targets_are_chosen_as_by_hand(lesions, chosen):
    organs = np.array([organ for organ, _ in lesions])
    found = recist.target_lesions([d for _, d in lesions], organs, organs == NODE)
    assert found.astype(int).tolist() == chosen


# calls after baseline at days 28, 70, 112, 154 | best response | confirmed
COURSES = [
    ("PR PR SD SD", "PR", "PR"),
    ("PR SD SD SD", "PR", "SD"),
    ("PR SD PR SD", "PR", "PR"),
    ("PR NE PR SD", "PR", "PR"),
    ("PR PD PR PR", "PR", "PD"),
    ("SD PR PD PR", "PR", "SD"),
    ("CR CR SD SD", "CR", "CR"),
    ("CR PR PR PD", "CR", "PR"),
    ("CR NE CR SD", "CR", "CR"),
    ("CR PR CR PD", "CR", "PR"),
    ("PR CR SD SD", "CR", "PR"),
    ("PR CR CR PD", "CR", "CR"),
    ("CR PD CR CR", "CR", "PD"),
    ("SD PD PR PR", "PD", "PD"),
    ("SD SD PD SD", "SD", "SD"),
    ("SD NE NE NE", "NE", "NE"),
    ("PD PR CR CR", "PD", "PD"),
    ("NE NE NE NE", "NE", "NE"),
    ("NE SD NE NE", "SD", "SD"),
    ("NE NE NE PR", "PR", "SD"),
    ("PR NE NE NE", "PR", "NE"),
]


@pytest.mark.parametrize(("calls", "best", "confirmed"), COURSES, ids=[row[0] for row in COURSES])
def test_a_course_has_the_best_response_of_table_3(calls, best, confirmed):
    codes = np.array([Call.NE] + [Call[c] for c in calls.split()])
    day = np.array([-7, 28, 70, 112, 154])
    found = [Call(int(recist.best_response(codes, day, confirm=c))).name for c in (False, True)]
    assert found == [best, confirmed]


def test_a_response_is_confirmed_28_days_later_and_not_27():
    calls = np.array([Call.NE, Call.PR, Call.PR])
    assert recist.best_response(calls, [-7, 50, 78], confirm=True) == Call.PR
    assert recist.best_response(calls, [-7, 50, 77], confirm=True) == Call.SD


def test_stable_disease_counts_from_day_42_and_not_before():
    calls = np.array([Call.NE, Call.SD])
    assert recist.best_response(calls, [-7, 42]) == Call.SD
    assert recist.best_response(calls, [-7, 41]) == Call.NE


def test_a_sphere_of_20_mm_has_the_textbook_volume_and_no_volume_has_no_diameter():
    volume = np.array([4.18879020478639, 0.0, -1e-12, NAN])
    np.testing.assert_allclose(recist.sphere_diameter(volume), [20.0, 0.0, 0.0, NAN], rtol=1e-12)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.lists(st.integers(0, 90), min_size=4, max_size=4), min_size=1, max_size=6), st.randoms())
def test_the_order_of_lesions_in_different_organs_does_not_matter(rows, rnd):
    diameters = np.array(rows, dtype=float) + np.arange(len(rows))[:, None] * 0.01
    organs = np.arange(len(rows))
    mixed = list(range(len(rows)))
    rnd.shuffle(mixed)
    first, second = recist.read(diameters, organs)[0], recist.read(diameters[mixed], organs[mixed])[0]
    np.testing.assert_array_equal(first.call, second.call)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(10, 90), min_size=2, max_size=6), st.integers(0, 60))
def test_a_larger_last_scan_is_never_called_better(course, more):
    now = recist.read(np.array([course], dtype=float), np.array(["liver"]))[0].call[-1]
    later = [*course[:-1], course[-1] + more]
    assert recist.read(np.array([later], dtype=float), np.array(["liver"]))[0].call[-1] <= now
