"""What a fit gives: estimates with intervals, predictions, scores, and what is in doubt."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from simsolid.errors import ParameterError, nearest
from simsolid.params import Parameters

FITTED = "fitted here"
AXIS = "id"  # of the values of several individuals
SHOWN = ("name", "value", "interval", "unit", "status")


@dataclass(frozen=True, eq=False, repr=False)
class Fit:
    """Fits of one or several individuals, one by one; printing it gives a readable table.

    Parameters
    ----------
    model : text
        Name of the model.
    parameters : Parameters
        Values before the fit.
    level : [1], one
        Of the intervals.
    table : DataFrame
        One row per individual and fitted quantity: ``value``, ``lower``, ``upper`` (empty where the interval is open),
        ``unit``, ``status``, and the bounds ``low`` and ``high`` with their origin.
    predictions : DataFrame
        One row per measurement: ``measured`` (the limit where ``below``), ``predicted``, ``residual`` in standard deviations.
    curves : DataFrame
        The predicted courses between the measurements.
    scores : DataFrame
        One row per individual: log-likelihood, AIC, numbers of measurements, of starts that agree, of failed runs.
    profiles : DataFrame
        Points of the profile likelihoods: ``drop`` of twice the log-likelihood at ``value``.
    warnings : texts
        What these data cannot tell, and what the search leaves in doubt.
    problems : objects, one per individual
        What was fitted, for further work such as :func:`simsolid.posterior`.
    """

    model: str
    parameters: Parameters
    level: float
    table: Any
    predictions: Any
    curves: Any
    scores: Any
    profiles: Any
    warnings: tuple[str, ...]
    problems: tuple[Any, ...] = ()

    @property
    def individuals(self) -> tuple[str, ...]:
        """Who was fitted."""
        return tuple(self.scores["id"])

    def to_parameters(self, individual: str | None = None) -> Parameters:
        """Give the model's parameters with the fitted values, for :func:`simsolid.run`.

        Parameters
        ----------
        individual : text or None
            Whose; when left out, and several were fitted, their values stand along an axis ``id``.

        Returns
        -------
        Parameters

        Raises
        ------
        ParameterError
            There is no such individual.
        """
        who = self.individuals if individual is None else (self.individual(individual),)
        rows = self.table[self.table["name"].isin(self.parameters.names) & self.table["id"].isin(who)]
        values = {name: part.set_index("id")["value"].loc[list(who)] for name, part in rows.groupby("name", sort=False)}
        if len(who) == 1:
            return self.parameters.with_values({name: float(each.iloc[0]) for name, each in values.items()}, FITTED)
        import xarray as xr

        arrays = {name: xr.DataArray(each.to_numpy(), dims=AXIS, coords={AXIS: list(who)}) for name, each in values.items()}
        return self.parameters.with_values(arrays, FITTED)

    def individual(self, individual: str) -> str:
        """Find an individual by name.

        Parameters
        ----------
        individual : text
            Who.

        Returns
        -------
        text

        Raises
        ------
        ParameterError
            There is none of that name.
        """
        if str(individual) not in self.individuals:
            hint = nearest(str(individual), self.individuals) or f"; there are {', '.join(self.individuals)}"
            raise ParameterError(f"fit: no individual '{individual}'{hint}")
        return str(individual)

    def __repr__(self) -> str:
        return f"<Fit: {self.model}, {len(self.individuals)} individual{'s' * (len(self.individuals) > 1)}>"

    def __str__(self) -> str:
        parts = [self._told(row) for row in self.scores.to_dict("records")]
        doubts = [f"  {sentence}" for sentence in self.warnings]
        return "\n".join([*parts, *(["In doubt:", *doubts] if doubts else [])])

    def _told(self, score: dict) -> str:
        """One individual: a heading, the estimates, the scores."""
        below = f", {score['below']} of them below the limit" if score["below"] else ""
        head = f"{self.model}, individual {score['id']}: {score['measurements']} measurements{below}"
        rows = [list(SHOWN)] + [_cells(row) for row in self.table[self.table["id"] == score["id"]].to_dict("records")]
        rows[0][2] = f"{100 * self.level:g} % interval"
        tail = (f"log-likelihood {score['log_likelihood']:.2f}, AIC {score['aic']:.2f}; {score['agreed']} of {score['starts']} "
                f"starts found this fit; {score['failed']} of {score['runs']} runs of the model failed")  # fmt: skip
        return "\n".join([head, *_aligned(rows), tail])


def _cells(row: dict) -> list[str]:
    ends = ["open" if np.isnan(row[end]) else f"{row[end]:.4g}" for end in ("lower", "upper")]
    between = "-" if row["status"] in ("no interval",) else " to ".join(ends)
    return [row["name"], f"{row['value']:.4g}", between, row["unit"], row["status"]]


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return ["  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
