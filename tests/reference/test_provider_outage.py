"""The push provider fails for hours, asks to be left alone, or refuses one phone: no alarm is lost, no storm begins."""

from __future__ import annotations

import asyncio
import json
from collections import Counter

import pytest

from deadair.reference.alerts.alarms import Alarms, Push
from deadair.reference.alerts.provider_pace import AT_ONCE_MAX
from deadair.reference.env import PeerAnswer
from deadair.reference.nodes.notifier import OWN_TROUBLE_MAX, PAGE, Notifier
from deadair.reference.settings import Settings
from tests.reference.broken_disk import full, gone
from tests.reference.fake_env import FakeEnv
from tests.reference.virtual_env import VirtualEnv

SETTINGS = Settings()
PROVIDER = "notifier→push"


def push(follow: int, now_s: float, kind: str = "no_data", token: str = "") -> Push:
    expires_s = now_s + (600 if kind == "urgent_low" else SETTINGS.push_lifetime_s)
    return Push(follow, 2, token or f"token-{follow}", now_s, now_s, now_s, expires_s, kind, 50)


def tokens(env: VirtualEnv, since: int = 0) -> list[str]:
    return [json.loads(body)["message"]["token"] for link, _, body in env.posts[since:] if link == PROVIDER]


def begin(env: VirtualEnv, *pushes: Push) -> Notifier:
    Alarms(env).save([], pushes, [])
    notifier = Notifier(env, SETTINGS)
    env.start(notifier.run())
    return notifier


def picky(env: VirtualEnv, status: int, said: bytes = b"", *, retry_after_s: float = 0.0) -> None:
    """Let the provider answer this to what is meant for tokens that say picky."""
    env.refusals[b"picky"] = PeerAnswer(status, said, retry_after_s)


def take_place(env: VirtualEnv, follows: int) -> None:
    """Let the watchdog alarm everybody again."""
    again = [push(n, env.now()) for n in range(1, follows + 1)]
    Alarms(env).save([], again, [])


@pytest.mark.parametrize(("status", "tries_a_minute"), [(503, 30), (None, 6)])
def test_hours_of_outage_end_without_a_storm(virtual: VirtualEnv, status: int | None, tries_a_minute: int) -> None:
    follows, hours = 400, 1
    virtual.takes_s[PROVIDER] = 0.05
    virtual.answers[PROVIDER] = status
    begin(virtual, *(push(n, virtual.now()) for n in range(1, follows + 1)))
    for _ in range(hours * 4):
        virtual.wait(SETTINGS.realarm_every_s)
        take_place(virtual, follows)
    tried = len(tokens(virtual))
    assert 60 * hours < tried < tries_a_minute * 60 * hours + 4 * AT_ONCE_MAX
    virtual.answers[PROVIDER] = 200
    healed = len(virtual.posts)
    virtual.wait(70)
    after = Counter(tokens(virtual, healed))
    assert len(after) == follows
    assert sum(after.values()) <= follows + 1, "all but a try that was on its way are told once"
    assert Alarms(virtual).undelivered(1) == []


def test_each_follow_gets_one_push_of_each_kind_that_is_still_true(virtual: VirtualEnv) -> None:
    virtual.answers[PROVIDER] = 503
    begin(virtual, *(push(n, virtual.now(), kind) for n in range(1, 101) for kind in ("no_data", "urgent_low")))
    virtual.wait(3600)
    fresh = [push(n, virtual.now(), "urgent_low") for n in range(1, 11)]
    Alarms(virtual).save([], fresh, [])
    virtual.answers[PROVIDER] = 200
    healed = len(virtual.posts)
    virtual.wait(120)
    data = [json.loads(body)["message"]["data"] for link, _, body in virtual.posts[healed:] if link == PROVIDER]
    assert Counter(one["kind"] for one in data) == {"no_data": 100, "urgent_low": 10}
    assert Alarms(virtual).undelivered(1) == []


def test_a_provider_that_asks_to_be_left_alone_is(virtual: VirtualEnv) -> None:
    virtual.answers[PROVIDER] = 503
    virtual.retry_after_s[PROVIDER] = 45.0
    begin(virtual, *(push(n, virtual.now()) for n in range(1, 501)))
    virtual.wait(3600)
    assert len(tokens(virtual)) < 3600 / 45 + 2 * AT_ONCE_MAX
    virtual.answers[PROVIDER] = 200
    virtual.wait(110)
    assert Alarms(virtual).undelivered(1) == []


