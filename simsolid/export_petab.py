"""A model, a table of measurements and the parameters to fit as a PEtab problem, which other fitting tools read."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simsolid.errors import ParameterError
from simsolid.export_model import export_model
from simsolid.fit import Fit
from simsolid.fit.free import Free, started
from simsolid.fit.series import Series, series_of
from simsolid.fit.setup import Setup, setup_of
from simsolid.load import load_model
from simsolid.model import Model
from simsolid.models import GALLERY
from simsolid.params import Parameters, refuse

FILES = ("model.xml", "conditions.tsv", "observables.tsv", "measurements.tsv", "parameters.tsv", "problem.yaml")
BELOW = ("refuse", "drop")
ROOM = 1.1  # how far beyond the last measurement the model is meant to be run
_YAML = """# Research and teaching only; not medical advice. Time 0 in these files is day {begin:g} of the table.{left_out}
format_version: 1
parameter_file: parameters.tsv
problems:
  - sbml_files:
      - model.xml
    condition_files:
      - conditions.tsv
    observable_files:
      - observables.tsv
    measurement_files:
      - measurements.tsv
"""
_LEFT_OUT = "\n# {many} values below the limit of quantification are left out, as PEtab has no form for them: it biases a fit."


def export_petab(
    model: str | Model,
    data: Any,
    fitted: Sequence[str] | Mapping[str, tuple[float, float] | None],
    folder: str | Path,
    *,
    parameters: Parameters | Mapping[str, float] | None = None,
    doses: Mapping[str, Sequence[tuple]] | None = None,
    observes: str | Mapping[str, str] | None = None,
    doses_into: str | None = None,
    error: str | Mapping[str, str] = "log",
    sd: float | Mapping[str, float] | None = None,
    lloq: float | Mapping[str, float] | None = None,
    begin: float = 0.0,
    time_unit: str = "day",
    found: Fit | None = None,
    below: str = "refuse",
    piecewise: bool = True,
) -> Path:
    """Write what :func:`simsolid.fit` would fit as a PEtab problem, version 1 [schmiester2021].

    The arguments mean what they mean there. The folder then holds a problem for time series: ``model.xml``, the small model as
    SBML Level 3, with doses as events; ``conditions.tsv``, each individual with its own doses, and its own fitted parameters when
    there are several; ``observables.tsv``, what is measured and its error; ``measurements.tsv``, the table without doses, as
    values and times after ``begin``; ``parameters.tsv``, what is fitted with scale, bounds and nominal values; ``problem.yaml``.
    No priors are written, for :func:`simsolid.fit` has none: to other tools each parameter is as likely anywhere in its bounds.

    What it cannot hold: values below a limit of quantification (see ``below``), and a calibration of a cohort to the results of
    trials (``simsolid calibrate``). PEtab version 1 compares a simulation with single measurements; it has no form for shares
    of responders, medians and survival of many virtual patients, and none is written.

    Parameters
    ----------
    model : text or Model
        A model of the gallery by name, or your own.
    data : DataFrame or file
        Doses and measurements.
    fitted : texts, or mapping of texts to pairs of any unit or None
        What is to be fitted, with bounds.
    folder : path
        Where six files are written; made if it is not there.
    parameters : Parameters, mapping or None
        Values of what is not fitted, and nominal values of what is.
    doses : mapping or None
        As for :func:`simsolid.fit`.
    observes, doses_into, time_unit : texts, mapping or None
        As for :func:`simsolid.fit`.
    error : text or mapping
        As for :func:`simsolid.fit`.
    sd, lloq : [1] or unit of the observable, one, mapping or None
        As for :func:`simsolid.fit`.
    begin : [day], one
        Day on which the model starts: time 0 in the files.
    found : Fit or None
        A fit, whose estimates become the nominal values.
    below : text
        PEtab knows no values below a limit. ``"refuse"`` stops when there are some; ``"drop"`` leaves them out, which
        biases a fit; ``problem.yaml`` then says how many.
    piecewise : truth
        As for :func:`simsolid.export_model`.

    Returns
    -------
    path
        Of ``problem.yaml``.

    Raises
    ------
    ParameterError
        As :func:`simsolid.fit`; values below a limit; the folder cannot be written to.
    ModelError
        The model cannot be exported, or python-libsbml is not installed.

    References
    ----------
    schmiester2021

    Examples
    --------
    >>> import pandas as pd, tempfile
    >>> data = pd.DataFrame({"time": [0, 5, 9], "dv": [1e8, 1.3e8, 1.7e8]})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     export_petab("sahoo2020", data, ["growth_rate"], folder, observes="tumour", sd=0.2).name
    'problem.yaml'
    """
    if isinstance(model, Parameters):
        raise ParameterError("petab: is for small models; sim.export_sbml writes a patient of a setting under a plan")
    setup = setup_of(model, fitted, parameters=parameters, doses=doses, error=error, sd=sd)
    series = series_of(data, setup.asked(observes, doses_into, lloq, begin, time_unit))
    left_out = sum(int(each.below.sum()) for each in series)
    series = _without_limits(series, below)
    cases = [_Case(setup, each, suffix, found) for each, suffix in zip(series, _suffixes(series), strict=True)]
    given, columns = _padded(cases, begin)
    last = max(float(each.days[-1]) for each in series)
    text = export_model(setup.model, setup.parameters, begin=begin, days=begin + ROOM * (last - begin) + 1.0, doses=given,
                        piecewise=piecewise)  # fmt: skip
    tables = (_conditions(cases, columns), _observables(cases), _measurements(cases, begin), _parameters(cases))
    told = _LEFT_OUT.format(many=left_out) if left_out else ""
    return _written(Path(folder), (text, *tables, _YAML.format(begin=begin, left_out=told)))


def commanded(
    model: str, folder: str, data: str | None, fit: Sequence[str], variant: str | None = None, **choices: Any
) -> Path:
    """Write a PEtab problem of a published model, everything by name, as the command line has it.

    Parameters
    ----------
    model, variant : texts or None
        As for :func:`simsolid.load_model`.
    folder, data : path or None
        Where to, and the measurements.
    fit : texts
        ``parameter`` or ``parameter=low:high``.
    choices : words
        Further arguments of :func:`export_petab`.

    Returns
    -------
    path

    Raises
    ------
    ParameterError
        Something is missing or misspelt; all faults at once.

    Examples
    --------
    >>> commanded("sahoo2020", "there", None, ["growth_rate=1"])
    Traceback (most recent call last):
    simsolid.errors.ParameterError: export: 2 problems
      --petab needs --data FILE
      --fit growth_rate=1: must be growth_rate or growth_rate=LOW:HIGH
    """
    faults = [] if model in GALLERY else [f"--petab is for a published model, one of {', '.join(GALLERY)}; not for '{model}'"]
    faults += [] if data else ["--petab needs --data FILE"]
    faults += [] if fit else ["--petab needs --fit PARAMETER"]
    bounds = {}
    for text in fit:
        name, given, pair = text.partition("=")
        bounds[name] = _bounds(pair) if given else None
        faults += [f"--fit {text}: must be {name} or {name}=LOW:HIGH"] if given and bounds[name] is None else []
    refuse(faults, "export")
    return export_petab(model, data, bounds, folder, parameters=load_model(model, variant=variant), **choices)


def _bounds(text: str) -> tuple[float, float] | None:
    try:
        low, high = map(float, text.split(":"))
    except ValueError:
        return None
    return low, high


@dataclass(frozen=True, eq=False)
class _Case:
    """One individual as a condition; names of its own quantities end in ``suffix``."""

    setup: Setup
    series: Series
    suffix: str
    found: Fit | None

    @property
    def condition(self) -> str:
        return f"individual_{_word(self.series.individual)}"

    @property
    def free(self) -> tuple[Free, ...]:
        """What is fitted, at its nominal values."""
        free = (*self.setup.free, *self.setup.spreads(self.series))
        if self.found is None:
            return free
        rows = self.found.table[self.found.table["id"] == self.series.individual]
        return started(free, dict(zip(rows["name"], rows["value"], strict=True)))

    def named(self, name: str) -> str:
        return f"{name}{self.suffix}"

    def noise(self, observable: str) -> str | float:
        known = self.setup.sd[observable]
        return self.named(f"sd_{observable}") if known is None else known


def _word(text: str) -> str:
    """A text as part of an identifier."""
    return re.sub(r"\W+", "_", text, flags=re.ASCII)


def _suffixes(series: Sequence[Series]) -> list[str]:
    words = [_word(each.individual) for each in series]
    if len(set(words)) < len(words):
        named = ", ".join(each.individual for each in series)
        raise ParameterError(f"petab: individuals {named} cannot be told apart by letters and digits; rename them")
    return [f"_{word}" for word in words] if len(words) > 1 else [""]


def _without_limits(series: Sequence[Series], below: str) -> list[Series]:
    """The series without values below the limit, where that is asked for."""
    from dataclasses import replace

    if below not in BELOW:
        raise ParameterError(f"below: {below!r} unknown; there are {', '.join(BELOW)}")
    many = sum(int(each.below.sum()) for each in series)
    if many and below == "refuse":
        raise ParameterError(f"petab: {many} values are below the limit of quantification, which PEtab cannot say; below='drop' "
                             "leaves them out, and a fit without them is biased")  # fmt: skip
    kept = [replace(each, at=each.at[~each.below], of=each.of[~each.below], values=each.values[~each.below],
                    below=each.below[~each.below]) for each in series]  # fmt: skip
    refuse([f"individual {each.individual} has no measurement above the limit" for each in kept if not each.values.size], "petab")
    return kept


def _padded(cases: Sequence[_Case], begin: float) -> tuple[Mapping[str, list[tuple]] | None, list[dict[str, float]]]:
    """Doses of the file, and for each individual the numbers that stand in their place; who gets fewer gets some of nothing."""
    own = [case.setup.doses if case.series.doses is None else case.series.doses for case in cases]
    if all(doses is None for doses in own):
        return None, [{} for _ in cases]  # the model's own protocol, with its own names
    lacking = [case.series.individual for case, doses in zip(cases, own, strict=True) if doses is None]
    if lacking and cases[0].setup.model.protocol is not None:
        raise ParameterError(f"petab: no doses stand in the table for {', '.join(lacking)}; write them for all, or for none")
    most = {state: max(len((doses or {}).get(state, ())) for doses in own) for doses in own for state in doses or {}}
    numbers, found = [], {}
    for doses in own:
        row = {}
        for state, many in most.items():
            pairs = [*(doses or {}).get(state, ())]
            pairs += [(begin, 0.0)] * (many - len(pairs))
            found.setdefault(state, pairs)
            for k, (day, amount) in enumerate(pairs, start=1):
                row |= {f"give_{state}_{k}_day": float(day), f"give_{state}_{k}_amount": float(amount)}
        numbers.append(row)
    return found, numbers


def _conditions(cases: Sequence[_Case], numbers: Sequence[Mapping[str, float]]):
    import pandas as pd

    rows = []
    for case, row in zip(cases, numbers, strict=True):
        own = {f.name: case.named(f.name) for f in case.setup.free} if case.suffix else {}
        rows.append({"conditionId": case.condition, "conditionName": f"individual {case.series.individual}", **row, **own})
    return pd.DataFrame(rows)


def _observables(cases: Sequence[_Case]):
    import pandas as pd

    setup, several = cases[0].setup, len(cases) > 1
    names = dict.fromkeys(name for case in cases for name in case.series.observables)
    return pd.DataFrame([{
        "observableId": f"observable_{name}", "observableName": f"{name} [{setup.units[name]}]", "observableFormula": name,
        "observableTransformation": {"log": "log", "additive": "lin"}[setup.kinds[name]],
        "noiseFormula": f"noiseParameter1_observable_{name}" if several else cases[0].noise(name), "noiseDistribution": "normal",
    } for name in names])  # fmt: skip


def _measurements(cases: Sequence[_Case], begin: float):
    import pandas as pd

    rows = []
    for case in cases:
        for at, of, value in zip(case.series.at, case.series.of, case.series.values, strict=True):
            name = case.series.observables[of]
            rows.append({"observableId": f"observable_{name}", "simulationConditionId": case.condition,
                         "measurement": float(value), "time": float(case.series.days[at] - begin)})  # fmt: skip
            if len(cases) > 1:
                rows[-1]["noiseParameters"] = case.noise(name)
    return pd.DataFrame(rows)


def _parameters(cases: Sequence[_Case]):
    import pandas as pd

    return pd.DataFrame([{
        "parameterId": case.named(f.name), "parameterName": f"{f.text} [{f.unit}]", "parameterScale": "log" if f.log else "lin",
        "lowerBound": f.low, "upperBound": f.high, "nominalValue": f.now, "estimate": 1,
    } for case in cases for f in case.free])  # fmt: skip


def _written(folder: Path, contents: Sequence[Any]) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in zip(FILES, contents, strict=True):
            text = content if isinstance(content, str) else content.to_csv(sep="\t", index=False)
            (folder / name).write_text(text, encoding="utf-8")
    except OSError as fault:
        raise ParameterError(f"petab: cannot write to '{folder}' ({fault.strerror}); choose another folder") from fault
    return folder / FILES[-1]
