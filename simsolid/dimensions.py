"""Whether a model's equations agree with the units it declares: scale every quantity by its unit, and see what the rates do."""

from collections.abc import Mapping
from dataclasses import fields
from types import SimpleNamespace
from typing import Any

import numpy as np

from simsolid.declare import declarations
from simsolid.errors import ModelError, ParameterError
from simsolid.load import load_model, published
from simsolid.model import Model
from simsolid.params import Parameters
from simsolid.units import UNITS, Dimension, dimension
from simsolid.values import is_labelled

FACTOR = 7.3  # how many times smaller a base unit is made; no ratio of small whole numbers
NEAR = 1e-9  # relative


def check_model(model: str | Model, parameters: Parameters | Mapping[str, float] | None = None) -> None:
    """Check that every rate and observable of a small model has the unit that is declared.

    Every quantity is told in a base unit that is smaller, one after another; each rate must grow by the power that its unit has.
    No algebra is done, so it works for any equation, and finds a count used as a rate, a forgotten factor of volume, or a sum of
    unlike things.

    Parameters
    ----------
    model : text or Model
        A model of the gallery by name, or your own.
    parameters : Parameters, mapping or None
        Its values, without axes; the model's own when left out.

    Raises
    ------
    ModelError
        A rate or observable has another unit than declared; all faults at once.
    ParameterError
        A parameter is missing or varies, or a unit is none of ours, as in models read from files of others.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> import simsolid as sim
    >>> sim.check_model("kara2024")
    >>> @dataclass
    ... class Needs:
    ...     kill_rate: float = sim.need("1/day", "tumour killed per CAR-T cell and tumour cell")
    >>> @dataclass
    ... class State:
    ...     tumour: float = sim.state("cell", "tumour")
    ...     cart: float = sim.state("cell", "CAR-T cells")
    >>> wrong = sim.Model(name="wrong", needs=Needs, state=State, start=lambda p: State(tumour=1e6, cart=1e6),
    ...                   rates=lambda t, x, p: State(tumour=-p.kill_rate * x.cart * x.tumour, cart=0.0 * x.cart))
    >>> sim.check_model(wrong, {"kill_rate": 1e-6})
    Traceback (most recent call last):
    simsolid.errors.ModelError: model 'wrong': rate of tumour is declared as [cell] per day, but has power 2 of cell, not 1
    """
    model = published(model)
    if not isinstance(parameters, Parameters):
        parameters = load_model(model, parameters)
    varied = [f.name for f in fields(model.needs) if is_labelled(parameters[f.name])]
    if varied:
        raise ParameterError(f"check: {', '.join(varied)} varies; units are checked on one value of each, so choose one")
    told = declarations(model.needs, model.state, model.observables)
    strange = [f"{name} [{facts.unit or 'no unit'}]" for name, facts in told.items() if facts.unit not in UNITS]
    if strange:
        raise ParameterError(f"check: {', '.join(strange)}: only units that simsolid speaks can be checked")
    faults = [fault for base in Dimension._fields for fault in _faults(model, parameters, base)]
    if faults:
        raise ModelError("\n  ".join([f"model '{model.name}': {faults[0]}", *faults[1:]]))


def _faults(model: Model, parameters: Parameters, base: str) -> list[str]:
    """Rates and observables whose power of one base unit is not the declared one."""
    units = {name: facts.unit for name, facts in declarations(model.needs, model.state, model.observables).items()}
    powers = {name: getattr(dimension(unit), base) for name, unit in units.items()}
    day = base == "day"
    if not any(powers.values()) and not day:
        return []
    x, p = _lively(model, parameters)
    later = SimpleNamespace(**{name: value * FACTOR ** powers[name] for name, value in vars(x).items()})
    other = SimpleNamespace(**{name: value * FACTOR ** powers[name] for name, value in vars(p).items()})
    laws = ((model.rates, model.state, "rate of ", " per day", 1), (model.observe, model.observables, "", "", 0))
    said = []
    with np.errstate(all="ignore"):
        for law, kind, what, per, slower in laws:
            before, after = law(3.0, x, p), law(3.0 * (FACTOR if day else 1.0), later, other)
            for f in fields(kind):
                wanted = powers[f.name] - (slower if day else 0)
                fault = _apart(getattr(before, f.name), getattr(after, f.name), wanted)
                said += [f"{what}{f.name} is declared as [{units[f.name]}]{per}, but {fault.format(base)}"] if fault else []
    return said


def _apart(before: Any, after: Any, wanted: int) -> str:
    """What is wrong with the power by which a value grew; nothing when it is as wanted."""
    before, after = float(np.ravel(before)[0]), float(np.ravel(after)[0])
    if np.isclose(after, before * FACTOR**wanted, rtol=NEAR, atol=0.0):
        return ""
    power = np.log(after / before) / np.log(FACTOR) if before and after / before > 0 else np.nan
    if np.isfinite(power) and abs(power - round(power, 2)) < NEAR:
        return f"has power {round(power, 2):g} of {{}}, not {wanted}"
    return "adds things of different powers of {}"


def _lively(model: Model, parameters: Parameters) -> tuple[Any, Any]:
    """States that are all above zero, so that no term hides, and parameters."""
    p = SimpleNamespace(**{f.name: np.array([parameters[f.name]]) for f in fields(model.needs)})
    start, chance = model.start(p), np.random.default_rng(3)
    first = {f.name: np.abs(np.ravel(getattr(start, f.name))[:1].astype(float)) for f in fields(model.state)}
    units = {f.name: f.metadata["unit"] for f in fields(model.state)}
    x = SimpleNamespace()
    for f in fields(model.state):
        alike = max(float(first[name][0]) for name in first if units[name] == units[f.name])
        setattr(x, f.name, ((first[f.name] if first[f.name][0] else alike) + f.metadata["scale"]) * chance.uniform(0.5, 2.0))
    return x, p
