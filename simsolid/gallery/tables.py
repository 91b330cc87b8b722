"""Checks as tables: theirs, ours, tolerance and a mark."""

from simsolid.errors import ParameterError, nearest
from simsolid.gallery.catalogue import CHECKS
from simsolid.gallery.check import PRINTED, written

# A mark for whether it came out and whether it was known that it would not.
MARKS = {(True, True): "pass", (False, False): "known miss", (False, True): "FAIL", (True, False): "passes after all"}


def results(model: str | None = None):
    """Hold a model, or the whole gallery, against what is published.

    Parameters
    ----------
    model : text or None
        Name of a model of the gallery; all of them when left out.

    Returns
    -------
    DataFrame
        One row per check: what, theirs, ours, unit, tolerance, mark, whose the number is, and a note.

    Raises
    ------
    ParameterError
        The gallery has no such model.

    Examples
    --------
    >>> results("sahoo2020")["mark"].tolist()
    ['pass', 'pass', 'pass', 'pass', 'pass']
    """
    import pandas as pd

    if model is not None and model not in CHECKS:
        raise ParameterError(f"model: '{model}' unknown{nearest(str(model), CHECKS)}; there are {', '.join(CHECKS)}")
    rows = []
    for name in CHECKS if model is None else [model]:
        for check in CHECKS[name]:
            value = check.ours()
            mark = MARKS[check.passes(value), check.reproduced]
            rows.append(
                {
                    "model": name,
                    "what": check.what,
                    "theirs": written(check.theirs),
                    "ours": written(value),
                    "unit": check.unit,
                    "tolerance": check.tolerance,
                    "mark": mark,
                    "whose": check.whose,
                    "note": check.note,
                }
            )
    return pd.DataFrame(rows)


def counts(found):
    """Count the marks of each model, apart for what the authors printed and for the rest.

    Parameters
    ----------
    found : DataFrame
        From :func:`results`.

    Returns
    -------
    DataFrame
        One row per model: checks of printed results, how many pass, how many are known misses, and other checks that pass.

    Examples
    --------
    >>> counts(results("sahoo2020")).loc["sahoo2020"].to_dict()
    {'printed': 3, 'pass': 3, 'known miss': 0, 'other checks': 2, 'other pass': 2}
    """
    import pandas as pd

    printed, good = found["whose"] == PRINTED, found["mark"] == "pass"
    parts = {"printed": printed, "pass": printed & good, "known miss": found["mark"] == "known miss",
             "other checks": ~printed, "other pass": ~printed & good}  # fmt: skip
    return pd.DataFrame({name: part.groupby(found["model"]).sum() for name, part in parts.items()})
