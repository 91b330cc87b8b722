"""What the misses are taken to mean: one paragraph for each, in a file of its own."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import Field

from simsolid.errors import nearest
from simsolid.files import available, content_of, find_params_dir, parse, shown_path
from simsolid.forms import Form, Text, complaints
from simsolid.params import refuse
from simsolid.trials.files import trial

FILE = "validation.toml"


class Miss(Form):
    """One paragraph."""

    trial: Text
    endpoint: Text
    text: Annotated[str, Field(min_length=40)]


class Discussion(Form):
    """The file as a whole."""

    title: Text
    about: Text
    miss: list[dict] = Field(default_factory=list)


def discussion(path: Path | None = None) -> Mapping[tuple[str, str], str]:
    """Read what is said of the misses.

    Parameters
    ----------
    path : file or None
        By default ``validation.toml`` of the parameter files.

    Returns
    -------
    mapping of text
        By trial and endpoint.

    Raises
    ------
    ParameterError
        There is no such trial or endpoint, or something is said twice; all faults at once.

    Examples
    --------
    >>> all(len(words) >= 40 for words in discussion().values())
    True
    """
    path = find_params_dir() / FILE if path is None else path
    shown = shown_path(path)
    _, tables = parse(content_of(path, shown), shown)
    faults = [f"{where}: {what}" for where, what in complaints(Discussion, tables)]
    listed = tables.get("miss", []) if not faults else []
    for number, one in enumerate(listed, 1):
        faults += [f"miss {number}.{where}: {what}" for where, what in complaints(Miss, one)]
    refuse(faults, shown)
    refuse(_strangers(listed), shown)
    return {(one["trial"], one["endpoint"]): " ".join(one["text"].split()) for one in listed}


def _strangers(listed: list[Mapping[str, str]]) -> list[str]:
    found, said = [], set()
    for number, one in enumerate(listed, 1):
        name, key = one["trial"], one["endpoint"]
        if name not in available("trials"):
            found.append(f"miss {number}: no trial '{name}'{nearest(name, available('trials'))}")
            continue
        keys = [seen.key for seen in trial(name).endpoints]
        if key not in keys:
            found.append(f"miss {number}: trial '{name}' has no endpoint '{key}'{nearest(key, keys)}")
        if (name, key) in said:
            found.append(f"miss {number}: '{name}', '{key}' is discussed twice")
        said.add((name, key))
    return found
