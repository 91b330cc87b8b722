"""The form a parameter file must have, and in our words what is wrong with one that has not.

Imported only when a file is read, so that the rest of the package does without pydantic.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from .errors import nearest

Text = Annotated[str, Field(min_length=1)]
Positive = Annotated[float, Field(gt=0)]
Count = Annotated[float, Field(ge=0)]
Names = Annotated[list[Text], Field(min_length=1)]


class Form(BaseModel):
    """What every part of a file has in common: no unknown entries, no guessed types, no infinities."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class Scaled(Form):
    """A spread that scales with, or shifts along with, the value."""

    shape: Literal["log-normal", "logit-normal", "normal"]
    sd: Count = 0.0
    sd_lesion: Count = 0.0
    truncate: Positive | None = None


class Beta(Form):
    """A spread between 0 and 1."""

    shape: Literal["beta"]
    a: Positive
    b: Positive
    sd_lesion: Count = 0.0


class Exponential(Form):
    """A spread with the value as its mean, such as a waiting time."""

    shape: Literal["exponential"]


class Empirical(Form):
    """A spread over listed values."""

    shape: Literal["empirical"]
    values: Annotated[list[float], Field(min_length=1)]
    weights: list[Count] | None = None


class Parameter(Form):
    """One parameter: its number, where it comes from and how it spreads."""

    value: float
    unit: Text
    basis: Literal["measured", "fitted", "derived", "assumed"]
    source: str = ""
    where: str = ""
    note: str = ""
    unusual: str = ""  # why a number that looks as if its unit of time were wrong is right
    low: float | None = None
    high: float | None = None
    by_site: dict[Text, float] | None = None
    spread: Annotated[Scaled | Beta | Exponential | Empirical, Field(discriminator="shape")] | None = None


class Head(Form):
    """What stands above the parameters of every file."""

    title: Text
    about: Text
    checked: str | date = ""


class Correlation(Form):
    """How strongly two parameters go together between patients, on the scales of their spreads."""

    between: Annotated[list[Text], Field(min_length=2, max_length=2)]
    value: Annotated[float, Field(gt=-1, lt=1)]
    basis: Literal["measured", "fitted", "derived", "assumed"]
    source: str = ""
    note: str = ""


class Physiology(Head):
    """Values that hold for everyone, and how some of them go together."""

    correlations: list[Correlation] = []


class Route(Head):
    """Where a dose by this route lands."""

    region: list[Text]
    cavity: str
    bed: Literal["vein", "artery", "cavity"]


class Tumour(Head):
    """How many lesions patients have, where they lie, and whether new ones come."""

    lesion_counts: dict[Literal["1", "2", "3", "4", "5"], Count]
    sites: Annotated[dict[Text, Count], Field(min_length=1)]
    new_lesions: bool


class Target(Head):
    """Which healthy tissue shows the antigen."""

    healthy_tissue: str


class Pair(Head):
    """Products and routes for one antigen in one tumour; the first of each is the default."""

    tumour: Text
    target: Text
    products: Names
    routes: Names


class Product(Head):
    """The files a product is put together from."""

    target: Text | Names
    cells: Text
    armour: Text
    origin: Text
    conditioning: Text


class Variant(Form):
    """A patient, group or experiment of a published model: the values in which it differs, in the units of the tables."""

    about: Text
    values: Annotated[dict[Text, float], Field(min_length=1)]
    basis: Literal["measured", "fitted", "derived", "assumed"]
    source: str = ""
    where: str = ""
    note: str = ""


class Fitted(Head):
    """What a calibration found, to stand in for the values of a tumour and target."""

    tumour: Text
    target: Text
    calibration: Text
    command: Text
    trials: Names


class Published(Head):
    """A complete set for one model: what its tables stand for, and variants of it."""

    base: Text = "base"
    variants: dict[Text, Variant] = {}


HEADS: Mapping[str, type[Head]] = {
    "physiology": Physiology,
    "cells": Head,
    "routes": Route,
    "tumours": Tumour,
    "targets": Target,
    "pairs": Pair,
    "products": Product,
    "armour": Head,
    "origins": Head,
    "conditioning": Head,
    "models": Published,
    "fitted": Fitted,
}
_TYPES = {
    str: "text",
    bool: "true or false",
    int: "a number",
    float: "a number",
    dict: "a table",
    list: "a list",
}
_WANTED = {
    "value": "a number",
    "unit": 'a unit, such as "1/day"',
    "basis": "one of measured, fitted, derived, assumed",
    "title": "a short title",
    "about": "a sentence on what the file describes",
}


