"""Turn a parameter file into a checked :class:`~simsolid.params.Layer`; all faults of a file come in one message."""

import hashlib
import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from .declare import FILE_AXES, Declaration
from .errors import ParameterError, nearest
from .evidence import lost
from .files import KINDS, available, content_of, find_params_dir, layer_path, parse, shown_path
from .lint import slip_inside, spread_beyond_limits, unit_of_time_faults
from .params import Layer, Spread, Value, refuse
from .units import convert
from .values import amount

__all__ = ["KINDS", "available", "find_params_dir", "layer_path", "read_layer"]

_HEAD = ("title", "about", "checked")
# Files whose values may be named "file.parameter": they are for settings that use that file.
FITTED = "fitted"
_WHY: Mapping[Any, str] = MappingProxyType(
    {"assumed": "say why this number", "derived": "show the arithmetic"}
)


def read_layer(
    path: Path | str,
    declared: Mapping[str, Declaration],
    keys: Collection[str],
    kind: str | None = None,
    usual: Mapping[str, tuple[float, float, str]] | None = None,
) -> Layer:
    """Read and check one parameter file, with units converted at the door.

    Parameters
    ----------
    path : path
        A TOML file in a folder named after its kind.
    declared : mapping of Declaration
        Parameters the file may define.
    keys : texts
        Keys of the bibliography.
    kind : text or None
        Kind of the file; that of its folder when not given.
    usual : mapping
        What numbers per time usually are, from :func:`simsolid.lint.usual_values`.

    Returns
    -------
    Layer

    Raises
    ------
    ParameterError
        With every fault of the file.

    Examples
    --------
    >>> read_layer("params/routes/no_such_route.toml", {}, ())
    Traceback (most recent call last):
    simsolid.errors.ParameterError: params/routes/no_such_route.toml: no such file...
    """
    path = Path(path)
    shown = shown_path(path)
    content = content_of(path, shown)
    text, tables = parse(content, shown)
    kind = kind or path.parent.name
    if kind not in (*KINDS, FITTED):
        raise ParameterError(f"{shown}: lies in folder {kind!r}; put it in one of {', '.join(KINDS)}")
    reader = Reader(kind, shown, text, declared, frozenset(keys), usual or {})
    head, values = reader.read(tables)
    choices = {name: item for name, item in head.items() if name not in _HEAD}
    digest = hashlib.sha256(content).hexdigest()
    checked = str(head.get("checked", ""))
    return Layer(kind, path.stem, head["title"], head["about"], checked, choices, values, shown, digest)


