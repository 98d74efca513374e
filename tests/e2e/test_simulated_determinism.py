"""The same seed and code give the same history, whatever the process; whoever breaks that is noticed by name."""

# ruff: noqa: TID251 - what is banned is what is planted here
from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

from deadair.engines.simulated.isolation_leaks import LeakError
from deadair.history.compare import parting
from deadair.history.reader import History
from deadair.reference.nodes.notifier import Notifier
from tests.unit.small_night import history_of

REPOSITORY = Path(__file__).parents[2]
LIMIT_S = 60.0
SEED = 3
PROCESSES = (("0", True), ("1", False), ("3", True), ("random", False))
"""By hash seed, and whether Python optimizes."""
HASH_LENGTH = 64
CANCEL_ORDER = """
import asyncio, sys
from deadair.engines.simulated.event_loop import VirtualLoop

async def waits(number, order):
    try:
        await asyncio.sleep(100)
    finally:
        order.append(number)

async def fails():
    await asyncio.sleep(1)
    raise ValueError

async def main(order):
    try:
        async with asyncio.TaskGroup() as group:
            for number in range(200):
                group.create_task(waits(number, order))
            group.create_task(fails())
    except* ValueError:
        pass

order = []
loop = VirtualLoop()
loop.run_until_complete(main(order))
loop.abandon()
print(order, loop.crashes)
"""


@dataclass(frozen=True, slots=True)
class Run:
    """What a process of its own told of its night."""

    sha256: str
    history: History


def night(path: Path, *, hash_seed: str, optimized: bool = False, planted: str = "") -> Run:
    """Run the small night in a process of its own."""
    flags = ["-O"] if optimized else []
    command = [sys.executable, *flags, "-m", "tests.unit.small_night", str(path), str(SEED), planted]
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    done = subprocess.run(
        command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, timeout=LIMIT_S, check=False
    )
    assert done.returncode == 0, done.stderr
    return Run(done.stdout.strip(), History(pl.read_ipc(path), (), whole=True))


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return night(tmp_path_factory.mktemp("night") / "0.arrow", hash_seed="0")


@pytest.mark.parametrize(("hash_seed", "optimized"), PROCESSES)
def test_the_history_is_the_same_in_every_process(
    tmp_path: Path, reference: Run, hash_seed: str, optimized: bool
) -> None:
    again = night(tmp_path / "again.arrow", hash_seed=hash_seed, optimized=optimized)
    assert len(reference.sha256) == HASH_LENGTH
    assert (parting(reference.history, again.history), again.sha256) == (None, reference.sha256)


def test_a_second_run_of_the_same_process_is_the_same(reference: Run) -> None:
    assert [history_of(SEED).sha256(), history_of(SEED).sha256()] == [reference.sha256] * 2


def test_the_hash_is_that_of_the_rows_that_were_read_back(reference: Run) -> None:
    assert reference.history.sha256() == reference.sha256


def test_another_seed_is_another_history(reference: Run) -> None:
    assert history_of(SEED + 1).sha256() != reference.sha256


def test_a_part_that_works_in_the_order_of_a_set_parts_two_runs_at_what_it_did(tmp_path: Path) -> None:
    first, second = (
        night(tmp_path / f"{hash_seed}.arrow", hash_seed=hash_seed, planted="set-order") for hash_seed in ("0", "1")
    )
    assert first.sha256 != second.sha256
    where = parting(first.history, second.history)
    assert where is not None
    assert (where.who, where.before) == ("push-gateway", "accepted")


def _look_at_the_clock() -> object:
    return time.time()


def _sleep() -> object:
    time.sleep(0.001)
    return None


def _start_a_thread() -> object:
    threading.Thread(target=print, args=("never",)).start()
    return None


@pytest.mark.parametrize("swallowed", [False, True], ids=["raised", "swallowed"])
@pytest.mark.parametrize(
    ("leak", "what"),
    [(_look_at_the_clock, "time.time"), (_sleep, "time.sleep"), (_start_a_thread, "threading.Thread")],
)
def test_a_service_that_reaches_for_the_machine_is_refused_by_file_and_line(
    monkeypatch: pytest.MonkeyPatch, leak: Callable[[], object], what: str, swallowed: bool
) -> None:
    good = Notifier.run

    async def run(notifier: Notifier) -> None:
        try:
            leak()
        except LeakError:
            if not swallowed:
                raise
        await good(notifier)

    monkeypatch.setattr(Notifier, "run", run)
    line = leak.__code__.co_firstlineno + 1
    with pytest.raises(LeakError, match=rf"test_simulated_determinism\.py:{line} uses {what}, which"):
        history_of(SEED)


def test_a_task_group_cancels_in_the_same_order_under_every_hash_seed() -> None:
    said = [
        subprocess.run(
            [sys.executable, *flags, "-c", CANCEL_ORDER],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(__file__).parents[2])},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed, flags in (("1", []), ("2", ["-O"]))
    ]
    assert said[0] == said[1]
    assert said[0].endswith("[]\n")
