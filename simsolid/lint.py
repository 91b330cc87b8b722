"""Slips that units cannot tell: a number per hour typed per day, and a spread that reaches beyond the hard limits.

A unit is converted at the door, but nobody can convert a number whose unit was written wrongly. Two things give it away: the
usual values of that parameter (``params/usual.toml``), and what the file itself says of it in words.
"""

import math
import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from .declare import Declaration
from .draws import DEFAULT_TRUNCATION, SHAPES
from .errors import ParameterError
from .files import find_params_dir, shown_path
from .units import convert, dimension
from .values import Spread, Value, amount

MOST_OUTSIDE = 0.05  # of a distribution: what more than this of it lies beyond the hard limits is a mistake, not a tail
# How many of a unit of time make a day.
IN_A_DAY = {"hour": 24.0, "minute": 1440.0, "second": 86400.0}
_FACTORS = [(word, factor) for word, many in IN_A_DAY.items() for factor in (many, 1.0 / many)]
_CLOSE = 0.03  # relative; notes round to two digits
_GRID = 400  # points across a distribution; a share is known to a quarter of a percent
_NUMBER = r"(\d+(?:\.\d+)?(?:e-?\d+)?)"
_SPAN = {"h": 1 / 24, "hour": 1 / 24, "hours": 1 / 24, "min": 1 / 1440, "minutes": 1 / 1440, "d": 1.0, "day": 1.0, "days": 1.0,
         "week": 7.0, "weeks": 7.0}  # fmt: skip
_HALF_LIFE = re.compile(rf"half-life (?:of |is )?(?:about )?{_NUMBER} ({'|'.join(sorted(_SPAN, key=len, reverse=True))})\b", re.I)
_PER = (({"h", "hour"}, r"per hour|/ ?h\b|/ ?hour|h\^?-1"), ({"min", "minute"}, r"per minute|/ ?min\b|min\^?-1"))


def usual_values(path: Path | None = None) -> Mapping[str, tuple[float, float, str]]:
    """Read what numbers per time, and durations, usually are.

    Parameters
    ----------
    path : path or None
        A TOML file; by default ``usual.toml`` beside the parameter files. A folder of one's own may lack it.

    Returns
    -------
    mapping
        Least and greatest, and their unit, by name of the parameter.

    Raises
    ------
    ParameterError
        A row is not of the form ``name = { low = 1, high = 2, unit = "1/day" }``.

    Examples
    --------
    >>> usual_values()["kill_rate"]
    (1.0, 32.0, '1/day')
    """
    path = path or find_params_dir() / "usual.toml"
    return _read_usual(path.read_text(encoding="utf-8"), shown_path(path)) if path.is_file() else {}


@cache
def _read_usual(text: str, shown: str) -> Mapping[str, tuple[float, float, str]]:
    try:
        return {name: (float(row["low"]), float(row["high"]), str(row["unit"])) for name, row in tomllib.loads(text).items()}
    except (KeyError, TypeError, ValueError) as fault:
        raise ParameterError(f'{shown}: {fault}; a row is name = {{ low = 1, high = 2, unit = "1/day" }}') from None


def unit_of_time_faults(table: Mapping[str, Any], value: Value, facts: Declaration, usual: Mapping[str, tuple]) -> list[str]:
    """Say whether a number looks as if it were per hour, minute or second where its unit says day, or the other way.

    Parameters
    ----------
    table : mapping
        The parameter as the file gives it: its numbers in the file's unit, and its words.
    value : Value
        The same in canonical units.
    facts : Declaration
        What the model says of it.
    usual : mapping
        From :func:`usual_values`.

    Returns
    -------
    texts
        At most one sentence; none when the table says ``unusual``, or holds no time.

    Examples
    --------
    >>> table = {"value": 0.2, "unit": "1/day", "note": "Half-life 3.5 h."}
    >>> print(*unit_of_time_faults(table, Value(0.2, "1/day"), Declaration("loss_rate", "1/day", "loss"), {}))
    value 0.2 1/day is 24 times smaller than the note's 'half-life 3.5 h' allows; is it per hour? Else say unusual = "why"
    """
    if table.get("unusual") or not dimension(facts.unit).day:
        return []
    found = (*_against_words(table, value, facts), *_against_usual(value, facts, usual))
    return list(found)[:1]


def _against_usual(value: Value, facts: Declaration, usual: Mapping[str, tuple]) -> Iterator[str]:
    """Some number of the table is beyond the usual, and all of them are within it when another unit of time is meant."""
    if facts.name not in usual:
        return
    low, high, unit = usual[facts.name]
    low, high = convert(low, unit, facts.unit), convert(high, unit, facts.unit)
    given = [abs(n) for n in (value.value, value.low, value.high, *dict(value.by_site).values()) if n]
    if all(low <= n <= high for n in given):
        return
    for word, factor in _FACTORS:
        if all(low <= n * factor <= high for n in given):
            yield (f"value {amount(value.value, facts.unit)} is {_times(factor)} the usual {low:g} to "
                   f"{amount(high, facts.unit)} allow; {_asked(word, factor, facts)}")  # fmt: skip


