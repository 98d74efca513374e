"""A run without a steady state: the service's fault where the harness was well, and nobody knows where it was not."""

from __future__ import annotations

from pathlib import Path

import pytest

from deadair.history.manifest import seal
from deadair.history.rows import Kind
from deadair.judging.judge import judge
from deadair.model.judgement import Judgement
from deadair.model.run_folder import RunFolder
from tests.histories.ops import Row, accepted, alarm, beat, measured, op, phase, poll, shows, steady, upload, us
from tests.unit.judged_nights import ALL, RECORDERS, SCENARIO, Change, night, told

MISSING = "10 of 10 phones show no fresh reading"


def never_steady(rows: list[Row]) -> list[Row]:
    """Every phone shows for ever what its device measured first, and says so; the storm waits until minute 26."""
    found = [beat(who, at) for who in RECORDERS for at in range(27)]
    found += [phase(0, "warm_up"), steady(26, MISSING), phase(26, "end")]
    for number in ALL:
        found += [shows(0, 0, phone=number), shows(18, 0, phone=number, style="old")]
        found += [alarm(20.5, phone=number, speaks_of=0), accepted(20.4, phone=number)]
        for at in range(0, 26, 5):
            found += [measured(at, patient=number), upload(at, at, patient=number), poll(at, phone=number)]
    return found


def judged(tmp_path: Path, change: Change = list, *, checked: bool = True) -> Judgement:
    folder: RunFolder = night(tmp_path, lambda rows: change(never_steady(rows)))
    if not checked:
        folder.scenario.write_text(SCENARIO.replace("  - {kind: freshness}\n", ""), "utf-8")
        seal(folder.history)
    return judge(folder)


@pytest.mark.clause("C11", "C8", "H6", "V14")
def test_with_a_healthy_harness_it_fails_by_freshness_and_says_who_and_why(tmp_path: Path) -> None:
    judgement = judged(tmp_path)
    assert judgement.verdict == "fail"
    assert judgement.why.startswith(f"freshness: steady state never came: {MISSING}; the newest reading of its device")
    assert judgement.why.endswith("10 phones (5 in rest, 5 in south)")
    assert [finding.rule for finding in judgement.findings if finding.violations] == ["freshness"]
    assert told(judgement, "validity") == []
    coverage = told(judgement, "coverage")
    assert coverage[0] == f"steady state was never reached before the storm: {MISSING}"
    assert not [what for what in coverage if what.startswith("the storm lasted")]


@pytest.mark.clause("C11")
def test_without_that_rule_it_is_unknown_for_that_reason(tmp_path: Path) -> None:
    judgement = judged(tmp_path, checked=False)
    assert judgement.verdict == "unknown"
    assert judgement.why == f"nothing is proved: steady state was never reached before the storm: {MISSING}"


def starved(rows: list[Row]) -> list[Row]:
    """All operations of the fleet began two minutes late."""
    return [{**row, "sent_us": row["sent_us"] + 120_000_000} if row["kind"] == "poll" else row for row in rows]


def unbeaten(rows: list[Row]) -> list[Row]:
    return [row for row in rows if row["kind"] != "heartbeat" or row["who"] != "fleet" or row["at_us"] < 60_000_000]


def troubled(rows: list[Row]) -> list[Row]:
    return [*rows, op("runner", Kind.TROUBLE, 0.5, detail="the proxies stood still")]


def undriven(rows: list[Row]) -> list[Row]:
    made = [row for row in rows if row["kind"] not in ("measured", "upload")]
    return [*made, *(measured(0, patient=number) for number in ALL)]


@pytest.mark.clause("H8", "J6")
@pytest.mark.parametrize(
    ("harm", "named"),
    [
        (starved, "behind its schedule"),
        (unbeaten, "the recorder fleet wrote no heartbeat"),
        (troubled, "the proxies stood still"),
        (undriven, "the fleet did not drive device"),
    ],
)
def test_with_a_harness_that_was_unwell_it_is_unknown(tmp_path: Path, harm: Change, named: str) -> None:
    judgement = judged(tmp_path, harm)
    assert judgement.verdict == "unknown"
    assert any(named in what for what in told(judgement, "validity"))


@pytest.mark.clause("V9")
def test_with_a_history_that_is_torn_it_is_unknown(tmp_path: Path) -> None:
    folder = night(tmp_path, never_steady)
    (folder.history / "fleet.arrow").unlink()
    judgement = judge(folder)
    assert judgement.verdict == "unknown"
    assert all(finding.verdict == "unknown" for finding in judgement.findings)


@pytest.mark.clause("V14")
def test_a_run_that_was_aborted_in_the_warm_up_is_aborted(tmp_path: Path) -> None:
    def aborted(rows: list[Row]) -> list[Row]:
        kept = [row for row in rows if row["kind"] != "steady" and row["at_us"] <= 10 * 60_000_000]
        return [*kept, op("runner", Kind.ABORT, 10, detail="Ctrl-C")]

    assert judged(tmp_path, aborted).verdict == "aborted"


def starved_node(rows: list[Row]) -> list[Row]:
    waited = {"sent_us": 180_000_000, "place": "gateway", "value": 1900}
    return [*rows, op("runner", Kind.STARVED, 5, **waited)]


@pytest.mark.clause("V17", "H8")
def test_a_steady_state_that_never_came_while_a_node_was_starved_is_unknown(tmp_path: Path) -> None:
    judgement = judged(tmp_path, starved_node)
    assert judgement.verdict == "unknown"
    assert told(judgement, "validity") == ["the node gateway waited 1.9 real s for a processor that others had"]


@pytest.mark.clause("V17", "J2")
def test_a_night_in_which_others_had_the_nodes_core_is_unknown_by_name_and_never_a_fail(tmp_path: Path) -> None:
    def crowded(rows: list[Row]) -> list[Row]:
        took = [
            op("runner", Kind.STARVED, at + 2, sent_us=us(at), place="gateway", value=960, detail="target")
            for at in range(0, 60, 2)
        ]
        return [*(row for row in rows if row["kind"] != "alarm"), *took]

    judgement = judge(night(tmp_path, crowded))
    assert (judgement.verdict, judgement.findings[0].violations) == ("unknown", 0)
    assert judgement.why == "nothing is proved: others had 48 % of the target's processor, and gateway waited for it"


@pytest.mark.usefixtures("partitions_proved_by_one_fact")
@pytest.mark.clause("V17", "V1")
def test_a_night_that_was_good_though_a_node_was_starved_passes_and_says_so(tmp_path: Path) -> None:
    judgement = judge(night(tmp_path, starved_node))
    assert (judgement.verdict, judgement.silences.alerted_in_time) == ("pass", 5)
    assert [(doubt.what, doubt.slows) for doubt in judgement.doubts] == [
        ("the node gateway waited 1.9 real s for a processor that others had", True)
    ]
    late = judge(night(tmp_path / "late", lambda rows: starved_node([row for row in rows if row["kind"] != "alarm"])))
    assert (late.verdict, late.findings[0].violations, late.findings[0].suspected) == ("unknown", 0, 5)
