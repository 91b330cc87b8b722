"""What a clinic sees of a run: scans with a reader's error, CAR-T above an assay's limit, labs, and who has died.

Every name in the result says who knows it: ``seen_`` is what the clinic has, ``true_`` is what only the simulation
knows and rides along to judge the clinic's verdicts. What is seen of a patient ends at death, though the simulation
goes on.

Sources: eisenhauer2009 (scans and response), yoon2016 (reader's error), haas2019 (limit of the qPCR assay).
"""

import logging
from dataclasses import fields

import numpy as np

from .criteria import CRITERIA
from .errors import ParameterError, nearest
from .imaging import Eyes, Reader, scan_all
from .ledger import ledger
from .scans import READER_CV, Scans
from .steps import is_number

log = logging.getLogger(__name__)

QUANTIFIED_COPIES = 25.0  # [copies/ug] of the qPCR assay in haas2019
SERIES = ("cart_blood", "cart_copies", "cart_cavity", "il6", "ifng", "crp", "ferritin", "temperature", "pressure_score",
          "oxygen_score", "icans_score", "tian_score", "intracranial_pressure", "healthy_tissue")  # fmt: skip
CARRIED = ("status", "reason", "stopped")
RENAMED = {"net_effector_growth": "true_net_effector_growth", "anti_cytokine_day": "seen_anti_cytokine_day",
           "crs_grade_day": "seen_crs_grade_day",
           "death_day": "seen_death_day"}  # fmt: skip
GIVEN = {
    "infusions": "infusion", "tocilizumab_doses": "tocilizumab", "dexamethasone_doses": "dexamethasone",
    "anakinra_doses": "anakinra",
}  # fmt: skip
NEEDED = ("apparent_volume", "viable_volume", "status")
FILMED = {"attenuation": "attenuation", "enhancing": "enhancing_volume", "steroid": "steroid", "decline": "decline_fold"}
SCHEDULE = {"first_scan": "first", "scan_every": "every", "baseline": "baseline", "criteria": "criteria"}


