"""Problems with known answers, on which the engines are tested and measured."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from simsolid.engines.numpy import Events, integrate
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
        return integrate(
            traced or self.traced(), self.start, self.values, atol=rtol * self.floor, rtol=rtol, **given
        )

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
        [0.9886739393819259, 0.9055186785842531, 0.7158270687194067, 0.4505186684711014, 0.1832022577767133, 0.03898337708548341],
        [
            3.447715743689193e-05,
            2.2404756875601792e-05,
            9.185534764557636e-06,
            3.2229014416745386e-06,
            8.942371252776159e-07,
            1.6217683159097143e-07,
        ],
        [0.011291583460638143, 0.09445891665887224, 0.2841637457458295, 0.5494781086274565, 0.816796847986157, 0.9610164607376805],
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
        [0.8455055761278135, 0.19610105941930503, 0.015719315537316203, 0.0057607656029329225, 0.004341586205387765, 0.0007371312573325478],
        [0.103599011665568, 0.042559912495185405, 0.0031830126661203193, 0.0011262210166909183, 0.00084887024895437, 0.0001442485726316147],
        [0.0006041330716850384, 0.019274626126186672, 0.0024181269848706057, 0.0010394952567278346, 0.0007621607451945703, 5.8887297409672194e-05],
        [0.049121590134992184, 0.439493442599993, 0.04032939993136468, 0.009981523887190554, 0.0074975546307019724, 0.001175651343283113],
        [1.3462049008818338e-05, 0.035056907474967605, 0.17924668231711618, 0.17515885991301264, 0.1262006202581682, 0.002386356198830763],
        [0.001177404480546782, 0.2593328645717208, 0.7326599808231715, 0.7037270580564109, 0.5050739986153193, 0.006238968252741015],
        [4.812293506097371e-05, 0.005559577031876043, 0.005650144294756555, 0.005648118529480276, 0.0056279718286087665, 0.0028499983951853734],
        [0.005651877064939035, 0.00014042296812396914, 4.985570524345605e-05, 5.1881470519749905e-05, 7.202817139125463e-05, 0.002850001604814656],
    ]  # fmt: skip
    return Problem(
        rates, tuple("abcdefgh"), ("bind",), column(1, 0, 0, 0, 0, 0, 0, 0.0057), column(280.0),
        np.array([0.1, 1.3, 7.0, 31.0, 110.0, 321.8122]), np.full(8, 1e-4), np.array(answer)[:, None],
    )  # fmt: skip


def van_der_pol():
    def rates(t, x, p):
        return [x[1], p[0] * (1.0 - x[0] * x[0]) * x[1] - x[0]]

    answer = [
        [1.9999935555394164, 1.9661894953941783, 1.7793977690043106, 1.3428917312833302, -1.8636462548081525, -1.354745919486582, 1.7061677321704238],
        [-0.0006666701234841478, -0.0006860631258806399, -0.0008214157026973315, -0.0016715886727946977, 0.0007535430865437227, 0.0016217887275980657, -0.0008928097010248605],
    ]  # fmt: skip
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
    return Problem(
        rates, tuple("vwxyz"), tuple(f"rate_{i}" for i in range(12)), start, values, times, np.full(5, 1e-3), answer
    )


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
    answer = np.stack(
        [np.column_stack([expm(matrix * k * t) @ start[:, i] for t in times]) for i, k in enumerate(speed)], axis=1
    )
    return Problem(
        rates, tuple(f"x{i}" for i in range(size)), ("speed",), start, speed[None], times, np.ones(size), answer
    )


def dose(x, p, amount):
    """Add the amounts to the first states."""
    x[: len(amount)] += amount
    return x, p


def doses(cases, days, amounts):
    """The same doses for every case."""
    day = np.tile(np.asarray(days, dtype=float), (cases, 1))
    amount = np.tile(np.asarray(amounts, dtype=float)[None, :, None], (cases, 1, 1))
    return Events(day, np.zeros(day.shape, dtype=int), amount)
