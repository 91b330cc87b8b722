"""Times that follow-up may cut short: Kaplan-Meier curves, numbers at risk, medians, landmark rates, hazard ratios.

Intervals cover 95 %: log-log for curves, so that they stay between 0 and 1, and where that band crosses one half for
the median; Wald on the logarithm for hazard ratios.

Sources: kaplan1958, cox1972, freireich1963 (the data of the check).
"""

from warnings import catch_warnings, simplefilter

import numpy as np

from .arms import arm_axes, arms_of, chosen_axes, known
from .errors import ParameterError
from .times import times_of

COVERAGE = 0.95
TIES = {"efron": "efron", "breslow": "breslow"}
# The largest believable |log hazard ratio| and its standard error: beyond, one arm has all the events before the other.
MOST_LOG_RATIO, MOST_ERROR = 12.0, 30.0
ROUNDING = 1e-12  # a product of fractions that equals one half may come out a bit above it


def kaplan_meier(table, time="os_day", by=None):
    """Estimate the share still free of the event, from each patient's time and whether it ended in the event.

    Parameters
    ----------
    table : DataFrame, one row per arm and patient
        From `simsolid.assess.assess`.
    time : text
        ``"os_day"``, ``"pfs_day"`` or ``"response_duration"``.
    by : text, texts or None
        Columns that make the arms. Without it: every column left of ``patient``.

    Returns
    -------
    DataFrame, one row per arm and distinct time, beginning at day 0
        The arm's columns, ``day`` [day], ``at_risk`` (patients just before it), ``events`` and ``censored`` on it,
        ``survival`` [1] after it, ``lower`` and ``upper`` (95 %, log-log; NaN while nobody had the event, and at 0).

    Raises
    ------
    ParameterError
        There is no such time or arm.

    References
    ----------
    kaplan1958

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"patient": range(4), "os_day": [30.0, 60, 60, 90], "died": [True, True, False, False]})
    >>> kaplan_meier(table)[["day", "at_risk", "events", "censored", "survival"]].values.tolist()
    [[0.0, 4.0, 0.0, 0.0, 1.0], [30.0, 4.0, 1.0, 0.0, 0.75], [60.0, 3.0, 1.0, 1.0, 0.5], [90.0, 1.0, 0.0, 1.0, 0.5]]
    """
    import pandas as pd

    axes = chosen_axes(table, by, "kaplan_meier: by")
    blocks = [_curve(rows.day.to_numpy(), rows.event.to_numpy()).assign(**label)
              for label, rows in arms_of(times_of(table, time), axes) if len(rows)]
    columns = [*axes, "day", "at_risk", "events", "censored", "survival", "lower", "upper"]
    return pd.concat(blocks, ignore_index=True)[columns] if blocks else pd.DataFrame(columns=columns)


def _curve(day, event):
    """Kaplan-Meier steps of one arm."""
    import pandas as pd
    from scipy.stats import CensoredData, ecdf

    curve = ecdf(CensoredData.right_censored(day, ~event)).sf
    at = curve.quantiles
    events, censored = (np.array([(day[which] == t).sum() for t in at]) for which in (event, ~event))
    with catch_warnings():  # the band is undefined where the curve is still 1 or already 0: those ends are NaN
        simplefilter("ignore", RuntimeWarning)
        band = curve.confidence_interval(COVERAGE, method="log-log") if event.any() else None
    unknown = np.full(at.shape, np.nan)
    lower, upper = (unknown, unknown) if band is None else (band.low.probabilities, band.high.probabilities)
    steps = pd.DataFrame({"day": at, "at_risk": (day[:, None] >= at).sum(axis=0), "events": events, "censored": censored,
                          "survival": curve.probabilities, "lower": lower, "upper": upper})  # fmt: skip
    if at[0] == 0:
        return steps
    return pd.concat([pd.DataFrame([{"day": 0.0, "at_risk": len(day), "events": 0, "censored": 0, "survival": 1.0}]), steps],
                     ignore_index=True)


