"""Lanes and limits: fresh readings go first, who sends too much is refused alone, the store has its capacity."""

from __future__ import annotations

import pytest

from deadair.reference.settings import Settings
from deadair.reference.storage.inbox import Inbox
from tests.reference.fake_env import FakeEnv
from tests.reference.service import Service


def test_fresh_readings_go_before_older_ones(service: Service) -> None:
    session = service.login("patient", "p")
    now = int(service.env.now())
    service.upload(session, *(now - 7200 - 300 * k for k in range(10)))
    service.upload(session, now)
    assert [row.measured_s for row in Inbox(service.env).next(2)] == [now, now - 7200]


def test_backfill_is_refused_when_too_much_waits_and_fresh_readings_only_later(env: FakeEnv) -> None:
    service = Service(env, Settings(backfill_rows_max=5, account_requests_per_s=None))
    session = service.login("patient", "p")
    now = int(env.now())
    refused = service.upload(session, *(now - 7200 - 300 * k for k in range(6)))
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    assert refused.json()["Code"] == "TooManyRequests"
    assert service.upload(session, *(now - 7200 - 300 * k for k in range(5))).status_code == 200
    assert service.upload(session, *(now - k for k in range(5))).status_code == 200
    assert service.upload(session, now - 10).status_code == 429
    service.store_all()
    env.now_s += 60
    assert service.upload(session, now - 10).status_code == 200


def test_what_was_posted_before_needs_no_room(env: FakeEnv) -> None:
    service = Service(env, Settings(backfill_rows_max=5))
    session = service.login("patient", "p")
    old = [int(env.now()) - 7200 - 300 * k for k in range(5)]
    assert service.upload(session, *old).status_code == 200
    assert service.upload(session, *old).json()["Code"] == "DuplicateEgvPosted"


@pytest.mark.parametrize(
    "settings", [Settings(gateway_requests_per_s=5.0, account_requests_burst=10.0), Settings(account_requests_burst=10)]
)
def test_whoever_hammers_is_refused_and_nobody_else(env: FakeEnv, settings: Settings) -> None:
    service = Service(env, settings)
    phone, device = service.login("follower", "f"), service.login("patient", "p")
    follow = service.subscribe(phone).json()["follow"]
    answers = [service.poll(phone, follow).status_code for _ in range(30)]
    assert answers.count(429) >= 20
    assert service.upload(device, int(env.now())).status_code == 200


def test_the_store_gets_all_of_its_capacity_however_seldom_it_looks(env: FakeEnv) -> None:
    """It was given a second of its own clock to save up, which is a minute of real life only when compressed by 60."""
    service = Service(env, Settings(store_rows_per_s=10.0, drain_every_s=2.0))
    session = service.login("patient", "p")
    now = int(env.now())
    for first in (0, 900, 1800):
        service.upload(session, *(now - k for k in range(first, first + 900)))
    while service.store_some():
        pass  # what could be saved up before
    stored = 0
    for _ in range(10):
        env.now_s += 2.0
        stored += service.store_some()
    assert stored == 200


def test_the_store_takes_no_more_than_its_capacity(env: FakeEnv) -> None:
    service = Service(env, Settings(store_rows_per_s=10.0, capacity_burst_s=1.0))
    session = service.login("patient", "p")
    now = int(env.now())
    service.upload(session, *(now - k for k in range(100)))
    assert service.store_some() == 10
    assert service.store_some() == 0
    env.now_s += 0.5
    assert service.store_some() == 5
