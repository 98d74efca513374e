"""Nobody reads, changes or ends what is another's: every route is walked with somebody else's ids."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.reference.fake_env import FakeEnv
from tests.reference.service import GENERAL, PUBLISHER, SERIAL, SUBSCRIBER, Service

VALUE = 387
SHOWN = f":{VALUE}"
"""What the patient's readings are told by: nobody else has it."""


@dataclass
class Scene:
    """A patient with readings, a contact and a follower; and a stranger who has learnt all of their ids."""

    service: Service
    patient: str
    follower: str
    stranger: str
    public: str
    contact: str
    subscription: str
    follow: int


@pytest.fixture
def scene(env: FakeEnv) -> Scene:
    service = Service(env)
    patient, follower, stranger = (service.login(name, name[0]) for name in ("patient", "follower", "stranger"))
    service.upload(patient, *(int(env.now()) - 300 * k for k in range(5)), value=VALUE)
    service.store_all()
    public = service.post(f"{GENERAL}/AuthenticatePublisherAccount", {"accountName": "patient", "password": "p"}).json()
    (listed,) = service.publisher("ListPublisherAccountSubscriptions", patient).json()
    follow = service.subscribe(follower).json()["follow"]
    return Scene(service, patient, follower, stranger, public, listed["ContactId"], listed["SubscriptionId"], follow)


def attempts(scene: Scene) -> dict[str, list[tuple[dict[str, Any], object]]]:
    """Return what a stranger may try at each route: a query and a body, with the stranger's own session."""
    mine = {"sessionId": scene.stranger}
    others = {
        "accountId": scene.public, "accountName": "patient", "patient": "patient", "contactId": scene.contact,
        "subscriptionId": scene.subscription, "follow": scene.follow, "publisherAccountId": scene.public,
    }  # fmt: skip
    log_in: list[tuple[dict[str, Any], object]] = [
        ({}, {"accountName": "patient", "accountId": scene.public, "password": word}) for word in ("s", "", "x")
    ]
    tries: list[tuple[dict[str, Any], object]] = [(mine, b""), (mine | others, b""), (mine | others, mine | others)]
    app = {"session": scene.stranger, "patient": "patient", "token": "stolen", "shown_s": 1, "snoozed_until_s": 2e9}
    return {
        f"{GENERAL}/AuthenticatePublisherAccount": log_in,
        f"{GENERAL}/LoginPublisherAccountByName": log_in,
        f"{GENERAL}/LoginPublisherAccountById": log_in,
        f"{GENERAL}/LoginSubscriberAccount": log_in,
        f"{PUBLISHER}/PostReceiverEgvRecords": [
            (mine | others, {"SN": SERIAL, "Egvs": [{"ST": "Date(5000)", "Value": 99}]} | others)
        ],
        f"{PUBLISHER}/ReadPublisherLatestGlucoseValues": tries,
        f"{PUBLISHER}/CheckMonitoredReceiverAssignmentStatus": tries,
        f"{PUBLISHER}/ReplacePublisherAccountMonitoredReceiver": [(mine | others | {"serialNumber": SERIAL}, b"")],
        f"{PUBLISHER}/IsRemoteMonitoringSessionActive": tries,
        f"{PUBLISHER}/StartRemoteMonitoringSession": tries,
        f"{PUBLISHER}/StopRemoteMonitoringSession": tries,
        f"{PUBLISHER}/UpdatePublisherAccountRuntimeInfo": [({}, mine | {"runtimeInfo": others})],
        f"{PUBLISHER}/ListPublisherAccountSubscriptions": tries,
        f"{PUBLISHER}/DoesContactExistByName": [(mine | others | {"contactName": "follower"}, b"")],
        f"{PUBLISHER}/CreateContact": [(mine | others | {"contactName": "me", "emailAddress": "stranger"}, b"")],
        f"{PUBLISHER}/CreateSubscriptionInvitation": [(mine | others, {"DisplayName": "x"})],
        f"{PUBLISHER}/DeleteContact": tries,
        f"{SUBSCRIBER}/ListSubscriberAccountSubscriptions": tries,
        f"{SUBSCRIBER}/ReadLastGlucoseFromSubscriptions": [(mine, [scene.subscription]), (mine, [scene.public])],
        f"{SUBSCRIBER}/ReadSubscriptionLatestGlucoseValues": tries,
        "/app/subscribe": [({}, app), (others, app | others)],
        "/app/poll": [({}, app | {"follow": number}) for number in (scene.follow, -1, 10**12, None, "1", 1.0, True)],
        "/app/unsubscribe": [
            ({}, app | {"follow": number}) for number in (scene.follow, -1, 10**12, None, "1", 1.0, True)
        ],
    }


