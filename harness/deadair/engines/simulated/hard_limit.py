"""Ends this process when a simulated run outlives its hard limit and nothing in it can be interrupted any more.

The loop looks at the limit while it turns. What goes round inside one callback, or in steps of a nanosecond, never
lets it look; and a process that hangs for ever has said nothing to whoever waits for a verdict.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from deadair.model.verdict import Exit


@contextmanager
def ended_at_last(limit_s: float, name: str) -> Iterator[None]:
    """End this process as an error of the harness if the block takes longer than so many real seconds."""
    over = threading.Event()

    def watch() -> None:
        if not over.wait(limit_s):
            said = (
                f"deadair: {name}: still going round after {limit_s:g} real s, and nothing in it can be interrupted\n"
            )
            with suppress(OSError):
                os.write(2, said.encode())
            os._exit(Exit.HARNESS)

    watcher = threading.Thread(target=watch, name="overtime", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()
