"""Simulate CAR-T cell therapy of solid tumours, by delivery route, in virtual patients.

Research and teaching only; not medical advice.
"""

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

# Public names and where they live. Each is imported when first used, so that ``import simsolid`` stays light.
_HOMES = {
    "load": "load",
    "load_model": "load",
    "draw": "cohort",
    "typical": "cohort",
    "roster": "cohort",
    "vary": "vary",
    "Regimen": "regimen",
    "Infusion": "regimen",
    "Conditioning": "regimen",
    "Surgery": "regimen",
    "Drug": "regimen",
    "Switch": "regimen",
    "Stop": "regimen",
    "Rule": "rule",
    "rules": "rulebook",
    "Scans": "scans",
    "ledger": "ledger",
    "simulate": "simulate",
    "failures": "simulate",
    "blocks": "stream",
    "stream": "stream",
    "run": "run",
    "fit": "fit",
    "posterior": "posterior",
    "Model": "model",
    "need": "declare",
    "state": "model",
    "shows": "model",
    "observe": "observe",
    "assess": "assess",
    "summarise": "summarise",
    "paired": "summarise",
    "kaplan_meier": "survival",
    "numbers_at_risk": "survival",
    "median_survival": "survival",
    "landmark": "survival",
    "hazard_ratio": "survival",
    "select": "cohort",
    "Screening": "screening",
    "screen": "screening",
    "enrolled": "screening",
    "wait": "attrition",
    "flow": "attrition",
    "intention_to_treat": "attrition",
    "crs_risk": "risk",
    "benefit_risk": "risk",
    "rests_on": "sensitivity",
    "Marginal": "marginals",
    "features": "prevalence",
    "weigh": "prevalence",
    "reported": "trials.reported",
    "accept": "prevalence",
    "format_table": "report",
    "cite": "cite",
    "evidence": "evidence",
    "available": "files",
    "compare": "compare",
    "calibrate": "calibrate",
    "calibrated": "calibrate.shipped",
    "trial": "trials.files",
    "conduct": "trials.conduct",
    "check_model": "dimensions",
    "validate": "validation.run",
    "validated": "validation.shipped",
    "export_sbml": "export",
    "export_model": "export_model",
    "export_petab": "export_petab",
    "import_sbml": "sbml_read.imported",
    "demo": "compare",
    "ParameterError": "errors",
    "ModelError": "errors",
    "SolveError": "errors",
}
_MODULES = ("gallery", "lesson", "plot", "pseudo")

__all__ = sorted([*_HOMES, *_MODULES])

if TYPE_CHECKING:
    from simsolid import gallery, lesson, plot, pseudo
    from simsolid.assess import assess
    from simsolid.attrition import flow, intention_to_treat, wait
    from simsolid.calibrate import calibrate
    from simsolid.calibrate.shipped import calibrated
    from simsolid.cite import cite
    from simsolid.cohort import draw, roster, select, typical
    from simsolid.compare import compare, demo
    from simsolid.declare import need
    from simsolid.dimensions import check_model
    from simsolid.errors import ModelError, ParameterError, SolveError
    from simsolid.evidence import evidence
    from simsolid.export import export_sbml
    from simsolid.export_model import export_model
    from simsolid.export_petab import export_petab
    from simsolid.files import available
    from simsolid.fit import fit
    from simsolid.ledger import ledger
    from simsolid.load import load, load_model
    from simsolid.marginals import Marginal
    from simsolid.model import Model, shows, state
    from simsolid.observe import observe
    from simsolid.posterior import posterior
    from simsolid.prevalence import accept, features, weigh
    from simsolid.regimen import Conditioning, Drug, Infusion, Regimen, Stop, Surgery, Switch
    from simsolid.report import format_table
    from simsolid.risk import benefit_risk, crs_risk
    from simsolid.rule import Rule
    from simsolid.rulebook import rules
    from simsolid.run import run
    from simsolid.sbml_read.imported import import_sbml
    from simsolid.scans import Scans
    from simsolid.screening import Screening, enrolled, screen
    from simsolid.sensitivity import rests_on
    from simsolid.simulate import failures, simulate
    from simsolid.stream import blocks, stream
    from simsolid.summarise import paired, summarise
    from simsolid.survival import hazard_ratio, kaplan_meier, landmark, median_survival, numbers_at_risk
    from simsolid.trials.conduct import conduct
    from simsolid.trials.files import trial
    from simsolid.trials.reported import reported
    from simsolid.validation.run import validate
    from simsolid.validation.shipped import validated
    from simsolid.vary import vary


class _Package(ModuleType):
    """A package whose verbs stay functions: importing ``simsolid.load`` must not put a module where ``load`` was."""

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(value, ModuleType) and _HOMES.get(name) == name:
            value = getattr(value, name)
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        found = getattr(import_module(f"simsolid.{_HOMES[name]}"), name)
    elif name in _MODULES:
        found = import_module(f"simsolid.{name}")
    else:
        from simsolid.errors import nearest

        raise AttributeError(f"module 'simsolid' has no '{name}'{nearest(name, __all__)}")
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
