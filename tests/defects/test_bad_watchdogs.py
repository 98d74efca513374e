"""Each planted watchdog is bad in the one way its name says; what it does else is as the good one does it."""

from __future__ import annotations

import pytest

from deadair.reference.alerts.alarms import NO_DATA, URGENT_LOW, Alarms
from deadair.reference.defects.acknowledged_for_good import AcknowledgedForGood
from deadair.reference.defects.all_clear_in_silence import AllClearInSilence
from deadair.reference.defects.dedupes_next_silence import DedupesNextSilence
from deadair.reference.defects.first_page_only import PAGE, FirstPageOnly
from deadair.reference.defects.looks_now_and_then import LooksNowAndThen
from deadair.reference.defects.lows_of_long_ago import TellsOldLows
from deadair.reference.defects.lows_told_once import LowsToldOnce
from deadair.reference.defects.mute_when_many import MuteWhenMany
from deadair.reference.defects.one_alert_per_child import OneAlertPerChild
from deadair.reference.defects.one_alert_per_phone import OneAlertPerPhone
from deadair.reference.defects.quiet_after_start import QuietAfterStart
from deadair.reference.defects.rings_once import RingsOnce
from deadair.reference.defects.rings_without_end import RingsWithoutEnd
from deadair.reference.defects.snooze_without_end import SnoozeWithoutEnd
from deadair.reference.nodes.watchdog import Watchdog
from deadair.reference.settings import Settings
from tests.reference.evidence_entries import T_S, entry, outbox, tell, tell_lows
from tests.reference.fake_env import FakeEnv

SETTINGS = Settings()
R_S = SETTINGS.realarm_every_s
MINUTE_S = 60.0


def sees(env: FakeEnv, dog: Watchdog, *follows: int, patient: int = 2) -> None:
    """Let phones show a reading of now."""
    tell(dog, *(entry(follow=follow, patient=patient, confirmed_s=env.now_s) for follow in follows))


def kinds(env: FakeEnv, dog: Watchdog, seconds: float, step_s: float = MINUTE_S) -> list[tuple[float, str]]:
    """Let time pass; return after how long which pushes of follow 1 were made. All of them are delivered."""
    began_s, made = env.now_s, []
    while env.now_s <= began_s + seconds:
        while dog._timers.next_s() <= env.now_s:
            dog._decide_due()
        made += [(env.now_s - began_s, push.kind) for push in outbox(env) if push.follow == 1]
        for push in outbox(env):
            Alarms(env).settle(push)
        env.now_s += step_s
    return made


def told(env: FakeEnv, dog: Watchdog, seconds: float) -> list[float]:
    return [after_s for after_s, kind in kinds(env, dog, seconds) if kind == NO_DATA]


def test_the_good_one_alarms_at_the_onset_and_again_each_r(env: FakeEnv) -> None:
    dog = Watchdog(env, SETTINGS)
    sees(env, dog, 1)
    assert told(env, dog, T_S + 2 * R_S) == [T_S, T_S + R_S, T_S + 2 * R_S]


def test_one_that_rings_once_does_not_ring_again_while_it_lasts(env: FakeEnv) -> None:
    dog = RingsOnce(env, SETTINGS)
    sees(env, dog, 1)
    assert told(env, dog, T_S + 4 * R_S) == [T_S]
    sees(env, dog, 1)
    assert told(env, dog, T_S) == [T_S]


def test_one_that_rings_without_end_rings_each_twenty_seconds(env: FakeEnv) -> None:
    dog = RingsWithoutEnd(env, SETTINGS)
    sees(env, dog, 1)
    assert [at_s for at_s, _ in kinds(env, dog, T_S + 40, step_s=20.0)] == [T_S, T_S + 20, T_S + 40]


def test_one_that_dedupes_by_phone_misses_a_silence_soon_after_another(env: FakeEnv) -> None:
    delays = {"no_data_after_s": 6 * MINUTE_S}
    for dog, second in ((Watchdog(env, SETTINGS), [6 * MINUTE_S]), (DedupesNextSilence(env, SETTINGS), [])):
        tell(dog, entry(confirmed_s=env.now_s, **delays))
        assert told(env, dog, 8 * MINUTE_S) == [6 * MINUTE_S]
        tell(dog, entry(confirmed_s=env.now_s, **delays))
        assert told(env, dog, 8 * MINUTE_S) == second
        env.now_s += T_S
        tell(dog, entry(confirmed_s=env.now_s, **delays))
        assert told(env, dog, 8 * MINUTE_S) == [6 * MINUTE_S], "a later one is told"


def test_one_that_takes_an_acknowledgement_for_good_does_not_tell_of_the_next_silence(env: FakeEnv) -> None:
    for dog, second in ((Watchdog(env, SETTINGS), [T_S]), (AcknowledgedForGood(env, SETTINGS), [])):
        sees(env, dog, 1)
        assert told(env, dog, T_S) == [T_S], "who never acknowledged anything is told"
        tell(dog, entry(acknowledged_s=env.now_s))
        assert told(env, dog, 2 * R_S) == []
        sees(env, dog, 1)
        assert told(env, dog, T_S) == second


