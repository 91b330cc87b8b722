"""One patient, lesion by lesion: what happens inside, what the scans read of it, and what was concluded."""

import numpy as np

from ..errors import ParameterError
from ..recist import sphere_volume
from . import style
from .looks import READ, Look, call_look, call_words, marked, printed
from .patients import death_day, scanned, select

WIDE, TALL, STRIP = 2.7, 1.5, 0.55  # [inch] of a column, a row, and the row of calls
CRITERION = {"recist": "RECIST 1.1", "irecist": "iRECIST", "choi": "Choi", "rano": "RANO", "irano": "iRANO"}
BLACK = Look("#000000", "", "X")


@style.styled
def lesions(run, number, *, seen=None, figure=None):
    """Draw one patient lesion by lesion: a column for each lesion, the calls at the scans on top.

    The rows are CAR-T cells, viable tumour with and without antigen, suppression (where the run holds it), apparent and
    viable volume, and attenuation (where the run holds it). Lines and fills are the truth; white markers are read from scans.

    Parameters
    ----------
    run : Dataset
        A labelled run; select one arm first.
    number : [1], one
        The patient.
    seen : Dataset or None
        From `simsolid.observe.observe`, of the same arm.
    figure : Figure
        Where to draw; without it, a new one.

    Returns
    -------
    Figure
        With ``seen`` its first axes are the calls; then come the panels, row by row.

    Raises
    ------
    ParameterError
        There is no such patient or no lesion, or the run still has arms.

    Examples
    --------
    >>> import xarray as xr
    >>> names = ("cart_lesion", "viable_volume", "apparent_volume", "antigen_negative_fraction")
    >>> inside = {name: (("patient", "lesion", "time"), [[[0.5, 0.4]]]) for name in names}
    >>> run = xr.Dataset(inside, {"patient": [7], "lesion": [0], "time": [0.0, 28.0]})
    >>> [ax.get_ylabel() for ax in lesions(run, 7).axes]
    ['CAR-T [cell]', 'viable tumour [mL]', 'volume [mL]']
    """
    one = select(run, number)
    watched = None if seen is None else scanned(seen, number, one)
    there = np.nonzero((one["apparent_volume"] > 0).any("time").values)[0]
    if not len(there):
        raise ParameterError(f"plot: patient {number} has no lesion; was the simulation stopped? See run['reason']")
    rows = [name for name, (needs, _) in ROWS.items() if needs in one]
    figure, strip, panels = _frame(figure, rows, len(there), watched)
    for k, slot in enumerate(there):
        scans = None if watched is None else watched.isel(lesion=slot)
        for ax, name in zip(panels[:, k], rows, strict=True):
            ROWS[name][1](ax, one.isel(lesion=slot), scans)
            _days(ax, one)
        panels[0, k].set_title(_title(one, scans, slot), fontsize="small")
        panels[-1, k].set_xlabel("time since infusion [day]")
    _finish(panels, rows, one)
    if strip is not None:
        _calls(strip, watched, one)
    return figure


def _frame(figure, rows, columns, seen):
    """The figure, the axes of the calls above (None without scans) and those of the panels."""
    strip = 0.0 if seen is None else STRIP
    size = (max(4.5, WIDE * columns + 1.6), TALL * len(rows) + strip + 0.7)
    figure = style.new_figure(figure, figsize=size)
    heights = [strip / TALL] * (seen is not None) + [1.0] * len(rows)
    grid = figure.add_gridspec(len(heights), columns, height_ratios=heights)
    above = None if seen is None else figure.add_subplot(grid[0, :])
    first, panels = len(heights) - len(rows), np.empty((len(rows), columns), dtype=object)
    for r, name in enumerate(rows):
        for c in range(columns):
            panels[r, c] = figure.add_subplot(grid[first + r, c], sharey=panels[r, 0] if name in SHARED and c else None)
    return figure, above, panels


def _finish(panels, rows, one):
    """Labels on the left only, one legend a row on the right, and axes that begin where they should."""
    for line, name in zip(panels, rows, strict=True):
        for k, ax in enumerate(line):
            ax.label_outer() if name in SHARED and k else ax.tick_params(labelbottom=ax in panels[-1])
            ax.set_ylabel(LABELS[name] if k == 0 else "")
        if name == "cart_lesion":
            top = max(float(one["cart_lesion"].max()), 10.0)
            line[0].set_yscale("log")
            line[0].set_ylim(1.0, 3.0 * top)
            line[0].set_yticks(10.0 ** np.arange(0, np.log10(3.0 * top), 3))
        if line[-1].get_legend_handles_labels()[0]:
            line[-1].legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
        line[0].figure.align_ylabels(panels[:, 0])


