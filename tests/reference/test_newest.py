"""What a phone says it shows is evidence only if the service can have given it: a store that is silent harms nobody."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from deadair.reference.storage.sqlite_store import SqliteStore
from deadair.reference.storage.store import StoreUnreachable
from tests.reference.fake_env import FakeEnv
from tests.reference.service import Service

AHEAD_S = 300


@pytest.fixture
def phone(service: Service) -> Callable[[int], float]:
    """Return a phone of the follower's: what it says it shows goes in, what is evidence of it by now comes out."""
    session = service.login("follower", "f")
    follow = service.subscribe(session).json()["follow"]

    def says(shown_s: int) -> float:
        service.poll(session, follow, shown_s=shown_s)
        waiting = service.evidence._waiting.get(follow)
        return waiting.confirmed_s if waiting else 0.0

    return says


@contextmanager
def silent(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the store answer nothing."""

    async def latest(*_: object, **__: object) -> list[tuple[int, int, int]]:
        raise StoreUnreachable("silent")

    with monkeypatch.context() as hung:
        hung.setattr(SqliteStore, "latest", latest)
        yield


def uploaded(service: Service, *measured_s: int, stored: bool = True) -> None:
    assert service.upload(service.login("patient", "p"), *measured_s).status_code == 200
    if stored:
        service.store_all()


def test_a_reading_that_the_service_has_not_is_no_evidence(service: Service, phone: Callable[[int], float]) -> None:
    now = int(service.env.now())
    assert phone(now - 60) == 0
    uploaded(service, now - 300)
    assert phone(now - 60) == 0
    assert phone(now - 300) == now - 300
    assert phone(now) == now - 300


def test_what_was_acknowledged_is_known_before_it_is_stored(service: Service, phone: Callable[[int], float]) -> None:
    now = int(service.env.now())
    uploaded(service, now, stored=False)
    assert phone(now) == now


def test_a_reading_stamped_ahead_of_the_time_is_none_that_the_service_has(
    service: Service, env: FakeEnv, phone: Callable[[int], float]
) -> None:
    now = int(env.now())
    uploaded(service, now, now + 1000)
    env.now_s += 1000
    assert phone(now + 1000) == 0


def test_of_another_patients_readings_a_phone_proves_nothing(service: Service, phone: Callable[[int], float]) -> None:
    now = int(service.env.now())
    assert service.upload(service.login("stranger", "s"), now).status_code == 200
    assert phone(now) == 0


def test_after_a_restart_the_store_is_asked(service: Service, phone: Callable[[int], float]) -> None:
    now = int(service.env.now())
    uploaded(service, now - 8 * 86_400, now - 300)
    service.begin()
    assert phone(now) == 0
    assert phone(now - 300) == now - 300


def test_what_was_handed_out_long_ago_is_evidence_after_a_restart(
    service: Service, phone: Callable[[int], float]
) -> None:
    old = int(service.env.now()) - 3 * 86_400
    uploaded(service, old)
    service.begin()
    assert phone(old) == old


def test_what_an_earlier_life_took_in_is_evidence_once_it_is_stored(
    service: Service, phone: Callable[[int], float]
) -> None:
    now = int(service.env.now())
    uploaded(service, now, stored=False)
    service.begin()
    assert phone(now) == 0, "nobody can have shown it yet"
    service.store_all()
    assert phone(now) == now


def test_an_honest_phone_is_believed_while_the_store_is_silent(
    service: Service, env: FakeEnv, phone: Callable[[int], float], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = int(env.now())
    uploaded(service, now)
    with silent(monkeypatch):
        assert phone(now) == now
        service.begin()
        assert phone(now) == now


def test_nobody_keeps_a_timer_from_running_out_by_a_store_that_is_silent(
    service: Service, env: FakeEnv, phone: Callable[[int], float], monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = int(env.now())
    service.begin()
    with silent(monkeypatch):
        for _ in range(20):
            env.now_s += 300
            phone(int(env.now()))
        assert phone(int(env.now())) <= begun + AHEAD_S
    uploaded(service, begun)
    assert phone(begun) <= begun + AHEAD_S
    with silent(monkeypatch):
        assert phone(int(env.now())) <= begun + AHEAD_S


def test_what_the_store_said_holds_while_it_is_silent(
    service: Service, env: FakeEnv, phone: Callable[[int], float], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = int(env.now())
    uploaded(service, now - 600)
    service.begin()
    assert phone(now - 600) == now - 600
    with silent(monkeypatch):
        assert phone(now) == now - 600
        uploaded(service, now, stored=False)
        assert phone(now) == now
