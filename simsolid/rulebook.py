"""Sets of rules: those shipped in ``params/rules``, and TOML files of one's own. Files are data: read, never run."""

from dataclasses import fields
from pathlib import Path

from simsolid.errors import ParameterError, nearest
from simsolid.files import content_of, layer_path, parse, shown_path
from simsolid.models import MODELS
from simsolid.rule import Rule, faults_with, words_of

_HEAD = ("title", "about", "source", "note", "rule")
_KEYS = tuple(f.name for f in fields(Rule))


def rules(source: str | Path, model: str = "house", criteria: str = "recist") -> tuple[Rule, ...]:
    """Read a set of rules: one that is shipped, by name, or a TOML file of one's own.

    Parameters
    ----------
    source : text or file
        Name of a file of ``params/rules``, or a path that ends in ``.toml``.
    model : text
        The model whose quantities the rules speak of.
    criteria : text
        The criterion whose words a response has.

    Returns
    -------
    Rules

    Raises
    ------
    ParameterError
        There is no such set, or it has faults; all in one message.

    Examples
    --------
    >>> [rule.name for rule in rules("standard")]
    ['tocilizumab', 'dexamethasone']
    """
    if model not in MODELS:
        raise ParameterError(f"model: '{model}' unknown{nearest(model, MODELS)}; there are {', '.join(MODELS)}")
    entries, shown = _entries(source)
    faults = [f"'{key}' is no part of a file of rules{nearest(key, _HEAD)}" for key in entries if key not in _HEAD]
    listed = entries.get("rule", [])
    if not isinstance(listed, list) or not listed or not all(isinstance(one, dict) for one in listed):
        faults.append("no rules; begin each with [[rule]]")
        listed = []
    made = [_from_table(i, table, faults) for i, table in enumerate(listed, 1)]
    faults += [fault for rule in made if rule for fault in faults_with(rule, MODELS[model], words_of(criteria))]
    if faults:
        lines = [line for fault in faults for line in fault.splitlines()]
        told = "1 problem" if len(lines) == 1 else f"{len(lines)} problems"
        raise ParameterError("\n  ".join([f"{shown}: {told}", *lines]))
    return tuple(made)


def _entries(source: str | Path) -> tuple[dict, str]:
    """What a file of rules holds, and its path as messages give it."""
    path = Path(source) if Path(source).suffix == ".toml" else layer_path("rules", str(source))
    shown = shown_path(path)
    return parse(content_of(path, shown), shown)[1], shown


def title(source: str | Path) -> str:
    """Title of a set of rules.

    Parameters
    ----------
    source : text or file
        As for :func:`rules`.

    Returns
    -------
    text

    Examples
    --------
    >>> title("standard")
    'Rescue as in recent trials'
    """
    entries, shown = _entries(source)
    return str(entries.get("title", shown))


def _from_table(number: int, table: dict, faults: list[str]) -> Rule | None:
    who = f"rule {number}" + (f" '{table['name']}'" if isinstance(table.get("name"), str) else "")
    odd = [key for key in table if key not in (*_KEYS, "note")]
    wrong = [f"{who}: no part '{key}'{nearest(key, _KEYS)}; there are {', '.join(_KEYS)}" for key in odd]
    missing = [f"{who}: no {key}" for key in ("give", "when") if key not in table]
    faults += [*wrong, *missing]
    if wrong or missing:
        return None
    given = {key: value for key, value in table.items() if key in _KEYS}
    if isinstance(given["when"], list):
        given["when"] = " or ".join(map(str, given["when"]))
    try:
        return Rule(**given)
    except ParameterError as fault:
        faults.append(str(fault))
        return None
