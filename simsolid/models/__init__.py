"""Models by name: those that a setting of patients runs on, and the gallery of published ones."""

from simsolid.models.barros2021 import MODEL as BARROS
from simsolid.models.brummer2022 import MODEL as BRUMMER
from simsolid.models.house_model import MODEL as HOUSE
from simsolid.models.kara2024 import MODEL as KARA
from simsolid.models.khot2019 import MODEL as KHOT
from simsolid.models.kimmel2021 import MODEL as KIMMEL
from simsolid.models.leontriana2021 import MODEL as LEONTRIANA
from simsolid.models.liu2022 import MODEL as LIU
from simsolid.models.owens2021 import MODEL as OWENS
from simsolid.models.sahoo2020 import MODEL as SAHOO
from simsolid.models.stein2019 import MODEL as STEIN

MODELS = {HOUSE.name: HOUSE}
GALLERY = {model.name: model for model in (BARROS, BRUMMER, KARA, KHOT, KIMMEL, LEONTRIANA, LIU, OWENS, SAHOO, STEIN)}
