"""Virtual populations that match observed distributions: weights over plausible patients, or some of them.

Patients are drawn from the spreads of their parameters; nobody says that what comes out is as common as in a trial. Weights put
that right with the least change: of all weights that meet what was observed those of maximum entropy are taken, so that nobody
is favoured more than the observation asks for (klinke2008 weighs, without this principle). Acceptance then picks patients in
proportion, and the sub-cohort needs no weights (allen2016).
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from simsolid.arms import arm_axes, columns_of
from simsolid.cohort import roster, select, whole
from simsolid.errors import ParameterError, nearest
from simsolid.marginals import Condition, Marginal, conditions
from simsolid.params import Parameters
from simsolid.streams import uniform

log = logging.getLogger(__name__)

LEAST = 2.0  # effective patients below which there is no population
FEW = 0.1  # effective share of the patients below which a word of warning is due
MOST_OFF = 2.0  # standard errors by which a target observed in few patients may be missed
_CLOSE = 1e-6  # of a standard deviation, within which a target counts as met


@dataclass(frozen=True, eq=False)
class Weights:
    """How common each virtual patient is; ``share`` holds one number per patient, adding up to 1.

    ``targets`` is a table with, for each condition, what was ``observed``, and what the patients give ``before`` and ``after``.
    """

    patients: np.ndarray
    share: np.ndarray
    targets: Any

    @property
    def effective(self) -> float:
        """Effective number of patients (Kish): as many patients of equal weight would tell as much."""
        return float(self.share.sum() ** 2 / np.sum(self.share**2))

    def of(self, patients: Sequence[int]) -> np.ndarray:
        """Weights of these patients, 0 for those that have none."""
        known = dict(zip(self.patients.tolist(), self.share.tolist(), strict=True))
        return np.array([known.get(number, 0.0) for number in np.asarray(patients).tolist()])

    def __str__(self) -> str:
        lines = [f"{len(self.patients)} patients weigh as much as {self.effective:.0f} of equal weight"]
        for row in self.targets.itertuples():
            numbers = f"{row.before:.4g} before, {row.after:.4g} after, {row.observed:.4g} observed"
            lines.append(f"{row.column}, {row.condition}: {numbers}")
        return "\n".join(lines)

    __repr__ = __str__


def features(people: Parameters):
    """Tabulate what was drawn, one row per patient.

    Parameters
    ----------
    people : Parameters
        A drawn cohort.

    Returns
    -------
    DataFrame
        ``patient``; every value that differs between patients but not between their lesions; ``lesions``, ``burden_volume`` [mL],
        ``sum_diameter`` [mm], and for each organ ``at_<site>``: whether a lesion is there.

    Raises
    ------
    ParameterError
        Nobody is drawn.

    Examples
    --------
    >>> import simsolid as sim
    >>> features(sim.draw(sim.load("gastric"), patients=3, seed=7))[["patient", "lesions"]].shape
    (3, 2)
    """
    import pandas as pd

    who = roster(people)
    columns = {"patient": who.patients, "lesions": who.lesions}
    columns |= {name: people[name].values for name in people.names if getattr(people[name], "dims", ()) == ("patient",)}
    diameter = np.asarray(people["diameter_start"])
    if diameter.ndim == 2:
        columns["sum_diameter"] = np.nansum(diameter, axis=1)
        columns["burden_volume"] = np.nansum(np.pi / 6.0 * (diameter / 10.0) ** 3, axis=1)
    old = who.sites[:, :-1]  # the last slot is a lesion that may come
    columns |= {f"at_{site}": (old == site).any(axis=1) for site in np.unique(old) if site}
    return pd.DataFrame(columns)


def weigh(table, targets: Mapping[str, Marginal | Sequence[Marginal]], people: Parameters | None = None) -> Weights:
    """Find the weights of maximum entropy under which virtual patients match observed distributions.

    Parameters
    ----------
    table : DataFrame, one row per patient
        From :func:`simsolid.assess` in one arm, or from :func:`features`.
    targets : mapping of Marginal
        What was observed, by column; several of one column as a list. :func:`simsolid.reported` gives those of a trial.
    people : Parameters, or None
        The drawn cohort, for columns of :func:`features` that the table has not.

    Returns
    -------
    Weights
        Patients whose simulation failed have none.

    Raises
    ------
    ParameterError
        A column is unknown, the table has several arms, or these patients cannot give what was observed, whatever their weights.

    References
    ----------
    klinke2008; allen2016

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"patient": range(4), "best_response": ["PR", "SD", "PD", "PD"]})
    >>> weigh(table, {"best_response": Marginal(share=0.5, of="PR")}).share.round(3).tolist()
    [0.5, 0.167, 0.167, 0.167]
    """
    rows = _rows(table, people)
    asked = _conditions(rows, targets)
    refuse_unreachable(asked)
    share = _tilted(asked)
    weights = Weights(rows["patient"].to_numpy(), share, _told(asked, share))
    _refuse_missed(asked, share)
    if weights.effective < LEAST <= len(share):
        raise ParameterError(f"weigh: these targets lie so far out that {len(share)} patients would weigh as much as "
                             f"{weights.effective:.1f}; draw more patients, widen their spreads or move their centres")
    if weights.effective < FEW * len(share):
        log.warning("weigh: %d patients weigh as much as %.0f of equal weight: the targets lie far from what was drawn",
                    len(share), weights.effective)  # fmt: skip
    return weights


def accept(people: Parameters, weights: Weights, seed: int = 0) -> Parameters:
    """Keep patients in proportion to their weights, so that those who are kept need none.

    The most common kind of patient is kept always, any other with the ratio of the weights; each patient's own random number
    decides, whoever else is there.

    Parameters
    ----------
    people : Parameters
        The drawn cohort.
    weights : Weights
        From :func:`weigh`.
    seed : [1], one
        Of the choice.

    Returns
    -------
    Parameters
        The patients that are kept, each still the same person; simulate them as any cohort.

    Raises
    ------
    ParameterError
        Nobody is kept, or a weighed patient is not among these people.

    References
    ----------
    allen2016

    Examples
    --------
    >>> import simsolid as sim
    >>> people = sim.draw(sim.load("gastric"), patients=200, seed=7)
    >>> some = accept(people, weigh(features(people), {"at_peritoneum": Marginal(share=0.9)}))
    >>> float(features(some)["at_peritoneum"].mean().round(1)), some["weight"].sizes["patient"] < 200
    (0.9, True)
    """
    if not isinstance(weights, Weights):
        raise ParameterError(f"accept: {type(weights).__name__} holds no weights; give what sim.weigh() returns")
    known = roster(people).patients
    strangers = np.setdiff1d(weights.patients, known)
    if strangers.size:
        raise ParameterError(f"weights: patients {strangers[:5].tolist()} are not among the {len(known)} drawn")
    drawn = uniform(whole("seed", seed, 0), ("accept",), weights.patients)
    kept = weights.patients[drawn < weights.share / weights.share.max()]
    if not kept.size:
        raise ParameterError(f"accept: none of {len(weights.patients)} patients was kept; draw more of them")
    return select(people, kept)


def _rows(table, people: Parameters | None):
    """One row for each patient whose simulation finished."""
    columns_of(table, "weigh")
    axes = arm_axes(table)
    if axes or table["patient"].duplicated().any():
        many = f" over {', '.join(axes)}" if axes else ""
        raise ParameterError(f"weigh: a patient stands in several rows{many}; weights belong to patients, so select one arm")
    rows = table[table["status"] == 0] if "status" in table else table
    if people is not None:
        own = features(people)
        rows = rows.merge(own[["patient", *(name for name in own if name not in rows)]], on="patient", how="left")
    if not len(rows):
        raise ParameterError("weigh: no patient finished, so there is nobody to weigh")
    return rows


def _conditions(rows, targets: Mapping[str, Marginal | Sequence[Marginal]]) -> list[Condition]:
    several = {name: [given] if isinstance(given, Marginal) or not isinstance(given, Sequence) else list(given)
               for name, given in targets.items()}  # fmt: skip
    faults = [f"weigh: no column '{name}'{nearest(str(name), list(rows))}" for name in targets if name not in rows]
    faults += [f"weigh: {name}: {type(each).__name__}; give sim.Marginal(...)"
               for name, given in several.items() for each in given if not isinstance(each, Marginal)]  # fmt: skip
    if faults or not any(several.values()):
        raise ParameterError("\n".join(faults) or "weigh: no targets; give {column: sim.Marginal(...)}")
    return [condition for name, given in several.items() for each in given
            for condition in conditions(name, each, rows[name].to_numpy())]  # fmt: skip


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


def _tilted(asked: Sequence[Condition]) -> np.ndarray:
    """Weights of maximum entropy: an exponential of the conditions, whose multipliers minimise the convex dual.

    A condition observed in n patients has a standard error; its multiplier then costs, and the condition is met less closely.
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


def _told(asked: Sequence[Condition], share: np.ndarray):
    import pandas as pd

    equal = np.full(len(share), 1.0 / len(share))
    rows = [{"column": each.column, "condition": each.words, "observed": each.target, "before": _given(each, equal),
             "after": _given(each, share), "n": each.n} for each in asked]  # fmt: skip
    return pd.DataFrame(rows)


def _refuse_missed(asked: Sequence[Condition], share: np.ndarray) -> None:
    """A target at the very edge of what can be reached, or one that few patients observed, may still be missed."""
    off, softness = _moments(asked)
    allowed = np.where(softness > 0, MOST_OFF * np.sqrt(softness), 100 * _CLOSE)
    missed = [f"{each.column}, {each.words}: {each.target:.4g} was observed, {_given(each, share):.4g} is the nearest"
              for each, miss, most in zip(asked, np.abs(share @ off), allowed, strict=True) if miss > most]  # fmt: skip
    if missed:
        raise ParameterError("weigh: these targets cannot be reached: " + "; ".join(missed)
                             + "; draw more patients, widen their spreads or move their centres")
