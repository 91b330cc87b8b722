"""Draw the README's figure of two routes from a folder of results, and write the README's numbers and list of notebooks anew.

Run through ``python3 tasks.py figures``, which makes the results first; without a folder the figure is left as it is.
"""

import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
NOTEBOOKS = ROOT / "notebooks"
FIGURE = ROOT / "docs" / "figures" / "gastric_two_routes.png"
BEGIN, END = "<!-- {}: python3 tasks.py figures -->\n", "<!-- end of {} -->"
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


def pages() -> str:
    """The README's table of notebooks: number and question."""
    import json

    lines = ["| | question |", "|---|---|"]
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        opening = "".join(json.loads(path.read_text(encoding="utf-8"))["cells"][0]["source"])
        lines.append(f"| [{path.stem[:2]}](notebooks/{path.name}) | {opening.splitlines()[0].lstrip('# ')} |")
    return "\n".join(lines) + "\n"


def validation() -> str:
    """How many endpoints of reported trials the model predicts, from the committed report."""
    import simsolid as sim

    table = sim.validated()
    tested = table[table["verdict"].isin(["pass", "fail"])]
    passed = tested[tested["verdict"] == "pass"]
    fit, held = (f"{(passed['use'] == use).sum()} of {(tested['use'] == use).sum()}" for use in ("fit", "held out"))
    return "\n".join([
        f"How far to trust predictions: {len(passed)} of {len(tested)} endpoints of {tested['trial'].nunique()} reported trials "
        "lie within the 95 % interval of",
        f"the calibrated model, {fit} that were fitted and {held} that were not. "
        "[Each miss is discussed](docs/validation/report.md);",
        "`simsolid validate` makes the report anew, in some minutes.\n",
    ])  # fmt: skip


BLOCKS = {"notebooks": pages, "numbers": numbers, "validation": validation}


def rewritten(text: str) -> str:
    """The README with what stands between its marks made anew."""
    for name, block in BLOCKS.items():
        begin, end = BEGIN.format(name), END.format(name)
        before, _, rest = text.partition(begin)
        _, found, after = rest.partition(end)
        if not found:
            raise SystemExit(f"{README.name}: no {begin.strip()} ... {end}; put both marks back")
        text = before + begin + block() + end + after
    return text


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
    if sys.argv[1:]:
        draw(Path(sys.argv[1]))
    README.write_text(rewritten(README.read_text(encoding="utf-8")), encoding="utf-8")
    print(f"{FIGURE.relative_to(ROOT)} ({FIGURE.stat().st_size / 1000:.0f} kB) and README.md are up to date")
