"""The form of a file of ``params/trials``. Imported only when a file is read, so that the rest does without pydantic."""

from typing import Annotated, Literal

from pydantic import Field

from simsolid.forms import Count, Form, Positive, Text

Patients = Annotated[int, Field(ge=1)]
Cells = Literal["cell", "cell/kg", "cell/m2"]


class TrialHead(Form):
    """The trial as a whole: its setting, its schedule and how its endpoints are defined."""

    title: Text
    about: Text
    chosen: Text  # why which endpoint is used for fitting, written before any result was looked at
    assumed: Text  # what of the design is not reported and taken for granted
    sources: Annotated[list[Text], Field(min_length=1)]
    tumour: Text
    target: Text
    product: Text
    armour: Text | None = None
    origin: Text | None = None
    route: Text = "intravenous"
    conditioning: Text = "product"
    rescue: Text = "standard"
    analysis: Literal["infused", "intention-to-treat"] = "infused"
    criterion: Text = "recist"
    confirmed: bool = False
    days: Positive
    first_scan: float = 28.0
    scan_every: Positive = 42.0
    baseline: float = -7.0
    body_surface: Positive | None = None


class EligibilityForm(Form):
    """Criteria of eligibility, as those of a screening; what is left out is not asked for."""

    antigen_at_least: float | None = None
    burden_at_most: float | None = None
    lesions_at_most: int | None = None
    sites_at_most: int | None = None
    sites_excluded: list[Text] = Field(default_factory=list)


class LaterForm(Form):
    """Later infusions on fixed days."""

    dose: Positive
    unit: Cells = "cell"
    route: Text | None = None
    conditioning: Text = "none"
    day: Annotated[float, Field(gt=0)]
    times: Patients = 1
    every: Positive | None = None


class ArmForm(Form):
    """One arm or dose level. Without a dose no cells are given."""

    name: Text
    patients: Patients
    dose: Positive | None = None
    unit: Cells = "cell"
    route: Text | None = None
    conditioning: Text | None = None
    chemotherapy_every: Positive | None = None
    later: list[LaterForm] = Field(default_factory=list)
    rules: list[dict] = Field(default_factory=list)
    note: str = ""


class EndpointForm(Form):
    """One endpoint: its name, what was observed, and where that stands."""

    name: Text
    use: Literal["fit", "held out", "predicted", "untested"]
    at: Annotated[float, Field(ge=0)] | None = None
    at_unit: Text = "day"
    arms: list[Text] = Field(default_factory=list)
    population: Literal["", "intention-to-treat", "infused only", "control"] = ""
    events: Annotated[int, Field(ge=0)] | None = None
    n: Patients | None = None
    value: float | None = None
    unit: Text = "1"
    lower: float | None = None
    upper: float | None = None
    interval: Literal["95 %", "range", "quartiles"] | None = None
    log_sd: Count | None = None  # between patients, on the log scale
    source: str = ""
    where: str = ""
    basis: Literal["measured", "derived", "secondary"] | None = None
    note: str = ""
