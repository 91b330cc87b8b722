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

REMISSION = -95.0  # [%] assumed: blasts from nearly all of the marrow to below 5 % of its cells
HALVED = -50.0  # [%] of volume
SEVERE = 3


@dataclass(frozen=True)
class Endpoint:
    """One endpoint: what it says, in which unit, of what kind, and how it is read off the rows of patients."""

    label: str
    unit: str
    kind: str  # share, median, time, spread or ratio: how its uncertainty is understood
    read: Callable  # rows, day -> Estimate
    timed: bool = False  # whether it is of a certain day
    compares: bool = False  # whether it is of treated against control

    def __call__(self, rows, at=None):
        """Read the endpoint off a table of patients, at a day where it has one."""
        return self.read(rows, at)


def response(rows):
    """Share of patients whose best response is complete or partial.

    Parameters
    ----------
    rows : DataFrame, one row per patient

    Returns
    -------
    Estimate

    Examples
    --------
    >>> import pandas as pd
    >>> response(pd.DataFrame({"response": ["PR", "SD", "CR", "NE"]})).value
    0.5
    """
    return e.share(rows["response"].isin(RESPONSES))


def at_least(column, level):
    """Make the reader of the share of patients whose value is no lower than a level.

    Parameters
    ----------
    column : text
    level : unit of the column, one

    Returns
    -------
    function
        From rows and day to Estimate.

    Examples
    --------
    >>> import pandas as pd
    >>> at_least("crs_grade", 3)(pd.DataFrame({"crs_grade": [0.0, 3.0, 4.0, float("nan")]}), None).n
    3
    """
    return lambda rows, at: e.share((rows[column] >= level).astype(float).where(rows[column].notna()))


def middle(column):
    """Make the reader of the median of a column.

    Parameters
    ----------
    column : text

    Returns
    -------
    function
        From rows and day to Estimate.

    Examples
    --------
    >>> import pandas as pd
    >>> middle("tmax")(pd.DataFrame({"tmax": [8.0, 9.0, 12.0]}), None).value
    9.0
    """
    return lambda rows, at: e.median(rows[column])


def half_time(time):
    """Make the reader of the median of a time that follow-up may cut short.

    Parameters
    ----------
    time : text
        ``"os_day"``, ``"pfs_day"`` or ``"response_duration"``.

    Returns
    -------
    function
        From rows and day to Estimate.
    """
    return lambda rows, at: e.time_median(rows, time)


def free_at(time):
    """Make the reader of the share still free of an event on a day.

    Parameters
    ----------
    time : text
        ``"os_day"``, ``"pfs_day"`` or ``"response_duration"``.

    Returns
    -------
    function
        From rows and day to Estimate.
    """
    return lambda rows, at: e.time_share(rows, time, at)


def hazards(time):
    """Make the reader of the hazard of all who were randomised to cells over that of the control arm.

    Parameters
    ----------
    time : text
        ``"os_day"`` or ``"pfs_day"``.

    Returns
    -------
    function
        From rows and day to Estimate.
    """
    return lambda rows, at: e.ratio_of_hazards(rows, time, "analysis", ALL, CONTROL)


def _controlled_at(rows, at):
    """Response or stable disease that has not ended by a day."""
    return e.share(rows["response"].isin(CONTROLLED) & (rows["pfs_day"] >= at))


def _halved(rows, at):
    """Volume less than half of that at enrolment, from the change of a sum of lengths or of areas."""
    kept = np.clip(1 + rows["best_change"] / 100, 0, None) ** (3 / rows["powers_of_length"])
    return e.share((100 * (kept - 1) <= HALVED).astype(float).where(rows["best_change"].notna()))


def _shrunk_early(rows, at):
    """Size or enhancement below that of the baseline scan at the first scan after the infusion."""
    either = rows[["early_change", "early_enhancing_change"]]
    return e.share((either < 0).any(axis=1).astype(float).where(either.notna().any(axis=1)))


def _neurotoxicity(rows, at):
    both = rows[["icans_grade", "tian_grade"]]
    return e.share((both >= SEVERE).any(axis=1).astype(float).where(both.notna().any(axis=1)))


def _rescued(rows, at):
    return at_least("tocilizumab_doses", 1)(rows[rows["crs_grade"] >= 1], at)


def _peak_of_responders(rows, at):
    return e.median(rows.loc[rows["response"].isin(RESPONSES), "cmax_cells"])


def _peak_ratio(rows, at):
    return e.log_ratio(rows["cmax_copies"].to_numpy(dtype=float), rows["remission"].to_numpy(dtype=bool))


