"""A draft as a model like any other: declarations, start, rates, observables, doses and the file's own numbers."""

from collections.abc import Mapping
from dataclasses import field, make_dataclass
from typing import Any

import numpy as np

from simsolid.model import Becomes, Model, shows, state
from simsolid.params import Declaration, Parameters, Value, declarations
from simsolid.sbml_read.draft import Draft, Told
from simsolid.sbml_read.trees import names_in
from simsolid.sbml_read.values import Values

# Share of a state's size, or of what it may become, that matters; the absolute tolerance is rtol times this.
SHARE = 1e-6


def used(draft: Draft) -> set[str]:
    """Names that some formula of a model reads.

    Parameters
    ----------
    draft : Draft
        The whole model.

    Returns
    -------
    texts
    """
    formulas = [tree for state in draft.states.values() for tree in (state.start, state.rate)]
    formulas += [tree for dose in draft.doses for tree in (dose.moment, dose.amount)]
    formulas += [draft.rules[key] for key in draft.shown]
    found: set[str] = set()
    while formulas:
        for key in names_in(formulas.pop()) - found:
            found.add(key)
            formulas += [tree for tree in (draft.rules.get(key), draft.fixed.get(key)) if tree is not None]
    return found


def model_of(draft: Draft, title: str, source: str, per_day: float) -> Model:
    """Make a model of a draft.

    Parameters
    ----------
    draft : Draft
        The whole model, without faults.
    title : text
        Name of the model.
    source : text
        Name of the file, which its numbers keep.
    per_day : [1], one
        The file's units of time in a day.

    Returns
    -------
    Model
    """
    return _Maker(draft, per_day).model(title, source)


class _Maker:
    def __init__(self, draft: Draft, per_day: float):
        self.draft, self.per_day = draft, per_day
        self.names = {key: draft.names.of(key) for key in (*draft.states, *draft.shown)}
        read = used(draft)
        self.needs = {key: draft.names.of(key, given.wish) for key, given in draft.needs.items() if key in read}
        self.labels = {key: draft.names.of(key) for key, tree in draft.rules.items() if key in read and tree.args}
        self.rules = {**draft.rules}

    def model(self, title: str, source: str) -> Model:
        draft = self.draft
        needs = {self.needs[key]: _declared(draft.needs[key].told) for key in self.needs}
        sized = zip(draft.states.items(), self._scales(), strict=True)
        self.kind = _class("State", {self.names[key]: state(*_facts(moving.told), scale=scale) for (key, moving), scale in sized})
        self.shown = _class("Observables", {self.names[key]: shows(*_facts(told)) for key, told in draft.shown.items()})
        kind = _class("Needs", needs)
        values = {self.needs[key]: Value(draft.needs[key].value, draft.needs[key].told.unit, basis="as in the file",
                                         file=source) for key in self.needs}  # fmt: skip
        return Model(
            name=title, needs=kind, state=self.kind, start=self.start, rates=self.rates,
            **({"observables": self.shown, "observe": self.observe} if draft.shown else {}),
            protocol=self.doses if draft.doses else None, stops=self.stops if draft.stops else None,
            values=Parameters(values, declarations(kind), choices={"model": title}), notes=tuple(draft.notes),
        )  # fmt: skip

    def _first(self, p: Any) -> Values:
        """Values at the start, where every state is what it starts from."""
        known = {key: getattr(p, own) for key, own in self.needs.items()}
        starts = {key: moving.start for key, moving in self.draft.states.items()}
        return Values(known, {**self.rules, **self.draft.fixed, **starts}, 0.0)

    def _now(self, t: Any, x: Any, p: Any) -> Values:
        known = {key: getattr(p, own) for key, own in self.needs.items()}
        known |= {key: getattr(x, self.names[key]) for key in self.draft.states}
        return Values(known, self.rules, t * self.per_day, first=self._first(p), fixed=self.draft.fixed, labels=self.labels)

    def start(self, p: Any) -> Any:
        with np.errstate(all="ignore"):
            first = self._first(p)
            return self.kind(**{self.names[key]: first.named(key) for key in self.draft.states})

    def rates(self, t: Any, x: Any, p: Any) -> Any:
        now = self._now(t, x, p)
        return self.kind(**{self.names[key]: now.of(moving.rate) * self.per_day for key, moving in self.draft.states.items()})

    def observe(self, t: Any, x: Any, p: Any) -> Any:
        now = self._now(t, x, p)
        return self.shown(**{self.names[key]: now.named(key) for key in self.draft.shown})

    def doses(self, p: Any) -> Mapping[str, list[tuple]]:
        found: dict[str, list[tuple]] = {}
        with np.errstate(all="ignore"):
            first = self._first(p)
            for dose in self.draft.doses:
                pair = (first.of(dose.moment) / self.per_day, first.of(dose.amount))
                pair = Becomes(*pair) if dose.sets else pair
                found.setdefault(self.names[dose.state], []).append(pair)
        return found

    def stops(self, p: Any) -> list:
        with np.errstate(all="ignore"):
            first = self._first(p)
            return [first.of(moment) / self.per_day for moment in self.draft.stops]

    def _scales(self) -> list[float]:
        """For each state its size at the start, else what is given to it, else what it becomes in one unit of time."""
        draft = self.draft
        known = {key: np.float64(given.value) for key, given in draft.needs.items()}
        with np.errstate(all="ignore"):
            first = Values(known, {**self.rules, **draft.fixed, **{key: m.start for key, m in draft.states.items()}}, 0.0)
            size = {key: abs(float(first.named(key))) for key in draft.states}
            for dose in draft.doses:
                size[dose.state] = max(size[dose.state], abs(float(first.of(dose.amount))))
            later = Values({**known, **size}, self.rules, 0.0, first=first, fixed=draft.fixed)
            grown = {key: abs(float(later.of(moving.rate))) for key, moving in draft.states.items()}
        sizes = [size[key] or grown[key] for key in draft.states]
        return [SHARE * (each if np.isfinite(each) and each > 0 else 1.0) for each in sizes]


def _facts(told: Told) -> tuple[str, str]:
    return told.unit, told.text


def _declared(told: Told) -> Any:
    """A parameter's declaration; its unit may be one that our own files do not speak."""
    unit, text = _facts(told)
    facts = Declaration("", unit, text)
    return field(metadata={key: getattr(facts, key) for key in ("unit", "text", "low", "high", "axis", "absent")})


def _class(name: str, declared: Mapping[str, Any]) -> type:
    return make_dataclass(name, [(each, Any, facts) for each, facts in declared.items()], kw_only=True)
