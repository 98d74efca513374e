"""Urgent lows: told at once to everybody who watches, before anything else, once, and not when they are history."""

from __future__ import annotations

import asyncio
import json

import pytest

from deadair.reference.alerts.alarms import Alarms, Push
from deadair.reference.nodes.notifier import Notifier
from deadair.reference.nodes.watchdog import Watchdog
from deadair.reference.settings import Settings
from tests.reference.asgi import ask
from tests.reference.evidence_entries import entry, tell, tell_lows
from tests.reference.fake_env import FakeEnv

SETTINGS = Settings()


@pytest.fixture
def dog(env: FakeEnv) -> Watchdog:
    """Two phones follow patient 2, a third one was revoked; one phone follows patient 3."""
    dog = Watchdog(env, SETTINGS)
    seen_s = env.now_s
    tell(dog, entry(follow=1, token="a", confirmed_s=seen_s), entry(follow=2, token="b", confirmed_s=seen_s))
    tell(dog, entry(follow=3, token="", no_data_after_s=0), entry(follow=4, patient=3, confirmed_s=seen_s))
    return dog


def lows(env: FakeEnv) -> list[Push]:
    return [push for push in Alarms(env).undelivered(100) if push.kind == "urgent_low"]


def deliver(env: FakeEnv, push: Push, notifier: Notifier | None = None) -> None:
    asyncio.run((notifier or Notifier(env, SETTINGS))._try(push))


def test_a_low_is_told_to_each_follow_of_its_patient(env: FakeEnv, dog: Watchdog) -> None:
    tell_lows(dog, (2, env.now_s - 30))
    assert [(push.follow, push.token, push.value) for push in lows(env)] == [(1, "a", 50), (2, "b", 50)]
    deliver(env, lows(env)[0])
    message = json.loads(env.posts[-1][2])["message"]
    assert message["token"] == "a"
    assert message["android"] == {"priority": "high", "ttl": "570s", "collapse_key": "urgent_low-1"}
    assert (message["data"]["kind"], message["data"]["value"], message["data"]["patient"]) == ("urgent_low", "50", "2")
    assert float(message["data"]["measured_s"]) == env.now_s - 30
    assert float(message["data"]["expires_s"]) == env.now_s + 570
    assert "path" not in message["data"], "it would bear out a no-data alarm"


def test_a_low_is_told_once_however_often_the_gateway_tells_of_it(env: FakeEnv, dog: Watchdog) -> None:
    low = (2, env.now_s)
    tell_lows(dog, low, low)
    for push in lows(env):
        deliver(env, push)
    tell_lows(dog, low)
    env.now_s += 300
    tell_lows(Watchdog(env, SETTINGS), low)
    assert lows(env) == []
    tell_lows(dog, (2, env.now_s))
    assert len(lows(env)) == 2


def rings(env: FakeEnv, dog: Watchdog, *lows_s: float) -> list[float]:
    """Tell of lows of patient 2 one after the other; return those that its first follower is told of."""
    told = []
    for at_s in lows_s:
        tell_lows(dog, (2, at_s))
        told += [push.measured_s for push in lows(env) if push.follow == 1]
        for push in lows(env):
            deliver(env, push)
    return told


def test_a_low_that_two_uploaders_stamped_is_one(env: FakeEnv, dog: Watchdog) -> None:
    now_s = env.now_s
    assert rings(env, dog, now_s, now_s + 9, now_s - 9, now_s) == [now_s]
    tell_lows(dog, (3, now_s + 9))
    assert [push.patient for push in lows(env)] == [3]
    assert rings(env, Watchdog(env, SETTINGS), now_s + 9, now_s + 149) == []
    env.now_s += 300
    assert rings(env, dog, now_s + 300, now_s + 309, now_s + 449, now_s + 459) == [now_s + 300, now_s + 450 + 9]


def test_of_one_batch_with_a_low_of_two_uploaders_one_is_told(env: FakeEnv, dog: Watchdog) -> None:
    tell_lows(dog, (2, env.now_s - 300), (2, env.now_s - 291), (2, env.now_s), (2, env.now_s + 9), (3, env.now_s + 9))
    assert {(push.patient, push.measured_s) for push in lows(env)} == {(2, env.now_s), (3, env.now_s + 9)}


