"""The sentinel stands alone: everything else may die at once, and no heartbeat talks it into anything."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deadair.reference.nodes.sentinel import Sentinel
from deadair.reference.settings import Settings
from tests.reference.asgi import ask
from tests.reference.broken_disk import full
from tests.reference.fake_env import UNREGISTERED, FakeEnv
from tests.reference.virtual_env import VirtualEnv

SETTINGS = Settings()
WELL = {"node": "watchdog", "follows": 100, "blind": 0, "overdue_s": 0.0}


def beat(sentinel: Sentinel, said: object) -> int:
    body = said if isinstance(said, bytes) else json.dumps(said).encode()
    return ask(sentinel.apps["sentinel"], "POST", "/heartbeat", body).status_code


def enter(sentinel: Sentinel, follows: int) -> None:
    assert beat(sentinel, {**WELL, "tokens": [[n, f"token-{n}"] for n in range(1, follows + 1)]}) == 200
    assert beat(sentinel, {"node": "notifier", "oldest_push_age_s": 0.0}) == 200


def incident(sentinel: Sentinel) -> bool:
    return bool(ask(sentinel.apps["status"], "GET", "/status.json").json()["incident"])


def sent(env: FakeEnv, since: int = 0) -> list[tuple[str, str]]:
    messages = [json.loads(body)["message"] for link, _, body in env.posts[since:] if link == "sentinel→push"]
    return [(message["data"]["kind"], message["token"]) for message in messages]


def keep_well(virtual: VirtualEnv, sentinel: Sentinel, seconds: float, **said: Any) -> None:
    """Let both nodes beat for a while."""
    for _ in range(int(seconds // 30)):
        beat(sentinel, {**WELL, "tokens": [], **said})
        beat(sentinel, {"node": "notifier", "oldest_push_age_s": 0.0})
        virtual.wait(30)


def test_with_everything_else_dead_at_once_it_tells_its_own_roster(virtual: VirtualEnv) -> None:
    sentinel = Sentinel(virtual, SETTINGS)
    task = virtual.start(sentinel.run())
    enter(sentinel, 500)
    virtual.wait(SETTINGS.dead_after_s + SETTINGS.heartbeat_every_s)
    assert sorted(sent(virtual)) == sorted(("notice", f"token-{n}") for n in range(1, 501))
    assert incident(sentinel)
    virtual.wait(86_400)
    assert len(sent(virtual)) == 500
    assert not task.done()
    told = len(virtual.posts)
    keep_well(virtual, sentinel, 180)
    assert sorted(sent(virtual, told)) == sorted(("back", f"token-{n}") for n in range(1, 501))
    assert not incident(sentinel)


def test_started_into_a_dead_cloud_it_tells_whom_it_knew(virtual: VirtualEnv) -> None:
    enter(Sentinel(virtual, SETTINGS), 3)
    virtual.start(Sentinel(virtual, SETTINGS).run())
    virtual.wait(SETTINGS.dead_after_s + SETTINGS.heartbeat_every_s)
    assert len(sent(virtual)) == 3


def test_a_restart_in_an_outage_calls_nothing_over(virtual: VirtualEnv) -> None:
    first = Sentinel(virtual, SETTINGS)
    task = virtual.start(first.run())
    enter(first, 3)
    virtual.wait(300)
    task.cancel()
    virtual.wait(1)
    again = Sentinel(virtual, SETTINGS)
    virtual.start(again.run())
    virtual.wait(1)
    assert incident(again)
    virtual.wait(3600)
    assert [kind for kind, _ in sent(virtual)] == ["notice"] * 3
    assert incident(again)
    keep_well(virtual, again, 180)
    assert [kind for kind, _ in sent(virtual)] == ["notice"] * 3 + ["back"] * 3


def test_a_restart_after_an_outage_begins_none_though_some_never_heard_of_its_end(virtual: VirtualEnv) -> None:
    first = Sentinel(virtual, SETTINGS)
    task = virtual.start(first.run())
    enter(first, 3)
    virtual.wait(300)
    virtual.answers["sentinel→push"] = None
    keep_well(virtual, first, 180)
    assert not incident(first)
    task.cancel()
    virtual.wait(1)
    virtual.answers["sentinel→push"] = 200
    told = len(virtual.posts)
    again = Sentinel(virtual, SETTINGS)
    virtual.start(again.run())
    keep_well(virtual, again, 300)
    assert {kind for kind, _ in sent(virtual, told)} == {"back"}


def test_alarms_that_cannot_be_written_down_are_an_outage(virtual: VirtualEnv) -> None:
    sentinel = Sentinel(virtual, SETTINGS)
    virtual.start(sentinel.run())
    enter(sentinel, 3)
    keep_well(virtual, sentinel, 120, overdue_s=60.0)
    assert sent(virtual) == []
    keep_well(virtual, sentinel, 60, overdue_s=100.0)
    assert len(sent(virtual)) == 3
    assert sentinel._state.words == ("Alerts are not reaching phones.",)


def test_phones_that_cannot_be_reached_stand_in_nobodys_way(virtual: VirtualEnv) -> None:
    sentinel = Sentinel(virtual, SETTINGS)
    virtual.start(sentinel.run())
    enter(sentinel, 300)
    send = sentinel._send

    async def picky(token: str, kind: str) -> str | None:
        return None if int(token.removeprefix("token-")) <= 200 else await send(token, kind)

    sentinel._send = picky  # type: ignore[method-assign]
    virtual.wait(SETTINGS.dead_after_s + 120)
    assert len(sent(virtual)) == 100
    sentinel._send = send  # type: ignore[method-assign]
    virtual.wait(60)
    assert len(sent(virtual)) == 300


def test_a_full_roster_still_takes_new_tokens_and_revocations(env: FakeEnv, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deadair.reference.nodes.sentinel.ROSTER_MAX", 3)
    sentinel = Sentinel(env, SETTINGS)
    enter(sentinel, 3)
    assert beat(sentinel, {**WELL, "tokens": [[4, "d"], [2, "new"], [3, ""], [5, "e"]]}) == 200
    assert {follow: token for follow, (token, _) in sentinel._roster.items()} == {1: "token-1", 2: "new", 3: ""}
    assert [facts["left_out"] for event, facts in env.logged if event == "the roster is full"] == [4, 5]


def test_only_a_phone_that_is_gone_for_the_provider_is_told_nothing_more(virtual: VirtualEnv) -> None:
    sentinel = Sentinel(virtual, SETTINGS)
    virtual.start(sentinel.run())
    enter(sentinel, 2)
    virtual.answers["sentinel→push"] = 404  # as of a gateway in between that knows the way no more
    virtual.refusals[b"token-2"] = UNREGISTERED
    virtual.wait(SETTINGS.dead_after_s + 60)
    virtual.answers["sentinel→push"] = 200
    told = len(virtual.posts)
    virtual.wait(60)
    assert sent(virtual, told) == [("notice", "token-1")]


@pytest.mark.parametrize("newer_while_out", [True, False])
def test_a_notice_ends_though_its_phone_has_another_token_by_then(
    virtual: VirtualEnv, *, newer_while_out: bool
) -> None:
    sentinel = Sentinel(virtual, SETTINGS)
    virtual.start(sentinel.run())
    enter(sentinel, 2)
    virtual.wait(SETTINGS.dead_after_s + 60)
    virtual.refusals[b"token-1"] = UNREGISTERED
    if not newer_while_out:
        keep_well(virtual, sentinel, 180)
    told = len(virtual.posts)
    keep_well(virtual, sentinel, 180, tokens=[[1, "new"]])
    assert [(kind, token) for kind, token in sent(virtual, told) if token == "new"][-1:] == [("back", "new")]


def test_a_new_token_of_a_phone_that_was_told_of_no_outage_is_told_nothing(virtual: VirtualEnv) -> None:
    sentinel = Sentinel(virtual, SETTINGS)
    virtual.start(sentinel.run())
    enter(sentinel, 2)
    keep_well(virtual, sentinel, 60, tokens=[[1, "new"]])
    assert sent(virtual) == []


def test_a_full_disk_silences_nobody(virtual: VirtualEnv) -> None:
    sentinel = Sentinel(virtual, SETTINGS)
    task = virtual.start(sentinel.run())
    enter(sentinel, 100)
    with full(virtual.database("sentinel")):
        assert beat(sentinel, {**WELL, "tokens": [[1000, "new"]]}) == 503
        virtual.wait(SETTINGS.dead_after_s + 60)
    assert len(sent(virtual)) == 101, "whoever cannot be written down is told all the same"
    assert not task.done()
    assert beat(sentinel, {**WELL, "tokens": [[1000, "new"]]}) == 200
    assert 1000 in Sentinel(virtual, SETTINGS)._roster


@pytest.mark.parametrize(
    "said",
    [
        b"", b"[]", b"{}", b"null", b"\xff", b"[" * 10_000, {"node": "x"}, {"node": ["watchdog"]}, {"node": "notifier"},
        {"node": "notifier", "oldest_push_age_s": "0"}, {"node": "notifier", "oldest_push_age_s": -1},
        {"node": "notifier", "oldest_push_age_s": 1e300}, {"node": "notifier", "oldest_push_age_s": None},
        b'{"node": "notifier", "oldest_push_age_s": NaN}', {"node": "watchdog", "tokens": 3}, {**WELL},
        {**WELL, "tokens": [], "blind": 101}, {**WELL, "tokens": [], "blind": -1},
        {**WELL, "tokens": [], "follows": 1e9},
        {**WELL, "tokens": [], "overdue_s": "long"}, {**WELL, "tokens": [], "overdue_s": -5},
        {**WELL, "tokens": [[1, "good"], [2]]},
        {**WELL, "tokens": [[1, "good"], [2, None]]}, {**WELL, "tokens": [[1, "good"], ["2", "x"]]},
        {**WELL, "tokens": [[1, "good"], [2**70, "x"]]}, {**WELL, "tokens": [[1, "good"], "ab"]},
        {**WELL, "tokens": {"1": "good"}}, {**WELL, "tokens": [[1, "good"]], "blind": "none"},
        {**WELL, "tokens": [[1, "good"]], "overdue_s": []}, {**WELL, "tokens": [[1, "x" * 5000]]},
    ],
)  # fmt: skip
def test_a_beat_that_makes_no_sense_changes_nothing(env: FakeEnv, said: object) -> None:
    sentinel = Sentinel(env, SETTINGS)
    enter(sentinel, 1)
    env.now_s += 100
    before = sentinel._heard, dict(sentinel._roster)
    assert beat(sentinel, said) == 400
    assert (sentinel._heard, sentinel._roster) == before
    assert Sentinel(env, SETTINGS)._roster == before[1]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text("ab1", max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("ab", max_size=2), inner, max_size=4),
    max_leaves=12,
)
FIELDS = ["node", "follows", "blind", "overdue_s", "tokens", "oldest_push_age_s"]


@given(st.dictionaries(st.sampled_from(FIELDS), JSON), st.sampled_from(["watchdog", "notifier"]))
def test_any_beat_is_heard_whole_or_not_at_all(said: dict[str, Any], node: str) -> None:
    env = FakeEnv()
    try:
        sentinel = Sentinel(env, SETTINGS)
        env.now_s += 100
        before = sentinel._heard
        status = beat(sentinel, {**WELL, "tokens": [], "oldest_push_age_s": 0.0, "node": node, **said})
        assert status in (200, 400)
        assert (sentinel._heard == before) == (status == 400)
        assert sentinel._roster == {} or status == 200
        assert 0 <= sentinel._heard.blind_share <= 1
    finally:
        env.close()


def test_an_outage_that_could_not_be_written_down_at_first_is_known_after_a_restart(virtual: VirtualEnv) -> None:
    first = Sentinel(virtual, SETTINGS)
    task = virtual.start(first.run())
    enter(first, 3)
    with full(virtual.database("sentinel")):
        virtual.wait(SETTINGS.dead_after_s + 20)
    virtual.wait(60)
    task.cancel()
    assert Sentinel(virtual, SETTINGS)._state.outage_s is not None


def test_while_all_is_well_it_looks_when_a_heartbeat_brings_news_and_in_its_own_step(virtual: VirtualEnv) -> None:
    sentinel = Sentinel(virtual, SETTINGS)
    virtual.start(sentinel.run())
    enter(sentinel, 3)
    keep_well(virtual, sentinel, 300)
    virtual.wait(1)
    beat(sentinel, {**WELL, "blind": 50, "tokens": []})
    virtual.wait(6)
    assert not incident(sentinel)
    virtual.wait(1)
    assert incident(sentinel), "7.5 s after the last moment at which it might have looked"


def test_a_clock_that_was_set_back_a_day_keeps_it_from_nothing(
    virtual: VirtualEnv, monkeypatch: pytest.MonkeyPatch
) -> None:
    sentinel = Sentinel(virtual, SETTINGS)
    virtual.start(sentinel.run())
    enter(sentinel, 3)
    virtual.wait(60)
    monkeypatch.setattr(virtual, "now", lambda: virtual.loop.time() - 86_400)
    virtual.wait(SETTINGS.dead_after_s + 30)  # it looks before it hears of anybody by the new clock
    keep_well(virtual, sentinel, 300)
    virtual.wait(SETTINGS.dead_after_s * 2)
    assert incident(sentinel)


def test_a_phone_that_follows_two_patients_is_told_once_of_an_outage_and_once_of_its_end(virtual: VirtualEnv) -> None:
    sentinel = Sentinel(virtual, SETTINGS)
    virtual.start(sentinel.run())
    assert beat(sentinel, {**WELL, "tokens": [[1, "shared"], [2, "other"], [3, "shared"]]}) == 200
    assert beat(sentinel, {"node": "notifier", "oldest_push_age_s": 0.0}) == 200
    virtual.wait(SETTINGS.dead_after_s + SETTINGS.heartbeat_every_s)
    assert sorted(sent(virtual)) == [("notice", "other"), ("notice", "shared")]
    told = len(virtual.posts)
    keep_well(virtual, sentinel, 180)
    assert sorted(sent(virtual, told)) == [("back", "other"), ("back", "shared")]
