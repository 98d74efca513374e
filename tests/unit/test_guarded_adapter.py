"""An adapter that does what none may: each is named, with its method and what was wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from deadair.model.reading import Reading
from deadair.targets.adapters.adapter import Enrollment
from deadair.targets.adapters.adapter_calls import CALLS, LIMIT_S, AdapterCalls
from deadair.targets.adapters.client import Client, device_client
from deadair.targets.adapters.guarded import METHODS, AdapterError, GuardedAdapter
from deadair.targets.request import Answer, Request
from tests.unit.plain_target import OneByOne

CLIENT, ANSWER, READINGS = device_client("device-1", "p"), Answer(200, b"1 2"), [Reading(1, 2)]
CALLED: dict[str, Callable[[GuardedAdapter], Any]] = {
    "login": lambda adapter: adapter.login(CLIENT),
    "session": lambda adapter: adapter.session(CLIENT, ANSWER),
    "upload": lambda adapter: adapter.upload(CLIENT, READINGS),
    "outcome": lambda adapter: adapter.outcome(ANSWER),
    "poll": lambda adapter: adapter.poll(CLIENT),
    "newest": lambda adapter: adapter.newest(ANSWER),
    "remedy": lambda adapter: adapter.remedy(CLIENT, ANSWER),
    "enroll": lambda adapter: adapter.enroll(CLIENT, 60.0),
}
"""Each method, called."""


def returning(method: str, result: Any) -> GuardedAdapter:
    """An adapter whose method returns this, or raises it."""

    def call(*arguments: Any) -> Any:
        if isinstance(result, BaseException):
            raise result
        return result

    adapter: Any = OneByOne()
    setattr(adapter, method, call)
    return GuardedAdapter(adapter, "./a.py:A")


def said(method: str, result: Any) -> str:
    with pytest.raises(AdapterError) as refused:
        CALLED[method](returning(method, result))
    assert f"`{method}` of the adapter ./a.py:A" in str(refused.value)
    return str(refused.value)


def test_a_good_adapter_is_passed_on() -> None:
    adapter = GuardedAdapter(OneByOne(), "one")  # type: ignore[arg-type]
    assert (adapter.batch_readings_max, adapter.queue_readings_max) == (1, 288)
    assert adapter.login(CLIENT) is None
    assert adapter.upload(CLIENT, READINGS) == Request("/device-1", b"1 2")
    assert adapter.outcome(ANSWER) == "ok"
    assert adapter.read(CLIENT) == adapter.poll(CLIENT) == Request("/device-1", method="GET")
    assert adapter.newest(ANSWER) == Reading(1, 2)
    assert (adapter.remedy(CLIENT, ANSWER), adapter.enroll(CLIENT, 60.0)) == (None, ())
    made = [Enrollment(Request("/x"))]
    assert list(returning("enroll", made).enroll(CLIENT, 60.0)) == made
    assert returning("remedy", Request("/x")).remedy(CLIENT, ANSWER) == Request("/x")


class Mute(Exception):  # noqa: N818 - it stands for whatever a user may raise
    def __str__(self) -> str:
        raise RuntimeError


@pytest.mark.parametrize("method", sorted(CALLED))
@pytest.mark.parametrize(
    ("error", "word"),
    [
        (ValueError("no such key"), "raised ValueError: no such key"),
        (SystemExit(3), "raised SystemExit: 3"),
        (Mute(), "raised Mute"),
        (KeyError(), "raised KeyError"),
        (RecursionError("deep\n\x1b[31m"), "raised RecursionError: deep\\n\\x1b"),
    ],
)
def test_what_is_raised_is_said(method: str, error: BaseException, word: str) -> None:
    assert word in said(method, error)


class Loud:
    def __repr__(self) -> str:
        raise RuntimeError("not even shown")


MADE: Any = Request
NAMED: Any = Enrollment
READ: Any = Reading
WRONG: dict[str, list[Any]] = {
    "login": [7, "/login", ("/login", b"", "POST", ()), Loud()],
    "session": [7, b"s", True, Loud()],
    "upload": [
        None,
        MADE("no slash"),
        MADE("/a\r\nHost: x"),
        MADE("/a", "text"),
        MADE("/a", method="GET /"),
        MADE("/a", headers=(("A", "b\nc"),)),
        MADE("/a", headers=(("A b", "c"),)),
        MADE("/a", headers=[("A", "b")]),
    ],
    "outcome": [None, "OK", 200, True],
    "poll": [None, b"/x"],
    "newest": [
        7,
        (1,),
        {"measured_s": 1},
        READ(1.5, 100),
        READ(1, "100"),
        READ(True, 1),
        READ(1 << 50, 100),
        [1, 2],
        Loud(),
    ],
    "remedy": [b"x"],
    "enroll": [None, 7, [MADE("/x")], [Enrollment(MADE("x"))], [NAMED(MADE("/x"), socket=7)]],
}


@pytest.mark.parametrize(
    ("method", "result"), [(method, result) for method, every in WRONG.items() for result in every]
)
def test_what_is_of_a_wrong_type_is_said(method: str, result: Any) -> None:
    assert " returned " in said(method, result)


@pytest.mark.parametrize("missing", METHODS)
def test_a_class_that_lacks_a_method_is_no_adapter(missing: str) -> None:
    adapter: Any = type("Bad", (OneByOne,), {missing: None})()
    with pytest.raises(AdapterError, match=f"has no method `{missing}`"):
        GuardedAdapter(adapter, "bad")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("batch_readings_max", 0),
        ("batch_readings_max", "50"),
        ("queue_readings_max", True),
        ("queue_readings_max", None),
        ("batch_readings_max", 10**9),
    ],
)
def test_batches_must_have_a_size(name: str, value: object) -> None:
    adapter: Any = type("Bad", (OneByOne,), {name: value})()
    with pytest.raises(AdapterError, match=f"`{name}` of the adapter bad is .* whole number from 1"):
        GuardedAdapter(adapter, "bad")


def test_a_member_that_raises_when_it_is_looked_at_is_said() -> None:
    adapter: Any = type("Bad", (OneByOne,), {"poll": property(lambda self: 1 / 0)})()
    with pytest.raises(AdapterError, match="`poll` of the adapter bad raised ZeroDivisionError"):
        GuardedAdapter(adapter, "bad")


def test_a_call_that_does_not_come_back_is_known_by_name() -> None:
    calls = AdapterCalls()
    assert calls.look(LIMIT_S * 2) is None
    with calls.noted("`poll` of the adapter slow"):
        assert calls.look(LIMIT_S * 0.6) is None
        with calls.noted("`newest` of the adapter slow"):
            assert calls.look(0.1) is None
        assert calls.look(LIMIT_S * 0.6) == "`poll` of the adapter slow"
    assert calls.look(LIMIT_S) is None


def test_a_call_is_as_old_as_the_looks_that_saw_it() -> None:
    calls = AdapterCalls()
    for _ in range(100):
        with calls.noted("`poll` of the adapter quick"):
            assert calls.look(LIMIT_S * 0.9) is None


def test_every_call_is_noted_while_it_is_under_way() -> None:
    seen: list[str] = []

    class Watched(OneByOne):
        def poll(self, client: Client) -> Request:
            seen.extend(CALLS._under_way.values())
            return super().poll(client)

    GuardedAdapter(Watched(), "own").poll(CLIENT)  # type: ignore[arg-type]
    assert seen == ["`poll` of the adapter own"]
    assert not CALLS._under_way


def test_a_call_that_was_told_of_ends_no_later_run_in_this_process() -> None:
    calls = AdapterCalls()
    with calls.noted("the one that hangs for ever"):
        assert [calls.look(LIMIT_S) for _ in range(3)] == [None, "the one that hangs for ever", None]
        with calls.noted("another"):
            assert [calls.look(LIMIT_S) for _ in range(3)] == [None, "another", None]
    with calls.noted("a later one"):
        assert [calls.look(LIMIT_S) for _ in range(2)] == [None, "a later one"]
