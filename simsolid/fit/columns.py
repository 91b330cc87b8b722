"""The columns of a table of doses and measurements: found whatever their case, and turned into numbers and words."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from simsolid.errors import ParameterError, nearest
from simsolid.units import convert

# Columns we read; case does not matter.
COLUMNS = {
    "ID": "individual", "TIME": "time", "DV": "what was measured", "AMT": "amount given",
    "EVID": "0 for a measurement, 1 for a dose", "MDV": "1 for no measurement", "CMT": "state that receives or is measured",
    "WHAT": "observable that was measured", "LLOQ": "limit of quantification", "CENS": "1 for below the limit",
    "BLQ": "1 for below the limit", "ADDL": "further doses", "II": "days between them",
}  # fmt: skip
NOT_YET = {"RATE": "an infusion over time", "DUR": "an infusion over time", "SS": "a steady state"}
NUMBERS = ("TIME", "DV", "AMT", "EVID", "MDV", "LLOQ", "CENS", "BLQ", "ADDL", "II")
MISSING = ("", ".", "NA", "NaN", "nan")  # "." is how NONMEM writes it
TOLD = 5  # rows named in one sentence


def read_table(data: Any):
    """Take a table, or read one from a CSV file with every cell as it stands.

    Parameters
    ----------
    data : DataFrame or file
        One row per dose or measurement.

    Returns
    -------
    DataFrame

    Raises
    ------
    ParameterError
        It is neither, or the file cannot be read.
    """
    import pandas as pd

    if isinstance(data, pd.DataFrame):
        return data.reset_index(drop=True)
    if not isinstance(data, (str, Path)):
        raise ParameterError(f"data: {type(data).__name__}; give a pandas table or the path of a CSV file")
    try:
        return pd.read_csv(data, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (OSError, ValueError) as fault:
        raise ParameterError(f"data: cannot read '{data}' as a CSV file ({fault})") from fault


def known_columns(table):
    """Give the columns of a table our names.

    Parameters
    ----------
    table : DataFrame
        As given.

    Returns
    -------
    DataFrame and texts
        The table, and a sentence for each column that we do not know, have twice or lack.

    Examples
    --------
    >>> import pandas as pd
    >>> known_columns(pd.DataFrame({"Time": [1], "dv": [2.0], "tmie": [1]}))[1]
    ["column 'tmie' is not one we read; did you mean 'TIME'?; drop it, or rename it"]
    """
    import pandas as pd

    names = [str(name).strip().upper() for name in table.columns]
    faults = [f"column {name} means {NOT_YET[name]}, which a table cannot give here; drop it where it is 0 throughout"
              for name in names if name in NOT_YET]
    faults += [f"column '{given}' is not one we read{or_choose(name, COLUMNS)}; drop it, or rename it"
               for given, name in zip(table.columns, names, strict=True) if name not in (*COLUMNS, *NOT_YET)]
    faults += [f"column {name} is there twice" for name in dict.fromkeys(names) if names.count(name) > 1]
    faults += [f"column {name} is missing ({COLUMNS[name]})" for name in ("TIME", "DV") if name not in names]
    if not len(table):
        faults.append("the table has no rows")
    if faults:
        return table, faults
    found = pd.DataFrame({name: table.iloc[:, place] for place, name in enumerate(names)})
    found["ID"] = found["ID"].map(as_word) if "ID" in found else "1"
    return found, ["ID is empty" + in_rows(found["ID"] == "")] if (found["ID"] == "").any() else []


def _text(cell: Any) -> str:
    if cell is None or cell != cell:
        return ""
    return str(int(cell)) if isinstance(cell, (bool, np.bool_)) else str(cell).strip()


def as_word(cell: Any) -> str:
    """Read a cell as a word; 2 and 2.0 are one, as pandas makes the latter of the former where a cell is empty.

    Parameters
    ----------
    cell : anything
        Of a table.

    Returns
    -------
    text

    Examples
    --------
    >>> as_word(2.0), as_word("007"), as_word(".")
    ('2', '007', '')
    """
    text = _text(cell)
    return "" if text in MISSING else re.sub(r"^(-?\d+)\.0+$", r"\1", text)


def in_rows(wrong) -> str:
    """Say which rows are meant, counted from 1 without the heading.

    Parameters
    ----------
    wrong : truth, one per row
        The rows meant.

    Returns
    -------
    text

    Examples
    --------
    >>> in_rows([True, False, True])
    ' (rows 1, 3)'
    """
    places = np.flatnonzero(np.asarray(wrong)) + 1
    more = f" and {len(places) - TOLD} more" if len(places) > TOLD else ""
    return f" (row{'s' * (len(places) > 1)} {', '.join(map(str, places[:TOLD]))}{more})"


def as_numbers(table, time_unit: str):
    """Turn columns of numbers into numbers, time into days; what is missing gets what its absence means.

    Parameters
    ----------
    table : DataFrame
        With our names for its columns.
    time_unit : text
        Unit of TIME.

    Returns
    -------
    DataFrame and texts
        The table, and a sentence for each column that holds something else.

    Raises
    ------
    ParameterError
        The unit is no unit of time.
    """
    import pandas as pd

    faults, found = [], table.copy()
    for name in NUMBERS:
        if name not in table:
            found[name] = {"DV": np.nan, "LLOQ": np.nan}.get(name, 0.0)
            continue
        text = table[name].map(_text)
        number = pd.to_numeric(text.mask(text.isin(MISSING)), errors="coerce").astype(float)
        wrong = (number.isna() & ~text.isin(MISSING)) | np.isinf(number)
        if wrong.any():
            hint = "; for a value below the limit write the limit into LLOQ and 1 into BLQ" if name == "DV" else ""
            faults.append(f"{name}: {text[wrong].iloc[0]!r} is no finite number{in_rows(wrong)}{hint}")
        found[name] = number if name in ("DV", "LLOQ", "TIME") else number.fillna(0.0)
    found["TIME"] = found["TIME"] * convert(1.0, time_unit, "day")
    if "EVID" not in table:
        found["EVID"] = (found["AMT"] != 0.0).astype(float)
    return found, faults


def or_choose(name: str, known: Iterable[str]) -> str:
    """Suggest the nearest right name, or list them all, as the tail of a message.

    Parameters
    ----------
    name : text
        What was asked for.
    known : texts
        What would have been right.

    Returns
    -------
    text

    Examples
    --------
    >>> or_choose("zebra", ["cart", "tumour"])
    '; there are cart, tumour'
    """
    return nearest(name, known) or f"; there are {', '.join(known)}"
