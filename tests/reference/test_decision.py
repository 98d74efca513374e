"""The watchdog's decision about one follow, and that nothing known from real outages can mute it."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deadair.reference.alerts.alarms import Watched
from deadair.reference.alerts.decision import alarm_at_s, decide, merge, watched_of
from deadair.reference.settings import Settings
from tests.reference.evidence_entries import T_S, entry, watched

SETTINGS = Settings()
R_S = SETTINGS.realarm_every_s
ONSET_S = 10_000.0 + T_S


def alarmed(**changes: Any) -> Watched:
    """Return a follow that was alarmed at its onset."""
    return decide(watched(), SETTINGS, ONSET_S)[0]._replace(**changes)


def told(known: Watched | None, now_s: float, **changes: Any) -> Watched:
    """Return what is known after one entry of evidence."""
    return merge(known, watched_of(entry(**changes), SETTINGS, now_s), now_s)


def test_before_the_onset_nothing_is_sent() -> None:
    _, push, look_s = decide(watched(), SETTINGS, ONSET_S - 0.1)
    assert push is None
    assert look_s == ONSET_S


def test_at_the_onset_an_alarm_is_sent_that_says_what_is_known() -> None:
    after, push, look_s = decide(watched(), SETTINGS, ONSET_S)
    assert push is not None
    assert (push.onset_s, push.measured_s, push.kind) == (ONSET_S, 10_000.0, "no_data")
    assert (after.told_s, after.alarmed_s) == (ONSET_S, ONSET_S)
    assert look_s == ONSET_S + R_S


@pytest.mark.parametrize(("own_s", "every_s"), [(0.0, R_S), (300.0, 300.0), (3600.0, 3600.0)])
def test_it_alarms_again_every_r_and_not_before(own_s: float, every_s: float) -> None:
    known, _, again_s = decide(watched(realarm_every_s=own_s), SETTINGS, ONSET_S)
    assert again_s == ONSET_S + every_s
    for _ in range(50):
        assert decide(known, SETTINGS, again_s - 1)[1] is None
        known, push, later_s = decide(known, SETTINGS, again_s)
        assert push is not None
        assert later_s == again_s + every_s
        again_s = later_s
    assert known.told_s == ONSET_S


def test_nobody_is_alarmed_oftener_than_a_push_is_tried_again() -> None:
    assert told(None, 20_000.0, realarm_every_s=0.001).realarm_every_s == SETTINGS.push_retry_max_s


def test_an_alarm_of_an_earlier_silence_does_not_mute_the_next() -> None:
    assert decide(alarmed(confirmed_s=12_000.0), SETTINGS, 13_200.0)[1] is not None


# --- what muted others ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("gap_h", [6.1, 48.5, 24 * 14])
def test_no_gap_is_too_long(gap_h: float) -> None:
    # xDrip mutes after 6 h.
    assert decide(watched(), SETTINGS, 10_000.0 + gap_h * 3600)[1] is not None
    assert decide(alarmed(), SETTINGS, 10_000.0 + gap_h * 3600)[1] is not None


def test_an_empty_window_is_no_reason_to_keep_quiet() -> None:
    # Nightscout looks at 48 h of readings; with none in them there is nothing to compare, and it says all is clear.
    known = alarmed()
    for hour in range(1, 100):
        known, push, _ = decide(known, SETTINGS, ONSET_S + hour * 3600)
        assert push is not None


def test_a_patient_never_heard_of_is_silent_from_the_registration_on() -> None:
    # Nightscout, xDrip, AAPS and LoopFollow never alarm if there was no reading ever.
    never = watched(since_s=50_000.0, confirmed_s=0.0)
    assert decide(never, SETTINGS, 50_000.0 + T_S - 1)[1] is None
    assert decide(never, SETTINGS, 50_000.0 + T_S)[1] is not None


def test_a_pause_of_its_own_is_no_hibernation() -> None:
    # Nightscout 0.12.8 takes a late check for hibernation and says nothing.
    for pause_s in (15.1, 60.0, 7200.0, 1e6):
        assert decide(watched(), SETTINGS, ONSET_S + pause_s)[1] is not None


def test_a_reading_that_was_old_when_the_phone_registered_counts_by_its_own_age() -> None:
    assert decide(watched(since_s=10_500.0), SETTINGS, ONSET_S)[1] is not None


# --- what a follower says to an alarm ---------------------------------------------------------------------------------


def test_an_acknowledged_silence_is_not_alarmed_again() -> None:
    known = told(alarmed(), ONSET_S + 90, acknowledged_s=ONSET_S + 60)
    assert alarm_at_s(known, SETTINGS) == math.inf
    assert decide(known, SETTINGS, ONSET_S + 1e6)[1] is None


def test_an_acknowledgement_that_comes_late_counts_for_the_silence_it_was_made_in() -> None:
    # A phone that is cut off tells of it once it is back; by then it was alarmed again.
    again = decide(alarmed(), SETTINGS, ONSET_S + R_S)[0]
    assert alarm_at_s(told(again, ONSET_S + R_S + 60, acknowledged_s=ONSET_S + 60), SETTINGS) == math.inf


@pytest.mark.parametrize("said_s", [1.0, ONSET_S - 300, ONSET_S - 0.001])
def test_an_acknowledgement_from_before_the_onset_mutes_nothing(said_s: float) -> None:
    known = told(watched(), ONSET_S - 0.001, acknowledged_s=said_s)
    known, push, again_s = decide(known, SETTINGS, ONSET_S)
    assert push is not None
    known = told(known, ONSET_S + 1, acknowledged_s=said_s)
    assert alarm_at_s(known, SETTINGS) == again_s == ONSET_S + R_S


def test_a_silence_that_was_never_told_is_told_whatever_was_said() -> None:
    known = watched(acknowledged_s=ONSET_S + 5, snoozed_until_s=ONSET_S + 7000)
    assert decide(known, SETTINGS, ONSET_S + 60)[1] is not None


def test_an_acknowledged_silence_does_not_mute_the_next() -> None:
    known = told(alarmed(), ONSET_S + 90, acknowledged_s=ONSET_S + 60)
    sees_s = ONSET_S + 600
    known = told(known, sees_s, confirmed_s=sees_s - 60, acknowledged_s=ONSET_S + 60)
    assert (known.acknowledged_s, known.alarmed_s) == (0.0, 0.0)
    known, push, again_s = decide(known, SETTINGS, known.onset_s)
    assert push is not None
    known = told(known, known.onset_s + 1, acknowledged_s=ONSET_S + 60)
    assert alarm_at_s(known, SETTINGS) == again_s


def test_a_shorter_delay_does_not_turn_an_old_acknowledgement_into_one_of_this_silence() -> None:
    now_s = 11_300.0
    known = told(watched(), now_s, confirmed_s=11_000.0, acknowledged_s=11_250.0)
    known = told(known, now_s, no_data_after_s=200.0, confirmed_s=11_000.0, acknowledged_s=11_250.0)
    known, push, again_s = decide(known, SETTINGS, now_s)
    assert push is not None
    known = told(known, now_s + 1, no_data_after_s=200.0, acknowledged_s=11_250.0)
    assert alarm_at_s(known, SETTINGS) == again_s


@pytest.mark.parametrize("said_s", [1e9, 9e11])
def test_an_acknowledgement_from_the_future_is_none(said_s: float) -> None:
    assert alarm_at_s(told(alarmed(), ONSET_S + 60, acknowledged_s=said_s), SETTINGS) == ONSET_S + R_S


def test_a_snooze_ends_by_itself() -> None:
    until_s = ONSET_S + 1800
    known = told(alarmed(), ONSET_S + 60, snoozed_until_s=until_s)
    assert decide(known, SETTINGS, ONSET_S + R_S)[1] is None
    assert decide(known, SETTINGS, until_s - 1)[1] is None
    known, push, again_s = decide(known, SETTINGS, until_s)
    assert push is not None
    assert again_s == until_s + R_S
    assert alarm_at_s(told(known, until_s + 60, snoozed_until_s=until_s), SETTINGS) == again_s


@pytest.mark.parametrize("until_s", [1e9, 9e11])
def test_a_snooze_is_two_hours_at_the_most(until_s: float) -> None:
    known = told(alarmed(), ONSET_S + 60, snoozed_until_s=until_s)
    for hours in (2, 4, 6):
        assert alarm_at_s(known, SETTINGS) == ONSET_S + hours * 3600
        known, push, _ = decide(known, SETTINGS, ONSET_S + hours * 3600)
        assert push is not None


def test_a_snooze_from_before_the_onset_mutes_nothing() -> None:
    known = told(watched(), ONSET_S - 60, snoozed_until_s=ONSET_S + 7000)
    known, push, again_s = decide(known, SETTINGS, ONSET_S)
    assert push is not None
    known = told(known, ONSET_S + 60, snoozed_until_s=ONSET_S + 7000)
    assert alarm_at_s(known, SETTINGS) == again_s == ONSET_S + R_S


def test_a_snooze_of_one_silence_does_not_reach_into_the_next() -> None:
    known = told(alarmed(), ONSET_S + 60, snoozed_until_s=ONSET_S + 7000)
    known = told(known, ONSET_S + 120, confirmed_s=ONSET_S + 100)
    known, push, again_s = decide(known, SETTINGS, known.onset_s)
    assert push is not None
    known = told(known, known.onset_s + 60, snoozed_until_s=ONSET_S + 7000)
    assert alarm_at_s(known, SETTINGS) == again_s
    known = told(known, known.onset_s + 90, snoozed_until_s=known.onset_s + 4000)
    assert alarm_at_s(known, SETTINGS) == known.onset_s + 4000


# --- evidence ---------------------------------------------------------------------------------------------------------


def test_older_evidence_changes_nothing() -> None:
    known = told(None, 20_000.0, confirmed_s=19_000)
    assert told(known, 20_000.0, confirmed_s=18_000) == known


def test_who_wants_no_alert_gets_none_until_it_is_switched_on() -> None:
    off = told(alarmed(), ONSET_S + 60, no_data_after_s=0)
    assert (decide(off, SETTINGS, 1e9)[1], alarm_at_s(off, SETTINGS)) == (None, math.inf)
    on = told(off, ONSET_S + 120)
    assert decide(on, SETTINGS, ONSET_S + 120)[1] is not None


def test_a_snooze_that_was_on_its_way_while_the_phone_saw_again_mutes_no_later_silence() -> None:
    seen = told(alarmed(), ONSET_S + 60, confirmed_s=ONSET_S + 50)
    known, push, again_s = decide(seen, SETTINGS, seen.onset_s)
    assert push is not None
    known = told(known, known.onset_s + 60, confirmed_s=10_000.0, snoozed_until_s=known.onset_s + 7000)
    assert alarm_at_s(known, SETTINGS) == again_s


def test_another_delay_holds_at_once() -> None:
    known = told(watched(), 10_500.0, no_data_after_s=600)
    assert alarm_at_s(known, SETTINGS) == 10_600.0
    assert alarm_at_s(told(known, 10_500.0, no_data_after_s=3600), SETTINGS) == 13_600.0


@pytest.mark.parametrize("name", ["confirmed_s", "since_s"])
@pytest.mark.parametrize("said_s", [30_000.0, 9e11])
def test_evidence_from_the_future_mutes_nobody(name: str, said_s: float) -> None:
    known = told(None, 20_000.0, **{name: said_s})
    assert known.onset_s <= 20_000.0 + T_S


@pytest.mark.parametrize(
    "bad",
    [
        {"follow": "1"}, {"follow": -1}, {"follow": True}, {"follow": 2**60}, {"follow": 1.5}, {"patient": None},
        {"token": 7}, {"token": "x" * 5000}, {"no_data_after_s": -1}, {"no_data_after_s": None},
        {"no_data_after_s": "1200"}, {"no_data_after_s": 1e300}, {"no_data_after_s": math.nan}, {"since_s": []},
        {"confirmed_s": math.inf}, {"acknowledged_s": {}}, {"snoozed_until_s": -5}, {"realarm_every_s": False},
    ],
)  # fmt: skip
def test_an_entry_that_makes_no_sense_is_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="must be"):
        watched_of(entry(**bad), SETTINGS, 20_000.0)


@pytest.mark.parametrize("data", [None, 1, "x", [], {}])
def test_what_is_no_entry_is_refused(data: Any) -> None:
    with pytest.raises(ValueError, match=r"must be|is needed"):
        watched_of(data, SETTINGS, 20_000.0)


@given(
    confirmed_s=st.floats(0, 1e6),
    since_s=st.floats(0, 1e6),
    alarmed_s=st.floats(0, 2e6),
    now_s=st.floats(0, 3e6),
    said=st.lists(st.tuples(st.sampled_from(["acknowledged_s", "snoozed_until_s"]), st.floats(0, 4e6)), max_size=4),
)
def test_whoever_is_blind_and_said_nothing_to_it_was_alarmed_within_r(
    confirmed_s: float, since_s: float, alarmed_s: float, now_s: float, said: list[tuple[str, float]]
) -> None:
    """Whatever was said before the silence was told."""
    known = watched(confirmed_s=confirmed_s, since_s=since_s, alarmed_s=min(alarmed_s, now_s))
    if known.onset_s > known.alarmed_s:
        for name, said_s in said:
            known = told(known, now_s, since_s=since_s, confirmed_s=confirmed_s, **{name: said_s})
    after, push, look_s = decide(known, SETTINGS, now_s)
    if now_s >= known.onset_s:
        assert after.alarmed_s >= known.onset_s
        assert now_s - after.alarmed_s < R_S
    else:
        assert push is None
    assert look_s > now_s


@given(
    st.lists(
        st.tuples(
            st.floats(1, 3000),
            st.sampled_from(["confirmed_s", "acknowledged_s", "snoozed_until_s", "no_data_after_s"]),
            st.floats(-9000, 9000),
        ),
        max_size=40,
    )
)
def test_no_history_of_words_mutes_the_first_alarm_of_a_silence(steps: list[tuple[float, str, float]]) -> None:
    """Evidence in any order and of any age: a phone that is blind was alarmed since its onset, once it is looked at."""
    now_s, known = 100_000.0, told(None, 100_000.0, confirmed_s=99_000)
    for wait_s, name, about_s in steps:
        now_s += wait_s
        value = abs(about_s) if name == "no_data_after_s" else now_s + about_s
        known = told(known, now_s, **{"confirmed_s": 0, "no_data_after_s": known.no_data_after_s, name: value})
        known, _, look_s = decide(known, SETTINGS, now_s)
        assert look_s > now_s
        if known.onset_s <= now_s:
            assert known.onset_s <= known.alarmed_s <= now_s
            if not math.isinf(look_s):
                assert look_s <= known.alarmed_s + max(R_S, SETTINGS.snooze_max_s)
            else:
                assert known.acknowledged_s >= max(known.told_s, known.onset_s)
