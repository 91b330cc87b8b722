"""From rules to what the engine watches: triggers of the model, grades to take note of, rules, and the scans they read."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from simsolid.conditions import WORST, Condition, Quantity, Term, level_of, quantities
from simsolid.criteria import Criterion, criterion
from simsolid.engines.integrate import Alternative, Facts, Reaction, Sign
from simsolid.errors import ParameterError
from simsolid.model import Layout
from simsolid.rule import Rule
from simsolid.scans import Scans, is_node, read_diameter, reader_error
from simsolid.schedule import Step, carried_out
from simsolid.study import Group

LOOK = "look"  # the event at which a scan is read; it changes nothing in the patient
AFTER_ALL = 1e9  # rank of a scan: what happens on its day comes first, as the clinic will see it
DEAD = "death"  # trigger of a model after which no rule acts
GRADES = (1, 2, 3, 4)


@dataclass(frozen=True, eq=False)
class Watched:
    """What the engine is to watch in a group.

    Parameters
    ----------
    reactions : Reactions
        Those of the model's triggers, then the grades, then the rules.
    triggers : texts
        Names of the model's triggers that are watched.
    grades : texts and [1]
        Scores and the grades of them, whose first day is noted.
    rules : Rules
        In the order of their reactions.
    facts : Facts
        What scans write.
    looks : Steps, a list for each arm
        The scans as events.
    look : function, or None
        The action of these events.
    """

    reactions: tuple[Reaction, ...]
    triggers: tuple[str, ...]
    grades: tuple[tuple[str, int], ...]
    rules: tuple[Rule, ...]
    facts: Facts
    looks: list[list[Step]]
    look: Callable | None

    @property
    def first_rule(self) -> int:
        """Number of the reaction that is the first rule."""
        return len(self.triggers) + len(self.grades)


def watched(group: Group, kept_as) -> Watched:
    """Translate the rules of all arms for one group of patients.

    Parameters
    ----------
    group : Group
        Patients with the same number of lesions.
    kept_as : class of numbers
        Type in which volumes are kept, so that a scan reads the same number twice.

    Returns
    -------
    Watched

    Examples
    --------
    >>> import simsolid as sim
    >>> from simsolid.design import study_of
    >>> from simsolid.models import MODELS
    >>> from simsolid.study import groups_of
    >>> plan = sim.Regimen.single(1e8).with_rules("standard")
    >>> study = study_of(sim.load("gastric"), plan, 10.0, -7.0, None, MODELS["house"], 1e-5)
    >>> [rule.name for rule in watched(groups_of(study)[0], float).rules]
    ['tocilizumab', 'dexamethasone']
    """
    study, order = group.study, list(group.study.model.actions)
    triggers = model_triggers(group)
    rules = tuple(dict.fromkeys(rule for chosen in study.arms for rule in chosen.regimen.rules))
    own = [Reaction((Alternative((Sign(name, 0.0),)),), ((order.index(name), np.zeros((0, 1))),)) for name in triggers]
    alive = (Sign(DEAD, 0.0, above=False, memory="always"),) if DEAD in triggers else ()
    # A grade is noted before any rule acts on it, or rescue at that very moment would hide it.
    grades = tuple((score, grade) for score in study.model.graded for grade in GRADES)
    noted = [Reaction((Alternative((Sign(score, float(grade), strict=False),)),), (), alive) for score, grade in grades]
    ruled = [_reaction(rule, group, alive) for rule in rules]
    facts, looks, look = _scans(group, rules, kept_as)
    return Watched((*own, *noted, *ruled), triggers, grades, rules, facts, looks, look)


def model_triggers(group: Group) -> tuple[str, ...]:
    """Name the triggers of the model that matter to a group: without a slot for it no new lesion can appear.

    Parameters
    ----------
    group : Group
        Patients with the same number of lesions.

    Returns
    -------
    texts
    """
    study = group.study
    found = study.model.traced(len(group.slots)).triggers
    return tuple(name for name in found if name != "new_lesion" or study.roster.new_lesions)


def _reaction(rule: Rule, group: Group, alive: tuple[Sign, ...]) -> Reaction:
    study, parts, known = group.study, rule.parts, quantities(group.study.model)
    most = np.repeat([rule.at_most if rule in chosen.regimen.rules else 0 for chosen in study.arms], group.cases)
    until = _alternative(parts.until[0], known) if parts.until else None
    return Reaction(
        when=tuple(_alternative(each, known) for each in parts.when), actions=_actions(parts.steps, group), only=alive,
        until=until, delay=parts.after, apart=parts.apart, most=most,
    )  # fmt: skip


def _actions(steps, group: Group) -> tuple[tuple[int, np.ndarray], ...]:
    study, order = group.study, list(group.study.model.actions)
    found = [moment for step in steps for moment in carried_out(step, study.roster, group.rows, group.slots)]
    return tuple((order.index(moment.action), np.tile(moment.amount, (1, len(study.arms)))) for moment in found)


def _alternative(condition: Condition, known) -> Alternative:
    return Alternative(tuple(sign_of(term, known[term.quantity]) for term in condition.terms), condition.hold)


def sign_of(term: Term, quantity: Quantity) -> Sign:
    """What the engine compares for a term.

    Parameters
    ----------
    term : Term
        As written; checked before.
    quantity : Quantity
        What it speaks of.

    Returns
    -------
    Sign

    Examples
    --------
    >>> sign_of(Term("crs_grade", "<=", "1"), Quantity("1", "crs_score", "grade"))
    Sign(signal='crs_score', level=2.0, above=False, strict=True, memory='now')
    """
    if quantity.kind == "word":
        return Sign(word_fact(term.level), 0.5, above=term.sign == "is")
    level = level_of(term, quantity)
    above, strict = term.sign in (">", ">="), term.sign in (">", "<")
    if quantity.kind == "grade":  # a grade is the whole part of its score: above 2 means from 3 on, at most 1 means below 2
        level, strict = level + (term.sign in (">", "<=")), not above
    worst = term.quantity.startswith(WORST)
    return Sign(quantity.signal, level, above, strict, "now" if not worst else "ever" if above else "always")


def word_fact(word: str) -> str:
    """Name of the fact that a scan's response is a word.

    Parameters
    ----------
    word : text
        Of a criterion.

    Returns
    -------
    text

    Examples
    --------
    >>> word_fact("SD")
    'response SD'
    """
    return f"response {word}"


def _scans(group: Group, rules: tuple[Rule, ...], kept_as) -> tuple[Facts, list[list[Step]], Callable | None]:
    """The scans that rules read, as events of the arms that have such rules."""
    study = group.study
    reading = [any(rule.parts.scans for rule in chosen.regimen.rules) for chosen in study.arms]
    if not any(reading):
        return Facts(), [[] for _ in study.arms], None
    scans = study.plan.scans or Scans()
    chosen, days = criterion(scans.criteria), scans.days(study.begin, float(study.days[-1]))
    if chosen.needs:
        raise ParameterError(f"scans: rules read diameters alone, and {chosen.name} needs {', '.join(chosen.needs)}; "
                             "use recist or irecist")  # fmt: skip
    look = Look(group, chosen, days, kept_as)
    looks = [[Step(day, LOOK, np.vstack([np.arange(group.cases) + i * group.cases, np.full(group.cases, float(k))]), AFTER_ALL)
              for k, day in enumerate(days)] if reads else [] for i, reads in enumerate(reading)]  # fmt: skip
    return look.facts, looks, look


class Look:
    """What a reader notes at each scan of each case, and what that says: the action of the scan events.

    Parameters
    ----------
    group : Group
        Who is scanned.
    chosen : Criterion
        How response is read.
    days : [day], one per scan
        The baseline scan first.
    kept_as : class of numbers
        Type in which volumes are kept.
    """

    def __init__(self, group: Group, chosen: Criterion, days: np.ndarray, kept_as):
        study, lesions = group.study, len(group.slots)
        self.model, self.chosen, self.days, self.kept_as = study.model, chosen, days, kept_as
        self.states, self.parameters = study.model.state_layout(lesions), study.model.parameter_layout(lesions)
        who = study.roster.patients[group.members]
        self.error = reader_error(study.roster.seed, "reader", who, group.slots, range(len(days)))
        self.cv = group.rows("reader_cv")
        self.sites = study.roster.sites[group.members][:, group.slots]
        cases = group.cases * len(study.arms)
        self.diameter = np.full((cases, lesions, len(days)), np.nan)
        self.words = {word_fact(word.name): int(word) for word in chosen.words}
        names = (*self.words, "scan_sum", "scan_change", "scan_growth", "scan_largest", "scan_lesions")
        self.facts = Facts(names, np.full((len(names), cases), np.nan))

    def __call__(self, x, p, amount):
        """Read the scans that are due; nothing in the patient changes."""
        cases, scans = amount[0].astype(int), amount[1].astype(int)
        for scan in np.unique(scans):
            at = scans == scan
            self._read(int(scan), cases[at], self.states.unpack(x[:, at]), self.parameters.unpack(p[:, at]))
        return x, p

    def _read(self, scan: int, cases: np.ndarray, x: Layout, p: Layout) -> None:
        volume = self.model.observe(self.days[scan], x, p).apparent_volume
        who = cases % len(self.cv) % len(self.error)
        seen = np.asarray(volume).astype(self.kept_as).T
        self.diameter[cases, :, scan] = read_diameter(seen, self.error[who, :, scan], self.cv[cases % len(self.cv), None])
        if scan:
            self._note(cases, who, scan)

    def _note(self, cases, who, scan):
        from simsolid.films import Films

        diameter, sites = self.diameter[cases, :, : scan + 1], self.sites[who]
        films = Films(day=self.days[: scan + 1], diameter=diameter, organ=sites, node=is_node(sites))
        reading, _ = self.chosen.read(films)
        total, nadir, now = reading.total[:, -1], reading.nadir[:, -1], diameter[:, :, -1]
        with np.errstate(divide="ignore", invalid="ignore"):
            rows = [reading.call[:, -1] == code for code in self.words.values()]
            rows += [total, reading.change[:, -1] / 100.0, total / nadir - 1.0, np.nanmax(now, axis=1), (now > 0).sum(axis=1)]
        self.facts.values[:, cases] = np.array(rows, dtype=float)
