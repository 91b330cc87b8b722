"""The state in which a product first meets the lesions: after conditioning, surgery and the first infusion."""

from collections.abc import Sequence

import numpy as np

from simsolid.model import Model
from simsolid.schedule import Step

CELLS = ("infuse", "begin_infusion")  # either way, fresh cells of that route have arrived


def first_contact(model: Model, begin: np.ndarray, parameters: np.ndarray, plans: Sequence[list[Step]], lesions: int):
    """Apply each arm's steps up to its first infusion to the states at enrolment.

    Without an infusion nothing is applied. Growth between enrolment and infusion is left out, and so is what only some
    patients of an arm are given.

    Parameters
    ----------
    model : Model
        The model.
    begin : units of the states, one row per state and one column per case
        States at enrolment, arm after arm.
    parameters : units of the parameters, one row per parameter and one column per case
        Parameters, arm after arm.
    plans : lists of Step
        Steps of each arm.
    lesions : [1], one
        Number of lesion slots.

    Returns
    -------
    units of the states, one row per state and one column per case

    Examples
    --------
    >>> from simsolid.models import MODELS
    >>> first_contact(MODELS["house"], np.ones((34, 2)), np.ones((1, 2)), [[]], 1).shape
    (34, 2)
    """
    state = begin.copy()
    width = begin.shape[1] // len(plans)
    for i, plan in enumerate(plans):
        plan = sorted((step for step in plan if np.isfinite(step.day).all()), key=lambda step: np.min(step.day))
        infusions = [j for j, step in enumerate(plan) if step.action in CELLS]
        block = slice(i * width, (i + 1) * width)
        x, p = state[:, block], parameters[:, block]
        for step in plan[: infusions[0] + 1] if infusions else []:
            name = "infuse" if step.action in CELLS else step.action
            x, p = model.block_action(name, lesions, step.amount.shape[0])(x, p, step.amount)
        state[:, block] = x
    return state
