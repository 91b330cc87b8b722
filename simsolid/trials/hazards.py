"""How the hazard of treated patients compares with that of others: with its error, or quickly without it.

Sources: cox1972, efron1977.
"""

import numpy as np

from simsolid.survival import MOST_ERROR, MOST_LOG_RATIO, hazard_ratio

from .estimates import NOBODY, WALD, Estimate


def ratio_of_hazards(times):
    """Hazard of the treated over that of the others, each row standing for a person of its own.

    Parameters
    ----------
    times : [day] and two truths, three columns
        Time, whether it ended in the event, and whether the patient is treated.

    Returns
    -------
    Estimate

    References
    ----------
    cox1972

    Examples
    --------
    >>> times = np.array([[45.0, 1, 1], [120, 1, 1], [200, 1, 1], [300, 1, 1], [30, 1, 0], [60, 1, 0], [90, 1, 0], [120, 1, 0]])
    >>> round(ratio_of_hazards(times).value, 2)
    0.27
    """
    import pandas as pd

    table = pd.DataFrame({"arm": np.where(times[:, 2] == 1, "treated", "control"), "patient": np.arange(len(times)),
                          "os_day": times[:, 0], "died": times[:, 1] == 1})  # fmt: skip
    found = hazard_ratio(table, "os_day", axis="arm", reference="control")
    if not len(found) or np.isnan(found["value"].iloc[0]):
        return NOBODY
    value, lower, upper, n = found[["value", "lower", "upper", "n"]].iloc[0]
    return Estimate(float(value), float(value * (np.log(upper) - np.log(lower)) / WALD), int(n))


def quick_ratio(times):
    """Hazard of the treated over that of the others as `ratio_of_hazards`, without its error, for many repeats.

    With treatment as the only covariate the score is a sum of one number per event, so that it can be brought to zero without
    a general fit; events on the same day share the risk as efron1977 has it.

    Parameters
    ----------
    times : [day] and two truths, three columns
        As for `ratio_of_hazards`.

    Returns
    -------
    [1], one
        NaN where the ratio has no limit.

    References
    ----------
    cox1972; efron1977

    Examples
    --------
    >>> times = np.array([[45.0, 1, 1], [120, 1, 1], [200, 1, 1], [300, 1, 1], [30, 1, 0], [60, 1, 0], [90, 1, 0], [120, 1, 0]])
    >>> round(quick_ratio(times), 2)
    0.27
    """
    from scipy.optimize import brentq

    if len(times) == 0 or 0 in (len(_events(times, group)) for group in (0, 1)):
        return np.nan
    treated, others, observed = _at_risk(times)

    def share(beta):
        return treated * np.exp(beta) / (treated * np.exp(beta) + others)

    def score(beta):
        return observed - share(beta).sum()

    if score(-MOST_LOG_RATIO) <= 0 or score(MOST_LOG_RATIO) >= 0:
        return np.nan
    beta = brentq(score, -MOST_LOG_RATIO, MOST_LOG_RATIO, xtol=1e-12)
    information = float((share(beta) * (1 - share(beta))).sum())
    return float(np.exp(beta)) if information * MOST_ERROR**2 > 1 else np.nan


def _events(times, group):
    return np.sort(times[(times[:, 1] == 1) & (times[:, 2] == group), 0])


def _at_risk(times):
    """Treated and others at risk at each event, and the events of the treated; of those on one day the second sees less."""
    days, counts = np.unique(times[times[:, 1] == 1, 0], return_counts=True)
    before = np.concatenate([np.arange(count) / count for count in counts])
    risk = []
    for group in (1, 0):
        everybody, events = np.sort(times[times[:, 2] == group, 0]), _events(times, group)
        present = len(everybody) - np.searchsorted(everybody, days)
        tied = np.searchsorted(events, days, "right") - np.searchsorted(events, days)
        risk.append(np.repeat(present, counts) - before * np.repeat(tied, counts))
    return *risk, len(_events(times, 1))
