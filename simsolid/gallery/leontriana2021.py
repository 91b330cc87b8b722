"""Leon-Triana 2021: which tumours are controlled, by dose and suppression, and dual targeting."""

from functools import cache

import numpy as np

from simsolid.gallery.check import AGAIN, FOLLOWS, Check
from simsolid.load import load_model
from simsolid.models import leontriana2021
from simsolid.run import run
from simsolid.vary import vary

SUPPRESSION = (0.04, 0.07, 0.1, 0.2)  # 1/day, of the dual-target figures


def share_of_peak(variant: str | None = None, **change) -> np.ndarray:
    """Tumour on the day of judgement over its peak until then."""
    p = vary(load_model("leontriana2021", variant=variant), **change)
    days = np.arange(0, p.control_day + 0.25, 0.5)
    tumour = run("leontriana2021", p, times=days)["tumour"]
    return np.atleast_1d((tumour.isel(time=-1) / tumour.max("time")).values)


def controlled(**change) -> list[bool]:
    """Whether the tumour is below a tenth of its peak on day 180."""
    return (share_of_peak(**change) < load_model("leontriana2021").control_fraction).tolist()


@cache
def deep():
    """Tumour of Figure 5a, for both suppressions that the paper gives for it."""
    p = vary(load_model("leontriana2021"), inactivation_rate=[0.01, 0.04])
    return run("leontriana2021", p, times=np.arange(0, 260, 0.1))["tumour"]


def depth() -> np.ndarray:
    """How many powers of ten the tumour falls."""
    return np.log10((load_model("leontriana2021").tumour_start / deep().min("time")).values)


def back() -> float:
    """Day on which the tumour is at 1e8 cells again."""
    tumour = deep().isel(inactivation_rate=0)
    return float(tumour["time"][((tumour > 1e8) & (tumour["time"] > 60)).values][0])


def rest(suppression: float) -> tuple[float, ...]:
    """Sizes at which a tumour rests; NaN where there are none."""
    return leontriana2021.equilibria(vary(load_model("leontriana2021"), inactivation_rate=suppression))[1]


def highest(name: str, variant: str | None = None, **change) -> tuple[float, float]:
    """Peak of a state in the first month, and its day."""
    p = vary(load_model("leontriana2021", variant=variant), **change)
    found = run("leontriana2021", p, times=np.arange(0, 30, 0.02))[name]
    return float(found.max()), float(found.idxmax())


