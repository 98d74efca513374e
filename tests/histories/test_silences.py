"""What blind means: each line of its definition in docs/rules.md."""

from __future__ import annotations

import pytest

from deadair.rules.evidence import Evidence
from deadair.rules.silences import Again, silences
from tests.histories.ops import (
    BOTH,
    accepted,
    alarm,
    clear,
    evidence,
    fault,
    measured,
    notice,
    one,
    reads,
    shows,
    us,
)


def blind(seen: Evidence, phone: int = 1) -> list[tuple[float, float | None]]:
    return [
        (stretch.onset_us / 6e7, None if stretch.until_us is None else stretch.until_us / 6e7)
        for stretch in seen.blind[phone]
    ]


@pytest.mark.clause("D9")
def test_a_patient_never_heard_of_is_blind_t_after_the_warm_up_began() -> None:
    assert blind(evidence()) == [(20, None)]


@pytest.mark.clause("D10")
def test_whoever_always_shows_a_young_reading_is_never_blind() -> None:
    assert blind(evidence(reads(0, 19, 38, 57, 76))) == []


@pytest.mark.clause("D9", "D13")
def test_the_onset_counts_from_the_measured_time_and_not_from_the_arrival() -> None:
    assert blind(evidence(reads(5, after=10), end=40)) == [(25, None)]


@pytest.mark.clause("D8")
def test_a_reading_shown_with_its_age_is_seen_too() -> None:
    seen = evidence(measured(5), shows(6, 5, style="old"), end=40)
    assert blind(seen) == [(25, None)]


@pytest.mark.clause("D10")
def test_a_reading_exactly_as_old_as_t_is_not_younger_than_t() -> None:
    seen = evidence(reads(5), measured(15), shows(35, 15), end=36)
    assert blind(seen) == [(25, None)]


@pytest.mark.clause("D10")
def test_a_reading_that_is_old_already_does_not_end_blindness_and_does_not_move_the_onset() -> None:
    seen = evidence(reads(5), measured(6), shows(40, 6, style="old"), reads(50), end=60)
    assert blind(seen) == [(25, 50)]


@pytest.mark.clause("D8")
def test_a_reading_that_is_shown_before_its_device_made_it_is_not_seen() -> None:
    foreseen = [row for of in (5, 10, 15, 20, 25) for row in (shows(of - 4, of), measured(of))]
    assert blind(evidence(foreseen, end=40)) == [(20, None)]
    assert blind(evidence(foreseen, shows(25, 25), end=40)) == [(20, 25)]


@pytest.mark.clause("D8")
def test_a_reading_that_no_device_made_counts_as_not_shown() -> None:
    wrong_value = evidence(reads(5), measured(24), shows(24, 24, value=101), end=40)
    wrong_moment = evidence(reads(5), measured(24), shows(24, 24.5), end=40)
    someone_elses = evidence(reads(5), measured(24, patient=2), shows(24, 24), end=40)
    assert blind(wrong_value) == blind(wrong_moment) == blind(someone_elses) == [(25, None)]


@pytest.mark.clause("D1")
def test_a_phone_whose_delay_is_switched_off_is_not_judged() -> None:
    assert silences(evidence(delay=0), us(5)) == []


@pytest.mark.clause("D12", "D13")
def test_silences_less_than_l_apart_are_one() -> None:
    near = evidence(reads(0), measured(4), shows(23, 4), reads(60, 75, 90))
    far = evidence(reads(0), measured(10), shows(23, 10), reads(60, 75, 90))
    assert [(s.onset_us, s.until_us) for s in silences(near, us(5))] == [(us(20), us(60))]
    assert [(s.onset_us, s.until_us) for s in silences(far, us(5))] == [(us(20), us(23)), (us(30), us(60))]


@pytest.mark.clause("D12")
def test_silences_exactly_l_apart_are_two() -> None:
    seen = evidence(reads(0), measured(8), shows(23, 8), reads(60, 75, 90))
    assert [(s.onset_us, s.until_us) for s in silences(seen, us(5))] == [(us(20), us(23)), (us(28), us(60))]


@pytest.mark.clause("D10")
def test_a_young_reading_shown_at_the_very_onset_comes_before_blindness() -> None:
    assert blind(evidence(reads(5), measured(24), shows(25, 24), end=50)) == [(44, None)]


