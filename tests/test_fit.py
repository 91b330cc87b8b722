"""Fits of one individual: known values come back with honest intervals, and what the data cannot tell is said."""

from dataclasses import dataclass
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
import pytest
from scipy import optimize, stats

import simsolid as sim
from simsolid.fit.search import descend
from tests.plots import closed, markers  # noqa: F401

matplotlib.use("Agg")

SD = 0.25


@dataclass
class Needs:
    """Growth and a first value: a straight line on the log scale, so that everything is known in closed form."""

    growth_rate: Any = sim.need("1/day", "growth")
    tumour_start: Any = sim.need("cell", "tumour on the first day", low=0)


@dataclass
class State:
    """What it holds."""

    tumour: Any = sim.state("cell", "tumour cells")


LINE = sim.Model(name="line", needs=Needs, state=State, start=lambda p: State(tumour=p.tumour_start),
                 rates=lambda t, x, p: State(tumour=p.growth_rate * x.tumour))  # fmt: skip
ASSUMED = {"growth_rate": 0.1, "tumour_start": 100.0}
FREE = {"growth_rate": (-1, 1), "tumour_start": (1, 1e5)}


def noisy(values, sd, seed):
    return np.asarray(values) * np.exp(sd * np.random.default_rng(seed).normal(size=np.shape(values)))


def line(days, seed=1, rate=-0.1, first=1000.0, sd=SD):
    days = np.asarray(days, dtype=float)
    return pd.DataFrame({"TIME": days, "DV": noisy(first * np.exp(rate * days), sd, seed)})


def fitted(data, **kw):
    return sim.fit(LINE, data, FREE, **{"parameters": ASSUMED, "sd": SD, "starts": 2, **kw})


def row(found, name):
    return found.table.set_index("name").loc[name]


DAYS = [1, 3, 5, 7, 9, 11, 14, 21, 28, 42, 60, 90, 150, 240]
STEIN = {"expansion_fold": None, "peak_days": (2, 30), "peak": None, "contraction_rate": None, "persistence_rate": None,
         "persisting_fraction": (1e-5, 0.5)}  # fmt: skip


def blood(seed, sd=SD, days=DAYS):
    truth = sim.run("stein2019", times=[0, *days], rtol=1e-9)["transgene"].values[1:]
    return pd.DataFrame({"TIME": days, "DV": noisy(truth, sd, seed)})


def closed_form(p, t):
    """Tisagenlecleucel in blood as its authors print it."""
    tail = p["persisting_fraction"] * np.exp(-p["persistence_rate"] * (t - p["peak_days"]))
    fall = (1 - p["persisting_fraction"]) * np.exp(-p["contraction_rate"] * (t - p["peak_days"])) + tail
    return p["peak"] * np.where(t < p["peak_days"], p["expansion_fold"] ** (t / p["peak_days"] - 1.0), fall)


@pytest.fixture(scope="module")
def stein():
    return sim.fit("stein2019", blood(1), STEIN, sd=SD, starts=8)


def test_known_kinetics_come_back_within_their_intervals(stein):
    truth = sim.load_model("stein2019")
    assert (stein.table["status"] == "ok").all() and not stein.warnings
    for each in stein.table.to_dict("records"):
        assert each["lower"] < each["value"] < each["upper"]
        assert each["lower"] < truth[each["name"]] < each["upper"], each["name"]
    assert row(stein, "peak_days")["value"] == pytest.approx(9.3, abs=1.0)


def test_best_fit_and_likelihood_are_those_of_scipy_on_the_printed_formula(stein):
    data, names = blood(1), list(STEIN)

    def negative(x):
        predicted = closed_form(dict(zip(names, np.exp(x), strict=True)), data["TIME"].to_numpy())
        return -stats.lognorm.logpdf(data["DV"], SD, scale=predicted).sum()

    found = stein.table.set_index("name")["value"]
    begin = np.log([found[name] for name in names])
    best = optimize.minimize(negative, begin, method="Nelder-Mead", options={"xatol": 1e-5, "fatol": 1e-8, "maxiter": 6000})
    assert float(stein.scores["log_likelihood"].iloc[0]) == pytest.approx(-negative(begin), abs=1e-3)
    assert -negative(begin) > -best.fun - 1e-3
    assert float(stein.scores["aic"].iloc[0]) == pytest.approx(12 + 2 * negative(begin), abs=2e-3)


