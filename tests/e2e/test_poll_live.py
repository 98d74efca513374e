"""The fleet's process with a service that says its alerts in the answers to polls."""

from __future__ import annotations

from pathlib import Path

import pytest

from deadair.history.rows import Kind
from deadair.injectors.injector import Break
from deadair.injectors.push_provider import Provider
from deadair.targets.alerts.channel_spec import ChannelSpec
from tests.e2e.fleet_testbed import end, rows, stage, until
from tests.unit.fleet_fakes import serving
from tests.unit.test_alert_messages import SECTION

pytestmark = pytest.mark.live

BANNER = SECTION.validate_python({"name": "hook", "channel": "poll", "alarm": {"/alert": "no_data"}})


def test_an_alert_in_the_answer_to_a_poll_is_presented_and_an_outage_keeps_it_from_its_phone(tmp_path: Path) -> None:
    outage = Break("provider", "refuse", "push", {"status": 503, "retry_after_s": 0.0})
    with serving() as service, stage(tmp_path, service.address) as built:
        built.channels = (ChannelSpec(channel="poll", paths=(BANNER,)),)
        built.write()
        gateway = built.start_gateway(answers=lambda: built.send_push("{")[0] == 404)
        fleet = built.start_fleet(module="tests.unit.plain_target")
        until(lambda: service.seen.count("/poll") > 6, "everybody has polled", fleet)
        provider = Provider(built.folder.abort_request.parent, "f1")
        provider.begin(outage)
        service.alert = "no_data"
        until(lambda: provider.look(outage).facts["refused"] >= 6, "nobody is told", fleet)
        provider.heal(outage)
        until(lambda: provider.healed(outage), "they are told again", fleet)
        polls = service.seen.count("/poll")
        until(lambda: service.seen.count("/poll") > polls + 12, "everybody has polled twice more", fleet)
        service.alert = None
        polls = service.seen.count("/poll")
        until(lambda: service.seen.count("/poll") > polls + 12, "everybody has polled without an alert", fleet)
        assert (end(fleet), end(gateway)) == (0, 0)
        history = built.history()
    taken = [
        (row["phone"], row["detail"], row["who"]) for row in rows(history, Kind.ACCEPTED) if row["outcome"] == "ok"
    ]
    assert sorted(taken) == sorted((phone, kind, "fleet") for phone in range(6) for kind in ("no_data", "clear"))
    alarms = {row["phone"]: row["at_us"] for row in rows(history, Kind.ALARM)}
    refused = [row["at_us"] for row in rows(history, Kind.ACCEPTED) if row["outcome"] == "fail"]
    assert set(alarms) == set(range(6))
    assert min(alarms.values()) > max(refused) - 1_000_000
    assert {row["phone"] for row in rows(history, Kind.CLEAR)} == set(range(6))
