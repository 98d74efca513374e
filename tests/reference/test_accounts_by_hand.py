"""Accounts that somebody changes by hand, beside a gateway: it heeds that, also what was done while it was down."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from deadair.reference.accounts.accounts import Account
from deadair.reference.env import Env
from deadair.reference.running.accounts_by_hand import AccountsByHand
from deadair.reference.settings import Settings
from tests.reference.asgi import asked
from tests.reference.fake_env import FakeEnv
from tests.reference.service import GENERAL, SERIAL, Service
from tests.reference.test_log_ins import SlowEnv, code, works

SETTINGS = Settings()
WRONG = "AccountPasswordInvalid"
Deed = Callable[[AccountsByHand, Account], None]


def by_hand(env: Env, name: str, deed: Deed) -> None:
    """Do a deed as another process would, over the same database."""
    accounts = AccountsByHand(env, SETTINGS)
    account = accounts.directory.named(name)
    assert account is not None
    deed(accounts, account)


def change_password(accounts: AccountsByHand, account: Account) -> None:
    asyncio.run(accounts.change_password(account, "new"))


def heed(service: Service) -> None:
    """Let a gateway look once for what was changed."""

    async def scene() -> None:
        task: asyncio.Task[Any] = asyncio.create_task(heeding(service))
        for _ in range(5):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])

    asyncio.run(scene())


def heeding(service: Service) -> Coroutine[Any, Any, None]:
    gateway: Any = service.gateway
    heeded: Coroutine[Any, Any, None] = gateway._heed_changes()
    return heeded


@pytest.fixture(params=["runs", "starts"])
def settle(request: pytest.FixtureRequest) -> Callable[[Service], None]:
    """Return how the gateway gets to know: by itself while it runs, or when it starts."""

    def starts(service: Service) -> None:
        service.begin()
        heed(service)

    return heed if request.param == "runs" else starts


def told(service: Service) -> dict[int, str]:
    """Return the tokens by follow that the watchdog is to be told of."""
    return {entry.follow: entry.token for entry in service.evidence._waiting.values()}


def test_a_removed_account_is_out_and_nobodys_phone_rings_for_it(
    service: Service, settle: Callable[[Service], None]
) -> None:
    patient, follower = service.login("patient", "p"), service.login("follower", "f")
    public = service.post(f"{GENERAL}/AuthenticatePublisherAccount", {"accountName": "patient", "password": "p"}).json()
    by_id = {"accountId": public, "password": "p"}
    follow = service.subscribe(follower).json()["follow"]
    now = int(service.env.now())
    assert service.upload(patient, now).status_code == 200
    by_hand(service.env, "patient", lambda accounts, account: accounts.remove(account))
    settle(service)
    assert works(service, patient) == "SessionIdNotFound"
    assert works(service, follower) == ""
    assert code(service, "patient", "p") == WRONG
    assert service.post(f"{GENERAL}/LoginPublisherAccountById", by_id).json()["Code"] == WRONG
    assert works(service, patient) == "SessionIdNotFound"
    assert told(service)[follow] == ""
    assert service.poll(follower, follow).json()["Code"] == "SubscriptionNotFound"
    assert service.subscriber("ListSubscriberAccountSubscriptions", follower).json() == []
    assert service.admin("GET", "/stored?account=patient").status_code == 404


def test_what_is_left_of_a_removed_account_names_nobody(service: Service, env: FakeEnv) -> None:
    service.publisher("CreateContact", service.login("patient", "p"), contactName="Granny", emailAddress="g@example")
    by_hand(env, "patient", lambda accounts, account: accounts.remove(account))
    heed(service)
    left = "\n".join(env.database("accounts").iterdump())
    for text in ("'patient'", "hash of p'", "Granny", "g@example"):
        assert text not in left, text
    assert left.count(SERIAL) == 1, "the stranger's alone"


def test_the_readings_of_a_removed_account_are_never_anothers(service: Service) -> None:
    service.admin("POST", "/accounts", {"accounts": [["last", "l", SERIAL]]})
    now = int(service.env.now())
    service.upload(service.login("last", "l"), now)
    service.store_all()
    by_hand(service.env, "last", lambda accounts, account: accounts.remove(account))
    heed(service)
    service.admin("POST", "/accounts", {"accounts": [["last", "other", SERIAL]]})
    assert service.read(service.login("last", "other")) == []


def test_a_removed_follower_is_told_nothing_more(service: Service, settle: Callable[[Service], None]) -> None:
    follower = service.login("follower", "f")
    follow = service.subscribe(follower).json()["follow"]
    by_hand(service.env, "follower", lambda accounts, account: accounts.remove(account))
    settle(service)
    assert told(service)[follow] == ""
    assert service.poll(follower, follow).json()["Code"] == "SessionIdNotFound"


def test_with_another_password_everybody_has_to_log_in_anew(
    service: Service, settle: Callable[[Service], None]
) -> None:
    session, other = service.login("patient", "p"), service.login("follower", "f")
    by_hand(service.env, "patient", change_password)
    settle(service)
    assert (works(service, session), works(service, other)) == ("SessionIdNotFound", "")
    assert code(service, "patient", "p") == WRONG
    assert works(service, service.login("patient", "new")) == ""


def test_sessions_are_ended_by_hand(service: Service, settle: Callable[[Service], None]) -> None:
    session = service.login("patient", "p")
    by_hand(service.env, "patient", lambda accounts, account: accounts.end_sessions(account))
    settle(service)
    assert works(service, session) == "SessionIdNotFound"
    again = service.login("patient", "p")
    settle(service)
    assert works(service, again) == "", "what was done is done once"


def test_a_log_in_that_was_under_way_with_the_old_password_is_refused() -> None:
    env = SlowEnv()
    service = Service(env)

    async def scene() -> int:
        body = json.dumps({"accountName": "patient", "password": "p"}).encode()
        path = f"{GENERAL}/LoginPublisherAccountByName"
        task = asyncio.create_task(asked(service.gateway.apps["gateway"], "POST", path, body))
        for _ in range(50):
            await asyncio.sleep(0)
        accounts = AccountsByHand(env, SETTINGS)
        account = accounts.directory.named("patient")
        assert account is not None
        await accounts.change_password(account, "new")
        heeded = asyncio.create_task(heeding(service))
        for _ in range(5):
            await asyncio.sleep(0)
        heeded.cancel()
        env.go.set()
        return (await task).status_code

    assert asyncio.run(scene()) == 500
    env.close()


def test_a_follower_ends_his_follow_of_this_phone(service: Service) -> None:
    session = service.login("follower", "f")
    phone = service.subscribe(session).json()["follow"]
    tablet = service.subscribe(session, token="another").json()["follow"]
    for _ in range(2):
        answer = service.post("/app/unsubscribe", {"session": session, "follow": phone})
        assert (answer.status_code, answer.json()) == (200, {"ended": True})
    assert {number: told(service)[number] for number in (phone, tablet)} == {phone: "", tablet: "another"}
    assert service.poll(session, phone).json()["Code"] == "SubscriptionNotFound"
    assert service.poll(session, tablet).status_code == 200
    again = service.subscribe(session).json()["follow"]
    assert told(service)[again] == "t"


def test_nobody_ends_the_follow_of_another(service: Service) -> None:
    follow = service.subscribe(service.login("follower", "f")).json()["follow"]
    stranger = service.login("stranger", "s")
    for number in (follow, 99, None, "1", True):
        answer = service.post("/app/unsubscribe", {"session": stranger, "follow": number})
        assert answer.json()["Code"] == "SubscriptionNotFound"
    assert told(service)[follow] == "t"