def test_profiles_of_a_straight_line_end_where_the_textbook_says():
    data = line(range(0, 20, 2))
    found = fitted(data)
    design = np.stack([data["TIME"], np.ones(len(data))], axis=1)
    spread = SD**2 * np.linalg.inv(design.T @ design)
    best = np.linalg.lstsq(design, np.log(data["DV"]), rcond=None)[0]
    error = stats.norm.ppf(0.975) * np.sqrt(np.diag(spread))
    rate, first = row(found, "growth_rate"), row(found, "tumour_start")
    assert [rate["value"], rate["lower"], rate["upper"]] == pytest.approx(best[0] + error[0] * np.array([0, -1, 1]), abs=1e-3)
    logs = np.log([first["value"], first["lower"], first["upper"]])
    assert logs == pytest.approx(best[1] + error[1] * np.array([0, -1, 1]), abs=0.01)


def test_a_fitted_sd_is_the_maximum_likelihood_one_and_its_intervals_are_those_of_student():
    data = line(range(8))
    found, usual = fitted(data, sd=None), fitted(data, sd=None, small_sample=False)
    residuals = np.log(found.predictions["measured"] / found.predictions["predicted"])
    assert row(found, "sd_tumour")["value"] == pytest.approx(np.sqrt(np.mean(residuals**2)), rel=1e-3)
    slope = stats.linregress(data["TIME"], np.log(data["DV"]))
    half = (row(found, "growth_rate")["upper"] - row(found, "growth_rate")["lower"]) / 2
    assert half == pytest.approx(stats.t.ppf(0.975, 6) * slope.stderr, rel=0.03)
    narrow = (row(usual, "growth_rate")["upper"] - row(usual, "growth_rate")["lower"]) / 2 / half
    exact = 1 - np.sqrt(np.expm1(stats.chi2.ppf(0.95, 1) / 8) * 6) / stats.t.ppf(0.975, 6)
    assert narrow == pytest.approx(1 - exact, abs=0.02) and not found.warnings
    (told,) = usual.warnings
    assert f"intervals are about {100 * exact:.0f} % too narrow; use small_sample=True" in told


def coverage(repeats, level=0.95, sd=SD):
    truth, hit, many = {"growth_rate": -0.1, "tumour_start": 1000.0}, 0, 0
    every = pd.concat([line(range(0, 20, 4), seed).assign(ID=seed) for seed in range(repeats)])
    for each in fitted(every, starts=1, level=level, sd=sd).table.to_dict("records"):
        if each["name"] in truth:
            hit, many = hit + (each["lower"] < truth[each["name"]] < each["upper"]), many + 1
    return hit / many


def test_intervals_cover_as_often_as_they_say():
    assert 0.90 <= coverage(50) <= 0.99
    assert 0.60 <= coverage(30, level=0.7) <= 0.80
    assert 0.90 <= coverage(30, sd=None) <= 1.0


@pytest.mark.slow
def test_intervals_of_kinetics_cover_as_often_as_they_say():
    truth = sim.load_model("stein2019")
    every = pd.concat([blood(seed).assign(ID=seed) for seed in range(40)])
    table = sim.fit("stein2019", every, STEIN, sd=SD, starts=2).table
    low, high = table["lower"].fillna(0.0), table["upper"].fillna(np.inf)
    known = table["name"].map(lambda name: truth[name])
    assert 0.90 <= float(((low < known) & (known < high)).mean()) <= 0.99


def carrgo(seed=3):
    p = sim.load_model("sahoo2020").with_values({
        "growth_rate": 0.2, "capacity": 2e9, "kill_rate": 8e-9, "stimulation_rate": 4e-10, "death_rate": 0.08,
        "tumour_start": 2e8, "cart_start": 5e6,
    })  # fmt: skip
    days = np.arange(0.0, 61.0, 4.0)
    run = sim.run("sahoo2020", p, times=days, rtol=1e-9)
    data = pd.concat([pd.DataFrame({"time": days, "what": name, "dv": noisy(run[name], 0.2, seed)})
                      for name in ("tumour", "cart")])  # fmt: skip
    return p, data


RATES = {"growth_rate": None, "kill_rate": None, "stimulation_rate": (1e-12, 1e-8), "death_rate": (1e-3, 1), "cart_start": None}


