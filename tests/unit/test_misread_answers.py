"""Phones of a target without an app of its own that show what nobody made, or nothing: nobody is blamed or praised."""

from __future__ import annotations

from pathlib import Path

import pytest

from deadair.history.manifest import seal
from deadair.history.rows import Kind
from deadair.judging.judge import judge
from deadair.model.judgement import Judgement
from tests.histories.ops import Row, measured, shows
from tests.unit.judged_nights import Change, environment, night, plus, told, without

pytestmark = pytest.mark.usefixtures("partitions_proved_by_one_fact")

PLAIN = {"shows_age": "what phones show is the harness's doing"}


def judged(tmp_path: Path, change: Change, unjudged: dict[str, str] = PLAIN) -> Judgement:
    folder = night(tmp_path, change, sealed=False)
    folder.environment.write_text(environment().model_copy(update={"unjudged": unjudged}).model_dump_json())
    seal(folder.history)
    return judge(folder)


def nothing_shown(rows: list[Row]) -> list[Row]:
    return without(kind=Kind.ALARM)(without(kind=Kind.SCREEN)(rows))


def test_a_night_that_phones_saw_as_it_was_is_in_no_doubt(tmp_path: Path) -> None:
    assert judged(tmp_path, list).verdict == "pass"


@pytest.mark.clause("V19")
@pytest.mark.parametrize("shown", [shows(60, 55, phone=7, value=101), shows(60, 57, phone=7), shows(54, 55, phone=7)])
def test_a_reading_that_its_device_did_not_make_is_a_doubt_about_all(tmp_path: Path, shown: Row) -> None:
    judgement = judged(tmp_path, plus(shown))
    assert judgement.verdict == "unknown"
    value, at_s = shown["value"], (shown["at_us"] - 13 * 60_000_000) // 1_000_000
    (said,) = told(judgement, "validity")
    assert said.startswith(f"phone 7 showed {value} mg/dL, which device-7 had not made then (1 such screen, the first ")
    assert f"the first {at_s:,} s into the storm): the adapter reads answers wrongly, or" in said
    assert judgement.why == f"nothing is proved: {said}"


@pytest.mark.clause("V19")
def test_the_reading_of_somebody_else_is_a_doubt_also_where_nobody_was_alerted(tmp_path: Path) -> None:
    def mixed_up(rows: list[Row]) -> list[Row]:
        return without(kind=Kind.ALARM)([*rows, measured(49, patient=3, value=77), shows(50, 49, phone=4, value=77)])

    assert judged(tmp_path / "mixed", mixed_up).verdict == "unknown"
    assert judged(tmp_path / "app", mixed_up, {}).verdict == "fail"


@pytest.mark.clause("V19")
def test_a_reading_from_before_the_run_may_be_another_run_s(tmp_path: Path) -> None:
    assert judged(tmp_path, plus(shows(1, -7, phone=7))).verdict == "pass"


@pytest.mark.clause("V19")
def test_phones_that_never_show_a_reading_may_read_the_answers_wrongly(tmp_path: Path) -> None:
    judgement = judged(tmp_path / "plain", nothing_shown)
    (said,) = told(judgement, "validity")
    assert judgement.verdict == "unknown"
    assert said.startswith("no phone showed a reading of the run, though 150 uploads were acknowledged and 150 polls")
    assert judged(tmp_path / "app", nothing_shown, {}).verdict == "fail"
    silent = without(kind=Kind.UPLOAD)
    assert told(judged(tmp_path / "dead", lambda rows: silent(nothing_shown(rows))), "validity") == []
