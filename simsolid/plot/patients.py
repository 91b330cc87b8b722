"""One patient on one page."""

import numpy as np

from ..axes import GIVEN
from ..crs import FEVER_C
from ..errors import ParameterError
from ..recist import sphere_volume
from . import style
from .looks import READ, marked

RELEASE_DAYS = 35.0


@style.styled
def patient(run, number, *, seen=None, figure=None, log_cells=True):
    """One patient of one arm: CAR-T, antigen, tumour volume and cytokine release.

    Parameters
    ----------
    run : Dataset
        A labelled run; select one arm first.
    number : [1], one
        The patient.
    seen : Dataset or None
        From `simsolid.observe.observe`, of the same arm: what the scans read is marked in the panel of volumes.
    figure : Figure
        Where to draw; without it, a new one.
    log_cells : truth, one
        Logarithmic axis for CAR-T.

    Returns
    -------
    Figure
        Its first four axes are the panels, row by row.

    Raises
    ------
    ParameterError
        There is no such patient, or the run still has arms.

    Examples
    --------
    >>> import xarray as xr
    >>> blood = {name: (("patient", "time"), [[1.0, 9.0]]) for name in ("cart_blood", "il6", "temperature")}
    >>> lesion = {name: (("patient", "lesion", "time"), [[[0.5, 0.4]]]) for name in
    ...           ("cart_lesion", "viable_volume", "apparent_volume", "antigen_negative_fraction")}
    >>> run = xr.Dataset(blood | lesion, {"patient": [7], "time": [0.0, 5.0]})
    >>> [ax.get_ylabel() for ax in patient(run, 7).axes][:2]
    ['CAR-T [cell/µL; million cells]', 'viable tumour [mL]']
    """
    one = select(run, number)
    figure = style.new_figure(figure, figsize=(9.0, 6.2))
    panels = figure.subplots(2, 2).ravel()
    _cells(panels[0], one, log_cells)
    _antigen(panels[1], one)
    volumes(run, number, seen=seen, ax=panels[2])
    _release(panels[3], one)
    for ax, letter in zip(panels, "abcd", strict=True):
        ax.set_title(letter, loc="left", fontweight="bold")
    for ax in panels[[0, 1, 3]]:  # the volumes have theirs
        ax.axvline(0, color="0.7", linewidth=0.8, zorder=0)
        ax.set_xlabel("time since infusion [day]")
    # cytokine release is over in weeks; on the axis of the whole run it would be a needle
    begin, end = float(one["time"][0]), float(one["time"][-1])
    for ax in panels[:3]:
        ax.set_xlim(begin, end)
    panels[3].set_xlim(max(begin, -3.0), min(end, RELEASE_DAYS))
    return figure


@style.styled
def volumes(run, number, *, seen=None, ax=None):
    """Tumour volume of one patient, all lesions: viable filled, apparent as a line, and what the scans read.

    Parameters
    ----------
    run : Dataset
        A labelled run; select one arm first.
    number : [1], one
        The patient.
    seen : Dataset or None
        From `simsolid.observe.observe`, of the same arm: what the scans read is marked.
    ax : Axes
        Where to draw; without it, new ones.

    Returns
    -------
    Axes

    Raises
    ------
    ParameterError
        There is no such patient, or the run still has arms.

    Examples
    --------
    >>> import xarray as xr
    >>> lesion = {name: (("patient", "lesion", "time"), [[[0.5, 0.4]]]) for name in ("viable_volume", "apparent_volume")}
    >>> volumes(xr.Dataset(lesion, {"patient": [7], "time": [0.0, 5.0]}), 7).get_ylabel()
    'tumour volume [mL]'
    """
    one, ax = select(run, number), style.new_axes(ax)
    viable, apparent = (one[f"{k}_volume"].sum("lesion", min_count=1) for k in ("viable", "apparent"))
    ax.fill_between(one["time"], viable, color=style.COLOURS[0], alpha=0.3, linewidth=0, label="viable")
    ax.plot(one["time"], apparent, color="black", label="apparent")
    if seen is not None:
        scans = scanned(seen, number, one)
        read = sphere_volume(scans["seen_diameter"]).sum("lesion", min_count=1)
        marked(ax, scans["scan_day"], read, READ, label="read from scans", clip_on=False)
    ax.axvline(0, color="0.7", linewidth=0.8, zorder=0)
    ax.set(xlabel="time since infusion [day]", ylabel="tumour volume [mL]", ylim=(0, None))
    ax.set_xlim(float(one["time"][0]), float(one["time"][-1]))
    ax.legend()
    return ax


