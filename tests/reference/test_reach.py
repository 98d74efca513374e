"""Whom no push reaches: those who run the service see how many there are, and are told when one of them seems blind."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator

import pytest

from deadair.reference.alerts.alarms import OPERATORS, Alarms, Push
from deadair.reference.nodes.notifier import Notifier
from deadair.reference.nodes.watchdog import Watchdog
from deadair.reference.settings import Settings
from tests.reference.broken_disk import full
from tests.reference.evidence_entries import T_S, entry, outbox, tell, tell_lows
from tests.reference.fake_env import UNREGISTERED, FakeEnv
from tests.reference.virtual_env import VirtualEnv

SETTINGS = Settings()
R_S, BEAT_S = SETTINGS.realarm_every_s, SETTINGS.heartbeat_every_s


def reads(dog: Watchdog, env: FakeEnv, *follows: int) -> None:
    """Let accounts with no phone have seen a reading of now."""
    tell(dog, *(entry(follow=one, token="", confirmed_s=env.now()) for one in follows))


def taken(env: FakeEnv) -> list[tuple[str, int]]:
    """Return (kind, value) of what the operators have waiting, and take it as delivered."""
    waiting = [push for push in outbox(env) if push.follow == OPERATORS]
    for push in waiting:
        Alarms(env).settle(push)
    return [(push.kind, push.value) for push in waiting]


def counts(dog: Watchdog) -> tuple[float, ...]:
    evidence = dog._evidence()
    return tuple(evidence[name] for name in ("follows", "blind", "unreachable", "unreachable_blind", "gone"))


@pytest.fixture
def dog(virtual: VirtualEnv) -> Iterator[Watchdog]:
    dog = Watchdog(virtual, SETTINGS)
    running = virtual.start(dog.run())
    yield dog
    running.cancel()


# --- accounts that read with no phone ---------------------------------------------------------------------------------


def test_the_operators_are_told_once_and_again_when_it_begins_anew(virtual: VirtualEnv, dog: Watchdog) -> None:
    reads(dog, virtual, 1, 2)
    virtual.wait(T_S - BEAT_S)
    assert (taken(virtual), counts(dog)) == ([], (0, 0, 2, 0, 0))
    virtual.wait(3 * BEAT_S)
    assert (taken(virtual), counts(dog)) == ([("unreachable_blind", 2)], (0, 0, 2, 2, 0))
    assert [facts for event, facts in virtual.logged if "blind" in event] == [{"new": 2, "blind": 2}]
    virtual.wait(3 * R_S)
    assert taken(virtual) == []
    assert outbox(virtual) == [], "there is no phone that a push could go to"
    reads(dog, virtual, 1)
    virtual.wait(T_S - BEAT_S)
    assert counts(dog) == (0, 0, 2, 1, 0)
    virtual.wait(3 * BEAT_S)
    assert taken(virtual) == [("unreachable_blind", 2)]


def test_a_restart_tells_it_neither_again_nor_never(virtual: VirtualEnv, dog: Watchdog) -> None:
    reads(dog, virtual, 1)
    virtual.wait(T_S + 2 * BEAT_S)
    assert taken(virtual) == [("unreachable_blind", 1)]
    virtual.start(Watchdog(virtual, SETTINGS).run())
    virtual.wait(2 * R_S)
    assert taken(virtual) == []


def test_one_that_nobody_mends_hides_no_other_and_an_outage_is_no_storm_of_messages(
    virtual: VirtualEnv, dog: Watchdog
) -> None:
    for follow in range(1, 9):
        reads(dog, virtual, follow)
        virtual.wait(60)
    told = []
    for _ in range(60):
        virtual.wait(60)
        told += taken(virtual)
    assert told == [("unreachable_blind", 1), ("unreachable_blind", 8)]
    reads(dog, virtual, 9)
    virtual.wait(T_S + 2 * BEAT_S)
    assert taken(virtual) == [("unreachable_blind", 9)]


def test_what_cannot_be_written_down_is_told_later(virtual: VirtualEnv, dog: Watchdog) -> None:
    reads(dog, virtual, 1)
    with full(virtual.database("alarms")):
        virtual.wait(T_S + 600)
    virtual.wait(2 * BEAT_S)
    assert taken(virtual) == [("unreachable_blind", 1)]


def test_the_message_goes_to_the_topic_of_those_who_run_the_service(virtual: VirtualEnv, dog: Watchdog) -> None:
    reads(dog, virtual, 1)
    virtual.wait(T_S + 2 * BEAT_S)
    virtual.start(Notifier(virtual, SETTINGS).run())
    virtual.wait(5)
    (message,) = [json.loads(body)["message"] for link, _, body in virtual.posts if link == "notifier→push"]
    data = message["data"]
    assert (message["topic"], data["kind"], data["value"]) == ("operators", "unreachable_blind", "1")
    assert "path" not in data, "it would bear out a no-data alarm"


def test_late_and_repeated_evidence_of_a_reader_takes_nothing_back(virtual: VirtualEnv, dog: Watchdog) -> None:
    reads(dog, virtual, 1)
    tell(dog, entry(token="", confirmed_s=virtual.now() - 900), entry(token=""))
    assert dog._watched[1].confirmed_s == virtual.now()


def test_who_reads_with_no_phone_gets_no_low_and_holds_none_up(virtual: VirtualEnv, dog: Watchdog) -> None:
    reads(dog, virtual, 1)
    tell(dog, entry(follow=2, token="a", confirmed_s=virtual.now()))
    tell_lows(dog, (2, virtual.now()))
    assert [push.follow for push in outbox(virtual)] == [2]


# --- phones whose token is gone ---------------------------------------------------------------------------------------


def gone(env: FakeEnv, dog: Watchdog) -> None:
    """Let the provider say of the token of follow 1 that it is no phone's."""
    tell(dog, entry(), entry(follow=2, token="other", confirmed_s=env.now()))
    dog._decide_due()
    env.refusals[b'"token":"token"'] = UNREGISTERED
    (push,) = outbox(env)
    asyncio.run(Notifier(env, SETTINGS)._try(push))
    dog._reach.look()


