"""One rung of the ladder: what was asked of a target, what came, and what to do if that is not enough."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from pydantic import BaseModel, ConfigDict

from deadair.model.verdict import Exit

RungState = Literal["ok", "failed", "unknown", "not judged"]
"""``unknown``: the kit could not see it. ``not judged``: a target of this kind has no such thing, or was not asked."""


class Rung(BaseModel):
    """One rung."""

    model_config = ConfigDict(frozen=True)

    name: str
    asked: str
    """What was asked of the target, in a sentence."""
    state: RungState
    came: str
    """What came."""
    todo: str = ""
    """What to do, where it is not ok."""


class Climb(BaseModel):
    """How far a target came."""

    model_config = ConfigDict(frozen=True)

    format: Literal[1] = 1
    target: str
    version: str
    rungs: tuple[Rung, ...]
    run: str = ""
    """The run folder that the rungs were read from; empty if there is none."""

    @property
    def code(self) -> Exit:
        """Return the exit code: violated if a rung failed, unknown if one could not be seen."""
        return exit_of(self.rungs)


def exit_of(rungs: Iterable[Rung]) -> Exit:
    """Return the exit code of some rungs; of none at all, or none that is ok, unknown."""
    states = [rung.state for rung in rungs]
    if "failed" in states:
        return Exit.VIOLATED
    return Exit.PASS if "ok" in states and "unknown" not in states else Exit.UNKNOWN
