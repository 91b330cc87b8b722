"""Other simulators for tests, or a skip that says how to get them."""

import locale
import warnings

import pytest


def roadrunner():
    """Give libRoadRunner, set to compile quickly: its usual way takes longer than a whole test."""
    found = _imported("roadrunner", "libroadrunner")
    found.Config.setValue(found.Config.LLVM_BACKEND, found.Config.LLJIT)
    found.Config.setValue(found.Config.LLJIT_OPTIMIZATION_LEVEL, 0)
    return found


def copasi():
    """Give COPASI through basico."""
    return _imported("basico", "copasi-basico")


def petab():
    """Give the PEtab library, version 1 of the format; its use of pandas is older than pandas' own rules."""
    warnings.filterwarnings("ignore", category=FutureWarning, module="petab")
    warnings.filterwarnings("ignore", category=DeprecationWarning, module="petab")
    return _imported("petab.v1", "petab")


def _imported(module, package):
    before = locale.setlocale(locale.LC_ALL)
    try:
        with warnings.catch_warnings():  # names of types in their bindings, from Python 3.12 on
            warnings.simplefilter("ignore", DeprecationWarning)
            return pytest.importorskip(module, reason=f"{package} is not installed: pip install {package}")
    finally:
        locale.setlocale(locale.LC_ALL, before)  # COPASI sets it to C, after which Python reads files as ASCII
