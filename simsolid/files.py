"""Find parameter files, and read one as plain tables: data, never run.

What the tables must hold is checked in ``layers``.
"""

import os
import re
import tomllib
from contextlib import suppress
from pathlib import Path
from typing import Any

from .errors import ParameterError, nearest

KINDS: tuple[str, ...] = ("physiology", "cells", "routes", "tumours", "targets", "pairs")
KINDS += ("products", "armour", "origins", "conditioning", "models")
# Rules and reported trials are no parameters, but lie beside them; fitted values stand in for others when asked for, and
# calibrations say how they are fitted.
FOLDERS = (*KINDS, "rules", "trials", "fitted", "calibrations")
_PLURAL_ONLY = ("cells", "rules")  # kinds whose single file is called like the folder
_LARGEST = 1_000_000  # bytes; our longest file has about fifty thousand
_LONGEST_LINE = 10_000  # characters
_MOST_TABLES = 1_000


def find_params_dir() -> Path:
    """Find the folder that holds the parameter files.

    The environment variable ``SIMSOLID_PARAMS`` names a folder of your own, which is then used instead of ours. Otherwise
    it is the copy inside the installed package, or the ``params`` folder of a checkout.

    Returns
    -------
    path

    Raises
    ------
    ParameterError
        When there is no such folder.

    Examples
    --------
    >>> find_params_dir().is_dir()
    True
    """
    own = os.environ.get("SIMSOLID_PARAMS")
    here = Path(__file__).resolve().parent
    places = [Path(own).expanduser()] if own else [here / "params_data", here.parent / "params"]
    for place in places:
        if place.is_dir():
            return place
    if own:
        raise ParameterError(
            f"SIMSOLID_PARAMS: {own!r} is not a folder; name the one that holds routes, tumours, ..."
        )
    raise ParameterError(f"{places[0]}: no parameter files; install simsolid again, or set SIMSOLID_PARAMS")


def available(kind: str, root: Path | None = None) -> tuple[str, ...]:
    """List the parameter files of one kind.

    Parameters
    ----------
    kind : text
        Such as "routes" or "tumours".
    root : path or None
        Folder of the parameter files; by default :func:`find_params_dir`.

    Returns
    -------
    texts
        Names in alphabetical order.

    Raises
    ------
    ParameterError
        When there is no such kind.

    Examples
    --------
    >>> available("route")
    Traceback (most recent call last):
    simsolid.errors.ParameterError: 'route' is no kind of parameter file; did you mean 'routes'?
    """
    if kind not in FOLDERS:
        hint = nearest(kind, FOLDERS) or f"; choose one of {', '.join(FOLDERS)}"
        raise ParameterError(f"{kind!r} is no kind of parameter file{hint}")
    return tuple(sorted(path.stem for path in ((root or find_params_dir()) / kind).glob("*.toml")))


def layer_path(kind: str, name: str, root: Path | None = None) -> Path:
    """Find one parameter file.

    Parameters
    ----------
    kind : text
        Such as "routes" or "tumours".
    name : text
        The file's name without its ending.
    root : path or None
        Folder of the parameter files; by default :func:`find_params_dir`.

    Returns
    -------
    path

    Raises
    ------
    ParameterError
        When there is no such file, with the nearest name and the list of names.

    Examples
    --------
    >>> layer_path("routes", "../secret")
    Traceback (most recent call last):
    simsolid.errors.ParameterError: route: '../secret' unknown; there are hepatic_arterial, ...
    """
    names = available(kind, root)
    if name not in names:
        one = kind if kind in _PLURAL_ONLY else kind.removesuffix("s")
        raise ParameterError(f"{one}: '{name}' unknown{nearest(name, names)}; there are {', '.join(names) or 'none'}")
    return (root or find_params_dir()) / kind / f"{name}.toml"


