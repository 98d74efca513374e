"""Nothing is asked for: the smallest rule there is, and the one that a new rule starts as a copy of."""

from __future__ import annotations

from typing import ClassVar, Literal

from deadair.model.judgement import Finding
from deadair.rules.cases import Case, Tally, finding, table
from deadair.rules.evidence import Evidence
from deadair.rules.rule import Rule


class Noop(Rule):
    """Nothing is asked for: it judges no case, so a run with it can only be unknown."""

    by_default: ClassVar[bool] = False
    kind: Literal["noop"] = "noop"

    def judge(self, evidence: Evidence) -> Finding:
        """Judge no case. A rule that judged cases and let them all hold would make a run green that proved nothing."""
        cases: tuple[Case, ...] = ()
        return finding(self.kind, evidence, table(cases), _say)


def _say(tally: Tally) -> str:
    return f"{tally.judged} cases were judged"
