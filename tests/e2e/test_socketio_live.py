"""The push gateway's process with followers on Socket.IO: from a service's event to the phones that were connected."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from deadair.history.rows import Kind
from deadair.injectors.injector import Break
from deadair.injectors.push_provider import Provider
from deadair.model.environment import Address
from deadair.targets.alerts.alert_path_section import AlertPathSection
from deadair.targets.alerts.channel_spec import ChannelSpec
from tests.e2e.fleet_testbed import Stage, end, rows, stage, until
from tests.e2e.phone_link import phone_link

pytestmark = pytest.mark.live

NODE = """#!{python}
# Pretends to be Node with the client: what stands in `events` came to the followers of the cohort that dials 7001.
import json, pathlib, sys, time
orders, told = json.loads(sys.argv[2]), 0
print(json.dumps({{"what": "up", "at_ms": 0}}), flush=True)
while "7001" in orders["url"]:
    lines = pathlib.Path({events!r}).read_text().splitlines()
    for line in lines[told:]:
        if line == "end":
            sys.exit(3)
        event = json.loads(line)
        print(json.dumps({{"what": "event", "args": [event], "event": event["name"], "at_ms": 0}}), flush=True)
    told = len(lines)
    time.sleep(0.02)
time.sleep(60)
"""


def path(**changed: Any) -> AlertPathSection:
    adapter: TypeAdapter[AlertPathSection] = TypeAdapter(AlertPathSection)
    return adapter.validate_python(
        {
            "name": "socket",
            "channel": "socketio",
            "link": "downlink",
            "protocol": 2,
            "events": ["alarm", "all_clear"],
            "node": "/nowhere/node",
            "package": "/nowhere/socket.io-client",
            "alarm": {"/event": "alarm", "/data/group": "Time Ago"},
            "clear": {"/event": "all_clear"},
            **changed,
        }
    )


def built_stage(built: Stage, root: Path, **changed: Any) -> Path:
    """Write what the gateway reads, with a Node that tells what stands in the file that is returned."""
    events, node = root / "events", root / "node"
    events.touch()
    node.write_text(NODE.format(python=sys.executable, events=str(events)))
    node.chmod(0o755)
    built.routes |= {"downlink[south]": Address(port=7001), "downlink[rest]": Address(port=7002)}
    built.channels = (ChannelSpec(channel="socketio", paths=(path(node=str(node), **changed),)),)
    built.write()
    return events


def emit(events: Path, *lines: str) -> None:
    with events.open("a") as file:
        file.write("".join(f"{line}\n" for line in lines))


def test_an_event_alerts_the_phones_whose_connection_it_came_over(tmp_path: Path) -> None:
    outage = Break("provider", "refuse", "push", {"status": 503, "retry_after_s": 0.0})
    with stage(tmp_path / "run", Address(port=1), devices=4) as built:
        events = built_stage(built, tmp_path)
        gateway = built.start_gateway(answers=lambda: built.send_push("{")[0] == 404)
        with phone_link(built.routes["push_links"], built.roster, "south") as south:
            emit(events, '{"name": "alarm", "group": "Time Ago"}')
            heard = [south.next() for _ in range(2)]
            assert [(phone, data["kind"], data["path"]) for phone, data in heard] == [
                (0, "no_data", "socket"),
                (2, "no_data", "socket"),
            ]
            provider = Provider(built.folder.abort_request.parent, "f1")
            provider.begin(outage)
            until(lambda: bool(provider.look(outage).facts["refusing"]), "messages are refused", gateway)
            emit(events, '{"name": "alarm", "group": "Time Ago"}')
            until(lambda: provider.look(outage).facts["refused"] == 1, "it was refused", gateway)
            provider.heal(outage)
            until(lambda: not provider.look(outage).facts["refusing"], "messages are taken again", gateway)
            emit(events, '{"name": "alarm", "group": "High"}', '{"name": "all_clear"}')
            assert [south.next()[1]["kind"] for _ in range(2)] == ["clear", "clear"]
            assert south.nothing()
        assert end(gateway) == 0
        found = [(row["phone"], row["outcome"], row["detail"]) for row in rows(built.history(), Kind.ACCEPTED)]
    assert found == [
        (0, "ok", "no_data"), (2, "ok", "no_data"), (None, "fail", "UNAVAILABLE"), (None, "ok", "other"),
        (0, "ok", "clear"), (2, "ok", "clear"),
    ]  # fmt: skip


def test_a_gateway_whose_followers_cannot_listen_any_more_ends_and_says_why(tmp_path: Path) -> None:
    with stage(tmp_path / "run", Address(port=1)) as built:
        events = built_stage(built, tmp_path)
        gateway = built.start_gateway(answers=lambda: built.send_push("{")[0] == 404)
        emit(events, "end")
        assert gateway.wait(10) == 4
        (trouble,) = rows(built.history(), Kind.TROUBLE)
        assert "the client of http://127.0.0.1:7001/ ended with 3" in trouble["detail"]


def test_a_link_that_leads_nowhere_is_said(tmp_path: Path) -> None:
    with stage(tmp_path / "run", Address(port=1)) as built:
        built_stage(built, tmp_path, link="alarms")
        assert built.start("push-gateway", gateway_argv(built)).wait(10) == 4
        assert "environment.json has no route alarms" in built.log("push-gateway")


def gateway_argv(built: Stage) -> list[str]:
    return [sys.executable, "-m", "deadair.fleet.channels.push_gateway", str(built.folder.root)]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"node": None}, "protocol 2 has a client on Node"),
        ({"protocol": 5}, "protocol 2 has a client on Node"),
        ({"hello": ["subscribe", "token"]}, "'token' is no JSON"),
    ],
)
def test_a_client_that_could_not_be_run_is_refused_in_the_target_file(changed: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        path(**changed)
