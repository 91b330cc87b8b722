"""Measure what rules cost, and whether each patient alone is given the same as in the crowd.

Run ``python -m tests.benchmarks.bench_rules`` from the checkout: 2,000 patients without and with rescue rules, in turn and the
best of three in CPU seconds, then 1,000 patients in one run against one run each. ``--quick`` for a tenth of it. Writes rules.md
to tests/benchmarks/results.
"""

import argparse
import time

import numpy as np

import simsolid as sim
from tests.benchmarks.report import RESULTS, machine
from tests.people import DOSE, one_lesion

DAYS, ALONE_DAYS = 180, 28
MOST_COST, MOST_APART = 2.0, 1e-6
PLANS = {
    "none": sim.Regimen.single(DOSE),
    "standard rescue": sim.Regimen.single(DOSE).with_rules("standard"),
    "rescue and scans": sim.Regimen.single(DOSE).with_rules(
        "standard", sim.Rule("1e8 cells intravenous", when="response is SD and worst_crs_grade < 3")
    ),
}


def cost(patients):
    """CPU seconds of each plan in the same patients; the plans take turns, and the best of three counts."""
    people = sim.draw(sim.load("gastric"), patients=patients, seed=7)
    sim.simulate(sim.draw(sim.load("gastric"), patients=40, seed=7), PLANS["rescue and scans"], days=1, progress=False)
    taken = {name: [] for name in PLANS}
    for _ in range(3):
        for name, plan in PLANS.items():
            begun = time.process_time()
            sim.simulate(people, plan, days=DAYS, dtype="float32", progress=False)
            taken[name].append(time.process_time() - begun)
    return {name: min(seconds) for name, seconds in taken.items()}


def apart(patients):
    """Acts in one run and in one run each: how many, how many differ in number, and the largest difference in time [day]."""
    setting, plan = one_lesion(sim.load("gastric")), PLANS["standard rescue"]
    given = {"days": ALONE_DAYS, "observables": ["il6"], "progress": False}
    crowd = sim.ledger(sim.simulate(sim.draw(setting, patients=patients, seed=7), plan, **given))
    differ, largest = 0, 0.0
    for patient, rows in crowd.groupby("patient"):
        alone = sim.ledger(sim.simulate(sim.draw(setting, patients=[int(patient)], seed=7), plan, **given))
        if list(alone["step"]) != list(rows["step"]):
            differ += 1
        else:
            largest = max(largest, float(np.abs(alone["day"].to_numpy() - rows["day"].to_numpy()).max()))
    return len(crowd), differ, largest


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    share = 10 if parser.parse_args().quick else 1
    patients, alone = 2000 // share, 1000 // share
    taken = cost(patients)
    many, differ, largest = apart(alone)
    lines = ["# What rules cost, and whether they depend on the crowd", "", f"Machine: {machine()}.", ""]
    lines += [f"House model, gastric, {patients:,} patients, {DAYS} days, all observables.", ""]
    lines += ["| rules | CPU seconds | times the run without |", "|---|---:|---:|"]
    lines += [f"| {name} | {seconds:.1f} | {seconds / taken['none']:.2f} |" for name, seconds in taken.items()]
    lines += ["", f"{alone:,} patients in one run and one run each, {ALONE_DAYS} days, standard rescue: {many:,} acts; "
              f"{differ} patients differ in what they are given; largest difference in time {largest:.1g} d."]  # fmt: skip
    text = "\n".join(lines) + "\n"
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "rules.md").write_text(text)
    print(text)
    if max(taken.values()) > MOST_COST * taken["none"] or differ or largest > MOST_APART:
        raise SystemExit("claims not met: rules cost more than twice, or a patient alone is given something else")


if __name__ == "__main__":
    main()
