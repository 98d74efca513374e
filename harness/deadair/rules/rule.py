"""What a rule is: knobs, and a judgement over what was seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from deadair.model.judgement import Finding

if TYPE_CHECKING:
    from deadair.rules.evidence import Evidence


class Rule(BaseModel):
    """Base of all rules. A subclass adds ``kind``, its knobs with their defaults, and ``judge``."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    of_silences: ClassVar[bool] = False
    """Whether its cases come of silences: where nobody goes blind it has none."""
    by_default: ClassVar[bool] = True
    """Whether a scenario that names no rule is judged by it."""

    without_case: Literal["unknown", "not_judged"] = "unknown"
    """What it is if the run has no case for it: `unknown`, and the run never passes, or `not_judged`."""

    def judge(self, evidence: Evidence) -> Finding:
        """Return what the evidence shows. Pure; an error it raises becomes unknown."""
        raise NotImplementedError


def kind_of(rule: Rule) -> str:
    """Return the rule's kind, as scenarios write it."""
    return str(getattr(rule, "kind", type(rule).__name__))
