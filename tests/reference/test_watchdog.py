"""The watchdog as a node: what evidence changes, and that no pause, no low and no storm stops it."""

from __future__ import annotations

import asyncio
import json
from itertools import pairwise

import pytest

from deadair.reference.alerts.alarms import Alarms, Push, Watched
from deadair.reference.nodes.watchdog import DECIDED_AT_ONCE_MAX, Watchdog
from deadair.reference.settings import Settings
from tests.reference.asgi import ask
from tests.reference.evidence_entries import T_S, entry, outbox, tell, tell_lows, watched
from tests.reference.fake_env import FakeEnv
from tests.reference.virtual_env import VirtualEnv

SETTINGS = Settings()
R_S = SETTINGS.realarm_every_s


def test_evidence_disarms_and_takes_back_the_push(env: FakeEnv) -> None:
    dog = Watchdog(env, SETTINGS)
    env.now_s = 20_000.0
    tell(dog, entry(confirmed_s=18_000))
    dog._decide_due()
    assert len(outbox(env)) == 1
    tell(dog, entry(confirmed_s=19_900))
    assert outbox(env) == []
    env.now_s = 19_900.0 + T_S
    dog._decide_due()
    assert [push.measured_s for push in outbox(env)] == [19_900.0]


def test_switching_the_alert_off_takes_back_the_push_and_on_makes_it_again(env: FakeEnv) -> None:
    dog = Watchdog(env, SETTINGS)
    tell(dog, entry())
    dog._decide_due()
    tell(dog, entry(no_data_after_s=0))
    assert outbox(env) == []
    env.now_s += 1e6
    dog._decide_due()
    assert outbox(env) == []
    tell(dog, entry())
    dog._decide_due()
    assert len(outbox(env)) == 1


def test_a_longer_delay_takes_back_the_push_and_a_shorter_one_wakes_the_watchdog(virtual: VirtualEnv) -> None:
    dog = Watchdog(virtual, SETTINGS)
    virtual.start(dog.run())
    tell(dog, entry(confirmed_s=virtual.now() - 300))
    virtual.wait(1)
    tell(dog, entry(no_data_after_s=200))
    virtual.wait(1)
    assert len(outbox(virtual)) == 1
    tell(dog, entry(no_data_after_s=3600))
    assert outbox(virtual) == []


def test_an_acknowledged_silence_rings_no_more_and_the_next_one_does(virtual: VirtualEnv) -> None:
    dog = Watchdog(virtual, SETTINGS)
    virtual.start(dog.run())
    tell(dog, entry(confirmed_s=virtual.now()))
    virtual.wait(T_S + 60)
    Alarms(virtual).settle(outbox(virtual)[0])
    tell(dog, entry(acknowledged_s=virtual.now()))
    virtual.wait(86_400)
    assert outbox(virtual) == []
    tell(dog, entry(confirmed_s=virtual.now() - 60))
    virtual.wait(T_S)
    assert len(outbox(virtual)) == 1


def test_a_phone_with_a_new_token_gets_what_was_on_its_way_to_the_old(env: FakeEnv) -> None:
    dog = Watchdog(env, SETTINGS)
    tell(dog, entry())
    dog._decide_due()
    tell(dog, entry(token="new"))
    assert [push.token for push in outbox(env)] == ["new"]


@pytest.mark.parametrize("body", [b"", b"{}", b"[1]", b"[{}]", b'[{"follow": "x"}]', b"\xff", b"[" * 10_000, b"7"])
def test_malformed_evidence_is_refused_and_changes_nothing(env: FakeEnv, body: bytes) -> None:
    dog = Watchdog(env, SETTINGS)
    assert ask(dog.apps["watchdog"], "POST", "/evidence", body).status_code in (200, 400)
    assert Alarms(env).watched() == []


def test_one_bad_entry_keeps_no_other_out(env: FakeEnv) -> None:
    dog = Watchdog(env, SETTINGS)
    body = json.dumps([entry(follow=1), entry(follow="x"), entry(follow=3)]).encode()
    answer = ask(dog.apps["watchdog"], "POST", "/evidence", body)
    assert (answer.status_code, answer.json()) == (200, {"taken": 2, "refused": 1})
    assert [known.follow for known in Alarms(env).watched()] == [1, 3]


# --- what muted others ------------------------------------------------------------------------------------------------