def _title(one, scans, slot):
    site = str(one["site"].values[slot]) if "site" in one.coords else ""
    words = style.word(site) or f"lesion {slot + 1}"
    if "new_lesion" in one.coords and bool(one["new_lesion"].values[slot]):
        day = float(one["new_lesion_day"]) if "new_lesion_day" in one else np.nan
        return f"{words}, new" + (f" on day {day:.0f}" if np.isfinite(day) else "")
    if scans is None or "target" not in scans:
        return words
    return f"{words}, {'target' if bool(scans['target']) else 'non-target'}"


def _days(ax, one):
    ax.set_xlim(float(one["time"][0]), float(one["time"][-1]))
    ax.axvline(0, color="0.7", linewidth=0.8, zorder=0)
    death = death_day(one)
    if np.isfinite(death):
        ax.axvline(death, color="black", linewidth=1.2, linestyle=":", zorder=3)


def _cells(ax, one, scans):
    cells = one["cart_lesion"]
    ax.plot(one["time"], cells.where(cells >= 1.0), label="CAR-T, effector\nand exhausted")


def _antigen(ax, one, scans):
    whole, negative = one["viable_volume"].values, (one["antigen_negative_fraction"] * one["viable_volume"]).values
    stack = ax.stackplot(one["time"].values, whole - negative, negative, colors=(style.COLOURS[5], style.COLOURS[4]),
                         labels=("antigen-positive", "antigen-negative"))  # fmt: skip
    stack[1].set_hatch("///")
    ax.set_ylim(0, None)


def _suppression(ax, one, scans):
    there = one["suppression"].where(one["apparent_volume"] > 0)
    ax.plot(one["time"], there, color=style.COLOURS[3], label="suppression")
    ax.axhline(1.0, color="0.6", linewidth=0.8, linestyle=":")
    ax.set_ylim(0, None)


def _volumes(ax, one, scans):
    ax.fill_between(one["time"], one["viable_volume"], color=style.COLOURS[0], alpha=0.3, linewidth=0, label="viable")
    ax.plot(one["time"], one["apparent_volume"], color="black", label="apparent")
    if scans is not None:
        # before a new lesion is found there is nothing to read
        found = scans["seen_diameter"].where((scans["seen_diameter"] > 0).cumsum("scan") > 0)
        marked(ax, scans["scan_day"], sphere_volume(found), READ, markersize=5, clip_on=False, zorder=4,
               label="read from scans,\nas a sphere")  # fmt: skip
    ax.set_ylim(0, None)


def _attenuation(ax, one, scans):
    there = one["attenuation"].where(one["apparent_volume"] > 0)
    ax.plot(one["time"], there, color=style.COLOURS[2], label="attenuation")
    if scans is not None and "seen_attenuation" in scans:
        marked(ax, scans["scan_day"], scans["seen_attenuation"], READ, markersize=5, label="read from scans", clip_on=False)


def _calls(ax, seen, one):
    """The verdict at each scan, in words and in its colour; a cross at death."""
    words = call_words(seen["seen_word" if "seen_word" in seen else "seen_call"])  # the criterion's own, such as iUPD
    death = death_day(one)
    visits = list(zip(seen["scan_day"].values, words, strict=True))[1:]
    for day, word in ((d, w) for d, w in visits if not d > death):
        look = call_look(word)
        box = {"boxstyle": "round,pad=0.25", "facecolor": look.colour, "edgecolor": "0.25", "alpha": 0.55, "linewidth": 0.7}
        ax.text(day, 0.5, printed(word), ha="center", va="center", fontsize=7, bbox=box)
    dies = "; cross and dotted line: death" if np.isfinite(death) else ""
    if dies:
        marked(ax, [death], [0.5], BLACK)
    ax.set(ylim=(0, 1), yticks=[], ylabel="call")
    ax.set_xlim(float(one["time"][0]), float(one["time"][-1]))
    ax.tick_params(axis="x", labelsize="small")
    ax.spines["left"].set_visible(False)
    given = seen.attrs.get("criteria", "call")
    criterion = CRITERION.get(given, given)
    patient = int(one["patient"]) if "patient" in one.coords else ""
    ax.set_title(f"patient {patient}: {criterion} at each scan [day]{dies}", loc="left", fontsize="small")


# Row by row: what the run must hold, and how it is drawn.
ROWS = {
    "cart_lesion": ("cart_lesion", _cells),
    "antigen": ("antigen_negative_fraction", _antigen),
    "suppression": ("suppression", _suppression),
    "volume": ("apparent_volume", _volumes),
    "attenuation": ("attenuation", _attenuation),
}
LABELS = {
    "cart_lesion": "CAR-T [cell]", "antigen": "viable tumour [mL]", "suppression": "suppression [1]",
    "volume": "volume [mL]", "attenuation": "attenuation [HU]",
}  # fmt: skip
SHARED = ("cart_lesion", "suppression", "attenuation")  # same scale in all lesions; volumes would hide the small ones