def test_one_whose_snooze_has_no_end_tells_no_more_of_that_silence_and_of_the_next(env: FakeEnv) -> None:
    for dog, after in (
        (Watchdog(env, SETTINGS), [2 * T_S / 5, 2 * T_S / 5 + R_S]),
        (SnoozeWithoutEnd(env, SETTINGS), []),
    ):
        sees(env, dog, 1)
        assert told(env, dog, T_S) == [T_S]
        tell(dog, entry(snoozed_until_s=env.now_s + 2 * T_S / 5))
        assert told(env, dog, 2 * R_S) == after
        sees(env, dog, 1)
        assert told(env, dog, T_S) == [T_S]


def test_one_that_alerts_each_phone_once_misses_the_second_child(env: FakeEnv) -> None:
    for kind, children in ((Watchdog, {1, 2}), (OneAlertPerPhone, {1})):
        dog = kind(env, SETTINGS)
        for number in (1, 2):
            tell(dog, entry(follow=number, patient=number, token="shared", since_s=env.now_s, confirmed_s=env.now_s))
        env.now_s += T_S + 1
        dog._decide_due()
        pushes = Alarms(env).undelivered(10)
        assert {push.follow for push in pushes} == children
        for push in pushes:
            Alarms(env).settle(push)


def test_one_that_gives_the_all_clear_does_so_in_the_middle_of_a_silence(env: FakeEnv) -> None:
    dog = AllClearInSilence(env, SETTINGS)
    sees(env, dog, 1)
    made = kinds(env, dog, T_S + R_S)
    assert made == [(T_S, NO_DATA), (T_S + R_S / 3, "clear"), (T_S + R_S, NO_DATA)]


def test_one_that_looks_now_and_then_alarms_at_its_next_look(env: FakeEnv) -> None:
    dog = LooksNowAndThen(env, SETTINGS)
    sees(env, dog, 1)
    assert told(env, dog, T_S + R_S) == [2 * R_S]


def test_one_that_is_quiet_after_a_start_is_so_after_each(env: FakeEnv) -> None:
    sees(env, QuietAfterStart(env, SETTINGS), 1)
    env.now_s += T_S - MINUTE_S
    assert told(env, QuietAfterStart(env, SETTINGS), R_S) == [R_S]


def test_one_that_reads_a_page_forgets_the_rest_in_a_restart(env: FakeEnv) -> None:
    sees(env, FirstPageOnly(env, SETTINGS), *range(1, PAGE + 10))
    assert len(FirstPageOnly(env, SETTINGS)._watched) == PAGE
    assert len(Watchdog(env, SETTINGS)._watched) == PAGE + 9


def test_one_that_counts_by_the_child_tells_one_follower(env: FakeEnv) -> None:
    for kind, follows in ((OneAlertPerChild, {1, 3}), (Watchdog, {1, 2, 3})):
        dog = kind(env, SETTINGS)
        sees(env, dog, 1, 2)
        sees(env, dog, 3, patient=9)
        env.now_s += T_S
        dog._decide_due()
        assert {push.follow for push in outbox(env)} == follows
        for push in outbox(env):
            Alarms(env).settle(push)


@pytest.mark.parametrize(("blind", "pushes"), [(3, 3), (4, 0)])
def test_one_that_doubts_many_holds_back_when_more_than_a_third_are_blind(
    env: FakeEnv, blind: int, pushes: int
) -> None:
    dog = MuteWhenMany(env, SETTINGS)
    sees(env, dog, *range(1, blind + 1))
    env.now_s += T_S
    sees(env, dog, *range(blind + 1, 10))
    dog._decide_due()
    assert len(outbox(env)) == pushes


def test_one_that_tells_lows_once_never_tells_of_a_child_again(env: FakeEnv) -> None:
    for kind, often in ((Watchdog, 3), (LowsToldOnce, 1)):
        dog, patient = kind(env, SETTINGS), 100 + often
        tell(dog, entry(patient=patient))
        for _ in range(3):
            tell_lows(dog, (patient, env.now_s))
            env.now_s += 300
        assert len(lows_told(env)) == often


def lows_told(env: FakeEnv) -> set[float]:
    """Return when what was told as low since the last asking was measured."""
    written = env.database("alarms").execute("SELECT patient, measured_s FROM low").fetchall()
    env.database("alarms").execute("DELETE FROM low")
    return {measured_s for _, measured_s in written}


def test_one_that_tells_old_lows_tells_the_first_of_those_that_come_late(env: FakeEnv) -> None:
    hour_ago = int(env.now_s - 3600)
    for kind, found in ((Watchdog, {env.now_s}), (TellsOldLows, {hour_ago})):
        dog = kind(env, SETTINGS)
        tell(dog, entry())
        tell_lows(dog, (2, hour_ago), (2, env.now_s))
        assert {push.measured_s for push in outbox(env) if push.kind == URGENT_LOW} == found
        for push in outbox(env):
            Alarms(env).settle(push)
        lows_told(env)
