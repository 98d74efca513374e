"""The push provider's real process: what it takes, holds back and refuses."""

from __future__ import annotations

import json
from pathlib import Path

from deadair.fleet.process.launch import push_gateway_argv, read_status
from deadair.history.rows import Kind
from deadair.injectors.injector import Break
from deadair.injectors.push_provider import Provider
from tests.e2e.fleet_testbed import end, push, rows, stage, until
from tests.unit.fleet_fakes import serving


def test_the_provider_refuses_while_it_is_told_to(tmp_path: Path) -> None:
    outage = Break("provider", "refuse", "push", {"status": 503, "retry_after_s": 0.0})
    with serving() as service, stage(tmp_path, service.address) as built:
        built.write()
        gateway = built.start_gateway()
        provider = Provider(built.folder.abort_request.parent, "f1")
        assert built.send_push(push(1))[0] == 404
        provider.begin(outage)
        status, answer = built.send_push(push(1))
        assert (status, answer["error"]["status"]) == (503, "UNAVAILABLE")
        until(lambda: provider.look(outage).facts["refused"] == 1, "it tells what it refused", gateway)
        provider.heal(outage)
        assert provider.healed(outage)
        assert built.send_push(push(1))[0] == 404
        assert end(gateway) == 0


def test_messages_wait_for_a_link_that_is_down(tmp_path: Path) -> None:
    with serving() as service, stage(tmp_path, service.address) as built:
        built.write()
        gateway = built.start_gateway()
        fleet = built.start_fleet()
        until(lambda: built.send_push(push(1, "notice"))[0] == 200, "the phones said hello", fleet)
        assert end(fleet) == 0
        collapsing = {"android": {"ttl": "300s", "collapse_key": "k"}}
        for kind, more in [
            ("no_data", collapsing),
            ("notice", collapsing),
            ("no_data", {"android": {"ttl": "0s"}}),
        ]:
            status, answer = built.send_push(push(2, kind, **more))
            assert (status, set(answer)) == (200, {"name"})
        (built.folder.history / "fleet.arrow").rename(built.folder.root / "first-fleet.arrow")
        again = built.start_fleet()
        until(
            lambda: bool((status := read_status(built.folder.fleet_status)) and status.running and status.presenting),
            "what waited is presented",
            again,
        )
        assert (end(again), end(gateway)) == (0, 0)
        history = built.history()
    assert [(row["phone"], row["path"]) for row in rows(history, Kind.NOTICE)] == [(2, "service_push")]
    assert rows(history, Kind.ALARM) == []


def test_the_push_gateway_refuses_in_fcms_words(tmp_path: Path) -> None:
    with serving() as service, stage(tmp_path, service.address) as built:
        built.write()
        gateway = built.start_gateway()
        status, answer = built.send_push(push(1))
        assert (status, answer["error"]["details"][0]["errorCode"]) == (404, "UNREGISTERED")
        status, answer = built.send_push(json.dumps({"message": {"token": "x" * 50_000}}))
        assert (status, answer["error"]["status"]) == (413, "INVALID_ARGUMENT")
        taken = built.start("push-gateway-2", push_gateway_argv(built.folder))
        assert taken.wait(20.0) == 4
        assert "cannot listen on" in built.log("push-gateway-2")
        assert end(gateway) == 0
        outcomes = [(row["outcome"], row["detail"]) for row in rows(built.history(), Kind.ACCEPTED)]
    assert outcomes[-2:] == [("fail", "UNREGISTERED"), ("fail", "INVALID_ARGUMENT")]


def test_what_it_took_never_comes_or_comes_late_or_twice(tmp_path: Path) -> None:
    swallowed = Break("provider", "drop", "push[south]")
    late = Break("provider", "delay", "push", {"delay_s": 36_000.0})
    twice = Break("provider", "duplicate", "push", {"apart_s": 0.0})
    with serving() as service, stage(tmp_path, service.address) as built:
        built.write()
        gateway = built.start_gateway()
        fleet = built.start_fleet()
        until(lambda: built.send_push(push(1, "notice"))[0] == 200, "the phones said hello", fleet)
        control = built.folder.abort_request.parent

        def told(fault_id: str, broken: Break, what: str, number: int) -> None:
            provider = Provider(control, fault_id)
            until(lambda: provider.look(broken).facts[what] == number, f"{number} {what}", gateway)

        Provider(control, "f1").begin(swallowed)
        assert [built.send_push(push(phone, "notice"))[0] for phone in (2, 3)] == [200, 200]
        told("f1", swallowed, "dropped", 1)
        Provider(control, "f1").heal(swallowed)
        Provider(control, "f2").begin(late)
        assert built.send_push(push(4, "notice"))[0] == 200
        told("f2", late, "waiting", 1)
        Provider(control, "f2").heal(late)
        assert Provider(control, "f2").healed(late)
        told("f2", late, "delayed", 1)
        Provider(control, "f3").begin(twice)
        assert built.send_push(push(5, "notice"))[0] == 200
        told("f3", twice, "doubled", 1)
        assert (end(fleet), end(gateway)) == (0, 0)
        history = built.history()
    assert [row["phone"] for row in rows(history, Kind.ACCEPTED) if row["outcome"] == "ok"] == [1, 2, 3, 4, 5]
    assert [row["phone"] for row in rows(history, Kind.PUSH)] == [1, 3, 4, 5, 5]
