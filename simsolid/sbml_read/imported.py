"""Import a model from an SBML file, so that it runs, varies and is exported like one of ours."""

from pathlib import Path

import numpy as np

from simsolid.errors import ModelError, ParameterError
from simsolid.model import Model
from simsolid.sbml import library
from simsolid.sbml_read.draft import Draft
from simsolid.sbml_read.formulas import Formulas
from simsolid.sbml_read.happenings import read_events, read_stops
from simsolid.sbml_read.making import model_of, used
from simsolid.sbml_read.quantities import read_quantities
from simsolid.sbml_read.refusals import document_of, unsupported
from simsolid.sbml_read.words import per_day
from simsolid.units import UNITS

LARGEST = 50_000_000  # bytes of a file


def import_sbml(path: str | Path, *, time_unit: str | None = None) -> Model:
    """Import a model of ordinary differential equations from an SBML file of level 2 or 3.

    Numbers stay as the file has them, with its units as labels; only time is told in days. What the file holds beside that and
    we do not run, such as delays, algebraic rules or events that wait for a state, is refused by name, all of it in one
    message. Doses at known times become the model's own protocol. ``model.notes`` says what was taken how.

    Parameters
    ----------
    path : path
        The file.
    time_unit : text or None
        Unit of the file's time, such as ``"hour"``; needed where the file does not say.

    Returns
    -------
    Model
        For :func:`simsolid.run`; :func:`simsolid.load_model` gives its parameters with the file's values.

    Raises
    ------
    ParameterError
        There is no such file.
    ModelError
        The file is not valid SBML, holds something that we do not run, or python-libsbml is not installed.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> import simsolid as sim
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder) / "sahoo.xml"
    ...     _ = file.write_text(sim.export_model("sahoo2020"))
    ...     again = sim.import_sbml(file)
    >>> [f"{float(sim.run(model, times=[0, 30])['tumour'][-1]):.4g}" for model in ("sahoo2020", again)]
    ['3.442e+08', '3.442e+08']
    """
    sbml, text, where = library(), _content(Path(path)), Path(path).name
    document = document_of(sbml, text, where)
    draft = Draft(sbml, document.getModel(), Formulas(sbml, document.getModel()))
    found = unsupported(sbml, document)
    if not any(said.startswith("package") for said in found):
        read_quantities(draft)
        read_events(draft)
        read_stops(draft)
    days = 1.0
    try:
        days = per_day(sbml, draft.model, time_unit)
    except ModelError as fault:
        draft.faults.append(str(fault))
    _refuse(where, list(dict.fromkeys([*found, *draft.formulas.faults, *draft.faults, *_without_value(draft)])), draft)
    draft.names.reserve(sorted(used(draft) & set(_identifiers(draft))))
    draft.names.reserve([*draft.states, *draft.shown])
    _noticed(draft, document, where, days)
    return _made(draft, where, days)


def _content(path: Path) -> str:
    if not path.is_file():
        raise ParameterError(f"{path}: no such file")
    if path.stat().st_size > LARGEST:
        raise ParameterError(f"{path}: {path.stat().st_size:,} bytes; at most {LARGEST:,} are read")
    return path.read_text(encoding="utf-8", errors="replace")


def _identifiers(draft: Draft) -> list[str]:
    model = draft.model
    lists = (model.getListOfParameters(), model.getListOfSpecies(), model.getListOfCompartments(), model.getListOfReactions())
    return [each.get(i).getId() for each in lists for i in range(each.size())]


def _without_value(draft: Draft) -> list[str]:
    """Names that formulas read and that have no value."""
    read = used(draft)
    said = [text for key, text in draft.missing.items() if key in read]
    known = {*draft.needs, *draft.states, *draft.rules, *draft.fixed, *draft.missing}
    return said + [f"'{key}' stands in a formula and is nothing that has a value" for key in sorted(read - known)]


def _refuse(where: str, faults: list[str], draft: Draft) -> None:
    if not faults and not draft.states:
        faults = ["nothing in it changes: no rate rule, and no reaction that changes a species"]
    if faults:
        count = f"{len(faults)} thing{'s' * (len(faults) > 1)} that simsolid does not run"
        raise ModelError("\n  ".join([f"{where}: {count}", *faults]))


def _noticed(draft: Draft, document, where: str, days: float) -> None:
    """Say what was taken how."""
    model = draft.model
    read = used(draft)
    form = f"SBML level {document.getLevel()} version {document.getVersion()}"
    notes = [f"{model.getName() or model.getId() or where}; from {where}, {form}", *draft.notes]
    if days != 1.0:
        notes.append(f"Time: {days:g} of the file's units make a day; rates are told per day, other numbers as in the file.")
    starts = {given.wish for key, given in draft.needs.items() if key in read}
    idle = [key for key in draft.needs if key not in read and key not in starts and " " not in key]
    if idle:
        notes.append(f"Read by no formula, left out: {', '.join(sorted(idle))}.")
    units = sorted({given.told.unit for given in draft.needs.values()} - set(UNITS) - {""})
    if units:
        notes.append(f"Units that simsolid does not speak, kept as text: {', '.join(units)}.")
    if any(not draft.needs[key].told.unit for key in draft.needs if key in read):
        notes.append("Quantities without a unit in the file have none here.")
    if model.getNumConstraints():
        notes.append(f"{model.getNumConstraints()} constraint(s) are not watched.")
    draft.notes[:] = notes


def _made(draft: Draft, where: str, days: float) -> Model:
    title = draft.model.getId() or Path(where).stem
    try:
        model = model_of(draft, title, where, days)
        model.traced(1)
    except RecursionError:
        raise ModelError(f"{where}: formulas are nested too deeply") from None
    except ModelError as fault:
        raise ModelError(f"{where}: {fault}") from fault
    _check_start(model, where)
    if draft.names.changed:
        told = ", ".join(f"{old} is {new}" for old, new in draft.names.changed.items())
        object.__setattr__(model, "notes", (*model.notes, f"Names of the file that had to change: {told}."))
    return model


def _check_start(model: Model, where: str) -> None:
    named = model.parameter_layout(1).kind(**{key: np.float64(model.values[key]) for key in model.values.names})
    start = model.start(named)
    wrong = [f"{name} starts at {float(getattr(start, name))}" for name in model.state_layout(1).flat
             if not np.isfinite(float(getattr(start, name)))]  # fmt: skip
    if wrong:
        raise ModelError(f"{where}: {', '.join(wrong)}; a start must be a finite number")
