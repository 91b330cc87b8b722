"""The response criteria by name: each reads `Films`, and says its verdicts in its own words and in plain ones."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from functools import partial

from . import choi, course, irecist, rano, recist
from .errors import ParameterError, nearest
from .films import Call, Films, Reading

__all__ = ["CRITERIA", "Criterion", "Films", "Reading", "criterion"]


@dataclass(frozen=True, kw_only=True)
class Criterion:
    """One criterion: how it reads scans, and what its words mean."""

    name: str
    read: Callable  # films -> Reading and target lesions
    words: type[IntEnum]  # of a visit or a course
    plain: dict  # each word as a `simsolid.films.Call`
    best_response: Callable  # call, day, confirm=False -> word of the course
    progression: Callable  # call -> visit at which progression is dated, -1 for none
    suspected: Callable = course.unsuspected  # call -> visit of a progression left open, which dates it if death follows
    needs: tuple = ()  # fields of Films it cannot do without, beside day, diameter and organ
    unit: str = "mm"  # of the sum


_PLAIN = {
    "words": Call, "plain": {word: word for word in Call}, "best_response": course.best_response,
    "progression": course.progression,
}  # fmt: skip
_IMMUNE = {
    "words": irecist.Call, "plain": irecist.PLAIN, "best_response": irecist.best_response,
    "progression": irecist.progression, "suspected": irecist.suspected,
}  # fmt: skip

_IRANO = {
    "words": rano.ImmuneCall, "plain": rano.PLAIN, "best_response": rano.best_response, "progression": rano.progression,
}  # fmt: skip

CRITERIA = {
    "recist": Criterion(name="recist", read=recist.read, **_PLAIN),
    "irecist": Criterion(name="irecist", read=irecist.read, **_IMMUNE),
    "choi": Criterion(name="choi", read=choi.read, needs=("attenuation",), **_PLAIN),
    "modified_choi": Criterion(
        name="modified_choi", read=partial(choi.read, modified=True), needs=("attenuation",), **_PLAIN
    ),
    "rano": Criterion(name="rano", read=rano.read, unit="mm^2", **_PLAIN),
    "irano": Criterion(name="irano", read=rano.read_immune, unit="mm^2", **_IRANO),
}


def criterion(name):
    """Look up a response criterion.

    Parameters
    ----------
    name : text
        A name in `CRITERIA`.

    Returns
    -------
    Criterion

    Raises
    ------
    ParameterError
        There is no such criterion.

    Examples
    --------
    >>> criterion("irecist").words.iUPD.name
    'iUPD'
    """
    if name not in CRITERIA:
        raise ParameterError(f"criteria: {name!r} is not one of {', '.join(CRITERIA)}{nearest(name, CRITERIA)}")
    return CRITERIA[name]
