"""How a run of the simulated engine ends: by an abort, by a load that crashes, and with nothing of it in memory."""

from __future__ import annotations

import gc
import json
from dataclasses import replace
from pathlib import Path

import pytest

from deadair.engines.early_end import request_abort
from deadair.engines.run_plan import RunOrder
from deadair.engines.simulated.engine import run, run_in_memory
from deadair.engines.simulated.network_link import Wire
from deadair.engines.simulated.node_machine import NodeMachine
from deadair.engines.simulated.ordered_tasks import VirtualTask
from deadair.faults.overload import Overload
from deadair.fleet.load.overload import OverloadLoad
from deadair.history.recorder import MemoryRecorder
from deadair.history.rows import Kind
from deadair.model.place import Place
from deadair.model.progress import Progress
from deadair.model.run_folder import RunFolder
from deadair.targets.machine import Machine, Program
from deadair.targets.reference import Reference
from deadair.targets.target import Site
from tests.unit import planted_night
from tests.unit.small_night import plan


def test_a_load_that_crashes_is_trouble_and_does_not_hold_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(load: OverloadLoad, begin_us: int) -> None:
        raise RuntimeError("the load broke down")

    monkeypatch.setattr(OverloadLoad, "offer", crash)
    good = plan(1)
    first, *others = good.scenario.timeline
    loaded = first.model_copy(update={"fault": Overload(times=2), "where": Place("gateway")})
    scenario = good.scenario.model_copy(update={"timeline": (loaded, *others)})
    history, _ = run_in_memory(replace(good, scenario=scenario))
    assert "the load broke down" in history.of(Kind.TROUBLE)["detail"][0]


def test_an_abort_ends_it_with_everything_healed(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    folder.create()
    small = plan(1)

    def show(progress: Progress) -> None:
        if progress.faults_active:
            request_abort(folder, "enough was seen")

    history = run(RunOrder(small.scenario, small.target, small.roster, (), folder, "test", None), show)
    assert history.whole
    assert history.of(Kind.ABORT)["detail"].to_list() == ["enough was seen"]
    said = [json.loads(detail) for detail in history.of(Kind.FAULT)["detail"]]
    assert [(each["id"], each["event"]) for each in said] == [
        ("f1", "begin"), ("f1", "begun"), ("f1", "heal"), ("f1", "healed")
    ]  # fmt: skip


def test_a_night_that_is_over_leaves_nothing_in_memory() -> None:
    gc.collect()  # what other tests left
    run_in_memory(plan(seed=3))
    # Asked of the objects themselves: the collector that runs now and then would free them too, sooner or later.
    assert [one for one in gc.get_objects() if isinstance(one, (Wire, MemoryRecorder, VirtualTask))] == []


def test_a_node_may_have_a_clock_that_is_wrong() -> None:
    clocks: dict[str, float] = {}

    class Ahead(Reference):
        def program(self, node: str, machine: Machine, site: Site) -> Program | None:
            assert isinstance(machine, NodeMachine)
            machine.process.skew_s = {"gateway": 20.0}.get(node, 0.0)
            clocks[node] = machine.now()
            return super().program(node, machine, site)

    run_in_memory(planted_night.plan(Ahead()))
    assert clocks["gateway"] - clocks["processor"] == pytest.approx(20.0, abs=1.0)
