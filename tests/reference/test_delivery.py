"""Pushes arrive or are overtaken; nobody is given up; the sentinel reaches everybody by itself."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from deadair.model.clock import Deadline
from deadair.reference.accounts.follows import Follow
from deadair.reference.alerts.alarms import OPERATORS, WATCH_DOWN, Alarms, Push
from deadair.reference.alerts.batch_sender import ENTRIES_MAX
from deadair.reference.alerts.evidence import EvidenceSender
from deadair.reference.alerts.outage import OutageState
from deadair.reference.alerts.provider_pace import AT_ONCE_MAX
from deadair.reference.env import PeerAnswer
from deadair.reference.nodes.notifier import Notifier, message_of
from deadair.reference.nodes.sentinel import Sentinel
from deadair.reference.nodes.watchdog import Watchdog
from deadair.reference.settings import Settings
from deadair.reference.storage.group_commit import GroupCommit
from tests.reference.asgi import ask
from tests.reference.evidence_entries import watched
from tests.reference.fake_env import UNREGISTERED, FakeEnv
from tests.reference.virtual_env import VirtualEnv

SETTINGS = Settings()


def push(follow: int = 1, *, onset_s: float = 10.0, due_s: float = 10.0, expires_s: float = 100.0) -> Push:
    return Push(follow, 2, f"token-{follow}", onset_s, 5.0, due_s, expires_s)


def try_once(notifier: Notifier, one: Push) -> None:
    asyncio.run(notifier._try(one))


def test_a_delivered_push_is_settled(env: FakeEnv) -> None:
    notifier, alarms = Notifier(env, SETTINGS), Alarms(env)
    alarms.save([], [push()], [])
    try_once(notifier, push())
    assert alarms.undelivered(10) == []
    message = json.loads(env.posts[0][2])["message"]
    assert message["token"] == "token-1"
    assert message["data"]["kind"] == "no_data"
    assert all(isinstance(value, str) for value in message["data"].values())


def test_an_alarm_says_when_it_was_made_the_same_however_often_it_is_sent() -> None:
    settings, again = Settings(push_lifetime_s=60.0), push(due_s=10.0, expires_s=100.0)
    said = [json.loads(message_of(again, settings, now_s))["message"]["data"]["made_s"] for now_s in (50.0, 500.0)]
    assert said == ["40.0", "40.0"]


def test_a_push_is_tried_for_ever_and_never_given_up(env: FakeEnv) -> None:
    notifier, alarms = Notifier(env, SETTINGS), Alarms(env)
    alarms.save([], [push()], [])
    env.answers["notifier→push"] = 503
    for _ in range(200):
        try_once(notifier, push())
        (rest,) = notifier._rests.values()
        rest_s = rest.until_s - env.now_s
        assert 0 <= rest_s <= SETTINGS.push_retry_max_s
        env.now_s += SETTINGS.push_retry_max_s
    assert alarms.undelivered(10) == [push()]
    env.answers["notifier→push"] = 200
    try_once(notifier, push())
    assert alarms.undelivered(10) == []


def test_a_provider_that_is_cut_off_is_not_stormed_when_it_is_back(env: FakeEnv) -> None:
    """What is tried meanwhile lies on the link, and arrives at once when that thaws."""
    settings = Settings(push_retry_s=1e-6, push_retry_max_s=1e-6, drain_every_s=0.001)
    notifier, alarms = Notifier(env, settings), Alarms(env)
    alarms.save([], [push(follow) for follow in range(500)], [])
    under_way, widest = 0, []

    async def post(link: str, path: str, body: bytes, *, timeout_s: float) -> PeerAnswer:
        nonlocal under_way
        under_way += 1
        widest.append(under_way)
        await asyncio.sleep(0)
        env.now_s += 1.0
        under_way -= 1
        return await answer(link, path, body, timeout_s=timeout_s)

    async def scene() -> None:
        task = asyncio.create_task(notifier._deliver())
        async with asyncio.timeout(5):
            while len(env.posts) < 300:
                await asyncio.sleep(0)
            assert max(widest) == AT_ONCE_MAX
            assert max(widest[-100:]) == 1
            env.answers["notifier→push"] = 200
            while alarms.undelivered(1):
                await asyncio.sleep(0)
        assert max(widest[-100:]) == AT_ONCE_MAX
        task.cancel()

    answer, env.post = env.post, post  # type: ignore[method-assign]
    env.answers["notifier→push"] = None
    asyncio.run(scene())


def test_a_later_push_takes_the_place_of_an_earlier_but_keeps_its_age(env: FakeEnv) -> None:
    alarms = Alarms(env)
    alarms.save([], [push(due_s=10.0)], [])
    alarms.save([], [push(onset_s=900.0, due_s=900.0, expires_s=2000.0)], [])
    assert [(one.onset_s, one.due_s) for one in alarms.undelivered(10)] == [(900.0, 10.0)]
    assert alarms.oldest_due_s() == 10.0


def test_delivering_an_earlier_push_does_not_settle_the_later(env: FakeEnv) -> None:
    notifier, alarms = Notifier(env, SETTINGS), Alarms(env)
    alarms.save([], [push(onset_s=900.0, expires_s=2000.0)], [])
    try_once(notifier, push())
    assert len(alarms.undelivered(10)) == 1


def test_a_token_no_phone_has_any_more_is_not_tried_again(env: FakeEnv) -> None:
    notifier, alarms = Notifier(env, SETTINGS), Alarms(env)
    alarms.save([], [push(1), push(2)], [])
    env.refusals[b"token-1"] = UNREGISTERED
    try_once(notifier, push(1))
    assert [one.follow for one in alarms.undelivered(10)] == [2]
    try_once(notifier, push(2))
    assert (alarms.undelivered(10), alarms.oldest_due_s()) == ([], None)


def test_an_alarm_that_went_to_a_token_that_is_gone_goes_to_the_next(env: FakeEnv) -> None:
    notifier, alarms = Notifier(env, SETTINGS), Alarms(env)
    alarms.save([], [push(1), push(2)], [])
    for n in (1, 2):
        env.refusals[f"token-{n}".encode()] = UNREGISTERED
        try_once(notifier, push(n))
    alarms.save([], [], [], moved=[watched(1, token="new"), watched(2, token="")])
    assert [one.token for one in alarms.undelivered(10)] == ["new"]
    assert env.database("alarms").execute("SELECT follow FROM push").fetchall() == [(1,)], "a revoked follow's is kept"


def test_a_provider_that_knows_no_operators_is_asked_again_later(env: FakeEnv) -> None:
    notifier, alarms = Notifier(env, SETTINGS), Alarms(env)
    to_operators = Push(OPERATORS, 0, "", 0.0, 0.0, env.now(), env.now() + 1800, WATCH_DOWN)
    alarms.tell_operators(to_operators)
    env.refusals[b"topic"] = UNREGISTERED
    try_once(notifier, to_operators)
    assert alarms.undelivered(10) == [to_operators]
    assert not notifier._rested(to_operators, env.now())


def beat(sentinel: Sentinel, **evidence: Any) -> int:
    return ask(sentinel.apps["sentinel"], "POST", "/heartbeat", json.dumps(evidence).encode()).status_code


def tell_all(sentinel: Sentinel, kind: str) -> None:
    asyncio.run(sentinel._tell(list(sentinel._roster), kind))


def test_the_sentinel_learns_the_roster_and_tells_it_by_its_own_link(env: FakeEnv) -> None:
    sentinel = Sentinel(env, SETTINGS)
    assert beat(sentinel, node="watchdog", follows=2, blind=0, tokens=[[1, "a"], [2, "b"]]) == 200
    tell_all(sentinel, "notice")
    assert [link for link, _, _ in env.posts] == ["sentinel→push"] * 2
    assert {json.loads(body)["message"]["token"] for _, _, body in env.posts} == {"a", "b"}


def test_the_roster_and_who_was_told_survive_a_restart(env: FakeEnv) -> None:
    sentinel = Sentinel(env, SETTINGS)
    beat(sentinel, node="watchdog", follows=1, blind=0, tokens=[[1, "a"]])
    tell_all(sentinel, "notice")
    assert Sentinel(env, SETTINGS)._roster == {1: ("a", "notice")}


def test_whom_the_notice_did_not_reach_is_still_to_be_told(env: FakeEnv) -> None:
    sentinel = Sentinel(env, SETTINGS)
    beat(sentinel, node="watchdog", follows=1, blind=0, tokens=[[1, "a"]])
    env.answers["sentinel→push"] = None
    tell_all(sentinel, "notice")
    assert sentinel._roster == {1: ("a", "")}


def test_a_malformed_heartbeat_is_no_sign_of_life(env: FakeEnv) -> None:
    sentinel = Sentinel(env, SETTINGS)
    env.now_s += 100
    before = sentinel._heard
    for body in (b"", b"[]", b"{}", b'{"node": "x"}', b'{"node": "notifier"}', b'{"node": "watchdog", "tokens": 3}'):
        assert ask(sentinel.apps["sentinel"], "POST", "/heartbeat", body).status_code == 400
    assert sentinel._heard == before


def test_the_status_page_says_what_is_announced(env: FakeEnv) -> None:
    sentinel = Sentinel(env, SETTINGS)
    page = sentinel.apps["status"]
    assert ask(page, "GET", "/status.json").json()["incident"] is False
    sentinel._state = OutageState(incident_s=5.0, words=("<b>",))
    assert ask(page, "GET", "/status.json").json()["incident"] is True
    assert "&lt;b&gt;" in ask(page, "GET", "/").text


def test_evidence_is_kept_until_it_is_taken(env: FakeEnv) -> None:
    async def scene() -> None:
        sender = EvidenceSender(env, Settings(push_retry_s=0.001))
        env.answers["gateway→watchdog"] = None
        sender.registered(Follow(1, 2, 3, "t", 1200.0, 0.0))
        task = asyncio.create_task(sender.run())
        async with asyncio.timeout(5):
            while len(env.posts) < 3:
                await asyncio.sleep(0.001)
            assert 1 in sender._waiting
            env.answers["gateway→watchdog"] = 200
            while sender._waiting:
                await asyncio.sleep(0.001)
        task.cancel()

    asyncio.run(scene())


def test_a_group_commit_acknowledges_only_what_is_durable() -> None:
    written: list[int] = []

    def write(items: list[int]) -> None:
        if 13 in items:
            raise OSError("disk full")
        written.extend(items)

    async def scene() -> list[object]:
        commit = GroupCommit(write)
        first = await asyncio.gather(commit.submit([1]), commit.submit([2, 3]), return_exceptions=True)
        second = await asyncio.gather(commit.submit([13]), commit.submit([4]), return_exceptions=True)
        return [*first, *second]

    results = asyncio.run(scene())
    assert written == [1, 2, 3]
    assert results[:2] == [None, None]
    assert all(isinstance(result, OSError) for result in results[2:])


def test_a_push_that_reached_a_phones_old_token_is_still_to_reach_the_new(env: FakeEnv) -> None:
    alarms = Alarms(env)
    alarms.save([], [push(1)], [])
    (on_its_way,) = alarms.undelivered(10)
    alarms.save([], [], [], moved=[watched(1, token="new")])
    alarms.settle(on_its_way)
    assert [one.token for one in alarms.undelivered(10)] == ["new"]


def test_whatever_tokens_phones_have_a_part_of_the_evidence_is_taken_whole(env: FakeEnv) -> None:
    sender = EvidenceSender(env, SETTINGS)
    for number in range(10**6, 10**6 + 2 * ENTRIES_MAX):
        sender.confirmed(
            Follow(number, number, number, "\x01" * 200, 0.1234567, 1732487168.123456, 1234.567891),
            1732487168.0, acknowledged_s=1732487168.123456, snoozed_until_s=1732487168.123456,
        )  # fmt: skip

    async def scene() -> None:
        working, limit = asyncio.create_task(sender.run()), Deadline.after(10.0)
        while len(env.posts) < 2 and not limit.passed():
            await asyncio.sleep(0)
        working.cancel()

    asyncio.run(scene())
    dog = Watchdog(env, SETTINGS)
    assert [ask(dog.apps["watchdog"], "POST", path, body).status_code for _, path, body in env.posts] == [200, 200]


def test_what_is_not_taken_stands_in_nobodys_way(virtual: VirtualEnv) -> None:
    # A watchdog with a full disk believes what it hears all the same; it has to hear it from everybody.
    sender = EvidenceSender(virtual, SETTINGS)
    virtual.answers["gateway→watchdog"] = 503
    virtual.start(sender.run())
    for number in range(2 * ENTRIES_MAX):
        sender.registered(Follow(number, number, number, "t", 1200.0, 0.0))
    virtual.wait(4 * SETTINGS.push_retry_s)
    assert {one["follow"] for _, _, body in virtual.posts for one in json.loads(body)} == set(range(2 * ENTRIES_MAX))
