"""Each kind of work charges its figure, where it is done, and as often as it is done."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator

import pytest

from deadair.reference import costs
from deadair.reference.alerts.alarms import Push
from deadair.reference.http.admission import Urgency
from deadair.reference.nodes.notifier import Notifier
from deadair.reference.nodes.sentinel import Sentinel
from deadair.reference.nodes.watchdog import Watchdog
from deadair.reference.settings import Settings
from tests.reference.asgi import ask
from tests.reference.fake_env import FakeEnv
from tests.reference.service import Service


class Charged(FakeEnv):
    """An Env that sums what it is charged."""

    def __init__(self) -> None:
        super().__init__()
        self.charged_s = 0.0

    def cpu(self, seconds: float) -> None:
        self.charged_s += seconds

    def since_last_s(self) -> float:
        """Return what was charged since this was last asked."""
        charged_s, self.charged_s = self.charged_s, 0.0
        return charged_s


@pytest.fixture
def env() -> Iterator[Charged]:
    env = Charged()
    yield env
    env.close()


def follow(service: Service, session: str) -> int:
    return int(service.subscribe(session).json()["follow"])


def test_every_kind_of_request_has_its_cost() -> None:
    assert set(costs.REQUEST_S) == set(Urgency)


def test_every_cost_is_more_than_nothing() -> None:
    figures = {name: figure for name, figure in vars(costs).items() if isinstance(figure, float)}
    assert {name: figure for name, figure in figures.items() if not 0 < figure < 0.01} == {}


def test_a_log_in_charges_a_log_in(env: Charged) -> None:
    service = Service(env)
    env.since_last_s()
    service.login("patient", "p")
    assert env.since_last_s() == costs.LOGIN_S


def test_a_poll_and_a_read_charge_theirs(env: Charged) -> None:
    service = Service(env)
    session = service.login("follower", "f")
    number = follow(service, session)
    env.since_last_s()
    service.post("/app/poll", {"session": session, "follow": number, "shown_s": None})
    assert env.since_last_s() == costs.POLL_S
    service.read(session)
    assert env.since_last_s() == costs.READ_S


@pytest.mark.parametrize("age_s", [0, 7200])
def test_an_upload_charges_for_itself_and_for_each_reading(env: Charged, age_s: int) -> None:
    service = Service(env)
    session = service.login("patient", "p")
    env.since_last_s()
    service.upload(session, *(int(env.now()) - age_s - k for k in range(7)))
    assert env.since_last_s() == pytest.approx(costs.UPLOAD_S + 7 * costs.UPLOADED_READING_S)


def test_a_refusal_charges_less_than_an_upload_that_is_taken(env: Charged) -> None:
    service = Service(env, Settings(gateway_requests_per_s=5.0))
    session = service.login("patient", "p")
    env.since_last_s()
    while service.upload(session, int(env.now())).status_code != 429:
        assert env.since_last_s() >= costs.UPLOAD_S
    assert env.since_last_s() == costs.REFUSAL_S < costs.UPLOAD_S


def test_an_administrator_pays_like_everybody(env: Charged) -> None:
    service = Service(env)
    env.since_last_s()
    service.admin("GET", "/backlog")
    assert env.since_last_s() == costs.ADMIN_S


def test_storing_charges_for_the_batch_and_for_each_reading(env: Charged) -> None:
    service = Service(env)
    service.upload(service.login("patient", "p"), *(int(env.now()) - k for k in range(5)))
    env.since_last_s()
    assert service.store_some() == 5
    assert env.since_last_s() == pytest.approx(costs.STORED_BATCH_S + 5 * costs.STORED_READING_S)
    assert service.store_some() == 0
    assert env.since_last_s() == 0.0


def test_sending_evidence_charges_each_attempt(env: Charged) -> None:
    service = Service(env, Settings(push_retry_s=0.001))
    follow(service, service.login("follower", "f"))
    env.since_last_s()
    env.answers["gateway→watchdog"] = None

    async def scene() -> None:
        sending = asyncio.create_task(service.evidence.run())
        async with asyncio.timeout(5):
            while len(env.posts) < 3:
                await asyncio.sleep(0.001)
        sending.cancel()

    asyncio.run(scene())
    assert env.since_last_s() == pytest.approx(len(env.posts) * costs.EVIDENCE_SENT_S)


def test_evidence_and_alarms_charge_for_each_follow(env: Charged) -> None:
    dog = Watchdog(env, Settings())
    entries = [
        {"follow": n, "patient": 1, "token": "t", "no_data_after_s": 1.0, "since_s": 0.0, "confirmed_s": 0.0}
        for n in range(3)
    ]
    ask(dog.apps["watchdog"], "POST", "/evidence", json.dumps(entries).encode())
    assert env.since_last_s() == pytest.approx(costs.EVIDENCE_S + 3 * costs.EVIDENCE_ENTRY_S)
    dog._decide_due()
    assert env.since_last_s() == pytest.approx(3 * costs.ALARM_S)
    dog._decide_due()
    assert env.since_last_s() == 0.0


def test_a_push_charges_each_attempt(env: Charged) -> None:
    notifier = Notifier(env, Settings())
    push = Push(1, 2, "t", onset_s=1.0, measured_s=0.0, due_s=1.0, expires_s=2.0)
    for status in (503, 200):
        env.answers["notifier→push"] = status
        asyncio.run(notifier._try(push))
    assert env.since_last_s() == 2 * costs.PUSH_S


def test_a_heartbeat_and_a_notice_charge_theirs(env: Charged) -> None:
    sentinel = Sentinel(env, Settings())
    beat = {"node": "watchdog", "follows": 1, "blind": 0, "tokens": [[1, "a"]]}
    ask(sentinel.apps["sentinel"], "POST", "/heartbeat", json.dumps(beat).encode())
    assert env.since_last_s() == costs.HEARTBEAT_S
    asyncio.run(sentinel._tell([1], "notice"))
    assert env.since_last_s() == costs.NOTICE_S
