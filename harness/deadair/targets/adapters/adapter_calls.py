"""The calls of an adapter that are under way in this process, so that somebody else sees which one never ends.

An adapter is code of the user's. It is called where everything else of the fleet is done, so one that sleeps holds
everybody up; who watches (``deadair.fleet.process.adapter_watchdog``) can only name it and end the process.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

LIMIT_S = 5.0
"""Real seconds that a call may take. It should take none, but a busy machine may stand still for a moment."""


class AdapterCalls:
    """Whoever calls notes it; one other, which may be another thread, looks now and then."""

    def __init__(self) -> None:
        self._numbers = count()
        self._under_way: dict[int, str] = {}
        self._lasted_s: dict[int, float] = {}
        self._told: set[int] = set()
        """Calls that were told of, and ended their run: what runs next in this process has nothing to do with them."""

    @contextmanager
    def noted(self, call: str) -> Iterator[None]:
        """Note a call while it is under way."""
        number = next(self._numbers)
        self._under_way[number] = call
        try:
            yield
        finally:
            del self._under_way[number]
            self._told.discard(number)

    def look(self, every_s: float) -> str | None:
        """Return a call that has taken too long, none if there is none. To be called each ``every_s`` real seconds.

        A call is as old as the looks that saw it: while all of the process stood still, nobody is to blame. Each is
        told of once.
        """
        seen = {number: call for number, call in tuple(self._under_way.items()) if number not in self._told}
        self._lasted_s = {number: self._lasted_s.get(number, 0.0) + every_s for number in seen}
        late = next((number for number in seen if self._lasted_s[number] > LIMIT_S), None)
        if late is None:
            return None
        self._told.add(late)
        return seen[late]


CALLS = AdapterCalls()
"""Those of this process."""
