"""Run the notebooks and store them small, check that they are fresh, or write copies for students.

Run through ``python3 tasks.py notebooks``. What is stored depends on nothing but the notebook, the package and its libraries:
no times, no random names, no state of sliders. A stamp of the code cells tells later whether a cell was changed and not run.
"""

from __future__ import annotations

import argparse
import ast
import base64
import difflib
import hashlib
import io
import os
import re
import sys
import tempfile
import time
from pathlib import Path

import nbformat

FOLDER = Path(__file__).resolve().parent.parent / "notebooks"
STAMP = "simsolid"  # key of our own metadata
LONGEST_CELL = 300  # [second]
WIDGET = "application/vnd.jupyter.widget-view+json"
COLOURS = 256  # of a stored figure: a palette takes a third of the room
NUMBER = re.compile(r"\d+(?:\.\d+)?(?:e[+-]?\d+)?", re.IGNORECASE)
SOLUTION, EXERCISE = "solution", "exercise"  # tags of cells


def found(names: list[str], folder: Path = FOLDER) -> list[Path]:
    """Notebooks whose file name begins with one of the names given (``07`` is enough), or all."""
    paths = sorted(folder.glob("*.ipynb"))
    chosen = [[p for p in paths if p.name.startswith(Path(name).name)] for name in names]
    lost = [name for name, hits in zip(names, chosen, strict=True) if not hits]
    if lost:
        raise SystemExit(f"no notebook begins with {', '.join(lost)}; there are {', '.join(p.stem for p in paths)}")
    return sorted({p for hits in chosen for p in hits}) if names else paths


def tags(cell) -> list[str]:
    """Tags of a cell."""
    return cell.metadata.get("tags", [])


