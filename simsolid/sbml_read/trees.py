"""Formulas of a file as plain trees, apart from the library that read them, and what can be said of them as they stand."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, eq=False, slots=True)
class Tree:
    """One formula: an operation on formulas, a number (op ``"number"``), a name (``"name"``) or time (``"time"``)."""

    op: str
    args: tuple["Tree", ...] = ()
    value: Any = None


TIME = Tree("time")


def number(value: float) -> Tree:
    """Formula that is one number.

    Parameters
    ----------
    value : any unit, one
        The number.

    Returns
    -------
    Tree
    """
    return Tree("number", value=float(value))


def name(identifier: str) -> Tree:
    """Formula that is one name.

    Parameters
    ----------
    identifier : text
        Of a quantity of the file.

    Returns
    -------
    Tree
    """
    return Tree("name", value=identifier)


def parts(tree: Tree) -> Iterator[Tree]:
    """Go through a formula and all formulas in it, each once.

    Parameters
    ----------
    tree : Tree
        The formula.

    Yields
    ------
    Tree

    Examples
    --------
    >>> [each.op for each in parts(Tree("+", (name("a"), TIME)))]
    ['+', 'time', 'name']
    """
    stack, seen = [tree], set()
    while stack:
        each = stack.pop()
        if id(each) not in seen:
            seen.add(id(each))
            yield each
            stack.extend(each.args)


def names_in(tree: Tree) -> set[str]:
    """Names that a formula reads.

    Parameters
    ----------
    tree : Tree
        The formula.

    Returns
    -------
    texts

    Examples
    --------
    >>> names_in(Tree("*", (name("k"), TIME)))
    {'k'}
    """
    return {each.value for each in parts(tree) if each.op == "name"}


def reads(tree: Tree, rules: Mapping[str, Tree]) -> tuple[set[str], bool]:
    """All names that a formula rests on, through rules too, and whether it rests on time.

    Parameters
    ----------
    tree : Tree
        The formula.
    rules : mapping of Tree
        Formulas that names stand for.

    Returns
    -------
    texts and truth

    Examples
    --------
    >>> reads(name("day"), {"day": Tree("+", (TIME, name("begin")))})[1]
    True
    """
    found, timed, waiting = set(), False, [tree]
    while waiting:
        for each in parts(waiting.pop()):
            timed |= each.op == "time"
            if each.op == "name" and each.value not in found:
                found.add(each.value)
                waiting += [rules[each.value]] if each.value in rules else []
    return found, timed


def linear(tree: Tree, rules: Mapping[str, Tree], wanted: str | None = None) -> tuple[float, Tree] | None:
    """Write a formula as slope times one quantity plus a rest, where that can be read off it.

    Parameters
    ----------
    tree : Tree
        The formula.
    rules : mapping of Tree
        Formulas that names stand for.
    wanted : text or None
        Name of the quantity; time when None.

    Returns
    -------
    slope and Tree, or None
        None where the formula is not of that form, or its slope is not a number. The rest does not rest on the quantity.

    Examples
    --------
    >>> slope, rest = linear(Tree("-", (TIME, name("first"))), {})
    >>> slope, rest.op, rest.args[0].value
    (1.0, 'neg', 'first')
    """
    found, timed = reads(tree, rules)
    if not (timed if wanted is None else wanted in found):
        return 0.0, tree
    if (tree.op == "time" and wanted is None) or (tree.op == "name" and tree.value == wanted):
        return 1.0, number(0.0)
    if tree.op == "name":
        return linear(rules[tree.value], rules, wanted)
    if tree.op == "/" and tree.args[1].op == "number" and tree.args[1].value:
        return linear(Tree("*", (number(1.0 / tree.args[1].value), tree.args[0])), rules, wanted)
    if tree.op == "*":
        return _scaled(tree, rules, wanted)
    if tree.op not in ("+", "-", "neg"):
        return None
    each = [linear(arg, rules, wanted) for arg in tree.args]
    if None in each:
        return None
    slopes, rests = zip(*each, strict=True)  # type: ignore[arg-type]
    signs = [1.0] * len(each) if tree.op == "+" else [-1.0] if tree.op == "neg" else [1.0, -1.0]
    return sum(s * slope for s, slope in zip(signs, slopes, strict=True)), _sum(signs, rests)


def _scaled(tree: Tree, rules: Mapping[str, Tree], wanted: str | None) -> tuple[float, Tree] | None:
    numbers = [arg.value for arg in tree.args if arg.op == "number"]
    rest = [arg for arg in tree.args if arg.op != "number"]
    inner = linear(rest[0], rules, wanted) if len(rest) == 1 else None
    if inner is None:
        return None
    factor = 1.0
    for each in numbers:
        factor *= each
    return factor * inner[0], Tree("*", (number(factor), inner[1]))


def _sum(signs: list[float], rests: tuple[Tree, ...]) -> Tree:
    signed = [rest if sign > 0 else Tree("neg", (rest,)) for sign, rest in zip(signs, rests, strict=True)
              if not (rest.op == "number" and rest.value == 0.0)]  # fmt: skip
    return Tree("+", tuple(signed)) if len(signed) > 1 else signed[0] if signed else number(0.0)


def negative(tree: Tree) -> Tree:
    """Formula with the other sign.

    Parameters
    ----------
    tree : Tree
        The formula.

    Returns
    -------
    Tree

    Examples
    --------
    >>> negative(negative(TIME)).op
    'time'
    """
    return tree.args[0] if tree.op == "neg" else number(-tree.value) if tree.op == "number" else Tree("neg", (tree,))
