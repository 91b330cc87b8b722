"""Draw the teaching set: figures as SVG and PNG, by the functions that notebooks and sliders use.

Run through ``python3 tasks.py figures``, which makes the results of the main job first. Each figure is drawn anew from its
numbers; nothing in a file tells when or where it was made.
"""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path

FIGURES = Path(__file__).resolve().parent / "figures"
DPI = 110
EARLY = 14.0  # [day] of a first scan that misleads
DAYS = 182.0  # of one patient


@cache
def table(results: Path):
    """One row per route and patient of the main job."""
    import pandas as pd

    return pd.read_csv(results / "patients.csv")


@cache
def run(results: Path):
    """Trajectories of the main job, by vein."""
    import xarray as xr

    with xr.open_dataset(results / "run.nc", engine="h5netcdf") as whole:
        return whole.sel(route="intravenous", time=slice(None, DAYS)).load()


def benefit_risk():
    """What a dose buys and costs in the same 60 people, with and without rescue."""
    import simsolid as sim

    setting = sim.load("gastric", target="cldn18_2", product="satri_cel")
    doses = sim.vary(sim.Regimen.single(1e8), dose=[3e7, 1e8, 3e8, 1e9, 3e9], rescue=["none", "standard"])
    seen = sim.simulate(sim.draw(setting, patients=60, seed=7), doses, days=112, dtype="float32", progress=False)
    return sim.plot.benefit_risk(sim.benefit_risk(sim.assess(sim.observe(seen)), along="dose", by="rescue")).figure


def lesions(results: Path):
    """The first patient with two lesions or more whose early progression a later scan took back."""
    import simsolid as sim

    seen = sim.observe(run(results), first_scan=EARLY)
    calls = sim.pseudo.calls(seen)
    misled = calls.loc[calls["verdict"] == "pseudo-progression", "patient"].unique()
    several = (run(results)["apparent_volume"].isel(time=0) > 0).sum("lesion") > 1
    number = next(int(n) for n in misled if several.sel(patient=n))
    return sim.plot.lesions(run(results), number, seen=seen)


def drawings(results: Path) -> dict:
    """The teaching set: name of each figure, and what draws it."""
    import simsolid as sim

    lesson, plot = sim.lesson, sim.plot
    return {
        "one_patient": lesson.one_patient,
        "pseudo_progression": lambda: lesson.pseudo_progression(first_scan=EARLY),
        "crs_risk": lambda: lesson.crs_risk(dose=1e9),
        "lesions": lambda: lesions(results),
        "waterfall": lambda: plot.waterfall(table(results)).figure,
        "swimmer": lambda: plot.swimmer(table(results)).figure,
        "progression_free": lambda: plot.kaplan_meier(table(results), "pfs_day").figure,
        "benefit_risk": benefit_risk,
    }


def save(name: str, figure, folder: Path = FIGURES) -> list[Path]:
    """Write one figure as SVG, with words as words, and as a small PNG."""
    import base64

    import matplotlib
    import matplotlib.pyplot as plt

    from notebooks import small

    folder.mkdir(parents=True, exist_ok=True)
    drawn, picture = folder / f"{name}.svg", folder / f"{name}.png"
    with matplotlib.rc_context({"svg.hashsalt": name, "svg.fonttype": "none"}):
        figure.savefig(drawn, metadata={"Date": None, "Creator": None})
    figure.savefig(picture, dpi=DPI, metadata={"Software": None})
    picture.write_bytes(base64.b64decode(small(base64.b64encode(picture.read_bytes()).decode())))
    plt.close(figure)
    return [drawn, picture]


def main(results: Path, *names: str) -> None:
    """Draw all, or those named."""
    import matplotlib

    matplotlib.use("Agg")
    for name, draw in drawings(results).items():
        if not names or name in names:
            sizes = ", ".join(f"{path.suffix[1:]} {path.stat().st_size / 1000:.0f} kB" for path in save(name, draw()))
            print(f"docs/figures/{name}: {sizes}", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
