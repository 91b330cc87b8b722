"""Liu 2022: limits with known answers; what it is held against stands in the gallery.

No number printed in the paper could be matched. The gallery's values are those of an independent integration of the authors'
equations and example parameters; the relapse lines, 5 and 25 % of blasts, are those drawn in the authors' code.
"""

import numpy as np
import pytest

import simsolid as sim


def test_leukaemia_without_treatment_and_without_loss_of_cd19_grows_by_the_logistic_law():
    p = sim.vary(sim.load_model("liu2022"), infused_start=0.0, mutation_rate=0.0, negative_start=0.0)
    run = sim.run("liu2022", p, times=[0, 5, 20], rtol=1e-9)
    limit, first = p.capacity, p.positive_start
    grown = limit / (1 + (limit / first - 1) * np.exp(-p.positive_growth_rate * run["time"].values))
    assert run["positive"].values == pytest.approx(grown, rel=1e-6)
    assert (run["active"].values == 0).all() and (run["negative"].values == 0).all()
