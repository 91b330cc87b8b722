"""What the data cannot tell, in plain words: flat profiles, quantities that trade off, bounds, starts that disagree."""

from collections.abc import Sequence

import numpy as np

from simsolid.fit.free import LINEAR, Free
from simsolid.fit.one import Individual
from simsolid.fit.profile import Side
from simsolid.values import amount

AT_BOUND = 1e-3  # of the search, from its end
SAME = 0.05  # difference in log-likelihood of walks that found one fit
LOOSE = 1.15  # standard deviation of a direction, on the scale of the search: a factor of ten to either side of 95 %
PART = 0.2  # share in a direction from which a quantity counts as part of it
LEADING = 0.5  # of the largest part, from which a quantity may lead a sentence
TOO_NARROW = 0.1  # share by which intervals may be too narrow without a word
TIED = 0.98  # correlation of two quantities that cannot be told apart


def status(f: Free, place: float, sides: Sequence[Side]) -> str:
    """Say in a word or three how well one quantity is known.

    Parameters
    ----------
    f : class Free
        The quantity.
    place : [1], one
        Its best fit on the scale of the search.
    sides : class Side, two or none
        Its profile, down and up; none when it was not followed.

    Returns
    -------
    text

    Examples
    --------
    >>> one = Free("a", "1", "a", 1.0, 9.0, 3.0, True, "given")
    >>> status(one, 0.0, ())
    'at lower bound'
    """
    low, high = f.ends
    bound = "at lower bound" if place - low < AT_BOUND else "at upper bound" if high - place < AT_BOUND else ""
    if not sides:
        return bound or "no interval"
    if not all(side.done for side in sides):
        return "profile failed"
    if any(side.stopped for side in sides):
        return "ends at failed runs"
    unlimited = [side.done and np.isnan(side.end) for side in sides]
    words = {(True, True): "flat", (True, False): "open below", (False, True): "open above", (False, False): "ok"}
    return bound or words[unlimited[0], unlimited[1]]


def told(f: Free, state: str, value: float, lower: float, upper: float) -> list[str]:
    """One sentence on a quantity that is not known from both sides; none when all is well.

    Parameters
    ----------
    f : class Free
        The quantity.
    state : text
        From :func:`status`.
    value, lower, upper : [unit], one
        Best fit and interval, NaN for an open end.

    Returns
    -------
    texts

    Examples
    --------
    >>> one = Free("a", "1/day", "a", 1.0, 9.0, 3.0, True, "given")
    >>> told(one, "flat", 3.0, float("nan"), float("nan"))
    ['a: flat; every value from 1 to 9 1/day fits about as well, so these data say nothing of it']
    """
    low, high = f"{f.low:g}", amount(f.high, f.unit)
    known = f"at least {amount(lower, f.unit)}" if np.isfinite(lower) else f"at most {amount(upper, f.unit)}"
    only = f"; these data only say {known}" if np.isfinite(lower) or np.isfinite(upper) else ""
    sentences = {
        "flat": f"flat; every value from {low} to {high} fits about as well, so these data say nothing of it",
        "open above": f"no upper end up to its bound {high}; these data only say {known}",
        "open below": f"no lower end down to its bound {amount(f.low, f.unit)}; these data only say {known}",
        "at lower bound": f"ended at its lower bound {amount(f.low, f.unit)}; widen the bound, or fix it{only}",
        "at upper bound": f"ended at its upper bound {high}; widen the bound, or fix it{only}",
        "ends at failed runs": "its interval ends where the model can no longer be run, not where the data say",
        "profile failed": "the ends of its interval were not found; see the profiles of this fit",
    }
    return [f"{f.name}: {sentences[state]}"] if state in sentences else []


def trade_offs(free: Sequence[Free], place: np.ndarray, curvature: np.ndarray) -> list[str]:
    """Name quantities that can move together while the fit stays nearly the same, and how they move.

    Parameters
    ----------
    free : sequence of class Free
        All quantities.
    place : [1], one per quantity
        Best fit on the scale of the search; what stands at a bound is left out.
    curvature : [1], quantities twice
        Information there.

    Returns
    -------
    texts

    Examples
    --------
    >>> two = [Free(name, "1", name, 0.1, 10.0, 1.0, True, "given") for name in "ab"]
    >>> trade_offs(two, np.zeros(2), np.array([[9.0, 9.0], [9.0, 9.0]]))
    ['a and b trade off: a +10 % with b -9.1 % fits almost as well']
    """
    inside = [i for i, f in enumerate(free) if min(place[i] - f.ends[0], f.ends[1] - place[i]) >= AT_BOUND]
    if len(inside) < 2:
        return []
    free, part = [free[i] for i in inside], curvature[np.ix_(inside, inside)]
    size, ways = np.linalg.eigh(part)
    found = [way for each, way in zip(size, ways.T, strict=True) if each < LOOSE**-2]
    covered = {frozenset(_members(way)) for way in found}
    found += [way for way in _pairs(part) if frozenset(_members(way)) not in covered]
    return [_moves(free, way) for way in found if len(_members(way)) > 1]


