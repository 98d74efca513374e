"""Passwords, lock-out and sessions: what is refused, for how long, and what nobody can learn from it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest

from deadair.reference.accounts.accounts import Accounts, Newcomer
from deadair.reference.settings import Settings
from tests.reference.asgi import ask, asked
from tests.reference.fake_env import FakeEnv
from tests.reference.service import GENERAL, Service

LOCKED = "SSO_AuthenticateMaxAttemptsExceeded"
WRONG = "AccountPasswordInvalid"
SETTINGS = Settings(password_failures_max=3, lockout_s=600, account_requests_per_s=None)


@pytest.fixture
def service(env: FakeEnv) -> Service:
    return Service(env, SETTINGS)


def code(service: Service, name: str, password: str) -> str:
    """Return the code of a refused log-in, nothing if it is let in."""
    answer = service.log_in(name, password)
    return str(answer.json()["Code"]) if answer.status_code != 200 else ""


def works(service: Service, session: str) -> str:
    """Return the code that a session is refused with, nothing if it works."""
    answer = service.publisher("IsRemoteMonitoringSessionActive", session)
    return "" if answer.status_code == 200 else str(answer.json()["Code"])


# --- passwords -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "password"), [("patient", "x"), ("nobody", "p")])
def test_a_wrong_name_and_a_wrong_password_look_alike(service: Service, name: str, password: str) -> None:
    answer = service.log_in(name, password)
    assert answer.json()["Code"] == WRONG
    assert answer.content == service.log_in("another nobody", "x").content


def test_a_name_that_is_no_accounts_costs_a_comparison_too(service: Service, env: FakeEnv) -> None:
    for name in ("patient", "nobody"):
        before = len(env.checked)
        code(service, name, "x")
        assert len(env.checked) - before == 1


def test_even_the_password_of_nobody_opens_nothing(service: Service) -> None:
    assert code(service, "nobody", "the password of nobody") == WRONG


@pytest.mark.parametrize("name", ["patient", "nobody"])
def test_too_many_wrong_passwords_lock_out_for_a_while(service: Service, env: FakeEnv, name: str) -> None:
    assert [code(service, name, "x") for _ in range(5)] == [WRONG] * 3 + [LOCKED] * 2
    before = len(env.checked)
    assert code(service, name, "p") == LOCKED
    assert len(env.checked) == before
    env.now_s += 599
    assert code(service, name, "p") == LOCKED
    env.now_s += 1
    assert code(service, name, "p") == ("" if name == "patient" else WRONG)


def test_a_lock_out_is_of_the_account_however_it_is_named_and_of_no_other(service: Service) -> None:
    body = {"accountName": "patient", "password": "p"}
    public = service.post(f"{GENERAL}/AuthenticatePublisherAccount", body).json()
    for _ in range(3):
        code(service, "patient", "x")
    answer = service.post(f"{GENERAL}/LoginPublisherAccountById", {"accountId": public, "password": "p"})
    assert answer.json()["Code"] == LOCKED
    assert code(service, "follower", "f") == ""


def test_sessions_go_on_working_while_new_ones_are_locked_out(service: Service) -> None:
    session = service.login("patient", "p")
    for _ in range(3):
        code(service, "patient", "x")
    assert code(service, "patient", "p") == LOCKED
    assert service.upload(session, int(service.env.now())).status_code == 200


def test_the_right_password_wipes_out_the_wrong_ones(service: Service) -> None:
    for _ in range(4):
        assert [code(service, "patient", word) for word in ("x", "x", "p")] == [WRONG, WRONG, ""]


def test_what_was_wrong_long_ago_does_not_count(service: Service, env: FakeEnv) -> None:
    for _ in range(5):
        assert [code(service, "patient", "x") for _ in range(2)] == [WRONG, WRONG]
        env.now_s += 600


class SlowEnv(FakeEnv):
    """Compares passwords only when it is told to go on."""

    def __init__(self) -> None:
        super().__init__()
        self.go = asyncio.Event()

    async def password_fits(self, hashed: str, password: str) -> bool:
        await self.go.wait()
        return await super().password_fits(hashed, password)


@pytest.fixture
def slow_env() -> Iterator[SlowEnv]:
    env = SlowEnv()
    yield env
    env.close()


def together(service: Service, env: SlowEnv, names: list[str]) -> list[int]:
    """Send log-ins of these names with a wrong password, all before any of them is answered; return the statuses."""

    def body(name: str) -> bytes:
        return json.dumps({"accountName": name, "password": "x"}).encode()

    async def scene() -> list[int]:
        app = service.gateway.apps["gateway"]
        path = f"{GENERAL}/LoginPublisherAccountByName"
        tasks = [asyncio.create_task(asked(app, "POST", path, body(name))) for name in names]
        for _ in range(50):
            await asyncio.sleep(0)
        env.go.set()
        return [answer.status_code for answer in await asyncio.gather(*tasks)]

    return asyncio.run(scene())


def test_many_guesses_at_once_are_no_way_round_the_lock_out(slow_env: SlowEnv) -> None:
    service = Service(slow_env, SETTINGS)
    statuses = together(service, slow_env, ["patient"] * 20)
    assert (statuses.count(500), statuses.count(429)) == (3, 17)
    assert code(service, "patient", "p") == LOCKED


def test_a_storm_of_log_ins_is_asked_to_wait(slow_env: SlowEnv) -> None:
    service = Service(slow_env, Settings(log_ins_at_once_max=5, account_requests_per_s=None))
    statuses = together(service, slow_env, [f"somebody {number}" for number in range(12)])
    assert (statuses.count(500), statuses.count(429)) == (5, 7)


# --- by address ------------------------------------------------------------------------------------------------------

HOME, STRANGER = "192.0.2.1", "198.51.100.7"
BY_ADDRESS = Settings(log_ins_per_address_per_s=1.0, log_ins_per_address_burst=5.0, account_requests_per_s=1.0)


def statuses(service: Service, name: str, password: str, address: str, times: int = 1) -> list[int]:
    body = json.dumps({"accountName": name, "password": password}).encode()
    path, app = f"{GENERAL}/LoginPublisherAccountByName", service.gateway.apps["gateway"]
    answers = [ask(app, "POST", path, body, address=address) for _ in range(times)]
    assert all("retry-after" in answer.headers for answer in answers if answer.status_code == 429)
    return [answer.status_code for answer in answers]


@pytest.mark.parametrize("name", ["patient", "nobody"])
def test_a_flood_from_one_address_is_refused_before_it_costs_anything(env: FakeEnv, name: str) -> None:
    service = Service(env, BY_ADDRESS)
    assert statuses(service, name, "x", STRANGER, 100) == [500] * 5 + [429] * 95
    assert len(env.checked) == 5
    assert statuses(service, "patient", "p", HOME) == [200]
    env.now_s += 2.0
    assert statuses(service, name, "x", STRANGER, 5) == [500] * 2 + [429] * 3


def test_a_flood_of_many_names_from_one_address_too(env: FakeEnv) -> None:
    service = Service(env, BY_ADDRESS)
    codes = [statuses(service, f"name {number}", "x", STRANGER)[0] for number in range(50)]
    assert codes == [500] * 5 + [429] * 45


def test_what_is_no_log_in_counts_too(env: FakeEnv) -> None:
    service, app = Service(env, BY_ADDRESS), f"{GENERAL}/LoginPublisherAccountByName"
    codes = [ask(service.gateway.apps["gateway"], "POST", app, b"{", address=STRANGER).status_code for _ in range(10)]
    assert codes == [500] * 5 + [429] * 5


def test_a_stranger_cannot_use_up_what_an_account_may_ask_for(env: FakeEnv) -> None:
    service = Service(
        env, Settings(log_ins_per_address_per_s=None, account_requests_per_s=0.01, account_requests_burst=10)
    )
    assert statuses(service, "patient", "x", STRANGER, 100).count(429) > 50
    assert statuses(service, "patient", "p", HOME) == [200]


def test_a_stranger_cannot_lock_a_parent_out(env: FakeEnv) -> None:
    service = Service(env, Settings(log_ins_per_address_per_s=None, account_requests_per_s=None))
    assert set(statuses(service, "patient", "x", STRANGER, 50)) == {500}
    assert len(env.checked) == service.settings.password_failures_max
    assert statuses(service, "patient", "p", HOME) == [200]
    assert statuses(service, "patient", "p", STRANGER) == [500]


def test_a_refusal_of_a_lock_out_says_when_it_ends(env: FakeEnv) -> None:
    service = Service(env, SETTINGS)
    for _ in range(3):
        code(service, "patient", "x")
    env.now_s += 99.5
    assert service.log_in("patient", "p").headers["retry-after"] == "501", "not a moment too early"


def test_many_behind_a_proxy_that_names_nobody_are_not_limited_by_address(env: FakeEnv) -> None:
    service = Service(env, replace(BY_ADDRESS, account_requests_per_s=None))
    assert statuses(service, "patient", "p", "", 50) == [200] * 50


def test_while_a_flood_waits_for_its_passwords_to_be_checked_a_parent_is_next(slow_env: SlowEnv) -> None:
    service = Service(slow_env, Settings(log_ins_at_once_max=20, account_requests_per_s=None))
    app, path = service.gateway.apps["gateway"], f"{GENERAL}/LoginPublisherAccountByName"

    async def scene() -> int:
        def log_in(name: str, password: str, address: str) -> asyncio.Task[httpx.Response]:
            body = json.dumps({"accountName": name, "password": password}).encode()
            return asyncio.create_task(asked(app, "POST", path, body, address=address))

        flood = [log_in(f"name {number}", "x", "") for number in range(60)]
        for _ in range(50):
            await asyncio.sleep(0)
        parent = log_in("patient", "p", HOME)
        for _ in range(50):
            await asyncio.sleep(0)
        slow_env.go.set()
        await asyncio.gather(*flood)
        return (await parent).status_code

    assert asyncio.run(scene()) == 200
    assert slow_env.checked.index("hash of p") <= 2


# --- sessions --------------------------------------------------------------------------------------------------------


def test_a_session_ends_by_itself_and_its_client_hears_why(service: Service, env: FakeEnv) -> None:
    session = service.login("patient", "p")
    env.now_s += 86_399
    assert works(service, session) == ""
    env.now_s += 1
    assert works(service, session) == "SessionNotValid"
    service.begin()
    assert works(service, session) == "SessionNotValid"
    assert works(service, service.login("patient", "p")) == ""


def test_a_session_survives_a_restart(service: Service) -> None:
    session = service.login("patient", "p")
    service.begin()
    assert works(service, session) == ""


def test_one_session_too_many_puts_the_oldest_out(env: FakeEnv) -> None:
    service = Service(env, Settings(sessions_per_account_max=3, account_requests_per_s=None))
    other = service.login("follower", "f")
    sessions = []
    for _ in range(5):
        sessions.append(service.login("patient", "p"))
        env.now_s += 1
    for _ in range(2):
        assert [works(service, one) for one in sessions] == ["SessionIdNotFound"] * 2 + [""] * 3
        assert works(service, other) == ""
        service.begin()


def test_sessions_are_revoked_in_bulk_by_account_or_all(service: Service) -> None:
    patient, follower, stranger = (service.login(name, name[0]) for name in ("patient", "follower", "stranger"))
    assert service.admin("POST", "/sessions/revoke", {"accounts": ["patient", "follower"]}).json() == {"revoked": 2}
    assert [works(service, one) for one in (patient, follower, stranger)] == ["SessionIdNotFound"] * 2 + [""]
    service.begin()
    assert works(service, patient) == "SessionIdNotFound"
    assert service.admin("POST", "/sessions/revoke", {}).json() == {"revoked": 1}
    assert works(service, stranger) == "SessionIdNotFound"
    assert works(service, service.login("patient", "p")) == ""


@pytest.mark.parametrize("body", [[], 1, {"accounts": 1}, {"accounts": [1]}, {"accounts": ["nobody"]}])
def test_nobodys_sessions_are_revoked_by_mistake(service: Service, body: object) -> None:
    session = service.login("patient", "p")
    assert service.admin("POST", "/sessions/revoke", body).status_code >= 400
    assert works(service, session) == ""


def test_administrative_routes_are_not_on_the_public_socket(service: Service) -> None:
    for method, path in service.gateway.apps["gateway-admin"]._routes:
        assert service.post(path).status_code == 404, (method, path)


def test_an_account_keeps_its_password_when_it_is_created_again(service: Service) -> None:
    added = service.admin("POST", "/accounts", {"accounts": [["patient", "other"], ["new", "n"], ["new", "m"]]})
    assert added.json()["accounts"] == 3
    assert [code(service, *pair) for pair in (("patient", "p"), ("patient", "other"), ("new", "m"))] == ["", WRONG, ""]


def test_an_account_that_another_process_added_can_log_in(service: Service, env: FakeEnv) -> None:
    for name in ("by name", "by id"):
        (added,) = asyncio.run(Accounts(env).add([Newcomer(name, "n")]))
        assert code(service, "by name", "n") == ""
    answer = service.post(f"{GENERAL}/LoginPublisherAccountById", {"accountId": added.public, "password": "n"})
    assert works(service, answer.json()) == ""


@pytest.mark.parametrize(
    "body",
    [
        [],
        {"accounts": 1},
        {"accounts": [["a"]]},
        {"accounts": [["a", 1]]},
        {"accounts": [["a", "b", "c", "d"]]},
        {"accounts": [["", "b"]]},
        {"accounts": [["a", "b"], ["n" * 201, "b"]]},
        {"accounts": [["a", "b"], ["c", "p" * 201]]},
        {"accounts": ["ab"]},
        {"accounts": [["a", "b"]], "invitations": [["a", "nobody"]]},
        {"accounts": [["a", "b"]], "invitations": [["nobody", "a"]]},
    ],
)
def test_a_bulk_that_is_not_sound_creates_nobody(service: Service, body: object) -> None:
    assert service.admin("POST", "/accounts", body).status_code >= 400
    assert code(service, "a", "b") == WRONG
