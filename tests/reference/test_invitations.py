"""A family invites and a follower comes: who may follow, until when, and with which alert."""

from __future__ import annotations

from typing import Any

import pytest

from deadair.reference.accounts.alert_settings import NoDataAlert, parse_alert_settings
from deadair.reference.http.share_api import ShareError
from tests.reference.passed_on import first_told
from tests.reference.service import Service


def alert(**changes: object) -> dict[str, Any]:
    """Return AlertSettings as an uploader sends them."""
    no_data = {
        "MinValue": 39, "MaxValue": 401, "AlarmDelay": "PT1H", "RealarmDelay": "PT0M", "AlertType": 4,
        "IsEnabled": False, "Sound": "NoData.wav", **changes,
    }  # fmt: skip
    return {"HighAlert": {"IsEnabled": True, "AlarmDelay": "PT1H"}, "NoDataAlert": no_data}


def invited(service: Service, settings: object = None, name: str = "Gran") -> str:
    """Let the patient invite the stranger; return the contact's id."""
    patient = service.login("patient", "p")
    contact: str = service.publisher("CreateContact", patient, contactName=name, emailAddress="stranger").json()
    body = {"AlertSettings": settings, "Permissions": 1, "DisplayName": "Kim"}
    assert len(service.publisher("CreateSubscriptionInvitation", patient, body, contactId=contact).json()) == 36
    return contact


def test_who_is_invited_may_follow_and_read_until_the_contact_is_deleted(service: Service) -> None:
    patient, stranger = service.login("patient", "p"), service.login("stranger", "s")
    now = int(service.env.now())
    service.upload(patient, now, now - 300)
    service.store_all()
    assert service.subscriber("ListSubscriberAccountSubscriptions", stranger).json() == []
    contact = invited(service)
    (listed,) = service.subscriber("ListSubscriberAccountSubscriptions", stranger).json()
    subscription = listed["SubscriptionId"]
    last = service.subscriber("ReadLastGlucoseFromSubscriptions", stranger, [subscription]).json()
    assert [(one["SubscriptionId"], one["Egv"]["ST"]) for one in last] == [(subscription, f"Date({now * 1000})")]
    values = service.subscriber("ReadSubscriptionLatestGlucoseValues", stranger, subscriptionId=subscription.upper())
    assert [one["Value"] for one in values.json()] == [100, 100]
    follow = service.subscribe(stranger).json()["follow"]
    assert service.poll(stranger, follow).json()["reading"]["measured_s"] == now

    assert service.publisher("DeleteContact", patient, contactId=contact).content == b""
    assert service.subscriber("ListSubscriberAccountSubscriptions", stranger).json() == []
    assert service.poll(stranger, follow).json()["Code"] == "SubscriptionNotFound"
    assert service.subscribe(stranger).json()["Code"] == "SubscriptionNotFound"
    gone = service.subscriber("ReadSubscriptionLatestGlucoseValues", stranger, subscriptionId=subscription)
    assert gone.json()["Code"] == "SubscriptionNotFound"


def test_the_watchdog_is_told_that_a_follow_was_revoked_and_again_after_a_restart(service: Service) -> None:
    contact = invited(service)
    follow = service.subscribe(service.login("stranger", "s")).json()["follow"]
    service.publisher("DeleteContact", service.login("patient", "p"), contactId=contact)
    assert service.evidence._waiting[follow].token == ""
    service.begin()
    (entry,) = first_told(service)
    assert (entry["follow"], entry["token"], entry["no_data_after_s"]) == (follow, "", 0)


def test_who_is_invited_again_follows_from_then_on(service: Service) -> None:
    contact = invited(service)
    stranger = service.login("stranger", "s")
    first = service.subscribe(stranger).json()["follow"]
    service.publisher("DeleteContact", service.login("patient", "p"), contactId=contact)
    service.env.now_s += 5000  # type: ignore[attr-defined]
    invited(service)
    assert service.subscribe(stranger).json()["follow"] == first
    told = service.evidence._waiting[first]
    assert (told.no_data_after_s, told.token, told.since_s) == (1200, "t", service.env.now())


def test_the_follows_of_a_family_are_listed_as_clients_read_them(service: Service) -> None:
    contact = invited(service)
    patient = service.login("patient", "p")

    def listed() -> Any:
        found = service.publisher("ListPublisherAccountSubscriptions", patient).json()
        return next(one for one in found if one["ContactId"] == contact)

    before = listed()
    assert {"ContactName": "Gran", "DisplayName": "Kim", "IsEnabled": True, "Permissions": 1,
            "IsMonitoringSessionActive": True, "State": 2}.items() <= before.items()  # fmt: skip
    assert set(before["InviteExpires"]) == {"DateTime", "OffsetMinutes"}
    assert set(before["SubscriberId"]) == {"0", "-"}
    service.subscribe(service.login("stranger", "s"))
    assert listed()["State"] == 6
    assert set(listed()["SubscriberId"]) != {"0", "-"}


