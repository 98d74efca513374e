"""Which of all that keeps a run from being believed is told first: the one that explains the others. Pure.

A part that fails ends the run, and the ending itself leaves gaps: shards nobody closed, heartbeats nobody wrote.
So trouble comes before them, unless something was going on already when it came.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from deadair.history.reader import History
from deadair.history.rows import Kind
from deadair.rules.evidence import Stretch

NOTICED_REAL_S = 3.0
"""What began so long before a trouble and still went on was there before it: a missing heartbeat is one by then."""


def in_order_of_cause(history: History, stretches: Sequence[Stretch], *, speed: float) -> Iterator[str]:
    """Return trouble, and what was going on when it came, before the shards that are torn."""
    troubles = [
        (at_us, f"{who}: {detail or 'trouble, with no reason given'}")
        for at_us, who, detail in history.each(Kind.TROUBLE, columns=["at_us", "who", "detail"])
    ]
    said = {sentence for _, sentence in troubles}
    if troubles:
        first_us = troubles[0][0]
        noticed_us = first_us - round(NOTICED_REAL_S * speed * 1_000_000)
        for stretch in stretches:
            goes_on = stretch.from_us <= noticed_us and stretch.until_us - stretch.aftermath_us >= first_us
            if goes_on and stretch.why not in said:
                yield stretch.why
    yield from (sentence for _, sentence in troubles)
    yield from history.torn
