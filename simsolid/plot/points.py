"""Rates, medians and differences of arms with their intervals, the arms below each other."""

import numpy as np

from ..arms import arms_of, known
from ..errors import ParameterError
from ..summarise import MEASURES
from . import style
from .looks import EDGE

SPREAD = 0.3  # of a row: how far several measures of one arm stand apart


@style.styled
def forest(summary, measures="objective_response", *, ax=None):
    """Draw measures of each arm as points with 95 % intervals, arms below each other.

    Parameters
    ----------
    summary : DataFrame
        From `simsolid.summarise.summarise`, or `simsolid.summarise.paired`: differences then have a line at zero.
    measures : text or texts
        Names in the column ``measure``; several need the same unit, and stand side by side in a row. Of a single arm they are
        the rows.
    ax : Axes
        Where to draw; without it, new ones.

    Returns
    -------
    Axes
        Rates in per cent. An arm without a value keeps its row.

    Raises
    ------
    ParameterError
        There is no such measure, or their units differ.

    Examples
    --------
    >>> import pandas as pd
    >>> from simsolid.summarise import summarise
    >>> table = pd.DataFrame({"route": ["IV", "IP"], "patient": 0, "status": 0, "best_response": ["PR", "SD"]})
    >>> ax = forest(summarise(table))
    >>> ax.get_xlabel(), [tick.get_text() for tick in ax.get_yticklabels()]
    ('objective response [%]', ['IV', 'IP'])
    """
    names, axes, scale = _asked(summary, measures)
    arms = arms_of(summary, axes)
    lines = [[rows[rows["measure"] == name] for _, rows in arms] for name in names]
    heads = [_words(label) for label, _ in arms]
    alone = len(arms) == 1 and len(names) > 1
    if alone:
        lines, heads = [[found for (found,) in lines]], [MEASURES[name].label for name in names]
    ax = style.new_axes(ax, figsize=(6.4, 1.3 + (0.3 + 0.12 * (len(lines) - 1)) * max(len(heads), 2)))
    for k, (name, each) in enumerate(zip(names, lines, strict=False)):
        there = [row for row, found in enumerate(each) if len(found)]
        values = [each[row].iloc[0] for row in there]
        place = np.array(there) + SPREAD * (k - (len(lines) - 1) / 2) / max(len(lines) - 1, 1)
        _points(ax, [scale * line["value"] for line in values], place, _ends(values, scale), k, MEASURES[name].label)
    ax.set_yticks(range(len(heads)), heads)
    ax.set_ylim(len(heads) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="x", color="0.9", linewidth=0.7)
    ax.set_axisbelow(True)
    _name(ax, summary, names)
    if len(lines) > 1:
        ax.legend(loc="lower left", bbox_to_anchor=(0, 1), alignment="left", title="bars: 95 % intervals")
    return ax


def _asked(summary, measures):
    """Names of the measures, columns of the arms, and the factor that makes the unit a reader's."""
    names = [measures] if isinstance(measures, str) else list(measures)
    known(names, list(dict.fromkeys(summary["measure"])), "plot: measures")
    units = {_unit(name) for name in names}
    if len(units) != 1:
        told = f"{', '.join(names)} have the units {', '.join(sorted(units))}"
        raise ParameterError(f"plot: measures: {told}; draw one unit at a time")
    columns = list(summary.columns)
    axes = [name for name in columns[: columns.index("measure")] if name != "reference"]
    return names, axes, 100.0 if MEASURES[names[0]].kind == "rate" else 1.0


def _unit(name):
    return "%" if MEASURES[name].kind == "rate" else MEASURES[name].unit


def _words(label):
    return ", ".join(map(style.word, label.values()))


def _ends(lines, scale):
    value, low, high = (scale * np.array([line[name] for line in lines], dtype=float) for name in ("value", "lower", "upper"))
    return np.maximum([value - low, high - value], 0.0)


def _points(ax, x, y, ends, k, words):
    colour = style.COLOURS[k]
    ax.errorbar(x, y, xerr=ends, linestyle="none", marker=style.MARKERS[k], color=colour, markeredgecolor=EDGE,
                ecolor=colour, elinewidth=1.2, capsize=2.5, markersize=6.5, label=words, zorder=4)  # fmt: skip


def _name(ax, summary, names):
    """What the axis of values shows; differences say from what, and have a line at zero."""
    shown = MEASURES[names[0]].label if len(names) == 1 else "patients" if _unit(names[0]) == "%" else "value"
    unit = f" [{style.pretty(_unit(names[0]))}]"
    if "reference" in summary:
        several = {style.word(value) for value in summary["reference"]}
        shown = f"{shown}: difference from {several.pop() if len(several) == 1 else 'the reference'}"
        unit = " [percentage points]" if unit == " [%]" else unit
        ax.axvline(0, color="0.4", linewidth=0.9, zorder=1)
    ax.set_xlabel(shown + unit)
