"""A device as the G7's uploader for Share, and the usual one, against the real gateway."""

from __future__ import annotations

import random

import pytest

from deadair.fleet.devices.device import DeviceState, begin_try, errand, measure, settle
from deadair.reference.settings import Settings
from deadair.targets.adapters.share import ShareApi
from deadair.targets.request import Answer, Request
from tests.reference.fake_env import FakeEnv
from tests.reference.service import Service

UPLOADER = ShareApi()


@pytest.fixture
def service(env: FakeEnv) -> Service:
    service = Service(env)
    service.admin("POST", "/accounts", {"accounts": [["bare", "b"]]})
    return service


def measured(device: DeviceState, env: FakeEnv, count: int) -> DeviceState:
    for _ in range(count):
        env.now_s += 300
        device = measure(
            device, wall_s=env.now_s, generator=random.Random(1), queue_readings_max=UPLOADER.queue_readings_max
        )
    return device


def tried(service: Service, device: DeviceState, account: str = "bare") -> tuple[DeviceState, list[str]]:
    """Let a device make one try; return it, and the calls it made with how each was answered."""
    device = begin_try(device)
    calls: list[str] = []
    for _ in range(50):
        todo = errand(device, UPLOADER, account=account, password=account[0])
        if todo is None:
            return device, calls
        answer = sent(service, todo.request)
        settled = settle(device, todo, answer, UPLOADER, again_us=None)
        code = "" if answer.status == 200 else f" {service_code(answer)}"
        calls.append(f"{todo.request.path.split('?')[0].rsplit('/', 1)[1]}{code}")
        device = settled.device
        if settled.over:
            return device, calls
    raise AssertionError("the try does not end")


def sent(service: Service, request: Request) -> Answer:
    answer = service.post(request.path, request.body)
    return Answer(answer.status_code, answer.content)


def service_code(answer: Answer) -> str:
    return answer.body.decode().split('"Code":"')[1].split('"')[0]


LOG_IN, UPLOAD = "LoginPublisherAccountByName", "PostReceiverEgvRecords"
REPLACE, START = "ReplacePublisherAccountMonitoredReceiver", "StartRemoteMonitoringSession"


def test_a_bare_account_is_set_up_by_what_its_first_upload_is_refused_for(service: Service, env: FakeEnv) -> None:
    device, calls = tried(service, measured(DeviceState(100), env, 1))
    assert calls == [
        LOG_IN, f"{UPLOAD} MonitoredReceiverNotAssigned", REPLACE, f"{UPLOAD} MonitoringSessionNotActive", START, UPLOAD
    ]  # fmt: skip
    assert device.pending == ()


def test_an_account_that_is_set_up_needs_nothing_but_a_log_in(service: Service, env: FakeEnv) -> None:
    device, calls = tried(service, measured(DeviceState(100), env, 1), "patient")
    assert calls == [LOG_IN, UPLOAD]
    _, calls = tried(service, measured(device, env, 1), "patient")
    assert calls == [UPLOAD]


def test_a_days_readings_go_in_batches_back_to_back_and_no_more_are_kept(service: Service, env: FakeEnv) -> None:
    device, calls = tried(service, measured(DeviceState(100), env, 400), "patient")
    assert calls == [LOG_IN, *[UPLOAD] * 6]
    assert service.admin("GET", "/backlog").json() == {"waiting": 288}
    assert device.pending == ()


def test_a_session_that_ended_is_renewed_within_the_same_try(service: Service, env: FakeEnv) -> None:
    device, _ = tried(service, measured(DeviceState(100), env, 1), "patient")
    device, calls = tried(service, measured(device, env, 288), "patient")
    assert calls == [f"{UPLOAD} SessionNotValid", LOG_IN, *[UPLOAD] * 6]
    service.admin("POST", "/sessions/revoke", {})
    _, calls = tried(service, measured(device, env, 1), "patient")
    assert calls == [f"{UPLOAD} SessionIdNotFound", LOG_IN, UPLOAD]


def test_a_monitoring_session_that_ended_is_started_again(service: Service, env: FakeEnv) -> None:
    device, _ = tried(service, measured(DeviceState(100), env, 1), "patient")
    service.publisher("StopRemoteMonitoringSession", device.session or "")
    _, calls = tried(service, measured(device, env, 1), "patient")
    assert calls == [f"{UPLOAD} MonitoringSessionNotActive", START, UPLOAD]


def test_what_was_acknowledged_without_the_device_hearing_it_is_handed_in_again_and_done(
    service: Service, env: FakeEnv
) -> None:
    before = measured(DeviceState(100), env, 60)
    device, _ = tried(service, before, "patient")
    again, calls = tried(service, device._replace(pending=before.pending), "patient")
    assert calls == [f"{UPLOAD} DuplicateEgvPosted"] * 2
    assert again.pending == ()
    assert service.admin("GET", "/backlog").json() == {"waiting": 60}


def test_another_receivers_serial_number_is_no_try_without_end(service: Service, env: FakeEnv) -> None:
    service.publisher("ReplacePublisherAccountMonitoredReceiver", service.login("patient", "p"), serialNumber="SM1")
    device, calls = tried(service, measured(DeviceState(100), env, 1), "patient")
    assert calls == [LOG_IN, f"{UPLOAD} MonitoredReceiverSerialNumberDoesNotMatch"]
    assert len(device.pending) == 1


def test_a_wrong_password_locks_out_and_the_device_keeps_everything(env: FakeEnv) -> None:
    service = Service(env, Settings(account_requests_per_s=None))
    service.admin("POST", "/accounts", {"accounts": [["bad", "not b"]]})
    device = measured(DeviceState(100), env, 3)
    for _ in range(20):
        device, calls = tried(service, device, "bad")
    assert calls == [f"{LOG_IN} SSO_AuthenticateMaxAttemptsExceeded"]
    assert len(device.pending) == 3
