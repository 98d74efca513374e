"""One cell of the kill matrix: a build of the reference in a scenario or a drawn night, and what came of it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from deadair.model.verdict import Verdict
from deadair.targets.reference_defects import HELD_TO

OWN_RULES = {defect: frozenset(held.values()) for defect, held in HELD_TO.items()}
"""The rules by which each defect is to be caught."""
MUST_CATCH = {(defect, scenario): rule for defect, held in HELD_TO.items() for scenario, rule in held.items()}
"""By defect and scenario that is held to it: the one rule that is violated there."""


class HowSeen(StrEnum):
    """How a defect was seen in a cell."""

    OWN = "own"
    OWN_AND_OTHER = "own and other"
    OTHER = "other"
    NOT = "not"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class MatrixCell:
    """``defect``: none of them is the good service. ``night``: a drawn one, in place of a scenario."""

    defect: str
    scenario: str
    night: int | None = None

    def __str__(self) -> str:
        """Name it for people."""
        place = self.scenario if self.night is None else f"night {self.night}"
        return f"{self.defect or 'the good service'} in {place}"


@dataclass(frozen=True, slots=True)
class CellOutcome:
    """What a cell came to. ``violated``: the rules that failed; nobody knows them where ``verdict`` is unknown."""

    verdict: Verdict
    violated: tuple[str, ...] = ()
    why: str = ""


def seen(cell: MatrixCell, outcome: CellOutcome) -> HowSeen:
    """Say how a cell's defect was seen: by its own rule, and by others."""
    if outcome.verdict is Verdict.PASS:
        return HowSeen.NOT
    if outcome.verdict is not Verdict.FAIL:
        return HowSeen.UNKNOWN
    must = MUST_CATCH.get((cell.defect, cell.scenario))
    own = {must} if must else OWN_RULES.get(cell.defect, frozenset())
    others = [rule for rule in outcome.violated if rule not in own]
    if len(others) == len(outcome.violated):
        return HowSeen.OTHER
    return HowSeen.OWN_AND_OTHER if others else HowSeen.OWN


def wrong(cell: MatrixCell, outcome: CellOutcome) -> str:
    """Say what is wrong with a cell that has to come to something; nothing if it is as it must be, or has not to."""
    violated = ", ".join(outcome.violated) or "no rule"
    if not cell.defect:
        return (
            "" if outcome.verdict is Verdict.PASS else f"{cell}: {outcome.verdict}, {violated} violated: {outcome.why}"
        )
    must = MUST_CATCH.get((cell.defect, cell.scenario))
    if must is None or seen(cell, outcome) is HowSeen.OWN:
        return ""
    return f"{cell}: {must} was to be violated and no other; {violated} was ({outcome.verdict}: {outcome.why})"
