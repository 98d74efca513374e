"""A simulated run that nothing can interrupt any more ends its process: as an error of the harness, and in words."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from deadair.engines.simulated.hard_limit import ended_at_last
from deadair.model.verdict import Exit

SPINS = """
import sys
from deadair.engines.simulated import engine
from deadair.runner import try_out
from tests.unit.planted_night import Planted, PlantedReference, plan

engine.WALL_LIMIT_S, engine.OVERTIME_S = 0.2, 0.3

def plant(good):
    async def run():
        while True:
            if {lets_others}:
                await __import__("asyncio").sleep(1e-9)
    return Planted(good.apps, run)

print(try_out(plan(PlantedReference("watchdog", plant))).verdict)
"""


@pytest.mark.parametrize("lets_others", [False, True], ids=["in one callback", "in steps of a nanosecond"])
def test_a_service_that_goes_round_for_ever_ends_in_an_error(lets_others: bool) -> None:
    code = SPINS.format(lets_others=lets_others)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=Path(__file__).parents[2], capture_output=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (Exit.HARNESS, b"")
    assert b"deadair: planted: still going round after 0.5 real s" in done.stderr


def test_whoever_ends_in_time_leaves_no_thread_behind() -> None:
    with pytest.raises(ZeroDivisionError), ended_at_last(60.0, "short"):
        raise ZeroDivisionError
    assert [thread for thread in threading.enumerate() if thread.name == "overtime"] == []
