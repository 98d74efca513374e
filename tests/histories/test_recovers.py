"""After the last heal everybody sees again and the backlog is gone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from deadair.rules.no_data_deadline import NoDataDeadline
from deadair.rules.recovers import Recovers
from deadair.rules.rule import Rule
from deadair.rules.status_published import StatusPublished
from tests.histories.ops import (
    ALWAYS_FRESH,
    BLIND_FROM_30,
    Row,
    backlog,
    counts,
    evidence,
    fault,
    measured,
    reads,
    us,
    withheld,
)

CUT = (fault("uplink", 10, 50),)
DRAINS = [backlog(5, 3), backlog(40, 900), backlog(65, 20), backlog(68, 3), backlog(69, 14), backlog(70, 14)]


@pytest.mark.clause("R2", "R4")
def test_everybody_sees_again_and_the_backlog_is_gone() -> None:
    assert counts(Recovers().judge(evidence(BLIND_FROM_30, DRAINS, faults=CUT))) == ("pass", 2, 0, 0, 0)


@pytest.mark.clause("R2")
def test_a_phone_that_stays_blind_has_not_recovered() -> None:
    found = Recovers().judge(evidence(reads(0, 5, 10), faults=CUT))
    assert (counts(found), found.why) == (("fail", 1, 1, 0, 0), "1 phone stayed blind")


@pytest.mark.clause("R1", "R2")
def test_a_phone_may_be_blind_until_the_limit_and_not_after_it() -> None:
    assert Recovers().judge(evidence(reads(0, 69, 80), faults=CUT)).violations == 0
    assert Recovers().judge(evidence(reads(0, 71, 85), faults=CUT)).violations == 1


@pytest.mark.clause("R4")
def test_a_backlog_that_stays_above_its_warm_up_level_fails() -> None:
    stays = [backlog(5, 3), *(backlog(at, 14) for at in (60, 65, 70))]
    found = Recovers().judge(evidence(ALWAYS_FRESH, stays, faults=CUT))
    assert (counts(found), found.why) == (
        ("fail", 2, 1, 0, 0),
        "14 readings still in the backlog, at most 3 in the warm-up",
    )


@pytest.mark.clause("R1", "R3")
def test_a_run_too_short_for_the_limit_is_judged_at_its_end_but_nobody_is_blamed_for_it() -> None:
    assert counts(Recovers().judge(evidence(BLIND_FROM_30, faults=CUT, end=60))) == ("pass", 1, 0, 0, 0)
    early = Recovers().judge(evidence(reads(0, 5, 10), faults=CUT, end=60))
    assert counts(early) == ("unknown", 0, 0, 0, 1)
    assert early.why.endswith("1 more is in doubt (still blind when the run ended too early)")
    assert Recovers().judge(evidence(reads(0, 5, 10), faults=CUT, end=67.9)).verdict == "unknown"
    assert Recovers().judge(evidence(reads(0, 5, 10), faults=CUT, end=68)).verdict == "fail"


@pytest.mark.clause("R6")
def test_a_backlog_that_was_not_asked_before_or_after_is_unknown() -> None:
    assert Recovers().judge(evidence(ALWAYS_FRESH, backlog(5, 3), faults=CUT)).suspected == 1
    never_answered = [backlog(at, None) for at in (5, 65, 70)]
    assert counts(Recovers().judge(evidence(ALWAYS_FRESH, never_answered, faults=CUT))) == ("unknown", 1, 0, 0, 1)


@pytest.mark.clause("R5", "R6")
def test_a_backlog_that_answers_no_more_has_not_drained_by_an_answer_of_before() -> None:
    calm = [backlog(at, 2) for at in range(10)]
    silent = [*calm, backlog(61, 3), *(backlog(at, None) for at in range(62, 90))]
    assert counts(Recovers().judge(evidence(ALWAYS_FRESH, silent, faults=CUT))) == ("unknown", 1, 0, 0, 1)


@pytest.mark.clause("R7")
def test_a_backlog_that_was_last_asked_at_the_heal_is_in_doubt() -> None:
    grows = [backlog(5, 3), backlog(50.1, 3), *(backlog(at, 900) for at in range(71, 90))]
    unanswered = [backlog(at, None) for at in (69, 70)]
    for asked, expected in (
        (unanswered[:0], "unknown"),
        (unanswered, "unknown"),
        ([backlog(64.9, 3)], "unknown"),
        ([backlog(65.1, 3)], "pass"),
    ):
        found = Recovers().judge(evidence(ALWAYS_FRESH, grows, *asked, faults=CUT))
        assert found.verdict == expected
        assert ("the backlog could not be read when it had to be gone" in found.why) == (expected == "unknown")


@pytest.mark.clause("R7")
def test_a_backlog_that_is_asked_seldom_is_known_by_its_newest_probe() -> None:
    """At speed 300 a probe each second is one every five minutes."""
    seldom = [backlog(at, 2) for at in (2, 7, 12, 51, 56)]
    judge = Recovers(within=timedelta(minutes=10)).judge
    assert judge(evidence(ALWAYS_FRESH, seldom, faults=CUT)).verdict == "pass"
    unanswered = [*seldom, backlog(59, None)]
    assert judge(evidence(ALWAYS_FRESH, unanswered, faults=CUT)).verdict == "pass"
    assert judge(evidence(ALWAYS_FRESH, seldom[:-1], faults=CUT)).verdict == "unknown"


@pytest.mark.parametrize("rule", [Recovers, StatusPublished, NoDataDeadline])
def test_a_limit_of_no_time_is_refused(rule: type[Rule]) -> None:
    with pytest.raises(ValueError, match="0m is no time at all"):
        rule.model_validate({"kind": rule.model_fields["kind"].default, "within": "0m"})


@pytest.mark.clause("R3")
def test_a_run_that_was_cut_short_is_not_blamed_for_not_having_recovered() -> None:
    blind = evidence(reads(0, 5, 10), faults=CUT, end=69)
    assert Recovers().judge(blind).verdict == "fail"
    assert Recovers().judge(replace(blind, cut_short=True)).verdict == "unknown"
    late = evidence(reads(0, 5, 10), faults=CUT, end=90)
    assert Recovers().judge(replace(late, cut_short=True)).verdict == "fail"
    assert Recovers().judge(evidence(ALWAYS_FRESH, backlog(65, 3), faults=CUT)).suspected == 1


@pytest.mark.clause("D5", "R1")
def test_without_a_heal_there_is_no_recovery_to_judge() -> None:
    assert Recovers().judge(evidence(ALWAYS_FRESH, faults=(fault("uplink", 10, None),))).verdict == "unknown"


@pytest.mark.clause("R8")
def test_a_recovery_in_doubt_is_suspected() -> None:
    assert counts(Recovers().judge(evidence(reads(0), faults=CUT, doubt=(80, 81)))) == ("unknown", 0, 0, 0, 1)


def rests(*, until: float, shown_after: float = 0) -> list[Row]:
    """A device measures until minute 60, then rests, and its phone sees its next reading so much later."""
    resting = [withheld(at) for at in range(65, 90, 5) if at < until]
    return [*reads(*range(0, 65, 5)), *resting, *reads(until, after=shown_after)]


@pytest.mark.clause("D34", "R9")
def test_a_phone_whose_device_rests_is_excused() -> None:
    assert counts(Recovers().judge(evidence(rests(until=85), end=90, faults=CUT))) == ("unknown", 0, 0, 1, 0)
    forever = [row for row in rests(until=90) if row["at_us"] < us(90)]
    assert counts(Recovers().judge(evidence(forever, end=90, faults=CUT))) == ("unknown", 0, 0, 1, 0)


@pytest.mark.clause("D34", "R9")
def test_it_is_not_excused_when_the_next_reading_comes_too_late_or_not_at_all() -> None:
    """A phone must show what was acknowledged within 5 minutes."""
    cases = ((84, 5, 0), (84, 5.1, 1))
    for until, after, violations in cases:
        found = Recovers().judge(evidence(rests(until=until, shown_after=after), end=90, faults=CUT))
        assert found.violations == violations
    made = [*rests(until=84)[:-2], measured(84)]
    assert Recovers().judge(evidence(made, end=90, faults=CUT)).violations == 1


@pytest.mark.clause("D34")
def test_a_reading_that_is_kept_back_or_is_a_code_ends_no_rest() -> None:
    for kept in ([measured(70), withheld(70, "late")], [measured(70, value=9), withheld(70, "code")]):
        found = Recovers().judge(evidence(rests(until=85), kept, end=90, faults=CUT))
        assert counts(found) == ("unknown", 0, 0, 1, 0)
    found = Recovers().judge(evidence([*rests(until=85)[:-2], measured(72)], end=90, faults=CUT))
    assert found.violations == 1


@pytest.mark.clause("D34", "R9")
def test_who_is_blind_before_its_device_rests_has_not_recovered() -> None:
    """T is 20 minutes: with a device that last measured in minute 60 nobody is blind before minute 80."""
    made = [measured(at) for at in range(45, 65, 5)]
    resting = [withheld(at) for at in range(65, 85, 5)]
    blind = evidence(reads(*range(0, 45, 5)), made, resting, reads(85), end=90, faults=CUT)
    assert Recovers().judge(blind).violations == 1
