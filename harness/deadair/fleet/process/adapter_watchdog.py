"""Sees an adapter's call that does not come back, names it, and ends the process: nothing else can end such a call.

It runs in a thread of the operating system's, beside gevent and all that an adapter may hold up. What was recorded so
far is left without its end, so that no run passes by it.
"""

from __future__ import annotations

import os
from collections.abc import Callable

from gevent.monkey import get_original

from deadair.model.verdict import Exit
from deadair.targets.adapters.adapter_calls import CALLS, LIMIT_S

LOOK_EVERY_S = 0.25


def begin(end: Callable[[int], None] = os._exit) -> None:
    """Begin to watch this process's calls, for as long as it lives."""
    start_thread, sleep = get_original("_thread", "start_new_thread"), get_original("time", "sleep")

    def watch() -> None:
        while True:
            sleep(LOOK_EVERY_S)
            call = CALLS.look(LOOK_EVERY_S)
            if call is not None:
                # Straight to the log: what logging or sys.stderr may wait for stands still.
                os.write(2, f"ERROR {__name__}: {call} did not return within {LIMIT_S:g} s\n".encode())
                end(Exit.HARNESS)
                return

    start_thread(watch, ())
