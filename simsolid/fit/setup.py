"""What all individuals of a fit share: the model with its values, what is fitted, and the error of each observable."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from simsolid.design import BEGIN
from simsolid.engines.integrate import chosen
from simsolid.errors import nearest
from simsolid.fit.free import Free, free_of, spread_of
from simsolid.fit.series import Asked, Series
from simsolid.load import load_model
from simsolid.model import Model
from simsolid.models import MODELS
from simsolid.params import Parameters, refuse
from simsolid.regimen import Regimen
from simsolid.run import misfits, small, solved
from simsolid.simulate import simulate
from simsolid.values import is_labelled
from simsolid.vary import vary

KINDS = ("log", "additive")  # errors: normal on the log scale, or on the plain one
HOUSE = "house"  # the model on which a setting of patients runs
CASE = "fit_case"  # axis of the values that are tried side by side


@dataclass(frozen=True, eq=False, kw_only=True)
class Setup:
    """The model of a fit.

    Parameters
    ----------
    model : Model
        A small one, or that of a setting.
    parameters : Parameters
        One value of each.
    plan : Regimen or None
        For a patient of a setting.
    doses : mapping or None
        As for :func:`simsolid.run`, for individuals without doses of their own.
    free : sequence of class Free
        Fitted parameters of the model.
    kinds : mapping of texts to texts
        ``"log"`` or ``"additive"``, for each observable and state.
    sd : mapping of texts to [1] or unit of the observable, or None
        Standard deviation of the error; None to fit it.
    rtol : [1], one
        Relative tolerance of the engine.
    engine : text
        As for :func:`simsolid.run`.
    """

    model: Model
    parameters: Parameters
    plan: Regimen | None = None
    doses: Mapping[str, Any] | None = None
    free: tuple[Free, ...]
    kinds: Mapping[str, str]
    sd: Mapping[str, float | None]
    rtol: float = 1e-7
    engine: str = "auto"

    @property
    def name(self) -> str:
        """Name of the model."""
        return self.model.name

    @property
    def units(self) -> dict[str, str]:
        """Unit of every observable and state."""
        return units_of(self.model)

    def asked(self, observes: Any, doses_into: str | None, lloq: Any, begin: float | None, time_unit: str) -> Asked:
        """How a table is to be read for this model."""
        shown = tuple(f.name for f in fields(self.model.observables))
        states = tuple(f.name for f in fields(self.model.state)) if self.plan is None else ()
        log = {name: kind == "log" for name, kind in self.kinds.items()}
        first = (0.0 if self.plan is None else BEGIN) if begin is None else begin
        return Asked(self.name, states, shown, observes, doses_into, lloq, first, time_unit, log)

    def spreads(self, series: Series) -> tuple[Free, ...]:
        """Standard deviations to fit for one individual."""
        found = []
        for place, name in enumerate(series.observables):
            if self.sd[name] is None:
                found.append(spread_of(name, self.kinds[name], series.values[series.of == place], self.units[name]))
        return tuple(found)

    def course(self, values: Mapping[str, np.ndarray], days: np.ndarray, series: Series):
        """What the observables of one individual do for many sets of values, cases by days; and the status of each case."""
        if self.plan is not None:
            return self._of_people(values, days, series)
        cases, doses = np.shape(next(iter(values.values())))[0], self.doses if series.doses is None else series.doses
        names, found = solved(self.model, {**self.parameters, **values}, cases, doses, days, rtol=self.rtol, engine=self.engine)
        return {name: found.values[names.index(name)] for name in series.observables}, found.status

    def _of_people(self, values: Mapping[str, np.ndarray], days: np.ndarray, series: Series):
        """The same for a patient of a setting; lesions are added up."""
        import xarray as xr

        labels = {CASE: np.arange(np.shape(next(iter(values.values())))[0])}
        people = vary(self.parameters, **{name: xr.DataArray(each, dims=CASE, coords=labels) for name, each in values.items()})
        how = {"observables": list(series.observables), "model": self.name, "rtol": self.rtol, "engine": self.engine}
        course = simulate(people, self.plan, begin=float(days[0]), days=float(days[-1]), times=days, progress=False, **how)
        course = course.isel(patient=0)
        shown = {name: course[name] for name in series.observables}
        whole = {name: each.sum("lesion", min_count=1) if "lesion" in each.dims else each for name, each in shown.items()}
        return {name: each.transpose(CASE, "time").values for name, each in whole.items()}, course["status"].values


def units_of(model: Model) -> dict[str, str]:
    """Unit of every observable and state of a model.

    Parameters
    ----------
    model : Model
        Any.

    Returns
    -------
    mapping

    Examples
    --------
    >>> from simsolid.models import GALLERY
    >>> units_of(GALLERY["sahoo2020"])
    {'tumour': 'cell', 'cart': 'cell'}
    """
    return {f.name: f.metadata["unit"] for kind in (model.observables, model.state) for f in fields(kind)}


def setup_of(
    model: str | Model | Parameters,
    fitted: Sequence[str] | Mapping[str, Any],
    *,
    parameters: Parameters | Mapping[str, float] | None = None,
    plan: Regimen | None = None,
    doses: Mapping[str, Any] | None = None,
    error: str | Mapping[str, str] = "log",
    sd: float | Mapping[str, float] | None = None,
    rtol: float = 1e-7,
    engine: str = "auto",
) -> Setup:
    """Put together what all individuals share, from the arguments of :func:`fit`.

    Parameters
    ----------
    model, fitted, parameters, plan, doses, error, sd, rtol, engine : texts, mapping and others
        As for :func:`fit`.

    Returns
    -------
    class Setup

    Raises
    ------
    ParameterError
        A choice does not fit the model or another one.

    Examples
    --------
    >>> [free.name for free in setup_of("sahoo2020", ["growth_rate"]).free]
    ['growth_rate']
    """
    house = isinstance(model, Parameters)
    people = house and parameters is not None
    faults = ["parameters: people bring their own; vary them instead"] if people else []
    faults += ["plan: a patient of a setting needs one, such as sim.Regimen.single(2.5e8)"] if house and plan is None else []
    faults += ["plan: is for a patient of a setting; pass doses=..., or write them into the table"] if plan and not house else []
    faults += ["doses: a patient of a setting receives what the plan says"] if house and doses is not None else []
    refuse(faults, "fit")
    found, values = (MODELS[HOUSE], model) if isinstance(model, Parameters) else _small(model, parameters)
    refuse(_patients(values) if house else _misfits(found, values, doses or {}), "fit")
    units = units_of(found)
    kinds, spreads = _by_name("error", error, units), _by_name("sd", sd, units)
    faults = [f"error: {kind!r} unknown{nearest(str(kind), KINDS)}; there are {', '.join(KINDS)}"
              for kind in dict.fromkeys(kinds.values()) if kind not in (*KINDS, None)]
    faults += [f"sd: {each!r}; must be a number above zero" for each in spreads.values()
               if each is not None and not (isinstance(each, (int, float)) and 0.0 < each < np.inf)]
    refuse(faults, "fit")
    kinds = {name: kind or "log" for name, kind in kinds.items()}
    return Setup(model=found, parameters=values, plan=plan, doses=doses, free=free_of(values, fitted), kinds=kinds, sd=spreads,
                 rtol=rtol, engine=chosen(engine))  # fmt: skip


def _small(model: str | Model, parameters: Any) -> tuple[Model, Parameters]:
    found = small(model)
    return found, parameters if isinstance(parameters, Parameters) else load_model(found, parameters)


def _patients(people: Parameters) -> list[str]:
    sizes = {people[name].sizes["patient"] for name in people.names if "patient" in getattr(people[name], "dims", ())}
    return [f"people: {max(sizes)} patients; fit one, such as sim.select(people, [0])"] if sizes - {1} else []


def _misfits(model: Model, values: Parameters, doses: Mapping[str, Any]) -> list[str]:
    """What does not belong to the model, or makes more than one individual of it."""
    wrong = [f"{f.name}: varies; fit one individual with one value of each parameter"
             for f in fields(model.needs) if f.name in values and is_labelled(values[f.name])]
    wrong += [f"doses: {pair!r}; must be a pair of day and amount, such as (7, 1e7)"
              for pairs in doses.values() for pair in pairs if not _is_pair(pair)]
    return wrong + misfits(model, values, doses)


def _is_pair(pair: Any) -> bool:
    return isinstance(pair, (tuple, list)) and len(pair) == 2 and all(isinstance(each, (int, float)) for each in pair)


def _by_name(what: str, given: Any, units: Mapping[str, str]) -> dict[str, Any]:
    """One choice for every observable, from a choice for all or a mapping."""
    if not isinstance(given, Mapping):
        return dict.fromkeys(units, given)
    unknown = [name for name in given if name not in units]
    refuse([f"{what}: '{name}' is no observable or state{nearest(str(name), units)}" for name in unknown], "fit")
    return {name: given.get(name) for name in units}
