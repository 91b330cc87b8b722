"""Pages share one switch between full and quick cohorts."""

import pytest

from simsolid import lesson
from simsolid.errors import ParameterError


@pytest.mark.parametrize("word, full, wanted", [
    ("full", 200, 200), ("", 200, 200), ("quick", 200, 50), ("quick", 60, 20), ("quick", 12, 12),
])  # fmt: skip
def test_one_switch_sets_the_size_of_cohorts(monkeypatch, word, full, wanted):
    monkeypatch.setenv("SIMSOLID_LESSON", word)
    assert lesson.patients(full) == wanted


def test_without_the_switch_pages_are_full(monkeypatch):
    monkeypatch.delenv("SIMSOLID_LESSON", raising=False)
    assert lesson.patients(200) == 200


def test_a_wrong_word_is_refused(monkeypatch):
    monkeypatch.setenv("SIMSOLID_LESSON", "fast")
    with pytest.raises(ParameterError, match="SIMSOLID_LESSON is 'fast'; must be full or quick"):
        lesson.patients(200)


@pytest.mark.parametrize("many", [0, -3, 2.5, True])
def test_a_cohort_is_a_whole_number(many):
    with pytest.raises(ParameterError, match="not a whole number of patients"):
        lesson.patients(many)
