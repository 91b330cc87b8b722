"""Every fault of a parameter file has its own sentence; a good file comes back as it was written."""

import hashlib
import os
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simsolid.errors import ParameterError
from simsolid.files import content_of
from simsolid.layers import KINDS, Reader, available, find_params_dir, layer_path, read_layer
from simsolid.params import Declaration, Spread

HERE = Path(__file__).parent
BAD = sorted((HERE / "bad_params").glob("*/*.toml"))
KEYS = ("kim2020", "lee2019")
USUAL = {"kill_rate": (1.0, 32.0, "1/day")}
DECLARED = {
    facts.name: facts
    for facts in (
        Declaration("growth_rate", "1/day", "net growth", low=0),
        Declaration("kill_rate", "1/day", "killing", low=0),
        Declaration("kill_half", "cell", "half of killing", low=1),
        Declaration("antigen_positive_fraction", "1", "antigen-positive share", low=0, high=1),
        Declaration("start_volume", "mL", "lesion volume", low=0, axis="lesion"),
        Declaration("outflow_rate", "1/day", "leaving the cavity", low=0, axis="route", absent=0.0),
    )
}
GOOD = """\
title = "A target"
about = "For the tests"
checked = 2026-01-31
healthy_tissue = "stomach"

[growth_rate]
value = 0.01
low = 0.005
high = 0.02
unit = "1/hour"
spread = { shape = "normal", sd = 0.001, truncate = 2 }
source = "kim2020"
where = "Table 2"
basis = "measured"

[start_volume]
value = 5
unit = "L"
spread = { shape = "log-normal", sd = 0.5, sd_lesion = 0.2 }
basis = "assumed"
note = "Large enough to see."
"""


def written(folder, text, kind="targets", name="good"):
    (folder / kind).mkdir(exist_ok=True)
    path = folder / kind / f"{name}.toml"
    path.write_text(text, encoding="utf-8")
    return path


def complaint(path):
    with pytest.raises(ParameterError) as caught:
        read_layer(path, DECLARED, KEYS, usual=USUAL)
    return str(caught.value)


