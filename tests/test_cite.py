"""A run says what it relies on, and how much of it is assumed."""

import csv
import io
import re
from pathlib import Path

import pytest
import xarray as xr

from simsolid.cite import bibliography, cite, provenance, table
from simsolid.errors import ParameterError
from simsolid.params import Declaration, Layer, Parameters, Spread, Value

KIM = r"""@article{kim2020,
  author  = {Kim, A. and M{\"u}ller, B.},
  title   = {The {CAR-T} study},
  journal = {Blood},
  year    = 2020,
  doi     = {10.1000/x_y},
}"""
LEE = "@misc{lee2019, author={Lee, C. and Two, B. and Three, C. and Four, D.}, title={Notes}, year=2019, url={https://example.org}}"
UNUSED = "@book{unused1999, author={Un, U.}, title={Unused}, publisher={Press}, year=1999}"
DECLARED = {
    name: Declaration(name, unit, name, low=0)
    for name, unit in {
        "kill_rate": "1/day",
        "growth_rate": "1/day",
        "start_volume": "mL",
        "death_rate": "1/day",
    }.items()
}


@pytest.fixture
def bib(tmp_path):
    path = tmp_path / "references.bib"
    path.write_text(f"% Sources\n{KIM}\n\n{LEE}\n\n{UNUSED}\n", encoding="utf-8")
    return path


def some():
    spread = Spread("log-normal", sd=0.5, sd_lesion=0.2, truncate=2)
    values = {
        "kill_rate": Value(2.0, "1/day", 1, 3, spread, source="kim2020", where="Table 2", basis="measured"),
        "growth_rate": Value(0.01, "1/day", low=0.001, source="kim2020", basis="fitted"),
        "start_volume": Value(3.0, "mL", source="lee2019", where="p. 4", basis="derived", note="4 - 1"),
        "death_rate": Value(0.1, "1/day", high=1, basis="assumed", note="a | b"),
    }
    return Parameters(values, DECLARED)


EXPECTED = """\
kim2020: Kim A., Müller B., The CAR-T study, Blood 2020, doi 10.1000/x_y - used for: kill_rate (Table 2), growth_rate
lee2019: Lee C. et al., Notes, 2019, https://example.org - used for: start_volume (p. 4)
4 values: 1 measured, 1 fitted, 1 derived, 1 assumed (25 %)
Assumed: death_rate (0.1 1/day)"""


def test_the_list_reads_as_expected(bib):
    citation = cite(some(), bib)
    assert str(citation) == repr(citation) == citation.text() == EXPECTED


def test_a_varied_value_is_counted_as_such_and_its_source_is_gone(bib):
    text = cite(some().with_values({"start_volume": 5, "death_rate": 1}), bib).text()
    assert "lee2019" not in text
    assert "Assumed" not in text
    assert text.endswith("4 values: 1 measured, 1 fitted, 0 derived, 0 assumed (0 %), 2 varied here")


def test_bibtex_holds_the_used_entries_as_they_were_written(bib):
    assert cite(some(), bib).bibtex() == f"{KIM}\n\n{LEE}"


def test_a_run_carries_its_sources(bib):
    p = some().with_values({"kill_rate": xr.DataArray([1.0, 2.0], dims="dose")}, keep_source=True)
    run = xr.Dataset(attrs={"provenance": provenance(p)})
    assert cite(run, bib).text() == cite(p, bib).text() == EXPECTED
    assert cite(run, bib).records[0]["value"] == {"least": 1.0, "largest": 2.0, "cases": 2}


def test_empty_lesion_slots_do_not_hide_the_range_of_a_value():
    declared = {"start_volume": Declaration("start_volume", "mL", "volume", low=0, axis="lesion")}
    given = xr.DataArray([[1.0, float("nan")], [2.0, 3.0]], dims=("patient", "lesion"))
    p = Parameters({"start_volume": Value(given, "mL", basis="assumed")}, declared)
    assert "Assumed: start_volume (1 to 3 mL in 4 cases)" in cite(p).text()


def test_a_source_that_is_not_at_hand_is_still_named(tmp_path):
    (tmp_path / "other.bib").write_text(KIM, encoding="utf-8")
    text = cite(some(), tmp_path / "other.bib").text()
    assert "lee2019: not in the bibliography at hand - used for: start_volume (p. 4)" in text


@pytest.mark.parametrize("text", ["{", "5", "[5]", '[{"name": "x"}]', "{}x", "null"])
def test_a_damaged_record_is_a_parameter_error(text):
    with pytest.raises(ParameterError, match=r"attrs\['provenance'\] cannot be read"):
        cite(xr.Dataset(attrs={"provenance": text}))


