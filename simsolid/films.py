"""What a reader of scans has, and what a criterion makes of it: the values and words that every criterion shares.

Arrays end in (lesion, visit), (lesion) or (visit); visit 0 is the baseline scan. Any axes may stand before them.
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from .errors import ParameterError

_PER_LESION_VISIT, _PER_VISIT, _PER_LESION = ("attenuation", "enhancing"), ("steroid", "decline"), ("organ", "node")


@dataclass(frozen=True, kw_only=True)
class Films:
    """A course of scans as a reader has it.

    Parameters
    ----------
    day : [day], one per visit
        Visit 0 is the baseline scan.
    diameter : [mm], one per patient, lesion and visit
        0 where a lesion is not seen; NaN where it was not measured: a lesion slot the patient does not have, a
        missed scan, or a patient whose simulation failed.
    organ : whole numbers or words, one per patient and lesion
    node : truth, one per patient and lesion
        The lesion is a lymph node, so its diameter is the short axis.
    attenuation : [HU], one per patient, lesion and visit, or None
    enhancing : [mL], one per patient, lesion and visit, or None
        Volume that takes up contrast.
    steroid : [mg], one per patient and visit, or None
        Dexamethasone in effect on the day of the scan.
    decline : truth, one per patient and visit, or None
        The patient is clinically worse.

    Raises
    ------
    ParameterError
        The days do not rise, or the arrays do not fit together; all faults in one message.

    Examples
    --------
    >>> Films(day=[-7, 28], diameter=[[50.0, 30.0], [20.0, 15.0]], organ=["liver", "lung"]).node.tolist()
    [False, False]
    """

    day: np.ndarray
    diameter: np.ndarray
    organ: np.ndarray
    node: np.ndarray | bool = False
    attenuation: np.ndarray | None = None
    enhancing: np.ndarray | None = None
    steroid: np.ndarray | None = None
    decline: np.ndarray | None = None

    def __post_init__(self):
        for name in ("day", "diameter", *_PER_LESION_VISIT, *_PER_VISIT):
            if getattr(self, name) is not None:
                kind = bool if name == "decline" else float
                object.__setattr__(self, name, np.asarray(getattr(self, name), dtype=kind))
        shape = self.diameter.shape
        faults = _faults_of_days(self.day, shape)
        places = dict.fromkeys(_PER_LESION_VISIT, shape) | dict.fromkeys(_PER_LESION, shape[:-1])
        places |= dict.fromkeys(_PER_VISIT, (*shape[:-2], *shape[-1:]))
        for name, place in places.items():
            value = getattr(self, name)
            if value is None:
                continue
            try:
                object.__setattr__(self, name, np.broadcast_to(value, place))
            except ValueError:
                faults.append(f"{name}: shape {np.shape(value)} does not fit {place}, which the diameters ask for")
        if faults:
            raise ParameterError("films: these scans cannot be read\n  " + "\n  ".join(faults))

    def must_have(self, *names):
        """Refuse to go on when something a criterion needs was not given.

        Parameters
        ----------
        *names : texts
            Fields of this value.

        Raises
        ------
        ParameterError
            One of them is None; all of them are told at once.
        """
        missing = [name for name in names if getattr(self, name) is None]
        if missing:
            raise ParameterError(f"films: {', '.join(missing)}: not given, but this criterion needs it; give it to Films")


def _faults_of_days(day, shape):
    if len(shape) < 2:
        return [f"diameter: has {len(shape)} axes; it must end in the axes lesion and visit"]
    if day.shape != shape[-1:]:
        return [f"day: {day.shape} for {shape[-1]} visits; give one day per visit"]
    return [] if (np.diff(day) > 0).all() else [f"day: {day.tolist()} must rise from visit to visit"]


class Call(IntEnum):
    """The verdict of one visit, or of a course; a better one is a larger number.

    These are the words of RECIST 1.1 (eisenhauer2009), into which the words of every other criterion are
    translated. NON_CR_NON_PD is the guideline's word for non-target lesions that neither went nor progressed.
    """

    NE = 0
    PD = 1
    NON_CR_NON_PD = 2
    SD = 3
    PR = 4
    CR = 5


@dataclass(frozen=True)
class Reading:
    """What a criterion reads from scans; each field has one value per patient and visit."""

    total: np.ndarray  # [mm] sum of the target lesions' diameters; [mm^2] of their products by RANO
    change: np.ndarray  # [%] of the sum, from the baseline sum
    nadir: np.ndarray  # [mm] or [mm^2] smallest sum before this visit, the baseline included
    new: np.ndarray  # truth: a lesion not seen at baseline is large enough to count as new
    target_call: np.ndarray  # word of `Call` by the target lesions
    non_target_call: np.ndarray  # word of `Call` by the other lesions seen at baseline
    call: np.ndarray  # the criterion's own word for the visit; NE at the baseline visit
