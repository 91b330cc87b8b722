"""Stein 2019: its half-lives, and the closed form on given days."""

import numpy as np

from simsolid.gallery.check import AGAIN, Check
from simsolid.load import load_model
from simsolid.models.stein2019 import expansion_rate
from simsolid.run import run

COURSE = {0: 6.154, 7: 3105, 14: 11412, 28: 1374, 90: 146.5, 180: 109.8, 365: 60.7}


def half_life(rate: str) -> float:
    """Half-life [day] of a rate by name, or the doubling time."""
    p = load_model("stein2019")
    return float(np.log(2) / (expansion_rate(p) if rate == "expansion" else p[rate]))


def course() -> np.ndarray:
    """Transgene [copies/ug] on the days of COURSE."""
    return run("stein2019", times=list(COURSE), rtol=1e-8)["transgene"].values


def area() -> float:
    """Area under the transgene to day 28."""
    month = run("stein2019", times=np.arange(0, 28.01, 0.1), rtol=1e-8)["transgene"]
    return float(np.trapezoid(month.values, month["time"].values))


_TAKEN = {"whose": AGAIN, "where": "closed form"}
CHECKS = (
    Check(what="doubling time while cells expand", theirs=0.78, ours=lambda: half_life("expansion"), unit="day", absolute=0.005),
    Check(what="half-life of contraction", theirs=4.3, ours=lambda: half_life("contraction_rate"), unit="day", absolute=0.05),
    Check(what="half-life of persisting cells", theirs=220, ours=lambda: half_life("persistence_rate"), unit="day", rel=0.02),
    Check(
        what=f"transgene on days {', '.join(map(str, COURSE))}",
        theirs=tuple(COURSE.values()),
        ours=course,
        unit="copies/ug",
        rel=1e-3,
        **_TAKEN,
    ),
    Check(what="area under the transgene to day 28", theirs=171_774, ours=area, unit="copies day/ug", rel=5e-4, **_TAKEN),
)
