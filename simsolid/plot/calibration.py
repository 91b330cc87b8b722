"""What a calibration did: each target before and after beside what was observed, each parameter's prior and posterior."""

import numpy as np

from . import style

_COLUMNS = 4
_BEFORE, _AFTER, _SEEN = style.COLOURS[6], style.COLOURS[0], style.COLOURS[1]


@style.styled
def calibration(targets, parameters, draws, figure=None):
    """Draw one panel per target and one per fitted parameter.

    Parameters
    ----------
    targets : DataFrame
        From `simsolid.calibrate.diagnostics.targets`.
    parameters : DataFrame
        From `simsolid.calibrate.diagnostics.parameters`.
    draws : DataFrame, or mapping of any unit, several
        Joint posterior draws by parameter.
    figure : Figure
        Where to draw; without it, a new one.

    Returns
    -------
    Figure
        Targets: median and 90 % interval of trials of the same size that the prior and the posterior predict, and the observation
        with its 95 % interval. Parameters: the flat prior on its scale, the draws, and the value of the parameter files.
    """
    number = len(targets) + len(parameters)
    rows = -(-number // _COLUMNS)
    figure = style.new_figure(figure, figsize=(3.2 * min(number, _COLUMNS), 2.1 * rows + 0.3), layout="constrained")
    panels = np.atleast_1d(figure.subplots(rows, min(number, _COLUMNS))).ravel()
    for ax, row in zip(panels, targets.to_dict("records"), strict=False):
        _target(ax, row)
    for ax, row in zip(panels[len(targets):], parameters.to_dict("records"), strict=False):
        _parameter(ax, row, np.asarray(draws[row["parameter"]]))
    for ax in panels[number:]:
        ax.set_axis_off()
    if len(parameters):
        figure.legend(*panels[len(targets)].get_legend_handles_labels(), loc="outside lower center", ncols=3, frameon=False)
    return figure


def _even_odds(low, high, number):
    ends = [np.log(end / (1.0 - end)) for end in (low, high)]
    return 1.0 / (1.0 + np.exp(-np.linspace(*ends, number)))


# Steps of equal prior probability.
_SPACED = {"log": np.geomspace, "linear": np.linspace, "logit": _even_odds}


def _target(ax, row):
    lines = (("prior", _BEFORE, "prior_low", "prior_median", "prior_high", ":"),
             ("fitted", _AFTER, "fit_low", "fit_median", "fit_high", "-"),
             ("observed", _SEEN, "low", "observed", "high", "--"))  # fmt: skip
    for place, (_, colour, low, middle, high, dash) in enumerate(lines):
        ax.plot([row[low], row[high]], [-place, -place], color=colour, linestyle=dash, linewidth=2)
        ax.plot(row[middle], -place, "o^s"[place], color=colour, markeredgecolor="black")
    ax.set_yticks([0, -1, -2], [word for word, *_ in lines])
    ax.set(ylim=(-2.6, 0.6), xlabel="share of patients [1]" if row["unit"] == "share" else f"[{row['unit']}]")
    trial, _, endpoint = row["target"].partition(": ")
    ax.set_title(f"{trial.replace('_', ' ')}\n{endpoint or ''}{'' if row['inside'] else ' (missed)'}", fontsize="small")
    if row["prior_low"] > 0 and row["prior_high"] > 20 * row["prior_low"] and row["prior_high"] > 1:
        ax.set_xscale("log")


def _parameter(ax, row, draws):
    edges = _SPACED[row["scale"]](row["prior_low"], row["prior_high"], 21)
    share = np.histogram(draws, edges)[0] / len(draws)
    ax.stairs(share, edges, fill=True, color=(_AFTER, 0.35), edgecolor=_AFTER, label="posterior")
    ax.stairs(np.full(20, 0.05), edges, color=_BEFORE, linestyle=":", label="prior")
    if np.isfinite(row["in_files"] if row["in_files"] is not None else np.nan):
        ax.axvline(row["in_files"], color=_SEEN, linestyle="--", label="value in the files")
    ax.set_xscale(row["scale"])
    ends = edges[[0, 10, 20]]
    ax.set_xticks(ends, [f"{end:.3g}" if end < 1000 else f"{end:.0f}" for end in ends])
    ax.set_xticks([], minor=True)
    unit = "" if row["unit"] == "1" else f" [{row['unit']}]"
    ax.set_title(f"{row['parameter']}{unit}{'' if row['informed'] else ': not informed'}", fontsize="small")
    ax.set_yticks([])
