"""SBML files for tests, written through libSBML: each call adds one element, formulas are infix text."""

import pytest

libsbml = pytest.importorskip("libsbml", reason="python-libsbml is not installed: pip install 'simsolid[interop]'")
SECONDS = {"day": 86400.0, "hour": 3600.0}


def formula(text):
    found = libsbml.parseL3Formula(text)
    assert found is not None, libsbml.getLastParseL3Error()
    return found


class File:
    """A file with one compartment ``room``."""

    def __init__(self, level=3, version=1, time="day", size=1.0):
        self.document = libsbml.SBMLDocument(level, version)
        self.model, self.level = self.document.createModel(), level
        self.model.setId("small")
        if time:
            self.unit("time" if level == 2 else time, {"second": (1, SECONDS[time])})
            if level > 2:
                self.model.setTimeUnits(time)
        if size is not None:
            self.room("room", size)

    def unit(self, name, kinds, text=""):
        """Kind to exponent and multiplier."""
        found = self.model.createUnitDefinition()
        found.setId(name)
        found.setName(text)
        for kind, (power, factor) in kinds.items():
            part = found.createUnit()
            part.initDefaults()
            part.setKind(libsbml.UnitKind_forName(kind))
            part.setExponent(power)
            part.setMultiplier(factor)
        return self

    def room(self, name, size, dimensions=3):
        found = self.model.createCompartment()
        found.setId(name)
        found.setConstant(True)
        found.setSpatialDimensions(dimensions)
        if size is not None:
            found.setSize(size)
        return self

    def species(
        self, name, amount=None, concentration=None, *, only=False, boundary=False, constant=False, room="room", factor=""
    ):
        found = self.model.createSpecies()
        found.setId(name)
        found.setCompartment(room)
        found.setHasOnlySubstanceUnits(only)
        found.setBoundaryCondition(boundary)
        found.setConstant(constant)
        if factor:
            found.setConversionFactor(factor)
        if amount is not None:
            found.setInitialAmount(amount)
        if concentration is not None:
            found.setInitialConcentration(concentration)
        return self

    def number(self, name, value=None, *, constant=True, units="", text=""):
        found = self.model.createParameter()
        found.setId(name)
        found.setName(text)
        found.setConstant(constant)
        if units:
            found.setUnits(units)
        if value is not None:
            found.setValue(value)
        return self

    def numbers(self, **values):
        for name, value in values.items():
            self.number(name, value)
        return self

    def rate(self, name, text):
        return self._rule(self.model.createRateRule(), name, text)

    def rule(self, name, text):
        return self._rule(self.model.createAssignmentRule(), name, text)

    def _rule(self, found, name, text):
        if self.model.getParameter(name):
            self.model.getParameter(name).setConstant(False)
        found.setVariable(name)
        found.setMath(formula(text))
        return self

    def algebraic(self, text):
        self.model.createAlgebraicRule().setMath(formula(text))
        return self

    def first(self, name, text):
        found = self.model.createInitialAssignment()
        found.setSymbol(name)
        found.setMath(formula(text))
        return self

    def function(self, name, text):
        found = self.model.createFunctionDefinition()
        found.setId(name)
        found.setMath(formula(text))
        return self

    def reaction(self, name, law, uses=None, makes=None, local=None, reads=()):
        found = self.model.createReaction()
        found.setId(name)
        found.setReversible(False)
        if self.level == 3:
            found.setFast(False)
        for make, parts in ((found.createReactant, uses), (found.createProduct, makes)):
            for species, share in (parts or {}).items():
                part = make()
                part.setSpecies(species)
                part.setStoichiometry(share)
                if self.level == 3:
                    part.setConstant(True)
        for species in reads:
            found.createModifier().setSpecies(species)
        self.law = found.createKineticLaw()
        self.law.setMath(formula(law))
        for own, value in (local or {}).items():
            part = self.law.createLocalParameter() if self.level == 3 else self.law.createParameter()
            part.setId(own)
            part.setValue(value)
        return self

    def event(self, name, trigger, *, initial=True, delay="", **changes):
        found = self.model.createEvent()
        found.setId(name)
        if self.level == 3:
            found.setUseValuesFromTriggerTime(True)
        made = found.createTrigger()
        made.setMath(formula(trigger))
        if self.level == 3:
            made.setInitialValue(initial)
            made.setPersistent(True)
        if delay:
            found.createDelay().setMath(formula(delay))
        for variable, text in changes.items():
            change = found.createEventAssignment()
            change.setVariable(variable)
            change.setMath(formula(text))
            if self.model.getParameter(variable):
                self.model.getParameter(variable).setConstant(False)
        return self

    def text(self):
        return libsbml.writeSBMLToString(self.document)


def decay(**options):
    """The smallest file: one species that is lost."""
    return File(**options).species("cells", 100.0, only=True).numbers(loss=0.1).reaction("dies", "loss * cells", {"cells": 1})
