"""The push provider's words and its mailbox."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deadair.fleet.channels.channel import Posted
from deadair.fleet.channels.fcm import TTL_MAX_S, Fcm, Message, Refusal, about, read_message, taken, unregistered
from deadair.fleet.channels.pending_pushes import HELD_PER_PHONE_MAX, Held, PendingPushes, PhonePush
from deadair.fleet.channels.push_gateway import PushGateway
from deadair.history.reader import read
from deadair.history.recorder import Recorder
from deadair.history.rows import Kind
from deadair.model.clock import RunClock
from deadair.model.environment import Environment
from deadair.model.judgement import Subject
from deadair.model.roster import Roster
from deadair.targets.alerts.channel_spec import ChannelSpec


def body(**message: Any) -> bytes:
    return json.dumps({"message": message}).encode()


def test_a_message_is_read() -> None:
    data = {"kind": "no_data", "path": "service_push"}
    message = read_message(body(token="t", data=data, android={"ttl": "300s", "collapse_key": "no-data-8"}))
    assert message == Message("t", data, 300.0, "no-data-8")
    assert message.alert_path({"service_push"}) == "service_push"


def test_a_message_to_a_topic_is_read() -> None:
    message = read_message(body(topic="operators", data={"kind": "watch_down"}))
    assert message == Message("", {"kind": "watch_down"}, topic="operators")


def test_what_is_left_out_is_fcms_default() -> None:
    assert read_message(body(token="t")) == Message("t", {}, TTL_MAX_S, None)
    assert read_message(body(token="t", data={"path": "pigeon"})).alert_path({"service_push"}) is None


@pytest.mark.parametrize(
    ("said", "first", "patient"),
    [
        ("8", 1, 7),
        ("1", 1, 0),
        ("8", None, None),
        ("", 1, None),
        ("device-8", 1, None),
        ("-8", 1, None),
        ("²", 1, None),
    ],
)
def test_a_message_names_its_patient_by_the_services_number(said: str, first: int | None, patient: int | None) -> None:
    assert Message("t", {"patient": said}).patient(first) == patient
    assert Message("t", {}).patient(first) is None


@pytest.mark.parametrize(("said", "measured_us"), [("1000", 0), ("1001.0", 60_000_000), ("", None), ("soon", None)])
def test_what_a_message_speaks_of_is_placed_on_the_runs_axis(said: str, measured_us: int | None) -> None:
    clock = RunClock(epoch_wall_ns=1_000_000_000_000, epoch_mono_ns=0, speed=60)
    message = Message("t", {"kind": "no_data", "measured_s": said})
    assert about(message, clock) == {"detail": "no_data", "measured_us": measured_us}
    assert about(Message("t", {"measured_s": "nan"}), clock)["measured_us"] is not None


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"message": 7}',
        b"[" * 100_000,
        b"\xff\xfe",
        body(data={}),
        body(token=""),
        body(token=7),
        body(topic=""),
        body(topic=7),
        body(topic="with space"),
        body(token="t", topic="operators"),
        body(token="t", data={"kind": 7}),
        body(token="t", data=[]),
        body(token="t", data={"kind": "x" * 5000}),
        body(token="t", android={"ttl": 300}),
        body(token="t", android={"ttl": "5m"}),
        body(token="t", android={"ttl": "-1s"}),
        body(token="t", android={"ttl": "99999999s"}),
        body(token="t", android={"collapse_key": 7}),
        body(token="t", android=[]),
    ],
)
def test_a_malformed_message_is_refused_in_fcms_words(broken: bytes) -> None:
    with pytest.raises(Refusal) as refused:
        read_message(broken)
    error = json.loads(refused.value.body)["error"]
    assert (refused.value.http_status, error["code"], error["status"]) == (400, 400, "INVALID_ARGUMENT")
    assert error["details"][0]["errorCode"] == "INVALID_ARGUMENT"


@given(st.binary(max_size=200))
def test_nothing_else_ever_comes_out_of_reading(noise: bytes) -> None:
    with pytest.raises(Refusal):
        read_message(noise)


def test_an_unknown_token_gets_fcms_answer() -> None:
    error = json.loads(unregistered().body)["error"]
    assert (error["code"], error["status"]) == (404, "NOT_FOUND")
    assert error["details"][0]["errorCode"] == "UNREGISTERED"


def test_a_taken_message_gets_a_name() -> None:
    assert json.loads(taken("follow", 3)) == {"name": "projects/follow/messages/3"}


def held(phone: int, kind: str, *, key: str | None = None, expires_us: int = 100) -> Held:
    return Held(phone, PhonePush({"kind": kind}, 1.0, key), expires_us)


def kinds(pending: PendingPushes, now_us: int = 0) -> list[str]:
    return [one.push.data["kind"] for one in pending.empty(now_us)]


def test_messages_wait_in_order_and_leave_once() -> None:
    pending = PendingPushes()
    for kind in ("a", "b"):
        pending.hold(held(1, kind))
    assert kinds(pending) == ["a", "b"]
    assert kinds(pending) == []


def test_a_message_of_the_same_key_overtakes() -> None:
    pending = PendingPushes()
    pending.hold(held(1, "no_data", key="k"))
    pending.hold(held(1, "other", key="other"))
    pending.hold(held(2, "elsewhere", key="k"))
    pending.hold(held(1, "back", key="k"))
    assert kinds(pending) == ["other", "back", "elsewhere"]


def test_an_expired_message_is_dropped() -> None:
    pending = PendingPushes()
    pending.hold(held(1, "old", expires_us=50))
    pending.hold(held(1, "new", expires_us=51))
    assert kinds(pending, now_us=50) == ["new"]


def test_a_phone_that_never_comes_back_cannot_fill_the_memory() -> None:
    pending = PendingPushes()
    for number in range(HELD_PER_PHONE_MAX + 5):
        pending.hold(held(1, str(number)))
    assert len(pending) == HELD_PER_PHONE_MAX
    assert kinds(pending)[0] == "5"


def lone_gateway(recorder: Recorder, control: Path) -> PushGateway:
    """The gateway of a target that alerts by FCM, with nobody in its roster."""
    subject, clock = Subject(version="1", command="none", configuration_sha256="0"), recorder.clock.as_dict()
    environment = Environment(
        run_id="r", engine="live", command="none", subject=subject, clock=clock, recorders=(), wall_limit_s=1
    )
    return PushGateway(
        environment,
        recorder,
        control,
        roster=Roster((), ()),
        channels=(ChannelSpec(channel="fcm"),),
        listening={},
        pem=control / "push.pem",
    )


def test_a_sender_that_breaks_off_ends_neither_the_process_nor_the_run(tmp_path: Path) -> None:
    clock = RunClock.starting_now(speed=60)
    scope = {"type": "http", "method": "POST", "path": "/v1/projects/p/messages:send", "headers": []}

    async def broken_off() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    sent: list[Any] = []

    async def send(part: Any) -> None:
        sent.append(part)

    async def scene() -> tuple[int, bool]:
        gateway = lone_gateway(recorder, tmp_path)
        await gateway.front(scope, broken_off, send)
        return sent[0]["status"], gateway.stopping.is_set()

    with Recorder(tmp_path, "push-gateway", clock) as recorder:
        assert asyncio.run(scene()) == (400, False)
    rows = read(tmp_path).of(Kind.ACCEPTED)
    assert rows.select("outcome", "detail").rows() == [("fail", "disconnected")]


def test_a_message_to_a_topic_is_taken_and_goes_to_no_phone(tmp_path: Path) -> None:
    to_all = body(topic="operators", data={"kind": "watch_down", "measured_s": ""})
    with Recorder(tmp_path, "push-gateway", RunClock.starting_now(speed=60)) as recorder:
        fcm = Fcm(ChannelSpec(channel="fcm"), lone_gateway(recorder, tmp_path).intake, ())
        answer = fcm.answer(Posted("POST", "/v1/projects/p/messages:send", {}, to_all))
        assert (answer.status, json.loads(answer.body)) == (200, {"name": "projects/p/messages/1"})
        to_nobody = body(token="nobody's", data={"kind": "no_data"})
        assert fcm.answer(Posted("POST", "/v1/projects/p/messages:send", {}, to_nobody)).status == 404
    rows = read(tmp_path).of(Kind.ACCEPTED)
    assert rows.select("phone", "path", "outcome", "detail").rows() == [
        (None, None, "ok", "watch_down"), (None, None, "fail", "UNREGISTERED"),
    ]  # fmt: skip
