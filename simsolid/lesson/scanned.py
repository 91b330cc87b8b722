"""Pseudo-progression to move: the day of the first scan, the reader and the swelling."""

from functools import lru_cache

import numpy as np

from .. import plot, pseudo
from ..observe import observe
from ..plot import style
from ..plot.looks import READ, call_look, call_words, marked, printed
from ..recist import sphere_volume
from ..scans import READER_CV
from ..simulate import simulate
from .settings import COARSE, GHOST, REMEMBERED, USUAL_DOSE, few_ticks, people, plan
from .size import patients

DAYS = 126.0  # [day] followed: three scans at the usual interval of 42
OUTPUT = (*range(-7, 42), *np.arange(42.0, DAYS + 1, 3.5))  # swelling comes and goes early
FIRST_SCANS = (14.0, 21.0, 28.0, 35.0, 42.0, 56.0)  # [day]
COHORT = 200
SEEN = ("apparent_volume", "viable_volume")
COUNTED = {"true_progression": "true progression", "pseudo_progression": "pseudo-progression"}


@style.styled
def pseudo_progression(first_scan=28.0, reader=READER_CV, oedema=1.0, clearance=1.0, tumour="gastric"):
    """Draw what scans show against what lives: one patient, and how often a cohort is called wrongly by day of the first scan.

    Parameters
    ----------
    first_scan : [day], one
        First scan after the infusion; the next ones follow every 42 days.
    reader : [coefficient of variation], one
        Error of one diameter; 0 is a perfect reader.
    oedema : [times the usual], one
        How strongly a lesion swells where cells are killed.
    clearance : [times the usual], one
        How fast dead tumour leaves a lesion.
    tumour : text
        As in `simsolid.load.load`.

    Returns
    -------
    Figure
        Left: of 200 patients the one who swells most at the usual values. Fill: viable tumour, the truth; line: apparent volume;
        markers: as read, in the colours of the call. Right: 95 % intervals; dotted: the usual swelling, reader and clearance.

    Raises
    ------
    ParameterError
        A name is unknown, or a value is out of its range.

    Examples
    --------
    >>> [ax.get_ylabel() for ax in pseudo_progression(first_scan=21).axes]
    ['volume, all lesions [mL]', 'called by day 126 [% of patients]']
    """
    many, reader = patients(COHORT), float(reader)
    moved = (("oedema_gain", float(oedema)), ("clearance_rate", float(clearance)))
    run = _run(tumour, many, moved)
    figure = style.new_figure(figsize=(9.4, 4.0))
    left, right = figure.subplots(1, 2)
    number = _most_swollen(tumour, many, tuple((name, 1.0) for name, _ in moved))
    seen = observe(run.sel(patient=[number]), first_scan=float(first_scan), noise=reader > 0, reader_cv=reader)
    _one(left, run.sel(patient=number), seen.sel(patient=number), float(first_scan))
    _cohort(right, (tumour, many), moved, reader, float(first_scan))
    few_ticks(left.xaxis, left.yaxis, right.yaxis)
    return figure


@lru_cache(maxsize=REMEMBERED)
def _run(tumour, many, moved):
    return simulate(
        people(tumour, many, moved), plan(USUAL_DOSE), days=DAYS, times=OUTPUT, rtol=COARSE, observables=SEEN, progress=False
    )


@lru_cache(maxsize=REMEMBERED)
def _counts(cohort, moved, reader, first_scan):
    """Rates of one schedule."""
    found = pseudo.schedule_effect(_run(*cohort, moved), first_scan=[first_scan], noise=[reader])
    found = found[found["measure"].isin(COUNTED)]
    return found.assign(measure=[COUNTED[name] for name in found["measure"]])


def _by_day(cohort, moved, reader):
    import pandas as pd

    return pd.concat([_counts(cohort, moved, reader, day) for day in FIRST_SCANS])


@lru_cache(maxsize=8)
def _most_swollen(*whom):
    """Number of the patient whose lesions grow most while less lives in them than at the infusion."""
    run = _run(*whom)
    apparent, viable = (run[f"{kind}_volume"].sum("lesion") for kind in ("apparent", "viable"))
    begin = {"time": run["time"].values.searchsorted(0.0)}
    swollen = (apparent / apparent[begin]).where(viable < viable[begin]).max("time")
    return int(run["patient"][int(swollen.fillna(0.0).argmax("patient"))])


def _one(ax, one, watched, first_scan):
    viable, apparent = (one[f"{kind}_volume"].sum("lesion", min_count=1) for kind in ("viable", "apparent"))
    ax.fill_between(one["time"], viable, color=style.COLOURS[0], alpha=0.3, linewidth=0, label="viable, the truth")
    ax.plot(one["time"], apparent, color="black", label="apparent")
    read = sphere_volume(watched["seen_diameter"]).sum("lesion", min_count=1)
    words = ["baseline", *call_words(watched["seen_call"])[1:]]
    for day, volume, word in zip(watched["scan_day"].values, read.values, words, strict=True):
        look = READ if word == "baseline" else call_look(word)
        marked(ax, [day], [volume], look, label=f"read: {printed(word)}", clip_on=False, zorder=5)
    _first_scan(ax, first_scan)
    top = max(float(apparent.max()), float(np.nanmax(read)))
    ax.set(xlabel="time since infusion [day]", ylabel="volume, all lesions [mL]", ylim=(0, 1.45 * top), xlim=(-7, DAYS))
    ax.set_title(f"a  patient {int(one['patient'])}: the truth, and what is read", loc="left")
    told = dict(zip(*reversed(ax.get_legend_handles_labels()), strict=True))  # each word once
    ax.legend(told.values(), told.keys(), loc="upper right", ncols=2)


def _first_scan(ax, day):
    ax.axvline(day, color="0.35", linewidth=0.9, linestyle=(0, (4, 3)), zorder=0.5)


def _cohort(ax, cohort, moved, reader, first_scan):
    usual = tuple((name, 1.0) for name, _ in moved)
    if (moved, reader) != (usual, READER_CV):
        for _, rows in _by_day(cohort, usual, READER_CV).groupby("measure"):
            ax.plot(rows["first_scan"], 100 * rows["value"], **GHOST)
    plot.estimates(_by_day(cohort, moved, reader), "first_scan", "measure", ax=ax)
    now = _counts(cohort, moved, reader, first_scan).set_index("measure").loc["pseudo-progression"]
    _first_scan(ax, first_scan)
    ax.set(xlabel="first scan, time since infusion [day]", ylabel=f"called by day {DAYS:.0f} [% of patients]", ylim=(-1, 65))
    ax.legend(title="called progression; bars: 95 %", alignment="left")
    ax.set_title(f"b  first scan on day {first_scan:.0f}: {now['events']:.0f} of {now['n']:.0f} pseudo-progressions", loc="left")
