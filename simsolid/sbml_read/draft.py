"""A model while it is read: quantities by the file's own names, formulas as trees, and what has been noticed."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from simsolid.sbml_read.formulas import Formulas
from simsolid.sbml_read.trees import Tree
from simsolid.sbml_read.words import Names, unit_of


@dataclass(frozen=True)
class Told:
    """What the file says of a quantity: unit and meaning in a few words."""

    unit: str
    text: str


@dataclass(frozen=True)
class Given:
    """A number of the file that may be varied."""

    value: float
    told: Told
    wish: str = ""  # name to give it, where the file has none


@dataclass
class Moving:
    """A state: its start and its rate of change per unit of the file's time."""

    told: Told
    start: Tree
    rate: Tree


@dataclass(frozen=True)
class Dose:
    """An amount added to a state at a moment, in the file's time; or its new value."""

    state: str
    moment: Tree
    amount: Tree
    sets: bool = False


@dataclass
class Draft:
    """All parts of one model.

    Parameters
    ----------
    sbml, model : module and libsbml.Model
        The library and what it read.
    formulas : Formulas
        Reader of formulas, which keeps their faults.
    needs : mapping of Given
        Numbers, by names of the file or made ones (which hold a blank or a dot, so that they never clash).
    states : mapping of Moving
        What changes, by names of the file.
    rules : mapping of Tree
        What is computed all the time.
    fixed : mapping of Tree
        What is computed once, at the start.
    shown : mapping of Told
        Computed quantities that a run shows.
    missing : mapping of texts
        Why a name has no value, for when it is read.
    """

    sbml: Any
    model: Any
    formulas: Formulas
    names: Names = field(default_factory=Names)
    needs: dict[str, Given] = field(default_factory=dict)
    states: dict[str, Moving] = field(default_factory=dict)
    rules: dict[str, Tree] = field(default_factory=dict)
    fixed: dict[str, Tree] = field(default_factory=dict)
    shown: dict[str, Told] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    doses: list[Dose] = field(default_factory=list)
    stops: list[Tree] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def told(self, element: Any, what: str = "") -> Told:
        """Unit and meaning of an element of the file.

        Parameters
        ----------
        element : libsbml.SBase
            Species, parameter or compartment.
        what : text
            Put before its name, such as ``"start of"``.

        Returns
        -------
        Told
        """
        said = (element.getName() or element.getId()).removesuffix(f" ({element.getId()})")  # our own export writes it so
        return Told(unit_of(self.sbml, _definition(element)), f"{what} {said}".strip())

    @property
    def formula_of(self) -> Callable:
        """Reader of one formula."""
        return self.formulas.read


def _definition(element: Any) -> Any:
    """Unit of an element: the one it names, which keeps its name, else the one that follows from the file's defaults."""
    named = element.getUnits() if hasattr(element, "getUnits") else ""
    return (element.getModel().getUnitDefinition(named) if named else None) or element.getDerivedUnitDefinition()
