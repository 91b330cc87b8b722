"""One patient under one plan as an SBML document: equations, numbers, units, sources, and every act of the plan as an event."""

from dataclasses import dataclass, fields
from pathlib import Path

from simsolid.acts import planned, triggered
from simsolid.cohort import KEY, draw, roster, select, typical
from simsolid.design import BEGIN, study_of
from simsolid.errors import ParameterError, nearest
from simsolid.ledger import ledger
from simsolid.load import load
from simsolid.model import Model
from simsolid.models import GALLERY, MODELS
from simsolid.params import Parameters
from simsolid.regimen import Regimen
from simsolid.sbml import Told, sbml_of
from simsolid.sbml_notes import source, story
from simsolid.simulate import simulate
from simsolid.study import Group, groups_of, matrix
from simsolid.values import Value

_NO_RULE = (
    "export: rule '{}' reacts to the patient, and a file holds what is known beforehand; simulate first, then export what was "
    "given: sim.Regimen.replay(sim.ledger(run)), or --rescue on the command line"
)
_RTOL = 1e-5  # a study wants one; nothing is integrated here


def export_sbml(
    people: Parameters,
    plan: Regimen,
    *,
    patient: int | None = None,
    days: float = 180.0,
    begin: float = BEGIN,
    model: str = "house",
    piecewise: bool = True,
) -> str:
    """Print one patient under one plan as an SBML Level 3 document, which other simulators can run.

    Time in the file runs from 0, the day ``begin``; the quantity ``day`` in it is our day. Triggers of the model (a new
    lesion, death) are events that happen at most once. Rules of the plan are refused: they belong to a run, not to a model.

    Parameters
    ----------
    people : Parameters
        A setting, whose typical patient is then taken, or a drawn cohort.
    plan : Regimen
        What is given, without axes and without rules.
    patient : [1], one or None
        Number of the patient; may be left out when there is only one.
    days : [day], one
        Last day that the file is meant for.
    begin : [day], one
        First day: enrolment.
    model : text
        Name of the model.
    piecewise : truth
        Write branches as ``piecewise``; False suits COPASI, see :func:`simsolid.sbml.sbml_of`.

    Returns
    -------
    text

    Raises
    ------
    ParameterError
        People and plan do not fit together, are more than one patient and plan, or the plan has rules.
    ModelError
        An action has no formula, or python-libsbml is not installed.

    Examples
    --------
    >>> import simsolid as sim
    >>> text = export_sbml(sim.load("gastric"), sim.Regimen.single(2.5e8))
    >>> '<event id="infuse_1"' in text
    True
    """
    case = _case(_one(people, patient), plan, days, begin, model)
    group, lesions = case.group, len(case.group.slots)
    traced, rows = case.model.traced(lesions), matrix(group, group.study.arms[0])
    start = case.model.state_layout(lesions).pack(case.model.start(case.model.parameter_layout(lesions).unpack(rows)), 1)
    return sbml_of(
        traced, start[:, 0], rows[:, 0], begin=group.study.begin, name=case.model.name, told=_told(case),
        acts=[*planned(case.group), *triggered(case.group)], note=_story(case, piecewise), piecewise=piecewise,
    )  # fmt: skip


def exported(
    model: str, tumour: str, target: str | None, product: str | None, *, route: str, dose: float | None, conditioning: str,
    hours: float, lesions: int | None, patient: int | None, seed: int, days: float, rescue: str, begin: float = BEGIN,
    piecewise: bool = True, **choices,
) -> str:  # fmt: skip
    """Print one patient of a setting after one infusion, everything by name.

    Parameters
    ----------
    model, tumour, target, product : texts
        As for :func:`export_sbml` and :func:`simsolid.load`.
    route, conditioning : texts
        How the cells are given, and after which lymphodepletion.
    dose : [cell], one or None
        CAR-T cells; the product's reference dose when None.
    hours : [hour], one
        Duration of the infusion.
    lesions : [1], one or None
        Lesions of the typical patient; the most frequent number when None.
    patient, seed : [1], one or None
        Number of a drawn patient and seed of the cohort; the typical patient when no number is given.
    days, begin : [day], one
        Last day, and the first.
    rescue : text
        Set of rescue rules; what they give this patient is found by a run and exported as events. ``"none"`` for no rules.
    piecewise : truth
        As for :func:`export_sbml`.
    choices : texts
        ``armour`` and ``origin``, as for :func:`simsolid.load`.

    Returns
    -------
    text

    Raises
    ------
    ParameterError
        A name is unknown, a number impossible, or two choices contradict each other.

    Examples
    --------
    >>> given = dict(route="intravenous", dose=1e8, conditioning="none", hours=0.0, lesions=1, patient=None, seed=7)
    >>> exported("house", "gastric", None, None, days=30, rescue="none", **given)[:5]
    '<?xml'
    """
    if lesions is not None and patient is not None:
        raise ParameterError("export: a drawn patient has lesions of their own; give --patient or --lesions, not both")
    setting = load(tumour, target, product, **choices)
    people = typical(setting, lesions) if patient is None else draw(setting, [patient], seed)
    cells = float(setting["reference_dose"]) if dose is None else dose
    plan = Regimen.single(cells, route, hours=hours, conditioning=conditioning)
    if rescue != "none":
        run = simulate(people, plan.with_rules(rescue), days=days, begin=begin, model=_known(model).name, progress=False)
        plan = Regimen.replay(ledger(run))
    return export_sbml(people, plan, days=days, begin=begin, model=model, piecewise=piecewise)


