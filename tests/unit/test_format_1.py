"""Runs that were stored in format 1 are read as those of today; scenario files in its words are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from deadair.judging.format_1 import load_stored
from deadair.model.errors import ScenarioError
from deadair.scenario.load import load
from tests.unit.scenario_texts import PLAIN, changed, read

PROMISED = "promises: {silences: 2, alert_paths: [phone_timer]}\nchecks:"
TODAY = changed("checks:", PROMISED).replace("no_data_deadline}", "no_data_deadline, alert_paths: [service_push]}")
STORED = TODAY.replace("silences: 2, alert_paths", "silences: 2, told_by").replace(
    "deadline, alert_paths", "deadline, paths"
)


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "scenario.yaml"
    path.write_text(text, "utf-8")
    return path


def test_a_stored_scenario_says_what_it_would_say_today(tmp_path: Path) -> None:
    assert STORED != TODAY
    assert load_stored(written(tmp_path, STORED)) == read(TODAY)


def test_a_stored_scenario_of_today_is_read_as_it_is(tmp_path: Path) -> None:
    assert load_stored(written(tmp_path, TODAY)) == read(TODAY)


@pytest.mark.parametrize("name", ["paths", "told_by"])
def test_a_cohort_keeps_its_name(tmp_path: Path, name: str) -> None:
    assert name in load_stored(written(tmp_path, changed("{south:", f"{{{name}: 10%, south:"))).fleet.cohorts


@pytest.mark.parametrize("text", ["", "[1]", "checks: 3", "promises: []", PLAIN.replace("checks:", "cheks:")])
def test_what_is_no_scenario_stays_none(tmp_path: Path, text: str) -> None:
    with pytest.raises(ScenarioError):
        load_stored(written(tmp_path, text))


def test_the_same_file_is_refused_where_somebody_writes_it(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError) as caught:
        load(written(tmp_path, STORED))
    said = [line.split(": ", 2)[1:] for line in str(caught.value).splitlines()]
    assert said == [
        ["promises.told_by", "`told_by` is now called `alert_paths`"],
        ["checks[0].paths", "`paths` is now called `alert_paths`"],
    ]
