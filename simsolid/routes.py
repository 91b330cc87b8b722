"""Routes as data: which file describes a route, where its dose lands, and which lesions it touches directly."""

from collections.abc import Mapping

import numpy as np

from simsolid.cohort import Roster
from simsolid.errors import ParameterError, nearest
from simsolid.params import Layer, Parameters

LIVER = "liver"
INJECTED = "injected"


def layer_of(people: Parameters, kind: str, name: str) -> Layer:
    """The file of a route or conditioning that a regimen names.

    Parameters
    ----------
    people : Parameters
        A setting or cohort.
    kind : text
        ``"routes"`` or ``"conditioning"``.
    name : text
        Name of the file.

    Returns
    -------
    Layer

    Raises
    ------
    ParameterError
        There is no such file.

    Examples
    --------
    >>> import simsolid as sim
    >>> layer_of(sim.load("gastric"), "routes", "intraperitoneal").choices["cavity"]
    'peritoneum'
    """
    known: Mapping[str, Layer] = {layer.name: layer for layer in people.layers if layer.kind == kind}
    if name not in known:
        what = {"routes": "route", "conditioning": "conditioning"}[kind]
        raise ParameterError(f"regimen: {what} '{name}' unknown{nearest(name, known)}; there are {', '.join(sorted(known))}")
    return known[name]


def cavity_route(people: Parameters, routes: list[str]) -> str | None:
    """The one route of a regimen that fills a cavity or depot.

    Parameters
    ----------
    people : Parameters
        A setting or cohort.
    routes : texts
        Routes of the regimen.

    Returns
    -------
    text or None

    Raises
    ------
    ParameterError
        Two different cavities are used: the model holds one.

    Examples
    --------
    >>> import simsolid as sim
    >>> cavity_route(sim.load("gastric"), ["intravenous", "intraperitoneal"])
    'intraperitoneal'
    """
    filled = sorted({name for name in routes if layer_of(people, "routes", name).choices.get("cavity")})
    if len(filled) > 1:
        raise ParameterError(f"regimen: {' and '.join(filled)} fill two cavities; the model holds one, so use one of them")
    return filled[0] if filled else None


def touched(layer: Layer, people: Roster, diameter: np.ndarray) -> np.ndarray:
    """Which lesions a route reaches directly.

    Parameters
    ----------
    layer : Layer
        File of the route; its region is a list of sites, or ``["injected"]`` for the largest lesion.
    people : Roster
        Who is treated.
    diameter : [mm], one per patient and lesion
        Lesion diameters at enrolment.

    Returns
    -------
    [1], one per patient and lesion
        1 where reached, else 0.

    Examples
    --------
    >>> import simsolid as sim
    >>> people = sim.draw(sim.load("gastric"), patients=2, seed=1)
    >>> layer = layer_of(people, "routes", "intratumoural")
    >>> touched(layer, sim.roster(people), people["diameter_start"].values).sum(axis=1)
    array([1., 1.])
    """
    region = list(layer.choices.get("region", ()))
    if region != [INJECTED]:
        return np.isin(people.sites, region).astype(float)
    reached = np.zeros(people.sites.shape)
    largest = np.nan_to_num(diameter.reshape(-1, *people.sites.shape)[0], nan=-1.0).argmax(axis=1)
    reached[np.arange(len(reached)), largest] = 1.0
    return reached
