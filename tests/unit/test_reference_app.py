"""The reference's app as the fleet hosts it."""

from __future__ import annotations

from typing import Any

import pytest

from deadair.model.roster import Phone
from deadair.targets.app import Effect, Noted, Present, Pushed
from deadair.targets.reference_app import ReferenceApp

PHONE = Phone(17, 8, "south", "phone-17", 0.5, 1_200_000_000)


def low(measured_s: float) -> Pushed:
    stamps = {"measured_s": str(measured_s), "sent_s": str(measured_s), "expires_s": "1e9"}
    return Pushed({"kind": "urgent_low", "patient": "8", "value": "50", **stamps})


def pushed(speed: float, age_s: float) -> tuple[Effect, ...]:
    app = ReferenceApp((), realarm_every_s=900.0, speed=speed)
    state: Any = app.begin(PHONE, password="p", token="t", now_s=100_000.0)[0]
    return app.step(state, low(100_000.0), 100_000.0 + age_s)[1]


@pytest.mark.parametrize("speed", [1.0, 60.0])
def test_an_urgent_low_is_presented_as_one_while_it_is_current(speed: float) -> None:
    presented = (Noted("service_push", "presented"), Present("low", "service_push", 100_000))
    assert pushed(speed, 599 / speed) == presented
    assert pushed(speed, 601 / speed) == (Noted("service_push", "overtaken"),)
