"""A trial as values: its arms, its schedule, what was observed, and the plan and the criteria that follow from them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from simsolid.params import Parameters
from simsolid.regimen import Conditioning, Drug, Infusion, Regimen
from simsolid.rule import Rule
from simsolid.scans import Scans
from simsolid.screening import Screening

FIT, HELD, PREDICTED, UNTESTED = "fit", "held out", "predicted", "untested"


@dataclass(frozen=True, kw_only=True)
class Later:
    """Infusions on fixed days after the first."""

    dose: float
    unit: str = "cell"
    route: str | None = None
    conditioning: str = "none"
    day: float
    times: int = 1
    every: float | None = None

    def days(self) -> list[float]:
        """Days of these infusions."""
        return [self.day + turn * (self.every or 0.0) for turn in range(self.times)]


@dataclass(frozen=True, kw_only=True)
class TrialArm:
    """One arm or dose level, with the number of patients that were reported."""

    name: str
    patients: int
    dose: float | None = None
    unit: str = "cell"
    route: str
    conditioning: str
    chemotherapy_every: float | None = None
    later: tuple[Later, ...] = ()
    rules: tuple[Rule, ...] = ()
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Observed:
    """One endpoint of a trial: which, how it is used, and what was seen, in the endpoint's own unit and days."""

    name: str
    use: str
    at: float | None = None
    arms: tuple[str, ...] = ()
    population: str = ""
    events: int | None = None
    n: int | None = None
    value: float | None = None
    lower: float | None = None
    upper: float | None = None
    log_sd: float | None = None
    interval: str = ""  # how the interval came about
    source: str = ""
    where: str = ""
    basis: str = ""
    note: str = ""

    @property
    def key(self) -> str:
        """Name by which a table tells it from the others of its trial."""
        day = f"@{self.at:g}" if self.at is not None else ""
        arm = f"[{', '.join(self.arms)}]" if self.arms else ""
        return f"{self.name}{day}{arm}{':' + self.population if self.population else ''}"


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One trial as it was reported."""

    name: str
    title: str
    about: str
    chosen: str
    assumed: str
    sources: tuple[str, ...]
    tumour: str
    target: str
    product: str
    armour: str | None
    origin: str | None
    rescue: str
    analysis: str
    criterion: str
    confirmed: bool
    days: float
    scans: Scans
    eligibility: Screening | None
    body_surface: float | None
    arms: tuple[TrialArm, ...]
    endpoints: tuple[Observed, ...] = field(default=())

    @property
    def patients(self) -> int:
        """Number of patients of all arms together."""
        return sum(arm.patients for arm in self.arms)

    @property
    def pair(self) -> str:
        """Tumour and target, as the file of their pair is called."""
        return f"{self.tumour}-{self.target}"

    def used(self, *uses: str) -> tuple[Observed, ...]:
        """Endpoints of these uses."""
        return tuple(each for each in self.endpoints if each.use in uses)

    def __str__(self) -> str:
        arms = "; ".join(f"{arm.name} ({arm.patients})" for arm in self.arms)
        return f"{self.title}: {self.patients} patients, {arms}; {len(self.endpoints)} endpoints"


def cells_of(dose: float, unit: str, setting: Parameters, body_surface: float | None) -> float:
    """Cells of a dose that may be given per kg or per m2, for the typical weight of the setting.

    Parameters
    ----------
    dose : [unit], one
    unit : text
        ``"cell"``, ``"cell/kg"`` or ``"cell/m2"``.
    setting : Parameters
        For the body weight.
    body_surface : [m2], one, or None
        For a dose per m2.

    Returns
    -------
    [cell], one

    Examples
    --------
    >>> import simsolid as sim
    >>> cells_of(1e6, "cell/kg", sim.load("gastric"), None)
    70000000.0
    """
    sizes = {"cell": lambda: 1.0, "cell/kg": lambda: float(setting["weight"]), "cell/m2": lambda: float(body_surface)}
    return dose * sizes[unit]()


def plan_of(trial: Trial, arm: TrialArm, setting: Parameters) -> Regimen:
    """Treatment plan of one arm.

    Parameters
    ----------
    trial : Trial
    arm : TrialArm
    setting : Parameters
        For the body weight.

    Returns
    -------
    Regimen

    Raises
    ------
    ParameterError
        A dose, route or rule is impossible.

    Examples
    --------
    >>> import simsolid as sim
    >>> trial = sim.trial("gastric_satri_phase1")
    >>> print(plan_of(trial, trial.arms[0], sim.load("gastric")).infusions[0])
    2.5e+08 cells intravenous on day 0
    """
    steps: list[Any] = []
    if arm.dose is not None:
        steps += [Conditioning(arm.conditioning), Infusion(cells_of(arm.dose, arm.unit, setting, trial.body_surface), arm.route)]
    for more in arm.later:
        cells, route = cells_of(more.dose, more.unit, setting, trial.body_surface), more.route or arm.route
        for day in more.days():
            steps += [] if more.conditioning == "none" else [Conditioning(more.conditioning, day)]
            steps.append(Infusion(cells, route, day))
    if arm.chemotherapy_every is not None:
        turns = int(trial.days // arm.chemotherapy_every) + 1
        steps += [Drug("chemotherapy", 1.0, turn * arm.chemotherapy_every) for turn in range(turns)]
    rescue = (trial.rescue,) if arm.dose is not None else ()
    return Regimen(tuple(steps)).with_rules(*rescue, *arm.rules, scans=trial.scans)


def design_of(facts: Mapping[str, Any], kind: type) -> Any:
    """Make a dataclass of the facts that it has fields for.

    Parameters
    ----------
    facts : mapping
    kind : class

    Returns
    -------
    anything
        An instance of ``kind``.

    Examples
    --------
    >>> design_of({"name": "orr", "use": "fit", "colour": "red"}, Observed).name
    'orr'
    """
    known = {f.name for f in fields(kind)}
    return kind(**{name: given for name, given in facts.items() if name in known})
