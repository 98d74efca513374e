"""Followers who only read over the Share API: watched by what successive reads prove, as far as they can be."""

from __future__ import annotations

from typing import Any

import pytest

from deadair.reference.storage.sqlite_store import SqliteStore
from deadair.reference.storage.store import StoreUnreachable
from tests.reference.broken_disk import full
from tests.reference.fake_env import FakeEnv
from tests.reference.service import Service

AFTER_S = 1500.0
WANTED = {"NoDataAlert": {"IsEnabled": True, "AlarmDelay": "PT25M", "RealarmDelay": "PT15M"}}
UNWANTED = {"NoDataAlert": {"IsEnabled": False, "AlarmDelay": "PT25M", "RealarmDelay": "PT15M"}}
BOTH = ["ReadLastGlucoseFromSubscriptions", "ReadSubscriptionLatestGlucoseValues"]


class Bridge:
    """A program that reads as the stranger, whom the patient has invited."""

    def __init__(self, service: Service, settings: object = WANTED) -> None:
        self.service = service
        patient = service.login("patient", "p")
        self.contact = service.publisher("CreateContact", patient, contactName="G", emailAddress="stranger").json()
        self.subscription = self.invite(settings)
        self.session = service.login("stranger", "s")

    def invite(self, settings: object) -> str:
        patient = self.service.login("patient", "p")
        body = {"AlertSettings": settings, "DisplayName": "Kim"}
        answer = self.service.publisher("CreateSubscriptionInvitation", patient, body, contactId=self.contact)
        return str(answer.json())

    def read(self, call: str = BOTH[0], session: str = "") -> Any:
        session = session or self.session
        if call == BOTH[0]:
            return self.service.subscriber(call, session, [self.subscription])
        return self.service.subscriber(call, session, subscriptionId=self.subscription, minutes="1440", maxCount="3")

    def seen_s(self) -> float:
        """Return what is evidence of it by now."""
        (entry,) = [one for one in self.service.evidence._waiting.values() if not one.token and one.no_data_after_s]
        return entry.confirmed_s


def uploaded(service: Service, at_s: float) -> None:
    service.upload(service.login("patient", "p"), int(at_s))
    service.store_all()


def watched(service: Service) -> list[tuple[str, float]]:
    """Return (token, delay) of the patient's follows."""
    patient = service.gateway._books.accounts.named("patient")
    assert patient is not None
    return [(one.token, one.no_data_after_s) for one in service.gateway._books.follows.of_patient(patient.number)]


@pytest.mark.parametrize("call", BOTH)
def test_what_was_handed_out_counts_as_seen_when_the_same_session_comes_again(
    service: Service, env: FakeEnv, call: str
) -> None:
    bridge, first_s = Bridge(service), env.now_s
    uploaded(service, first_s)
    bridge.read(call)
    assert bridge.seen_s() == 0
    bridge.read(call, service.login("stranger", "s"))
    assert bridge.seen_s() == 0, "another session proves nothing"
    env.now_s += 300
    uploaded(service, env.now_s)
    bridge.read(call)
    assert bridge.seen_s() == first_s
    bridge.read(call)
    assert bridge.seen_s() == env.now_s


def test_an_answer_that_was_none_is_no_proof(service: Service, env: FakeEnv, monkeypatch: pytest.MonkeyPatch) -> None:
    bridge = Bridge(service)
    bridge.read()
    uploaded(service, env.now_s)

    async def latest(*_: object, **__: object) -> list[tuple[int, int, int]]:
        raise StoreUnreachable("silent")

    with monkeypatch.context() as hung:
        hung.setattr(SqliteStore, "latest", latest)
        assert [(answer.status_code, "Value" in answer.text) for answer in (bridge.read() for _ in range(3))] == [
            (200, False)
        ] * 3
    assert bridge.seen_s() == 0


def test_who_has_never_read_and_who_wants_no_alert_is_not_watched(service: Service) -> None:
    bridge = Bridge(service)
    assert watched(service) == []
    bridge.invite(UNWANTED)
    bridge.read()
    bridge.invite(None)
    bridge.read()
    assert watched(service) == []
    bridge.invite(WANTED)
    assert watched(service) == []
    bridge.read()
    assert watched(service) == [("", AFTER_S)]


def test_another_invitation_changes_or_ends_the_watch_at_once(service: Service) -> None:
    bridge = Bridge(service)
    bridge.read()
    longer = {"NoDataAlert": {**WANTED["NoDataAlert"], "AlarmDelay": "PT1H"}}
    bridge.invite(longer)
    assert watched(service) == [("", 3600.0)]
    bridge.invite(UNWANTED)
    assert watched(service) == []
    (entry,) = service.evidence._waiting.values()
    assert (entry.token, entry.no_data_after_s, entry.revision) == ("", 0, 2)


def test_the_phone_of_an_account_is_what_is_watched(service: Service) -> None:
    bridge = Bridge(service)
    bridge.read()
    service.subscribe(bridge.session, token="phone")
    assert watched(service) == [("phone", 1200.0)]
    bridge.read()
    bridge.read()
    assert watched(service) == [("phone", 1200.0)]


def test_a_contact_that_is_deleted_is_not_watched_any_more(service: Service) -> None:
    bridge = Bridge(service)
    bridge.read()
    service.publisher("DeleteContact", service.login("patient", "p"), contactId=bridge.contact)
    assert watched(service) == []
    assert bridge.read().json()["Code"] == "SubscriptionNotFound"
    assert watched(service) == []


def test_a_restart_forgets_what_was_handed_out_and_nothing_else(service: Service, env: FakeEnv) -> None:
    bridge = Bridge(service)
    uploaded(service, env.now_s)
    bridge.read()
    service.begin()
    assert watched(service) == [("", AFTER_S)]
    bridge.read()
    bridge.read()
    assert bridge.seen_s() == env.now_s


def test_a_disk_that_is_full_keeps_nobody_from_reading(service: Service, env: FakeEnv) -> None:
    bridge = Bridge(service)
    uploaded(service, env.now_s)
    with full(env.database("accounts")):
        assert bridge.read().json()[0]["Egv"]["Value"] == 100
    assert watched(service) == []
    bridge.read()
    assert watched(service) == [("", AFTER_S)]


def test_sessions_without_end_are_not_remembered(service: Service, env: FakeEnv) -> None:
    bridge = Bridge(service)
    uploaded(service, env.now_s)
    for _ in range(40):
        bridge.read(session=service.login("stranger", "s"))
    readers: Any = service.gateway._readers
    assert [len(sessions) for sessions in readers._handed_out.values()] == [10]
