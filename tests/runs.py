"""A small labelled run in closed form, so that tests of the clinic need no simulator and know every answer.

CAR-T in blood rises by `GROW_RATE` to its peak at day `PEAK_DAY` and then halves every `HALF_LIFE` days.
Temperature and the support scores are tents around day 5. Lesion volumes are spheres whose diameters run
linearly between the days a test names.
"""

import numpy as np
import xarray as xr

PEAK_CELLS, PEAK_DAY, GROW_RATE, HALF_LIFE = 40.0, 10.0, 0.8, 5.0
COPIES_PER_CELL = 100.0
UNITS = {
    "cart_blood": "cell/uL", "cart_copies": "copies/ug", "cart_cavity": "cell/mL", "ifng": "pg/mL",
    "il6": "pg/mL", "crp": "mg/L", "temperature": "degC", "pressure_score": "1",
    "oxygen_score": "1", "healthy_tissue": "1",
    "cart_lesion": "cell", "viable_volume": "mL", "apparent_volume": "mL", "attenuation": "HU",
    "antigen_negative_fraction": "1", "net_effector_growth": "1/day",
    "new_lesion_day": "day", "stopped": "day",
}  # fmt: skip


def grid(begin=-7.0, days=180.0):
    """The default output grid: every quarter of a day to day 35, then daily."""
    fine = np.arange(begin, 35.0, 0.25)
    return np.concatenate([fine, np.arange(35.0, days + 0.5)])


def sphere(diameter):
    """Volume [mL] of a sphere of this diameter [mm]."""
    return np.pi / 6 * (np.asarray(diameter) / 10.0) ** 3


def blood(time, peak=PEAK_CELLS):
    """CAR-T in blood [cell/uL]."""
    since = time - PEAK_DAY
    shape = np.where(since < 0, np.exp(GROW_RATE * np.minimum(since, 0)), 2.0 ** (-since / HALF_LIFE))
    return np.where(time < 0, 0.0, peak * shape)


def tent(time, top, centre=5.0, half_width=2.0):
    """A peak of height ``top`` that falls to zero ``half_width`` days to either side."""
    return top * np.clip(1.0 - np.abs(time - centre) / half_width, 0.0, None)


def path(time, days, diameters):
    """Volume [mL] of a sphere whose diameter [mm] is linear between ``days``."""
    return sphere(np.interp(time, days, diameters))


