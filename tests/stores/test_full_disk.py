"""A disk without a byte left: clients are asked to come again, no node ends, and all works again once there is room."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from deadair.targets.reference import Reference
from deadair.targets.request import Answer, Request
from tests.e2e.storage_night import until
from tools.small_disk import filled, why_none
from tools.up_on_disk import UpOnDisk, up_on_disk

pytestmark = [pytest.mark.live, pytest.mark.skipif(bool(why_none()), reason=why_none())]
READY = Request("/readyz", method="GET")
LOG_IN = "/ShareWebServices/Services/General/LoginPublisherAccountByName"


@pytest.fixture
def service(tmp_path: Path) -> Iterator[UpOnDisk]:
    with up_on_disk(tmp_path) as service:
        yield service


def log_in(service: UpOnDisk) -> Answer:
    body = {"accountName": "grandmother", "password": "made for this test", "applicationId": "x"}
    return service.ask("share", Request(LOG_IN, json.dumps(body).encode()))


def test_who_cannot_be_served_is_asked_to_come_again_and_is_served_once_there_is_room(service: UpOnDisk) -> None:
    accounts = json.dumps({"accounts": [["grandmother", "made for this test"]]}).encode()
    assert service.ask("admin", Request("/accounts", accounts)).status == 200
    assert log_in(service).status == 200
    with filled(service.data):
        refused = log_in(service)
        assert refused.status == 503
        assert dict(refused.headers)["retry-after"] == "5"
        assert service.ask("admin", Request("/livez", method="GET")).status == 200
        until(lambda: service.ask("admin", READY).status == 503, "it looks healthy")
        assert "sessions.sqlite: database or disk is full" in json.loads(service.ask("admin", READY).body)["why"]
        until(lambda: tellers(service) == set(Reference.nodes), "not every node's log says so")
    until(lambda: log_in(service).status == 200, "it does not work again")
    until(lambda: service.ask("admin", READY).status == 200, "it is not ready again")
    until(lambda: len([line for line in service.log() if line["event"] == "trouble is over"]) > 4, "the log is silent")
    told = [(line["node"], line["what"]) for line in service.log() if line["event"] == "trouble"]
    assert len(told) == len(set(told)), "the log tells of a trouble more than once"
    assert [line for line in service.log() if line["event"] == "a node ended"] == []


def tellers(service: UpOnDisk) -> set[str]:
    """Return the nodes whose log says that nothing can be written, and what to do."""
    said = [line for line in service.log() if line["event"] == "trouble" and line["what"] == "disk"]
    assert all(line["remedy"].startswith("make room on this disk") for line in said)
    return {line["node"] for line in said}
