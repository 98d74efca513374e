"""One low, one alert: whoever uploads it, however often, corrected or not, and over restarts of those on its way."""

from __future__ import annotations

import asyncio

import pytest

from deadair.reference.alerts.alarms import Alarms
from deadair.reference.nodes.watchdog import Watchdog
from deadair.reference.settings import Settings
from tests.reference.fake_env import FakeEnv
from tests.reference.passed_on import pass_on
from tests.reference.service import Service

SETTINGS = Settings()


class Night:
    """A child whose readings a phone and a watch upload, and its mother's phone."""

    def __init__(self, service: Service, env: FakeEnv) -> None:
        self.service, self.env = service, env
        self.dog = Watchdog(env, SETTINGS)
        self.uploaders = [service.login("patient", "p") for _ in range(2)]
        self.follow = service.subscribe(service.login("follower", "f")).json()["follow"]

    def rings(self, at_s: float, value: int, uploader: int = 0) -> list[tuple[float, int]]:
        """Upload one value; return (measured_s, value) of the lows that are pushed for it."""
        self.service.upload(self.uploaders[uploader], int(at_s), value=value)
        return self.pushed()

    def pushed(self) -> list[tuple[float, int]]:
        pass_on(self.service, self.dog)
        found = [push for push in Alarms(self.env).undelivered(9) if push.kind == "urgent_low"]
        for push in found:
            Alarms(self.env).settle(push)
        return [(push.measured_s, push.value) for push in found]

    def restart(self) -> None:
        """Begin new lives, and tell of the fresh lows that the last ones knew."""
        self.service.begin()
        self.dog = Watchdog(self.env, SETTINGS)
        asyncio.run(self.service.gateway._tell_lows_again())


@pytest.fixture
def night(service: Service, env: FakeEnv) -> Night:
    return Night(service, env)


def test_phone_and_watch_upload_one_low_nine_seconds_apart_and_it_rings_once(night: Night, env: FakeEnv) -> None:
    now_s = env.now_s
    assert night.rings(now_s, 45) == [(now_s, 45)]
    assert night.rings(now_s + 9, 45, uploader=1) == []
    night.restart()
    assert night.pushed() == []
    night.service.store_all()
    night.restart()
    assert night.pushed() == []
    env.now_s += 300
    assert night.rings(now_s + 309, 44, uploader=1) == [(now_s + 309, 44)]
    assert night.rings(now_s + 300, 44) == []


@pytest.mark.parametrize("stored", [False, True])
def test_a_value_that_is_corrected_to_a_low_rings_once(night: Night, env: FakeEnv, stored: bool) -> None:
    assert night.rings(env.now_s, 120) == []
    if stored:
        night.service.store_all()
    assert night.rings(env.now_s, 50) == [(env.now_s, 50)]
    assert night.rings(env.now_s, 50) == night.rings(env.now_s, 49) == []
    night.restart()
    assert night.pushed() == []


@pytest.mark.parametrize("code", [0, 1, 5, 10, 38])
def test_a_sensors_code_rings_for_nobody_and_is_no_evidence(night: Night, env: FakeEnv, code: int) -> None:
    seen_s = int(env.now_s)
    night.rings(seen_s, 120)
    env.now_s += 300
    assert night.rings(env.now_s, code) == []
    night.service.store_all()
    night.restart()
    assert night.pushed() == []
    mother = night.service.login("follower", "f")
    for shown_s in (seen_s, int(env.now_s)):
        night.service.poll(mother, night.follow, shown_s=shown_s)
    pass_on(night.service, night.dog)
    assert night.dog._watched[night.follow].confirmed_s == seen_s
