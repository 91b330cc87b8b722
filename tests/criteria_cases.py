"""Hand-worked cases of the response criteria, one row each, read from ``tests/criteria``.

A case lists its lesions as "organ baseline visit1 visit2 ...; organ ..." in mm, "-" for not read, and by Choi
"mm/HU"; `steroid` [mg] and `decline` (1: clinically worse) go over the visits, the baseline included.
"""

import csv
from pathlib import Path

import numpy as np
import pytest

from simsolid.films import Films

FOLDER = Path(__file__).parent / "criteria"
DAYS = np.array([-7.0, 28.0, 70.0, 112.0, 154.0, 196.0])
NODE = "lymph_node"


def cases(name):
    with open(FOLDER / f"{name}.csv", newline="") as file:
        return list(csv.DictReader(file))


def each(name):
    return pytest.mark.parametrize("case", [pytest.param(row, id=row["case"]) for row in cases(name)])


def _numbers(text):
    return [np.nan if word == "-" else float(word) for word in text.split()]


def _lesions(case):
    parts = [lesion.split(maxsplit=1) for lesion in case["lesions"].split(";")]
    return np.array([organ for organ, _ in parts]), [text for _, text in parts]


def films(case):
    """The case as films; ``attenuation`` only where the case gives it."""
    organ, texts = _lesions(case)
    pairs = [[word.partition("/") for word in text.split()] for text in texts]
    diameter = np.array([_numbers(" ".join(size for size, _, _ in pair)) for pair in pairs])
    dense = "/" in case["lesions"]
    attenuation = np.array([_numbers(" ".join(hu for _, _, hu in pair)) for pair in pairs]) if dense else None
    day = np.array(_numbers(case["days"])) if case.get("days") else DAYS[: diameter.shape[-1]]
    steroid = _numbers(case["steroid"]) if case.get("steroid") else None
    decline = [bool(int(v)) for v in case["decline"].split()] if case.get("decline") else None
    extra = {"attenuation": attenuation, "steroid": steroid, "decline": decline}
    return Films(day=day, diameter=diameter, organ=organ, node=organ == NODE, **extra)


def together(rows):
    """Cases of equal days side by side in one value, short ones filled with visits and lesions nobody has."""
    alone = [films(row) for row in rows]
    lesions = max(f.diameter.shape[0] for f in alone)
    longest = max(alone, key=lambda f: len(f.day))
    visits = len(longest.day)
    shape = (len(rows), lesions, visits)
    diameter, attenuation = np.full(shape, np.nan), np.full(shape, np.nan)
    organ = np.full(shape[:2], "", dtype="<U12")
    steroid, decline = np.zeros((len(rows), visits)), np.zeros((len(rows), visits), dtype=bool)
    for k, one in enumerate(alone):
        deep, long = one.diameter.shape
        diameter[k, :deep, :long], organ[k, :deep] = one.diameter, one.organ
        if one.attenuation is not None:
            attenuation[k, :deep, :long] = one.attenuation
        if one.steroid is not None:
            steroid[k, :long] = one.steroid
        if one.decline is not None:
            decline[k, :long] = one.decline
    extra = {"attenuation": attenuation, "steroid": steroid, "decline": decline}
    return Films(day=longest.day, diameter=diameter, organ=organ, node=organ == NODE, **extra)


def words(call, kind):
    """The words of all visits after the baseline."""
    return " ".join(kind(int(c)).name for c in call[..., 1:])


def alike(name, read):
    """Whether all cases of a file on the usual days read alike alone and side by side."""
    rows = [row for row in cases(name) if not row.get("days")]
    side_by_side = read(together(rows))[0].call
    for k, row in enumerate(rows):
        alone = read(films(row))[0].call
        np.testing.assert_array_equal(side_by_side[k, : len(alone)], alone, err_msg=row["case"])
