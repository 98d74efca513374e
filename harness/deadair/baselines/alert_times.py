"""How soon one run alerted, in figures that another run can be held against. Pure."""

from __future__ import annotations

import hashlib
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from deadair.model.judgement import Judgement
from deadair.model.verdict import Verdict

Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class FrozenPart(BaseModel):
    """A part of a baseline: frozen, and strict about what it is read from."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class PlanKey(FrozenPart):
    """What must be equal for two runs to be comparable."""

    scenario: Annotated[str, Field(min_length=1, max_length=200)]
    target: Annotated[str, Field(min_length=1, max_length=200)]
    engine: Annotated[str, Field(min_length=1, max_length=50)]
    plan_sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    """Of the plan without its seed and its words for people: fleet, phases, timeline, checks, capacity, speed."""


class AlertTimes(FrozenPart):
    """One run's times from the onset of a silence to its alert, in real-life seconds, over the silences alerted."""

    run: Annotated[str, Field(max_length=4000)]
    """Its folder, for people."""
    version: Annotated[str, Field(max_length=500)] = ""
    """Which build was judged."""
    verdict: Verdict
    silences: Annotated[int, Field(ge=0)]
    p50_s: Seconds | None
    """The median; none if no silence was alerted."""
    p99_s: Seconds | None
    max_s: Seconds | None


def alert_times(judgement: Judgement, run: str) -> AlertTimes:
    """Return the figures of a judged run."""
    waits = judgement.silences.time_to_alert_s
    return AlertTimes(
        run=run[:4000],
        version=judgement.subject.version[:500],
        verdict=judgement.verdict,
        silences=judgement.silences.count,
        p50_s=waits.p50,
        p99_s=waits.p99,
        max_s=waits.max,
    )


def plan_key(judgement: Judgement, plan: str) -> PlanKey:
    """Return by what a run is comparable. ``plan``: its scenario, written out without seed and words."""
    digest = hashlib.sha256(plan.encode("utf-8", "backslashreplace")).hexdigest()
    return PlanKey(scenario=judgement.scenario, target=judgement.target, engine=judgement.engine, plan_sha256=digest)
