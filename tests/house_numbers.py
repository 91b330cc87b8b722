"""The house model on plain numbers: states and parameters of one patient, without engine or dataset."""

from dataclasses import fields

import numpy as np

from simsolid.models.house_model import MODEL


def plain_parameters(setting, lesions=2, **changes):
    """Parameters of one patient as numbers; lesion-wise ones as arrays of ``lesions``."""
    values = {}
    for f in fields(MODEL.parameters):
        facts = setting.declared.get(f.name)
        if facts is None:
            value = 0.0
        elif facts.axis in ("route", "conditioning"):
            value = facts.absent
        else:
            value = float(np.nanmean(np.asarray(setting[f.name])))
        value = changes.get(f.name, value)
        values[f.name] = np.broadcast_to(np.asarray(value, dtype=float), lesions) if f.metadata.get("axis") == "lesion" else value
    return MODEL.parameters(**values)


def lively_state(p, seed=3):
    """A state in the middle of a response: nothing is zero, nothing is round."""
    rng = np.random.default_rng(seed)
    x = MODEL.start(p)
    sizes = {"cell": 3.1e7, "1": 0.37, "pg/mL": 41.0, "mg/L": 23.0, "ug/L": 690.0, "mg": 7.3, "mL": 2.9}
    for f in fields(x):
        shape = np.shape(getattr(x, f.name))
        setattr(x, f.name, sizes[f.metadata["unit"]] * np.exp(0.5 * rng.standard_normal(shape)))
    return x
