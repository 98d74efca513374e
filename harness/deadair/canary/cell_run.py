"""Runs one cell in virtual time: the work of one process among several."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from deadair.canary.matrix_cell import CellOutcome, MatrixCell
from deadair.engines.run_plan import RunPlan
from deadair.explore.envelope import Envelope
from deadair.explore.night import draw_night
from deadair.model.errors import HarnessError
from deadair.model.verdict import Verdict
from deadair.runner import try_out
from deadair.scenario.load import load
from deadair.scenario.model import Scenario
from deadair.scenario.shipped import shipped
from deadair.targets.registry import known_targets
from deadair.targets.target import Target

TARGET = "reference"
"""The target that defects are planted in."""


@dataclass(frozen=True)
class CellWork:
    """What a process needs to run any cell. ``envelope`` and ``seed``: of the nights, if there are any."""

    envelope: Envelope | None = None
    seed: int = 1

    @cached_property
    def targets(self) -> Mapping[str, Target]:
        """Return all targets there are."""
        return known_targets(())

    def __call__(self, cell: MatrixCell) -> CellOutcome:
        """Run it and judge it. Raises HarnessError and ScenarioError."""
        defects = (cell.defect,) if cell.defect else ()
        judgement = try_out(RunPlan.drawn(self.scenario(cell), self.targets[TARGET], defects))
        violated = tuple(finding.rule for finding in judgement.findings if finding.verdict is Verdict.FAIL)
        return CellOutcome(judgement.verdict, violated, judgement.why)

    def scenario(self, cell: MatrixCell) -> Scenario:
        """Return what is run in a cell."""
        if cell.night is None:
            return load(shipped()[cell.scenario], targets=self.targets, target=TARGET)
        if self.envelope is None:
            raise HarnessError(f"{cell}: there is no envelope to draw it in")
        return draw_night(self.envelope, self.targets, seed=self.seed, number=cell.night).scenario
