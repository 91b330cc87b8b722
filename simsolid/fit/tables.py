"""The tables of a fit, from what was found for each individual."""

from collections.abc import Sequence

import numpy as np

from simsolid.fit import doubts
from simsolid.fit.one import Individual, courses, followed
from simsolid.fit.result import Fit

POINTS = 100  # of a predicted course


def gathered(found: Sequence[Individual], level: float) -> Fit:
    """Put the fits of all individuals into one.

    Parameters
    ----------
    found : sequence of class Individual
        At least one.
    level : [1], one
        Of the intervals.

    Returns
    -------
    class Fit
    """
    import pandas as pd

    setup = found[0].problem.setup
    table = pd.DataFrame([row for each in found for row in _estimates(each)])
    said = [f"individual {each.problem.series.individual}: {sentence}" if len(found) > 1 else sentence
            for each in found for sentence in _doubts(each, table)]
    return Fit(
        model=setup.name, parameters=setup.parameters, level=level, table=table,
        predictions=pd.concat([_predictions(each) for each in found], ignore_index=True),
        curves=pd.concat([_curves(each) for each in found], ignore_index=True),
        scores=pd.DataFrame([_scores(each) for each in found]),
        profiles=pd.DataFrame([row for each in found for row in _profiles(each)], columns=["id", "name", "value", "drop"]),
        warnings=tuple(said), problems=tuple(each.problem for each in found),
    )  # fmt: skip


def _estimates(each: Individual) -> list[dict]:
    rows = []
    for i, f in enumerate(each.problem.free):
        place, sides = each.best.place[0, i], followed(each.profiles, i)
        ends = [float(f.value(side.end)) if np.isfinite(side.end) else np.nan for side in sides] or [np.nan, np.nan]
        rows.append({"id": each.problem.series.individual, "name": f.name, "value": float(f.value(place)), "lower": ends[0],
                     "upper": ends[1], "unit": f.unit, "status": doubts.status(f, place, sides), "low": f.low, "high": f.high,
                     "bounds": f.bounds, "text": f.text})  # fmt: skip
    return rows


def _doubts(each: Individual, table) -> list[str]:
    problem = each.problem
    rows = {row["name"]: row for row in table[table["id"] == problem.series.individual].to_dict("records")}
    said = []
    for i, f in enumerate(problem.free):
        row = rows[f.name]
        said += doubts.told(f, row["status"], row["value"], row["lower"], row["upper"])
        said += doubts.elsewhere(each, i, row["lower"], row["upper"])
    return said + doubts.trade_offs(problem.free, each.best.place[0], each.best.curvature[0]) + doubts.of_the_search(each)


def _predictions(each: Individual):
    import pandas as pd

    problem, series = each.problem, each.problem.series
    predicted = problem.predicted(each.best.place)
    off = (problem.data.values - problem.data.scaled(predicted)) / np.exp(problem.log_sd(each.best.place))
    names = np.array(series.observables)[series.of]
    return pd.DataFrame({
        "id": series.individual, "time": series.days[series.at], "what": names, "measured": series.values, "below": series.below,
        "predicted": predicted[0], "residual": np.where(series.below, np.nan, off[0]),
        "unit": [problem.setup.units[name] for name in names],
    })  # fmt: skip


def _curves(each: Individual):
    import pandas as pd

    days, found = courses(each, POINTS)
    units = each.problem.setup.units
    return pd.concat([pd.DataFrame({"id": each.problem.series.individual, "time": days, "what": name, "predicted": values,
                                    "unit": units[name]}) for name, values in found.items()])  # fmt: skip


def _scores(each: Individual) -> dict:
    problem = each.problem
    return {
        "id": problem.series.individual, "log_likelihood": each.log_likelihood,
        "threshold": each.ends.threshold if each.ends else np.nan,
        "aic": 2.0 * len(problem.free) - 2.0 * each.log_likelihood, "measurements": len(problem.series.values),
        "below": int(problem.series.below.sum()), "fitted": len(problem.free), "starts": len(each.walks.value),
        "agreed": doubts.agreeing(each), "arrived": bool(each.best.arrived[0]), "runs": each.runs, "failed": each.failed,
    }  # fmt: skip


def _profiles(each: Individual) -> list[dict]:
    rows = []
    for i, f in enumerate(each.problem.free):
        points = [point for side in followed(each.profiles, i) for point in side.seen]
        points += [(float(each.best.place[0, i]), 0.0)] if points else []
        rows += [{"id": each.problem.series.individual, "name": f.name, "value": float(f.value(place)), "drop": root**2}
                 for place, root in sorted(points)]
    return rows
