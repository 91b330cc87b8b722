"""What an answer rests on: shares of its variance by what the values are worth."""

import numpy as np

from ..errors import ParameterError
from ..rests import BASES, label
from . import style
from .looks import EDGE

# Dark and open for what nobody measured, so that it stands out in grey too.
LOOKS = {"assumed": ("#D55E00", "xx"), "fitted": ("#E69F00", "//"), "derived": ("#56B4E9", ".."), "measured": ("#009E73", "")}


@style.styled
def rests_on(answer, *, ax=None):
    """Draw, for each output, what share of its variance each basis moves alone, and what they move only together.

    The number at the right is the share that rests on assumed values, alone or together with others, with its 95 % interval.

    Parameters
    ----------
    answer : RestsOn
        From `simsolid.rests_on`.
    ax : Axes
        Where to draw; without it, new ones.

    Returns
    -------
    Axes

    Raises
    ------
    ParameterError
        It is no such answer, or no output varies.

    Examples
    --------
    >>> import simsolid as sim
    >>> sim.plot.rests_on(3)
    Traceback (most recent call last):
    simsolid.errors.ParameterError: plot.rests_on: int is no answer; give what sim.rests_on() returns
    """
    if not hasattr(answer, "shares"):
        raise ParameterError(f"plot.rests_on: {type(answer).__name__} is no answer; give what sim.rests_on() returns")
    table = answer.shares[np.isfinite(answer.shares["value"])]
    outputs = list(dict.fromkeys(table["output"]))
    if not outputs:
        raise ParameterError("plot.rests_on: no output varies, so nothing moves any of them")
    ax = style.new_axes(ax, figsize=(7.5, 1.2 + 0.55 * len(outputs)))
    for place, output in enumerate(outputs):
        _bar(ax, place, table[table["output"] == output].set_index("basis"))
    ax.set(yticks=range(len(outputs)), yticklabels=[label(output) for output in outputs], xlim=(0, 100),
           xlabel=f"share of the variance{f' of {answer.compared}' if answer.compared else ''} [%]")  # fmt: skip
    ax.set_ylim(len(outputs) - 0.4, -0.6)
    ax.text(1.02, 1.0, "on assumed values,\nalone or together", transform=ax.transAxes, va="bottom", fontsize="small")
    ax.legend(*_entries(table), loc="lower center", bbox_to_anchor=(0.4, 1.0), ncols=5, frameon=False, fontsize="small",
              columnspacing=1.0, handlelength=1.4)  # fmt: skip
    return ax


def _bar(ax, place, rows):
    """Parts side by side; estimates that come out below 0 or add up to more than all are cut to what can be drawn."""
    alone = {basis: float(np.clip(rows["alone_value"].get(basis, 0.0), 0.0, 1.0)) for basis in BASES}
    scale = 100.0 / max(sum(alone.values()), 1.0)
    left = 0.0
    for basis, share in alone.items():
        colour, hatch = LOOKS[basis]
        ax.barh(place, scale * share, left=left, height=0.7, color=colour, hatch=hatch, edgecolor=EDGE, linewidth=0.7)
        left += scale * share
    ax.barh(place, 100.0 - left, left=left, height=0.7, color="white", edgecolor=EDGE, linewidth=0.7)
    if "assumed" in rows.index:
        value, lower, upper = (100 * np.clip(rows.loc["assumed", end], 0, 1) for end in ("value", "lower", "upper"))
        ax.text(102, place, f"{value:.0f} % ({lower:.0f} to {upper:.0f})", va="center", fontsize="small")


def _entries(table):
    from matplotlib.patches import Patch

    bases = [basis for basis in BASES if basis in set(table["basis"])]
    named = [Patch(facecolor=LOOKS[b][0], hatch=LOOKS[b][1], edgecolor=EDGE) for b in bases]
    return [*named, Patch(facecolor="white", edgecolor=EDGE)], [*bases, "only together"]
