"""Weights of maximum entropy that meet conditions, and conditions that no weights can meet."""

from collections.abc import Sequence

import numpy as np

from simsolid.errors import ParameterError
from simsolid.marginals import Condition

MOST_OFF = 2.0  # standard errors by which a target observed in few patients may be missed
_CLOSE = 1e-6  # of a standard deviation, within which a target counts as met


def _moments(asked: Sequence[Condition]) -> tuple[np.ndarray, np.ndarray]:
    """Deviations from the targets in standard deviations (patients by conditions), and 1/n of each, 0 where it must be met.

    A patient without a value does not count in that condition, so the mean is over those who have one.
    """
    columns = []
    for each in asked:
        scale = np.nanstd(each.values[each.known]) or max(abs(each.target), 1.0)
        columns.append(np.where(each.known, (each.values - each.target) / scale, 0.0))
    return np.stack(columns, axis=1), np.array([1.0 / each.n if each.n else 0.0 for each in asked])


def refuse_unreachable(asked: Sequence[Condition]) -> None:
    """Refuse targets that no weights of these patients can give, each alone or all together.

    Parameters
    ----------
    asked : Conditions
        From :func:`simsolid.marginals.conditions`.

    Raises
    ------
    ParameterError
        With what these patients could give; of targets that exclude each other, the least change that would do.

    Examples
    --------
    >>> from simsolid.marginals import Marginal, conditions
    >>> refuse_unreachable(conditions("cmax_cells", Marginal(mean=50.0), np.array([4.0, 16.0])))
    Traceback (most recent call last):
    simsolid.errors.ParameterError: cmax_cells, mean: 50 was observed, but these patients give 4 to 16 at most; ...
    """
    hint = "draw more patients, widen their spreads or move their centres"
    alone = [f"{each.column}, {each.words}: {each.target:.4g} was observed, but these patients give {each.reach[0]:.4g} to "
             f"{each.reach[1]:.4g} at most; {hint}" for each in asked
             if not each.n and not each.reach[0] <= each.target <= each.reach[1]]  # fmt: skip
    if alone:
        raise ParameterError("\n".join(alone))
    strict = [each for each in asked if not each.n]
    off = _least_miss(strict) if strict else np.empty(0)
    if (off > _CLOSE).any():
        worst = [f"{each.column}, {each.words} (off by {miss:.2g} standard deviations)"
                 for each, miss in zip(strict, off, strict=True) if miss > _CLOSE]  # fmt: skip
        raise ParameterError(f"weigh: each target can be reached, but not all together; nearest: {'; '.join(worst)}; {hint}, or "
                             "give n, so that targets are met as closely as so few patients can tell")


def _least_miss(asked: Sequence[Condition]) -> np.ndarray:
    """The smallest sum of misses that any weights can bring about (a linear programme)."""
    from scipy.optimize import linprog

    off, _ = _moments(asked)
    many, count = off.shape
    slack = np.eye(count)
    found = linprog(
        np.concatenate([np.zeros(many), np.ones(2 * count)]),
        A_eq=np.block([[off.T, slack, -slack], [np.ones((1, many)), np.zeros((1, 2 * count))]]),
        b_eq=np.concatenate([np.zeros(count), [1.0]]),
        method="highs",
    )
    return found.x[many : many + count] + found.x[many + count :]


def tilted(asked: Sequence[Condition]) -> np.ndarray:
    """Weights of maximum entropy: an exponential of the conditions, whose multipliers minimise the convex dual.

    A condition observed in n patients has a standard error; its multiplier then costs, and the condition is met less closely.

    Parameters
    ----------
    asked : Conditions
        From :func:`simsolid.marginals.conditions`.

    Returns
    -------
    [1], one per patient
        Adding up to 1.

    Examples
    --------
    >>> from simsolid.marginals import Marginal, conditions
    >>> tilted(conditions("cmax_cells", Marginal(mean=7.0), np.array([4.0, 16.0]))).round(3).tolist()
    [0.75, 0.25]
    """
    from scipy.optimize import minimize
    from scipy.special import logsumexp

    off, softness = _moments(asked)

    def dual(multipliers):
        tilt = off @ multipliers
        share = np.exp(tilt - logsumexp(tilt))
        mean = share @ off
        value = logsumexp(tilt) - np.log(len(tilt)) + 0.5 * softness @ multipliers**2
        bend = (off * share[:, None]).T @ off - np.outer(mean, mean) + np.diag(softness)
        return value, mean + softness * multipliers, bend

    found = minimize(
        lambda m: dual(m)[0], np.zeros(off.shape[1]), jac=lambda m: dual(m)[1], hess=lambda m: dual(m)[2],
        method="trust-exact", options={"gtol": 1e-10, "maxiter": 500},
    )  # fmt: skip
    tilt = off @ found.x
    return np.exp(tilt - logsumexp(tilt))


def _given(each: Condition, share: np.ndarray) -> float:
    """What weights give for one condition."""
    return float(np.average(each.values[each.known], weights=share[each.known]))


def told(asked: Sequence[Condition], share: np.ndarray):
    """Tabulate what patients give for each condition, as they were drawn and with their weights.

    Parameters
    ----------
    asked : Conditions
        From :func:`simsolid.marginals.conditions`.
    share : [1], one per patient
        Weights.

    Returns
    -------
    DataFrame, one row per condition
        ``column``, ``condition``, ``observed``, ``before``, ``after`` and ``n``.

    Examples
    --------
    >>> from simsolid.marginals import Marginal, conditions
    >>> told(conditions("cmax_cells", Marginal(mean=7.0), np.array([4.0, 16.0])), np.array([0.75, 0.25]))["after"].item()
    7.0
    """
    import pandas as pd

    equal = np.full(len(share), 1.0 / len(share))
    rows = [{"column": each.column, "condition": each.words, "observed": each.target, "before": _given(each, equal),
             "after": _given(each, share), "n": each.n} for each in asked]  # fmt: skip
    return pd.DataFrame(rows)


def refuse_missed(asked: Sequence[Condition], share: np.ndarray) -> None:
    """Refuse weights that miss a target: at the very edge of what can be reached, or one that few patients observed.

    Parameters
    ----------
    asked : Conditions
        From :func:`simsolid.marginals.conditions`.
    share : [1], one per patient
        Weights.

    Raises
    ------
    ParameterError
        A target is missed, with what is nearest to it.

    Examples
    --------
    >>> from simsolid.marginals import Marginal, conditions
    >>> refuse_missed(conditions("cmax_cells", Marginal(mean=9.0), np.array([4.0, 16.0])), np.array([0.75, 0.25]))
    Traceback (most recent call last):
    simsolid.errors.ParameterError: weigh: these targets cannot be reached: cmax_cells, mean: 9 was observed, 7 is...
    """
    off, softness = _moments(asked)
    allowed = np.where(softness > 0, MOST_OFF * np.sqrt(softness), 100 * _CLOSE)
    missed = [f"{each.column}, {each.words}: {each.target:.4g} was observed, {_given(each, share):.4g} is the nearest"
              for each, miss, most in zip(asked, np.abs(share @ off), allowed, strict=True) if miss > most]  # fmt: skip
    if missed:
        raise ParameterError("weigh: these targets cannot be reached: " + "; ".join(missed)
                             + "; draw more patients, widen their spreads or move their centres")
