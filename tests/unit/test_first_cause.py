"""The cause that is told is the cause: trouble before the gaps that its ending leaves."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from deadair.history.rows import Kind
from deadair.judging.first_cause import in_order_of_cause
from deadair.judging.judge import judge
from tests.histories.ops import Row, history, op, us
from tests.unit.judged_nights import Change, night, told

pytestmark = pytest.mark.usefixtures("partitions_proved_by_one_fact")

DIED = "the guardian died: nobody would heal after a dead runner"
TROUBLE = op("runner", Kind.TROUBLE, 35.2, detail=DIED)


def ended_at_35(*more: Row, gap: tuple[str, float, float] | None = None) -> Change:
    """A run that ends at minute 35, its fleet and push gateway six minutes of winding down later."""

    def change(rows: list[Row]) -> list[Row]:
        kept = [row for row in rows if row["at_us"] < us(35.1 if row["who"] == "runner" else 41)]
        if gap is not None:
            who, from_m, until_m = gap
            kept = [r for r in kept if r["who"] != who or not us(from_m) < r["at_us"] < us(until_m)]
        return [*kept, *more]

    return change


def test_a_part_that_died_is_told_before_the_heartbeats_that_nobody_wrote_after_it(tmp_path: Path) -> None:
    judgement = judge(night(tmp_path, ended_at_35(TROUBLE)))
    assert (judgement.verdict, judgement.why) == ("unknown", f"nothing is proved: runner: {DIED}")
    assert not [what for what in told(judgement, "validity") if "heartbeat" in what]
    assert "the recorders were not there all the time" not in told(judgement, "coverage")


def test_of_two_troubles_the_first_in_time_is_told(tmp_path: Path) -> None:
    first = op("fleet", Kind.TROUBLE, 35.15, detail="fleet: out of memory")
    assert judge(night(tmp_path, ended_at_35(TROUBLE, first))).why == "nothing is proved: fleet: fleet: out of memory"


def test_a_runner_that_was_killed_says_nothing_and_its_silence_is_told(tmp_path: Path) -> None:
    judgement = judge(night(tmp_path, ended_at_35()))
    assert "the recorder runner wrote no heartbeat for 5.0 real s" in told(judgement, "validity")


def test_trouble_is_why_a_shard_is_torn() -> None:
    torn = "fleet.arrow: has no closing row: its recorder did not live to end it"
    seen = replace(history([TROUBLE]), torn=(torn,))
    assert list(in_order_of_cause(seen, [], speed=60)) == [f"runner: {DIED}", torn]


def test_what_stood_still_before_the_trouble_and_still_does_is_its_cause(tmp_path: Path) -> None:
    standing = judge(night(tmp_path, ended_at_35(TROUBLE, gap=("push-gateway", 30, 37))))
    assert standing.why == "nothing is proved: the recorder push-gateway wrote no heartbeat for 5.2 real s"


def test_a_gap_that_was_long_over_is_no_cause_of_the_trouble(tmp_path: Path) -> None:
    for who in ("runner", "fleet"):
        over = judge(night(tmp_path / who, ended_at_35(TROUBLE, gap=(who, 24, 30))))
        assert over.why == f"nothing is proved: runner: {DIED}"
