"""The Share API beyond uploading and reading: its errors and arguments, and how an uploader sets its account up."""

from __future__ import annotations

import json

import pytest

from tests.reference.asgi import ask
from tests.reference.service import GENERAL, PUBLISHER, SERIAL, Service


def test_every_error_has_the_apis_own_form(service: Service) -> None:
    assert service.post(f"{PUBLISHER}/ReadPublisherLatestGlucoseValues").json() == {
        "Code": "SessionIdNotFound",
        "Message": "Failed to find session object",
        "SubCode": "<OnlineException Code='SessionIdNotFound' />",
        "TypeName": "FaultException",
    }


@pytest.mark.parametrize("field", ["sessionId", "sessionID", "SESSIONID", "sessionid"])
def test_a_session_is_known_however_it_is_written(service: Service, field: str) -> None:
    for session in (made := service.login("patient", "p"), made.upper()):
        answer = service.post(f"{PUBLISHER}/ReadPublisherLatestGlucoseValues?{field}={session}&MaxCount=1")
        assert answer.json() == []


@pytest.mark.parametrize("body", [b"", b"{}", b'""', b"\x00garbage", b"x" * 300_000])
def test_a_read_has_no_body_and_whatever_follows_is_not_looked_at(service: Service, body: bytes) -> None:
    session = service.login("patient", "p")
    answer = service.post(f"{PUBLISHER}/ReadPublisherLatestGlucoseValues?sessionId={session}", body)
    assert (answer.status_code, answer.json()) == (200, [])


def test_a_subscriber_logs_in_by_id(service: Service) -> None:
    body = {"accountName": "follower", "password": "f", "applicationId": "x"}
    public = service.post(f"{GENERAL}/AuthenticatePublisherAccount", body).json()
    by_id = {"accountId": public.upper(), "password": "f", "applicationId": "x"}
    for call in ("LoginSubscriberAccount", "LoginPublisherAccountById"):
        session = service.post(f"{GENERAL}/{call}", by_id).json()
        assert len(service.subscriber("ListSubscriberAccountSubscriptions", session).json()) == 1


@pytest.mark.parametrize(
    ("call", "body", "said"),
    [
        ("LoginPublisherAccountByName", {"password": "x"}, "accountName"),
        ("LoginPublisherAccountByName", {"accountName": 1, "password": "x"}, "accountName"),
        ("AuthenticatePublisherAccount", {"accountName": "patient"}, "password"),
        ("LoginPublisherAccountById", {"accountId": "patient", "password": "x"}, "UUID"),
    ],
)
def test_a_wrong_argument_is_named_as_clients_look_for_it(
    service: Service, call: str, body: dict[str, object], said: str
) -> None:
    answer = service.post(f"{GENERAL}/{call}", body)
    assert answer.json()["Code"] == "InvalidArgument"
    assert said in answer.json()["Message"]


@pytest.mark.parametrize("body", [b"", b"{}", b'"x"', b"[1]", json.dumps(["x"] * 101).encode()])
def test_a_list_of_subscriptions_that_is_none_is_refused(service: Service, body: bytes) -> None:
    answer = service.subscriber("ReadLastGlucoseFromSubscriptions", service.login("follower", "f"), body)
    assert answer.json()["Code"] in ("InvalidArgument", "SubscriptionNotFound")


def test_an_id_that_is_no_text_is_no_subscription(service: Service) -> None:
    session = service.login("follower", "f")
    deep = b"[" * 1000 + b"]" * 1000
    answer = service.subscriber("ReadLastGlucoseFromSubscriptions", session, b"[" + deep + b"]")
    assert answer.json()["Code"] == "InvalidArgument"
    answer = ask(service.gateway.apps["gateway-admin"], "POST", "/sessions/revoke", b'{"accounts": [' + deep + b"]}")
    assert answer.json()["Code"] == "NotFound"


# --- an uploader sets its account up ---------------------------------------------------------------------------------


