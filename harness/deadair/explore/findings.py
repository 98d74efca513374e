"""Explores, makes what fails small, and writes down what was found: also of an exploration that somebody ends."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

from deadair.explore.exploration import Found, Order, explore
from deadair.explore.exploration_report import Files, write, write_night
from deadair.explore.jobs import spread
from deadair.explore.night_run import NightOutcome
from deadair.explore.regression import FailedNight, Regression, ShrinkWork
from deadair.model.errors import HarnessError
from deadair.model.plural import count

LOG = "jobs.log"
SHRINK_GRACE_S = 120.0
"""Real seconds that a shrinking may take longer than asked: it is always in the middle of a night."""


def find(
    order: Order, files: Files, show: Callable[[Found], None], *, shrink_s: float, tell: Callable[[str], None]
) -> tuple[Found, list[Regression]]:
    """Return what was found, and what of it was made small. Raises HarnessError if it cannot be written."""
    found, regressions = Found(order), list[Regression]()

    def failed(outcome: NightOutcome) -> None:
        tell(f"night {outcome.number} failed: {outcome.why}")
        write_night(outcome, files)

    try:
        explore(found, files.folder / LOG, show, failed)
        write(found, regressions, files)
        if not found.interrupted and shrink_s > 0:
            _make_small(found, files, regressions, shrink_s=shrink_s, tell=tell)
    except KeyboardInterrupt:
        found.interrupted = True
    except HarnessError:  # what can go no further has found something all the same
        write(found, regressions, files)
        raise
    write(found, regressions, files)
    return found, regressions


def _make_small(
    found: Found, files: Files, regressions: list[Regression], *, shrink_s: float, tell: Callable[[str], None]
) -> None:
    """Make one failing night of each rule small: the one with the fewest faults."""
    failed = [
        FailedNight(outcome.number, outcome.violated[0], outcome.scenario)
        for outcome in found.failed
        if outcome.violated and outcome.scenario is not None
    ]
    nights: dict[str, FailedNight] = {}
    for night in sorted(failed, key=lambda each: (len(each.scenario.timeline), each.number)):
        nights.setdefault(night.rule, night)
    if nights:
        tell(f"making {count(len(nights), 'failed night')} small, {shrink_s:g} s each at the most")
    work = ShrinkWork(found.order.defects, shrink_s)
    running = spread(
        work, nights.values(), jobs=found.order.jobs, limit_s=shrink_s + SHRINK_GRACE_S, log=files.folder / LOG
    )
    with closing(running):
        for ended in running:
            if ended.result is None:
                tell(f"night {ended.item.number} could not be made small: {ended.lost}")
            else:
                regressions.append(ended.result)
