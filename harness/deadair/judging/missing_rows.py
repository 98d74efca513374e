"""Doubts of rows that must have been there, by what other rows say: the harness lost them, or did not do its part.

Each recorder numbers its rows, so what it loses is seen by the numbers. This sees what never came to be numbered. Knows
no rule and no limit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from deadair.history.reader import History
from deadair.history.rows import Kind
from deadair.model.plural import count, was
from deadair.rules.fault_window import DOUBLES, FaultWindow


def missing_rows(history: History, faults: Sequence[FaultWindow] = ()) -> Iterator[str]:
    """Yield a sentence for each kind of row that is not all there. ``faults``: of the run."""
    for number, sentence in (
        (_unmade(history), "{uploads} made by no device, by the fleet's own rows"),
        (
            _unpresented(history),
            "{pushes} presented, and nothing rang or stood on the phone then, by the fleet's own rows",
        ),
        (
            _untaken(history, [one for one in faults if one.kind == DOUBLES]),
            "{messages} got by phones and taken by no push gateway, by its own rows",
        ),
    ):
        if number:
            yield sentence.format(
                uploads=f"{count(number, 'uploaded reading')} {was(number)}",
                pushes=f"{count(number, 'push', 'pushes')} {was(number)}",
                messages=f"{count(number, 'push', 'pushes')} {was(number)}",
            )


def _unmade(history: History) -> int:
    """Count the readings that the fleet sent and has not written down as made."""
    reading = ["patient", "measured_us", "value"]
    sent, made = (history.of(kind, columns=reading) for kind in (Kind.UPLOAD, Kind.MEASURED))
    return sent.join(made, on=reading, how="anti").height


def _unpresented(history: History) -> int:
    """Count the pushes that an app presented, by its own word, and of which no phone shows or plays anything."""
    step = ["at_us", "phone", "path"]
    told = set(history.each(Kind.ALARM, Kind.NOTICE, Kind.LOW, columns=step))
    pushes = history.each(Kind.PUSH, columns=[*step, "detail"])
    return sum((at_us, phone, path) not in told for at_us, phone, path, said in pushes if said == "presented")


def _untaken(history: History, doubling: Sequence[FaultWindow]) -> int:
    """Count the pushes that phones got beyond those that the push gateway took for them, and may have doubled."""
    taken: Counter[int | None] = Counter()
    for at_us, phone, outcome in history.each(Kind.ACCEPTED, columns=["at_us", "phone", "outcome"]):
        if outcome == "ok":
            taken[phone] += 2 if any(fault.touches(at_us, at_us) for fault in doubling) else 1
    got = Counter(phone for (phone,) in history.each(Kind.PUSH, columns=["phone"]))
    return (got - taken).total()
