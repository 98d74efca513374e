"""Several phones of one account: each with a follow of its own, until its token or its family says that it is over."""

from __future__ import annotations

from typing import Any

import pytest

from deadair.reference.accounts.follows import NEW_MAX, NEW_WITHIN_S, PHONES_MAX
from deadair.reference.alerts.alarms import Alarms
from deadair.reference.nodes.watchdog import Watchdog
from deadair.reference.settings import Settings
from tests.reference.evidence_entries import T_S
from tests.reference.fake_env import FakeEnv
from tests.reference.passed_on import first_told, pass_on
from tests.reference.service import Service

SETTINGS = Settings()


def following(service: Service, session: str, token: str, **more: Any) -> int:
    answer = service.subscribe(session, token=token, **more)
    assert answer.status_code == 200, answer.text
    return int(answer.json()["follow"])


def alerted(env: FakeEnv) -> list[str]:
    """Return the tokens that a no-data push waits for, and take it as delivered."""
    pushes = Alarms(env).undelivered(100)
    for push in pushes:
        Alarms(env).settle(push)
    return sorted(push.token for push in pushes if push.kind == "no_data")


def test_a_phone_that_shows_nothing_is_alerted_while_the_tablet_of_its_account_polls(
    service: Service, env: FakeEnv
) -> None:
    dog, device, mum = Watchdog(env, SETTINGS), service.login("patient", "p"), service.login("follower", "f")
    tablet, _ = following(service, mum, "tablet"), following(service, mum, "phone")
    for _ in range(5):
        env.now_s += 300
        service.upload(device, int(env.now_s))
        service.poll(mum, tablet, shown_s=int(env.now_s))
        pass_on(service, dog)
        dog._decide_due()
    assert alerted(env) == ["phone"]
    env.now_s += T_S
    dog._decide_due()
    assert alerted(env) == ["phone", "tablet"]


def test_each_phone_has_its_own_delay_and_what_its_owner_says_is_said_of_it(service: Service, env: FakeEnv) -> None:
    dog, mum = Watchdog(env, SETTINGS), service.login("follower", "f")
    first, _ = following(service, mum, "a"), following(service, mum, "b", no_data_after_s=2400)
    pass_on(service, dog)
    env.now_s += T_S
    dog._decide_due()
    assert alerted(env) == ["a"]
    service.poll(mum, first, acknowledged_s=env.now_s)
    pass_on(service, dog)
    env.now_s += T_S
    dog._decide_due()
    assert alerted(env) == ["b"]


@pytest.mark.parametrize("says", [{}, {"installation": None}])
def test_the_token_names_a_phone_that_names_itself_not(service: Service, says: dict[str, Any]) -> None:
    mum = service.login("follower", "f")
    assert following(service, mum, "a", **says) == following(service, mum, "a") != following(service, mum, "b", **says)


def test_a_phone_that_names_itself_stays_the_same_with_another_token(service: Service, env: FakeEnv) -> None:
    dog, mum = Watchdog(env, SETTINGS), service.login("follower", "f")
    first = following(service, mum, "old", installation="i")
    pass_on(service, dog)
    env.now_s += T_S
    dog._decide_due()
    assert following(service, mum, "new", installation="i") == first
    pass_on(service, dog)
    assert alerted(env) == ["new"]


def test_an_app_that_begins_to_name_itself_keeps_its_follow(service: Service) -> None:
    mum = service.login("follower", "f")
    first = following(service, mum, "t")
    assert following(service, mum, "t", installation="i") == first
    assert following(service, mum, "new", installation="i") == first
    service.begin()
    assert following(service, mum, "newer", installation="i") == first


@pytest.mark.parametrize("installation", ["", 7, [], {}, True, "x" * 201])
def test_an_installation_that_is_no_name_is_refused(service: Service, installation: object) -> None:
    answer = service.subscribe(service.login("follower", "f"), installation=installation)
    assert answer.json()["Code"] == "InvalidArgument"


