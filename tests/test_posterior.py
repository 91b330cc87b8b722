"""The posterior of a fit: that of a straight line is known, and what rests on the bounds is said to."""

import numpy as np
import pandas as pd
import pytest

import simsolid as sim
from tests.test_fit import FREE, LINE, SD, fitted, line

pytest.importorskip("emcee", reason="emcee is not installed: pip install 'simsolid[fit]'")


@pytest.fixture(scope="module")
def straight():
    data = line(range(0, 20, 2))
    return data, sim.posterior(fitted(data, intervals=False), draws=2000, enough=12)


def test_posterior_of_a_straight_line_is_the_textbook_one(straight):
    data, found = straight
    design = np.stack([data["TIME"], np.ones(len(data))], axis=1)
    spread = SD**2 * np.linalg.inv(design.T @ design)
    best = np.linalg.lstsq(design, np.log(data["DV"]), rcond=None)[0]
    drawn = np.stack([found.draws["growth_rate"], np.log(found.draws["tumour_start"])])
    error = np.sqrt(np.diag(spread))
    assert (np.abs(drawn.mean(axis=1) - best) < 0.12 * error).all()
    assert drawn.std(axis=1) == pytest.approx(error, rel=0.08)
    assert np.corrcoef(drawn)[0, 1] == pytest.approx(spread[0, 1] / np.prod(error), abs=0.05)
    ends = found.table.set_index("name").loc["growth_rate", ["lower", "upper"]].astype(float)
    assert ends.tolist() == pytest.approx(best[0] + 1.96 * error[0] * np.array([-1, 1]), abs=0.25 * error[0])
    assert not found.warnings and found.effective > 400


def test_draws_are_an_axis_of_a_run(straight):
    _, found = straight
    run = sim.run(LINE, found.to_parameters(20), times=[0, 5])
    assert run["tumour"].dims == ("draw", "time")
    first = found.draws.iloc[3]
    expected = first["tumour_start"] * np.exp(5 * first["growth_rate"])
    assert float(run["tumour"].isel(draw=3, time=1)) == pytest.approx(expected, rel=1e-4)
    assert found.to_parameters().value("growth_rate").basis == "drawn here"


def test_what_rests_on_the_bounds_is_said_to():
    data = pd.DataFrame({"TIME": [0.0, 0.0], "DV": [90.0, 110.0]})  # of the growth nothing is seen
    found = sim.posterior(sim.fit(LINE, data, FREE, parameters={"growth_rate": 0.1, "tumour_start": 100.0}, sd=SD, starts=1,
                                  intervals=False), enough=5)  # fmt: skip
    (told,) = [each for each in found.warnings if "bounds" in each]
    assert told.startswith("growth_rate: its interval covers 9") and "rests on them, not on the data" in told
    assert "growth_rate" in str(found) and told in str(found)


def test_same_seed_draws_the_same_and_an_individual_must_be_named():
    both = fitted(pd.concat([line(range(6), 1).assign(ID="one"), line(range(6), 2).assign(ID="two")]), intervals=False)
    first, again = (sim.posterior(both, "two", draws=50, enough=1) for _ in range(2))
    pd.testing.assert_frame_equal(first.draws, again.draws)
    assert first.individual == "two"
    with pytest.raises(sim.ParameterError, match="which individual is not said; there are one, two"):
        sim.posterior(both)
    with pytest.raises(sim.ParameterError, match="no individual 'tow'; did you mean 'two'"):
        sim.posterior(both, "tow")