def observe(run, *, first_scan=None, scan_every=None, baseline=None, noise=True, criteria=None, reader_cv=None,
            attenuation_sd=5.0, decline_fold=None, loq_copies=None, loq_cells=0.05):  # fmt: skip
    """See a run as a clinic does.

    Parameters
    ----------
    run : Dataset
        A labelled run. Patients whose simulation failed are seen nowhere: NaN, and NE at every scan.
    first_scan, scan_every, baseline : [day], one each, or None
        The scan schedule. None for the run's own (a plan whose rules act on scans has one), else day 28, every 42
        days, and 7 days before the infusion; see `simsolid.scans.Scans`.
    noise : truth, one
        Off: exact diameters, not rounded. On: each lesion and scan has its own error, and diameters are whole mm.
    criteria : text or None
        How response is read; a name in `simsolid.criteria.CRITERIA`. None for the run's own, else ``"recist"``.
    reader_cv : [1], one or labelled
        Coefficient of variation of one diameter. Without it the run's own ``reader_cv`` (variable, then attribute) is
        used, then 0.086.
    attenuation_sd : [HU], one or labelled
        Standard deviation of the attenuation of one lesion at one scan (assumed).
    decline_fold : [1], one or labelled
        A patient feels worse while viable burden is above this many times its lowest value so far. Without it the
        run's own is used; without that nobody is asked.
    loq_copies, loq_cells : [copies/ug] and [cell/uL], one or labelled
        Limits of quantification of CAR-T in blood by qPCR (without it the run's own ``quantification_limit``, variable,
        then attribute, then 25) and by flow; what is lower is seen as 0.

    Returns
    -------
    Dataset
        Over scan: ``seen_diameter``, ``seen_attenuation``, ``seen_enhancing``, ``seen_sum``, ``seen_change``,
        ``seen_call`` (plain), ``seen_word`` (the criterion's own), ``seen_new_lesion``, ``seen_steroid``, ``seen_decline``
        and the chosen ``target``; over time: ``seen_cart_blood``, ``seen_il6`` and so on; ``seen_death_day``; beside them
        ``true_apparent_volume``, ``true_viable_volume``, ``true_antigen_negative``, ``true_new_lesion`` over scan and
        ``true_viable_burden`` over time. Lesions that measure less than 2 mm are not found and are 0.

    Raises
    ------
    ParameterError
        The run lacks what a scan needs, a choice is unknown, or a number impossible.

    References
    ----------
    eisenhauer2009; yoon2016; haas2019

    Examples
    --------
    >>> import xarray as xr
    >>> from simsolid.films import Call
    >>> volume = ("patient", "lesion", "time"), [[[4.2, 0.0]], [[4.2, 8.4]]]
    >>> run = xr.Dataset({"apparent_volume": volume, "viable_volume": volume, "status": ("patient", [0, 0])},
    ...                  {"patient": [0, 1], "lesion": [0], "time": [-7.0, 70.0]}, {"seed": 7})
    >>> [[Call(c).name for c in calls] for calls in observe(run, noise=False).seen_call.values]
    [['NE', 'SD', 'CR'], ['NE', 'SD', 'PD']]
    """
    scans = _scans(run, first_scan=first_scan, scan_every=scan_every, baseline=baseline, criteria=criteria)
    fold = _own(run, "decline_fold", decline_fold, None)
    _check(run, scans.criteria, fold)
    days = scans.days(float(run["time"][0]), float(run["time"][-1]))
    cv = _amount("reader_cv", _own(run, "reader_cv", reader_cv, READER_CV))
    limits = {
        "loq_copies": _amount("loq_copies", _own(run, "quantification_limit", loq_copies, QUANTIFIED_COPIES)),
        "loq_cells": _amount("loq_cells", loq_cells),
    }
    fold = fold if fold is None else _amount("decline_fold", fold)
    chosen = {"reader_cv": cv if noise else None, "attenuation_sd": _amount("attenuation_sd", attenuation_sd),
              "decline_fold": fold, **limits}  # fmt: skip
    bare, labels = _unlabelled(run, chosen, len(days))
    eyes = Eyes(int(run.attrs.get("seed", 0)), run["patient"].values, run["lesion"].values)
    reader = Reader(scans.criteria, eyes, *(bare[name] for name in ("reader_cv", "attenuation_sd", "decline_fold")))
    plain = run.reset_coords().drop_vars([name for name in run.indexes if name != "time"])  # see `_unlabelled`
    found = scan_all(plain, days, reader) | _doses(run)
    found |= _series(plain, {"cart_copies": bare["loq_copies"], "cart_blood": bare["loq_cells"]})
    seen = _labelled(run, found, labels).assign_coords(scan_day=("scan", days, {"units": "day"}))
    same = {name: float(limit) for name, limit in limits.items() if not getattr(limit, "dims", ())}
    schedule = {name: getattr(scans, field) for name, field in SCHEDULE.items()}
    seen.attrs = {**run.attrs, "noise": int(noise), **same, **schedule}
    return seen


def _unlabelled(run, options, scans):
    """Options in the order of the run's axes and without labels, and the labels of all axes.

    What is read is computed without any, or every single step would compare them all again. The options must agree with
    the run and with each other.
    """
    import xarray as xr
    from pandas.errors import InvalidIndexError

    labels, bare = {axis: run[axis] for axis in run.indexes} | {"scan": xr.DataArray(np.arange(scans), dims="scan")}, {}
    for name, option in options.items():
        if not hasattr(option, "dims"):
            bare[name] = option
            continue
        own = [axis for axis in option.dims if axis in option.indexes]
        other = [axis for axis in own if axis in labels and not option.indexes[axis].equals(labels[axis].to_index())]
        try:
            option = option.sel({axis: labels[axis].values for axis in other})
        except (KeyError, InvalidIndexError) as fault:
            raise ParameterError(f"observe: {name} over {', '.join(map(str, option.dims))}: {fault}; give one value for each "
                                 f"{' and '.join(map(str, other))} of the run or of the other options") from fault  # fmt: skip
        labels |= {axis: option[axis].reset_coords(drop=True) for axis in own if axis not in labels}
        bare[name] = option.drop_vars(list(option.coords))
    return bare, labels


def _labelled(run, found, labels):
    """What was found beside what is carried over, with all labels."""
    ledger_of_run = [name for name in run.data_vars if str(name).startswith("given_")]
    seen = run[[n for n in (*CARRIED, *RENAMED, *ledger_of_run) if n in run]]
    seen = seen.rename({old: new for old, new in RENAMED.items() if old in seen}).assign(found)
    return seen.assign_coords({name: label for name, label in (labels | dict(run.coords)).items()
                               if name not in seen.coords and set(label.dims) <= set(seen.dims)})  # fmt: skip