@dataclass(frozen=True)
class Reader:
    """Checks one parsed file against its kind, the declarations and the bibliography."""

    kind: str
    shown: str
    text: str
    declared: Mapping[str, Declaration]
    keys: frozenset[str]
    usual: Mapping[str, tuple[float, float, str]] = field(default_factory=dict)

    def read(self, tables: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Value]]:
        """Return the head and the values of a parsed file, or raise with every fault."""
        from .forms import HEADS, complaints

        head_names = HEADS[self.kind].model_fields
        head = {name: item for name, item in tables.items() if name in head_names}
        faults = [self._at(name, what) for name, what in complaints(HEADS[self.kind], head)]
        faults = faults or [self._at(name, what) for name, what in (*_head_faults(head), *self._links(head))]
        values = {}
        for name, table in tables.items():
            if name in head_names:
                continue
            wrong = self._misplaced(name, table, head_names) or self._wrong(name, table)
            faults += [self._at(name, what) for what in wrong]
            if not wrong:
                values[name] = self._value(table, self.declared[self._plain(name)])
        variants, wrong = self._variants(head.get("variants", {}), tables) if not faults else ({}, [])
        faults += [self._at(name, what) for name, what in wrong]
        head = {**head, "variants": variants} if variants else head
        refuse([sentence for _, sentence in sorted(faults, key=lambda fault: fault[0])], self.shown)
        return head, values

    def _links(self, head: Mapping[str, Any]) -> list[tuple[str, str]]:
        """Faults of correlations: names that are not declared, and what every number needs, a source or a note."""
        faults = []
        for link in head.get("correlations", ()):
            strangers = [name for name in link["between"] if name not in self.declared]
            what = [
                f"the model has no parameter {name!r}{nearest(name, self.declared)}" for name in strangers
            ]
            faults += [("correlations", sentence) for sentence in (*what, *self._source_faults(link))]
        return faults

    def _variants(self, given: Mapping[str, Any], tables: Mapping[str, Any]) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        """The values of each variant, in the units of the tables they stand in for, and what is wrong with them."""
        found: dict[str, Any] = {}
        faults = []
        for label, variant in given.items():
            words = {key: variant.get(key, "") for key in ("source", "where", "basis", "note")}
            wrong = self._source_faults(variant)
            known = [name for name in variant["values"] if name in tables and name in self.declared]
            wrong += [f"the file has no table {name!r}{nearest(name, self.declared)}"
                      for name in variant["values"] if name not in known]
            found[label] = {
                name: self._value({**words, "value": variant["values"][name], "unit": tables[name]["unit"]}, self.declared[name])
                for name in known
            }  # fmt: skip
            wrong += [f"{name} {what}" for name, value in found[label].items()
                      for what in _number_faults(value, self.declared[name])]
            faults += [("variants", f"{label}: {what}") for what in wrong]
        return found, faults

    def _at(self, name: str, what: str) -> tuple[int, str]:
        """A fault with the line of its table's first line, for sorting and showing."""
        plain = re.escape(name.partition(".")[0])
        found = re.search(rf'^[ \t]*(?:\[+[ \t]*)?["\']?{plain}["\']?[ \t]*[\].=]', self.text, re.MULTILINE)
        line = self.text.count("\n", 0, found.start()) + 1 if found else 0
        return line, f"{name} (line {line}): {what}" if found else f"{name}: {what}"

    def _plain(self, name: str) -> str:
        return name.rpartition(".")[2] if self.kind == FITTED else name

    def _misplaced(self, name: str, table: Any, head_names: Collection[str]) -> list[str]:
        if self.kind == FITTED and self._plain(name) in self.declared and isinstance(table, dict):
            return []
        if name not in self.declared:
            if isinstance(table, dict):
                return [f"the model has no such parameter{nearest(name, [*self.declared, *head_names])}"]
            return [f"no such key in a file of {self.kind}{nearest(name, head_names)}"]
        if not isinstance(table, dict):
            return ["is not a table; write value, unit, source and basis below it"]
        axis = self.declared[name].axis
        home = FILE_AXES.get(axis or "")
        if home and home != self.kind:
            return [f"each {axis} has its own; move it to the files in {home}"]
        if self.kind in FILE_AXES.values() and not home:
            return [f"one value for the whole model; move it out of {self.kind}"]
        return []

    def _wrong(self, name: str, table: Mapping[str, Any]) -> list[str]:
        from .forms import Parameter, complaints

        found = complaints(Parameter, table)
        faults = [f"{key} {what}" for key, what in found]
        faults += self._source_faults(table)
        facts = self.declared[self._plain(name)]
        broken = {key.partition(".")[0] for key, _ in found}
        if isinstance(table.get("unit"), str) and table["unit"]:
            try:
                convert(1.0, table["unit"], facts.unit)
            except ParameterError as error:
                return [*faults, str(error)]
        if not broken & {"value", "unit", "low", "high", "spread", "by_site"}:
            value = self._value(table, facts)
            wrong = _number_faults(value, facts)
            faults += wrong or unit_of_time_faults(table, value, facts, self.usual)
        return faults

    def _source_faults(self, table: Mapping[str, Any]) -> list[str]:
        source, basis = table.get("source", ""), table.get("basis")
        faults = []
        if source == "" and basis != "assumed":
            faults.append("no source; name a key of params/references.bib")
        for key in source.split(", ") if isinstance(source, str) and source else ():
            if key not in self.keys:
                faults.append(f"source {key!r} is no key of params/references.bib{nearest(key, self.keys)}")
        faults += lost(str(table.get("where", "")))
        if isinstance(basis, str) and basis in _WHY and not str(table.get("note", "")).strip():
            faults.append(f"basis {basis!r} without a note; {_WHY[basis]}")
        return faults

    def _value(self, table: Mapping[str, Any], facts: Declaration) -> Value:
        def turned(given: float | None) -> float | None:
            return None if given is None else convert(given, table["unit"], facts.unit)

        words = {key: str(table.get(key, "")) for key in ("source", "where", "basis", "note")}
        spread = _spread(table["spread"], turned) if table.get("spread") else None
        sites = tuple((site, turned(given)) for site, given in (table.get("by_site") or {}).items())
        return Value(
            turned(table["value"]), facts.unit, turned(table.get("low")), turned(table.get("high")), spread,
            file=self.shown, by_site=sites, **words,
        )  # fmt: skip