def test_a_phone_that_was_handed_on_is_its_new_owners_alone(service: Service, env: FakeEnv) -> None:
    service.admin("POST", "/accounts", {"invitations": [["stranger", "patient"]]})
    dog, mum, other = Watchdog(env, SETTINGS), service.login("follower", "f"), service.login("stranger", "s")
    before, after = following(service, mum, "t"), following(service, other, "t")
    assert service.poll(mum, before).json()["Code"] == "SubscriptionNotFound"
    assert service.poll(other, after).status_code == 200
    pass_on(service, dog)
    env.now_s += T_S
    dog._decide_due()
    assert [push.follow for push in Alarms(env).undelivered(9)] == [after]


def test_a_phone_that_was_installed_anew_with_its_token_is_there_once(service: Service) -> None:
    mum = service.login("follower", "f")
    first = following(service, mum, "t", installation="i")
    assert following(service, mum, "other", installation="j") != first
    assert following(service, mum, "t", installation="j") != first
    assert service.poll(mum, first).json()["Code"] == "SubscriptionNotFound"


def test_one_phone_may_follow_two_patients(service: Service) -> None:
    service.admin("POST", "/accounts", {"invitations": [["follower", "stranger"]]})
    mum = service.login("follower", "f")
    first = following(service, mum, "t")
    second = following(service, mum, "t", patient="stranger")
    assert service.poll(mum, first).status_code == service.poll(mum, second).status_code == 200


def test_the_phone_silent_for_longest_makes_room_for_one_too_many(service: Service, env: FakeEnv) -> None:
    mum = service.login("follower", "f")
    phones = []
    for number in range(PHONES_MAX):
        env.now_s += 1
        phones.append(following(service, mum, f"t{number}"))
    env.now_s += 1
    service.poll(mum, phones[0])
    phones.append(following(service, mum, "one more"))
    answers = [service.poll(mum, one).json().get("Code") for one in phones]
    assert answers == [None, "SubscriptionNotFound", *[None] * (PHONES_MAX - 1)]
    assert service.evidence._waiting[phones[1]].token == ""


def test_new_phones_without_end_are_refused_and_known_ones_are_not(service: Service, env: FakeEnv) -> None:
    mum = service.login("follower", "f")
    statuses = [service.subscribe(mum, token=f"t{number}").status_code for number in range(NEW_MAX + 1)]
    assert statuses == [200] * NEW_MAX + [429]
    assert service.subscribe(mum, token=f"t{NEW_MAX - 1}").status_code == 200
    env.now_s += NEW_WITHIN_S
    assert service.subscribe(service.login("follower", "f"), token="later").status_code == 200


def test_a_contact_that_is_deleted_ends_the_follows_of_all_its_phones(service: Service, env: FakeEnv) -> None:
    mum, patient = service.login("follower", "f"), service.login("patient", "p")
    phones = [following(service, mum, token) for token in ("a", "b")]
    (contact,) = service.publisher("ListPublisherAccountSubscriptions", patient).json()
    service.publisher("DeleteContact", patient, contactId=contact["ContactId"])
    assert [service.poll(mum, one).json()["Code"] for one in phones] == ["SubscriptionNotFound"] * 2
    assert [service.evidence._waiting[one].token for one in phones] == ["", ""]


def test_an_app_that_names_itself_not_keeps_its_follow_from_the_format_before(env: FakeEnv, service: Service) -> None:
    mum = service.login("follower", "f")
    first = following(service, mum, "t")
    with env.database("accounts") as accounts:
        accounts.execute("UPDATE follow SET installation='follow 1'")
    service.begin()
    assert [following(service, mum, "t"), following(service, mum, "t")] == [first, first]


def test_of_a_phone_whose_follow_ended_no_token_is_kept(env: FakeEnv, service: Service) -> None:
    patient = service.login("patient", "p")
    first = following(service, service.login("follower", "f"), "a secret token")
    (contact,) = service.publisher("ListPublisherAccountSubscriptions", patient).json()
    service.publisher("DeleteContact", patient, contactId=contact["ContactId"])
    assert "secret" not in "\n".join(env.database("accounts").iterdump())
    service.admin("POST", "/accounts", {"invitations": [["follower", "patient"]]})
    assert following(service, service.login("follower", "f"), "a secret token") == first


def test_all_phones_are_told_again_after_a_restart(service: Service) -> None:
    mum = service.login("follower", "f")
    for token in ("a", "b"):
        following(service, mum, token)
    service.begin()
    assert [entry["token"] for entry in first_told(service)] == ["a", "b"]
