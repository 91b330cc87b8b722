"""Every public function says what it does, names every argument with its unit, and cites sources that exist."""

import importlib
import inspect
import re

import pytest

import simsolid as sim
from simsolid.cite import bibliography

MODULES = (
    "assess", "cite", "cohort", "contact", "compare", "crs", "declare", "describe", "design", "draws", "errors", "evidence",
    "files", "fitted",
    "latex", "layers", "lint", "load", "model", "observe", "params", "progress", "recist", "regimen", "report", "results",
    "routes", "run", "schedule", "shift", "simulate", "steps", "stopped", "streams", "study", "summarise", "tables", "terms",
    "trace", "unfold", "units", "values", "vary", "engines.integrate", "arms", "times", "survival", "risk", "screening",
    "attrition", "choi", "plausible", "course", "criteria", "films", "irecist", "rano",
    "imaging", "rows", "blood", "outcome", "toxicity", "verdicts", "calls", "intervals", "stopping", "pseudo",
    "lesson.size", "lesson.settings", "lesson.sliding", "lesson.patient", "lesson.scanned", "lesson.release",
    "trials.estimates", "trials.hazards", "trials.endpoints", "trials.kinetics", "trials.design", "trials.observed",
    "trials.files", "trials.conduct", "trials.people", "trials.tally", "trials.treated", "trials.recentre", "trials.reported",
    "acts", "export", "export_model", "export_petab", "sbml", "sbml_math", "sbml_notes",
    "sbml_units", "symbols",
    "fit.columns",
    "fit.doubts", "fit.free", "fit.likelihood", "fit.one", "fit.problem", "fit.profile", "fit.search", "fit.series", "fit.setup",
    "posterior", "fit.tables", "fit.verb",
    "evaluate", "ranges", "rests", "sensitivity", "sobol", "gallery.check", "gallery.tables",
    "sbml_read.trees", "sbml_read.formulas",
    "sbml_read.values", "sbml_read.words", "sbml_read.refusals", "sbml_read.draft", "sbml_read.quantities",
    "sbml_read.happenings", "sbml_read.making", "sbml_read.imported", "marginals", "tilting", "prevalence", "weighted",
    "dimensions", "validation.sampling", "validation.posterior", "validation.judge", "validation.discussion", "validation.run",
    "validation.text", "validation.write",
)  # fmt: skip


def _public():
    for name in MODULES:
        home = importlib.import_module(f"simsolid.{name}")
        for label, found in vars(home).items():
            own = getattr(found, "__module__", "") == home.__name__
            if own and not label.startswith("_") and inspect.isfunction(found):
                yield pytest.param(found, id=f"{name}.{label}")


FUNCTIONS = list(_public())
# An argument without a unit says in one of these words what it is.
SPOKEN = (
    r"texts?|words|truth|functions?|mapping|anything|path|files?|folder|bytes|class(es)?|nodes?|array",
    r"any unit|same unit|units? of",
    r"Parameters|Regimen|Dataset|DataFrame|DataArray|Axes|Model|Layers?|Declaration|Value|Draw|Roster|Spread|Traced|Call|Comparison",
    r"Points|Shares|RestsOn|Range|Marginal|Weights",
    r"Study|Group|Arm|Steps?|steps?|Infusion|Solution|Events|Rows|Films|Measured",
    r"Trials?|TrialArm|Observed|Effort|Executor|Fit|Points|Problem|Store|Surrogate|Target|"
    r"Reactions?|Facts|Conditions?|Terms?|Quantity|Rules?|Scans|Courses?|Solved|Watched|Acts|Watch|Screening",
    r"Trees?|Draft|module|libsbml",
)
SAID = re.compile(r"\[[^\]\s][^\]]*\]|\b(" + "|".join(SPOKEN) + r")\b")


def _said(function):
    """Name and description, first line and what is below it, of every argument in a docstring."""
    section = inspect.getdoc(function).partition("Parameters\n----------\n")[2].partition("\n\n")[0]
    return re.findall(r"^([*\w]+(?:, [*\w]+)*) ?: (.*(?:\n .*)*)", section, flags=re.M)


def test_there_are_functions_to_check():
    assert len(FUNCTIONS) > 60


@pytest.mark.parametrize("function", FUNCTIONS)
def test_first_line_is_a_sentence(function):
    first = inspect.getdoc(function).splitlines()[0]
    assert first[0].isupper() and first.rstrip().endswith((".", ":", "?")), first


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_argument_is_described(function):
    text = inspect.getdoc(function)
    section = text.partition("Parameters\n----------\n")[2].partition("\n\nReturns")[0]
    described = {name.strip().lstrip("*") for line in section.splitlines() if re.match(r"[*\w]+(, [*\w]+)* ?: ", line)
                 for name in line.partition(":")[0].split(",")}
    wanted = {name for name, p in inspect.signature(function).parameters.items() if not name.startswith("_")}
    assert wanted <= described, f"not described: {sorted(wanted - described)}"


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_argument_has_a_unit_or_says_what_it_is(function):
    told = {name: text.partition("\n") for name, text in _said(function)}
    vague = {name: first for name, (first, _, below) in told.items() if not SAID.search(first) and "[" not in below}
    assert not vague, "write a unit in [brackets], or what it is in words"


@pytest.mark.parametrize("words, enough", [
    ("[day], one", True), ("text or None", True), ("unit of the state, one", True), ("Dataset", True),
    ("number", False), ("[], one", False), ("values by name", False), ("context", False),
])  # fmt: skip
def test_a_vague_word_is_not_enough(words, enough):
    assert bool(SAID.search(words)) == enough


@pytest.mark.parametrize("function", FUNCTIONS)
def test_sources_named_in_a_docstring_exist(function):
    section = inspect.getdoc(function).partition("References\n----------\n")[2]
    keys = re.findall(r"\b[a-z]+(?:19|20)\d\d[a-z]?\b", section)
    assert set(keys) <= set(bibliography())


@pytest.mark.parametrize("name", [n for n in sim.__all__ if n in sim._HOMES and inspect.isfunction(getattr(sim, n))])
def test_public_verb_shows_an_example_that_runs(name):
    assert ">>>" in inspect.getdoc(getattr(sim, name))
