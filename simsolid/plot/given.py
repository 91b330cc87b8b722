"""What was given when: the ledger of a run on a time line."""

import numpy as np

from ..crs import FEVER_C
from ..errors import ParameterError
from ..steps import PLAN
from . import style
from .looks import STEPS, marked, step_look

EARLY_DAYS = 30.0  # later days are drawn closer together: most of what is given falls before
SQUEEZE = 12.0  # [day] length over which the later axis begins to be logarithmic
TICKS = (-7, 0, 7, 14, 21, 28, 60, 120, 240, 365, 730, 1460)
SPREAD = 0.22  # of a patient's row, up and down
HIGHEST = 4  # lee2019: grades of CRS
LONGEST = 40  # patients, one row each


@style.styled
def ledger(table, run=None, patient=None, *, figure=None):
    """Draw what was given on a time line: a row for each step of one patient, or for each of several patients.

    Parameters
    ----------
    table : DataFrame, one row per action
        From `simsolid.ledger.ledger`, of one arm. What a rule did has a filled marker, what was planned an open one.
    run : Dataset or None
        One arm of the run: temperature and CRS grade are drawn above, for the patient or as the cohort's median and band.
    patient : [1], one or None
        Number of the patient; without it all, the first 40 in order of number.
    figure : Figure
        Where to draw; without it, a new one.

    Returns
    -------
    Figure
        The last of its axes is the time line. Without actions after day 30 it ends there; else later days are squeezed.

    Raises
    ------
    ParameterError
        The ledger still has arms, or does not know the patient.

    Examples
    --------
    >>> import pandas as pd
    >>> given = pd.DataFrame({"patient": [7, 7], "day": [0.0, 4.5], "rule": ["plan", "fever"], "unit": ["cell", "mg/kg"],
    ...                       "step": ["infusion", "tocilizumab"], "amount": [2.5e8, 8.0]})
    >>> [tick.get_text() for tick in ledger(given, patient=7).axes[-1].get_yticklabels()]
    ['infusion', 'tocilizumab']
    """
    tall = _height(table := _one_arm(table, patient))
    figure = style.new_figure(figure, figsize=(7.2, tall + (2.2 if run is not None else 0.0)))
    if run is None:
        ax = figure.subplots()
    else:
        above, ax = figure.subplots(2, 1, sharex=True, height_ratios=(2.2, tall))
        _course(above, run, patient)
    timeline(table, ax=ax)
    return figure


@style.styled
def timeline(table, patient=None, *, ax=None):
    """Draw the time line of `ledger` alone, on axes of your own.

    Parameters
    ----------
    table : DataFrame, one row per action
        From `simsolid.ledger.ledger`, of one arm.
    patient : [1], one or None
        Number of the patient; without it all, the first 40 in order of number.
    ax : Axes
        Where to draw; without it, new ones.

    Returns
    -------
    Axes

    Raises
    ------
    ParameterError
        The ledger still has arms, or does not know the patient.

    Examples
    --------
    >>> import pandas as pd
    >>> given = pd.DataFrame({"patient": [7], "day": [0.0], "rule": ["plan"], "unit": ["cell"], "step": ["infusion"],
    ...                       "amount": [2.5e8]})
    >>> timeline(given).get_xlabel()
    'time since infusion [day]'
    """
    table = _one_arm(table, patient)
    ax = style.new_axes(ax, figsize=(7.2, _height(table)))
    _line(ax, table)
    _days(ax, table)
    return ax


def _height(table):
    return 0.9 + (0.35 if _single(table) else 0.2) * _rows(table)


def _one_arm(table, patient):
    from ..arms import arm_axes

    left = [axis for axis in arm_axes(table) if table[axis].nunique() > 1]
    if left:
        raise ParameterError(
            f"plot: the ledger still has the arms {', '.join(left)}; select one, such as table[table.{left[0]} == ...]"
        )
    if patient is None:
        first = np.sort(table["patient"].unique())[:LONGEST]
        return table[table["patient"].isin(first)]
    if patient not in set(table["patient"]):
        raise ParameterError(f"plot: the ledger has nothing of patient {patient}; it has {table['patient'].nunique()} patients")
    return table[table["patient"] == patient]


def _single(table):
    return table["patient"].nunique() <= 1


def _rows(table):
    return table["step" if _single(table) else "patient"].nunique()


def _line(ax, table):
    """One row for each step of a single patient, else one for each patient."""
    single = _single(table)
    steps = [s for s in STEPS if s in set(table["step"])] + [s for s in dict.fromkeys(table["step"]) if s not in STEPS]
    names = steps if single else sorted(table["patient"].unique())
    place = {name: k for k, name in enumerate(names)}
    ax.hlines(range(len(names)), 0, 1, transform=ax.get_yaxis_transform(), color="0.88", linewidth=0.8, zorder=0)
    for step in steps:
        look = step_look(step)
        here = table[table["step"] == step]
        y = here["step" if single else "patient"].map(place).to_numpy(dtype=float)
        # steps of one patient that fall on the same day would hide each other
        y = y if single else y + SPREAD * (2 * steps.index(step) / max(len(steps) - 1, 1) - 1)
        day, planned = here["day"].to_numpy(dtype=float), (here["rule"] == PLAN).to_numpy()
        for at, fill in ((planned, "white"), (~planned, look.colour)):
            marked(ax, day[at], y[at], look, markerfacecolor=fill, markeredgecolor=look.colour if fill == "white" else "0.25",
                   markeredgewidth=1.3 if fill == "white" else 0.7, markersize=7 if single else 4.5)  # fmt: skip
        if single:
            _amounts(ax, here, y)
    ax.set_yticks(range(len(names)), [style.word(n) for n in names], fontsize="small" if single else 6)
    ax.set(ylim=(len(names) - 0.4, -0.6), ylabel="" if single else "patient [number]")
    _legend(ax, steps if not single else [], table)


