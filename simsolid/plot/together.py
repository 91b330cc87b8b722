"""The figures of a comparison between arms."""

from . import style
from .courses import cytokines, trajectories, tumour_volume
from .curves import kaplan_meier
from .response import spider, waterfall
from .swim import swimmer

CYTOKINE_DAYS = 42.0  # cytokine release is over by then


@style.styled
def comparison(table, seen, run):
    """Draw the usual figures of a comparison between arms.

    Parameters
    ----------
    table : DataFrame
        From `simsolid.assess.assess`.
    seen : Dataset
        From `simsolid.observe.observe`.
    run : Dataset
        The labelled run.

    Returns
    -------
    mapping from a name to a Figure
        ``waterfall``, ``blood``, ``lesion``, ``volume``, ``il6`` and ``spider``; with the outcome in the table also
        ``survival`` and ``swimmer``.

    Examples
    --------
    >>> import pandas as pd, xarray as xr
    >>> table = pd.DataFrame({"patient": [0], "best_change": [-40.0], "best_response": ["PR"]})
    >>> scans = {"seen_change": (("patient", "scan"), [[0.0, -40.0]]),
    ...          "seen_new_lesion": (("patient", "scan"), [[False, False]])}
    >>> seen = xr.Dataset(scans, {"scan_day": ("scan", [-7.0, 28.0])})
    >>> blood = {name: (("patient", "time"), [[1.0, 9.0]]) for name in ("cart_blood", "il6")}
    >>> lesion = ("patient", "lesion", "time"), [[[4.0, 2.0]]]
    >>> inside = dict.fromkeys(("viable_volume", "apparent_volume", "cart_lesion"), lesion)
    >>> list(comparison(table, seen, xr.Dataset(blood | inside, {"time": [0.0, 28.0]})))
    ['waterfall', 'blood', 'lesion', 'volume', 'il6', 'spider']
    """
    from matplotlib.figure import Figure

    arms = [{}] if "route" not in seen.dims else [{"route": [route]} for route in seen["route"].values]
    broad = (max(6.4, 3.6 * len(arms)), 4.0)
    drawings = {
        "waterfall": (waterfall, table),
        "blood": (trajectories, run),
        "lesion": (cells_in_lesions, run),
        "volume": (tumour_volume, run),
        "il6": (cytokines, run.sel(time=slice(None, CYTOKINE_DAYS))),
    }
    # bare figures: pyplot would keep them open
    drawn = {name: Figure(figsize=broad if name == "waterfall" else None) for name in drawings}
    for name, (draw, data) in drawings.items():
        draw(data, ax=drawn[name].subplots())
    drawn["spider"] = Figure(figsize=broad)
    panels = drawn["spider"].subplots(1, len(arms), sharey=True, squeeze=False)[0]
    for k, (ax, arm) in enumerate(zip(panels, arms, strict=True)):
        rows = table if not arm or "route" not in table else table[table["route"] == arm["route"][0]]
        spider(seen.sel(arm), rows, ax=ax, head=", ".join(map(style.word, arm.get("route", []))))
        ax.set_ylabel(ax.get_ylabel() if k == 0 else "")
    return drawn | _outcome(table)


def _outcome(table):
    """Survival and the swimmer plot, where the table tells who died when."""
    from matplotlib.figure import Figure

    if not {"os_day", "died"} <= set(table.columns):
        return {}
    drawn = {"survival": Figure(figsize=(6.4, 4.6)), "swimmer": Figure(figsize=(7.6, 8.0))}
    kaplan_meier(table, ax=drawn["survival"].subplots())
    swimmer(table, ax=drawn["swimmer"].subplots())
    return drawn


def cells_in_lesions(run, *, ax):
    """CAR-T cells in all lesions of a patient together."""
    return trajectories(run, "cart_lesion", ax=ax)
