"""Who may enter a trial: a target test on one biopsied lesion, burden, spread of the disease and what else excludes.

The test sees one lesion, and a core of that, so it errs: some patients are let in whose tumour shows little target, and
some are kept out who would have qualified. The truth stands beside what was seen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from simsolid.cohort import roster, select
from simsolid.draws import MOST_LESIONS
from simsolid.errors import ParameterError, nearest
from simsolid.params import Parameters, need
from simsolid.streams import normal, uniform

NO_AUTOIMMUNITY = 1.0  # of autoimmune_gain
EDGE = 1e-6  # a share of exactly 0 or 1 has no logit; no biopsy tells it from this


@dataclass(frozen=True, kw_only=True)
class Trial:
    """What happens between enrolment and infusion, and what a biopsy sees."""

    biopsy_sd: Any = need("1", "spread of biopsied shares of target-positive cells, on the logit scale", low=0, high=5)
    manufacturing_time: Any = need("day", "enrolment to infusion", low=0, high=365)
    manufacturing_failure_fraction: Any = need("1", "share of products that fail", low=0, high=1)
    dropout_rate: Any = need("1/day", "leaving the trial while waiting, other than by death", low=0)


@dataclass(frozen=True, kw_only=True)
class Screening:
    """Criteria of eligibility; those left out are not asked for.

    Parameters
    ----------
    antigen_at_least : [1], one, or None
        Smallest share of target-positive cells in the biopsy.
    burden_at_most : [mm], one, or None
        Largest sum of diameters of all lesions.
    lesions_at_most, sites_at_most : [1], one, or None
        Most lesions, and most organs with one: 1 excludes metastatic spread.
    sites_excluded : texts
        Organs that must be free, such as ``("brain",)``.
    cardiac_reserve_at_least : [1], one, or None
        Smallest cardiac reserve; 1 is a healthy heart.
    autoimmune_excluded : truth
        Whether autoimmune disease excludes.
    biopsy_sd : [1], one, or None
        Error of the biopsy on the logit scale; None for the setting's own.

    Raises
    ------
    ParameterError
        A limit is impossible; all faults at once.

    Examples
    --------
    >>> print(Screening(antigen_at_least=0.4, sites_at_most=1))
    target on at least 40 % of cells in one biopsy; at most 1 organ
    """

    antigen_at_least: float | None = 0.4
    burden_at_most: float | None = None
    lesions_at_most: int | None = None
    sites_at_most: int | None = None
    sites_excluded: tuple[str, ...] = ()
    cardiac_reserve_at_least: float | None = None
    autoimmune_excluded: bool = False
    biopsy_sd: float | None = None

    def __post_init__(self):
        given = self.sites_excluded
        object.__setattr__(self, "sites_excluded", (given,) if isinstance(given, str) else tuple(given))
        faults = [fault for name in LIMITS for fault in _outside(name, getattr(self, name), *LIMITS[name])]
        if faults:
            raise ParameterError("\n".join(faults))

    def __str__(self):
        return "; ".join(words for _, words, _ in _asked(self)) or "everybody is eligible"


KINDS = {"count": ("a whole number", ""), "1": ("a number", ""), "mm": ("a number", " mm")}
# Lowest and highest sensible value of each limit, and its unit; counts are whole numbers.
LIMITS = {
    "antigen_at_least": (0.0, 1.0, "1"), "burden_at_most": (1.0, 1000.0, "mm"), "lesions_at_most": (1, MOST_LESIONS, "count"),
    "sites_at_most": (1, MOST_LESIONS, "count"), "cardiac_reserve_at_least": (0.0, 1.0, "1"), "biopsy_sd": (0.0, 5.0, "1"),
}  # fmt: skip


def _outside(name, given, low, high, unit):
    if given is None:
        return
    kinds = (int, np.integer) if unit == "count" else (int, float, np.number)
    if isinstance(given, bool) or not isinstance(given, kinds) or not low <= given <= high:
        what, of = KINDS[unit]
        yield f"screening: {name}: {given!r}; must be {what} from {low:g} to {high:g}{of}"


def _asked(screening):
    """Each criterion that is asked for: who meets it, in words, and what is said of who does not."""
    s, plural = screening, lambda n: "" if n == 1 else "s"
    criteria = (
        (s.antigen_at_least is not None, lambda t: t["antigen_seen"] >= s.antigen_at_least,
         f"target on at least {100 * (s.antigen_at_least or 0):g} % of cells in one biopsy", "too little target seen"),
        (s.burden_at_most is not None, lambda t: t["burden"] <= s.burden_at_most,
         f"sum of diameters at most {s.burden_at_most} mm", "too much tumour"),
        (s.lesions_at_most is not None, lambda t: t["lesions"] <= s.lesions_at_most,
         f"at most {s.lesions_at_most} lesion{plural(s.lesions_at_most)}", "too many lesions"),
        (s.sites_at_most is not None, lambda t: t["sites"] <= s.sites_at_most,
         f"at most {s.sites_at_most} organ{plural(s.sites_at_most)}", "too widely spread"),
        (bool(s.sites_excluded), lambda t: [not set(here.split(", ")) & set(s.sites_excluded) for here in t["organs"]],
         f"none in {', '.join(s.sites_excluded)}", "an excluded organ"),
        (s.cardiac_reserve_at_least is not None, lambda t: t["cardiac_reserve"] >= s.cardiac_reserve_at_least,
         f"cardiac reserve of at least {s.cardiac_reserve_at_least}", "too little cardiac reserve"),
        (s.autoimmune_excluded, lambda t: ~t["autoimmune"], "no autoimmune disease", "autoimmune disease"),
    )  # fmt: skip
    return [(meets, words, refusal) for asked, meets, words, refusal in criteria if asked]


def screen(people: Parameters, screening: Screening | None = None):
    """Screen drawn patients against criteria of eligibility.

    Parameters
    ----------
    people : Parameters
        A drawn cohort.
    screening : Screening or None
        The criteria; without them, the target on at least 40 % of cells.

    Returns
    -------
    DataFrame, one row per patient
        ``antigen_seen`` [1] (share of target-positive cells in a biopsy of one lesion), ``antigen_true`` (of the whole tumour),
        ``biopsied`` (its organ), ``burden`` [mm] (sum of diameters), ``lesions``, ``sites`` (organs with a lesion),
        ``organs``, ``metastatic`` (more than one organ), ``cardiac_reserve``, ``autoimmune``, ``eligible`` and ``why_not``.

    Raises
    ------
    ParameterError
        Nobody is drawn, a value differs along a sweep, or an excluded organ is misspelt.

    Examples
    --------
    >>> import simsolid as sim
    >>> people = sim.draw(sim.load("gastric"), patients=20, seed=7)
    >>> screen(people, Screening(lesions_at_most=5, antigen_at_least=None))["eligible"].all().item()
    True
    """
    import pandas as pd

    screening = Screening() if screening is None else screening
    who = roster(people)
    sites = who.sites[:, :MOST_LESIONS]
    _spelt(screening, sites)
    organs = [sorted(set(row[row != ""])) for row in sites]
    table = pd.DataFrame({
        "patient": who.patients, **_biopsy(people, screening, sites),
        "burden": np.nansum(_of_lesions(people, "diameter_start"), axis=1), "lesions": who.lesions,
        "sites": [len(some) for some in organs], "organs": [", ".join(some) for some in organs],
        "metastatic": [len(some) > 1 for some in organs],
        "cardiac_reserve": _of_patients(people, "cardiac_reserve_fraction"),
        "autoimmune": _of_patients(people, "autoimmune_gain") > NO_AUTOIMMUNITY,
    })  # fmt: skip
    met = {refusal: np.asarray(meets(table), dtype=bool) for meets, _, refusal in _asked(screening)}
    table["why_not"] = ["; ".join(refusal for refusal, fits in met.items() if not fits[n]) for n in range(len(table))]
    table.insert(table.columns.get_loc("why_not"), "eligible", table["why_not"] == "")
    table.attrs = {"units": {"antigen_seen": "1", "antigen_true": "1", "burden": "mm"}, "screening": str(screening)}
    return table


def _spelt(screening, sites):
    """An organ nobody has a lesion in may be excluded, but not one that is nearly that of somebody."""
    there = sorted(set(sites.ravel()) - {""})
    wrong = [(site, nearest(site, there)) for site in screening.sites_excluded if site not in there]
    if any(near for _, near in wrong):
        raise ParameterError("\n".join(f"screening: sites_excluded: '{site}'{near}" for site, near in wrong if near))


def _biopsy(people, screening, sites):
    """The share of target-positive cells that a core of one lesion shows, each patient by an own random number."""
    from scipy.special import expit, logit

    who = roster(people)
    share = np.clip(_of_lesions(people, "antigen_positive_fraction"), EDGE, 1.0 - EDGE)
    volume = _of_lesions(people, "diameter_start") ** 3
    rows = np.arange(len(who.patients))
    lesion = (uniform(who.seed, ("biopsy", "lesion"), who.patients) * who.lesions).astype(int)
    sd = _of_patients(people, "biopsy_sd") if screening.biopsy_sd is None else screening.biopsy_sd
    error = sd * normal(who.seed, ("biopsy", "error"), who.patients)
    return {
        "antigen_seen": expit(logit(share[rows, lesion]) + error), "biopsied": sites[rows, lesion],
        "antigen_true": np.nansum(share * volume, axis=1) / np.nansum(volume, axis=1),
    }  # fmt: skip


def _of_lesions(people, name):
    """A lesion-wise value without the slot of a new lesion."""
    return _plain(people, name, ("patient", "lesion"))[:, :MOST_LESIONS]


def _of_patients(people, name):
    return np.broadcast_to(_plain(people, name, ("patient",)), len(roster(people).patients)).astype(float)


def _plain(people, name, dims):
    swept = [axis for axis in getattr(people[name], "dims", ()) if axis not in dims]
    if swept:
        raise ParameterError(f"screening: {name} differs along {', '.join(swept)}; screen first, then sim.vary the enrolled")
    return np.asarray(people[name])


def enrolled(people: Parameters, table) -> Parameters:
    """Keep the patients that screening found eligible.

    Parameters
    ----------
    people : Parameters
        The screened cohort.
    table : DataFrame
        From `screen`, perhaps with some rows dropped.

    Returns
    -------
    Parameters
        The same people with the same numbers, fewer of them.

    Raises
    ------
    ParameterError
        Nobody is eligible.

    Examples
    --------
    >>> import simsolid as sim
    >>> people = sim.draw(sim.load("gastric"), patients=20, seed=7)
    >>> few = enrolled(people, screen(people, Screening(lesions_at_most=2)))
    >>> int(sim.roster(few).lesions.max())
    2
    """
    chosen: Sequence[int] = table.loc[table["eligible"].astype(bool), "patient"].tolist()
    if not chosen:
        told = table["why_not"].value_counts().to_dict() if "why_not" in table else {}
        raise ParameterError(f"enrolled: none of {len(table)} screened is eligible ({told}); relax the criteria or draw more")
    return select(people, chosen)
