"""Whether anybody can still be alerted while the push provider refuses.

Pure. Knows the model and which alert paths a target has.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from deadair.documents.error_text import Problem
from deadair.faults.refuse import Refuse
from deadair.model.duration import show
from deadair.model.place import PROVIDER, Place
from deadair.rules.no_data_deadline import NoDataDeadline
from deadair.scenario.model import Entry, Scenario
from deadair.scenario.places import unknown_paths
from deadair.targets.target import Target


def alert_paths(scenario: Scenario, target: Target) -> Iterator[Problem]:
    """Refuse paths that the target lacks, and a deadline that only pushes could keep while none goes through."""
    yield from unknown_paths(("promises", "alert_paths"), scenario.promises.alert_paths, target)
    for number, rule in enumerate(scenario.checks):
        if not isinstance(rule, NoDataDeadline):
            continue
        where = ("checks", number, "alert_paths")
        yield from unknown_paths(where, rule.alert_paths or (), target)
        by_themselves = [path.name for path in target.alert_paths if not path.through_gateway]
        if not set(by_themselves) & set(rule.accepted(target.alert_paths)):
            for faults, lasts, place in _outages(scenario):
                if lasts >= rule.within:
                    what = f"{faults} {show(lasts)}, and nothing goes through `{place}` meanwhile"
                    advice = "".join(f"add `{name}`, or " for name in by_themselves[:1])
                    yield Problem(where, f"{what}; {advice}let it be shorter")


def _outages(scenario: Scenario) -> Iterator[tuple[str, timedelta, Place]]:
    """Yield which faults keep the provider from taking anything, or what is for one cohort, how long, and where."""
    found = [(fault_id, entry) for fault_id, entry in scenario.faults() if isinstance(entry.fault, Refuse)]
    for cohort in dict.fromkeys(entry.where.cohort for _, entry in found):
        struck = [(fault_id, entry) for fault_id, entry in found if entry.where.cohort in (None, cohort)]
        yield from ((faults, lasts, Place(PROVIDER, cohort)) for faults, lasts in _joined(struck))


def _joined(faults: Sequence[tuple[str, Entry]]) -> Iterator[tuple[str, timedelta]]:
    """Yield these faults and how long they last; those that touch are one.

    Where all were asked to wait just before the end, all come again as late as that.
    """
    outages: list[tuple[list[str], timedelta, timedelta]] = []
    for fault_id, entry in sorted(faults, key=lambda fault: fault[1].at):
        if isinstance(entry.fault, Refuse):
            ids, begins, ends = [fault_id], entry.at, entry.at + entry.lasts + entry.fault.holds_up_all_for
            if outages and begins <= outages[-1][2]:
                before, begins, ended = outages.pop()
                ids, ends = [*before, *ids], max(ends, ended)
            outages.append((ids, begins, ends))
    for ids, begins, ends in outages:
        yield f"{' and '.join(ids)} {'last' if len(ids) > 1 else 'lasts'}", ends - begins