def secrets(scene: Scene, answer: httpx.Response) -> list[str]:
    """Return what of the patient's stands in an answer."""
    known = {SHOWN, scene.contact, scene.subscription, scene.public, scene.patient, scene.follower}
    return [one for one in known if one in answer.text]


def state(scene: Scene) -> list[Any]:
    """Return all that the patient and the follower can see, and what the watchdog would be told."""
    service = scene.service
    return [
        service.read(scene.patient),
        service.publisher("ListPublisherAccountSubscriptions", scene.patient).json(),
        service.publisher("IsRemoteMonitoringSessionActive", scene.patient).json(),
        service.publisher("CheckMonitoredReceiverAssignmentStatus", scene.patient, serialNumber=SERIAL).json(),
        service.subscriber("ReadLastGlucoseFromSubscriptions", scene.follower, [scene.subscription]).json(),
        service.poll(scene.follower, scene.follow).json(),
        service.evidence._waiting[scene.follow],
    ]


def test_the_walk_leaves_out_no_route(scene: Scene) -> None:
    routes = scene.service.gateway.apps["gateway"]._routes
    assert {path for _, path in routes} == set(attempts(scene))


def test_no_route_gives_or_changes_what_is_anothers(scene: Scene) -> None:
    before = state(scene)
    for path, tries in attempts(scene).items():
        for query, body in tries:
            answer = scene.service.post(f"{path}?{httpx.QueryParams(query)}", body)
            assert secrets(scene, answer) == [], (path, query, body, answer.text)
    assert state(scene) == before


def test_the_walk_would_find_a_leak(scene: Scene) -> None:
    found = set()
    for path, tries in attempts(scene).items():
        for query, body in tries:
            stolen = f"{path}?{httpx.QueryParams(query)}".replace(scene.stranger, scene.follower)
            said = json.dumps(body, default=bytes.decode).replace(scene.stranger, scene.follower)
            if SHOWN in scene.service.post(stolen, said.encode()).text:
                found.add(path)
    assert found == {
        f"{SUBSCRIBER}/ReadLastGlucoseFromSubscriptions", f"{SUBSCRIBER}/ReadSubscriptionLatestGlucoseValues",
        "/app/poll",
    }  # fmt: skip


def test_a_session_that_is_none_opens_no_route(scene: Scene) -> None:
    for path, tries in attempts(scene).items():
        if path.startswith(GENERAL):
            continue
        for query, body in tries:
            gone = {key: value for key, value in query.items() if key != "sessionId"}
            said = body | {"session": "x", "sessionId": "x"} if isinstance(body, dict) else body
            answer = scene.service.post(f"{path}?{httpx.QueryParams(gone)}", said)
            assert answer.json()["Code"] == "SessionIdNotFound", path


def test_a_family_that_invites_somebody_does_not_learn_whether_they_have_an_account(scene: Scene) -> None:
    service = scene.service
    told = []
    for name, address in (("known", "stranger"), ("unknown", "nobody at all")):
        contact = service.publisher("CreateContact", scene.patient, contactName=name, emailAddress=address).json()
        service.publisher("CreateSubscriptionInvitation", scene.patient, b"{}", contactId=contact)
        (listed,) = [
            one
            for one in service.publisher("ListPublisherAccountSubscriptions", scene.patient).json()
            if one["ContactId"] == contact
        ]
        told.append((listed["State"], listed["SubscriberId"]))
    assert told[0] == told[1]
