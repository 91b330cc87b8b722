"""The figures of a comparison between arms."""

from . import style
from .courses import cytokines, trajectories, tumour_volume
from .response import spider, waterfall


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
        ``waterfall``, ``spider``, ``blood``, ``volume`` and ``il6``.

    Examples
    --------
    >>> import pandas as pd, xarray as xr
    >>> table = pd.DataFrame({"patient": [0], "best_change": [-40.0], "best_response": ["PR"]})
    >>> scans = {"seen_change": (("patient", "scan"), [[0.0, -40.0]]),
    ...          "seen_new_lesion": (("patient", "scan"), [[False, False]])}
    >>> seen = xr.Dataset(scans, {"scan_day": ("scan", [-7.0, 28.0])})
    >>> blood = {name: (("patient", "time"), [[1.0, 9.0]]) for name in ("cart_blood", "il6")}
    >>> lesion = ("patient", "lesion", "time"), [[[4.0, 2.0]]]
    >>> volume = {"viable_volume": lesion, "apparent_volume": lesion}
    >>> list(comparison(table, seen, xr.Dataset(blood | volume, {"time": [0.0, 28.0]})))
    ['waterfall', 'spider', 'blood', 'volume', 'il6']
    """
    from matplotlib.figure import Figure

    arms = 1 if "route" not in seen.dims else seen.sizes["route"]
    wide = {"waterfall": (max(6.4, 3.6 * arms), 4.0)}
    drawings = {
        "waterfall": (waterfall, table),
        "spider": (spider, seen),
        "blood": (trajectories, run),
        "volume": (tumour_volume, run),
        "il6": (cytokines, run),
    }
    # bare figures: pyplot would keep them open
    drawn = {name: Figure(figsize=wide.get(name)) for name in drawings}
    for name, (draw, data) in drawings.items():
        draw(data, ax=drawn[name].subplots())
    return drawn
