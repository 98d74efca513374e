"""The status page has the incident in time, and is clear after it."""

from __future__ import annotations

import pytest

from deadair.rules.status_published import StatusPublished
from tests.histories.ops import BLIND_FROM_30, Row, counts, evidence, fault, reads, status

CUT = (fault("uplink", 10, 50),)


def pages(*changes: tuple[float, str]) -> list[Row]:
    """The page read each 5 minutes, showing the newest of these changes."""
    return [status(at, [shown for since, shown in changes if since <= at][-1]) for at in range(0, 91, 5)]


@pytest.mark.clause("P1", "P6")
def test_an_incident_shown_in_time_and_closed_after_passes() -> None:
    seen = evidence(BLIND_FROM_30, pages((0, "clear"), (40, "incident"), (65, "clear")), faults=CUT)
    assert counts(StatusPublished().judge(seen)) == ("pass", 2, 0, 0, 0)


@pytest.mark.clause("P3")
@pytest.mark.parametrize("first_shown", [50, 200])
def test_an_incident_shown_late_or_never_fails(first_shown: float) -> None:
    seen = evidence(BLIND_FROM_30, pages((0, "clear"), (first_shown, "incident"), (60, "clear")), faults=CUT)
    found = StatusPublished().judge(seen)
    assert (found.verdict, found.violations, found.why) == ("fail", 1, "no incident was shown in time")


@pytest.mark.clause("P6")
def test_an_incident_left_open_fails() -> None:
    found = StatusPublished().judge(evidence(BLIND_FROM_30, pages((0, "clear"), (35, "incident")), faults=CUT))
    assert (counts(found), found.why) == (("fail", 2, 1, 0, 0), "the incident was not closed")


@pytest.mark.clause("P7")
def test_the_closing_is_excused_if_the_run_did_not_see_that_long() -> None:
    seen = evidence(BLIND_FROM_30, pages((0, "clear"), (35, "incident")), faults=CUT, end=69)
    assert counts(StatusPublished().judge(seen)) == ("pass", 1, 0, 1, 0)


@pytest.mark.clause("P2")
def test_a_stretch_shorter_than_the_limit_is_excused_unless_it_was_told() -> None:
    short = [*reads(0, 5, 10), *(row for at in range(40, 91, 5) for row in reads(at))]
    assert counts(StatusPublished().judge(evidence(short, pages((0, "clear"))))) == ("unknown", 0, 0, 1, 0)
    told = evidence(short, pages((0, "clear"), (35, "incident"), (45, "clear")), faults=CUT)
    assert counts(StatusPublished().judge(told)) == ("pass", 2, 0, 0, 0)


@pytest.mark.clause("P4")
def test_a_page_that_could_not_be_read_proves_nothing() -> None:
    found = StatusPublished().judge(evidence(BLIND_FROM_30, pages((0, "clear"), (33, "unread")), faults=CUT))
    assert counts(found) == ("unknown", 0, 0, 0, 1)


@pytest.mark.clause("P8")
def test_a_page_that_showed_an_incident_and_then_could_not_be_read_may_have_closed_it() -> None:
    """Nobody is blind from 55 on; the page shows the incident still at 55."""
    for readable_until, verdict in ((56, "unknown"), (71, "fail")):
        looks = [status(at, "incident" if at < readable_until else "unread") for at in range(31, 90)]
        seen = evidence(BLIND_FROM_30, looks, faults=(fault("uplink", 10, 45),))
        assert StatusPublished().judge(seen).verdict == verdict


UNREAD_AT_THE_LIMIT = [
    *(status(at, "incident" if 33 <= at < 64 else "clear") for at in range(64)),
    *(status(at, "unread") for at in range(64, 71)),
]
"""Nobody is blind from 55 on; an incident must be closed by 70."""


@pytest.mark.clause("P8")
@pytest.mark.parametrize(("then", "verdict"), [("clear", "unknown"), ("incident", "fail")])
def test_a_page_unread_at_the_limit_of_closing_may_have_closed_it_if_it_had_when_read_again(
    then: str, verdict: str
) -> None:
    looks = [*UNREAD_AT_THE_LIMIT, *(status(at, then) for at in range(71, 90))]
    found = StatusPublished().judge(evidence(BLIND_FROM_30, looks, faults=CUT))
    assert found.verdict == verdict
    assert ("the page could not be read after the recovery" in found.why) == (verdict == "unknown")


@pytest.mark.clause("P4")
@pytest.mark.parametrize(("then", "verdict"), [("incident", "unknown"), ("clear", "fail")])
def test_a_page_unread_at_the_limit_of_telling_may_have_told_if_it_had_when_read_again(then: str, verdict: str) -> None:
    looks = [*(status(at, "clear" if at < 39 else "unread") for at in range(46)), status(46, then), status(60, "clear")]
    found = StatusPublished().judge(evidence(BLIND_FROM_30, looks, status(71, "clear"), faults=CUT))
    assert found.verdict == verdict
    assert ("the page could not be read when it had to show an incident" in found.why) == (verdict == "unknown")


@pytest.mark.clause("D11")
def test_fewer_than_5_percent_blind_need_no_incident() -> None:
    many = [row for phone in range(2, 22) for at in range(0, 90, 10) for row in reads(at, phone=phone)]
    assert counts(StatusPublished().judge(evidence(BLIND_FROM_30, many, pages((0, "clear")), phones=21))) == (
        "unknown", 0, 0, 0, 0
    )  # fmt: skip
    assert StatusPublished().judge(evidence(BLIND_FROM_30, many, pages((0, "clear")), phones=20)).violations == 1


@pytest.mark.clause("P9")
def test_a_stretch_in_doubt_is_suspected() -> None:
    found = StatusPublished().judge(evidence(BLIND_FROM_30, pages((0, "clear")), faults=CUT, doubt=(40, 41)))
    assert counts(found) == ("unknown", 0, 0, 0, 1)
