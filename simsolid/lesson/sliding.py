"""Sliders on any function that draws a figure."""

import gc
import io
import logging
import re
import time
from contextlib import contextmanager
from html import escape
from inspect import Parameter, getdoc, signature

import numpy as np

from ..errors import ParameterError, nearest
from .ready import READY

log = logging.getLogger(__name__)

DPI = 90
TENFOLD = 100  # a range this many times its low end moves in equal ratios
STEPS = 40  # of a range without a step
WIDGET = "application/vnd.jupyter.widget-view+json"
WITHOUT = "sliders need ipywidgets: pip install 'simsolid[notebooks]'; the figure stands as it begins"


@contextmanager
def _uncollected():
    """Let no search for garbage fall into a redraw: among all that the libraries hold it takes longer than the figure."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def sliders(draw, *, at=None, live=False, **controls):
    """Put sliders on a function that draws a figure.

    On a page that is read and not run, and where ipywidgets is missing, the figure stands as it begins.

    Parameters
    ----------
    draw : function
        Takes the controls by name and returns a Figure (or Axes). A unit in its docstring (``dose : [cell], one``) is shown
        at the slider. It should remember what it need not do again.
    at : mapping or None
        Where controls begin, by name, and values of arguments that have no control. Without it the function's own defaults.
    live : truth, one
        Redraw while a slider is dragged, not only when it is let go: for figures that are drawn in a third of a second.
    controls : [any unit], or texts, by name
        ``(low, high)`` or ``(low, high, step)`` is a slider, logarithmic when high is a hundred times low or more; a list is a
        choice, and ``[False, True]`` a box to tick. Without any: the controls that `one_patient`, `pseudo_progression` and
        `crs_risk` bring with them.

    Returns
    -------
    `Sliders`
        As the last expression of a cell it is shown.

    Raises
    ------
    ParameterError
        The function has no such argument, a control has no place to begin or begins outside its range.

    Examples
    --------
    >>> def line(slope=1.0):
    ...     import matplotlib.pyplot as plt
    ...     figure, ax = plt.subplots()
    ...     ax.plot([0, 1], [0, slope])
    ...     return figure
    >>> moved = sliders(line, slope=(0, 5))
    >>> moved.values
    {'slope': 1.0}
    """
    controls = controls or READY.get(draw, {})
    if not controls:
        raise ParameterError(f"sliders: {_name(draw)} brings no controls; give some, such as dose=(1e7, 1e9)")
    return Sliders(draw, controls, dict(at or {}), live)


def _name(draw):
    return getattr(draw, "__name__", type(draw).__name__)


class Sliders:
    """Controls and the figure they move.

    Parameters
    ----------
    draw : function
        Draws the figure.
    controls : mapping
        Name to range or choices, see `sliders`.
    at : mapping
        Where controls begin.
    live : truth, one
        Redraw while dragging.
    """

    def __init__(self, draw, controls, at, live):
        begins = _begins(draw, controls, at)
        self.draw, self.fixed = draw, {name: value for name, value in begins.items() if name not in controls}
        self.start = {name: begins[name] for name in controls}
        self.seconds = 0.0  # that the last figure took
        self._places = None  # of the axes: where they stay once laid out
        self._canvas = None  # kept, for it knows how long words are
        self._box = self.controls = self.picture = self.said = None
        self._first, told = self._drawn(self.start)
        if (widgets := _widgets()) is not None:
            self._assemble(widgets, draw, controls, live, told)

    @property
    def values(self):
        """What the figure is drawn with: name of each control to its value."""
        return self.start if self.controls is None else {name: control.value for name, control in self.controls.items()}

    def _assemble(self, widgets, draw, controls, live, told):
        labels = _labels(draw)
        self.controls = {name: _control(widgets, labels.get(name, name.replace("_", " ")), given, self.start[name], live)
                         for name, given in controls.items()}  # fmt: skip
        self.picture = widgets.Image(value=self._first, format="png", layout={"max_width": "100%", "object_fit": "contain"})
        self.said = widgets.HTML(told)
        again = widgets.Button(description="as it began", tooltip="put all controls back")
        again.on_click(self._back)
        for control in self.controls.values():
            control.observe(self._moved, "value")
        self._quiet = False
        self._box = widgets.VBox([*self.controls.values(), again, self.picture, self.said])

    def _back(self, _button):
        self._quiet = True
        for name, control in self.controls.items():
            control.value = self.start[name]
        self._quiet = False
        self._moved(None)

    def _moved(self, _change):
        if self._quiet:
            return
        try:
            self.picture.value, self.said.value = self._drawn(self.values)
        except ParameterError as refusal:
            self.said.value = f"<pre>{escape(str(refusal))}</pre>"

    @_uncollected()
    def _drawn(self, values):
        """The figure as PNG, and its titles for those who cannot see it.

        Axes keep the places of the first figure, which saves half the time and keeps the eye still.
        """
        import matplotlib.pyplot as plt
        from matplotlib import rc_context

        begin = time.perf_counter()
        drawn = self.draw(**self.fixed, **values)
        figure = drawn if hasattr(drawn, "axes") and hasattr(drawn, "savefig") else drawn.figure
        plt.close(figure)  # or the notebook would show it once more below
        figure.set_dpi(DPI)
        if self._places is not None and len(self._places) == len(figure.axes):
            figure.set_layout_engine("none")
            for ax, place in zip(figure.axes, self._places, strict=True):
                ax.set_position(place)
        with rc_context({"text.hinting": "none"}):  # hardly seen, and words are a third of the time
            png = self._png(figure)
        self._places = [ax.get_position() for ax in figure.axes]
        self.seconds = time.perf_counter() - begin
        return png, escape("; ".join(_titles(figure)))

    def _png(self, figure):
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.image import imsave

        if self._canvas is None:
            self._canvas = FigureCanvasAgg(figure)
        self._canvas.figure = figure
        figure.set_canvas(self._canvas)
        self._canvas.draw()
        written = io.BytesIO()
        imsave(written, np.asarray(self._canvas.buffer_rgba())[..., :3], format="png", pil_kwargs={"compress_level": 1})
        return written.getvalue()

    def _repr_mimebundle_(self, **_kw):
        """The controls for a page that runs, and beside them the figure as it begins for one that is only read."""
        still = {"image/png": self._first, "text/plain": repr(self)}
        if self._box is None:
            log.warning(WITHOUT)
            return still
        return still | {WIDGET: self._box._repr_mimebundle_()[WIDGET]}

    def __repr__(self):
        return f"sliders of {_name(self.draw)}: {', '.join(self.start)}"


def _widgets():
    """The module ipywidgets, or nothing."""
    try:
        import ipywidgets
    except ImportError:
        return None
    return ipywidgets


def _titles(figure):
    """What the titles of the axes say; a letter alone says nothing."""
    titles = [ax.get_title(loc=side) for ax in figure.axes for side in ("left", "center")]
    return [title for title in titles if len(title) > 1]


def _labels(draw):
    """Labels of controls with the unit that the docstring of the function gives in brackets."""
    told = re.findall(r"^\s*(\w+) : \[([^\]]+)\]", getdoc(draw) or "", flags=re.M)
    return {name: name.replace("_", " ") + ("" if unit == "1" else f" [{unit}]") for name, unit in told}


def _begins(draw, controls, at):
    """Value of every control and of every fixed argument; all faults at once."""
    taken = signature(draw).parameters
    any_name = any(p.kind is Parameter.VAR_KEYWORD for p in taken.values())
    faults, begins = [], dict(at)
    for name in [*controls, *at]:
        if name not in taken and not any_name:
            faults.append(f"{name}: {_name(draw)} has no such argument{nearest(name, taken)}")
    for name, given in controls.items():
        default = taken[name].default if name in taken else Parameter.empty
        value = begins.setdefault(name, default)
        if value is Parameter.empty or value is None:
            faults.append(f"{name}: no place to begin; give at={{{name!r}: ...}}")
        elif trouble := _trouble(given, value):
            faults.append(f"{name}: {trouble}")
    if faults:
        raise ParameterError("sliders: " + "\n".join(dict.fromkeys(faults)))
    return begins


def _trouble(given, value):
    """What is wrong with a control, in words, or nothing."""
    if isinstance(given, list):
        return "" if value in given else f"begins at {value!r}, which is none of {given}"
    if not (isinstance(given, tuple) and len(given) in (2, 3) and all(isinstance(v, (int, float)) for v in given)):
        return f"{given!r} is neither (low, high), (low, high, step) nor a list of choices"
    if not given[0] < given[1]:
        return f"the range {given[0]:g} to {given[1]:g} is empty"
    return "" if given[0] <= value <= given[1] else f"begins at {value:g}, outside {given[0]:g} to {given[1]:g}"


def _control(widgets, label, given, value, live):
    """One control."""
    look = {"description": label, "style": {"description_width": "19em"}, "layout": {"width": "44em"}}
    if isinstance(given, list):
        if set(given) == {False, True}:
            return widgets.Checkbox(value=value, **look)
        return widgets.Dropdown(options=given, value=value, **look)
    low, high = given[:2]
    look["continuous_update"] = live
    if len(given) == 2 and low > 0 and high / low >= TENFOLD:
        ends = {"min": np.log10(low), "max": np.log10(high)}
        step = (ends["max"] - ends["min"]) / STEPS
        return widgets.FloatLogSlider(value=value, **ends, step=step, readout_format=".2g", **look)
    if all(isinstance(v, int) for v in (*given, value)):
        return widgets.IntSlider(value=value, min=low, max=high, step=given[2] if len(given) == 3 else 1, **look)
    step = given[2] if len(given) == 3 else (high - low) / STEPS
    return widgets.FloatSlider(value=value, min=low, max=high, step=step, readout_format=".3g", **look)
