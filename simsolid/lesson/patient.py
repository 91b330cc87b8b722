"""One patient to move: what each control does to cells, antigen, tumour and fever."""

from functools import lru_cache

from .. import plot
from ..observe import observe
from ..pseudo import to_read
from ..simulate import simulate
from ..vary import vary
from .settings import COARSE, GHOST, REMEMBERED, USUAL_DOSE, few_ticks, people, plan, setting

DAYS = 180.0
DRAWN = ("cart_blood", "cart_lesion", "antigen_negative_fraction", "viable_volume", "apparent_volume", "il6", "temperature")


def one_patient(dose=USUAL_DOSE, route="intravenous", antigen_positive=1.0, suppression=1.0, kill=1.0, tumour="gastric"):
    """Draw the typical patient of a tumour under one infusion, with a dotted shadow of the same patient as it began.

    The shadow is the patient with the usual dose into a vein and nothing changed, so that every difference is the control's.

    Parameters
    ----------
    dose : [cell], one
        Cells given.
    route : text
        Name of a route.
    antigen_positive : [times the usual share], one
        Share of tumour cells that show the target at enrolment; it ends at all of them.
    suppression : [times the usual], one
        How strongly the micro-environment holds T cells down: divides the index at which half their function is lost.
    kill : [times the usual], one
        Kills per CAR-T cell and day.
    tumour : text
        As in `simsolid.load.load`.

    Returns
    -------
    Figure
        As `simsolid.plot.patient`, with what the scans read as white markers.

    Raises
    ------
    ParameterError
        A name is unknown, or a value is out of its range.

    Examples
    --------
    >>> len(one_patient(dose=1e8).axes)
    5
    """
    run, seen = _course(tumour, float(dose), route, float(antigen_positive), float(suppression), float(kill))
    before, _ = _course(tumour, USUAL_DOSE, "intravenous", 1.0, 1.0, 1.0)
    figure = plot.patient(run, 0, seen=seen)
    few_ticks(*(axis for ax in figure.axes for axis in (ax.xaxis, ax.yaxis)))
    if run is not before:
        _shadow(figure.axes, before.isel(patient=0))
    return figure


@lru_cache(maxsize=REMEMBERED)
def _course(tumour, dose, route, antigen_positive, suppression, kill):
    usual = setting(tumour)
    values = {
        "antigen_positive_fraction": min(1.0, antigen_positive * usual["antigen_positive_fraction"]),
        "suppression_half": usual["suppression_half"] / suppression,
        "kill_rate": usual["kill_rate"] * kill,
    }
    moved = {name: value for name, value in values.items() if value != usual[name]}
    given = vary(people(tumour, 0), **moved), plan(dose, route)
    run = simulate(*given, days=DAYS, rtol=COARSE, observables=DRAWN, progress=False)
    return run, observe(to_read(run))


def _shadow(panels, one):
    """The course before anything was moved, thin and grey in each panel."""
    whole = {name: one[name].sum("lesion", min_count=1) for name in ("cart_lesion", "viable_volume", "apparent_volume")}
    blood, lesions = one["cart_blood"], whole["cart_lesion"] / 1e6
    lines = ((0, blood.where(blood > 0)), (0, lesions.where(lesions > 0)), (1, whole["viable_volume"]),
             (2, whole["viable_volume"]), (2, whole["apparent_volume"]), (3, one["il6"]))  # fmt: skip
    low, high = panels[0].get_ylim()
    panels[0].set_ylim(low, max(high, 3 * float(lesions.max())))
    for k, values in lines:
        panels[k].plot(one["time"], values, **GHOST)
