"""A fit: what was measured and what the model says, and how far each fitted quantity can move."""

import numpy as np

from ..errors import ParameterError, nearest
from . import style

TEN = 10.0  # ratio of the largest to the smallest measurement from which the axis is logarithmic


@style.styled
def fitted(found, what=None, individual=None, *, ax=None, **kw):
    """Measurements, values below the limit of quantification, and the fitted course of one observable.

    Parameters
    ----------
    found : class Fit
        From :func:`simsolid.fit`.
    what : text or None
        The observable; may be left out when there is one.
    individual : text or None
        Whose; may be left out when there is one.
    ax : Axes
        Where to draw; without it, new ones.
    kw : words
        Passed on to the line of the fitted course.

    Returns
    -------
    Axes

    Raises
    ------
    ParameterError
        There is no such observable or individual, or it is not said which of several.

    Examples
    --------
    >>> import pandas as pd, simsolid as sim
    >>> data = pd.DataFrame({"time": [0, 5, 9], "dv": [1e8, 1.3e8, 1.7e8]})
    >>> found = sim.fit("sahoo2020", data, ["growth_rate"], observes="tumour", sd=0.2, starts=1, intervals=False)
    >>> fitted(found).get_ylabel()
    'tumour [cell]'
    """
    who = _one_of("individual", individual, found.individuals)
    rows = found.predictions[found.predictions["id"] == who]
    name = _one_of("observable", what, list(dict.fromkeys(rows["what"])))
    rows, curve = rows[rows["what"] == name], found.curves[(found.curves["id"] == who) & (found.curves["what"] == name)]
    ax, seen, below = style.new_axes(ax), rows[~rows["below"]], rows[rows["below"]]
    ax.plot(curve["time"], curve["predicted"], **{"color": style.COLOURS[0], "label": "fitted"} | kw)
    mark = {"linestyle": "none", "markeredgecolor": "black", "markeredgewidth": 0.8}
    ax.plot(seen["time"], seen["measured"], marker="o", color=style.COLOURS[1], label="measured", **mark)
    if len(below):
        ax.plot(below["time"], below["measured"], marker="v", markerfacecolor="white", label="below this limit", **mark)
    if _wide(rows["measured"]) and (rows["measured"] > 0).all():
        ax.set_yscale("log")
        # a course that falls far below what can be measured would push the data to the upper edge
        ax.set_ylim(bottom=rows["measured"].min() / TEN)
        style.plain_log(ax)
    ax.set(xlabel="time [day]", ylabel=f"{style.word(name)} [{style.pretty(rows['unit'].iloc[0])}]")
    if len(found.individuals) > 1:
        ax.set_title(f"individual {who}")
    ax.legend()
    return ax


@style.styled
def profile(found, name, individual=None, *, ax=None, **kw):
    """Profile likelihood of one fitted quantity, with the threshold at which its interval ends.

    Parameters
    ----------
    found : class Fit
        From :func:`simsolid.fit`.
    name : text
        The quantity.
    individual : text or None
        Whose; may be left out when there is one.
    ax : Axes
        Where to draw; without it, new ones.
    kw : words
        Passed on to the line of the profile.

    Returns
    -------
    Axes

    Raises
    ------
    ParameterError
        There is no such quantity or individual, or it was not followed.

    Examples
    --------
    >>> import pandas as pd, simsolid as sim
    >>> data = pd.DataFrame({"time": [0, 5, 9], "dv": [1e8, 1.3e8, 1.7e8]})
    >>> found = sim.fit("sahoo2020", data, ["growth_rate"], observes="tumour", sd=0.2, starts=1)
    >>> profile(found, "growth_rate").get_xlabel()
    'growth rate [1/day]'
    """
    who = _one_of("individual", individual, found.individuals)
    rows = found.table[found.table["id"] == who].set_index("name", drop=False)
    row = rows.loc[_one_of("quantity", name, rows["name"])]
    points = found.profiles[(found.profiles["id"] == who) & (found.profiles["name"] == row["name"])]
    if not len(points):
        raise ParameterError(f"plot: the profile of '{name}' was not followed; fit with intervals=True")
    ax, threshold = style.new_axes(ax), float(found.scores.set_index("id").loc[who, "threshold"])
    ax.plot(points["value"], points["drop"], **{"color": style.COLOURS[0], "marker": ".", "label": "profile"} | kw)
    ax.axhline(threshold, color="0.35", linestyle="--", linewidth=0.9, label=f"{100 * found.level:g} %")
    ax.plot(row["value"], 0.0, marker="o", linestyle="none", color=style.COLOURS[1], label="best fit")
    for end in ("lower", "upper"):
        if np.isfinite(row[end]):
            ax.axvline(row[end], color="0.6", linewidth=0.7)
    if (points["value"] > 0).all() and _wide(points["value"]):
        ax.set_xscale("log")
    unit = "" if row["unit"] == "1" else f" [{style.pretty(row['unit'])}]"
    ax.set(xlabel=f"{style.word(name)}{unit}", ylabel="drop of 2 log-likelihood", ylim=(-0.1 * threshold, 2.0 * threshold))
    ax.set_title(row["status"])
    ax.legend()
    return ax


def _wide(values):
    return values.max() > TEN * values.min()


def _one_of(kind, given, there):
    """The one that is meant, which need not be said when there is no other."""
    there = list(dict.fromkeys(there))
    if given is None and len(there) == 1:
        return there[0]
    if given is None or str(given) not in there:
        said = f"which {kind} is not said" if given is None else f"no {kind} '{given}'{nearest(str(given), there)}"
        raise ParameterError(f"plot: {said}; there are {', '.join(there)}")
    return str(given)
