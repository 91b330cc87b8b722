"""The one verb: patients and a plan in, labelled trajectories out."""

from collections.abc import Sequence
from dataclasses import fields

import numpy as np

from simsolid.errors import ParameterError, SolveError, nearest
from simsolid.model import Model
from simsolid.models import MODELS
from simsolid.params import Parameters
from simsolid.regimen import Regimen
from simsolid.study import BEGIN, Group, events_of, groups_of, matrix, study_of
from simsolid.unfold import counts, dataset, empty, fill


def simulate(
    people: Parameters,
    plan: Regimen,
    *,
    days: float = 180.0,
    begin: float = BEGIN,
    times: Sequence[float] | None = None,
    observables: Sequence[str] | None = None,
    model: str = "house",
    rtol: float = 1e-5,
    dtype: str = "float64",
    on_failure: str = "keep",
    progress: bool = True,
):
    """Simulate a plan in every patient, on every axis that was put on people or plan.

    Parameters
    ----------
    people : Parameters
        A drawn cohort, or a setting, whose typical patient is then simulated.
    plan : Regimen
        What is given.
    days : [day], one
        Last day, counted from the infusion on day 0.
    begin : [day], one
        First day: enrolment.
    times : [day], several, or None
        Output days; None for :func:`output_days`.
    observables : texts or None
        What to keep; None for everything the model shows.
    model : text
        Name of the model.
    rtol : [1], one
        Relative tolerance per patient; the absolute one is rtol times each state's declared scale.
    dtype : text
        ``"float64"`` or ``"float32"`` for what is kept.
    on_failure : text
        ``"keep"`` marks a failed patient (NaN, status, reason); ``"raise"`` stops.
    progress : bool
        Show a progress bar for work over two seconds, when standard error is a terminal.

    Returns
    -------
    xarray.Dataset
        One variable per observable over the axes, patient, lesion and time, with units.

    Raises
    ------
    ParameterError
        People and plan do not fit together.
    SolveError
        A patient failed and ``on_failure="raise"``.

    Examples
    --------
    >>> import simsolid as sim
    >>> run = sim.simulate(sim.load("gastric"), sim.Regimen.single(cells=2.5e8), days=14)
    >>> run["cart_blood"].attrs["units"]
    'cell/uL'
    """
    study = study_of(people, plan, days, begin, times, _choice("model", model, MODELS), rtol)
    kept = _kept(study.model, observables)
    _choice("on_failure", on_failure, {"keep": 0, "raise": 0})
    arrays = empty(study, kept, _choice("dtype", dtype, {"float64": float, "float32": np.float32}))
    with _bar(len(study.arms) * study.combinations * len(study.roster.patients), progress) as bar:
        for group in groups_of(study):
            fill(arrays, group, _solve(group, kept, arrays["_dtype"], bar))
    run = dataset(study, kept, arrays, plan)
    if on_failure == "raise" and (run["status"] != 0).any():
        raise SolveError(failures(run))
    return run


def failures(run) -> str:
    """Say how many patients of a run failed, which, and why.

    Parameters
    ----------
    run : xarray.Dataset
        From :func:`simulate`.

    Returns
    -------
    text
        Empty when all finished.

    Examples
    --------
    >>> import simsolid as sim
    >>> failures(sim.simulate(sim.load("gastric"), sim.Regimen.none(), days=1))
    ''
    """
    status = run["status"].values
    bad = np.argwhere(status != 0)
    if not len(bad):
        return ""
    said = [f"patient {int(run['patient'].values[where[-1]])}: {run['reason'].values[tuple(where)]}" for where in bad[:5]]
    more = f"\n... and {len(bad) - 5} more" if len(bad) > 5 else ""
    return (f"{len(bad)} of {status.size} runs failed\n" + "\n".join(said) + more
            + f"\nThe other {status.size - len(bad)} finished; run.status marks the failed ones.")


def _choice(what: str, name: str, table):
    if name not in table:
        raise ParameterError(f"{what}: '{name}' unknown{nearest(name, table)}; there are {', '.join(table)}")
    return table[name]


def _kept(model: Model, observables: Sequence[str] | None) -> list[str]:
    shown = [f.name for f in fields(model.observables)]
    for name in observables or ():
        _choice("observable", name, dict.fromkeys(shown))
    return [name for name in shown if observables is None or name in observables]


def _solve(group: Group, kept: list[str], dtype, bar):
    from simsolid.engines import numpy as engine

    study, lesions = group.study, len(group.slots)
    model, states = study.model, study.model.state_layout(lesions)
    parameters = np.hstack([matrix(group, chosen) for chosen in study.arms])
    named = model.parameter_layout(lesions).unpack(parameters)
    begin = model.start(named)
    actions = tuple(model.block_action(name, lesions) for name in model.actions)
    watch = bool(model.triggers) and study.roster.new_lesions
    shown = [name if count == 0 else f"{name}[{i}]" for name, count in counts(model, kept, lesions) for i in range(max(count, 1))]
    done = bar.n
    solution = engine.integrate(
        model.traced(lesions), states.pack(begin, parameters.shape[1]), parameters, begin=study.begin, times=study.days,
        outputs=shown, atol=study.rtol * model.scales(lesions), rtol=study.rtol, events=events_of(group), actions=actions,
        triggers={"new_lesion": (list(model.actions).index("new_lesion"), ())} if watch else None, dtype=dtype,
        progress=lambda cases: bar.update(done + cases - bar.n),
    )
    bar.update(done + parameters.shape[1] - bar.n)
    notes = {name: np.broadcast_to(rule(begin, named), (lesions, parameters.shape[1]))
             for name, (_, _, rule) in model.diagnostics.items()}
    return solution, notes, states.flat


def _bar(cases: int, progress: bool):
    from tqdm import tqdm

    # disable=None: no bar when standard error is not a terminal
    return tqdm(total=cases, unit="patient", desc="simulate", delay=2.0, disable=None if progress else True)
