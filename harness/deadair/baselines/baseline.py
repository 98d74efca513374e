"""A baseline: the alert times of at least three passed runs of each scenario, as a file that a team commits."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from deadair.baselines.alert_times import AlertTimes, FrozenPart, PlanKey
from deadair.model.errors import ScenarioError
from deadair.model.plural import count
from deadair.model.stored_file import read_stored
from deadair.model.verdict import Verdict

RUNS_MIN = 3
"""With fewer nobody knows by how much good runs differ."""


class ScenarioBaseline(FrozenPart):
    """The runs of one plan."""

    plan: PlanKey
    runs: Annotated[tuple[AlertTimes, ...], Field(min_length=RUNS_MIN, max_length=10_000)]

    @property
    def medians_s(self) -> tuple[float, ...]:
        """Return each run's median, of those that alerted anybody."""
        return tuple(run.p50_s for run in self.runs if run.p50_s is not None)

    @property
    def median_s(self) -> float | None:
        """Return the median of the medians; none if no run alerted anybody."""
        return statistics.median(self.medians_s) if self.medians_s else None

    @property
    def spread_s(self) -> float:
        """Return how far its runs' medians lie apart."""
        return max(self.medians_s) - min(self.medians_s) if self.medians_s else 0.0


class Baseline(FrozenPart):
    """All of the file."""

    format: Literal[1] = 1
    scenarios: Annotated[tuple[ScenarioBaseline, ...], Field(min_length=1, max_length=10_000)]

    def of(self, plan: PlanKey) -> ScenarioBaseline | None:
        """Return the scenario of a plan, none if there is none of exactly that plan."""
        return next((each for each in self.scenarios if each.plan == plan), None)

    def named(self, name: str) -> ScenarioBaseline | None:
        """Return the first scenario of a name, whatever its plan."""
        return next((each for each in self.scenarios if each.plan.scenario == name), None)


def baseline_of(runs: Iterable[tuple[PlanKey, AlertTimes]]) -> Baseline:
    """Make a baseline of runs. Raises ScenarioError if one did not pass, or a plan has fewer than three."""
    by_plan: dict[PlanKey, list[AlertTimes]] = {}
    for plan, run in runs:
        if run.verdict is not Verdict.PASS:
            raise ScenarioError(
                f"{run.run}: this run ended with {run.verdict.value}; a baseline is made of passed runs: leave it out"
            )
        by_plan.setdefault(plan, []).append(run)
    for plan, found in by_plan.items():
        if len(found) < RUNS_MIN:
            raise ScenarioError(_too_few(plan, found, by_plan))
    return Baseline(scenarios=tuple(ScenarioBaseline(plan=plan, runs=tuple(found)) for plan, found in by_plan.items()))


def _too_few(plan: PlanKey, found: Sequence[AlertTimes], by_plan: Iterable[PlanKey]) -> str:
    alike = sum(each.scenario == plan.scenario for each in by_plan)
    other = " of the same plan and engine" if alike > 1 else ""
    return (
        f"{plan.scenario}: {count(len(found), 'run')}{other}; a baseline needs {RUNS_MIN} at least, for its own "
        "spread: run it again and name those runs, too"
    )


def read_baseline(path: Path) -> Baseline:
    """Read a baseline's file. Raises ScenarioError."""
    try:
        return Baseline.model_validate_json(read_stored(path))
    except OSError as error:
        raise ScenarioError(
            f"{path} cannot be read ({error.strerror or error}); `deadair baseline` writes one"
        ) from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise ScenarioError(f"{path}: {where}: {first['msg']}; write it anew with `deadair baseline`") from None
