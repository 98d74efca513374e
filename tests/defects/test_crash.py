"""The crash test can fail: it catches builds that kills break. Each is planted, and a night is run in virtual time."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from deadair.engines.simulated.nodes import SimulatedNodes
from deadair.engines.simulated.push_provider import SimulatedPush
from deadair.model.verdict import Verdict
from deadair.reference import wiring
from deadair.reference.alerts.alarms import Push
from deadair.reference.app.phone_app import PhoneApp
from deadair.reference.app.phone_state import AppState, AppStep
from deadair.reference.nodes.notifier import Notifier
from deadair.reference.storage import sqlite_store
from deadair.reference.storage.inbox import Inbox, Waiting
from tools.crash import KILLS_PER_NIGHT, Outcome, simulated

SEED = 1
COMMITTED_LATE_REAL_S = 1.0


def tonight(*defects: str) -> Outcome:
    return simulated(SEED, kills=KILLS_PER_NIGHT, defects=defects)


def test_the_good_build_passes_and_every_kill_counts() -> None:
    found = tonight()
    assert found.verdict is Verdict.PASS, found.why
    assert (found.kills.total(), found.unproved, found.alarms.repeats) == (KILLS_PER_NIGHT, 0, ())
    assert found.violations.total() == 0


def test_timers_lost_on_restart_are_caught() -> None:
    """Whom it has forgotten it takes for new when the gateway tells of them again, and alarms anew."""
    found = tonight("timers-lost-on-restart")
    assert found.verdict is Verdict.FAIL
    assert found.alarms.doubled


class Forgetful(Notifier):
    """Remembers what it delivered, but writes it down nowhere."""

    def _finish(self, push: Push, forget: Any) -> None:
        super()._finish(push, _nothing)
        self._delivered.add(push)

    def _due(self, most: int) -> tuple[list[Push], bool]:
        due, waiting = super()._due(most)
        return [push for push in due if push not in self._delivered], waiting

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._delivered: set[Push] = set()


def _nothing(push: Push) -> None:
    """Forget nothing."""


def test_a_notifier_that_writes_down_nothing_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(wiring.NODES, "notifier", Forgetful)
    found = tonight()
    assert found.verdict is Verdict.FAIL
    assert found.alarms.doubled
    assert not found.alarms.rang_twice, "the app knows an alarm again"


def test_an_inbox_that_acknowledges_before_it_commits_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    append = Inbox.append

    def later(self: Inbox, readings: list[Waiting]) -> None:
        asyncio.get_running_loop().call_later(COMMITTED_LATE_REAL_S, append, self, readings)

    monkeypatch.setattr(Inbox, "append", later)
    found = tonight()
    assert found.verdict is Verdict.FAIL
    assert found.violations["nothing_lost"] > 0


def test_a_store_without_uniqueness_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was handed in twice, for an acknowledgement was lost with the gateway or on its way, is stored twice."""
    columns = "patient INTEGER, kind INTEGER, measured_s INTEGER, value INTEGER NOT NULL, trend INTEGER NOT NULL"
    monkeypatch.setattr(sqlite_store, "SCHEMA", f"CREATE TABLE IF NOT EXISTS reading ({columns});")
    found = tonight()
    assert found.verdict is Verdict.FAIL
    assert found.violations["nothing_lost"] > 0


# --- exactly between the provider's taking a push and its being written down -----------------------------------------


def dies_with_each_tenth_push(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the notifier die, unannounced, as the provider takes a push, and start again a real second later."""
    installations: list[SimulatedNodes] = []
    begin, take = SimulatedNodes.__init__, SimulatedPush._take
    taken = [0]

    def remembered(self: SimulatedNodes, *arguments: Any) -> None:
        begin(self, *arguments)
        installations.append(self)

    def deadly(self: SimulatedPush, body: bytes, project: str) -> bytes:
        answer = take(self, body, project)
        taken[0] += b'"no_data"' in body
        if taken[0] % 10 == 0 and installations[-1].process("notifier").alive:
            installations[-1].kill("notifier")
            self._clock.loop.call_later(1.0, installations[-1].start, "notifier")
        return answer

    monkeypatch.setattr(SimulatedNodes, "__init__", remembered)
    monkeypatch.setattr(SimulatedPush, "_take", deadly)


def test_a_push_whose_settling_is_lost_comes_twice_and_rings_once(monkeypatch: pytest.MonkeyPatch) -> None:
    dies_with_each_tenth_push(monkeypatch)
    found = tonight()
    assert found.alarms.doubled, "nobody told the history of these kills, so nothing allows what they double"
    assert not found.alarms.rang_twice


def test_an_app_that_knows_no_alarm_again_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    judge = PhoneApp._no_data

    def forgetful(self: PhoneApp, state: AppState, sent_s: float, made_s: float, now_s: float) -> AppStep:
        return judge(self, state, sent_s, 0.0, now_s)

    dies_with_each_tenth_push(monkeypatch)
    monkeypatch.setattr(PhoneApp, "_no_data", forgetful)
    found = tonight()
    assert found.verdict is Verdict.FAIL
    assert found.alarms.rang_twice
