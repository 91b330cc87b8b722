"""Scans: on which days, and what a reader makes of a lesion. A rule that acts on a scan and the clinic share this reading.

Sources: eisenhauer2009 (scans), yoon2016 (reader's error).
"""

import logging
from dataclasses import dataclass, fields

import numpy as np

from simsolid import streams
from simsolid.errors import ParameterError
from simsolid.recist import sphere_diameter
from simsolid.steps import is_number

log = logging.getLogger(__name__)

READER_CV = 0.086  # one lesion, different readers: derived from the limits of agreement in yoon2016
SMALLEST_SEEN_MM = 2.0  # assumed: thinner than any usual slice, so nothing smaller is found


@dataclass(frozen=True)
class Scans:
    """The scan schedule of a plan, and the criterion its scans are read by.

    Parameters
    ----------
    first, every : [day], one each
        First scan after the infusion, and the time between later ones.
    baseline : [day], one
        The scan before treatment.
    criteria : text
        How response is read.

    Raises
    ------
    ParameterError
        A day is not a finite number, or the schedule is impossible.

    Examples
    --------
    >>> Scans(first=28).days(-7, 120).tolist()
    [-7.0, 28.0, 70.0, 112.0]
    """

    first: float = 28.0
    every: float = 42.0
    baseline: float = -7.0
    criteria: str = "recist"

    def __post_init__(self):
        given = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "criteria"}
        wrong = [f"{name} {day!r}" for name, day in given.items() if not is_number(day) or not np.isfinite(day)]
        if wrong:
            raise ParameterError(f"scans: {', '.join(wrong)}: must be a finite number of days")
        if self.every <= 0 or self.first <= self.baseline:
            raise ParameterError(
                f"scans: first {self.first:g}, every {self.every:g}, baseline {self.baseline:g} day: "
                "every must be above 0 and first after the baseline scan"
            )

    def __str__(self):
        return f"scans on day {self.baseline:g} and {self.first:g}, then every {self.every:g} days, read by {self.criteria}"

    def days(self, begin: float, end: float) -> np.ndarray:
        """Days of the baseline scan and of all later scans until a run ends.

        Parameters
        ----------
        begin, end : [day], one each
            Of the run. A baseline scan before the run begins is taken at its beginning.

        Returns
        -------
        [day], one per scan
        """
        if self.baseline < begin:
            log.info("baseline scan moved from day %g to %g, where the run begins", self.baseline, begin)
        later = np.arange(self.first, end + 1e-9, self.every)
        return np.concatenate([[max(self.baseline, begin)], later])


def is_node(sites):
    """Tell which sites are lymph nodes: their short axis is read, by rules of its own.

    Parameters
    ----------
    sites : texts, any shape
        Names of sites.

    Returns
    -------
    truth, the same shape

    Examples
    --------
    >>> is_node(np.array(["liver", "lymph_node"])).tolist()
    [False, True]
    """
    return np.char.find(sites, "node") >= 0


def reader_error(seed: int, purpose: str, patients: np.ndarray, lesions, scans) -> np.ndarray:
    """Draw the standard normal error of each lesion at each scan: it belongs to the patient, so all arms are read alike.

    Parameters
    ----------
    seed : [1], one
        Of the cohort.
    purpose : text
        What is read: ``"reader"`` for diameters, ``"attenuation"``.
    patients : [1], one per patient
        Patient numbers.
    lesions, scans : [1], one per lesion and one per scan
        Lesion slots, and numbers of the scans.

    Returns
    -------
    [1], one per patient, lesion and scan

    Examples
    --------
    >>> reader_error(7, "reader", np.array([0, 1]), [0, 5], [0, 1, 2]).shape
    (2, 2, 3)
    """
    values = [[streams.normal(seed, (purpose, int(lesion), int(k)), patients) for k in scans] for lesion in lesions]
    return np.moveaxis(np.array(values).reshape(len(lesions), len(scans), len(patients)), -1, 0)


def read_diameter(volume, error=None, cv=0.0):
    """Diameter that a reader notes for lesions of these volumes, read as spheres.

    Parameters
    ----------
    volume : [mL], any shape
        What the scan shows.
    error : [1], the same shape, or None
        Standard normal errors; None for a perfect reader, who does not round either.
    cv : [1], one or the same shape
        Coefficient of variation of one diameter.

    Returns
    -------
    [mm], the same shape
        Whole mm when there is an error; below 2 mm nothing is found, which is 0.

    References
    ----------
    yoon2016

    Examples
    --------
    >>> read_diameter(np.array([0.001, 0.5236])).round(2).tolist()
    [0.0, 10.0]
    """
    diameter = sphere_diameter(volume)
    if error is not None:
        diameter = np.rint(diameter * np.exp(np.sqrt(np.log1p(np.square(cv))) * error))
    return np.where(diameter < SMALLEST_SEEN_MM, 0.0, diameter)
