"""Observed distributions of one quantity, as conditions on weights over virtual patients."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, NamedTuple

import numpy as np

from simsolid.errors import ParameterError
from simsolid.steps import is_number

_WORDS = "mean with sd, median with sd_log, quantiles, or share"


@dataclass(frozen=True, kw_only=True)
class Marginal:
    """What was observed of one column of a table: any of its mean, its spread, its quantiles, or a share of patients.

    Parameters
    ----------
    mean, sd : unit of the column, one each, or None
        Mean, and with it perhaps the standard deviation.
    median : unit of the column, one, or None
        Alone, half of the patients lie below it. With ``sd_log`` it is the median of a log-normal distribution.
    sd_log : [1], one, or None
        Standard deviation of the natural logarithm.
    quantiles : mapping, or None
        Value by share of the patients at or below it, such as ``{0.25: 3, 0.75: 11}``.
    share : [1], one, or None
        Share of the patients that are counted: those for whom the column is true, or as the next two say.
    of : texts
        Count those whose value is one of these.
    at_least : unit of the column, one, or None
        Count those whose value is no lower.
    n : [1], one, or None
        In how many patients it was observed: it is then met only as closely as so few patients can tell.

    Raises
    ------
    ParameterError
        Nothing or nothing possible is said; all faults at once.

    Examples
    --------
    >>> Marginal(share=0.57, of=("CR", "PR"), n=51).share
    0.57
    """

    mean: float | None = None
    sd: float | None = None
    median: float | None = None
    sd_log: float | None = None
    quantiles: Mapping[float, float] = field(default_factory=dict)
    share: float | None = None
    of: tuple = ()
    at_least: float | None = None
    n: float | None = None

    def __post_init__(self):
        object.__setattr__(self, "of", (self.of,) if isinstance(self.of, str) else tuple(self.of))
        object.__setattr__(self, "quantiles", dict(self.quantiles))
        faults = list(_faults(self))
        if faults:
            raise ParameterError("\n".join(f"marginal: {fault}" for fault in faults))

    def __hash__(self):
        return hash((*((f.name, getattr(self, f.name)) for f in fields(self) if f.name != "quantiles"), *self.quantiles.items()))


class Condition(NamedTuple):
    """One number that weights must give: the weighted mean of ``values`` over the patients who have one."""

    column: str
    words: str
    values: Any
    target: float
    n: float | None

    @property
    def known(self):
        """Who has a value."""
        return np.isfinite(self.values)

    @property
    def reach(self) -> tuple[float, float]:
        """What any weights could give."""
        known = self.values[self.known]
        return (float(known.min()), float(known.max())) if known.size else (np.nan, np.nan)


def _faults(given: Marginal):
    numbers = [f.name for f in fields(given) if f.name not in ("quantiles", "of")]
    wrong = [name for name in numbers if getattr(given, name) is not None and not _finite(getattr(given, name))]
    yield from (f"{name} {getattr(given, name)!r}; must be a finite number" for name in wrong)
    if wrong:
        return
    if given.mean is None and given.median is None and given.share is None and not given.quantiles:
        yield f"says nothing; give {_WORDS}"
    for spread, centre in (("sd", "mean"), ("sd_log", "median")):
        if getattr(given, spread) is not None and (getattr(given, centre) is None or getattr(given, spread) <= 0):
            yield f"{spread} {getattr(given, spread):g}; must be above 0 and come with the {centre}"
    if given.sd_log is not None and given.median is not None and given.median <= 0:
        yield f"median {given.median:g}; must be above 0 on a log scale"
    if given.share is not None and not 0 <= given.share <= 1:
        yield f"share {given.share:g}; must be from 0 to 1, not in per cent"
    if given.share is None and (given.of or given.at_least is not None):
        yield "of and at_least say who is counted; say which share they are"
    if given.n is not None and given.n < 1:
        yield f"n {given.n:g}; must be at least 1"
    yield from _quantile_faults(given.quantiles)


def _quantile_faults(quantiles: Mapping):
    wrong = [share for share, value in quantiles.items() if not (_finite(share) and 0 < share < 1 and _finite(value))]
    if wrong:
        yield f"quantiles at {', '.join(map(str, wrong))}; each needs a share between 0 and 1 and a finite value"
    elif (np.diff([quantiles[share] for share in sorted(quantiles)]) < 0).any():
        yield "quantiles fall as their share rises"


def _finite(given) -> bool:
    return is_number(given) and bool(np.isfinite(given))


def conditions(column: str, given: Marginal, values) -> list[Condition]:
    """Write an observed distribution as conditions on weighted means.

    Parameters
    ----------
    column : text
        What it is of.
    given : Marginal
        What was observed.
    values : any unit or texts, one per patient
        The column of the patients.

    Returns
    -------
    Conditions

    Raises
    ------
    ParameterError
        The column holds no numbers where numbers are needed.

    Examples
    --------
    >>> [each.words for each in conditions("cmax_cells", Marginal(median=8.0, sd_log=0.65), np.array([4.0, 16.0]))]
    ['mean of the logarithm', 'variance of the logarithm']
    """
    found = []
    if given.share is not None:
        found.append(_Part(f"share{_who(given)}", _counted(column, given, values), given.share))
    if given.mean is None and given.median is None and not given.quantiles:
        return [Condition(column, *part, given.n) for part in found]
    x = _numbers(column, values)
    if given.mean is not None:
        found.append(_Part("mean", x, given.mean))
    if given.sd is not None:
        found.append(_Part("variance about the mean", (x - given.mean) ** 2, given.sd**2))
    if given.sd_log is not None:
        log, middle = np.log(np.where(x > 0, x, np.nan)), float(np.log(given.median))
        found += [_Part("mean of the logarithm", log, middle),
                  _Part("variance of the logarithm", (log - middle) ** 2, given.sd_log**2)]  # fmt: skip
    below = given.quantiles if given.median is None or given.sd_log is not None else {**given.quantiles, 0.5: given.median}
    found += [_Part(f"share at or below {value:g}", _or_nan(x <= value, x), share) for share, value in sorted(below.items())]
    return [Condition(column, *part, given.n) for part in found]


class _Part(NamedTuple):
    words: str
    values: Any
    target: float


def _who(given: Marginal) -> str:
    if given.of:
        return f" of {', '.join(map(str, given.of))}"
    return "" if given.at_least is None else f" at or above {given.at_least:g}"


def _numbers(column: str, values) -> np.ndarray:
    try:
        return np.asarray(values, dtype=float)
    except (TypeError, ValueError):
        raise ParameterError(f"{column}: holds words, not numbers; say share=..., of=(...)") from None


def _counted(column: str, given: Marginal, values) -> np.ndarray:
    if given.of:
        return np.isin(np.asarray(values, dtype=object).astype(str), [str(word) for word in given.of]).astype(float)
    x = _numbers(column, values)
    return _or_nan(x >= given.at_least if given.at_least is not None else x != 0, x)


def _or_nan(counted: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Whether a patient is counted; a patient without a value is neither."""
    return np.where(np.isfinite(x), counted.astype(float), np.nan)
