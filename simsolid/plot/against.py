"""Predictions against observations, endpoint by endpoint."""

import numpy as np

from . import style

SCALED = {"share": 100.0}  # to per cent
ROW = 0.185  # [inch] of height for an endpoint
MARKS = {"fit": ("s", "used to fit"), "held out": ("D", "held out")}
BAR, DARK = "0.72", "0.05"


@style.styled
def against(table):
    """Draw what trials observed beside what is predicted for a trial of their size.

    Parameters
    ----------
    table : DataFrame, one row per endpoint
        From :func:`simsolid.validate`: its ``table``.

    Returns
    -------
    Figure
        Left: shares in per cent. Right: medians, times and ratios, over the observed value. Bar: predicted, 95 %, with a line at
        its middle. Marker with whiskers: observed, 95 %; square where used to fit, diamond where held out. A cross at the right
        marks a miss.

    Examples
    --------
    >>> import pandas as pd
    >>> line = {"trial": "a", "label": "response", "use": "fit", "kind": "share", "verdict": "pass", "observed": 0.5,
    ...         "observed_lower": 0.3, "observed_upper": 0.7, "predicted": 0.4, "predicted_lower": 0.2, "predicted_upper": 0.6}
    >>> [ax.get_xlabel() for ax in against(pd.DataFrame([line])).axes]
    ['patients [%]', 'over the observed value']
    """
    import matplotlib.pyplot as plt

    shown = table[table["verdict"].isin(["pass", "fail"])]
    sides = [shown[shown["kind"] == "share"], shown[shown["kind"] != "share"]]
    tall = max(len(side) + side["trial"].nunique() for side in sides)
    figure, axes = plt.subplots(1, 2, figsize=(15.5, 1.8 + ROW * tall), layout="constrained")
    for ax, side, relative in zip(axes, sides, (False, True), strict=True):
        _side(ax, side, relative)
    axes[0].set_xlabel("patients [%]")
    axes[0].set_xlim(-2, 108)
    axes[1].set_xlabel("over the observed value")
    handles = [plt.Line2D([], [], marker=mark, color=DARK, markerfacecolor="white", linestyle="-", label=f"observed, {words}")
               for mark, words in MARKS.values()]  # fmt: skip
    handles.append(plt.Rectangle((0, 0), 1, 1, color=BAR, label="predicted for a trial of that size, 95 %"))
    handles.append(plt.Line2D([], [], marker="x", color=DARK, linestyle="none", label="miss"))
    figure.legend(handles=handles, loc="outside upper center", ncols=4, frameon=False)
    return figure


def _side(ax, lines, relative):
    """Endpoints below each other, under the name of their trial."""
    place, names, heads = 0, [], []
    for name, mine in lines.groupby("trial", sort=False):
        heads.append(place)
        names.append((place, name, True))
        place += 1
        for line in mine.to_dict("records"):
            names.append((place, f"{line['label']} ", False))
            _row(ax, place, line, relative)
            place += 1
    ax.set_yticks([at for at, _, _ in names], [words for _, words, _ in names])
    for tick, (_, _, head) in zip(ax.get_yticklabels(), names, strict=True):
        tick.set_fontsize(7.5)
        tick.set_fontweight("bold" if head else "normal")
    ax.tick_params(axis="y", length=0)
    for at in heads:
        ax.axhline(at, color="0.9", linewidth=0.8, zorder=0)
    ax.set_ylim(max(place, 1) - 0.4, -0.8)
    if relative and len(lines):
        ax.set_xscale("log")
        ax.axvline(1.0, color="0.5", linewidth=0.8, zorder=1)


def _row(ax, at, line, relative):
    factor = 1.0 / line["observed"] if relative else SCALED["share"]
    low, middle, high = (factor * line[f"predicted{end}"] for end in ("_lower", "", "_upper"))
    seen, below, above = (factor * line[f"observed{end}"] for end in ("", "_lower", "_upper"))
    finite = [x for x in (low, middle, high) if np.isfinite(x) and (x > 0 or not relative)]
    # what is not reached within follow-up has a bar that ends in an arrow
    end = high if np.isfinite(high) else 3.0 * max([*finite, above if np.isfinite(above) else 1.0])
    start = low if np.isfinite(low) else end / 3.0
    ax.barh(at, end - start, left=start, height=0.62, color=BAR, edgecolor=BAR, linewidth=1.2, zorder=2)  # seen without width
    if not np.isfinite(high):
        ax.annotate("", (end * 1.15, at), (end, at), arrowprops={"arrowstyle": "->", "color": "0.4"})
    if np.isfinite(middle):
        ax.plot([middle, middle], [at - 0.31, at + 0.31], color="0.35", linewidth=1.4, zorder=3)
    mark, _ = MARKS[line["use"]]
    ends = [[max(seen - below, 0.0)], [max(above - seen, 0.0)]] if np.isfinite([below, above]).all() else None
    ax.errorbar([seen], [at], xerr=ends, marker=mark, markersize=4.6, color=DARK, markerfacecolor="white", linewidth=1.0,
                capsize=1.8, zorder=4)  # fmt: skip
    if line["verdict"] == "fail":
        ax.plot([1.015], [at], marker="x", color=DARK, markersize=5, transform=ax.get_yaxis_transform(), clip_on=False, zorder=5)
