"""Other solvers on the benchmark problem, each given the same equations in its fastest form.

The text of the right-hand side is printed from our graph, so that all tools solve the same equations: straight-line Python on
floats for SciPy alone, the same lines compiled by Numba for the others.
"""

import math
import re
from collections.abc import Callable

import numpy as np

from simsolid.engines.emit import Program
from tests.cart_problem import FLOOR, SECOND_DAY, SECOND_DOSE, cart


def source(scaled: bool = False) -> str:
    """Text of ``rhs(t, x, p, out)``; ``scaled`` states are counted in units of their floor, for tools with one tolerance."""
    text = Program(cart(1).traced().rates).float_source
    body = []
    for line in text.splitlines()[1:]:
        if unpacked := re.fullmatch(r"    \((.*),\) = ([xp])\[:\d+\]", line):
            line = "\n".join(f"    {name} = {unpacked[2]}[{name[1:]}]" for name in unpacked[1].split(","))
        elif re.fullmatch(r"    [xp] = rows\['[xp]'\]", line):
            continue
        elif line.startswith("    return ("):
            rows = line.removeprefix("    return (").removesuffix(",)").split(",")
            line = "\n".join(f"    out[{i}] = {row.strip()}" for i, row in enumerate(rows))
        body.append(line)
    text = "\n".join(["def rhs(t0, x, p, out):", *body])
    if scaled:
        text = re.sub(r"( x(\d+) = x\[\d+\])", lambda m: f"{m[1]} * {float(FLOOR[int(m[2])])!r}", text)
        text = re.sub(r"(out\[(\d+)\] = )(.*)", lambda m: f"{m[1]}({m[3]}) * {float(1.0 / FLOOR[int(m[2])])!r}", text)
    return text


def _function(text: str, names: dict) -> Callable:
    space = dict(names)
    exec(text, space)
    return space["rhs"]


def plain() -> Callable:
    """Right-hand side on Python floats."""
    rhs = _function(source(), {"exp": math.exp, "log": math.log, "sqrt": math.sqrt, "power": math.pow})
    size = len(FLOOR)

    def call(t, x, p):
        out = [0.0] * size
        rhs(t, x.tolist(), p, out)
        return out

    return call


def compiled() -> Callable:
    """Right-hand side compiled by Numba."""
    import numba

    names = {"exp": math.exp, "log": math.log, "sqrt": math.sqrt, "power": math.pow}
    inner = numba.njit(_function(source(), names))
    size = len(FLOOR)

    @numba.njit
    def call(t, x, p):
        out = np.empty(size)
        inner(t, x, p, out)
        return out

    return call


def _two_parts(solve, start, days):
    """Solve up to the second infusion and from there on; each tool starts anew after a jump."""
    early, late = days[days <= SECOND_DAY], days[days >= SECOND_DAY]
    first = solve(start, early)
    after = first[:, -1].copy()
    after[0] += SECOND_DOSE
    return np.concatenate([first[:, :-1], solve(after, late)], axis=1)


def _solve_ivp(rhs, method, problem, case, rtol, listed):
    from scipy.integrate import solve_ivp

    p = problem.values[:, case].tolist() if listed else problem.values[:, case].copy()

    def solve(start, days):
        found = solve_ivp(rhs, (days[0], days[-1]), start, method=method, t_eval=days, args=(p,), rtol=rtol, atol=rtol * FLOOR)
        return found.y

    return _two_parts(solve, problem.start[:, case], problem.times)


def solve_ivp_plain(problem, case, rtol, rhs=[]):  # noqa: B006 (one compilation for all calls)
    """SciPy solve_ivp, LSODA, plain Python."""
    rhs or rhs.append(plain())
    return _solve_ivp(rhs[0], "LSODA", problem, case, rtol, True)


def solve_ivp_compiled(problem, case, rtol, rhs=[], method="LSODA"):  # noqa: B006
    """SciPy solve_ivp, LSODA, right-hand side compiled by Numba."""
    rhs or rhs.append(compiled())
    return _solve_ivp(rhs[0], method, problem, case, rtol, False)


def odeint_compiled(problem, case, rtol, rhs=[]):  # noqa: B006
    """SciPy odeint (LSODA in Fortran or C), right-hand side compiled by Numba."""
    from scipy.integrate import odeint

    rhs or rhs.append(compiled())
    p = problem.values[:, case].copy()

    def solve(start, days):
        return odeint(rhs[0], start, days, args=(p,), rtol=rtol, atol=rtol * FLOOR, tfirst=True, mxstep=100_000).T

    return _two_parts(solve, problem.start[:, case], problem.times)


def numbalsoda(problem, case, rtol, made=[]):  # noqa: B006
    """numbalsoda: LSODA in C++, called without Python; one tolerance only, hence states in units of their floor."""
    import numba
    from numbalsoda import lsoda, lsoda_sig

    if not made:
        names = {"exp": math.exp, "log": math.log, "sqrt": math.sqrt, "power": math.pow}
        inner = numba.njit(_function(source(scaled=True), names))

        @numba.cfunc(lsoda_sig)
        def rhs(t, x, out, p):
            inner(t, x, p, out)

        made.append(rhs)
    p = problem.values[:, case].copy()

    def solve(start, days):
        found, _ = lsoda(made[0].address, start / FLOOR, days, data=p, rtol=rtol, atol=rtol)
        return found.T * FLOOR[:, None]

    return _two_parts(solve, problem.start[:, case], problem.times)


def reference(problem, cases: int) -> np.ndarray:
    """Answer of the first cases: SciPy's DOP853 at 1e-12, an explicit method of order 8 and so unlike all the tools measured."""
    return np.stack([_solve_ivp_reference(problem, case) for case in range(cases)], axis=1)


def _solve_ivp_reference(problem, case, rtol=1e-12):
    return solve_ivp_compiled(problem, case, rtol, method="DOP853")


PEERS = {
    "SciPy solve_ivp LSODA": solve_ivp_plain,
    "SciPy solve_ivp LSODA, Numba rates": solve_ivp_compiled,
    "SciPy odeint LSODA, Numba rates": odeint_compiled,
    "numbalsoda": numbalsoda,
}
