"""Pseudo-progression: the truth beside every call, how often they part, and what can tell and cost.

`calls` puts them side by side scan by scan, `rates` counts, `schedule_effect` reads the same run by other schedules,
readers and criteria, and `tell_tale` asks whether attenuation or symptoms tell the two apart at the bedside. Every
verdict is defined once, in the head of `simsolid.verdicts`. `cost_of_stopping` compares arms that did something
else at the first apparent progression.

Sources: choi2007 (attenuation), wilson1927 (intervals).
"""

from itertools import product

import numpy as np

from . import verdicts
from .arms import arm_axes, arms_of, chosen_axes, finished, known
from .calls import calls
from .choi import ATTENUATION_FALL
from .errors import ParameterError
from .films import Call
from .intervals import share
from .observe import observe
from .outcome import progression_of
from .rows import flagged, tabulate
from .stopping import cost_of_stopping

__all__ = ["calls", "cost_of_stopping", "rates", "schedule_effect", "tell_tale"]

# What is counted, of whom: the columns of the verdicts on the scan at which progression is dated.
COUNTED = {
    "progression_called": ("progressed", None), "true_progression": ("true_progression", None),
    "false_progression": ("false_progression", None), "pseudo_progression": ("pseudo_progression", None),
    "mistaken_pseudo": ("mistaken_pseudo", None), "missed_progression": ("missed_progression", None),
    "pseudo_share": ("pseudo_progression", "progressed"), "false_share": ("false_progression", "progressed"),
    "missed_share": ("missed_progression", "truly_progressed"),
}  # fmt: skip
SIGNS = ("attenuation", "no decline", "both")
# What of a run these read-outs need; the rest is left out before a run is read again.
READ_AGAIN = (
    "apparent_volume", "viable_volume", "status", "stopped", "reason", "new_lesion_day", "death_day", "attenuation",
    "enhancing_volume", "steroid", "reader_cv", "decline_fold", "quantification_limit",
)  # fmt: skip


def rates(seen, by=None):
    """Count how often call and truth part, per arm.

    Parameters
    ----------
    seen : Dataset
        From `simsolid.observe.observe`, or a labelled run, which is then observed as usual.
    by : texts or None
        Arm axes that make the arms; None for all.

    Returns
    -------
    DataFrame, one row per arm and measure
        ``measure``, ``value``, ``lower``, ``upper`` (Wilson), ``events``, ``n``. Of all patients: ``progression_called``,
        ``true_progression``, ``false_progression``, ``pseudo_progression``, ``mistaken_pseudo``, ``missed_progression``; of
        those called: ``pseudo_share``, ``false_share``; of those that truly progressed: ``missed_share``.

    References
    ----------
    wilson1927

    Examples
    --------
    >>> import xarray as xr
    >>> axes = ("patient", "lesion", "time")
    >>> seen, alive = (axes, [[[4.2, 4.2, 9.0, 2.0]]]), (axes, [[[4.2, 4.2, 3.0, 1.0]]])
    >>> run = xr.Dataset({"apparent_volume": seen, "viable_volume": alive, "status": ("patient", [0])},
    ...                  {"patient": [0], "lesion": [0], "time": [-7.0, 0.0, 28.0, 70.0]})
    >>> rates(observe(run, noise=False)).set_index("measure").loc["pseudo_progression", ["value", "n"]].tolist()
    [1.0, 1.0]
    """
    seen = seen if "seen_call" in seen else observe(to_read(seen))
    return _rates(tabulate(seen, _judged, {}), by)


def _judged(rows, labels):
    """The verdicts on the scan at which progression is dated, and whether the tumour truly progressed at all."""
    import pandas as pd

    progression = progression_of(rows)
    judged = verdicts.judge(rows)
    columns = {"progressed": progression >= 0, "truly_progressed": judged.risen.any(axis=-1)}
    columns |= verdicts.verdict(judged, progression)
    return pd.DataFrame(labels | {"status": rows("status")} | flagged(columns, rows.finished))


def _rates(table, by):
    import pandas as pd

    axes = chosen_axes(table, by, "rates: by")
    lines = []
    for arm, some in arms_of(table, axes):
        done = finished(some)
        for name, (column, among) in COUNTED.items():
            use = done if among is None else done[done[among].astype(bool)]
            lines.append(arm | {"measure": name} | share(use[column].sum(), len(use)))
    return pd.DataFrame(lines, columns=[*axes, "measure", *share(0, 0)])


def to_read(run):
    """Leave of a run what scans need: it is read faster, and by other schedules without a word on what decided.

    Parameters
    ----------
    run : Dataset
        A labelled run.

    Returns
    -------
    Dataset

    Examples
    --------
    >>> import xarray as xr
    >>> list(to_read(xr.Dataset({"status": ("patient", [0]), "il6": ("patient", [5.0])})))
    ['status']
    """
    return run[[name for name in READ_AGAIN if name in run]]


