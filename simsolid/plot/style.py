"""What all figures share: the packaged style, arms and their marks, labels with units."""

from functools import wraps
from itertools import product
from pathlib import Path

import numpy as np

from ..errors import ParameterError, nearest

SHEET = Path(__file__).parent.parent / "simsolid.mplstyle"
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
DASHES = ("-", "--", "-.", ":", (0, (6, 1)), (0, (3, 1, 1, 1)), (0, (1, 1)))
MARKERS = "os^Dv<>"
BAND = (5, 50, 95)  # percentiles drawn of a cohort
LARGEST_ARMS = len(COLOURS)
PRINTED = {"dn_tgfbr2": "dnTGFbRII", "dn_pd1": "dnPD-1", "il15": "IL-15"}  # armour, as papers write it


def styled(draw):
    """Make a drawing function use the packaged style, for its own artists and new figures only."""

    @wraps(draw)
    def inside(*args, **kw):
        import matplotlib
        from matplotlib import style

        with style.context(SHEET):
            drawn = draw(*args, **kw)
            shows = matplotlib.is_interactive()
        # The first figure of a notebook switches this on, and leaving the context would switch it off again.
        matplotlib.interactive(shows)
        return drawn

    return inside


def new_axes(ax=None, **size):
    """The axes given, or those of a new figure."""
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt

    return plt.subplots(**size)[1]


def new_figure(figure=None, **size):
    """The figure given, or a new one."""
    if figure is not None:
        return figure
    import matplotlib.pyplot as plt

    return plt.figure(**size)


@styled
def panels(rows=1, columns=1, **size):
    """Make a figure with several axes in the style of all figures here, to draw on one by one.

    Parameters
    ----------
    rows, columns : [1], one each
        How many axes below and beside each other.
    size : words
        Passed on to matplotlib's ``subplots``, such as ``figsize`` in inches or ``sharey``.

    Returns
    -------
    Figure and Axes
        The axes as one row of them, line after line.

    Examples
    --------
    >>> figure, axes = panels(2, 3)
    >>> len(axes), axes[0].spines["top"].get_visible()
    (6, False)
    """
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(rows, columns, squeeze=False, **size)
    return figure, axes.ravel()


def arms(data, core):
    """Label and part of each arm of a dataset; ``core`` names the axes that are not arms."""
    axes = [d for d in data.dims if d not in core]
    labels = [data[d].values if d in data.coords else np.arange(data.sizes[d]) for d in axes]
    ranges = [range(len(v)) for v in labels]
    out = []
    for place in product(*ranges):
        words = ", ".join(word(v[k]) for v, k in zip(labels, place, strict=True))
        out.append((words, data.isel(dict(zip(axes, place, strict=True)))))
    few(len(out), axes)
    return out


def shade(ax, x, low, high, k, **kw):
    """The band of arm number ``k``; its thin edges in the arm's dashes keep overlapping bands apart in grey."""
    look = {"facecolor": (COLOURS[k], 0.15), "edgecolor": (COLOURS[k], 0.6), "linestyle": DASHES[k], "linewidth": 0.6}
    ax.fill_between(x, low, high, **look, **kw)


def plain_log(ax):
    """Write 10 and 100 on a logarithmic axis, not powers; the small steps between have no words."""
    from matplotlib.ticker import FuncFormatter, NullFormatter

    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}" if 1 <= value < 1e6 else word(float(value))))
    ax.yaxis.set_minor_formatter(NullFormatter())


def decades(ax):
    """Open a logarithmic axis to whole decades, at least two, so that ticks are numbers a reader knows."""
    low, high = np.log10(ax.get_ylim())
    low, high = np.floor(low + 0.05), np.ceil(high - 0.05)
    ax.set_ylim(10**low, 10 ** max(high, low + 2))
    plain_log(ax)


def few(many, axes):
    """Refuse more arms than can be told apart."""
    if many > LARGEST_ARMS:
        raise ParameterError(
            f"plot: {many} arms along {', '.join(axes)} are more than the {LARGEST_ARMS} that can be told apart; "
            "select some first, such as run.sel(...)"
        )


def word(value):
    """An axis value as a reader writes it."""
    if isinstance(value, (float, np.floating)):
        return f"{value:.3g}".replace("e+0", "e").replace("e+", "e")
    return PRINTED.get(str(value), str(value).replace("_", " "))


def variable(data, name):
    """A variable of a dataset, as it is called in a run or in an observation."""
    for full in (name, f"seen_{name}", f"true_{name}"):
        if full in data:
            return data[full]
    raise ParameterError(f"plot: no variable {name!r} here{nearest(name, data.data_vars)}")


def label(values):
    """Axis label: long name and unit."""
    name = str(values.attrs.get("long_name", values.name or "")).replace("_", " ")
    unit = values.attrs.get("units", "")
    return f"{name} [{pretty(unit)}]" if unit else name


def pretty(unit):
    """A unit in print."""
    return unit.replace("degC", "°C").replace("/u", "/µ")


def band(values, floor=None):
    """5th, 50th and 95th percentile over patients; nothing is drawn below ``floor``."""
    values = values.transpose("patient", "time").values
    kept = values[np.isfinite(values).all(axis=1)]
    if not len(kept):
        return np.full((len(BAND), values.shape[1]), np.nan)
    low, middle, high = np.percentile(kept, BAND, axis=0)
    if floor is None:
        return low, middle, high
    return (
        np.maximum(low, floor),
        np.where(middle > floor, middle, np.nan),
        np.where(high > floor, high, np.nan),
    )
