"""Every notebook runs from top to bottom in a clean folder, and is stored as a page that teaches: rules and freshness."""

import importlib.util
import re
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parent.parent
LARGEST = 600_000  # [byte] of a stored notebook


def _tool():
    spec = importlib.util.spec_from_file_location("notebooks", ROOT / "docs" / "notebooks.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


TOOL = _tool()
NOTEBOOKS = TOOL.found([])
each = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def _headings(page):
    prose = "\n".join(cell.source for cell in page.cells if cell.cell_type == "markdown")
    return [line.lstrip("# ").lower() for line in prose.splitlines() if re.match("#+ ", line)]


def _tagged(page, tag):
    return [cell for cell in page.cells if tag in TOOL.tags(cell)]


# What a page must be, as a sentence that can be false.
RULES = {
    "opens with its question": lambda page: re.match(r"# .+(\?\n|\n+\*\*Question\.\*\*)", page.cells[0].source),
    "has an exercise": lambda page: _tagged(page, TOOL.EXERCISE),
    "has a solution": lambda page: _tagged(page, TOOL.SOLUTION),
    "shows what is assumed under a heading": lambda page: any("assumed" in head for head in _headings(page)),
    "has sources under a heading": lambda page: any("sources" in head for head in _headings(page)),
    "ends in code that asserts": lambda page: page.cells[-1].cell_type == "code" and "assert" in page.cells[-1].source,
    "its last cell is no solution": lambda page: not TOOL.tags(page.cells[-1]),
    "says what it is not": lambda page: "not medical advice" in " ".join(page.cells[0].source.split()),
    "holds solutions that nothing else needs": lambda page: not TOOL.leaks(page),
    "is stored with outputs of every cell in order": lambda page: _counted(page),
    "was stored since its code changed": lambda page: page.metadata.get(TOOL.STAMP, {}).get("code") == TOOL.stamp(page),
    "holds nothing but what a run gives": lambda page: "widgets" not in page.metadata and not TOOL.said(page),
    "names no place in memory": lambda page: not TOOL.addresses(page),
    "has cells of at most 25 lines": lambda page: all(_lines(cell) <= 25 for cell in page.cells),
}


def _lines(cell):
    """Lines of a cell to be read at once; a script that a page writes is read as a file."""
    return 0 if cell.source.startswith("%%writefile") else len(cell.source.splitlines())


def _counted(page):
    cells = TOOL.code(page)
    return [c.execution_count for c in cells] == list(range(1, len(cells) + 1)) and any(c.outputs for c in cells)


def _retag(page):
    for cell in page.cells:
        cell.metadata["tags"] = []


def _set(at, **values):
    return lambda page: page.cells[at].update(values)


def _output(at, **what):
    return lambda page: TOOL.code(page)[at].outputs.append(nbformat.v4.new_output(**what))


def _untitle(word):
    def spoil(page):
        for cell in page.cells:
            cell.source = re.sub(f"(?im)^(#+ .*){word}", r"\1", cell.source)

    return spoil


def _lean(page):
    next(c for c in page.cells if TOOL.SOLUTION in TOOL.tags(c)).source = "only_here = 1"
    page.cells[-1].source += "\nassert only_here"


# For each rule what breaks it.
SPOILT = {
    "opens with its question": _set(0, source="# A page\n\nnot medical advice"),
    "has an exercise": _retag,
    "has a solution": _retag,
    "shows what is assumed under a heading": _untitle("assumed"),
    "has sources under a heading": _untitle("sources"),
    "ends in code that asserts": _set(-1, source="print(1)"),
    "its last cell is no solution": _set(-1, metadata={"tags": ["solution"]}),
    "says what it is not": _set(0, source="# Why?\n\n**Question.**"),
    "holds solutions that nothing else needs": _lean,
    "is stored with outputs of every cell in order": lambda page: TOOL.code(page)[1].update(execution_count=7),
    "was stored since its code changed": lambda page: TOOL.code(page)[1].update(source="pass"),
    "holds nothing but what a run gives": _output(0, output_type="stream", name="stderr", text="far off"),
    "names no place in memory": _output(0, output_type="stream", name="stdout", text="<Axes at 0x7f00>"),
    "has cells of at most 25 lines": _set(1, source="a\n" * 26),
}


@pytest.mark.parametrize("rule", RULES)
def test_a_page_that_breaks_a_rule_is_found(rule):
    page = nbformat.read(NOTEBOOKS[0], as_version=4)
    assert RULES[rule](page)
    SPOILT[rule](page)
    assert not RULES[rule](page)


def test_there_are_notebooks_and_their_numbers_differ():
    numbers = [path.stem[:2] for path in NOTEBOOKS]
    assert len(numbers) > 2 and len(set(numbers)) == len(numbers) and all(number.isdigit() for number in numbers)


@each
@pytest.mark.parametrize("rule", RULES)
def test_a_page(path, rule):
    assert RULES[rule](nbformat.read(path, as_version=4)), f"{path.name}: not true that it {rule}"


@each
def test_a_page_is_small(path):
    assert path.stat().st_size < LARGEST


@pytest.mark.filterwarnings("ignore::Warning")  # of the kernel's own machinery; warnings of cells are looked for below
@each
def test_it_runs_without_a_warning(path, monkeypatch):
    monkeypatch.setenv("SIMSOLID_LESSON", "full")  # so that what the tool sets is taken back
    new = TOOL.run(path, quick=True)
    assert TOOL.said(new) == [] and TOOL.addresses(new) == []


def _page(*sources, **tagged):
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    cells += [nbformat.v4.new_code_cell(source, metadata={"tags": [tag]}) for tag, source in tagged.items()]
    return nbformat.v4.new_notebook(cells=cells)


def test_prose_that_a_cell_computes_is_compared_too():
    data = {"text/markdown": "It is **42**.", "text/plain": "<Markdown object>"}
    page = _page("told()")
    page.cells[0].outputs = [nbformat.v4.new_output("execute_result", data=data, execution_count=1)]
    page.cells[0].execution_count = 1
    assert TOOL.words(page) == ["[1] It is **42**."]


@pytest.mark.filterwarnings("ignore::Warning")
def test_a_run_that_warns_or_fails_is_seen(tmp_path, monkeypatch):
    from nbclient.exceptions import CellExecutionError

    monkeypatch.setenv("SIMSOLID_LESSON", "full")
    page = _page("import os, warnings", "warnings.warn('far off')", "object()", "print(os.environ['SIMSOLID_LESSON'])")
    nbformat.write(page, tmp_path / "a.ipynb")
    new = TOOL.run(tmp_path / "a.ipynb", quick=True)
    assert "far off" in TOOL.said(new)[0] and len(TOOL.addresses(new)) == 1 and TOOL.words(new)[-1] == "[4] quick"
    nbformat.write(_page("1 / 0"), tmp_path / "b.ipynb")
    with pytest.raises(CellExecutionError, match="ZeroDivisionError"):
        TOOL.run(tmp_path / "b.ipynb", quick=True)


def test_the_copy_for_students_holds_neither_solutions_nor_outputs():
    page = _page("a = 1", exercise="# your turn", solution="b = 2")
    page.cells[0].outputs = [nbformat.v4.new_output("stream", text="1")]
    copy = TOOL.student(page)
    assert [cell.source for cell in copy.cells] == ["a = 1", "# your turn"] and not copy.cells[0].outputs
    assert len(page.cells) == 3 and page.cells[0].outputs  # the page itself is left alone


@pytest.mark.parametrize("used, leak", [("b", {"b"}), ("a", set()), ("b = 1\nb", set())])
def test_a_name_that_only_a_solution_makes_is_found(used, leak):
    assert TOOL.leaks(_page("a = 1", used, solution="b = a\nc = b")) == leak


def test_a_changed_cell_makes_the_stamp_stale_and_a_changed_number_is_shown(tmp_path, monkeypatch):
    page = _page("print(6 * 7)")
    page.cells[0].outputs, page.cells[0].execution_count = [nbformat.v4.new_output("stream", text="35\n")], 1
    page.metadata[TOOL.STAMP] = {"code": TOOL.stamp(page)}
    path = tmp_path / "03_a.ipynb"
    nbformat.write(page, path)
    new = nbformat.from_dict(page)
    new.cells[0].outputs[0].text = "42\n"
    monkeypatch.setattr(TOOL, "run", lambda path, quick: new)
    assert [line for line in TOOL.check(path, quick=False) if "[1]" in line] == ["-[1] 35", "+[1] 42"]
    page.cells[0].source += "  # changed"
    nbformat.write(page, path)
    assert "code changed since it was run; python3 tasks.py notebooks 03" in TOOL.check(path, quick=False)[0]


@pytest.mark.parametrize("was, now, same", [
    ("rate 12.3 % (8 to 17)", "rate 12.4 % (8 to 18)", True), ("rate 12.3 %", "rate 12.6 %", False),
    ("dose 2.50e+08", "dose 2.51e+08", True), ("dose 2.50e+08", "dose 2.60e+08", False), ("1e+08", "2e+08", True),
    ("n = 200", "n = 203", True), ("n = 200", "n = 210", False), ("nine", "ten", False), ("a   9 b", "a  10 b", True),
    ("1 2", "1", False),
])  # fmt: skip
def test_what_another_machine_rounds_otherwise_is_not_stale(was, now, same):
    assert (TOOL.alike([was], [now]) == [was]) == same


def test_a_line_more_is_stale():
    assert TOOL.alike(["a 1"], ["a 1", "b"]) == ["a 1", "b"]


def test_figures_are_stored_small_and_look_the_same():
    import base64
    import io

    import numpy as np
    from PIL import Image

    rng = np.random.default_rng(3)
    tiles = rng.integers(0, 12, (40, 60, 1)) * np.array([20, 15, 10])
    pixels = tiles.repeat(8, axis=0).repeat(8, axis=1).astype("uint8")
    written = io.BytesIO()
    Image.fromarray(pixels).save(written, "PNG", compress_level=0)
    stored = base64.b64decode(TOOL.small(base64.b64encode(written.getvalue()).decode()))
    assert len(stored) < len(written.getvalue()) / 10
    again = np.asarray(Image.open(io.BytesIO(stored)).convert("RGB"), dtype=int)
    assert np.abs(again - pixels).max() < 16


def test_a_notebook_nobody_has_is_told_of():
    with pytest.raises(SystemExit, match="no notebook begins with 99; there are 01_first_run"):
        TOOL.found(["99"])
