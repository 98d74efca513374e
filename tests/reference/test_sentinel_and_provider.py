"""A push provider that takes nothing is asked now and then, not without end; once it is back, everybody hears."""

from __future__ import annotations

import pytest

from deadair.reference.nodes.sentinel import Sentinel
from deadair.reference.settings import Settings
from tests.reference.fake_env import UNREGISTERED
from tests.reference.test_sentinel import enter, sent
from tests.reference.virtual_env import VirtualEnv

SETTINGS = Settings()
PHONES = 120
LINK = "sentinel→push"
OUTAGE_S = SETTINGS.dead_after_s + SETTINGS.heartbeat_every_s
HOUR_S = 3600


def told_of_an_outage(virtual: VirtualEnv, *, answer: int | None, retry_after_s: float = 0.0) -> Sentinel:
    """Return a sentinel that has something to tell all phones, and a provider that answers so."""
    sentinel = Sentinel(virtual, SETTINGS)
    virtual.start(sentinel.run())
    enter(sentinel, PHONES)
    virtual.answers[LINK] = answer
    virtual.retry_after_s[LINK] = retry_after_s
    virtual.wait(OUTAGE_S)
    return sentinel


@pytest.mark.parametrize("answer", [503, 500, None])
def test_in_an_hour_a_provider_in_trouble_is_asked_less_often_than_there_are_pushes_to_tell(
    virtual: VirtualEnv, answer: int | None
) -> None:
    told_of_an_outage(virtual, answer=answer)
    before = len(sent(virtual))
    virtual.wait(HOUR_S)
    assert 30 < len(sent(virtual)) - before < 2 * PHONES
    virtual.answers[LINK] = 200
    told = len(sent(virtual))
    virtual.wait(SETTINGS.push_retry_max_s + 2 * SETTINGS.request_timeout_s)
    assert {token for _, token in sent(virtual)[told:]} == {f"token-{number}" for number in range(1, PHONES + 1)}


def test_phones_that_are_refused_one_by_one_are_tried_a_round_at_a_time(virtual: VirtualEnv) -> None:
    """What is refused of one phone says nothing of the others: all are tried, and then rest together."""
    told_of_an_outage(virtual, answer=429)
    assert len({token for _, token in sent(virtual)}) == PHONES
    before = len(sent(virtual))
    virtual.wait(HOUR_S)
    assert len(sent(virtual)) - before < 200 * PHONES


def test_a_provider_is_left_alone_for_as_long_as_it_asks(virtual: VirtualEnv) -> None:
    told_of_an_outage(virtual, answer=503, retry_after_s=50.0)
    virtual.wait(HOUR_S)
    asked = len(sent(virtual))
    while len(sent(virtual)) == asked:
        virtual.wait(0.5)
    asked = len(sent(virtual))
    virtual.wait(49.0)
    assert len(sent(virtual)) == asked


def test_no_provider_is_left_alone_for_longer_than_followers_can_wait(virtual: VirtualEnv) -> None:
    told_of_an_outage(virtual, answer=503, retry_after_s=86_400.0)
    virtual.answers[LINK] = 200
    told = len(sent(virtual))
    virtual.wait(2 * SETTINGS.push_retry_max_s + 1)
    assert len({token for _, token in sent(virtual)[told:]}) == PHONES


def test_news_is_told_at_once_though_others_are_rested_for(virtual: VirtualEnv) -> None:
    sentinel = Sentinel(virtual, SETTINGS)
    virtual.start(sentinel.run())
    enter(sentinel, 1)
    virtual.refusals[b"token-1"] = UNREGISTERED._replace(status=429, body=b"")
    virtual.wait(HOUR_S)
    told = len(sent(virtual))
    sentinel._enter([(2, "token-2")])
    virtual.wait(1.0)
    assert ("notice", "token-2") in sent(virtual)[told:]
