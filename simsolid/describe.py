"""A model in words and formulas: states with units, mechanisms, equations printed from the traced graph."""

import inspect
import sys
from collections.abc import Mapping, Sequence
from dataclasses import fields

from simsolid.errors import ParameterError, nearest
from simsolid.latex import equations
from simsolid.model import Becomes, Model
from simsolid.models import GALLERY, MODELS

NO_UNIT = "no unit"  # where a file of others gives none


def describe(name: str | Model = "house", lesions: int = 1) -> str:
    """Describe a model: its states, its mechanisms or numbers, its equations.

    Parameters
    ----------
    name : text or Model
        Name of the model, or one that was imported or is your own.
    lesions : [1], one
        Number of lesions to write the equations out for.

    Returns
    -------
    text

    Raises
    ------
    ParameterError
        There is no such model, or ``lesions`` is below 1.

    Examples
    --------
    >>> "effector_blood" in describe("house")
    True
    """
    known = MODELS | GALLERY
    if not isinstance(name, Model) and name not in known:
        raise ParameterError(f"model: '{name}' unknown{nearest(name, known)}; there are {', '.join(known)}")
    if lesions < 1:
        raise ParameterError(f"lesions: {lesions}; must be at least 1")
    model = name if isinstance(name, Model) else known[name]
    count = f" with {lesions} lesion{'s' * (lesions > 1)}" if _has_lesions(model) else ""
    sections = [_heading("States") + "\n".join(_states(model)), *_inside(model),
                _heading(f"Equations{count} (LaTeX)") + "\n".join(equations(model.traced(lesions)))]  # fmt: skip
    return "\n\n".join([_title(model), *sections])


def _title(model: Model) -> str:
    if model.notes:
        return "\n".join(model.notes)
    return inspect.cleandoc(sys.modules[model.rates.__module__].__doc__ or model.name)


def _inside(model: Model) -> list[str]:
    """Mechanisms of a model that was written, numbers of one that was imported."""
    if model.values is None:
        return [_heading("Mechanisms") + "\n".join(_mechanisms(sys.modules[model.rates.__module__]))]
    declared, known = model.declared, model.values.values
    numbers = [f"{name:24}{each.value:g} [{each.unit or NO_UNIT}]  {declared[name].text}" for name, each in known.items()]
    own = {f.name: f.metadata for f in fields(model.observables)} if model.observables is not model.state else {}
    shown = [f"{name:24}[{facts['unit'] or NO_UNIT}]  {facts['text']}" for name, facts in own.items()]
    given = [f"{name:24}{'becomes ' * isinstance(pair, Becomes)}{float(pair[1]):g} on day {float(pair[0]):g}"
             for name, pairs in own_doses(model).items() for pair in pairs]  # fmt: skip
    parts = (("Parameters", numbers), ("Computed", shown), ("Given", given))
    return [_heading(title) + "\n".join(lines) for title, lines in parts if lines]


def own_doses(model: Model) -> Mapping[str, Sequence[tuple]]:
    """Doses of an imported model's own protocol, with its own numbers.

    Parameters
    ----------
    model : Model
        A model with values.

    Returns
    -------
    mapping
        For each state pairs of day and amount.
    """
    if model.protocol is None or model.values is None:
        return {}
    return model.protocol(model.parameter_layout(1).kind(**{name: model.values[name] for name in model.values.names}))


def _has_lesions(model: Model) -> bool:
    return any(f.metadata["axis"] == "lesion" for f in fields(model.state))


def _heading(text: str) -> str:
    return f"{text}\n{'-' * len(text)}\n"


def _states(model: Model) -> list[str]:
    lines = []
    for f in fields(model.state):
        facts = f.metadata
        per = " per lesion" if facts["axis"] == "lesion" else ""
        unit = f"{facts['unit'] or NO_UNIT}{per}"
        lines.append(f"{f.name:24}[{unit}]  {facts['text']}; absolute tolerance rtol x {facts['scale']:g}")
    return lines


def _mechanisms(home) -> list[str]:
    # a large model spreads over modules of the same beginning; the mechanisms it takes from there are its own
    own = [f for _, f in inspect.getmembers(home, inspect.isfunction) if f.__module__.startswith(home.__name__) and f.__doc__]
    order = sorted(own, key=lambda f: (f.__module__, f.__code__.co_firstlineno))
    return [f"{f.__name__:24}{f.__doc__.splitlines()[0]}" for f in order]
