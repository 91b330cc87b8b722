"""Cohorts that the tests of behaviour share: each is drawn and simulated once in a session.

All arms of one setting hold the same people, so arms differ by treatment only. The tolerance is 1e-3 where the tests count
patients or compare medians: of 300 gastric patients none then changes CRS grade or best response against 1e-5. What must hold
in every patient is solved to 1e-4. ``COHORT_SEED`` draws another cohort, to see that nothing rests on the seed.
"""

import os
from functools import cache

import simsolid as sim

N = 400
SEED = int(os.environ.get("COHORT_SEED", "7"))
RESPONSE = ["CR", "PR"]
SEVERE = 3

# What tests of response, blood, CRS and survival look at.
CLINIC = ("cart_blood", "cart_copies", "temperature", "signal", "pressure_score", "oxygen_score", "il6", "apparent_volume",
          "viable_volume", "antigen_negative_fraction", "cart_lesion", "healthy_tissue")  # fmt: skip
CRS = ("cart_blood", "temperature", "signal", "pressure_score", "oxygen_score", "il6", "apparent_volume", "viable_volume")

VEIN_BY_SETTING = {
    "gastric": ("gastric", "cldn18_2", "satri_cel"),
    "gavo": ("mesothelioma", "mesothelin", "gavo_cel"),
    "gut": ("colorectal", "gucy2c", "im96"),
    "skin": ("pancreatic", "egfr", "cart_egfr"),
    "midline": ("diffuse_midline_glioma", "gd2", "gd2_cart"),
    "leukaemia": ("b_all", "cd19", "tisagenlecleucel"),
}


def rate(table, column="best_response"):
    """Share of patients who respond."""
    return table[column].isin(RESPONSE).mean()


def severe(table):
    """Share of patients with severe CRS."""
    return (table["crs_grade"] >= SEVERE).mean()


def judged(run, **how):
    return sim.assess(sim.observe(run, **how))


def simulated(people, plan, days, kept=CLINIC, rtol=1e-3):
    return sim.simulate(people, plan, days=days, observables=kept, dtype="float32", rtol=rtol, progress=False)


@cache
def setting(name):
    return sim.load(*VEIN_BY_SETTING[name])


@cache
def people(name, patients=N, mortal=False):
    """A cohort; unless mortal nobody dies, so that what the clinic sees of the living is seen of everybody."""
    drawn = sim.draw(setting(name), patients=patients, seed=SEED)
    return drawn if mortal else sim.vary(drawn, death_threshold=1e6)


@cache
def single(name, dose=None, conditioning="product"):
    return sim.Regimen.single(dose or setting(name).reference_dose, "intravenous", conditioning=conditioning)


# Gastric cancer --------------------------------------------------------------------------------------------------------


@cache
def rescued():
    """Gastric cancer as in the trial: one infusion and the standard rescue rules, followed for a year."""
    return simulated(people("gastric", mortal=True), single("gastric").with_rules("standard"), 365)


@cache
def rescued_table():
    return judged(rescued())


@cache
def rescued_many():
    """Gastric cancer as in the trial, in enough patients to count what happens to a few in a hundred."""
    return simulated(people("gastric", 5 * N, mortal=True), single("gastric").with_rules("standard"), 160, CRS)


@cache
def many_table():
    return judged(rescued_many())


SIGN_DAYS = 30


@cache
def by_rescue():
    """The same infusion without rescue, and with one drug by rule alone, given early and to many."""
    early = sim.Rule("tocilizumab 8 mg/kg", when="temperature >= 38.5 degC for 6 h or crs_grade >= 2", at_most=2, apart="8 h")
    steroid = sim.Rule("dexamethasone 10 mg", when="crs_grade >= 1", at_most=4, apart="1 day")
    plan = sim.vary(single("gastric"), rescue={"none": (), "tocilizumab": early, "dexamethasone": steroid})
    return simulated(people("gastric"), plan, SIGN_DAYS, CRS, rtol=1e-4)