def _members(way: np.ndarray) -> list[int]:
    return [int(i) for i in np.flatnonzero(np.abs(way) > PART * np.abs(way).max())]


def _pairs(curvature: np.ndarray) -> list[np.ndarray]:
    """Directions of pairs that are almost perfectly correlated."""
    spread = np.linalg.inv(curvature + 1e-6 * np.eye(len(curvature)))
    error = np.sqrt(np.maximum(np.diag(spread), 1e-300))
    tied = spread / np.outer(error, error)
    pairs = [(i, j) for i in range(len(error)) for j in range(i) if abs(tied[i, j]) > TIED]
    found = np.zeros((len(pairs), len(error)))
    for way, (i, j) in zip(found, pairs, strict=True):
        way[i], way[j] = error[i], np.sign(tied[i, j]) * error[j]
    return list(found)


def _moves(free: Sequence[Free], way: np.ndarray) -> str:
    """A direction in words, led by its first large part going up by a tenth."""
    lead = next(i for i in _members(way) if abs(way[i]) >= LEADING * np.abs(way).max())
    members = [lead, *(i for i in _members(way) if i != lead)]
    step = np.log(1.1) / way[lead] if free[lead].log else 0.1 / way[lead]
    words = [_move(free[i], step * way[i]) for i in members]
    names = ", ".join(free[i].name for i in members[:-1]) + f" and {free[members[-1]].name}"
    return f"{names} trade off: {words[0]} with {' and '.join(words[1:])} fits almost as well"


def _move(f: Free, step: float) -> str:
    if f.log:
        return f"{f.name} {100.0 * np.expm1(step):+.2g} %"
    return f"{f.name} {step / LINEAR * (f.high - f.low):+.2g}{'' if f.unit == '1' else ' ' + f.unit}"


def of_the_search(found: Individual) -> list[str]:
    """What the search itself leaves in doubt.

    Parameters
    ----------
    found : class Individual
        The fit of one individual.

    Returns
    -------
    texts
    """
    values, free = found.walks.value, found.problem.free
    starts, agreed, lost = len(values), agreeing(found), int(np.sum(~np.isfinite(values)))
    many, narrow = len(found.problem.series.values), _narrowness(found)
    checks = {
        f"{many} measurements for {len(free)} fitted quantities; fix some of them": many <= len(free),
        f"the sd is fitted too, and {many} measurements are few for {len(free)} quantities: intervals are about "
        f"{100 * narrow:.0f} % too narrow; use small_sample=True, or a known sd=...": narrow > TOO_NARROW,
        f"all {many} measurements are below the limit of quantification": bool(found.problem.series.below.all()),
        "one start only: a better fit elsewhere would not be seen; use starts=16 or more": starts == 1,
        f"only {agreed} of {starts} starts found the best fit, so there may be a better one; use more starts or narrower bounds":
            starts > 1 and agreed < max(2, starts / 8),
        "the best search ran out of rounds; start again from what it found": not found.best.arrived[0],
        f"following a profile met a better fit than all starts had ({found.better} times); use more starts": found.better > 0,
        f"{lost} of {starts} starts lay where the model cannot be run": lost > 0,
        f"{found.failed} of {found.runs} runs of the model failed and counted as no fit": found.failed > 0,
    }  # fmt: skip
    return [sentence for sentence, true in checks.items() if true]


def elsewhere(found: Individual, which: int, lower: float, upper: float) -> list[str]:
    """Say whether other starts found as good a fit outside the interval of a quantity.

    Parameters
    ----------
    found : class Individual
        The fit of one individual.
    which : [1], one
        Place of the quantity.
    lower, upper : [unit], one
        Its interval; NaN where it is open.

    Returns
    -------
    texts
    """
    f = found.problem.free[which]
    values = f.value(found.walks.place[found.walks.value <= found.best.value[0] + SAME, which])
    other = values[(values < lower) | (values > upper)]
    return [f"{f.name}: {amount(float(other[0]), f.unit)} fits as well, outside its interval"] if other.size else []


def agreeing(found: Individual) -> int:
    """Number of starts that found the best fit.

    Parameters
    ----------
    found : class Individual
        The fit of one individual.

    Returns
    -------
    [1], one
    """
    return int(np.sum(found.walks.value <= found.best.value[0] + SAME))


def _narrowness(found: Individual) -> float:
    """By which share intervals are too narrow because the sd is fitted, were the model a straight line."""
    if found.ends is None:
        return 0.0
    # half an interval grows with this of the drop at its end
    ours, exact = np.sqrt(np.expm1(np.array([found.ends.threshold, found.ends.exact]) / len(found.problem.series.values)))
    return 1.0 - float(ours / exact)