def select(run, number):
    """One patient of a run, or of what was seen of it, without arms."""
    if number not in run["patient"].values:
        numbers = run["patient"].values
        raise ParameterError(f"plot: no patient {number}; the run has {numbers.min()} to {numbers.max()}")
    one = run.drop_dims(GIVEN, errors="ignore").sel(patient=number)  # the ledger has an axis of its own
    left = [d for d in one.dims if d not in ("lesion", "time", "scan", "grade")]
    if left:
        raise ParameterError(
            f"plot: the run still has the arms {', '.join(left)}; select one, such as run.isel({left[0]}=0)"
        )
    return _alive(one)


def scanned(seen, number, one):
    """What was seen of one patient on the days that the run shows."""
    scans = select(seen, number)
    return scans.isel(scan=scans["scan_day"].values <= float(one["time"][-1]))


def _alive(one):
    """The patient up to death; the simulation goes on after it, but there is nothing to show."""
    day = death_day(one)
    if not np.isfinite(day) or "time" not in one.dims:
        return one
    return one.assign({name: v.where(one["time"] <= day) for name, v in one.items() if "time" in v.dims})


def death_day(one):
    """Day of death [day] of one patient; NaN for who outlives the days shown, and where the run does not say."""
    day = float(one["death_day"]) if "death_day" in one else np.nan
    return np.nan if "time" in one.coords and day > float(one["time"][-1]) else day


def _cells(ax, one, log):
    time, lesion = one["time"], one["cart_lesion"].sum("lesion", min_count=1)
    ax.plot(time, one["cart_blood"].where(one["cart_blood"] > 0), label="blood [cell/µL]")
    ax.plot(
        time,
        (lesion / 1e6).where(lesion > 0),
        color=style.COLOURS[1],
        linestyle="--",
        label="lesions [million cells]",
    )
    ax.set_ylabel("CAR-T [cell/µL; million cells]")
    if log:
        top = max(float(one["cart_blood"].max()), float(lesion.max()) / 1e6, 1e-3)
        ax.set_yscale("log")
        ax.set_ylim(top * 1e-5, top * 3)
        style.plain_log(ax)
    ax.legend()


def _antigen(ax, one):
    negative = one["antigen_negative_fraction"] * one["viable_volume"]
    negative, whole = (v.sum("lesion", min_count=1).values for v in (negative, one["viable_volume"]))
    ax.stackplot(one["time"].values, whole - negative, negative, colors=(style.COLOURS[5], style.COLOURS[4]),
                 labels=("antigen-positive", "antigen-negative"))  # fmt: skip
    ax.collections[-1].set_hatch("///")
    ax.set(ylabel="viable tumour [mL]", ylim=(0, None))
    ax.legend()


def _release(ax, one):
    ax.plot(one["time"], one["il6"], label="IL-6 [pg/mL]")
    ax.set_yscale("log")
    style.decades(ax)
    ax.set_ylabel("IL-6 [pg/mL]")
    right = ax.twinx()
    right.spines["right"].set_visible(True)
    right.plot(
        one["time"], one["temperature"], color=style.COLOURS[1], linestyle="--", label="temperature [°C]"
    )
    right.axhline(FEVER_C, color="0.35", linewidth=0.9, linestyle=(0, (4, 3)), zorder=0.5)
    right.set(ylabel="temperature [°C]", ylim=(36, max(41.0, float(np.nanmax(one["temperature"])))))
    lines = ax.get_lines()[:1] + right.get_lines()[:1]
    ax.legend(lines, [line.get_label() for line in lines])