def numbers_at_risk(table, time, days, by=None):
    """Count the patients whose time reaches each of these days, as under a Kaplan-Meier plot.

    Parameters
    ----------
    table : DataFrame, one row per arm and patient
    time : text
        ``"os_day"``, ``"pfs_day"`` or ``"response_duration"``.
    days : [day], several
    by : text, texts or None
        Columns that make the arms. Without it: every column left of ``patient``.

    Returns
    -------
    DataFrame, one row per arm and day
        The arm's columns, ``day`` [day], ``at_risk``.

    Raises
    ------
    ParameterError
        There is no such time or arm.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"patient": range(3), "os_day": [30.0, 60, 90], "died": [True, True, False]})
    >>> numbers_at_risk(table, "os_day", [0, 60, 61]).at_risk.tolist()
    [3, 2, 1]
    """
    import pandas as pd

    axes = chosen_axes(table, by, "numbers_at_risk: by")
    lines = [label | {"day": float(day), "at_risk": int((rows.day >= day).sum())}
             for label, rows in arms_of(times_of(table, time), axes) for day in np.atleast_1d(days)]
    return pd.DataFrame(lines, columns=[*axes, "day", "at_risk"])


def _median_of(curve):
    """First day on which the curve, its lower and its upper limit are at one half or below; NaN if never."""
    below = [np.nonzero(curve[name].to_numpy() <= 0.5 + ROUNDING)[0] for name in ("survival", "lower", "upper")]
    return tuple(float(curve["day"].iloc[at[0]]) if len(at) else np.nan for at in below)


def median_survival(table, time="os_day", by=None):
    """Find the day by which half have had the event.

    Parameters
    ----------
    table : DataFrame, one row per arm and patient
    time : text
        ``"os_day"``, ``"pfs_day"`` or ``"response_duration"``.
    by : text, texts or None
        Columns that make the arms. Without it: every column left of ``patient``.

    Returns
    -------
    DataFrame, one row per arm
        The arm's columns, ``value`` [day], ``lower``, ``upper`` (95 %; NaN where follow-up does not reach), ``n``, ``events``.

    Raises
    ------
    ParameterError
        There is no such time or arm.

    References
    ----------
    kaplan1958

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"patient": range(4), "os_day": [30.0, 60, 60, 90], "died": [True, True, False, False]})
    >>> median_survival(table)[["value", "n", "events"]].values.tolist()
    [[60.0, 4.0, 2.0]]
    """
    import pandas as pd

    axes = chosen_axes(table, by, "median_survival: by")
    lines = []
    for label, curve in arms_of(kaplan_meier(table, time, axes), axes):
        if len(curve):
            ends = dict(zip(("value", "lower", "upper"), _median_of(curve), strict=True))
            lines.append(label | ends | {"n": int(curve["at_risk"].max()), "events": int(curve["events"].sum())})
    return pd.DataFrame(lines, columns=[*axes, "value", "lower", "upper", "n", "events"])


def landmark(table, time="os_day", days=180.0, by=None):
    """Estimate the share still free of the event at a fixed day, such as survival at six months.

    Parameters
    ----------
    table : DataFrame, one row per arm and patient
    time : text
        ``"os_day"``, ``"pfs_day"`` or ``"response_duration"``.
    days : [day], one or several
    by : text, texts or None
        Columns that make the arms. Without it: every column left of ``patient``.

    Returns
    -------
    DataFrame, one row per arm and day
        The arm's columns, ``day`` [day], ``value`` [1], ``lower``, ``upper`` (95 %, log-log), ``at_risk``. NaN beyond the
        last patient's follow-up, unless everybody had the event by then.

    Raises
    ------
    ParameterError
        There is no such time or arm, or a day is before 0.

    References
    ----------
    kaplan1958

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"patient": range(4), "os_day": [30.0, 60, 60, 90], "died": [True, True, False, False]})
    >>> landmark(table, days=[59, 60, 91])["value"].tolist()
    [0.75, 0.5, nan]
    """
    import pandas as pd

    wrong = [day for day in np.atleast_1d(days) if not day >= 0]
    if wrong:
        raise ParameterError(f"landmark: days: {', '.join(map(str, wrong))}; count days from 0, the infusion")
    axes = chosen_axes(table, by, "landmark: by")
    lines = [label | _at(curve, float(day)) for label, curve in arms_of(kaplan_meier(table, time, axes), axes) if len(curve)
             for day in np.atleast_1d(days)]
    return pd.DataFrame(lines, columns=[*axes, "day", "value", "lower", "upper", "at_risk"])


def _at(curve, day):
    """The step that holds on this day; unknown after the last time unless nobody is left."""
    step = curve[curve["day"] <= day].iloc[-1]
    beyond = day > curve["day"].max() and step["survival"] > 0
    ends = {"value": step["survival"], "lower": step["lower"], "upper": step["upper"]}
    waiting = curve.loc[curve["day"] >= day, "at_risk"]
    return {"day": day, **(dict.fromkeys(ends, np.nan) if beyond else ends), "at_risk": int(waiting.max()) if len(waiting) else 0}


