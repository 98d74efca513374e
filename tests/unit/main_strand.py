"""Runs blocking code as the main strand, on virtual time."""

from __future__ import annotations

from collections.abc import Callable

from deadair.engines.simulated.strands import Strands, run


def run_on(strands: Strands, work: Callable[[], object]) -> object:
    return run(strands.loop, work, strands=strands)
