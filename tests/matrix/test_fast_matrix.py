"""Each scenario but an incident passes in virtual time on the good service, and catches the defects aimed at it.

These are the cells of ``deadair canary --fast``, run as it runs them. Those for a target that has no form in virtual
time are not: they are named here, and refused there. What takes long is in ``tests/explore``.
"""

from __future__ import annotations

import pytest

from deadair.canary.canary import LONG, matrix_plan
from deadair.canary.cell_run import CellWork
from deadair.canary.matrix_cell import MUST_CATCH, MatrixCell, wrong
from deadair.model.errors import ScenarioError
from deadair.runner import plan_for
from deadair.scenario.load import load
from deadair.scenario.shipped import shipped
from deadair.targets.catalogue import TARGETS

NOT_SIMULATED = {"gate/database-unreachable": "reference-postgres"}
"""The scenarios that virtual time has no target for, with their targets."""
PLAN = matrix_plan(fast=True)


@pytest.mark.parametrize("cell", list(PLAN.cells()), ids=str)
def test_the_good_service_passes_and_a_defect_is_caught_by_its_rule_and_by_no_other(cell: MatrixCell) -> None:
    assert not wrong(cell, CellWork()(cell))


@pytest.mark.parametrize(("name", "target"), NOT_SIMULATED.items())
def test_what_is_not_simulated_is_refused_there_and_named_here(name: str, target: str) -> None:
    with pytest.raises(ScenarioError, match=f"the target {target} cannot be simulated: run it with --engine live"):
        plan_for(load(shipped()[name]), "simulated", TARGETS)


def test_every_defect_is_caught_in_virtual_time_too() -> None:
    assert PLAN.left_out == tuple(NOT_SIMULATED)
    assert {cell.defect for cell in PLAN.cells() if cell.defect} == {
        defect for defect, scenario in MUST_CATCH if scenario not in LONG
    }
