"""The controls that the figures of this package bring with them; they begin at the figures' own defaults."""

from .patient import one_patient
from .release import crs_risk
from .scanned import pseudo_progression

READY = {
    one_patient: {
        "dose": (1e7, 1e10), "route": ["intravenous", "intraperitoneal"], "antigen_positive": (0.1, 1.4, 0.1),
        "suppression": (0.1, 10.0), "kill": (0.1, 10.0),
    },
    pseudo_progression: {
        "first_scan": (14.0, 56.0, 7.0), "reader": (0.0, 0.25), "oedema": (0.0, 3.0, 0.25), "clearance": (0.25, 4.0, 0.25),
    },
    crs_risk: {
        "dose": (3e7, 3e9), "diameter": (0.5, 2.0, 0.25), "lymphodepletion": ["none", "cy", "flu_cy", "intensified"],
        "rescue": ["none", "late", "standard", "early"], "grade": [1, 2, 3, 4],
    },
}  # fmt: skip
