"""Models by name."""

from simsolid.models.house_model import MODEL as HOUSE

MODELS = {HOUSE.name: HOUSE}
