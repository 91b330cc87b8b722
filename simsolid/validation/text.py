"""The report in words: counts, tables, what is said of the misses, and the trial that is predicted."""

from collections.abc import Mapping, Sequence

import numpy as np

from simsolid.trials.design import FIT, HELD, PREDICTED

from .judge import FAIL, PASS, UNTESTED, Judged
from .posterior import FITTED

MONTH = 30.4375  # days
USES = (FIT, HELD)
METHOD = """\
Each trial of `params/trials` is conducted in {draws} cohorts of at least {patients} virtual patients, seed {seed}, with
its own arms, schedule, criterion and definition of response. From them {replicates} trials of the reported size are
read out. An endpoint passes when what was observed lies within the middle 95 % of them, ends included.

{drawn} of {trials} trials are of a setting that has been calibrated and are conducted with joint draws from its
posterior, so that their intervals hold the uncertainty of the fitted parameters. The others are conducted with the
values as shipped, and their intervals hold the sampling of the trial alone, which makes them too narrow: values that
are assumed are taken as known. {failed} of {simulated} simulated patients failed and are left out.

Endpoints are marked *fit* or *held out* in the files of the trials, before any result was looked at. A dagger (†) says
that a shipped value of the setting names this observation as what it rests on, by a calibration or by hand, so that
*held out* is no promise there. Wide intervals pass easily: most trials are small. Research and teaching only; not
medical advice."""


def report(answer) -> str:
    """Write the report of a validation as Markdown.

    Parameters
    ----------
    answer : anything with the parts of Validation
        From :func:`simsolid.validate`.

    Returns
    -------
    text
    """
    parts = ["# Predictions against what trials saw", _method(answer), "## In short", _counts(answer),
             "![Observed and predicted, endpoint by endpoint](validation.png)",
             "## Trial by trial", *(_trial(one) for one in answer.judged if not _to_be_predicted(one)),
             "## The misses", *_misses(answer),
             "## Not tested", _untested(answer),
             *(_prediction(one) for one in answer.judged if _to_be_predicted(one))]  # fmt: skip
    return "\n\n".join(part for part in parts if part) + "\n"


def _to_be_predicted(one: Judged) -> bool:
    return any(line["use"] == PREDICTED for line in one.lines)


def _method(answer) -> str:
    effort, drawn = answer.effort, sum(one.values == FITTED for one in answer.judged)
    simulated = sum(one.patients for one in answer.judged)
    return METHOD.format(
        draws=effort.draws, patients=effort.patients, seed=effort.seed, replicates=effort.replicates, drawn=drawn,
        trials=len(answer.judged), failed=answer.failed, simulated=f"{simulated:,}",
    )  # fmt: skip


def _counts(answer) -> str:
    table = answer.table
    tested = table[table["verdict"].isin([PASS, FAIL])]
    rows = []
    for use in USES:
        mine = table[table["use"] == use]
        rows.append([use, *(str(int((mine["verdict"] == word).sum())) for word in (PASS, FAIL, UNTESTED))])
    clean = tested[(tested["use"] == HELD) & ~tested["informed"]]
    told = [str(int((clean["verdict"] == word).sum())) for word in (PASS, FAIL)]
    rows.append(["held out, no shipped value rests on it", *told, ""])
    rows.append(["cannot be simulated", "", "", str(int((table["use"] == UNTESTED).sum()))])
    chance = (f"Of {len(tested)} tested endpoints about {0.05 * len(tested):.0f} would fail by chance if every prediction were "
              f"right; {int((tested['verdict'] == FAIL).sum())} do.")  # fmt: skip
    return f"{_table(['endpoints', 'pass', 'fail', 'untested'], rows)}\n\n{chance}"


def _trial(one: Judged) -> str:
    made = one.trial
    head = ["endpoint", "use", "observed (95 %)", "predicted (95 %)", "verdict", "source"]
    rows = [[f"{line['label']}{' †' if line['informed'] else ''}", line["use"], span(line, "observed"), span(line, "predicted"),
             f"**{line['verdict']}**" if line["verdict"] == FAIL else line["verdict"], _where(line)]
            for line in one.lines if line["use"] != UNTESTED]  # fmt: skip
    values = "Values: joint posterior draws." if one.values == FITTED else "Values as shipped."
    words = f"{made.about} {values}\n\n*Chosen:* {made.chosen}\n\n*Taken for granted:* {made.assumed}"
    return f"### {made.title} (`{made.name}`)\n\n{words}\n\n{_table(head, rows)}"


def _where(line: Mapping) -> str:
    place = line["where"].replace("clinical evidence ", "")
    return f"{line['source']} ({place})" + (", second-hand" if line["basis"] == "secondary" else "")


def _misses(answer) -> list[str]:
    parts = []
    for line in answer.misses.to_dict("records"):
        said = answer.said.get((line["trial"], line["endpoint"]), "**Not discussed yet.**")
        told = f"{line['label']}: {span(line, 'observed')} observed, {span(line, 'predicted')} predicted ({line['use']})"
        parts.append(f"**`{line['trial']}`, {told}.** {said}")
    return parts or ["None."]


def _untested(answer) -> str:
    lines = answer.table[answer.table["verdict"] == UNTESTED].to_dict("records")
    rows = [[f"`{line['trial']}`", line["label"], span(line, "observed"), line["note"]] for line in lines]
    return _table(["trial", "endpoint", "observed", "why"], rows) if rows else "None."


def _prediction(one: Judged) -> str:
    made = one.trial
    rows = [[line["label"], span(line, "predicted")] for line in one.lines]
    sizes = " and ".join(f"{arm.patients} ({arm.name})" for arm in made.arms)
    return (f"## Predicted: {made.title}\n\n{made.about}\n\n*Taken for granted:* {made.assumed}\n\n"
            f"Middle and 95 % interval of trials of {sizes} patients.\n\n"
            f"{_table(['endpoint', 'predicted (95 %)'], rows)}")  # fmt: skip


def span(line: Mapping, which: str) -> str:
    """Write a value with its interval as a reader would: shares in per cent, times in months, the rest in its unit.

    Parameters
    ----------
    line : mapping of number
        With ``observed`` or ``predicted`` and their ends, ``kind`` and ``unit``.
    which : text
        ``"observed"`` or ``"predicted"``.

    Returns
    -------
    text

    Examples
    --------
    >>> line = {"kind": "share", "unit": "1", "observed": 0.5, "observed_lower": 0.25, "observed_upper": float("inf")}
    >>> span(line, "observed")
    '50 % (25 to not reached)'
    """
    factor, unit, form = _scale(line)
    numbers = [line[f"{which}{end}"] for end in ("", "_lower", "_upper")]
    if np.isnan(numbers[0]):
        return "-"
    words = ["not reached" if np.isinf(x) else form.format(factor * x) for x in numbers if not np.isnan(x)]
    shown = f"{words[0]} {unit}".strip() if words[0] != "not reached" else words[0]
    return f"{shown} ({words[1]} to {words[2]})" if len(words) == 3 else shown


def _scale(line: Mapping) -> tuple[float, str, str]:
    """Factor, unit and form of a number, by the kind of its endpoint."""
    kinds = {"share": (100.0, "%", "{:.0f}"), "time": (1.0 / MONTH, "months", "{:.1f}"), "ratio": (1.0, "", "{:.2f}"),
             "spread": (1.0, "", "{:.2f}"), "": (100.0, "%", "{:.0f}")}  # fmt: skip
    return kinds.get(line["kind"], (1.0, line["unit"], "{:,.3g}"))


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])