def shown_path(path: Path) -> str:
    """Write a path without the machine it is on: from ``params`` for a file in use, else from the current folder if below.

    Parameters
    ----------
    path : path
        Of a file.

    Returns
    -------
    text

    Examples
    --------
    >>> shown_path(Path.cwd() / "params" / "routes")
    'params/routes'
    """
    with suppress(ParameterError):
        home = find_params_dir()
        if path.is_absolute() and path.is_relative_to(home):
            return (Path("params") / path.relative_to(home)).as_posix()
    here = Path.cwd()
    return (path.relative_to(here) if path.is_absolute() and path.is_relative_to(here) else path).as_posix()


def content_of(path: Path, shown: str) -> bytes:
    """Read a file's bytes, unless it is missing, a folder, empty or enormous.

    Parameters
    ----------
    path : path
        Of a file.
    shown : text
        The path as messages give it.

    Returns
    -------
    bytes

    Raises
    ------
    ParameterError
        When the file cannot be a parameter file; with the nearest file name when it is missing.

    Examples
    --------
    >>> content_of(Path.cwd(), "here")
    Traceback (most recent call last):
    simsolid.errors.ParameterError: here: is a folder; name a .toml file in it
    """
    if path.is_dir():
        raise ParameterError(f"{shown}: is a folder; name a .toml file in it")
    if not path.is_file():
        beside = [other.name for other in path.parent.glob("*.toml")] if path.parent.is_dir() else []
        raise ParameterError(f"{shown}: no such file{nearest(path.name, beside)}")
    if path.stat().st_size > _LARGEST:
        size = path.stat().st_size / 1e6
        raise ParameterError(f"{shown}: {size:.1f} MB; a parameter file has at most {_LARGEST / 1e6:g} MB")
    content = path.read_bytes()
    if not content.strip():
        raise ParameterError(f'{shown}: empty; start with title = "..." and about = "..."')
    return content


def parse(content: bytes, shown: str) -> tuple[str, dict[str, Any]]:
    """Read bytes as TOML.

    Parameters
    ----------
    content : bytes of a file
        Of the file.
    shown : text
        The path as messages give it.

    Returns
    -------
    text and dict
        The text, for line numbers, and its tables.

    Raises
    ------
    ParameterError
        With the line, when it is not UTF-8, not TOML, or gives something twice.

    Examples
    --------
    >>> parse(b"a = 1", "x.toml")
    ('a = 1', {'a': 1})
    >>> parse(b"a = 1\\na = 2", "x.toml")
    Traceback (most recent call last):
    simsolid.errors.ParameterError: x.toml: line 2: 'a = 2' is given twice; keep one
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        number = content.count(b"\n", 0, error.start) + 1
        raise ParameterError(f"{shown}: line {number} is not UTF-8 text; save the file as UTF-8") from None
    for number, line in enumerate(text.split("\n"), 1):
        if len(line) > _LONGEST_LINE:
            raise ParameterError(
                f"{shown}: line {number} has {len(line)} characters; at most {_LONGEST_LINE}"
            )
    try:
        tables = tomllib.loads(text)
    except RecursionError:
        raise ParameterError(
            f"{shown}: nested too deeply; a value is a number, text, or a short list"
        ) from None
    except ValueError as error:
        raise ParameterError(f"{shown}: {_syntax(str(error), text)}") from None
    if len(tables) > _MOST_TABLES:
        raise ParameterError(f"{shown}: {len(tables)} parameters; at most {_MOST_TABLES} in one file")
    return text, tables


def _syntax(message: str, text: str) -> str:
    """The parser's complaint in our words, with the line it is about."""
    lines = text.rstrip("\n").split("\n")
    found = re.search(r"\(at line (\d+), column \d+\)", message)
    number = min(int(found[1]), len(lines)) if found else len(lines)
    if "digits" in message:
        number = 1 + next((i for i, line in enumerate(lines) if re.search(r"\d{4000}", line)), number - 1)
    line = lines[number - 1].strip()[:60]
    if re.search(r"overwrite|twice|Duplicate|mutate", message):
        return f"line {number}: {line!r} is given twice; keep one"
    reason = re.sub(r"\s*\(at .*\)$", "", message)
    if "digits" in message:
        reason = "a number with too many digits"
    return f"line {number}: {line!r} is not TOML ({reason[:1].lower() + reason[1:]}); text needs quotes, a number none"
