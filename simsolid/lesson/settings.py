"""Settings, people and runs that sliders come back to, each made once."""

from functools import lru_cache

from ..cohort import draw, typical
from ..load import load
from ..regimen import Regimen
from ..vary import vary

SEED = 7
REMEMBERED = 48  # runs of each kind: all places of a slider or two
USUAL_DOSE = 2.5e8  # [cell] the round number of the first page
TICKS = 4  # of an axis of a figure that moves, about: they take half the time of drawing
COARSE = 1e-3  # relative tolerance: far below the width of a line

# how the figure stood before anything was moved
GHOST = {"color": "0.55", "linewidth": 1.1, "linestyle": (0, (1, 1)), "zorder": 0.8}


@lru_cache(maxsize=8)
def setting(tumour, target=None, product=None):
    """A loaded setting.

    Parameters
    ----------
    tumour, target, product : text or None
        As in `simsolid.load.load`.

    Returns
    -------
    Parameters

    Examples
    --------
    >>> setting("gastric") is setting("gastric")
    True
    """
    return load(tumour, target, product)


def changed(tumour, **folds):
    """A setting in which some values are multiplied.

    Parameters
    ----------
    tumour : text
        As in `simsolid.load.load`.
    folds : [1], by name of the parameter
        What each value is multiplied by; 1 leaves it, with its source, as it is.

    Returns
    -------
    Parameters

    Examples
    --------
    >>> changed("gastric", kill_rate=2.0)["kill_rate"] / setting("gastric")["kill_rate"]
    2.0
    """
    plain = setting(tumour)
    return vary(plain, **{name: fold * plain.value(name).value for name, fold in folds.items() if fold != 1})


@lru_cache(maxsize=REMEMBERED)
def people(tumour, patients, folds=()):
    """Drawn people of a setting; the same numbers are the same people, whatever is multiplied.

    Parameters
    ----------
    tumour : text
        As in `simsolid.load.load`.
    patients : [1], one
        How many; 0 for the typical patient alone.
    folds : [1], pairs of a name and what its value is multiplied by
        Moves the centre and keeps the spread between patients.

    Returns
    -------
    Parameters

    Examples
    --------
    >>> people("gastric", 3)["weight"].sizes["patient"]
    3
    """
    these = changed(tumour, **dict(folds))
    return draw(these, patients=patients, seed=SEED) if patients else typical(these)


def plan(dose, route="intravenous", lymphodepletion="product", rescue="none"):
    """One infusion, with lymphodepletion and a set of rescue rules.

    Parameters
    ----------
    dose : [cell], one
        Cells given.
    route : text
        Name of a route.
    lymphodepletion : text
        Name of a conditioning file, ``"none"``, or ``"product"`` for what the product's trials used.
    rescue : text
        Name of a set of rules, or ``"none"``.

    Returns
    -------
    Regimen

    Examples
    --------
    >>> print(plan(1e8, lymphodepletion="none"))
    no conditioning; 1e+08 cells intravenous on day 0
    """
    given = Regimen.single(dose, route, conditioning=lymphodepletion)
    return given if rescue == "none" else given.with_rules(rescue)


def few_ticks(*axes):
    """Leave an axis few numbers and no small ticks.

    Parameters
    ----------
    axes : x- or y-axis of Axes, several
        Such as ``ax.xaxis``; those with ticks at chosen places are not for this.

    Examples
    --------
    >>> from simsolid import plot
    >>> _, (ax,) = plot.panels()
    >>> few_ticks(ax.xaxis)
    >>> len(ax.get_xticks()) <= TICKS + 1
    True
    """
    from matplotlib.ticker import MaxNLocator, NullLocator

    for axis in axes:
        axis.set_minor_locator(NullLocator())
        if axis.get_scale() == "linear":
            axis.set_major_locator(MaxNLocator(TICKS, steps=[1, 2, 2.5, 5, 10]))
        else:
            axis.get_major_locator().set_params(numticks=TICKS)
