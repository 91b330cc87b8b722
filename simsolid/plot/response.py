"""Response of a cohort: waterfall and spider."""

from itertools import takewhile

import numpy as np

from . import style

CALLS = {"CR": ("#009E73", ""), "PR": ("#56B4E9", "//"), "SD": ("#F0E442", ".."), "PD": ("#D55E00", "xx"),
         "NE": ("#999999", "--")}  # fmt: skip
TALLEST = 100.0  # %: a higher bar is cut here and says so with an arrow
EDGE = "0.3"
LEGIBLE_HATCHES = 80  # bars; more are too thin for a hatch
LEGIBLE_LINES = 60  # patients in one spider plot; more are a thicket


@style.styled
def waterfall(table, *, ax=None, **kw):
    """Best change of the sum of diameters, one bar per patient, worst left; arms side by side.

    Parameters
    ----------
    table : DataFrame
        From `simsolid.assess.assess`.
    ax : Axes
        Where to draw; without it, new ones.
    kw : words
        Passed on to the bars.

    Returns
    -------
    Axes
        Dashed lines at +20 and -30 %; an asterisk marks a new lesion, a triangle a bar cut at +100 %.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"patient": [0, 1], "best_change": [-40.0, 12.0], "best_response": ["PR", "SD"]})
    >>> [float(bar.get_height()) for bar in waterfall(table).patches]
    [-40.0, 12.0]
    """
    table = table[np.isfinite(table["best_change"].to_numpy(dtype=float))]
    axes = list(takewhile(lambda name: name != "patient", table.columns))
    groups = list(table.groupby(axes, sort=False)) if axes else [((), table)]
    ax = style.new_axes(ax, figsize=(max(6.4, 3.6 * len(groups)), 4.0))
    gap, left = max(2, round(0.04 * len(table))), 0
    for words, rows in groups:
        rows = rows.sort_values(["best_change", "patient"], ascending=[False, True])
        _bars(ax, left + np.arange(len(rows)), rows, len(table), kw)
        name = ", ".join(style.word(w) for w in words) if axes else ""
        head = f"{name} (n = {len(rows)})" if name else f"n = {len(rows)}"
        where = {"ha": "center", "va": "bottom", "transform": ax.get_xaxis_transform()}
        ax.text(left + (len(rows) - 1) / 2, 1.0, head, **where)
        left += len(rows) + gap
    top = np.clip(table["best_change"].max() + 15 if len(table) else 0, 40, TALLEST + 10)
    ax.set(ylabel="best change of the sum of diameters [%]", xlabel="patients, worst left", ylim=(-118, top))
    marks = [y for y in (-100, -60, -30, 0, 20, 60, 100) if y < top]
    ax.set(xticks=[], xlim=(-1, max(left - gap, 1)), yticks=marks)
    _thresholds(ax)
    _legend(ax, [c for c in CALLS if c in set(table["best_response"])])
    return ax


def _thresholds(ax):
    """Dashed lines where RECIST 1.1 calls progression and response, and a solid one at no change."""
    for level in (20, -30):
        ax.axhline(level, color="0.3", linewidth=0.9, linestyle="--", zorder=0.5)
    ax.axhline(0, color="0.3", linewidth=0.9, zorder=0.5)


def _bars(ax, place, rows, many, kw):
    change = rows["best_change"].to_numpy(dtype=float)
    shown = np.minimum(change, TALLEST)
    for call, (colour, hatch) in CALLS.items():
        at = (rows["best_response"] == call).to_numpy()
        few = many <= LEGIBLE_HATCHES
        look = {"hatch": hatch, "edgecolor": EDGE, "linewidth": 0.3} if few else {"linewidth": 0, "width": 1.0}
        ax.bar(place[at], shown[at], **{"color": colour} | look | kw)
    # a change of zero has no bar to see
    none = np.abs(change) < 0.5
    ax.plot(place[none], change[none], linestyle="none", marker="_", color="0.3")
    cut = change > TALLEST
    ax.plot(
        place[cut], np.full(cut.sum(), TALLEST + 4), linestyle="none", marker="^", color="0.2", markersize=3
    )
    if "new_lesion" in rows:
        for k in np.nonzero(rows["new_lesion"].fillna(False).to_numpy(dtype=bool))[0]:
            ax.annotate("*", (place[k], max(shown[k], 0)), ha="center", va="bottom")


def _legend(ax, calls):
    from matplotlib.patches import Patch

    marks = [Patch(facecolor=CALLS[c][0], hatch=CALLS[c][1], edgecolor=EDGE, label=c) for c in calls]
    if marks:
        ax.legend(handles=marks, title="best response", loc="lower left", ncols=len(marks), alignment="left")


@style.styled
def spider(seen, *, ax=None, most=LEGIBLE_LINES, **kw):
    """Change of the sum of diameters at each scan, one line per patient, coloured by arm.

    Parameters
    ----------
    seen : Dataset
        From `simsolid.observe.observe`.
    ax : Axes
        Where to draw; without it, new ones.
    most : [1], one
        Patients drawn at most: the first ones, and the legend says so.
    kw : words
        Passed on to the lines.

    Returns
    -------
    Axes
        The horizontal axis is in weeks; a cross marks a scan with a new lesion.

    Examples
    --------
    >>> import xarray as xr
    >>> scans = {"seen_change": (("patient", "scan"), [[0.0, -35.0]]),
    ...          "seen_new_lesion": (("patient", "scan"), [[False, False]])}
    >>> spider(xr.Dataset(scans, {"scan_day": ("scan", [-7.0, 28.0])})).get_xlabel()
    'time since infusion [week]'
    """
    ax = style.new_axes(ax)
    everyone = seen.sizes["patient"]
    seen = seen.isel(patient=slice(0, most))
    change, weeks = seen["seen_change"], seen["scan_day"].values / 7.0
    fresh = dict(style.arms(seen["seen_new_lesion"], ("patient", "scan")))
    for k, (words, part) in enumerate(style.arms(change, ("patient", "scan"))):
        lines = part.transpose("scan", "patient").values
        look = {"color": style.COLOURS[k], "linestyle": style.DASHES[k], "linewidth": 0.9, "alpha": 0.7} | kw
        ax.plot(weeks, np.minimum(lines, 2 * TALLEST), **look)
        ax.plot([], [], **look | {"alpha": 1}, label=words or "patient")
        new = fresh[words].transpose("scan", "patient").values & np.isfinite(lines)
        scan, who = np.nonzero(new)
        ax.plot(
            weeks[scan], np.minimum(lines, 2 * TALLEST)[scan, who], "x", color=style.COLOURS[k], markersize=5
        )
    _thresholds(ax)
    ax.set(
        xlabel="time since infusion [week]", ylabel="change of the sum of diameters [%]", ylim=(-105, None)
    )
    ax.legend(title=f"first {most} of {everyone} patients" if everyone > most else None)
    return ax
