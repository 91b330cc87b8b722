"""The committed report of the validation: complete, discussed, and made again in part."""

import json
import re
from pathlib import Path

from click.testing import CliRunner

from simsolid.__main__ import main
from simsolid.trials.files import trials
from simsolid.validation.discussion import discussion
from simsolid.validation.judge import FAIL, PASS
from simsolid.validation.write import committed

HOME = Path(__file__).resolve().parent.parent / "docs" / "validation"


def test_every_committed_miss_is_discussed():
    table, _ = committed(HOME)
    misses = {(line["trial"], line["endpoint"]) for line in table[table["verdict"] == FAIL].to_dict("records")}
    assert misses - set(discussion()) == set(), "write a paragraph in params/validation.toml"


def test_the_committed_table_has_every_endpoint_of_every_trial():
    table, facts = committed(HOME)
    asked = {(trial.name, seen.key) for trial in trials() for seen in trial.endpoints}
    assert asked == set(zip(table["trial"], table["endpoint"], strict=True)) and facts["failed"] == 0


def test_the_committed_report_says_what_its_table_says():
    table, facts = committed(HOME)
    text = (HOME / "report.md").read_text(encoding="utf-8")
    tested = table[table["verdict"].isin([PASS, FAIL])]
    assert f"Of {len(tested)} tested endpoints" in text and f"{(tested['verdict'] == FAIL).sum()} do." in text
    assert len(re.findall(r"\*\*fail\*\*", text)) == (tested["verdict"] == FAIL).sum() and "Not discussed yet" not in text
    assert json.loads((HOME / "manifest.json").read_text())["effort"] == facts["effort"]


def test_a_part_of_the_committed_report_is_made_again():
    done = CliRunner().invoke(main, ["validate", "nsclc_egfr", "--check", str(HOME)])
    assert "no differences" in done.output, done.output