def test_tumour_and_cells_together_tell_what_the_tumour_alone_cannot():
    truth, data = carrgo()
    both = sim.fit("sahoo2020", data, RATES, parameters=truth, sd=0.2, starts=8)
    assert not [each for each in both.warnings if "flat" in each]
    for name in RATES:
        assert row(both, name)["lower"] < truth[name] < row(both, name)["upper"]
    alone = sim.fit("sahoo2020", data[data["what"] == "tumour"], RATES, parameters=truth, sd=0.2, starts=8)
    assert row(alone, "kill_rate")["status"] == row(alone, "cart_start")["status"] == "flat"
    assert np.isnan(row(alone, "kill_rate")["lower"]) and "open to open" in str(alone)
    # only the product of both enters the tumour's course
    assert any("kill_rate and cart_start trade off: kill_rate +10 % with cart_start -9.1 %" in each for each in alone.warnings)


def test_one_open_end_is_told_as_such():
    days = [0, 10, 20, 30]
    p = {**ASSUMED, "tumour_start": 1e4, "growth_rate": -0.5}
    data = pd.DataFrame({"TIME": days, "DV": noisy(1e4 * np.exp(-0.5 * np.array(days)), 0.1, 2)})
    found = sim.fit(LINE, data, {"growth_rate": (-3, 0)}, parameters=p, sd=0.1, lloq=500, starts=2)
    assert row(found, "growth_rate")["status"] == "open below" and np.isnan(row(found, "growth_rate")["lower"])
    (told,) = found.warnings
    assert told.startswith("growth_rate: no lower end down to its bound -3 1/day; these data only say at most -0.")


def test_an_estimate_at_its_bound_is_told_of():
    found = sim.fit(LINE, line(range(10)), {"growth_rate": (-0.05, 1)}, parameters={**ASSUMED, "tumour_start": 1000.0}, sd=SD)
    assert row(found, "growth_rate")["status"] == "at lower bound"
    said = "growth_rate: ended at its lower bound -0.05 1/day; widen the bound, or fix it; these data only say at most -0.0"
    assert any(each.startswith(said) for each in found.warnings)


def test_values_below_the_limit_count_as_such_and_leaving_them_out_would_bias():
    data, limit = pd.concat([line(range(0, 40), seed, sd=0.6).assign(ID=seed) for seed in range(5, 11)]), 60.0
    seen = data["DV"] >= limit
    tables = data, data[seen], data.assign(DV=data["DV"].clip(lower=limit), LLOQ=1.0)
    whole, dropped, as_limit = (fitted(each, lloq=limit, sd=0.6, intervals=False) for each in tables)
    rates = [float(each.table.loc[each.table["name"] == "growth_rate", "value"].mean()) for each in (whole, dropped, as_limit)]
    assert rates[0] == pytest.approx(-0.1, abs=0.008)
    assert rates[1] > -0.088 and rates[2] > -0.08  # the tail looks flatter than it is
    assert int(whole.scores["below"].sum()) == (~seen).sum() > 50


def test_measurements_that_are_all_below_the_limit_are_told_of():
    found = fitted(line(range(10)), lloq=1e5)
    assert "all 10 measurements are below the limit of quantification" in found.warnings
    assert set(found.table["status"]) <= {"flat", "open below", "at lower bound", "at upper bound"}


def test_likelihood_with_a_limit_is_the_textbook_one():
    data = line(range(0, 40, 2), seed=5)
    found = fitted(data, lloq=60.0, sd=None)
    sd, rate, first = (row(found, name)["value"] for name in ("sd_tumour", "growth_rate", "tumour_start"))

    def log_likelihood(rate, log_first, log_sd):
        error = stats.lognorm(np.exp(log_sd), scale=np.exp(log_first + rate * data["TIME"]))
        return np.where(data["DV"] < 60.0, error.logcdf(60.0), error.logpdf(data["DV"])).sum()

    ours = rate, np.log(first), np.log(sd)
    assert float(found.scores["log_likelihood"].iloc[0]) == pytest.approx(log_likelihood(*ours), abs=1e-4)
    best = optimize.minimize(lambda x: -log_likelihood(*x), ours, method="Nelder-Mead")
    assert log_likelihood(*ours) > -best.fun - 1e-4


