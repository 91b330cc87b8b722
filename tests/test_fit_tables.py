"""Tables for a fit: every spelling of one thing is one, and every fault is told with its rows, all at once."""

import pandas as pd
import pytest

import simsolid as sim
from tests.test_fit import fitted, line


@pytest.mark.parametrize("marked", [
    {"LLOQ": 60.0}, {"LLOQ": 60.0, "DV": lambda t: t["DV"].where(t["DV"] >= 60, 0.0)},
    {"BLQ": lambda t: (t["DV"] < 60) * 1, "LLOQ": 60.0},
    {"CENS": lambda t: (t["DV"] < 60) * 1, "DV": lambda t: t["DV"].clip(lower=60.0)},
    {"BLQ": lambda t: (t["DV"] < 60) * 1, "LLOQ": 60.0, "DV": lambda t: t["DV"].where(t["DV"] >= 60).astype(object).fillna(".")},
])  # fmt: skip
def test_every_way_to_write_a_limit_is_one(marked):
    data = line(range(0, 40, 4), seed=5)
    told = fitted(data.assign(**marked), intervals=False)
    assert int(told.scores["below"].iloc[0]) > 2
    assert told.table["value"].tolist() == fitted(data, lloq=60.0, intervals=False).table["value"].tolist()


def test_doses_of_the_table_are_those_of_run():
    data = pd.DataFrame({
        "Id": "a", "time": [0.0, 2, 3, 3, 8], "evid": [1, 0, 0, 1, 0], "amt": [1e6, ".", ".", 2e6, "."],
        "addl": [2, "", "", 0, ""], "ii": [1.5, "", "", "", ""], "cmt": [2, "cart", "cart", "cart", "cart"],
        "dv": [".", 3.0e6, 4e6, ".", 1e6],
    })  # fmt: skip
    p = sim.load_model("sahoo2020").with_values({"tumour_start": 0.0, "cart_start": 0.0})
    found = sim.fit("sahoo2020", data, {"death_rate": (0.01, 1)}, parameters=p, sd=0.2, starts=1)
    doses = {"cart": [(0, 1e6), (1.5, 1e6), (3, 1e6), (3, 2e6)]}
    run = sim.run("sahoo2020", found.to_parameters(), times=[0, 2, 3, 8], doses=doses, rtol=1e-9)
    assert found.predictions["predicted"].tolist() == pytest.approx(run["cart"].values[1:].tolist(), rel=1e-5)


def table(**columns):
    return pd.DataFrame({"TIME": [0, 1, 2], "DV": [1.0, 2.0, 3.0], **columns})


BAD = {
    "column 'TIEM' is not one we read; did you mean 'TIME'?": pd.DataFrame({"TIEM": [1], "DV": [2.0]}),
    "column 'AGE' is not one we read; there are ID, TIME, DV, AMT": table(AGE=70),
    "column RATE means an infusion over time, which a table cannot give here; drop it where it is 0 throughout": table(rate=0),
    "column TIME is missing (time)": pd.DataFrame({"DV": [2.0]}),
    "column TIME is there twice": pd.DataFrame([[1, 2, 3.0]], columns=["time", "TIME", "DV"]),
    "the table has no rows": pd.DataFrame({"TIME": [], "DV": []}),
    "DV: '<5' is no finite number (row 2); for a value below the limit write the limit into LLOQ and 1 into BLQ":
        table(DV=["1", "<5", "3"]),
    "TIME is before day 0, on which the model starts; shift the days, or begin earlier (row 1)": table(TIME=[-1, 1, 2]),
    "'tumuor' is no observable or state of sahoo2020; did you mean 'tumour'? (rows 1, 2, 3)": table(WHAT="tumuor"),
    "dose into 'crat', which is no state of sahoo2020; did you mean 'cart'? (row 1)":
        table(AMT=[5, 0, 0], CMT=["crat", "cart", "cart"], DV=[None, 1, 2]),
    "what was measured is not said; add a column WHAT": table(),
    "what receives a dose is not said; add a column CMT": table(AMT=[5, 0, 0], WHAT=["", "cart", "cart"]),
    "AMT of a dose must be above zero (row 1)": table(AMT=[-5, 0, 0], CMT="cart"),
    "EVID must be 0 (measurement), 1 (dose) or 2 (neither); resets are not for one course (row 3)":
        table(EVID=[0, 0, 3], CMT="cart"),
    "DV is not above zero, which has no logarithm; give LLOQ, or use error='additive' (row 1)": table(DV=[0, 1, 2], CMT="cart"),
    "DV is empty; write 1 into MDV for no measurement (row 3)": table(DV=[1, 2, None], CMT="cart"),
    "below the limit, but no limit is given; fill LLOQ or pass lloq=... (row 2)":
        table(CMT="cart", BLQ=[0, 1, 0], DV=[1, None, 3]),
    "marked as below the limit, but DV is above it (row 3)": table(CMT="cart", BLQ=[0, 0, 1], LLOQ=2.5),
    "ID is empty (row 2)": table(ID=["a", None, "b"], CMT="cart"),
    "individual b has no measurement": table(ID=["a", "a", "b"], CMT="cart", MDV=[0, 0, 1]),
    "ADDL must be a whole number and II above zero (row 1)":
        table(AMT=[5, 0, 0], CMT="cart", ADDL=[2, 0, 0], DV=[None, 1, 2]),
}  # fmt: skip


