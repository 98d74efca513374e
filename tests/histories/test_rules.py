"""Each rule passing, failing, excused and in doubt, each on a history of a few lines."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from harness.checkers.catalogue import RULES
from harness.checkers.evidence import Evidence
from harness.checkers.no_data_deadline import NoDataDeadline
from harness.checkers.no_false_alarm import NoFalseAlarm
from harness.checkers.nothing_lost import NothingLost
from harness.checkers.recovers import Recovers
from harness.checkers.rule import Rule
from harness.checkers.shows_age import INVENTED, TOO_OLD, WENT_BLANK, ShowsAge
from harness.checkers.status_published import StatusPublished
from harness.model.judgement import Finding
from tests.histories.ops import (
    Row,
    alarm,
    backlog,
    clear,
    evidence,
    fault,
    low,
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

ALWAYS_FRESH = [row for at in range(0, 90, 5) for row in reads(at)]
BLIND_FROM_30 = [row for at in (0, 5, 10, 55, 60, 65, 70, 75, 80, 85, 90) for row in reads(at)]
"""Shows a reading of minute 10 until minute 55: blind from minute 30."""


def counts(finding: Finding) -> tuple[str, int, int, int, int]:
    return (str(finding.verdict), finding.judged, finding.violations, finding.excused, finding.suspected)


# --- no_data_deadline -------------------------------------------------------------------------------------------------


def test_told_in_time_passes_and_the_slowest_is_named() -> None:
    found = NoDataDeadline().judge(evidence(BLIND_FROM_30, alarm(33)))
    assert counts(found) == ("pass", 1, 0, 0, 0)
    assert found.why == "1 of 1 silences were told in time; slowest 3.0 min"
    assert (found.examples[0].at_s, found.examples[0].late_s) == (20 * 60, 180)


def test_a_wait_below_a_minute_is_told_in_seconds() -> None:
    assert NoDataDeadline().judge(evidence(BLIND_FROM_30, alarm(30.2))).why.endswith("slowest 12.0 s")


def test_never_told_fails_and_the_cohort_is_named() -> None:
    found = NoDataDeadline().judge(evidence(BLIND_FROM_30))
    assert counts(found) == ("fail", 1, 1, 0, 0)
    assert found.why == "1 of 1 silences were not told within 5m; never told: 1 in south"
    assert (found.examples[0].phone, found.examples[0].cohort, found.examples[0].late_s) == (1, "south", None)


def test_told_too_late_fails_and_says_how_late() -> None:
    found = NoDataDeadline().judge(evidence(BLIND_FROM_30, alarm(37)))
    assert counts(found) == ("fail", 1, 1, 0, 0)
    assert "the latest was told after 7.0 min" in found.why


def test_a_longer_limit_and_other_paths_are_knobs() -> None:
    late = evidence(BLIND_FROM_30, alarm(37, path="phone_timer"))
    assert NoDataDeadline(within=timedelta(minutes=10), paths=("phone_timer",)).judge(late).verdict == "pass"
    assert NoDataDeadline(within=timedelta(minutes=10)).judge(late).verdict == "fail"


def test_only_excused_silences_are_nothing_judged() -> None:
    found = NoDataDeadline().judge(evidence(reads(0, 22, 40, 55, 70, 85)))
    assert counts(found) == ("unknown", 0, 0, 1, 0)


@pytest.mark.parametrize("told", [[alarm(33)], []])
@pytest.mark.parametrize(
    ("doubt", "suspected"), [((0, 9.9), 0), ((0, 10), 1), ((34, 40), 1), ((35, 40), 1), ((35.1, 40), 0)]
)
def test_a_case_is_suspected_whatever_it_says_if_its_window_touches_a_doubt(
    told: list[Row], doubt: tuple[float, float], suspected: int
) -> None:
    found = NoDataDeadline().judge(evidence(BLIND_FROM_30, told, doubt=doubt))
    assert (found.suspected, found.judged) == (suspected, 1 - suspected)
    assert found.verdict == ("unknown" if suspected else "pass" if told else "fail")


def test_a_violation_outside_the_doubt_stays_a_fail() -> None:
    two = [*BLIND_FROM_30, *reads(0, 15, 30, 45, phone=2)]
    found = NoDataDeadline().judge(evidence(two, phones=2, doubt=(60, 65)))
    assert counts(found) == ("fail", 1, 1, 0, 1)


def test_a_silence_told_once_and_then_blind_again_untold_fails_and_says_so() -> None:
    rows = [*reads(0), measured(4), shows(23, 4), alarm(21), clear(23)]
    never, late = (NoDataDeadline().judge(evidence(rows, *more)) for more in ((), (alarm(31),)))
    assert counts(never) == counts(late) == ("fail", 1, 1, 0, 0)
    told = "told by service_push after 1.0 min; blind again 4.0 min after the onset, and"
    assert (never.examples[0].what, never.examples[0].late_s) == (f"{told} never told", None)
    assert (late.examples[0].what, late.examples[0].late_s) == (f"{told} told by service_push after 7.0 min", 420)
    suspected = NoDataDeadline().judge(evidence(rows, doubt=(28, 29)))
    assert counts(suspected) == ("unknown", 0, 0, 0, 1)


def test_an_urgent_low_is_no_word_about_silence() -> None:
    """It tells of none, it is no false alarm, and its end dismisses no alarm."""
    lows = [low(29, speaks_of=9), low(33, speaks_of=9), clear(34, "low")]
    told, untold = [BLIND_FROM_30, alarm(32)], [BLIND_FROM_30]
    for rule in (NoDataDeadline(), NoFalseAlarm()):
        for rows in (told, untold, [ALWAYS_FRESH]):
            assert rule.judge(evidence(*rows, lows)) == rule.judge(evidence(*rows))
    assert NoDataDeadline().judge(evidence(*untold, lows)).violations == 1


# --- no_false_alarm ---------------------------------------------------------------------------------------------------


def test_an_alarm_of_a_blind_phone_is_right_and_hours_without_one_count() -> None:
    assert counts(NoFalseAlarm().judge(evidence(BLIND_FROM_30, alarm(33)))) == ("pass", 2, 0, 0, 0)


def test_an_alarm_of_a_phone_that_was_not_blind_is_false() -> None:
    found = NoFalseAlarm().judge(evidence(ALWAYS_FRESH, alarm(33)))
    assert counts(found) == ("fail", 2, 1, 0, 0)
    assert found.why == "false: 1 × no-data alarm by service_push"


def test_an_alarm_within_g_after_the_blindness_is_right_and_one_before_it_is_false() -> None:
    assert NoFalseAlarm().judge(evidence(BLIND_FROM_30, alarm(55.9))).violations == 0
    assert NoFalseAlarm().judge(evidence(BLIND_FROM_30, alarm(56))).violations == 1
    assert NoFalseAlarm().judge(evidence(BLIND_FROM_30, alarm(29.9))).violations == 1


def test_g_grows_by_the_lag_that_was_measured() -> None:
    seen = evidence(BLIND_FROM_30, alarm(56.5))
    slow = Evidence(seen.history, seen.roster, seen.moments, lag_us=us(1))
    assert [NoFalseAlarm().judge(each).violations for each in (seen, slow)] == [1, 0]


def test_a_notice_is_false_only_if_nothing_broke_inside_and_few_were_blind() -> None:
    fresh = [row for phone in range(1, 21) for at in range(0, 90, 10) for row in reads(at, phone=phone)]
    one_blind_of_20 = [row for row in fresh if row["phone" if row["kind"] == "screen" else "patient"] != 7]
    inside, outside = (fault("gateway", 30, 40),), (fault("uplink", 30, 40),)
    for rows, faults, false in (
        (fresh, (), 1),
        (fresh, outside, 1),
        (fresh, inside, 0),
        (fresh, (fault("push", 30, 40),), 0),
        (one_blind_of_20, (), 0),
    ):
        seen = evidence(rows, notice(45, phone=3), phones=20, faults=faults)
        assert NoFalseAlarm().judge(seen).violations == false
    late = evidence(fresh, notice(50.1, phone=3), phones=20, faults=inside)
    assert NoFalseAlarm().judge(late).violations == 1


def test_an_alarm_that_the_push_gateway_never_took_can_still_be_false() -> None:
    assert NoFalseAlarm().judge(evidence(ALWAYS_FRESH, alarm(33), sent=[])).violations == 1


def test_false_alarms_in_a_doubtful_stretch_are_suspected() -> None:
    found = NoFalseAlarm().judge(evidence(ALWAYS_FRESH, alarm(33), doubt=(32, 34)))
    assert counts(found) == ("unknown", 1, 0, 0, 1)


# --- shows_age --------------------------------------------------------------------------------------------------------


def test_a_screen_that_shows_what_was_made_and_its_age_passes() -> None:
    aged = [*reads(0, 5, 10), shows(30, 10, style="old"), *reads(55, 70, 85)]
    assert counts(ShowsAge().judge(evidence(shows(0, None), aged))) == ("pass", 8, 0, 0, 0)


@pytest.mark.parametrize(
    ("rows", "what"),
    [
        ([*reads(0, 5), shows(20, 6, style="old"), measured(6, value=99)], INVENTED),
        ([*reads(5), shows(27, 5, style="old")], TOO_OLD),
        ([*reads(5), shows(25, 5, style="old"), measured(9), shows(40, 9), shows(40.1, 9, style="old")], TOO_OLD),
        ([*reads(5), shows(25, None)], WENT_BLANK),
        ([shows(0, None), *reads(5), shows(25, 5, style="old"), shows(30, None)], WENT_BLANK),
    ],
)
def test_a_screen_that_misleads_fails(rows: list[Row], what: str) -> None:
    found = ShowsAge().judge(evidence(rows))
    assert (found.verdict, found.violations, found.examples[0].what) == ("fail", 1, what)


def test_a_screen_still_current_when_the_run_ends_is_judged_up_to_then() -> None:
    assert ShowsAge().judge(evidence(reads(5), end=26)).violations == 0
    assert ShowsAge().judge(evidence(reads(5), end=26.1)).violations == 1


def test_a_phone_that_never_had_a_reading_may_be_blank() -> None:
    assert counts(ShowsAge().judge(evidence(shows(0, None), shows(9, None)))) == ("pass", 2, 0, 0, 0)


def test_without_a_screen_there_is_nothing_to_judge() -> None:
    assert counts(ShowsAge().judge(evidence())) == ("unknown", 0, 0, 0, 0)


def test_screens_in_a_doubtful_stretch_are_suspected() -> None:
    found = ShowsAge().judge(evidence(reads(5, 10), shows(60, 10, style="old"), doubt=(28, 29)))
    assert counts(found) == ("unknown", 2, 0, 0, 1)


# --- nothing_lost -----------------------------------------------------------------------------------------------------


def test_every_acknowledged_reading_stored_once_passes() -> None:
    twice_sent = [upload(5, 5), upload(6, 5, outcome="fail", detail="duplicate"), upload(7, 6, outcome="info")]
    found = NothingLost().judge(evidence(twice_sent, probed(80, 1), stored(80, 5)))
    assert counts(found) == ("pass", 1, 0, 0, 0)


def test_an_acknowledged_reading_that_is_not_stored_is_lost() -> None:
    for uploaded in (upload(5, 5), upload(5, 5, outcome="fail", detail="duplicate")):
        found = NothingLost().judge(evidence(uploaded, probed(80, 0)))
        assert counts(found) == ("fail", 1, 1, 0, 0)
        assert found.why == "1 readings acknowledged and not stored"


def test_a_reading_stored_with_another_value_is_lost() -> None:
    assert NothingLost().judge(evidence(upload(5, 5), probed(80, 1), stored(80, 5, value=99))).violations == 1


def test_a_reading_stored_twice_is_doubled_even_if_nobody_acknowledged_it() -> None:
    for outcome in ("ok", "info"):
        rows = [upload(5, 5, outcome=outcome), probed(80, 2), stored(80, 5), stored(80, 5)]
        found = NothingLost().judge(evidence(rows))
        assert counts(found) == ("fail", 1, 1, 0, 0)
        assert found.why == "1 readings stored more than once"


def test_asking_twice_doubles_nothing() -> None:
    rows = [upload(5, 5), probed(80, 1), stored(80, 5), probed(85, 1), stored(85, 5)]
    assert counts(NothingLost().judge(evidence(rows))) == ("pass", 1, 0, 0, 0)


def test_a_timed_out_or_refused_upload_is_never_lost() -> None:
    rows = [upload(5, 5), upload(6, 6, outcome="info"), upload(7, 7, outcome="fail"), probed(80, 1), stored(80, 5)]
    assert counts(NothingLost().judge(evidence(rows))) == ("pass", 1, 0, 0, 0)


def test_a_reading_acknowledged_just_before_the_asking_is_excused() -> None:
    rows = [upload(5, 5), upload(79, 79), upload(81, 81), probed(80, 1), stored(80, 5)]
    assert counts(NothingLost().judge(evidence(rows))) == ("pass", 1, 0, 2, 0)


@pytest.mark.parametrize(
    "probe",
    [
        [probed(80, 0, outcome="info")],  # could not be asked
        [probed(80, 2), stored(80, 5)],  # answered more rows than the history has
        [],  # was never asked, while patient 2 was
    ],
)
def test_a_patient_whose_store_could_not_be_asked_is_unknown(probe: list[Row]) -> None:
    other = [upload(5, 5, patient=2), probed(80, 1, patient=2), stored(80, 5, patient=2)]
    found = NothingLost().judge(evidence(upload(5, 5), probe, other, phones=2))
    assert counts(found) == ("unknown", 1, 0, 0, 1)


def test_without_any_probe_nothing_is_judged() -> None:
    found = NothingLost().judge(evidence(upload(5, 5)))
    assert (counts(found), found.why) == (("unknown", 0, 0, 0, 0), "nobody was asked what is stored")


# --- recovers ---------------------------------------------------------------------------------------------------------

CUT = (fault("uplink", 10, 50),)
DRAINS = [backlog(5, 3), backlog(40, 900), backlog(65, 20), backlog(68, 3), backlog(69, 14), backlog(70, 14)]


def test_everybody_sees_again_and_the_backlog_is_gone() -> None:
    assert counts(Recovers().judge(evidence(BLIND_FROM_30, DRAINS, faults=CUT))) == ("pass", 2, 0, 0, 0)


def test_a_phone_that_stays_blind_has_not_recovered() -> None:
    found = Recovers().judge(evidence(reads(0, 5, 10), faults=CUT))
    assert (counts(found), found.why) == (("fail", 1, 1, 0, 0), "1 phones stayed blind")


def test_a_phone_may_be_blind_until_the_limit_and_not_after_it() -> None:
    assert Recovers().judge(evidence(reads(0, 69, 80), faults=CUT)).violations == 0
    assert Recovers().judge(evidence(reads(0, 71, 85), faults=CUT)).violations == 1


def test_a_backlog_that_stays_above_its_warm_up_level_fails() -> None:
    stays = [backlog(5, 3), *(backlog(at, 14) for at in (60, 65, 70))]
    found = Recovers().judge(evidence(ALWAYS_FRESH, stays, faults=CUT))
    assert (counts(found), found.why) == (("fail", 2, 1, 0, 0), "14 readings still wait, 3 at most in the warm-up")


def test_a_run_too_short_for_the_limit_is_judged_at_its_end_but_nobody_is_blamed_for_it() -> None:
    assert counts(Recovers().judge(evidence(BLIND_FROM_30, faults=CUT, end=60))) == ("pass", 1, 0, 0, 0)
    assert counts(Recovers().judge(evidence(reads(0, 5, 10), faults=CUT, end=60))) == ("unknown", 0, 0, 0, 1)
    assert Recovers().judge(evidence(reads(0, 5, 10), faults=CUT, end=67.9)).verdict == "unknown"
    assert Recovers().judge(evidence(reads(0, 5, 10), faults=CUT, end=68)).verdict == "fail"


def test_a_backlog_that_was_not_asked_before_or_after_is_unknown() -> None:
    assert Recovers().judge(evidence(ALWAYS_FRESH, backlog(5, 3), faults=CUT)).suspected == 1
    never_answered = [backlog(at, None) for at in (5, 65, 70)]
    assert counts(Recovers().judge(evidence(ALWAYS_FRESH, never_answered, faults=CUT))) == ("unknown", 1, 0, 0, 1)


def test_a_backlog_that_answers_no_more_has_not_drained_by_an_answer_of_before() -> None:
    calm = [backlog(at, 2) for at in range(10)]
    silent = [*calm, backlog(61, 3), *(backlog(at, None) for at in range(62, 90))]
    assert counts(Recovers().judge(evidence(ALWAYS_FRESH, silent, faults=CUT))) == ("unknown", 1, 0, 0, 1)


@pytest.mark.parametrize("rule", [Recovers, StatusPublished, NoDataDeadline])
def test_a_limit_of_no_time_is_refused(rule: type[Rule]) -> None:
    with pytest.raises(ValueError, match="0m is no time at all"):
        rule.model_validate({"kind": rule.model_fields["kind"].default, "within": "0m"})


def test_a_run_that_was_cut_short_is_not_blamed_for_not_having_recovered() -> None:
    blind = evidence(reads(0, 5, 10), faults=CUT, end=69)
    assert Recovers().judge(blind).verdict == "fail"
    assert Recovers().judge(replace(blind, cut_short=True)).verdict == "unknown"
    late = evidence(reads(0, 5, 10), faults=CUT, end=90)
    assert Recovers().judge(replace(late, cut_short=True)).verdict == "fail"
    assert Recovers().judge(evidence(ALWAYS_FRESH, backlog(65, 3), faults=CUT)).suspected == 1


def test_without_a_heal_there_is_no_recovery_to_judge() -> None:
    assert Recovers().judge(evidence(ALWAYS_FRESH, faults=(fault("uplink", 10, None),))).verdict == "unknown"


def test_a_recovery_in_doubt_is_suspected() -> None:
    assert counts(Recovers().judge(evidence(reads(0), faults=CUT, doubt=(80, 81)))) == ("unknown", 0, 0, 0, 1)


# --- status_published -------------------------------------------------------------------------------------------------


def pages(*changes: tuple[float, str]) -> list[Row]:
    """The page read each 5 minutes, showing the newest of these changes."""
    return [status(at, [shown for since, shown in changes if since <= at][-1]) for at in range(0, 91, 5)]


def test_an_incident_shown_in_time_and_closed_after_passes() -> None:
    seen = evidence(BLIND_FROM_30, pages((0, "clear"), (40, "incident"), (65, "clear")), faults=CUT)
    assert counts(StatusPublished().judge(seen)) == ("pass", 2, 0, 0, 0)


@pytest.mark.parametrize("first_shown", [50, 200])
def test_an_incident_shown_late_or_never_fails(first_shown: float) -> None:
    seen = evidence(BLIND_FROM_30, pages((0, "clear"), (first_shown, "incident"), (60, "clear")), faults=CUT)
    found = StatusPublished().judge(seen)
    assert (found.verdict, found.violations, found.why) == ("fail", 1, "no incident was shown in time")


def test_an_incident_left_open_fails() -> None:
    found = StatusPublished().judge(evidence(BLIND_FROM_30, pages((0, "clear"), (35, "incident")), faults=CUT))
    assert (counts(found), found.why) == (("fail", 2, 1, 0, 0), "the incident was not closed")


def test_the_closing_is_excused_if_the_run_did_not_see_that_long() -> None:
    seen = evidence(BLIND_FROM_30, pages((0, "clear"), (35, "incident")), faults=CUT, end=69)
    assert counts(StatusPublished().judge(seen)) == ("pass", 1, 0, 1, 0)


def test_a_stretch_shorter_than_the_limit_is_excused_unless_it_was_told() -> None:
    short = [*reads(0, 5, 10), *(row for at in range(40, 91, 5) for row in reads(at))]
    assert counts(StatusPublished().judge(evidence(short, pages((0, "clear"))))) == ("unknown", 0, 0, 1, 0)
    told = evidence(short, pages((0, "clear"), (35, "incident"), (45, "clear")), faults=CUT)
    assert counts(StatusPublished().judge(told)) == ("pass", 2, 0, 0, 0)


def test_a_page_that_could_not_be_read_proves_nothing() -> None:
    found = StatusPublished().judge(evidence(BLIND_FROM_30, pages((0, "clear"), (33, "unread")), faults=CUT))
    assert counts(found) == ("unknown", 0, 0, 0, 1)


def test_fewer_than_5_percent_blind_need_no_incident() -> None:
    many = [row for phone in range(2, 22) for at in range(0, 90, 10) for row in reads(at, phone=phone)]
    assert counts(StatusPublished().judge(evidence(BLIND_FROM_30, many, pages((0, "clear")), phones=21))) == (
        "unknown", 0, 0, 0, 0
    )  # fmt: skip
    assert StatusPublished().judge(evidence(BLIND_FROM_30, many, pages((0, "clear")), phones=20)).violations == 1


def test_a_stretch_in_doubt_is_suspected() -> None:
    found = StatusPublished().judge(evidence(BLIND_FROM_30, pages((0, "clear")), faults=CUT, doubt=(40, 41)))
    assert counts(found) == ("unknown", 0, 0, 0, 1)


# --- all of them ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", RULES)
def test_of_an_empty_history_no_rule_says_pass(rule: type[Rule]) -> None:
    found = rule().judge(evidence())
    assert found.verdict != "pass" or rule in (NoFalseAlarm,)


def test_clearing_is_no_alarm() -> None:
    assert counts(NoFalseAlarm().judge(evidence(ALWAYS_FRESH, clear(30)))) == ("pass", 2, 0, 0, 0)