def _spread(table: Mapping[str, Any], turned: Any) -> Spread:
    facts: dict[str, Any] = {
        key: tuple(item) if isinstance(item, list) else item for key, item in table.items()
    }
    if facts["shape"] == "normal":
        facts |= {key: turned(facts[key]) for key in ("sd", "sd_lesion") if key in facts}
    if facts["shape"] == "empirical":
        facts["values"] = tuple(turned(item) for item in facts["values"])
    return Spread(**facts)


def _head_faults(head: Mapping[str, Any]) -> list[tuple[str, str]]:
    faults = []
    if "checked" in head and not re.fullmatch(r"(\d{4}-\d\d-\d\d)?", str(head["checked"])):
        faults.append(("checked", f"{head['checked']!r} is no date; write it as 2026-01-31, or nothing"))
    total = sum(head.get("lesion_counts", {"1": 1.0}).values())
    if not math.isclose(total, 1.0, abs_tol=1e-6):
        faults.append(("lesion_counts", f"the probabilities add up to {total:g}; must be 1"))
    if "sites" in head and not sum(head["sites"].values()) > 0:
        faults.append(("sites", "all weights are 0; at least one must be above"))
    return faults


def _number_faults(value: Value, facts: Declaration) -> list[str]:
    number, faults = value.value, []
    low = -math.inf if value.low is None else value.low
    high = math.inf if value.high is None else value.high
    if not facts.low <= number <= facts.high:
        faults.append(f"value {amount(number, facts.unit)}; must be {facts.limits}")
    if value.by_site and facts.axis != "lesion":
        faults.append("by_site is for lesion-wise parameters; drop it")
    for site, given in value.by_site:
        if not facts.low <= given <= facts.high:
            faults.append(f"by_site {site} {amount(given, facts.unit)}; must be {facts.limits}")
    if low > high:
        faults.append(f"low {low:g} is above high {amount(high, facts.unit)}")
    elif not low <= number <= high:
        faults.append(f"value {number:g} is outside its own range, {low:g} to {amount(high, facts.unit)}"
                      f"{slip_inside(number, low, high, facts)}")
    beyond = [
        bound
        for bound in (value.low, value.high)
        if bound is not None and not facts.low <= bound <= facts.high
    ]
    faults += [f"range reaches {amount(bound, facts.unit)}; must be {facts.limits}" for bound in beyond]
    return faults + _spread_faults(value, facts)


def _spread_faults(value: Value, facts: Declaration) -> list[str]:
    spread, number = value.spread, value.value
    if spread is None:
        return []
    faults = []
    if spread.shape in ("log-normal", "exponential") and number <= 0:
        faults.append(f"spread {spread.shape} needs a value above 0, not {number:g}")
    if spread.shape == "logit-normal" and not 0 < number < 1:
        faults.append(f"spread logit-normal needs a value between 0 and 1, not {number:g}")
    if spread.shape in ("logit-normal", "beta") and facts.unit != "1":
        faults.append(f"spread {spread.shape} needs unit 1, not {facts.unit}")
    if spread.sd_lesion and facts.axis != "lesion":
        faults.append("spread has sd_lesion, but all lesions of a patient share this value")
    if spread.weights and len(spread.weights) != len(spread.values):
        faults.append(
            f"spread needs one weight for each value; {len(spread.weights)} for {len(spread.values)}"
        )
    if spread.weights and not sum(spread.weights) > 0:
        faults.append("spread has no weight above 0")
    outside = [item for item in spread.values if not facts.low <= item <= facts.high]
    faults += [f"spread holds {amount(item, facts.unit)}; must be {facts.limits}" for item in outside]
    return faults or spread_beyond_limits(spread, value, facts)
