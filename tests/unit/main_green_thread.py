"""Runs blocking code as the main green thread, on virtual time."""

from __future__ import annotations

from collections.abc import Callable

from deadair.engines.simulated.green_threads import GreenThreads, run


def run_on(threads: GreenThreads, work: Callable[[], object]) -> object:
    return run(threads.loop, work, threads=threads)
