"""Problems with known answers, on which the engines are tested and measured."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from simsolid.engines.integrate import Alternative, Events, Reaction, Sign, integrate
from simsolid.trace import trace


@dataclass(frozen=True, eq=False)
class Problem:
    """Equations, one or more cases, days, and the smallest value of each state that matters."""

    rates: Callable
    states: tuple[str, ...]
    parameters: tuple[str, ...]
    start: np.ndarray  # states by cases
    values: np.ndarray  # parameters by cases
    times: np.ndarray
    floor: np.ndarray
    answer: np.ndarray | None = None  # states by cases by times
    begin: float = 0.0
    more: dict = field(default_factory=dict)

    def traced(self, **further):
        return trace(self.rates, self.states, self.parameters, **further)

    def solve(self, rtol, *, traced=None, **options):
        given = {"begin": self.begin, "times": self.times, "outputs": self.states} | self.more | options
        return integrate(traced or self.traced(), self.start, self.values, atol=rtol * self.floor, rtol=rtol, **given)

    def error(self, values):
        """Largest error of each case, relative to the value and its floor."""
        size = np.abs(values - self.answer) / (np.abs(self.answer) + self.floor[:, None, None])
        return size.max(axis=(0, 2))


def column(*numbers):
    return np.array(numbers, dtype=float)[:, None]


# The three answers below were computed once by SciPy 1.17 solve_ivp(method="Radau", rtol=3e-13, atol at most 1e-15) and agreed
# with SciPy's LSODA at the same tolerance to 1e-10; the last column of `hires` and `van_der_pol` also agrees, to 12 and 15
# digits, with the values published in the Test Set for IVP Solvers (Mazzia and Magherini, University of Bari, 2008).
def robertson():
    def rates(t, x, p):
        slow, fast, pair = p[0] * x[0], p[1] * x[1] * x[2], p[2] * x[1] * x[1]
        return [fast - slow, slow - fast - pair, pair]

    answer = [
        [0.988673939382, 0.905518678584, 0.715827068719, 0.450518668471, 0.183202257777, 0.0389833770855],
        [
            3.44771574369e-05,
            2.24047568756e-05,
            9.18553476456e-06,
            3.22290144167e-06,
            8.94237125278e-07,
            1.62176831591e-07,
        ],
        [0.0112915834606, 0.0944589166589, 0.284163745746, 0.549478108627, 0.816796847986, 0.961016460738],
    ]
    return Problem(
        rates, ("a", "b", "c"), ("slow", "fast", "pair"), column(1, 0, 0), column(0.04, 1e4, 3e7),
        np.array([0.3, 4.0, 40.0, 400.0, 4e3, 4e4]), np.array([1e-3, 1e-7, 1e-3]), np.array(answer)[:, None],
    )  # fmt: skip


def hires():
    def rates(t, x, p):
        bind, loss = p[0] * x[5] * x[7], 1.81 * x[6]
        return [
            -1.71 * x[0] + 0.43 * x[1] + 8.32 * x[2] + 0.0007,
            1.71 * x[0] - 8.75 * x[1],
            -10.03 * x[2] + 0.43 * x[3] + 0.035 * x[4],
            8.32 * x[1] + 1.71 * x[2] - 1.12 * x[3],
            -1.745 * x[4] + 0.43 * x[5] + 0.43 * x[6],
            -bind + 0.69 * x[3] + 1.71 * x[4] - 0.43 * x[5] + 0.69 * x[6],
            bind - loss,
            loss - bind,
        ]

    answer = [
        [0.845505576128, 0.196101059419, 0.0157193155373, 0.00576076560293, 0.00434158620539, 7.37131257333e-04],
        [0.103599011666, 0.0425599124952, 0.00318301266612, 0.00112622101669, 8.48870248954e-04, 1.44248572632e-04],
        [6.04133071685e-04, 0.0192746261262, 0.00241812698487, 0.00103949525673, 7.62160745195e-04, 5.88872974097e-05],
        [0.049121590135, 0.4394934426, 0.0403293999314, 0.00998152388719, 0.0074975546307, 0.00117565134328],
        [1.34620490088e-05, 0.035056907475, 0.179246682317, 0.175158859913, 0.126200620258, 0.00238635619883],
        [0.00117740448055, 0.259332864572, 0.732659980823, 0.703727058056, 0.505073998615, 0.00623896825274],
        [4.81229350610e-05, 0.00555957703188, 0.00565014429476, 0.00564811852948, 0.00562797182861, 0.00284999839519],
        [0.00565187706494, 1.40422968124e-04, 4.98557052435e-05, 5.18814705197e-05, 7.20281713913e-05, 0.00285000160481],
    ]  # fmt: skip
    return Problem(
        rates, tuple("abcdefgh"), ("bind",), column(1, 0, 0, 0, 0, 0, 0, 0.0057), column(280.0),
        np.array([0.1, 1.3, 7.0, 31.0, 110.0, 321.8122]), np.full(8, 1e-4), np.array(answer)[:, None],
    )  # fmt: skip


def van_der_pol():
    def rates(t, x, p):
        return [x[1], p[0] * (1.0 - x[0] * x[0]) * x[1] - x[0]]

    answer = [
        [1.99999355554, 1.96618949539, 1.779397769, 1.34289173128, -1.86364625481, -1.35474591949, 1.70616773217],
        [
            -6.66670123484e-04,
            -6.86063125881e-04,
            -8.21415702697e-04,
            -0.00167158867279,
            7.53543086544e-04,
            0.0016217887276,
            -8.92809701025e-04,
        ],
    ]
    return Problem(
        rates, ("position", "speed"), ("stiffness",), column(2, 0), column(1000.0),
        np.array([0.01, 50.0, 300.0, 700.0, 1000.0, 1500.0, 2000.0]), np.array([1e-2, 1e-3]), np.array(answer)[:, None],
    )  # fmt: skip


def trafficking(cases=3, seed=5):
    """Cells moving between five places, with loss in each: the answer is a matrix exponential."""
    from scipy.linalg import expm

    pairs = [(0, 1), (1, 0), (0, 2), (2, 0), (1, 3), (3, 4), (4, 0)]

    def rates(t, x, p):
        change = [-p[7 + i] * x[i] for i in range(5)]
        for rate, (source, to) in zip(p, pairs, strict=False):
            change[source] = change[source] - rate * x[source]
            change[to] = change[to] + rate * x[source]
        return change

    random = np.random.default_rng(seed)
    values = random.lognormal(-1.0, 1.3, (12, cases))
    values[0] *= 60.0
    start, times = random.lognormal(3.0, 1.0, (5, cases)), np.array([0.07, 0.9, 3.3, 11.7, 28.1])
    answer = np.empty((5, cases, len(times)))
    for case in range(cases):
        matrix = -np.diag(values[7:, case] + 0.0)
        for rate, (source, to) in zip(values[:, case], pairs, strict=False):
            matrix[source, source] -= rate
            matrix[to, source] += rate
        answer[:, case] = np.column_stack([expm(matrix * t) @ start[:, case] for t in times])
    return Problem(rates, tuple("vwxyz"), tuple(f"rate_{i}" for i in range(12)), start, values, times, np.full(5, 1e-3), answer)


def kaps():
    """A nonlinear stiff pair with the answer exp(-2 t), exp(-t)."""

    def rates(t, x, p):
        return [(1.0 / p[0]) * (x[1] * x[1] - x[0]) - 2.0 * x[0], x[0] - x[1] - x[1] * x[1]]

    times = np.array([0.13, 0.77, 1.9, 3.1])
    answer = np.array([np.exp(-2.0 * times), np.exp(-times)])[:, None]
    return Problem(rates, ("fast", "slow"), ("gap",), column(1, 1), column(0.0037), times, np.full(2, 1e-2), answer)


def follower():
    """A state pulled towards a moving target: exact answer 2 + sin(1.3 t), with time itself in the rates."""

    def rates(t, x, p):
        # sine and cosine are not among the functions of the equations: two more states turn them out
        return [
            -p[0] * (x[0] - 2.0 - x[1]) + 1.3 * x[2],
            1.3 * x[2],
            -1.3 * x[1],
            -p[0] * (x[3] - 1.0 / (1.0 + t * t)) - 2.0 * t / (1.0 + t * t) ** 2,
        ]

    times = np.array([0.21, 1.1, 2.9, 4.7])
    turn = 1.3 * times
    answer = np.array([2.0 + np.sin(turn), np.sin(turn), np.cos(turn), 1.0 / (1.0 + times**2)])[:, None]
    return Problem(
        rates, ("follower", "sine", "cosine", "bell"), ("pull",), column(2, 0, 1, 1), column(47.0), times, np.ones(4), answer
    )


def gompertz(cases=4):
    """A smooth, non-stiff model: growth that slows with the logarithm of the size."""

    def rates(t, x, p):
        return [p[0] * x[0] * np.log(p[1] / x[0])]

    random = np.random.default_rng(3)
    rate, limit = random.uniform(0.03, 0.4, cases), random.lognormal(24.0, 1.0, cases)
    start, times = random.lognormal(16.0, 1.0, cases), np.array([1.7, 9.3, 33.0, 91.0])
    answer = limit[:, None] * np.exp(np.log(start / limit)[:, None] * np.exp(-rate[:, None] * times))
    return Problem(
        rates, ("tumour",), ("growth_rate", "limit"), start[None], np.array([rate, limit]), times, np.array([1e3]), answer[None]
    )


def coupled(size=12, cases=2, seed=11):
    """Every state acts on every other: a full Jacobian. Linear, so the answer is a matrix exponential."""
    from scipy.linalg import expm

    random = np.random.default_rng(seed)
    matrix = random.normal(0.0, 0.3, (size, size)) - 1.7 * np.eye(size)
    speed = random.uniform(0.6, 1.9, cases)

    def rates(t, x, p):
        return [p[0] * sum(float(matrix[i, j]) * x[j] for j in range(size)) for i in range(size)]

    start, times = random.normal(0.0, 2.0, (size, cases)), np.array([0.3, 1.1, 2.3])
    answer = np.stack([np.column_stack([expm(matrix * k * t) @ start[:, i] for t in times]) for i, k in enumerate(speed)], axis=1)
    return Problem(rates, tuple(f"x{i}" for i in range(size)), ("speed",), start, speed[None], times, np.ones(size), answer)


def dose(x, p, amount):
    """Add the amounts to the first states."""
    x[: len(amount)] += amount
    return x, p


def doses(cases, days, amounts):
    """The same doses for every case."""
    day = np.tile(np.asarray(days, dtype=float), (cases, 1))
    amount = np.tile(np.asarray(amounts, dtype=float)[None, :, None], (cases, 1, 1))
    return Events(day, np.zeros(day.shape, dtype=int), amount)


def once(signal, action, *amounts):
    """A reaction that acts the first time a signal is above zero."""
    rows = np.array(amounts, dtype=float).reshape(-1, 1)
    return Reaction(when=(Alternative((Sign(signal, 0.0),)),), actions=((action, rows),))