@pytest.mark.parametrize("asked_s", [86_400.0, 1e300])
def test_nobody_may_ask_for_longer_than_the_longest_rest(virtual: VirtualEnv, asked_s: float) -> None:
    virtual.answers[PROVIDER] = 503
    virtual.retry_after_s[PROVIDER] = asked_s
    begin(virtual, push(1, virtual.now()))
    virtual.wait(5)
    virtual.answers[PROVIDER] = 200
    virtual.wait(2 * SETTINGS.push_retry_max_s)
    assert Alarms(virtual).undelivered(1) == []


def test_too_many_to_one_phone_holds_back_nobody_else(virtual: VirtualEnv) -> None:
    picky(virtual, 429, retry_after_s=50.0)
    begin(virtual, push(1, virtual.now(), token="picky"))
    virtual.wait(301)
    assert 3 <= tokens(virtual).count("picky") <= 7
    for n in range(2, 102):
        Alarms(virtual).save([], [push(n, virtual.now())], [])
    virtual.wait(10)
    assert [one.token for one in Alarms(virtual).undelivered(10)] == ["picky"]


@pytest.mark.parametrize("status", [429, 403, 500])
def test_what_only_one_phone_stands_for_is_no_outage_once_others_are_delivered(
    virtual: VirtualEnv, status: int
) -> None:
    picky(virtual, status)
    notifier = begin(virtual, push(1, virtual.now(), token="picky"))
    virtual.wait(200)
    assert notifier._oldest_push_age_s() == pytest.approx(200, abs=1)
    Alarms(virtual).save([], [push(2, virtual.now())], [])
    virtual.wait(200)
    assert notifier._oldest_push_age_s() == 0.0
    assert [one.token for one in Alarms(virtual).undelivered(10)] == ["picky"]


def test_what_was_made_since_others_were_delivered_counts_again(virtual: VirtualEnv) -> None:
    picky(virtual, 429)
    notifier = begin(virtual, push(1, virtual.now() - 1, token="picky"), push(2, virtual.now()))
    virtual.wait(100)
    Alarms(virtual).save([], [push(3, virtual.now(), token="picky too")], [])
    virtual.wait(300)
    assert notifier._oldest_push_age_s() == pytest.approx(300, abs=1)


def test_what_is_out_of_reach_counts_beside_what_is_refused(virtual: VirtualEnv) -> None:
    notifier = Notifier(virtual, SETTINGS)
    refused, unreachable = push(1, virtual.now(), token="picky"), push(2, virtual.now() + 50)
    Alarms(virtual).save([], [refused, unreachable], [])
    notifier._delivered_s = virtual.now() + 100
    notifier._rest(refused, 60.0, refused=True)
    notifier._rest(unreachable, 60.0)
    virtual.wait(60)
    assert notifier._oldest_push_age_s() == pytest.approx(10, abs=1)


def test_more_than_a_few_that_are_refused_are_no_phones_own_trouble(virtual: VirtualEnv) -> None:
    picky(virtual, 429)
    many = [push(n, virtual.now() - 1, token=f"picky {n}") for n in range(1, OWN_TROUBLE_MAX + 2)]
    notifier = begin(virtual, *many, push(100, virtual.now()))
    virtual.wait(200)
    assert notifier._oldest_push_age_s() == pytest.approx(201, abs=1)
    Alarms(virtual).settle(many[0])
    virtual.wait(3 * SETTINGS.push_retry_max_s)
    assert notifier._oldest_push_age_s() == 0.0


MISMATCH = b'{"error": {"code": 403, "details": [{"@type": "x"}, {"errorCode": "SENDER_ID_MISMATCH"}]}}'


@pytest.mark.parametrize(
    ("body", "left"),
    [
        (MISMATCH, []),
        (b'{"error": {"details": [{"errorCode": "QUOTA_EXCEEDED"}]}}', ["picky"]),
        *((body, ["picky"]) for body in (b"", b"\xff", b"[]", b'{"error": 3}', b'{"error": {"details": [7]}}')),
        (b'{"error": {"details": [{}]}}', ["picky"]),
    ],
)
def test_a_token_of_another_sender_is_forgotten_and_no_other_that_is_forbidden(
    virtual: VirtualEnv, body: bytes, left: list[str]
) -> None:
    picky(virtual, 403, body)
    begin(virtual, push(1, virtual.now(), token="picky"))
    virtual.wait(100)
    assert [one.token for one in Alarms(virtual).undelivered(10)] == left


@pytest.mark.parametrize("status", [400, 404])
def test_a_provider_that_knows_nothing_any_more_is_an_outage_and_loses_no_alarm(
    virtual: VirtualEnv, status: int
) -> None:
    virtual.answers[PROVIDER] = status
    notifier = begin(virtual, *(push(n, virtual.now()) for n in range(1, 31)))
    virtual.wait(SETTINGS.push_stuck_after_s + 60)
    assert notifier._oldest_push_age_s() > SETTINGS.push_stuck_after_s
    virtual.answers[PROVIDER] = 200
    virtual.wait(300)
    assert len(set(tokens(virtual))) == 30
    assert Alarms(virtual).undelivered(1) == []


