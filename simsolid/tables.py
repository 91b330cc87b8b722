"""Write parameter values as a table for a paper or the documentation."""

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from .errors import ParameterError, nearest
from .params import Layer, Parameters, Spread, Value
from .values import amount

_COLUMNS = ("name", "value", "unit", "range", "spread", "basis", "source", "where")


def table(source: Parameters | Layer | Iterable[Layer], format: str = "markdown") -> str:
    """Write the values as a table: name, value, unit, range, spread, basis, source, where.

    Parameters
    ----------
    source : Parameters, Layer or several Layers
        What to list.
    format : text
        "markdown", "csv", "latex" or "text".

    Returns
    -------
    text

    Raises
    ------
    ParameterError
        When the format is unknown.

    Examples
    --------
    >>> from simsolid.params import Declaration
    >>> declared = {"kill_rate": Declaration("kill_rate", "1/day", "killing")}
    >>> print(table(Parameters({"kill_rate": Value(2.0, "1/day", 1, 3, basis="assumed")}, declared), "csv"))
    name,value,unit,range,spread,basis,source,where
    kill_rate,2,1/day,1 to 3,,assumed,,
    """
    if format not in _FORMATS:
        hint = nearest(format, _FORMATS) or f"; choose one of {', '.join(_FORMATS)}"
        raise ParameterError(f"table: no format {format!r}{hint}")
    return _FORMATS[format]([_row(name, value) for name, value in _named(source)])


def summary(given: Any) -> Any:
    """Keep a number as it is, and of an array its least and largest value and number of cases.

    Parameters
    ----------
    given : [any], one or a labelled array
        A parameter's value.

    Returns
    -------
    number or dict

    Examples
    --------
    >>> summary(2.0)
    2.0
    """
    if isinstance(given, float):
        return given
    numbers = np.asarray(given.data)
    return {
        "least": float(np.nanmin(numbers)),
        "largest": float(np.nanmax(numbers)),
        "cases": int(numbers.size),
    }


def number_text(given: Any, unit: str = "1") -> str:
    """Write what :func:`summary` gives.

    Parameters
    ----------
    given : any unit, number or mapping
        A summary.
    unit : text
        Canonical; "1" is not written.

    Returns
    -------
    text

    Examples
    --------
    >>> number_text({"least": 1.0, "largest": 2.5, "cases": 3}, "mL")
    '1 to 2.5 mL in 3 cases'
    """
    if isinstance(given, Mapping):
        return f"{given['least']:g} to {amount(given['largest'], unit)} in {given['cases']} cases"
    return amount(given, unit)


def _named(source: Parameters | Layer | Iterable[Layer]) -> list[tuple[str, Value]]:
    layers = [source] if isinstance(source, (Parameters, Layer)) else source
    return [pair for layer in layers for pair in layer.values.items()]


def _row(name: str, value: Value) -> list[str]:
    bounds = (value.low, value.high)
    span = {
        (True, True): "{} to {}",
        (True, False): "from {}",
        (False, True): "up to {1}",
        (False, False): "",
    }[value.low is not None, value.high is not None]
    numbers = [f"{bound:.6g}" if bound is not None else "" for bound in bounds]
    spread = _spread(value.spread) if value.spread else ""
    given = number_text(summary(value.value)) + "".join(f"; {site} {other:g}" for site, other in value.by_site)
    return [name, given, value.unit, span.format(*numbers), spread, value.basis, value.source, value.where]


def _spread(spread: Spread) -> str:
    parts = [spread.shape]
    parts += [f"a {spread.a:g}, b {spread.b:g}"] if spread.a is not None and spread.b is not None else []
    parts += [f"{len(spread.values)} values"] if spread.values else []
    parts += [f"sd {spread.sd:g}"] if spread.sd else []
    parts += [f"sd {spread.sd_lesion:g} between lesions"] if spread.sd_lesion else []
    parts += [f"within {spread.truncate:g} sd"] if spread.truncate else []
    return ", ".join(parts)


def _markdown(rows: Sequence[Sequence[str]]) -> str:
    lines = [_COLUMNS, ["---"] * len(_COLUMNS), *rows]
    return "\n".join(
        f"| {' | '.join(' '.join(cell.replace('|', '/').split()) for cell in row)} |" for row in lines
    )


def _csv(rows: Sequence[Sequence[str]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([_COLUMNS, *rows])
    return out.getvalue().rstrip("\n")


_LATEX = str.maketrans(
    {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
    | {mark: f"\\{mark}" for mark in "&%$#_{}"}
)


def _latex(rows: Sequence[Sequence[str]]) -> str:
    lines = [" & ".join(cell.translate(_LATEX) for cell in _COLUMNS) + r" \\ \hline"]
    for row in rows:
        cells = [cell.translate(_LATEX) for cell in row]
        cells[6] = rf"\cite{{{row[6]}}}" if row[6] else ""
        lines.append(" & ".join(cells) + r" \\")
    return "\n".join([rf"\begin{{tabular}}{{{'l' * len(_COLUMNS)}}}", *lines, r"\end{tabular}"])


def _text(rows: Sequence[Sequence[str]]) -> str:
    lines = [_COLUMNS, *rows]
    widths = [max(len(row[i]) for row in lines) for i in range(len(_COLUMNS))]
    return "\n".join(
        "  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in lines
    )


_FORMATS: Mapping[str, Callable[[Sequence[Sequence[str]]], str]] = MappingProxyType(
    {"markdown": _markdown, "csv": _csv, "latex": _latex, "text": _text}
)
