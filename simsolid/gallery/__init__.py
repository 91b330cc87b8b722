"""The gallery of published models: what each is held against, whose the numbers are, and whether ours come out."""

from simsolid.gallery.catalogue import CHECKS
from simsolid.gallery.check import Check
from simsolid.gallery.tables import counts, results

__all__ = ["CHECKS", "Check", "counts", "results"]
