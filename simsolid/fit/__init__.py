"""Fit a model to the time series of one patient or one experiment, and say honestly what the data can tell."""

from simsolid.fit.result import Fit
from simsolid.fit.verb import fit

__all__ = ["Fit", "fit"]
