"""From what a clinic saw to one row per patient and arm.

Columns up to ``patient`` name the row; all columns left of ``patient`` are arm axes, and ``table.attrs["arms"]`` names
them. ``table.attrs["units"]`` holds the unit of every measured column. A patient whose simulation failed keeps a row
with its reason and nothing else.

Sources: eisenhauer2009 (response), lee2019 (CRS), haas2019 (read-outs of CAR-T in blood).
"""

from . import blood, outcome, toxicity, verdicts
from .observe import GIVEN
from .rows import flagged, tabulate

UNITS = {
    "lesions": "1", "targets": "1", "stopped": "day", **outcome.UNITS, **blood.UNITS, **toxicity.UNITS, **verdicts.UNITS,
    **dict.fromkeys(GIVEN, "1"),
}  # fmt: skip


def assess(seen):
    """Judge every patient in every arm.

    Parameters
    ----------
    seen : Dataset
        From `simsolid.observe.observe`.

    Returns
    -------
    DataFrame, one row per arm and patient
        Response: ``best_response``, ``confirmed_response`` (CR, PR, SD, PD, NE), ``best_word`` (the criterion's own
        word), ``best_change`` (until progression), ``first_response_day``, ``response_duration`` and ``response_ended``,
        ``progressed``, ``progression_day``, ``pfs_day`` and ``pfs_event`` (progression or death; else the last scan that
        could be judged), ``new_lesion``, ``relapse`` (progression after a response: ``"new site"`` if a new lesion is
        called, else by what more than half of the viable tumour is: ``"antigen-low"`` or ``"antigen-positive"``).
        Survival: ``died``, ``death_day``, ``os_day`` (death, else the end of follow-up).
        Blood: ``cmax_cells``, ``cmax_copies``, ``tmax`` (peak of the expansion; NaN without one), ``auc28_copies``,
        ``tlast`` (last day at or above the limit), ``persisting`` (to the end of follow-up), ``contraction_half_life``.
        Toxicity: ``crs_grade`` (highest; fever is asked for until an anti-cytokine drug is given), ``crs_onset``,
        ``crs_duration``, ``icans_grade``, ``icans_onset``, ``icans_duration``, ``tian_grade``, ``peak_`` of ``il6``,
        ``ifng``, ``crp``, ``ferritin`` and ``temperature``, ``healthy_tissue_min``, ``off_tumour_grade`` (0 to 4, from 10,
        30, 60 and 90 % injury), ``off_tumour_recovery_day`` (within 5 % of intact again).
        Given while alive, planned or by rule: ``infusions``, ``tocilizumab_doses``, ``dexamethasone_doses``,
        ``anakinra_doses``.
        Truth: ``true_viable_start``, ``viable_change_28``, ``_90``, ``_best`` (the lowest) and ``_last`` (at the end of
        follow-up), ``net_growth_best`` (over the lesions) and the verdicts on the scan at which progression is dated,
        see Notes.

    Notes
    -----
    ``false_progression``: the call came without a truly new lesion, while viable burden was below its value at the
    reference or falling. ``pseudo_progression``: a false call that a later scan takes back. ``true_progression``: any
    other; ``mistaken_pseudo``: a true one that a later scan seems to take back. ``missed_progression``: viable burden
    rose as by 20 % of a diameter and 5 mm, and progression was never dated. The full definitions are in the head of
    `simsolid.verdicts`. What is only known of the living ends at death.

    References
    ----------
    eisenhauer2009, lee2019, haas2019

    Examples
    --------
    >>> import xarray as xr
    >>> from simsolid.observe import observe
    >>> volume = ("patient", "lesion", "time"), [[[4.2, 0.0]], [[4.2, 8.4]]]
    >>> run = xr.Dataset({"apparent_volume": volume, "viable_volume": volume, "status": ("patient", [0, 0])},
    ...                  {"patient": [0, 1], "lesion": [0], "time": [-7.0, 70.0]}, {"seed": 7})
    >>> assess(observe(run, noise=False))[["patient", "best_response", "progression_day"]].values.tolist()
    [[0, 'CR', nan], [1, 'PD', 70.0]]
    """
    return tabulate(seen, _frame, UNITS)


def _frame(rows, labels):
    import pandas as pd

    return pd.DataFrame(labels | flagged(_columns(rows), rows.finished))


def _columns(rows):
    progression = outcome.progression_of(rows)
    return {
        **_identity(rows), **outcome.outcome(rows, progression), **blood.blood(rows), **toxicity.toxicity(rows),
        **{name: rows(f"seen_{name}") for name in GIVEN}, **verdicts.truth(rows, progression),
    }  # fmt: skip


def _identity(rows):
    return {
        "lesions": rows("lesions"), "targets": rows("target", "lesion").sum(axis=-1),
        "status": rows("status"), "stopped": rows("stopped"),
        "reason": rows("reason", fill="").astype(str).astype(object),
    }  # fmt: skip
