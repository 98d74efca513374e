"""A backup that is made while readings come: a service that starts on it has all that was promised before."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from deadair.targets.request import Request
from tests.e2e.storage_night import until
from tools.household import CHILD, Household, Provider
from tools.up_on_disk import UpOnDisk, up_on_disk
from tools.up_process import CHEAP, PROGRAM

pytestmark = pytest.mark.live
LIMIT_S = 30.0
BLIND_AFTER_S = 4.0
SETTINGS = {"FOLLOW_ACCOUNT_REQUESTS_PER_S": "null", "FOLLOW_REALARM_EVERY_S": "5.0", "FOLLOW_DRAIN_EVERY_S": "0.2"}


def stored(service: UpOnDisk) -> set[int]:
    answer = service.ask("admin", Request(f"/stored?account={CHILD}", method="GET"))
    return {measured_s for measured_s, _ in json.loads(answer.body)}


def backed_up(service: UpOnDisk, target: Path) -> None:
    done = subprocess.run(
        [*PROGRAM, "backup", str(target), "--data", str(service.data)],
        env={**os.environ, **CHEAP}, capture_output=True, text=True, timeout=LIMIT_S, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, f"{target}\n"), done.stderr


def test_readings_accounts_follows_and_timers_are_there(tmp_path: Path) -> None:
    provider = Provider()
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
    with up_on_disk(tmp_path / "first", disk="none", settings=SETTINGS) as service:
        ask_admin = lambda request: service.ask("admin", request)  # noqa: E731 - as short as it is
        house = Household(service.address("share"), ask_admin, provider, blind_after_s=BLIND_AFTER_S)
        with house.living():
            until(lambda: house.sees and len(house.acknowledged) > 3, "the phone shows nothing")
            promised = list(house.acknowledged)
            backed_up(service, tmp_path / "second" / "data")
            until(lambda: len(house.acknowledged) > len(promised) + 1, "a backup holds up the readings")
    follow, session, house.uploads = house.state.follow, house.state.session, False
    assert [path.name for path in (tmp_path / "second" / "data").glob("sessions*")] == []
    with up_on_disk(tmp_path / "second", disk="none", settings=SETTINGS) as restored:
        until(lambda: set(promised) <= stored(restored), "a reading that was acknowledged is gone")
        house.move(restored.address("share"))
        with provider.listening(restored.address("push")), house.living():
            # Nothing is uploaded any more: the watchdog's timer of before rings, and what the phone shows stays.
            until(lambda: any(rang.path == "service_push" for rang in house.rang), "the watchdog forgot the follow")
            until(lambda: house.state.session not in (None, session), "an old session holds, or nobody can log in")
            house.uploads = True
            until(lambda: house.sees, "the phone sees nothing new")
        assert house.state.follow == follow
