"""Estimates with their intervals against anything: the plain figure for any table of rates or means."""

import numpy as np

from ..arms import arms_of, columns_of, known
from ..errors import ParameterError
from . import style
from .looks import EDGE

ENDS = ("value", "lower", "upper")
WIDE = 20.0  # numbers all above 0 that span more than this factor stand on a logarithmic axis
ACROSS = 4  # legend entries side by side, above the axes
FEW = 8  # numbers that are written out along the axis
SHIFT = 0.014  # of the axis: arms at the same place stand side by side
SHIFT_WORDS = 0.14  # of the distance between two words


@style.styled
def estimates(table, along, by=None, *, percent=True, ax=None):
    """Draw values with their 95 % intervals against a column of numbers or words, each arm with its own marker and dashes.

    Parameters
    ----------
    table : DataFrame
        With ``value``, ``lower`` and ``upper``, such as one measure of `simsolid.summarise.summarise`, of
        `simsolid.pseudo.rates` or of `simsolid.pseudo.cost_of_stopping`.
    along : text
        Column of the horizontal axis. Numbers are joined by lines, and logarithmic when they span more than a factor of
        20; words stand side by side.
    by : text, texts or None
        Columns that make the arms.
    percent : truth, one
        Values are shares, drawn in per cent; otherwise they are drawn as they are.
    ax : Axes
        Where to draw; without it, new ones.

    Returns
    -------
    Axes
        Without a title; set its labels to what the values are.

    Raises
    ------
    ParameterError
        A column is missing, an arm has several values at one place, or there are too many arms to tell apart.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"day": [14.0, 28.0], "value": [0.2, 0.1], "lower": [0.1, 0.0], "upper": [0.3, 0.2]})
    >>> ax = estimates(table, "day")
    >>> ax.get_xlabel(), ax.get_ylabel()
    ('day', '[%]')
    """
    axes = [by] if isinstance(by, str) else list(by or ())
    known([along, *axes, *ENDS], columns_of(table, "plot.estimates"), "plot.estimates")
    _once(table, [along, *axes])
    arms = arms_of(table, axes)
    style.few(len(arms), axes)
    ax = style.new_axes(ax)
    place = _places(table[along])
    for k, (label, rows) in enumerate(arms):
        words = ", ".join(map(style.word, label.values()))
        _draw(ax, k, rows, _at(rows[along], table[along], place, k - (len(arms) - 1) / 2), bool(place), percent, words)
    _axis(ax, table[along], place)
    ax.set(xlabel=style.word(along), ylabel="[%]" if percent else "value")
    if axes:
        title = f"{', '.join(map(style.word, axes))}; bars: 95 %"
        ax.legend(title=title, loc="lower left", bbox_to_anchor=(0, 1), ncols=min(len(arms), ACROSS), alignment="left")
    return ax


def _once(table, columns):
    twice = table.duplicated(columns)
    if twice.any():
        here = dict(table.loc[twice, columns].iloc[0])
        words = ", ".join(f"{name} {style.word(value)}" for name, value in here.items())
        raise ParameterError(f"plot.estimates: several values at {words}; select one measure, or name the other columns in by")


def _places(values):
    """Where each word stands; nothing for numbers."""
    return {} if values.dtype.kind in "iuf" else {word: k for k, word in enumerate(dict.fromkeys(values))}


def _logarithmic(values):
    return bool((values > 0).all() and values.max() > WIDE * values.min())


def _at(values, everybody, place, shift):
    """Horizontal places of one arm, a little beside those of the others."""
    if place:
        return values.map(place).to_numpy(dtype=float) + SHIFT_WORDS * shift
    x = values.to_numpy(dtype=float)
    if _logarithmic(everybody):
        return x * (everybody.max() / everybody.min()) ** (SHIFT * shift)
    return x + SHIFT * shift * float(np.ptp(everybody))


def _draw(ax, k, rows, x, words_along, percent, words):
    value, lower, upper = (rows[name].to_numpy(dtype=float) * (100.0 if percent else 1.0) for name in ENDS)
    order = np.argsort(x)
    spread = np.maximum([value - lower, upper - value], 0.0)
    ax.errorbar(x[order], value[order], yerr=spread[:, order], color=style.COLOURS[k], marker=style.MARKERS[k],
                linestyle="none" if words_along else style.DASHES[k], markeredgecolor=EDGE, elinewidth=1.0, capsize=2.5,
                markersize=6, label=words or None)  # fmt: skip


def _axis(ax, values, place):
    if place:
        ax.set_xticks(list(place.values()), [style.word(word) for word in place])
        ax.set_xlim(-0.5, len(place) - 0.5)
        return
    if _logarithmic(values):
        ax.set_xscale("log")
    levels = np.unique(values)
    if len(levels) <= FEW:
        ax.set_xticks(levels, [style.word(level) for level in levels])
        ax.minorticks_off()
