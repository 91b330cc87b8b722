"""Response of a cohort: waterfall and spider."""

import numpy as np

from ..arms import arm_axes, arms_of, columns_of, known
from ..films import Call
from . import style
from .looks import CALLS, EDGE, Look, ink, marked, patches, printed

NEEDED = ("patient", "best_change", "best_response")
TALLEST = 100.0  # %: a higher bar is cut here and says so with an arrow
LEGIBLE_BARS = 80  # more are drawn as one outline for each response, whose hatch goes on from bar to bar
DASH_OF = dict(zip(CALLS, style.DASHES, strict=False))
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

    Raises
    ------
    ParameterError
        The table lacks a column.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"patient": [0, 1], "best_change": [-40.0, 12.0], "best_response": ["PR", "SD"]})
    >>> [float(bar.get_height()) for bar in waterfall(table).patches]
    [-40.0, 12.0]
    """
    known(NEEDED, columns_of(table, "plot.waterfall"), "plot.waterfall: table")
    read = table[np.isfinite(table["best_change"].to_numpy(dtype=float, na_value=np.nan))]
    axes = arm_axes(table)
    groups = arms_of(read, axes) if len(read) else []
    unread = {tuple(label.values()): int(rows["best_change"].isna().sum()) for label, rows in arms_of(table, axes)}
    ax = style.new_axes(ax, figsize=(max(6.4, 3.6 * len(groups)), 4.0))
    gap, left = max(2, round(0.04 * len(read))), 0
    for label, rows in groups:
        rows = rows.sort_values(["best_change", "patient"], ascending=[False, True])
        _bars(ax, left + np.arange(len(rows)), rows, len(read), kw)
        where = {"ha": "center", "va": "bottom", "transform": ax.get_xaxis_transform()}
        ax.text(left + (len(rows) - 1) / 2, 1.0, _head(label, len(rows), unread[tuple(label.values())]), **where)
        left += len(rows) + gap
    table = read
    top = np.clip(table["best_change"].max() + 15 if len(table) else 0, 40, TALLEST + 10)
    ax.set(ylabel="best change of the sum of diameters [%]", xlabel="patients, worst left", ylim=(-118, top))
    marks = [y for y in (-100, -60, -30, 0, 20, 60, 100) if y < top]
    ax.set(xticks=[], xlim=(-1, max(left - gap, 1)), yticks=marks)
    _thresholds(ax)
    calls = [c for c in CALLS if c in set(table["best_response"])]
    if calls:
        handles = patches(calls, CALLS)
        title = "best response" + ("; * new lesion" if any(text.get_text() == "*" for text in ax.texts) else "")
        ax.legend(handles=handles, title=title, loc="lower left", ncols=len(calls), alignment="left")
    return ax


def _head(label, many, unread):
    """Arm, number of bars, and how many patients have none because no scan could be compared."""
    count = f"n = {many}" + (f", {unread} without a scan not shown" if unread else "")
    name = ", ".join(map(style.word, label.values()))
    return f"{name}\n{count}" if name else count


def _thresholds(ax):
    """Dashed lines where RECIST 1.1 calls progression and response, and a solid one at no change."""
    for level in (20, -30):
        ax.axhline(level, color="0.3", linewidth=0.9, linestyle="--", zorder=0.5)
    ax.axhline(0, color="0.3", linewidth=0.9, zorder=0.5)


def _bars(ax, place, rows, many, kw):
    change = rows["best_change"].to_numpy(dtype=float)
    shown = np.minimum(change, TALLEST)
    for call, (colour, hatch, _) in CALLS.items():
        at = (rows["best_response"] == call).to_numpy()
        look = {"hatch": hatch, "edgecolor": EDGE, "linewidth": 0.3, "facecolor": colour} | kw
        if many <= LEGIBLE_BARS:
            ax.bar(place[at], shown[at], **look)
        elif at.any():
            ax.stairs(np.where(at, shown, np.nan), np.append(place, place[-1] + 1) - 0.5, fill=True, **look)
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


@style.styled
def spider(seen, table=None, *, ax=None, most=LEGIBLE_LINES, head="", **kw):
    """Change of the sum of diameters at each scan, one line per patient, to the scan that is called progression.

    Parameters
    ----------
    seen : Dataset
        From `simsolid.observe.observe`.
    table : DataFrame or None
        From `simsolid.assess.assess`, of the same single arm: lines are then coloured by best response, else by arm.
    ax : Axes
        Where to draw; without it, new ones.
    most : [1], one
        Patients drawn at most: the first ones, and the legend says so.
    head : text
        Words above the legend, such as the arm.
    kw : words
        Passed on to the lines.

    Returns
    -------
    Axes
        The horizontal axis is in weeks; a cross marks a scan with a new lesion, a filled marker the end of a line. Lines
        that leave the figure above go on rising.

    Raises
    ------
    ParameterError
        There are too many arms to tell apart.

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
    weeks = seen["scan_day"].values / 7.0
    core = ("patient", "scan")
    fresh = dict(style.arms(seen["seen_new_lesion"], core))
    change = seen["seen_change"].where(_until_progression(seen))
    arms = style.arms(change, core)
    for k, (words, part) in enumerate(arms):
        lines = part.transpose("scan", "patient").values
        new = fresh[words].transpose("scan", "patient").values
        best = _best(table, seen) if table is not None and len(arms) == 1 else None
        for word, who in (best or {words or "patient": np.arange(lines.shape[1])}).items():
            look = CALLS[word] if best else None
            _spider(ax, weeks, lines[:, who], new[:, who], word, k, look, kw)
    _thresholds(ax)
    ax.set(xlabel="time since infusion [week]", ylabel="change of the sum of diameters [%]")
    ax.set_ylim(-105, np.clip(1.1 * float(change.max().fillna(0)), 40, 2 * TALLEST))
    told = f"first {most} of {everyone} patients" if everyone > most else f"n = {everyone}"
    # above the axes: inside there is a line everywhere
    title = f"{head}\n{told}; × new lesion" if head else f"{told}; × new lesion"
    ax.legend(title=title, loc="lower left", bbox_to_anchor=(0, 1), ncols=len(CALLS), columnspacing=0.9, handlelength=1.5,
              handletextpad=0.4, alignment="left")  # fmt: skip
    return ax


