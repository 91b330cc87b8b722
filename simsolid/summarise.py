"""From one row per patient to rates and medians with 95 % intervals, and to paired differences between arms.

Rates: Wilson's score interval. Medians: the exact order-statistic interval of the binomial distribution. Times
that follow-up may cut short: Kaplan-Meier median with its log-log interval. Paired differences of rates: Newcombe's
hybrid score interval (method 10); of measures that summarise by the median: the median of the differences within
patients, with the interval of a median. Rates are of all patients whose simulation finished, so a patient that could
not be judged is a non-responder; kinds of relapse are of those who relapsed.

Sources: wilson1927, newcombe1998, kaplan1958.
"""

from dataclasses import dataclass

import numpy as np

from .arms import arm_axes, arms_of, chosen_axes, finished, known
from .intervals import middle, wilson
from .survival import median_survival
from .times import EVENTS
from .weighted import WEIGHTED, effective, weighted_survival

RESPONSES, CONTROLLED = ("CR", "PR"), ("CR", "PR", "SD")
RELAPSES = ("antigen-positive", "antigen-low", "new site")


@dataclass(frozen=True)
class Measure:
    """One line of a summary."""

    kind: str  # rate, median or survival
    column: str
    unit: str
    label: str
    counts: tuple = (True,)  # a rate counts rows whose value is one of these
    at_least: float | None = None  # or whose value is no lower than this
    at_most: float | None = None  # or no higher
    among: tuple | None = None  # of the rows whose value is one of these; None: of all

    def fits(self, table):
        """Whether the table has the columns it takes."""
        return self.column in table and (self.kind != "survival" or EVENTS[self.column] in table)

    def values(self, table):
        """One number per row; NaN where it is unknown. A rate: 1 for counted, 0 for not."""
        column = table[self.column]
        if self.kind != "rate":
            return column.to_numpy(dtype=float, na_value=np.nan)
        out = column.isna() if self.among is None else ~column.isin(self.among)
        return np.where(out, np.nan, self._counted(column).to_numpy(dtype=float))

    def _counted(self, column):
        if self.at_least is not None:
            return (column >= self.at_least).fillna(False)
        return column.isin(self.counts) if self.at_most is None else (column <= self.at_most).fillna(False)


MEASURES = {
    "objective_response": Measure("rate", "best_response", "1", "objective response", RESPONSES),
    "confirmed_response": Measure("rate", "confirmed_response", "1", "confirmed response", RESPONSES),
    "disease_control": Measure("rate", "best_response", "1", "disease control", CONTROLLED),
    "best_change": Measure("median", "best_change", "%", "best change of sum of diameters"),
    "os": Measure("survival", "os_day", "day", "overall survival"),
    "pfs": Measure("survival", "pfs_day", "day", "progression-free survival"),
    "response_duration": Measure("survival", "response_duration", "day", "duration of response"),
    "relapse": Measure("rate", "relapse", "1", "relapse after a response", RELAPSES),
    "relapse_antigen_low": Measure("rate", "relapse", "1", "antigen-low, of relapses", ("antigen-low",), among=RELAPSES),
    "relapse_new_site": Measure("rate", "relapse", "1", "new site, of relapses", ("new site",), among=RELAPSES),
    "cmax_cells": Measure("median", "cmax_cells", "cell/uL", "CAR-T in blood, peak"),
    "cmax_copies": Measure("median", "cmax_copies", "copies/ug", "transgene in blood, peak"),
    "tmax": Measure("median", "tmax", "day", "day of the peak"),
    "auc28_copies": Measure("median", "auc28_copies", "copies/ug*day", "transgene, area to day 28"),
    "tlast": Measure("median", "tlast", "day", "last day above the assay limit"),
    "contraction_half_life": Measure("median", "contraction_half_life", "day", "contraction half-life"),
    "crs_any": Measure("rate", "crs_grade", "1", "CRS, any grade", at_least=1),
    "crs_moderate": Measure("rate", "crs_grade", "1", "CRS, grade 2 or more", at_least=2),
    "crs_severe": Measure("rate", "crs_grade", "1", "CRS, grade 3 or more", at_least=3),
    "crs_onset": Measure("median", "crs_onset", "day", "CRS onset"),
    "crs_duration": Measure("median", "crs_duration", "day", "CRS duration"),
    "icans_any": Measure("rate", "icans_grade", "1", "ICANS, any grade", at_least=1),
    "icans_severe": Measure("rate", "icans_grade", "1", "ICANS, grade 3 or more", at_least=3),
    "icans_onset": Measure("median", "icans_onset", "day", "ICANS onset"),
    "icans_duration": Measure("median", "icans_duration", "day", "ICANS duration"),
    "tian_any": Measure("rate", "tian_grade", "1", "TIAN, any grade", at_least=1),
    "tian_severe": Measure("rate", "tian_grade", "1", "TIAN, grade 3 or more", at_least=3),
    "peak_il6": Measure("median", "peak_il6", "pg/mL", "IL-6, peak"),
    "peak_ferritin": Measure("median", "peak_ferritin", "ug/L", "ferritin, peak"),
    "off_tumour_any": Measure("rate", "off_tumour_grade", "1", "off-tumour injury, any grade", at_least=1),
    "off_tumour_severe": Measure("rate", "off_tumour_grade", "1", "off-tumour injury, grade 3 or more", at_least=3),
    "off_tumour_recovery": Measure("median", "off_tumour_recovery_day", "day", "healthy tissue recovered"),
    "healthy_tissue_min": Measure("median", "healthy_tissue_min", "1", "healthy tissue left, lowest"),
    "infusions": Measure("median", "infusions", "1", "infusions"),
    "tocilizumab": Measure("rate", "tocilizumab_doses", "1", "given tocilizumab", at_least=1),
    "dexamethasone": Measure("rate", "dexamethasone_doses", "1", "given dexamethasone", at_least=1),
    "anakinra": Measure("rate", "anakinra_doses", "1", "given anakinra", at_least=1),
    "pseudo_progression": Measure("rate", "pseudo_progression", "1", "pseudo-progression"),
    "missed_progression": Measure("rate", "missed_progression", "1", "missed progression"),
    "hundredfold_fall": Measure("rate", "viable_change_best", "1", "viable tumour down a hundredfold or more", at_most=-99.0),
}


