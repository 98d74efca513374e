"""FCM over TLS with a certificate made for the run, and messages that the target file's pointers read."""

from __future__ import annotations

import json
import ssl
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path

import pytest

from deadair.fleet.channels import certificates
from deadair.history.rows import Kind
from deadair.model.environment import Address
from deadair.targets.alerts.channel_spec import CA_FILE, ChannelSpec
from tests.e2e.fleet_testbed import end, push, rows, stage
from tests.e2e.phone_link import phone_link
from tests.unit.test_alert_messages import SECTION

pytestmark = pytest.mark.live

PATH = SECTION.validate_python({
    "name": "google", "channel": "fcm", "tls_names": ["fcm.example.test"], "patient": "/data/patient",
    "alarm": {"/data/kind": "no_data"}, "notice": {"/data/kind": "notice"},
})  # fmt: skip


def test_a_message_over_tls_is_read_by_pointers(tmp_path: Path) -> None:
    with stage(tmp_path, Address(port=1)) as built:
        built.channels = (ChannelSpec(channel="fcm", paths=(PATH,)),)
        built.write()
        certificates.make(built.folder, built.channels)
        context = ssl.create_default_context(cafile=str(built.folder.data / CA_FILE))

        def send(message: object, *, trust: ssl.SSLContext | None = context) -> int:
            url = f"https://localhost:{built.push.port}/v1/projects/p/messages:send"
            request = urllib.request.Request(url, json.dumps(message).encode(), {"Content-Type": "application/json"})
            try:
                with urllib.request.urlopen(request, timeout=5.0, context=trust) as answer:  # noqa: S310 - a port of ours
                    return int(answer.status)
            except urllib.error.HTTPError as error:
                with error:
                    return error.code

        def answers() -> bool:
            with suppress(OSError):
                return send({}) == 400
            return False

        gateway = built.start_gateway(answers=answers)
        with pytest.raises(urllib.error.URLError, match="CERTIFICATE_VERIFY_FAILED"):
            send(push(2), trust=ssl.create_default_context())
        with phone_link(built.routes["push_links"], built.roster, "south") as phones:
            assert send(push(2)) == 200
            assert phones.next()[1]["path"] == "google"
            assert send(push(2, "low")) == 200
            assert send(push(77)) == 404
            assert phones.nothing()
        assert end(gateway) == 0
        found = [(row["phone"], row["outcome"], row["detail"]) for row in rows(built.history(), Kind.ACCEPTED)]
    assert found[-3:] == [(2, "ok", "no_data"), (None, "ok", "other"), (None, "fail", "NOT_FOLLOWED")]