def test_it_needs_no_data_to_arrive_to_look(virtual: VirtualEnv) -> None:
    # Nightscout, and LoopFollow before 2025: the check runs when data comes, and with an outage none does.
    tell(Watchdog(virtual, SETTINGS), entry(confirmed_s=virtual.now()))
    virtual.start(Watchdog(virtual, SETTINGS).run())
    for link in ("watchdog→sentinel", "gateway→watchdog"):
        virtual.answers[link] = None
    virtual.wait(T_S + 1)
    assert [push.kind for push in outbox(virtual) if push.follow] == ["no_data"]
    virtual.wait(2 * R_S)
    assert Alarms(virtual).watched()[0].alarmed_s == pytest.approx(outbox(virtual)[0].onset_s + 2 * R_S, abs=1)


def test_a_machine_that_stood_still_looks_at_once(virtual: VirtualEnv) -> None:
    # A suspended machine's timers stop with it, and its clock is hours ahead when it is back.
    dog = Watchdog(virtual, SETTINGS)
    virtual.start(dog.run())
    tell(dog, entry(confirmed_s=virtual.now()))
    virtual.wait(60)
    ahead_s, now = 6.5 * 3600, virtual.now
    virtual.now = lambda: now() + ahead_s  # type: ignore[method-assign]
    virtual.wait(SETTINGS.heartbeat_every_s + 1)
    assert len(outbox(virtual)) == 1


def test_an_urgent_low_told_just_before_masks_nothing(virtual: VirtualEnv) -> None:
    # LoopFollow 7.0.0: any alarm on the last reading silences the one about missing readings until there is a newer.
    dog = Watchdog(virtual, SETTINGS)
    virtual.start(dog.run())
    tell(dog, entry(confirmed_s=virtual.now()))
    tell_lows(dog, (2, virtual.now()))
    virtual.wait(T_S - 1)
    tell_lows(dog, (2, virtual.now()))
    virtual.wait(2)
    assert {push.kind for push in outbox(virtual)} == {"urgent_low", "no_data"}
    assert Alarms(virtual).watched()[0].alarmed_s == pytest.approx(virtual.now() - 1, abs=0.5)


def test_weeks_without_a_reading_are_alarmed_to_the_end_also_after_a_restart(env: FakeEnv) -> None:
    Alarms(env).save([watched(confirmed_s=0.0, since_s=100.0)], [], [])
    for _ in range(100):
        env.now_s += 48 * 3600
        dog = Watchdog(env, SETTINGS)
        dog._decide_due()
        (push,) = outbox(env)
        Alarms(env).settle(push)


# --- many -------------------------------------------------------------------------------------------------------------


def test_ten_thousand_alarms_of_a_hundred_thousand_follows_are_decided_in_parts(virtual: VirtualEnv) -> None:
    follows, due = 100_000, 10_000
    now_s = virtual.now()
    known = (watched(n, confirmed_s=now_s - (T_S if n < due else 0)) for n in range(1, follows + 1))
    Alarms(virtual).save(known, [], [])
    dog = Watchdog(virtual, SETTINGS)
    happened: list[int] = []
    save = dog._alarms.save

    def noted(changed: list[Watched], pushes: list[Push], withdrawn: list[int]) -> None:
        happened.append(len(pushes))
        save(changed, pushes, withdrawn)

    async def others() -> None:
        while True:
            happened.append(0)
            await asyncio.sleep(0)

    dog._alarms.save = noted  # type: ignore[method-assign, assignment]
    virtual.start(dog._watch())
    breathing = virtual.start(others())
    for _ in range(10 * due // DECIDED_AT_ONCE_MAX):
        virtual.loop.run_until_complete(asyncio.sleep(0))
        if sum(happened) >= due - 1:
            break
    breathing.cancel()
    virtual.wait(0)
    assert sum(happened) == due - 1
    assert max(happened) == DECIDED_AT_ONCE_MAX
    parts = [number for number, size in enumerate(happened) if size]
    assert all(later - earlier > 1 for earlier, later in pairwise(parts)), "nobody else could run"


def test_evidence_that_moves_timers_later_does_not_touch_the_heap(env: FakeEnv) -> None:
    dog = Watchdog(env, SETTINGS)
    for _ in range(50):
        env.now_s += 300
        tell(dog, *(entry(follow=n, confirmed_s=env.now_s) for n in range(1, 201)))
        dog._decide_due()
    assert len(dog._timers._heap) <= 200
    assert outbox(env) == []
