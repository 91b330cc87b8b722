"""Exponential, logarithm, root and power of one number, bit for bit as NumPy computes them in a block.

Python's own versions come from another library and may differ in the last bit.
"""

import math

import numpy as np


def _exp(value):
    return float(np.exp(value))


def _log(value):
    return float(np.log(value))


def _power(base, exponent):
    # Two equal entries instead of one: for a single exponent of 2, 1/2 or -1 NumPy takes a shortcut with other last bits.
    return np.power((base, base), (exponent, exponent)).item(0)


def _sqrt(value):
    return math.sqrt(value) if value >= 0.0 else math.nan


FLOAT_CALLS = {"exp": _exp, "log": _log, "power": _power, "sqrt": _sqrt}
