"""Finished simulations on disk, one file each, found again by everything that they depend on: a killed run goes on."""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from simsolid.calibrate.problem import Statistic
from simsolid.errors import ParameterError

# What cannot change a simulated statistic: figures, texts and the shell, and the fitting that stands behind the simulation.
_NO_BEARING = ("calibrate", "plot", "lesson", "commands", "__main__.py", "cite.py", "describe.py", "export.py", "export_model.py",
               "latex.py", "lint.py", "report.py", "results.py", "sbml.py", "sbml_math.py", "sbml_notes.py",
               "sbml_units.py")  # fmt: skip


@cache
def code_digest() -> str:
    """Digest the code that a simulated statistic depends on: a result of other code is never taken for one of this.

    Returns
    -------
    text

    Examples
    --------
    >>> len(code_digest())
    64
    """
    home = Path(__file__).resolve().parent.parent
    files = [path for path in sorted(home.rglob("*.py")) if path.relative_to(home).parts[0] not in _NO_BEARING]
    both = (part for path in files for part in (path.relative_to(home).as_posix().encode(), path.read_bytes()))
    return hashlib.sha256(b"\0".join(both)).hexdigest()


def key_of(identity: str, values: Mapping[str, float], seed: int) -> str:
    """Name one simulation by all that it depends on.

    Parameters
    ----------
    identity : text
        Digest of files, number of patients and versions.
    values : mapping of numbers
        Parameter values by name, to the last bit.
    seed : [1], one
        Seed of the cohort.

    Returns
    -------
    text

    Examples
    --------
    >>> key_of("a", {"x": 1.0, "y": 2.0}, 3) == key_of("a", {"y": 2.0, "x": 1.0}, 3)
    True
    >>> key_of("a", {"x": 1.0}, 3) == key_of("a", {"x": 1.0 + 1e-15}, 3)
    False
    """
    exact = sorted((name, float(value).hex()) for name, value in values.items())
    return hashlib.sha256(json.dumps([identity, exact, int(seed)]).encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Store:
    """A folder of finished simulations; without a folder they are kept nowhere."""

    folder: Path | None = None

    def __post_init__(self) -> None:
        if self.folder is not None:
            Path(self.folder).mkdir(parents=True, exist_ok=True)

    def get(self, key: str) -> dict[str, Statistic] | None:
        """Look for a finished simulation; half-written or foreign files are refused by name."""
        path = self._path(key)
        if path is None or not path.is_file():
            return None
        try:
            told = json.loads(path.read_text(encoding="utf-8"))["statistics"]
            return {name: Statistic(**_numbers(facts)) for name, facts in told.items()}
        except (ValueError, TypeError, KeyError) as fault:
            raise ParameterError(f"{path}: not a finished simulation of ours ({fault}); remove it") from None

    def put(self, key: str, values: Mapping[str, float], seed: int, statistics: Mapping[str, Statistic]) -> None:
        """Keep a finished simulation: written aside and renamed, so that a reader never meets half a file."""
        path = self._path(key)
        if path is None:
            return
        told = {"values": dict(values), "seed": int(seed), "statistics": {n: asdict(s) for n, s in statistics.items()}}
        partial = path.with_name(f".{path.stem}.{os.getpid()}.partial")
        partial.write_text(json.dumps(told) + "\n", encoding="utf-8")
        os.replace(partial, path)

    def _path(self, key: str) -> Path | None:
        return None if self.folder is None else Path(self.folder) / f"{key}.json"


def _numbers(facts: Mapping) -> dict[str, float]:
    return {"estimate": float(facts["estimate"]), "n": int(facts["n"]), "standard_error": float(facts["standard_error"])}
