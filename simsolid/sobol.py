"""Shares of a variance that rest on groups of inputs, by Sobol's indices, in the face of runs that fail.

The design is Saltelli's: two independent sets of points, A and B, and for each group the points of A with that group's columns
from B. First-order shares (the group alone) and total shares (the group alone and together with others) come from pairs of
answers; a pair is left out when one of its two answers is missing. This module knows no model: it is tested on functions whose
indices are known.

Sources: saltelli2010 (design), jansen1999, glen2012 and janon2014 (estimators).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .errors import ParameterError, SolveError

MOST_FAILED = 0.2  # share of missing answers from which nothing is concluded
BOOTSTRAPS = 400
COVERAGE = (2.5, 97.5)  # percentiles of the interval
_LARGE = 0.5  # of a total share: above it the estimators that subtract from the whole are the closer ones
_LEAST = 8


@dataclass(frozen=True, eq=False)
class Points:
    """A design in the unit cube: ``a`` and ``b`` are rows of points, ``groups`` the columns of each group."""

    a: np.ndarray
    b: np.ndarray
    groups: Mapping[str, tuple[int, ...]]

    def mixed(self, columns: Sequence[int], rows: Any = slice(None)) -> np.ndarray:
        """Points of A with these columns from B."""
        points = self.a[rows].copy()
        points[:, list(columns)] = self.b[rows][:, list(columns)]
        return points


@dataclass(frozen=True, eq=False)
class Shares:
    """First-order and total shares; each array is outputs by groups, its last axis value, lower and upper (95 %).

    ``over_outputs`` has the mean of the total shares over the outputs that vary, by groups.
    """

    groups: tuple[str, ...]
    first: np.ndarray
    total: np.ndarray
    variance: np.ndarray  # one per output
    pairs: np.ndarray  # pairs of answers behind each total share, outputs by groups
    over_outputs: np.ndarray


def points(dimension: int, groups: Mapping[str, Sequence[int]], samples: int, seed: int = 0) -> Points:
    """Lay out points for shares of groups.

    Parameters
    ----------
    dimension : [1], one
        Number of inputs.
    groups : mapping
        Columns of each group by name.
    samples : [1], one
        Rows of A and of B: a power of two of at least 8.
    seed : [1], one
        Scrambles the sequence.

    Returns
    -------
    Points

    Raises
    ------
    ParameterError
        The number of samples is no power of two, or a column is in two groups.

    Examples
    --------
    >>> points(2, {"one": [0], "other": [1]}, 8).a.shape
    (8, 2)
    """
    from scipy.stats import qmc

    if not isinstance(samples, (int, np.integer)) or samples < _LEAST or samples & (samples - 1):
        raise ParameterError(f"samples: {samples!r}; must be a power of two of at least {_LEAST}, such as 64, 128 or 256")
    columns = [column for group in groups.values() for column in group]
    if len(set(columns)) != len(columns):
        raise ParameterError("groups: an input stands in two of them; put each into one")
    both = qmc.Sobol(2 * dimension, scramble=True, seed=seed).random(samples)
    return Points(both[:, :dimension], both[:, dimension:], {name: tuple(group) for name, group in groups.items()})


def answers(evaluate: Callable, design: Points, most_failed: float = MOST_FAILED) -> np.ndarray:
    """Evaluate a function on all points of a design.

    Parameters
    ----------
    evaluate : function
        Takes points (rows by inputs, each from 0 to 1), returns rows by outputs; NaN where an answer is missing.
    design : Points
        From :func:`points`.
    most_failed : [1], one
        Largest share of rows without any answer that is accepted.

    Returns
    -------
    any unit, (2 + groups) by rows by outputs
        Answers on A, on B, and on A with each group from B.

    Raises
    ------
    SolveError
        Too many answers are missing.

    Examples
    --------
    >>> design = points(2, {"one": [0], "other": [1]}, 8)
    >>> answers(lambda x: x.sum(axis=1, keepdims=True), design).shape
    (4, 8, 1)
    """
    return _evaluated(evaluate, [design.a, design.b, *(design.mixed(columns) for columns in design.groups.values())], most_failed)


def _evaluated(evaluate: Callable, blocks: Sequence[np.ndarray], most_failed: float) -> np.ndarray:
    """Blocks of points evaluated row by row, so that an evaluation in parts keeps together what is compared."""
    found = np.asarray(evaluate(np.stack(blocks, axis=1).reshape(-1, blocks[0].shape[1])), dtype=float)
    refuse_gaps(found, most_failed)
    return np.moveaxis(found.reshape(len(blocks[0]), len(blocks), -1), 1, 0)


def mixtures(
    evaluate: Callable, design: Points, sets: Sequence[Sequence[int]], rows: Any, most_failed: float = MOST_FAILED
) -> np.ndarray:
    """Evaluate a function on some rows of A with sets of columns from B.

    Parameters
    ----------
    evaluate : function
        As for :func:`answers`.
    design : Points
        From :func:`points`.
    sets : [1], several sets
        Columns to take from B.
    rows : [1], several, or a slice of anything
        Which rows.
    most_failed : [1], one
        As for :func:`answers`.

    Returns
    -------
    any unit, sets by rows by outputs

    Raises
    ------
    SolveError
        Too many answers are missing.

    Examples
    --------
    >>> design = points(2, {"one": [0], "other": [1]}, 8)
    >>> mixtures(lambda x: x, design, [[0], [1], [0, 1]], slice(2, 4)).shape
    (3, 2, 2)
    """
    return _evaluated(evaluate, [design.mixed(columns, rows) for columns in sets], most_failed)


def strongest(found: np.ndarray, mixed: np.ndarray, variance: np.ndarray, most: int) -> list[int]:
    """Pick the inputs that move the outputs most, from few rows: the strongest of each output in turn.

    Parameters
    ----------
    found : any unit, rows by outputs
        Answers on A.
    mixed : any unit, inputs by rows by outputs
        Answers on A with one input from B.
    variance : unit of the output squared, one per output
        NaN for an output that does not vary, which then has no say.
    most : [1], one
        How many to pick.

    Returns
    -------
    [1], several

    References
    ----------
    jansen1999

    Examples
    --------
    >>> design = points(3, {}, 16)
    >>> def weighed(x):
    ...     return x @ [[1.0], [5.0], [3.0]]
    >>> mixed = mixtures(weighed, design, [[0], [1], [2]], slice(None))
    >>> strongest(weighed(design.a), mixed, np.array([1.0]), 2)
    [1, 2]
    """
    moved = np.moveaxis((mixed - found) ** 2, 0, -1)
    known = np.isfinite(moved)
    total = np.where(known, moved, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    orders = [np.argsort(-total[k], kind="stable").tolist() for k in range(len(total)) if np.isfinite(variance[k])]
    in_turn = [order[place] for place in range(mixed.shape[0]) for order in orders]
    return list(dict.fromkeys(in_turn))[:most]


def refuse_gaps(found: np.ndarray, most_failed: float) -> None:
    """Stop when too many answers are missing.

    Parameters
    ----------
    found : any unit, rows by outputs
        NaN where an answer is missing.
    most_failed : [1], one
        Largest share that is accepted.

    Raises
    ------
    SolveError
        More rows than that have no answer at all.

    Examples
    --------
    >>> refuse_gaps(np.array([[1.0], [np.nan]]), 0.2)
    Traceback (most recent call last):
    simsolid.errors.SolveError: 1 of 2 runs (50 %) gave no answer, more than the 20 % that can be left out; ...
    """
    missing = ~np.isfinite(found).any(axis=1)
    if missing.mean() > most_failed:
        raise SolveError(f"{missing.sum()} of {missing.size} runs ({100 * missing.mean():.0f} %) gave no answer, more than the "
                         f"{100 * most_failed:.0f} % that can be left out; narrow the ranges, or see why they fail")


def shares(found: np.ndarray, groups: Sequence[str], seed: int = 0, variance: np.ndarray | None = None) -> Shares:
    """Estimate first-order and total shares of the variance, with bootstrap intervals.

    Of the two estimators of each share the closer one is taken; which that is depends on how much the group moves the output.
    With a known variance the rows are taken to be few and the groups small, and differences alone are used, which cannot come
    out below 0.

    Parameters
    ----------
    found : any unit, (2 + groups) by rows by outputs
        From :func:`answers`.
    groups : texts
        Names of the groups, in their order.
    seed : [1], one
        Of the bootstrap, which draws rows.
    variance : unit of the output squared, one per output, or None
        Where it is known from more rows than these; None to take it from A and B.

    Returns
    -------
    Shares
        NaN for an output that does not vary.

    References
    ----------
    saltelli2010; jansen1999; glen2012; janon2014

    Examples
    --------
    >>> design = points(2, {"one": [0], "other": [1]}, 256)
    >>> found = shares(answers(lambda x: x @ [[3.0], [1.0]], design), list(design.groups))
    >>> found.first[0, :, 0].round(1).tolist()
    [0.9, 0.1]
    """
    count = found.shape[1]
    again = np.random.default_rng(seed).integers(0, count, (BOOTSTRAPS, count))
    whole = np.arange(count)[None]
    first, total, spread, large = _estimates(found, whole, variance)
    # A choice anew in every bootstrap would mix two estimators in one interval.
    bootstraps = _estimates(found, again, variance, large)[:2]
    resampled = [_ends(each) for each in bootstraps]
    pairs = np.isfinite(found[0][:, :, None] - np.moveaxis(found[2:], 0, -1)).sum(axis=0)
    stacked = [np.stack([value[0], *ends], axis=-1) for value, ends in zip((first, total), resampled, strict=True)]
    means = [_over_outputs(each) for each in (total, bootstraps[1])]
    over = np.stack([means[0][0], *_ends(means[1])], axis=-1)
    return Shares(tuple(groups), stacked[0], stacked[1], spread[0], pairs, over)


def _over_outputs(values: np.ndarray) -> np.ndarray:
    """Mean over the outputs that vary (resample, group); NaN where none does."""
    known = np.isfinite(values)
    count = known.sum(axis=1)
    return np.where(count > 0, np.where(known, values, 0.0).sum(axis=1) / np.maximum(count, 1), np.nan)


def _ends(values: np.ndarray) -> np.ndarray:
    """Ends of the interval over bootstraps; NaN, without a warning, where the output never varies."""
    varies = ~np.isnan(values).all(axis=0)
    return np.where(varies, np.nanpercentile(np.where(varies, values, 0.0), COVERAGE, axis=0), np.nan)


def _estimates(found, rows, variance=None, large=None) -> tuple[np.ndarray, np.ndarray, np.ndarray, Any]:
    """First-order and total shares (resample, output, group), variances (resample, output), and which shares are large.

    Of a small total share the difference itself is small, of a large one what is missing from the whole. What two answers have
    in common is taken as a correlation, with their own variance below, so that a few extreme answers weigh less; where one of
    them is near that of A or B, the correlation that A and B have by chance is taken off.
    """
    known = np.where(np.isfinite(found[:2]), found[:2], 0.0)
    centred = found - known.sum(axis=(0, 1)) / np.maximum(np.isfinite(found[:2]).sum(axis=(0, 1)), 1)
    a, b, mixed = (part[rows] for part in (centred[0], centred[1], np.moveaxis(centred[2:], 0, -1)))
    spread = _variance(np.concatenate([a, b], axis=1)) if variance is None else np.tile(variance, (len(rows), 1))
    spread = np.where(spread > 1e-12 * np.abs(known).max(axis=(0, 1)) ** 2, spread, np.nan)
    a, b, by = a[..., None], b[..., None], spread[..., None]
    total = _mean((a - mixed) ** 2) / (2 * by)
    if variance is not None:
        return _mean(b * (mixed - a)) / by, total, spread, None
    chance, without, alone = _common(a, b), _common(a, mixed), _common(b, mixed)
    large = 1 - without > _LARGE if large is None else large
    first = np.where(large, alone, alone - chance)
    total = np.where(large, 1 - without + chance, total)
    unknown = np.isnan(by)
    return np.where(unknown, np.nan, first), np.where(unknown, np.nan, total), spread, large


def _common(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Correlation of two answers of the same distribution over rows, by what is known of both (glen2012, janon2014)."""
    known = np.isfinite(one) & np.isfinite(other)
    one, other = np.where(known, one, 0.0), np.where(known, other, 0.0)
    count = np.maximum(known.sum(axis=1), 1)
    middle = (one.sum(axis=1) + other.sum(axis=1)) / (2 * count)
    spread = ((one**2).sum(axis=1) + (other**2).sum(axis=1)) / (2 * count) - middle**2
    shared = (one * other).sum(axis=1) / count - middle**2
    return np.where(spread > 0, shared / np.where(spread > 0, spread, 1.0), 0.0)


def _variance(values: np.ndarray) -> np.ndarray:
    return _mean(values**2) - _mean(values) ** 2


def _mean(values: np.ndarray) -> np.ndarray:
    """Mean over rows of the pairs of which both answers are known."""
    known = np.isfinite(values)
    return np.where(known, values, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