def _amounts(ax, rows, y):
    """Each amount in words at its first time, with how often it was given."""
    known = rows.assign(place=y)[rows["amount"].notna()]
    for (amount, unit), same in known.groupby(["amount", "unit"], sort=False):
        words = f"{style.word(float(amount))} {style.pretty(str(unit))}" + (f" × {len(same)}" if len(same) > 1 else "")
        first = same.sort_values("day").iloc[0]
        ax.annotate(words, (first["day"], first["place"]), xytext=(0, 6), ha="left" if len(same) > 1 else "center",
                    textcoords="offset points", fontsize=6.5, color="0.25")  # fmt: skip


def _legend(ax, steps, table):
    looks = [(step, step_look(step)) for step in steps]
    handles = [marked(ax, [], [], look, label=style.word(step)) for step, look in looks]
    plain = {"color": "0.3", "markeredgecolor": "0.3", "marker": "o", "linestyle": "none"}
    handles += ax.plot([], [], **plain, markerfacecolor="white", label="planned")
    if (table["rule"] != PLAN).any():
        handles += ax.plot([], [], **plain, label="by a rule")
    ax.legend(handles=handles, loc="upper left", bbox_to_anchor=(1.0, 1.0))


def _days(ax, table):
    """The axis of days: to day 30 if nothing comes later, else later days are squeezed."""
    begin, end = min(-7.0, float(table["day"].min()) - 1.0), float(table["day"].max())
    ax.axvline(0, color="0.7", linewidth=0.8, zorder=0)
    if end <= EARLY_DAYS:
        ax.set(xlim=(begin, EARLY_DAYS), xlabel="time since infusion [day]")
        ax.set_xticks([t for t in TICKS if begin <= t <= EARLY_DAYS])
        return
    ax.set_xscale("function", functions=(_squeezed, _widened))
    ax.set(xlim=(begin, end * 1.1), xticks=[t for t in TICKS if begin <= t <= end * 1.1])
    ax.axvline(EARLY_DAYS, color="0.7", linewidth=0.8, linestyle=":", zorder=0)
    ax.set_xlabel(f"time since infusion [day], squeezed after day {EARLY_DAYS:.0f}")


def _squeezed(day):
    day = np.asarray(day, dtype=float)
    later = np.maximum(day - EARLY_DAYS, 0.0)
    return np.minimum(day, EARLY_DAYS) + SQUEEZE * np.log1p(later / SQUEEZE)


def _widened(place):
    place = np.asarray(place, dtype=float)
    return np.minimum(place, EARLY_DAYS) + SQUEEZE * np.expm1(np.maximum(place - EARLY_DAYS, 0.0) / SQUEEZE)


def _course(ax, run, patient):
    """Temperature on the left; of a single patient also the grade of CRS on the right."""
    time = run["time"].values
    low, middle, high = style.band(run["temperature"] if patient is None else run["temperature"].sel(patient=[patient]))
    words = "temperature" if patient is not None else "temperature: median, 5 to 95 %"
    lines = ax.plot(time, middle, color=style.COLOURS[1], label=words)
    ax.fill_between(time, low, high, color=style.COLOURS[1], alpha=0.15, linewidth=0)
    ax.axhline(FEVER_C, color="0.35", linewidth=0.9, linestyle=(0, (4, 3)), zorder=0.5)
    ax.set(ylabel="temperature [°C]", ylim=(36.0, max(41.0, float(np.nanmax(high)))))
    if patient is not None and "crs_score" in run:
        lines += _grade(ax.twinx(), *_grades(run.sel(patient=patient)))
    ax.legend(lines, [line.get_label() for line in lines], loc="upper right")


def _grades(one):
    """Days and grades of CRS: the output days, and the first day of each grade, which rescue at once may hide from them."""
    time, grade = one["time"].values, np.floor(np.clip(one["crs_score"].values, 0, HIGHEST))
    if "crs_grade_day" not in one:
        return time, grade
    first = one["crs_grade_day"].dropna("grade")
    days = np.concatenate([time, first.values])
    order = np.argsort(days, kind="stable")
    return days[order], np.concatenate([grade, first["grade"].values])[order]


def _grade(ax, time, grade):
    """CRS grade as steps."""
    ax.spines["right"].set_visible(True)
    ax.set(ylabel="CRS grade", ylim=(-0.1, 5.1), yticks=range(HIGHEST + 1))
    return ax.step(time, grade, where="post", color=style.COLOURS[0], linestyle="--", label="CRS grade")
