"""The graph of a model: folded, shared, and differentiated exactly."""

import gc
import weakref

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from simsolid.engines.elimination import eliminate, markowitz
from simsolid.engines.emit import Program
from simsolid.errors import ModelError
from simsolid.graph import Graph, Node
from simsolid.trace import reachable, trace


@pytest.fixture
def leaves():
    graph = Graph()
    return graph.leaf("x", 0), graph.leaf("x", 1), graph.leaf("p", 0), graph.leaf("t", 0)


def test_equal_expressions_are_one_node(leaves):
    a, b, *_ = leaves
    assert (a * b + 1.0) is (1 + b * a) and (a + b) is (b + a)
    assert (a - b) is not (b - a)


@pytest.mark.parametrize(
    "pair",
    [
        lambda a, b: (a * 0.0 + b, b),
        lambda a, b: (a + 0, a),
        lambda a, b: (1 * a / 1, a),
        lambda a, b: (a - a, 0 * a),
        lambda a, b: (-1.0 * -a, a),
        lambda a, b: (a**1, a),
        lambda a, b: (a**0 * b, b),
        lambda a, b: (a**0.5, a.sqrt()),
        lambda a, b: (a - (-b), a + b),
        lambda a, b: (-(a - b), b - a),
        lambda a, b: (a * (-2.0), -(2.0 * a)),
        lambda a, b: (a + (-3.0), a - 3.0),
        lambda a, b: (a / (-b), -(a / b)),
        lambda a, b: (a.branch(b, b), b),
        lambda a, b: (np.exp(a), a.exp()),
        lambda a, b: (np.float64(2.5) * a, a * 2.5),
        lambda a, b: (np.array([a, b], dtype=object).sum(), a + b),
        lambda a, b: (np.sqrt(np.array([a], dtype=object))[0], a.sqrt()),
        lambda a, b: (np.abs(np.array([a], dtype=object))[0], a.branch(a, -a)),
    ],
)
def test_expression_folds_to_its_simplest_form(leaves, pair):
    found, expected = pair(*leaves[:2])
    assert found is expected


def test_constants_are_computed_once_and_for_all(leaves):
    graph = leaves[0].graph
    three = graph.constant(3.0)
    assert (three * three - 1.0).value == 8.0 and (three**2).value == 9.0
    assert (-three).value == -3.0 and three.log().value == np.log(3.0)


def test_constant_without_a_value_is_refused(leaves):
    zero = leaves[0].graph.constant(0.0)
    with pytest.raises(ModelError, match="no finite value"):
        zero.log()
    with pytest.raises(ModelError, match="division by the constant 0"):
        leaves[0] / 0.0
    with pytest.raises(ModelError, match="must be finite"):
        leaves[0] * np.inf


@pytest.mark.parametrize(
    "choice",
    [bool, float, lambda a: a > 1, lambda a: a <= a, lambda a: a == 0.0, lambda a: [1, 2][a], lambda a: np.maximum(a, 0)],
)
def test_asking_for_a_value_names_the_way_out(leaves, choice):
    with pytest.raises(ModelError, match="where_positive"):
        choice(leaves[0])


def test_if_in_the_rates_is_refused_with_the_way_out():
    with pytest.raises(ModelError, match="where_positive"):
        trace(lambda t, x, p: [x[0] if x[0] > 1.0 else 0.0], ["a"], [])


def test_exponent_that_depends_on_a_state_is_refused(leaves):
    a, b, p, t = leaves
    assert (a**p).op == "pow" and (a**t).op == "pow" and (2.0**p).op == "pow"
    with pytest.raises(ModelError, match="exponent depends on a state"):
        a**b


def test_values_of_two_traces_do_not_mix(leaves):
    with pytest.raises(ModelError, match="another trace"):
        leaves[0] + Graph().leaf("x", 0)


@pytest.mark.parametrize(
    ("found", "words"),
    [([1.0], "1 rates for 2 states"), ([1.0, "2"], "rate of b: got '2' of type str"), ([1.0, None], "rate of b: got None")],
)
def test_wrong_rates_are_named(found, words):
    with pytest.raises(ModelError, match=words):
        trace(lambda t, x, p: found, ["a", "b"], [])


def test_name_used_twice_is_refused():
    with pytest.raises(ModelError, match=r"states named more than once: \['a'\]"):
        trace(lambda t, x, p: x, ["a", "a"], [])


def test_jacobian_holds_only_what_can_differ_from_zero():
    found = trace(lambda t, x, p: [p[0] * x[1] + 3.0 * t, x[0] - x[0] + 2.0, x[2].branch(x[1], 0.0)], list("abc"), ["k"])
    assert set(found.jacobian) == {(0, 1), (2, 1)}
    assert set(found.time_derivative) == {0} and found.time_derivative[0].value == 3.0


