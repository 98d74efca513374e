"""A real loop of a stranger's, in a session of its own, on the core of a busy node."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from deadair.engines.live import starvation
from deadair.engines.live.starvation import Kept, Starvation
from deadair.history.manifest import seal
from deadair.history.reader import read
from deadair.history.recorder import Recorder
from deadair.history.rows import Kind
from deadair.model.clock import Deadline, RunClock, pause

pytestmark = pytest.mark.live
LIMIT_S = 20.0


@contextmanager
def loop(core: int) -> Iterator[subprocess.Popen[bytes]]:
    """Keep a core busy, also if nobody is left to end it: not for ever."""
    body = (
        f"import os, time; os.sched_setaffinity(0, [{core}]); print(flush=True); end_s = time.monotonic() + {LIMIT_S}\n"
        "while time.monotonic() < end_s: pass"
    )
    with subprocess.Popen([sys.executable, "-c", body], stdout=subprocess.PIPE, start_new_session=True) as process:
        try:
            assert process.stdout is not None and process.stdout.readline()
            yield process
        finally:
            process.kill()


@pytest.mark.clause("V17")
def test_a_stranger_is_seen_on_the_core_of_a_busy_node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    core = min(os.sched_getaffinity(0))
    monkeypatch.setattr(starvation, "EVERY_REAL_S", 0.5)
    clock = RunClock.starting_now(speed=1)
    with loop(core) as node, loop(core), Recorder(tmp_path, "runner", clock) as recorder:
        kept = Kept("target", lambda: {"gateway": (node.pid,)}, (core,), cores_shared=1)
        watch, limit = Starvation(recorder, (kept,)), Deadline.after(LIMIT_S)
        for _ in range(3):
            began_us = clock.now_us()
            while clock.now_us() - began_us < 600_000:
                assert not limit.passed()
                pause(0.05)
            watch.look()
    seal(tmp_path)
    rows = list(read(tmp_path).each(Kind.STARVED, columns=["place", "value", "detail"]))
    assert {(place, detail) for place, _, detail in rows} == {("gateway", "target")}
    assert all(value >= 100 for _, value, _ in rows)
