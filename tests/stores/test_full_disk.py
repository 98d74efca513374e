"""A disk without a byte left: clients are asked to come again, no node ends, and all works again once there is room."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from deadair.model.clock import Deadline, pause
from deadair.targets.admin_http import ask
from deadair.targets.request import Answer, Request
from tests.stores.up_on_disk import UpOnDisk, up_on_disk
from tools.small_disk import filled, why_none

pytestmark = [pytest.mark.live, pytest.mark.skipif(bool(why_none()), reason=why_none())]
LIMIT_S = 20.0
LOG_IN = "/ShareWebServices/Services/General/LoginPublisherAccountByName"


@pytest.fixture
def service(tmp_path: Path) -> Iterator[UpOnDisk]:
    with up_on_disk(tmp_path) as service:
        yield service


def log_in(service: UpOnDisk) -> Answer:
    body = {"accountName": "grandmother", "password": "made for this test", "applicationId": "x"}
    return ask(service.address("share"), Request(LOG_IN, json.dumps(body).encode()), LIMIT_S)


def test_who_cannot_be_served_is_asked_to_come_again_and_is_served_once_there_is_room(service: UpOnDisk) -> None:
    accounts = json.dumps({"accounts": [["grandmother", "made for this test"]]}).encode()
    assert ask(service.address("admin"), Request("/accounts", accounts), LIMIT_S).status == 200
    assert log_in(service).status == 200
    with filled(service.data):
        refused = log_in(service)
        assert refused.status == 503
        assert dict(refused.headers)["retry-after"] == "5"
        assert ask(service.address("admin"), Request("/livez", method="GET"), LIMIT_S).status == 200
    limit = Deadline.after(LIMIT_S)
    while log_in(service).status != 200:
        assert not limit.passed(), "it does not work again"
        pause(0.1)
    assert [line for line in service.log() if line["event"] == "a node ended"] == []
