"""Calibration: fit a few named parameters to what trials found, with the uncertainty that their sizes leave."""

from simsolid.calibrate.design import Points
from simsolid.calibrate.fit import Effort, Fit, fit
from simsolid.calibrate.job import Calibration, calibrate
from simsolid.calibrate.problem import Count, Measure, Prior, Problem, Statistic
from simsolid.calibrate.store import Store

__all__ = ["Calibration", "Count", "Effort", "Fit", "Measure", "Points", "Prior", "Problem", "Statistic", "Store"]
__all__ += ["calibrate", "fit"]
