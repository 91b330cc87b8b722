"""Whether conditions make sense: known quantities, units of their kind, words that exist, terms that can hold together."""

from collections.abc import Mapping, Sequence
from math import inf, isfinite

from simsolid.conditions import COMPARED, HIGHEST_GRADE, Condition, Quantity, Term, duration_text, level_of, of_scan
from simsolid.errors import ParameterError, nearest
from simsolid.units import convert


def faults_in(conditions: Sequence[Condition], known: Mapping[str, Quantity], words: Sequence[str]) -> list[str]:
    """What is wrong with conditions: unknown quantities, missing or wrong units, words that are none.

    Parameters
    ----------
    conditions : Conditions
        As read.
    known : mapping of Quantity
        From :func:`quantities`.
    words : texts
        What a response may be called.

    Returns
    -------
    texts

    Examples
    --------
    >>> from simsolid.conditions import quantities, read_conditions
    >>> from simsolid.models import MODELS
    >>> faults_in(read_conditions("temprature >= 38 degC", "when", []), quantities(MODELS["house"]), ["SD"])
    ["'temprature >= 38 degC': no quantity 'temprature'; did you mean 'temperature'?"]
    """
    found = [f"'{term}': {fault}" for one in conditions for term in one.terms if (fault := _fault(term, known, words))]
    # what cannot be read cannot be compared either
    found += [] if found else [f"'{fault}' can never hold together" for one in conditions if (fault := _never(one, known))]
    found += [f"'{one}': what a scan shows holds at that scan only; leave 'for {duration_text(one.hold)}' out"
              for one in conditions if one.hold and of_scan(one)]
    return found


def _fault(term: Term, known: Mapping[str, Quantity], words: Sequence[str]) -> str:
    if term.quantity not in known:
        return f"no quantity '{term.quantity}'" + (nearest(term.quantity, known) or f"; there are {', '.join(known)}")
    quantity = known[term.quantity]
    if (quantity.kind == "word") != (term.sign not in COMPARED):
        right = "'is' or 'is not' and a word" if quantity.kind == "word" else ">=, >, <= or < and a number"
        return f"{term.quantity} needs {right}"
    if quantity.kind == "word":
        hint = nearest(term.level, words) or f"; there are {', '.join(words)}"
        return "" if term.level in words else f"no response '{term.level}'{hint}"
    return _number_fault(term, quantity)


def _number_fault(term: Term, quantity: Quantity) -> str:
    number, unit = term.number
    if not isfinite(number):
        return "must be finite"
    if quantity.kind == "grade":
        whole = number == int(number) and 0 <= number <= HIGHEST_GRADE and not unit
        return "" if whole else f"a grade is a whole number from 0 to {HIGHEST_GRADE}, without a unit"
    if not unit:
        return "" if quantity.unit == "1" else f"no unit; write '{number:g} {quantity.unit}' or another unit of its kind"
    try:
        convert(number, unit, quantity.unit)
    except ParameterError as fault:
        return str(fault)
    return ""


def _never(one: Condition, known: Mapping[str, Quantity]) -> str:
    """Terms of one quantity that shut each other out."""
    for name in dict.fromkeys(term.quantity for term in one.terms):
        same = [term for term in one.terms if term.quantity == name]
        if _empty(same, known[name]):
            return " and ".join(map(str, same))
    return ""


def _empty(same: Sequence[Term], quantity: Quantity) -> bool:
    if quantity.kind == "word":
        wanted = {term.level for term in same if term.sign == "is"}
        return len(wanted) > 1 or bool(wanted & {term.level for term in same if term.sign == "is not"})
    whole = float(quantity.kind == "grade")  # no grade lies between two
    low, high = (-inf, False), (inf, False)
    for term in same:
        level, strict = level_of(term, quantity), term.sign in ("<", ">") and not whole
        if term.sign in (">", ">="):
            low = max(low, (level + whole * (term.sign == ">"), strict))
        else:
            high = min(high, (level - whole * (term.sign == "<"), not strict))
    return low[0] > high[0] or (low[0] == high[0] and (low[1] or not high[1]))
