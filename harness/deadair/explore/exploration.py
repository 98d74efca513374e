"""An exploration: nights that are run by several processes, and what they come to together.

It ends when there are enough nights, or when its time is over. What was found is there at any time, also when somebody
ends it. Knows no terminal: whoever watches is told.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass, field
from itertools import count as count_from
from pathlib import Path

from deadair.explore.cluster_jobs import spread_over
from deadair.explore.coverage_table import Cell
from deadair.explore.envelope import Envelope
from deadair.explore.item_work import Ended
from deadair.explore.jobs import spread
from deadair.explore.night_run import NightOutcome, NightWork
from deadair.explore.sometimes import SOMETIMES
from deadair.model.clock import Deadline, monotonic_s
from deadair.model.verdict import Exit, Verdict, worst_exit

NIGHT_LIMIT_S = 120.0
"""Real seconds that one night may take."""
UNKNOWN_SHARE_MAX = 0.05
"""So many of the nights may be unknown; of more, an exploration is."""
WEEK_S = 604_800.0


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be explored. ``nights`` or ``minutes``: whichever is over first ends it."""

    envelope: Envelope
    seed: int
    defects: tuple[str, ...] = ()
    first: int = 0
    nights: int | None = None
    minutes: float | None = None
    jobs: int = 1
    stop_at_first: bool = False
    cluster: str | None = None
    """The scheduler of a Dask cluster whose workers run the nights; none: ``jobs`` processes of this machine."""


@dataclass(slots=True)
class Found:
    """What an exploration has come to so far."""

    order: Order
    took_s: float = 0.0
    verdicts: Counter[str] = field(default_factory=Counter)
    met: Counter[str] = field(default_factory=Counter)
    cells: Counter[Cell] = field(default_factory=Counter)
    redrawn: int = 0
    failed: list[NightOutcome] = field(default_factory=list)
    unknown: list[NightOutcome] = field(default_factory=list)
    lost: list[tuple[int, str]] = field(default_factory=list)
    """Nights that came to no verdict, with the reason."""
    interrupted: bool = False

    @property
    def nights(self) -> int:
        """Return how many nights came to an end, whatever it was."""
        return self.verdicts.total() + len(self.lost)

    @property
    def unknown_share(self) -> float:
        """Return the share of nights of which nobody knows: none at all is all unknown."""
        return 1.0 if not self.nights else (self.verdicts[Verdict.UNKNOWN] + len(self.lost)) / self.nights

    @property
    def never_met(self) -> tuple[str, ...]:
        """Return what had to happen sometimes and never did."""
        return tuple(
            each.name for each in SOMETIMES if each.to_be_expected(self.order.envelope) and not self.met[each.name]
        )

    def take(self, ended: Ended[int, NightOutcome]) -> None:
        """Count a night."""
        outcome = ended.result
        if outcome is None:
            self.lost.append((ended.item, ended.lost))
            return
        self.verdicts[outcome.verdict] += 1
        self.met.update({name: number for name, number in outcome.met.items() if number})
        self.cells.update(outcome.cells)
        self.redrawn += outcome.redrawn
        if outcome.verdict is Verdict.FAIL:
            self.failed.append(outcome)
        elif outcome.verdict is not Verdict.PASS:
            self.unknown.append(outcome)

    @property
    def a_minute(self) -> float:
        """Return how many nights a minute it did so far."""
        return self.nights / self.took_s * 60 if self.took_s else 0.0

    @property
    def code(self) -> Exit:
        """Return the exit code: a violation wins over everything, then an interrupt, then what is not known."""
        codes = [Exit.VIOLATED] if self.failed else []
        codes += [Exit.ABORTED] if self.interrupted else []
        doubtful = self.unknown_share > UNKNOWN_SHARE_MAX or self.never_met
        return worst_exit([*codes, Exit.UNKNOWN if doubtful else Exit.PASS])


def explore(found: Found, log: Path, show: Callable[[Found], None], failed: Callable[[NightOutcome], None]) -> None:
    """Run the nights of its order and count them in. An interrupt ends it, and is no error.

    ``show`` is called now and then, ``failed`` with each night that fails, as soon as it has.
    """
    order = found.order
    limit_s = WEEK_S if order.minutes is None else order.minutes * 60
    limit, began_s = Deadline.after(limit_s), monotonic_s()
    enough = False

    def more() -> bool:
        found.took_s = monotonic_s() - began_s
        show(found)
        return not enough and not limit.passed()

    work = NightWork(order.envelope, order.seed, order.defects)
    if order.cluster is None:
        running = spread(work, _numbers(order), jobs=order.jobs, limit_s=NIGHT_LIMIT_S, log=log, look=more)
    else:
        running = spread_over(order.cluster, work, _numbers(order), limit_s=NIGHT_LIMIT_S, look=more)
    with closing(running):
        try:
            for ended in running:
                found.take(ended)
                if ended.result is not None and ended.result.verdict is Verdict.FAIL:
                    failed(ended.result)
                enough = order.stop_at_first and bool(found.failed)
        except KeyboardInterrupt:
            found.interrupted = True
    found.took_s = monotonic_s() - began_s


def _numbers(order: Order) -> Iterable[int]:
    if order.nights is None:
        return count_from(order.first)
    return range(order.first, order.first + order.nights)


def minutes_left(found: Found) -> float | None:
    """Return how long it will still take, as it went so far; none if nobody can say."""
    order = found.order
    by_time = math.inf if order.minutes is None else order.minutes - found.took_s / 60
    by_nights = (
        math.inf if order.nights is None or not found.a_minute else (order.nights - found.nights) / found.a_minute
    )
    left = max(0.0, min(by_time, by_nights))
    return None if math.isinf(left) else left
