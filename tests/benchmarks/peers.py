"""Other solvers on the same equations, each in its fastest form that we know.

A peer is a function of a problem that returns its leg: from one dose to the next, for a block of patients. Tools that take
patients one by one are looped over here; what doses do is done between the legs, for all patients at once.
"""

from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec

import numpy as np

from tests.benchmarks.equations import compiled, plain, symbolic
from tests.benchmarks.work import Work

Leg = Callable[[np.ndarray, np.ndarray, np.ndarray, float], np.ndarray]
MOST_STEPS = 1_000_000


class Missing(Exception):
    """A peer cannot be had here; says why."""


def follow(leg: Leg, work: Work, rtol: float) -> np.ndarray:
    """Daily states of all patients by a peer: states by cases by times."""
    x, p, parts = work.start.copy(), work.parameters.copy(), []
    for days, acts in work.legs():
        for action, amount in acts:
            x, p = action(x, p, amount)
        found = leg(x, p, days, rtol)
        parts.append(found[:, :, :-1])
        x = found[:, :, -1].copy()
    return np.concatenate([*parts, x[:, :, None]], axis=2)


def _needs(package: str, advice: str) -> None:
    if not find_spec(package):
        raise Missing(f"{package} is not installed; {advice}")


def _each(one: Callable) -> Leg:
    """Patient after patient; one who was lost in an earlier leg stays lost."""

    def leg(x, p, days, rtol):
        found = np.full((len(x), x.shape[1], len(days)), np.nan)
        for case in range(x.shape[1]):
            if np.isfinite(x[:, case]).all():
                values = one(x[:, case].copy(), p[:, case].copy(), days, rtol)
                found[:, case, : values.shape[1]] = values
        return found

    return leg


def _rates(work: Work) -> Callable:
    """Function of (t, x, p) compiled by Numba."""
    import numba

    inner, size = compiled(work.traced), len(work.start)

    @numba.njit
    def call(t, x, p):
        return inner(t, x, p, np.empty(size))

    return call


def _solve_ivp(rates: Callable, work: Work, method: str) -> Leg:
    from scipy.integrate import solve_ivp

    def one(x, p, days, rtol):
        return solve_ivp(
            rates, (days[0], days[-1]), x, method=method, t_eval=days, args=(p,), rtol=rtol, atol=rtol * work.floor
        ).y  # fmt: skip

    return _each(one)


def solve_ivp_plain(work: Work) -> Leg:
    """SciPy alone, as most people write it."""
    return _solve_ivp(plain(work.traced), work, "LSODA")


def solve_ivp_compiled(work: Work, method: str) -> Leg:
    """SciPy with rates compiled by Numba; Jacobians by differences."""
    _needs("numba", "pip install numba")
    return _solve_ivp(_rates(work), work, method)


def odeint_compiled(work: Work) -> Leg:
    """SciPy's older interface to LSODA, which stays in compiled code between calls of the rates."""
    _needs("numba", "pip install numba")
    from scipy.integrate import odeint

    rates = _rates(work)

    def one(x, p, days, rtol):
        found, told = odeint(
            rates, x, days, args=(p,), rtol=rtol, atol=rtol * work.floor, tfirst=True, mxstep=MOST_STEPS, full_output=True
        )  # fmt: skip
        return found.T if told["message"] == "Integration successful." else found.T[:, :0]

    return _each(one)


def numbalsoda(work: Work) -> Leg:
    """LSODA in C++ looped over patients in compiled code; one tolerance only, hence states in units of their floor."""
    _needs("numbalsoda", "pip install numbalsoda, which needs a Fortran compiler")
    import numba
    from numbalsoda import lsoda, lsoda_sig

    inner = compiled(work.traced, work.floor)

    @numba.cfunc(lsoda_sig)
    def rates(t, x, out, p):
        inner(t, x, p, out)

    address = rates.address

    @numba.njit
    def block(x, p, days, rtol):
        found = np.full((len(x), len(days), x.shape[1]), np.nan)
        for case in range(len(x)):
            values, well = lsoda(address, x[case], days, p[case], rtol, rtol, MOST_STEPS)
            if well:
                found[case] = values
        return found

    def leg(x, p, days, rtol):
        found = block((x / work.floor[:, None]).T.copy(), p.T.copy(), days, rtol)
        return (found * work.floor).transpose(2, 0, 1)

    return leg


def roadrunner(work: Work) -> Leg:
    """libRoadRunner (CVODE on code compiled by LLVM), which reads the SBML that we export."""
    for package in ("roadrunner", "libsbml"):
        _needs(package, "pip install libroadrunner python-libsbml")
    import roadrunner as rr

    from simsolid.sbml import library, sbml_of

    # outputs are left out, or it would compute them at every step
    text = sbml_of(replace(work.traced, outputs={}, triggers={}), work.start[:, 0], work.parameters[:, 0])
    document, size = library().readSBMLFromString(text), len(work.start)  # the document owns what is read from it
    listed = document.getModel().getListOfParameters()
    names = [listed.get(i).getId() for i in range(size + len(work.parameters))]  # states first, then parameters
    run = rr.RoadRunner(text)
    known = list(run.model.getGlobalParameterIds())
    places = [known.index(name) for name in names]
    if list(run.model.getRateRuleSymbols()) != names[:size]:
        raise Missing("libroadrunner lists the states in another order than the file; tolerances would go to the wrong ones")
    run.timeCourseSelections, run.integrator.maximum_num_steps = names[:size], MOST_STEPS

    def one(x, p, days, rtol):
        run.integrator.relative_tolerance = rtol
        run.integrator.setValue("absolute_tolerance", [float(each) for each in rtol * work.floor])
        run.model.setGlobalParameterValues(places, np.concatenate([x, p]))
        try:
            return np.array(run.simulate(times=days.tolist())).T
        except RuntimeError:  # CVODE gave up
            return np.empty((size, 0))

    return _each(one)


def diffrax(work: Work, method: str) -> Leg:
    """JAX: all patients in step, in one call."""
    _needs("diffrax", "pip install 'jax[cpu]' diffrax")
    import diffrax as dfx
    import jax

    jax.config.update("jax_enable_x64", True)
    rates = symbolic(work.traced, work.floor)

    def one(x, p, days, rtol):
        return dfx.diffeqsolve(
            dfx.ODETerm(rates), getattr(dfx, method)(), days[0], days[-1], None, x, p, saveat=dfx.SaveAt(ts=days),
            stepsize_controller=dfx.PIDController(rtol=rtol, atol=rtol), max_steps=MOST_STEPS, throw=False,
            adjoint=dfx.ForwardMode(),
        ).ys  # fmt: skip

    block = jax.jit(jax.vmap(one, in_axes=(0, 0, None, None)))
    longest = max(len(days) for days, _ in work.legs())

    def leg(x, p, days, rtol):
        # legs of one length, the last day repeated, share one compilation, which can take minutes
        padded = np.concatenate([days, np.full(longest - len(days), days[-1])])
        found = np.asarray(block((x / work.floor[:, None]).T, p.T, padded, rtol))
        return (found[:, : len(days)] * work.floor).transpose(2, 0, 1)

    return leg
