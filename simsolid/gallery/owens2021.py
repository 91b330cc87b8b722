"""Owens & Bozic 2021: the equations as printed do not give the paper's own Figure 4; what does come out, and what does not."""

import numpy as np

from simsolid.gallery.check import INFERRED, Check
from simsolid.load import load_model
from simsolid.run import run
from simsolid.vary import vary

DAYS = np.arange(0, 401.0)
LOW = {"p1": 1e9, "p2": 1e9, "p3": 1e8, "p4": 1e8}
# Infusions of chemotherapy: how many, and uM each (half an hour at 125 or 77 uM per day).
COURSES = {"three": (3, 125 / 48), "five": (5, 77 / 48)}


def cured(p, doses=None) -> bool:
    """Whether less than one tumour cell is left after 400 days."""
    return float(run("owens2021", p, times=DAYS, doses=doses)["tumour"][-1]) < 1


def after(course: str, rest: float, fraction: float) -> bool:
    """Patient 1, medium burden, dose 1, after a course of chemotherapy and a rest."""
    p = load_model("owens2021")
    count, each = COURSES[course]
    return cured(p, {"drug": [(i, each) for i in range(count)], "cart": [(count - 1 + rest, fraction * p.dose)]})


def alone() -> tuple[bool, ...]:
    """Whether CAR-T cells alone cure a low burden, patients 1 to 4."""
    found = [vary(load_model("owens2021", variant=patient), tumour_start=burden) for patient, burden in LOW.items()]
    return tuple(cured(p, {"cart": [(0, p.dose)]}) for p in found)


def chemotherapy() -> tuple[bool, ...]:
    """Whether chemotherapy alone cures a low burden, patients 1 to 4."""
    found = [vary(load_model("owens2021", variant=patient), tumour_start=burden, dose=0.0) for patient, burden in LOW.items()]
    return tuple(cured(p) for p in found)


_WHY = "As printed, the whole dose enters at once."
CHECKS = (
    Check(
        what="CAR-T cells alone cure a low burden, patients 1 to 4: never",
        theirs=(False,) * 4,
        ours=alone,
        reproduced=False,
        note=_WHY,
    ),
    Check(
        what="three infusions, dose 1, cure patient 1 after 2, 4, 5 days: never",
        theirs=(False,) * 3,
        reproduced=False,
        note=_WHY,
        ours=lambda: tuple(after("three", rest, 1.0) for rest in (2, 4, 5)),
        where="Figure 4",
    ),
    Check(what="chemotherapy alone cures a low burden, patients 1 to 4: never", theirs=(False,) * 4, ours=chemotherapy),
    Check(
        what="if 1 part in 48 of the dose enters: three infusions, rest of 2, 3 days",
        theirs=(False, False),
        where="Figure 4",
        ours=lambda: tuple(after("three", rest, 1 / 48) for rest in (2, 3)),
        whose=INFERRED,
    ),
    Check(
        what="if 1 part in 48 of the dose enters: five infusions, rest of 2, 3 days",
        theirs=(True, False),
        where="Figure 4",
        ours=lambda: tuple(after("five", rest, 1 / 48) for rest in (2, 3)),
        whose=INFERRED,
    ),
)
