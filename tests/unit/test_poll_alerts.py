"""Alerts that are part of the answer to a phone's poll: taken once, and gone when they stand there no more."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from deadair.fleet.channels.poll import PollAlerts
from deadair.history.reader import read
from deadair.history.recorder import Recorder
from deadair.history.rows import Kind
from deadair.injectors.provider_orders import (
    FLEET_TELLS,
    ProviderOrder,
    Told,
    order_path,
    told_path,
    write_order,
    write_told,
)
from deadair.injectors.push_provider import COUNTED, Provider
from deadair.model.clock import RunClock
from deadair.targets.alerts.channel_spec import ChannelSpec
from deadair.targets.request import Answer
from tests.unit.test_alert_messages import ROSTER, SECTION
from tests.unit.test_injectors_push_provider import REFUSE

POLL = {
    "name": "banner",
    "channel": "poll",
    "alarm": {"/alert": "no_data"},
    "notice": {"/alert": "down"},
    "measured": "/last",
}


class Heard:
    """A phone that polls; ``rows``: what was written down of it."""

    def __init__(self, folder: Path, **changed: Any) -> None:
        self.folder = folder
        self.recorder = Recorder(folder, "fleet", RunClock.starting_now(speed=60))
        spec = ChannelSpec(channel="poll", paths=(SECTION.validate_python({**POLL, **changed}),))
        alerts = PollAlerts.of([spec], self.recorder)
        assert alerts is not None
        self.alerts = alerts

    def polls(
        self, alert: object, *, unalerted: bool = False, status: int = 200, phone: int = 1, **said: Any
    ) -> str | None:
        """Let a phone hear an answer; return the kind of what its app is told."""
        body = alert if isinstance(alert, bytes) else json.dumps({"alert": alert, **said}).encode()
        data = self.alerts.heard(ROSTER.phones[phone], Answer(status, body), unalerted=unalerted)
        return None if data is None else data["kind"]

    def rows(self) -> list[tuple[Any, ...]]:
        self.recorder.close()
        return read(self.folder).of(Kind.ACCEPTED).select("phone", "path", "outcome", "detail").rows()


def test_an_alert_is_taken_once_while_it_stands_and_its_end_is_an_all_clear(tmp_path: Path) -> None:
    heard = Heard(tmp_path)
    said = [heard.polls(alert) for alert in (None, "no_data", "no_data", "down", None, None, "no_data")]
    assert said == [None, "no_data", None, "notice", "clear", None, "no_data"]
    assert heard.polls("no_data", phone=2) == "no_data"
    assert heard.rows() == [
        (1, "banner", "ok", "no_data"),
        (1, "banner", "ok", "notice"),
        (1, "banner", "ok", "clear"),
        (1, "banner", "ok", "no_data"),
        (2, "banner", "ok", "no_data"),
    ]


def test_where_an_all_clear_is_said_an_end_is_none(tmp_path: Path) -> None:
    heard = Heard(tmp_path, clear={"/alert": "fine"})
    assert [heard.polls(alert) for alert in ("fine", "no_data", None, "fine", "fine")] == [
        None,
        "no_data",
        None,
        "clear",
        None,
    ]
    heard.rows()


def test_a_blind_phone_without_an_alarm_is_told_again_of_one_that_stands(tmp_path: Path) -> None:
    heard = Heard(tmp_path)
    assert [heard.polls("no_data", unalerted=again) for again in (True, False, True)] == ["no_data", None, "no_data"]
    assert heard.polls("down", unalerted=True) == "notice"
    assert heard.polls("down", unalerted=True) is None
    heard.rows()


@pytest.mark.parametrize(
    ("body", "status"), [(b"", 200), (b"{", 200), (b"[]", 200), (b"\xff", 200), (b'{"alert": "no_data"}', 500)]
)
def test_an_answer_that_says_nothing_changes_nothing(tmp_path: Path, body: bytes, status: int) -> None:
    heard = Heard(tmp_path, clear={"/alert": "fine"})
    assert heard.polls(body, status=status) is None
    assert heard.rows() == []


def test_an_outage_holds_it_back_until_it_is_over(tmp_path: Path) -> None:
    heard, control = Heard(tmp_path), tmp_path / "control"
    control.mkdir()
    provider = Provider(control, "f1")
    heard.alerts.obey(control)
    assert told_path(control, FLEET_TELLS).exists()
    write_order(control, "f1", ProviderOrder.of(REFUSE))
    heard.alerts.obey(control)
    assert [heard.polls("no_data") for _ in range(2)] == [None, None]
    heard.alerts.obey(control)
    assert not provider.look(REFUSE).facts["refusing"], "the gateway does not say so"
    write_told(control, Told(obeys=("f1",), counts={"south": {"refused": 3}}))
    assert dict(provider.look(REFUSE).facts) == {"refusing": True, **dict.fromkeys(COUNTED, 0), "refused": 5}
    order_path(control, "f1").unlink()
    assert not provider.healed(REFUSE)
    heard.alerts.obey(control)
    write_told(control, Told(counts={"south": {"refused": 3}}))
    assert provider.healed(REFUSE)
    assert heard.polls("no_data") == "no_data"
    assert heard.rows()[-1] == (1, "banner", "ok", "no_data")


def test_a_target_without_such_a_channel_has_none(tmp_path: Path) -> None:
    heard = Heard(tmp_path)
    assert PollAlerts.of([ChannelSpec(channel="fcm")], heard.recorder) is None
    assert heard.rows() == []