def _against_words(table: Mapping[str, Any], value: Value, facts: Declaration) -> Iterator[str]:
    """The note or the place in the source gives the same number per another time, or a half-life that is 24 times off."""
    words = f"{table.get('where', '')} {table.get('note', '')}"
    for aliases, pattern in _PER:
        spoken = re.finditer(rf"{_NUMBER} ?(?:\w+ ?)?(?:{pattern})", words)
        if dimension(facts.unit).day == -1 and not aliases & set(re.findall(r"[A-Za-z]+", table["unit"])):
            yield from (f"value {table['value']:g} {table['unit']}, but the words beside it say '{found[0]}'; which is it?"
                        for found in spoken if math.isclose(float(found[1]), table["value"], rel_tol=_CLOSE))
    for found in _HALF_LIFE.finditer(words):
        days = float(found[1]) * _SPAN[found[2].lower()]
        wanted = {"1/day": math.log(2) / days}.get(facts.unit, days if facts.name.endswith("half_life") else None)
        for word, factor in _FACTORS:
            if wanted and math.isclose(value.value * factor, wanted, rel_tol=_CLOSE):
                yield (f"value {amount(value.value, facts.unit)} is {_times(factor)} the note's '{found[0].lower()}' allows; "
                       f"{_asked(word, factor, facts)}")  # fmt: skip


def _times(factor: float) -> str:
    return f"{factor:g} times smaller than" if factor > 1 else f"{1 / factor:g} times larger than"


def _asked(word: str, factor: float, facts: Declaration) -> str:
    """The question that the slip suggests; a duration grows where a rate shrinks."""
    rate = dimension(facts.unit).day < 0
    meant = (factor > 1) == rate
    how = f"is it per {word}" if rate else f"is it in {word}s"
    twice = f"was it turned from {word}s to days twice"
    return f'{how if meant else twice}? Else say unusual = "why"'


def slip_inside(given: float, low: float, high: float, facts: Declaration) -> str:
    """Ask, where a number is outside its range, whether another unit of time was meant.

    Parameters
    ----------
    given, low, high : [unit], one each
        The number and its range.
    facts : Declaration
        Of the parameter.

    Returns
    -------
    text
        Empty when no unit of time explains it.

    Examples
    --------
    >>> slip_inside(0.5, 9, 15, Declaration("loss_rate", "1/day", "loss"))
    '; 24 times it is inside: is it per hour?'
    """
    rate = dimension(facts.unit).day
    if rate not in (-1, 1):
        return ""
    for word, many in IN_A_DAY.items():
        if low <= given * many**-rate <= high:
            return f"; {many:g} times it is inside: is it per {word}?" if rate < 0 \
                else f"; a {many:g}th of it is inside: is it in {word}s?"
    return ""


def share_outside(spread: Spread, centre: float, facts: Declaration) -> float:
    """Share of a distribution, as it is drawn, that lies beyond the hard limits.

    Parameters
    ----------
    spread : Spread
        How patients and lesions differ.
    centre : [unit], one
        The value they differ around.
    facts : Declaration
        With the hard limits.

    Returns
    -------
    [1], one

    Examples
    --------
    >>> share = Declaration("positive_fraction", "1", "share", low=0, high=1)
    >>> round(share_outside(Spread("normal", sd=0.5), 0.5, share), 2)
    0.32
    """
    limit = spread.truncate or DEFAULT_TRUNCATION
    z = _normal_grid(limit)
    own = _normal_grid(limit)[_GRID // 80 :: _GRID // 40] if spread.sd_lesion else np.zeros(1)
    drawn = SHAPES[spread.shape](np.full((1, 1), float(centre)), spread, z[:, None], own[None, :])
    return float(((drawn < facts.low) | (drawn > facts.high)).mean())


def _normal_grid(limit: float) -> np.ndarray:
    """Equally likely numbers of a standard normal distribution between plus and minus ``limit``."""
    from scipy.special import ndtr, ndtri

    low, high = ndtr(-limit), ndtr(limit)
    return ndtri(low + (np.arange(_GRID) + 0.5) / _GRID * (high - low))


def spread_beyond_limits(spread: Spread, value: Value, facts: Declaration) -> list[str]:
    """Say where more than a twentieth of a distribution lies beyond the hard limits.

    Parameters
    ----------
    spread : Spread
        One that fits the value.
    value : Value
        Its centre, and other centres at some sites.
    facts : Declaration
        With the hard limits.

    Returns
    -------
    texts
        One sentence for the value and for each site.

    Examples
    --------
    >>> share = Declaration("positive_fraction", "1", "share", low=0, high=1)
    >>> spread_beyond_limits(Spread("normal", sd=0.5), Value(0.5, "1"), share)
    ['spread puts 32 % of patients beyond the limits, from 0 to 1; make it narrower or choose a shape that keeps within them']
    """
    faults = []
    for place, centre in (("", value.value), *((f" at {site}", given) for site, given in value.by_site)):
        outside = share_outside(spread, centre, facts)
        if outside > MOST_OUTSIDE:
            share = f"{100 * outside:.0f} % of patients"
            faults.append(f"spread puts {share} beyond the limits{place}, {facts.limits}; "
                          "make it narrower or choose a shape that keeps within them")
    return faults