def test_additive_errors_are_least_squares():
    data = line(range(8), seed=2, sd=0.05)
    found = fitted(data, error="additive", sd=20.0)
    best, _ = optimize.curve_fit(lambda t, rate, first: first * np.exp(rate * t), data["TIME"], data["DV"], p0=(-0.1, 900))
    assert found.table["value"].tolist() == pytest.approx(best, rel=1e-3)
    assert found.predictions["residual"].tolist() == pytest.approx(
        ((found.predictions["measured"] - found.predictions["predicted"]) / 20).tolist())


def test_several_individuals_are_fitted_as_each_alone_whatever_their_order():
    one, two = line(range(10), 1).assign(ID="one"), line(range(0, 30, 5), 2).assign(ID="two")
    both = fitted(pd.concat([one, two]))
    turned = fitted(pd.concat([two, one]))
    for name, data in (("one", one), ("two", two)):
        alone = fitted(data).table
        for found in (both, turned):
            part = found.table[found.table["id"] == name].reset_index(drop=True)
            pd.testing.assert_frame_equal(part, alone)
    assert both.to_parameters()["growth_rate"].sel(id="two") == fitted(two).to_parameters()["growth_rate"]
    course = sim.run(LINE, both.to_parameters(), times=[0, 5])
    assert course["tumour"].dims == ("id", "time")
    with pytest.raises(sim.ParameterError, match="no individual 'tow'; did you mean 'two'"):
        both.to_parameters("tow")


def test_same_seed_gives_the_same_fit_and_engines_agree():
    data = line(range(10))
    first, again, other = fitted(data), fitted(data), fitted(data, engine="numpy")
    pd.testing.assert_frame_equal(first.table, again.table)
    assert other.table["value"].tolist() == pytest.approx(first.table["value"].tolist(), rel=1e-4)


@dataclass
class Swing:
    """A pendulum: its likelihood has many valleys along the pace."""

    pace_rate: Any = sim.need("1/day", "pace", low=0)


@dataclass
class Place:
    """Where it is, and how fast."""

    place: Any = sim.state("1", "place")
    speed: Any = sim.state("1/day", "speed")


PENDULUM = sim.Model(name="pendulum", needs=Swing, state=Place, start=lambda p: Place(place=1.0, speed=0.0 * p.pace_rate),
                     rates=lambda t, x, p: Place(place=x.speed, speed=-p.pace_rate * p.pace_rate * x.place))  # fmt: skip


def swing(days, starts, **kw):
    data = pd.DataFrame({"time": days, "dv": np.cos(7.0 * days) + 0.05 * np.sin(31.0 * days)})
    return sim.fit(PENDULUM, data, {"pace_rate": (0.5, 20)}, observes="place", error="additive", sd=0.1, starts=starts, seed=2,
                   parameters={"pace_rate": 1.0}, **kw)  # fmt: skip


def test_starts_that_disagree_are_told_of_and_more_starts_find_the_valley():
    days = np.sort(np.random.default_rng(1).uniform(0, 12, 24))
    one = swing(days, 1, intervals=False)
    assert any(each.startswith("one start only") for each in one.warnings)
    assert row(one, "pace_rate")["value"] != pytest.approx(7.0, rel=0.01)
    many = swing(days, 32, intervals=False)
    assert row(many, "pace_rate")["value"] == pytest.approx(7.0, rel=0.01)
    agreed = int(many.scores["agreed"].iloc[0])
    assert any(each.startswith(f"only {agreed} of 32 starts found the best fit") for each in many.warnings) == (agreed < 4)


def test_a_second_place_that_fits_as_well_is_told_of():
    found = swing(np.arange(0.0, 12.0, 0.5), 16)  # twice a day shows a pace of 7 as 4 pi - 7 as well
    both = {7.0, 4 * np.pi - 7.0}
    value = row(found, "pace_rate")["value"]
    (other,) = [each for each in both if abs(each - value) > 1]
    (told,) = [each for each in found.warnings if "outside its interval" in each]
    assert float(told.split()[1]) == pytest.approx(other, rel=0.01)


def runaway(t, x, p):
    return State(tumour=p.growth_rate * x.tumour * x.tumour)