def test_however_many_rest_somebody_new_is_tried_at_once(virtual: VirtualEnv) -> None:
    notifier = Notifier(virtual, SETTINGS)
    resting = [push(n, virtual.now()) for n in range(1, 2 * PAGE + 5)]
    Alarms(virtual).save([], resting, [])
    for one in resting:
        notifier._rest(one, 30.0)
    assert notifier._due(64) == ([], True)
    late = push(100_000, virtual.now() + 1)
    Alarms(virtual).save([], [late], [])
    assert notifier._due(64) == ([late], True)


@pytest.mark.parametrize("refused", [20, 100, PAGE + 44])
@pytest.mark.parametrize("status", [401, 429, 500])
def test_those_who_are_refused_again_and_again_keep_nobody_waiting(
    virtual: VirtualEnv, refused: int, status: int
) -> None:
    virtual.takes_s[PROVIDER] = 0.05
    picky(virtual, status)
    begin(virtual, *(push(n, virtual.now(), token=f"picky-{n}") for n in range(1, refused + 1)))
    virtual.wait(600)
    late_s = []
    for n in range(1000, 1010):
        made_s = virtual.now()
        Alarms(virtual).save([], [push(n, made_s)], [])
        while f"token-{n}" not in tokens(virtual)[-10:] and virtual.now() < made_s + 60:
            virtual.wait(1)
        late_s.append(virtual.now() - made_s)
        virtual.wait(60)
    assert max(late_s) <= 10.0
    assert len(set(tokens(virtual))) == refused + 10
    virtual.refusals.clear()
    virtual.wait(120)
    assert Alarms(virtual).undelivered(1) == []


def test_a_later_silence_does_not_rest_for_an_earlier_one(virtual: VirtualEnv) -> None:
    notifier = Notifier(virtual, SETTINGS)
    earlier, later = push(1, virtual.now()), push(1, virtual.now() + 5)
    Alarms(virtual).save([], [earlier], [])
    notifier._rest(earlier, 30.0)
    Alarms(virtual).save([], [], [1])
    Alarms(virtual).save([], [later], [])
    assert notifier._due(64) == ([later], True)


def test_what_no_longer_waits_is_not_remembered_for_ever(virtual: VirtualEnv) -> None:
    virtual.answers[PROVIDER] = 503
    notifier = begin(virtual, push(1, virtual.now()))
    for n in range(2, 200):
        Alarms(virtual).save([], [push(n, virtual.now())], [n - 1])
        virtual.wait(30)
    assert len(notifier._rests) < 20


# --- its own disk -----------------------------------------------------------------------------------------------------


def test_a_full_disk_keeps_no_push_back_and_sends_none_twice(virtual: VirtualEnv) -> None:
    notifier = begin(virtual, *(push(n, virtual.now()) for n in range(1, 201)))
    with full(virtual.database("alarms")):
        virtual.wait(900)
        assert sorted(tokens(virtual)) == sorted(f"token-{n}" for n in range(1, 201))
        assert notifier._oldest_push_age_s() == pytest.approx(900, abs=1)
    virtual.wait(SETTINGS.heartbeat_every_s + 1)
    assert Alarms(virtual).undelivered(1) == []
    assert notifier._oldest_push_age_s() == 0.0
    assert notifier._finished == {}


def test_an_outbox_that_cannot_be_read_ends_nothing_and_is_said_to_the_sentinel(virtual: VirtualEnv) -> None:
    notifier = begin(virtual)
    virtual.wait(10)
    with gone(virtual.database("alarms")):
        virtual.wait(300)
        said = [json.loads(body) for link, _, body in virtual.posts if link == "notifier→sentinel"]
    assert said[-1]["oldest_push_age_s"] > SETTINGS.push_stuck_after_s
    Alarms(virtual).save([], [push(1, virtual.now())], [])
    virtual.wait(60)
    assert tokens(virtual) == ["token-1"]
    assert notifier._oldest_push_age_s() == 0.0


@pytest.mark.parametrize("status", [503, 429])
def test_a_clock_that_is_set_back_holds_no_push_back(env: FakeEnv, status: int) -> None:
    notifier = Notifier(env, SETTINGS)
    env.answers[PROVIDER] = status
    env.retry_after_s[PROVIDER] = 60.0
    Alarms(env).save([], [push(1, env.now_s)], [])
    asyncio.run(notifier._try(push(1, env.now_s)))
    env.now_s -= 86_400
    assert len(notifier._due(64)[0]) == 1