def schedule_effect(run, *, first_scan=(28.0, 35.0, 42.0, 56.0), criteria=("recist",), noise=(True, False), by=None, **how):
    """Read the same run by other schedules, criteria and readers, and count again.

    How oedema and infiltrate move the rates is asked of the simulation: put the axes there with `simsolid.vary.vary`
    (``oedema_gain``, ``t_cell_volume``) and they come back as arms.

    Parameters
    ----------
    run : Dataset
        A labelled run.
    first_scan : [day], several
        First scan after the infusion.
    criteria : texts
        Names in `simsolid.criteria.CRITERIA`.
    noise : truths or [1], several
        True for the run's own reader, False for a perfect one, a number for a reader with this coefficient of variation.
    by : texts or None
        Arm axes that make the arms; None for all.
    how : anything
        Further options of `simsolid.observe.observe`, the same for all.

    Returns
    -------
    DataFrame, one row per first scan, criterion, reader, arm and measure
        ``first_scan``, ``criteria``, ``noise``, then as `rates`.

    Examples
    --------
    >>> import xarray as xr
    >>> axes = ("patient", "lesion", "time")
    >>> seen, alive = (axes, [[[4.2, 4.2, 9.0, 2.0]]]), (axes, [[[4.2, 4.2, 3.0, 1.0]]])
    >>> run = xr.Dataset({"apparent_volume": seen, "viable_volume": alive, "status": ("patient", [0])},
    ...                  {"patient": [0], "lesion": [0], "time": [-7.0, 0.0, 28.0, 70.0]})
    >>> found = schedule_effect(run, first_scan=(28, 60), noise=[False])
    >>> found[found.measure == "pseudo_progression"][["first_scan", "value"]].values.tolist()
    [[28.0, 1.0], [60.0, 0.0]]
    """
    import pandas as pd

    small, tables = to_read(run), []
    for day, name, reader in product(first_scan, criteria, noise):
        asked = {"first_scan": float(day), "criteria": name}
        found = rates(observe(small, **asked, **_eyes(reader), **how), by)
        lead = pd.DataFrame(asked | {"noise": reader}, index=found.index)
        tables.append(pd.concat([lead, found], axis=1))
    if not tables:
        raise ParameterError("schedule_effect: first_scan, criteria and noise must each hold at least one choice")
    return pd.concat(tables, ignore_index=True)


def _eyes(reader):
    """What a choice of reader means to `observe`."""
    if isinstance(reader, bool | np.bool_):
        return {"noise": bool(reader)}
    return {"noise": reader > 0, "reader_cv": reader}


def tell_tale(table, *, by=None, taken_back=True):
    """Ask of signs at the first apparent progression whether they tell a pseudo- from a true one.

    A test says "pseudo-progression" when mean attenuation of the target lesions has fallen by 15 % since baseline
    (``"attenuation"``), when the patient does not feel worse (``"no decline"``), or when both hold. Sensitivity is the
    share of pseudo-progressions the test finds, specificity the share of true progressions it leaves alone. In this
    model a patient feels worse by the growth of viable tumour alone, so the second test is as good as that assumption.

    Parameters
    ----------
    table : DataFrame, one row per arm, patient and scan
        From `calls`.
    by : texts or None
        Arm axes that make the arms; None for all.
    taken_back : truth, one
        Only false calls that a later scan takes back are pseudo-progressions; otherwise all false calls are.

    Returns
    -------
    DataFrame, one row per arm, sign and measure
        ``sign``, ``measure`` (``"sensitivity"`` or ``"specificity"``), ``value``, ``lower``, ``upper`` (Wilson), ``events``
        and ``n``. Patients in whom the sign is not known are left out of it.

    References
    ----------
    choi2007, wilson1927

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"patient": [0, 1], "scan": 1, "call": "PD", "attenuation_change": [-30.0, -2.0],
    ...                       "verdict": ["pseudo-progression", "true progression"], "decline": [False, True]})
    >>> tell_tale(table)[["sign", "measure", "value"]].values.tolist()[:2]
    [['attenuation', 'sensitivity', 1.0], ['attenuation', 'specificity', 1.0]]
    """
    import pandas as pd

    known(["call", "verdict", "attenuation_change", "decline"], list(table.columns), "tell_tale: calls")
    axes = chosen_axes(table, by, "tell_tale: by")
    table = table.assign(decline=table["decline"].astype("boolean"))
    first = table[table["call"] == Call.PD.name].drop_duplicates([*arm_axes(table), "patient"])
    sought = {"sensitivity": [verdicts.PSEUDO, *([] if taken_back else [verdicts.FALSE])], "specificity": [verdicts.TRUE]}
    lines = []
    for arm, some in arms_of(first, axes) if len(first) or not axes else []:
        for sign, shown in _signs(some).items():
            for measure, words in sought.items():
                use = shown[some["verdict"].isin(words)].dropna().astype(bool)
                right = use.sum() if measure == "sensitivity" else len(use) - use.sum()
                lines.append(arm | {"sign": sign, "measure": measure} | share(right, len(use)))
    return pd.DataFrame(lines, columns=[*axes, "sign", "measure", *share(0, 0)])


def _signs(first):
    """What each test says; unknown where its sign is."""
    fall = first["attenuation_change"]
    darker = (fall <= -100.0 * ATTENUATION_FALL).astype("boolean").mask(fall.isna())
    well = ~first["decline"]
    return dict(zip(SIGNS, (darker, well, darker & well), strict=True))
