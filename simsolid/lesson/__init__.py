"""What notebooks share, so that a page holds biology and not plumbing: the size of cohorts, sliders, and figures to move.

``sliders`` puts controls on any function that draws a figure. ``one_patient``, ``pseudo_progression`` and ``crs_risk`` are such
functions: they draw the same figure in a notebook, behind sliders and in the documentation, and remember what they simulated.
"""

from .patient import one_patient
from .release import crs_risk
from .scanned import pseudo_progression
from .size import patients, quick
from .sliding import Sliders, sliders

__all__ = ["Sliders", "crs_risk", "one_patient", "patients", "pseudo_progression", "quick", "sliders"]