@pytest.mark.clause("D25", "N1")
def test_an_alarm_within_the_limit_is_an_alert() -> None:
    silence = one(evidence(reads(0), alarm(25)))
    assert silence.state(BOTH) == "held"
    assert silence.first_alert(BOTH) and silence.time_to_alert_us(silence.notifications[0]) == us(5)


@pytest.mark.clause("N5")
def test_an_alarm_after_the_limit_is_late() -> None:
    silence = one(evidence(reads(0), alarm(25.1)))
    assert silence.state(BOTH) == "violated"
    assert silence.first_alert(BOTH)


@pytest.mark.clause("N5", "D19")
def test_the_phones_own_timer_saves_nobody_unless_it_is_listed() -> None:
    silence = one(evidence(reads(0), alarm(20, path="phone_timer")))
    assert silence.state(BOTH) == "violated"
    assert silence.state((*BOTH, "phone_timer")) == "held"


@pytest.mark.clause("D17", "D23")
def test_an_alarm_cleared_before_the_onset_is_no_alert() -> None:
    assert one(evidence(reads(0), alarm(19), clear(19.5))).state(BOTH) == "violated"
    assert one(evidence(reads(0), alarm(19), clear(20.5))).state(BOTH) == "held"


@pytest.mark.clause("D18")
def test_clearing_the_notice_leaves_the_alarm_and_clearing_the_alarm_clears_all_of_them() -> None:
    assert one(evidence(reads(0), alarm(19), clear(19.5, "notice"))).state(BOTH) == "held"
    two = evidence(reads(0), alarm(18), alarm(19, path="phone_timer"), clear(19.5))
    assert one(two).notifications == ()


@pytest.mark.clause("D26")
def test_an_alarm_that_came_early_counts_while_it_is_not_cleared() -> None:
    assert one(evidence(reads(0), alarm(19.5, speaks_of=0))).state(BOTH) == "held"


@pytest.mark.clause("D24")
def test_a_notice_still_uncleared_counts_for_every_silence() -> None:
    seen = evidence(reads(0), notice(21), reads(28, 33), end=90)
    assert [silence.state(BOTH) for silence in silences(seen, us(5))] == ["held", "held"]


@pytest.mark.clause("D26")
def test_the_alarm_of_an_earlier_silence_does_not_count_for_a_later_one() -> None:
    left_standing = evidence(reads(0), alarm(22, speaks_of=0), reads(28, 33))
    presented_late = evidence(reads(0), reads(28, 33), alarm(29, speaks_of=0))
    for seen, first in ((left_standing, "held"), (presented_late, "violated")):
        assert [silence.state(BOTH) for silence in silences(seen, us(5))] == [first, "violated"]


@pytest.mark.clause("D26")
def test_an_early_alarm_after_an_earlier_silence_counts_for_the_later_one() -> None:
    seen = evidence(reads(0), alarm(22, speaks_of=0), clear(28), reads(28, 33), alarm(52, speaks_of=33))
    assert [silence.state(BOTH) for silence in silences(seen, us(5))] == ["held", "held"]


@pytest.mark.clause("D27")
def test_an_early_alarm_without_a_reading_is_as_old_as_its_message() -> None:
    """Blind from 20 to 23, and from 30."""
    rows = [*reads(0), measured(10), shows(23, 10)]
    for sent, state in ((22.5, "violated"), (23.2, "held")):
        _, later = silences(evidence(rows, alarm(23.5), sent=[accepted(sent)], end=60), us(5))
        assert later.state(BOTH) == state, sent


@pytest.mark.clause("N3")
def test_a_silence_that_ends_without_an_alert_before_its_limit_is_excused() -> None:
    assert one(evidence(reads(0, 24, 40, 55, 70, 85))).state(BOTH) == "excused"
    assert one(evidence(reads(0, 25, 40, 55, 70, 85))).state(BOTH) == "violated"


@pytest.mark.clause("D23")
def test_an_alarm_after_the_silence_ended_is_no_alert_about_it() -> None:
    assert one(evidence(reads(0, 23, 40, 55, 70, 85), alarm(24))).state(BOTH) == "excused"


@pytest.mark.clause("N2")
def test_a_silence_whose_limit_lies_after_the_end_of_the_run_is_excused() -> None:
    assert one(evidence(reads(0), alarm(21), end=24)).state(BOTH) == "excused"
    assert one(evidence(reads(0), alarm(21), end=25)).state(BOTH) == "held"


