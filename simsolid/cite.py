"""Say what a set of values, or a run, relies on: the bibliography, and how much of it is assumed."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from .errors import ParameterError
from .files import find_params_dir, shown_path
from .params import Parameters, Value
from .tables import number_text, summary, table

__all__ = ["Citation", "Entry", "bibliography", "cite", "provenance", "table"]

# How the place of a value begins that one of our calibrations found.
CALIBRATED = "calibration "
_BASES = ("measured", "fitted", "derived", "assumed")
_HOME = {"article": "journal", "inproceedings": "booktitle", "incollection": "booktitle", "book": "publisher"}


@dataclass(frozen=True)
class Entry:
    """One source of the bibliography: its key, kind, fields in plain text, and BibTeX as written."""

    key: str
    kind: str
    fields: Mapping[str, str]
    bibtex: str

    def __str__(self) -> str:
        get = self.fields.get
        home = get(_HOME.get(self.kind, ""), "") or get("howpublished", "") or get("institution", "")
        place = " ".join(part for part in (home, get("year", "")) if part)
        link = f"doi {get('doi')}" if get("doi") else get("url", "")
        parts = [_authors(get("author", "")), get("title", ""), place, link]
        return ", ".join(" ".join(part.split()) for part in parts if part)


@dataclass(frozen=True)
class Citation:
    """What a set of values relies on; printing it gives the readable list."""

    records: tuple[Mapping[str, Any], ...]
    entries: Mapping[str, Entry]

    def text(self) -> str:
        """Write the sources with what each was used for, then the count of values by basis.

        Returns
        -------
        text

        Examples
        --------
        >>> print(Citation(({"name": "kill_rate", "basis": "assumed", "value": 2, "unit": "1/day"},), {}).text())
        1 value: 0 measured, 0 fitted, 0 derived, 1 assumed (100 %)
        Assumed: kill_rate (2 1/day)
        """
        lines = [
            f"{key}: {self._source(key)} - used for: {', '.join(uses)}" for key, uses in self._uses().items()
        ]
        lines.append(self._counts())
        lines += [f"Fitted by {file}: {', '.join(names)}" for file, names in self._calibrated().items()]
        assumed = [r for r in self.records if r["basis"] == "assumed"]
        words = [f"{r['name']} ({number_text(r['value'], r['unit'])})" for r in assumed]
        if assumed:
            lines.append(f"Assumed: {', '.join(words)}")
        return "\n".join(lines)

    def bibtex(self) -> str:
        """Write the BibTeX of the sources used, in the order of first use.

        Returns
        -------
        text

        Examples
        --------
        >>> Citation((), {}).bibtex()
        ''
        """
        return "\n\n".join(self.entries[key].bibtex for key in self._uses() if key in self.entries)

    def __str__(self) -> str:
        return self.text()

    __repr__ = __str__

    def _uses(self) -> dict[str, list[str]]:
        uses: dict[str, list[str]] = {}
        for record in self.records:
            if record.get("source"):
                where = f" ({record['where']})" if record.get("where") else ""
                for key in record["source"].split(", "):
                    uses.setdefault(key, []).append(record["name"] + where)
        return uses

    def _calibrated(self) -> dict[str, list[str]]:
        """Values that a calibration put in the place of those of the parameter files, by its name and file."""
        found: dict[str, list[str]] = {}
        for record in self.records:
            if record["basis"] == "fitted" and record.get("where", "").startswith(CALIBRATED):
                found.setdefault(f"{record['where']} ({record['file']})", []).append(record["name"])
        return found

    def _source(self, key: str) -> str:
        return str(self.entries[key]) if key in self.entries else "not in the bibliography at hand"

    def _counts(self) -> str:
        count = Counter(record["basis"] for record in self.records)
        total = len(self.records)
        share = {"assumed": f" ({count['assumed'] / total:.0%})".replace("%", " %")} if total else {}
        bases = (*_BASES, *(basis for basis in count if basis not in _BASES))
        parts = ", ".join(f"{count[basis]} {basis}{share.get(basis, '')}" for basis in bases)
        return f"{total} value{'s' * (total != 1)}: {parts}"


def bibliography(path: Path | None = None) -> Mapping[str, Entry]:
    """Read the bibliography.

    Parameters
    ----------
    path : path or None
        A BibTeX file; by default ``references.bib`` of the parameter files.

    Returns
    -------
    mapping of Entry
        By key.

    Raises
    ------
    ParameterError
        When the file is missing, an entry cannot be read, or a key is given twice.

    Examples
    --------
    >>> bibliography(Path("no_such.bib"))
    Traceback (most recent call last):
    simsolid.errors.ParameterError: no_such.bib: no such file; it holds the sources that parameter files name
    """
    path = Path(path) if path else find_params_dir() / "references.bib"
    if not path.is_file():
        raise ParameterError(
            f"{shown_path(path)}: no such file; it holds the sources that parameter files name"
        )
    return _read_bibliography(path.read_text(encoding="utf-8"), shown_path(path))


@cache
def _read_bibliography(text: str, shown: str) -> Mapping[str, Entry]:
    import bibtexparser
    from bibtexparser.middlewares import LatexDecodingMiddleware

    library = bibtexparser.entrypoint.parse_string(text, append_middleware=[LatexDecodingMiddleware()])
    if library.failed_blocks:
        what = [
            f"line {(block.start_line or 0) + 1}: {_first_line(block.error)}"
            for block in library.failed_blocks
        ]
        raise ParameterError(f"{shown}: {len(what)} problem{'s' * (len(what) > 1)}\n  " + "\n  ".join(what))
    entries = {}
    for item in library.entries:
        fields = MappingProxyType({field.key.lower(): str(field.value) for field in item.fields})
        entries[item.key] = Entry(item.key, item.entry_type.lower(), fields, (item.raw or "").strip())
    return MappingProxyType(entries)


def _first_line(error: Any) -> str:
    reason = getattr(error, "abort_reason", "") or str(error)
    return reason.strip().split("\n")[0]


def _authors(text: str) -> str:
    people = [" ".join(person.split()) for person in text.split(" and ") if person.strip()]
    plain = [person.replace(",", "") for person in people]
    return ", ".join(plain) if len(plain) <= 3 else f"{plain[0]} et al."


def provenance(parameters: Parameters) -> str:
    """Write where each value comes from as JSON, to travel with a run.

    Parameters
    ----------
    parameters : Parameters
        The set a run used.

    Returns
    -------
    text
        A JSON list with name, value, unit, basis, source, where and file of each value; an array is given by its
        least and largest value and its number of cases.

    Examples
    --------
    >>> from simsolid.params import Declaration
    >>> declared = {"kill_rate": Declaration("kill_rate", "1/day", "killing")}
    >>> provenance(Parameters({"kill_rate": Value(2.0, "1/day", basis="assumed")}, declared))[:36]
    '[{"name": "kill_rate", "value": 2.0,'
    """
    return json.dumps(
        [_record(name, parameters.value(name)) for name in parameters.names], ensure_ascii=False
    )


def _record(name: str, value: Value) -> dict[str, Any]:
    words = {key: getattr(value, key) for key in ("unit", "basis", "source", "where", "file")}
    return {"name": name, "value": summary(value.value), **words}


def cite(source: Any, path: Path | None = None) -> Citation:
    """Say which sources a set of values or a run relies on, and how much of it is assumed.

    Parameters
    ----------
    source : Parameters, or a labelled run or table
        A run carries its sources in ``attrs["provenance"]``.
    path : path or None
        The bibliography; by default ``references.bib`` of the parameter files.

    Returns
    -------
    Citation
        Print it, or call ``.bibtex()``.

    Raises
    ------
    ParameterError
        When there is nothing to cite.

    Examples
    --------
    >>> cite(5)
    Traceback (most recent call last):
    simsolid.errors.ParameterError: cite: int carries no sources; give parameters, or a run with attrs['provenance']
    """
    text = (
        provenance(source)
        if isinstance(source, Parameters)
        else getattr(source, "attrs", {}).get("provenance")
    )
    if text is None:
        what = type(source).__name__
        raise ParameterError(
            f"cite: {what} carries no sources; give parameters, or a run with attrs['provenance']"
        )
    records = _records(text)
    named = {key for record in records if record["source"] for key in record["source"].split(", ")}
    known = bibliography(path) if named else {}
    return Citation(records, MappingProxyType({key: entry for key, entry in known.items() if key in named}))


def _records(text: str) -> tuple[Mapping[str, Any], ...]:
    wanted = ("name", "value", "unit", "basis", "source", "where", "file")
    try:
        records = tuple(json.loads(text))
        return tuple(MappingProxyType({key: record[key] for key in wanted}) for record in records)
    except (TypeError, ValueError, KeyError) as error:
        raise ParameterError(
            f"cite: attrs['provenance'] cannot be read ({error}); run the simulation again"
        ) from None