def test_a_phone_that_is_gone_is_counted_apart_and_is_not_blind_for_ever(env: FakeEnv) -> None:
    dog = Watchdog(env, SETTINGS)
    gone(env, dog)
    assert counts(dog) == counts(Watchdog(env, SETTINGS)) == (1, 0, 0, 0, 1)
    assert [facts for event, facts in env.logged if "token" in event] == [{"follow": 1}]


def test_a_phone_that_is_gone_is_tried_no_more(env: FakeEnv) -> None:
    dog = Watchdog(env, SETTINGS)
    gone(env, dog)
    for again in (dog, Watchdog(env, SETTINGS)):
        env.now_s += R_S
        again._decide_due()
        tell_lows(again, (2, env.now_s))
        assert {push.follow for push in outbox(env)} == {2}


@pytest.mark.parametrize(("token", "revision"), [("new", 1), ("token", 1)])
def test_a_phone_that_tells_of_its_token_is_there_again(env: FakeEnv, token: str, revision: int) -> None:
    dog = Watchdog(env, SETTINGS)
    gone(env, dog)
    tell(dog, entry(token=token, revision=revision))
    assert [(push.follow, push.token, push.kind) for push in outbox(env)] == [(1, token, "no_data")]
    dog._reach.look()
    assert counts(dog) == counts(Watchdog(env, SETTINGS)) == (2, 1, 0, 0, 0)


def test_a_registration_told_once_more_brings_no_phone_back(env: FakeEnv) -> None:
    dog = Watchdog(env, SETTINGS)
    gone(env, dog)
    tell(dog, entry(), entry(confirmed_s=5.0))
    assert counts(dog)[-1] == 1


def test_what_the_provider_says_of_a_token_that_was_changed_meanwhile_means_nothing(env: FakeEnv) -> None:
    dog = Watchdog(env, SETTINGS)
    tell(dog, entry())
    dog._decide_due()
    (push,) = outbox(env)
    tell(dog, entry(token="new", revision=1))
    Alarms(env).token_gone(push)
    dog._reach.look()
    assert counts(dog)[-1] == 0
    assert [one.token for one in outbox(env)] == ["new"]


def test_an_end_of_a_follow_ends_what_is_known_of_its_token(env: FakeEnv) -> None:
    dog = Watchdog(env, SETTINGS)
    gone(env, dog)
    tell(dog, entry(token="", no_data_after_s=0, revision=1))
    assert (counts(dog)[-1], Alarms(env).gone()) == (0, {})


def test_the_sentinel_takes_what_the_watchdog_says_of_it(virtual: VirtualEnv, dog: Watchdog) -> None:
    reads(dog, virtual, 1)
    virtual.wait(BEAT_S + 1)
    said = [json.loads(body) for link, _, body in virtual.posts if link == "watchdog→sentinel"][-1]
    assert (said["follows"], said["unreachable"], said["unreachable_blind"], said["gone"]) == (0, 1, 0, 0)


def test_a_push_to_a_phone_that_is_gone_is_no_push_that_is_stuck(env: FakeEnv) -> None:
    dog = Watchdog(env, SETTINGS)
    gone(env, dog)
    env.now_s += 10 * R_S
    dog._decide_due()
    pushes: list[Push] = outbox(env)
    assert [push.follow for push in pushes] == [2]
