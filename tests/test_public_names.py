"""Only the intended names are public, and each of them is what it says."""

import importlib
import inspect

import pytest

import simsolid as sim

PUBLIC = {
    "Conditioning", "Drug", "Infusion", "Marginal", "Model", "ModelError", "ParameterError", "Regimen", "Rule", "Scans",
    "Screening", "SolveError", "Stop", "Surgery", "Switch", "accept", "assess", "available", "benefit_risk", "blocks",
    "calibrate", "calibrated", "check_model", "cite", "compare", "conduct", "crs_risk", "demo", "draw", "enrolled",
    "evidence", "export_model", "export_petab", "export_sbml", "failures", "features", "fit", "flow", "format_table",
    "gallery", "hazard_ratio", "import_sbml", "intention_to_treat", "kaplan_meier", "landmark", "ledger", "lesson",
    "load", "load_model", "median_survival", "need", "numbers_at_risk", "observe", "paired", "plot", "posterior",
    "pseudo", "reported", "rests_on", "roster", "rules", "run", "screen", "select", "shows", "simulate", "state",
    "stream", "summarise", "trial", "typical", "validate", "validated", "vary", "wait", "weigh",
}  # fmt: skip


def test_only_the_intended_names_are_public():
    assert set(sim.__all__) == PUBLIC
    assert {name for name in dir(sim) if not name.startswith("_")} == PUBLIC


@pytest.mark.parametrize("name", sorted(PUBLIC - {"gallery", "lesson", "plot", "pseudo"}))
def test_public_name_is_a_function_or_class_even_after_its_module_was_imported(name):
    importlib.import_module(f"simsolid.{sim._HOMES[name]}")
    assert inspect.isfunction(getattr(sim, name)) or inspect.isclass(getattr(sim, name))


def test_misspelt_name_suggests_the_right_one():
    with pytest.raises(AttributeError, match="did you mean 'simulate'"):
        sim.simulte  # noqa: B018
