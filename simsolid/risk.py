"""Risk of cytokine release against what is given and to whom, and benefit against risk.

Against dose or burden a logistic curve on the logarithm to base 10, beside it the observed rates of the levels, so
that the eye can judge the curve. The same virtual patient stands at several doses: the covariance of the curve is
then clustered by patient. The slope is that of the cohort; within one patient the risk rises more steeply.

Sources: wilson1927 (rates), liang1986 (clustered covariance), albert1984 (when a logistic curve has no estimate).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from .arms import arm_axes, arms_of, finished, known
from .errors import ParameterError
from .intervals import wilson
from .summarise import MEASURES
from .survival import COVERAGE

GRADES = (1, 2, 3, 4)
# Words for what a risk may stand against; any other column is taken as it is.
COLUMNS = {"burden": "true_viable_start", "lymphodepletion": "conditioning"}
# Columns that matter by their ratio, and their units; others are taken as they are.
TENFOLD = {"dose": "cell", "true_viable_start": "mL"}
ENDS = ("value", "lower", "upper")
COUNTS = ("died_early", "failed", "left_out")
EARLY = 28.0  # [day] assumed: by then CRS of a single infusion has begun; who died before might have had it yet
MOST_LEVELS = 12  # distinct numbers that are shown one by one; more are put into bins


@dataclass(frozen=True, eq=False)
class Risk:
    """How often CRS of at least a grade occurred: the fitted curve, the observed rates and the slope of each arm."""

    along: str
    unit: str
    grade: int
    tenfold: bool  # the slope is per factor of ten, else per unit
    curve: Any  # DataFrame: arm columns, along, value, lower, upper; no rows where no curve can be fitted
    observed: Any  # DataFrame: arm columns, along, low, high, events, n, died_early, value, lower, upper
    # DataFrame: arm columns, value (log odds), lower, upper, p, events, n, died_early, failed, left_out, clustered, reason
    slope: Any


def crs_risk(table, along="dose", grade=3, by=None, bins=5, points=41):
    """Estimate the probability of CRS of at least a grade against dose, burden, lymphodepletion or route.

    Parameters
    ----------
    table : DataFrame, one row per arm and patient
        From `simsolid.assess.assess`.
    along : text
        ``"dose"``, ``"burden"``, ``"lymphodepletion"``, ``"route"`` or any column. A column of words gets rates only.
    grade : [1], one
        Lowest grade that counts, 1 to 4.
    by : text, texts or None
        Columns that make the arms, such as with and without rescue. Without it: every arm axis but ``along``.
    bins : [1], one
        Groups of equally many patients in which the rates of a continuous column are shown.
    points : [1], one
        Points of the curve, from the lowest to the highest value seen.

    Returns
    -------
    Risk
        ``curve`` with its 95 % band, ``observed`` rates with Wilson's interval, and ``slope``: the change of the
        log odds for ten times as much (dose, burden) or one unit more. NaN with a reason where the data hold no slope:
        nobody or everybody had the event, one level only, or a value that parts those with from those without.
        ``failed`` counts patients whose simulation failed and who are left out, ``left_out`` those given nothing (or without
        tumour) where the curve is on a logarithm.

    Notes
    -----
    The rate is of everybody who was infused, as trials report it, so those who died early without the event count as without it.
    ``died_early`` says how many of them there are: dead within 28 days of the table's day 0, without CRS of that grade until
    then. Where they are many the risk is that of having CRS *and living to see it*. NaN where the table does not tell deaths.

    Raises
    ------
    ParameterError
        There is no such column or grade, or a number of bins or points is too small.

    References
    ----------
    wilson1927, liang1986, albert1984

    Examples
    --------
    >>> import pandas as pd
    >>> rows = [(dose, n, 3.0 * (n < severe)) for dose, severe in ((1e7, 1), (1e8, 3), (1e9, 6)) for n in range(10)]
    >>> risk = crs_risk(pd.DataFrame(rows, columns=["dose", "patient", "crs_grade"]))
    >>> risk.observed["value"].tolist(), round(risk.slope["value"].item(), 2)
    ([0.1, 0.3, 0.6], 1.29)
    """
    import pandas as pd

    column = _column(table, along, "crs_risk")
    _right(grade, bins, points, table)
    axes = _others(table, column, by, "crs_risk")
    numbers, curves, observed, slopes = _numeric(table[column]), [], [], []
    for label, everybody in arms_of(table, axes):
        rows = _with_events(everybody, column, grade)
        observed += [label | line for line in _rates(rows, column, bins)]
        slope, curve = _fit(rows, column, points) if numbers else (_no_slope(rows, f"{column} has no order"), [])
        slopes.append(label | slope | {"died_early": _died_early(rows), "failed": len(everybody) - len(finished(everybody))})
        curves += [label | line for line in curve]
    return Risk(
        column, _unit(table, column), int(grade), column in TENFOLD,
        pd.DataFrame(curves, columns=[*axes, column, *ENDS]),
        pd.DataFrame(observed, columns=[*axes, column, "low", "high", "events", "n", "died_early", *ENDS]),
        pd.DataFrame(slopes, columns=[*axes, *ENDS, "p", "events", "n", *COUNTS, "clustered", "reason"]),
    )  # fmt: skip


def _with_events(rows, column, grade):
    """Patients of whom both are known, and whether they had the event."""
    done = finished(rows)
    done = done[done["crs_grade"].notna() & done[column].notna()]
    return done.assign(event=done["crs_grade"].to_numpy(dtype=float) >= grade)


def _died_early(rows):
    """Patients without the event who died so early that they might have had it yet."""
    if "os_day" not in rows or "died" not in rows:
        return np.nan
    return int((~rows["event"] & rows["died"].fillna(False).astype(bool) & (rows["os_day"] < EARLY)).sum())


def _column(table, along, where):
    name = COLUMNS.get(along, along)
    known([along] if name not in table else [], [*table.columns, *COLUMNS], f"{where}: along")
    return name


def _others(table, column, by, where):
    axes = [name for name in arm_axes(table) if name != column] if by is None else [by] if isinstance(by, str) else list(by)
    known(axes, [name for name in table.columns if name != column], f"{where}: by")
    return axes


def _right(grade, bins, points, table):
    faults = [] if grade in GRADES else [f"crs_risk: grade: {grade!r}; CRS has the grades 1, 2, 3 and 4"]
    for name, given, low in (("bins", bins, 1), ("points", points, 2)):
        if not (isinstance(given, (int, np.integer)) and given >= low):
            faults.append(f"crs_risk: {name}: {given!r}; must be a whole number of at least {low}")
    if "crs_grade" not in table:
        faults.append("crs_risk: the table has no crs_grade; give what sim.assess() returns")
    if faults:
        raise ParameterError("\n".join(faults))


def _unit(table, column):
    return TENFOLD.get(column) or table.attrs.get("units", {}).get(column, "")


def _numeric(values):
    from pandas.api.types import is_bool_dtype, is_numeric_dtype

    return is_numeric_dtype(values) and not is_bool_dtype(values)


def _levels(rows, column, bins):
    """Rows of each level, or of bins of equally many; each with its middle and its ends."""
    import pandas as pd

    values = rows[column]
    if not _numeric(values) or values.nunique() <= MOST_LEVELS:
        return [(level, level, level, part) for level, part in rows.groupby(column, sort=_numeric(values))]
    groups = rows.groupby(pd.qcut(values, bins, labels=False, duplicates="drop"))
    return [(part[column].median(), part[column].min(), part[column].max(), part) for _, part in groups]


def _rates(rows, column, bins):
    for middle, low, high, part in _levels(rows, column, bins):
        events, n = int(part["event"].sum()), len(part)
        counts = {"events": events, "n": n, "died_early": _died_early(part)}
        yield {column: middle, "low": low, "high": high} | counts | _rate(events, n)


def _rate(events, n):
    return dict(zip(ENDS, (events / n if n else np.nan, *wilson(events, n)), strict=True))


def _no_slope(rows, reason, left_out=0):
    unknown = dict.fromkeys((*ENDS, "p"), np.nan)
    counts = {"events": int(rows["event"].sum()), "n": len(rows), "left_out": left_out, "clustered": False}
    return unknown | counts | {"reason": reason}


def _fit(rows, column, points):
    """Slope and curve of one arm; no curve where the data hold no slope."""
    everybody, tenfold = len(rows), column in TENFOLD
    rows = rows[rows[column] > 0] if tenfold else rows  # nothing given, or nothing there, has no logarithm
    left_out = everybody - len(rows)
    x, event = rows[column].to_numpy(dtype=float), rows["event"].to_numpy()
    x = np.log10(x) if tenfold else x
    reason = _undecided(x, event)
    if reason:
        return _no_slope(rows, reason, left_out), []
    at = np.linspace(x.min(), x.max(), points)
    clusters = rows["patient"].to_numpy() if rows["patient"].duplicated().any() else None
    if clusters is not None and (clusters == clusters[0]).all():
        return _no_slope(rows, "one patient only", left_out), []
    slope, band = _logistic(x, event, clusters, at)
    counts = {"events": int(event.sum()), "n": len(rows), "left_out": left_out, "clustered": clusters is not None, "reason": ""}
    shown = 10.0**at if tenfold else at
    return slope | counts, [{column: a, **dict(zip(ENDS, ends, strict=True))} for a, ends in zip(shown, band, strict=True)]


def _undecided(x, event):
    """Why a logistic slope has no estimate, or nothing (albert1984, with one covariate)."""
    if not event.any():
        return f"no event in {len(event)} patients"
    if event.all():
        return f"every one of {len(event)} patients had the event"
    if np.ptp(x) == 0:
        return "one level only"
    with_event, without = x[event], x[~event]
    if with_event.min() >= without.max() or with_event.max() <= without.min():
        return "one value parts those with the event from those without: any slope that is steep enough fits"
    return ""


def _logistic(x, event, clusters, at):
    """Slope with its interval, and the curve with its band at some places (liang1986)."""
    import pandas as pd
    import statsmodels.api as sm

    middle = x.mean()  # a centred covariate keeps slope and height apart, and the numbers small
    how = {} if clusters is None else {"cov_type": "cluster", "cov_kwds": {"groups": pd.factorize(clusters)[0]}}
    fit = sm.GLM(event.astype(float), sm.add_constant(x - middle), family=sm.families.Binomial()).fit(**how)
    lower, upper = fit.conf_int(1.0 - COVERAGE)[1]
    places = np.column_stack([np.ones_like(at), at - middle])
    shown = fit.get_prediction(places).summary_frame(alpha=1.0 - COVERAGE)
    slope = {"value": float(fit.params[1]), "lower": float(lower), "upper": float(upper), "p": float(fit.pvalues[1])}
    return slope, shown[["mean", "mean_ci_lower", "mean_ci_upper"]].to_numpy()


def benefit_risk(table, along="dose", by=None, benefit="objective_response", risk="crs_severe", bins=5, resamples=0, seed=0):
    """Set the rate of a benefit against the rate of a harm, level by level, and mark the levels on the frontier.

    A level is on the frontier unless another one of its arm has at least as much benefit and no more harm, and one of
    the two better. Rates are estimates, so a level can be on it by luck: ``resamples`` says how often it is on it when
    the patients are drawn anew.

    Parameters
    ----------
    table : DataFrame, one row per arm and patient
        From `simsolid.assess.assess`.
    along : text
        What the levels are: ``"dose"``, ``"burden"``, ``"lymphodepletion"``, ``"route"`` or any column.
    by : text, texts or None
        Columns that make the arms, such as with and without rescue. Without it: every arm axis but ``along``.
    benefit, risk : text
        Rates that `simsolid.summarise.summarise` knows.
    bins : [1], one
        Groups of equally many patients when ``along`` is continuous.
    resamples, seed : [1], one
        Cohorts drawn anew from the patients, each patient with all levels (0 for none), and the seed of that draw.

    Returns
    -------
    DataFrame, one row per arm and level
        The arm's columns, ``along``, ``n``, ``benefit`` and ``risk`` [1] with ``_lower`` and ``_upper`` (95 %, Wilson),
        ``frontier``, ``frontier_share`` [1] (NaN without resamples). ``attrs`` holds the names of both rates.

    Raises
    ------
    ParameterError
        There is no such column or rate.

    References
    ----------
    wilson1927

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"dose": [1e7] * 2 + [1e8] * 2 + [1e9] * 2, "patient": [0, 1] * 3,
    ...                       "best_response": ["SD", "SD", "PR", "SD", "PR", "SD"], "crs_grade": [0, 0, 0, 0, 3, 0]})
    >>> benefit_risk(table)[["dose", "benefit", "risk", "frontier"]].values.tolist()
    [[10000000.0, 0.0, 0.0, False], [100000000.0, 0.5, 0.0, True], [1000000000.0, 0.5, 0.5, False]]
    """
    import pandas as pd

    column = _column(table, along, "benefit_risk")
    rates = _two_rates(table, benefit, risk)
    axes = _others(table, column, by, "benefit_risk")
    done = finished(table)
    done = done.assign(**{f"_{which}": measure.values(done) for which, measure in rates.items()})
    lines = []
    for label, rows in arms_of(done[done[column].notna()], axes):
        levels = _levels(rows, column, bins)
        block = [{column: middle, "n": len(part), **_both(part)} for middle, _, _, part in levels]
        on = _frontier(*(np.array([[line[which] for line in block]]) for which in rates))[0]
        share = _resampled([part for *_, part in levels], resamples, seed)
        lines += [label | line | {"frontier": bool(o), "frontier_share": s} for line, o, s in zip(block, on, share, strict=True)]
    names = [f"{which}{end}" for which in rates for end in ("", "_lower", "_upper")]
    out = pd.DataFrame(lines, columns=[*axes, column, "n", *names, "frontier", "frontier_share"])
    out.attrs = {"benefit": MEASURES[benefit].label, "risk": MEASURES[risk].label, "along": column, "unit": _unit(table, column)}
    return out


def _two_rates(table, benefit, risk):
    known([benefit, risk], [name for name, m in MEASURES.items() if m.kind == "rate"], "benefit_risk")
    rates = {"benefit": MEASURES[benefit], "risk": MEASURES[risk]}
    missing = [m.column for m in rates.values() if not m.fits(table)]
    if missing:
        raise ParameterError(f"benefit_risk: the table has no {' and no '.join(missing)}; give what sim.assess() returns")
    return rates


def _both(part):
    """Both rates of a level with their intervals."""
    line = {}
    for which, values in (("benefit", part["_benefit"].dropna()), ("risk", part["_risk"].dropna())):
        ends = _rate(int(values.sum()), len(values))
        line |= {which: ends["value"], f"{which}_lower": ends["lower"], f"{which}_upper": ends["upper"]}
    return line


def _frontier(benefit, risk):
    """Which levels no other one beats; rows are cohorts, columns levels. An unknown rate is never on it."""
    good, bad = benefit[:, None, :], risk[:, None, :]  # of the other level, along the last axis
    mine, harm = benefit[:, :, None], risk[:, :, None]
    beaten = ((good >= mine) & (bad <= harm) & ((good > mine) | (bad < harm))).any(axis=-1)
    return ~beaten & np.isfinite(benefit) & np.isfinite(risk)


def _resampled(levels, resamples, seed):
    """Share of cohorts drawn anew, patient by patient, in which each level is on the frontier."""
    if resamples < 1 or not levels:
        return [np.nan] * len(levels)
    import pandas as pd

    people = np.unique(np.concatenate([part["patient"].to_numpy() for part in levels]))
    drawn = np.random.default_rng(seed).multinomial(len(people), np.full(len(people), 1 / len(people)), size=resamples)
    rates = []
    for which in ("_benefit", "_risk"):
        parts = [part.groupby("patient")[which].agg(["sum", "count"]).reindex(people, fill_value=0) for part in levels]
        events, n = (drawn @ pd.concat([part[k] for part in parts], axis=1).to_numpy() for k in ("sum", "count"))
        rates.append(np.where(n > 0, events / np.maximum(n, 1), np.nan))
    return _frontier(*rates).mean(axis=0).tolist()
