"""A table of doses and measurements, one row per event as NONMEM has it, checked and turned into one series per individual."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from simsolid.fit.columns import as_numbers, as_word, in_rows, known_columns, or_choose, read_table
from simsolid.params import refuse


@dataclass(frozen=True, eq=False)
class Series:
    """What was given to one individual, and what was measured.

    Parameters
    ----------
    individual : text
        Who.
    days : [day], several
        Days on which the model is asked, the first of which is its start.
    at : [1], one per measurement
        Place in ``days``.
    of : [1], one per measurement
        Place in ``observables``.
    values : units of the observables, one per measurement
        What was measured; the limit of quantification where ``below``.
    below : truth, one per measurement
        All that is known is that it was below the limit.
    observables : texts
        What was measured, by the model's names.
    doses : mapping or None
        For each state that received something, pairs of day and amount; None when the table has no doses.
    """

    individual: str
    days: np.ndarray
    at: np.ndarray
    of: np.ndarray
    values: np.ndarray
    below: np.ndarray
    observables: tuple[str, ...]
    doses: Mapping[str, Sequence[tuple[float, float]]] | None


@dataclass(frozen=True, eq=False)
class Asked:
    """How a table is to be read: the model's names, and what the table leaves open."""

    model: str
    states: tuple[str, ...]
    observables: tuple[str, ...]
    observes: str | Mapping[str, str] | None = None
    doses_into: str | None = None
    lloq: float | Mapping[str, float] | None = None
    begin: float = 0.0
    time_unit: str = "day"
    positive: Mapping[str, bool] | bool = True  # observables whose error is on the log scale


def series_of(data: Any, asked: Asked) -> list[Series]:
    """Read and check a table, and split it by individual.

    Parameters
    ----------
    data : DataFrame or file
        One row per dose or measurement.
    asked : class Asked
        How to read it.

    Returns
    -------
    list of Series
        In the order of first appearance.

    Raises
    ------
    ParameterError
        With every fault of the table.

    Examples
    --------
    >>> import pandas as pd
    >>> data = pd.DataFrame({"time": [0, 1, 7], "amt": [1e6, None, None], "dv": [None, 40.0, 2.0], "lloq": 5})
    >>> (one,) = series_of(data, Asked("mine", ("cart",), ("cart",), doses_into="cart"))
    >>> one.days, one.below, one.doses
    (array([0., 1., 7.]), array([False,  True]), {'cart': [(0.0, 1000000.0)]})
    """
    refuse(_asked_faults(asked), "fit")
    table, faults = known_columns(read_table(data))
    refuse(faults, "data")
    table, faults = as_numbers(table, asked.time_unit)
    refuse(faults, "data")
    table, faults = _placed(table, asked)
    faults += _row_faults(table, asked)
    refuse(faults, "data")
    return [_one(str(who), rows, asked) for who, rows in table.groupby("ID", sort=False)]


def _asked_faults(asked: Asked) -> list[str]:
    """What is wrong with the choices beside the table."""
    known = dict.fromkeys((*asked.observables, *asked.states))
    by_name = asked.lloq if isinstance(asked.lloq, Mapping) else {"": asked.lloq}
    faults = [f"lloq: '{name}' is no observable or state of {asked.model}{or_choose(name, known)}" for name in by_name
              if name and name not in known]
    faults += [f"lloq: {limit!r}; must be a number" for limit in by_name.values()
               if limit is not None and not isinstance(limit, (int, float))]
    good = isinstance(asked.begin, (int, float)) and np.isfinite(asked.begin)
    return faults + ([] if good else [f"begin: {asked.begin!r}; must be a day"])


def _placed(table, asked: Asked):
    """What each row measures, or what it gives to."""
    found, faults = table.copy(), []
    words = {name: table[name].map(as_word) if name in table else None for name in ("WHAT", "CMT")}
    measured = words["WHAT"] if words["WHAT"] is not None else words["CMT"]
    given = words["CMT"] if words["CMT"] is not None else words["WHAT"]
    dose, seen = _is_dose(table), _is_seen(table)
    target, found["PLACE"] = {}, ""
    for rows, column, find in ((seen, measured, _observable), (dose, given, _state)):
        spoken = column if column is not None else found["PLACE"]
        for word in dict.fromkeys(spoken[rows]):
            target[word], fault = find(word, asked)
            faults += [f"{fault}{in_rows(rows & (spoken == word))}"] if fault else []
        found.loc[rows, "PLACE"] = spoken[rows].map(target)
    return found, faults


def _is_dose(table):
    return table["EVID"] == 1


def _is_seen(table):
    return (table["EVID"] == 0) & (table["MDV"] == 0)


def _observable(word: str, asked: Asked) -> tuple[str, str]:
    """The observable a word stands for, or what is wrong with it."""
    named = asked.observes if isinstance(asked.observes, Mapping) else {}
    default = asked.observes if isinstance(asked.observes, str) else ""
    known = dict.fromkeys((*asked.observables, *asked.states))
    if not word and not default:
        shown = asked.observables
        return (shown[0], "") if len(shown) == 1 else (
            "", f"what was measured is not said; add a column WHAT, or observes=... with one of {', '.join(known)}")
    name = str(named.get(word, word or default))
    name = _numbered(name, asked.states)
    return (name, "") if name in known else (
        "", f"'{name}' is no observable or state of {asked.model}{or_choose(name, known)}")


