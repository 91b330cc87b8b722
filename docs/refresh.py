"""Draw the README's figure from a folder of results, and write the README's numbers anew.

Run through ``python3 tasks.py figures``, which makes the results first.
"""

import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
FIGURE = ROOT / "docs" / "figures" / "gastric_two_routes.png"
BEGIN, END = "<!-- numbers: python3 tasks.py figures -->\n", "<!-- end of numbers -->"
BASES = {
    "measured": "read off a publication",
    "fitted": "fitted to a trial or taken from a published fit",
    "derived": "worked out from published numbers; the arithmetic stands in the note",
    "assumed": "chosen by us or proposed without a measurement; the note says why",
}
COUNTED = {name: name for name in ("tumours", "targets", "pairs", "products", "routes")}
COUNTED["pairs"] = "settings (a target on a tumour)"


def numbers() -> str:
    """The README's numbers: what is at hand, how many values are measured and how many assumed."""
    import simsolid as sim
    from simsolid.files import KINDS, available
    from simsolid.load import layer

    setting = sim.load("gastric", "cldn18_2", "satri_cel")
    used = Counter(setting.value(name).basis for name in setting.names)
    every = Counter(v.basis for kind in KINDS for name in available(kind) for v in layer(kind, name).values.values())
    counts = ", ".join(f"{len(available(kind))} {word}" for kind, word in COUNTED.items())
    lines = [f"At hand: {counts}. `simsolid list tumours` names them.", ""]
    lines += ["| basis | meaning | gastric, claudin 18.2 | all files |", "|---|---|---:|---:|"]
    lines += [f"| {basis} | {meaning} | {used[basis]} | {every[basis]} |" for basis, meaning in BASES.items()]
    return "\n".join([*lines, f"| **together** | | {used.total()} | {every.total()} |"]) + "\n"


def rewritten(text: str, block: str) -> str:
    """The README with the numbers between its two marks replaced."""
    before, _, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end:
        raise SystemExit(f"{README.name}: no {BEGIN.strip()} ... {END}; put both marks back")
    return before + BEGIN + block + END + after


def draw(results: Path) -> None:
    """Waterfalls of both routes above, CAR-T cells in blood and IL-6 below."""
    import pandas as pd
    import xarray as xr
    from matplotlib.figure import Figure

    from simsolid import plot

    figure = Figure(figsize=(9.0, 6.6), layout="constrained")
    axes = figure.subplot_mosaic([["response", "response"], ["blood", "il6"]])
    plot.waterfall(pd.read_csv(results / "patients.csv"), ax=axes["response"])
    with xr.open_dataset(results / "run.nc", engine="h5netcdf") as run:
        early = run.sel(time=slice(0, 90)).load()
    plot.trajectories(early, ax=axes["blood"])
    plot.cytokines(early, ax=axes["il6"])
    FIGURE.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(FIGURE, dpi=100, metadata={"Software": None})


if __name__ == "__main__":
    draw(Path(sys.argv[1]))
    README.write_text(rewritten(README.read_text(encoding="utf-8"), numbers()), encoding="utf-8")
    print(f"{FIGURE.relative_to(ROOT)} ({FIGURE.stat().st_size / 1000:.0f} kB) and the numbers of README.md are up to date")
