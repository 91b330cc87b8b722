"""The verb: a model and a table in, estimates with intervals and honest doubts out."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from simsolid.fit.one import Ends, one
from simsolid.fit.problem import Problem, problem_of
from simsolid.fit.result import Fit
from simsolid.fit.series import series_of
from simsolid.fit.setup import setup_of
from simsolid.fit.tables import gathered
from simsolid.model import Model
from simsolid.params import Parameters, refuse
from simsolid.progress import progress_bar
from simsolid.regimen import Regimen


def fit(
    model: str | Model | Parameters,
    data: Any,
    fitted: Sequence[str] | Mapping[str, tuple[float, float] | None],
    *,
    parameters: Parameters | Mapping[str, float] | None = None,
    plan: Regimen | None = None,
    doses: Mapping[str, Sequence[tuple]] | None = None,
    observes: str | Mapping[str, str] | None = None,
    doses_into: str | None = None,
    error: str | Mapping[str, str] = "log",
    sd: float | Mapping[str, float] | None = None,
    lloq: float | Mapping[str, float] | None = None,
    begin: float | None = None,
    time_unit: str = "day",
    starts: int = 16,
    seed: int = 1,
    level: float = 0.95,
    intervals: bool = True,
    small_sample: bool = True,
    rtol: float = 1e-7,
    engine: str = "auto",
    progress: bool | Callable[[int], object] = True,
) -> Fit:
    """Fit a model to the time series of one patient or experiment, or of several one by one.

    Values below the limit of quantification enter with the probability of lying below it [beal2001, method M3]. Several
    searches over the bounds, and then the profile likelihood of every fitted quantity [raue2009], walk in step, so that one
    batch of the engine serves all of them. A run of the model that fails counts as no fit and is counted. An interval ends where
    twice the log-likelihood has dropped by the quantile of the chi-square distribution with one degree of freedom.

    Parameters
    ----------
    model : text, Model or Parameters
        A model of the gallery by name, or your own; or the typical or one drawn patient of a setting, who then needs a plan.
    data : DataFrame or file
        One row per dose or measurement, columns as NONMEM has them, in any case: TIME and DV; and as needed ID, AMT, EVID,
        CMT, MDV, ADDL, II, WHAT (the observable), LLOQ, CENS or BLQ. Measurements and amounts in the units of the model.
    fitted : texts, or mapping of texts to pairs of any unit or None
        Parameters to fit; with bounds, or None for the plausible range of their file, else a factor of 100 to either side.
    parameters : Parameters, mapping or None
        Values of what is not fitted, and from which the first search starts; the gallery's own when left out.
    plan : Regimen or None
        What a patient of a setting receives; doses do not stand in the table then.
    doses : mapping or None
        As for :func:`simsolid.run`, where the table has no doses; the model's own protocol when both are left out.
    observes : text, mapping or None
        What was measured where the table does not say, or the model's name of each word of its column WHAT.
    doses_into : text or None
        State that receives the doses, where the table does not say.
    error : text or mapping
        ``"log"`` (normal errors of the logarithm) or ``"additive"``, for all observables or by name.
    sd : [1] or unit of the observable, one, mapping or None
        Standard deviation of the error, for ``"log"`` of the natural logarithm; fitted where it is not given.
    lloq : unit of the observable, one, mapping or None
        Limit of quantification where the table has none. Values below it are taken as just that.
    begin : [day], one, or None
        Day on which the model starts; when left out 0, and enrolment for a patient of a setting.
    time_unit : text
        Unit of TIME, such as ``"hour"``.
    starts, seed : [1], one
        Number of searches, and seed of the scrambled Sobol sequence from which they start. Same seed, same fit.
    level : [1], one
        Level of the intervals.
    intervals : truth
        Follow the profiles; False for a first look.
    small_sample : truth
        Where a standard deviation is fitted, let intervals end where Student's t distribution says, which is exact for a
        straight line and reaches the chi-square threshold with many data. False for the latter throughout.
    rtol : [1], one
        Relative tolerance of the engine.
    engine : text
        As for :func:`simsolid.run`.
    progress : truth or function
        Show a bar for work over two seconds, over the individuals, or of the runs for one of them; a function is called instead
        with each number of these that are newly finished.

    Returns
    -------
    Fit
        Frozen; prints as a table, and says in plain words what the data cannot tell.

    Raises
    ------
    ParameterError
        Table, bounds or choices have faults; those of one kind all at once.
    ModelError
        The model has lesions, inputs or triggers.
    SolveError
        The model cannot be run anywhere within the bounds.

    References
    ----------
    beal2001, raue2009

    Examples
    --------
    >>> import numpy as np, pandas as pd, simsolid as sim
    >>> truth = sim.run("sahoo2020", {**sim.load_model("sahoo2020"), "growth_rate": 0.2}, times=range(0, 20, 2), rtol=1e-8)
    >>> data = pd.DataFrame({"time": truth["time"], "dv": truth["tumour"]})
    >>> found = fit("sahoo2020", data, ["growth_rate"], observes="tumour", sd=0.1, starts=2)
    >>> found.table.loc[0, ["value", "lower", "upper"]].astype(float).round(3).tolist()
    [0.2, 0.186, 0.215]
    >>> found.to_parameters().value("growth_rate").basis
    'fitted here'
    """
    refuse(_faults(level, starts, seed), "fit")
    setup = setup_of(model, fitted, parameters=parameters, plan=plan, doses=doses, error=error, sd=sd, rtol=rtol, engine=engine)
    series = series_of(data, setup.asked(observes, doses_into, lloq, begin, time_unit))
    found, alone = [], len(series) == 1
    with progress_bar(None if alone else len(series), progress, "run" if alone else "individual", "fit") as tick:
        for each in series:
            problem = problem_of(setup, each, tick if alone else None)
            found.append(one(problem, starts, seed, _ends(problem, level, small_sample) if intervals else None))
            if not alone:
                tick(1)
        return gathered(found, level)


def _faults(level: float, starts: int, seed: int) -> list[str]:
    checks = {
        f"level: {level!r}; must be between 0 and 1, such as 0.95": 0.0 < level < 1.0,
        f"starts: {starts!r}; must be a whole number above 0": isinstance(starts, int) and starts > 0,
        f"seed: {seed!r}; must be a whole number, not below 0": isinstance(seed, int) and seed >= 0,
    }
    return [fault for fault, good in checks.items() if not good]


def _ends(problem: Problem, level: float, small_sample: bool) -> Ends:
    """Drop of twice the log-likelihood at the ends of an interval."""
    from scipy.special import chdtri, stdtrit

    many, fitted, usual = len(problem.series.values), len(problem.setup.free), float(chdtri(1, 1.0 - level))
    if len(problem.free) == fitted or many <= fitted:
        return Ends(usual, usual)
    # of a straight line with a fitted sd, the drop is this function of Student's t
    exact = many * float(np.log1p(stdtrit(many - fitted, 0.5 + 0.5 * level) ** 2 / (many - fitted)))
    return Ends(exact if small_sample else usual, exact)