@pytest.mark.clause("D6", "D15")
def test_l_waits_while_the_phone_cannot_be_reached() -> None:
    whole = evidence(reads(0), alarm(34), faults=(fault("last_mile", 21, 31),))
    cohort = evidence(reads(0), alarm(34), faults=(fault("last_mile[south]", 21, 31),))
    others = evidence(reads(0), alarm(34), faults=(fault("last_mile[east]", 21, 31),))
    target = evidence(reads(0), alarm(34), faults=(fault("notifier→push", 21, 31),))
    assert [one(seen).state(BOTH) for seen in (whole, cohort, others, target)] == [
        "held",
        "held",
        "violated",
        "violated",
    ]
    assert one(whole).limit_us == us(35)


@pytest.mark.clause("D5", "D15")
def test_l_never_ends_while_the_last_mile_is_never_healed() -> None:
    assert one(evidence(reads(0), faults=(fault("last_mile", 21, None),))).state(BOTH) == "excused"
    assert one(evidence(reads(0), faults=(fault("last_mile", 26, None),))).state(BOTH) == "violated"


# --- blind again, within one silence ---------------------------------------------------------------------------------

AGAIN = [*reads(0), measured(4), shows(23, 4)]
"""Blind from 20 to 23, and from 24 on."""


@pytest.mark.clause("N4")
def test_a_cleared_alarm_does_not_cover_the_blindness_that_comes_after_it() -> None:
    told = (alarm(21), clear(23))
    cases = {
        "untold": ((), "violated"),
        "in time": ((alarm(29),), "held"),
        "late": ((alarm(29.1),), "violated"),
        "by a notice": ((notice(29),), "held"),
        "by another path": ((alarm(25, path="phone_timer"),), "violated"),
        "before its onset": ((alarm(22), clear(23.5)), "violated"),
    }
    for name, (more, expected) in cases.items():
        silence = one(evidence(AGAIN, *told, *more))
        assert (silence.state(BOTH), name) == (expected, name)
        assert (missed.onset_us if (missed := silence.missed(BOTH)) else None) == (
            us(24) if expected == "violated" else None
        )
    assert one(evidence(AGAIN, *told)).first_alert(BOTH), "the first alert stays what it was"


@pytest.mark.clause("N4")
def test_an_alarm_that_still_stands_covers_the_blindness_that_comes_after_it() -> None:
    assert one(evidence(AGAIN, alarm(21))).state(BOTH) == "held"
    assert one(evidence(AGAIN, alarm(21), clear(24))).state(BOTH) == "violated"
    assert one(evidence(AGAIN, alarm(21), clear(24.1))).state(BOTH) == "held"


@pytest.mark.clause("D16")
def test_later_blindness_shorter_than_its_limit_or_beyond_the_run_needs_no_alert() -> None:
    told = (alarm(21), clear(23))
    assert one(evidence(AGAIN, *told, reads(28.9, 48, 67, 86))).state(BOTH) == "held"
    assert one(evidence(AGAIN, *told, reads(29, 48, 67, 86))).state(BOTH) == "violated"
    assert one(evidence(AGAIN, *told, end=28.9)).state(BOTH) == "held"
    assert one(evidence(AGAIN, *told, end=29)).state(BOTH) == "violated"


@pytest.mark.clause("D16")
def test_later_blindness_adds_up_until_it_needs_an_alert_again() -> None:
    flickers = [*reads(0), *(row for k in range(5, 66, 5) for row in (measured(k), shows(k + 19.9, k)))]
    """Blind from 20 to 84, but for six seconds every five minutes."""
    told = (alarm(21), clear(24.9))
    silence = one(evidence(flickers, *told, end=84))
    assert silence.again[0] == Again(us(25), us(30.1))
    assert (silence.state(BOTH), silence.missed(BOTH)) == ("violated", silence.again[0])
    assert one(evidence(flickers, *told, alarm(30.1), end=84)).state(BOTH) == "held"
    assert one(evidence(flickers, *told, alarm(30.2), end=84)).state(BOTH) == "violated"
    assert one(evidence(flickers, *told, alarm(30.1), clear(34.9), end=84)).state(BOTH) == "violated"
    assert one(evidence(flickers, *told, end=30)).state(BOTH) == "held"


@pytest.mark.clause("D16")
def test_l_waits_for_later_blindness_too() -> None:
    cut = (fault("last_mile", 25, 35),)
    assert one(evidence(AGAIN, alarm(21), clear(23), alarm(39), faults=cut)).state(BOTH) == "held"
    assert one(evidence(AGAIN, alarm(21), clear(23), alarm(39.1), faults=cut)).state(BOTH) == "violated"
