"""A setting by name: which parameter files a tumour, target and product bring together."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from simsolid.cite import bibliography
from simsolid.cohort import Limits
from simsolid.errors import ParameterError, nearest
from simsolid.files import available, layer_path
from simsolid.layers import read_layer
from simsolid.models import MODELS
from simsolid.params import Declaration, Layer, Parameters, combine, declarations
from simsolid.screening import Trial


def needs(model: str = "house") -> Mapping[str, Declaration]:
    """Every parameter that a setting must hold.

    Parameters
    ----------
    model : text
        Name of the model.

    Returns
    -------
    mapping of Declaration

    Raises
    ------
    ParameterError
        There is no such model.

    Examples
    --------
    >>> needs()["kill_rate"].unit
    '1/day'
    """
    if model not in MODELS:
        raise ParameterError(f"model: '{model}' unknown{nearest(model, MODELS)}; there are {', '.join(MODELS)}")
    return declarations(MODELS[model].needs, Limits, Trial)


def layer(kind: str, name: str, model: str = "house") -> Layer:
    """Read one parameter file.

    Parameters
    ----------
    kind : text
        Folder of the file, such as ``"tumours"``.
    name : text
        File name without its ending.
    model : text
        Model whose declarations the file must fit.

    Returns
    -------
    Layer

    Raises
    ------
    ParameterError
        There is no such file, or it has faults.

    Examples
    --------
    >>> layer("armour", "none").name
    'none'
    """
    return read_file(layer_path(kind, name), model)


def read_file(path: str | Path, model: str = "house") -> Layer:
    """Read and check a parameter file of one's own.

    Parameters
    ----------
    path : file
        A TOML file in a folder named after its kind.
    model : text
        Model whose declarations the file must fit.

    Returns
    -------
    Layer

    Raises
    ------
    ParameterError
        With every fault of the file.

    Examples
    --------
    >>> read_file(layer_path("armour", "none")).kind
    'armour'
    """
    path = Path(path)
    changed = path.stat().st_mtime_ns if path.is_file() else 0
    return _read(str(path), changed, model)


@cache
def _read(path: str, changed: int, model: str) -> Layer:
    return read_layer(Path(path), needs(model), tuple(bibliography()))


def load(
    tumour: str,
    target: str | None = None,
    product: str | None = None,
    *,
    armour: str | None = None,
    origin: str | None = None,
    model: str = "house",
) -> Parameters:
    """Load the parameters of a tumour, a target on it and a product against that target.

    Parameters
    ----------
    tumour : text
        Name of a tumour file, such as ``"gastric"``.
    target : text or None
        Name of a target file; may be left out when the tumour has one.
    product : text or None
        Name of a product file; the pair's first product when left out.
    armour : text or None
        ``"none"``, ``"dn_tgfbr2"``, ``"dn_pd1"`` or ``"il15"``; the product's own when left out.
    origin : text or None
        ``"autologous"``, ``"allogeneic"`` or ``"allogeneic_edited"``; the product's own when left out.
    model : text
        Name of the model.

    Returns
    -------
    Parameters
        Checked and cited, with all routes and kinds of conditioning.

    Raises
    ------
    ParameterError
        A name is unknown, the product does not bind the target, or a file has faults.

    Examples
    --------
    >>> load("gastric", target="cldn18_2").choices["product"]
    'satri_cel'
    """
    layer("tumours", tumour, model)
    pair = _pair(tumour, target, model)
    made = layer("products", product or pair.choices["products"][0], model)
    _fits(made, pair)
    chosen = _chosen(pair, made, armour, origin)
    return combine(_layers(chosen, model), needs(model), choices=_choices(chosen, pair, made))


def _chosen(pair: Layer, made: Layer, armour: str | None, origin: str | None) -> dict[str, str]:
    """One file of each kind."""
    return {
        "tumours": pair.choices["tumour"],
        "targets": pair.choices["target"],
        "pairs": pair.name,
        "products": made.name,
        "cells": made.choices["cells"],
        "armour": made.choices["armour"] if armour is None else armour,
        "origins": made.choices["origin"] if origin is None else origin,
    }


def _layers(chosen: Mapping[str, str], model: str) -> list[Layer]:
    """The chosen files, and every file of the kinds that a regimen picks from."""
    picked = [(kind, name) for kind in ("routes", "conditioning") for name in available(kind)]
    physiology = [("physiology", name) for name in available("physiology")]
    return [layer(kind, name, model) for kind, name in (*physiology, *chosen.items(), *picked)]


def _choices(chosen: Mapping[str, str], pair: Layer, made: Layer) -> dict[str, object]:
    return {
        "tumour": chosen["tumours"],
        "target": chosen["targets"],
        "product": chosen["products"],
        "armour": chosen["armour"],
        "origin": chosen["origins"],
        "conditioning_of_product": made.choices["conditioning"],
        "routes": tuple(pair.choices["routes"]),
    }


def _pair(tumour: str, target: str | None, model: str) -> Layer:
    pairs = [layer("pairs", name, model) for name in available("pairs") if name.startswith(f"{tumour}-")]
    targets = {pair.choices["target"]: pair for pair in pairs}
    if target is None and len(pairs) == 1:
        return pairs[0]
    if target not in targets:
        asked = f"target: '{target}' on {tumour} unknown{nearest(target, targets)}" if target else f"target: {tumour} has several"
        raise ParameterError(f"{asked}; there are {', '.join(targets)}")
    return targets[target]


def _fits(product: Layer, pair: Layer) -> None:
    binds = product.choices["target"]
    binds = [binds] if isinstance(binds, str) else list(binds)
    if pair.choices["target"] not in binds:
        raise ParameterError(
            f"product: '{product.name}' binds {', '.join(binds)}, not {pair.choices['target']}; "
            f"use {', '.join(pair.choices['products'])}"
        )
