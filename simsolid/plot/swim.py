"""Swimmer plot: each patient's time under observation and what happened on the way."""

import numpy as np

from ..arms import arm_axes, arms_of, columns_of, known
from ..times import times_of
from . import style
from .looks import CALLS, EDGE, Look, call_look, marked, patches, step_look

NEEDED = ("patient", "best_response", "os_day", "died", "first_response_day", "response_duration", "progression_day")
WEEK = 7.0
GAP = 1.0  # empty rows between arms
EVENTS = {
    "first response": Look("#009E73", "", "o"),
    "progression": Look("#D55E00", "", "d"),
    "death": Look("#000000", "", "X"),
    "under observation": Look("#000000", "", ">"),
}
GIVEN = {"infusion": "further infusion", "tocilizumab": "tocilizumab"}
# A bar has little height: an infusion is a stroke through it, seen on any hatch.
SIGNS = {
    "infusion": {"marker": "|", "markeredgecolor": "black", "markeredgewidth": 2.2, "markersize": 10},
    "tocilizumab": {"markersize": 5, "markerfacecolor": "white"},
}


@style.styled
def swimmer(table, ledger=None, *, ax=None, most=40):
    """Follow-up of each patient as a bar, longest on top, with response, progression, death and what was given.

    Parameters
    ----------
    table : DataFrame, one row per arm and patient
        From `simsolid.assess.assess`. Arms are drawn below each other.
    ledger : DataFrame or None
        From `simsolid.ledger.ledger`: further infusions and tocilizumab are marked.
    ax : Axes
        Where to draw; without it, new ones.
    most : [1], one
        Bars at most: the first patients by number, the same in each arm, and the figure says so.

    Returns
    -------
    Axes
        Horizontal axis in weeks. The hatch of a bar is the best response; the black line in it lasts as long as the
        response.

    Raises
    ------
    ParameterError
        The table lacks a column.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"patient": [0, 1], "best_response": ["PR", "PD"], "os_day": [70.0, 140.0],
    ...     "died": [True, False], "first_response_day": [28.0, None], "response_duration": [21.0, None],
    ...     "progression_day": [49.0, 28.0]})
    >>> [float(bar.get_width()) for bar in swimmer(table).patches]
    [20.0, 10.0]
    """
    known(NEEDED, columns_of(table, "plot.swimmer"), "plot.swimmer: table")
    axes = arm_axes(table)
    rows, groups, shown = _arranged(table, axes, most)
    ax = style.new_axes(ax, figsize=(7.2, max(2.6, 0.17 * len(rows) + 1.6)))
    _bars(ax, rows)
    signs = _events(ax, rows) + _given(ax, rows, axes, ledger)
    _names(ax, rows, groups, shown)
    ax.set_xlim(0, max(1.0, 1.06 * float(rows["os_day"].max() or 0) / WEEK) if len(rows) else 1.0)
    ax.set_xlabel("time since infusion [week]")
    calls = [c for c in CALLS if c in set(rows["best_response"])]
    ax.legend(handles=[*patches(calls, CALLS), *signs], loc="upper left", bbox_to_anchor=(1.0, 1.0), title="bar: best response",
              alignment="left")  # fmt: skip
    return ax


def _arranged(table, axes, most):
    """The patients drawn, each with its ``place`` from above; where each arm begins and ends; and whom it shows."""
    import pandas as pd

    seen = times_of(table, "os_day")
    everyone, lost = seen["patient"].nunique(), len(table) - len(seen)
    arms = arms_of(seen, axes)
    chosen = np.sort(seen["patient"].unique())[: max(1, most // max(1, len(arms)))]
    parts, groups, top = [], [], 0.0
    for label, rows in arms:
        rows = rows[rows["patient"].isin(chosen)].sort_values(["os_day", "patient"], ascending=[False, True])
        parts.append(rows.assign(place=top + np.arange(len(rows))))
        groups.append((", ".join(map(style.word, label.values())), top, top + len(rows) - 1))
        top += len(rows) + GAP
    shown = f"first {len(chosen)} of {everyone} patients" if everyone > len(chosen) else f"n = {everyone}"
    shown += f"; {lost} that failed or died before the infusion not shown" if lost else ""
    return (pd.concat(parts) if parts else seen.assign(place=0.0)), groups, shown


def _bars(ax, rows):
    for word in dict.fromkeys(rows["best_response"]):
        at, look = rows[rows["best_response"] == word], call_look(word)
        ax.barh(at["place"], at["os_day"] / WEEK, height=0.72, color=look.colour, hatch=look.hatch, edgecolor=EDGE,
                linewidth=0.3, alpha=0.75)  # fmt: skip
    responded = rows[rows["first_response_day"].notna() & rows["response_duration"].notna()]
    begin = responded["first_response_day"].to_numpy(dtype=float) / WEEK
    end = begin + responded["response_duration"].to_numpy(dtype=float) / WEEK
    ax.hlines(responded["place"], begin, end, color="black", linewidth=1.4)


def _events(ax, rows):
    """Markers of response, progression, death and an arrow for who is alive; their legend entries."""
    died = rows["died"].fillna(False).to_numpy(dtype=bool)
    days = {
        "first response": rows["first_response_day"], "progression": rows["progression_day"],
        "death": rows["os_day"].where(died), "under observation": rows["os_day"].where(~died),
    }  # fmt: skip
    drawn = []
    for name, day in days.items():
        day = day.to_numpy(dtype=float)
        at = np.isfinite(day)
        if at.any():
            drawn.append(marked(ax, day[at] / WEEK, rows["place"][at], EVENTS[name], markersize=5, label=name, clip_on=False))
    return drawn


def _given(ax, rows, axes, ledger):
    """Markers of further infusions and of tocilizumab; their legend entries."""
    if ledger is None or not len(ledger):
        return []
    keys = [*(a for a in axes if a in ledger.columns), "patient"]
    there = ledger.merge(rows[[*keys, "place"]], on=keys)
    drawn = []
    for step, words in GIVEN.items():
        at = there[(there["step"] == step) & ((step != "infusion") | (there["day"] > 0))]
        if len(at):
            look = step_look(step)
            drawn.append(marked(ax, at["day"] / WEEK, at["place"], look, **SIGNS[step], label=words, zorder=4))
    return drawn


def _names(ax, rows, groups, shown):
    ax.set_yticks(rows["place"], [f"{p}" for p in rows["patient"]], fontsize=7)
    ax.tick_params(axis="y", length=0)
    ax.set_ylabel("patient [number]")
    bottom = float(rows["place"].max()) if len(rows) else 0.0
    ax.set_ylim(bottom + 0.7, -0.7 - (1.0 if any(words for words, *_ in groups) else 0.0))
    for words, begin, _ in groups:
        ax.text(1.0, begin - 0.45, words, transform=ax.get_yaxis_transform(), ha="right", va="bottom", fontsize="small")
    ax.set_title(shown, loc="left", fontsize="small")