def test_a_contact_is_there_once(service: Service) -> None:
    contact = invited(service)
    patient = service.login("patient", "p")
    for name, address in (("Gran", "other"), ("Other", "stranger")):
        answer = service.publisher("CreateContact", patient, contactName=name, emailAddress=address)
        assert answer.json()["Code"] == "ContactNameAlreadyExists"
    assert service.publisher("DoesContactExistByName", patient, contactName="Gran").json() is True
    assert service.publisher("DeleteContact", patient, contactId=contact).content == b""
    assert service.publisher("DoesContactExistByName", patient, contactName="Gran").json() is False
    assert service.publisher("DeleteContact", patient, contactId=contact).json()["Code"] == "InvalidArgument"


def test_there_are_only_so_many_contacts(service: Service) -> None:
    patient = service.login("patient", "p")
    codes = [
        service.publisher("CreateContact", patient, contactName=f"c{n}", emailAddress=f"a{n}").status_code
        for n in range(100)
    ]
    assert codes.count(200) == 99  # the follower of the bulk is one


def test_a_contact_that_was_not_invited_may_not_follow(service: Service) -> None:
    patient = service.login("patient", "p")
    service.publisher("CreateContact", patient, contactName="Gran", emailAddress="stranger")
    assert service.subscribe(service.login("stranger", "s")).json()["Code"] == "SubscriptionNotFound"
    listed = service.publisher("ListPublisherAccountSubscriptions", patient).json()
    assert [one["ContactName"] for one in listed] == ["follower"]
    service.admin("POST", "/accounts", {"invitations": [["stranger", "patient"], ["follower", "patient"]]})
    assert service.subscribe(service.login("stranger", "s")).status_code == 200
    again = service.publisher("ListPublisherAccountSubscriptions", patient).json()
    assert [one["SubscriptionId"] for one in again if one["ContactName"] == "follower"] == [listed[0]["SubscriptionId"]]
    assert {one["ContactName"]: one["DisplayName"] for one in again} == {"Gran": "Gran", "follower": "follower"}


@pytest.mark.parametrize(
    ("settings", "after_s", "every_s"),
    [
        (None, 1200, 0),
        ({}, 1200, 0),
        (alert(), 0, 0),
        (alert(IsEnabled=True), 3600, 0),
        (alert(IsEnabled=True, AlarmDelay="PT25M", RealarmDelay="PT7M30S"), 1500, 450),
    ],
)
def test_an_invitations_alert_is_the_follows_own_until_the_app_says_otherwise(
    service: Service, settings: object, after_s: float, every_s: float
) -> None:
    invited(service, settings)
    stranger = service.login("stranger", "s")
    follow = service.subscribe(stranger, no_data_after_s=None).json()["follow"]
    told = service.evidence._waiting[follow]
    assert (told.no_data_after_s, told.realarm_every_s) == (after_s, every_s)
    service.subscribe(stranger, no_data_after_s=60, realarm_every_s=30)
    told = service.evidence._waiting[follow]
    assert (told.no_data_after_s, told.realarm_every_s) == (60, 30)


@pytest.mark.parametrize(
    "changes",
    [
        {"IsEnabled": 1},
        {"IsEnabled": None},
        {"AlarmDelay": "PT"},
        {"AlarmDelay": "P1Y"},
        {"AlarmDelay": "-PT1H"},
        {"AlarmDelay": "PT1H "},
        {"AlarmDelay": 3600},
        {"AlarmDelay": "P8D"},
        {"AlarmDelay": "PT" + "9" * 10_000 + "S"},
        {"RealarmDelay": None},
        {"IsEnabled": True, "AlarmDelay": "PT0M"},
    ],
)
def test_an_alert_that_is_not_sound_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ShareError) as refused:
        parse_alert_settings(alert(**changes))
    assert refused.value.code == "InvalidArgument"


@pytest.mark.parametrize("settings", [1, [], "x", {"NoDataAlert": 1}, {"NoDataAlert": []}])
def test_alert_settings_of_the_wrong_shape_are_refused(settings: object) -> None:
    with pytest.raises(ShareError):
        parse_alert_settings(settings)


@pytest.mark.parametrize(
    ("text", "seconds"), [("PT0S", 0), ("PT1.5S", 1.5), ("P1D", 86_400), ("P1DT2H3M4S", 93_784), ("P7D", 604_800)]
)
def test_durations_are_those_of_iso_8601(text: str, seconds: float) -> None:
    assert parse_alert_settings(alert(RealarmDelay=text)) == NoDataAlert(0, seconds)
