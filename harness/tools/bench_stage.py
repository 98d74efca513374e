"""The stage of the reference's measurements: its core, the load's core, and a bare route of the same server beside."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import uvloop

from deadair.model.clock import Deadline, pause
from tools.bench_crowd import pour
from tools.live_reference import START_LIMIT_S, Service, free_ports, started

SERVICE_CORE, LOAD_CORE = 0, 1
BARE = """
import sys, uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route
async def answer(request):
    await request.body()
    return JSONResponse({"reading": None})
app = Starlette(routes=[Route("/", answer, methods=["POST"])])
uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), loop="uvloop", http="httptools", lifespan="off",
            log_level="critical", access_log=False, backlog=4096, proxy_headers=False, server_header=False)
"""


@contextlib.contextmanager
def on_core(core: int) -> Iterator[None]:
    """Run, and start processes, on this core only, if the machine has it."""
    ours = os.sched_getaffinity(0)
    with contextlib.suppress(OSError):
        os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, ours)


@contextlib.contextmanager
def service() -> Iterator[Service]:
    """Start the service on its core."""
    os.environ["FOLLOW_BACKFILL_ROWS_MAX"] = "100000000"
    with tempfile.TemporaryDirectory() as made, contextlib.ExitStack() as running:
        with on_core(SERVICE_CORE):
            nodes = running.enter_context(started(Path(made)))
        with on_core(LOAD_CORE):
            yield nodes


@contextlib.contextmanager
def bare() -> Iterator[int]:
    """Start the bare route on the service's core; give its port."""
    (port,) = free_ports(1)
    with on_core(SERVICE_CORE):
        process = subprocess.Popen([sys.executable, "-c", BARE, str(port)])
    try:
        limit = Deadline.after(START_LIMIT_S)
        while True:
            with contextlib.suppress(OSError):
                uvloop.run(pour(port, lambda: None, 1))
                break
            assert not limit.passed()
            pause(0.05)
        yield port
    finally:
        process.terminate()
        process.wait(10.0)


def memory_mb(pid: int, which: str) -> float:
    """Return a process's memory: ``Rss``, or ``Pss``, where what several share is counted once."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8").splitlines():
        if line.startswith(f"{which}:"):
            return int(line.split()[1]) / 1024
    return float("nan")
