"""A machine whose clock was hours ahead and is set right again: what it has told meanwhile mutes nobody."""

from __future__ import annotations

from contextlib import AbstractContextManager
from unittest.mock import patch

import pytest

from deadair.reference.alerts.alarms import Alarms
from deadair.reference.nodes.watchdog import Watchdog
from deadair.reference.settings import Settings
from tests.reference.evidence_entries import T_S, entry, tell
from tests.reference.virtual_env import VirtualEnv

SETTINGS = Settings()
AHEAD_S = 86_400.0


def clock_ahead(virtual: VirtualEnv) -> AbstractContextManager[object]:
    """Let the machine's clock be a day ahead while inside."""
    now = virtual.now
    return patch.object(virtual, "now", lambda: now() + AHEAD_S)


@pytest.mark.parametrize("restarted", [False, True])
def test_a_silence_after_the_clock_was_set_back_is_told(virtual: VirtualEnv, *, restarted: bool) -> None:
    dog = Watchdog(virtual, SETTINGS)
    running = virtual.start(dog.run())
    tell(dog, entry(confirmed_s=virtual.now()))
    with clock_ahead(virtual):
        virtual.wait(60)
        Alarms(virtual).settle(Alarms(virtual).undelivered(1)[0])
    if restarted:
        running.cancel()
        virtual.start(Watchdog(virtual, SETTINGS).run())
    virtual.wait(T_S - 120)
    assert Alarms(virtual).undelivered(1) == []
    virtual.wait(120)
    assert [push.kind for push in Alarms(virtual).undelivered(9)] == ["no_data"]


@pytest.mark.parametrize("said", ["since_s", "confirmed_s"])
@pytest.mark.parametrize("restarted", [False, True])
def test_who_began_to_follow_while_the_clock_was_ahead_is_told_in_time(
    virtual: VirtualEnv, said: str, *, restarted: bool
) -> None:
    dog = Watchdog(virtual, SETTINGS)
    running = virtual.start(dog.run())
    with clock_ahead(virtual):
        virtual.wait(31)
        tell(dog, entry(**{said: virtual.now()}))
        virtual.wait(60)
        Alarms(virtual).save([], [], [1])
    if restarted:
        running.cancel()
        virtual.start(Watchdog(virtual, SETTINGS).run())
    virtual.wait(T_S - 60)
    assert Alarms(virtual).undelivered(1) == []
    virtual.wait(120)
    assert [push.kind for push in Alarms(virtual).undelivered(9)] == ["no_data"]
