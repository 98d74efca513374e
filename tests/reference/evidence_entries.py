"""What a gateway tells a watchdog, and the pushes that it then has waiting, for tests."""

from __future__ import annotations

import json
from typing import Any

from deadair.reference.alerts.alarms import Alarms, Push, Watched
from deadair.reference.nodes.watchdog import Watchdog
from tests.reference.asgi import ask
from tests.reference.fake_env import FakeEnv

T_S = 1200.0


def entry(**changes: Any) -> dict[str, Any]:
    """Return one entry of evidence: follow 1 of patient 2, never confirmed."""
    known = {
        "follow": 1, "patient": 2, "token": "token", "no_data_after_s": T_S, "realarm_every_s": 0.0, "since_s": 0.0,
        "confirmed_s": 0.0, "acknowledged_s": 0.0, "snoozed_until_s": 0.0,
    }  # fmt: skip
    return {**known, **changes}


def tell(dog: Watchdog, *entries: dict[str, Any], status: int = 200) -> None:
    """Tell a watchdog; it must answer with this status."""
    answer = ask(dog.apps["watchdog"], "POST", "/evidence", json.dumps(entries).encode())
    assert answer.status_code == status, answer.text


def tell_lows(dog: Watchdog, *lows: tuple[int, float], value: int = 50, status: int = 200) -> None:
    """Tell a watchdog of urgent lows, as (patient, measured_s)."""
    body = [{"patient": patient, "measured_s": int(at_s), "value": value} for patient, at_s in lows]
    assert ask(dog.apps["watchdog"], "POST", "/lows", json.dumps(body).encode()).status_code == status


def watched(follow: int = 1, **changes: Any) -> Watched:
    """Return a follow of patient 2 whose phone showed a reading of 10,000 s."""
    known = {
        "patient": 2, "token": f"token-{follow}", "no_data_after_s": T_S, "realarm_every_s": 0.0, "since_s": 0.0,
        "confirmed_s": 10_000.0,
    }  # fmt: skip
    return Watched(follow, **{**known, **changes})


def outbox(env: FakeEnv) -> list[Push]:
    """Return the pushes that wait to be delivered."""
    return Alarms(env).undelivered(1000)
