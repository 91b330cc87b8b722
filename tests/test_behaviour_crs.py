"""Cytokine release: what raises it, what rescue does to it, when it comes and goes (behaviours 7, 8, 9 and 10)."""

import numpy as np
import pandas as pd
import pytest

import simsolid as sim
from simsolid import crs

from .cohorts import (
    by_rescue,
    gavo,
    gavo_table,
    judged,
    many_table,
    planned,
    rescued_table,
    severe,
    twice_the_burden,
    untouched_table,
)

STEROID_DAYS = (5, 6, 7, 8)
GAVO_DOSES = (9e7, 9e8)


# 7. Severity rises with dose --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def risk():
    rows = [gavo_table(dose).assign(dose=dose) for dose in GAVO_DOSES]
    return sim.crs_risk(pd.concat(rows), along="dose", grade=3)


def test_severe_crs_rises_by_1_to_3_5_log_odds_for_a_tenfold_dose(risk):
    # Gavo-cel about 2.2, of 29 patients; the size of this product's cytokine yield is fitted, the slope is not
    assert 1 < risk.slope["value"].item() < 3.5
    assert risk.slope["lower"].item() > 0


def test_nobody_has_severe_crs_without_lymphodepletion():
    # 0 of 3 at the highest dose
    assert severe(gavo_table(9e8, "none")) == 0


# 8. Signs that must hold in every patient -------------------------------------------------------------------------------


def _grade(table):
    return table["crs_grade"].to_numpy()


def _never_worse(grade, before):
    assert np.isfinite(grade).all() and np.isfinite(before).all()
    assert (grade <= before).all()
    assert (grade < before).any()


def test_more_burden_never_lowers_the_crs_grade():
    _never_worse(_grade(untouched_table()), _grade(twice_the_burden()))


def test_tocilizumab_on_day_5_never_raises_the_crs_grade():
    _never_worse(_grade(judged(planned("tocilizumab", 8, 5))), _grade(untouched_table()))


@pytest.mark.parametrize("drug", ["tocilizumab", "dexamethasone"])
def test_a_drug_given_by_rule_never_raises_the_crs_grade(drug):
    _never_worse(_grade(judged(by_rescue().sel(rescue=drug))), _grade(untouched_table()))


def _peak(run):
    return run.cart_blood.sel(time=slice(5, 30)).max("time").values


@pytest.mark.parametrize("how", ["planned", "by rule"])
def test_steroid_never_raises_expansion(how):
    run = planned("dexamethasone", 10, *STEROID_DAYS) if how == "planned" else by_rescue().sel(rescue="dexamethasone")
    fold = _peak(run) / _peak(by_rescue().sel(rescue="none"))
    assert (fold <= 1 + 1e-4).all()
    assert np.median(fold) < 0.9


# 9. Tocilizumab ---------------------------------------------------------------------------------------------------------


def _il6_and_signal(run):
    return (run[name].sel(time=slice(5, 6)).max("time").values for name in ("il6", "signal"))


def test_tocilizumab_raises_il6_two_to_twentyfold_while_its_signal_falls():
    # Its receptor no longer clears it
    (after, felt), (before, felt_before) = (
        _il6_and_signal(run) for run in (planned("tocilizumab", 8, 5), by_rescue().sel(rescue="none"))
    )
    assert 2 < np.median(after / before) < 20 and (after >= before * (1 - 1e-4)).all()
    assert np.median(felt / felt_before) < 1 and (felt <= felt_before * (1 + 1e-4)).all()


def _days_to_recovery(run):
    """Days from the first tocilizumab until the last day with any grade, in patients with severe CRS."""
    seen, table = sim.observe(run), judged(run)
    at = (table["crs_grade"] >= 3).to_numpy() & seen["seen_anti_cytokine_day"].notnull().values
    seen = seen.isel(patient=at)
    time, first = seen.time.values, seen["seen_anti_cytokine_day"].values[:, None]
    scores = (seen[name].values for name in ("seen_temperature", "seen_pressure_score", "seen_oxygen_score"))
    ill = (crs.grades(*scores, time >= first) > 0) & (time >= first)
    return np.where(ill, time - first, 0.0).max(axis=1)


def test_most_severe_crs_resolves_within_14_days_of_tocilizumab():
    # Le 2018: 69 % (53 to 82) of 45. More here, because little of the signal escapes blockade: other_cytokine_weight is assumed
    lasts = _days_to_recovery(gavo(GAVO_DOSES[1]))
    assert len(lasts) > 50
    assert np.mean(lasts <= 14) > 0.6


# 10. When it comes and goes ---------------------------------------------------------------------------------------------


def test_crs_begins_on_day_3_to_4_lasts_6_to_9_days_and_does_not_begin_late():
    # Levine 2021: onset 3 d, duration 8 d; none new after day 14 in 475
    # It lasts three days where rescue ends it at once and twelve where not, so the median needs many patients
    table = many_table()
    assert (table["crs_grade"] > 0).mean() > 0.8
    assert 3 <= table["crs_onset"].median() <= 4
    assert 6 <= table["crs_duration"].median() <= 9
    assert (table["crs_onset"] > 14).mean() < 0.01


def test_rescue_keeps_most_severe_crs_away():
    # Asked for: near 0 to 6 % with rescue; without it several times as many
    assert severe(rescued_table()) < 0.08 < severe(untouched_table())