def _rate(measure, rows):
    values = measure.values(rows)
    return values.mean() if len(values) else np.nan, *wilson(values.sum(), len(values)), len(values)


def _median(measure, rows):
    return *middle(measure.values(rows)), len(rows)


def _survival(measure, rows):
    found = median_survival(rows, measure.column, by=[])
    return found[["value", "lower", "upper", "n"]].iloc[0].tolist() if len(found) else (np.nan, np.nan, np.nan, 0)


KINDS = {"rate": _rate, "median": _median, "survival": _survival}


def summarise(table, by=None, weights=None):
    """Condense a table to one block of lines per arm.

    Parameters
    ----------
    table : DataFrame, one row per arm and patient
        From `simsolid.assess.assess`.
    by : list of text
        Columns that make the arms. Without it: every column left of ``patient``.
    weights : Weights, or None
        How common each patient is, from `simsolid.prevalence.weigh`; without it, all alike.

    Returns
    -------
    DataFrame, one row per arm and measure
        The arm's columns, then ``measure``, ``value``, ``lower``, ``upper`` (95 % interval; NaN where there
        is none), ``n`` (patients with a value) and ``unit``. ``patients`` and ``failed`` are counts. With weights the intervals
        are those of the effective number of patients (``effective``).

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"patient": [0, 1, 2], "status": [0, 0, 1], "best_response": ["PR", "SD", "NE"]})
    >>> summarise(table).set_index("measure").loc["objective_response", ["value", "n"]].tolist()
    [0.5, 2.0]
    """
    import pandas as pd

    axes = chosen_axes(table, by, "summarise: by")
    lines = []
    for arm, rows in arms_of(table, axes):
        done = finished(rows)
        counts = {"patients": len(rows), "failed": len(rows) - len(done)}
        counts |= {} if weights is None else {"effective": effective(weights.of(done["patient"]))}
        lines += [arm | {"measure": k, "value": v, "n": len(rows), "unit": "1"} for k, v in counts.items()]
        lines += [arm | _line(name, done, weights) for name in MEASURES if MEASURES[name].fits(table)]
    out = pd.DataFrame(lines, columns=[*axes, "measure", "value", "lower", "upper", "n", "unit"])
    return out.astype({"value": float, "lower": float, "upper": float, "n": int})


def _line(name, rows, weights=None):
    measure = MEASURES[name]
    rows = rows[np.isfinite(measure.values(rows))]
    found = KINDS[measure.kind](measure, rows) if weights is None else _weighted(measure, rows, weights.of(rows["patient"]))
    ends = dict(zip(("value", "lower", "upper", "n"), found, strict=True))
    return {"measure": name, **ends, "unit": measure.unit}