def test_what_is_not_told_again_mutes_nothing_after_it(env: FakeEnv, dog: Watchdog) -> None:
    every_s = SETTINGS.low_same_within_s - 10
    assert rings(env, dog, *(env.now_s + n * every_s for n in range(5))) == [env.now_s + n * every_s for n in (0, 2, 4)]


@pytest.mark.parametrize("age_s", [601, 86_400, -601, -1e9])
def test_a_low_that_is_not_current_is_told_to_nobody(env: FakeEnv, dog: Watchdog, age_s: float) -> None:
    tell_lows(dog, (2, env.now_s - age_s))
    assert lows(env) == []


def test_of_several_lows_the_newest_is_told_whatever_their_order(env: FakeEnv, dog: Watchdog) -> None:
    tell_lows(dog, (2, env.now_s), (2, env.now_s - 300))
    assert {push.measured_s for push in lows(env)} == {env.now_s}
    env.now_s += 300
    tell_lows(dog, (2, env.now_s))
    assert [(push.measured_s, push.due_s) for push in lows(env)] == [(env.now_s, env.now_s - 300)] * 2
    tell_lows(dog, (2, env.now_s - 60))
    assert {push.measured_s for push in lows(env)} == {env.now_s}


def test_a_low_goes_before_every_no_data_alarm(env: FakeEnv, dog: Watchdog) -> None:
    for first in range(10, 2000, 200):
        tell(dog, *(entry(follow=n, patient=7) for n in range(first, first + 200)))
    for _ in range(5):
        dog._decide_due()
    env.now_s += 60
    tell_lows(dog, (2, env.now_s))
    due, _ = Notifier(env, SETTINGS)._due(64)
    assert [push.kind for push in due] == ["urgent_low"] * 2 + ["no_data"] * 62


def test_a_low_and_a_no_data_alarm_of_one_follow_stand_in_nobodys_way(env: FakeEnv, dog: Watchdog) -> None:
    env.now_s += 1200
    dog._decide_due()
    tell_lows(dog, (2, env.now_s))
    for push in lows(env):
        deliver(env, push)
    assert {push.kind for push in Alarms(env).undelivered(100)} == {"no_data"}
    tell_lows(dog, (2, env.now_s + SETTINGS.low_same_within_s))
    tell(dog, entry(follow=1, token="a", confirmed_s=env.now_s))
    assert {push.follow for push in Alarms(env).undelivered(100) if push.kind == "no_data"} == {2, 4}
    assert {push.follow for push in lows(env)} == {1, 2}


def test_a_low_that_could_not_be_delivered_in_time_is_dropped(env: FakeEnv, dog: Watchdog) -> None:
    tell_lows(dog, (2, env.now_s))
    notifier = Notifier(env, SETTINGS)
    env.answers["notifier→push"] = 503
    deliver(env, lows(env)[0], notifier)
    env.answers["notifier→push"] = 200
    env.now_s += 600
    tried = len(env.posts)
    for push in lows(env):
        deliver(env, push, notifier)
    assert lows(env) == []
    assert len(env.posts) == tried


def test_a_patient_whom_nobody_follows_is_no_trouble(env: FakeEnv, dog: Watchdog) -> None:
    tell_lows(dog, (99, env.now_s))
    assert lows(env) == []


def test_what_was_told_is_not_remembered_for_ever(env: FakeEnv, dog: Watchdog) -> None:
    for _ in range(100):
        env.now_s += 300
        tell_lows(dog, (2, env.now_s), (3, env.now_s))
    told = {(patient, at_s) for patient, those in dog._lows._told.items() for at_s in those}
    assert len(told) <= 6
    assert told == Alarms(env).lows()


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b"null", b"[1]", b"[[]]", b"[{}]", b'[{"patient": 2, "measured_s": "x", "value": 50}]', b"\xff",
     b'[{"patient": -2, "measured_s": 5, "value": 50}]', b'[{"patient": 2, "measured_s": 1e30, "value": 50}]',
     b'[{"patient": 2, "measured_s": 5}]', b"[" * 10_000],
)  # fmt: skip
def test_malformed_lows_are_refused(env: FakeEnv, dog: Watchdog, body: bytes) -> None:
    assert ask(dog.apps["watchdog"], "POST", "/lows", body).status_code == 400
    assert lows(env) == []
