"""What a trial reported, as distributions that virtual patients can be weighed to."""

from collections.abc import Sequence

from simsolid.errors import ParameterError, nearest
from simsolid.marginals import Marginal
from simsolid.summarise import CONTROLLED, RESPONSES

from .design import Observed, Trial

RESPONSE = "response"  # best or confirmed, as the trial counts it
# Endpoints that are a share of patients by one column, and who is counted.
SHARES = {
    "orr": (RESPONSE, {"of": RESPONSES}), "dcr": (RESPONSE, {"of": CONTROLLED}), "cr": (RESPONSE, {"of": "CR"}),
    "orr_confirmed": ("confirmed_response", {"of": RESPONSES}),
    "crs_any": ("crs_grade", {"at_least": 1}), "crs_2plus": ("crs_grade", {"at_least": 2}),
    "crs_3plus": ("crs_grade", {"at_least": 3}),
    "icans_any": ("icans_grade", {"at_least": 1}), "icans_3plus": ("icans_grade", {"at_least": 3}),
    "tian_any": ("tian_grade", {"at_least": 1}), "tian_3plus": ("tian_grade", {"at_least": 3}),
    "off_tumour_any": ("off_tumour_grade", {"at_least": 1}), "off_tumour_3plus": ("off_tumour_grade", {"at_least": 3}),
}  # fmt: skip
# Endpoints that are the median of one column. Times that follow-up cuts short are none: their distribution is not known.
MEDIANS = {
    "tmax": "tmax", "cmax_copies": "cmax_copies", "cmax_cells": "cmax_cells", "auc28": "auc28_copies", "tlast": "tlast",
    "crs_onset": "crs_onset", "crs_duration": "crs_duration", "contraction_half_life": "contraction_half_life",
}  # fmt: skip


def reported(trial: Trial, names: Sequence[str] = ()) -> dict[str, list[Marginal]]:
    """Turn what a trial reported into targets for :func:`simsolid.weigh`, each as sure as the trial's size allows.

    Parameters
    ----------
    trial : Trial
        From :func:`simsolid.trial`.
    names : texts
        Endpoints to take; all that are a share or a median of one column, in all arms and patients, when left out.

    Returns
    -------
    mapping of Marginal
        Several by column.

    Raises
    ------
    ParameterError
        The trial reported none of them, or an endpoint is no distribution of one column.

    Examples
    --------
    >>> import simsolid as sim
    >>> targets = sim.reported(sim.trial("gastric_satri_phase1"), ["orr", "crs_any"])
    >>> targets["best_response"][0].share.__round__(2), targets["crs_grade"][0].at_least
    (0.57, 1)
    """
    usable = {each.name: each for each in trial.endpoints if not (each.arms or each.population) and _says_something(each)}
    faults = [f"reported: '{name}' of {trial.name} is no share or median of one column{nearest(name, usable)}"
              for name in names if name not in usable]  # fmt: skip
    if faults or not usable:
        raise ParameterError("\n".join(faults) or f"reported: {trial.name} reported no share or median of one column")
    found: dict[str, list[Marginal]] = {}
    for name in names or usable:
        column, marginal = _marginal(usable[name])
        column = ("confirmed_response" if trial.confirmed else "best_response") if column == RESPONSE else column
        found.setdefault(column, []).append(marginal)
    return found


def _says_something(seen: Observed) -> bool:
    share = seen.name in SHARES and (seen.events is not None or seen.value is not None)
    return share or (seen.name in MEDIANS and seen.value is not None and seen.value > 0)


def _marginal(seen: Observed) -> tuple[str, Marginal]:
    if seen.name in SHARES:
        column, who = SHARES[seen.name]
        return column, Marginal(share=seen.value if seen.events is None else seen.events / seen.n, n=seen.n, **who)
    quartiles = {0.25: seen.lower, 0.75: seen.upper} if seen.interval == "quartiles" else {}
    return MEDIANS[seen.name], Marginal(median=seen.value, sd_log=seen.log_sd or None, quantiles=quartiles, n=seen.n)
