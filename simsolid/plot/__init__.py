"""Figures from tables, observations and runs.

Every function draws on the axes it is given, or on new ones, and returns them; `patient`, `lesions`, `ledger`, `pseudo`
and `comparison` fill whole figures. None shows or saves a figure, and none changes matplotlib's settings; `SHEET` is the
style they use, for figures of your own: ``plt.style.use(sim.plot.SHEET)``. Arms differ in colour and in line style or
hatch, so grey prints stay readable. Lines and fills are the truth, markers with an edge are what a clinic read.
"""

from .against import against
from .calibration import calibration
from .courses import cytokines, trajectories, tumour_volume
from .curves import kaplan_meier
from .dots import estimates
from .fits import fitted, profile
from .given import ledger, timeline
from .growth import first_contact
from .panel import lesions
from .patients import patient, volumes
from .points import forest
from .progression import attenuation, pseudo, tell_tale
from .response import spider, waterfall
from .resting import rests_on
from .risks import benefit_risk, crs_risk
from .style import SHEET, panels
from .swim import swimmer
from .together import comparison

__all__ = [
    "SHEET", "against", "attenuation", "benefit_risk", "calibration", "comparison", "crs_risk", "cytokines", "estimates",
    "first_contact", "fitted", "forest", "kaplan_meier", "ledger", "lesions", "panels", "patient", "profile", "pseudo",
    "rests_on", "spider", "swimmer", "tell_tale", "timeline", "trajectories", "tumour_volume", "volumes", "waterfall",
]  # fmt: skip