def _weighted(measure, rows, weight):
    """The same of patients who are not equally common; whoever weighs nothing does not count."""
    rows, weight = rows[weight > 0], weight[weight > 0]
    values = measure.values(rows)
    if measure.kind == "survival":
        return *weighted_survival(values, rows[EVENTS[measure.column]].to_numpy(dtype=bool), weight), len(rows)
    return *WEIGHTED[measure.kind](values, weight), len(rows)


def _pair_of_rates(first, second):
    """Newcombe's method 10 for ``second`` minus ``first``, from each patient's two answers (newcombe1998)."""
    n = len(first)
    if n == 0:
        return np.nan, np.nan, np.nan
    p1, p2 = second.mean(), first.mean()
    (l1, u1), (l2, u2) = wilson(second.sum(), n), wilson(first.sum(), n)
    both, neither = (first * second).sum(), ((1 - first) * (1 - second)).sum()
    cross = both * neither - ((1 - first) * second).sum() * (first * (1 - second)).sum()
    spread = np.sqrt(p1 * (1 - p1) * p2 * (1 - p2)) * n**2
    # his continuity correction, which only a positive correlation gets
    tied = 0.0 if spread == 0 else (max(cross - n / 2, 0.0) if cross > 0 else cross) / spread
    below = (p1 - l1) ** 2 - 2 * tied * (p1 - l1) * (u2 - p2) + (u2 - p2) ** 2
    above = (u1 - p1) ** 2 - 2 * tied * (u1 - p1) * (p2 - l2) + (p2 - l2) ** 2
    return p1 - p2, p1 - p2 - np.sqrt(max(below, 0.0)), p1 - p2 + np.sqrt(max(above, 0.0))


def _pair_of_medians(first, second):
    """The median of the differences within patients: not the difference of the two medians."""
    return middle(second - first)


def paired(table, axis="route", reference=None):
    """Differences between arms within the same patients.

    Parameters
    ----------
    table : DataFrame, one row per arm and patient
    axis : text
        Arm axis to compare along; other arm axes stay apart.
    reference : same unit as that axis, or text, one
        What is subtracted. Without it: the first in the table.

    Returns
    -------
    DataFrame, one row per arm and measure
        The other arm axes, ``axis``, ``reference``, ``measure``, ``value`` (difference of rates, or median
        of the differences within patients), ``lower``, ``upper`` (95 % interval), ``n`` and ``unit``. Only patients that finished
        in both arms and have a value in both are compared; ``n`` counts them. Times that follow-up cuts
        short are left out, and so are arms that do not occur together.

    References
    ----------
    newcombe1998

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"route": ["IV", "IV", "IP", "IP"], "patient": [0, 1, 0, 1], "status": 0,
    ...                       "cmax_cells": [10.0, 20.0, 14.0, 26.0]})
    >>> paired(table)[["route", "measure", "value", "n"]].values.tolist()
    [['IP', 'cmax_cells', 5.0, 2]]
    """
    import pandas as pd

    known([axis], arm_axes(table), "paired: axis")
    levels = list(dict.fromkeys(table[axis]))
    reference = levels[0] if reference is None and levels else reference
    known([reference] if levels else [], levels, "paired: reference")
    others = [name for name in arm_axes(table) if name != axis]
    names = [n for n, m in MEASURES.items() if m.kind != "survival" and m.fits(table)]
    lines = []
    for label, rows in arms_of(table, others):
        done, here = finished(rows), set(rows[axis])
        arms = {level: done[done[axis] == level].set_index("patient") for level in levels}
        for level in (each for each in levels if {each, reference} <= here):
            arm = label | {axis: level, "reference": reference}
            same = arms[reference].index.intersection(arms[level].index)
            first, second = arms[reference].loc[same], arms[level].loc[same]
            lines += [arm | _pair(name, first, second) for name in names if level != reference]
    columns = [*others, axis, "reference", "measure", "value", "lower", "upper", "n", "unit"]
    return pd.DataFrame(lines, columns=columns).astype({"value": float, "lower": float, "upper": float})


def _pair(name, first, second):
    measure = MEASURES[name]
    before, after = measure.values(first), measure.values(second)
    both = np.isfinite(before) & np.isfinite(after)
    join = _pair_of_rates if measure.kind == "rate" else _pair_of_medians
    ends = dict(zip(("value", "lower", "upper"), join(before[both], after[both]), strict=True))
    return {"measure": name, **ends, "n": int(both.sum()), "unit": measure.unit}