@pytest.mark.parametrize("path", BAD, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_each_bad_file_gives_its_message_word_for_word(path, monkeypatch):
    monkeypatch.chdir(HERE)
    assert complaint(path) == path.with_suffix(".txt").read_text(encoding="utf-8").rstrip("\n")


def test_there_are_bad_files_and_each_message_has_a_file():
    assert len(BAD) > 50
    texts = {path.with_suffix("") for path in (HERE / "bad_params").glob("*/*.txt")}
    assert texts == {path.with_suffix("") for path in BAD}


def test_a_good_file_comes_back_in_canonical_units(tmp_path):
    path = written(tmp_path, GOOD)
    layer = read_layer(path, DECLARED, KEYS)
    assert (layer.kind, layer.name, layer.title, layer.checked) == (
        "targets",
        "good",
        "A target",
        "2026-01-31",
    )
    assert dict(layer.choices) == {"healthy_tissue": "stomach"}
    assert layer.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    growth = layer.values["growth_rate"]
    assert (growth.value, growth.low, growth.high, growth.unit) == (0.24, 0.12, 0.48, "1/day")
    assert growth.spread == Spread("normal", sd=0.024, truncate=2)
    assert (growth.source, growth.where, growth.basis) == ("kim2020", "Table 2", "measured")
    volume = layer.values["start_volume"]
    assert (volume.value, volume.unit, volume.note) == (5000.0, "mL", "Large enough to see.")
    assert volume.spread == Spread("log-normal", sd=0.5, sd_lesion=0.2)


def test_values_of_an_empirical_spread_are_converted_with_the_value(tmp_path):
    text = GOOD.replace(
        '"normal", sd = 0.001, truncate = 2', '"empirical", values = [0.01, 0.02], weights = [1, 3]'
    )
    spread = read_layer(written(tmp_path, text), DECLARED, KEYS).values["growth_rate"].spread
    assert spread == Spread("empirical", values=(0.24, 0.48), weights=(1.0, 3.0))


@pytest.mark.parametrize("start", ["", "\ufeff"], ids=["plain", "byte order mark"])
@pytest.mark.parametrize("ends", ["\n", "\r\n"], ids=["unix", "windows"])
def test_an_editor_of_another_system_makes_no_difference(tmp_path, start, ends):
    path = written(tmp_path, GOOD)
    path.write_bytes((start + GOOD.replace("\n", ends)).encode())
    assert read_layer(path, DECLARED, KEYS).values["growth_rate"].value == 0.24


def test_inline_tables_count_as_tables(tmp_path):
    line = 'growth_rate = { value = 1, unit = "1/day", source = "lee2019", basis = "fitted" }\n'
    layer = read_layer(written(tmp_path, "".join(GOOD.partition("\n[")[:1]) + line), DECLARED, KEYS)
    assert layer.values["growth_rate"].value == 1.0


def test_a_layer_cannot_be_changed(tmp_path):
    layer = read_layer(written(tmp_path, GOOD), DECLARED, KEYS)
    with pytest.raises(TypeError):
        layer.values["growth_rate"] = 5
    with pytest.raises(TypeError):
        layer.choices["healthy_tissue"] = "lung"
    with pytest.raises(AttributeError):
        layer.title = "other"


def test_an_enormous_file_is_refused_before_it_is_parsed(tmp_path):
    path = written(tmp_path, "# padding\n" * 200_000)
    assert complaint(path).endswith("good.toml: 2.0 MB; a parameter file has at most 1 MB")


def test_thousands_of_tables_are_refused(tmp_path):
    path = written(tmp_path, "".join(f"[p{i}]\n" for i in range(2000)))
    assert complaint(path).endswith("good.toml: 2000 parameters; at most 1000 in one file")


def test_a_long_list_of_faults_is_cut(tmp_path):
    text = "".join(GOOD.partition("\n[")[:1]) + "".join(f"[p{i}]\n" for i in range(60))
    lines = complaint(written(tmp_path, text)).split("\n")
    assert lines[0].endswith("60 problems")
    assert (len(lines), lines[-1]) == (52, "  and 10 more")


def test_a_folder_is_no_file(tmp_path):
    assert complaint(tmp_path).endswith(": is a folder; name a .toml file in it")


def test_a_missing_file_names_the_nearest(tmp_path):
    written(tmp_path, GOOD)
    assert complaint(tmp_path / "targets" / "god.toml").endswith("no such file; did you mean 'good.toml'?")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.toml")
    with pytest.raises(ParameterError, match="no such file"):
        content_of(tmp_path / "pipe.toml", "pipe.toml")


def test_files_are_listed_and_found_by_kind_and_name(tmp_path):
    path = written(tmp_path, GOOD)
    written(tmp_path, GOOD, name="also")
    assert available("targets", tmp_path) == ("also", "good")
    assert available("routes", tmp_path) == ()
    assert layer_path("targets", "good", tmp_path) == path


def test_a_wrong_name_gives_the_nearest_or_the_list(tmp_path):
    written(tmp_path, GOOD)
    for wrong in ("goood", "../good"):
        told = f"target: '{wrong}' unknown; did you mean 'good'?; there are good"
        with pytest.raises(ParameterError, match=re.escape(told)):
            layer_path("targets", wrong, tmp_path)
    with pytest.raises(ParameterError, match="rules: 'good' unknown; there are none"):
        layer_path("rules", "good", tmp_path)
    with pytest.raises(
        ParameterError, match=re.escape("'target' is no kind of parameter file; did you mean 'targets'?")
    ):
        available("target", tmp_path)


def test_a_folder_of_ones_own_is_used_instead(tmp_path, monkeypatch):
    monkeypatch.setenv("SIMSOLID_PARAMS", str(tmp_path))
    assert find_params_dir() == tmp_path
    monkeypatch.setenv("SIMSOLID_PARAMS", str(tmp_path / "none"))
    with pytest.raises(ParameterError, match=r"SIMSOLID_PARAMS: .* is not a folder"):
        find_params_dir()


def test_every_kind_has_a_form():
    from simsolid.forms import HEADS
    from simsolid.layers import FITTED

    assert tuple(HEADS) == (*KINDS, FITTED)


ANY = st.recursive(
    st.one_of(
        st.booleans(), st.integers(), st.floats(), st.sampled_from(["", "measured", "1/day", "kim2020", "x"])
    ),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["shape", "sd", "1"]), inner, max_size=2)
    ),
    max_leaves=4,
)
ENTRIES = ["value", "unit", "basis", "source", "where", "note", "low", "high", "spread", "other"]
TABLES = st.dictionaries(
    st.sampled_from([*DECLARED, "title", "about", "checked", "healthy_tissue", "other"]),
    ANY | st.dictionaries(st.sampled_from(ENTRIES), ANY),
    max_size=4,
)


@given(tables=TABLES, kind=st.sampled_from(KINDS))
def test_whatever_a_file_holds_it_is_read_or_refused_with_a_parameter_error(tables, kind):
    reader = Reader(kind, "x.toml", "", DECLARED, frozenset(KEYS))
    try:
        reader.read(tables)
    except ParameterError as error:
        assert str(error).startswith("x.toml: ")
