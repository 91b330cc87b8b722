"""Figures from tables, observations and runs.

Every function draws on the axes it is given, or on new ones, and returns them; `patient` and `comparison` fill whole
figures. None shows or saves a figure, and none changes matplotlib's settings. Arms differ in colour and in line
style or hatch, so grey prints stay readable.
"""

from .courses import cytokines, trajectories, tumour_volume
from .patients import patient
from .response import spider, waterfall
from .together import comparison

__all__ = ["comparison", "cytokines", "patient", "spider", "trajectories", "tumour_volume", "waterfall"]
