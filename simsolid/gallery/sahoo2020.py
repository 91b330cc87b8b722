"""Sahoo 2020: where three regimes end, and the numbers of three lesions."""

import numpy as np

from simsolid.gallery.check import FOLLOWS, Check
from simsolid.load import load_model
from simsolid.models.sahoo2020 import groups
from simsolid.run import run

# In the paper's units without dimension growth, capacity and killing are 1; A and B stand for death and stimulation.
PLAIN = {"growth_rate": 1.0, "capacity": 1.0, "kill_rate": 1.0, "tumour_start": 0.3, "cart_start": 0.4}
LESIONS = ("t6", "t7", "t9")


def end(a: float, b: float) -> tuple[float, float]:
    """Tumour and CAR-T cells in the end, without dimension."""
    last = run("sahoo2020", {**PLAIN, "death_rate": a, "stimulation_rate": b}, times=[0, 1000]).isel(time=-1)
    return round(float(last["tumour"]), 9) + 0.0, round(float(last["cart"]), 9) + 0.0  # what is left of 0 depends on the machine


def lesion(number: int) -> np.ndarray:
    """One of the three numbers that decide the course, for each lesion."""
    return np.array([groups(load_model("sahoo2020", variant=name))[number] for name in LESIONS], dtype=float)


CHECKS = (
    Check(what="A = 0, B = 0.2: tumour is eliminated", theirs=0.0, ours=lambda: end(0.0, 0.2)[0], absolute=1e-4),
    Check(what="A = 0, B = -0.2: treatment fails, tumour at capacity", theirs=1.0, ours=lambda: end(0.0, -0.2)[0], absolute=1e-4),
    Check(
        what="A = 0.14, B = 1.6: tumour and CAR-T cells rest at A/B and 1 - A/B",
        theirs=(0.0875, 0.9125),
        ours=lambda: end(0.14, 1.6),
        absolute=5e-4,
    ),
    Check(what="B of lesions T6, T7, T9", theirs=(0.50, 0.43, -0.001), ours=lambda: lesion(1), absolute=0.0021, whose=FOLLOWS),
    Check(
        what="CAR-T cells that control T6, T7, T9",
        theirs=(1.0e7, 1.17e7, 2.2e6),
        ours=lambda: lesion(2),
        unit="cell",
        rel=0.02,
        whose=FOLLOWS,
    ),
)
