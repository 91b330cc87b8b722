"""Equations in LaTeX say what the engine computes."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simsolid.latex import equations
from simsolid.trace import trace


def printed(rates, states=("a", "b"), parameters=("k", "n"), symbols=None):
    symbols = {name: name for name in (*states, *parameters)} | (symbols or {})
    return equations(trace(rates, states, parameters), symbols)


def right_of(line):
    return line.partition(" = ")[2]


@pytest.mark.parametrize(
    ("rate", "text"),
    [
        (lambda a, b, k, n, t: -k * a, r"-k\,a"),
        (lambda a, b, k, n, t: k * (a + b), r"k\,\left(a + b\right)"),
        (lambda a, b, k, n, t: a - (b - k), r"a - \left(b - k\right)"),
        (lambda a, b, k, n, t: a / (b + 1.0), r"\frac{a}{1 + b}"),
        (lambda a, b, k, n, t: (a / b) ** n, r"{\left(\frac{a}{b}\right)}^{n}"),
        (lambda a, b, k, n, t: (a + b) ** 2, r"{\left(a + b\right)}^{2}"),
        (lambda a, b, k, n, t: (-a) ** 2, r"{\left(-a\right)}^{2}"),
        (lambda a, b, k, n, t: np.exp(-k * t), r"\mathrm{e}^{-k\,t}"),
        (lambda a, b, k, n, t: 5e9 * a, r"5 \times 10^{9}\,a"),
        (lambda a, b, k, n, t: 1e-7 * a + 0.25, r"0.25 + 10^{-7}\,a"),
        (lambda a, b, k, n, t: np.log(a) * np.sqrt(b), r"\sqrt{b}\,\ln\left(a\right)"),
        (lambda a, b, k, n, t: (a - 1.0).branch(a, 0.0), r"\begin{cases} a & a - 1 > 0 \\ 0 & \text{otherwise} \end{cases}"),
    ],
)
def test_expression_is_printed_as_a_textbook_would(rate, text):
    lines = printed(lambda t, x, p: [rate(*x, *p, t), 0.0])
    found = right_of(lines[0])
    assert sorted(re.split(r"\\,| \+ ", found)) == sorted(re.split(r"\\,| \+ ", text))


def test_labelled_value_is_an_equation_of_its_own_and_then_a_name():
    def rates(t, x, p):
        uptake = (p[0] * x[0] / (x[0] + p[1])).named("uptake")
        return [-uptake, 0.5 * uptake]

    lines = printed(rates, symbols={"uptake": "U"})
    assert lines[0].startswith("U = ") and len(lines) == 3
    assert right_of(lines[1]) == "-U" and right_of(lines[2]) == r"0.5\,U"


def test_second_value_of_one_label_gets_a_number():
    lines = printed(lambda t, x, p: [(p[0] * x[0]).named("loss"), (p[1] * x[1]).named("loss")])
    assert lines[0].startswith(r"\mathrm{loss} = ") and lines[1].startswith(r"{\mathrm{loss}}^{(2)} = ")


def test_names_without_a_symbol_are_printed_as_words():
    line = equations(trace(lambda t, x, p: [p[0] * x[0]], ["car_t"], ["growth_rate"]))[0]
    assert line == r"\frac{\mathrm{d}\mathrm{car\_t}}{\mathrm{d}t} = \mathrm{growth\_rate}\,\mathrm{car\_t}"


_STEPS = [
    lambda a, b: a + b, lambda a, b: a - b, lambda a, b: a * b, lambda a, b: a / b, lambda a, b: -a, lambda a, b: a**3,
    lambda a, b: a * 2.5 - 1.25,
]  # fmt: skip


def read(text):
    """Turn the small part of LaTeX used here back into Python."""
    while r"\frac" in text:
        text = _fraction(text)
    for old, new in ((r"\left(", "("), (r"\right)", ")"), (r"\,", "*"), ("^", "**"), ("{", "("), ("}", ")")):
        text = text.replace(old, new)
    return text


def _fraction(text):
    start = text.index(r"\frac{")
    above, rest = _braced(text, start + 5)
    below, rest = _braced(text, rest)
    return f"{text[:start]}(({above})/({below})){text[rest:]}"


def _braced(text, start):
    depth = 0
    for i in range(start, len(text)):
        depth += (text[i] == "{") - (text[i] == "}")
        if not depth:
            return text[start + 1 : i], i + 1
    raise AssertionError(text)


@settings(max_examples=150, deadline=None)
@given(steps=st.lists(st.tuples(st.integers(0, 6), st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=10))
def test_printed_equation_has_the_value_of_the_traced_one(steps):
    def rates(t, x, p, leaves=None):
        made = leaves or [*x, *p]
        for op, i, j in steps:
            made = [*made, _STEPS[op](made[i % len(made)], made[-1 - j % len(made)])]
        return [made[-1], 0.0]

    values = {"a": 1.37, "b": 0.83, "k": 2.19, "n": 0.41}
    try:
        expected = rates(0.0, None, None, [values[name] for name in "abkn"])[0]
        lines = printed(rates)
    except (ZeroDivisionError, OverflowError, ValueError):
        return
    found = eval(read(right_of(lines[-2])), {}, values)
    assert found == pytest.approx(expected, rel=1e-6, abs=1e-6)
