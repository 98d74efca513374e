"""The calls of an adapter that are under way in this process, so that somebody else sees which one never ends.

An adapter is code of the user's. It is called where everything else of the fleet is done, so one that sleeps holds
everybody up; who watches (``deadair.fleet.process.adapter_watchdog``) can only name it and end the process.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

from deadair.model.clock import Deadline


class AdapterCalls:
    """Whoever calls notes it; ``overdue`` may be asked from another thread."""

    def __init__(self) -> None:
        self._numbers = count()
        self._under_way: dict[int, tuple[str, Deadline]] = {}

    @contextmanager
    def noted(self, call: str, limit_s: float) -> Iterator[None]:
        """Note a call while it is under way."""
        number = next(self._numbers)
        self._under_way[number] = call, Deadline.after(limit_s)
        try:
            yield
        finally:
            del self._under_way[number]

    def overdue(self) -> str | None:
        """Return a call whose limit has passed, none if there is none."""
        return next((call for call, limit in tuple(self._under_way.values()) if limit.passed()), None)


CALLS = AdapterCalls()
"""Those of this process."""
