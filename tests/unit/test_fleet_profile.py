"""How device profiles differ: when they try again after a failure, and whether they dawdle."""

from __future__ import annotations

import json
from typing import cast

import pytest

from deadair.fleet.devices.device_driver import DeviceDriver
from deadair.fleet.devices.uploader_profile import PROFILES, ProfileName
from deadair.history.rows import Kind
from deadair.model.roster import Device, Roster
from deadair.targets.request import Answer, Request
from deadair.targets.target import Target
from tests.unit.fleet_fakes import FakeTarget
from tests.unit.virtual_runtime import EVERY_US, VirtualRuntime

MINUTE_US = 60_000_000
ROSTER = Roster((Device(0, "rest", "device-0", 0.0),), ())
TRIED_FOR_MIN = 60


class Night:
    """A service that fails until ``well_at_min``, and when it was asked for uploads, in minutes after the begin."""

    def __init__(self, profile: ProfileName, *, well_at_min: float, failing: Answer | None) -> None:
        self.asked_min: list[float] = []
        self._well_at_min = well_at_min
        self._failing = failing
        self.runtime = VirtualRuntime(
            self._answer, roster=ROSTER, target=cast(Target, FakeTarget()), took_s=0.001, device_profile=profile
        )

    def play(self) -> None:
        uplink = DeviceDriver(self.runtime, begin_us=0)

        def scene() -> None:
            self.runtime.spawn(uplink.run)
            self.runtime.pause(self.runtime.clock.wait_s(TRIED_FOR_MIN * MINUTE_US - 1))

        self.runtime.play(scene)

    def _answer(self, request: Request) -> Answer | None:
        if request.path == "/login":
            return Answer(200, b'{"session": "s"}')
        now_min = self.runtime.clock.now_us() / MINUTE_US
        self.asked_min.append(now_min)
        return Answer(200, json.dumps({"duplicate": False}).encode()) if now_min >= self._well_at_min else self._failing


BAD = Answer(500, b"{}")
LATER = Answer(429, b"{}", retry_after_s=1.0)
"""A second of this clock is a minute of real life."""


@pytest.mark.parametrize("failing", [BAD, LATER, None], ids=["refused", "asked to wait", "lost"])
def test_the_g7_waits_fifteen_minutes_and_for_its_next_reading_whatever_the_service_asked(
    failing: Answer | None,
) -> None:
    night = Night("g7", well_at_min=30, failing=failing)
    night.play()
    assert [round(at_min) for at_min in night.asked_min] == [0, 20, 40, 45, 50, 55]
    handed_in = [row for row in night.runtime.rows(Kind.UPLOAD) if row["outcome"] == "ok"]
    assert len(handed_in) == TRIED_FOR_MIN // 5


def test_the_usual_device_tries_again_with_each_reading() -> None:
    night = Night("usual", well_at_min=11, failing=BAD)
    night.play()
    assert [round(at_min) for at_min in night.asked_min] == list(range(0, TRIED_FOR_MIN, 5))


def test_the_usual_device_heeds_what_the_service_asked() -> None:
    night = Night("usual", well_at_min=2.5, failing=LATER)
    night.play()
    assert [round(at_min) for at_min in night.asked_min][:4] == [0, 1, 2, 3]


def test_only_the_usual_device_dawdles() -> None:
    sent: dict[ProfileName, list[int]] = {}
    for profile in PROFILES:
        night = Night(profile, well_at_min=0, failing=None)
        night.play()
        sent[profile] = [row["sent_us"] % EVERY_US for row in night.runtime.rows(Kind.UPLOAD)]
    assert max(sent["g7"][1:]) == 0
    assert max(sent["usual"][1:]) > 0
