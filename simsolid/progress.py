"""How far a long run has come: one bar, late to appear, and only where someone can see it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def progress_bar(cases: int | None, progress: bool | Callable[[int], object], unit: str = "patient", desc: str = "simulate"
                 ) -> Iterator[Callable[[int], object]]:  # fmt: skip
    """Count finished cases on a bar that appears after two seconds, and only on a terminal.

    Parameters
    ----------
    cases : [1], one or None
        Cases in all; None when that is not known.
    progress : truth or function
        False for no bar; a function is called instead with each number of newly finished cases.
    unit, desc : texts
        What is counted, and what for.

    Yields
    ------
    function of the number of newly finished cases

    Examples
    --------
    >>> with progress_bar(2, True) as tick:
    ...     tick(1)
    """
    if callable(progress):
        yield progress
        return
    from tqdm import tqdm

    # disable=None: no bar when standard error is not a terminal
    with tqdm(total=cases, unit=unit, desc=desc, delay=2.0, disable=None if progress else True) as bar:
        yield lambda finished: bar.update(finished) and None


class Counter:
    """Turns the engine's running count of finished cases into steps."""

    def __init__(self, tick: Callable[[int], object]):
        self.tick, self.told = tick, 0

    def __call__(self, finished: int) -> None:
        """Tell how many cases are finished by now."""
        self.tick(finished - self.told)
        self.told = finished
