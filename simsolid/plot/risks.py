"""Risk of cytokine release, and benefit against risk."""

import numpy as np

from ..arms import arms_of
from . import style
from .looks import EDGE

SHIFT = 0.012  # of the axis: arms at the same level stand side by side
# where the word of a level may stand, from its marker: off the bars of both rates, which cross there
PLACES = (((5, 4), "left", "bottom"), ((5, -4), "left", "top"), ((-5, 4), "right", "bottom"), ((-5, -4), "right", "top"))
MARKED = 4.5  # half the width of a marker [point]
FEW = 8  # levels that are written out along the axis
NAMES = {"dose": "dose", "true_viable_start": "viable tumour at infusion", "conditioning": "lymphodepletion"}


@style.styled
def crs_risk(risk, *, ax=None):
    """Probability of cytokine release against dose, burden or another column: fitted curve with band, and observed rates.

    Parameters
    ----------
    risk : Risk
        From `simsolid.risk.crs_risk`. Each arm has its colour, dashes and marker.
    ax : Axes
        Where to draw; without it, new ones.

    Returns
    -------
    Axes
        Curve and band: the logistic fit (95 %). Markers: observed rates with 95 % intervals; a horizontal bar is the range of
        a bin. An arm without a curve says why in the legend.

    Raises
    ------
    ParameterError
        There are too many arms to tell apart.

    Examples
    --------
    >>> import pandas as pd
    >>> from simsolid import risk
    >>> rows = [(dose, n, 3.0 * (n < severe)) for dose, severe in ((1e7, 1), (1e8, 3), (1e9, 6)) for n in range(10)]
    >>> ax = crs_risk(risk.crs_risk(pd.DataFrame(rows, columns=["dose", "patient", "crs_grade"])))
    >>> ax.get_xlabel(), ax.get_ylabel()
    ('dose [cell]', 'CRS of grade 3 or more [%]')
    """
    axes = list(risk.slope.columns[: list(risk.slope.columns).index("value")])
    arms = arms_of(risk.observed, axes)
    style.few(len(arms), axes)
    ax = style.new_axes(ax)
    curves = {tuple(label.values()): rows for label, rows in arms_of(risk.curve, axes)} if len(risk.curve) else {}
    slopes = {tuple(label.values()): rows.iloc[0] for label, rows in arms_of(risk.slope, axes)}
    place = _places(risk)
    for k, (label, rows) in enumerate(arms):
        arm = tuple(label.values())
        words = ", ".join(map(style.word, arm))
        if arm in curves:
            _curve(ax, k, curves[arm], risk.along)
        _observed(ax, k, rows, risk.along, place, SHIFT * (k - (len(arms) - 1) / 2), risk.tenfold)
        told = _slope(slopes[arm], risk)
        ax.plot([], [], label=": ".join(part for part in (words, told) if part) or "observed", **_look(k, arm in curves))
    _axis(ax, risk, place)
    ax.set(ylabel=f"CRS of grade {risk.grade} or more [%]" if risk.grade < 4 else "CRS of grade 4 [%]", ylim=(-2, 102))
    ax.legend(title="markers: observed; curve: logistic fit; 95 %" if curves else "observed, 95 %", loc="lower left",
              bbox_to_anchor=(0, 1), alignment="left")  # fmt: skip
    return ax


def _look(k, line=True):
    dash = style.DASHES[k] if line else "none"
    return {"color": style.COLOURS[k], "linestyle": dash, "marker": style.MARKERS[k], "markeredgecolor": EDGE}


def _places(risk):
    """Where each level of words stands; nothing for numbers."""
    values = risk.observed[risk.along]
    return {} if values.dtype.kind in "iuf" else {level: k for k, level in enumerate(dict.fromkeys(values))}


def _curve(ax, k, rows, along):
    ax.plot(rows[along], 100 * rows["value"], color=style.COLOURS[k], linestyle=style.DASHES[k])
    style.shade(ax, rows[along], 100 * rows["lower"], 100 * rows["upper"], k)


def _observed(ax, k, rows, along, place, shift, tenfold):
    """Observed rates with their intervals and, where levels are bins, the range of each."""
    x = rows[along].map(place) if place else rows[along]
    x = x.to_numpy(dtype=float)
    wide = np.ptp(np.log10(x)) if tenfold and len(x) and (x > 0).all() else max(np.ptp(x), 1.0) if len(x) else 1.0
    x = x * 10 ** (shift * wide) if tenfold else x + shift * wide * (4 if place else 1)
    rate = 100 * rows["value"].to_numpy()
    spread = [rate - 100 * rows["lower"], 100 * rows["upper"] - rate]
    bins = None
    if not place and (rows["high"] > rows["low"]).any():
        bins = [np.maximum(x - rows["low"], 0), np.maximum(rows["high"] - x, 0)]
    ax.errorbar(x, rate, yerr=np.maximum(spread, 0), xerr=bins, **_look(k, False), ecolor=style.COLOURS[k], elinewidth=1.0,
                capsize=2.5, markersize=6, zorder=4)  # fmt: skip


def _slope(row, risk):
    """The odds ratio in words, or why there is no curve."""
    if np.isfinite(row["value"]):
        ratio, low, high = (np.exp(row[name]) for name in ("value", "lower", "upper"))
        step = "ten times as much" if risk.tenfold else f"{style.pretty(risk.unit) or 'unit'} more"
        return f"odds × {ratio:.2g} ({low:.2g} to {high:.2g}) for {step}"
    return "" if str(row["reason"]).endswith("has no order") else f"no curve: {row['reason']}"


