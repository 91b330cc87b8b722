"""Pseudo-progression: what the scans showed beside what lived, and whether a sign tells the two apart."""

from itertools import zip_longest

import numpy as np

from ..arms import arm_axes, arms_of, known
from ..choi import ATTENUATION_FALL
from ..errors import ParameterError
from ..films import Call
from . import style
from .looks import EDGE, READ, VERDICTS, call_look, marked, printed

NEEDED = ("patient", "day", "call", "seen_change", "true_change", "verdict")
WEEK = 7.0
BASELINE = "baseline"
ACROSS = 3  # panels side by side
HIGHEST = 150.0  # [%]: what rises further leaves the panel
BESIDE = 5.0  # points from a line to its word: the marker on the line stands between
SPREAD, GOLDEN = 0.6, 0.618034  # share of a row that markers take, and the step that spreads them evenly
TOLD = ("pseudo-progression", "false progression", "missed progression", "true progression")  # drawn first in this order


@style.styled
def pseudo(calls, patients=None, *, figure=None, most=6):
    """Draw sum of diameters as read and viable tumour of chosen patients, with the verdict on each call.

    Parameters
    ----------
    calls : DataFrame, one row per patient and scan
        From `simsolid.pseudo.calls`, of one arm.
    patients : [1], several, or None
        Numbers of the patients. Without it: those with a pseudo-progression, another false one, a missed and a true one
        in turn.
    figure : Figure
        Where to draw; without it, a new one.
    most : [1], one
        Patients drawn at most.

    Returns
    -------
    Figure
        One axes per patient. Fill: viable burden, the truth. Markers: the sum of diameters as read, in the colours of the
        call. A word and a vertical line mark the first scan with each verdict of the truth.

    Raises
    ------
    ParameterError
        A column is missing, a patient is not there, or the table still has arms.

    Examples
    --------
    >>> import pandas as pd
    >>> calls = pd.DataFrame({"patient": 7, "day": [28.0, 70.0], "call": ["PD", "SD"], "seen_change": [22.0, -5.0],
    ...     "true_change": [-30.0, -60.0], "verdict": ["pseudo-progression", ""]})
    >>> [text.get_text() for text in pseudo(calls).axes[0].texts]
    ['pseudo-progression']
    """
    known(NEEDED, list(calls.columns), "plot.pseudo: calls")
    _one_arm(calls)
    chosen, told = _chosen(calls, patients, most)
    rows = max(1, -(-len(chosen) // ACROSS))
    figure = style.new_figure(figure, figsize=(9.0, 3.0 * rows + 0.6))
    panels = figure.subplots(rows, min(ACROSS, max(1, len(chosen))), squeeze=False, sharex=True, sharey=True)
    for ax, number in zip(panels.flat, chosen, strict=False):
        _course(ax, calls[calls["patient"] == number].sort_values("day"), number)
    for ax in panels.flat[len(chosen) :]:
        ax.set_axis_off()
    _frame(figure, panels, calls[calls["patient"].isin(chosen)], told)
    return figure


def _chosen(calls, patients, most):
    """Numbers of the patients, and what is said of the choice."""
    there = list(dict.fromkeys(calls["patient"]))
    if patients is not None:
        wrong = [number for number in patients if number not in there]
        if wrong:
            raise ParameterError(f"plot: no calls of patient {', '.join(map(str, wrong))}; there are {len(there)} patients")
        return list(patients)[:most], f"{min(len(patients), most)} of {len(there)} patients, chosen by number"
    ranked = [calls.loc[calls["verdict"] == word, "patient"] for word in TOLD]
    turns = zip_longest(*(sorted(set(part)) for part in ranked))  # one of each kind before a second of any
    order = list(dict.fromkeys(number for turn in turns for number in turn if number is not None))
    order += [number for number in there if number not in set(order)]
    counts = ", ".join(f"{part.nunique()} {word}" for word, part in zip(TOLD, ranked, strict=True) if len(part))
    return order[:most], f"{min(most, len(there))} of {len(there)} patients" + (f" (patients with: {counts})" if counts else "")


def _one_arm(calls):
    left = [axis for axis in arm_axes(calls) if calls[axis].nunique() > 1]
    if left:
        raise ParameterError(f"plot: the calls still have the arms {', '.join(left)}; select one of each")


def _course(ax, rows, number):
    week, truth = rows["day"].to_numpy() / WEEK, rows["true_change"].to_numpy(dtype=float)
    ax.fill_between(week, truth, -100.0, color=style.COLOURS[0], alpha=0.25, linewidth=0)
    ax.plot(week, truth, color=style.COLOURS[0], linewidth=1.4)
    seen = rows["seen_change"].to_numpy(dtype=float)
    ax.plot(week, seen, color="0.45", linewidth=0.8, linestyle=":")
    for place, height, word in zip(week, seen, _words(rows), strict=True):
        marked(ax, [place], [height], READ if word == BASELINE else call_look(word), zorder=4)
    first = rows[rows["verdict"].isin(TOLD)].drop_duplicates("verdict")
    for place, word in zip(first["day"] / WEEK, first["verdict"], strict=True):
        _verdict(ax, place, word)
    for level in (20, -30):
        ax.axhline(level, color="0.3", linewidth=0.7, linestyle="--", zorder=0.5)
    ax.axhline(0, color="0.3", linewidth=0.7, zorder=0.5)
    ax.set_title(f"patient {number}", loc="left", fontsize="small")


def _words(rows):
    """The criterion's own word for each scan; the scan before the infusion is the baseline, not a verdict."""
    return rows["word" if "word" in rows else "call"].where(rows["day"] > 0, BASELINE)


def _verdict(ax, week, word):
    """A line and a word at the first scan with this verdict."""
    look = VERDICTS[word]
    ax.axvline(week, color=look.colour, linewidth=1.2, linestyle="-" if word.startswith("true") else (0, (3, 2)), zorder=1)
    ax.annotate(word, (week, 0.98), xycoords=("data", "axes fraction"), xytext=(-BESIDE, 0), textcoords="offset points",
                rotation=90, ha="right", va="top", fontsize=7)  # fmt: skip


def _frame(figure, panels, calls, told):
    from matplotlib.lines import Line2D

    top = float(np.nanmax([calls["seen_change"].max(), calls["true_change"].max(), 40.0]))
    panels[0, 0].set_ylim(-103, min(1.1 * top, HIGHEST))
    for ax in panels[-1]:
        ax.set_xlabel("time since infusion [week]")
    for ax in panels[:, 0]:
        ax.set_ylabel("change since baseline [%]")
    truth = Line2D([], [], color=style.COLOURS[0], linewidth=1.4, label="viable tumour [volume], the truth")
    words = sorted(set(_words(calls)) - {BASELINE})
    looks = {BASELINE: READ} | {word: call_look(word) for word in words}
    marks = [Line2D([], [], linestyle="none", marker=look.marker, color=look.colour, markeredgecolor=EDGE, label=printed(word))
             for word, look in looks.items()]  # fmt: skip
    title = f"{told}\nmarkers: sum of diameters as read"
    bars = Line2D([], [], color="0.3", linewidth=0.7, linestyle="--", label="+20 and −30 %")
    figure.legend(handles=[truth, *marks, bars], loc="outside upper left", ncols=len(marks) + 2, title=title, alignment="left")


@style.styled
def attenuation(calls, *, ax=None):
    """Change of attenuation at each patient's first call of progression, in a row for each verdict of the truth.

    Parameters
    ----------
    calls : DataFrame, one row per patient and scan
        From `simsolid.pseudo.calls`, of one arm.
    ax : Axes
        Where to draw; without it, new ones.

    Returns
    -------
    Axes
        One marker per patient whose attenuation is known; the dashed line is the fall that the Choi criteria ask for.

    Raises
    ------
    ParameterError
        A column is missing, or the table still has arms.

    Examples
    --------
    >>> import pandas as pd
    >>> calls = pd.DataFrame({"patient": [7, 8], "call": "PD", "attenuation_change": [-40.0, 2.0],
    ...                       "verdict": ["pseudo-progression", "true progression"]})
    >>> [tick.get_text() for tick in attenuation(calls).get_yticklabels()]
    ['pseudo-progression, 1', 'true progression, 1']
    """
    known(("patient", "call", "attenuation_change", "verdict"), list(calls.columns), "plot.attenuation: calls")
    _one_arm(calls)
    first = calls[calls["call"] == Call.PD.name].drop_duplicates("patient").dropna(subset="attenuation_change")
    groups = [(word, first.loc[first["verdict"] == word, "attenuation_change"].to_numpy()) for word in TOLD]
    groups = [(word, values) for word, values in groups if len(values)]
    ax = style.new_axes(ax, figsize=(6.4, 1.0 + 0.7 * max(len(groups), 1)))
    for row, (word, values) in enumerate(groups):
        place = row + SPREAD * (np.arange(len(values)) * GOLDEN % 1.0 - 0.5)  # evenly, and the same each time
        marked(ax, values, place, VERDICTS[word], alpha=0.6, markersize=5, markeredgewidth=0.4)
    ax.axvline(-100.0 * ATTENUATION_FALL, color="0.3", linestyle="--", linewidth=1.0, zorder=0.5)
    ax.set_yticks(range(len(groups)), [f"{word}, {len(values)}" for word, values in groups])
    ax.set(ylim=(len(groups) - 0.5, -0.5), xlabel="change of mean attenuation since baseline [%]")
    return ax


SIGNS = {"attenuation": "attenuation fell by 15 % or more", "no decline": "patient not worse", "both": "both"}


@style.styled
def tell_tale(result, *, ax=None):
    """Sensitivity and specificity of each sign for pseudo-progression, as dots with 95 % intervals.

    Parameters
    ----------
    result : DataFrame, one row per arm, sign and measure
        From `simsolid.pseudo.tell_tale`.
    ax : Axes
        Where to draw; without it, new ones.

    Returns
    -------
    Axes
        Filled dots: sensitivity; open dots: specificity. At the right the patients behind each: right of all.

    Raises
    ------
    ParameterError
        A column is missing, or there are too many arms to tell apart.

    Examples
    --------
    >>> import pandas as pd
    >>> result = pd.DataFrame({"sign": "both", "measure": ["sensitivity", "specificity"], "value": [0.5, 1.0],
    ...                        "lower": [0.1, 0.6], "upper": [0.9, 1.0], "events": [1, 6], "n": [2, 6]})
    >>> [tick.get_text() for tick in tell_tale(result).get_yticklabels()]
    ['both']
    """
    known(("sign", "measure", "value", "lower", "upper", "events", "n"), list(result.columns), "plot.tell_tale: result")
    axes = list(result.columns[: list(result.columns).index("sign")])
    arms, signs = arms_of(result, axes), list(dict.fromkeys(result["sign"]))
    style.few(len(arms), axes)
    ax = style.new_axes(ax, figsize=(6.8, 1.3 + 0.32 * len(signs) * (1 + len(arms))))
    for k, (label, rows) in enumerate(arms):
        for side, (measure, part) in enumerate(rows.groupby("measure", sort=True)):
            shift = 0.7 * ((2 * k + side + 0.5) / (2 * len(arms)) - 0.5 + 0.25 / len(arms))
            words = ", ".join([*map(style.word, label.values()), str(measure)])
            _dots(ax, k, [signs.index(s) + shift for s in part["sign"]], part, side, words)
    for line in range(1, len(signs)):
        ax.axhline(line - 0.5, color="0.85", linewidth=0.8)
    ax.set_yticks(range(len(signs)), [SIGNS.get(sign, style.word(sign)) for sign in signs])
    ax.tick_params(axis="y", length=0)
    ax.set(xlim=(-2, 102), ylim=(len(signs) - 0.5, -0.5))
    ax.set_xlabel("right at the first call of progression [% of patients], bars: 95 %")
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2)
    return ax


def _dots(ax, k, place, rows, opened, words):
    colour, rate = style.COLOURS[k], 100 * rows["value"].to_numpy(dtype=float)
    spread = [rate - 100 * rows["lower"].to_numpy(dtype=float), 100 * rows["upper"].to_numpy(dtype=float) - rate]
    ax.errorbar(rate, place, xerr=np.maximum(spread, 0), linestyle="none", marker=style.MARKERS[k], color=colour, capsize=2.5,
                elinewidth=1.0, markersize=7, markeredgecolor=colour if opened else EDGE, label=words,
                markerfacecolor="white" if opened else colour)  # fmt: skip
    for height, right, n in zip(place, rows["events"], rows["n"], strict=True):
        told = f"{right:.0f} of {n:.0f}" if n else "nobody"
        ax.annotate(told, (1.0, height), (6, 0), xycoords=("axes fraction", "data"), textcoords="offset points", va="center",
                    fontsize="small", color=colour, annotation_clip=False)  # fmt: skip
