"""Run every calibration and put what came out where it is committed: ``python3 docs/calibrations.py [NAME ...]``.

Finished points are kept in ``calibration/``, so that a second call goes on where the first was stopped.
"""

import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PLACES = {".toml": "params/fitted", ".draws.csv": "params/fitted", ".md": "docs/calibration", ".png": "docs/calibration",
          ".manifest.json": "docs/calibration"}  # fmt: skip


def kept(name: str, folder: Path) -> None:
    """Copy what a calibration wrote to its committed places."""
    for ending, place in PLACES.items():
        shutil.copyfile(folder / f"{name}{ending}", ROOT / place / f"{name}{ending}")


def main() -> None:
    """Calibrate the settings that are named, or all."""
    import simsolid as sim

    for name in sys.argv[1:] or sim.available("calibrations"):
        folder = Path("calibration") / name
        sim.calibrate(name, out=folder, command=["simsolid", "calibrate", name])
        kept(name, folder)


if __name__ == "__main__":
    main()
