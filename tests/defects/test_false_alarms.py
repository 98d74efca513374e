"""Builds that cry wolf, or show another patient's readings, are caught. Each is planted, and a night is run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from deadair.reference.alerts import outage
from deadair.reference.alerts.alarms import Watched
from deadair.reference.alerts.decision import watched_of
from deadair.reference.alerts.outage import HeardOf, OutageState
from deadair.reference.app import app_wiring
from deadair.reference.app.phone_app import PhoneApp
from deadair.reference.app.phone_state import AppState, AppStep, PushTaken, Ring
from deadair.reference.http.router import Routes
from deadair.reference.http.status_page import status_routes
from deadair.reference.nodes import sentinel, watchdog
from deadair.reference.settings import Settings
from deadair.reference.storage.sqlite_store import SqliteStore
from deadair.scenario.load import load
from deadair.scenario.shipped import shipped
from tools.seeds import judged, scaled

EARLY_S = 600.0
FALSE_PAGE = ["status_published"]
"""The sentinel hears from a watchdog that warns early that many are blind, and the page says so in fair weather."""
WOLF_AFTER_REAL_S = 11.0
"""Of the nodes' life: after the warm-up, and before anybody goes blind."""


class RingsAtOnce(PhoneApp):
    """Presents whatever is pushed, an early warning too while it still sees."""

    def _no_data(self, state: AppState, sent_s: float, made_s: float, now_s: float) -> AppStep:
        measured_s = state.shown.measured_s if state.shown else None
        rings = Ring("alarm", "service_push", measured_s)
        return state._replace(alarm=True, made_s=made_s), (PushTaken("service_push", "presented"), rings)


def warned_early(*arguments: Any) -> Watched:
    """Return what a watchdog is told of a follow, with a delay that is shorter than its own."""
    watched = watched_of(*arguments)
    return watched._replace(no_data_after_s=watched.no_data_after_s - EARLY_S)


def violated() -> list[str]:
    """Run the smallest night and return the rules that it violates."""
    found = judged(scaled(load(shipped()["smoke/partition"]), 0.2))
    return [finding.rule for finding in found.findings if finding.verdict == "fail"]


@pytest.mark.parametrize(("app", "expected"), [(PhoneApp, FALSE_PAGE), (RingsAtOnce, ["no_false_alarm", *FALSE_PAGE])])
def test_a_watchdog_that_warns_early_is_caught_where_the_app_does_not_hold_its_warnings(
    monkeypatch: pytest.MonkeyPatch, app: type[PhoneApp], expected: list[str]
) -> None:
    monkeypatch.setattr(watchdog, "watched_of", warned_early)
    monkeypatch.setattr(app_wiring, "PhoneApp", app)
    assert violated() == expected


def test_a_sentinel_that_announces_an_outage_where_there_is_none_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """It does so when the storm has begun: before that, nothing would be steady and the night be unknown."""
    began_s: list[float] = []

    def untold(heard: HeardOf, settings: Settings, now_s: float) -> tuple[str, ...]:
        began_s.append(now_s)
        return ("Alerts are not reaching phones.",) if now_s > began_s[0] + WOLF_AFTER_REAL_S else ()

    monkeypatch.setattr(outage, "untold", untold)
    assert violated() == ["no_false_alarm"]


def test_a_status_page_that_shows_an_incident_always_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def always(state: Callable[[], OutageState]) -> Routes:
        return status_routes(lambda: state()._replace(incident_s=1.0))

    monkeypatch.setattr(sentinel, "status_routes", always)
    assert violated() == ["status_published"]


def test_a_service_that_shows_the_readings_of_another_patient_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    good = SqliteStore.latest

    async def of_another(self: SqliteStore, patient: int, **asked: Any) -> list[tuple[int, int, int]]:
        return await good(self, patient + 1, **asked)

    monkeypatch.setattr(SqliteStore, "latest", of_another)
    assert {"shows_age", "freshness"} <= set(violated())
