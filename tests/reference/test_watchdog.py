"""The watchdog as a node: what it keeps over a restart and a full disk, and that no pause and no storm stops it."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Callable
from itertools import pairwise

import pytest

from harness.reference.alarms import Alarms, Push, Watched
from harness.reference.notifier import Notifier
from harness.reference.settings import Settings
from harness.reference.watchdog import DECIDED_AT_ONCE_MAX, Watchdog
from tests.reference.asgi import ask
from tests.reference.broken_disk import full
from tests.reference.evidence_entries import T_S, entry, tell, tell_lows, watched
from tests.reference.fake_env import FakeEnv
from tests.reference.virtual_env import VirtualEnv

SETTINGS = Settings()
R_S = SETTINGS.realarm_every_s


class Killed(BaseException):
    """The process ends here."""


def outbox(env: FakeEnv) -> list[Push]:
    return Alarms(env).undelivered(1000)


def test_evidence_disarms_and_takes_back_the_push(env: FakeEnv) -> None:
    dog = Watchdog(env, SETTINGS)
    env.now_s = 20_000.0
    tell(dog, entry(confirmed_s=18_000))
    dog._decide_due()
    assert len(outbox(env)) == 1
    tell(dog, entry(confirmed_s=19_900))
    assert outbox(env) == []
    env.now_s = 19_900.0 + T_S
    dog._decide_due()
    assert [push.measured_s for push in outbox(env)] == [19_900.0]


def test_switching_the_alert_off_takes_back_the_push_and_on_makes_it_again(env: FakeEnv) -> None:
    dog = Watchdog(env, SETTINGS)
    tell(dog, entry())
    dog._decide_due()
    tell(dog, entry(no_data_after_s=0))
    assert outbox(env) == []
    env.now_s += 1e6
    dog._decide_due()
    assert outbox(env) == []
    tell(dog, entry())
    dog._decide_due()
    assert len(outbox(env)) == 1


def test_a_longer_delay_takes_back_the_push_and_a_shorter_one_wakes_the_watchdog(virtual: VirtualEnv) -> None:
    dog = Watchdog(virtual, SETTINGS)
    virtual.start(dog.run())
    tell(dog, entry(confirmed_s=virtual.now() - 300))
    virtual.wait(1)
    tell(dog, entry(no_data_after_s=200))
    virtual.wait(1)
    assert len(outbox(virtual)) == 1
    tell(dog, entry(no_data_after_s=3600))
    assert outbox(virtual) == []


def test_an_acknowledged_silence_rings_no_more_and_the_next_one_does(virtual: VirtualEnv) -> None:
    dog = Watchdog(virtual, SETTINGS)
    virtual.start(dog.run())
    tell(dog, entry(confirmed_s=virtual.now()))
    virtual.wait(T_S + 60)
    Alarms(virtual).settle(outbox(virtual)[0])
    tell(dog, entry(acknowledged_s=virtual.now()))
    virtual.wait(86_400)
    assert outbox(virtual) == []
    tell(dog, entry(confirmed_s=virtual.now() - 60))
    virtual.wait(T_S)
    assert len(outbox(virtual)) == 1


def test_a_phone_with_a_new_token_gets_what_was_on_its_way_to_the_old(env: FakeEnv) -> None:
    dog = Watchdog(env, SETTINGS)
    tell(dog, entry())
    dog._decide_due()
    tell(dog, entry(token="new"))
    assert [push.token for push in outbox(env)] == ["new"]


@pytest.mark.parametrize("body", [b"", b"{}", b"[1]", b"[{}]", b'[{"follow": "x"}]', b"\xff", b"[" * 10_000, b"7"])
def test_malformed_evidence_is_refused_and_changes_nothing(env: FakeEnv, body: bytes) -> None:
    dog = Watchdog(env, SETTINGS)
    assert ask(dog.apps["watchdog"], "POST", "/evidence", body).status_code in (200, 400)
    assert Alarms(env).watched() == []


def test_one_bad_entry_keeps_no_other_out(env: FakeEnv) -> None:
    dog = Watchdog(env, SETTINGS)
    body = json.dumps([entry(follow=1), entry(follow="x"), entry(follow=3)]).encode()
    answer = ask(dog.apps["watchdog"], "POST", "/evidence", body)
    assert (answer.status_code, answer.json()) == (200, {"taken": 2, "refused": 1})
    assert [known.follow for known in Alarms(env).watched()] == [1, 3]


# --- what muted others ------------------------------------------------------------------------------------------------


def test_it_needs_no_data_to_arrive_to_look(virtual: VirtualEnv) -> None:
    # Nightscout, and LoopFollow before 2025: the check runs when data comes, and with an outage none does.
    tell(Watchdog(virtual, SETTINGS), entry(confirmed_s=virtual.now()))
    virtual.start(Watchdog(virtual, SETTINGS).run())
    for link in ("watchdog→sentinel", "gateway→watchdog"):
        virtual.answers[link] = None
    virtual.wait(T_S + 1)
    assert [push.kind for push in outbox(virtual) if push.follow] == ["no_data"]
    virtual.wait(2 * R_S)
    assert Alarms(virtual).watched()[0].alarmed_s == pytest.approx(outbox(virtual)[0].onset_s + 2 * R_S, abs=1)


def test_a_machine_that_stood_still_looks_at_once(virtual: VirtualEnv) -> None:
    # A suspended machine's timers stop with it, and its clock is hours ahead when it is back.
    dog = Watchdog(virtual, SETTINGS)
    virtual.start(dog.run())
    tell(dog, entry(confirmed_s=virtual.now()))
    virtual.wait(60)
    ahead_s, now = 6.5 * 3600, virtual.now
    virtual.now = lambda: now() + ahead_s  # type: ignore[method-assign]
    virtual.wait(SETTINGS.heartbeat_every_s + 1)
    assert len(outbox(virtual)) == 1


def test_an_urgent_low_told_just_before_masks_nothing(virtual: VirtualEnv) -> None:
    # LoopFollow 7.0.0: any alarm on the last reading silences the one about missing readings until there is a newer.
    dog = Watchdog(virtual, SETTINGS)
    virtual.start(dog.run())
    tell(dog, entry(confirmed_s=virtual.now()))
    tell_lows(dog, (2, virtual.now()))
    virtual.wait(T_S - 1)
    tell_lows(dog, (2, virtual.now()))
    virtual.wait(2)
    assert {push.kind for push in outbox(virtual)} == {"urgent_low", "no_data"}
    assert Alarms(virtual).watched()[0].alarmed_s == pytest.approx(virtual.now() - 1, abs=0.5)


def test_weeks_without_a_reading_are_alarmed_to_the_end_also_after_a_restart(env: FakeEnv) -> None:
    Alarms(env).save([watched(confirmed_s=0.0, since_s=100.0)], [], [])
    for _ in range(100):
        env.now_s += 48 * 3600
        dog = Watchdog(env, SETTINGS)
        dog._decide_due()
        (push,) = outbox(env)
        Alarms(env).settle(push)


# --- restarts ---------------------------------------------------------------------------------------------------------


def test_timers_and_alarms_survive_a_restart(env: FakeEnv) -> None:
    tell(Watchdog(env, SETTINGS), entry(confirmed_s=env.now_s))
    env.now_s += T_S
    Watchdog(env, SETTINGS)._decide_due()
    assert len(outbox(env)) == 1
    Watchdog(env, SETTINGS)._decide_due()
    assert [known.alarmed_s for known in Alarms(env).watched()] == [env.now_s]


def killed_at(dog: Watchdog, name: str, monkeypatch: pytest.MonkeyPatch, *, before: bool) -> None:
    """Let a watchdog die just before or just after it writes an alarm down."""
    save: Callable[..., None] = getattr(dog._alarms, name)

    def dying(*args: object, **more: object) -> None:
        if not before:
            save(*args, **more)
        raise Killed

    monkeypatch.setattr(dog._alarms, name, dying)
    with pytest.raises(Killed):
        dog._decide_due()


def delivered(env: FakeEnv) -> int:
    """Let a notifier deliver everything; return how often a phone was alarmed."""
    notifier = Notifier(env, SETTINGS)
    for push in outbox(env):
        asyncio.run(notifier._try(push))
    return sum(link == "notifier→push" for link, _, _ in env.posts)


@pytest.mark.parametrize("before", [True, False])
def test_a_kill_while_an_alarm_is_written_down_neither_loses_nor_doubles_it(
    env: FakeEnv, monkeypatch: pytest.MonkeyPatch, *, before: bool
) -> None:
    dog = Watchdog(env, SETTINGS)
    tell(dog, entry())
    killed_at(dog, "save", monkeypatch, before=before)
    monkeypatch.undo()
    assert len(outbox(env)) == (0 if before else 1)
    Watchdog(env, SETTINGS)._decide_due()
    assert delivered(env) == 1
    Watchdog(env, SETTINGS)._decide_due()
    assert delivered(env) == 1
    env.now_s += R_S
    Watchdog(env, SETTINGS)._decide_due()
    assert delivered(env) == 2


def test_a_kill_between_writing_down_and_delivering_leaves_the_alarm_to_the_notifier(env: FakeEnv) -> None:
    dog = Watchdog(env, SETTINGS)
    tell(dog, entry())
    dog._decide_due()
    assert delivered(env) == 1
    assert outbox(env) == []


def test_what_a_follower_said_survives_a_restart(env: FakeEnv) -> None:
    dog = Watchdog(env, SETTINGS)
    tell(dog, entry(follow=1), entry(follow=2))
    tell(dog, entry(follow=3, no_data_after_s=0), entry(follow=4, realarm_every_s=300))
    dog._decide_due()
    tell(dog, entry(follow=1, acknowledged_s=env.now_s), entry(follow=2, snoozed_until_s=env.now_s + 1800))
    began_s, told = env.now_s, []
    for after_s in (0, 300, 600, R_S, 1800):
        env.now_s = began_s + after_s
        Watchdog(env, SETTINGS)._decide_due()
        told.append(sorted(push.follow for push in outbox(env)))
        for push in outbox(env):
            Alarms(env).settle(push)
    assert told == [[1, 2, 4], [4], [4], [4], [2, 4]]


# --- a disk that is full ----------------------------------------------------------------------------------------------


def test_an_alarm_that_cannot_be_written_down_is_kept_and_said_to_the_sentinel(virtual: VirtualEnv) -> None:
    dog = Watchdog(virtual, SETTINGS)
    virtual.start(dog.run())
    tell(dog, entry(follow=1, confirmed_s=virtual.now()), entry(follow=2, confirmed_s=virtual.now() + 60))
    virtual.wait(T_S - 1)
    assert dog._evidence() == {"follows": 2, "blind": 0, "overdue_s": 0.0}
    with full(virtual.database("alarms")):
        virtual.wait(121)
        evidence = dog._evidence()
        assert evidence["blind"] == 2
        assert evidence["overdue_s"] == pytest.approx(120, abs=1)
        beats = [json.loads(body) for link, _, body in virtual.posts if link == "watchdog→sentinel"]
        assert beats[-1]["overdue_s"] > 80
    virtual.wait(SETTINGS.push_retry_s)
    assert {push.follow for push in outbox(virtual)} == {1, 2}
    assert dog._evidence()["overdue_s"] == 0.0
    virtual.wait(R_S / 2)
    assert {known.alarmed_s == known.told_s for known in Alarms(virtual).watched()} == {True}


def test_evidence_that_cannot_be_written_down_is_believed_and_asked_for_again(env: FakeEnv) -> None:
    dog = Watchdog(env, SETTINGS)
    tell(dog, entry())
    dog._decide_due()
    seen = entry(confirmed_s=env.now_s - 60)
    with full(env.database("alarms")):
        tell(dog, seen, status=503)
        dog._decide_due()
        assert dog._evidence()["blind"] == 0
        tell(dog, seen, status=503)
    assert [known.confirmed_s for known in Alarms(env).watched()] == [0.0]
    tell(dog, seen)
    assert [known.confirmed_s for known in Alarms(env).watched()] == [env.now_s - 60]
    assert outbox(env) == []


def test_lows_that_cannot_be_written_down_are_asked_for_again(env: FakeEnv) -> None:
    dog = Watchdog(env, SETTINGS)
    tell(dog, entry(confirmed_s=env.now_s))
    with full(env.database("alarms")):
        tell_lows(dog, (2, env.now_s), status=503)
    tell_lows(dog, (2, env.now_s))
    assert len(outbox(env)) == 1


def test_a_locked_database_is_waited_for(virtual: VirtualEnv, monkeypatch: pytest.MonkeyPatch) -> None:
    dog = Watchdog(virtual, SETTINGS)
    tries: list[float] = []
    save = dog._alarms.save

    def locked(*args: object, **more: object) -> None:
        tries.append(virtual.now())
        if len(tries) < 4:
            raise sqlite3.OperationalError("database is locked")
        save(*args, **more)  # type: ignore[arg-type]

    tell(dog, entry())
    monkeypatch.setattr(dog._alarms, "save", locked)
    virtual.start(dog.run())
    virtual.wait(60)
    assert [later - tries[0] for later in tries] == [0.0, 5.0, 10.0, 15.0]
    assert len(outbox(virtual)) == 1


# --- many -------------------------------------------------------------------------------------------------------------


def test_ten_thousand_alarms_of_a_hundred_thousand_follows_are_decided_in_parts(virtual: VirtualEnv) -> None:
    follows, due = 100_000, 10_000
    now_s = virtual.now()
    known = (watched(n, confirmed_s=now_s - (T_S if n < due else 0)) for n in range(1, follows + 1))
    Alarms(virtual).save(known, [], [])
    dog = Watchdog(virtual, SETTINGS)
    happened: list[int] = []
    save = dog._alarms.save

    def noted(changed: list[Watched], pushes: list[Push], withdrawn: list[int]) -> None:
        happened.append(len(pushes))
        save(changed, pushes, withdrawn)

    async def others() -> None:
        while True:
            happened.append(0)
            await asyncio.sleep(0)

    dog._alarms.save = noted  # type: ignore[method-assign, assignment]
    virtual.start(dog._watch())
    breathing = virtual.start(others())
    for _ in range(10 * due // DECIDED_AT_ONCE_MAX):
        virtual.loop.run_until_complete(asyncio.sleep(0))
        if sum(happened) >= due - 1:
            break
    breathing.cancel()
    virtual.wait(0)
    assert sum(happened) == due - 1
    assert max(happened) == DECIDED_AT_ONCE_MAX
    parts = [number for number, size in enumerate(happened) if size]
    assert all(later - earlier > 1 for earlier, later in pairwise(parts)), "nobody else could run"


def test_evidence_that_moves_timers_later_does_not_touch_the_heap(env: FakeEnv) -> None:
    dog = Watchdog(env, SETTINGS)
    for _ in range(50):
        env.now_s += 300
        tell(dog, *(entry(follow=n, confirmed_s=env.now_s) for n in range(1, 201)))
        dog._decide_due()
    assert len(dog._timers._heap) <= 200
    assert outbox(env) == []


def test_lows_that_cannot_be_written_down_are_said_to_the_sentinel(env: FakeEnv) -> None:
    dog = Watchdog(env, SETTINGS)
    tell(dog, entry(confirmed_s=env.now_s))
    with full(env.database("alarms")):
        tell_lows(dog, (2, env.now_s), status=503)
        env.now_s += 100
        tell_lows(dog, (2, env.now_s), status=503)
        dog._decide_due()
        assert dog._evidence()["overdue_s"] == 100.0
    tell_lows(dog, (2, env.now_s))
    assert dog._evidence()["overdue_s"] == 0.0
