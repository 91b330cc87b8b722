"""Kaplan-Meier curves with their band, censoring ticks and the numbers at risk under the axis."""

import numpy as np

from .. import survival
from ..arms import arms_of, chosen_axes
from ..errors import ParameterError, nearest
from ..times import times_of
from . import style

MONTH = 365.25 / 12  # [day]
TIMES = {
    "os_day": ("overall survival", "infusion"),
    "pfs_day": ("progression-free survival", "infusion"),
    "response_duration": ("still in response", "first response"),
}
TICKS = (0.5, 1, 2, 3, 6, 12, 24)  # [month] between ticks: the first that gives no more than MOST_TICKS
MOST_TICKS = 9
LINE_POINTS = 12.0  # height of a line of the risk table
SIDE_POINTS = 16.0  # from the axis to the names of the arms: half a count stands there
BELOW_POINTS = 44.0  # from the axis to its head: the room of tick labels and axis label


@style.styled
def kaplan_meier(table, time="os_day", by=None, *, ax=None, reference=None):
    """Kaplan-Meier curve of each arm with 95 % band, ticks where patients were censored, and a risk table below.

    Parameters
    ----------
    table : DataFrame, one row per arm and patient
        From `simsolid.assess.assess`.
    time : text
        ``"os_day"``, ``"pfs_day"`` or ``"response_duration"``.
    by : text, texts or None
        Columns that make the arms; without it: every column left of ``patient``.
    ax : Axes
        Where to draw; without it, new ones. Leave room below for a line per arm.
    reference : same unit as that column, or text, one
        Arm in the denominator of the hazard ratio; without it the first. With one column of arms only.

    Returns
    -------
    Axes
        Days are drawn as months of 30.4 days.

    Raises
    ------
    ParameterError
        There is no such time, or there are too many arms to tell apart.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"patient": range(4), "os_day": [30.0, 60, 60, 90], "died": [True, True, False, False]})
    >>> kaplan_meier(table).get_ylabel()
    'overall survival [%]'
    """
    if time not in TIMES:
        raise ParameterError(f"plot: time {time!r} is none of {', '.join(TIMES)}{nearest(time, TIMES)}")
    axes = chosen_axes(table, by, "plot.kaplan_meier: by")
    arms = [(label, curve) for label, curve in arms_of(survival.kaplan_meier(table, time, axes), axes) if len(curve)]
    style.few(len(arms), axes)
    ax = style.new_axes(ax, figsize=(6.4, 4.2 + 0.17 * len(arms)))
    medians = survival.median_survival(table, time, axes)
    for k, ((label, curve), (_, median)) in enumerate(zip(arms, medians.iterrows(), strict=True)):
        _arm(ax, k, curve, ", ".join(map(style.word, label.values())), median)
    what, start = TIMES[time]
    start = table.attrs.get("since", start) if start == "infusion" else start  # intention-to-treat counts from enrolment
    ax.axhline(50, color="0.7", linewidth=0.8, linestyle=":", zorder=0)
    ax.set(ylabel=f"{what} [%]", xlabel=f"time since {start} [month]", ylim=(0, 103))
    ticks = _ticks(ax, max((float(curve["day"].max()) for _, curve in arms), default=MONTH) / MONTH)
    _risk_table(ax, survival.numbers_at_risk(table, time, ticks * MONTH, axes), axes, ticks)
    for words in _ratios(table, time, axes, reference):
        ax.plot([], [], linestyle="none", label=words)  # a line of the legend: on the curves it would hide them
    if arms:
        ax.legend(title="median [month] (95 %); band: 95 %", loc="lower left", bbox_to_anchor=(0, 1), alignment="left")
    return ax


def _arm(ax, k, curve, words, median):
    month, colour = curve["day"] / MONTH, style.COLOURS[k]
    ends = [_months(median[name]) for name in ("value", "lower", "upper")]
    told = f"{ends[0]} ({ends[1]} to {ends[2]})" if len(set(ends)) > 1 else ends[0]
    ax.step(month, 100 * curve["survival"], where="post", color=colour, linestyle=style.DASHES[k],
            label=f"{words}: {told}" if words else told)  # fmt: skip
    style.shade(ax, month, 100 * curve["lower"], 100 * curve["upper"], k, step="post")
    lost = curve[curve["censored"] > 0]
    ax.plot(lost["day"] / MONTH, 100 * lost["survival"], linestyle="none", marker="|", color=colour, markersize=8, clip_on=False)


def _months(day):
    return f"{day / MONTH:.1f}" if np.isfinite(day) else "not reached"


def _ticks(ax, longest):
    """Whole months, or halves of a short follow-up."""
    step = next((s for s in TICKS if longest / s < MOST_TICKS), TICKS[-1])
    ticks = np.arange(0, longest + 1e-9, step)
    ax.set(xticks=ticks, xlim=(0, max(longest * 1.02, step)))
    return ticks


def _risk_table(ax, counts, axes, ticks):
    """Numbers at risk in the arms' colours, each under its tick."""
    at = {"xycoords": ("data", "axes fraction"), "textcoords": "offset points", "va": "top", "annotation_clip": False}
    side = {"xycoords": "axes fraction", "textcoords": "offset points", "va": "top", "ha": "right", "fontsize": "small"}
    ax.annotate("at risk", (0, 0), (-SIDE_POINTS, -BELOW_POINTS), **side)
    for k, (label, rows) in enumerate(arms_of(counts, axes)):
        below = -BELOW_POINTS - LINE_POINTS * (k + bool(axes))
        words = ", ".join(map(style.word, label.values()))
        ax.annotate(words, (0, 0), (-SIDE_POINTS, below), color=style.COLOURS[k], **side)
        for month, count in zip(ticks, rows["at_risk"], strict=True):
            ax.annotate(f"{count}", (month, 0), (0, below), ha="center", fontsize="small", color=style.COLOURS[k], **at)


def _ratios(table, time, axes, reference):
    """Hazard ratios in words, where one column makes the arms."""
    if len(axes) != 1 or times_of(table, time)[axes[0]].nunique() < 2:
        return []
    ratios = survival.hazard_ratio(_by_axis(table, axes[0]), time, axes[0], reference)
    return [_ratio(row, axes[0]) for _, row in ratios.iterrows()]


def _by_axis(table, axis):
    """The table with this column as its only arm axis, whatever other columns stand left of the patient."""
    keep = list(table.columns[list(table.columns).index("patient") :])
    return table[[axis, *(name for name in keep if name != axis)]]


def _ratio(row, axis):
    arms = f"{style.word(row[axis])} against {style.word(row['reference'])}"
    if not np.isfinite(row["value"]):
        return f"hazard ratio, {arms}:\nnone ({row['reason']})"
    p = "p < 0.001" if row["p"] < 0.001 else f"p = {row['p']:.2g}"
    return f"hazard ratio, {arms}:\n{row['value']:.2f} ({row['lower']:.2f} to {row['upper']:.2f}), {p}"
