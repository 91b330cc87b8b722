"""Brummer 2022: what was measured at the end of eight wells, and the courses of four that the authors' fits give."""

import numpy as np

from simsolid.gallery.check import AGAIN, Check
from simsolid.load import load_model
from simsolid.run import run

HOUR = 1 / 24
# Well, hours from first to last sample, tumour after 24 h, 48 h and at the end, CAR-T cells at the end.
COURSES = (
    ("pbt1_1to4", 111.367 - 26.584, 0.9632, 0.2818, 0.0227, 0.6676),
    ("pbt1_1to8", 164.491 - 26.584, 1.1801, 0.7772, 0.4979, 0.4127),
    ("pbt2_1to8", 164.491 - 32.837, 2.3755, 1.0689, 0.9029, 0.2885),
    ("pbt4_1to20", 145.123 - 27.826, 1.4168, 1.0499, 0.1124, 0.0896),
)
# Measured on the last sample (137.907 h after the first): tumour by electrode, CAR-T cells by flow cytometry.
LAST = 137.906667
MEASURED = {
    "pbt1_1to8": (0.49495, 0.4155), "pbt1_1to20": (1.24585, 0.33095),
    "pbt1_1to8_dex10": (0.4305, 0.4459), "pbt1_1to8_dex8": (0.36525, 0.2826), "pbt1_1to8_dex6": (0.35355, 0.26175),
    "pbt1_1to20_dex10": (1.2917, 0.3229), "pbt1_1to20_dex8": (1.12875, 0.3767), "pbt1_1to20_dex6": (2.0449, 0.2559),
}  # fmt: skip


def last(name: str) -> np.ndarray:
    """Tumour or CAR-T cells [cell index] on the last sample of the measured wells."""
    p = load_model("brummer2022", variant=list(MEASURED))
    return run("brummer2022", p, times=[0, LAST * HOUR])[name].isel(time=-1).values


def course(well: str, hours: float) -> tuple[float, ...]:
    """Tumour after 24 h, 48 h and at the end, and CAR-T cells at the end."""
    found = run("brummer2022", load_model("brummer2022", variant=well), times=np.array([0, 24, 48, hours]) * HOUR)
    return *found["tumour"].values[1:].tolist(), float(found["cart"][-1])


CHECKS = (
    Check(
        what="tumour at the end of eight wells, measured",
        theirs=tuple(t for t, _ in MEASURED.values()),
        ours=lambda: last("tumour"),
        unit="cell index",
        absolute=0.105,
    ),
    Check(
        what="CAR-T cells at the end of eight wells, measured",
        theirs=tuple(c for _, c in MEASURED.values()),
        ours=lambda: last("cart"),
        unit="cell index",
        absolute=0.003,
    ),
    *(
        Check(
            what=f"{well}: tumour after 24 h, 48 h, at the end, and CAR-T cells",
            theirs=tuple(numbers),
            unit="cell index",
            ours=lambda well=well, hours=hours: course(well, hours),
            absolute=2e-4,
            whose=AGAIN,
        )
        for well, hours, *numbers in COURSES
    ),
)