def test_what_carries_no_sources_is_refused():
    with pytest.raises(ParameterError, match="cite: Dataset carries no sources; give parameters, or a run"):
        cite(xr.Dataset())


def test_entries_are_plain_text_and_unchangeable(bib):
    entry = bibliography(bib)["kim2020"]
    assert (entry.kind, entry.fields["author"], entry.fields["title"]) == (
        "article",
        "Kim, A. and Müller, B.",
        "The CAR-T study",
    )
    assert str(bibliography(bib)["unused1999"]) == "Un U., Unused, Press 1999"
    with pytest.raises(TypeError):
        bibliography(bib)["new"] = entry
    with pytest.raises(TypeError):
        entry.fields["year"] = "2021"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (f"{KIM}\n{KIM}", "line 8: Duplicate entry key 'kim2020'"),
        (f"{KIM}\n@article{{open2020, title={{x\n{LEE}", "line 8: Unexpected block start: `@misc`"),
    ],
)
def test_a_faulty_bibliography_names_the_line(tmp_path, text, sentence):
    path = tmp_path / "references.bib"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ParameterError) as caught:
        bibliography(path)
    assert "1 problem\n  " + sentence in str(caught.value)


def test_a_changed_bibliography_is_read_again(bib):
    assert "new2024" not in bibliography(bib)
    bib.write_text("@misc{new2024, title={New}}", encoding="utf-8")
    assert list(bibliography(bib)) == ["new2024"]


def test_a_missing_bibliography_is_named():
    with pytest.raises(ParameterError, match=re.escape("nowhere.bib: no such file; it holds the sources")):
        bibliography(Path("nowhere.bib"))


# the table


def test_csv_holds_every_value():
    rows = list(csv.reader(io.StringIO(table(some(), "csv"))))
    assert rows[0] == ["name", "value", "unit", "range", "spread", "basis", "source", "where"]
    spread = "log-normal, sd 0.5, sd 0.2 between lesions, within 2 sd"
    assert rows[1] == ["kill_rate", "2", "1/day", "1 to 3", spread, "measured", "kim2020", "Table 2"]
    assert [row[3] for row in rows[2:]] == ["from 0.001", "", "up to 1"]


def test_markdown_has_one_line_for_each_value_and_no_stray_bars():
    p = Parameters({"kill_rate": Value(2.0, "1/day", where="a | b\nc")}, DECLARED)
    lines = table(p).split("\n")
    assert lines[1] == "| --- | --- | --- | --- | --- | --- | --- | --- |"
    assert lines[2] == "| kill_rate | 2 | 1/day |  |  |  |  | a / b c |"


def test_latex_escapes_text_and_cites_sources():
    p = Parameters(
        {"kill_rate": Value(2.0, "1/day", source="kim2020", where=r"50 % & \x", basis="fitted")}, DECLARED
    )
    lines = table(p, "latex").split("\n")
    assert (
        lines[2] == r"kill\_rate & 2 & 1/day &  &  & fitted & \cite{kim2020} & 50 \% \& \textbackslash{}x \\"
    )
    assert lines[0] == r"\begin{tabular}{llllllll}"


def test_text_is_aligned():
    lines = table(some(), "text").split("\n")
    assert len({line.index(unit) for line, unit in zip(lines[1:3], ["1/day", "1/day"], strict=True)}) == 1


def test_layers_are_listed_alone_or_together():
    one = Layer("targets", "a", "", "", "", {}, {"kill_rate": Value(1, "1/day")}, "", "")
    two = Layer("cells", "b", "", "", "", {}, {"death_rate": Value(1, "1/day")}, "", "")
    assert len(table(one, "csv").split("\n")) == 2
    assert len(table([one, two], "csv").split("\n")) == 3


def test_spreads_without_a_deviation_are_described():
    values = {
        "kill_rate": Value(1, "1/day", spread=Spread("empirical", values=(1.0, 2.0))),
        "death_rate": Value(1, "1/day", spread=Spread("beta", a=2.0, b=3.0)),
    }
    rows = list(csv.reader(io.StringIO(table(Parameters(values, DECLARED), "csv"))))
    assert [row[4] for row in rows[1:]] == ["empirical, 2 values", "beta, a 2, b 3"]


def test_an_unknown_format_gives_the_nearest():
    with pytest.raises(
        ParameterError, match=re.escape("table: no format 'markdwn'; did you mean 'markdown'?")
    ):
        table(some(), "markdwn")
