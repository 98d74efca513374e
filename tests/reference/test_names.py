"""A name is the same however it is spelled: capitals, accents in one piece or two, blanks. It is never another's."""

from __future__ import annotations

import asyncio
import sqlite3
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deadair.reference.accounts.accounts import Accounts, Newcomer
from deadair.reference.accounts.contacts import Contacts
from deadair.reference.accounts.names import name_key
from deadair.reference.http.share_api import ShareError
from deadair.reference.running.live import LiveEnv
from deadair.reference.settings import Settings
from tests.reference import format_2
from tests.reference.fake_env import FakeEnv
from tests.reference.service import GENERAL, SERIAL, Service

NAME = "José.Åström@Exämple.org"
SPELLINGS = {
    "capitals": NAME.upper(),
    "small": NAME.lower(),
    "decomposed": unicodedata.normalize("NFD", NAME),
    "composed": unicodedata.normalize("NFC", NAME),
    "full width": NAME.replace("@", "\uff20").replace("J", "\uff2a"),
    "blanks": f"  {NAME}\t ",
    "decomposed capitals": unicodedata.normalize("NFD", NAME.upper()) + "\u00a0",
}
OTHERS = ["Jose.Åström@Exämple.org", "José.Åström@Exämple.or", "José Åström@Exämple.org", "José.Åström@Exämple.org."]


