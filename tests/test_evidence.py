"""Every locator of a parameter or an endpoint leads to a row of evidence, and the numbers agree."""

import math

import pytest

import simsolid as sim
from simsolid.evidence import COLUMNS, FILE, cited, clinical, table
from simsolid.files import KINDS, available, find_params_dir
from simsolid.load import layer
from simsolid.trials.files import trial

TABLE = table(find_params_dir() / FILE)
MONTH = 30.4375  # [day]
ELSEWHERE = {"cmax_log_sd": "the row's number is the median; the spread stands in its words"}


def endpoints():
    return [(name, one) for name in sim.available("trials") for one in trial(name).endpoints if one.where]


def locators():
    values = [value for kind in KINDS for name in available(kind) for value in layer(kind, name).values.values()]
    return [(one.where, one.note) for one in (*values, *(seen for _, seen in endpoints()))]


def test_every_row_is_used_and_every_locator_leads_to_one():
    used = {row for where, note in locators() for row in (*cited(where), *clinical(f"{where} {note}"))}
    assert used == {*TABLE}


def test_every_row_says_what_it_is_of_whom_and_how_it_is_known():
    assert {row["basis"] for row in TABLE.values()} == {"quoted", "secondary", "derived", "proposed", "unverified"}
    assert not [name for name, row in TABLE.items() if not (row["what"] and row["unit"] and row["source"])]
    assert not [name for name, row in TABLE.items() if not row["link"] and row["basis"] == "quoted"]


def test_what_a_trial_saw_is_what_its_row_says():
    compared = 0
    for name, one in endpoints():
        rows, seen = cited(one.where), one.events / one.n if one.events is not None else one.value
        if len(rows) != 1 or seen is None or one.basis == "derived" or one.name in ELSEWHERE:
            continue
        row = TABLE[rows[0]]
        scale = {"%": 0.01, "months": MONTH}.get(row["unit"].split()[0], 1.0)
        assert math.isclose(seen, float(row["value"]) * scale, rel_tol=0.02, abs_tol=0.006), (name, one.key, row)
        compared += 1
    assert compared > 90


def test_several_rows_are_looked_up_at_once_and_all_wrong_names_are_told():
    assert sim.evidence("clinical evidence C003, C008", "f_lung0").index.tolist() == ["C003", "C008", "f_lung0"]
    assert len(sim.evidence()) == len(TABLE)
    with pytest.raises(sim.ParameterError) as fault:
        sim.evidence("C999", "f_lung")
    assert "no row 'C999'" in str(fault.value) and "no row 'f_lung'; did you mean 'f_lung0'?" in str(fault.value)


@pytest.mark.parametrize("text, told", [
    ("C001,x,1,,,1,,,s,,quoted,\nC001,x,1,,,1,,,s,,quoted,\n", "C001 stands twice"),
    ("C001,x,one,,,1,,,s,,quoted,\n", "C001: value 'one' is no number"),
])  # fmt: skip
def test_a_damaged_table_is_refused(tmp_path, text, told):
    (tmp_path / "evidence.csv").write_text(",".join(COLUMNS) + "\n" + text)
    with pytest.raises(sim.ParameterError, match=told):
        table(tmp_path / "evidence.csv")


def test_other_columns_are_refused(tmp_path):
    (tmp_path / "evidence.csv").write_text("id,number\n")
    with pytest.raises(sim.ParameterError, match=r"columns id, number; must be id, what"):
        table(tmp_path / "evidence.csv")
