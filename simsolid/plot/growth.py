"""Lesion by lesion: the net growth of effectors at first contact against what became of the lesion."""

import numpy as np

from ..errors import ParameterError
from . import style

LEAST = 0.01  # %: less viable tumour is drawn here
FEWEST = 5  # lesions of a bin that has a median
WIDTH = 0.2  # [1/day] of a bin
QUARTERS = (25, 50, 75)


@style.styled
def first_contact(run, *, day=60.0, ax=None):
    """Draw what is left of each lesion against the net growth rate of effectors inside it at first contact.

    Parameters
    ----------
    run : Dataset
        A labelled run of the house model. Lesions that were there at the infusion are drawn.
    day : [day], one
        When the viable tumour is read, relative to the day of the infusion.
    ax : Axes
        Where to draw; without it, new ones.

    Returns
    -------
    Axes
        A point is a lesion. Lines are medians of bins of 0.2 per day, bands their middle half; less than 0.01 % is drawn there.

    Raises
    ------
    ParameterError
        The run does not hold the growth rate, or ends before that day.

    Examples
    --------
    >>> import simsolid as sim
    >>> run = sim.simulate(sim.load("gastric"), sim.Regimen.single(2.5e8), days=60, times=[0, 60])
    >>> first_contact(run).get_xlabel()
    'net growth of effectors at first contact [1/day]'
    """
    days = run["time"].values
    if not days[0] <= 0 or not day <= days[-1]:
        raise ParameterError(f"plot: the run goes from day {days[0]:g} to {days[-1]:g}, which must hold day 0 and day {day:g}")
    growth, viable = style.variable(run, "net_effector_growth"), style.variable(run, "viable_volume")
    there = viable.sel(time=0.0, method="nearest", drop=True)
    left = 100.0 * (viable.sel(time=day, method="nearest", drop=True) / there.where(there > 0)).drop_attrs()
    ax = style.new_axes(ax)
    ax.axhline(100.0, color="0.4", linewidth=0.9, linestyle="--", zorder=0.5)
    ax.axvline(0.0, color="0.4", linewidth=0.9, zorder=0.5)
    core = ("patient", "lesion")
    for k, ((words, rate), (_, share)) in enumerate(zip(style.arms(growth, core), style.arms(left, core), strict=True)):
        x, y = (values.transpose(*core).values.ravel() for values in (rate, share))
        read = np.isfinite(x) & np.isfinite(y)
        _lesions(ax, k, words, x[read], np.maximum(y[read], LEAST))
    ax.set(xlabel="net growth of effectors at first contact [1/day]", yscale="log", ylim=(0.7 * LEAST, None),
           ylabel=f"viable tumour of the lesion on day {day:g} [% of day 0]")  # fmt: skip
    style.plain_log(ax)
    ax.legend(title="points: lesions; line: median, band: middle half", loc="lower left", bbox_to_anchor=(0, 1), alignment="left",
              ncols=3, handlelength=3.0)  # fmt: skip
    return ax


def _lesions(ax, k, words, x, y):
    """Points of one arm, with the median and the middle half of each bin that holds enough of them."""
    colour = style.COLOURS[k]
    ax.plot(x, y, linestyle="none", marker=style.MARKERS[k], color=colour, alpha=0.3, markersize=3.5, markeredgewidth=0)
    place = np.floor(x / WIDTH)
    bins = [b for b in np.unique(place) if (place == b).sum() >= FEWEST]
    middle = [WIDTH * (b + 0.5) for b in bins]
    low, median, high = (np.array([np.percentile(y[place == b], q) for b in bins]) for q in QUARTERS)
    told = f"{len(x)} lesions"
    ax.plot(middle, median, color=colour, linestyle=style.DASHES[k], linewidth=2.2, label=f"{words}: {told}" if words else told)
    style.shade(ax, middle, low, high, k)
