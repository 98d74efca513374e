"""Phones at the gateway: who may follow, what is evidence and what is none, and which delays are taken."""

from __future__ import annotations

import pytest

from deadair.reference.settings import Settings
from tests.reference.fake_env import FakeEnv
from tests.reference.service import Service


def test_only_whom_the_family_invited_may_follow(service: Service) -> None:
    assert service.subscribe(service.login("follower", "f")).status_code == 200
    assert service.subscribe(service.login("stranger", "s")).json()["Code"] == "SubscriptionNotFound"


def test_what_a_phone_shows_is_the_evidence_and_an_upload_is_none(service: Service) -> None:
    phone, device = service.login("follower", "f"), service.login("patient", "p")
    follow = service.subscribe(phone).json()["follow"]
    now = int(service.env.now())
    service.upload(device, now)
    service.store_all()
    assert service.poll(phone, follow, shown_s=None).json()["reading"]["measured_s"] == now
    assert service.evidence._waiting[follow].confirmed_s == 0
    service.poll(phone, follow, shown_s=now)
    assert service.evidence._waiting[follow].confirmed_s == now


NEVER_SO = [10**12, -1, 0, 1.5, "now", True, [], None]


@pytest.mark.parametrize("shown_s", NEVER_SO)
def test_evidence_that_cannot_be_is_none(service: Service, shown_s: object) -> None:
    phone = service.login("follower", "f")
    follow = service.subscribe(phone).json()["follow"]
    assert service.poll(phone, follow, shown_s=shown_s).status_code == 200
    assert service.evidence._waiting[follow].confirmed_s == 0


def test_what_the_owner_did_about_an_alarm_is_passed_on_within_bounds(service: Service) -> None:
    phone = service.login("follower", "f")
    follow = service.subscribe(phone).json()["follow"]

    def told() -> tuple[float, float]:
        waiting = service.evidence._waiting[follow]
        return waiting.acknowledged_s, waiting.snoozed_until_s

    now = service.env.now()
    nonsense: object
    for nonsense in ("now", True, [], -1, None, {}):
        service.poll(phone, follow, acknowledged_s=nonsense, snoozed_until_s=nonsense)
    assert told() == (0, 0)
    service.poll(phone, follow, acknowledged_s=now - 5, snoozed_until_s=now + 60)
    assert told() == (now - 5, now + 60)
    service.poll(phone, follow, acknowledged_s=now - 50, snoozed_until_s=now - 60)
    assert told() == (now - 5, now + 60)
    service.poll(phone, follow, acknowledged_s=1e300, snoozed_until_s=1e300)
    assert told() == (now, now + 7200)


@pytest.mark.parametrize("after_s", [-1, "x", True, 1e9, []])
def test_a_delay_that_is_none_is_refused(service: Service, after_s: object) -> None:
    answer = service.subscribe(service.login("follower", "f"), no_data_after_s=after_s)
    assert answer.json()["Code"] == "InvalidArgument"


def test_a_delay_of_nothing_switches_the_alert_off_and_none_is_the_services_own(service: Service) -> None:
    phone = service.login("follower", "f")
    for said, kept in ((0, 0), (77.5, 77.5), (None, 1200)):
        follow = service.subscribe(phone, no_data_after_s=said).json()["follow"]
        assert service.evidence._waiting[follow].no_data_after_s == kept


def test_what_a_phone_shows_is_evidence_also_where_there_is_no_room_for_an_answer(env: FakeEnv) -> None:
    """Refused its poll, a phone that saw again had gone blind anew with nobody knowing that it ever saw."""
    service = Service(env, Settings(account_requests_per_s=0.001, account_requests_burst=3.0))
    phone, device = service.login("follower", "f"), service.login("patient", "p")
    follow = service.subscribe(phone).json()["follow"]
    now = int(env.now())
    service.upload(device, now)
    service.store_all()
    answers = [service.poll(phone, follow, shown_s=None).status_code for _ in range(3)]
    assert 200 in answers and answers[-1] != 200
    assert service.evidence._waiting[follow].confirmed_s == 0
    assert service.poll(phone, follow, shown_s=now, acknowledged_s=now).status_code != 200
    told = service.evidence._waiting[follow]
    assert (told.confirmed_s, told.acknowledged_s) == (now, now)


def test_one_phone_of_an_account_takes_no_turns_of_another(env: FakeEnv) -> None:
    service = Service(env, Settings(account_requests_per_s=0.001, account_requests_burst=4.0))
    phone = service.login("follower", "f")
    first, second = (service.subscribe(phone, token=token).json()["follow"] for token in ("phone", "tablet"))
    assert {service.poll(phone, first).status_code for _ in range(9)} > {200}
    assert service.poll(phone, second).status_code == 200