def _until_progression(seen):
    """True up to and with the first scan that is called progression; a clinic's line ends there."""
    if "seen_call" not in seen:
        return True
    progressed = (seen["seen_call"] == Call.PD).astype(int)
    return (progressed.cumsum("scan") - progressed) == 0


def _best(table, seen):
    """Places of the patients of each best response, best first."""
    best = table.set_index("patient")["best_response"].reindex(seen["patient"].values)
    return {word: np.nonzero((best == word).to_numpy())[0] for word in CALLS if (best == word).any()}


def _spider(ax, weeks, lines, new, words, k, look, kw):
    """Lines of one group, their ends, and crosses at scans with a new lesion."""
    colour, dash = (style.COLOURS[k], style.DASHES[k]) if look is None else (ink(look.colour), DASH_OF[words])
    style_of = {"color": colour, "linestyle": dash, "linewidth": 1.0, "alpha": 0.8} | kw
    ax.plot(weeks, lines, **style_of)
    marker = style.MARKERS[k] if look is None else look.marker
    last = lines.shape[0] - 1 - np.isfinite(lines)[::-1].argmax(axis=0)
    end = lines[last, np.arange(lines.shape[1])]
    marked(ax, weeks[last], end, Look(colour if look is None else look.colour, "", marker), markersize=4.5)
    ax.plot([], [], **style_of | {"alpha": 1}, marker=marker, markeredgecolor=EDGE, markersize=4.5, label=printed(words))
    scan, who = np.nonzero(new & np.isfinite(lines))
    ax.plot(weeks[scan], lines[scan, who], "x", color="black", markersize=5)
