"""What the sources printed, row by row, in their own units: what the ``where`` of a parameter or an endpoint points to."""

import csv
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from .errors import ParameterError, nearest
from .files import find_params_dir
from .values import amount

FILE = "evidence.csv"
COLUMNS = ("id", "what", "value", "lower", "upper", "unit", "n", "of", "source", "link", "basis", "confidence")
NUMBERS = ("value", "lower", "upper", "n")
_CLINICAL = re.compile(r"\bC(\d{3})(?:\s+to\s+C(\d{3}))?\b")
_PHYSIOLOGY = re.compile(r"physiology evidence ([^;:(\"]*)")


def evidence(*names: str):
    """Look up rows of evidence.

    Parameters
    ----------
    names : texts
        Such as ``"C003"`` or ``"f_lung0"``, or a whole locator such as ``"clinical evidence C102, C104"``; all rows without any.

    Returns
    -------
    DataFrame
        One row each, by ``id``: ``what`` was found, ``value`` with ``lower`` and ``upper`` in ``unit``, ``n``, ``of`` whom,
        ``source``, ``link`` (DOI or address), ``basis`` (quoted, secondary, derived, proposed or unverified), ``confidence``.

    Raises
    ------
    ParameterError
        There is no such row; all unknown names at once.

    Examples
    --------
    >>> evidence("C005", "f_lung0")["value"].tolist()
    [75.0, 0.6]
    """
    import pandas as pd

    rows = table(find_params_dir() / FILE)
    asked = [one for name in names for one in (cited(name) or [name])]
    if faults := [f"evidence: no row {name!r}{nearest(name, rows)}" for name in asked if name not in rows]:
        raise ParameterError("\n".join(faults))
    found = pd.DataFrame([rows[name] for name in dict.fromkeys(asked or rows)], columns=list(COLUMNS)).set_index("id")
    return found.assign(**{name: pd.to_numeric(found[name]) for name in NUMBERS})


def told(*names: str) -> str:
    """Write rows of evidence as text.

    Parameters
    ----------
    names : texts
        As for :func:`evidence`.

    Returns
    -------
    text
        Four lines a row: what, the number with its unit and basis, of whom, where it was read.

    Examples
    --------
    >>> print(told("mu_E_mid"))
    mu_E_mid  Effector death rate, middle school
        0.178 1/day (0.1 to 0.25); quoted, confidence high
        all
        Perlstein 2019 (0.1777); Kosinsky 2018 primed non-differentiated 0.2: 10.1186/s12967-019-2081-2; 10.1186/s40425-018-0327-9
    """
    return "\n\n".join(_paragraph(name, row.dropna()) for name, row in evidence(*names).iterrows())


def _paragraph(name: str, row) -> str:
    span = f" ({row['lower']:g} to {row['upper']:g})" if {"lower", "upper"} <= {*row.index} else ""
    number = f"{amount(row['value'], row['unit'])}{span}" + (f", n {row['n']:g}" if "n" in row else "")
    trust = row["basis"] + (f", confidence {row['confidence']}" if row["confidence"] else "")
    read = ": ".join(part for part in (row["source"], row["link"]) if part)
    return "\n    ".join(part for part in (f"{name}  {row['what']}", f"{number}; {trust}", row["of"], read) if part)


def table(path: Path) -> Mapping[str, Mapping[str, str]]:
    """Read a file of evidence.

    Parameters
    ----------
    path : path
        A CSV file with the columns that :func:`evidence` returns. A folder of one's own may lack it: no rows.

    Returns
    -------
    mapping
        Cells by name of the column, by row.

    Raises
    ------
    ParameterError
        Other columns, a row that stands twice, or a number that is none; all faults at once.

    Examples
    --------
    >>> table(Path("nowhere.csv"))
    {}
    """
    return _read(path, path.stat().st_mtime_ns) if path.is_file() else {}


@cache
def _read(path: Path, _changed: int) -> Mapping[str, Mapping[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        lines = csv.DictReader(file)
        if tuple(lines.fieldnames or ()) != COLUMNS:
            raise ParameterError(f"{path.name}: columns {', '.join(lines.fieldnames or ())}; must be {', '.join(COLUMNS)}")
        rows, faults = {}, []
        for line in lines:
            name = line["id"]
            faults += [f"{path.name}: {name} stands twice"] if name in rows else []
            faults += [f"{path.name}: {name}: {key} {line[key]!r} is no number" for key in NUMBERS if not _number(line[key])]
            rows[name] = line
    if faults:
        raise ParameterError("\n".join(faults))
    return rows


def _number(cell: str | None) -> bool:
    """Whether a cell is empty or a number."""
    try:
        float(cell or 0)
    except ValueError:
        return False
    return True


def clinical(text: str) -> list[str]:
    """Find the rows of clinical evidence that a text names.

    Parameters
    ----------
    text : text
        A locator or a note.

    Returns
    -------
    texts

    Examples
    --------
    >>> clinical("clinical evidence C003, C358 to C360")
    ['C003', 'C358', 'C359', 'C360']
    """
    spans = ((int(first), int(last or first)) for first, last in _CLINICAL.findall(text))
    return [f"C{number:03d}" for first, last in spans for number in range(first, last + 1)]


def cited(where: str) -> list[str]:
    """Find every row that a locator names.

    Parameters
    ----------
    where : text
        Such as ``"clinical evidence C374; physiology evidence TVDT_HCC: adults"``.

    Returns
    -------
    texts
        Empty where it names none, as a table of a paper does.

    Examples
    --------
    >>> cited("clinical evidence C374; physiology evidence TVDT_HCC: adults"), cited("Table 2")
    (['C374', 'TVDT_HCC'], [])
    """
    other = [name.strip() for part in _PHYSIOLOGY.findall(where) for name in part.split(",")]
    return (clinical(where) if "clinical evidence" in where else []) + other


def lost(where: str) -> list[str]:
    """Say which rows of evidence a locator names and nobody has.

    Parameters
    ----------
    where : text
        A locator.

    Returns
    -------
    texts
        One sentence each; none where the parameter files come without evidence.

    Examples
    --------
    >>> lost("physiology evidence f_lung")
    ["where: evidence has no row 'f_lung'; did you mean 'f_lung0'?"]
    """
    names = cited(where)
    rows = table(find_params_dir() / FILE) if names else {}
    return [f"where: evidence has no row {name!r}{nearest(name, rows)}" for name in names if rows and name not in rows]
