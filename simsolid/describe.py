"""A model in words and formulas: states with units, mechanisms, equations printed from the traced graph."""

import inspect
import sys
from dataclasses import fields

from simsolid.errors import ParameterError, nearest
from simsolid.latex import equations
from simsolid.model import Model
from simsolid.models import GALLERY, MODELS


def describe(name: str = "house", lesions: int = 1) -> str:
    """Describe a model: its states, its mechanisms, its equations.

    Parameters
    ----------
    name : text
        Name of the model.
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
    if name not in known:
        raise ParameterError(f"model: '{name}' unknown{nearest(name, known)}; there are {', '.join(known)}")
    if lesions < 1:
        raise ParameterError(f"lesions: {lesions}; must be at least 1")
    model = known[name]
    count = f" with {lesions} lesion{'s' * (lesions > 1)}" if _has_lesions(model) else ""
    home = sys.modules[model.rates.__module__]
    sections = [
        inspect.cleandoc(home.__doc__),
        _heading("States") + "\n".join(_states(model)),
        _heading("Mechanisms") + "\n".join(_mechanisms(home)),
        _heading(f"Equations{count} (LaTeX)") + "\n".join(equations(model.traced(lesions))),
    ]
    return "\n\n".join(sections)


def _has_lesions(model: Model) -> bool:
    return any(f.metadata["axis"] == "lesion" for f in fields(model.state))


def _heading(text: str) -> str:
    return f"{text}\n{'-' * len(text)}\n"


def _states(model: Model) -> list[str]:
    lines = []
    for f in fields(model.state):
        facts = f.metadata
        per = " per lesion" if facts["axis"] == "lesion" else ""
        lines.append(f"{f.name:24}[{facts['unit']}{per}]  {facts['text']}; absolute tolerance rtol x {facts['scale']:g}")
    return lines


def _mechanisms(home) -> list[str]:
    # a large model spreads over modules of the same beginning; the mechanisms it takes from there are its own
    own = [f for _, f in inspect.getmembers(home, inspect.isfunction) if f.__module__.startswith(home.__name__) and f.__doc__]
    order = sorted(own, key=lambda f: (f.__module__, f.__code__.co_firstlineno))
    return [f"{f.__name__:24}{f.__doc__.splitlines()[0]}" for f in order]
