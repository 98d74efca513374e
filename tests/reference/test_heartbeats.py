"""Watchdog and sentinel watch each other; who dies is told to those who can do something about it."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from deadair.reference.alerts.alarms import Alarms
from deadair.reference.env import PeerAnswer
from deadair.reference.http.share_api import BODY_BYTES_MAX
from deadair.reference.nodes.notifier import Notifier
from deadair.reference.nodes.watchdog import Watchdog
from deadair.reference.settings import Settings
from tests.reference.broken_disk import full
from tests.reference.evidence_entries import entry, tell
from tests.reference.fake_env import FakeEnv
from tests.reference.virtual_env import VirtualEnv

SETTINGS = Settings()
SENTINEL = "watchdog→sentinel"


def kinds(env: FakeEnv) -> list[str]:
    return [push.kind for push in Alarms(env).undelivered(100)]


def beats(env: FakeEnv) -> list[dict[str, Any]]:
    return [json.loads(body) for link, _, body in env.posts if link == SENTINEL]


def test_a_sentinel_that_dies_is_told_to_the_operators_once_and_that_it_is_back(virtual: VirtualEnv) -> None:
    virtual.start(Watchdog(virtual, SETTINGS).run())
    virtual.wait(120)
    virtual.answers[SENTINEL] = None
    virtual.wait(100)
    assert kinds(virtual) == []
    virtual.wait(100)
    assert kinds(virtual) == ["watch_down"]
    Alarms(virtual).settle(Alarms(virtual).undelivered(1)[0])
    virtual.wait(900)
    assert kinds(virtual) == []
    virtual.answers[SENTINEL] = 200
    virtual.wait(60)
    assert kinds(virtual) == ["watch_up"]
    Alarms(virtual).settle(Alarms(virtual).undelivered(1)[0])
    virtual.wait(900)
    assert kinds(virtual) == []


def test_a_sentinel_that_refuses_heartbeats_is_as_good_as_dead(virtual: VirtualEnv) -> None:
    virtual.start(Watchdog(virtual, SETTINGS).run())
    virtual.answers[SENTINEL] = 500
    virtual.wait(SETTINGS.dead_after_s + SETTINGS.heartbeat_every_s + 1)
    assert kinds(virtual) == ["watch_down"]


def test_a_restart_tells_it_neither_again_nor_never(virtual: VirtualEnv) -> None:
    virtual.answers[SENTINEL] = None
    first = virtual.start(Watchdog(virtual, SETTINGS).run())
    virtual.wait(300)
    first.cancel()
    virtual.wait(1)
    Alarms(virtual).settle(Alarms(virtual).undelivered(1)[0])
    virtual.start(Watchdog(virtual, SETTINGS).run())
    virtual.wait(600)
    assert kinds(virtual) == []
    virtual.answers[SENTINEL] = 200
    virtual.wait(60)
    assert kinds(virtual) == ["watch_up"]


def test_a_sentinel_that_lost_its_roster_is_told_all_of_it_again(virtual: VirtualEnv) -> None:
    """Its file was corrupt, and begun anew: nobody but the watchdog can tell it whom to warn."""
    watchdog = Watchdog(virtual, SETTINGS)
    virtual.start(watchdog.run())
    tell(watchdog, *(entry(follow=follow, token=f"token-{follow}") for follow in (1, 2, 3)))
    for known in (3, 3, 0, 3):
        virtual.posts.clear()
        virtual.refusals = {b'"watchdog"': PeerAnswer(200, b'{"heard": true, "known": %d}' % known)}
        virtual.wait(SETTINGS.heartbeat_every_s)
    assert [beat["tokens"] for beat in beats(virtual)] == [[[1, "token-1"], [2, "token-2"], [3, "token-3"]]]
    virtual.posts.clear()
    virtual.refusals = {b'"watchdog"': PeerAnswer(200, b"no JSON")}
    virtual.wait(SETTINGS.heartbeat_every_s)
    assert [beat["tokens"] for beat in beats(virtual)] == [[]]


def test_what_cannot_be_written_down_is_told_later(virtual: VirtualEnv) -> None:
    virtual.answers[SENTINEL] = None
    virtual.start(Watchdog(virtual, SETTINGS).run())
    with full(virtual.database("alarms")):
        virtual.wait(600)
    virtual.wait(60)
    assert kinds(virtual) == ["watch_down"]


def test_operators_are_told_by_topic_after_every_alert_and_stuck_they_are_no_outage(env: FakeEnv) -> None:
    dog, notifier = Watchdog(env, SETTINGS), Notifier(env, SETTINGS)
    env.now_s += 1000
    dog._heartbeats.judge(answered=False)
    tell(dog, entry())
    dog._decide_due()
    assert kinds(env) == ["no_data", "watch_down"]
    for push in Alarms(env).undelivered(10):
        asyncio.run(notifier._try(push))
    message = json.loads(env.posts[-1][2])["message"]
    assert (message["topic"], message["data"]["kind"]) == ("operators", "watch_down")
    assert "token" not in message
    assert float(message["data"]["onset_s"]) == env.now_s - 1000
    env.answers["notifier→push"] = 503
    dog._heartbeats.judge(answered=True)
    env.now_s += 1000
    assert notifier._oldest_push_age_s() == 0.0


@pytest.mark.parametrize(
    ("character", "beats_max"),
    [("0", 3), ("\N{SNOWMAN}", 7), ("\x01", 12)],  # in a body a byte, three, and six
)
def test_the_whole_roster_reaches_the_sentinel_in_few_parts_that_it_takes(
    virtual: VirtualEnv, character: str, beats_max: int
) -> None:
    dog = Watchdog(virtual, SETTINGS)
    for first in range(1, 2001, 100):
        tokens = {n: f"{n}".rjust(200, character) for n in range(first, first + 100)}
        tell(dog, *(entry(follow=n, token=token, confirmed_s=virtual.now()) for n, token in tokens.items()))
    virtual.start(dog.run())
    virtual.wait(120)
    parts = [beat["tokens"] for beat in beats(virtual) if beat["tokens"]]
    assert sorted(follow for part in parts for follow, _ in part) == list(range(1, 2001))
    assert len(parts) <= beats_max
    sizes = [len(body) for link, _, body in virtual.posts if link == SENTINEL]
    assert max(sizes) <= BODY_BYTES_MAX
    for number in range(100):
        tell(dog, entry(token=f"token {number}"))
    assert len(dog._heartbeats._unheard) == 1


def test_a_token_that_changes_while_the_old_is_on_its_way_is_told_too(virtual: VirtualEnv) -> None:
    dog = Watchdog(virtual, SETTINGS)
    virtual.takes_s[SENTINEL] = 5.0
    tell(dog, entry(token="old"))
    virtual.start(dog.run())
    virtual.wait(2)
    tell(dog, entry(token="new"))
    virtual.wait(60)
    assert [beat["tokens"] for beat in beats(virtual)][:2] == [[[1, "old"]], [[1, "new"]]]


def test_a_part_that_was_not_heard_is_told_again(virtual: VirtualEnv) -> None:
    dog = Watchdog(virtual, SETTINGS)
    virtual.answers[SENTINEL] = None
    virtual.start(dog.run())
    tell(dog, entry(token="old"))
    virtual.wait(60)
    tell(dog, entry(token="new"))
    virtual.answers[SENTINEL] = 503
    virtual.wait(60)
    virtual.answers[SENTINEL] = 200
    virtual.wait(120)
    heard = [beat["tokens"] for beat in beats(virtual) if beat["tokens"]]
    assert heard[-1] == [[1, "new"]]
    assert beats(virtual)[-1]["tokens"] == []


def test_a_sentinel_that_is_back_is_told_the_whole_roster_for_it_may_have_another_disk(virtual: VirtualEnv) -> None:
    dog = Watchdog(virtual, SETTINGS)
    tell(dog, entry(follow=1), entry(follow=2))
    virtual.start(dog.run())
    virtual.wait(60)
    virtual.answers[SENTINEL] = None
    virtual.wait(300)
    virtual.answers[SENTINEL] = 200
    back = len(beats(virtual))
    virtual.wait(60)
    assert [tokens for beat in beats(virtual)[back:] for tokens in beat["tokens"]] == [[1, "token"], [2, "token"]]