def test_runs_that_fail_count_as_no_fit_and_are_counted():
    wild = sim.Model(name="wild", needs=Needs, state=State, start=lambda p: State(tumour=p.tumour_start), rates=runaway)
    p = {"growth_rate": 0.05, "tumour_start": 1.0}  # 1 / (1 - rate t): runs away before day 8 from 0.125 on
    days = np.array([1.0, 4, 8])
    data = pd.DataFrame({"time": days, "dv": 1.0 / (1.0 - 0.1 * days)})
    found = sim.fit(wild, data, {"growth_rate": (1e-3, 10)}, parameters=p, sd=0.1, starts=8)
    assert row(found, "growth_rate")["value"] == pytest.approx(0.1, rel=1e-3)
    failed, runs = (int(found.scores[name].iloc[0]) for name in ("failed", "runs"))
    assert 0 < failed < runs and f"{failed} of {runs} runs of the model failed and counted as no fit" in found.warnings
    with pytest.raises(sim.SolveError, match="individual 1: the model cannot be run at any of 64 places"):
        sim.fit(wild, data, {"growth_rate": (1, 10)}, parameters={**p, "growth_rate": 2.0}, sd=0.1, starts=8)


def test_an_interval_that_ends_where_runs_fail_is_not_taken_for_knowledge():
    wild = sim.Model(name="wild", needs=Needs, state=State, start=lambda p: State(tumour=p.tumour_start), rates=runaway)
    data = pd.DataFrame({"time": [1.0, 4, 8], "dv": 1.0 / (1.0 - 0.1 * np.array([1.0, 4, 8]))})
    p = {"growth_rate": 0.05, "tumour_start": 1.0}
    found = sim.fit(wild, data, {"growth_rate": (1e-3, 10)}, parameters=p, sd=5.0, starts=2)
    assert row(found, "growth_rate")["status"] == "ends at failed runs"
    assert row(found, "growth_rate")["upper"] == pytest.approx(0.125, rel=2e-3)
    assert any("ends where the model can no longer be run, not where the data say" in each for each in found.warnings)


def test_ctrl_c_ends_a_fit(monkeypatch):
    from simsolid.engines.integrate import Status
    from simsolid.fit.setup import Setup

    def interrupted(self, values, days, series):
        cases = len(next(iter(values.values())))
        return {"tumour": np.full((cases, len(days)), np.nan)}, np.full(cases, Status.INTERRUPTED)

    monkeypatch.setattr(Setup, "course", interrupted)
    with pytest.raises(KeyboardInterrupt):
        fitted(line(range(5)))


def test_progress_counts_runs_of_one_individual_and_else_individuals():
    data, told = line(range(5)), []
    found = fitted(data, progress=told.append)
    assert sum(told) == int(found.scores["runs"].iloc[0]) + 1  # and the predictions at the end
    several = []
    fitted(pd.concat([data.assign(ID=who) for who in "abc"]), progress=several.append, intervals=False)
    assert several == [1, 1, 1]


def test_a_patient_of_a_setting_is_fitted_under_a_plan():
    person, plan = sim.typical(sim.load("gastric"), 1), sim.Regimen.single(2.5e8)
    days = [3, 7, 10, 14, 21, 28]
    truth = person.with_values({"effector_death_rate": 0.3})
    run = sim.simulate(truth, plan, times=[-7, *days], days=28, rtol=1e-7, progress=False)
    data = pd.DataFrame({"time": days, "dv": run["cart_blood"].isel(patient=0).values[1:]})
    found = sim.fit(person, data, {"effector_death_rate": (0.05, 1)}, plan=plan, observes="cart_blood", sd=0.3, starts=1,
                    intervals=False)  # fmt: skip
    assert row(found, "effector_death_rate")["value"] == pytest.approx(0.3, rel=1e-3)
    assert found.to_parameters()["effector_death_rate"] == row(found, "effector_death_rate")["value"]


