"""Runs the kill matrix over several processes. What was found is there at any time, also when somebody ends it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path

from deadair.canary.cell_run import TARGET, CellWork
from deadair.canary.kill_matrix import KillMatrix, MatrixPlan, by_name
from deadair.explore.envelope import Envelope
from deadair.explore.jobs import spread
from deadair.model.clock import Deadline
from deadair.scenario.load import load
from deadair.scenario.model import ANY
from deadair.scenario.shipped import shipped
from deadair.targets.reference_defects import HELD_TO
from deadair.targets.registry import known_targets
from deadair.targets.target import Target

CELL_LIMIT_S = 600.0
"""Real seconds that one cell may take, on a busy machine."""
LONGEST_S = 604_800.0
HELD = ("smoke/", "gate/")
"""The folders of scenarios that every defect is run in; of others, those that are held to some defect."""
LONG = ("nights/five-days", "nights/many-phones")
"""Those that take long: only the defects that are held to them are run there, and not in a hurry."""


def matrix_plan(*, wanted: Sequence[str] = (), fast: bool, nights: int = 0) -> MatrixPlan:
    """Return what is to be run; ``wanted``: these defects alone. ``fast``, without them: nothing that takes long, nor
    any defect that is caught there only."""
    hurried = fast and not wanted
    held_to = {defect: [name for name in held if not (hurried and name in LONG)] for defect, held in HELD_TO.items()}
    defects = by_name([defect for defect, held in held_to.items() if held], wanted)
    held = {scenario for defect in defects for scenario in held_to[defect]}
    every = sorted(name for name in shipped() if name in held or (not fast and name.startswith(HELD)))
    targets = known_targets(())
    simulated = [name for name in every if _simulated(name, targets)]
    left_out = tuple(name for name in every if name not in simulated)
    long = tuple(name for name in simulated if name in LONG)
    return MatrixPlan(defects, tuple(simulated), not fast, nights, left_out, long)


def _simulated(name: str, targets: Mapping[str, Target]) -> bool:
    """Say whether a scenario is for the target that defects are planted in, or for any."""
    return load(shipped()[name], targets=targets).target.name in (TARGET, ANY)


def run(  # noqa: PLR0913 - each is named at the call site
    plan: MatrixPlan, *, jobs: int, log: Path, show: Callable[[KillMatrix], None], envelope: Envelope | None, seed: int
) -> KillMatrix:
    """Run every cell. An interrupt ends it, and is no error. ``show`` is called now and then."""
    matrix, began = KillMatrix(plan), Deadline.after(LONGEST_S)

    def look() -> bool:
        matrix.took_s = LONGEST_S - began.left_s()
        show(matrix)
        return True

    running = spread(CellWork(envelope, seed), list(plan.cells()), jobs=jobs, limit_s=CELL_LIMIT_S, log=log, look=look)
    with closing(running):
        try:
            for ended in running:
                if ended.result is None:
                    matrix.lost[ended.item] = ended.lost
                else:
                    matrix.outcomes[ended.item] = ended.result
        except KeyboardInterrupt:
            matrix.interrupted = True
    matrix.took_s = LONGEST_S - began.left_s()
    return matrix
