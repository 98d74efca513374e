"""The status page has the incident in time, and is clear after it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from deadair.rules.status_published import StatusPublished
from tests.histories.ops import (
    ALWAYS_FRESH,
    BLIND_FROM_30,
    Row,
    counts,
    evidence,
    fault,
    measured,
    reads,
    shows,
    status,
)

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
def test_a_stretch_shorter_than_the_limit_is_excused_unless_it_was_shown() -> None:
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
def test_a_page_unread_at_the_limit_may_have_shown_what_it_showed_when_read_again(then: str, verdict: str) -> None:
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


# --- an incident in fair weather --------------------------------------------------------------------------------------

FALSE = "an incident was shown in fair weather"


@pytest.mark.clause("P10")
def test_an_incident_from_the_warm_up_to_the_end_is_false() -> None:
    found = StatusPublished().judge(evidence(BLIND_FROM_30, pages((0, "incident")), faults=CUT))
    assert (found.verdict, found.violations) == ("fail", 2)
    assert found.why == f"{FALSE}; the incident was not closed"
    fair = StatusPublished().judge(evidence(ALWAYS_FRESH, pages((0, "incident"))))
    assert (counts(fair), fair.why, fair.examples[0].at_s) == (("fail", 1, 1, 0, 0), FALSE, -600.0)


@pytest.mark.clause("P10")
@pytest.mark.parametrize(("shown", "violations"), [((20, 25), 1), ((45, 50), 0), ((75, 80), 1)])
def test_an_incident_is_false_if_few_were_blind_and_nothing_was_broken_for_as_long_as_the_limit(
    shown: tuple[float, float], violations: int
) -> None:
    """Blind from 30 to 55: looks up to minute 70 may show an incident, and before minute 30 none."""
    looks = pages((0, "clear"), (shown[0], "incident"), (shown[1], "clear"))
    found = StatusPublished().judge(evidence(BLIND_FROM_30, looks, faults=CUT))
    assert [example.what for example in found.examples if example.what == FALSE] == [FALSE] * violations


@pytest.mark.clause("P10")
@pytest.mark.parametrize(
    ("where", "right"),
    [("watchdog", True), ("gateway→watchdog", True), ("push", True), ("uplink", False), ("downlink[south]", False)],
)
def test_a_fault_within_the_service_makes_an_incident_right(where: str, right: bool) -> None:
    looks = pages((0, "clear"), (40, "incident"), (50, "clear"))
    found = StatusPublished().judge(evidence(ALWAYS_FRESH, looks, faults=(fault(where, 20, 30),)))
    assert found.violations == (0 if right else 1)


@pytest.mark.clause("P11")
def test_a_page_that_shows_the_incident_for_too_long_violates_the_closing_alone() -> None:
    late = StatusPublished().judge(evidence(BLIND_FROM_30, pages((0, "clear"), (40, "incident")), faults=CUT))
    assert (counts(late), late.why) == (("fail", 2, 1, 0, 0), "the incident was not closed")
    closed = pages((0, "clear"), (40, "incident"), (65, "clear"), (75, "incident"))
    anew = StatusPublished().judge(evidence(BLIND_FROM_30, closed, faults=CUT))
    assert (counts(anew), anew.why) == (("fail", 3, 1, 0, 0), FALSE)


@pytest.mark.clause("P11")
def test_an_incident_that_stays_between_two_storms_is_no_late_closing() -> None:
    twice = [*reads(0, 5, 10), *reads(40, 45, 50, 55, 60), *reads(85, 90)]
    looks = pages((0, "clear"), (35, "incident"))
    early = StatusPublished(within=timedelta(minutes=15)).judge(evidence(twice, looks))
    assert FALSE in early.why


@pytest.mark.clause("P10")
@pytest.mark.parametrize(("at", "violations"), [(21.9, 1), (22, 0)])
def test_an_incident_may_come_so_early_as_a_phone_may_see_more_than_it_has_confirmed(
    at: float, violations: int
) -> None:
    """Blind from 30 on; a reading each 5 minutes, a poll each 2, and G."""
    found = StatusPublished().judge(evidence(BLIND_FROM_30, status(at, "incident"), status(35, "incident"), faults=CUT))
    assert [example.what for example in found.examples if example.what == FALSE] == [FALSE] * violations


@pytest.mark.clause("P10")
@pytest.mark.parametrize(("again", "violations"), [(27, 1), (27.1, 0), (29.9, 0)])
def test_an_incident_is_right_where_phones_saw_again_so_late_that_they_had_not_said_so(
    again: float, violations: int
) -> None:
    """Blind from 30 on but for a reading shown before: it is confirmed by a poll up to 2 minutes later, and G is 1."""
    seen = [*reads(0, 5, 10), *reads(25, after=again - 25), *(row for at in range(30, 91, 5) for row in reads(at))]
    found = StatusPublished().judge(evidence(seen, pages((0, "clear"), (35, "incident"), (40, "clear"))))
    assert found.violations == violations


@pytest.mark.clause("P10")
@pytest.mark.parametrize(("at", "violations"), [(20, 1), (25, 0)])
def test_an_incident_may_come_so_early_also_where_phones_see_again_just_in_time(at: float, violations: int) -> None:
    """Blind from 30 on but for a reading shown in 29, which is confirmed by 32: the page opens before all that."""
    seen = [*reads(0, 5, 10), *reads(25, after=4), *(row for at in range(30, 91, 5) for row in reads(at))]
    found = StatusPublished().judge(evidence(seen, pages((0, "clear"), (at, "incident"), (40, "clear"))))
    assert found.violations == violations


@pytest.mark.clause("P10")
@pytest.mark.parametrize(("at", "violations"), [(82, 1), (82.1, 0)])
def test_a_look_so_late_that_many_may_be_blind_after_the_run_is_not_judged(at: float, violations: int) -> None:
    assert StatusPublished().judge(evidence(ALWAYS_FRESH, status(at, "incident"))).violations == violations


@pytest.mark.clause("P10")
def test_looks_that_could_not_be_read_show_nothing() -> None:
    looks = [status(5, "clear"), status(10, "unread"), status(15, "unread"), status(85, "clear")]
    assert counts(StatusPublished().judge(evidence(ALWAYS_FRESH, looks))) == ("unknown", 0, 0, 0, 0)


@pytest.mark.clause("P12")
@pytest.mark.parametrize(("doubt", "violations"), [((24, 24.5), 1), ((26, 27), 0), ((68, 69), 0), ((68.1, 69), 1)])
def test_the_window_of_a_false_incident_begins_t_before_its_limit_and_ends_when_nobody_can_be_unconfirmed(
    doubt: tuple[float, float], violations: int
) -> None:
    """T is 20 minutes and the limit 15: of a look in minute 60 the window begins in minute 25 and ends in minute 68."""
    looks = [status(at, "incident" if at == 60 else "clear") for at in range(0, 91, 5)]
    found = StatusPublished().judge(evidence(ALWAYS_FRESH, looks, doubt=doubt))
    assert (found.violations, found.suspected) == (violations, 1 - violations)


@pytest.mark.clause("P6")
def test_without_a_fault_the_closing_counts_from_the_end_of_the_last_stretch_alone() -> None:
    """The recovery begins in minute 60, and is no heal."""
    looks = pages((0, "clear"), (35, "incident"), (75, "clear"))
    assert StatusPublished().judge(evidence(BLIND_FROM_30, looks)).violations == 1
    assert StatusPublished().judge(evidence(BLIND_FROM_30, looks, faults=CUT)).violations == 1
    assert StatusPublished().judge(evidence(BLIND_FROM_30, looks, faults=(fault("uplink", 10, 60),))).violations == 0


@pytest.mark.clause("P13")
@pytest.mark.parametrize(
    ("page", "seen_again", "state"),
    [("clear", 59.5, "excused"), ("clear", 56, "violated"), ("incident", 59.5, "violated")],
)
def test_an_incident_at_the_limit_that_phones_account_for_is_another_one(
    page: str, seen_again: float, state: str
) -> None:
    """Blind from 30 to 55, and almost from 60: what it sees it says by a poll up to 2 minutes later, and G is 1."""
    shown = [measured(40), shows(55, 40), measured(56), shows(seen_again, 56)]
    looks = [*pages((0, "clear"), (35, "incident"), (75, "clear")), status(57, page)]
    found = StatusPublished().judge(evidence(reads(0, 5, 10), shown, reads(*range(60, 95, 5)), looks, faults=CUT))
    assert found.excused == int(state == "excused")
    assert ("the incident was not closed" in found.why) == (state == "violated")
