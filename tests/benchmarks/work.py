"""The two problems that all tools solve: 16 invented states, and the house model at its real size in patients with 3 lesions."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from itertools import pairwise

import numpy as np

import simsolid as sim
from simsolid.design import BEGIN, study_of
from simsolid.engines.integrate import Events, Solution, integrate
from simsolid.models import MODELS
from simsolid.study import events_of, groups_of, matrix, plans_of
from simsolid.trace import Traced
from tests.cart_problem import cart
from tests.people import DOSE, one_lesion

LESIONS, SEED, LAST_DAY, SECOND_DAY = 3, 7, 365.0, 28.0


@dataclass(frozen=True, eq=False)
class Work:
    """Equations, patients, days and doses; daily values of all states are asked for."""

    name: str
    trace: Callable[[], Traced]  # gives the same object each time
    start: np.ndarray  # states by cases
    parameters: np.ndarray  # parameters by cases
    begin: float
    times: np.ndarray
    floor: np.ndarray  # of each state: the smallest amount that matters
    events: Events
    actions: tuple[Callable, ...]

    @property
    def cases(self) -> int:
        return self.start.shape[1]

    @property
    def traced(self) -> Traced:
        return self.trace()

    def first(self, cases: int) -> "Work":
        """The same for the first patients."""
        return self._picked(np.arange(cases))

    def tiled(self, cases: int) -> "Work":
        """The same for any number of patients: ours in turn, again and again, so that the mix of easy and hard stays."""
        return self._picked(np.arange(cases) % self.cases)

    def _picked(self, chosen):
        events = Events(self.events.day[chosen], self.events.action[chosen], self.events.amount[chosen])
        return replace(self, start=self.start[:, chosen], parameters=self.parameters[:, chosen], events=events)

    def solve(self, rtol: float, engine: str, **options) -> Solution:
        """Our answer."""
        given = {"times": self.times, "outputs": self.traced.states} | options
        return integrate(
            self.traced, self.start, self.parameters, begin=self.begin, atol=rtol * self.floor, rtol=rtol, events=self.events,
            actions=self.actions, engine=engine, **given,
        )  # fmt: skip

    def legs(self) -> Iterator[tuple[np.ndarray, list[tuple[Callable, np.ndarray]]]]:
        """Days from one dose to the next, and what is done to all patients before them: foreign solvers start anew there."""
        days = self.events.day[0]
        if (self.events.day != days).any():
            raise ValueError(f"{self.name}: patients are treated on different days; legs are cut once for all")
        edges = np.unique([self.begin, *days[np.isfinite(days)], self.times[-1]])
        for early, late in pairwise(edges):
            inside = self.times[(self.times >= early) & (self.times <= late)]
            yield inside, [(self.actions[self.events.action[0, i]], self.events.amount[:, i].T)
                           for i in np.flatnonzero(days == early)]  # fmt: skip


def sixteen(cases: int) -> Work:
    """The 16-state problem, a model of a user's own."""
    made = cart(cases)
    return Work(
        "16 states", cache(made.traced), made.start, made.values, made.begin, made.times, made.floor, made.more["events"],
        tuple(made.more["actions"]),
    )  # fmt: skip


def house(cases: int) -> Work:
    """The house model in gastric patients with 3 lesions: conditioning, an infusion and a second one, no other drug."""
    model, plan = MODELS["house"], sim.Regimen.single(DOSE).repeated(2, every=SECOND_DAY)
    people = sim.draw(one_lesion(sim.load("gastric"), counts={str(LESIONS): 1.0}), patients=cases, seed=SEED)
    study = study_of(people, plan, LAST_DAY, BEGIN, np.arange(BEGIN, LAST_DAY + 1.0), model, 1e-5)
    (group,) = groups_of(study)
    parameters = matrix(group, study.arms[0])
    start = model.start(model.parameter_layout(LESIONS).unpack(parameters))
    plans = plans_of(group)
    return Work(
        f"house model, {LESIONS} lesions", partial(model.traced, LESIONS), model.state_layout(LESIONS).pack(start, cases),
        parameters, study.begin, study.days, model.scales(LESIONS), events_of(plans, group.cases, list(model.actions)),
        _actions(model, plans),
    )  # fmt: skip


def _actions(model, plans: Sequence) -> tuple[Callable, ...]:
    rows = {step.action: step.amount.shape[0] for plan in plans for step in plan}
    return tuple(model.block_action(name, LESIONS, rows.get(name)) for name in model.actions)


WORKS: dict[str, Callable[[int], Work]] = {"16": sixteen, "house": house}
