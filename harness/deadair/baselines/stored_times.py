"""Reads from a run folder what it is compared by: its plan, and how soon it alerted. Believes no edited verdict."""

from __future__ import annotations

import json

from deadair.baselines.alert_times import AlertTimes, PlanKey, alert_times, plan_key
from deadair.judging.format_1 import load_stored
from deadair.judging.stored_verdict import own_judgement
from deadair.model.judgement import Judgement
from deadair.model.run_folder import RunFolder
from deadair.scenario.model import Scenario

WORDS = {"name", "why", "seed"}
"""What may differ between two runs of one plan."""


def stored_times(folder: RunFolder) -> tuple[PlanKey, AlertTimes]:
    """Return a stored run's plan and times, judged anew. Raises HarnessError or ScenarioError."""
    return times_of(folder, own_judgement(folder))


def times_of(folder: RunFolder, judgement: Judgement) -> tuple[PlanKey, AlertTimes]:
    """Return the same of a run that was judged just now. Raises ScenarioError if its plan cannot be read."""
    plan = load_stored(folder.scenario)
    return plan_key(judgement, plan_text(plan)), alert_times(judgement, folder.shown)


def plan_text(plan: Scenario) -> str:
    """Write out what makes a plan this plan. A field that a later version adds, and nobody sets, changes nothing."""
    said = plan.model_dump(mode="json", exclude_defaults=True, exclude=WORDS)
    return json.dumps(said, sort_keys=True, ensure_ascii=True)
