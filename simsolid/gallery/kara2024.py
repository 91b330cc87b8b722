"""Kara 2024: classes of six virtual patients, and final volumes over dose and share of antigen-positive tumour."""

import numpy as np

from simsolid.gallery.check import AGAIN, Check
from simsolid.load import load_model
from simsolid.models import kara2024
from simsolid.run import run
from simsolid.vary import vary

MM3 = 1e-3  # mL
# The golden patients: class that the authors stored, volume on day 30 [mm3].
GOLDEN = {
    "patient_1": ("NR", 3537), "patient_2": ("NR", 4037), "patient_4": ("R", 1.696), "patient_5": ("PR", 37.34),
    "patient_6": ("PR", 7.77), "patient_7": ("R", 0.0278),
}  # fmt: skip
# Dose [mm3], share of antigen-positive tumour, volume on day 30 [mm3] of the authors' grid.
GRID = ((0.01, 0.10, 31.86), (0.12, 0.75774, 2.8628), (0.24, 0.55536, 3.7566), (0.36, 0.35298, 5.5305), (0.50, 0.95, 0.33846))
SHARES = (0.5, 0.75, 0.9, 1.0)


def final(p, **options):
    """Volume [mm3] on the day of reading."""
    found = run("kara2024", p, times=[p.start_day, p.readout_day], **options)
    return found["tumour"].isel(time=-1) / MM3


def patients(engine: str = "auto"):
    """Class and final volume of the golden patients."""
    p = load_model("kara2024", variant=list(GOLDEN))
    volume = final(p, engine=engine)
    return kara2024.response(volume * MM3, p), volume.values


def grid() -> list[float]:
    """Final volumes of the grid's rows."""
    p = load_model("kara2024")
    return [float(final(vary(p, dose=dose * MM3, positive_fraction=share))) for dose, share, _ in GRID]


def baseline(**options) -> np.ndarray:
    """Final volumes over the share of antigen-positive tumour."""
    return final(vary(load_model("kara2024"), positive_fraction=list(SHARES)), **options).values


CHECKS = (
    Check(
        what="class of patients 1, 2, 4, 5, 6, 7",
        theirs=tuple(told for told, _ in GOLDEN.values()),
        ours=lambda: tuple(patients()[0].tolist()),
        where="the authors' wide cohort",
    ),
    Check(
        what=f"final volume over dose and share of antigen ({len(GRID)} rows of the grid)",
        theirs=tuple(row[2] for row in GRID),
        ours=grid,
        unit="mm3",
        rel=0.04,
        where="the authors' grid",
        note="The authors skip an output step of 0.1 d after each dose, which explains most of the difference.",
    ),
    Check(
        what="final volume of these patients",
        theirs=tuple(number for _, number in GOLDEN.values()),
        ours=lambda: patients()[1],
        unit="mm3",
        rel=2e-3,
        whose=AGAIN,
    ),
    Check(
        what="final volume, share of antigen 0.5, 0.75, 0.9, 1",
        theirs=(5.071, 3.872, 1.887, 0.0035),
        ours=baseline,
        unit="mm3",
        rel=6e-3,
        whose=AGAIN,
    ),
    Check(
        what="the same untreated",
        theirs=(3432, 3185, 3000, 2860),
        ours=lambda: baseline(doses={}),
        unit="mm3",
        rel=1e-3,
        whose=AGAIN,
    ),
)
