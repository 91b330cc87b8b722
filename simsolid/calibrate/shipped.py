"""What the shipped calibrations found: one table of every fitted value beside its prior and the value of the parameter files."""

from simsolid.calibrate.plans import plan
from simsolid.calibrate.scales import scale_of
from simsolid.errors import ParameterError
from simsolid.files import available
from simsolid.fitted import KIND, fitted_layer
from simsolid.load import needs
from simsolid.params import Value

HELD = 0.9  # share of the posterior between low and high of a file of fitted values


def calibrated(*names: str):
    """Tabulate what the shipped calibrations found, parameter by parameter.

    Parameters
    ----------
    names : texts
        Of calibrations, such as ``"gastric-cldn18_2"``; all without any.

    Returns
    -------
    DataFrame
        One row per fitted parameter: ``calibration``, ``tumour``, ``target``, ``parameter``, ``unit``, ``scale``, the ends of its
        flat prior (``prior_low``, ``prior_high``), its value ``in_files``, posterior ``median`` with 90 % interval (``low``,
        ``high``), and ``shrunk``: by which share that interval is shorter than the middle 90 % of the prior, on its scale.

    Raises
    ------
    ParameterError
        There is no such calibration.

    Examples
    --------
    >>> calibrated("nsclc-egfr").set_index("parameter").loc["suppression_half", ["prior_low", "in_files", "prior_high"]].tolist()
    [0.25, 1.0, 4.0]
    """
    import pandas as pd

    return pd.DataFrame([row for name in names or available(KIND) for row in _rows(name)])


def _rows(name):
    made, layer = plan(name), fitted_layer(name, needs())
    for prior in made.priors:
        value = layer.values.get(prior.name)
        if value is None:
            raise ParameterError(f"{layer.path}: no fitted value of {prior.name}; simsolid calibrate {name} writes it")
        yield {"calibration": name, "tumour": made.tumour, "target": made.target, "parameter": prior.name, "unit": prior.unit,
               "scale": prior.scale, "prior_low": prior.low, "prior_high": prior.high, "in_files": prior.value,
               "median": value.value, "low": value.low, "high": value.high, "shrunk": _shrunk(prior, value)}  # fmt: skip


def _shrunk(prior, value: Value) -> float:
    scale = scale_of(prior.scale, prior.low, prior.high, prior.name).forward
    return float(1.0 - (scale(value.high) - scale(value.low)) / (HELD * (scale(prior.high) - scale(prior.low))))