def test_labels_stay_and_change_nothing():
    def rates(t, x, p, name=lambda v: v):
        return [name(x[0] * x[1]) - x[0], 2.0 * (x[0] * x[1])]

    plain = trace(rates, ["a", "b"], [])
    named = trace(lambda t, x, p: rates(t, x, p, lambda v: v.named("flow").named("again")), ["a", "b"], [])
    assert [n.op for n in reachable(plain.rates)] == [n.op for n in reachable(named.rates)]
    assert [n.label for n in reachable(named.rates) if n.label] == ["flow"]


def test_trace_is_freed_with_its_last_user():
    found = trace(lambda t, x, p: [x[0] * x[0]], ["a"], [])
    program = Program(found.rates)
    gone = weakref.ref(program)
    del found, program
    gc.collect()
    assert gone() is None


# Random expressions of three states, one parameter and time, kept positive so that every function is smooth.
_BINARY = [
    lambda a, b: a + b, lambda a, b: a * b, lambda a, b: a / b, lambda a, b: a - 0.3 * b, lambda a, b: (a - b).branch(a * a, b),
    lambda a, b: a / (a + b),
]  # fmt: skip
_UNARY = [
    lambda a: np.exp(-a), lambda a: np.log(a * a + 1.5), lambda a: np.sqrt(a * a + 0.2), lambda a: (a * a + 0.1) ** 1.7,
    lambda a: a**3, lambda a: (a * a + 0.4) ** -2, lambda a: -a, lambda a: 2.5 * a,
]  # fmt: skip


def expressions():
    leaf = st.integers(0, 4)
    return st.recursive(
        leaf,
        lambda inner: st.one_of(
            st.tuples(st.sampled_from(range(len(_UNARY))), inner),
            st.tuples(st.sampled_from(range(len(_BINARY))), inner, inner),
        ),
        max_leaves=14,
    )


def build(tree, leaves):
    if isinstance(tree, int):
        return leaves[tree]
    if len(tree) == 2:
        return _UNARY[tree[0]](build(tree[1], leaves))
    return _BINARY[tree[0]](build(tree[1], leaves), build(tree[2], leaves))


def traced(tree):
    try:
        return trace(lambda t, x, p: [build(tree, [*x, p[0], t]), 0.0, 0.0], list("abc"), ["k"])
    except ModelError as fault:  # such as a / (a - a), which is refused as it should be
        assume("constant 0" not in str(fault) and "finite" not in str(fault))
        raise


class Choosing(np.ndarray):
    """Plain numbers that know `branch`, so that one text serves symbols and numbers."""

    def branch(self, yes, no):
        return np.where(self.real > 0, yes, no).view(Choosing)


def numbers(values):
    return [np.array([v]).view(Choosing) for v in values]


@settings(max_examples=150, deadline=None)
@given(tree=expressions(), seed=st.integers(0, 2**32 - 1))
def test_jacobian_of_random_expressions_equals_complex_steps(tree, seed):
    values = np.random.default_rng(seed).uniform(0.4, 1.9, 5)
    found = traced(tree)
    targets = [*found.jacobian.values(), *found.time_derivative.values()]
    places = [j for _, j in found.jacobian] + [4] * len(found.time_derivative)
    rows = {"x": values[:3, None], "p": values[3:4, None]}
    with np.errstate(all="ignore"):
        slopes = np.zeros(5)
        slopes[places] = Program(targets).block(values[4:], rows)[:, 0]
        exact = np.zeros(5)
        for j in (0, 1, 2, 4):
            moved = values.astype(complex)
            moved[j] += 1e-30j
            exact[j] = np.imag(build(tree, numbers(moved))).item() / 1e-30
    if np.isfinite(exact).all() and np.abs(exact).max() < 1e100:
        assert np.abs(slopes - exact).max() <= 1e-9 * (1.0 + np.abs(exact).max())


@settings(max_examples=100, deadline=None)
@given(tree=expressions(), seed=st.integers(0, 2**32 - 1))
def test_floats_and_blocks_give_the_same_bits(tree, seed):
    block = np.random.default_rng(seed).uniform(-0.4, 1.9, (5, 9))
    found = traced(tree)
    program = Program([*found.rates, *found.jacobian.values()])
    whole = program.block(block[4], {"x": block[:3], "p": block[3:4]})
    for few in (1, 4):
        part = program.block(block[4, :few], {"x": list(block[:3, :few]), "p": block[3:4, :few]})
        assert np.array_equal(part, whole[:, :few], equal_nan=True)
    with np.errstate(all="ignore"):
        for k in range(9):
            rows = {"x": block[:3, k].tolist(), "p": block[3:4, k].tolist()}
            try:
                alone = np.array(program.floats(float(block[4, k]), None, rows), dtype=float)
            except ZeroDivisionError:
                continue
            same = (alone == whole[:, k]) | (np.isnan(alone) & np.isnan(whole[:, k]))
            assert same.all()