def _axis(ax, risk, place):
    name = NAMES.get(risk.along, style.word(risk.along))
    if place:
        ax.set_xticks(list(place.values()), [style.word(level) for level in place])
        ax.set(xlabel=name, xlim=(-0.5, len(place) - 0.5))
        return
    if risk.tenfold:
        ax.set_xscale("log")
    levels = np.unique(risk.observed[risk.along])
    if (risk.observed["high"] == risk.observed["low"]).all() and len(levels) <= FEW:
        ax.set_xticks(levels, [style.word(level) for level in levels])
        ax.minorticks_off()
    ax.set_xlabel(f"{name} [{style.pretty(risk.unit)}]" if risk.unit else name)


@style.styled
def benefit_risk(frontier, *, ax=None):
    """Rate of the benefit against rate of the harm, one marker per level, joined in order; the frontier is filled.

    Parameters
    ----------
    frontier : DataFrame, one row per arm and level
        From `simsolid.risk.benefit_risk`.
    ax : Axes
        Where to draw; without it, new ones.

    Returns
    -------
    Axes
        Bars are 95 % intervals. Open markers: another level of the arm has no less benefit and no more harm.

    Raises
    ------
    ParameterError
        There are too many arms to tell apart.

    Examples
    --------
    >>> import pandas as pd
    >>> from simsolid import risk
    >>> table = pd.DataFrame({"dose": [1e7] * 2 + [1e8] * 2, "patient": [0, 1] * 2, "crs_grade": [0, 0, 3, 0],
    ...                       "best_response": ["SD", "SD", "PR", "SD"]})
    >>> ax = benefit_risk(risk.benefit_risk(table))
    >>> ax.get_xlabel(), ax.get_ylabel()
    ('CRS, grade 3 or more [%]', 'objective response [%]')
    """
    along, unit = frontier.attrs["along"], frontier.attrs.get("unit", "")
    axes = list(frontier.columns[: list(frontier.columns).index(along)])
    arms = arms_of(frontier, axes)
    style.few(len(arms), axes)
    ax = style.new_axes(ax, figsize=(6.0, 5.0))
    for k, (label, rows) in enumerate(arms):
        _levels(ax, k, rows, along, ", ".join(map(style.word, label.values())))
    harm, good = ([100 * frontier[f"{which}_{end}"] for end in ("lower", "upper")] for which in ("risk", "benefit"))
    ax.set(xlabel=f"{frontier.attrs['risk']} [%]", ylabel=f"{frontier.attrs['benefit']} [%]")
    ax.set(xlim=_room(*harm), ylim=_room(*good))
    name = NAMES.get(along, style.word(along))
    words = f"{name} [{style.pretty(unit)}] at each marker" if unit not in ("", "1") else f"{name} at each marker"
    ax.legend(title=f"{words}; filled: on the frontier; bars: 95 %", loc="lower left", bbox_to_anchor=(0, 1), alignment="left")
    _write(ax, arms, along)
    return ax


def _room(low, high):
    """Limits [%] that hold all intervals."""
    return max(-2.0, float(low.min()) - 4.0), min(104.0, float(high.max()) + 4.0)


def _levels(ax, k, rows, along, words):
    colour, x, y = style.COLOURS[k], 100 * rows["risk"].to_numpy(), 100 * rows["benefit"].to_numpy()
    ends = {which: [rows[f"{which}_{end}"].to_numpy() for end in ("lower", "upper")] for which in ("risk", "benefit")}
    bars = {which: np.maximum([at - 100 * ends[which][0], 100 * ends[which][1] - at], 0)
            for which, at in (("risk", x), ("benefit", y))}  # fmt: skip
    ax.errorbar(x, y, xerr=bars["risk"], yerr=bars["benefit"], fmt="none", ecolor=(colour, 0.4), elinewidth=0.9, zorder=1)
    ax.plot(x, y, color=colour, linestyle=style.DASHES[k], linewidth=1.2, zorder=2)
    on = rows["frontier"].to_numpy(dtype=bool)
    for at, fill in ((on, colour), (~on, "white")):
        ax.plot(x[at], y[at], linestyle="none", marker=style.MARKERS[k], color=colour, markerfacecolor=fill,
                markeredgecolor=EDGE if fill == colour else colour, markersize=8, zorder=3)  # fmt: skip
    ax.plot([], [], **_look(k), label=words or "levels")


def _write(ax, arms, along):
    """Write each level beside its marker where nothing else stands; one that finds no room stays without a word."""
    ax.figure.draw_without_rendering()  # only then is known where everything stands
    spots = [100 * rows[["risk", "benefit"]].to_numpy() for _, rows in arms]
    half = MARKED * ax.figure.get_dpi() / 72
    taken = [_box(*at, half) for at in ax.transData.transform(np.concatenate(spots))]
    for k, (_, rows) in enumerate(arms):
        levels = list(map(style.word, rows[along]))
        for n in sorted(range(len(levels)), key=lambda n: n not in (0, len(levels) - 1)):  # the lowest and the highest first
            _word(ax, levels[n], spots[k][n], style.COLOURS[k], taken)


def _box(x, y, half):
    """Room of a marker [pixel]."""
    from matplotlib.transforms import Bbox

    return Bbox.from_extents(x - half, y - half, x + half, y + half)


def _word(ax, words, at, colour, taken):
    """The first place of a word that is free, if one is; a rim of white holds it off the bars."""
    from matplotlib.patheffects import withStroke

    for offset, ha, va in PLACES:
        text = ax.annotate(words, at, xytext=offset, ha=ha, va=va, textcoords="offset points", fontsize="small", color=colour,
                           path_effects=[withStroke(linewidth=2.5, foreground="white")])  # fmt: skip
        room = text.get_window_extent()
        if not any(room.overlaps(other) for other in taken) and room.x0 >= ax.bbox.x0:
            taken.append(room)
            return
        text.remove()
