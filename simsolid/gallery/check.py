"""One number or statement of a publication, ours beside it, and how near they must be."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

# Whose the number is.
PRINTED, FOLLOWS, AGAIN = "printed by the authors", "follows from what is printed", "second integration of the equations"
INFERRED = "printed by the authors, under an inference of ours"


@dataclass(frozen=True, eq=False, kw_only=True)
class Check:
    """A published result that a model is held against.

    Parameters
    ----------
    what : text
        The quantity, in words.
    theirs : number, several or text
        What is printed.
    ours : function
        Gives our value or values.
    unit : text
        Unit of both.
    rel, absolute : [1] and [unit], one, or None
        How far ours may be from theirs, as a share of it or in its unit; equal when neither is given.
    whose : text
        Whose the number is: printed by the authors, worked out from what they printed, or found by somebody else who integrated
        the same equations.
    where : text
        Place in the publication.
    reproduced : truth
        False for a result that is known not to come out; ``note`` then says what is known of it.
    note : text
        Anything else.
    """

    what: str
    theirs: Any
    ours: Callable[[], Any]
    unit: str = "1"
    rel: float | None = None
    absolute: float | None = None
    whose: str = PRINTED
    where: str = ""
    reproduced: bool = True
    note: str = ""

    def passes(self, value: Any) -> bool:
        """Whether a value of ours is within the tolerance of theirs.

        Parameters
        ----------
        value : [unit], as many as there are of theirs
            Ours.

        Returns
        -------
        truth
        """
        theirs, found = np.asarray(self.theirs), np.asarray(value)
        if theirs.shape != found.shape:
            return False
        if self.rel is None and self.absolute is None:
            return bool((theirs == found).all())
        room = max(self.absolute or 0.0, 0.0) + (self.rel or 0.0) * np.abs(theirs.astype(float))
        return bool((np.abs(found.astype(float) - theirs) <= room).all())

    @property
    def tolerance(self) -> str:
        """How near ours must be, in words."""
        share = f"{100 * self.rel:.2g} %" if self.rel is not None else ""
        amount = f"± {self.absolute:g} {self.unit}".removesuffix(" 1") if self.absolute is not None else ""
        return " ".join(part for part in (share, amount) if part) or "equal"


def written(value: Any) -> str:
    """A value as a reader sees it in a table: at most four digits, several joined by commas.

    Parameters
    ----------
    value : any unit, one or several, or text
        The value.

    Returns
    -------
    text

    Examples
    --------
    >>> written((3537.2, 0.0278)), written((True, False)), written(2.795e9)
    ('3537, 0.0278', 'yes, no', '2.795e9')
    """
    if isinstance(value, str):
        return value
    if np.ndim(value):
        return ", ".join(written(each) for each in np.asarray(value).tolist())
    if isinstance(value, (bool, np.bool_)):
        return "yes" if value else "no"
    small = f"{float(value):.4g}"
    return small.replace("e+0", "e").replace("e+", "e").replace("e-0", "e-")
