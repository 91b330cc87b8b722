"""Predictions against what trials saw: an interval for a trial of the reported size, and whether the observation lies in it."""