def _state(word: str, asked: Asked) -> tuple[str, str]:
    """The state that receives a dose, or what is wrong with it."""
    name = _numbered(word or asked.doses_into or "", asked.states)
    if not asked.states:
        return "", "doses stand in the table; a model with a plan takes them from plan=..., so leave them out"
    if not name:
        return "", f"what receives a dose is not said; add a column CMT, or doses_into=... with one of {', '.join(asked.states)}"
    return (name, "") if name in asked.states else (
        "", f"dose into '{name}', which is no state of {asked.model}"
            f"{or_choose(name, asked.states)}")


def _numbered(name: str, states: Sequence[str]) -> str:
    """NONMEM counts its compartments from 1, in the order of the states."""
    return states[int(name) - 1] if name.isdigit() and 0 < int(name) <= len(states) else name


def _row_faults(table, asked: Asked) -> list[str]:
    """Rows that say what cannot be."""
    dose, seen = _is_dose(table), _is_seen(table)
    limit, log = _limits(table, asked), table["PLACE"].map(lambda name: _positive(asked, name))
    flagged = (table["CENS"] != 0) | (table["BLQ"] != 0)
    below = flagged | (table["DV"] < limit)
    told = {
        "TIME is empty": table["TIME"].isna(),
        f"TIME is before day {asked.begin:g}, on which the model starts; shift the days, or begin earlier":
            table["TIME"] < asked.begin,
        "EVID must be 0 (measurement), 1 (dose) or 2 (neither); resets are not for one course": ~table["EVID"].isin([0, 1, 2]),
        "CENS and BLQ must be 0 or 1": ~table["CENS"].isin([0, 1]) | ~table["BLQ"].isin([0, 1]),
        "AMT of a dose must be above zero": dose & ~(table["AMT"] > 0),
        "AMT stands in a row that is no dose": ~dose & (table["AMT"] != 0),
        "ADDL must be a whole number and II above zero":
            dose & ((table["ADDL"] % 1 != 0) | (table["ADDL"] < 0) | ((table["ADDL"] > 0) & ~(table["II"] > 0))),
        "DV is empty; write 1 into MDV for no measurement": seen & ~flagged & table["DV"].isna(),
        "below the limit, but no limit is given; fill LLOQ or pass lloq=...": seen & flagged & limit.isna(),
        "marked as below the limit, but DV is above it": seen & flagged & (table["DV"] > limit),
        "LLOQ must be above zero": seen & (limit <= 0) & log,
        "DV is not above zero, which has no logarithm; give LLOQ, or use error='additive'":
            seen & log & ~below & (table["DV"] <= 0),
    }  # fmt: skip
    faults = [f"{sentence}{in_rows(wrong)}" for sentence, wrong in told.items() if wrong.any()]
    empty = [who for who, rows in table.groupby("ID", sort=False) if not _is_seen(rows).any()]
    return faults + [f"individual {who} has no measurement" for who in empty]


def _positive(asked: Asked, name: str) -> bool:
    return asked.positive if isinstance(asked.positive, bool) else bool(asked.positive.get(name, True))


def _limits(table, asked: Asked):
    """Limit of quantification of each row: the column's, else the one passed; a flag alone means that DV is the limit."""
    by_name = asked.lloq if isinstance(asked.lloq, Mapping) else {}
    whole = np.nan if asked.lloq is None or by_name else float(asked.lloq)
    limit = table["LLOQ"].fillna(table["PLACE"].map(lambda name: by_name.get(name, whole)).astype(float))
    flagged = (table["CENS"] == 1) | (table["BLQ"] == 1)
    return limit.mask(limit.isna() & flagged & (table["DV"] > 0), table["DV"])


def _one(who: str, rows, asked: Asked) -> Series:
    """The series of one individual."""
    seen, dose = rows[_is_seen(rows)], rows[_is_dose(rows)]
    limit = _limits(seen, asked)
    below = ((seen["CENS"] == 1) | (seen["BLQ"] == 1) | (seen["DV"] < limit)).to_numpy()
    days = np.unique([asked.begin, *seen["TIME"]])
    observables = tuple(dict.fromkeys(seen["PLACE"]))
    return Series(
        individual=who, days=days, at=np.searchsorted(days, seen["TIME"].to_numpy()),
        of=np.array([observables.index(name) for name in seen["PLACE"]]),
        values=np.where(below, limit, seen["DV"]), below=below, observables=observables,
        doses=_doses(dose) if len(dose) else None,
    )  # fmt: skip


def _doses(rows) -> dict[str, list[tuple[float, float]]]:
    """For each state, pairs of day and amount; repeated doses written out."""
    found: dict[str, list[tuple[float, float]]] = {}
    for state, day, amount, more, every in zip(*(rows[name] for name in ("PLACE", "TIME", "AMT", "ADDL", "II")), strict=True):
        found.setdefault(state, []).extend((float(day + k * every), float(amount)) for k in range(int(more) + 1))
    return found
