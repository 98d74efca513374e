"""Followers of the Share adapter against the real gateway: as publishers do, and as subscribers."""

from __future__ import annotations

import pytest

from deadair.model.reading import Reading
from deadair.targets.adapters.client import Client, device_client
from deadair.targets.adapters.log_in import logged_in
from deadair.targets.adapters.share import ReadBy, ShareApi
from deadair.targets.request import Answer, Request
from tests.reference.service import Service

FOLLOWER = Client("follower", "f", patient="patient", token="t")
STRANGER = Client("stranger", "s", patient="patient", token="t")


def sent(service: Service, request: Request) -> Answer:
    answer = service.post(request.path, request.body)
    return Answer(answer.status_code, answer.content)


@pytest.mark.parametrize(
    ("read_by", "password", "calls"),
    [
        ("publisher", "p", ["AuthenticatePublisherAccount", "LoginPublisherAccountById"]),
        (
            "subscriber",
            "f",
            ["AuthenticatePublisherAccount", "LoginSubscriberAccount", "ListSubscriberAccountSubscriptions"],
        ),
    ],
)
def test_a_follower_reads_the_newest_value(service: Service, read_by: ReadBy, password: str, calls: list[str]) -> None:
    share, now = ShareApi(read_by), int(service.env.now())
    made: list[str] = []

    def ask(request: Request) -> Answer:
        made.append(request.path.split("?")[0].rsplit("/", 1)[1])
        return sent(service, request)

    client = logged_in(share, FOLLOWER._replace(password=password), ask)
    assert client is not None
    assert made == calls
    assert share.newest(sent(service, share.poll(client))) is None
    device = logged_in(share, device_client("patient", "p"), ask)
    assert device is not None
    assert share.outcome(sent(service, share.upload(device, [Reading(now - 300, 90), Reading(now, 120)]))) == "ok"
    service.store_all()
    assert share.newest(sent(service, share.poll(client))) == Reading(now, 120)
    gone = client._replace(session=client.session.replace(client.session[:8], "0a0a0a0a"))
    assert share.outcome(sent(service, share.poll(gone))) == "login"


def test_who_may_not_follow_has_no_session(service: Service) -> None:
    ask = lambda request: sent(service, request)  # noqa: E731 - one line says it
    assert logged_in(ShareApi("subscriber"), STRANGER, ask) is None
    assert logged_in(ShareApi("subscriber"), FOLLOWER._replace(password="wrong"), ask) is None
    assert logged_in(ShareApi(), FOLLOWER._replace(password="wrong"), ask) is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"[null]",
        b'[{"Egv": null}]',
        b'[{"Egv": 7}]',
        b"7",
        b"[" * 9999,
        b'[{"ST": "Date(x)", "Value": 100}]',
        b'[{"ST": "Date(1000)", "Value": true}]',
        b'[{"ST": "Date(1000)", "Value": "100"}]',
    ],
)
def test_an_answer_without_a_reading_has_none(body: bytes) -> None:
    assert ShareApi().newest(Answer(200, body)) is None
    assert ShareApi("subscriber").session(Client("a", "p", "b", "subscriber x", "t"), Answer(200, body)) is None


@pytest.mark.parametrize("date", ["/Date(1700000000000)/", "Date(1700000000000)", "Date(1700000000000-0400)"])
def test_dates_are_read_in_each_form_that_there_was(date: str) -> None:
    body = f'[{{"ST": "{date}", "Value": 100}}, {{"ST": "Date(1600000000000)", "Value": 90}}]'.encode()
    assert ShareApi().newest(Answer(200, body)) == Reading(1700000000, 100)
    assert ShareApi().newest(Answer(500, body)) is None
