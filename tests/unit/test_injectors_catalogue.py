"""The catalogue of injectors: every fault's breaks are in it, and what is not in it has no maker."""

from __future__ import annotations

from dataclasses import replace

import pytest

from deadair.faults.backlog import Backlog
from deadair.faults.catalogue import FAULTS
from deadair.faults.fault import Fault, Setting
from deadair.faults.latency import Latency
from deadair.faults.overload import Overload
from deadair.faults.push_delay import PushDelay
from deadair.injectors import catalogue
from deadair.injectors.catalogue import INJECTORS, RunInjectors, entry_of, why_unknown
from deadair.injectors.injector import Break, Injector
from deadair.injectors.noop import NOOP, Noop
from deadair.model.errors import HarnessError
from deadair.model.place import Place

NOTHING = Break("noop", "nothing", "watchdog")
KNOBS: dict[type[Fault], dict[str, object]] = {
    Backlog: {"readings": 1}, Latency: {"delay": "3s"}, Overload: {"times": 2}, PushDelay: {"delay": "2m"}
}  # fmt: skip


def fault(kind: type[Fault]) -> Fault:
    return kind.model_validate(KNOBS.get(kind, {}))


@pytest.mark.parametrize("kind", FAULTS, ids=lambda kind: str(kind.__name__))
def test_every_fault_can_be_made_in_both_engines_and_undone(kind: type[Fault]) -> None:
    setting = Setting(("rest",), frozenset(), 1.0, 60.0)
    for broken in fault(kind).breaks(Place("gateway"), setting):
        entry = entry_of(broken)
        assert entry is not None
        assert entry.live is not None
        assert entry.simulated is not None
        assert entry.can_be_undone


def test_the_names_in_old_ledgers_are_still_known() -> None:
    kept = {("delays", "delay"), ("load", "backlog"), ("load", "overload"), ("pauses", "stop"), ("processes", "kill"),
            ("provider", "refuse"), ("toxiproxy", "freeze")}  # fmt: skip
    assert kept <= {(entry.name, action) for entry in INJECTORS for action in entry.actions}
    assert len({entry.name for entry in INJECTORS}) == len(INJECTORS)


def test_what_is_unknown_is_said_with_what_there_is() -> None:
    assert why_unknown(Break("firewall", "drop", "gateway")) == (
        "this version has no injector 'firewall'; it has delays, load, noop, pauses, processes, provider, toxiproxy"
    )
    assert why_unknown(Break("load", "flood", "gateway")) == (
        "the injector 'load' cannot 'flood'; it can backlog, overload"
    )


def test_all_faults_of_a_run_share_an_injector_unless_each_has_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []

    def make(entry: object, fault_id: str) -> Injector:
        made.append(fault_id)
        return Noop()

    shared = RunInjectors(make)
    assert shared.of("f1", NOTHING) is shared.of("f2", NOTHING)
    assert made == ["f1"]
    monkeypatch.setattr(catalogue, "INJECTORS", (replace(NOOP, each_fault=True),))
    each = RunInjectors(make)
    assert each.of("f1", NOTHING) is not each.of("f2", NOTHING)
    assert each.of("f1", NOTHING) is each.of("f1", NOTHING)


def test_nobody_makes_what_no_injector_can() -> None:
    injectors = RunInjectors(lambda entry, fault_id: None)
    with pytest.raises(HarnessError, match="f1: this version has no injector 'firewall'"):
        injectors.of("f1", Break("firewall", "drop", "gateway"))
    with pytest.raises(HarnessError, match="f1: nothing by noop has no form in this engine"):
        injectors.of("f1", NOTHING)