ENDPOINTS = {
    "orr": Endpoint("objective response", "1", "share", lambda rows, at: response(rows)),
    "orr_confirmed": Endpoint("confirmed response", "1", "share",
                              lambda rows, at: e.share(rows["confirmed_response"].isin(RESPONSES))),
    "dcr": Endpoint("disease control", "1", "share", lambda rows, at: e.share(rows["response"].isin(CONTROLLED))),
    "cr": Endpoint("complete response", "1", "share", lambda rows, at: e.share(rows["response"] == "CR")),
    "remission": Endpoint("remission of leukaemia", "1", "share", lambda rows, at: e.share(rows["remission"])),
    "controlled_at": Endpoint("disease controlled", "1", "share", _controlled_at, timed=True),
    "volume_halved": Endpoint("volume reduced by half or more", "1", "share", _halved),
    "shrunk_early": Endpoint("smaller or less enhancing at the first scan", "1", "share", _shrunk_early),
    "dor": Endpoint("duration of response", "day", "time", half_time("response_duration")),
    "dor_at": Endpoint("response ongoing", "1", "share", free_at("response_duration"), timed=True),
    "pfs": Endpoint("progression-free survival", "day", "time", half_time("pfs_day")),
    "pfs_at": Endpoint("free of progression", "1", "share", free_at("pfs_day"), timed=True),
    "os": Endpoint("overall survival", "day", "time", half_time("os_day")),
    "os_at": Endpoint("alive", "1", "share", free_at("os_day"), timed=True),
    "hr_pfs": Endpoint("hazard ratio, progression or death", "1", "ratio", hazards("pfs_day"), compares=True),
    "hr_os": Endpoint("hazard ratio, death", "1", "ratio", hazards("os_day"), compares=True),
    "infused": Endpoint("infused", "1", "share", lambda rows, at: e.share(rows["infused"])),
    "crs_any": Endpoint("CRS, any grade", "1", "share", at_least("crs_grade", 1)),
    "crs_2plus": Endpoint("CRS, grade 2 or more", "1", "share", at_least("crs_grade", 2)),
    "crs_3plus": Endpoint("CRS, grade 3 or more", "1", "share", at_least("crs_grade", SEVERE)),
    "crs_onset": Endpoint("CRS onset", "day", "median", middle("crs_onset")),
    "crs_duration": Endpoint("CRS duration", "day", "median", middle("crs_duration")),
    "tocilizumab_of_crs": Endpoint("given tocilizumab, of those with CRS", "1", "share", _rescued),
    "icans_any": Endpoint("ICANS, any grade", "1", "share", at_least("icans_grade", 1)),
    "icans_3plus": Endpoint("ICANS, grade 3 or more", "1", "share", at_least("icans_grade", SEVERE)),
    "tian_any": Endpoint("TIAN, any grade", "1", "share", at_least("tian_grade", 1)),
    "tian_3plus": Endpoint("TIAN, grade 3 or more", "1", "share", at_least("tian_grade", SEVERE)),
    "neuro_3plus": Endpoint("ICANS or TIAN, grade 3 or more", "1", "share", _neurotoxicity),
    "off_tumour_any": Endpoint("off-tumour injury, any grade", "1", "share", at_least("off_tumour_grade", 1)),
    "off_tumour_3plus": Endpoint("off-tumour injury, grade 3 or more", "1", "share", at_least("off_tumour_grade", SEVERE)),
    "tmax": Endpoint("day of the peak in blood", "day", "median", middle("tmax")),
    "cmax_copies": Endpoint("peak in blood, copies", "copies/ug", "median", middle("cmax_copies")),
    "cmax_cells": Endpoint("peak in blood, cells", "cell/uL", "median", middle("cmax_cells")),
    "cmax_cells_responders": Endpoint("peak in blood, responders", "cell/uL", "median", _peak_of_responders),
    "cmax_log_sd": Endpoint("spread of the peak, log", "1", "spread", lambda rows, at: e.log_sd(rows["cmax_copies"])),
    "cmax_ratio": Endpoint("peak, remission over none", "1", "ratio", _peak_ratio),
    "auc28": Endpoint("area in blood to day 28", "copies/ug*day", "median", middle("auc28_copies")),
    "doubling_time": Endpoint("doubling time of the expansion", "day", "median", middle("doubling_time")),
    "contraction_half_life": Endpoint("half-life of the contraction", "day", "median", middle("contraction_half_life")),
    "late_half_life": Endpoint("late half-life in blood", "day", "median", middle("late_half_life")),
    "tlast": Endpoint("last day above the assay limit", "day", "median", middle("tlast")),
    "persistence_at": Endpoint("above the assay limit", "1", "share",
                               lambda rows, at: e.share((rows["tlast"] >= at).astype(float)), timed=True),
    "detected": Endpoint("ever above the assay limit", "1", "share",
                         lambda rows, at: e.share((rows["cmax_copies"] > 0).astype(float).where(rows["cmax_copies"].notna()))),
}  # fmt: skip
