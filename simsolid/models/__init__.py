"""Models by name: those that a setting of patients runs on, and the gallery of published ones."""

from simsolid.models.house_model import MODEL as HOUSE
from simsolid.models.kara2024 import MODEL as KARA

MODELS = {HOUSE.name: HOUSE}
GALLERY = {model.name: model for model in (KARA,)}
