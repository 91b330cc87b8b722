"""Cohorts of any size in the memory of a small one: block after block, with running summaries.

Source: chan1983 (mean and variance of parts put together).
"""

from collections.abc import Iterator, Sequence

import numpy as np

from simsolid.cohort import draw, whole
from simsolid.errors import ParameterError
from simsolid.params import Parameters
from simsolid.progress import progress_bar
from simsolid.regimen import Regimen
from simsolid.simulate import finished, simulate

BLOCK = 2000  # patients
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
# Quantiles come from counts in bins of equal width on a logarithmic scale: finer bins cost memory, not time.
RESOLUTION = 0.01  # relative width of a bin
_SMALLEST, _LARGEST = 1e-9, 1e15  # sizes told apart; nearer to zero is zero
_HALF = int(np.ceil(np.log(_LARGEST / _SMALLEST) / RESOLUTION))  # bins on each side of zero
_MOST_BYTES = 2**30  # of bins


def blocks(setting: Parameters, plan: Regimen, patients: int, seed: int = 0, *, size: int = BLOCK, progress=True,
           **how) -> Iterator:  # fmt: skip
    """Simulate a large cohort block after block; each block is an ordinary run.

    Patient 17 is the same person as in :func:`simsolid.draw`, whatever the size of the blocks.

    Parameters
    ----------
    setting : Parameters
        A loaded setting, perhaps varied.
    plan : Regimen
        What is given.
    patients : [1], one
        Number of patients.
    seed : [1], one
        Seed of the cohort.
    size : [1], one
        Patients in a block.
    progress : truth or function
        As for :func:`simsolid.simulate`; one bar for the whole cohort.
    how : options
        As for :func:`simsolid.simulate`: ``days``, ``times``, ``observables``, ``dtype``, ``engine`` ...

    Yields
    ------
    xarray.Dataset
        After an interruption from the keyboard (Ctrl-C) the finished patients of the block at work, and then no more.

    Raises
    ------
    ParameterError
        Setting and plan do not fit together, or a number is impossible.

    Examples
    --------
    >>> import simsolid as sim
    >>> setting, plan = sim.load("gastric"), sim.Regimen.single(2.5e8)
    >>> [run.sizes["patient"] for run in blocks(setting, plan, patients=5, size=2, days=1)]
    [2, 2, 1]
    """
    patients, size = whole("patients", patients, 1), whole("size", size, 1)
    arms = int(np.prod([len(labels) for labels in plan.design.values()], dtype=int))
    with progress_bar(arms * patients, progress) as tick:
        for first in range(0, patients, size):
            people = draw(setting, np.arange(first, min(first + size, patients)), seed)
            run, interrupted = finished(simulate(people, plan, progress=tick, **how))
            if run.sizes["patient"]:
                yield run
            del run  # let go before the next block is simulated
            if interrupted:
                return


class Running:
    """Mean, spread, extremes and quantiles of a quantity, gathered block by block.

    Parameters
    ----------
    quantiles : [1], several
        From 0 to 1; right to within 1 % of the value, for sizes from 1e-9 to 1e15.

    Raises
    ------
    ParameterError
        A quantile is not between 0 and 1.

    References
    ----------
    chan1983

    Examples
    --------
    >>> running = Running((0.5,))
    >>> for block in ([1.0, 2.0], [3.0, np.nan]):
    ...     running.add(np.array(block)[:, None])
    >>> running.count.tolist(), running.mean.tolist(), running.sd.tolist(), running.quantile(0.5).round(1).tolist()
    ([3], [2.0], [1.0], [2.0])
    """

    def __init__(self, quantiles: Sequence[float] = QUANTILES):
        wrong = [q for q in quantiles if not 0 <= q <= 1]
        if wrong:
            raise ParameterError(f"quantiles: {wrong[0]!r}; each must be from 0 to 1")
        self.quantiles, self.count = tuple(quantiles), None

    def add(self, values: np.ndarray) -> None:
        """Take a block in.

        Parameters
        ----------
        values : any unit, patients by whatever else
            NaN is left out.
        """
        values = np.asarray(values, dtype=float)
        if self.count is None:
            self._begin(values.shape[1:])
        known = np.isfinite(values)
        many = known.sum(axis=0)
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = np.where(many > 0, np.where(known, values, 0.0).sum(axis=0) / many, 0.0)
        squares = (np.where(known, values - mean, 0.0) ** 2).sum(axis=0)
        total = np.maximum(self.count + many, 1)
        self._squares += squares + (mean - self.mean) ** 2 * self.count * many / total
        self.mean = self.mean + (mean - self.mean) * many / total
        self.count = self.count + many
        self.smallest = np.fmin(self.smallest, np.fmin.reduce(values, axis=0, initial=np.inf))
        self.largest = np.fmax(self.largest, np.fmax.reduce(values, axis=0, initial=-np.inf))
        if self.quantiles:
            self._tally(values, known)

    def _begin(self, shape):
        self.count = np.zeros(shape, dtype=np.int64)
        self.mean, self._squares = np.zeros(shape), np.zeros(shape)
        self.smallest, self.largest = np.full(shape, np.inf), np.full(shape, -np.inf)
        self._bins = np.zeros((self.count.size, 2 * _HALF + 1 if self.quantiles else 0), dtype=np.int64)

    def _tally(self, values, known):
        """Count in bins: below zero on the left, zero in the middle, above on the right."""
        flat, known = values.reshape(len(values), -1), known.reshape(len(values), -1)
        size = np.clip(np.abs(np.where(known, flat, 0.0)), _SMALLEST, _LARGEST)
        step = np.minimum(np.floor(np.log(size / _SMALLEST) / RESOLUTION).astype(int), _HALF - 1)
        sign = np.where(np.abs(flat) <= _SMALLEST, 0, np.sign(flat))
        place = _HALF + np.where(known, sign, 0).astype(int) * (step + 1)
        for k, column in enumerate(place.T):
            self._bins[k] += np.bincount(column[known[:, k]], minlength=self._bins.shape[1])

    @property
    def sd(self) -> np.ndarray:
        """Standard deviation between patients; NaN for fewer than two."""
        return np.sqrt(np.where(self.count > 1, self._squares / np.maximum(self.count - 1, 1), np.nan))

    def quantile(self, q: float) -> np.ndarray:
        """Value below which a share of the patients lies.

        Parameters
        ----------
        q : [1], one
            Share.
        """
        reached = np.cumsum(self._bins, axis=1) >= np.maximum(np.ceil(q * self.count.reshape(-1, 1)), 1)
        step = np.argmax(reached, axis=1) - _HALF
        value = np.sign(step) * _SMALLEST * np.exp((np.abs(step) - 0.5) * RESOLUTION)
        value = np.where(step == 0, 0.0, value).reshape(self.count.shape)
        return np.where(self.count > 0, np.clip(value, self.smallest, self.largest), np.nan)


