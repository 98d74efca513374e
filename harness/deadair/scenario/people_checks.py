"""Whether what people are to do can be done: by somebody, in the storm, with the target's app. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from deadair.documents.error_text import Problem, nearest
from deadair.model.duration import show
from deadair.model.excerpt import excerpt
from deadair.model.roster import REST
from deadair.scenario.model import Scenario
from deadair.scenario.people import EVERYBODY
from deadair.targets.target import Target


def impossible_events(scenario: Scenario) -> Iterator[Problem]:
    """Refuse what nobody could do, on any target."""
    storm, known = scenario.phases.storm, (*scenario.fleet.cohorts, REST, EVERYBODY)
    for number, event in enumerate(scenario.people):
        if event.who not in known:
            yield Problem(("people", number, "who"), f"unknown cohort {excerpt(event.who)}{nearest(event.who, known)}")
        if event.at >= storm:
            what = f"{show(event.at)} is not before the storm's end at {show(storm)}; do it earlier or lengthen it"
            yield Problem(("people", number, "at"), what)
        if event.does == "snooze" and event.lasts is None:
            yield Problem(("people", number), "a snooze ends by itself: add `lasts`, such as `lasts: 10m`")
        if event.does != "snooze" and event.lasts is not None:
            yield Problem(("people", number, "lasts"), f"only a snooze lasts; take it out of {event.does!r}")


def unknown_words(scenario: Scenario, target: Target) -> Iterator[Problem]:
    """Refuse what the target's app cannot do."""
    for number, event in enumerate(scenario.people):
        if event.does not in target.app_words:
            known = f"it knows {', '.join(sorted(target.app_words))}" if target.app_words else "it knows none"
            what = f"the app of the target {target.name!r} does not know {event.does!r}; {known}"
            yield Problem(("people", number, "does"), what)
