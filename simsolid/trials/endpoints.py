"""The endpoints that trials report, by name: each is read off a table with one row per patient.

A row has the columns of `simsolid.assess.assess` and `simsolid.trials.kinetics.kinetics`, and ``response``: the best response as
the trial defines it, confirmed or not. Rates are of all patients whose simulation finished, as in `simsolid.summarise`.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from simsolid.attrition import ALL, CONTROL
from simsolid.summarise import CONTROLLED, RESPONSES

from . import estimates as e
from .hazards import quick_ratio, ratio_of_hazards

REMISSION = -95.0  # [%] assumed: blasts from nearly all of the marrow to below 5 % of its cells
HALVED = -50.0  # [%] of volume
SEVERE = 3


@dataclass(frozen=True)
class Endpoint:
    """One endpoint: what it says, in which unit, of what kind, and how it is read off the rows of patients.

    ``take`` gives one number of each patient, or several, and ``tell`` makes the statistic of them, so that patients can be taken
    again and again; ``quick`` is the statistic alone where its error costs time.
    """

    label: str
    unit: str
    kind: str  # share, median, time, spread or ratio: how its uncertainty is understood
    take: Callable  # rows, day -> numbers, one row per patient
    tell: Callable = e.share  # numbers -> Estimate; of a curve numbers, day -> Estimate
    timed: bool = False  # whether it is of a certain day
    curve: bool = False  # whether the day is where a survival curve is read
    compares: bool = False  # whether it is of treated against control
    among: Callable | None = None  # rows -> truth: of whom it is, where not of all; the reported number is then theirs
    quick: Callable | None = None  # numbers -> value

    def __call__(self, rows, at=None):
        """Read the endpoint off a table of patients, at a day where it has one."""
        numbers = self.of(rows, at)
        return self.tell(numbers, at) if self.curve else self.tell(numbers)

    def of(self, rows, at=None):
        """Numbers of the patients that the endpoint is of, one row each."""
        return np.asarray(self.take(rows if self.among is None else rows[self.among(rows)], at))

    def value(self, numbers, at=None):
        """The statistic of such numbers, without its error."""
        if self.quick is not None:
            return self.quick(numbers)
        return (self.tell(numbers, at) if self.curve else self.tell(numbers)).value


def _responded(rows):
    return rows["response_duration"].notna()


def _released(rows):
    return rows["crs_grade"] >= 1


def one_of(column, words):
    """Make the taker of whether each patient's word is one of these.

    Parameters
    ----------
    column, words : texts

    Returns
    -------
    function
        From rows and day to truths.

    Examples
    --------
    >>> import pandas as pd
    >>> one_of("response", ("CR", "PR"))(pd.DataFrame({"response": ["PR", "NE"]}), None).tolist()
    [1.0, 0.0]
    """
    return lambda rows, at: rows[column].isin(words).to_numpy(dtype=float)


def at_least(column, level):
    """Make the taker of whether each patient's value is no lower than a level; unknown where the value is.

    Parameters
    ----------
    column : text
    level : unit of the column, one

    Returns
    -------
    function
        From rows and day to truths.

    Examples
    --------
    >>> import pandas as pd
    >>> at_least("crs_grade", 3)(pd.DataFrame({"crs_grade": [0.0, 3.0, float("nan")]}), None).tolist()
    [0.0, 1.0, nan]
    """
    return lambda rows, at: _where((rows[column] >= level), rows[column].notna())


def column(name):
    """Make the taker of a column as numbers.

    Parameters
    ----------
    name : text

    Returns
    -------
    function
        From rows and day to numbers.

    Examples
    --------
    >>> import pandas as pd
    >>> column("tmax")(pd.DataFrame({"tmax": [8.0, 9.0]}), None).tolist()
    [8.0, 9.0]
    """
    return lambda rows, at: rows[name].to_numpy(dtype=float, na_value=np.nan)


def times(name):
    """Make the taker of times and whether each ended in the event.

    Parameters
    ----------
    name : text
        ``"os_day"``, ``"pfs_day"`` or ``"response_duration"``.

    Returns
    -------
    function
        From rows and day to two columns.
    """
    return lambda rows, at: e.times_in(rows, name)


def compared(name):
    """Make the taker of times, whether each ended in the event, and whether the patient was randomised to cells.

    Parameters
    ----------
    name : text
        ``"os_day"`` or ``"pfs_day"``.

    Returns
    -------
    function
        From rows and day to three columns.
    """

    def taken(rows, at):
        treated, control = (e.times_in(rows[rows["analysis"] == group], name) for group in (ALL, CONTROL))
        return np.vstack([np.insert(treated, 2, 1.0, axis=1), np.insert(control, 2, 0.0, axis=1)])

    return taken


def _where(counted, known):
    return np.where(known.to_numpy(dtype=bool), counted.fillna(False).to_numpy(dtype=float), np.nan)


def _controlled_at(rows, at):
    """Response or stable disease that has not ended by a day."""
    return (rows["response"].isin(CONTROLLED) & (rows["pfs_day"] >= at)).to_numpy(dtype=float)


def _halved(rows, at):
    """Volume less than half of that at enrolment, from the change of a sum of lengths or of areas."""
    kept = np.clip(1 + rows["best_change"] / 100, 0, None) ** (3 / rows["powers_of_length"])
    return _where(100 * (kept - 1) <= HALVED, rows["best_change"].notna())


def _shrunk_early(rows, at):
    """Size or enhancement below that of the baseline scan at the first scan after the infusion."""
    either = rows[["early_change", "early_enhancing_change"]]
    return _where((either < 0).any(axis=1), either.notna().any(axis=1))


def _neurotoxicity(rows, at):
    both = rows[["icans_grade", "tian_grade"]]
    return _where((both >= SEVERE).any(axis=1), both.notna().any(axis=1))


def _peaks(rows, at):
    return rows[["cmax_copies", "remission"]].to_numpy(dtype=float)


def _persists(rows, at):
    """Never above the limit counts as not persisting."""
    return (rows["tlast"] >= at).to_numpy(dtype=float)


def _detected(rows, at):
    return _where(rows["cmax_copies"] > 0, rows["cmax_copies"].notna())


DURATION, PROGRESSION, SURVIVAL = "response_duration", "pfs_day", "os_day"
MEDIAN = {"kind": "median", "tell": e.median}
TIME = {"kind": "time", "tell": e.time_median, "quick": e.quick_median}
FREE = {"kind": "share", "tell": e.time_share, "timed": True, "curve": True}
HAZARDS = {"kind": "ratio", "tell": ratio_of_hazards, "quick": quick_ratio, "compares": True}

ENDPOINTS = {
    "orr": Endpoint("objective response", "1", "share", one_of("response", RESPONSES)),
    "orr_confirmed": Endpoint("confirmed response", "1", "share", one_of("confirmed_response", RESPONSES)),
    "dcr": Endpoint("disease control", "1", "share", one_of("response", CONTROLLED)),
    "cr": Endpoint("complete response", "1", "share", one_of("response", ("CR",))),
    "remission": Endpoint("remission of leukaemia", "1", "share", column("remission")),
    "controlled_at": Endpoint("disease controlled", "1", "share", _controlled_at, timed=True),
    "volume_halved": Endpoint("volume reduced by half or more", "1", "share", _halved),
    "shrunk_early": Endpoint("smaller or less enhancing at the first scan", "1", "share", _shrunk_early),
    "dor": Endpoint("duration of response", "day", take=times(DURATION), among=_responded, **TIME),
    "dor_at": Endpoint("response ongoing", "1", take=times(DURATION), among=_responded, **FREE),
    "pfs": Endpoint("progression-free survival", "day", take=times(PROGRESSION), **TIME),
    "pfs_at": Endpoint("free of progression", "1", take=times(PROGRESSION), **FREE),
    "os": Endpoint("overall survival", "day", take=times(SURVIVAL), **TIME),
    "os_at": Endpoint("alive", "1", take=times(SURVIVAL), **FREE),
    "hr_pfs": Endpoint("hazard ratio, progression or death", "1", take=compared(PROGRESSION), **HAZARDS),
    "hr_os": Endpoint("hazard ratio, death", "1", take=compared(SURVIVAL), **HAZARDS),
    "infused": Endpoint("infused", "1", "share", column("infused")),
    "crs_any": Endpoint("CRS, any grade", "1", "share", at_least("crs_grade", 1)),
    "crs_2plus": Endpoint("CRS, grade 2 or more", "1", "share", at_least("crs_grade", 2)),
    "crs_3plus": Endpoint("CRS, grade 3 or more", "1", "share", at_least("crs_grade", SEVERE)),
    "crs_onset": Endpoint("CRS onset", "day", take=column("crs_onset"), among=_released, **MEDIAN),
    "crs_duration": Endpoint("CRS duration", "day", take=column("crs_duration"), among=_released, **MEDIAN),
    "tocilizumab_of_crs": Endpoint("given tocilizumab, of those with CRS", "1", "share", at_least("tocilizumab_doses", 1),
                                   among=_released),
    "icans_any": Endpoint("ICANS, any grade", "1", "share", at_least("icans_grade", 1)),
    "icans_3plus": Endpoint("ICANS, grade 3 or more", "1", "share", at_least("icans_grade", SEVERE)),
    "tian_any": Endpoint("TIAN, any grade", "1", "share", at_least("tian_grade", 1)),
    "tian_3plus": Endpoint("TIAN, grade 3 or more", "1", "share", at_least("tian_grade", SEVERE)),
    "neuro_3plus": Endpoint("ICANS or TIAN, grade 3 or more", "1", "share", _neurotoxicity),
    "off_tumour_any": Endpoint("off-tumour injury, any grade", "1", "share", at_least("off_tumour_grade", 1)),
    "off_tumour_3plus": Endpoint("off-tumour injury, grade 3 or more", "1", "share", at_least("off_tumour_grade", SEVERE)),
    "tmax": Endpoint("day of the peak in blood", "day", take=column("tmax"), **MEDIAN),
    "cmax_copies": Endpoint("peak in blood, copies", "copies/ug", take=column("cmax_copies"), **MEDIAN),
    "cmax_cells": Endpoint("peak in blood, cells", "cell/uL", take=column("cmax_cells"), **MEDIAN),
    "cmax_cells_responders": Endpoint("peak in blood, responders", "cell/uL", take=column("cmax_cells"),
                                      among=lambda rows: rows["response"].isin(RESPONSES), **MEDIAN),
    "cmax_log_sd": Endpoint("spread of the peak, log", "1", "spread", column("cmax_copies"), e.log_sd),
    "cmax_ratio": Endpoint("peak, remission over none", "1", "ratio", _peaks, e.log_ratio),
    "auc28": Endpoint("area in blood to day 28", "copies/ug*day", take=column("auc28_copies"), **MEDIAN),
    "doubling_time": Endpoint("doubling time of the expansion", "day", take=column("doubling_time"), **MEDIAN),
    "contraction_half_life": Endpoint("half-life of the contraction", "day", take=column("contraction_half_life"), **MEDIAN),
    "late_half_life": Endpoint("late half-life in blood", "day", take=column("late_half_life"), **MEDIAN),
    "tlast": Endpoint("last day above the assay limit", "day", take=column("tlast"), **MEDIAN),
    "persistence_at": Endpoint("above the assay limit", "1", "share", _persists, timed=True),
    "detected": Endpoint("ever above the assay limit", "1", "share", _detected),
}  # fmt: skip
