"""The scenarios that take long: each passes on the good service, and catches the defect it is aimed at and no other."""

from __future__ import annotations

import pytest

from deadair.canary.canary import LONG, matrix_plan
from deadair.canary.cell_run import CellWork
from deadair.canary.matrix_cell import MatrixCell, wrong

CELLS = [cell for cell in matrix_plan(fast=False).cells() if cell.scenario in LONG]


@pytest.mark.parametrize("cell", CELLS, ids=str)
def test_the_good_service_passes_and_the_defect_is_caught_by_its_rule_alone(cell: MatrixCell) -> None:
    assert not wrong(cell, CellWork()(cell))
