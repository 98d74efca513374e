"""The device: what it measures, keeps and hands in."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Literal

from hypothesis import given
from hypothesis import strategies as st

from deadair.fleet.devices.device import (
    REMEDIES_PER_TRY,
    SESSION_REDOS,
    DeviceState,
    Errand,
    Settled,
    begin_try,
    end_try,
    errand,
    fresh_device,
    may_try,
    measure,
    settle,
)
from deadair.model.reading import Reading
from deadair.targets.adapters.client import Client
from deadair.targets.adapters.log_in import LOG_IN_REQUESTS_MAX
from deadair.targets.request import Answer, Request


class Spoken:
    """An uploader whose answers mean what their body says."""

    batch_readings_max = 3
    queue_readings_max = 5

    def login(self, client: Client) -> Request | None:
        return None if client.session else Request("/login", f"{client.account} {client.password}".encode())

    def session(self, client: Client, answer: Answer) -> str | None:
        return answer.body.decode() or None

    def upload(self, client: Client, readings: Sequence[Reading]) -> Request:
        return Request("/upload", repr([reading.measured_s for reading in readings]).encode())

    def outcome(self, answer: Answer) -> Literal["ok", "duplicate", "fail", "login"]:
        words: dict[bytes, Literal["ok", "duplicate", "login"]] = {b"ok": "ok", b"dup": "duplicate", b"gone": "login"}
        return words.get(answer.body, "fail")

    def remedy(self, client: Client, answer: Answer) -> Request | None:
        return Request("/cure") if answer.body == b"ill" else None

    def read(self, client: Client) -> Request:
        return Request("/read")


UPLOADER = Spoken()


def device_with(count: int, session: str | None = "s") -> DeviceState:
    device = DeviceState(100)._replace(session=session)
    for number in range(count):
        device = step(device, 1000.0 + 5 * number)
    return device


def step(device: DeviceState, wall_s: float) -> DeviceState:
    return measure(device, wall_s=wall_s, generator=random.Random(1), queue_readings_max=5)


def next_errand(device: DeviceState) -> Errand | None:
    return errand(device, UPLOADER, account="device-1", password="secret")


def settled(device: DeviceState, body: bytes, *, again_us: int | None = None) -> Settled:
    todo = next_errand(device)
    assert todo is not None
    return settle(device, todo, Answer(200, body), UPLOADER, again_us=again_us)


@given(st.integers(), st.lists(st.floats(1e9, 2e9), min_size=1, max_size=50))
def test_stamps_are_whole_seconds_that_only_grow(seed: int, moments: list[float]) -> None:
    generator = random.Random(seed)
    device = fresh_device(generator)
    stamps = []
    for wall_s in sorted(moments):
        device = measure(device, wall_s=wall_s, generator=generator, queue_readings_max=10)
        stamps.append(device.measured_s)
        assert 40 <= device.value_mg_dl <= 400
        assert device.pending[-1] == Reading(device.measured_s, device.value_mg_dl)
    assert stamps == sorted(set(stamps))


@given(st.integers())
def test_whoever_is_low_is_urgently_low_always(seed: int) -> None:
    generator = random.Random(seed)
    device = fresh_device(generator, "low")
    for second in range(100):
        device = measure(device, wall_s=second, generator=generator, queue_readings_max=10)
        assert 40 <= device.value_mg_dl <= 55


def test_a_stamp_is_the_second_that_had_begun() -> None:
    assert step(DeviceState(100), 1234.99).measured_s == 1234


def test_the_same_seed_measures_the_same() -> None:
    def walk(seed: int) -> list[int]:
        generator = random.Random(seed)
        device, values = fresh_device(generator), []
        for second in range(100):
            device = measure(device, wall_s=second, generator=generator, queue_readings_max=10)
            values.append(device.value_mg_dl)
        return values

    assert walk(7) == walk(7) != walk(8)


def test_only_the_newest_are_kept() -> None:
    assert [reading.measured_s for reading in device_with(7).pending] == [1010, 1015, 1020, 1025, 1030]


def test_without_a_session_it_logs_in_first() -> None:
    todo = next_errand(device_with(1, session=None))
    assert todo is not None
    assert (todo.what, todo.request.body) == ("login", b"device-1 secret")


class WithoutLogIns(Spoken):
    def login(self, client: Client) -> Request | None:
        return None


class InSteps(Spoken):
    """A log-in is over once the session is as long as ``steps``."""

    def __init__(self, steps: int) -> None:
        self.steps = steps

    def login(self, client: Client) -> Request | None:
        return None if len(client.session) >= self.steps else Request(f"/login/{client.session}")

    def session(self, client: Client, answer: Answer) -> str | None:
        return client.session + answer.body.decode() if answer.status == 200 else None


def calls(uploader: Spoken, *answers: Answer) -> tuple[list[str], DeviceState]:
    """Let a device make one try; each answer for one call, and the last for all that follow."""
    device, over = begin_try(device_with(1, session=None)), False
    made: list[str] = []
    for number in range(50):
        todo = errand(device, uploader, account="device-1", password="secret")
        if todo is None or over:
            return made, device
        made.append(todo.request.path)
        done = settle(device, todo, answers[min(number, len(answers) - 1)], uploader, again_us=None)
        device, over = done.device, done.over
    raise AssertionError("the try does not end")


def test_where_nobody_logs_in_the_upload_comes_first() -> None:
    made, device = calls(WithoutLogIns(), Answer(200, b"ok"))
    assert (made, device.pending) == (["/upload"], ())


def test_a_log_in_may_take_several_steps_and_begins_anew_when_one_is_refused() -> None:
    made, device = calls(InSteps(3), *[Answer(200, b"x")] * 3, Answer(200, b"ok"))
    assert (made, device.pending) == (["/login/", "/login/x", "/login/xx", "/upload"], ())
    made, device = calls(InSteps(3), Answer(200, b"x"), Answer(500, b""))
    assert (made, device.session) == (["/login/", "/login/x"], None)


def test_a_log_in_that_never_comes_to_an_end_ends_the_try() -> None:
    made, device = calls(InSteps(10_000), Answer(200, b"x"))
    assert (len(made), device.session, len(device.pending)) == (LOG_IN_REQUESTS_MAX, None, 1)


def test_the_oldest_batch_goes_first_and_the_rest_follows() -> None:
    device = device_with(5)
    todo = next_errand(device)
    assert todo is not None
    assert [reading.measured_s for reading in todo.readings] == [1000, 1005, 1010]
    done = settled(device, b"ok")
    assert not done.over
    assert [reading.measured_s for reading in done.device.pending] == [1015, 1020]


def test_a_duplicate_is_an_acknowledgement() -> None:
    done = settled(device_with(2), b"dup")
    assert (done.outcome, done.duplicate, done.device.pending) == ("ok", True, ())


def test_a_refusal_keeps_everything_and_ends_the_try() -> None:
    device = device_with(4)
    done = settled(device, b"no")
    assert (done.outcome, done.over, done.again_us) == ("fail", True, None)
    assert done.device.pending == device.pending


def test_it_does_not_call_before_the_service_said() -> None:
    done = settled(device_with(1), b"no", again_us=5000)
    assert done.again_us == 5000
    assert not may_try(done.device, now_us=4999)
    assert may_try(done.device, now_us=5000)


def test_readings_measured_while_an_upload_was_under_way_stay() -> None:
    device = device_with(2)
    todo = next_errand(device)
    assert todo is not None
    later = step(device, 2000)
    done = settle(later, todo, Answer(200, b"ok"), UPLOADER, again_us=None)
    assert [reading.measured_s for reading in done.device.pending] == [2000]


def test_a_lost_session_is_opened_again_but_not_for_ever() -> None:
    device = begin_try(device_with(1))
    asked = []
    for _ in range(20):
        todo = next_errand(device)
        assert todo is not None
        asked.append(todo.what)
        body = b"session" if todo.what == "login" else b"gone"
        done = settle(device, todo, Answer(200, body), UPLOADER, again_us=5000)
        device = done.device
        if done.over:
            break
    assert not may_try(end_try(device), now_us=4999)
    assert asked == ["upload", *["login", "upload"] * SESSION_REDOS]
    assert len(device.pending) == 1


def test_what_a_refusal_asks_for_is_sent_and_then_the_upload_again_but_not_for_ever() -> None:
    def asked(*answers: bytes) -> list[str]:
        device = begin_try(device_with(1))
        made: list[str] = []
        for body in answers:
            todo = next_errand(device)
            assert todo is not None
            made.append(todo.what)
            done = settle(device, todo, Answer(200, body), UPLOADER, again_us=None)
            device = done.device
            if done.over or not device.pending:
                break
        return made

    assert asked(b"ill", b"ok", b"ok", b"never") == ["upload", "remedy", "upload"]
    assert asked(b"ill", b"no", b"never") == ["upload", "remedy"]
    assert asked(b"ill", b"gone", b"session", b"ill", b"ok", b"ok") == [
        "upload", "remedy", "login", "upload", "remedy", "upload"
    ]  # fmt: skip
    assert asked(*[b"ill", b"ok"] * 10) == ["upload", *["remedy", "upload"] * REMEDIES_PER_TRY]


def test_a_refused_login_ends_the_try() -> None:
    assert settled(device_with(1, session=None), b"").over


def test_a_busy_or_empty_device_does_not_try() -> None:
    device = device_with(1)
    assert may_try(device, now_us=0)
    assert not may_try(begin_try(device), now_us=0)
    assert may_try(end_try(begin_try(device)), now_us=0)
    assert not may_try(DeviceState(100), now_us=0)