def stream(setting: Parameters, plan: Regimen, patients: int, seed: int = 0, *, quantiles: Sequence[float] = QUANTILES,
           size: int = BLOCK, progress=True, **how):  # fmt: skip
    """Summarise the courses of a cohort of any size, in the memory of one block.

    Parameters
    ----------
    setting : Parameters
        A loaded setting, perhaps varied.
    plan : Regimen
        What is given.
    patients : [1], one
        Number of patients.
    seed : [1], one
        Seed of the cohort.
    quantiles : [1], several
        From 0 to 1.
    size : [1], one
        Patients in a block; it changes no result.
    progress : truth or function
        As for :func:`simsolid.simulate`.
    how : options
        As for :func:`simsolid.simulate`.

    Returns
    -------
    xarray.Dataset
        Each observable over the arm axes, time (and lesion) and ``statistic``: ``mean``, ``sd``, ``smallest``, ``largest`` and
        the quantiles, such as ``"q0.05"``; ``finished`` and ``failed`` count the patients of each arm. ``attrs["patients"]`` is
        how many were simulated: fewer than asked for after an interruption.

    Raises
    ------
    ParameterError
        Setting and plan do not fit together, a number is impossible, or quantiles would need too much memory.

    Examples
    --------
    >>> import simsolid as sim
    >>> found = stream(sim.load("gastric"), sim.Regimen.single(2.5e8), 4, observables=["il6"], days=7, times=[0, 7])
    >>> found["il6"].dims, int(found["finished"])
    (('time', 'statistic'), 4)
    """
    running, like, done, failed, many = {}, None, 0, 0, 0
    for run in blocks(setting, plan, patients, seed, size=size, progress=progress, **how):
        if like is None:
            _affordable(run, quantiles)
        like, many = run, many + run.sizes["patient"]
        ok = run["status"] == 0
        done, failed = done + ok.sum("patient"), failed + (~ok).sum("patient")
        for name in _courses(run):
            moved = run[name].where(ok).transpose("patient", ...)
            running.setdefault(name, Running(quantiles)).add(moved.values)
    if like is None:
        raise KeyboardInterrupt
    return _labelled(running, like).assign(finished=done, failed=failed).assign_attrs(like.attrs, patients=many)


def _affordable(run, quantiles):
    numbers = sum(run[name].size for name in _courses(run)) // run.sizes["patient"]
    needed = 8 * (2 * _HALF + 1) * numbers * bool(quantiles)
    if needed > _MOST_BYTES:
        raise ParameterError(f"stream: the quantiles of {numbers} numbers need {needed / 1e9:.1f} GB; keep fewer with "
                             "observables=[...] or times=[...], or take quantiles=()")  # fmt: skip


def _courses(run):
    return [name for name in run.data_vars if {"patient", "time"} <= set(run[name].dims)]


def _labelled(running, like):
    import xarray as xr

    found = {}
    for name, each in running.items():
        rows = {"mean": np.where(each.count > 0, each.mean, np.nan), "sd": each.sd, "smallest": each.smallest}
        rows |= {"largest": each.largest} | {f"q{q:g}": each.quantile(q) for q in each.quantiles}
        dims = [*(d for d in like[name].dims if d != "patient"), "statistic"]
        found[name] = (dims, np.stack(list(rows.values()), axis=-1), like[name].attrs)
    coords = {c: like[c] for c in like.coords if "patient" not in like[c].dims}
    return xr.Dataset(found, coords | {"statistic": list(rows)})
