"""The arms of a table with one row per arm and patient: every column left of ``patient`` is an arm axis."""

from itertools import takewhile

from .errors import ParameterError, nearest


def columns_of(table, where):
    """Name the columns of a table; what is no table is refused.

    Parameters
    ----------
    table : DataFrame
    where : text
        Function, for the message.

    Returns
    -------
    list of text

    Raises
    ------
    ParameterError
        It is no table.

    Examples
    --------
    >>> columns_of(3, "plot.waterfall")
    Traceback (most recent call last):
    simsolid.errors.ParameterError: plot.waterfall: int is no table; give what sim.assess(sim.observe(run)) returns
    """
    if not hasattr(table, "columns"):
        raise ParameterError(f"{where}: {type(table).__name__} is no table; give what sim.assess(sim.observe(run)) returns")
    return list(table.columns)


def arm_axes(table):
    """Name the columns left of ``patient``.

    Parameters
    ----------
    table : DataFrame, one row per arm and patient

    Returns
    -------
    list of text

    Raises
    ------
    ParameterError
        It is no table.

    Examples
    --------
    >>> import pandas as pd
    >>> arm_axes(pd.DataFrame({"route": ["IV"], "patient": [0], "status": [0]}))
    ['route']
    """
    return list(takewhile(lambda name: name != "patient", columns_of(table, "arms")))


def known(names, right, where):
    """Refuse names that are none of the right ones, all in one message.

    Parameters
    ----------
    names : texts
        What was asked for.
    right : texts
        What there is.
    where : text
        Function and argument, for the message.

    Raises
    ------
    ParameterError
        A name is none of the right ones.

    Examples
    --------
    >>> known(["rout"], ["route"], "summarise: by")
    Traceback (most recent call last):
    simsolid.errors.ParameterError: summarise: by: 'rout' is none of route; did you mean 'route'?
    """
    right = list(right)
    wrong = [name for name in names if name not in right]
    if wrong and not right:
        raise ParameterError(f"{where}: no {', '.join(map(repr, wrong))} here, nor anything else to choose from")
    if wrong:
        # what there is stands once, at the end, for a table has seventy columns
        asked = [f"{name!r} is none of them{nearest(name, right)}" for name in wrong[:-1]]
        last = f"{wrong[-1]!r} is none of {', '.join(map(str, right))}{nearest(wrong[-1], right)}"
        raise ParameterError("\n".join(f"{where}: {line}" for line in [*asked, last]))


def chosen_axes(table, by, where):
    """Name the columns that make the arms.

    Parameters
    ----------
    table : DataFrame, one row per arm and patient
    by : text, texts or None
        Columns that make the arms; None for all arm axes.
    where : text
        Function and argument, for the message.

    Returns
    -------
    list of text

    Raises
    ------
    ParameterError
        The table has no such column.

    Examples
    --------
    >>> import pandas as pd
    >>> chosen_axes(pd.DataFrame({"route": ["IV"], "patient": [0], "lesions": [2]}), "lesions", "by")
    ['lesions']
    """
    axes = arm_axes(table) if by is None else [by] if isinstance(by, str) else list(by)
    known(axes, list(table.columns), where)
    return axes


def arms_of(table, axes):
    """Split a table into its arms, in the order in which they first appear.

    Parameters
    ----------
    table : DataFrame, one row per arm and patient
    axes : texts
        Columns that make the arms; none for one arm with everybody.

    Returns
    -------
    list of (mapping, DataFrame)
        The arm's label by column, and its rows.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"route": ["IV", "IP", "IV"], "patient": [0, 0, 1]})
    >>> [(label, len(rows)) for label, rows in arms_of(table, ["route"])]
    [({'route': 'IV'}, 2), ({'route': 'IP'}, 1)]
    """
    if not axes:
        return [({}, table)]
    groups = table.groupby(list(axes), sort=False, dropna=False)
    return [(dict(zip(axes, label, strict=True)), rows) for label, rows in groups]


def finished(table):
    """Keep the rows of patients whose simulation finished; all rows where the table does not say.

    Parameters
    ----------
    table : DataFrame, one row per arm and patient

    Returns
    -------
    DataFrame

    Examples
    --------
    >>> import pandas as pd
    >>> len(finished(pd.DataFrame({"patient": [0, 1], "status": [0, 2]})))
    1
    """
    return table[table["status"] == 0] if "status" in table else table
