"""Run one small model, published or your own: no setting, no lesions, no routes; every axis of its parameters at once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from typing import Any

import numpy as np

from simsolid.cite import provenance
from simsolid.engines.integrate import Events, Status, chosen, integrate
from simsolid.errors import ModelError, ParameterError, SolveError, nearest
from simsolid.load import load_model, published
from simsolid.model import Becomes, Model
from simsolid.params import Parameters, refuse
from simsolid.values import gate, is_labelled


def run(
    model: str | Model,
    parameters: Parameters | Mapping[str, float] | None = None,
    *,
    times: Sequence[float],
    doses: Mapping[str, Sequence[tuple]] | None = None,
    rtol: float = 1e-6,
    engine: str = "auto",
    on_failure: str = "raise",
):
    """Run a small model from its start, on every axis that its parameters and doses have.

    Parameters
    ----------
    model : text or Model
        A model of the gallery by name, or your own.
    parameters : Parameters, mapping or None
        From :func:`simsolid.load_model`, perhaps varied; or numbers by name; the gallery's own when left out.
    times : [day], several
        Output days; the state of the model's ``start`` holds on the first of them.
    doses : mapping or None
        For each state that receives something, pairs of day and amount, in units of the state; numbers or labelled arrays.
        The model's own protocol when left out; ``{}`` for nothing.
    rtol : [1], one
        Relative tolerance; the absolute one is rtol times each state's declared scale.
    engine : text
        ``"numpy"``, ``"llvm"``, or ``"auto"``, the faster one at hand.
    on_failure : text
        ``"raise"`` stops when a case fails; ``"keep"`` marks it (NaN, status, reason).

    Returns
    -------
    xarray.Dataset
        One variable per state and observable over the axes and time, with units.

    Raises
    ------
    ParameterError
        Parameters, times or doses do not fit the model or each other.
    ModelError
        The model has lesions, inputs or triggers, which need :func:`simsolid.simulate`.
    SolveError
        A case failed.

    Examples
    --------
    >>> import simsolid as sim
    >>> found = sim.run("kara2024", times=range(3, 31))
    >>> round(1000 * float(found["tumour"].sel(time=30)), 1), found["tumour"].attrs["units"]  # mm3
    (3.9, 'mL')
    """
    model, engine = small(model), chosen(engine)
    if on_failure not in ("raise", "keep"):
        raise ParameterError(f"on_failure: {on_failure!r} unknown; there are raise, keep")
    if not isinstance(parameters, Parameters):
        parameters = load_model(model, parameters)
    days = np.asarray(list(times), dtype=float)
    if not days.size:
        raise ParameterError("times: empty; give the days to show, the first of which is the start")
    rows, frame = _rows(model, parameters, doses)
    given = None if doses is None else {state: rows[state] for state in doses}
    shown, solution = solved(model, rows, frame.size, given, days, rtol=rtol, engine=engine)
    story = {"model": model.name, "rtol": rtol, "engine": engine, "provenance": provenance(parameters)}
    found = _dataset(model, shown, days, solution, frame).assign_attrs(story)
    if on_failure == "raise" and solution.status.any():
        raise SolveError(_told(found))
    return found


def solved(
    model: Model, rows: Mapping[str, Any], cases: int, doses: Mapping[str, Sequence[tuple]] | None, days: np.ndarray, *,
    rtol: float, engine: str,
) -> tuple[list[str], Any]:
    """Integrate a small model for many cases side by side, on plain arrays that were checked before.

    Parameters
    ----------
    model : Model
        A small model.
    rows : mapping of units of the parameters, one or one per case
        Parameters by name.
    cases : [1], one
        How many.
    doses : mapping or None
        As for :func:`run`, numbers or one per case; the model's own protocol when None.
    days : [day], several
        Days to show, the first of which is the start.
    rtol : [1], one
        Relative tolerance.
    engine : text
        As for :func:`run`, but not ``"auto"``.

    Returns
    -------
    names and Solution
        What is shown, states and then observables, in the order of ``values``.

    Examples
    --------
    >>> from simsolid.models import GALLERY
    >>> p = load_model("sahoo2020")
    >>> names, found = solved(GALLERY["sahoo2020"], dict(p), 1, None, np.array([0.0, 5.0]), rtol=1e-6, engine="numpy")
    >>> names, found.values.shape
    (['tumour', 'cart'], (2, 1, 2))
    """
    named = model.parameter_layout(1).kind(**{f.name: rows[f.name] for f in fields(model.needs)})
    given = protocol_of(model, named) if doses is None else doses
    states = model.state_layout(1)
    shown = [*states.flat, *(f.name for f in fields(model.observables) if f.name not in states.flat)]
    events, actions = _events(_with_stops(model, given, named, days[0]), states.flat, cases)
    return shown, integrate(
        model.traced(1), states.pack(model.start(named), cases), model.parameter_layout(1).pack(named, cases),
        begin=days[0], times=days, outputs=shown, atol=rtol * model.scales(1), rtol=rtol,
        events=events, actions=actions, engine=engine,
    )  # fmt: skip


def small(model: str | Model) -> Model:
    """Find a model that needs neither patients nor a plan.

    Parameters
    ----------
    model : text or Model
        A model of the gallery by name, or your own.

    Returns
    -------
    Model

    Raises
    ------
    ParameterError
        There is no such model.
    ModelError
        It has lesions, inputs or triggers.

    Examples
    --------
    >>> small("kara2024").name
    'kara2024'
    """
    model = published(model)
    lesions = any(f.metadata.get("axis") for kind in (model.needs, model.state) for f in fields(kind))
    if lesions or model.inputs or model.triggers:
        raise ModelError(f"model '{model.name}': has lesions, inputs or triggers; it needs patients and a plan, see sim.simulate")
    return model


def _rows(model: Model, parameters: Parameters, doses: Mapping[str, Sequence[tuple]] | None) -> tuple[dict[str, Any], Any]:
    """Parameters and doses as rows over all cases, and a labelled frame of these cases."""
    import xarray as xr

    refuse(misfits(model, parameters, doses or {}))
    values = {f.name: parameters[f.name] for f in fields(model.needs)}
    numbers = [part for pairs in (doses or {}).values() for pair in pairs for part in _pair(pair)]
    arrays = [given if is_labelled(given) else xr.DataArray(float(given)) for given in (*values.values(), *numbers)]
    try:
        arrays = xr.broadcast(*xr.align(*arrays, join="exact"))
    except ValueError as fault:
        raise ParameterError(f"run: axes of one name must have the same labels ({fault})") from fault
    each = iter([array.values.astype(float).ravel() for array in arrays])
    rows: dict[str, Any] = {name: next(each) for name in values}
    rows |= {state: [(next(each), next(each)) for _ in pairs] for state, pairs in (doses or {}).items()}
    return rows, arrays[0]


def misfits(model: Model, parameters: Parameters, doses: Mapping[str, Any]) -> list[str]:
    """Say what does not belong to a small model: doses into no state of it, parameters of another model, values out of range.

    Parameters
    ----------
    model : Model
        A small model.
    parameters : Parameters
        Its values.
    doses : mapping
        For each state that receives something, pairs of day and amount.

    Returns
    -------
    texts
        One sentence for each fault.

    Examples
    --------
    >>> misfits(published("sahoo2020"), load_model("sahoo2020"), {"crat": [(0, 1e6)]})
    ["doses: 'crat' is no state of sahoo2020; did you mean 'cart'?"]
    """
    states, declared = [f.name for f in fields(model.state)], model.declared
    wrong = [f"doses: '{name}' is no state of {model.name}{nearest(name, states)}" for name in doses if name not in states]
    wrong += [f"{name}: missing; load the parameters of model '{model.name}'" for name in declared if name not in parameters]
    return wrong + gate({name: parameters.value(name) for name in declared if name in parameters}, declared)


def _pair(pair: Any) -> tuple:
    if not isinstance(pair, (tuple, list)) or len(pair) != 2:
        raise ParameterError(f"doses: {pair!r}; must be a pair of day and amount, such as (7, 1e7)")
    return tuple(pair)


def protocol_of(model: Model, named: Any) -> Mapping[str, Sequence[tuple]]:
    """Doses of a model's own protocol: for each state, pairs of day and amount; empty without one.

    Parameters
    ----------
    model : Model
        A small model.
    named : units of the parameters, by name
        Its parameters.

    Returns
    -------
    mapping
    """
    return model.protocol(named) if model.protocol else {}


def _with_stops(model: Model, given: Mapping[str, Sequence[tuple]], named: Any, begin: float) -> Mapping[str, Sequence[tuple]]:
    """Doses, and nothing given on the days on which the model asks to stop."""
    if model.stops is None:
        return given
    first = model.state_layout(1).flat[0]
    nothing = [(np.maximum(day, begin), 0.0) for day in model.stops(named)]
    return {**given, first: [*given.get(first, ()), *nothing]}


def _events(given: Mapping[str, Sequence[tuple]], states: Sequence[str], cases: int) -> tuple[Events | None, list[Callable]]:
    """Doses as the engine takes them: for each case in order of day, amounts for all states; and what is done with these."""
    flat = [(list(states).index(state), pair) for state, pairs in given.items() for pair in pairs]
    set_rows = sorted({row for row, pair in flat if isinstance(pair, Becomes)})
    actions = [_add, *(_become(row) for row in set_rows)]
    if not flat:
        return None, actions
    day = np.stack([np.broadcast_to(pair[0], cases) for _, pair in flat], axis=1)
    action = np.array([1 + set_rows.index(row) if isinstance(pair, Becomes) else 0 for row, pair in flat])
    amount = np.zeros((*day.shape, len(states)))
    for i, (row, pair) in enumerate(flat):
        amount[:, i, row] = pair[1]
    turn = np.argsort(day, axis=1, kind="stable")
    amount = np.take_along_axis(amount, turn[:, :, None], axis=1)
    return Events(day=np.take_along_axis(day, turn, axis=1), action=action[turn], amount=amount), actions


def _add(x, p, amount):
    return x + amount, p


def _become(row: int) -> Callable:
    def become(x, p, amount):
        x = x.copy()
        x[row] = amount[row]
        return x, p

    return become


def _dataset(model: Model, shown: Sequence[str], days: np.ndarray, solution: Any, frame: Any):
    import xarray as xr

    facts = {f.name: f.metadata for kind in (model.observables, model.state) for f in fields(kind)}
    data: dict[str, Any] = {
        name: ((*frame.dims, "time"), values.reshape(*frame.shape, -1),
               {"units": facts[name]["unit"], "long_name": facts[name]["text"]})
        for name, values in zip(shown, solution.values, strict=True)
    }  # fmt: skip
    data["status"] = (frame.dims, solution.status.reshape(frame.shape))
    data["reason"] = (frame.dims, _reasons(model, solution).reshape(frame.shape))
    coords = {**frame.coords, "time": ("time", days, {"units": "day", "long_name": "time"})}
    return xr.Dataset(data, coords=coords)


def _reasons(model: Model, solution: Any) -> np.ndarray:
    states = model.state_layout(1).flat
    said = np.full(solution.status.shape, "", dtype=object)
    for case in np.flatnonzero(solution.status):
        culprit = int(solution.culprit[case])
        where = f"{states[culprit]}: " if culprit >= 0 else ""
        said[case] = f"stopped at day {solution.stopped[case]:.4g}: {where}{Status(solution.status[case]).sentence}"
    return said


def _told(found) -> str:
    """The first failed case in words, and how many there are."""
    bad = np.argwhere(found["status"].values != 0)
    place = dict(zip(found["status"].dims, bad[0], strict=True))
    where = ", ".join(f"{axis} {found[axis].values[i] if axis in found.coords else i}" for axis, i in place.items())
    who = f"model '{found.attrs['model']}'{f', {where}' if where else ''}"
    rest = f'{len(bad)} of {found["status"].size} failed. Pass on_failure="keep" to see the others.'
    return f"{who} {found['reason'].isel(place).item()}; {rest}"
