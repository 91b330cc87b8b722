"""Liu 2022: a complete response and a relapse without CD19.

No number printed in the paper could be matched. The values are those of an independent integration of the authors' equations and
example parameters; the relapse lines, 5 and 25 % of blasts, are those drawn in the authors' code.
"""

import numpy as np
import pytest

import simsolid as sim

DAYS = np.arange(0, 150, 0.02)
GIGA = 1e9


@pytest.fixture(scope="module")
def runs():
    return sim.run("liu2022", sim.load_model("liu2022", variant=["response", "relapse"]), times=DAYS)


def test_complete_response(runs):
    run = runs.sel(variant="response")
    active = run["active"] / GIGA
    assert float(active.max()) == pytest.approx(612.7, rel=1e-3) and float(active.idxmax()) == pytest.approx(5.65, abs=0.03)
    month = active.sel(time=slice(0, 28.001))
    assert np.trapezoid(month.values, month["time"].values) == pytest.approx(6145, rel=1e-3)
    assert float(month[-1]) == pytest.approx(44.4, rel=2e-3)
    assert run["burden"].sel(time=[0, 7], method="nearest").values == pytest.approx([0.5204, 0.00136], rel=2e-3)


def test_relapse_is_without_cd19(runs):
    run = runs.sel(variant="relapse")
    negative = run["negative"] / GIGA
    assert float(run["active"].max()) / GIGA == pytest.approx(3609, rel=1e-3)
    assert float(run["active"].idxmax()) == pytest.approx(8.66, abs=0.03)
    assert float(negative.min()) == pytest.approx(11.9, rel=4e-3) and float(negative.idxmin()) == pytest.approx(29.7, abs=0.1)
    later = run["negative_burden"].where(run["time"] > 30)
    crossed = [float(run["time"][(later > line).values][0]) for line in (0.05, 0.25)]
    assert crossed == pytest.approx([71.7, 93.2], abs=0.1)
    assert float(run["positive"][-1]) < 1e-3 * float(run["negative"][-1])
