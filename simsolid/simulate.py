"""The one verb: patients and a plan in, labelled trajectories out."""

import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import fields

import numpy as np

from simsolid.contact import first_contact
from simsolid.design import BEGIN, study_of
from simsolid.engines.integrate import Status, chosen, integrate
from simsolid.errors import ParameterError, SolveError, nearest
from simsolid.model import Model
from simsolid.models import MODELS
from simsolid.params import Parameters
from simsolid.progress import Counter, progress_bar
from simsolid.reactive import LOOK, Watched, watched
from simsolid.regimen import Regimen
from simsolid.study import Group, Study, events_of, groups_of, matrices, plans_of
from simsolid.unfold import Solved, counts, dataset, empty, fill

log = logging.getLogger(__name__)

MOST_TOLD = 5  # failed patients told of one by one
LARGE = 0.5  # share of the machine's memory from which a run is worth a word of advice


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
    engine: str = "auto",
    on_failure: str = "keep",
    progress: bool | Callable[[int], object] = True,
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
        Output days; None for :func:`simsolid.design.output_days`. Trajectories do not depend on them, but read-outs such
        as peaks are taken from them: a coarse grid blurs those.
    observables : texts or None
        What to keep; None for everything the model shows.
    model : text
        Name of the model.
    rtol : [1], one
        Relative tolerance per patient; the absolute one is rtol times each state's declared scale.
    dtype : text
        ``"float64"`` or ``"float32"`` for what is kept.
    engine : text
        ``"numpy"``; ``"llvm"``, machine code on all cores, which needs ``pip install 'simsolid[fast]'``; ``"auto"``, the faster
        one at hand. They agree to within the tolerance; each gives the same bits however the work is cut.
    on_failure : text
        ``"keep"`` marks a failed patient (NaN, status, reason); ``"raise"`` stops.
    progress : truth or function
        Show a progress bar for work over two seconds, when standard error is a terminal; a function is called instead
        with each number of newly finished cases.

    Returns
    -------
    xarray.Dataset
        One variable per observable over the axes, patient, lesion and time, with units. After an interruption from the
        keyboard (Ctrl-C) it holds what was finished, and ``status`` marks the rest.

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
    kept, kind = _kept(study.model, observables), _choice("dtype", dtype, {"float64": np.float64, "float32": np.float32})
    engine = chosen(engine)
    must_finish = _choice("on_failure", on_failure, {"keep": False, "raise": True})
    _say_if_large(study, kept, kind)
    arrays = empty(study, kept, kind)
    with progress_bar(len(study.arms) * study.combinations * len(study.roster.patients), progress) as tick:
        _work(study, arrays, kept, kind, engine, tick)
    run = dataset(study, kept, arrays).assign_attrs(engine=engine)
    if must_finish and (run["status"] != 0).any():
        raise SolveError(failures(run))
    interrupted = int((run["status"] == Status.INTERRUPTED).sum())
    if interrupted:
        log.warning("simulate: interrupted; %d of %d cases were finished, run.status marks the others",
                    run["status"].size - interrupted, run["status"].size)  # fmt: skip
    return run


def _work(study: Study, arrays, kept: list[str], kind, engine: str, tick) -> None:
    """Integrate group after group; an interruption from the keyboard ends the work and keeps what is finished."""
    try:
        for group in groups_of(study):
            solved = _solve(group, kept, kind, engine, Counter(tick))
            fill(arrays, kept, group, solved)
            if (solved.solution.status == Status.INTERRUPTED).any():
                return
    except KeyboardInterrupt:
        return


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
    status = run["status"]
    bad = np.argwhere(status.values != 0)
    if not len(bad):
        return ""
    told = [f"{_who(status, where)} {run['reason'].values[tuple(where)]}" for where in bad[:MOST_TOLD]]
    more = [f"... and {len(bad) - MOST_TOLD} more"] if len(bad) > MOST_TOLD else []
    rest = f"The other {status.size - len(bad)} of {status.size} finished; run.status marks the ones that did not."
    return "\n".join([*told, *more, f'{rest} Pass on_failure="raise" to stop instead.'])


