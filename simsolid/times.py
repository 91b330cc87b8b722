"""Times of patients, and the events that end them or that follow-up cut off.

Left out are failed patients, rows without a time (a duration of response without a response), and patients whose event
came before day 0: times are counted from the infusion, and they were never at risk from it. An intention-to-treat
table counts from enrolment and keeps them.
"""

import numpy as np

from .arms import finished
from .errors import ParameterError, nearest

# Time columns, and the column that says whether the time ended in the event; otherwise follow-up ended first.
EVENTS = {"os_day": "died", "pfs_day": "pfs_event", "response_duration": "response_ended"}


def times_of(table, time):
    """Take the times [day] of the patients that have one, and whether each ended in the event.

    Parameters
    ----------
    table : DataFrame, one row per arm and patient
        From `simsolid.assess.assess`.
    time : text
        ``"os_day"``, ``"pfs_day"`` or ``"response_duration"``.

    Returns
    -------
    DataFrame
        The rows that are used, with ``day`` [day] and ``event``.

    Raises
    ------
    ParameterError
        There is no such time, the table lacks it, or follow-up ended before day 0 or has no event column.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"patient": [0, 1], "os_day": [90.0, float("nan")], "died": [True, False]})
    >>> times_of(table, "os_day")[["day", "event"]].values.tolist()
    [[90.0, True]]
    """
    if time not in EVENTS:
        raise ParameterError(f"time: {time!r} unknown{nearest(time, EVENTS)}; there are {', '.join(EVENTS)}")
    missing = [name for name in (time, EVENTS[time]) if name not in table]
    if missing:
        raise ParameterError(f"{time}: the table has no {' and no '.join(missing)}; give what sim.assess() returns")
    rows = finished(table)
    day = rows[time].to_numpy(dtype=float, na_value=np.nan)
    event = rows[EVENTS[time]].fillna(False).to_numpy(dtype=bool)
    counted = ~np.isnan(day) & ~((day < 0) & event)
    rows, day = rows[counted], day[counted]
    bad = (day < 0) | np.isinf(day) | rows[EVENTS[time]].isna().to_numpy()
    if bad.any():
        first = rows[bad].iloc[0]
        raise ParameterError(f"{time}: {int(bad.sum())} rows cannot be counted, first patient {first['patient']} "
                             f"with day {first[time]} and {EVENTS[time]} {first[EVENTS[time]]}; follow-up ends on day 0 "
                             "or later, an event is true or false")
    return rows.assign(day=day, event=rows[EVENTS[time]].to_numpy(dtype=bool))
