"""Right-hand sides for other solvers, printed from our traced graph: all tools solve the same equations, and none by hand."""

import math
from collections.abc import Callable, Mapping

import numpy as np

from simsolid.engines.emit import Program
from simsolid.trace import Traced

_TEXT = {
    "+": "{0} + {1}", "-": "{0} - {1}", "*": "{0} * {1}", "/": "{0} / {1}", "neg": "-{0}", "exp": "exp({0})", "log": "log({0})",
    "sqrt": "sqrt({0})", "pow": "power({0}, {1})", "branch": "{1} if {0} > 0.0 else {2}",
}  # fmt: skip
_FLOATS = {"exp": math.exp, "log": math.log, "sqrt": math.sqrt, "power": math.pow}


def source(traced: Traced, floor: np.ndarray | None = None, text: Mapping[str, str] = _TEXT) -> str:
    """Text of ``rhs(t, x, p, out)``; with a floor, states are counted in units of it, for tools with one absolute tolerance."""
    lines, targets, constants = Program(traced.rates).lowered

    def name(register):
        if isinstance(register, int):
            return f"v{register}"
        return f"({constants[register]!r})" if register in constants else "t" if register == "t0" else register

    scale = [""] * len(targets) if floor is None else [f" * {float(each)!r}" for each in floor]
    unscale = [text.replace("*", "/") for text in scale]
    used = sorted({a for line in lines for a in line.args if isinstance(a, str) and a[0] in "xp"} | set(map(str, targets)))
    leaves = [(n[0], int(n[1:])) for n in used if n[0] in "xp"]
    body = [f"{kind}{i} = {kind}[{i}]{scale[i] if kind == 'x' else ''}" for kind, i in leaves]
    body += [f"v{line.to} = {text[line.op].format(*map(name, line.args))}" for line in lines]
    body += [f"out[{i}] = ({name(register)}){unscale[i]}" for i, register in enumerate(targets)]
    return "\n    ".join(["def rhs(t, x, p, out):", *body, "return out"]) + "\n"


def function(text: str, names: Mapping) -> Callable:
    """The printed function."""
    space = dict(names)
    exec(compile(text, "<printed equations>", "exec"), space)
    return space["rhs"]


def plain(traced: Traced) -> Callable:
    """Function of (t, x, p) on Python floats."""
    rhs, size = function(source(traced), _FLOATS), len(traced.states)

    def call(t, x, p):
        try:
            return rhs(t, x.tolist(), p.tolist(), [0.0] * size)
        except (ArithmeticError, ValueError):  # Python raises where a processor goes on with NaN, at a trial step that is refused
            return [math.nan] * size

    return call


def compiled(traced: Traced, floor: np.ndarray | None = None) -> Callable:
    """Function of (t, x, p, out) compiled by Numba."""
    import numba

    return numba.njit(error_model="numpy")(function(source(traced, floor), _FLOATS))


def symbolic(traced: Traced, floor: np.ndarray) -> Callable:
    """Function of (t, x, p) on values of JAX, states in units of their floor."""
    import jax.numpy as jnp

    names = {"exp": jnp.exp, "log": jnp.log, "sqrt": jnp.sqrt, "power": jnp.power, "where": jnp.where}
    rhs = function(source(traced, floor, _TEXT | {"branch": "where({0} > 0.0, {1}, {2})"}), names)

    def call(t, x, p):
        return jnp.stack(rhs(t, x, p, [0.0] * len(traced.states)))

    return call
