"""All endpoints of a trial, read off its patients."""

from typing import Any

import numpy as np

from simsolid.arms import finished
from simsolid.attrition import ALL

from .design import UNTESTED, Observed, Trial
from .endpoints import ENDPOINTS


def tally(made: Trial, table):
    """Read all endpoints of a trial off its patients.

    Parameters
    ----------
    made : Trial, its endpoints
    table : DataFrame, one row per arm and patient
        From `simsolid.trials.conduct.conducted`.

    Returns
    -------
    DataFrame, one row per endpoint
        As from :func:`simsolid.conduct`.

    Examples
    --------
    >>> import simsolid as sim
    >>> from simsolid.trials.conduct import conducted
    >>> trial = sim.trial("mesothelioma_gavo_cel")
    >>> len(tally(trial, conducted(trial, patients=8, engine="numpy"))) == len(trial.used("fit", "held out"))
    True
    """
    import pandas as pd

    lines = [_line(made, seen, table) for seen in made.endpoints if seen.use != UNTESTED]
    return pd.DataFrame(lines)


def rows_of(seen: Observed, table):
    """Rows of the patients that an endpoint is of: its arms and its population.

    Parameters
    ----------
    seen : Observed, texts of its arms and population
    table : DataFrame, one row per arm and patient

    Returns
    -------
    DataFrame, one row per patient

    Examples
    --------
    >>> import pandas as pd
    >>> from simsolid.trials.design import Observed
    >>> rows_of(Observed(name="orr", use="fit", arms=("a",)), pd.DataFrame({"trial_arm": ["a", "b"]}))["trial_arm"].tolist()
    ['a']
    """
    if seen.arms:
        table = table[table["trial_arm"].isin(seen.arms)]
    if "analysis" in table and not ENDPOINTS[seen.name].compares:
        table = table[table["analysis"] == (seen.population or ALL)]
    return table


def _line(made: Trial, seen: Observed, table) -> dict[str, Any]:
    rows = rows_of(seen, table)
    done = finished(rows)
    endpoint = ENDPOINTS[seen.name]
    found = endpoint(done, seen.at)
    return {"trial": made.name, "endpoint": seen.key, "name": seen.name, "at": np.nan if seen.at is None else seen.at,
            "use": seen.use, "estimate": found.value, "error": found.error, "unit": endpoint.unit, "n": found.n,
            "patients": len(rows), "failed": len(rows) - len(done)}  # fmt: skip
