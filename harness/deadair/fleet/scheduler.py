"""An agenda that waits: hands each item out when it is due. Knows no clock but the one it is given, and no world.

How one waits, and how others get their turn in between, is the runtime's affair and handed in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Generic, Protocol

from deadair.fleet.agenda import Agenda, Item
from deadair.fleet.runtime import RuntimeSignal
from deadair.model.clock import RunClock


class Alarm(RuntimeSignal, Protocol):
    """A signal that can be taken back."""

    def clear(self) -> None:
        """Take it back."""
        ...


class WaitingScheduler(Generic[Item]):
    """Ends when ``until`` is set. ``sooner`` is a signal of its own that can be cleared: it ends a wait early.

    ``breathe`` is called after each item; ``looks_every_real_s``: how long it waits at the most before it looks at
    ``until`` again, none if somebody sets ``sooner`` with it.
    """

    def __init__(
        self,
        clock: RunClock,
        until: RuntimeSignal,
        sooner: Alarm,
        *,
        breathe: Callable[[], None],
        looks_every_real_s: float | None,
    ) -> None:
        self._clock = clock
        self._until = until
        self._sooner = sooner
        self._breathe = breathe
        self._looks_every_real_s = looks_every_real_s
        self._agenda = Agenda[Item]()

    def add(self, at_us: int, item: Item) -> None:
        """Put an item down; it may be sooner than what is being waited for."""
        self._agenda.add(at_us, item)
        if self._agenda.next_us == at_us:
            self._sooner.set()

    def due(self) -> Iterator[tuple[int, Item]]:
        """Yield the items, each with the moment it was meant for, until the signal is set."""
        while not self._until.is_set():
            taken = self._agenda.take(self._clock.now_us())
            if taken is not None:
                yield taken
                self._breathe()
                continue
            self._sooner.clear()
            limits_s = [] if self._looks_every_real_s is None else [self._looks_every_real_s]
            if (next_us := self._agenda.next_us) is not None:
                limits_s.append(self._clock.wait_s(next_us))
            self._sooner.wait(min(limits_s, default=None))