def test_one_patient_who_divides_by_zero_gets_what_a_block_says(leaves):
    a, b, *_ = leaves
    rows = {"x": np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 2.0]])}
    assert np.array_equal(Program([a / b]).block(np.zeros(3), rows), [[np.inf, np.nan, 0.0]], equal_nan=True)


def test_written_code_holds_no_text_of_the_model():
    found = trace(lambda t, x, p: [(-(x[0] ** p[0])).named("__import__('os')")], ["evil()"], ["rate; import os"])
    program = Program(found.rates)
    text = program.array_source + program.float_source
    assert "evil" not in text and "import" not in text


def test_small_whole_powers_become_products(leaves):
    a = leaves[0]
    source = Program([a**5, a**-2, a**2.5]).array_source
    assert source.count("power") == 1 and source.count("multiply") == 4  # a^2, a^4, a^5 and no second a^2


def test_consumed_rows_are_never_read_again():
    """A right-hand side given twice comes back the same although its rows are used as scratch."""
    random = np.random.default_rng(0)
    matrix = random.normal(size=(7, 7)) - 6.0 * np.eye(7)
    found = trace(lambda t, x, p: [sum(float(m) * v for m, v in zip(row, x, strict=True)) for row in matrix], list("abcdefg"), [])
    made = eliminate(found)
    rows = Program(made.rows).block(np.zeros(3), {}, np.array([0.3, 2.0, 50.0]))
    b = random.normal(size=(7, 3))
    solved = Program(made.solution, {}, "b").block(np.zeros(3), {"w": rows, "b": b.copy()})
    for k, g in enumerate([0.3, 2.0, 50.0]):
        assert np.allclose((g * np.eye(7) - matrix) @ solved[:, k], b[:, k], rtol=1e-11)


@settings(max_examples=60, deadline=None)
@given(size=st.integers(1, 9), seed=st.integers(0, 2**32 - 1))
def test_elimination_solves_random_sparse_systems(size, seed):
    random = np.random.default_rng(seed)
    matrix = np.where(random.random((size, size)) < 0.3, random.normal(size=(size, size)), 0.0)
    states = [f"x{i}" for i in range(size)]

    def rates(t, x, p):
        return [sum((float(m) * v for m, v in zip(row, x, strict=True)), 0.0 * t) for row in matrix]

    found = trace(rates, states, [])
    made, g = eliminate(found), np.array([7.7, 8.9])
    b = random.normal(size=(size, 2))
    rows = Program(made.rows).block(np.zeros(2), {}, g)
    solved = Program(made.solution, {}, "b").block(np.zeros(2), {"w": rows, "b": b.copy()})
    assert np.allclose((g[0] * np.eye(size) - matrix) @ solved[:, 0], b[:, 0], rtol=1e-8, atol=1e-9)


def test_elimination_order_leaves_the_busiest_state_for_last():
    star = [(0, j) for j in range(1, 8)] + [(i, 0) for i in range(1, 8)]
    order, filled, products = markowitz(star, 8)
    assert order.index(0) >= 6 and len(filled) == len(star) + 8 and products == 14


def test_model_too_dense_to_write_out_is_left_to_the_dense_route(monkeypatch):
    monkeypatch.setattr("simsolid.engines.elimination.FILL_LIMIT", 5)
    assert eliminate(trace(lambda t, x, p: [sum(x), sum(x) * 2.0, -sum(x)], list("abc"), [])) is None


def test_nodes_print_what_they_are(leaves):
    assert repr(leaves[0] + leaves[1]).startswith("Node #4 +") and isinstance(leaves[0], Node)


@pytest.mark.parametrize("op", ["exp", "log", "sqrt", "power"])
def test_function_of_one_number_has_the_bits_of_a_block(op):
    from simsolid.engines.scalar import FLOAT_CALLS

    random = np.random.default_rng(6)
    first = np.abs(random.normal(size=20_000)) * np.exp(random.normal(0.0, 3.0, 20_000))
    second = np.where(np.arange(20_000) % 2, random.normal(size=20_000), random.choice([-1.0, 0.0, 0.5, 1.0, 2.0, 3.0], 20_000))
    args = (first, second) if op == "power" else (first,)
    with np.errstate(all="ignore"):
        block = getattr(np, op)(*args)
        alone = np.array([FLOAT_CALLS[op](*row) for row in zip(*(a.tolist() for a in args), strict=True)])
    assert np.array_equal(alone, block)
