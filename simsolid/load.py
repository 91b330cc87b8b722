"""A setting by name: which parameter files a tumour, target and product bring together; or the set of one small model."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from simsolid.cite import bibliography
from simsolid.errors import ParameterError, nearest
from simsolid.files import available, layer_path
from simsolid.fitted import applied, fitted_layer
from simsolid.layers import read_layer
from simsolid.lint import usual_values
from simsolid.model import Model
from simsolid.models import GALLERY, MODELS
from simsolid.params import Declaration, Layer, Parameters, Value, combine, declarations
from simsolid.plausible import Limits
from simsolid.screening import Trial


def needs(model: str = "house") -> Mapping[str, Declaration]:
    """Every parameter that a setting, or a model of the gallery, must hold.

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
    if model in GALLERY:
        return declarations(GALLERY[model].needs)
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
        Model whose declarations the file must fit; a file in ``models`` belongs to the model of its own name.

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
    return _read(str(path), changed, path.stem if path.parent.name == "models" else model)


@cache
def _read(path: str, changed: int, model: str) -> Layer:
    # A published model has its own units and words; the usual values are those of the house.
    return read_layer(Path(path), needs(model), tuple(bibliography()), usual={} if model in GALLERY else usual_values())


def load(
    tumour: str,
    target: str | None = None,
    product: str | None = None,
    *,
    armour: str | None = None,
    origin: str | None = None,
    fitted: bool | str | Path = False,
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
    fitted : truth, text or file
        True for the values that the calibration of this tumour and target found (``simsolid calibrate``), in the place of
        those of the parameter files; or the name or path of a file of fitted values.
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
    whole = combine(_layers(chosen, model), needs(model), choices=_choices(chosen, pair, made))
    if fitted is False:
        return whole
    return applied(whole, fitted_layer(pair.name if fitted is True else fitted, needs(model)))


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


def load_model(
    model: str | Model, values: str | Path | Mapping[str, float] | None = None, *, variant: str | Sequence[str] | None = None
) -> Parameters:
    """Load the parameters of a small model: a published one of the gallery, or your own.

    Parameters
    ----------
    model : text or Model
        Name of a model of the gallery, or a model of your own.
    values : file, mapping or None
        A TOML file of any name, or numbers by name in the units that the model declares; when left out the gallery's own file,
        or the numbers of the file that the model was imported from.
    variant : text, texts or None
        A patient, group or experiment of the file, see ``choices["variants"]``; several make an axis of that name.

    Returns
    -------
    Parameters

    Raises
    ------
    ParameterError
        A name is unknown, a parameter is missing, or the file has faults.

    Examples
    --------
    >>> load_model("kara2024").value("cart_kill_rate").source
    'kara2024'
    >>> load_model("kara2024", variant=["patient_4", "patient_5"])["kill_half"].dims
    ('variant',)
    """
    model = published(model)
    if isinstance(values, Mapping):
        return _given(model, values)
    if values is None and model.values is not None:
        if variant is not None:
            raise ParameterError(f"variant: model '{model.name}' has one set of values; leave it out")
        return model.values
    file = layer("models", model.name) if values is None else read_layer(
        Path(values), declarations(model.needs), tuple(bibliography()), kind="models")
    choices = {"model": model.name, "base": file.choices.get("base", "base")}
    variants = {choices["base"]: {}, **file.choices.get("variants", {})}
    whole = combine([file], declarations(model.needs), {**choices, "variants": tuple(variants)})
    return whole if variant is None else _varied(whole, variants, variant)


def published(model: str | Model) -> Model:
    """Find a model of the gallery by its name; a model of your own is passed on.

    Parameters
    ----------
    model : text or Model
        What is looked for.

    Returns
    -------
    Model

    Raises
    ------
    ParameterError
        The gallery has no such model, or the model needs a whole setting.

    Examples
    --------
    >>> published("kara2024").name
    'kara2024'
    """
    if isinstance(model, Model):
        return model
    if model in MODELS:
        raise ParameterError(f"model: '{model}' needs patients and a plan; use sim.load, sim.draw and sim.simulate")
    if model not in GALLERY:
        raise ParameterError(f"model: '{model}' unknown{nearest(str(model), GALLERY)}; there are {', '.join(GALLERY)}")
    return GALLERY[model]


def _given(model: Model, values: Mapping[str, float]) -> Parameters:
    """Numbers by name, in the declared units."""
    declared = declarations(model.needs)
    units = {name: declared[name].unit if name in declared else "1" for name in values}
    found = Parameters({name: Value(given, units[name], basis="given here") for name, given in values.items()}, declared,
                       choices={"model": model.name})
    missing = [f"{name} [{declared[name].unit}]" for name in found.missing()]
    if missing:
        raise ParameterError(f"model '{model.name}': no value for {', '.join(missing)}")
    return found


def _varied(whole: Parameters, variants: Mapping[str, Mapping[str, Value]], chosen: str | Sequence[str]) -> Parameters:
    """One variant, or several along an axis."""
    labels = [chosen] if isinstance(chosen, str) else list(chosen)
    unknown = [f"variant: '{label}' unknown{nearest(str(label), variants)}; there are {', '.join(variants)}"
               for label in labels if label not in variants]
    if unknown or not labels:
        raise ParameterError("\n".join(unknown) or f"variant: none chosen; there are {', '.join(variants)}")
    sets = [{**whole.values, **variants[label]} for label in labels]
    if isinstance(chosen, str):
        return replace(whole, values=sets[0], choices={**whole.choices, "variant": chosen})
    import xarray as xr

    coords = {"variant": labels}
    changed = {
        name: replace(sets[-1][name], value=xr.DataArray([each[name].value for each in sets], dims="variant", coords=coords))
        for name in whole.names if any(name in variants[label] for label in labels)
    }  # fmt: skip
    return replace(whole, values={**whole.values, **changed})
