"""A phone shows what its device handed over, within two polls and a minute; a fault on the way excuses it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from deadair.rules.evidence import Evidence, Stretch
from deadair.rules.fault_window import FaultWindow
from deadair.rules.freshness import NEVER_STEADY, NOT_SHOWN, SHOWN, WENT_BACK, Freshness, unjudged
from tests.histories.ops import (
    READING_WAY,
    Row,
    counts,
    evidence,
    fault,
    measured,
    reads,
    roster,
    shows,
    steady,
    upload,
    us,
)


def handed_over(*minutes: float, phone: int = 1, after: float | None = 0) -> list[Row]:
    """Readings that are acknowledged as they are measured, and shown so many minutes later, or never."""
    rows = [upload(at, at, patient=phone) for at in minutes]
    if after is None:
        return [*rows, *(measured(at, patient=phone) for at in minutes)]
    return [*rows, *reads(*minutes, phone=phone, after=after)]


EACH_5 = range(0, 90, 5)
"""The last of them, of minute 85, must be shown by the end of the run."""


@pytest.mark.clause("H1")
def test_readings_shown_within_the_limit_pass() -> None:
    found = Freshness().judge(evidence(handed_over(*EACH_5, after=4)))
    assert counts(found) == ("pass", 18, 0, 0, 0)
    assert found.why == "18 newest readings, each shown in time; the slowest after 4.0 min"
    assert (found.examples[0].what, found.examples[0].late_s) == (SHOWN, 240.0)


@pytest.mark.clause("H1", "H2")
@pytest.mark.parametrize(("after", "violations"), [(5, 0), (5.1, 1)])
def test_the_limit_is_two_polls_and_a_minute_from_the_acknowledgement(after: float, violations: int) -> None:
    late = [measured(20), upload(30, 20), shows(30 + after, 20)]
    found = Freshness().judge(evidence(handed_over(5), late, end=40))
    assert (found.judged, found.violations) == (2, violations)
    if violations:
        assert (found.examples[0].what, found.examples[0].late_s) == (NOT_SHOWN, 306.0)
        assert found.why == f"{NOT_SHOWN}: 1 phone (1 in south)"


@pytest.mark.clause("H2")
def test_the_uploaders_patience_is_part_of_the_limit() -> None:
    patient = replace(evidence(handed_over(5, after=14)), reading_way=replace(READING_WAY, patience_us=us(15)))
    assert counts(Freshness().judge(patient)) == ("pass", 1, 0, 0, 0)


@pytest.mark.clause("H1")
def test_a_reading_that_nobody_acknowledged_is_no_case() -> None:
    missed = [measured(30), upload(30, 30, outcome="fail"), upload(31, 30, outcome="info")]
    assert counts(Freshness().judge(evidence(handed_over(5), missed))) == ("pass", 1, 0, 0, 0)


@pytest.mark.clause("H1")
def test_only_what_is_newer_than_all_before_it_is_a_case_and_of_a_batch_the_newest() -> None:
    batch = [row for at in (10, 15, 20) for row in (measured(at), upload(22, at))]
    old_again = [upload(30, 15, detail="duplicate"), upload(40, 20, detail="duplicate")]
    assert counts(Freshness().judge(evidence(handed_over(5), batch, shows(23, 20), old_again))) == (
        "pass", 2, 0, 0, 0
    )  # fmt: skip


@pytest.mark.clause("H3")
@pytest.mark.parametrize(
    "row",
    [shows(40, 10), shows(40, 10, style="old"), shows(40, None), shows(40, 40)],
    ids=["old", "aged", "blank", "invented"],
)
def test_a_phone_that_goes_back_to_what_is_older_violates_until_the_next_one_is_due(row: Row) -> None:
    rows = handed_over(10, 30)
    back = Freshness().judge(evidence(rows, row))
    assert (back.violations, back.examples[0].what) == (1, WENT_BACK)
    mended = Freshness().judge(evidence(rows, shows(34, 10), shows(34.5, 30)))
    assert counts(mended) == ("pass", 2, 0, 0, 0)


@pytest.mark.clause("H1")
def test_a_newer_reading_will_do_and_an_invented_one_will_not() -> None:
    newer = [measured(12), shows(13, 12)]
    assert Freshness().judge(evidence(handed_over(10, after=None), newer)).violations == 0
    assert Freshness().judge(evidence(handed_over(10, after=None), shows(13, 12))).violations == 1


@pytest.mark.clause("H4")
@pytest.mark.parametrize(
    ("where", "excused"),
    [
        ("uplink", True), ("uplink[south]", True), ("gateway", True), ("processor", True), ("downlink[south]", True),
        ("device", True), ("phone[south]", True),
        ("uplink[east]", False), ("watchdog", False), ("notifier→push", False), ("push", False), ("last_mile", False),
    ],
)  # fmt: skip
def test_a_fault_on_the_phones_way_excuses_and_one_anywhere_else_does_not(where: str, excused: bool) -> None:
    seen = evidence(handed_over(10), handed_over(30, after=None), faults=(fault(where, 32, 40),))
    assert counts(Freshness().judge(seen)) == (("pass", 1, 0, 1, 0) if excused else ("fail", 2, 1, 0, 0))


def judged_at(at: float, faults: tuple[FaultWindow, ...]) -> bool:
    """Say whether a reading that is handed over at a minute, and never shown, is judged."""
    return bool(Freshness().judge(evidence(handed_over(at, after=None), faults=faults)).judged)


@pytest.mark.clause("H4")
def test_a_case_is_excused_if_a_fault_is_there_or_was_just_healed_between_its_acknowledgement_and_its_limit() -> None:
    once = (fault("gateway", 30, 40),)
    assert [at for at in range(20, 60) if not judged_at(at, once)] == list(range(25, 51))
    twice = (*once, fault("uplink[south]", 45, 55, fault_id="f2"))
    assert [at for at in range(20, 75) if not judged_at(at, twice)] == list(range(25, 66))
    never = (fault("gateway", 30, None),)
    assert [at for at in range(20, 85) if judged_at(at, never)] == list(range(20, 25))


@pytest.mark.clause("H3", "H4")
def test_what_a_phone_shows_once_a_fault_has_begun_is_not_judged() -> None:
    seen = evidence(handed_over(10), shows(40, None), faults=(fault("downlink", 30, 35),))
    assert counts(Freshness().judge(seen)) == ("pass", 1, 0, 0, 0)


@pytest.mark.clause("H5")
@pytest.mark.parametrize(("at", "state"), [(84, "judged"), (85, "judged"), (86, "excused")])
def test_a_limit_beyond_the_run_excuses(at: float, state: str) -> None:
    found = Freshness().judge(evidence(handed_over(at, after=None)))
    assert (found.judged, found.excused) == ((1, 0) if state == "judged" else (0, 1))


STALE = [*handed_over(0), *handed_over(5, 10, 15, after=None)]


@pytest.mark.clause("H6")
def test_a_steady_state_that_never_came_is_violated_with_why() -> None:
    found = Freshness().judge(evidence(STALE, steady(16, "no fresh reading on 1 of 1 phone"), end=16))
    assert (found.verdict, found.violations) == ("fail", 3)
    assert found.why == f"{NEVER_STEADY}: no fresh reading on 1 of 1 phone; {NOT_SHOWN}: 1 phone (1 in south)"
    assert found.examples[0].what == f"{NEVER_STEADY}: no fresh reading on 1 of 1 phone"


@pytest.mark.clause("H6")
def test_a_service_that_acknowledges_nothing_violates_by_its_steady_state_alone() -> None:
    nothing = [row for at in (0, 5, 10) for row in (measured(at), upload(at, at, outcome="fail"))]
    found = Freshness().judge(evidence(nothing, steady(16, "no fresh reading on 1 of 1 phone"), end=16))
    assert counts(found) == ("fail", 1, 1, 0, 0)
    assert Freshness().judge(evidence(nothing, steady(10))).judged == 0


@pytest.mark.clause("H7")
@pytest.mark.parametrize(("at", "verdict"), [(11.9, "unknown"), (12, "fail")])
def test_a_warm_up_too_short_for_a_steady_state_cannot_know(at: float, verdict: str) -> None:
    """A reading each 5 minutes, 5 minutes to show it, 2 minutes of calm."""
    assert Freshness().judge(evidence(steady(at, "1 of 1"), end=at)).verdict == verdict


@pytest.mark.clause("H8")
@pytest.mark.parametrize(("doubt", "suspected"), [((15, 19.9), 0), ((20, 21), 1), ((24, 25), 1), ((25.1, 60), 0)])
def test_the_window_of_a_violated_case_ends_with_its_violation(doubt: tuple[float, float], suspected: int) -> None:
    found = Freshness().judge(evidence(handed_over(20, after=None), doubt=doubt))
    assert (found.suspected, found.violations) == (suspected, 1 - suspected)


@pytest.mark.clause("H8")
def test_the_window_of_a_steady_state_is_the_warm_up() -> None:
    never = steady(16, "1 of 1")
    assert counts(Freshness().judge(evidence(never, doubt=(3, 4)))) == ("unknown", 0, 0, 0, 1)
    assert Freshness().judge(evidence(never, doubt=(17, 18))).verdict == "fail"


@pytest.mark.clause("V17", "V1")
def test_what_can_only_have_made_things_late_doubts_what_was_late_alone() -> None:
    slowed = (Stretch(us(20), us(25), "a node was starved", slows=True),)
    late, in_time = (evidence(handed_over(20, after=after)) for after in (None, 1))
    assert counts(Freshness().judge(replace(late, doubts=slowed))) == ("unknown", 0, 0, 0, 1)
    assert counts(Freshness().judge(replace(in_time, doubts=slowed))) == ("pass", 1, 0, 0, 0)


@pytest.mark.clause("H1")
def test_each_phone_of_a_device_is_judged_by_itself() -> None:
    good, bad = handed_over(10, 20), handed_over(10, 20, phone=2, after=None)
    found = Freshness().judge(evidence(good, bad, phones=2))
    assert (found.judged, found.violations) == (4, 2)
    assert {example.phone for example in found.examples} == {2}


def test_where_nobody_said_how_a_reading_gets_to_a_phone_nothing_is_known() -> None:
    seen: Evidence = replace(evidence(handed_over(10)), reading_way=None)
    assert counts(Freshness().judge(seen)) == ("unknown", 0, 0, 0, 0)


def test_stretches_of_one_cohort_are_joined_and_of_another_left_alone() -> None:
    faults = (fault("uplink[south]", 10, 20), fault("gateway", 25, 30, fault_id="f2"))
    assert unjudged(evidence(faults=faults), READING_WAY).collect().rows() == [("south", us(10), us(40))]
    east = replace(evidence(faults=faults), roster=roster(cohort="east"))
    assert unjudged(east, READING_WAY).collect().rows() == [("east", us(25), us(40))]


@pytest.mark.clause("D36", "H4")
@pytest.mark.parametrize(
    ("where", "excused"),
    [
        ("uplink[south]", 1), ("device[south]", 1), ("downlink[tablets]", 1), ("phone[tablets]", 1),
        ("uplink[tablets]", 0), ("device[tablets]", 0), ("downlink[south]", 0), ("phone[south]", 0),
    ],
)  # fmt: skip
def test_a_second_phone_is_of_its_devices_cohort_where_devices_are_and_of_its_own_elsewhere(
    where: str, excused: int
) -> None:
    seen = evidence(handed_over(10), handed_over(30, after=None), faults=(fault(where, 32, 40),))
    phones = tuple(replace(phone, cohort="tablets", device_cohort="south") for phone in seen.roster.phones)
    found = Freshness().judge(replace(seen, roster=replace(seen.roster, phones=phones)))
    assert (found.excused, found.violations) == (excused, 1 - excused)
