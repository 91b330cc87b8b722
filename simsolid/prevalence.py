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
from simsolid.tilting import refuse_missed, refuse_unreachable, tilted, told

log = logging.getLogger(__name__)

LEAST = 2.0  # effective patients below which there is no population
FEW = 0.1  # effective share of the patients below which a word of warning is due


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
    share = tilted(asked)
    weights = Weights(rows["patient"].to_numpy(), share, told(asked, share))
    refuse_missed(asked, share)
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
