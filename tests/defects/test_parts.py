"""Each defect is bad in the one way its name says; the whole runs that catch it are in the smoke scenarios."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from deadair.reference import wiring
from deadair.reference.accounts.follows import Follow
from deadair.reference.alerts.alarms import NO_DATA, URGENT_LOW, Alarms, Push
from deadair.reference.alerts.evidence import EvidenceSender
from deadair.reference.app import app_wiring
from deadair.reference.app.app_wiring import phone_app
from deadair.reference.app.phone_app import PhoneApp
from deadair.reference.app.phone_state import Follower, Ring, Screen, Timer
from deadair.reference.defects.alerts_behind_backlog import QUEUE_SHORT, BehindBacklog
from deadair.reference.defects.arrival_time import ArrivalTime
from deadair.reference.defects.catalogue import DEFECTS, PROFILES, part
from deadair.reference.defects.defect import Defect
from deadair.reference.defects.disarmed_by_stored import DisarmedByStored
from deadair.reference.defects.fifo import FifoInbox, QueueingAdmission
from deadair.reference.defects.gives_up import GivesUp
from deadair.reference.defects.hibernation_guard import HibernationGuard
from deadair.reference.defects.incident_by_hand import IncidentByHand
from deadair.reference.defects.masked_by_low_alarm import MaskedByLowAlarm
from deadair.reference.defects.no_sentinel import NoSentinel
from deadair.reference.defects.waits_for_store import LOOKED_AT_MAX, WaitsForStore
from deadair.reference.http.admission import Urgency
from deadair.reference.nodes.notifier import Notifier
from deadair.reference.nodes.sentinel import Sentinel
from deadair.reference.nodes.watchdog import Watchdog
from deadair.reference.settings import Settings
from deadair.reference.storage.inbox import BACKFILL, FRESH, Inbox, Waiting
from deadair.targets.reference import Reference
from tests.reference.asgi import ask
from tests.reference.evidence_entries import T_S, entry, tell, tell_lows
from tests.reference.fake_env import FakeEnv

FOLLOW = Follow(1, 2, 3, "token", 1200.0, 0.0)
WHO = Follower("phone-1", "word", "device-1", "token", 1200.0, realarm_every_s=900.0, since_s=1000.0)


def parts_asked_for(env: FakeEnv, monkeypatch: pytest.MonkeyPatch, *defects: str) -> list[type[object]]:
    """Return what every node and the app are made of, where another part could stand."""
    asked: list[type[object]] = []

    def noted(good: type[Any], named: tuple[str, ...]) -> type[Any]:
        asked.append(part(good, named))
        return asked[-1]

    for place in (wiring, app_wiring):
        monkeypatch.setattr(place, "part", noted)
    for build in wiring.NODES.values():
        build(env, Settings(defects=defects))
    phone_app(defects)
    return asked


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.name)
def test_every_defect_puts_another_part_in_for_each_that_it_names(
    env: FakeEnv, monkeypatch: pytest.MonkeyPatch, defect: Defect
) -> None:
    good, bad = (parts_asked_for(env, monkeypatch, *defects) for defects in ((), (defect.name,)))
    swapped = {one: other for one, other in zip(good, bad, strict=True) if one is not other}
    assert swapped == defect.parts != {}


def test_the_target_has_the_defects_that_are_listed_and_every_profile_is_made_of_some() -> None:
    names = [defect.name for defect in DEFECTS]
    assert list(Reference.defects) == names
    assert len(names) == len(set(names))
    assert {profile for defect in DEFECTS for profile in defect.profiles} == set(PROFILES) == set(Reference.profiles)
    assert all(set(defects) <= set(names) for defects in Reference.profiles.values())


def test_of_two_defects_in_one_place_both_are_in_and_the_first_of_the_list_leads(env: FakeEnv) -> None:
    sentinel = part(Sentinel, ("no-sentinel", "incident-by-hand"))
    assert sentinel.__mro__[1:3] == (IncidentByHand, NoSentinel)
    app = phone_app(("app-shows-old", "app-blank-screen", "app-without-timer"))
    assert [one.__name__ for one in type(app).__mro__[1:4]] == ["WithoutTimer", "BlankScreen", "ShowsOld"]


def test_without_defects_nothing_planted_is_wired(env: FakeEnv) -> None:
    for build in wiring.NODES.values():
        node = build(env, Settings())
        for made in (node, *vars(node).values()):
            assert "defects" not in type(made).__module__
    assert type(phone_app(())) is PhoneApp


def confirmed_s(sender: EvidenceSender) -> float:
    return sender._waiting[1].confirmed_s if 1 in sender._waiting else 0.0


def test_arrival_time_counts_a_question_as_an_answer(env: FakeEnv) -> None:
    good, bad = EvidenceSender(env, Settings()), ArrivalTime(env, Settings())
    good.asked(FOLLOW)
    bad.asked(FOLLOW)
    assert (confirmed_s(good), confirmed_s(bad)) == (0.0, env.now_s)


def test_disarmed_by_stored_counts_storing_as_seeing(env: FakeEnv) -> None:
    good, bad = EvidenceSender(env, Settings()), DisarmedByStored(env, Settings())
    good.uploaded((FOLLOW,), 500.0)
    bad.uploaded((FOLLOW,), 500.0)
    assert (confirmed_s(good), confirmed_s(bad)) == (0.0, 500.0)


def decides_in_time(dog: Watchdog) -> bool:
    async def decides() -> bool:
        try:
            async with asyncio.timeout(0.05):
                await dog.may_decide()
        except TimeoutError:
            return False
        return True

    return asyncio.run(decides())


def test_alerts_behind_backlog_waits_for_the_queue(env: FakeEnv) -> None:
    dog = BehindBacklog(env, Settings(drain_every_s=0.001))
    assert decides_in_time(dog)
    Inbox(env).append([Waiting(BACKFILL, 1, at_s, 100, 4, 0.0) for at_s in range(QUEUE_SHORT + 1)])
    assert not decides_in_time(dog)


@pytest.mark.parametrize(
    ("waiting", "since_s", "decides"), [(1, -1.0, False), (1, 1.0, True), (LOOKED_AT_MAX, 1.0, False)]
)
def test_waits_for_store_waits_for_all_that_was_acknowledged_before(
    env: FakeEnv, waiting: int, since_s: float, decides: bool
) -> None:
    bad, good = (kind(env, Settings(drain_every_s=0.001)) for kind in (WaitsForStore, Watchdog))
    assert decides_in_time(bad)
    Inbox(env).append([Waiting(FRESH, 1, at_s, 100, 4, env.now() + since_s) for at_s in range(waiting)])
    assert (decides_in_time(bad), decides_in_time(good)) == (decides, True)


def test_timers_lost_on_restart_forgets_whom_it_watched(env: FakeEnv) -> None:
    settings = Settings(defects=("timers-lost-on-restart",))
    entry = {"follow": 1, "patient": 2, "token": "t", "no_data_after_s": 1200.0, "since_s": 0.0, "confirmed_s": 5.0}
    ask(wiring.watchdog(env, settings).apps["watchdog"], "POST", "/evidence", json.dumps([entry]).encode())
    assert len(wiring.watchdog(env, Settings())._watched) == 1  # type: ignore[attr-defined]
    assert len(wiring.watchdog(env, settings)._watched) == 0  # type: ignore[attr-defined]


def test_all_clear_on_start_tells_everybody_whom_it_remembers_that_all_is_well(env: FakeEnv) -> None:
    settings = Settings(defects=("all-clear-on-start",))
    dog = wiring.watchdog(env, settings)
    assert isinstance(dog, Watchdog)
    tell(dog, entry(confirmed_s=env.now()), entry(follow=2, token="", confirmed_s=env.now()))
    assert Alarms(env).undelivered(10) == []
    assert Alarms(env).undelivered(10) == [] == pushes_of(env, wiring.watchdog(env, Settings()))  # type: ignore[arg-type]
    wiring.watchdog(env, settings)
    assert [(push.follow, push.kind, push.token) for push in Alarms(env).undelivered(10)] == [(1, "clear", "token")]


def pushes_of(env: FakeEnv, dog: Watchdog) -> list[Push]:
    """Return what has been decided once the watchdog has looked at all that is due."""
    dog._decide_due()
    return Alarms(env).undelivered(10)


def test_a_hibernation_guard_takes_every_look_for_the_first_after_sleep(env: FakeEnv) -> None:
    dog = HibernationGuard(env, Settings())
    tell(dog, entry())
    for _ in range(100):
        assert pushes_of(env, dog) == []
        env.now_s += Settings().heartbeat_every_s
    assert pushes_of(env, dog) == []
    env.now_s += 0.1
    dog._timers.set(1, 0.0)
    assert len(pushes_of(env, dog)) == 1, "it sleeps not where looks are close together"


def test_an_alarm_that_masks_another_holds_it_back_until_a_newer_reading(env: FakeEnv) -> None:
    dog = MaskedByLowAlarm(env, Settings())
    tell(dog, entry(confirmed_s=env.now_s))
    tell_lows(dog, (2, env.now_s))
    assert [push.kind for push in Alarms(env).undelivered(10)] == [URGENT_LOW]
    Alarms(env).settle(*Alarms(env).undelivered(1))
    env.now_s += T_S
    assert pushes_of(env, dog) == []
    tell(dog, entry(confirmed_s=env.now_s))
    env.now_s += T_S
    assert [push.kind for push in pushes_of(env, dog)] == [NO_DATA]


def test_a_notifier_that_gives_up_forgets_what_was_not_taken_twice(env: FakeEnv) -> None:
    env.answers["notifier→push"] = 503
    push = Push(1, 2, "t", 0.0, 0.0, due_s=env.now_s, expires_s=env.now_s + 1800.0)
    for build, left in ((GivesUp, [1, 0]), (Notifier, [1, 1])):
        Alarms(env).save([], [push], [])
        node = build(env, Settings())
        counted = []
        for _ in left:
            asyncio.run(node._try(push))
            counted.append(len(Alarms(env).undelivered(10)))
        assert counted == left


def test_a_watchdog_in_the_processors_loop_looks_when_something_is_stored(env: FakeEnv) -> None:
    settings = Settings(defects=("watchdog-in-processor",))
    tell(wiring.watchdog(env, settings), entry())  # type: ignore[arg-type]
    assert Alarms(env).undelivered(10) == []
    processor = wiring.processor(env, settings)
    asyncio.run(processor.store_some(1))  # type: ignore[attr-defined]
    assert len(Alarms(env).undelivered(10)) == 1
    asyncio.run(processor.store_some(1))  # type: ignore[attr-defined]
    assert len(Alarms(env).undelivered(10)) == 1


def test_fifo_serves_the_oldest_arrival_first(env: FakeEnv) -> None:
    inbox = FifoInbox(env)
    inbox.append([Waiting(FRESH, 1, 9999, 100, 4, 1.0), Waiting(BACKFILL, 1, 10, 100, 4, 0.0)])
    assert [row.measured_s for row in inbox.next(1)] == [10]


def test_fifo_with_a_full_queue_asks_people_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deadair.reference.defects.fifo.QUEUE_MAX", 0)
    gate = QueueingAdmission(Settings(gateway_requests_per_s=1.0, queue_full_for_s=7.0), 0.0)
    assert asyncio.run(gate.enter("anybody", Urgency.POLL, 0.0)) == 7.0


def test_a_sentinel_that_is_none_hears_and_says_nothing(env: FakeEnv) -> None:
    node = wiring.sentinel(env, Settings(defects=("no-sentinel",)))
    assert ask(node.apps["sentinel"], "POST", "/heartbeat", b"{}").status_code == 200
    env.now_s += 1e6
    assert ask(node.apps["status"], "GET", "/status.json").json()["incident"] is False
    assert env.posts == []


def test_an_incident_by_hand_is_published_late(env: FakeEnv) -> None:
    async def scene() -> list[bool]:
        node = wiring.sentinel(env, Settings(defects=("incident-by-hand",), published_by_hand_after_s=0.01))
        before = node.state.incident_s is not None  # type: ignore[attr-defined]
        task = asyncio.create_task(node.run())
        async with asyncio.timeout(5):
            while node.state.incident_s is None:  # type: ignore[attr-defined]
                await asyncio.sleep(0.001)
        task.cancel()
        return [before, True]

    assert asyncio.run(scene()) == [False, True]


def test_an_app_without_timer_never_rings_by_itself() -> None:
    app = phone_app(("app-without-timer",))
    state, out = app.installed(WHO)
    assert out == ()
    state, out = app.answered(state, "poll", 200, b'{"reading": {"measured_s": 2000, "value": 100}}', 2001.0)
    assert [type(one) for one in out if not isinstance(one, Screen)] != [Ring]
    assert all(getattr(one, "at_s", None) is None for one in out)


def test_an_app_with_a_blank_screen_blanks_when_it_gets_no_answer() -> None:
    app = phone_app(("app-blank-screen",))
    state, _ = app.installed(WHO)
    state, _ = app.answered(state, "poll", 200, b'{"reading": {"measured_s": 2000, "value": 100}}', 2001.0)
    state, out = app.unanswered(state, "poll", 2300.0)
    assert out == (Screen("blank", None),)


def test_an_app_that_shows_old_readings_as_current_still_rings() -> None:
    app = phone_app(("app-shows-old",))
    state, _ = app.installed(WHO)
    state, out = app.answered(state, "poll", 200, b'{"reading": {"measured_s": 2000, "value": 100}}', 2001.0)
    assert out[-1] == Timer(2000 + WHO.no_data_after_s)
    state, out = app.timer_fired(state, 2000 + WHO.no_data_after_s)
    assert state.style == "current"
    assert [type(one) for one in out] == [Ring, Timer]
