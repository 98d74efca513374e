"""Whether what a scenario promises could be seen at all: silences, alert paths that tell of them, cases of its rules.

Pure. Knows the model only.
"""

from __future__ import annotations

from collections.abc import Iterator

from deadair.documents.error_text import Problem
from deadair.faults.partition import Partition
from deadair.model.duration import show
from deadair.model.plural import count
from deadair.scenario.model import Scenario

SILENCES_PER_PHONE_MAX = 10
"""No storm that fits into a run blinds a phone anew more often."""
READINGS_LINKS = ("uplink", "downlink")
"""Whoever is cut off there gets no readings."""


def vain_promises(scenario: Scenario) -> Iterator[Problem]:
    """Refuse promises that no run could keep, and rules that would all be without a case."""
    promised = scenario.silences_promised
    phones = scenario.fleet.judged_phones
    most = phones * SILENCES_PER_PHONE_MAX
    if promised > most:
        what = f"{count(promised, 'silence')} are more than {count(phones, 'phone')} can have; write {most} or less"
        yield Problem(("promises", "silences"), what)
    if not scenario.disturbs_nobody and (scenario.timeline or scenario.fleet.devices_with.may_silence):
        return
    why = "every fault is meant to disturb nobody" if scenario.timeline else "the timeline is empty"
    mend = "write 0, or leave it out" if scenario.timeline else "write 0, or add a fault"
    if scenario.promises.silences:
        what = f"{count(promised, 'silence')} cannot be promised, for {why}: nobody is to go blind; {mend}"
        yield Problem(("promises", "silences"), what)
    elif promised:
        what = "nothing breaks, so nobody goes blind, and 1 silence is promised by default"
        yield Problem(("timeline",), f"{what}; add a fault, or write `promises: {{silences: 0}}`")
    if scenario.promises.alert_paths:
        what = f"no alert path can be promised, for {why}: there is nothing to alert of; leave it out"
        yield Problem(("promises", "alert_paths"), what)
    if scenario.disturbs_nobody and all(rule.of_silences for rule in scenario.checks):
        what = "every fault is meant to disturb nobody, and these rules have a case only where somebody goes blind"
        yield Problem(("checks",), f"{what}; add another, such as no_false_alarm")


def doubtful_promises(scenario: Scenario) -> Iterator[Problem]:
    """Warn of faults that disturb though they are not meant to, and of rules that may be without a case."""
    fleet = scenario.fleet
    for number, entry in enumerate(scenario.timeline):
        cut_off = isinstance(entry.fault, Partition) and entry.where.name in READINGS_LINKS
        if entry.disturbs_nobody and cut_off and entry.lasts >= fleet.shortest_delay:
            what = f"{show(entry.lasts)} is not less than T = {show(fleet.shortest_delay)}"
            advice = "let it be shorter, or leave `meant` out"
            yield Problem(
                ("timeline", number, "lasts"), f"{what}, so its phones go blind, which disturbs them; {advice}"
            )
    if scenario.silences_promised or not scenario.timeline or scenario.disturbs_nobody:
        return
    for number, rule in enumerate(scenario.checks):
        if rule.of_silences:
            what = "no silence is promised, and without one this rule has no case, so the run stays unknown"
            yield Problem(
                ("checks", number), f"{what}; write `meant: to_disturb_nobody` at every fault if that is meant"
            )
