"""Small cohorts that many tests share; patients with one lesion, so that few sets of equations are traced."""

from dataclasses import replace
from functools import cache

import numpy as np

import simsolid as sim
from simsolid.params import Parameters

DOSE = 3.75e8


@cache
def setting(tumour="gastric", target=None, product=None, **chosen) -> Parameters:
    """A setting whose patients all have one lesion and cannot get a new one."""
    return one_lesion(sim.load(tumour, target, product, **chosen))


def one_lesion(loaded: Parameters, counts=None, new_lesions=False) -> Parameters:
    """Restrict the number of lesions of a loaded setting."""
    layers = []
    for layer in loaded.layers:
        if layer.kind == "tumours":
            layer = replace(layer, choices={**layer.choices, "lesion_counts": counts or {"1": 1.0}, "new_lesions": new_lesions})
        layers.append(layer)
    return replace(loaded, layers=tuple(layers))


@cache
def crowd(patients=4, seed=7, **chosen) -> Parameters:
    """A drawn cohort of :func:`setting`."""
    return sim.draw(setting(**chosen), patients=patients, seed=seed)


def run(people, plan=None, days=20, **more):
    """Simulate without a progress bar; one intravenous dose unless told otherwise."""
    plan = sim.Regimen.single(DOSE) if plan is None else plan
    return sim.simulate(people, plan, days=days, progress=False, **more)


def same(one, other, but=()):
    """Tell whether two runs hold the same bits in every variable."""
    return all(np.array_equal(one[name].values, other[name].values, equal_nan=one[name].dtype.kind == "f")
               for name in one.data_vars if name not in but)


def differing(one, other) -> list[str]:
    """Names of the variables in which two runs do not hold the same bits; ledgers are compared as tables."""
    named = [name for name in one.data_vars if not str(name).startswith("given_")]
    return [name for name in named if not same(one[[name]], other[[name]])] + _ledgers_differ(one, other)


def _ledgers_differ(one, other) -> list[str]:
    if "given_day" not in one:
        return []
    tables = [sim.ledger(run).sort_values(["patient", "day"], kind="stable").reset_index(drop=True) for run in (one, other)]
    shared = [name for name in tables[0] if name in tables[1]]
    return [] if tables[0][shared].equals(tables[1][shared]) else ["ledger"]
