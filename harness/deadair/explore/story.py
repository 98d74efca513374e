"""Tells a failing night in two sentences: what breaks, and what came of it for whom. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from deadair.engines.people_driver import in_words
from deadair.model.duration import show
from deadair.model.judgement import Finding, Judgement
from deadair.scenario.model import Entry, Scenario

WHAT: Mapping[str, Callable[[str, Any], str]] = {
    "backlog": lambda where, fault: f"{fault.readings:,} old readings come over {where}",
    "kill": lambda where, _: f"{where} is dead",
    "latency": lambda where, fault: f"{where} is slower by {show(fault.delay)}",
    "overload": lambda where, fault: f"clients ask {where} {fault.times:g} times what the fleet does",
    "partition": lambda where, _: f"{where} is cut",
    "pause": lambda where, _: f"{where} hangs",
    "refuse": lambda where, fault: f"{where} answers {fault.status} to every message",
}
"""How a fault is told, by its kind; any other by its name."""


def story(scenario: Scenario, judgement: Judgement, rule: str, defects: Sequence[str]) -> str:
    """Return the two sentences."""
    events = [f"people {in_words(event)} in minute {_minute(event.at)}" for event in scenario.people]
    habits = scenario.fleet.devices_with.shares
    lives = [f"some devices have {' and '.join(habits).replace('_', ' ')}"] if habits else []
    broken = _together([*lives, *(_told(entry) for entry in scenario.timeline), *events])
    finding = next((each for each in judgement.findings if each.rule == rule), None)
    planted = f"With the defect {' and '.join(defects)}, the" if defects else "The"
    return f"{broken}. {planted} rule {rule} is violated{'' if finding is None else _came(finding)}."


def _told(entry: Entry) -> str:
    kind = entry.fault.name
    tell = WHAT.get(kind)
    what = f"{kind} strikes {entry.where}" if tell is None else tell(str(entry.where), entry.fault)
    return f"{what} from minute {_minute(entry.at)} for {show(entry.lasts)}"


def _came(finding: Finding) -> str:
    """Say what the first violated case was; whom it is about, and when."""
    if not finding.examples:
        return f": {finding.why}"
    first = finding.examples[0]
    who = [] if first.phone is None else [f"phone {first.phone}"]
    when = [] if first.at_s is None else [f"minute {first.at_s / 60:.0f}"]
    return "".join([": ", *(f"{', '.join([*who, *when])}: " if who or when else ""), first.what])


def _minute(at: timedelta) -> str:
    return f"{at.total_seconds() / 60:.1f}".removesuffix(".0")


def _together(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])}, and {parts[-1]}"
