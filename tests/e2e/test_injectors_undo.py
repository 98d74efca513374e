"""Each injector's break is undone from the ledger's line alone, by somebody who never saw the run at work."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from deadair import ledger
from deadair.healing import Healer, broken_run
from deadair.injectors.catalogue import INJECTORS, entry_of
from deadair.injectors.injector import Break
from deadair.injectors.processes import stands_still
from deadair.injectors.provider_orders import ProviderOrder, Told, read_orders, write_order, write_told
from tests.e2e.run_parts import RunParts
from tests.unit.test_injectors_push_provider import obedient

pytestmark = pytest.mark.live

BREAKS = {
    "delays": Break("delays", "delay", "uplink[south]", {"delay_s": 3.0, "jitter_s": 0.5}),
    "load": Break("load", "overload", "gateway", {"wanted_per_s": 1.0}),
    "noop": Break("noop", "nothing", "watchdog"),
    "pauses": Break("pauses", "stop", "watchdog"),
    "processes": Break("processes", "kill", "watchdog"),
    "provider": Break("provider", "refuse", "push", {"status": 503, "retry_after_s": 0.0}),
    "toxiproxy": Break("toxiproxy", "freeze", "uplink[south]"),
}


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[RunParts]:
    made = RunParts(tmp_path)
    yield made
    made.close()


def healer(parts: RunParts, broken: Break) -> tuple[Healer, tuple[tuple[str, Break], ...]]:
    """Write the break down, and return a healer that knows the run by its folder, with what the ledger says."""
    parts.ledger.write_break("break", "f1", broken)
    lines = ledger.read(parts.folder.ledger)
    run = broken_run(parts.folder, lines, run_id=parts.run_id, speed=60.0)
    return Healer(run, parts.ledger), ledger.open_breaks(lines)


def test_this_file_knows_every_injector() -> None:
    """A new one: write its break into BREAKS, and a test that its undo undoes it. An undo is what a guardian has."""
    assert set(BREAKS) == {entry.name for entry in INJECTORS}
    assert all(entry_of(broken) is not None for broken in BREAKS.values())


def test_a_load_is_told_to_stop(parts: RunParts) -> None:
    control = parts.folder.abort_request.parent
    healing, breaks = healer(parts, BREAKS["load"])
    (control / "f1.go").touch()
    (control / "f1.status.json").write_text(
        json.dumps({"ready": True, "offered": 1, "answered": 1, "accepted": 1, "done": True})
    )
    outcome = healing.undo(breaks)
    assert (outcome.healed, outcome.not_healed, outcome.stopped_for) == (1, (), "")
    assert (control / "f1.stop").exists()


def test_a_load_that_does_not_stop_is_healed_only_by_its_end(parts: RunParts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deadair.injectors.load_switch.TAKE_LIMIT_S", 0.02)
    monkeypatch.setattr("deadair.healing.HEAL_LIMIT_S", 0.05)
    healing, breaks = healer(parts, BREAKS["load"])
    (parts.folder.abort_request.parent / "f1.go").touch()
    node = parts.spawn("load-f1")
    outcome = healing.undo(breaks)
    assert outcome.stopped_for == "f1: overload gateway (gateway is still broken 0.05 s later)"
    assert (outcome.healed, outcome.whole, node.ended()) == (1, True, -9)
    (healed,) = [line for line in ledger.read(parts.folder.ledger) if line.what == "healed"]
    assert healed.said["by_ending"] == "the processes it was in"


def test_a_paused_node_goes_on(parts: RunParts) -> None:
    node = parts.spawn("watchdog")
    healing, breaks = healer(parts, BREAKS["pauses"])
    node.identity.send_group(signal.SIGSTOP)
    outcome = healing.undo(breaks)
    assert outcome.healed == 1
    assert not stands_still(node.identity)
    assert node.identity.alive()


def test_a_provider_takes_messages_again(parts: RunParts) -> None:
    control = parts.folder.abort_request.parent
    healing, breaks = healer(parts, BREAKS["provider"])
    write_order(control, "f1", ProviderOrder.of(BREAKS["provider"]))
    write_order(control, "f2", ProviderOrder(action="refuse", cohort="south"))
    write_told(control, Told(obeys=("f1", "f2")))
    with obedient(control):
        outcome = healing.undo(breaks)
    assert outcome.healed == 1
    assert list(read_orders(control)) == ["f2"], "and no other fault is undone with it"


def test_what_was_never_broken_is_undone_by_doing_nothing(parts: RunParts) -> None:
    healing, breaks = healer(parts, BREAKS["noop"])
    outcome = healing.undo(breaks)
    assert outcome.healed == 1


def test_a_killed_node_ends_with_its_run(parts: RunParts) -> None:
    healing, breaks = healer(parts, BREAKS["processes"])
    outcome = healing.undo(breaks)
    assert (outcome.healed, outcome.ends_with_run, outcome.stopped_for) == (0, ("f1: kill watchdog",), "")
    assert ledger.open_breaks(ledger.read(parts.folder.ledger)) == breaks
    node = parts.spawn("processor")
    assert healing.stop_everything(breaks).healed == 1
    assert node.ended() == -9
    assert ledger.open_breaks(ledger.read(parts.folder.ledger)) == ()


def test_a_frozen_link_of_which_nobody_says_where_it_is_controlled_is_healed_only_by_its_end(parts: RunParts) -> None:
    """That a real one flows again is shown in ``tests/e2e/test_guardian_live.py``."""
    healing, breaks = healer(parts, BREAKS["toxiproxy"])
    outcome = healing.undo(breaks)
    assert outcome.stopped_for == (
        "f1: freeze uplink[south] (the ledger does not say where the run's toxiproxy-server is controlled)"
    )
    assert (outcome.healed, outcome.whole) == (1, True)


@pytest.mark.parametrize("name", sorted(BREAKS))
def test_every_break_of_today_is_undone_once_its_processes_are_gone(parts: RunParts, name: str) -> None:
    healing, breaks = healer(parts, BREAKS[name])
    outcome = healing.stop_everything(breaks)
    assert (outcome.healed, outcome.whole) == (1, True)
