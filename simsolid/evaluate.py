"""Outputs of many cohorts of the same people at once, each around other centres of its values."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from functools import partial
from typing import Any

import numpy as np

from simsolid.assess import assess
from simsolid.cohort import KEY
from simsolid.errors import ParameterError, nearest
from simsolid.models import MODELS
from simsolid.observe import observe
from simsolid.params import Parameters
from simsolid.ranges import Range
from simsolid.regimen import Regimen
from simsolid.shift import shifted
from simsolid.simulate import finished, simulate
from simsolid.summarise import MEASURES, Measure
from simsolid.times import EVENTS

AXIS = "sample"
MOST_LOST = 0.1  # share of a cohort's patients that may fail before it counts as without an answer
BLOCK = 3000  # patients simulated together
_LOGGED = ("cell/uL", "copies/ug", "copies/ug*day", "pg/mL", "ug/L")
# What a run needs to be judged; the rest of the trajectories is not kept.
_SEEN = ("cart_blood", "cart_copies", "temperature", "signal", "pressure_score", "oxygen_score", "il6", "ifng", "crp", "ferritin",
         "apparent_volume", "viable_volume", "antigen_negative_fraction", "cart_lesion", "healthy_tissue", "icans_score",
         "tian_score")  # fmt: skip


def measured(outputs: Sequence[str] | Mapping[str, Callable]) -> dict[str, Callable]:
    """Make the functions that turn the table of a block into one number for each of its cohorts.

    Parameters
    ----------
    outputs : texts, or mapping of functions
        Measures of :func:`simsolid.summarise`, or functions of a cohort's table by name.

    Returns
    -------
    mapping of functions
        Rates are shares of the patients; medians of concentrations are taken on a log scale; of survival it is the mean time.

    Raises
    ------
    ParameterError
        There is no such measure, or none is asked for.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"sample": [0, 0, 1, 1], "status": 0, "best_response": ["PR", "SD", "PD", "SD"]})
    >>> [float(share) for share in measured(["objective_response"])["objective_response"](table)]
    [0.5, 0.0]
    """
    if isinstance(outputs, Mapping):
        return {name: partial(_of_rows, function) for name, function in outputs.items()}
    names = [outputs] if isinstance(outputs, str) else list(outputs)
    unknown = [f"output: '{name}' unknown{nearest(str(name), MEASURES)}; there are {', '.join(MEASURES)}"
               for name in names if name not in MEASURES]
    if unknown or not names:
        raise ParameterError("\n".join(unknown) or f"outputs: none given; there are {', '.join(MEASURES)}")
    return {name: partial(KINDS[MEASURES[name].kind], MEASURES[name]) for name in names}


def _of_rows(function: Callable, table) -> list[float]:
    return [float(function(rows[rows["status"] == 0])) for _, rows in table.groupby(AXIS, sort=True)]


def _by_cohort(values: np.ndarray, table) -> list[np.ndarray]:
    """What is known of the patients who finished, cohort by cohort; the table is in their order."""
    values = np.where(table["status"] == 0, values, np.nan).reshape(table[AXIS].nunique(), -1)
    return [row[np.isfinite(row)] for row in values]


def _rates(measure: Measure, table) -> list[float]:
    return [row.mean() if row.size else np.nan for row in _by_cohort(measure.values(table), table)]


def _medians(measure: Measure, table) -> list[float]:
    values = measure.values(table)
    if measure.unit in _LOGGED:
        values = np.log10(np.where(values > 0, values, np.nan))
    return [np.median(row) if row.size else np.nan for row in _by_cohort(values, table)]


def _mean_times(measure: Measure, table) -> list[float]:
    """Mean time without the event up to the end of follow-up: the area under the Kaplan-Meier curve."""
    days, end = measure.values(table), float(table["os_day"].max())
    signed = np.where(table[EVENTS[measure.column]].to_numpy(dtype=bool), days, -days)  # a time with the event is above 0
    return [_area(np.abs(row), row > 0, end) if row.size else np.nan for row in _by_cohort(signed, table)]


def _area(day: np.ndarray, event: np.ndarray, end: float) -> float:
    from scipy.stats import CensoredData, ecdf

    curve = ecdf(CensoredData.right_censored(day, ~event)).sf
    edges = np.concatenate([[0.0], np.clip(curve.quantiles, 0.0, end), [end]])
    return float(np.sum(np.diff(edges) * np.concatenate([[1.0], curve.probabilities])))


KINDS: dict[str, Callable] = {"rate": _rates, "median": _medians, "survival": _mean_times}


class Cohorts:
    """Turns points of the unit cube into outputs of cohorts: where in its range each value's centre lies.

    Of a plan with two arms the output is the difference, second minus first, in the same patients.
    """

    def __init__(self, setting: Parameters, people: Parameters, plan: Regimen, moved: Sequence[Range],
                 outputs: Mapping[str, Callable], how: Mapping[str, Any], tick: Callable):  # fmt: skip
        self.setting, self.people, self.plan, self.moved, self.outputs = setting, people, plan, moved, outputs
        self.tick, self.patients = tick, len(people.choices[KEY].patients)
        shown = {f.name for f in fields(MODELS[how.get("model", "house")].observables)}
        self.how = {"observables": [name for name in _SEEN if name in shown], "dtype": "float32", **how}
        self.runs = self.failed_patients = self.without_answer = 0

    def __call__(self, at: np.ndarray) -> np.ndarray:
        """Outputs (rows by outputs) at some points; NaN where a cohort gives none."""
        size = max(BLOCK // self.patients, 1)
        found = np.concatenate([self._block(at[i : i + size]) for i in range(0, len(at), size)])
        self.runs += len(found)
        self.without_answer += int((~np.isfinite(found).any(axis=1)).sum())
        return found

    def _block(self, at: np.ndarray) -> np.ndarray:
        import xarray as xr

        labels = {AXIS: np.arange(len(at))}
        centres = {each.name: xr.DataArray(each.at(at[:, i]), dims=AXIS, coords=labels) for i, each in enumerate(self.moved)}
        people = shifted(self.people, self.setting, centres)
        run, interrupted = finished(simulate(people, self.plan, progress=self.tick, **self.how))
        if interrupted:
            raise KeyboardInterrupt
        arms = self._arms(assess(observe(run)))
        lost = np.any([table["status"] != 0 for table in arms], axis=0)
        arms = [table.assign(status=lost.astype(int)) for table in arms]  # a patient counts in both arms or in none
        failed = lost.reshape(len(at), -1).sum(axis=1)
        self.failed_patients += int(failed.sum())
        found = np.array([np.diff([output(table) for table in arms], axis=0)[0] if len(arms) > 1 else output(arms[0])
                          for output in self.outputs.values()]).T  # fmt: skip
        # With too many of its patients gone a cohort is another cohort, and no answer of this one.
        return np.where((failed > MOST_LOST * self.patients)[:, None], np.nan, found)

    def _arms(self, table) -> list:
        """The table of each arm, cohort by cohort and patient by patient."""
        ordered = table.sort_values([AXIS, "patient"], kind="stable")
        axis = next(iter(self.plan.design), None)
        return [ordered] if axis is None else [ordered[ordered[axis] == label] for label in self.plan.design[axis]]
