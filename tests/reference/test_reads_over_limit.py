"""A read over its account's limit waits its turn; what cannot be served is answered with no readings, never refused.

Clients take a refused read for the end of their session, log in, read, and are refused again (docs/clients.md).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator

import httpx
import pytest

from deadair.reference.http.request_guard import READ_WAIT_MAX_S, READS_WAITING_MAX
from deadair.reference.settings import Settings
from deadair.reference.storage.store import StoreUnreachable
from tests.reference.asgi import asked
from tests.reference.service import PUBLISHER, SUBSCRIBER, Service
from tests.reference.virtual_env import VirtualEnv

BURST = 10
LIMITED = Settings(account_requests_per_s=1.0, account_requests_burst=BURST)
CLOSED = Settings(account_requests_per_s=0.01, account_requests_burst=BURST)
"""Whoever has used it up has nothing for a long time."""


@pytest.fixture
def env() -> Iterator[VirtualEnv]:
    env = VirtualEnv()
    yield env
    env.close()


def query(service: Service, session: str) -> str:
    return f"{PUBLISHER}/ReadPublisherLatestGlucoseValues?sessionId={session}&minutes=10&maxCount=1"


def reads(
    env: VirtualEnv, service: Service, path: str, count: int, body: bytes = b""
) -> list[tuple[httpx.Response, float]]:
    """Ask so often at once; return the answers, and after how long each came."""

    async def one() -> tuple[httpx.Response, float]:
        began_s = env.now()
        answer = await asked(service.gateway.apps["gateway"], "POST", path, body)
        return answer, env.now() - began_s

    async def all_of_them() -> list[tuple[httpx.Response, float]]:
        return await asyncio.gather(*(one() for _ in range(count)))

    return env.loop.run_until_complete(all_of_them())


def exhausted(env: VirtualEnv, settings: Settings) -> tuple[Service, str]:
    """Return a service with one reading whose patient has read as often as the account may, and the session."""
    service = Service(env, settings)
    session = service.login("patient", "p")
    service.upload(session, int(env.now()), value=123)
    service.store_all()
    for _ in range(BURST):
        if reads(env, service, query(service, session), 1)[0][1] > 0:
            break
    return service, session


def test_a_read_over_the_limit_waits_for_its_turn_and_is_served(env: VirtualEnv) -> None:
    service, session = exhausted(env, LIMITED)
    answers = reads(env, service, query(service, session), 3)
    assert [answer.json()[0]["Value"] for answer, _ in answers] == [123] * 3
    assert 0.0 < max(after_s for _, after_s in answers) <= READ_WAIT_MAX_S


def test_more_than_may_wait_get_no_readings_at_once_and_are_told_when_to_come_again(env: VirtualEnv) -> None:
    service, session = exhausted(env, LIMITED)
    answers = reads(env, service, query(service, session), READS_WAITING_MAX + 3)
    at_once = [answer for answer, after_s in answers if after_s == 0.0]
    assert [(answer.status_code, answer.json()) for answer in at_once] == [(200, [])] * 3
    assert all(int(answer.headers["Retry-After"]) > 0 for answer in at_once)
    assert sum(answer.json() != [] for answer, _ in answers) == READS_WAITING_MAX


def test_whoever_cannot_be_served_within_the_wait_gets_no_readings(env: VirtualEnv) -> None:
    service, session = exhausted(env, CLOSED)
    ((answer, after_s),) = reads(env, service, query(service, session), 1)
    assert (answer.status_code, answer.json()) == (200, [])
    assert after_s <= READ_WAIT_MAX_S


def test_readings_and_polls_are_taken_while_reads_wait(env: VirtualEnv) -> None:
    service, session = exhausted(env, LIMITED)
    reading = env.loop.create_task(asked(service.gateway.apps["gateway"], "POST", query(service, session)))
    env.wait(0.1)
    assert not reading.done()
    assert service.upload(session, int(env.now())).status_code == 200
    env.wait(READ_WAIT_MAX_S)
    assert reading.result().json() != []


def test_a_session_that_is_ended_while_its_read_waits_reads_nothing(env: VirtualEnv) -> None:
    service, session = exhausted(env, LIMITED)
    reading = env.loop.create_task(asked(service.gateway.apps["gateway"], "POST", query(service, session)))
    env.wait(0.1)
    service.admin("POST", "/sessions/revoke", {})
    env.wait(READ_WAIT_MAX_S)
    assert reading.result().json()["Code"] == "SessionIdNotFound"


def test_a_follower_over_the_limit_is_given_nothing_that_counts_as_seen(env: VirtualEnv) -> None:
    service = Service(env, CLOSED)
    patient, follower = service.login("patient", "p"), service.login("follower", "f")
    service.upload(patient, int(env.now()), value=123)
    service.store_all()
    (listed,) = service.subscriber("ListSubscriberAccountSubscriptions", follower).json()
    subscription = listed["SubscriptionId"]
    latest = f"{SUBSCRIBER}/ReadSubscriptionLatestGlucoseValues?sessionId={follower}&subscriptionId={subscription}"
    last = f"{SUBSCRIBER}/ReadLastGlucoseFromSubscriptions?sessionId={follower}"
    while reads(env, service, latest, 1)[0][0].json():
        pass
    body = json.dumps([subscription]).encode()
    ((answer, _),) = reads(env, service, last, 1, body)
    assert answer.json() == [{"SubscriptionId": subscription, "Egv": None}]


def test_a_read_that_the_store_does_not_answer_is_no_end_of_a_session(
    env: VirtualEnv, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = Service(env)
    session = service.login("patient", "p")

    async def unreachable(*_: object, **__: object) -> list[tuple[int, int, int]]:
        raise StoreUnreachable("no answer")

    monkeypatch.setattr(type(service.gateway._books.store), "latest", unreachable)
    ((answer, _),) = reads(env, service, query(service, session), 1)
    assert (answer.status_code, answer.json()) == (200, [])
    assert int(answer.headers["Retry-After"]) > 0
