"""Fitted values in the place of those of the parameter files: asked for by name, never by accident.

A file of ``params/fitted`` holds what one calibration found: medians with 90 % intervals, and beside it the joint draws. A name
such as ``"il15.suppression_relief_fraction"`` is for settings that use the file ``il15`` only.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from simsolid.cite import bibliography
from simsolid.declare import FILE_AXES, Declaration
from simsolid.errors import ParameterError, nearest
from simsolid.files import find_params_dir, layer_path, shown_path
from simsolid.layers import read_layer
from simsolid.params import Layer, Parameters, Value, refuse

KIND = "fitted"
DRAWS = ".draws.csv"
_LARGEST = 20_000_000  # bytes of a file of draws


def fitted_layer(name: str | Path, declared: Mapping[str, Declaration]) -> Layer:
    """Read a file of fitted values.

    Parameters
    ----------
    name : text or file
        Name of a file of ``params/fitted``, such as ``"gastric-cldn18_2"``, or a path that ends in ``.toml``.
    declared : mapping of Declaration
        Parameters of the model.

    Returns
    -------
    Layer

    Raises
    ------
    ParameterError
        There is no such file, or it has faults.
    """
    path = Path(name)
    path = path if path.suffix == ".toml" else layer_path(KIND, str(name))
    return read_layer(path, declared, tuple(bibliography()), kind=KIND)


def own(values: Mapping[str, Any], setting: Parameters) -> dict[str, Any]:
    """Choose those of several fitted values that are for a setting: all plain names, and those of files that it uses.

    Parameters
    ----------
    values : mapping of anything
        By name, as in a file of fitted values or the head of its draws.
    setting : Parameters
        A loaded setting.

    Returns
    -------
    mapping

    Raises
    ------
    ParameterError
        A value is for a parameter that the setting does not have, or has with other values at some sites.

    Examples
    --------
    >>> import simsolid as sim
    >>> own({"kill_rate": 5.0, "il15.armour_division_fold": 1.5}, sim.load("gastric"))
    {'kill_rate': 5.0}
    """
    used = {layer.name for layer in setting.layers}
    found, faults = {}, []
    for name, given in values.items():
        file, _, plain = name.rpartition(".")
        per_file = plain in setting.declared and setting.declared[plain].axis in FILE_AXES
        if file and file not in used:
            continue
        key = name if per_file else plain
        if key not in setting:
            faults.append(f"{name}: the setting has no such parameter{nearest(key, setting.names)}")
        elif setting.value(key).by_site or getattr(setting.value(key).spread, "values", ()):
            faults.append(f"{name}: differs by site or is listed, so one number cannot stand in for it")
        found[key] = given
    refuse(faults)
    return found


def applied(setting: Parameters, layer: Layer) -> Parameters:
    """Put the values of a file of fitted values in the place of those of the setting; spreads between patients are kept.

    Parameters
    ----------
    setting : Parameters
        A loaded setting.
    layer : Layer
        From :func:`fitted_layer`.

    Returns
    -------
    Parameters
        The values say by which file they are fitted, and ``layers`` holds it.

    Raises
    ------
    ParameterError
        The file is for another tumour or target, or names what the setting does not have.
    """
    wrong = [f"{kind} {layer.choices[kind]}, not {setting.choices[kind]}" for kind in ("tumour", "target")
             if layer.choices[kind] != setting.choices[kind]]
    if wrong:
        raise ParameterError(f"{layer.path}: fitted for {' and '.join(wrong)}")
    new = {name: _instead(setting.value(name), value) for name, value in own(layer.values, setting).items()}
    choices = {**setting.choices, KIND: layer.path}
    return replace(setting, values={**setting.values, **new}, layers=(*setting.layers, layer), choices=choices)


def _instead(old: Value, new: Value) -> Value:
    story = f"{new.note} In place of {old.value:g} ({old.basis}, {old.file})."
    return replace(new, spread=new.spread or old.spread, note=story.strip())


def write_draws(path: Path, names: Sequence[str], draws: np.ndarray) -> None:
    """Write joint draws: one column per parameter under its name, one row per draw.

    Parameters
    ----------
    path : file
        Where to.
    names : texts
        Of the parameters.
    draws : any unit, (draw, parameter)
        In canonical units.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "x.draws.csv"
    >>> write_draws(file, ["kill_rate"], np.array([[5.25], [6.0]]))
    >>> read_draws(file)["kill_rate"].tolist()
    [5.25, 6.0]
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([[f"{number:.6g}" for number in row] for row in draws])
    Path(path).write_text(out.getvalue(), encoding="utf-8")


def read_draws(name: str | Path) -> dict[str, np.ndarray]:
    """Read joint draws from a calibration: as many numbers of each parameter, those of one draw at the same place.

    Parameters
    ----------
    name : text or file
        Name of a file of ``params/fitted``, such as ``"gastric-cldn18_2"``, or a path that ends in ``.csv``.

    Returns
    -------
    mapping of numbers
        By parameter, in canonical units; :func:`own` chooses those of a setting.

    Raises
    ------
    ParameterError
        There are no such draws, or the file holds something else.

    Examples
    --------
    >>> read_draws("no_such.csv")
    Traceback (most recent call last):
    simsolid.errors.ParameterError: no_such.csv: no such file of draws; simsolid calibrate writes them
    """
    path = Path(name)
    path = path if path.suffix == ".csv" else find_params_dir() / KIND / f"{name}{DRAWS}"
    if not path.is_file() or path.stat().st_size > _LARGEST:
        what = "larger than 20 MB" if path.is_file() else "no such file of draws; simsolid calibrate writes them"
        raise ParameterError(f"{shown_path(path)}: {what}")
    rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"))))
    try:
        table = np.array([[float(cell) for cell in row] for row in rows[1:]], dtype=float).reshape(len(rows) - 1, len(rows[0]))
    except (ValueError, IndexError) as fault:
        raise ParameterError(f"{shown_path(path)}: not a table of numbers under names ({fault})") from None
    if not len(table) or not np.isfinite(table).all() or len(set(rows[0])) != len(rows[0]):
        raise ParameterError(f"{shown_path(path)}: no draws, a number that is not finite, or a name given twice")
    return {label: table[:, k] for k, label in enumerate(rows[0])}
