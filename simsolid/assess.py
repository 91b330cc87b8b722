"""From what a clinic saw to one row per patient and arm.

Columns up to ``patient`` name the row; all columns left of ``patient`` are arm axes, and ``table.attrs["arms"]`` names
them. ``table.attrs["units"]`` holds the unit of every measured column. A patient whose simulation failed keeps a row
with its reason and nothing else.

Sources: eisenhauer2009 (response), lee2019 (CRS), haas2019 (read-outs of CAR-T in blood).
"""

import numpy as np

from . import blood, outcome, toxicity, verdicts
from .rows import Rows

ROWS_AT_ONCE = 8192  # keeps the work arrays of a large cohort near 20 MB each
GIVEN = {
    "infusions": "infusion", "tocilizumab_doses": "tocilizumab", "dexamethasone_doses": "dexamethasone",
    "anakinra_doses": "anakinra",
}  # fmt: skip
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
        Truth: ``true_viable_start``, ``viable_change_28``, ``_90`` and ``_best`` (the lowest), ``net_growth_best`` (over
        the lesions) and the verdicts on the scan at which progression is dated, see Notes.

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
    return in_blocks(seen, columns_of, UNITS)


def columns_of(rows):
    """Judge one block of rows.

    Parameters
    ----------
    rows : Rows

    Returns
    -------
    mapping
        Columns by name.
    """
    progression = outcome.progression_of(rows)
    return {
        **_identity(rows), **outcome.outcome(rows, progression), **blood.blood(rows), **toxicity.toxicity(rows),
        **{name: rows(f"seen_{name}") for name in GIVEN}, **verdicts.truth(rows, progression),
    }  # fmt: skip


def in_blocks(seen, columns, units):
    """Make a table with one row per arm and patient, a block of patients at a time.

    Parameters
    ----------
    seen : Dataset
        From `simsolid.observe.observe`.
    columns : function
        From `Rows` to columns by name.
    units : mapping of text
        Units of the columns.

    Returns
    -------
    DataFrame, one row per arm and patient
    """
    import pandas as pd

    axes = [d for d in seen["status"].dims if d != "patient"]
    arms = int(np.prod([seen.sizes[d] for d in axes], dtype=int))
    many, step = seen.sizes["patient"], max(1, ROWS_AT_ONCE // max(arms, 1))
    blocks, place = [], []
    for begin in range(0, max(many, 1), step):
        part = seen.isel(patient=slice(begin, begin + step))
        blocks.append(_block(part, axes, columns))
        inside = np.arange(begin, begin + part.sizes["patient"])
        place.append((np.arange(arms)[:, None] * many + inside).ravel())
    # blocks go over patients with all their arms, the table over arms with all their patients
    table = pd.concat(blocks).iloc[np.argsort(np.concatenate(place))].reset_index(drop=True)
    table.attrs = {"units": {k: u for k, u in units.items() if k in table}, "arms": axes}
    return table


def _block(seen, axes, columns):
    import pandas as pd

    rows = Rows(seen, axes)
    found = columns(rows)
    frame = pd.DataFrame(_names(seen, axes) | found)
    for name, values in found.items():
        if np.issubdtype(values.dtype, np.bool_):
            frame[name] = pd.arrays.BooleanArray(values, ~rows.finished)
    return frame


def _names(seen, axes):
    labels = [seen[d].values if d in seen.coords else np.arange(seen.sizes[d]) for d in (*axes, "patient")]
    grid = np.meshgrid(*labels, indexing="ij")
    return {d: g.ravel() for d, g in zip((*axes, "patient"), grid, strict=True)}


def _identity(rows):
    return {
        "lesions": rows("lesions"), "targets": rows("target", "lesion").sum(axis=-1),
        "status": rows("status"), "stopped": rows("stopped"),
        "reason": rows("reason", fill="").astype(str).astype(object),
    }  # fmt: skip
