"""Which values a trial is conducted with: joint draws of a calibration of its tumour and target, else the values as shipped."""

from collections.abc import Mapping

import numpy as np

from simsolid.files import find_params_dir
from simsolid.fitted import DRAWS, KIND, own, read_draws
from simsolid.trials.design import Trial
from simsolid.trials.files import setting_of

FITTED, SHIPPED = "posterior draws", "as shipped"


def draws_for(made: Trial, draws: int) -> tuple[list[Mapping[str, float]], str]:
    """Values of the parameters to conduct a trial with, and where they come from.

    Parameters
    ----------
    made : Trial, its setting
    draws : [1], one
        How many.

    Returns
    -------
    list of mapping, and text
        Evenly spaced joint draws where the setting has been calibrated, else as many times the values as shipped.

    Examples
    --------
    >>> import simsolid as sim
    >>> len(draws_for(sim.trial("nsclc_egfr"), 3)[0])
    3
    """
    if not (find_params_dir() / KIND / f"{made.pair}{DRAWS}").is_file():
        return [{}] * draws, SHIPPED
    found = own(read_draws(made.pair), setting_of(made))
    many = len(next(iter(found.values()))) if found else 0
    if not many:
        return [{}] * draws, SHIPPED
    at = np.linspace(0, many - 1, draws).round().astype(int)
    return [{name: float(values[k]) for name, values in found.items()} for k in at], FITTED
