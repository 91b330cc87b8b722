"""Summaries as text: one row per arm for a terminal, or every measure for reading."""

from itertools import takewhile

import numpy as np

from .summarise import MEASURES

# What a terminal shows of each arm, under headings short enough to stand side by side; tables hold the rest.
HEADINGS = {
    "patients": "patients",
    "failed": "failed",
    "effective": "effective",
    "objective_response": "response %",
    "disease_control": "control %",
    "best_change": "best change %",
    "pfs": "PFS d",
    "os": "OS d",
    "cmax_cells": "Cmax cell/uL",
    "tmax": "Tmax d",
    "tlast": "persistence d",
    "crs_any": "CRS any %",
    "crs_severe": "CRS 3+ %",
    "tocilizumab": "tocilizumab %",
    "pseudo_progression": "pseudo-prog. %",
}



def format_table(summary, width=110):
    """A summary as text for a terminal: one row per arm with 95 % intervals, broken into blocks that fit the line.

    Parameters
    ----------
    summary : DataFrame, from `summarise` or `paired`
        What to print; `wide` has every measure.
    width : [1], one
        Characters in a line.

    Returns
    -------
    text

    Examples
    --------
    >>> import pandas as pd
    >>> from simsolid.summarise import summarise
    >>> table = pd.DataFrame({"patient": range(10), "status": 0, "tmax": range(5, 15)})
    >>> print(format_table(summarise(table)))
         patients  failed        Tmax d
    all        10       0  9.5 (6 to 13)
    """
    rows = {}
    for line in summary.to_dict("records"):
        if line["measure"] in HEADINGS:
            rows.setdefault(_arm(line, summary), {})[HEADINGS[line["measure"]]] = _text(line)
    columns = [head for head in HEADINGS.values() if any(head in cells for cells in rows.values())]
    names = ["", *rows]
    blocks = [_column(names, str.ljust)]
    for head in columns:
        column = _column([head, *(cells.get(head, "-") for cells in rows.values())], str.rjust)
        if len(blocks[-1][0]) + 2 + len(column[0]) > width:
            blocks.append(_column(names, str.ljust))
        blocks[-1] = [f"{left}  {right}" for left, right in zip(blocks[-1], column, strict=True)]
    return "\n\n".join("\n".join(line.rstrip() for line in block) for block in blocks) if rows else "no patients"


def _column(cells, align):
    widest = max(map(len, cells))
    return [align(cell, widest) for cell in cells]


def wide(summary):
    """Lay a summary out for reading: one row per measure, one column per arm.

    Parameters
    ----------
    summary : DataFrame, from `summarise` or `paired`

    Returns
    -------
    DataFrame of text: ``value (lower to upper)``, rates in per cent; ``-`` where there is no value

    Examples
    --------
    >>> import pandas as pd
    >>> from simsolid.summarise import summarise
    >>> wide(summarise(pd.DataFrame({"patient": [0], "status": [0], "tmax": [9.0]}))).loc["patients"].tolist()
    ['1']
    """
    import pandas as pd

    names = {name: f"{m.label} [{'%' if m.kind == 'rate' else m.unit}]" for name, m in MEASURES.items()}
    cells = {}
    for line in summary.to_dict("records"):
        cells.setdefault(_arm(line, summary), {})[names.get(line["measure"], line["measure"])] = _text(line)
    return pd.DataFrame(cells)


def _arm(line, summary):
    axes = takewhile(lambda name: name != "measure", summary.columns)
    return ", ".join(str(line[a]) for a in axes if a != "reference") or "all"


def _text(line):
    scale = 100.0 if line["measure"] in MEASURES and MEASURES[line["measure"]].kind == "rate" else 1.0
    numbers = [scale * line[key] for key in ("value", "lower", "upper")]
    value, *ends = ("?" if np.isnan(v) else f"{v:.3g}" if abs(v) < 1000 else f"{v:,.0f}" for v in numbers)
    return "-" if value == "?" else value if ends == ["?", "?"] else f"{value} ({ends[0]} to {ends[1]})"
