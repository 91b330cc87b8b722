"""What a file says of a model's numbers in words: where a value comes from, and the sources in full."""

from collections.abc import Iterable, Sequence

from simsolid.cite import bibliography
from simsolid.values import Value


def source(value: Value | None) -> str:
    """Say where a number comes from.

    Parameters
    ----------
    value : Value or None
        None for what no file gives.

    Returns
    -------
    text
        Basis, source and place, plausible range, file; then the note of the file.

    Examples
    --------
    >>> source(Value(2.0, "1/day", low=1.0, high=3.0, source="author2021", where="Table 2", basis="measured"))
    'measured: author2021, Table 2; plausible from 1 to 3'
    """
    if value is None:
        return "set by the plan or by an event; no file gives it"
    where = ", ".join(part for part in (value.source, value.where) if part)
    plausible = f"plausible from {value.low:g} to {value.high:g}" if value.low is not None and value.high is not None else ""
    parts = [f"{value.basis}{f': {where}' if where else ''}", plausible, f"file {value.file}" if value.file else ""]
    return "\n".join(part for part in ("; ".join(each for each in parts if each), value.note) if part)


def story(lines: Sequence[str], span: float, begin: float, values: Iterable[Value | None], piecewise: bool) -> str:
    """Put the notes of a whole file together: what it is, how to run it, the sources in full.

    Parameters
    ----------
    lines : texts
        Model, patient, plan.
    span : [day], one
        Length of the run.
    begin : [day], one
        First day.
    values : Value
        Numbers whose sources are listed.
    piecewise : truth
        Whether branches are written as piecewise.

    Returns
    -------
    text
        A paragraph per line.

    Examples
    --------
    >>> print(story(["Model 'x'."], 10.0, -7.0, [], False))
    Model 'x'.
    Run from time 0 (day -7) to time 10 (day 3).
    Research and teaching only; not medical advice.
    """
    keys = sorted({value.source for value in values if value is not None and value.source})
    known = bibliography()
    hint = "COPASI stops at a dose that changes two piecewise conditions at once; for it, export without piecewise."
    return "\n".join([
        *lines,
        f"Run from time 0 (day {begin:g}) to time {span:g} (day {begin + span:g}).",
        *([hint] if piecewise else []),
        "Research and teaching only; not medical advice.",
        *(f"{key}: {known[key]}" for key in keys if key in known),
    ])  # fmt: skip
