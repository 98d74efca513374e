"""The push gateway's process with a webhook: from a service's POST to the phone's link, and through an outage."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from deadair.history.rows import Kind
from deadair.injectors.injector import Break
from deadair.injectors.push_provider import Provider
from deadair.model.environment import Address
from deadair.targets.alerts.channel_spec import ChannelSpec
from tests.e2e.fleet_testbed import end, rows, stage, until
from tests.e2e.phone_link import phone_link
from tests.unit.test_alert_messages import path

pytestmark = pytest.mark.live

ALARM = {"kind": "no_data", "to": "phone-2", "child": "device-2", "last": 1700000000}


def post(address: Address, body: bytes, url_path: str = "/hook") -> tuple[int, str | None]:
    request = urllib.request.Request(f"http://{address}{url_path}", body, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=5.0) as answer:  # noqa: S310 - a port of ours
            return answer.status, None
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers["Retry-After"]
    except OSError:
        return 0, None


def test_a_posted_alarm_reaches_its_phone_and_an_outage_refuses_it(tmp_path: Path) -> None:
    outage = Break("provider", "refuse", "push", {"status": 503, "retry_after_s": 120.0})
    with stage(tmp_path, Address(port=1)) as built:
        built.channels = (ChannelSpec(channel="webhook", paths=(path(url_path="/hook"),)),)
        built.write()
        gateway = built.start_gateway(answers=lambda: post(built.push, b"{", "/x")[0] == 404)
        links = built.routes["push_links"]

        def send(**changed: Any) -> tuple[int, str | None]:
            return post(built.push, json.dumps({**ALARM, **changed}).encode())

        assert send() == (200, None)  # before the phones are there: it waits for them
        with phone_link(links, built.roster, "south") as phones:
            phone, data = phones.next()
            assert (phone, data["kind"], data["path"], data["patient"]) == (2, "no_data", "hook", "device-2")
            assert float(data["measured_s"]) == ALARM["last"]
            assert float(data["taken_s"]) > ALARM["last"]
            provider = Provider(built.folder.abort_request.parent, "f1")
            provider.begin(outage)
            assert send() == (503, "2")
            until(lambda: provider.look(outage).facts["refused"] == 1, "it tells what it refused", gateway)
            provider.heal(outage)
            assert send(kind="down") == (200, None)
            assert phones.next()[1]["kind"] == "notice"
            assert phones.nothing()
        assert end(gateway) == 0
        found = [(row["phone"], row["outcome"], row["detail"]) for row in rows(built.history(), Kind.ACCEPTED)]
    assert found == [(2, "ok", "no_data"), (None, "fail", "UNAVAILABLE"), (2, "ok", "notice")]
