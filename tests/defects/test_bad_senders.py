"""Each planted notifier and sentinel is bad in the one way its name says."""

from __future__ import annotations

import asyncio
import json

import pytest

from deadair.reference.alerts.alarms import Alarms, Push
from deadair.reference.alerts.outage import HeardOf, OutageState
from deadair.reference.defects.dies_of_an_answer import DiesOfAnAnswer
from deadair.reference.defects.incident_by_majority import ByMajority
from deadair.reference.defects.incident_that_stays import IncidentStays
from deadair.reference.defects.notice_that_stays import NoticeThatStays
from deadair.reference.defects.notice_told_once import NoticeToldOnce
from deadair.reference.defects.outbox_lost_on_restart import OutboxLost
from deadair.reference.defects.retries_without_rest import RetriesWithoutRest
from deadair.reference.defects.sentinel_without_rest import WithoutRest
from deadair.reference.defects.told_to_another import ToldToAnother
from deadair.reference.nodes.notifier import Notifier
from deadair.reference.nodes.sentinel import Sentinel
from deadair.reference.settings import Settings
from tests.reference.fake_env import FakeEnv
from tests.reference.test_sentinel import enter, keep_well, sent
from tests.reference.virtual_env import VirtualEnv

SETTINGS = Settings()
PHONES = 120


def waiting(env: FakeEnv, *follows: int) -> list[Push]:
    """Put pushes into the outbox."""
    pushes = [
        Push(one, one, f"token-{one}", 0.0, 500.0 + one, due_s=env.now_s, expires_s=env.now_s + 1800) for one in follows
    ]
    Alarms(env).save([], pushes, [])
    return pushes


def test_an_outbox_in_memory_is_gone_with_its_process(env: FakeEnv) -> None:
    for kind, left in ((Notifier, 2), (OutboxLost, 0)):
        waiting(env, 1, 2)
        kind(env, SETTINGS)
        assert len(Alarms(env).undelivered(10)) == left


def tries(env: VirtualEnv, kind: type[Notifier], seconds: float) -> int:
    """Return how often pushes are tried of a provider that refuses all, and asks to be left alone for a minute."""
    env.answers["notifier→push"], env.retry_after_s["notifier→push"] = 503, 60.0
    waiting(env, *range(1, 50))
    task = env.start(kind(env, SETTINGS).run())
    env.wait(seconds)
    task.cancel()
    return sum(1 for link, _, _ in env.posts if link == "notifier→push")


def test_retries_without_rest_are_many_more_than_those_that_rest(virtual: VirtualEnv) -> None:
    good = tries(virtual, Notifier, 600)
    virtual.posts.clear()
    assert tries(virtual, RetriesWithoutRest, 600) > 3 * good


def test_what_is_told_to_another_is_told_to_its_own_phone_too(env: FakeEnv) -> None:
    node = ToldToAnother(env, SETTINGS)
    for push in waiting(env, 1, 2):
        asyncio.run(node._try(push))
    messages = [json.loads(body)["message"] for _, _, body in env.posts]
    found = [(one["token"], one["data"]["patient"]) for one in messages]
    assert found == [("token-1", "1"), ("token-1", "2"), ("token-2", "2")]


def test_a_notifier_that_an_answer_stops_beats_on_as_if_all_were_well(virtual: VirtualEnv) -> None:
    virtual.answers["notifier→push"] = 503
    waiting(virtual, 1)
    virtual.start(DiesOfAnAnswer(virtual, SETTINGS).run())
    virtual.wait(60)
    virtual.answers["notifier→push"] = 200
    virtual.wait(600)
    assert [link for link, _, _ in virtual.posts].count("notifier→push") == 1
    beats = [json.loads(body)["oldest_push_age_s"] for link, _, body in virtual.posts if link == "notifier→sentinel"]
    assert len(beats) > 10
    assert set(beats) == {0.0}


def outages(virtual: VirtualEnv, kind: type[Sentinel], times: int) -> list[str]:
    """Let the cloud be dead and well again, so many times; return what one phone is told."""
    sentinel = kind(virtual, SETTINGS)
    virtual.start(sentinel.run())
    enter(sentinel, 1)
    for _ in range(times):
        virtual.wait(300)
        keep_well(virtual, sentinel, 180)
    return [said for said, _ in sent(virtual)]


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        (Sentinel, ["notice", "back", "notice", "back"]),
        (NoticeThatStays, ["notice", "notice"]),
        (NoticeToldOnce, ["notice", "back", "back"]),
    ],
)
def test_who_is_told_of_two_outages(virtual: VirtualEnv, kind: type[Sentinel], told: list[str]) -> None:
    assert outages(virtual, kind, 2) == told


def test_a_sentinel_without_rest_asks_for_everybody_again_and_again(virtual: VirtualEnv) -> None:
    asked = []
    for kind in (Sentinel, WithoutRest):
        virtual.answers["sentinel→push"] = 503
        sentinel = kind(virtual, SETTINGS)
        task = virtual.start(sentinel.run())
        enter(sentinel, PHONES)
        virtual.wait(3600)
        asked.append(len(sent(virtual)))
        virtual.posts.clear()
        task.cancel()
        virtual.wait(1)
    assert asked[0] < 3 * PHONES < 50 * PHONES < asked[1]


@pytest.mark.parametrize(("share", "good", "bad"), [(0.04, False, False), (0.4, True, False), (0.6, True, True)])
def test_an_incident_by_majority_needs_half_of_all(env: FakeEnv, share: float, *, good: bool, bad: bool) -> None:
    for kind, opened in ((Sentinel, good), (ByMajority, bad)):
        sentinel = kind(env, SETTINGS)
        sentinel._heard = HeardOf(env.now_s, env.now_s, blind_share=share)
        assert (sentinel.assess(env.now_s).incident_s is not None) == opened


def test_an_incident_that_stays_is_there_long_after_all_is_well(env: FakeEnv) -> None:
    later_s = env.now_s + 86_400
    for kind, ended in ((Sentinel, True), (IncidentStays, False)):
        sentinel = kind(env, SETTINGS)
        sentinel._state = OutageState(None, env.now_s, words=("Readings are not reaching followers.",))
        sentinel._heard = HeardOf(later_s, later_s)
        sentinel._state = sentinel.assess(later_s - 3600)
        assert (sentinel.assess(later_s).incident_s is None) == ended
