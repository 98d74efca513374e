"""The kill matrix: which cells there are, what they came to, and whether that is green. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from deadair.canary.matrix_cell import MUST_CATCH, CellOutcome, HowSeen, MatrixCell, seen, wrong
from deadair.model.verdict import Exit, Verdict, worst_exit

GOOD = ""
"""Stands where a defect's name does: the service without any."""


@dataclass(frozen=True, slots=True)
class MatrixPlan:
    """What is to be run. ``whole``: each defect in each scenario, not only in those that are held to it.

    ``scenarios``: those that virtual time can run, in order; ``left_out``: the others. ``long``: those of them that
    take too long for whoever is not held to them.
    """

    defects: tuple[str, ...]
    scenarios: tuple[str, ...]
    whole: bool
    nights: int = 0
    left_out: tuple[str, ...] = ()
    long: tuple[str, ...] = ()

    def cells(self) -> Iterator[MatrixCell]:
        """Yield every cell, the good service first: if that fails, nothing else means anything."""
        for defect in (GOOD, *self.defects):
            for scenario in self.scenarios:
                whole = self.whole and scenario not in self.long
                if whole or not defect or (defect, scenario) in MUST_CATCH:
                    yield MatrixCell(defect, scenario)
            yield from (MatrixCell(defect, "", night) for night in range(self.nights))


@dataclass(slots=True)
class KillMatrix:
    """What was found so far."""

    plan: MatrixPlan
    outcomes: dict[MatrixCell, CellOutcome] = field(default_factory=dict)
    lost: dict[MatrixCell, str] = field(default_factory=dict)
    """Cells that came to nothing, with the reason."""
    interrupted: bool = False
    took_s: float = 0.0

    @property
    def missing(self) -> list[MatrixCell]:
        """Return the cells that nobody ran, or that came to nothing."""
        return [cell for cell in self.plan.cells() if cell not in self.outcomes]

    def seen(self, cell: MatrixCell) -> HowSeen | None:
        """Say how a defect was seen in a cell; none if the cell was not run."""
        return seen(cell, self.outcomes[cell]) if cell in self.outcomes else None

    def of_nights(self, defect: str) -> Mapping[HowSeen, int]:
        """Count in how many of the nights it was seen how."""
        found = [self.seen(MatrixCell(defect, "", night)) for night in range(self.plan.nights)]
        return {each: found.count(each) for each in HowSeen}

    @property
    def uncaught(self) -> list[str]:
        """Return the defects that nothing was to catch in what was run: of them nobody knows."""
        held = {defect for defect, scenario in MUST_CATCH if scenario in self.plan.scenarios}
        return [defect for defect in self.plan.defects if defect not in held]

    @property
    def wrongs(self) -> list[str]:
        """Return a sentence for each cell that is not as it must be."""
        return [said for cell, outcome in self.outcomes.items() if (said := wrong(cell, outcome))]

    @property
    def code(self) -> Exit:
        """Return the exit code: 0 only if each defect was caught by its own rule, and the good service passes.

        A cell that nobody knows of is never green; a defect that was not seen, or seen by another rule, is a failure.
        """
        bad = [(cell, outcome.verdict) for cell, outcome in self.outcomes.items() if wrong(cell, outcome)]
        codes = [Exit.UNKNOWN if verdict is Verdict.UNKNOWN else Exit.VIOLATED for _, verdict in bad]
        codes += [Exit.ABORTED] if self.interrupted else []
        codes += [Exit.UNKNOWN] if self.missing or self.uncaught else []
        return worst_exit([*codes, Exit.PASS])


def by_name(names: Sequence[str], wanted: Sequence[str]) -> tuple[str, ...]:
    """Return those that are wanted, all of them if none is named, in their own order."""
    return tuple(name for name in names if not wanted or name in wanted)
