"""Each planted part of the gateway is bad in the one way its name says."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from deadair.reference.accounts.alert_settings import NoDataAlert
from deadair.reference.accounts.follows import Follow
from deadair.reference.alerts.evidence import EvidenceSender
from deadair.reference.alerts.lows_to_watchdog import LowSender
from deadair.reference.defects.acknowledges_before_keeping import HastyBooks
from deadair.reference.defects.armed_by_registration import ArmedByRegistration
from deadair.reference.defects.backfill_is_news import BackfillIsNews
from deadair.reference.defects.code_is_data import CountsCodes
from deadair.reference.defects.copy_now_and_then import CopiedBooks
from deadair.reference.defects.default_delay import DefaultDelay
from deadair.reference.defects.default_realarm import DefaultRealarm
from deadair.reference.defects.first_value_stays import StoresFirstValues
from deadair.reference.defects.keeps_newest_only import BooksOfTheNewest
from deadair.reference.defects.lows_of_long_ago import SendsOldLows
from deadair.reference.defects.lows_untold import LowsUntold
from deadair.reference.defects.one_wrong_password import OneWrongPassword
from deadair.reference.defects.seen_by_any_phone import SeenByAnyPhone
from deadair.reference.http.admission import Admission
from deadair.reference.http.request_guard import Books
from deadair.reference.http.share_api import Egv
from deadair.reference.nodes.gateway import Gateway
from deadair.reference.settings import Settings
from deadair.reference.storage.inbox import FRESH, Inbox, Waiting
from tests.reference.fake_env import FakeEnv
from tests.reference.service import Service

SETTINGS = Settings()
FOLLOW = Follow(1, 2, 3, "token", 600.0, 0.0)
REVOKED = replace(FOLLOW, number=2, token="", no_data_after_s=0.0, revoked=True)


def readings(*measured_s: int, patient: int = 1) -> list[Waiting]:
    return [Waiting(FRESH, patient, at_s, 100, 4, 0.0) for at_s in measured_s]


def test_the_default_delay_is_told_for_whatever_delay_is_chosen(env: FakeEnv) -> None:
    delays = []
    for kind in (EvidenceSender, DefaultDelay):
        sender = kind(env, SETTINGS)
        for follow in (FOLLOW, REVOKED):
            sender.registered(follow)
        delays.append([one.no_data_after_s for one in sender._waiting.values()])
    assert delays == [[600.0, 0.0], [SETTINGS.no_data_after_s, 0.0]]


def test_the_default_re_alarm_delay_is_told_whatever_is_chosen(env: FakeEnv) -> None:
    chosen = []
    for kind in (EvidenceSender, DefaultRealarm):
        sender = kind(env, SETTINGS)
        sender.registered(replace(FOLLOW, realarm_every_s=300.0))
        chosen += [(one.no_data_after_s, one.realarm_every_s) for one in sender._waiting.values()]
    assert chosen == [(600.0, 300.0), (600.0, 0.0)]


def test_what_one_phone_shows_is_told_of_the_other_phones_of_its_account(env: FakeEnv) -> None:
    told = []
    for kind in (EvidenceSender, SeenByAnyPhone):
        sender = kind(env, SETTINGS)
        for number in (1, 2):
            sender.registered(replace(FOLLOW, number=number, token=f"token-{number}", installation=f"i-{number}"))
        sender.registered(replace(FOLLOW, number=3, patient=7))
        sender.confirmed(FOLLOW, 50.0, acknowledged_s=0.0, snoozed_until_s=0.0)
        told.append({number: one.confirmed_s for number, one in sender._waiting.items()})
    assert told == [{1: 50.0, 2: 0.0, 3: 0.0}, {1: 50.0, 2: 50.0, 3: 0.0}]


def test_a_registration_that_arms_anew_says_that_a_reading_of_now_was_seen(env: FakeEnv) -> None:
    sender = ArmedByRegistration(env, SETTINGS)
    for follow in (FOLLOW, REVOKED):
        sender.registered(follow)
    assert [one.confirmed_s for one in sender._waiting.values()] == [env.now_s, 0.0]


def test_what_is_acknowledged_before_it_is_kept_is_kept_later(env: FakeEnv) -> None:
    async def counts() -> list[int]:
        inbox = HastyBooks(env, replace(SETTINGS, heartbeat_every_s=0.02)).inbox
        inbox.append(readings(10))
        before = inbox.count()
        await asyncio.sleep(0.02)
        return [before, inbox.count()]

    assert asyncio.run(counts()) == [0, 1]


def test_of_what_comes_together_the_newest_of_each_patient_is_kept(env: FakeEnv) -> None:
    inbox = BooksOfTheNewest(env, SETTINGS).inbox
    inbox.append([*readings(30, 10, 20), *readings(5, patient=2)])
    inbox.append(readings(40))
    assert sorted((one.patient, one.measured_s) for one in Inbox(env).next(10)) == [(1, 30), (1, 40), (2, 5)]


def test_a_copy_of_the_store_has_what_was_there_when_it_was_made(env: FakeEnv) -> None:
    books = CopiedBooks(env, SETTINGS)

    def newest() -> int:
        return asyncio.run(books.store.latest(1, since_s=0.0, most=1))[0][0]

    asyncio.run(books.store.put(readings(10)))
    env.now_s = 3000.0
    assert newest() == 10
    asyncio.run(books.store.put(readings(20)))
    env.now_s += 299
    assert newest() == 10
    env.now_s += 1
    assert newest() == 20


@pytest.mark.parametrize(("kind", "passed_on"), [(LowSender, [50]), (LowsUntold, []), (SendsOldLows, [50, 51])])
def test_which_lows_are_passed_on(env: FakeEnv, kind: type[LowSender], passed_on: list[int]) -> None:
    now_s = int(env.now_s)
    sender = kind(env, SETTINGS)
    sender.uploaded([(1, now_s, 50), (2, now_s - 3600, 51), (3, now_s, 100)])
    assert [one.value for one in sender._waiting.values()] == passed_on


def test_an_old_reading_that_comes_in_disarms_as_if_it_were_of_now_and_a_young_one_does_not(env: FakeEnv) -> None:
    sender = BackfillIsNews(env, SETTINGS)
    sender.uploaded((FOLLOW,), env.now_s - SETTINGS.fresh_within_s)
    assert not sender._waiting
    sender.uploaded((FOLLOW,), env.now_s - SETTINGS.fresh_within_s - 1)
    assert [one.confirmed_s for one in sender._waiting.values()] == [env.now_s]


def test_a_code_disarms_and_a_reading_does_not(env: FakeEnv) -> None:
    books = Books(env, SETTINGS)
    books.follows.register(2, 1, token="token", alert=NoDataAlert(600.0, 0.0), installation="one")
    sender = EvidenceSender(env, SETTINGS)
    intake = CountsCodes(env, SETTINGS, books, sender, LowSender(env, SETTINGS))
    for value, confirmed in ((100, []), (9, [env.now_s])):
        readings = intake.waiting(1, (Egv(int(env.now_s), value, 4),), env.now_s)
        asyncio.run(intake.take(1, readings, fresh=True))
        assert [one.confirmed_s for one in sender._waiting.values()] == confirmed


def test_the_first_value_of_a_reading_stays(env: FakeEnv) -> None:
    processor = StoresFirstValues(env, SETTINGS)
    for value in (100, 120):
        Inbox(env).append([one._replace(value_mg_dl=value) for one in readings(10)])
        Inbox(env).append(readings(20))
        assert asyncio.run(processor.store_some(10)) == 2
    assert asyncio.run(processor._store.every(1)) == [(20, 100), (10, 100)]


@pytest.mark.parametrize(("kind", "wrong", "statuses"), [(Gateway, 5, {500, 200}), (OneWrongPassword, 1, {500})])
def test_one_that_forgives_no_wrong_password_keeps_out_who_types_the_right_one_next(
    env: FakeEnv, kind: type[Gateway], wrong: int, statuses: set[int]
) -> None:
    service = Service(env)
    lows = LowSender(env, service.settings)
    service.gateway = kind(env, service.settings, Admission(service.settings, env.now()), service.evidence, lows)
    assert service.log_in("patient", "p").status_code == 200, "the others get in"
    tried = [service.log_in("follower", "mistyped") for _ in range(wrong)]
    assert {one.status_code for one in (*tried, service.log_in("follower", "f"))} == statuses
    env.now_s += service.settings.lockout_s
    assert service.log_in("follower", "f").status_code == 200
