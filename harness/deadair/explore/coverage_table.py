"""What was struck when: kind × place × phase × number of silences, counted over nights. Pure.

A cell is *allowed* if the envelope lets that kind strike that place. One that is allowed and empty was never tried.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, NamedTuple, get_args

from deadair.explore.envelope import Envelope
from deadair.explore.fault_choices import choices
from deadair.explore.looked import Looked
from deadair.rules.fault_window import FaultWindow

BeganWhile = Literal["all well", "limit runs", "blind"]
"""When a fault began: while nobody was blind, while a limit ran and nobody was blind for longer, or later."""
SilencesBegun = Literal["none", "one", "more"]
"""How many silences began while it was there."""
WORDS: tuple[SilencesBegun, ...] = get_args(SilencesBegun)


class Cell(NamedTuple):
    """One cell of the table."""

    kind: str
    place: str
    phase: BeganWhile
    silences: SilencesBegun


def cells(looked: Looked) -> tuple[Cell, ...]:
    """Return the cell of each fault of a night."""
    return tuple(
        Cell(window.kind, window.place.name, _phase(window, looked), _silences(window, looked))
        for _, window in looked.faults
    )


def allowed(envelope: Envelope) -> Iterator[Cell]:
    """Yield every cell that an envelope has."""
    for name in dict.fromkeys((each.range.kind, each.where.name) for each in choices(envelope)):
        for phase in get_args(BeganWhile):
            for silences in WORDS:
                yield Cell(*name, phase, silences)


def table(envelope: Envelope, counted: Mapping[Cell, int]) -> Iterator[str]:
    """Yield the table as lines: one for each kind at a place, three columns for each phase; a dot is an empty cell."""
    rows = dict.fromkeys((cell.kind, cell.place) for cell in allowed(envelope))
    width = max(len(f"{kind} {place}") for kind, place in rows)
    yield f"{'':<{width}}  " + "  ".join(f"{phase:^17}" for phase in get_args(BeganWhile))
    yield f"{'silences meanwhile':<{width}}  " + "  ".join(
        " ".join(f"{word:>5}" for word in WORDS) for _ in get_args(BeganWhile)
    )
    for kind, place in rows:
        groups = (
            " ".join(f"{counted.get(Cell(kind, place, phase, word), 0) or '·':>5}" for word in WORDS)
            for phase in get_args(BeganWhile)
        )
        yield f"{f'{kind} {place}':<{width}}  " + "  ".join(groups)


def empty(envelope: Envelope, counted: Mapping[Cell, int]) -> tuple[Cell, ...]:
    """Return the cells that were never met."""
    return tuple(cell for cell in allowed(envelope) if not counted.get(cell))


def together(nights: Iterable[Iterable[Cell]]) -> Counter[Cell]:
    """Return how often each cell was met in several nights."""
    return Counter(cell for night in nights for cell in night)


def _phase(window: FaultWindow, looked: Looked) -> BeganWhile:
    there = [
        silence
        for silence in looked.silences
        if silence.onset_us <= window.begin_us and (silence.until_us is None or silence.until_us > window.begin_us)
    ]
    if not there:
        return "all well"
    return "limit runs" if all(silence.limit_us >= window.begin_us for silence in there) else "blind"


def _silences(window: FaultWindow, looked: Looked) -> SilencesBegun:
    began = sum(window.touches(silence.onset_us, silence.onset_us) for silence in looked.silences)
    return WORDS[min(began, len(WORDS) - 1)]
