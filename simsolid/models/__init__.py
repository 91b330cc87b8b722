"""Models by name."""

from simsolid.models.house import MODEL as HOUSE

MODELS = {HOUSE.name: HOUSE}
