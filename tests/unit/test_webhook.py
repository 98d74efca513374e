"""A service that posts JSON: what is taken, what is refused, and what is written down of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from deadair.fleet.channels.alert_message import PhoneBook
from deadair.fleet.channels.channel import HttpAnswer, Posted
from deadair.fleet.channels.message_intake import MessageIntake
from deadair.fleet.channels.push_links import PushLinks
from deadair.fleet.channels.webhook import Webhook
from deadair.history.reader import read
from deadair.history.recorder import Recorder
from deadair.history.rows import Kind
from deadair.injectors.provider_orders import ProviderOrder
from deadair.model.clock import RunClock
from deadair.targets.alerts.channel_spec import ChannelSpec
from tests.unit.test_alert_messages import ROSTER, path

ALARM = {"kind": "no_data", "to": "phone-1", "child": "device-0", "last": 1700000000}


def post(body: Any, url_path: str = "/hook") -> Posted:
    return Posted("POST", url_path, {}, body if isinstance(body, bytes | None) else json.dumps(body).encode())


@pytest.fixture
def taken(tmp_path: Path) -> Callable[..., tuple[list[HttpAnswer], list[tuple[Any, ...]]]]:
    """Post messages to a webhook; return its answers and what was written down."""

    def play(*posts: Posted, order: ProviderOrder | None = None) -> tuple[list[HttpAnswer], list[tuple[Any, ...]]]:
        with Recorder(tmp_path, "push-gateway", RunClock.starting_now(speed=60)) as recorder:
            intake = MessageIntake(recorder, PushLinks(recorder.clock), PhoneBook(ROSTER))
            intake.desk.obey({"f1": order} if order else {})
            hook = Webhook(ChannelSpec(channel="webhook", paths=(path(url_path="/hook"),)), intake)
            assert [hook.claims(one.method, one.path) for one in posts] == [True] * len(posts)
            answers = [hook.answer(one) for one in posts]
            assert intake.desk.told().counted(None, "refused") == (len(posts) if order else 0)
        rows = read(tmp_path).of(Kind.ACCEPTED)
        return answers, rows.select("phone", "path", "outcome", "detail").rows()

    return play


def test_an_alarm_is_taken_for_its_follower(taken: Any) -> None:
    answers, rows = taken(
        post(ALARM), post({**ALARM, "kind": "down", "to": ["phone-0", "phone-1"]}), post({**ALARM, "kind": "low"})
    )
    assert [answer.status for answer in answers] == [200, 200, 200]
    assert rows == [
        (1, "hook", "ok", "no_data"),
        (0, "hook", "ok", "notice"),
        (1, "hook", "ok", "notice"),
        (None, "hook", "ok", "other"),
    ]


def test_a_message_that_contradicts_itself_alerts_nobody_and_is_trouble(taken: Any, tmp_path: Path) -> None:
    (answer,), rows = taken(post({**ALARM, "text": "data is there again"}))
    assert (answer.status, rows) == (200, [(None, "hook", "ok", "other")])
    (said,) = [detail for (detail,) in read(tmp_path).each(Kind.TROUBLE, columns=["detail"])]
    assert said.startswith("a message by the alert path hook alerts and clears at once, by its target file: mend")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, "INVALID_MESSAGE"),
        (b"\xff\xfe", 400, "INVALID_MESSAGE"),
        (b"[" * 100_000, 400, "INVALID_MESSAGE"),
        (None, 413, "INVALID_MESSAGE"),
        ({**ALARM, "to": "nobody"}, 404, "UNREGISTERED"),
        ({**ALARM, "to": "phone-3"}, 404, "NOT_FOLLOWED"),
    ],
)
def test_what_cannot_be_taken_is_refused_in_a_sentence(taken: Any, body: Any, status: int, code: str) -> None:
    (answer,), rows = taken(post(body))
    assert answer.status == status
    assert json.loads(answer.body)["error"]
    assert rows == [(None, None, "fail", code)]


@pytest.mark.parametrize(("status", "retry_after_s", "headers"), [(503, 90.0, (("retry-after", "2"),)), (429, 0.0, ())])
def test_an_outage_of_the_provider_strikes_it(taken: Any, status: int, retry_after_s: float, headers: Any) -> None:
    (answer,), rows = taken(
        post(ALARM), order=ProviderOrder(action="refuse", status=status, retry_after_s=retry_after_s)
    )
    assert (answer.status, answer.headers) == (status, headers)
    assert rows == [(None, None, "fail", "UNAVAILABLE")]


def test_it_claims_only_posts_to_its_own_path(tmp_path: Path) -> None:
    with Recorder(tmp_path, "push-gateway", RunClock.starting_now(speed=60)) as recorder:
        intake = MessageIntake(recorder, PushLinks(recorder.clock), PhoneBook(ROSTER))
        one = Webhook(ChannelSpec(channel="webhook", paths=(path(url_path="/hook"),)), intake)
        other = Webhook(ChannelSpec(channel="webhook", paths=(path(),)), intake)
    assert [
        one.claims("POST", "/hook"),
        one.claims("POST", "/x"),
        one.claims("GET", "/hook"),
        other.claims("PUT", "/x"),
    ] == [True, False, False, True]
