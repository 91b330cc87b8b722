"""What a calibration found, as text, fitted values, draws, figure and manifest."""

import hashlib
import json
import platform
import time
from collections.abc import Sequence
from pathlib import Path

from simsolid.calibrate.diagnostics import correlations, effects
from simsolid.cite import CALIBRATED, bibliography
from simsolid.fitted import DRAWS, write_draws
from simsolid.results import LIBRARIES, replaced, version_of
from simsolid.trials.files import trial

FITTING = (*LIBRARIES, "scikit-learn", "emcee")
_QUICK = "**Quick: few points and patients. It shows that everything works and is not for use.**"
_WIDE = 0.9  # correlations beyond this in size are named


def text(answer) -> str:
    """Write the report of a calibration as Markdown.

    Parameters
    ----------
    answer : Calibration
        From :func:`simsolid.calibrate`.

    Returns
    -------
    text
    """
    plan = answer.plan
    parts = [f"# Calibration: {plan.title}", *([_QUICK] if answer.quick else []), plan.about, _done(answer),
             f"![Each target before and after the fit, each parameter's prior and posterior]({plan.name}.png)",
             "## Parameters", _parameters(answer), *_remarks(answer),
             "## Targets", _targets(answer), "## What moves what", _effects(answer),
             "## How far to trust it", _trust(answer), "## Why these parameters", _why(answer),
             "Fitted values are used when asked for, `sim.load(..., fitted=True)`; the parameter files stay as they are. Joint "
             f"draws stand in `params/fitted/{plan.name}{DRAWS}`. Research and teaching only; not medical advice."]  # fmt: skip
    return "\n\n".join(parts) + "\n"


def _done(answer) -> str:
    plan, fit = answer.plan, answer.fit
    return (f"Fitted to {len(fit.problem.targets)} endpoint{'s' * (len(fit.problem.targets) > 1)} of {_names(plan.trials)}: "
            f"{len(fit.prior)} points that fill the prior and {len(fit.points) - len(fit.prior)} near the posterior, "
            f"{plan.patients} simulated patients of each trial at every point, seed {plan.seed}; then {len(fit.check)} posterior "
            f"draws simulated anew. A model's share is taken to be off by {plan.share_discrepancy:g} (standard deviation on the "
            f"arcsine scale) and its medians and times by {plan.log_discrepancy:.0%} even at the right values.")  # fmt: skip


def _number(number) -> str:
    if number is None or number != number:
        return "-"
    short = f"{0.0 if abs(number) < 1e-12 else number:.3g}"
    return f"{number:.5f}" if short == "1" and number < 1 else short  # not quite all is not all


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])


def _parameters(answer) -> str:
    head = ("parameter", "unit", "prior", "in the files", "fitted (90 %)", "narrowed by", "informed")
    rows = [(f"`{row['parameter']}`", row["unit"], f"{_number(row['prior_low'])} to {_number(row['prior_high'])}, {row['scale']}",
             _number(row["in_files"]), f"{_number(row['median'])} ({_number(row['low'])} to {_number(row['high'])})",
             f"{max(row['narrowed'], 0.0):.0%}", "yes" if row["informed"] else "**no**")
            for row in answer.parameters.to_dict("records")]  # fmt: skip
    return _table(head, rows)


def _remarks(answer) -> list[str]:
    """What a reader must not overlook: what was not learned, what presses against its range, what only goes together."""
    told, between = answer.parameters, correlations(answer.fit)
    said = []
    if idle := list(told.loc[~told["informed"], "parameter"]):
        said.append(f"Not informed by these targets, so the posterior is nearly the prior: {_names(idle)}.")
    if pressed := list(told.loc[told["crowded"], "parameter"]):
        said.append(f"Pressed against an end of the prior range, so a wider range would be fitted better: {_names(pressed)}.")
    names = list(between)
    tied = [f"`{a}` and `{b}` ({between.loc[a, b]:+.2f})" for i, a in enumerate(names) for b in names[i + 1:]
            if abs(between.loc[a, b]) > _WIDE]  # fmt: skip
    if tied:
        said.append(f"Only known together, by correlation: {', '.join(tied)}.")
    return said


