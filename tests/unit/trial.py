"""A small scenario, an injector whose looks are handed in, and a Damage over both: for tests of the live engine."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import cast

from deadair.engines.fault_driver import FaultDriver
from deadair.engines.run_plan import RunOrder
from deadair.fleet.roster import draw
from deadair.history.reader import read
from deadair.history.recorder import Recorder
from deadair.history.rows import Kind
from deadair.injectors.injector import Break, Look
from deadair.injectors.noop import Noop
from deadair.ledger import Ledger
from deadair.model.clock import RunClock
from deadair.model.run_folder import RunFolder
from deadair.scenario.load import loads
from deadair.targets.target import Target
from tests.unit.targets import Described

TEXT = """
name: trial
why: A partition and a kill, for a test.
target: {name: reference}
seed: 1
speed: 60
fleet: {devices: 8, followers_per_device: 1, reading_every: 1m, poll_every: 1m, no_data_after: 4m,
        cohorts: {south: 50%}}
phases: {warm_up: 2m, storm: 10m, recovery: 2m}
timeline:
  - {at: 0m, lasts: 5m, where: "uplink[south]", fault: {kind: partition}}
  - {at: 5m, lasts: 5m, where: watchdog, fault: {kind: kill}}
checks: [{kind: no_data_deadline}]
"""


class Staged(Noop):
    """An injector whose looks are handed in. ``verbs``: what was asked of it, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.verbs: list[tuple[str, Break]] = []
        self.facts: Mapping[str, int | bool] = {}
        self.stubborn = False

    def begin(self, broken: Break) -> None:
        self.verbs.append(("begin", broken))
        super().begin(broken)

    def look(self, broken: Break) -> Look:
        self.verbs.append(("look", broken))
        return Look(self.facts)

    def heal(self, broken: Break) -> None:
        self.verbs.append(("heal", broken))
        super().heal(broken)

    def healed(self, broken: Break) -> bool:
        return not self.stubborn and super().healed(broken)


class Trial:
    """One Damage over a staged injector, its rows and its ledger."""

    def __init__(self, root: Path, *, speed: float = 60) -> None:
        clock = RunClock.starting_now(speed=speed)
        self.folder = RunFolder(root)
        self.folder.create()
        scenario = loads(TEXT, "trial.yaml").model_copy(update={"speed": speed})
        roster = draw(scenario.fleet, seed=1)
        self.order = RunOrder(
            scenario, cast(Target, Described()), roster, (), self.folder, "test", None, Path("toxiproxy-server")
        )
        self.recorder = Recorder(self.folder.history, "runner", clock)
        self.ledger = Ledger(self.folder.ledger, by="runner", clock=clock)
        self.injector = Staged()
        self.fault_driver = FaultDriver(self.order, self.recorder, self.ledger, lambda fault_id, broken: self.injector)

    def traffic(self, asked: int, sent: int) -> None:
        self.injector.facts = {
            "asked_bytes": asked, "asked_segments": asked, "sent_bytes": sent, "answered_bytes": sent, "missed": 0
        }  # fmt: skip

    def said(self) -> list[str]:
        self.recorder.flush()
        rows = read(self.folder.history).of(Kind.FAULT, Kind.SAMPLE)["detail"].to_list()
        details = [json.loads(detail) for detail in rows]
        return [f"{detail['id']} {detail.get('event') or detail['when']}" for detail in details]

    def close(self) -> None:
        self.recorder.close()
        self.ledger.close()
