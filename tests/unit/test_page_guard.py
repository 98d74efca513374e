"""Nobody sees a page, and nobody changes anything, who did not come by a link of ours."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from deadair.browser.page_guard import BODY_BYTES_MAX, COOKIE, PageGuard, form_token_fits
from tests.unit.page_client import PageClient

HOST = "runs-x.localhost:8000"
ORIGIN = {"origin": f"http://{HOST}"}


async def say(request: Request) -> PlainTextResponse:
    body = await request.body()
    return PlainTextResponse(f"{request.method} {len(body)} {request.state.form_token}")


async def chunks() -> AsyncIterator[bytes]:
    yield b"x"


@pytest.fixture
def guard() -> PageGuard:
    return PageGuard(Starlette(routes=[Route("/", say, methods=["GET", "POST"])]), host=HOST)


def client(guard: PageGuard, host: str = HOST) -> PageClient:
    return PageClient(guard, host)


@pytest.fixture
def inside(guard: PageGuard) -> PageClient:
    """A client that came by the link."""
    browser = client(guard)
    answer = browser.get(guard.link())
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    return browser


def test_a_link_becomes_a_cookie_that_no_script_and_no_other_site_has(guard: PageGuard) -> None:
    answer = client(guard).get(guard.link())
    assert re.fullmatch(rf"{COOKIE}=[\w-]{{43}}; HttpOnly; SameSite=Strict; Path=/", answer.headers["set-cookie"])
    assert "token" not in answer.headers["location"]


def test_a_link_works_once(guard: PageGuard) -> None:
    link = guard.link()
    assert client(guard).get(link).status_code == 303
    again = client(guard).get(link)
    assert again.status_code == 403
    assert "set-cookie" not in again.headers


@pytest.mark.parametrize("token", ["", "x", "%00", "\u00e9", "a" * 5000])
def test_a_wrong_token_lets_nobody_in(guard: PageGuard, token: str) -> None:
    guard.link()
    assert client(guard).get("/", params={"token": token}).status_code == 403


def test_without_a_cookie_or_with_a_wrong_one_nothing_is_shown(guard: PageGuard) -> None:
    assert client(guard).get("/").status_code == 403
    browser = client(guard)
    browser.cookies.set(COOKIE, "wrong")
    assert browser.get("/").status_code == 403
    assert client(guard).get("/", headers={"cookie": "=;;;a b"}).status_code == 403


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:8000", "evil.example:8000", "runs-x.localhost:8001"])
def test_by_any_other_name_there_is_no_page(guard: PageGuard, inside: PageClient, host: str) -> None:
    assert inside.get("/", headers={"host": host}).status_code == 421
    assert client(guard, host).get("/").status_code == 421


@pytest.mark.parametrize("origin", [None, "null", "http://evil.example", f"https://{HOST}", "http://127.0.0.1:8000"])
def test_a_change_that_another_page_asks_for_is_refused(inside: PageClient, origin: str | None) -> None:
    assert inside.post("/", headers={} if origin is None else {"origin": origin}).status_code == 403
    assert inside.post("/", headers=ORIGIN).status_code == 200


def test_a_form_of_the_page_has_no_origin_and_the_browser_says_whose_it_is(inside: PageClient) -> None:
    assert inside.post("/", headers={"origin": "null", "sec-fetch-site": "same-origin"}).status_code == 200
    for other in ("cross-site", "same-site", "none", ""):
        assert inside.post("/", headers={"origin": "null", "sec-fetch-site": other}).status_code == 403
    assert inside.post("/", headers={"sec-fetch-site": "same-origin"}).status_code == 403
    evil = {"origin": "http://evil.example", "sec-fetch-site": "same-origin"}
    assert inside.post("/", headers=evil).status_code == 403


def test_a_body_that_is_too_long_or_says_no_length_is_refused(inside: PageClient) -> None:
    assert inside.post("/", content=b"x" * BODY_BYTES_MAX, headers=ORIGIN).status_code == 200
    assert inside.post("/", content=b"x" * (BODY_BYTES_MAX + 1), headers=ORIGIN).status_code == 403
    assert inside.post("/", content=chunks(), headers=ORIGIN).status_code == 403


def test_every_answer_says_what_a_page_may_load_and_tells_nobody_where_it_was(
    guard: PageGuard, inside: PageClient
) -> None:
    for answer in (inside.get("/"), client(guard).get("/"), inside.get("/none")):
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")


def test_each_session_has_a_form_token_of_its_own(guard: PageGuard) -> None:
    said = []
    for _ in range(2):
        browser = client(guard)
        browser.get(guard.link())
        said.append(browser.get("/").text.split()[-1])
    assert said[0] != said[1]
    assert form_token_fits(said[0], said[0])
    assert not form_token_fits(said[0], said[1])
    assert not form_token_fits(said[0], None)
