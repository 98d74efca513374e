"""Whether what some devices do by themselves fits the scenario and its target.

Pure. Knows the model and what a target says of itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from deadair.documents.error_text import Problem
from deadair.model.duration import show
from deadair.model.excerpt import excerpt
from deadair.scenario.model import Scenario
from deadair.targets.target import Target

BEGINS_LATER = timedelta(minutes=2)
"""So long after twice the warm-up it begins, counted from the fleet's beginning: by then any storm has begun."""


def lives_from(scenario: Scenario) -> timedelta:
    """Return when it begins, counted from the fleet's beginning. Nobody is steady whose device rests."""
    return 2 * scenario.phases.warm_up + BEGINS_LATER


def lives_until(scenario: Scenario) -> timedelta:
    """Return when it ends: with the storm, if that need not wait."""
    return max(lives_from(scenario), scenario.phases.warm_up + scenario.phases.storm)


def vain_habits(scenario: Scenario) -> Iterator[Problem]:
    """Refuse what could not begin before the storm is over, and what blinds followers whom nothing is to disturb."""
    habits, least = scenario.fleet.devices_with, scenario.phases.warm_up + BEGINS_LATER
    if not habits.shares:
        return
    if lives_until(scenario) <= lives_from(scenario):
        what = (
            f"it begins {show(least)} into the storm, when the warm-up has surely ended, and the storm is over by then"
        )
        yield Problem(("fleet", "devices_with"), f"{what}; let the storm be longer, or the warm-up shorter")
    if scenario.disturbs_nobody and habits.may_silence:
        what = "followers go blind by it, and every fault is meant to disturb nobody, so no run could pass"
        yield Problem(("fleet", "devices_with"), f"{what}; leave it out, or the `meant`")


def unfit_habits(scenario: Scenario, target: Target) -> Iterator[Problem]:
    """Refuse codes for an app that takes them for readings."""
    if scenario.fleet.devices_with.sensor_codes is not None and not target.knows_codes:
        what = f"the app of the target {excerpt(target.name)} takes a sensor's code for a reading; leave it out"
        yield Problem(("fleet", "devices_with", "sensor_codes"), what)
