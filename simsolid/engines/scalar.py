"""Exponential, logarithm, root and power of one number, bit for bit as NumPy computes them in a block.

Python's own versions come from another library and may differ in the last bit. Two equal entries are computed instead of one,
because NumPy has shortcuts for a single number.
"""

import math

import numpy as np


def _exp(value):
    return np.exp((value, value)).item(0)


def _log(value):
    return np.log((value, value)).item(0)


def _power(base, exponent):
    return np.power((base, base), (exponent, exponent)).item(0)


def _sqrt(value):
    return math.sqrt(value) if value >= 0.0 else math.nan


FLOAT_CALLS = {"exp": _exp, "log": _log, "power": _power, "sqrt": _sqrt}