@pytest.fixture(params=SPELLINGS.values(), ids=list(SPELLINGS))
def spelling(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@given(st.text(max_size=30))
def test_a_key_is_the_key_of_all_its_spellings(name: str) -> None:
    key = name_key(name)
    for same in (key, name.upper() if name.upper().lower() == name.lower() else name, f" {name}\n"):
        assert name_key(same) == key
    for form in ("NFC", "NFD"):
        assert name_key(unicodedata.normalize(form, name)) == key


@pytest.mark.parametrize(
    ("one", "other"), [("straße", "STRASSE"), ("ΣΊΣΥΦΟΣ", "Σίσυφος"), ("ﬁona", "Fiona"), ("\u1fb7", "\u1fbc\u0342")]
)
def test_letters_that_have_several_capitals_are_the_same(one: str, other: str) -> None:
    assert name_key(one) == name_key(other)


@pytest.mark.parametrize("other", OTHERS)
def test_what_is_another_name_stays_another(other: str) -> None:
    assert name_key(other) != name_key(NAME)


def test_an_account_logs_in_by_any_spelling_of_its_name(service: Service, spelling: str) -> None:
    service.admin("POST", "/accounts", {"accounts": [[NAME, "n"]]})
    public = service.post(f"{GENERAL}/AuthenticatePublisherAccount", {"accountName": NAME, "password": "n"}).json()
    body = {"accountName": spelling, "password": "n"}
    assert service.post(f"{GENERAL}/AuthenticatePublisherAccount", body).json() == public
    assert len(service.login(spelling, "n")) == 36
    service.begin()
    assert len(service.login(spelling, "n")) == 36
    for other in OTHERS:
        assert service.log_in(other, "n").json()["Code"] == "AccountPasswordInvalid"


def test_one_account_is_locked_out_by_all_spellings_together(service: Service) -> None:
    tries = [service.log_in(name, "wrong").json()["Code"] for name in ["patient", "Patient", " PATIENT"] * 4]
    assert tries == ["AccountPasswordInvalid"] * 10 + ["SSO_AuthenticateMaxAttemptsExceeded"] * 2
    tries = [service.log_in(name, "wrong").json()["Code"] for name in ["nobody", "Nobody", " NOBODY"] * 4]
    assert tries == ["AccountPasswordInvalid"] * 10 + ["SSO_AuthenticateMaxAttemptsExceeded"] * 2


def test_an_invitation_to_any_spelling_leads_to_its_account(service: Service, spelling: str) -> None:
    service.admin("POST", "/accounts", {"accounts": [[NAME, "n"]]})
    patient, mum = service.login("patient", "p"), service.login(NAME, "n")
    contact = service.publisher("CreateContact", patient, contactName="Mother", emailAddress=spelling).json()
    service.publisher("CreateSubscriptionInvitation", patient, {"DisplayName": "Kim"}, contactId=contact)
    assert len(service.subscriber("ListSubscriberAccountSubscriptions", mum).json()) == 1
    follow = service.subscribe(mum, " Patient").json()["follow"]
    (listed,) = (
        one
        for one in service.publisher("ListPublisherAccountSubscriptions", patient).json()
        if one["ContactName"] == "Mother"
    )
    assert listed["SubscriberId"] != "00000000-0000-0000-0000-000000000000"
    assert service.publisher("DoesContactExistByName", patient, contactName="MOTHER").json() is True
    for name, address in (("mother ", "x@y"), ("Mum", NAME)):
        again = service.publisher("CreateContact", patient, contactName=name, emailAddress=address)
        assert again.json()["Code"] == "ContactNameAlreadyExists"
    service.publisher("DeleteContact", patient, contactId=contact)
    assert service.poll(mum, follow).json()["Code"] == "SubscriptionNotFound"


def test_the_administrator_may_spell_as_he_likes(service: Service, spelling: str) -> None:
    made = service.admin("POST", "/accounts", {"accounts": [[NAME, "n"], [spelling, "other", SERIAL]]}).json()
    assert len(set(made["ids"])) == 1
    made = service.admin("POST", "/accounts", {"accounts": [[spelling, "third"]]}).json()
    assert len(service.login(NAME, "other")) == 36, "of those of one request the last, and never another request's"
    for _ in range(2):
        pairs = {"invitations": [["FOLLOWER", spelling], [spelling, "PATIENT"]]}
        assert service.admin("POST", "/accounts", pairs).status_code == 200
    session = service.login(spelling, "other")
    service.upload(session, int(service.env.now()))
    service.store_all()
    account = spelling.replace("@", "%40").replace(" ", "%20").replace("\t", "%09").replace("\u00a0", "%C2%A0")
    assert len(service.admin("GET", f"/stored?account={account}").json()) == 1
    assert len(service.subscriber("ListSubscriberAccountSubscriptions", service.login("follower", "f")).json()) == 2
    assert len(service.subscriber("ListSubscriberAccountSubscriptions", session).json()) == 1
    assert service.admin("POST", "/sessions/revoke", {"accounts": [spelling]}).json()["revoked"] >= 1


def test_the_administrators_invitation_takes_a_contact_that_the_family_spelled_otherwise(service: Service) -> None:
    patient = service.login("patient", "p")
    service.publisher("CreateContact", patient, contactName="Friend", emailAddress="STRANGER")
    service.admin("POST", "/accounts", {"invitations": [["stranger", "patient"]]})
    listed = service.publisher("ListPublisherAccountSubscriptions", patient).json()
    assert [one["ContactName"] for one in listed] == ["Friend", "follower"]


def test_the_administrators_invitation_is_made_though_the_family_calls_somebody_else_so(service: Service) -> None:
    patient = service.login("patient", "p")
    service.publisher("CreateContact", patient, contactName="stranger", emailAddress="somebody@else")
    assert service.admin("POST", "/accounts", {"invitations": [["stranger", "patient"]]}).status_code == 200
    stranger = service.login("stranger", "s")
    assert len(service.subscriber("ListSubscriberAccountSubscriptions", stranger).json()) == 1


@pytest.mark.parametrize("name", ["", " ", "\u3000\t"])
def test_a_name_of_nothing_but_blanks_is_none(env: FakeEnv, name: str) -> None:
    with pytest.raises(ShareError, match="a name is empty"):
        asyncio.run(Accounts(env).add([Newcomer("sound", "s"), Newcomer(name, "n")]))
    assert Accounts(env).named("sound") is None


def test_two_processes_do_not_add_two_spellings_of_one_name(env: FakeEnv) -> None:
    one, other = Accounts(env), Accounts(env)

    async def both() -> None:
        await asyncio.gather(one.add([Newcomer("mum", "m")]), other.add([Newcomer("Mum", "m")]))

    asyncio.run(both())
    assert env.database("accounts").execute("SELECT count(*) FROM account").fetchone() == (1,)


# --- an older build knew two of them apart --------------------------------------------------------------------------


def old_folder(folder: Path, names: list[str], addresses: list[tuple[str, str, str | None]]) -> None:
    """Write what the build before left: accounts, and contacts of the first as (name, address, subscription)."""
    format_2.write(folder)
    database = sqlite3.connect(folder / "accounts.sqlite")
    database.executescript("DELETE FROM account; DELETE FROM contact; DELETE FROM follow")
    for number, name in enumerate(names, 1):
        database.execute("INSERT INTO account VALUES (?, ?, ?, 'hash', NULL, 0)", (number, name, f"public-{number}"))
    for number, (name, address, subscription) in enumerate(addresses):
        row = (f"contact-{number}", 1, name, address, subscription)
        database.execute("INSERT INTO contact VALUES (?, ?, ?, ?, ?, '', NULL, NULL)", row)
    database.commit()
    database.close()


class Told(LiveEnv):
    """A machine whose log is a list."""

    def log(self, event: str, **facts: float | str) -> None:
        said.append((event, facts))


said: list[tuple[str, dict[str, float | str]]] = []


@pytest.fixture
def told(tmp_path: Path) -> Told:
    said.clear()
    return Told(tmp_path, Settings())


def test_an_account_of_the_build_before_is_known_by_any_spelling(told: Told, tmp_path: Path) -> None:
    old_folder(tmp_path, ["Kid@Example.org", "mum"], [("Mother", "MUM", "invited")])
    accounts, contacts = Accounts(told), Contacts(told)
    assert [account.number for name in ("kid@example.org", " MUM") if (account := accounts.named(name))] == [1, 2]
    assert [one.subscription for one in contacts.of_follower("mum")] == ["invited"]
    assert [event for event, _ in said] == ["of an older build until now"]


def test_names_that_fall_together_are_known_by_their_own_spelling_only_and_the_log_says_so(
    told: Told, tmp_path: Path
) -> None:
    old_folder(tmp_path, ["kid", "mum", "Mum"], [("A", "mum", "a"), ("B", "Mum", "b"), ("C", "MUM", "c")])
    accounts, contacts = Accounts(told), Contacts(told)
    found = {name: accounts.named(name) for name in ("mum", "Mum", "MUM", " mum", "KID")}
    assert {name: account and account.number for name, account in found.items()} == {
        "mum": 2, "Mum": 3, "MUM": None, " mum": None, "KID": 1,
    }  # fmt: skip
    assert [[one.subscription for one in contacts.of_follower(name)] for name in ("mum", "Mum")] == [["a"], ["b"]]
    _, (event, facts) = said
    assert event.startswith("accounts whose names are the same")
    assert facts == {"ids": "public-2 public-3"}
    with pytest.raises(ShareError, match="several accounts have it in other spellings"):
        asyncio.run(accounts.add([Newcomer("MUM", "m")]))
    assert [one.number for one in asyncio.run(accounts.add([Newcomer("Mum", "m")]))] == [3]


def test_an_invitation_to_one_of_two_names_that_fall_together_is_not_the_others(told: Told, tmp_path: Path) -> None:
    old_folder(tmp_path, ["kid", "mum", "Mum"], [("B", "Mum", None)])
    Accounts(told)
    contacts = Contacts(told)
    contacts.allow([("mum", 1)])
    assert [len(contacts.of_follower(name)) for name in ("mum", "Mum")] == [1, 0]
    contacts.allow([("Mum", 1)])
    assert [[one.name for one in contacts.of_follower(name)] for name in ("mum", "Mum")] == [["mum"], ["B"]]


def test_a_follower_who_was_invited_in_two_spellings_stays_when_one_of_them_is_deleted(
    env: FakeEnv, service: Service
) -> None:
    patient, stranger = service.login("patient", "p"), service.login("stranger", "s")
    database = env.database("accounts")
    with database:
        for number, address in enumerate(("stranger", "Stranger")):
            row = (f"0{number}", f"contact {number}", address, f"1{number}")
            database.execute("INSERT INTO contact VALUES (?, 1, ?, ?, ?, '', NULL, NULL, 'stranger')", row)
    follow = service.subscribe(stranger).json()["follow"]
    service.publisher("DeleteContact", patient, contactId="00")
    assert service.poll(stranger, follow).status_code == 200
    service.publisher("DeleteContact", patient, contactId="01")
    assert service.poll(stranger, follow).json()["Code"] == "SubscriptionNotFound"
