"""A callback that is to come, lean: of all that a run makes, this is made most often."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import Context
from typing import Any, Protocol


class TimerKeeper(Protocol):
    """What a handle needs of the loop that keeps it among its timers."""

    def forget_timer(self) -> None:
        """Count a cancelled timer."""
        ...


class Handle(asyncio.TimerHandle):
    """A callback that is to come. ``when()`` is its moment; of one that is due at once, the one it was made at."""

    __slots__ = ()
    _loop: TimerKeeper | None
    _callback: Callable[..., object]
    _context: Context
    _when: float

    def __init__(  # lean on purpose: the base class would look for a traceback to keep
        self, when: float, callback: Callable[..., object], arguments: tuple[Any, ...], context: Context
    ) -> None:
        self._when = when
        self._callback = callback
        self._args = arguments
        self._context = context
        self._cancelled = False
        self._loop = None

    def cancel(self) -> None:
        """Let it never happen."""
        if not self._cancelled:
            self._cancelled = True
            self._callback = _nothing
            self._args = ()
            if self._loop is not None:
                self._loop.forget_timer()

    def __repr__(self) -> str:
        return f"<Handle {name_of(self._callback)} at {self._when}>"


def _nothing() -> None:
    """Stand in for the callback of a cancelled handle."""


def name_of(thing: object) -> str:
    """Return the name of a callback or coroutine: of its task or green thread, else of its code, never its address."""
    owner = getattr(thing, "__self__", None)
    if isinstance(owner, asyncio.Task):
        return owner.get_name()
    name = getattr(owner, "name", None) or getattr(thing, "__qualname__", type(thing).__qualname__)
    return str(name)
