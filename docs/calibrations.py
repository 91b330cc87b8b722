"""Run every calibration and put what came out where it is committed: ``python3 docs/calibrations.py [NAME ...]``.

It writes the table of docs/calibration/README.md anew from their manifests. Finished points are kept in ``calibration/``, so that
a second call goes on where the first was stopped.
"""

import json
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "calibration" / "README.md"
BEGIN, END = "<!-- table: python3 docs/calibrations.py -->\n", "<!-- end of table -->"
PLACES = {".toml": "params/fitted", ".draws.csv": "params/fitted", ".md": "docs/calibration", ".png": "docs/calibration",
          ".manifest.json": "docs/calibration"}  # fmt: skip


def kept(name: str, folder: Path) -> None:
    """Copy what a calibration wrote to its committed places."""
    for ending, place in PLACES.items():
        shutil.copyfile(folder / f"{name}{ending}", ROOT / place / f"{name}{ending}")


def index() -> str:
    """One row per calibration: what it was fitted to, what it missed, what it could not learn."""
    lines = ["| calibration | endpoints | missed by the fit | not informed | pressed against an end |", "|---|---:|---|---|---|"]
    for path in sorted((ROOT / "docs" / "calibration").glob("*.manifest.json")):
        told = json.loads(path.read_text(encoding="utf-8"))
        name = told["calibration"]
        words = [", ".join(f"`{one}`" for one in told[key]) or "-" for key in ("missed", "not_informed", "crowded")]
        lines.append(f"| [{name}]({name}.md) | {len(told['targets'])} | {' | '.join(words)} |")
    return "\n".join(lines) + "\n"


def indexed(text: str) -> str:
    """The page with the table between its two marks replaced."""
    before, _, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end:
        raise SystemExit(f"{PAGE.name}: no {BEGIN.strip()} ... {END}; put both marks back")
    return before + BEGIN + index() + END + after


def main() -> None:
    """Calibrate the settings that are named, or all."""
    import simsolid as sim

    for name in sys.argv[1:] or sim.available("calibrations"):
        folder = Path("calibration") / name
        sim.calibrate(name, out=folder, command=["simsolid", "calibrate", name])
        kept(name, folder)
    PAGE.write_text(indexed(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
