"""Trials from their files: read as data, checked whole, all faults of a file in one message."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from simsolid.cite import bibliography
from simsolid.criteria import CRITERIA
from simsolid.errors import ParameterError, nearest
from simsolid.evidence import lost
from simsolid.files import available, content_of, layer_path, parse, shown_path
from simsolid.load import load
from simsolid.params import refuse
from simsolid.rule import Rule
from simsolid.scans import Scans
from simsolid.screening import Screening
from simsolid.units import convert

from .design import FIT, PREDICTED, UNTESTED, Later, Observed, Trial, TrialArm, design_of, plan_of
from .endpoints import ENDPOINTS

PARTS = {"arms": "[[arms]]", "endpoints": "[[endpoints]]"}
POPULATIONS = {"infused": ("",), "intention-to-treat": ("intention-to-treat", "infused only", "control")}


def trial(name: str) -> Trial:
    """Read one of the trials that are shipped, or a file of one's own.

    Parameters
    ----------
    name : text or file
        Name of a file of ``params/trials``, or a path that ends in ``.toml``.

    Returns
    -------
    Trial

    Raises
    ------
    ParameterError
        There is no such trial, or its file has faults; all in one message.

    Examples
    --------
    >>> import simsolid as sim
    >>> print(sim.trial("gastric_satri_phase1").endpoints[0].key)
    orr
    """
    path = Path(name) if Path(name).suffix == ".toml" else layer_path("trials", str(name))
    changed = path.stat().st_mtime_ns if path.is_file() else 0
    return _read(str(path), changed)


def trials(tumour: str | None = None, target: str | None = None, product: str | None = None) -> tuple[Trial, ...]:
    """Read all shipped trials, or those of one setting.

    Parameters
    ----------
    tumour, target, product : texts or None
        Only trials of this tumour, target and product; None for any.

    Returns
    -------
    Trials

    Examples
    --------
    >>> all(each.tumour == "gastric" for each in trials("gastric"))
    True
    """
    wanted = {"tumour": tumour, "target": target, "product": product}
    found = [trial(name) for name in available("trials")]
    return tuple(each for each in found if all(want in (None, getattr(each, key)) for key, want in wanted.items()))


@cache
def _read(path: str, changed: int) -> Trial:
    file = Path(path)
    shown = shown_path(file)
    _, tables = parse(content_of(file, shown), shown)
    faults = _forms(tables)
    refuse(faults, shown)
    faults = [*_known(tables), *_sources(tables), *(_said(tables) if not faults else [])]
    refuse(faults, shown)
    made = _made(file.stem, tables)
    refuse(_plans(made), shown)
    return made


def _forms(tables: Mapping[str, Any]) -> list[str]:
    """Faults of form: missing and unknown entries, wrong types."""
    from simsolid.forms import complaints

    from .form import ArmForm, EligibilityForm, EndpointForm, TrialHead

    head = {name: item for name, item in tables.items() if name not in (*PARTS, "eligibility")}
    found = [f"{where}: {what}" for where, what in complaints(TrialHead, head)]
    if isinstance(tables.get("eligibility", {}), dict):
        found += [f"eligibility.{where}: {what}" for where, what in complaints(EligibilityForm, tables.get("eligibility", {}))]
    for part, form in (("arms", ArmForm), ("endpoints", EndpointForm)):
        listed = tables.get(part, [])
        if not isinstance(listed, list) or not listed or not all(isinstance(one, dict) for one in listed):
            found.append(f"{part}: none; begin each with {PARTS[part]}")
            continue
        for number, one in enumerate(listed, 1):
            found += [f"{_label(part, number, one)}.{where}: {what}" for where, what in complaints(form, one)]
    return found


def _label(part: str, number: int, one: Mapping[str, Any]) -> str:
    return f"{part.removesuffix('s')} {number}" + (f" '{one['name']}'" if isinstance(one.get("name"), str) else "")


def _known(tables: Mapping[str, Any]) -> list[str]:
    """Names that are not there: setting, routes, conditioning, rules, criterion, endpoints, arms."""
    found = []
    try:
        load(tables["tumour"], tables["target"], tables["product"], armour=tables.get("armour"), origin=tables.get("origin"))
    except ParameterError as fault:
        found.append(str(fault))
    arms = [arm["name"] for arm in tables["arms"]]
    kinds = {"route": available("routes"), "conditioning": ("product", *available("conditioning")),
             "rescue": ("none", *available("rules")), "criterion": tuple(CRITERIA)}
    places = [("", tables)]
    places += [(f"arm '{arm['name']}': ", part) for arm in tables["arms"] for part in (arm, *arm.get("later", []))]
    for where, part in places:
        found += [f"{where}{key}: {part[key]!r} unknown{nearest(part[key], right)}; there are {', '.join(right)}"
                  for key, right in kinds.items() if part.get(key) is not None and part[key] not in right]
    found += [f"arm '{name}': named twice" for name in sorted({n for n in arms if arms.count(n) > 1})]
    for number, one in enumerate(tables["endpoints"], 1):
        label = _label("endpoints", number, one)
        if one["use"] != UNTESTED and one["name"] not in ENDPOINTS:
            found.append(f"{label}: no such endpoint{nearest(one['name'], ENDPOINTS)}; there are {', '.join(ENDPOINTS)}")
        found += [f"{label}: arms: no arm {arm!r}{nearest(arm, arms)}" for arm in one.get("arms", []) if arm not in arms]
    return found


def _sources(tables: Mapping[str, Any]) -> list[str]:
    keys = bibliography()
    used = [("sources", key) for key in tables["sources"]]
    used += [(f"endpoint '{one['name']}'", one["source"]) for one in tables["endpoints"] if one.get("source")]
    found = [f"{where}: source {key!r} is no key of params/references.bib{nearest(key, keys)}"
             for where, key in used if key not in keys]
    found += [f"endpoint '{one['name']}': {fault}" for one in tables["endpoints"] for fault in lost(one.get("where") or "")]
    return list(dict.fromkeys(found))


def _said(tables: Mapping[str, Any]) -> list[str]:
    """Faults of meaning, endpoint by endpoint."""
    found = []
    populations = POPULATIONS[tables.get("analysis", "infused")]
    for number, one in enumerate(tables["endpoints"], 1):
        label, faults = _label("endpoints", number, one), (*_observation(one), *_definition(one, populations))
        found += [f"{label}: {fault}" for fault in faults]
    for arm in tables["arms"]:
        per_area = [part for part in (arm, *arm.get("later", [])) if part.get("unit") == "cell/m2"]
        if per_area and tables.get("body_surface") is None:
            found.append(f"arm '{arm['name']}': a dose per m2 needs body_surface at the top")
    return found


def _observation(one: Mapping[str, Any]) -> list[str]:
    """Whether what was seen is said, with its source, and is possible."""
    given = [key for key in ("events", "value") if one.get(key) is not None]
    if one["use"] == PREDICTED:
        return ["predicted, so nothing was observed; drop events and value"] if given else []
    if one["use"] == UNTESTED:
        return [] if one.get("note") else ["untested without a note; say why it cannot be simulated"]
    rules = {
        "write events and n, or value": len(given) != 1,
        "no source; name a key of params/references.bib": not one.get("source"),
        "no 'where'; name the row or table": not one.get("where"),
        "no basis; write measured, derived or secondary": one.get("basis") is None,
        "events without n": one.get("events") is not None and one.get("n") is None,
        f"{one.get('events')} events of {one.get('n')}": (one.get("events") or 0) > (one.get("n") or 10**9),
        "lower and upper without interval; write '95 %', 'range' or 'quartiles'":
            one.get("lower") is not None and one.get("interval") is None,
        "interval without lower and upper": one.get("interval") is not None and None in (one.get("lower"), one.get("upper")),
        "used for fitting on a secondary source without a note; say why": one["use"] == FIT and one.get("basis") == "secondary"
            and not one.get("note"),
        "derived without a note; show the arithmetic": one.get("basis") == "derived" and not one.get("note"),
    }  # fmt: skip
    found = [fault for fault, broken in rules.items() if broken]
    if not found and one.get("lower") is not None and not one["lower"] <= one["value"] <= one["upper"]:
        found.append(f"value {one['value']:g} is outside its own interval, {one['lower']:g} to {one['upper']:g}")
    return found


def _definition(one: Mapping[str, Any], populations: tuple[str, ...]) -> list[str]:
    """Whether the endpoint is the one that its entry describes: its unit, its day, its population."""
    if one["use"] == UNTESTED or one["name"] not in ENDPOINTS:
        return []
    endpoint, found = ENDPOINTS[one["name"]], []
    for unit, right in ((one.get("unit", "1"), endpoint.unit), (one.get("at_unit", "day"), "day")):
        try:
            convert(1.0, unit, right)
        except ParameterError as fault:
            if one["use"] != PREDICTED:
                found.append(str(fault))
    if endpoint.timed != (one.get("at") is not None):
        found.append("needs 'at', the time it is of" if endpoint.timed else "is not of a certain time; drop 'at'")
    right = ("",) if endpoint.compares or one["name"] == "infused" else populations
    if one.get("population", "") not in right:
        found.append(f"population {one.get('population', '')!r}; must be {', '.join(map(repr, right))}")
    value = one.get("value")
    if endpoint.kind == "share" and value is not None and not 0 <= convert(value, one.get("unit", "1"), "1") <= 1:
        found.append(f"value {value:g}; a share is from 0 to 1")
    return found


def _made(name: str, tables: Mapping[str, Any]) -> Trial:
    facts = {"armour": None, "origin": None, "rescue": "standard", "analysis": "infused", "criterion": "recist",
             "confirmed": False, "body_surface": None, **tables}  # fmt: skip
    usual = {"route": tables.get("route", "intravenous"), "conditioning": tables.get("conditioning", "product")}
    facts |= {
        "name": name, "sources": tuple(tables["sources"]),
        "scans": Scans(tables.get("first_scan", 28.0), tables.get("scan_every", 42.0), tables.get("baseline", -7.0),
                       facts["criterion"]),
        "eligibility": _criteria(tables["eligibility"]) if "eligibility" in tables else None,
        "arms": tuple(_arm(usual, arm) for arm in tables["arms"]),
        "endpoints": tuple(_observed(one) for one in tables["endpoints"]),
    }  # fmt: skip
    return design_of(facts, Trial)


def _criteria(given: Mapping[str, Any]) -> Screening:
    return Screening(**{"antigen_at_least": None, **given})


def _arm(usual: Mapping[str, str], given: Mapping[str, Any]) -> TrialArm:
    rules = tuple(Rule(**rule) for rule in given.get("rules", []))
    later = tuple(Later(**one) for one in given.get("later", []))
    return design_of({**usual, **given, "rules": rules, "later": later}, TrialArm)


def _observed(one: Mapping[str, Any]) -> Observed:
    """An endpoint in its own unit, and its day in days."""
    unit = ENDPOINTS[one["name"]].unit if one["name"] in ENDPOINTS else one.get("unit", "1")
    given = {key: one[key] for key in ("value", "lower", "upper") if one.get(key) is not None}
    turned = {key: convert(number, one.get("unit", "1"), unit) for key, number in given.items()}
    if one.get("at") is not None:
        turned["at"] = convert(one["at"], one.get("at_unit", "day"), "day")
    return design_of({**one, **turned, "arms": tuple(one.get("arms", ()))}, Observed)


def _plans(made: Trial) -> list[str]:
    """Doses, days and rules that no plan can have."""
    setting, found = setting_of(made), []
    for arm in made.arms:
        try:
            plan_of(made, arm, setting)
        except ParameterError as fault:
            found.append(f"arm '{arm.name}': {fault}")
    return found


def setting_of(made: Trial):
    """Load the parameters of a trial's setting.

    Parameters
    ----------
    made : Trial, texts of its setting

    Returns
    -------
    Parameters

    Examples
    --------
    >>> setting_of(trial("gastric_satri_phase1")).choices["product"]
    'satri_cel'
    """
    return load(made.tumour, made.target, made.product, armour=made.armour, origin=made.origin)
