"""Requests come to their handlers by exact path and method; everything else is refused in the API's own form."""

from __future__ import annotations

import tracemalloc

import pytest
from starlette.requests import Request

from deadair.reference.http.router import (
    QUERIES_KEPT,
    QUERY_BYTES_MAX,
    QUERY_FIELDS_MAX,
    Reply,
    Router,
    query_of,
    reply,
)
from tests.reference.asgi import ask


async def _hello(request: Request) -> Reply:
    return reply(dict(query_of(request)), 200, (b"x-said", b"hello"))


async def _broken(_: Request) -> Reply:
    raise RuntimeError("a handler's own error")


DOOR = Router({("POST", "/hello"): _hello, ("GET", "/hello"): _hello, ("POST", "/broken"): _broken})


def test_a_handler_answers_its_own_path_and_method() -> None:
    answer = ask(DOOR, "POST", "/hello?b=2&a=1&a=3&c=")
    assert (answer.status_code, answer.json()) == (200, {"b": "2", "a": "3", "c": ""})
    assert answer.headers["x-said"] == "hello"
    assert answer.headers["content-type"] == "application/json"
    assert int(answer.headers["content-length"]) == len(answer.content)


@pytest.mark.parametrize("path", ["/", "/hello/", "//hello", "/HELLO", "/hello%00"])
def test_any_other_path_is_not_found(path: str) -> None:
    answer = ask(DOOR, "POST", path)
    assert (answer.status_code, answer.json()["Code"]) == (404, "NotFound")


def test_another_method_is_told_which_there_are() -> None:
    answer = ask(DOOR, "DELETE", "/hello")
    assert (answer.status_code, answer.json()["Code"]) == (405, "MethodNotAllowed")
    assert answer.headers["allow"] == "POST, GET"


def test_a_handler_that_fails_is_answered_and_told_to_the_server() -> None:
    with pytest.raises(RuntimeError, match="own error"):
        ask(DOOR, "POST", "/broken")


def test_a_query_without_end_is_no_query() -> None:
    assert ask(DOOR, "POST", "/hello?" + "a=1&" * 101).json() == {}
    assert ask(DOOR, "POST", "/hello?a=" + "1" * 5000).json() == {}


def test_a_field_is_found_however_its_name_is_written() -> None:
    assert ask(DOOR, "POST", "/hello?sessionID=A&MAXCOUNT=1").json() == {"sessionid": "A", "maxcount": "1"}


def test_the_queries_that_are_kept_fill_no_memory_whatever_they_are() -> None:
    scope = {"type": "http", "method": "GET", "path": "/", "headers": []}
    tracemalloc.start()
    for number in range(QUERIES_KEPT):
        fields = "&".join(f"{number}-{place:020}={place}-yyyyyyyyyyy" for place in range(QUERY_FIELDS_MAX))
        query_of(Request({**scope, "query_string": fields[:QUERY_BYTES_MAX].encode()}))
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept < 30_000_000


@pytest.mark.parametrize("query", ["a=JOS\u00c9", "a=JOS%C3%89"])
def test_letters_in_a_query_may_be_as_they_are(query: str) -> None:
    """Some clients write them so."""
    assert query_of(Request({"type": "http", "query_string": query.encode()})) == {"a": "JOS\u00c9"}


def test_a_query_of_bytes_that_are_no_letters_is_one_all_the_same() -> None:
    assert query_of(Request({"type": "http", "query_string": b"a=\xff&b=1"})) == {"a": "\ufffd", "b": "1"}
