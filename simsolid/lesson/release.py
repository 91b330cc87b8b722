"""CRS risk to move: dose, burden, lymphodepletion and rescue."""

from functools import lru_cache

import numpy as np

from .. import plot
from ..assess import assess
from ..observe import observe
from ..plot import style
from ..plot.looks import EDGE
from ..risk import crs_risk as fitted
from ..simulate import simulate
from ..vary import vary
from .settings import COARSE, GHOST, REMEMBERED, USUAL_DOSE, people, plan
from .size import patients

DAYS = 28.0  # [day] cytokine release is over by then
DOSES = (3e7, 1e8, 3e8, 1e9, 3e9)  # [cell]
KEPT = ("apparent_volume", "viable_volume", "temperature", "pressure_score", "oxygen_score")  # what a grade is read from
COHORT = 40  # at each of the five doses: 200 courses
# Pale to dark, so that a worse grade is darker in grey too.
GRADES = {0: "#FFFFFF", 1: "#CFE6F5", 2: "#56B4E9", 3: "#0072B2", 4: "#00263C"}
HATCHES = {0: "", 1: "", 2: "//", 3: "", 4: ""}


@style.styled
def crs_risk(dose=USUAL_DOSE, diameter=1.0, lymphodepletion="flu_cy", rescue="none", grade=3, tumour="gastric"):
    """Draw the risk of cytokine release against dose, and what it is at the dose chosen.

    Parameters
    ----------
    dose : [cell], one
        Where the curve is read.
    diameter : [times the usual], one
        Diameter of every lesion at enrolment: twice is eight times the burden.
    lymphodepletion : text
        Name of a conditioning file, or ``"none"``.
    rescue : text
        Name of a set of rules (``"standard"``, ``"early"``, ``"late"``), or ``"none"``.
    grade : [1], one
        Lowest grade that counts.
    tumour : text
        As in `simsolid.load.load`.

    Returns
    -------
    Figure
        Left: logistic fit with its 95 % band and the observed rates; dotted: the usual burden, lymphodepletion and no rescue.
        Right: the worst grade of every patient. The same 40 patients stand at each of five doses.

    Raises
    ------
    ParameterError
        A name is unknown, or a value is out of its range.

    Examples
    --------
    >>> [ax.get_xlabel() for ax in crs_risk(dose=1e9).axes]
    ['dose [cell]', 'dose [cell]']
    """
    case, usual = (tumour, patients(COHORT)), (1.0, "flu_cy", "none")
    what = float(diameter), lymphodepletion, rescue
    figure = style.new_figure(figsize=(9.4, 4.3))
    left, right = figure.subplots(1, 2)
    risk = _risk(case, what, grade)
    above = plot.crs_risk(risk, ax=left).get_legend()
    # the title stands where it was, on paper that hides the line of the dose chosen
    left.legend(title=above.get_title().get_text(), loc="upper left", alignment="left", frameon=True, framealpha=1,
                edgecolor="none")  # fmt: skip
    if what != usual:
        before = _risk(case, usual, grade).curve
        left.plot(before["dose"], 100 * before["value"], **GHOST)
    _bars(right, _graded(*case, *what))
    for ax, letter, words in ((left, "a", _told(risk, dose)), (right, "b", f"worst grade of {case[1]} patients")):
        ax.axvline(dose, color="0.35", linewidth=0.9, linestyle=(0, (4, 3)), zorder=4)
        ax.set_title(f"{letter}  {words}", loc="left")
        ax.set_yticks(range(0, 101, 25))
    return figure


@lru_cache(maxsize=REMEMBERED)
def _graded(tumour, many, diameter, lymphodepletion, rescue):
    """One row per dose and patient."""
    given = vary(plan(DOSES[0], lymphodepletion=lymphodepletion, rescue=rescue), dose=list(DOSES))
    these = people(tumour, many, (("diameter_start", diameter),))
    run = simulate(these, given, days=DAYS, rtol=COARSE, observables=KEPT, dtype="float32", progress=False)
    return assess(observe(run))


@lru_cache(maxsize=REMEMBERED)
def _risk(case, what, grade):
    return fitted(_graded(*case, *what), along="dose", grade=grade)


def _told(risk, dose):
    """The curve read at one dose."""
    if not len(risk.curve):
        return "no curve: see the legend"
    at = [100 * np.interp(np.log(dose), np.log(risk.curve["dose"]), risk.curve[end]) for end in ("value", "lower", "upper")]
    return "at the dose chosen: {:.0f} % ({:.0f} to {:.0f})".format(*at)


def _bars(ax, table):
    done = table[table["crs_grade"].notna()]
    share = 100 * done.groupby("dose")["crs_grade"].value_counts(normalize=True).unstack(fill_value=0.0)
    below, width = np.zeros(len(share)), 0.3 * share.index.to_numpy()
    for grade, colour in reversed(GRADES.items()):
        part = share[grade].to_numpy() if grade in share else np.zeros(len(share))
        ax.bar(share.index, part, width, bottom=below, color=colour, hatch=HATCHES[grade], edgecolor=EDGE, linewidth=0.6,
               label=f"{grade}")  # fmt: skip
        below = below + part
    ax.set(xscale="log", xlabel="dose [cell]", ylabel="of patients [%]", ylim=(0, 100))
    ax.set_xticks(share.index, [style.word(dose) for dose in share.index])
    ax.minorticks_off()
    handles, words = ax.get_legend_handles_labels()
    ax.legend(handles[::-1], words[::-1], title="CRS grade", loc="upper left", bbox_to_anchor=(1.0, 1.0))
