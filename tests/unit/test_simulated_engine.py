"""What the simulated engine refuses before anything happens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar, Literal

import pytest

from harness.engines.simulated.engine import run_in_memory
from harness.faults.fault import Fault, Proof, Setting, Sighting
from harness.injectors.base import Break
from harness.model.errors import ScenarioError
from harness.model.place import Place
from tests.e2e.small_night import plan


class Flood(Fault):
    """A fault that nobody has given a form in virtual time."""

    kind: Literal["flood"] = "flood"
    strikes: ClassVar[Literal["node", "link"]] = "node"
    silences: ClassVar[bool] = True

    def breaks(self, where: Place, setting: Setting) -> tuple[Break, ...]:
        return (Break("firewall", "drop", where.name),)

    def prove(self, sightings: Sequence[Sighting]) -> Proof:
        return Proof(True, True, "it was seen")


def test_a_fault_without_a_form_in_virtual_time_is_refused() -> None:
    good = plan(1)
    first, *others = good.scenario.timeline
    flooded = good.scenario.model_copy(
        update={"timeline": (first.model_copy(update={"fault": Flood(), "where": Place("watchdog")}), *others)}
    )
    with pytest.raises(ScenarioError, match="f1 at watchdog: drop by firewall has no form in virtual time"):
        run_in_memory(replace(good, scenario=flooded))