def finished(run):
    """Leave out the patients that an interruption kept from being finished in every arm.

    Parameters
    ----------
    run : xarray.Dataset
        From :func:`simulate`.

    Returns
    -------
    xarray.Dataset and truth
        The run of the others, and whether anybody was left out.

    Examples
    --------
    >>> import simsolid as sim
    >>> run = sim.simulate(sim.load("gastric"), sim.Regimen.none(), days=1)
    >>> finished(run)[1]
    False
    """
    cut = run["status"] == Status.INTERRUPTED
    cut = cut.any([axis for axis in cut.dims if axis != "patient"])
    return (run.isel(patient=~cut.values) if cut.any() else run), bool(cut.any())


def _who(status, where) -> str:
    """One case of a run in words: the patient, and where it stands on the other axes."""
    labels = {axis: status[axis].values[i] for axis, i in zip(status.dims, where, strict=True)}
    arm = "".join(f", {axis} {label}" for axis, label in labels.items() if axis != "patient")
    return f"patient {labels['patient']}{arm}"


def _choice(what: str, name, table):
    if name not in list(table):
        raise ParameterError(f"{what}: {name!r} unknown{nearest(name, table)}; there are {', '.join(table)}")
    return table[name]


def _kept(model: Model, observables: Sequence[str] | None) -> list[str]:
    shown = [f.name for f in fields(model.observables)]
    asked = [observables] if isinstance(observables, str) else shown if observables is None else list(observables)
    for name in asked:
        _choice("observable", name, dict.fromkeys(shown))
    return [name for name in shown if name in asked]


def _say_if_large(study: Study, kept: list[str], kind) -> None:
    rows = sum(max(count, 1) for _, count in counts(study.model, kept, study.roster.slots))
    needed = np.dtype(kind).itemsize * rows * len(study.days) * float(np.prod(list(study.sizes.values())))
    try:
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # not every system tells
        return
    if needed > LARGE * memory:
        log.warning("simulate: the run needs about %.1f GB; keep less with observables=[...], times=[...] or dtype='float32', "
                    "or let sim.compare() work in blocks", needed / 1e9)


def _solve(group: Group, kept: list[str], kind, engine: str, tell: Counter):
    """Integrate one group."""
    study, lesions = group.study, len(group.slots)
    model, states = study.model, study.model.state_layout(lesions)
    parameters = matrices(group)
    cases = parameters.shape[1]
    named = model.parameter_layout(lesions).unpack(parameters)
    begin = model.start(named)
    plans, watch = plans_of(group), watched(group, kind)
    events, actions = _moments(group, plans, watch)
    shown = [name if count == 0 else f"{name}[{i}]" for name, count in counts(model, kept, lesions) for i in range(max(count, 1))]
    solution = integrate(
        model.traced(lesions), states.pack(begin, cases), parameters, begin=study.begin, times=study.days,
        outputs=shown, atol=study.rtol * model.scales(lesions), rtol=study.rtol, events=events, actions=actions,
        reactions=watch.reactions, facts=watch.facts, dtype=kind, engine=engine,
        progress=tell,
    )
    tell(cases)
    met = states.unpack(first_contact(model, states.pack(begin, cases), parameters, plans, lesions))
    notes = {name: np.broadcast_to(rule(met, named), (lesions, cases)) for name, (_, _, rule) in model.diagnostics.items()}
    return Solved(solution, notes, states.flat, plans, watch)


def _moments(group: Group, plans, watch: Watched):
    """Events of a group and the actions that they and the reactions call; each is handed as many amounts as its steps have."""
    model = group.study.model
    rows = {step.action: step.amount.shape[0] for plan in plans for step in plan}
    order = list(model.actions)
    rows |= {order[number]: len(amounts) for each in watch.reactions for number, amounts in each.actions if len(amounts)}
    actions = tuple(model.block_action(name, len(group.slots), rows.get(name)) for name in order)
    every = [[*plan, *looks] for plan, looks in zip(plans, watch.looks, strict=True)]
    return events_of(every, group.cases, [*order, LOOK]), (*actions, *([watch.look] if watch.look else []))
