"""What the watchdog keeps over a restart, a kill and a full disk: no alarm is lost by them, and none doubled."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Callable

import pytest

from deadair.reference.alerts.alarms import Alarms
from deadair.reference.nodes.notifier import Notifier
from deadair.reference.nodes.watchdog import Watchdog
from deadair.reference.settings import Settings
from tests.reference.broken_disk import full
from tests.reference.evidence_entries import T_S, entry, outbox, tell, tell_lows
from tests.reference.fake_env import FakeEnv
from tests.reference.virtual_env import VirtualEnv

SETTINGS = Settings()
R_S = SETTINGS.realarm_every_s


class Killed(BaseException):
    """The process ends here."""


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
    assert {"follows": 2, "blind": 0, "overdue_s": 0.0}.items() <= dog._evidence().items()
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


def test_a_low_that_nobody_follows_is_no_outage_once_it_is_written_down(env: FakeEnv) -> None:
    dog = Watchdog(env, SETTINGS)
    tell(dog, entry(confirmed_s=env.now_s))
    with full(env.database("alarms")):
        tell_lows(dog, (99, env.now_s), status=503)
    env.now_s += 5
    assert dog._evidence()["overdue_s"] == 5.0
    tell_lows(dog, (99, env.now_s - 5))
    assert dog._evidence()["overdue_s"] == 0.0