def test_slopes_and_bounded_walks_agree_with_scipy():
    def valley(x):
        a, b = 10.0 * (x[:, 1] - x[:, 0] ** 2), 1.0 - x[:, 0]
        ways = np.zeros((len(x), 2, 2))
        ways[:, 0] = np.stack([-20.0 * x[:, 0], np.full(len(x), 10.0)], axis=1)
        ways[:, 1, 0] = -1.0
        off = np.stack([a, b], axis=1)
        return 0.5 * (off**2).sum(1), np.einsum("kri,kr->ki", ways, off), np.einsum("kri,krj->kij", ways, ways)

    low, high = np.array([-2.0, -2.0]), np.array([0.8, 3.0])
    found = descend(valley, np.array([[-1.2, 1.0], [0.0, 2.0]]), low, high)
    theirs = optimize.least_squares(lambda x: [10 * (x[1] - x[0] ** 2), 1 - x[0]], [-1.2, 1.0], bounds=(low, high))
    assert found.arrived.all()
    assert found.place == pytest.approx(np.array([theirs.x, theirs.x]), abs=1e-4)


def test_slopes_of_a_problem_are_those_of_its_value():
    from simsolid.fit.problem import problem_of
    from simsolid.fit.series import series_of
    from simsolid.fit.setup import setup_of

    setup = setup_of(LINE, FREE, parameters=ASSUMED, rtol=1e-9)
    (series,) = series_of(line(range(0, 40, 4), 5), setup.asked(None, None, 60.0, None, "day"))
    problem = problem_of(setup, series)
    assert 0 < series.below.sum() < len(series.below)
    place = np.array([[2.2, 6.5, -1.0]])
    _, slope, curve = problem(place)
    for i in range(3):
        step = 1e-4 * np.eye(3)[i]
        numeric = (problem.value(place + step) - problem.value(place - step)) / 2e-4
        assert slope[0, i] == pytest.approx(numeric[0], rel=1e-3)
    assert (np.linalg.eigvalsh(curve[0]) > 0).all()


def test_a_fit_prints_as_a_table_and_cannot_be_changed():
    found = fitted(line(range(10)), lloq=500)
    text = str(found)
    below = int(found.scores["below"].iloc[0])
    assert below and text.splitlines()[0] == f"line, individual 1: 10 measurements, {below} of them below the limit"
    assert "95 % interval" in text and "growth_rate" in text and "2 of 2 starts found this fit; 0 of " in text
    with pytest.raises(AttributeError):
        found.level = 0.5
    assert found.to_parameters().value("growth_rate").basis == "fitted here"


def test_a_figure_shows_every_measurement_those_below_the_limit_apart_and_the_course():
    data = line(range(0, 40, 2), seed=5)
    found = fitted(data, lloq=60.0, intervals=False)
    ax = sim.plot.fitted(found)
    below = data["DV"] < 60
    assert markers(ax, "o") == list(zip(data["TIME"][~below], data["DV"][~below], strict=True))
    assert markers(ax, "v") == [(day, 60.0) for day in data["TIME"][below]]
    course = ax.get_lines()[0]
    at = np.interp(data["TIME"], course.get_xdata(), np.log(course.get_ydata()))
    assert at == pytest.approx(np.log(found.predictions["predicted"]), abs=1e-6)
    assert ax.get_yscale() == "log" and ax.get_ylabel() == "tumour [cell]"


def test_a_profile_is_drawn_with_its_threshold_and_ends():
    found = fitted(line(range(10)))
    ax = sim.plot.profile(found, "growth_rate")
    drop, best = ax.get_lines()[0], row(found, "growth_rate")
    x, y = np.asarray(drop.get_xdata()), np.asarray(drop.get_ydata())
    threshold = stats.chi2.ppf(0.95, 1)
    assert y[np.isclose(x, best["value"])].min() == 0.0 and best["lower"] in x and best["upper"] in x
    assert y[np.isin(x, [best["lower"], best["upper"]])] == pytest.approx(threshold, abs=0.15)
    (bar,) = [each for each in ax.get_lines() if each.get_label() == "95 %"]
    assert bar.get_ydata()[0] == pytest.approx(threshold)


def test_a_figure_says_what_is_missing():
    truth, data = carrgo()
    found = sim.fit("sahoo2020", data, ["growth_rate"], parameters=truth, sd=0.2, starts=1, intervals=False)
    with pytest.raises(sim.ParameterError, match="which observable is not said; there are tumour, cart"):
        sim.plot.fitted(found)
    with pytest.raises(sim.ParameterError, match="no quantity 'growth'; did you mean 'growth_rate'"):
        sim.plot.profile(found, "growth")
    with pytest.raises(sim.ParameterError, match="profile of 'growth_rate' was not followed"):
        sim.plot.profile(found, "growth_rate")