def _scans(run, **given):
    """What was asked for; else the run's own; else the usual. Where rules acted on its scans, other ones are told."""
    if not hasattr(run, "data_vars"):
        raise ParameterError(f"observe: {type(run).__name__} is no run; give what sim.simulate() returns")
    own = {name: run.attrs[name] for name in SCHEDULE if name in run.attrs}
    asked = {name: value for name, value in given.items() if value is not None}
    other = [f"{name} {value!r} instead of {own[name]!r}" for name, value in asked.items() if value != own.get(name, value)]
    if other and "scans_decided" in run and run["scans_decided"].any():
        log.warning("observe: %s: the rules of this run acted on its own scans, and these are others", ", ".join(other))
    usual = {f.name: f.default for f in fields(Scans)}
    return Scans(**usual | {SCHEDULE[name]: value for name, value in (own | asked).items()})


def _check(run, criteria, fold):
    known = {*run.data_vars, *(["decline_fold"] if fold is not None else [])}
    missing = [name for name in NEEDED if name not in run]
    faults = [f"{name}: the run has no such variable" + nearest(name, run.data_vars) for name in missing]
    axes = [axis for axis in ("patient", "lesion", "time") if axis not in run.dims]
    faults += [f"{axis}: the run has no such axis" + nearest(axis, run.dims) for axis in axes]
    if criteria not in CRITERIA:
        faults.append(f"criteria: {criteria!r} is not one of {', '.join(CRITERIA)}" + nearest(criteria, CRITERIA))
    elif lacking := [FILMED[name] for name in CRITERIA[criteria].needs if FILMED[name] not in known]:
        faults.append(f"criteria: {criteria!r} also needs {', '.join(lacking)}, which the run has not")
    if faults:
        raise ParameterError("observe: this run cannot be read\n  " + "\n  ".join(faults))


def _own(run, name, given, otherwise):
    """What was given; else what the run says of itself, labelled or plain; else the default."""
    if given is not None:
        return given
    return run[name] if name in run else run.attrs.get(name, otherwise)


def _amount(name, value):
    """The value, if all of it is finite and not below 0."""
    plain = is_number(value)
    numbers = np.asarray(value) if plain or hasattr(value, "dims") else np.empty(0)
    nobody = hasattr(value, "dims") and not numbers.size  # labelled, of an empty cohort
    if not (nobody or numbers.size) or numbers.dtype.kind not in "iuf" or not (np.isfinite(numbers) & (numbers >= 0)).all():
        raise ParameterError(f"observe: {name} {value if plain else _shortly(value)}: must be finite, and at least 0")
    return value


def _shortly(value):
    return f"over {', '.join(map(str, value.dims))}" if hasattr(value, "dims") else repr(value)


def _series(run, limits):
    """Time series above their limits, for as long as the patient lives; healthy tissue is nobody's to see."""
    finished, out = run["status"] == 0, {}
    followed = finished & ~(run["time"] > run["death_day"]) if "death_day" in run else finished
    for name in (n for n in SERIES if n in run):
        hidden = name == "healthy_tissue"
        values = run[name].where(finished if hidden else followed)
        if name in limits:
            values = values.where(~(values < limits[name]), 0.0)
        out[("true_" if hidden else "seen_") + name] = values.transpose(..., "time").assign_attrs(run[name].attrs)
    return out


def _doses(run):
    """How often each thing was given to each patient alive, planned or by rule; nothing is said of a run without ledger."""
    import pandas as pd
    import xarray as xr

    if "given_day" not in run:
        return {}
    like = run["status"]
    acts = ledger(run)
    acts = acts[acts["step"].isin(list(GIVEN.values())) & (acts["amount"] > 0)]
    spots = [pd.Index(run[axis].values).get_indexer(acts[axis]) for axis in like.dims]
    death = (run["death_day"] if "death_day" in run else xr.DataArray(np.nan)).broadcast_like(like).transpose(*like.dims)
    alive = ~(acts["day"].to_numpy() > death.values[tuple(spots)])
    out = {}
    for name, step in GIVEN.items():
        at = alive & (acts["step"] == step).to_numpy()
        counts = np.zeros(like.shape)
        np.add.at(counts, tuple(spot[at] for spot in spots), 1)
        facts = {"units": "1", "long_name": f"number of {name.replace('_', ' ')}"}
        out[f"seen_{name}"] = (like.dims, np.where(like.values == 0, counts, np.nan), facts)
    return out