@cache
def untouched_table():
    return judged(by_rescue().sel(rescue="none"))


@cache
def twice_the_burden():
    """Everybody with twice the tumour volume, without rescue."""
    more = people("gastric")
    more = more.with_values({"diameter_start": more["diameter_start"] * 2 ** (1 / 3)})
    return judged(simulated(more, single("gastric"), SIGN_DAYS, CRS, rtol=1e-4))


@cache
def planned(drug, amount, *days):
    """A drug on fixed days, whatever the patient's state."""
    plan = single("gastric").with_step(*(sim.Drug(drug, amount, day=day) for day in days))
    return simulated(people("gastric"), plan, SIGN_DAYS, CRS, rtol=1e-4)


@cache
def gastric_dose(dose, conditioning="product"):
    """Another dose or conditioning; the first two scans tell the response."""
    return simulated(people("gastric"), single("gastric", dose, conditioning).with_rules("standard"), 71)


@cache
def debulked():
    """Four fifths of every lesion removed three days before the infusion."""
    plan = single("gastric").with_rules("standard").with_step(sim.Surgery(0.8, day=-3))
    return simulated(people("gastric"), plan, 120)


@cache
def treated_again():
    """Fresh cells after new lymphodepletion once a scan shows progression, against waiting (``rescued``)."""
    again = sim.Rule("flu_cy conditioning and 3.75e8 cells intravenous", when="response is PD", after="7 day")
    return simulated(people("gastric", mortal=True), single("gastric").with_rules("standard", again), 365)


@cache
def uniform():
    """Antigen on 99.9 % and on all of the tumour cells, never lost."""
    same = people("gastric").with_values({"antigen_loss_fraction": 0.0})
    plan = single("gastric").with_rules("standard")
    return simulated(sim.vary(same, antigen_positive_fraction=[0.999, 1.0]), plan, 180)


@cache
def allogeneic():
    """Cells of a donor, with and without recognition by the host edited out."""
    arms = sim.vary(people("gastric"), origin=["allogeneic", "allogeneic_edited"])
    return simulated(arms, single("gastric"), 90, ("cart_blood", "apparent_volume", "viable_volume"))


@cache
def controls():
    """Third line without cells: nothing, and chemotherapy every three weeks."""
    courses = [sim.Drug("chemotherapy", 1, day=day) for day in range(0, 365, 21)]
    kept = ("apparent_volume", "viable_volume")
    plans = {"none": sim.Regimen.none(), "chemotherapy": sim.Regimen.none().with_step(*courses)}
    return {name: simulated(people("gastric", mortal=True), plan, 365, kept) for name, plan in plans.items()}


# Healthy tissue that shows the target -----------------------------------------------------------------------------------


@cache
def off_tumour(name, days, *doses):
    """Injury of healthy tissue by dose, in colorectal (gut), gastric (stomach) or pancreatic cancer (skin)."""
    plan = sim.vary(single(name), dose=list(doses))
    return judged(simulated(people(name), plan, days, ("healthy_tissue", "apparent_volume", "viable_volume")))


# Cytokine release by dose, and its rescue ------------------------------------------------------------------------------


@cache
def gavo(dose, conditioning="product"):
    """Mesothelin TRuC cells; tocilizumab and dexamethasone from grade 3 only, which moves nobody below grade 3."""
    plan = single("gavo", dose, conditioning).with_rules("late")
    return simulated(people("gavo"), plan, 35, CRS)


@cache
def gavo_table(dose, conditioning="product"):
    return judged(gavo(dose, conditioning))


@cache
def midline(infusions=1):
    """GD2 CAR-T cells into the ventricle, without lymphodepletion, once or monthly."""
    plan = sim.Regimen.single(2e7, "intraventricular", conditioning="none").repeated(infusions, every=28)
    kept = (*CLINIC, "local_cytokine", "tian_score", "enhancing_volume")
    return simulated(people("midline"), plan, 180, kept)