def written(file: str | Path, text: str) -> None:
    """Write a document, or say why that is not possible.

    Parameters
    ----------
    file : path
        Where to.
    text : text
        What.

    Raises
    ------
    ParameterError
        The file cannot be written.

    Examples
    --------
    >>> written("/no such folder/model.xml", "")
    Traceback (most recent call last):
    simsolid.errors.ParameterError: export: cannot write '/no such folder/model.xml' (No such file or directory); choose ...
    """
    try:
        Path(file).write_text(text, encoding="utf-8")
    except OSError as fault:
        raise ParameterError(f"export: cannot write '{file}' ({fault.strerror}); choose another file") from fault


@dataclass(frozen=True, eq=False)
class _Case:
    """One patient under one plan."""

    group: Group
    model: Model
    days: float

    @property
    def people(self) -> Parameters:
        return self.group.study.people

    @property
    def arm(self):
        return self.group.study.arms[0]

    @property
    def sites(self) -> list[str]:
        """Where the lesions are, in the order of the slots in use."""
        return [str(site) for site in self.group.study.roster.sites[self.group.members[0]][self.group.slots]]


def _known(model: str) -> Model:
    if model in GALLERY:
        raise ParameterError(f"model: '{model}' needs no patients and no plan; use sim.export_model('{model}')")
    if model not in MODELS:
        known = (*MODELS, *GALLERY)
        raise ParameterError(f"model: '{model}' unknown{nearest(model, known)}; there are {', '.join(known)}")
    return MODELS[model]


def _one(people: Parameters, patient: int | None) -> Parameters:
    if not isinstance(people, Parameters) or KEY not in people.choices:
        if patient is not None:
            raise ParameterError(f"export: patient {patient} of a setting; draw patients first, or name none for the typical one")
        return people
    if patient is not None:
        return select(people, [patient])
    numbers = roster(people).patients
    if len(numbers) > 1:
        raise ParameterError(f"export: {len(numbers)} patients; a file holds one, so name it, such as patient={numbers[0]}")
    return people


def _case(people: Parameters, plan: Regimen, days: float, begin: float, model: str) -> _Case:
    study = study_of(people, plan, days, begin, None, _known(model), _RTOL)
    axes = [*study.plan.design, *study.swept]
    faults = [f"export: {name} varies; a file holds one plan and one value of each parameter, so choose one" for name in axes]
    faults += [_NO_RULE.format(rule.name) for chosen in study.arms for rule in chosen.regimen.rules]
    if faults:
        raise ParameterError("\n".join(dict.fromkeys(faults)))
    return _Case(groups_of(study)[0], study.model, float(study.days[-1]))


def _told(case: _Case) -> dict[tuple[str, str], Told]:
    """Units and meanings of everything; of parameters also where they come from."""
    found = {}
    model = case.model
    for what, kind in (("state", model.state), ("parameter", model.parameters), ("output", model.observables)):
        for f in fields(kind):
            unit, text = f.metadata["unit"], f.metadata["text"]
            note = source(_value(case, f.name)) if what == "parameter" else ""
            if f.metadata.get("axis") != "lesion":
                found[what, f.name] = Told(unit, text, note)
            for i, site in enumerate(case.sites if f.metadata.get("axis") == "lesion" else ()):
                found[what, f"{f.name}[{i}]"] = Told(unit, f"{text}, lesion {i + 1} ({site})", note)
    return found


def _value(case: _Case, name: str) -> Value | None:
    """The value of a parameter with its source, whichever file it is from; None for what no file gives."""
    declared = case.people.declared
    owner = {"route": case.arm.cavity, "conditioning": case.arm.conditioning}
    kind = declared[name].axis if name in declared else None
    key = f"{owner[kind]}.{name}" if kind in owner else name
    return case.people.value(key) if key in case.people else None


def _story(case: _Case, piecewise: bool) -> str:
    """Who, what, which days, and the sources in full."""
    from simsolid import __version__

    people, study = case.people, case.group.study
    named = ", ".join(f"{name} {people.choices[name]}" for name in ("tumour", "target", "product") if name in people.choices)
    who = study.roster
    lines = [
        f"Model '{case.model.name}' of simsolid {__version__}: {named}; patient {who.patients[0]}, seed {who.seed}.",
        f"Plan: {case.arm.regimen}.",
    ]
    return story(lines, case.days - study.begin, study.begin, [_value(case, f.name) for f in fields(case.model.needs)], piecewise)
