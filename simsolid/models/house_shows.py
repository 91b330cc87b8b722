"""What a run of the house model shows: names, units and meanings. How they are computed stands in ``house_model.py``."""

from dataclasses import dataclass
from typing import Any

from simsolid.model import shows

Value = Any


@dataclass(frozen=True, kw_only=True)
class Observables:
    """What a run shows, computed from states and parameters."""

    cart_blood: Value = shows("cell/uL", "CAR-T in blood")
    cart_copies: Value = shows("copies/ug", "transgene in blood DNA")
    cart_cavity: Value = shows("cell/mL", "CAR-T in cavity fluid")
    cart_lung: Value = shows("cell", "CAR-T in the lung bed")
    cart_liver: Value = shows("cell", "CAR-T in normal liver")
    cart_lymphoid: Value = shows("cell", "CAR-T in spleen, marrow and nodes")
    ifng: Value = shows("pg/mL", "IFN-gamma in blood")
    il6: Value = shows("pg/mL", "IL-6 in blood")
    crp: Value = shows("mg/L", "C-reactive protein")
    ferritin: Value = shows("ug/L", "ferritin in blood")
    temperature: Value = shows("degC", "body temperature")
    signal: Value = shows("pg/mL", "inflammatory signal that tissue sees")
    pressure_score: Value = shows("1", "pressure support score; its whole part is the support level")
    oxygen_score: Value = shows("1", "oxygen support score; its whole part is the support level")
    crs_score: Value = shows("1", "cytokine release score; its whole part is the ASTCT grade of the moment")
    icans_score: Value = shows("1", "neurotoxicity score; its whole part is the ICANS grade of the moment")
    tian_score: Value = shows("1", "score of tumour inflammation-associated neurotoxicity; its whole part is the grade")
    intracranial_pressure: Value = shows("mmHg", "pressure inside the skull")
    survival_margin: Value = shows("1", "hazard left before this patient dies; dead at 0")
    steroid: Value = shows("mg", "dexamethasone in effect")
    healthy_tissue: Value = shows("1", "healthy tissue that shows the target")
    host_lymphocytes: Value = shows("1", "host lymphocytes relative to baseline")
    cart_lesion: Value = shows("cell", "CAR-T in lesion", axis="lesion")
    viable_volume: Value = shows("mL", "viable tumour volume", axis="lesion")
    apparent_volume: Value = shows("mL", "volume that a scan shows", axis="lesion")
    attenuation: Value = shows("HU", "CT attenuation", axis="lesion")
    enhancing_volume: Value = shows("mL", "contrast-enhancing volume", axis="lesion")
    antigen_negative_fraction: Value = shows("1", "antigen-low share of viable cells", axis="lesion")
    suppression: Value = shows("1", "suppression of T cells in the lesion, 1 at enrolment", axis="lesion")
    local_cytokine: Value = shows("pg/mL", "inflammation inside the lesion", axis="lesion")
