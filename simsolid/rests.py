"""What an answer rests on, in words and numbers for reading."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np

from simsolid.ranges import Range
from simsolid.summarise import MEASURES

BASES = ("assumed", "fitted", "derived", "measured")
NEXT = 10  # values to measure next


@dataclass(frozen=True, eq=False)
class RestsOn:
    """What a run rests on; printing it gives the table.

    ``shares`` has one row per output and basis, ``parameters`` one per value and output: ``value``, ``lower`` and ``upper`` of
    the total share (alone and together with others), ``alone_value`` and so on of the first-order share, and ``pairs`` of
    answers behind them. ``next`` names the values to measure next, with their mean share over the outputs (``share``, ``lower``,
    ``upper``); ``rest`` has the share of all values that were not looked at one by one.
    """

    shares: Any
    parameters: Any
    next: Any
    moved: tuple[Range, ...]
    runs: int
    without_answer: int
    failed_patients: int
    patients: int
    samples: int
    rest: Any
    compared: str = ""  # of two arms: which minus which

    def __str__(self) -> str:
        return "\n\n".join([_headline(self), _table(self), _first(self), _small_print(self)])

    __repr__ = __str__


def _percent(value: float) -> str:
    return "?" if np.isnan(value) else f"{100 * min(max(value, 0.0), 1.0):.0f}"


def label(name: str) -> str:
    """An output as a reader writes it.

    Parameters
    ----------
    name : text
        A measure, or a name of one's own.

    Returns
    -------
    text

    Examples
    --------
    >>> label("pfs"), label("my_output")
    ('progression-free survival', 'my output')
    """
    return MEASURES[name].label if name in MEASURES else name.replace("_", " ")


def _headline(answer: RestsOn) -> str:
    """The answer in one sentence for each output."""
    of_what = [f"Difference {answer.compared}, in the same patients:"] if answer.compared else []
    return "\n".join(of_what + [f"{label(output)}: {_plainly(rows[rows['basis'] == 'assumed'])}"
                                for output, rows in answer.shares.groupby("output", sort=False)])


def _plainly(assumed) -> str:
    if not len(assumed):
        return "nothing is assumed"
    value, lower, upper = (_percent(assumed[end].iloc[0]) for end in ("value", "lower", "upper"))
    if value == "?":
        return "does not vary, or has no value"
    return f"{value} % of the variance rests on assumed values (95 % interval {lower} to {upper} %)"


def _table(answer: RestsOn) -> str:
    """Shares by basis: what each moves together with others, and in brackets what it moves alone."""
    bases = list(dict.fromkeys(answer.shares["basis"]))
    head = f"{'share of the variance, % (alone)':36}" + "".join(f"{basis:>14}" for basis in bases)
    lines = [head]
    for output, rows in answer.shares.groupby("output", sort=False):
        cells = [f"{_percent(row.value)} ({_percent(row.alone_value)})" for row in rows.itertuples()]
        lines.append(f"{label(output):36}" + "".join(f"{cell:>14}" for cell in cells))
    return "\n".join(lines)


def _first(answer: RestsOn) -> str:
    what = f"all {len(answer.moved) - answer.parameters['parameter'].nunique()} others together"
    lines = [f"Measure next ({len(answer.next)} of {len(answer.moved)} values, mean share over the outputs, 95 % interval):"]
    for place, row in enumerate(answer.next.itertuples(), 1):
        ends = f"({_percent(row.lower)} to {_percent(row.upper)})"
        lines.append(f"{place:4}. {row.parameter:36} {_percent(row.share):>3} % {ends:12} {row.basis}")
    return "\n".join(lines + [f"      {what:36} {_percent(answer.rest['value'].mean()):>3} %"] * bool(len(answer.rest)))


def _small_print(answer: RestsOn) -> str:
    counted = Counter(each.basis for each in answer.moved)
    kinds = ", ".join(f"{counted[basis]} {basis}" for basis in BASES)
    unstated = sum(not each.stated for each in answer.moved)
    return (f"{answer.runs} cohorts of the same {answer.patients} patients; {len(answer.moved)} values moved over their ranges "
            f"({kinds}); {unstated} of them have no range of their own and moved by a fold that depends on their basis. "
            f"{answer.without_answer} cohorts gave no answer and are left out pairwise; {answer.failed_patients} of "
            f"{answer.runs * answer.patients} patients failed. Shares overlap where values act together, so they may add up to "
            "more than 100 %; intervals are a bootstrap over the rows of the design. The equations themselves are not "
            "varied.")  # fmt: skip