def _names(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _targets(answer) -> str:
    head = ("target", "observed (95 %)", "prior predicts (90 %)", "fit predicts (90 %)", "")
    rows = [(row["target"], _three(row, "observed", "low", "high"), _three(row, "prior_median", "prior_low", "prior_high"),
             _three(row, "fit_median", "fit_low", "fit_high"), "" if row["inside"] else "**missed**")
            for row in answer.targets.to_dict("records")]  # fmt: skip
    missed = int((~answer.targets["inside"]).sum())
    end = f"{missed} of {len(answer.targets)} observations lie outside the fit's own prediction." if missed else \
        "Every observation lies inside the fit's own prediction, which says that the fit can give them, not that it is right."
    return _table(head, rows) + f"\n\nPredictions are of trials of the observed size, from real simulations. {end}"


def _three(row, middle: str, low: str, high: str) -> str:
    return f"{_number(row[middle])} ({_number(row[low])} to {_number(row[high])})"


def _effects(answer) -> str:
    moved = effects(answer.fit)
    head = ("target", *(f"`{name}`" for name in answer.fit.problem.names))
    rows = [(target, *(f"{_number(line[f'{name} low'])} to {_number(line[f'{name} high'])}" for name in answer.fit.problem.names))
            for target, line in moved.iterrows()]  # fmt: skip
    return ("Expected statistic when one parameter moves over its prior range and the others stay at their posterior medians "
            "(by the stand-ins).\n\n" + _table(head, rows))  # fmt: skip


def _trust(answer) -> str:
    fit, post = answer.fit, answer.fit.posterior
    head = ("target", "left-out error", "Monte-Carlo error", "spread over the prior", "within 2 sd", "points without it")
    rows = [(row["target"], f"{row['left_out']:.3f}", f"{row['noise']:.3f}", f"{row['spread']:.3f}", f"{row['within_2']:.0%}",
             f"{row['unknown']} of {len(fit.points)}") for row in answer.targets.to_dict("records")]  # fmt: skip
    chain = (f"Chain: {post.walkers} walkers, {post.steps} steps, acceptance {post.acceptance:.2f}, autocorrelation time "
             f"{post.autocorrelation:.1f} steps, at least {post.effective:.0f} effective draws; "
             f"{'long enough' if post.converged else '**not long enough**'} ({fit.effort.chain:g} autocorrelation times).")
    return _table(head, rows) + "\n\nErrors on the scale of the target (arcsine of a share, logarithm of a time). " + chain


def _why(answer) -> str:
    return "\n".join(f"- `{prior.name}`: {prior.why}" for prior in answer.plan.priors)


def fitted_text(answer, command: Sequence[str]) -> str:
    """Write the fitted values as a parameter file.

    Parameters
    ----------
    answer : Calibration
        From :func:`simsolid.calibrate`.
    command : texts
        Command line to record.

    Returns
    -------
    text
    """
    plan = answer.plan
    about = (f"Posterior medians and 90 % intervals of {len(plan.priors)} parameters, fitted to {len(answer.targets)} endpoint"
             f"{'s' * (len(answer.targets) > 1)}. "
             f"Used only where asked for (fitted=True). Together only: joint draws in {plan.name}{DRAWS}.")  # fmt: skip
    head = {"title": f"{plan.title}, fitted", "about": about, "checked": "", "tumour": plan.tumour, "target": plan.target,
            "calibration": plan.name, "command": " ".join(command) or "sim.calibrate", "trials": list(plan.trials)}  # fmt: skip
    same = {"source": ", ".join(_sources(plan)), "where": f"{CALIBRATED}{plan.name}", "basis": "fitted"}
    parts = [_lines(head)]
    for row in answer.parameters.to_dict("records"):
        numbers = {"value": row["median"], "low": row["low"], "high": row["high"]}
        table = {**numbers, "unit": row["unit"], **same, "note": _note(row, answer)}
        parts.append(f"[{_key(row['parameter'])}]\n{_lines(table)}")
    return "\n\n".join(parts) + "\n"


def _lines(table) -> str:
    """Entries of a TOML table; a JSON text or list is a TOML one."""
    return "\n".join(f"{key} = {item:.6g}" if isinstance(item, float) else f"{key} = {json.dumps(item, ensure_ascii=False)}"
                     for key, item in table.items())  # fmt: skip


def _note(row, answer) -> str:
    ends = f"prior {_number(row['prior_low'])} to {_number(row['prior_high'])}, flat on a {row['scale']} scale"
    learned = f"narrowed by {row['narrowed']:.0%}" if row["informed"] else "not informed by these targets: nearly the prior"
    size = f"{len(answer.fit.points)} points of {answer.plan.patients} patients, seed {answer.plan.seed}"
    return f"Posterior median with 90 % interval; {ends}; {learned}. {'QUICK, not for use. ' if answer.quick else ''}{size}."


def _sources(plan) -> list[str]:
    """Bibliography keys of the endpoints that were fitted, in the order of the trials."""
    keys = [seen.source for name in plan.trials for seen in trial(name).used("fit")]
    return [key for key in dict.fromkeys(keys) if key in bibliography()]


def _key(name: str) -> str:
    return f'"{name}"' if "." in name else name


def written(answer, folder: Path, command: Sequence[str] = ()) -> list[Path]:
    """Write everything that a calibration found, each file only when complete.

    Parameters
    ----------
    answer : Calibration
        From :func:`simsolid.calibrate`.
    folder : folder
        Where to.
    command : texts
        Command line to record.

    Returns
    -------
    files
    """
    from simsolid.plot.calibration import calibration

    name, fit = answer.plan.name, answer.fit
    many = {prior.name: prior.from_unit(column) for prior, column in zip(fit.problem.priors, fit.posterior.many.T, strict=True)}
    figure = calibration(answer.targets, answer.parameters, many)
    made = {
        f"{name}.toml": lambda path: path.write_text(fitted_text(answer, command), encoding="utf-8"),
        f"{name}{DRAWS}": lambda path: write_draws(path, fit.problem.names, fit.draws),
        f"{name}.md": lambda path: path.write_text(text(answer), encoding="utf-8"),
        f"{name}.png": lambda path: figure.savefig(path, dpi=80),
    }
    files = [replaced(folder / label, save) for label, save in made.items()]
    told = json.dumps(manifest(answer, command, files), indent=2) + "\n"
    return [*files, replaced(folder / f"{name}.manifest.json", lambda path: path.write_text(told, encoding="utf-8"))]


def manifest(answer, command: Sequence[str], files: Sequence[Path]) -> dict:
    """Record how a calibration came about, so that it can be made again.

    Parameters
    ----------
    answer : Calibration
        From :func:`simsolid.calibrate`.
    command : texts
        Command line.
    files : files
        What was written so far.

    Returns
    -------
    mapping
    """
    plan, fit = answer.plan, answer.fit
    return {
        "command": list(command),
        "calibration": plan.name,
        "quick": answer.quick,
        "seed": plan.seed,
        "effort": vars(fit.effort),
        "discrepancy": {"share": plan.share_discrepancy, "log": plan.log_discrepancy},
        "priors": {prior.name: [prior.low, prior.high, prior.scale, prior.unit] for prior in plan.priors},
        "targets": {t.name: t.text for t in fit.problem.targets},
        "missed": list(answer.targets.loc[~answer.targets["inside"], "target"]),
        "not_informed": list(answer.parameters.loc[~answer.parameters["informed"], "parameter"]),
        "crowded": list(answer.parameters.loc[answer.parameters["crowded"], "parameter"]),
        "identity": fit.problem.identity,
        **fit.problem.facts,
        "calibration_file": {plan.path: plan.sha256},
        "versions": {"python": platform.python_version(), **{name: version_of(name) for name in FITTING}},
        "machine": {"system": platform.system(), "processor": platform.machine()},
        "seconds": round(answer.seconds, 1),
        "written": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "output": {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files},
        "use": "Research and teaching only; not medical advice.",
    }