def code(notebook) -> list:
    """Code cells, in order."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def stamp(notebook) -> str:
    """Hash of the code cells, in order."""
    return hashlib.sha256("\0".join(cell.source for cell in code(notebook)).encode()).hexdigest()[:16]


def run(path: Path, quick: bool = False):
    """Execute a notebook in a clean kernel and an empty folder; a cell that fails raises."""
    from nbclient import NotebookClient

    notebook = nbformat.read(path, as_version=4)
    for cell in code(notebook):
        cell.outputs, cell.execution_count = [], None
    os.environ["SIMSOLID_LESSON"] = "quick" if quick else "full"
    os.environ.pop("MPLBACKEND", None)  # the kernel's own, or figures would not be shown
    with tempfile.TemporaryDirectory() as empty:
        client = NotebookClient(
            notebook, timeout=LONGEST_CELL, kernel_name="python3", record_timing=False, coalesce_streams=True,
            store_widget_state=False, extra_arguments=["--IPKernelApp.log_level=ERROR"], resources={"metadata": {"path": empty}},
        )  # fmt: skip
        client.execute()
    return tidy(notebook)


def tidy(notebook):
    """Leave nothing that changes from run to run or from machine to machine, and figures small."""
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"file_extension": ".py", "mimetype": "text/x-python", "name": "python"},
            STAMP: {"code": stamp(notebook)},
        }
    )
    for cell in notebook.cells:
        cell.metadata = nbformat.from_dict({"tags": tags(cell)} if tags(cell) else {})
        for out in cell.get("outputs", ()):
            out.pop("metadata", None) if out.output_type == "stream" else out.update(metadata={})
            data = out.get("data", {})
            data.pop(WIDGET, None)
            if "image/png" in data:
                data["image/png"] = small(data["image/png"])
    return notebook


def small(picture: str) -> str:
    """A PNG (base64) with a palette and without notes on who made it."""
    from PIL import Image

    with Image.open(io.BytesIO(base64.b64decode(picture))) as image:
        paper = Image.new("RGB", image.size, "white")
        paper.paste(image, mask=image.getchannel("A") if image.mode == "RGBA" else None)
    written = io.BytesIO()
    paper.quantize(COLOURS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(written, "PNG", optimize=True)
    return base64.b64encode(written.getvalue()).decode() + "\n"


def said(notebook) -> list[str]:
    """Everything that was printed as a warning or an error."""
    return [out.text for cell in code(notebook) for out in cell.outputs if out.get("name") == "stderr"]


def words(notebook) -> list[str]:
    """Text that the cells put out, line by line, with the number of the cell."""
    lines = []
    for cell in code(notebook):
        for out in cell.outputs:
            data = out.get("data", {})
            text = out.get("text") or data.get("text/markdown") or data.get("text/plain", "")
            lines += [f"[{cell.execution_count}] {line.rstrip()}" for line in text.splitlines()]
    return lines


def alike(old: list[str], new: list[str]) -> list[str]:
    """The new lines, with a line kept as it was where its words agree and its numbers nearly do.

    Another machine rounds otherwise: a number may differ by 2 % or by one in its last printed place.
    """
    if len(old) != len(new):
        return new
    return [was if near(was, now) else now for was, now in zip(old, new, strict=True)]


def near(was: str, now: str) -> bool:
    """Whether two lines say the same."""
    if NUMBER.sub("#", was).split() != NUMBER.sub("#", now).split():  # columns move with the width of their numbers
        return False
    pairs = zip(NUMBER.findall(was), NUMBER.findall(now), strict=True)
    return all(abs(float(a) - float(b)) <= max(0.02 * abs(float(a)), 1.01 * place(a)) for a, b in pairs)


def place(number: str) -> float:
    """Worth of one in the last printed place."""
    digits, _, power = number.lower().partition("e")
    return 10.0 ** (int(power or 0) - len(digits.partition(".")[2]))


def addresses(notebook) -> list[str]:
    """Lines that name a place in memory: they would differ in the next run."""
    return [line for line in words(notebook) if re.search(r"\bat 0x[0-9a-f]+", line)]


def student(notebook):
    """The copy for students: without solutions, outputs and stamp."""
    kept = nbformat.from_dict(notebook)
    kept.cells = [cell for cell in kept.cells if SOLUTION not in tags(cell)]
    kept.metadata.pop(STAMP, None)
    for cell in code(kept):
        cell.outputs, cell.execution_count = [], None
    return kept


def leaks(notebook) -> set[str]:
    """Names that only a solution makes and a cell outside the solutions uses: students would meet a NameError."""
    made, used, open_names = set(), set(), set()
    for cell in code(notebook):
        tree = ast.parse(re.sub(r"^\s*[%!].*$", "", cell.source, flags=re.M))
        names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
        stored = {node.id for node in names if isinstance(node.ctx, ast.Store)}
        if SOLUTION in tags(cell):
            made |= stored
        else:
            open_names |= stored
            used |= {node.id for node in names if isinstance(node.ctx, ast.Load)}
    return (made - open_names) & used


def check(path: Path, quick: bool) -> list[str]:
    """What is wrong with a stored notebook: not run since a change, warnings, or text that a new run does not give."""
    stored = nbformat.read(path, as_version=4)
    if stored.metadata.get(STAMP, {}).get("code") != stamp(stored):
        return [f"{path.name}: code changed since it was run; python3 tasks.py notebooks {path.stem[:2]}"]
    new = run(path, quick)
    faults = [f"{path.name}: {text}" for text in said(new)]
    if not quick:
        was = words(stored)
        faults += difflib.unified_diff(was, alike(was, words(new)), f"{path.name} stored", "run now", n=0, lineterm="")
    return faults


def store(path: Path, quick: bool) -> list[str]:
    """Run a notebook and write it; a quick run is only tried out, never stored."""
    new = run(path, quick)
    faults = [f"{path.name}: {text}" for text in said(new)]
    faults += [f"{path.name}: an output names a place in memory: {line}" for line in addresses(new)]
    if not quick:
        nbformat.write(new, path)
    return faults


def main(arguments: list[str]) -> int:
    """Run, check or copy; the number returned is that of a shell command."""
    parser = argparse.ArgumentParser(prog="python3 tasks.py notebooks", description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", help="beginnings of file names, such as 07; without them all")
    parser.add_argument("--check", action="store_true", help="change nothing; say which notebooks are not what a run gives")
    parser.add_argument("--quick", action="store_true", help="small cohorts (SIMSOLID_LESSON=quick); nothing is stored")
    parser.add_argument("--student", metavar="FOLDER", type=Path, help="write copies without solutions and outputs there")
    asked = parser.parse_args(arguments)
    faults = []
    for path in found(asked.names):
        if asked.student:
            asked.student.mkdir(parents=True, exist_ok=True)
            nbformat.write(student(nbformat.read(path, as_version=4)), asked.student / path.name)
            print(asked.student / path.name)
            continue
        begin = time.perf_counter()
        faults += (check if asked.check else store)(path, asked.quick)
        size = path.stat().st_size / 1000
        print(f"{path.stem:32} {time.perf_counter() - begin:5.1f} s {size:6.0f} kB", flush=True)
    if faults:
        print("\n".join(faults), file=sys.stderr)
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
