"""What it costs to stop, or to treat again, at the first apparent progression instead of waiting.

Sources: eisenhauer2009 (response), wilson1927 (intervals).
"""

import numpy as np

from .arms import arm_axes, arms_of, finished, known
from .intervals import mean, middle, share
from .recist import RESPONSE_FALL

BENEFIT_FALL = 100.0 * (1.0 - (1.0 - RESPONSE_FALL) ** 3)  # [%] of viable volume: 30 % of a diameter
ENDS = ("value", "lower", "upper")
CHANGES = ("viable_change_best", "viable_change_last")
# Groups of those who changed course: which rows of the arm that waited belong to each.
GROUPS = {"all": "progressed", "pseudo-progression": "pseudo_progression", "false progression": "false_progression",
          "true progression": "true_progression"}  # fmt: skip


def cost_of_stopping(table, axis="after_progression", reference="wait"):
    """Compare what patients did after the first progression call, each with itself.

    Until that call the arms are the same, so who had a pseudo-progression is read in the arm that waited. Lost is a
    response of viable tumour (down by 66 %, as by 30 % of a diameter, at its lowest) that this patient reached by
    waiting and not in the other arm; gained is the reverse.

    Parameters
    ----------
    table : DataFrame, one row per arm and patient
        From `simsolid.assess.assess`, read by the criterion whose progression changed the course.
    axis : text
        Arm axis along which the course after progression differs; other arm axes stay apart.
    reference : text
        The arm that waits.

    Returns
    -------
    DataFrame, one row per arm, group and measure
        Other arm axes, ``axis``, ``reference``, ``group`` (``"all"`` whose progression was called, and those whose call was
        pseudo, false or true), ``measure``, ``value``, ``lower``, ``upper`` (95 %), ``n`` and ``unit``. Measures: ``share`` of
        the group among all called (Wilson); ``response_lost`` and ``response_gained`` (Wilson); ``viable_change_best`` and
        ``viable_change_last``, the median of the differences within patients; ``os_day``, the mean difference of survival
        within follow-up (t interval).

    Raises
    ------
    ParameterError
        The table has no such axis, arm or columns.

    References
    ----------
    wilson1927, eisenhauer2009

    Examples
    --------
    >>> import pandas as pd
    >>> arms = {"after_progression": ["wait", "wait", "stop", "stop"], "patient": [0, 1, 0, 1], "status": 0}
    >>> found = {"progressed": True, "pseudo_progression": [True, False] * 2, "false_progression": [True, False] * 2,
    ...          "true_progression": [False, True] * 2, "viable_change_best": [-90.0, 0.0, -40.0, 0.0],
    ...          "viable_change_last": [-90.0, 50.0, 20.0, 50.0], "os_day": [365.0, 200.0, 300.0, 200.0]}
    >>> cost = cost_of_stopping(pd.DataFrame(arms | found)).set_index(["group", "measure"])["value"]
    >>> [float(cost["pseudo-progression", name]) for name in ("share", "response_lost", "os_day")]
    [0.5, 1.0, -65.0]
    """
    import pandas as pd

    known([axis], arm_axes(table), "cost_of_stopping: axis")
    known([*GROUPS.values(), *CHANGES, "os_day"], list(table.columns), "cost_of_stopping: table")
    levels = list(dict.fromkeys(table[axis]))
    known([reference], levels, "cost_of_stopping: reference")
    others, lines = [name for name in arm_axes(table) if name != axis], []
    for arm, rows in arms_of(table, others):
        arms = {level: some.set_index("patient") for level, some in finished(rows).groupby(axis, sort=False)}
        for level in (name for name in levels if name != reference):
            label = arm | {axis: level, "reference": reference}
            lines += [label | line for line in _costs(arms[reference], arms.get(level, arms[reference][:0]))]
    columns = [*others, axis, "reference", "group", "measure", "value", "lower", "upper", "n", "unit"]
    return pd.DataFrame(lines, columns=columns)


def _costs(waited, changed):
    """Lines of one arm: both tables are indexed by patient."""
    same = waited.index.intersection(changed.index)
    waited, changed = waited.loc[same], changed.loc[same]
    called = waited["progressed"].astype(bool)
    for group, column in GROUPS.items():
        inside = waited[column].astype(bool)
        yield {"group": group, "measure": "share", "unit": "1"} | share(inside.sum(), called.sum())
        for measure, unit, ends in _differences(waited[inside], changed[inside]):
            yield {"group": group, "measure": measure, "unit": unit} | ends


def _differences(waited, changed):
    before, after = (rows["viable_change_best"].to_numpy(dtype=float) <= -BENEFIT_FALL + 1e-9 for rows in (waited, changed))
    yield "response_lost", "1", share((before & ~after).sum(), len(before))
    yield "response_gained", "1", share((after & ~before).sum(), len(before))
    for name, unit, ends in (*((change, "%", middle) for change in CHANGES), ("os_day", "day", mean)):
        step = changed[name].to_numpy(dtype=float) - waited[name].to_numpy(dtype=float)
        step = step[np.isfinite(step)]
        yield name, unit, dict(zip(ENDS, ends(step), strict=True), n=len(step))