def test_an_upload_is_taken_only_from_the_accounts_receiver_while_it_is_monitored(service: Service) -> None:
    service.admin("POST", "/accounts", {"accounts": [["new", "n"]]})
    session = service.login("new", "n")
    now = int(service.env.now())

    def code(call: str = "", serial: str = SERIAL) -> str:
        answer = service.publisher(call, session, serialNumber=serial) if call else service.upload(session, now)
        return str(answer.json()["Code"]) if answer.status_code == 500 else answer.text

    assert code() == "MonitoredReceiverNotAssigned"
    assert code("CheckMonitoredReceiverAssignmentStatus") == '"NotAssigned"'
    assert code("ReplacePublisherAccountMonitoredReceiver") == ""
    assert code("ReplacePublisherAccountMonitoredReceiver") == ""
    assert code("CheckMonitoredReceiverAssignmentStatus") == '"AssignedToYou"'
    assert code("CheckMonitoredReceiverAssignmentStatus", "SM1") == '"NotAssigned"'
    assert code() == "MonitoringSessionNotActive"
    assert code("IsRemoteMonitoringSessionActive") == "false"
    assert code("StartRemoteMonitoringSession", "SM1") == "MonitoredReceiverSerialNumberDoesNotMatch"
    assert code("StartRemoteMonitoringSession") == ""
    assert code("StartRemoteMonitoringSession") == ""
    assert code("IsRemoteMonitoringSessionActive") == "true"
    assert service.upload(session, now, serial="SM1").json()["Code"] == "MonitoredReceiverSerialNumberDoesNotMatch"
    assert code() == ""
    assert code() == "DuplicateEgvPosted"
    service.begin()
    assert code("IsRemoteMonitoringSessionActive") == "true"
    assert code("StopRemoteMonitoringSession") == ""
    assert code() == "MonitoringSessionNotActive"
    assert code("ReplacePublisherAccountMonitoredReceiver", "SM1") == ""
    assert code("IsRemoteMonitoringSessionActive") == "false"


def test_an_uploader_that_starts_before_it_assigns_can_upload(service: Service) -> None:
    """So does xDrip: first with an account that is bare, then with another receiver, each with a session of its own."""
    service.admin("POST", "/accounts", {"accounts": [["new", "n"]]})
    now = int(service.env.now())
    for k, serial in enumerate(("SM1", "SM2")):
        session = service.login("new", "n")
        service.publisher("StartRemoteMonitoringSession", session, serialNumber=serial)
        assigned = service.publisher("CheckMonitoredReceiverAssignmentStatus", session, serialNumber=serial)
        if assigned.json() != "AssignedToYou":
            service.publisher("ReplacePublisherAccountMonitoredReceiver", session, serialNumber=serial)
        assert service.upload(session, now - k, serial=serial).content == b""


def test_a_session_that_is_named_in_the_body_is_known(service: Service) -> None:
    session, now = service.login("patient", "p"), int(service.env.now())
    service.upload(session, now, now - 300, now - 86_000)
    service.store_all()
    path = f"{PUBLISHER}/ReadPublisherLatestGlucoseValues"
    assert len(service.post(path, {"sessionId": session, "minutes": 60, "maxCount": 1}).json()) == 1
    assert len(service.post(path, {"sessionID": session, "minutes": 2880, "maxCount": "576"}).json()) == 3
    assert service.post(path, {"sessionId": "x"}).json()["Code"] == "SessionIdNotFound"
    assert service.post(path, {"sessionId": session, "minutes": "x"}).json()["Code"] == "InvalidArgument"
    nobodys: tuple[object, ...] = (b"", b'""', b"[]", b"{", {"sessionId": {}}, {"sessionId": True})
    for body in nobodys:
        assert service.post(path, body).json()["Code"] == "SessionIdNotFound"


def test_an_account_enrolled_with_its_receiver_is_set_up(service: Service) -> None:
    assert service.upload(service.login("patient", "p"), int(service.env.now())).content == b""


def test_what_an_uploader_says_of_itself_is_taken_and_answered_with_nothing(service: Service) -> None:
    body = {"sessionId": service.login("patient", "p"), "runtimeInfo": {"AppName": "x"}}
    path = f"{PUBLISHER}/UpdatePublisherAccountRuntimeInfo"
    assert (service.post(path, body).status_code, service.post(path, body).content) == (200, b"")
    assert service.post(path, body | {"sessionId": "x"}).json()["Code"] == "SessionIdNotFound"
    assert service.post(path, body | {"runtimeInfo": 1}).json()["Code"] == "InvalidArgument"


@pytest.mark.parametrize("call", ["CheckMonitoredReceiverAssignmentStatus", "ReplacePublisherAccountMonitoredReceiver",
                                  "StartRemoteMonitoringSession"])  # fmt: skip
@pytest.mark.parametrize("query", [{}, {"serialNumber": ""}, {"serialNumber": "x" * 201}])
def test_a_serial_number_that_is_none_is_refused(service: Service, call: str, query: dict[str, str]) -> None:
    answer = service.publisher(call, service.login("patient", "p"), **query)
    assert answer.json()["Code"] == "InvalidArgument"
