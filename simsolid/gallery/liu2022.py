"""Liu 2022: a complete response and a relapse without CD19. No number printed in the paper could be matched."""

from functools import cache

import numpy as np

from simsolid.gallery.check import AGAIN, Check
from simsolid.load import load_model
from simsolid.run import run

DAYS = np.arange(0, 150, 0.02)
GIGA = 1e9
LINES = (0.05, 0.25)  # share of blasts that the authors' code draws as relapse


@cache
def courses():
    """Both patients of the authors' code."""
    return run("liu2022", load_model("liu2022", variant=["response", "relapse"]), times=DAYS)


def peak(variant: str) -> tuple[float, float]:
    """Most activated CAR-T cells [1e9], and their day."""
    active = courses().sel(variant=variant)["active"] / GIGA
    return float(active.max()), float(active.idxmax())


def area() -> float:
    """Area under activated CAR-T cells to day 28, of the patient with a response."""
    month = courses().sel(variant="response")["active"].sel(time=slice(0, 28.001)) / GIGA
    return float(np.trapezoid(month.values, month["time"].values))


def burden() -> np.ndarray:
    """Share of blasts on days 0 and 7 of the patient with a response."""
    return courses().sel(variant="response")["burden"].sel(time=[0, 7], method="nearest").values


def crossed() -> list[float]:
    """Days on which blasts without CD19 cross the lines of relapse."""
    blasts = courses().sel(variant="relapse")["negative_burden"]
    later = blasts.where(blasts["time"] > 30)
    return [float(blasts["time"][(later > line).values][0]) for line in LINES]


def fewest() -> tuple[float, float]:
    """Fewest CD19-negative blasts [1e9] of the relapse, and their day."""
    negative = courses().sel(variant="relapse")["negative"] / GIGA
    return float(negative.min()), float(negative.idxmin())


def left() -> float:
    """CD19-positive over CD19-negative blasts at the end of the relapse."""
    last = courses().sel(variant="relapse").isel(time=-1)
    return float(last["positive"] / last["negative"])


CHECKS = (
    Check(what="relapse is without CD19", theirs=True, ours=lambda: left() < 1e-3),
    Check(
        what="peak of activated cells, response and relapse",
        theirs=(612.7, 3609),
        unit="1e9 cell",
        rel=1e-3,
        whose=AGAIN,
        ours=lambda: (peak("response")[0], peak("relapse")[0]),
    ),
    Check(
        what="days of these peaks",
        theirs=(5.65, 8.66),
        unit="day",
        absolute=0.03,
        whose=AGAIN,
        ours=lambda: (peak("response")[1], peak("relapse")[1]),
    ),
    Check(
        what="area under activated cells to day 28, response", theirs=6145, ours=area, unit="1e9 cell day", rel=1e-3, whose=AGAIN
    ),
    Check(what="share of blasts on days 0 and 7, response", theirs=(0.5204, 0.00136), ours=burden, rel=2e-3, whose=AGAIN),
    Check(what="blasts without CD19 pass 5 and 25 %", theirs=(71.7, 93.2), ours=crossed, unit="day", absolute=0.1, whose=AGAIN),
    Check(what="fewest blasts without CD19", theirs=11.9, ours=lambda: fewest()[0], unit="1e9 cell", rel=4e-3, whose=AGAIN),
    Check(what="their day", theirs=29.7, ours=lambda: fewest()[1], unit="day", absolute=0.1, whose=AGAIN),
)