_PAIR = "between these two values"
CHECKS = (
    Check(
        what="CAR-T cells above which a tumour falls at once",
        theirs=8e7,
        unit="cell",
        rel=1e-3,
        ours=lambda: float(load_model("leontriana2021").growth_rate / load_model("leontriana2021").kill_rate),
    ),
    Check(
        what="8e7 cells control suppression 0.01, 0.02, 0.03, not 0.035, 0.04, 0.1",
        theirs=(True,) * 3 + (False,) * 3,
        ours=lambda: controlled(cart_start=8e7, inactivation_rate=[0.01, 0.02, 0.03, 0.035, 0.04, 0.1]),
    ),
    Check(
        what="at 0.04, doses of 0.5, 0.8, 1.5e8 fail, 2, 4, 7e8 control",
        theirs=(False,) * 3 + (True,) * 3,
        ours=lambda: controlled(cart_start=[5e7, 8e7, 1.5e8, 2e8, 4e8, 7e8], inactivation_rate=0.04),
    ),
    Check(
        what="4e8 cells fail at 0.07 and 0.1",
        theirs=(False, False),
        ours=lambda: controlled(cart_start=4e8, inactivation_rate=[0.07, 0.1]),
    ),
    Check(
        what="a fifth of the tumour, 8e7 cells: fails at 0.04",
        theirs=(False,),
        ours=lambda: controlled(tumour_start=6.7e9, cart_start=8e7, inactivation_rate=0.04),
    ),
    Check(
        what="at 0.1, control above about 1.5e9 cells (colour map)",
        theirs=(False, True),
        reproduced=False,
        ours=lambda: controlled(inactivation_rate=0.1, cart_start=[1.4e9, 1.6e9]),
        note="By the paper's definition of control the threshold is 1.91e9.",
    ),
    Check(
        what="Figure 5a, suppression 0.04 as the text has it: more than 4 powers of ten",
        theirs=4,
        ours=lambda: float(depth()[1]),
        absolute=0.2,
        unit="powers of ten",
        reproduced=False,
        note="2.7 powers; the caption's 0.01 gives 3.9.",
    ),
    Check(
        what="Figure 5a, suppression 0.01 as the caption has it: 4 powers of ten",
        theirs=4,
        ours=lambda: float(depth()[0]),
        absolute=0.2,
        unit="powers of ten",
    ),
    Check(
        what="dual targeting rescues tumours of suppression 0.04, 0.07, 0.1",
        theirs=(True,) * 3,
        ours=lambda: (share_of_peak("dual", inactivation_rate=list(SUPPRESSION[:3])) < 0.1).tolist(),
    ),
    Check(
        what="rest states at 0.04 and 0.01",
        theirs=(2.795e9, 2.658e10, 2.043e9, 1.454e11),
        ours=lambda: (*rest(0.04), *rest(0.01)),
        unit="cell",
        rel=1e-3,
        whose=FOLLOWS,
    ),
    Check(
        what=f"suppression {_PAIR} decides, 8e7 cells: 0.0341, 0.0342",
        theirs=(True, False),
        ours=lambda: controlled(cart_start=8e7, inactivation_rate=[0.0341, 0.0342]),
        whose=AGAIN,
    ),
    Check(
        what=f"dose {_PAIR} decides at 0.04: 1.705e8, 1.71e8",
        theirs=(False, True),
        ours=lambda: controlled(inactivation_rate=0.04, cart_start=[1.705e8, 1.71e8]),
        whose=AGAIN,
    ),
    Check(
        what=f"dose {_PAIR} decides at 0.1: 1.90e9, 1.91e9",
        theirs=(False, True),
        ours=lambda: controlled(inactivation_rate=0.1, cart_start=[1.90e9, 1.91e9]),
        whose=AGAIN,
    ),
    Check(
        what="tumour on day 180 over its peak, dual, at 0.04, 0.07, 0.1, 0.2",
        theirs=(1.5e-10, 2.2e-9, 4.3e-8, 0.94),
        ours=lambda: share_of_peak("dual", inactivation_rate=list(SUPPRESSION)),
        rel=0.04,
        whose=AGAIN,
    ),
    Check(
        what="Figure 5a, the tumour falls by a factor, suppression 0.01 and 0.04",
        theirs=(7560, 503),
        ours=lambda: 10.0 ** depth(),
        unit="fold",
        rel=2e-3,
        whose=AGAIN,
    ),
    Check(
        what="day of the smallest tumour, suppression 0.01 and 0.04",
        theirs=(34.3, 38.5),
        ours=lambda: deep().idxmin("time").values,
        unit="day",
        absolute=0.3,
        whose=AGAIN,
    ),
    Check(what="tumour at 1e8 cells again, suppression 0.01", theirs=197, ours=back, unit="day", absolute=0.5, whose=AGAIN),
    Check(
        what="peak of CAR-T cells without suppression",
        theirs=3.407e9,
        unit="cell",
        rel=1e-3,
        whose=AGAIN,
        ours=lambda: highest("cart", inactivation_rate=0.0, cart_start=8e7)[0],
    ),
    Check(
        what="peak of CAR-T cells in blood, dual",
        theirs=3.885e9,
        unit="cell",
        rel=1e-3,
        whose=AGAIN,
        ours=lambda: highest("blood_cart", "dual", inactivation_rate=0.04)[0],
    ),
    Check(
        what="days of these two peaks",
        theirs=(9.14, 14.6),
        ours=lambda: (
            highest("cart", inactivation_rate=0.0, cart_start=8e7)[1],
            highest("blood_cart", "dual", inactivation_rate=0.04)[1],
        ),
        unit="day",
        absolute=0.15,
        whose=AGAIN,
    ),
)