def complaints(form: type[Form], table: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Say what is wrong with one table of a file.

    Parameters
    ----------
    form : class of Form
        What the table should look like.
    table : mapping
        As read.

    Returns
    -------
    pairs of texts
        The entry, with dots between levels, and a sentence about it.

    Examples
    --------
    >>> complaints(Target, {"title": "x", "about": "y", "healthy_tissue": 5})
    [('healthy_tissue', 'is a number; write text in quotes')]
    """
    try:
        form.model_validate(dict(table))
    except ValidationError as error:
        found = [_complaint(fault, form) for fault in error.errors(include_url=False, include_context=True)]
        # Where text or a list would do, pydantic complains once for each; the first is enough.
        return list({where: (where, what) for where, what in reversed(found)}.values())[::-1]
    return []


def _complaint(fault: Mapping[str, Any], form: type[Form]) -> tuple[str, str]:
    # pydantic puts the shape of a spread, and the alternatives of a union, into the path; a reader wrote neither.
    path = [str(step) for step in fault["loc"]]
    if path[:1] == ["spread"] and len(path) > 2:
        del path[1]
    path = [
        step
        for step in path
        if not step.startswith(("str", "list[", "date", "constrained", "function", "[key]"))
    ]
    say = _SAY.get(fault["type"], _other)
    return ".".join(path), say(path[-1] if path else "", fault, form)


def _kind(fault: Mapping[str, Any]) -> str:
    return _TYPES.get(type(fault["input"]), type(fault["input"]).__name__)


def _shown(given: Any) -> str:
    text = repr(given) if isinstance(given, (str, int, float)) else _TYPES.get(type(given), "this")
    return text if len(text) <= 60 else text[:57] + "..."


def _missing(key: str, fault: Mapping[str, Any], form: type[Form]) -> str:
    return f"missing; write {_WANTED.get(key, f'{key} = ...')}"


def _extra(key: str, fault: Mapping[str, Any], form: type[Form]) -> str:
    at_top = {name for head in HEADS.values() for name in head.model_fields}
    if form is Parameter and len(fault["loc"]) == 1 and key in at_top:
        return "belongs at the top of the file, before the first [table]"
    known = (
        Parameter.model_fields
        if len(fault["loc"]) == 1
        else [*Scaled.model_fields, "a", "b", "values", "weights"]
    )
    return f"is no entry{nearest(key, form.model_fields if form is not Parameter else known)}"


def _choice(key: str, fault: Mapping[str, Any], form: type[Form]) -> str:
    expected = (
        str(fault["ctx"].get("expected", fault["ctx"].get("expected_tags")))
        .replace(" or ", ", ")
        .replace("'", "")
    )
    given = fault["input"].get("shape") if isinstance(fault["input"], dict) else fault["input"]
    what = "shape " if isinstance(fault["input"], dict) else ""
    return f"{what}{_shown(given)} is not one of {expected}{nearest(str(given), expected.split(', '))}"


def _other(key: str, fault: Mapping[str, Any], form: type[Form]) -> str:
    return f"{_shown(fault['input'])}: {fault['msg'].lower()}"


def _bound(words: str, limit: str) -> Callable[[str, Mapping[str, Any], type[Form]], str]:
    return lambda key, fault, form: f"{_shown(fault['input'])} must be {words} {fault['ctx'][limit]:g}"


def _type(wanted: str) -> Callable[[str, Mapping[str, Any], type[Form]], str]:
    def say(key: str, fault: Mapping[str, Any], form: type[Form]) -> str:
        if type(fault["input"]) is int and fault["type"] == "float_type":
            return "is too large a number to calculate with"
        given = f" {_shown(fault['input'])}" if isinstance(fault["input"], str) else ""
        return f"is {_kind(fault)}{given}; write {wanted}"

    return say


_SAY: Mapping[str, Callable[[str, Mapping[str, Any], type[Form]], str]] = {
    "missing": _missing,
    "extra_forbidden": _extra,
    "literal_error": _choice,
    "union_tag_invalid": _choice,
    "union_tag_not_found": lambda key, fault, form: 'has no shape; write shape = "log-normal" or another',
    "float_type": _type("a bare number, such as 0.5"),
    "string_type": _type("text in quotes"),
    "bool_type": _type("true or false"),
    "list_type": _type("a list in square brackets"),
    "dict_type": _type("a table"),
    "model_attributes_type": _type("a table"),
    "model_type": _type("a table"),
    "date_type": _type("a date, such as 2026-01-31, or nothing"),
    "finite_number": lambda key, fault, form: (
        f"{fault['input']} is not a number to calculate with; write a finite one"
    ),
    "greater_than": _bound("above", "gt"),
    "greater_than_equal": _bound("at least", "ge"),
    "string_too_short": lambda key, fault, form: f"empty; write {_WANTED.get(key, 'a name')}",
    "too_short": lambda key, fault, form: (
        f"holds {fault['ctx']['actual_length']}; needs {fault['ctx']['min_length']}"
    ),
    "too_long": lambda key, fault, form: (
        f"holds {fault['ctx']['actual_length']}; needs {fault['ctx']['max_length']}"
    ),
    "less_than": _bound("below", "lt"),
}
