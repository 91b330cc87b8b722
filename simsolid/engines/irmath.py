"""Exponential, logarithm, power and root of a vector, in LLVM's intermediate language.

No library of vectorised functions is at hand, so they are written out: reduced to a short interval, then a series. The error
is a few units in the last place; every patient gets the same bits in whatever lane it stands.
"""

import math

from simsolid.engines.ir import Code

_ROUNDER = 1.5 * 2.0**52  # a double this large has no digits after the point: adding it rounds to a whole number
_ROUNDER_BITS = 0x4338000000000000
_LN2_HIGH, _LN2_LOW = 0.6931471803691238, 1.9082149292705877e-10  # the first has so few digits that a product is exact
_ROOT_HALF_BITS = 0x3FE6A09E667F3BCD  # of sqrt(1/2): mantissas are taken from there to sqrt(2)
_SMALLEST = 2.2250738585072014e-308  # normal number
_EXP_TERMS, _LOG_TERMS = 13, 10


def declared(lanes: int) -> str:
    """Declare what the code below calls: single instructions of the processor.

    Parameters
    ----------
    lanes : [1], one
        Patients side by side.
    """
    vector = f"<{lanes} x double>"
    given = {"sqrt": 1, "fabs": 1, "fmuladd": 3}
    lines = [f"declare {vector} @llvm.{name}.v{lanes}f64({', '.join([vector] * n)})" for name, n in given.items()]
    return "\n".join([*lines, "declare i64 @llvm.ctpop.i64(i64)"])


def _native(code, name, x):
    return code.new(f"call {code.vector} @llvm.{name}.v{code.lanes}f64({code.vector} {x})")


def _bits(code, value):
    return code.new(f"bitcast {code.vector} {value} to {code.whole}")


def _double(code, bits):
    return code.new(f"bitcast {code.whole} {bits} to {code.vector}")


def _whole(code, op, a, b):
    return code.new(f"{op} {code.whole} {a}, splat (i64 {b})" if isinstance(b, int) else f"{op} {code.whole} {a}, {b}")


def _series(code, weights, x):
    found = code.splat(weights[-1])
    for weight in weights[-2::-1]:
        found = code.fused(found, x, code.splat(weight))
    return found


def exp(code: Code, x: str) -> str:
    """e to the power of a vector.

    Parameters
    ----------
    code : Code
        Where it is written.
    x : text
        Register.

    Returns
    -------
    text
    """
    low = code.select(code.compare("olt", x, code.splat(-746.0)), code.splat(-746.0), x)
    x = code.select(code.compare("ogt", low, code.splat(710.0)), code.splat(710.0), low)
    shifted = code.fused(x, code.splat(1.0 / math.log(2.0)), code.splat(_ROUNDER))
    n = code.op("fsub", shifted, code.splat(_ROUNDER))
    rest = code.fused(n, code.splat(-_LN2_LOW), code.fused(n, code.splat(-_LN2_HIGH), x))
    found = _series(code, [1.0 / math.factorial(k) for k in range(_EXP_TERMS + 1)], rest)
    power = _whole(code, "sub", _bits(code, shifted), _ROUNDER_BITS)
    half = _whole(code, "ashr", power, 1)
    for part in (half, _whole(code, "sub", power, half)):  # in two halves, so that results near the limits of a double come out
        scale = _double(code, _whole(code, "shl", _whole(code, "add", part, 1023), 52))
        found = code.op("fmul", found, scale)
    return found


def log(code: Code, x: str) -> str:
    """Natural logarithm of a vector.

    Parameters
    ----------
    code : Code
        Where it is written.
    x : text
        Register.

    Returns
    -------
    text
    """
    tiny = code.compare("olt", x, code.splat(_SMALLEST))
    bits = _bits(code, code.select(tiny, code.op("fmul", x, code.splat(2.0**54)), x))
    above = _whole(code, "sub", bits, _ROOT_HALF_BITS)
    power = _double(code, _whole(code, "add", _whole(code, "ashr", above, 52), _ROUNDER_BITS))
    power = code.op("fsub", power, code.splat(_ROUNDER))
    power = code.select(tiny, code.op("fsub", power, code.splat(54.0)), power)
    mantissa = _double(code, _whole(code, "sub", bits, _whole(code, "and", above, -(2**52))))
    one = code.splat(1.0)
    f = code.op("fdiv", code.op("fsub", mantissa, one), code.op("fadd", mantissa, one))
    square = code.op("fmul", f, f)
    series = code.op("fmul", f, _series(code, [2.0 / (2 * k + 1) for k in range(_LOG_TERMS + 1)], square))
    found = code.fused(power, code.splat(_LN2_HIGH), code.fused(power, code.splat(_LN2_LOW), series))
    found = code.select(code.compare("oeq", x, "zeroinitializer"), code.splat(-math.inf), found)
    found = code.select(code.compare("oeq", x, code.splat(math.inf)), x, found)
    wrong = code.compare("ult", x, "zeroinitializer")  # below zero, or not a number
    return code.select(wrong, code.splat(math.nan), found)


def power(code: Code, a: str, b: str) -> str:
    """A vector to the power of another: exp(b log a); below zero the sign follows whole exponents, and others have no value.

    Parameters
    ----------
    code : Code
        Where it is written.
    a, b : texts
        Registers.

    Returns
    -------
    text
    """
    found = exp(code, code.op("fmul", b, log(code, _native(code, "fabs", a))))
    shifted = code.op("fadd", b, code.splat(_ROUNDER))
    whole = code.compare("oeq", code.op("fsub", shifted, code.splat(_ROUNDER)), b)
    odd = code.new(f"trunc {code.whole} {_bits(code, shifted)} to <{code.lanes} x i1>")
    turned = code.select(odd, code.new(f"fneg {code.vector} {found}"), found)
    negative = code.compare("olt", a, "zeroinitializer")
    found = code.select(negative, code.select(whole, turned, code.splat(math.nan)), found)
    return code.select(code.compare("oeq", b, "zeroinitializer"), code.splat(1.0), found)


def sqrt(code: Code, x: str) -> str:
    """Square root of a vector.

    Parameters
    ----------
    code : Code
        Where it is written.
    x : text
        Register.

    Returns
    -------
    text
    """
    return _native(code, "sqrt", x)


CALLS = {"exp": exp, "log": log, "pow": power, "sqrt": sqrt}
