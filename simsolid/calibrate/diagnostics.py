"""What a calibration learned and how far to trust it: tables of parameters, of targets and of the stand-ins."""

import numpy as np

from simsolid.calibrate.design import Points
from simsolid.calibrate.fit import Fit

# A posterior no further than this from the prior, by Kolmogorov's distance, and hardly narrower, has learned next to nothing.
ALIKE = 0.1
# Share of the draws in the outer twentieth of the prior range, at either end, from which on the range looks too narrow.
CROWDED = 0.2
INTERVAL = (0.05, 0.5, 0.95)
_REPEATS = 40  # trials drawn for each simulated point


def parameters(fit: Fit):
    """Tabulate what was learned of each parameter.

    Parameters
    ----------
    fit : Fit
        A calibration.

    Returns
    -------
    DataFrame
        One row per parameter: prior range, the value of the parameter files, median and 90 % interval, ``narrowed`` (1 - ratio of
        standard deviations, posterior to prior, on the scale), ``distance`` (Kolmogorov's, posterior to prior), whether the
        targets ``informed`` it, and whether it is ``crowded`` at an end of its prior range.
    """
    import pandas as pd

    rows = []
    for k, prior in enumerate(fit.problem.priors):
        shares = np.sort(fit.posterior.many[:, k])
        low, middle, high = prior.from_unit(np.quantile(shares, INTERVAL))
        ranks = np.arange(len(shares) + 1) / len(shares)
        distance = float(max(np.max(ranks[1:] - shares), np.max(shares - ranks[:-1])))
        crowded = bool(max(np.mean(shares < 0.05), np.mean(shares > 0.95)) > CROWDED)
        narrowed = 1.0 - shares.std() * np.sqrt(12.0)
        rows.append({"parameter": prior.name, "unit": prior.unit, "scale": prior.scale, "prior_low": prior.low,
                     "prior_high": prior.high, "in_files": prior.value, "median": middle, "low": low, "high": high,
                     "narrowed": narrowed, "distance": distance, "informed": bool(max(distance, narrowed) > ALIKE),
                     "crowded": crowded})  # fmt: skip
    return pd.DataFrame(rows)


def targets(fit: Fit):
    """Tabulate each target: observed, predicted before and after the fit, and how well its stand-in does.

    Predictions are of a trial of the same size: they hold the spread of the parameters, the chance of a small trial and the
    discrepancy, and rest on real simulations, not on stand-ins.

    Parameters
    ----------
    fit : Fit
        A calibration.

    Returns
    -------
    DataFrame
        One row per target. ``inside`` says whether the observation lies within the 90 % prediction after the fit; ``left_out``
        is the root mean square error of leaving each point out and ``noise`` what Monte-Carlo error alone would give, both on the
        target's scale; ``within_2`` is the share of left-out points within two predicted standard deviations.
    """
    import pandas as pd

    rows = []
    for target in fit.problem.targets:
        before, after = (np.quantile(predictions(fit, points, target), INTERVAL) for points in (fit.prior, fit.check))
        stand_in = fit.surrogates[target.name]
        low, high = target.interval
        rows.append({"target": target.name, "unit": getattr(target, "unit", "share"), "observed": target.observed, "low": low,
                     "high": high, "prior_low": before[0], "prior_median": before[1], "prior_high": before[2],
                     "fit_low": after[0], "fit_median": after[1], "fit_high": after[2],
                     "inside": bool(after[0] <= target.observed <= after[2]),
                     "left_out": stand_in.missed, "noise": stand_in.noise, "spread": stand_in.spread,
                     "within_2": float(np.mean(np.abs(stand_in.left_out) <= 2.0)), "unknown": stand_in.unknown,
                     "source": target.source})  # fmt: skip
    return pd.DataFrame(rows)


def predictions(fit: Fit, points: Points, target) -> np.ndarray:
    """Draw what trials of the observed size would have found at simulated points.

    Parameters
    ----------
    fit : Fit
        For its seed.
    points : Points
        At draws of the prior or the posterior.
    target : Target
        Of which statistic.

    Returns
    -------
    several, in the unit of the target
        Points without a value are left out.
    """
    found, _ = points.on_scale(target)
    known = np.isfinite(found)
    rng = np.random.default_rng((fit.seed, len(points), sum(target.name.encode())))
    # The simulated statistics scatter by their Monte-Carlo error already; it is not added again.
    mean = np.repeat(found[known], _REPEATS)
    return target.replicate(mean, np.full(len(mean), target.discrepancy), rng) if known.any() else np.array([np.nan])


def correlations(fit: Fit):
    """Correlations between the fitted parameters in the posterior, on their scales.

    Parameters
    ----------
    fit : Fit
        A calibration.

    Returns
    -------
    DataFrame
        One row and one column per parameter.
    """
    import pandas as pd

    names = list(fit.problem.names)
    return pd.DataFrame(np.atleast_2d(np.corrcoef(fit.posterior.many, rowvar=False)), index=names, columns=names)


def effects(fit: Fit):
    """Each target's expected statistic when one parameter moves over its prior range, the others at their posterior medians.

    Parameters
    ----------
    fit : Fit
        A calibration.

    Returns
    -------
    DataFrame
        One row per target; the columns ``name low`` and ``name high`` of each parameter hold the statistic at either end, by the
        stand-ins.
    """
    import pandas as pd

    middle = np.median(fit.posterior.many, axis=0)
    places = {}
    for k, name in enumerate(fit.problem.names):
        for word, end in (("low", 0.0), ("high", 1.0)):
            places[f"{name} {word}"] = np.where(np.arange(len(middle)) == k, end, middle)
    points = np.array(list(places.values()))
    rows = {target.name: target.back(fit.surrogates[target.name](points)[0]) for target in fit.problem.targets}
    return pd.DataFrame.from_dict(rows, orient="index", columns=list(places))
