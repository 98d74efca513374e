"""What a second reader of docs/rules.md could have read otherwise: each a history of a few rows that decides it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from deadair.rules.no_data_deadline import NoDataDeadline
from deadair.rules.no_false_alarm import NoFalseAlarm
from deadair.rules.nothing_lost import NothingLost
from deadair.rules.recovers import Recovers
from deadair.rules.shows_age import INVENTED, ShowsAge
from deadair.rules.status_published import StatusPublished
from tests.histories.ops import (
    ALWAYS_FRESH,
    BLIND_FROM_30,
    Row,
    accepted,
    alarm,
    backlog,
    counts,
    evidence,
    fault,
    measured,
    notice,
    probed,
    reads,
    shows,
    status,
    stored,
    upload,
    us,
)

CUT = (fault("uplink", 10, 50),)
SHORT = [*reads(0, 5, 10), *(row for at in range(40, 91, 5) for row in reads(at))]
"""Blind from minute 30 to 40: less than the 15 minutes within which an incident must be shown."""


@pytest.mark.clause("R7")
@pytest.mark.parametrize(("every", "verdict"), [(2, "pass"), (1, "unknown")])
def test_a_backlog_may_be_as_old_as_one_and_a_half_times_its_probes_are_apart(every: float, verdict: str) -> None:
    """Healed in second 1770, judged two minutes later, last answered in second 1777."""
    probes = [backlog(1777 / 60 - every * back, 2) for back in range(round(28 / every))]
    judged = Recovers(within=timedelta(minutes=2)).judge(
        evidence(ALWAYS_FRESH, probes, faults=(fault("uplink", 10, 29.5),))
    )
    assert (judged.verdict, judged.suspected) == (verdict, 1 if verdict == "unknown" else 0)


@pytest.mark.clause("D7")
@pytest.mark.parametrize(("dead", "violations"), [((11.4, 25.6), 0), ((0, 0.5), 0), ((25.1, 26), 1)])
def test_a_notice_that_a_cut_held_up_is_judged_by_all_of_the_time_it_was_held(
    dead: tuple[float, float], violations: int
) -> None:
    """The last mile is cut from 8.7 to 25; the notice comes at 25, so none of the ten minutes before it count."""
    faults = (fault("last_mile", 8.7, 25), fault("watchdog", *dead, fault_id="f2"))
    assert NoFalseAlarm().judge(evidence(ALWAYS_FRESH, notice(25), faults=faults)).violations == violations


@pytest.mark.clause("D20")
@pytest.mark.parametrize(("says", "verdict"), [("no_data", "fail"), ("back", "fail"), ("notice", "pass"), ("", "pass")])
def test_a_notice_is_confirmed_only_by_a_message_of_its_kind(says: str, verdict: str) -> None:
    sent = [accepted(31, path="sentinel_push", says=says)]
    assert NoDataDeadline().judge(evidence(BLIND_FROM_30, notice(32), sent=sent)).verdict == verdict


@pytest.mark.clause("N2")
def test_a_limit_beyond_the_run_excuses_also_a_silence_that_was_alerted() -> None:
    assert counts(NoDataDeadline().judge(evidence(reads(0), alarm(21), end=24.9))) == ("unknown", 0, 0, 1, 0)
    assert counts(NoDataDeadline().judge(evidence(reads(0), alarm(21), end=25))) == ("pass", 1, 0, 0, 0)


@pytest.mark.clause("D9")
def test_a_reading_from_before_the_warm_up_moves_no_onset() -> None:
    seen = evidence(measured(-5), shows(1, -5), end=40)
    assert [stretch.onset_us for stretch in seen.blind[1]] == [us(20)]


@pytest.mark.clause("S5")
@pytest.mark.parametrize("answered", [1, 3])
def test_more_or_fewer_rows_than_the_store_answered_are_a_doubt_and_not_a_copy(answered: int) -> None:
    rows = [upload(5, 5), probed(80, answered), stored(80, 5), stored(80, 5)]
    assert counts(NothingLost().judge(evidence(rows))) == ("unknown", 0, 0, 0, 1)


@pytest.mark.clause("D8", "A2")
def test_a_reading_shown_before_it_was_made_is_invented() -> None:
    found = ShowsAge().judge(evidence(shows(4, 5), measured(5)))
    assert (found.violations, found.examples[0].what) == (1, INVENTED)
    assert ShowsAge().judge(evidence(measured(5), shows(5, 5), end=20)).verdict == "pass"


@pytest.mark.clause("R5")
def test_probes_from_before_the_heal_are_not_among_the_three() -> None:
    before = [backlog(5, 3), backlog(47, 3), backlog(49, 3)]
    full = [backlog(69, 900), backlog(70, 900)]
    assert counts(Recovers().judge(evidence(ALWAYS_FRESH, before, full, faults=CUT))) == ("fail", 2, 1, 0, 0)


@pytest.mark.clause("R8")
def test_a_doubt_after_the_judged_moment_touches_phones_and_not_the_backlog() -> None:
    drains = [backlog(5, 3), *(backlog(at, 3) for at in (60, 65, 70))]
    found = Recovers().judge(evidence(ALWAYS_FRESH, drains, faults=CUT, doubt=(75, 76)))
    assert counts(found) == ("unknown", 1, 0, 0, 1)
    both = Recovers().judge(evidence(ALWAYS_FRESH, drains, faults=CUT, doubt=(60, 61)))
    assert counts(both) == ("unknown", 0, 0, 0, 2)


@pytest.mark.clause("P5")
@pytest.mark.parametrize(("shown_at", "cases"), [(5, (1, 1, 1)), (35, (2, 0, 0))])
def test_an_incident_before_the_first_stretch_is_false_and_has_no_closing(
    shown_at: float, cases: tuple[int, int, int]
) -> None:
    looks = [status(at, "incident" if at == shown_at else "clear") for at in range(0, 91, 5)]
    found = StatusPublished().judge(evidence(SHORT, looks, faults=CUT))
    assert (found.judged, found.violations, found.excused) == cases


# --- what the text once did not say at all ---------------------------------------------------------------------------


@pytest.mark.clause("F5")
@pytest.mark.parametrize(("end", "hours"), [(90, 2), (119.9, 2), (120, 3), (121, 3)])
def test_hours_count_from_the_warm_up_and_the_last_may_have_no_length(end: float, hours: int) -> None:
    assert counts(NoFalseAlarm().judge(evidence(end=end))) == ("pass", hours, 0, 0, 0)
    early = evidence(BLIND_FROM_30, alarm(33), end=end)
    assert counts(NoFalseAlarm().judge(early)) == ("pass", hours, 0, 0, 0)


@pytest.mark.clause("D13")
def test_an_onset_at_the_very_end_of_the_run_is_a_silence() -> None:
    assert NoDataDeadline().judge(evidence(reads(0), end=20)).excused == 1
    assert NoDataDeadline().judge(evidence(reads(0), end=19.9)).excused == 0


@pytest.mark.clause("R1")
def test_without_faults_the_recovery_begins_where_the_last_heal_would_be() -> None:
    """Recovery begins in minute 60, so it is judged in minute 80."""
    for sees_again, violations in ((79, 0), (80, 0), (80.1, 1)):
        seen = evidence(reads(0, sees_again, 95), end=100)
        assert Recovers().judge(seen).violations == violations, sees_again


@pytest.mark.clause("P7")
def test_a_fault_that_was_never_healed_excuses_the_closing() -> None:
    looks = [status(at, "incident" if at >= 35 else "clear") for at in range(0, 91, 5)]
    never = evidence(BLIND_FROM_30, looks, faults=(fault("uplink", 10, None),))
    assert counts(StatusPublished().judge(never)) == ("pass", 1, 0, 1, 0)


@pytest.mark.clause("S2")
def test_copies_count_whatever_their_value() -> None:
    rows = [upload(5, 5), probed(80, 2), stored(80, 5), stored(80, 5, value=99)]
    assert counts(NothingLost().judge(evidence(rows))) == ("fail", 1, 1, 0, 0)


@pytest.mark.clause("S4")
def test_of_several_askings_the_first_with_an_answer_counts() -> None:
    again = [probed(85, 1), stored(85, 5)]
    rows = [upload(5, 5), upload(79, 79), stored(80, 5), probed(80, 1), *again]
    assert counts(NothingLost().judge(evidence(rows))) == ("pass", 1, 0, 1, 0)
    unanswered = [upload(5, 5), upload(79, 79), probed(80, 0, outcome="info"), *again]
    assert counts(NothingLost().judge(evidence(unanswered))) == ("fail", 2, 1, 0, 0)


# --- what no other history of a few rows decides ---------------------------------------------------------------------


@pytest.mark.clause("D4")
def test_what_comes_after_the_end_of_the_run_does_not_count() -> None:
    late = [NoDataDeadline().judge(evidence(reads(0), alarm(26), end=end)).examples[0].late_s for end in (25.9, 26)]
    assert late == [None, 6 * 60]
    assert counts(NoFalseAlarm().judge(evidence(ALWAYS_FRESH, alarm(90.1)))) == ("pass", 2, 0, 0, 0)
    assert ShowsAge().judge(evidence(reads(5), reads(31), end=30)).violations == 1


@pytest.mark.clause("S7")
@pytest.mark.parametrize(("doubt", "suspected"), [((4, 5), 1), ((6, 79), 0), ((79, 80), 0)])
def test_the_window_of_an_acknowledged_reading_is_its_upload(doubt: tuple[float, float], suspected: int) -> None:
    rows: list[Row] = [upload(5, 5), probed(80, 1), stored(80, 5)]
    assert NothingLost().judge(evidence(rows, doubt=doubt)).suspected == suspected


@pytest.mark.clause("S7")
def test_the_window_of_a_copy_that_nobody_uploaded_is_the_asking() -> None:
    rows: list[Row] = [probed(80, 2), stored(80, 5), stored(80, 5)]
    suspected = [NothingLost().judge(evidence(rows, doubt=doubt)).suspected for doubt in ((4, 79), (79, 80))]
    assert suspected == [0, 1]


@pytest.mark.clause("A5")
def test_a_current_reading_is_in_doubt_until_it_should_have_aged() -> None:
    """Measured in minute 10, so it must show its age from minute 31 on; shown as current until minute 60."""
    rows = [*reads(10), shows(60, 10, style="old")]
    suspected = [ShowsAge().judge(evidence(rows, doubt=doubt)).suspected for doubt in ((30, 31), (32, 33))]
    assert suspected == [1, 0]


@pytest.mark.clause("F6")
def test_the_window_of_a_notice_begins_t_before_its_ten_minutes() -> None:
    seen = [evidence(ALWAYS_FRESH, notice(45), doubt=doubt) for doubt in ((14, 14.9), (14, 15), (45, 46))]
    assert [NoFalseAlarm().judge(each).violations for each in seen] == [1, 0, 0]


@pytest.mark.clause("P9")
def test_the_windows_of_the_status_page_are_each_as_long_as_its_limit() -> None:
    """An incident from 35 to 60, for blindness from 30 to 55: the windows are 30 to 45 and 55 to 70."""
    looks = [status(at, "incident" if 35 <= at < 60 else "clear") for at in range(0, 91, 5)]
    doubts = {(20, 29): 0, (44, 46): 1, (46, 54): 0, (69, 71): 1, (71, 90): 0, (45, 55): 2}
    for doubt, suspected in doubts.items():
        found = StatusPublished().judge(evidence(BLIND_FROM_30, looks, faults=CUT, doubt=doubt))
        assert found.suspected == suspected, doubt
