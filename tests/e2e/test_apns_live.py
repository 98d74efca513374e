"""The push gateway's process as Apple's interface: HTTP/2 over TLS, and the answers that matter."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from deadair.fleet.channels import certificates
from deadair.history.rows import Kind
from deadair.injectors.injector import Break
from deadair.injectors.push_provider import Provider
from deadair.model.environment import Address
from deadair.targets.alerts.channel_spec import CA_FILE, ChannelSpec
from tests.e2e.fleet_testbed import Stage, end, rows, stage, until
from tests.e2e.phone_link import phone_link
from tests.unit.test_alert_messages import SECTION

pytestmark = pytest.mark.live

PATH = SECTION.validate_python({
    "name": "apple", "channel": "apns", "tls_names": ["api.push.example.test"], "alarm": {"/payload/kind": "no_data"},
    "clear": {"/payload/kind": "back"}, "measured": "/payload/last", "times": "ms",
})  # fmt: skip
ALARM = {"aps": {"alert": "No data"}, "kind": "no_data", "last": 1700000000000}


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Stage]:
    with stage(tmp_path, Address(port=1)) as built:
        built.channels = (ChannelSpec(channel="apns", paths=(PATH,)),)
        built.write()
        certificates.make(built.folder, built.channels)
        yield built


@pytest.fixture
def apple(built: Stage) -> Iterator[httpx.Client]:
    context = ssl.create_default_context(cafile=str(built.folder.data / CA_FILE))
    with httpx.Client(
        http1=False,
        http2=True,
        verify=context,
        base_url=f"https://{built.routes['push_apns']}",
        timeout=5.0,
        trust_env=False,
    ) as client:
        yield client


def answers(apple: httpx.Client) -> bool:
    try:
        return apple.get("/").status_code == 404
    except httpx.TransportError:
        return False


def send(apple: httpx.Client, token: str, payload: Any, **headers: str) -> tuple[int, str]:
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    answer = apple.post(f"/3/device/{token}", content=body, headers={"apns-topic": "app", **headers})
    assert answer.http_version == "HTTP/2"
    return answer.status_code, answer.json()["reason"] if answer.content else answer.headers["apns-id"]


def test_the_answers_that_matter(built: Stage, apple: httpx.Client) -> None:
    outage = Break("provider", "refuse", "push", {"status": 429, "retry_after_s": 0.0})
    gateway = built.start_gateway(answers=lambda: answers(apple))
    assert not certificates.pem_path(built.folder).exists(), "the key is gone once it is read"
    with phone_link(built.routes["push_links"], built.roster, "south") as phones:
        assert send(apple, "phone-token-2", ALARM, **{"apns-id": "ours"}) == (200, "ours")
        phone, data = phones.next()
        assert (phone, data["kind"], data["path"], data["measured_s"]) == (2, "no_data", "apple", "1700000000.0")
        assert send(apple, "phone-token-2", {"kind": "back"}) == (200, "00000000-0000-4000-8000-000000000002")
        assert phones.next()[1]["kind"] == "clear"
        assert send(apple, "gone", ALARM) == (410, "Unregistered")
        assert send(apple, "phone-token-2", b"{") == (400, "BadPayload")
        assert send(apple, "phone-token-2", b"") == (400, "PayloadEmpty")
        assert send(apple, "phone-token-2", b"x" * 5000) == (413, "PayloadTooLarge")
        provider = Provider(built.folder.abort_request.parent, "f1")
        provider.begin(outage)
        assert send(apple, "phone-token-2", ALARM) == (429, "TooManyRequests")
        until(lambda: provider.look(outage).facts["refused"] == 1, "it tells what it refused", gateway)
        provider.heal(outage)
        assert phones.nothing()
    assert end(gateway) == 0
    found = [(row["phone"], row["outcome"], row["detail"]) for row in rows(built.history(), Kind.ACCEPTED)]
    assert found == [
        (2, "ok", "no_data"),
        (2, "ok", "clear"),
        (None, "fail", "Unregistered"),
        (None, "fail", "BadPayload"),
        (None, "fail", "PayloadEmpty"),
        (None, "fail", "PayloadTooLarge"),
        (None, "fail", "TooManyRequests"),
    ]


def test_a_message_that_is_not_to_be_kept_is_not(built: Stage, apple: httpx.Client) -> None:
    gateway = built.start_gateway(answers=lambda: answers(apple))
    assert send(apple, "phone-token-2", ALARM, **{"apns-expiration": "0"})[0] == 200
    assert send(apple, "phone-token-4", ALARM)[0] == 200
    with phone_link(built.routes["push_links"], built.roster, "south") as phones:
        assert phones.next()[0] == 4
        assert phones.nothing()
    assert end(gateway) == 0


def test_whoever_does_not_know_the_authority_does_not_believe_it(built: Stage, apple: httpx.Client) -> None:
    gateway = built.start_gateway(answers=lambda: answers(apple))
    with (
        httpx.Client(http2=True, trust_env=False) as stranger,
        pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY"),
    ):
        stranger.post(f"https://{built.routes['push_apns']}/3/device/phone-token-2", json=ALARM)
    assert end(gateway) == 0


def test_a_gateway_without_its_certificate_says_so(built: Stage) -> None:
    certificates.pem_path(built.folder).unlink()
    gateway = built.start("push-gateway", built.gateway_argv())
    assert gateway.wait(20.0) == 4
    assert "push.pem is no certificate" in built.log("push-gateway")
