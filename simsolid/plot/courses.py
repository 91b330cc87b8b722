"""Time courses of a cohort: medians with the band from the 5th to the 95th percentile."""

import numpy as np

from ..errors import ParameterError
from . import style

# attributes that may hold the limit of quantification, and the limit without them
LIMITS = {"cart_copies": (("loq_copies", "quantification_limit"), 25.0), "cart_blood": (("loq_cells",), 0.05)}
SMALLEST_ML = 0.1  # where the axis of tumour volume ends: a sphere of 6 mm
LOGARITHMIC = ("cart_blood", "cart_copies", "cart_cavity", "cart_lesion", "il6", "ifng", "crp")
ADDED = ("cell", "mL")  # units of amounts: what lesions hold together
ROOM_BELOW = 0.3  # of the limit of quantification: where a logarithmic axis ends


@style.styled
def trajectories(run, name="cart_blood", *, ax=None, log=None, **kw):
    """One quantity over time: the median of each arm and the band from the 5th to the 95th percentile.

    Parameters
    ----------
    run : Dataset
        A labelled run, or what was observed of it. Amounts (cells, volumes) are added up over the lesions.
    name : text
        The variable, without ``seen_`` or ``true_``.
    ax : Axes
        Where to draw; without it, new ones.
    log : truth, one
        Logarithmic axis. Without it: for CAR-T and cytokines.
    kw : words
        Passed on to the median lines.

    Returns
    -------
    Axes

    Raises
    ------
    ParameterError
        There is no such variable, lesions cannot be added up in it, or there are too many arms to tell apart.

    Examples
    --------
    >>> import xarray as xr
    >>> cells = ("patient", "time"), [[0.0, 9.0, 3.0], [0.0, 4.0, 2.0]], {"units": "cell/uL"}
    >>> run = xr.Dataset({"cart_blood": cells}, {"time": [-7.0, 9.0, 14.0]})
    >>> trajectories(run, "cart_blood").get_ylabel()
    'cart blood [cell/µL]'
    """
    values = style.variable(run, name)
    values = _whole(values, name) if "lesion" in values.dims else values
    ax = style.new_axes(ax)
    log = name in LOGARITHMIC if log is None else log
    floor = _floor(run, name, ax, kw) if log else None
    for k, (words, part) in enumerate(style.arms(values, ("patient", "time"))):
        low, middle, high = style.band(part, floor)
        colour = style.COLOURS[k]
        style.shade(ax, run["time"], low, high, k)
        ax.plot(
            run["time"],
            middle,
            **{"color": colour, "linestyle": style.DASHES[k], "label": words or "median"} | kw,
        )
    if log:
        ax.set_yscale("log")
        ax.set_ylim(bottom=floor)
        style.plain_log(ax)
    ax.set(xlabel="time since infusion [day]", ylabel=style.label(values))
    ax.set_xlim(float(run["time"][0]), float(run["time"][-1]))
    ax.legend(title="median, 5 to 95 %")
    return ax


def _whole(values, name):
    """All lesions of a patient together; what is no amount cannot be added up."""
    unit = values.attrs.get("units", "")
    if unit and unit not in ADDED:
        raise ParameterError(f"plot: {name} [{unit}] of several lesions cannot be added up; draw one, such as run.isel(lesion=0)")
    return values.sum("lesion", min_count=1, keep_attrs=True)


def _floor(run, name, ax, kw):
    """Lowest value drawn on a logarithmic axis; CAR-T in blood gets the line of its assay limit."""
    if name == "cart_lesion":
        return 1.0  # one cell
    if name not in LIMITS:
        smallest = style.variable(run, name).where(lambda v: v > 0).quantile(0.01)
        return float(smallest) if np.isfinite(smallest) else None
    attributes, usual = LIMITS[name]
    limit = next((float(run.attrs[a]) for a in attributes if a in run.attrs), usual)
    ax.axhline(limit, color="0.35", linewidth=0.9, linestyle=(0, (4, 3)), zorder=0.5)
    # below the line and left, where courses are high: at the right they come down to it
    ax.annotate("limit of quantification", (0, limit), xycoords=("axes fraction", "data"), ha="left", va="top",
                xytext=(3, -2), textcoords="offset points", fontsize="small", color="0.35")  # fmt: skip
    return limit * ROOM_BELOW


@style.styled
def tumour_volume(run, *, ax=None, **kw):
    """Tumour volume over time, all lesions: the viable part with its band, the apparent volume as a thin line.

    Parameters
    ----------
    run : Dataset
        A labelled run.
    ax : Axes
        Where to draw; without it, new ones.
    kw : words
        Passed on to both median lines.

    Returns
    -------
    Axes

    Examples
    --------
    >>> import xarray as xr
    >>> volume = ("patient", "lesion", "time"), [[[4.0, 2.0]]]
    >>> run = xr.Dataset({"viable_volume": volume, "apparent_volume": volume}, {"time": [0.0, 28.0]})
    >>> [line.get_label() for line in tumour_volume(run).get_lines()]
    ['viable', 'apparent']
    """
    ax = style.new_axes(ax)
    both = {
        kind: style.variable(run, f"{kind}_volume").sum("lesion", min_count=1)
        for kind in ("apparent", "viable")
    }
    arms = style.arms(both["viable"], ("patient", "time"))
    outer = [part for _, part in style.arms(both["apparent"], ("patient", "time"))]
    for k, ((words, viable), apparent) in enumerate(zip(arms, outer, strict=True)):
        colour, arm = style.COLOURS[k], f", {words}" if words else ""
        low, middle, high = style.band(viable, SMALLEST_ML)
        seen = style.band(apparent, SMALLEST_ML)[1]
        style.shade(ax, run["time"], low, high, k)
        ax.plot(
            run["time"],
            middle,
            **{"color": colour, "linestyle": style.DASHES[k], "label": f"viable{arm}"} | kw,
        )
        thin = {"color": colour, "linewidth": 0.8, "linestyle": style.DASHES[k], "label": f"apparent{arm}"}
        ax.plot(run["time"], seen, **thin | kw)
    ax.set(xlabel="time since infusion [day]", ylabel="tumour volume, all lesions [mL]", yscale="log")
    ax.set_ylim(bottom=SMALLEST_ML)
    style.plain_log(ax)
    ax.set_xlim(float(run["time"][0]), float(run["time"][-1]))
    ax.legend(title="median; band: viable, 5 to 95 %")
    return ax


def cytokines(run, name="il6", *, ax=None, **kw):
    """Cytokine in blood over time, on a logarithmic axis.

    Parameters
    ----------
    run : Dataset
        A labelled run, or what was observed of it.
    name : text
        ``il6``, ``ifng`` or ``crp``.
    ax : Axes
        Where to draw; without it, new ones.
    kw : words
        Passed on to the median lines.

    Returns
    -------
    Axes

    Examples
    --------
    >>> import xarray as xr
    >>> run = xr.Dataset({"il6": (("patient", "time"), [[5.0, 900.0]])}, {"time": [0.0, 5.0]})
    >>> cytokines(run).get_yscale()
    'log'
    """
    return trajectories(run, name, ax=ax, **kw)