@pytest.mark.parametrize("said", BAD)
def test_a_fault_of_the_table_is_told_with_its_rows(said):
    with pytest.raises(sim.ParameterError) as fault:
        sim.fit("sahoo2020", BAD[said], ["growth_rate"])
    assert said in str(fault.value)


def test_all_faults_of_a_table_come_at_once():
    data = table(TIME=[-3, 1, 2], DV=[0.0, None, 1.0], WHAT=["cart", "tumor", "cart"])
    with pytest.raises(sim.ParameterError) as fault:
        sim.fit("sahoo2020", data, ["growth_rate"])
    told = str(fault.value)
    assert "data: 4 problems" in told
    assert all(part in told for part in ("before day 0", "no logarithm", "DV is empty", "did you mean 'tumour'"))


REFUSED = {
    "growth: no such parameter; did you mean 'growth_rate'?": {"fitted": ["growth"]},
    "stimulation_rate: no range is known and its sign is open; give bounds": {"fitted": ["stimulation_rate"]},
    "growth_rate: bounds (2, 1); must be a pair of numbers, the lower first": {"fitted": {"growth_rate": (2, 1)}},
    "growth_rate: bounds -1 to 1; the model needs at least 0 1/day": {"fitted": {"growth_rate": (-1, 1)}},
    "nothing to fit; name some of growth_rate": {"fitted": []},
    "error: 'lgo' unknown; did you mean 'log'?": {"error": "lgo"},
    "sd: 'crat' is no observable or state; did you mean 'cart'?": {"sd": {"crat": 0.1}},
    "sd: -1; must be a number above zero": {"sd": -1},
    "level: 95; must be between 0 and 1": {"level": 95},
    "seed: -1; must be a whole number, not below 0": {"seed": -1},
    "lloq: 'crat' is no observable or state of sahoo2020; did you mean 'cart'?": {"lloq": {"crat": 1}},
    "lloq: '5'; must be a number": {"lloq": "5"},
    "begin: 'late'; must be a day": {"begin": "late"},
    "starts: 0; must be a whole number above 0": {"starts": 0},
    "model: 'sahoo' unknown": {"model": "sahoo"},
    "plan: is for a patient of a setting": {"plan": sim.Regimen.none()},
    "doses: 5; must be a pair of day and amount": {"doses": {"cart": [5]}},
    "data: int; give a pandas table or the path of a CSV file": {"data": 5},
    "data: cannot read 'nowhere.csv' as a CSV file": {"data": "nowhere.csv"},
}


@pytest.mark.parametrize("said", REFUSED)
def test_wrong_question_is_answered_in_words(said):
    asked = {"model": "sahoo2020", "data": table(WHAT="cart"), "fitted": ["growth_rate"], **REFUSED[said]}
    with pytest.raises(sim.ParameterError) as fault:
        sim.fit(asked.pop("model"), asked.pop("data"), asked.pop("fitted"), **asked)
    assert said in str(fault.value)


def test_a_csv_file_with_hours_is_read_like_a_table(tmp_path):
    data = line(range(10))
    data.assign(TIME=24 * data["TIME"]).to_csv(tmp_path / "one.csv", index=False)
    there = fitted(tmp_path / "one.csv", time_unit="hour", intervals=False)
    assert there.table["value"].tolist() == pytest.approx(fitted(data, intervals=False).table["value"].tolist(), rel=1e-6)


def test_names_of_individuals_stay_as_they_are():
    data = pd.concat([line(range(4)).assign(ID=who) for who in ("007", "7", "a 1")])
    assert fitted(data, intervals=False).individuals == ("007", "7", "a 1")
    assert fitted(line(range(4)).assign(ID=2.0), intervals=False).individuals == ("2",)