def hazard_ratio(table, time="os_day", axis="route", reference=None, ties="efron"):
    """Compare the hazard of each arm with that of a reference arm by Cox regression, one arm at a time.

    The same virtual patient often stands in both arms. The covariance is then robust to this (clustered by patient),
    which makes the interval narrower than that of a trial with different people in its arms.

    Parameters
    ----------
    table : DataFrame, one row per arm and patient
        From `simsolid.assess.assess`.
    time : text
        ``"os_day"``, ``"pfs_day"`` or ``"response_duration"``.
    axis : text
        Arm axis to compare along; other arm axes stay apart.
    reference : same unit as that axis, or text, one
        Arm in the denominator. Without it: the first in the table.
    ties : text
        ``"efron"`` or ``"breslow"``: how events on the same day share the risk.

    Returns
    -------
    DataFrame, one row per arm other than the reference
        The other arm axes, ``axis``, ``reference``, ``value`` [1] (below 1: fewer events), ``lower``, ``upper`` (95 %), ``p``,
        ``n`` and ``events`` of both arms together, ``paired`` (by patient) and ``reason`` where there is no value.

    Raises
    ------
    ParameterError
        There is no such time, axis, arm or treatment of ties.

    References
    ----------
    cox1972

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"arm": ["control"] * 4 + ["CAR-T"] * 4, "patient": range(8), "died": True,
    ...                       "os_day": [30.0, 60, 90, 120, 45, 120, 200, 300]})
    >>> float(hazard_ratio(table, axis="arm")["value"].iloc[0].round(2))
    0.27
    """
    import pandas as pd

    known([axis], arm_axes(table), "hazard_ratio: axis")
    known([ties], TIES, "hazard_ratio: ties")
    levels = list(dict.fromkeys(table[axis]))
    reference = levels[0] if reference is None and levels else reference
    known([reference] if levels else [], levels, "hazard_ratio: reference")
    others = [name for name in arm_axes(table) if name != axis]
    lines = []
    for label, rows in arms_of(times_of(table, time), others):
        for level in (each for each in levels if each != reference):
            both = rows[rows[axis].isin([level, reference])]
            lines.append(label | {axis: level, "reference": reference} | _ratio(both, both[axis] == level, ties))
    columns = [*others, axis, "reference", "value", "lower", "upper", "p", "n", "events", "paired", "reason"]
    return pd.DataFrame(lines, columns=columns)


def _ratio(rows, treated, ties):
    """The hazard ratio of two arms, or why there is none."""
    treated, event = treated.to_numpy(dtype=float), rows["event"].to_numpy()
    paired = bool(rows["patient"].duplicated().any())
    line = {"n": len(rows), "events": int(event.sum()), "paired": paired}
    unknown = dict.fromkeys(("value", "lower", "upper", "p"), np.nan) | line
    counts = [int(event[treated == arm].sum()) for arm in (1, 0)]
    if 0 in counts:
        return unknown | {"reason": f"events: {counts[0]} in the arm, {counts[1]} in the reference; the ratio has no limit"}
    beta, error = _cox(rows["day"].to_numpy(), event, treated, rows["patient"].to_numpy() if paired else None, ties)
    if not (abs(beta) < MOST_LOG_RATIO and 0 < error < MOST_ERROR):
        return unknown | {"reason": "all events of one arm come before those of the other can: the ratio has no limit"}
    from scipy.stats import norm

    half = norm.ppf(0.5 + COVERAGE / 2) * error
    value, lower, upper = (float(np.exp(beta + shift)) for shift in (0.0, -half, half))
    return {"value": value, "lower": lower, "upper": upper, "p": float(2 * norm.sf(abs(beta / error))), **line, "reason": ""}


def _cox(day, event, treated, patients, ties):
    """Log hazard ratio and its standard error (cox1972)."""
    from statsmodels.duration.hazard_regression import PHReg

    with catch_warnings():  # where the likelihood has no maximum the numbers grow beyond limits: the caller says so
        simplefilter("ignore")
        fit = PHReg(day, treated[:, None], status=event.astype(int), ties=ties).fit(groups=patients)
    return float(fit.params[0]), float(fit.bse[0])