def labelled_run(courses, *, viable=None, sites=None, arms=None, scale=None, failed=(), new_lesion_day=None,
                 fever=2.0, pressure=0.0, time=None, ids=None, seed=7):  # fmt: skip
    """Build a run from lesion diameters.

    courses: one entry per patient, a list of lesions, each ``{day: diameter in mm}``; the last lesion of each
    patient is the new-lesion slot and a patient with fewer lesions than the others is padded before it.
    viable: the same for viable volume; default the same as apparent. scale: per arm, a factor on CAR-T.
    """
    time = grid() if time is None else np.asarray(time, dtype=float)
    slots, ids = max(map(len, courses)), np.arange(len(courses)) if ids is None else np.asarray(ids)
    apparent = _volumes(courses, slots, time)
    living = apparent if viable is None else _volumes(viable, slots, time)
    many, axes = len(courses), dict(arms or {})
    sites = sites or [[f"organ{k}" for k in range(len(c))] for c in courses]
    site = np.array([[*s[:-1], *[""] * (slots - len(s)), s[-1]] for s in sites], dtype=str)
    shape = tuple(len(v) for v in axes.values())
    one = np.ones(many)[:, None]
    cells = blood(time) * one
    over_time = {
        "cart_blood": cells, "cart_copies": COPIES_PER_CELL * cells, "cart_cavity": 0 * cells,
        "ifng": 1 + cells, "il6": 5 + 10 * cells, "crp": 8 + cells,
        "temperature": 37.0 + tent(time, fever) * one, "pressure_score": tent(time, pressure) * one,
        "oxygen_score": 0 * cells, "healthy_tissue": 1.0 - tent(time, 0.2, 12.0, 6.0) * one,
    }  # fmt: skip
    over_lesion = {
        "cart_lesion": 1e6 * cells[:, None, :] * np.ones((1, slots, 1)), "viable_volume": living,
        "apparent_volume": apparent, "attenuation": np.full(apparent.shape, 80.0),
        "antigen_negative_fraction": np.full(apparent.shape, 0.1),
    }  # fmt: skip
    factor = np.ones(shape) if scale is None else np.asarray(scale, dtype=float)
    data = {}
    for name, values in over_time.items():
        by = factor[..., None, None] if name.startswith("cart") else 1.0
        data[name] = ((*axes, "patient", "time"), np.broadcast_to(by * values, shape + values.shape).copy())
    for name, values in over_lesion.items():
        everywhere = np.broadcast_to(values, shape + values.shape).copy()
        data[name] = ((*axes, "patient", "lesion", "time"), everywhere)
    growth = np.tile(np.linspace(-0.1, 0.3, slots), (many, 1))
    data["net_effector_growth"] = (("patient", "lesion"), growth)
    status = np.zeros((*shape, many), dtype=int)
    status[..., list(failed)] = 2
    data["status"] = ((*axes, "patient"), status)
    data["stopped"] = ((*axes, "patient"), np.where(status > 0, 11.3, np.nan))
    data["reason"] = ((*axes, "patient"), np.where(status > 0, "the step became too small", ""))
    appears = np.full(many, np.nan) if new_lesion_day is None else np.asarray(new_lesion_day, dtype=float)
    data["new_lesion_day"] = ((*axes, "patient"), np.broadcast_to(appears, (*shape, many)).copy())
    coords = {
        **axes, "patient": ids, "lesion": np.arange(slots), "time": ("time", time, {"units": "day"}),
        "site": (("patient", "lesion"), site), "new_lesion": ("lesion", np.arange(slots) == slots - 1),
        "lesions": ("patient", [len(c) - 1 for c in courses]),
    }  # fmt: skip
    attrs = {"seed": seed, "model": "closed form", "begin": float(time[0]), "regimen": "1e8 cells"}
    run = xr.Dataset(data, coords, attrs)
    for name in run.data_vars:
        run[name].attrs = {"units": UNITS.get(name, ""), "long_name": name.replace("_", " ")}
    return run


def _volumes(courses, slots, time):
    out = np.full((len(courses), slots, len(time)), np.nan)
    for patient, lesions in enumerate(courses):
        for k, course in enumerate(lesions):
            slot = slots - 1 if k == len(lesions) - 1 else k
            out[patient, slot] = path(time, list(course), list(course.values()))
    return out


def steady(*diameters):
    """Lesions [mm] that never change, and an empty new-lesion slot."""
    return [{0: d} for d in diameters] + [{0: 0.0}]


def cohort(many=40, seed=1, **kwargs):
    """A mixed cohort: shrinking, stable and growing lesions, two arms unless told otherwise."""
    rng = np.random.default_rng(seed)
    courses = []
    for _ in range(many):
        change = rng.uniform(0.0, 1.6)
        sizes = rng.uniform(15, 60, rng.integers(1, 4))
        courses.append([{0: d, 100: d * change, 180: d * (change + 0.2)} for d in sizes] + [{0: 0.0}])
    kwargs.setdefault("arms", {"route": ["intravenous", "intraperitoneal"]})
    kwargs.setdefault("scale", [1.0, 0.5] if len(kwargs["arms"]) == 1 else None)
    return labelled_run(courses, **kwargs)


SHRINKING = {0: 40.0, 28: 30.0, 70: 20.0, 112: 10.0}
SWELLING = {0: 40.0, 28: 52.0, 70: 40.0, 112: 30.0}  # taken back at the second scan
GROWING = {0: 40.0, 28: 50.0, 70: 60.0, 180: 90.0}


def with_ledger(run, acts):
    """The run with a ledger; ``acts``: for each, the arm labels and the patient, then day, step and amount."""
    axes = list(run["status"].dims)
    columns = list(zip(*acts, strict=True)) if acts else [()] * (len(axes) + 3)
    named = dict(zip([*axes, "day", "step", "amount"], columns, strict=True))
    blank = {"rule": "plan", "unit": "mg", "detail": "", "hours": 0.0, "because": "", "quantity": "", "value": np.nan}
    named |= {name: [word] * len(acts) for name, word in blank.items()}
    return run.assign({f"given_{name}": ("given", np.array(values)) for name, values in named.items()})
